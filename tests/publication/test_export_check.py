"""Exports equal tables: one fault after another planted in what was written, each found and named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from assets.publication import assets, export, export_check
from warehouse import parquet, versions
from warehouse.tables import TABLES

VERSION = "2026-11-21T020000Z-00000001"
REGION = "us-ar-little-rock"
OPPORTUNITIES = f"opportunity/region_id={REGION}/opportunity.parquet"


@dataclass(frozen=True)
class Exported:
    """A whole export."""

    folder: Path
    files: list[dict[str, Any]]


@pytest.fixture(scope="module")
def sound(published_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("exports")
    return Exported(folder, export.export(published_tables, folder, manifest_facts={})["files"])


@pytest.fixture
def exported(sound: Exported, tmp_path: Path) -> Exported:
    """A copy to break."""
    return Exported(Path(shutil.copytree(sound.folder, tmp_path / "exports")), sound.files)


def rewrite(path: Path, sql: str) -> None:
    """Replace a Parquet file by what the SQL makes of it, `{old}`."""
    old = path.rename(path.with_suffix(".old"))
    duckdb.execute(f"COPY ({sql.format(old=parquet.read_sql(old))}) TO '{path}' (FORMAT parquet)")


def sql(name: str, text: str) -> Callable[[Path], None]:
    """A fault in a Parquet file."""
    return lambda folder: rewrite(folder / name, text)


def last_line(name: str, *, twice: bool) -> Callable[[Path], None]:
    """The last line of a text file twice, or not at all."""

    def change(folder: Path) -> None:
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        (folder / name).write_bytes(b"".join([*lines, lines[-1]] if twice else lines[:-1]))

    return change


#: Fault, table and check that must find it, what the finding names.
FAULTS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "a row lost": (sql(OPPORTUNITIES, "FROM {old} WHERE opportunity_id <> 'opp_2'"), "mart.opportunity parquet", "4 rows, 5 in"),
    "a row twice": (
        sql("programme.parquet", "FROM {old} UNION ALL FROM {old}"), "core.programme parquet", "not in the table, e.g. sam:59.012",
    ),
    "a row in another's place": (
        sql("tag.parquet", "SELECT * REPLACE ('x' AS tag_note) FROM {old}"), "mart.tag parquet", "missing or changed, e.g. benefit",
    ),
    "a value changed": (
        sql(OPPORTUNITIES, "SELECT * REPLACE (score + 1e-12 AS score) FROM {old}"), "mart.opportunity parquet", "opp_1; opp_2; opp_3",
    ),
    "a list in another order": (
        sql(OPPORTUNITIES, "SELECT * REPLACE (list_reverse(risk_flags) AS risk_flags) FROM {old}"), "mart.opportunity parquet", "opp_1",
    ),
    "a person": (
        sql("organisation.parquet", "SELECT * REPLACE (true AS is_natural_person) FROM {old}"), "core.organisation person", "org_bakery",
    ),
    "a line of CSV lost": (last_line("organisation.csv", twice=False), "core.organisation csv", "rows, "),
    "a line of JSON twice": (
        last_line(f"regions/{REGION}/opportunity.jsonl", twice=True), "mart.opportunity jsonl", "6 rows, 5 in the table",
    ),
    "no Parquet at all": (
        lambda folder: (folder / "licence.parquet").write_bytes(b"log in"), "meta.licence parquet", "cannot be read back",
    ),
    "a file gone": (lambda folder: (folder / "coverage.csv").unlink(), "mart.coverage csv", "cannot be read back"),
}  # fmt: skip


def found(exported: Exported, tables: Path) -> dict[str, str]:
    """What each failed check says, by table and kind."""
    findings = export_check.compare(tables, exported.folder, exported.files)
    return {f"{f.table_name} {f.check_name.rpartition('_')[2]}": f.detail for f in findings if not f.passed}


def test_what_was_written_is_what_the_tables_hold(sound: Exported, published_tables: Path) -> None:
    assert found(sound, published_tables) == {}
    checked = {finding.table_name for finding in export_check.compare(published_tables, sound.folder, sound.files)}
    assert {file.get("table") for file in sound.files} & {table.name for table in TABLES} == checked


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(fault: str, exported: Exported, published_tables: Path) -> None:
    break_it, check, named = FAULTS[fault]
    break_it(exported.folder)
    failed = found(exported, published_tables)
    assert check in failed and named in failed[check]
    assert {name.partition(" ")[0] for name in failed} == {check.partition(" ")[0]}


def test_a_file_nobody_wrote_is_missed(sound: Exported, published_tables: Path) -> None:
    less = [file for file in sound.files if file["path"] != "programme.csv"]
    failed = found(Exported(sound.folder, less), published_tables)
    assert failed == {
        "core.programme csv": "expected: the .csv files hold as many rows as the table; found: no file, 1 rows in the table"
    }


def test_all_faults_are_told_at_once_and_the_version_stays_half_made(
    published_tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The asset writes no marker then, so that nothing can publish the folder and the next run removes it."""
    really = export.export

    def faulty(tables: Path, folder: Path, **settings: Any) -> Any:
        manifest = really(tables, folder, **settings)
        for name in ("a value changed", "a line of CSV lost", "a file gone"):
            FAULTS[name][0](folder)
        return manifest

    monkeypatch.setattr(export, "export", faulty)
    monkeypatch.setattr(assets, "_tables", lambda _night: published_tables)
    night: Any = SimpleNamespace(
        root=tmp_path,
        version=VERSION,
        run_id="1",
        profile="test",
        code_version="0",
        started_at_utc=SimpleNamespace(isoformat=str),
    )
    (check,) = assets.exports(night=night).check_results
    told = str(check.metadata["failures"].value)
    assert not check.passed
    assert [name for name in ("mart.opportunity", "core.organisation", "mart.coverage") if name not in told] == []
    assert not versions.is_complete(tmp_path / "exports" / VERSION)
