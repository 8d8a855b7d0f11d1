"""The register of English schools: sectors, what is open, the dated file, no head teacher; every school is invented."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import gias
from sources.frame import read_register
from sources.gias_columns import COLUMNS, PERSONAL
from sources.paging import Answer
from sources.practice.model import ANCHOR
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.practice.wire_gias import PATH, routes
from sources.register import ReadReport, RegisterError

Rows = list[dict[str, Any]]
Read = Callable[..., tuple[ReadReport, Rows]]

SCHOOL = dict.fromkeys(COLUMNS, "") | {
    "URN": "990001",
    "EstablishmentName": "St Otter’s École",
    "TypeOfEstablishment (name)": "Community school",
    "EstablishmentTypeGroup (name)": "Local authority maintained schools",
    "EstablishmentStatus (name)": "Open",
    "PhaseOfEducation (name)": "Primary",
    "OpenDate": "01-09-1971",
    "UKPRN": "10990001",
    "Street": "4 Quay Street",
    "Locality": "Old Market",
    "Town": "Larkmere",
    "Postcode": "zz1 4ab",
    "SchoolWebsite": "www.otter.example",
    **dict.fromkeys(PERSONAL, "Doe"),
}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads rows written in Windows-1252, as the register writes them."""

    def run(*rows: dict[str, str]) -> tuple[ReadReport, Rows]:
        path = tmp_path / "edubasealldata.csv"
        with path.open("w", encoding="cp1252", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        report = read_register(gias.REGISTER, path, {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_a_school_in_full(read: Read) -> None:
    report, [row] = read(SCHOOL)
    assert report.unknown_columns == ()
    assert {name: value for name, value in row.items() if value not in (None, [])} == {
        "native_id": "990001",
        "name": "St Otter’s École",
        "sector": "public",
        "street": "4 Quay Street",
        "city": "Larkmere",
        "postcode": "ZZ1 4AB",
        "country": "GB",
        "website": "www.otter.example",
        "description": "Primary, Community school",
        "class_scheme": "GIAS",
        "class_codes": ["Community school"],
        "identifiers": ["GB-EDU-990001", "GB-UKPRN-10990001"],
        "status": "active",
        "started_on": date(1971, 9, 1),
    }


@pytest.mark.parametrize(
    ("kind", "group", "sector"),
    [
        ("Academy converter", "Academies", "public"),
        ("Other independent school", "Independent schools", "nonprofit"),
        ("Other independent special school", "Independent schools", "nonprofit"),
        ("Non-maintained special school", "Special schools", "nonprofit"),
        ("Community special school", "Special schools", "public"),
        ("Further education", "Colleges", "public"),
        ("Online provider", "Online provider", "private"),
    ],
)
def test_sector(read: Read, kind: str, group: str, sector: str) -> None:
    _, [row] = read(SCHOOL | {"TypeOfEstablishment (name)": kind, "EstablishmentTypeGroup (name)": group})
    assert (row["sector"], row["class_codes"]) == (sector, [kind])


@pytest.mark.parametrize(
    ("cell", "value", "column", "expected"),
    [
        ("EstablishmentStatus (name)", "Open, but proposed to close", "status", "active"),
        ("EstablishmentStatus (name)", "Proposed to open", "status", "inactive"),
        ("EstablishmentStatus (name)", "Closed", "status", "inactive"),
        ("PhaseOfEducation (name)", "Not applicable", "description", "Community school"),
        ("OpenDate", "", "started_on", None),
        ("Street", "", "street", "Old Market"),
        ("UKPRN", "", "identifiers", ["GB-EDU-990001"]),
        ("SchoolWebsite", "office@otter.example", "website", None),
        ("Postcode", "", "postcode", None),
    ],
)
def test_cells(read: Read, cell: str, value: str, column: str, expected: object) -> None:
    _, [row] = read(SCHOOL | {cell: value})
    assert row[column] == expected


def test_a_school_tells_of_its_trust(read: Read) -> None:
    _, [row] = read(SCHOOL | {"Trusts (code)": "2053", "Trusts (name)": "OTTER LEARNING TRUST"})
    assert row["parent_identifiers"] == ["GIAS-TRUST-2053"]
    assert (row["parent_name"], row["parent_kind"]) == ("OTTER LEARNING TRUST", "group_member")


def test_a_school_abroad_is_left_out_and_a_broken_number_set_aside(read: Read) -> None:
    report, rows = read(SCHOOL, SCHOOL | {"TypeOfEstablishment (name)": "British schools overseas"}, SCHOOL | {"URN": ""})
    assert report.outside == {"school abroad": 1}
    assert [(r.row_number, r.field) for r in report.rejected] == [(3, "URN")]
    assert len(rows) == 1


def test_a_lost_column_is_refused(read: Read) -> None:
    with pytest.raises(RegisterError, match=r"columns \['Postcode'\] are missing"):
        read({name: value for name, value in SCHOOL.items() if name != "Postcode"})


def test_days_are_tried_backwards_until_a_file_is_there() -> None:
    asking = gias.locate("https://h.example/edubasealldataYYYYMMDD.csv", {}, date(2026, 3, 1))
    asks = [next(asking), asking.send(Answer("", 404, b"")), asking.send(Answer("", 404, b""))]
    assert [ask.url[-12:] for ask in asks] == ["20260301.csv", "20260228.csv", "20260227.csv"]
    assert all(ask.head and ask.may_be_missing for ask in asks)
    with pytest.raises(StopIteration) as end:
        asking.send(Answer("", 200, b""))
    assert end.value.value == ["https://h.example/edubasealldata20260227.csv"]


def test_a_month_without_a_file_is_refused() -> None:
    asking = gias.locate("https://h.example/edubasealldataYYYYMMDD.csv", {}, date(2026, 3, 1))
    asked = [next(asking).url]
    with pytest.raises(RegisterError, match="no file of the last 31 days"):
        while True:
            asked.append(asking.send(Answer("", 404, b"")).url)
    assert len(set(asked)) == 31


def test_an_address_without_a_day_is_the_file() -> None:
    with pytest.raises(StopIteration) as end:
        next(gias.locate("https://h.example/schools.csv", {}, date(2026, 3, 1)))
    assert end.value.value == ["https://h.example/schools.csv"]


def test_the_town_in_this_format(tmp_path: Path) -> None:
    town = build_town(size=1.0)
    served = routes(town)
    asking = gias.locate("http://127.0.0.1:1/gias/edubasealldataYYYYMMDD.csv", {}, ANCHOR)
    ask = next(asking)
    with pytest.raises(StopIteration) as end:
        while True:
            ask = asking.send(Answer(ask.url, 200 if ask.url.removeprefix("http://127.0.0.1:1") in served else 404, b""))
    assert end.value.value == [f"http://127.0.0.1:1{PATH}"]
    path = tmp_path / "edubasealldata.csv"
    path.write_bytes(served[PATH](Request(PATH, {}, b"", {}, "http://127.0.0.1:1")).body)
    assert b",Headteacher," in path.read_bytes() and b",0151496" in path.read_bytes()
    report = read_register(gias.REGISTER, path, {}, tmp_path / "rows.parquet")
    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert report.rejected == [] and report.outside.keys() == {"school abroad"}
    assert {row["sector"] for row in rows} == {"public", "nonprofit"}
    assert {row["status"] for row in rows} == {"active", "inactive"}
    assert [row["name"][:5] for row in rows if "É" in row["name"]] == ["École"]
    text = "\n".join(str(row) for row in rows).lower()
    assert [name for name in town.truth.contact_names if name.lower() in text] == []
    assert "0151496" not in text
