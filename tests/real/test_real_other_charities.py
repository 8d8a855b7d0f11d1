"""The real files of the charity registers of Scotland, Northern Ireland and Australia, where they are at hand.

The files are not part of the project; `PARTNERS_REAL` says where they lie. Without them these tests are skipped.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import acnc, ccni, oscr
from sources.frame import read_register
from sources.register import ReadReport, Register

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("PARTNERS_REAL") or ROOT.parent / "shared" / "real")

#: name -> (register, file, rows, rows left out, share of rows in which columns are known)
FILES: dict[str, tuple[Register, str, int, int, dict[str, float]]] = {
    "oscr": (
        oscr.REGISTER,
        "oscr/RESHAPED_CharityExport_from_ukcat.csv",
        550,
        0,
        {"postcode": 1.0, "description": 0.99, "started_on": 1.0, "income_amount": 0.92, "identifiers": 1.0},
    ),
    "ccni": (
        ccni.REGISTER,
        "ccni/RESHAPED_charitydetails_from_ukcat.csv",
        145,
        0,
        {"postcode": 0.97, "description": 1.0, "started_on": 1.0, "last_filed_on": 1.0, "income_amount": 1.0},
    ),
    "acnc": (
        acnc.REGISTER,
        "acnc/datadotgov_main_excerpt.csv",
        14,
        3,
        {"postcode": 1.0, "state": 1.0, "street": 1.0, "class_codes": 1.0},
    ),
}

Read = Callable[[str], tuple[ReadReport, dict[str, dict[str, Any]]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a register's real file; skips where it is not there."""

    def run(name: str) -> tuple[ReadReport, dict[str, dict[str, Any]]]:
        register, file, *_ = FILES[name]
        if not (REAL / file).is_file():
            pytest.skip(f"{REAL / file} is not there; set PARTNERS_REAL to the folder of the real files")
        report = read_register(register, REAL / file, {}, tmp_path / "rows.parquet")
        return report, {row["native_id"]: row for row in pq.read_table(tmp_path / "rows.parquet").to_pylist()}

    return run


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_accounted_for(read: Read, name: str) -> None:
    _, _, total, left_out, filled = FILES[name]
    report, rows = read(name)
    assert (report.read, report.kept, sum(report.outside.values()), report.rejected) == (total, total - left_out, left_out, [])
    assert report.unknown_columns == ()
    shares = {column: sum(row[column] not in (None, []) for row in rows.values()) / len(rows) for column in filled}
    assert {column: shares[column] for column, share in filled.items() if shares[column] < share} == {}


def test_what_stands_in_the_scottish_file(read: Read) -> None:
    _, rows = read("oscr")
    church = rows["SC000117"]
    assert (church["name"], church["postcode"], church["started_on"]) == ("Stirling Baptist Church", "FK8 1AU", date(1927, 5, 28))
    assert (church["income_amount"], church["size_band"]) == (760_422, "medium")
    assert rows["SC000233"]["website"] is None, "words stand where an address should"


def test_what_stands_in_the_northern_irish_file(read: Read) -> None:
    _, rows = read("ccni")
    assert (rows["100016"]["name"], rows["100016"]["postcode"]) == ("Fírinne", "BT93 6ER")
    assert (rows["100042"]["income_amount"], rows["100042"]["size_band"]) == (0, "micro")
    assert [row for row in rows.values() if "`" in f"{row['name']} {row['description']}"] == []


def test_what_stands_in_the_australian_file(read: Read) -> None:
    report, rows = read("acnc")
    assert report.outside == {"withheld by the register": 3}
    assert rows["55403574164"]["other_names"] == [], "a person stands among the other names"
    assert rows["46188232125"]["city"] == "Canberra"
    assert rows["46383912486"]["class_codes"][0] == "Advancing_social_or_public_welfare"
