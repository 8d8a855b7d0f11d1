"""The real files, where they are at hand: every row is read, almost every row is kept, and no private person comes along.

The files are not part of the project; `PARTNERS_REAL` says where they lie. Without them these tests are skipped.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.catalogue import register_for
from sources.frame import read_register
from sources.register import ReadReport

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("PARTNERS_REAL") or ROOT.parent / "shared" / "real")

#: register -> (file, options, rows in it)
FILES: dict[str, tuple[str, dict[str, str], int]] = {
    "irs_bmf": ("irs_bmf/eo_ar.csv", {"state": "ar"}, 16_187),
    "little_rock": ("little_rock/Business_Licenses.csv", {}, 14_573),
    "sam_assistance_listings": ("sam_assistance_listings/RESHAPED_AssistanceListings_from_FPI.csv", {}, 2_480),
    "ror": ("overlap/little_rock/ror_arkansas.json", {"country": "US", "state": "AR"}, 31),
}

Read = Callable[[str], tuple[ReadReport, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Reads a register's real file, once; skips where it is not there."""
    folder, known = tmp_path_factory.mktemp("real"), {}

    def run(name: str) -> tuple[ReadReport, list[dict[str, Any]]]:
        file, options, _ = FILES[name]
        if not (REAL / file).is_file():
            pytest.skip(f"{REAL / file} is not there; set PARTNERS_REAL to the folder of the real files")
        if name not in known:
            report = read_register(register_for(name), REAL / file, options, folder / f"{name}.parquet")
            known[name] = (report, pq.read_table(folder / f"{name}.parquet").to_pylist())
        return known[name]

    return run


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_read_and_almost_every_row_kept(read: Read, name: str) -> None:
    report, rows = read(name)
    assert report.read == FILES[name][2]
    assert report.kept == len(rows) == len({row["native_id"] for row in rows})
    assert report.kept >= 0.99 * report.read, report.rejected[:5]
    assert report.unknown_columns == () or name == "sam_assistance_listings"


@pytest.mark.parametrize("name", FILES)
def test_the_register_would_not_take_the_file_for_a_cut_or_a_swollen_one(read: Read, name: str) -> None:
    report, _ = read(name)
    register = register_for(name)
    assert register.floor <= report.read <= register.ceiling


def test_no_care_of_person_is_in_what_is_read(read: Read) -> None:
    _, rows = read("irs_bmf")
    read_back = {row["native_id"]: {str(cell) for cell in row.values()} | set(row["other_names"]) for row in rows}
    leaks, filled = [], 0
    with (REAL / FILES["irs_bmf"][0]).open(encoding="ascii", newline="") as file:
        for line in csv.DictReader(file):
            person = line.pop("ICO").removeprefix("%").strip()
            filled += bool(person)
            # Some bodies write their own name or post box there; then it stands in another column as well.
            if person and person not in line.values() and person in read_back[line["EIN"]]:
                leaks.append(line["EIN"])
    assert filled > 10_000, "the column is there and filled"
    assert leaks == []
    assert [ein for ein, cells in read_back.items() if any(cell.startswith("%") for cell in cells)] == []


def test_what_each_register_is_for_is_told_by_most_rows(read: Read) -> None:
    filled = {
        "irs_bmf": ("postcode", "started_on", "status", "identifiers"),
        "little_rock": ("street", "postcode", "started_on", "class_codes"),
        "sam_assistance_listings": ("agency", "kinds", "objective", "applicants", "record_url"),
        "ror": ("city", "website", "sector", "latitude", "class_codes"),
    }
    for name, columns in filled.items():
        _, rows = read(name)
        thin = {column: sum(bool(row[column]) for row in rows) / len(rows) for column in columns}
        assert {column for column, share in thin.items() if share < 0.9} == set(), (name, thin)
