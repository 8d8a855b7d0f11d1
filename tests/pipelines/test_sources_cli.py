"""`partners sources …` and `partners snapshots …`: what a person who looks at one register, or at the store, is told."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipelines import snapshots_cli, sources_cli
from pipelines.cli import app
from pipelines.scaffold import ScaffoldError, scaffold
from sources.catalogue import registers
from sources.frame import read_register

HEADER = (
    "EIN,NAME,ICO,STREET,CITY,STATE,ZIP,GROUP,SUBSECTION,AFFILIATION,CLASSIFICATION,RULING,DEDUCTIBILITY,FOUNDATION,ACTIVITY,"
    "ORGANIZATION,STATUS,TAX_PERIOD,ASSET_CD,INCOME_CD,FILING_REQ_CD,PF_FILING_REQ_CD,ACCT_PD,ASSET_AMT,INCOME_AMT,REVENUE_AMT,"
    "NTEE_CD,SORT_NAME"
)
ROW = ",%,1 MAIN ST,LARKMERE,ZZ,00101-0000,0000,03,3,1000,200101,1,15,000000000,1,01,202512,3,3,01,0,12,1,1,1,K31,"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal on which no line is broken."""
    for module in (sources_cli, snapshots_cli):
        monkeypatch.setattr(module, "console", Console(width=250, highlight=False))


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "eo_zz.csv"
    rows = [HEADER, f"000000001,FOOD BANK{ROW}", f"000000002,PANTRY{ROW}", f",NOBODY{ROW}"]
    path.write_text("\r\n".join(rows) + "\r\n")
    return path


def test_every_register_is_listed_with_what_it_yields_and_its_licence() -> None:
    shown = run("sources", "list").output
    assert [name for name, register in registers().items() if name not in shown or register.licence not in shown] == []


def test_those_a_profile_uses_are_marked() -> None:
    lines = {line.split()[0]: line.rstrip() for line in run("sources", "list", "-p", "practice").output.splitlines()[1:]}
    assert {name for name, line in lines.items() if line.endswith("yes")} == {
        "irs_bmf",
        "practice",
        "ror",
        "sam_assistance_listings",
    }


def test_a_check_counts_rows_fields_and_rejects_and_shows_records(file: Path) -> None:
    result = run("sources", "check", "irs_bmf", "--path", str(file), "--option", "state=zz")
    assert result.exit_code == 0, result.output
    for words in ("3 rows read, 2 kept, 1 set aside, 0 left out", "row 3 (no id): no id", "Record 1:", "US-EIN-000000001"):
        assert words in result.output
    known = {line.split()[0]: line.split()[1] for line in result.output.splitlines() if line.rstrip().endswith("%")}
    assert (known["name"], known["website"]) == ("100.0%", "0.0%")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sources", "check", "atlantis"), "no register is called 'atlantis'"),
        (("sources", "check", "irs_bmf", "--path", "nowhere.csv"), "nowhere.csv is not there; download"),
        (("sources", "check", "irs_bmf", "-p", "liverpool"), "has no source irs_bmf"),
        (("sources", "check", "chamber_directory"), "no default address"),
        (("sources", "new", "Food Banks"), "is no module name"),
        (("sources", "new", "food_banks", "--root", "/"), "no checkout of this project"),
        (("snapshots", "list", "-p", "atlantis"), "there is no profile"),
    ],
)
def test_what_cannot_be_done_is_told_without_a_traceback(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code in (1, 2)
    assert said in " ".join(result.output.split())


def test_a_file_of_another_layout_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("A,B\n1,2\n")
    result = run("sources", "check", "irs_bmf", "--path", str(path), "--option", "state=zz")
    assert result.exit_code == 1
    told = " ".join(result.output.split())
    assert "are missing" in told and "Expected: EIN" in told


# --- a new register -------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "register.py").touch()
    return tmp_path


def test_a_new_register_reads_its_sample_from_the_start(checkout: Path) -> None:
    module, sample, test = scaffold("food_banks", checkout)
    assert [path.is_file() for path in (module, sample, test)] == [True] * 3
    spec = importlib.util.spec_from_file_location("food_banks", module)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    report = read_register(loaded.REGISTER, sample, {}, checkout / "rows.parquet")
    assert (report.read, report.kept, [row.rule for row in report.rejected]) == (3, 2, ["no id"])
    compile(test.read_text(), str(test), "exec")
    assert "{{" not in module.read_text() + test.read_text()


def test_a_new_register_overwrites_nothing(checkout: Path) -> None:
    (checkout / "sources" / "food_banks.py").write_text("mine")
    with pytest.raises(ScaffoldError, match="there already"):
        scaffold("food_banks", checkout)
    assert (checkout / "sources" / "food_banks.py").read_text() == "mine"
    assert not (checkout / "tests").exists()


# --- snapshots ------------------------------------------------------------------------------------------------------


def test_the_store_of_a_night_is_listed_verified_and_pruned(home_after_a_night: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNERS_DATA", str(home_after_a_night.data))
    profile = str(home_after_a_night.profile_path)
    listed = run("snapshots", "list", "-p", profile).output
    assert all(source.name in listed for source in home_after_a_night.profile.sources)
    assert "Every snapshot is whole." in run("snapshots", "verify", "-p", profile).output
    assert "0 snapshots deleted" in run("snapshots", "prune", "-p", profile, "--keep", "1").output


def test_a_rotten_snapshot_is_named(new_home: Any, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    blob = new_home.root / "snapshots" / "blobs" / "ab" / ("ab" + "0" * 62)
    records = new_home.root / "snapshots" / "records"
    for folder in (blob.parent, records):
        folder.mkdir(parents=True)
    blob.write_bytes(b"rot")
    (records / "irs_bmf.jsonl").write_text(
        '{"source":"irs_bmf","slot":"file-1","file_number":1,"url":null,"final_url":null,"fetched_at_utc":"2026-11-21T00:00:00Z",'
        f'"status":"local_file","etag":null,"last_modified":null,"content_type":null,"sha256":"{blob.name}","bytes":3,"licence":"x"}}\n'
    )
    monkeypatch.setenv("PARTNERS_DATA", str(new_home.data))
    result = run("snapshots", "verify", "-p", str(new_home.profile_path))
    assert result.exit_code == 1
    assert "holds other bytes" in " ".join(result.output.split())
