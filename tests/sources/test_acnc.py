"""The Australian charity register: flags, hidden charities, people among the names, where the file lies; charities invented."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import acnc
from sources.acnc_columns import FIELDS
from sources.frame import read_register
from sources.paging import Answer
from sources.practice.charities import charities
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.practice.wire_acnc import FILE_PATH, PACKAGE_PATH, routes
from sources.register import ReadReport, RegisterError

Rows = list[dict[str, Any]]
Read = Callable[..., tuple[ReadReport, Rows]]

CHARITY = dict.fromkeys(FIELDS, "") | {
    "ABN": "99000000001",
    "Charity_Legal_Name": "Otter Rescue Inc",
    "Address_Line_1": "4 Quay St",
    "Town_City": "Larkmere ",
    "State": "NT",
    "Postcode": "0799",
    "Country": "AUSTRALIA",
    "Registration_Date": "03/12/2012",
    "Charity_Size": "Small",
    "Operates_in_NT": "Y",
    "PBI": "Y",
    "animals": "Y",
    "Advancing_natual_environment": "Y",
}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads rows from a CSV whose header cells are put through `spelt`."""

    def run(*rows: dict[str, str], spelt: Callable[[str], str] = str) -> tuple[ReadReport, Rows]:
        path = tmp_path / "datadotgov_main.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([spelt(name) for name in rows[0]])
            writer.writerows(row.values() for row in rows)
        report = read_register(acnc.REGISTER, path, {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_the_lists_hold_the_69_columns_of_the_file_once() -> None:
    assert len(FIELDS) == len(set(FIELDS)) == 69


@pytest.mark.parametrize("spelt", [str, lambda name: name.replace("_", " ")])
def test_a_charity_in_full_with_either_spelling_of_the_header(read: Read, spelt: Callable[[str], str]) -> None:
    report, [row] = read(CHARITY, spelt=spelt)
    assert report.unknown_columns == ()
    assert {name: value for name, value in row.items() if value not in (None, [])} == {
        "native_id": "99000000001",
        "name": "Otter Rescue Inc",
        "sector": "nonprofit",
        "street": "4 Quay St",
        "city": "Larkmere",
        "state": "NT",
        "postcode": "0799",
        "country": "AU",
        "class_scheme": "ACNC",
        "class_codes": ["Advancing_natual_environment", "animals", "PBI"],
        "identifiers": ["AU-ABN-99000000001"],
        "status": "active",
        "started_on": date(2012, 12, 3),
        "size_band": "small",
    }


@pytest.mark.parametrize(
    ("changed", "column", "expected"),
    [
        ({"Address_Line_1": "C/O Jane Doe", "Address_Line_2": "Level 7, 130 Pitt Street"}, "street", "Level 7, 130 Pitt Street"),
        ({"Address_Line_1": "C/- Jane Doe"}, "street", None),
        ({"Address_Line_1": "Otter House", "Address_Line_2": "4 Quay St"}, "street", "4 Quay St"),
        ({"Address_Line_1": "Otter House", "Address_Line_2": "The Quay"}, "street", "Otter House"),
        ({"State": ""}, "state", "NT"),
        ({"State": "", "Operates_in_WA": "Y"}, "state", None),
        ({"Country": ""}, "country", "AU"),
        ({"Country": "Australia "}, "country", "AU"),
        ({"Charity_Size": ""}, "size_band", "unknown"),
        ({"Other_Organisation_Names": "Karl Barber"}, "other_names", []),
        ({"Other_Organisation_Names": "Otter Rescue Inc, Previously known as ABN 48000000001"}, "other_names", []),
        ({"Other_Organisation_Names": "The Holt, NT Otters"}, "other_names", ["NT Otters", "The Holt"]),
        ({"Charity_Website": "none"}, "website", None),
        ({"Registration_Date": ""}, "started_on", None),
        ({"ABN": "99 000 000 001"}, "native_id", "99000000001"),
    ],
)
def test_cells(read: Read, changed: dict[str, str], column: str, expected: object) -> None:
    _, [row] = read(CHARITY | changed)
    assert row[column] == expected


def test_what_is_hidden_or_abroad_is_left_out_and_a_broken_number_set_aside(read: Read) -> None:
    report, rows = read(
        CHARITY,
        CHARITY | {"ABN": "", "Charity_Legal_Name": ""},
        CHARITY | {"ABN": "", "Charity_Legal_Name": "431228-D7J7F3"},
        CHARITY | {"ABN": "99000000002", "Country": "Fiji"},
        CHARITY | {"ABN": "9900000003"},
    )
    assert report.outside == {"address outside Australia": 1, "withheld by the register": 2}
    assert [(r.row_number, r.field, r.value) for r in report.rejected] == [(5, "ABN", "9900000003")]
    assert len(rows) == 1


def found(reply: object) -> list[str]:
    """What `locate` makes of one reply."""
    asking = acnc.locate("https://portal.example/package_show", {}, date(2026, 6, 30))
    assert next(asking).url == "https://portal.example/package_show"
    with pytest.raises(StopIteration) as end:
        asking.send(Answer("", 200, json.dumps(reply).encode()))
    return end.value.value


def test_the_csv_is_found_in_the_package_reply() -> None:
    files = [
        {"url": "https://f.example/notes.csv"},
        {"url": "https://f.example/datadotgov_main.xlsx"},
        {"url": "https://f.example/datadotgov_main.csv"},
    ]
    assert found({"result": {"resources": files}}) == ["https://f.example/datadotgov_main.csv"]


@pytest.mark.parametrize("reply", [{}, {"result": {"resources": []}}, {"result": {"resources": [{"url": None}]}}, "sorry"])
def test_a_package_without_the_csv_is_refused(reply: object) -> None:
    with pytest.raises(RegisterError, match="datadotgov_main"):
        found(reply)


def test_the_town_in_this_format(tmp_path: Path) -> None:
    town = build_town(size=0.2)
    served = routes(town)
    asked = Request(PACKAGE_PATH, {"id": "x"}, b"", {}, "http://127.0.0.1:1")
    assert found(json.loads(served[PACKAGE_PATH](asked).body)) == [f"http://127.0.0.1:1{FILE_PATH}"]
    path = tmp_path / "datadotgov_main.csv"
    path.write_bytes(served[FILE_PATH](asked).body)
    known = list(charities(town))
    assert known[0].contact.encode() in path.read_bytes()
    report = read_register(acnc.REGISTER, path, {}, tmp_path / "rows.parquet")
    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert (report.kept, report.outside, report.rejected) == (len(known), {"withheld by the register": 1}, [])
    assert {row["name"] for row in rows} == {charity.name for charity in known}
    assert {row["state"] for row in rows} == {"NT"}, "a hidden address leaves the state it works in"
    text = "\n".join(str(row) for row in rows).lower()
    assert [charity.contact for charity in known if charity.contact.lower() in text] == []
