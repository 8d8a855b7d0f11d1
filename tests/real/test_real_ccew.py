"""The Charity Commission's real tables, where they are at hand: three of them, in the framing of its JSON extract.

The files are not part of the project; `PARTNERS_REAL` says where they lie. Without them these tests are skipped. The main table
is not among them, so the tables are read under invented registers of one table each.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.ccew import REGISTER
from sources.frame import read_register
from sources.register import ReadReport, RegisterTable, TablesRegister

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("PARTNERS_REAL") or ROOT.parent / "shared" / "real")

_KEY = ("organisation_number", "registered_charity_number")
_OTHER_NAMES = REGISTER.tables["charity_other_names"]
#: file -> (table, columns, which column is the id, which the name, rows)
FILES: dict[str, tuple[str, RegisterTable, str, str, int]] = {
    "publicextract.charity_other_names.zip": (
        "charity_other_names",
        RegisterTable(columns=(*_OTHER_NAMES.columns, "charity_name_id"), known=_OTHER_NAMES.known),
        "charity_name_id",
        "charity_name",
        168_348,
    ),
    "publicextract.charity_other_regulators.zip": (
        "charity_other_regulators",
        RegisterTable(columns=(*_KEY, "regulator_order", "regulator_name"), known=("date_of_extract", "regulator_web_url")),
        "organisation_number || '-' || regulator_order",
        "regulator_name",
        12_702,
    ),
    "publicextract.charity_published_report.zip": (
        "charity_published_report",
        RegisterTable(
            columns=(*_KEY, "report_name", "report_location"),
            known=("date_of_extract", "linked_charity_number", "date_published"),
        ),
        "file_row",
        "report_name",
        133,
    ),
}

Read = Callable[[str], tuple[ReadReport, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Reads a real table, once; skips where it is not there."""
    folder, known = tmp_path_factory.mktemp("real"), {}

    def run(name: str) -> tuple[ReadReport, list[dict[str, Any]]]:
        path = REAL / "ccew" / name
        if not path.is_file():
            pytest.skip(f"{path} is not there; set PARTNERS_REAL to the folder of the real files")
        if name not in known:
            table, columns, key, title, _ = FILES[name]
            register = TablesRegister(
                name="ccew",
                title=REGISTER.title,
                publisher=REGISTER.publisher,
                licence=REGISTER.licence,
                licence_url=REGISTER.licence_url,
                attribution=REGISTER.attribution,
                tables={table: columns},
                main=table,
                select=lambda _options: f"SELECT file_row, {key} AS native_id, {title} AS name FROM {table}",
            )
            report = read_register(register, path, {}, folder / "rows.parquet")
            known[name] = report, pq.read_table(folder / "rows.parquet").to_pylist()
        return known[name]

    return run


@pytest.mark.parametrize("name", FILES)
def test_every_row_of_a_real_table_is_read(read: Read, name: str) -> None:
    report, rows = read(name)
    assert report.read == FILES[name][-1]
    assert report.kept == len(rows) >= 0.995 * report.read, report.rejected[:5]
    assert report.unknown_columns == ()


def test_names_come_as_they_stand_in_the_register(read: Read) -> None:
    _, rows = read("publicextract.charity_other_names.zip")
    names = {row["native_id"]: row["name"] for row in rows}
    assert names["22"] == "THE PATHS FUND (REV ROBERT HANCOCK'S CHARITY)"
    # Damaged in the register itself, and no business of ours to mend.
    assert any("BEQUEST OF ·500" in name for name in names.values())
    assert [name for name in names.values() if name != name.strip()] == []
