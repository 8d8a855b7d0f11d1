"""`partners resolve`: any list in, clusters out; what is wrong with a file is told, and nothing is written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app

LIST = """record_id,source,name,address,city,postcode,phone,identifiers
1,a,Otter Mill Bakery Ltd,12 Mill Street,Larkmere,LK1 2AB,01632 960001,
2,b,OTTER MILL BAKERY,12 Mill St,Larkmere,LK1 2AB,,
3,a,Quarry Lane Dental,7 Weir Road,Larkmere,LK1 3CD,01632 960002,
4,b,Heron Trust,9 Lock Lane,Larkmere,LK1 4EF,,GB-CHC-1000001
5,a,The Heron Project,1 High Street,Farford,FF1 1AA,,GB-CHC-1000001; GB-COH-00000001
"""


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A short list."""
    path = tmp_path / "list.csv"
    path.write_text(LIST, "utf-8")
    return path


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and all that was printed, as one line."""
    result = CliRunner().invoke(app, ["resolve", *(str(a) for a in arguments)], env={"COLUMNS": "200"})
    return result.exit_code, " ".join(result.output.split())


def clusters(path: Path) -> dict[str, str]:
    """record_id -> organisation_id as written."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["record_id"]: row["organisation_id"] for row in csv.DictReader(file)}


def test_a_list_is_resolved_and_told_of(records: Path, tmp_path: Path) -> None:
    code, printed = run(records, "--output", tmp_path / "out.csv", "--evidence", tmp_path / "pairs.csv")
    assert code == 0
    assert clusters(tmp_path / "out.csv") == {"1": "1", "2": "1", "3": "3", "4": "4", "5": "4"}
    assert "5 records are 3 organisations" in printed
    pairs = {(row["record_id_a"], row["record_id_b"]): row for row in csv.DictReader((tmp_path / "pairs.csv").open())}
    assert pairs["4", "5"]["decided_by"] == "same_identifier"


def test_people_overrule(records: Path, tmp_path: Path) -> None:
    (tmp_path / "said.csv").write_text(
        "record_id_a,record_id_b,decision,who,decided_on,why\n1,2,cannot_link,Ada,2026-11-01,two bakeries\n"
        "1,3,must_link,Ada,2026-11-01,\n",
        "utf-8",
    )
    code, _ = run(records, "--output", tmp_path / "out.csv", "--overrides", tmp_path / "said.csv")
    assert code == 0
    assert clusters(tmp_path / "out.csv") == {"1": "1", "2": "2", "3": "1", "4": "4", "5": "4"}


def test_what_blocking_found_can_be_told(records: Path, tmp_path: Path) -> None:
    code, printed = run(records, "--output", tmp_path / "out.csv", "--blocking-report")
    assert code == 0
    assert "an official identifier" in printed
    assert "of them matches. Estimated loss:" in printed


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("record_id,title\n1,Otter\n", "lacks the column name"),
        ("record_id,name\n1,Otter\n1,Heron\n", "record_id 1 stands on two lines"),
        ("record_id,name\n1,\n", "no records with a name were found"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(content, "utf-8")
    code, printed = run(path, "--output", tmp_path / "out.csv")
    assert code == 2
    assert told in printed
    assert not (tmp_path / "out.csv").exists()


def test_a_missing_file_of_decisions_is_no_decisions_unnoticed(records: Path, tmp_path: Path) -> None:
    code, printed = run(records, "--output", tmp_path / "out.csv", "--overrides", tmp_path / "nowhere.csv")
    assert code == 2
    assert "nowhere.csv is not there" in printed


@pytest.mark.parametrize("option", ["--output", "--evidence"])
def test_what_people_decided_is_never_written_over(option: str, tmp_path: Path) -> None:
    records, said = tmp_path / "records.csv", tmp_path / "said.csv"
    records.write_text("record_id,name\na,Otter Trust\nb,Heron Trust\n", "utf-8")
    decided = "record_a,record_b,decision,who,when,why\na,b,cannot_link,Me,2026-01-01,two\n"
    said.write_text(decided, "utf-8")
    others = [] if option == "--output" else ["--output", tmp_path / "out.csv"]
    code, printed = run(records, option, said, *others, "--overrides", said)
    assert code == 2 and "would be lost" in printed
    assert said.read_text("utf-8") == decided
