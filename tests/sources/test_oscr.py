"""The Scottish charity register: lists in single quotes, what is withheld or repeated, no trustee's address; charities invented."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.frame import read_register
from sources.oscr import HEADER, REGISTER
from sources.practice.charities import charities
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.practice.wire_oscr import PATH, routes
from sources.register import ReadReport, RegisterError

Rows = list[dict[str, Any]]
Read = Callable[..., tuple[ReadReport, Rows]]


def charity(**changed: str) -> dict[str, str]:
    """A row of the file with some of its cells changed (`_` stands for a blank in a column's name)."""
    row = dict.fromkeys(HEADER, "") | {
        "Charity Number": "SC990001",
        "Charity Name": "Otter Watch",
        "Registered Date": "28/05/1987",
        "Charity Status": "Active",
        "Postcode": "zz14ab",
        "Principal Office/Trustees Address": "c/o Jane Doe, 1 Home Lane",
        "Most recent year income": "9999",
        "Year End": "31/03/2026",
    }
    return row | {name.replace("_", " "): value for name, value in changed.items()}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads rows as the plain CSV inside the ZIP, with the two headers that begin with a blank."""

    def run(*rows: dict[str, str], header: tuple[str, ...] = HEADER) -> tuple[ReadReport, Rows]:
        path = tmp_path / "CharityExport.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([f" {name}" if name == "Next year end date" else name for name in header])
            writer.writerows([row[name] for name in header] for row in rows)
        report = read_register(REGISTER, path, {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_a_charity_in_full(read: Read) -> None:
    _, [row] = read(charity(Known_As="OW", Objectives="To watch otters.", Website="http://otters.example"))
    told = {name: value for name, value in row.items() if value not in (None, [])}
    assert told == {
        "native_id": "SC990001",
        "name": "Otter Watch",
        "other_names": ["OW"],
        "sector": "nonprofit",
        "postcode": "ZZ1 4AB",
        "country": "GB",
        "website": "http://otters.example",
        "description": "To watch otters.",
        "class_scheme": "OSCR",
        "identifiers": ["GB-SC-SC990001"],
        "status": "active",
        "started_on": date(1987, 5, 28),
        "last_filed_on": date(2026, 3, 31),
        "income_amount": 9999,
        "income_currency": "GBP",
        "size_band": "micro",
    }


@pytest.mark.parametrize(
    ("purposes", "codes"),
    [
        ("", []),
        ("The saving of lives", ["the saving of lives"]),
        ("The saving of lives, The advancement of religion", ["the saving of lives", "the advancement of religion"]),
        (
            "'The advancement of the arts, heritage, culture or science',The advancement of health",
            ["the advancement of the arts, heritage, culture or science", "the advancement of health"],
        ),
        (
            "'The advancement of health','The relief of those in need, by age'",
            ["the advancement of health", "the relief of those in need, by age"],
        ),
    ],
)
def test_purposes_are_split_outside_single_quotes(read: Read, purposes: str, codes: list[str]) -> None:
    _, [row] = read(charity(Purposes=purposes))
    assert row["class_codes"] == codes


@pytest.mark.parametrize(
    ("cell", "value", "column", "expected"),
    [
        ("Charity Status", "Removed", "status", "inactive"),
        ("Charity Status", "", "status", "unknown"),
        ("Registered Date", "28/05/1987 00:00", "started_on", date(1987, 5, 28)),
        ("Registered Date", "1987", "started_on", None),
        ("Postcode", "Glasgow", "postcode", None),
        ("Website", "http://Otter Watch", "website", None),
        ("Known As", "OTTER WATCH", "other_names", []),
        ("Most recent year income", "", "size_band", "unknown"),
        ("Most recent year income", "10000", "size_band", "small"),
        ("Most recent year income", "999999", "size_band", "medium"),
        ("Most recent year income", "1000000.00", "size_band", "large"),
        ("Charity Number", "990001", "identifiers", []),
    ],
)
def test_cells(read: Read, cell: str, value: str, column: str, expected: object) -> None:
    _, [row] = read(charity(**{cell: value}))
    assert row[column] == expected


@pytest.mark.parametrize(
    ("number", "country", "parents"),
    [
        ("SC990002", "Scotland", ["GB-SC-SC990002"]),
        ("sc990002", "", ["GB-SC-SC990002"]),
        ("1990003", "England and Wales", ["GB-CHC-1990003"]),
        pytest.param("1990003", "Ireland", [], id="a number we cannot tell the list of"),
        pytest.param("SC990001", "Scotland", [], id="itself"),
        ("", "", []),
    ],
)
def test_the_parent_a_charity_states(read: Read, number: str, country: str, parents: list[str]) -> None:
    cells = {"Parent charity number": number, "Parent charity country of registration": country, "Parent charity name": "Otters"}
    _, [row] = read(charity(**cells))
    assert row["parent_identifiers"] == parents
    assert (row["parent_kind"], row["parent_name"]) == (("parent", "Otters") if parents else (None, None))


def test_a_withheld_name_and_a_repeated_number_are_set_aside(read: Read) -> None:
    report, rows = read(charity(), charity(), charity(Charity_Number="SC990002", Charity_Name=""))
    assert (report.read, report.kept, len(report.rejected)) == (3, 1, 2)
    assert [row["native_id"] for row in rows] == ["SC990001"]


def test_a_file_of_another_layout_is_refused(read: Read) -> None:
    with pytest.raises(RegisterError, match="Charity Number"):
        read(charity(), header=HEADER[1:])


def test_the_town_in_this_format(tmp_path: Path) -> None:
    town = build_town(size=0.2)
    body = routes(town)[PATH](Request(PATH, {}, b"", {}, "http://127.0.0.1:1")).body
    path = tmp_path / "charity-register"
    path.write_bytes(body)
    with zipfile.ZipFile(path) as archive:
        plain = archive.read(archive.namelist()[0])
    assert b"\0" in plain and b",c/o" in plain.replace(b'"', b"").lower()
    report = read_register(REGISTER, path, {}, tmp_path / "rows.parquet")
    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    known = list(charities(town))
    assert report.read == len(known) + 1, "one number stands there twice"
    assert report.kept == len(known) and len(report.rejected) == 1
    assert report.unknown_columns == ()
    assert {row["name"] for row in rows} == {charity.name for charity in known}
    text = "\n".join(str(row) for row in rows).lower()
    assert "\0" not in text
    for charity in known:
        assert charity.contact.lower() not in text and charity.phone not in text and charity.email not in text
