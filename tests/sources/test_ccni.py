"""The Northern Irish charity register: two layouts, back-ticks, addresses, company numbers; every charity is invented."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.ccni import REGISTER
from sources.frame import read_register
from sources.practice.charities import charities
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.practice.wire_ccni import PATH, routes
from sources.register import ReadReport, RegisterError

Rows = list[dict[str, Any]]
Read = Callable[..., tuple[ReadReport, Rows]]

#: A row in the older layout of 20 columns.
OLDER = {
    "Reg charity number": "990001",
    "Sub charity number": "0",
    "Charity name": "Otter`s Rest",
    "Date registered": "13/12/2013",
    "Status": "Up-to-date",
    "Date for financial year ending": "31 March 2026",
    "Total income": "250000",
    "Total spending": "1",
    "Charitable spending": "",
    "Income generation and governance": "",
    "Retained for future use": "",
    "Public address": "C/o Mrs Jane Doe, Unit 4, 12 Quay St, Coleraine, Co. Derry, BT52 1AA",
    "Website": "www.otters.example",
    "Email": "jane@example.org",
    "Telephone": "0151 496 0001",
    "Company number": "612345",
    "What the charity does": "The advancement of education,The relief of need, hardship or distress",
    "Who the charity helps": "Youth (14-25 year olds)",
    "How the charity works": "Advice",
    "Charitable purposes": "To shelter the town`s otters.",
}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads rows written as the register writes them: UTF-8 with BOM."""

    def run(*rows: dict[str, str]) -> tuple[ReadReport, Rows]:
        path = tmp_path / "charitydetails.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        report = read_register(REGISTER, path, {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_a_charity_in_the_older_layout(read: Read) -> None:
    report, [row] = read(OLDER)
    assert report.unknown_columns == ()
    assert {name: value for name, value in row.items() if value not in (None, [])} == {
        "native_id": "990001",
        "name": "Otter's Rest",
        "sector": "nonprofit",
        "street": "Unit 4, 12 Quay St",
        "city": "Coleraine",
        "postcode": "BT52 1AA",
        "country": "GB",
        "website": "www.otters.example",
        "description": "To shelter the town's otters.",
        "class_scheme": "CCNI",
        "class_codes": ["the advancement of education", "the relief of need, hardship or distress"],
        "identifiers": ["GB-NIC-990001", "GB-COH-NI612345"],
        "status": "active",
        "started_on": date(2013, 12, 13),
        "last_filed_on": date(2026, 3, 31),
        "income_amount": 250_000,
        "income_currency": "GBP",
        "size_band": "medium",
    }


def test_the_newer_layout_is_known_by_the_beginnings_of_its_columns(read: Read) -> None:
    newer = {name: value for name, value in OLDER.items() if name not in ("Date for financial year ending", "Total income")}
    newer |= {
        "Other name": "The Holt",
        "Financial period end": "30 June 2026",
        "Total income. Previous financial period.": "5",
        "Total income and endowments": "9000",
        "Total net assets and liabilities (£)": "7",
    }
    report, [row] = read(newer)
    assert report.unknown_columns == ()
    assert (row["other_names"], row["last_filed_on"]) == (["The Holt"], date(2026, 6, 30))
    assert (row["income_amount"], row["size_band"]) == (9_000, "micro")


def test_a_column_nobody_has_seen_is_told(read: Read) -> None:
    report, _ = read(OLDER | {"Otters kept": "3"})
    assert report.unknown_columns == ("Otters kept",)


@pytest.mark.parametrize(
    ("cell", "value", "column", "expected"),
    [
        ("Company number", "0", "identifiers", ["GB-NIC-990001"]),
        ("Company number", "999999", "identifiers", ["GB-NIC-990001"]),
        ("Company number", "", "identifiers", ["GB-NIC-990001"]),
        ("Company number", "4567", "identifiers", ["GB-NIC-990001", "GB-COH-NI004567"]),
        ("Company number", "NI004567", "identifiers", ["GB-NIC-990001", "GB-COH-NI004567"]),
        ("Company number", "7654321", "identifiers", ["GB-NIC-990001", "GB-COH-07654321"]),
        ("Company number", "none", "identifiers", ["GB-NIC-990001"]),
        ("Status", "Removed", "status", "inactive"),
        ("Status", "Overdue", "status", "active"),
        ("Status", "", "status", "unknown"),
        ("Public address", "", "postcode", None),
        ("Public address", "bt521aa", "postcode", "BT52 1AA"),
        ("Public address", "bt521aa", "city", None),
        ("Public address", "12 Quay St, Coleraine BT52 1AA", "city", "Coleraine"),
        ("Public address", "12 Quay St, Coleraine, Northern Ireland", "city", "Coleraine"),
        ("Website", "see our page", "website", None),
        ("Date registered", "tomorrow", "started_on", None),
        ("What the charity does", "", "class_codes", []),
        ("Total income", "", "income_currency", None),
    ],
)
def test_cells(read: Read, cell: str, value: str, column: str, expected: object) -> None:
    _, [row] = read(OLDER | {cell: value})
    assert row[column] == expected


def test_a_part_of_a_charity_is_left_out_and_a_broken_number_set_aside(read: Read) -> None:
    report, rows = read(OLDER, OLDER | {"Sub charity number": "2"}, OLDER | {"Reg charity number": "NIC1"})
    assert report.outside == {"part of another charity": 1}
    assert [(r.row_number, r.native_id, r.field) for r in report.rejected] == [(3, "NIC1", "Reg charity number")]
    assert len(rows) == 1


def test_a_log_in_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.csv"
    path.write_text("<!doctype html>\n<title>Sign in</title>")
    with pytest.raises(RegisterError, match="Found: <!doctype html>"):
        read_register(REGISTER, path, {}, tmp_path / "rows.parquet")


def test_the_town_in_this_format(tmp_path: Path) -> None:
    town = build_town(size=0.2)
    path = tmp_path / "export.csv"
    path.write_bytes(routes(town)[PATH](Request(PATH, {}, b"", {}, "http://127.0.0.1:1")).body)
    known = list(charities(town))
    assert all(person.encode() in path.read_bytes() for person in (known[0].contact, known[0].phone, known[0].email))
    report = read_register(REGISTER, path, {}, tmp_path / "rows.parquet")
    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert report.read == report.kept == len(known)
    assert {(row["name"], row["street"]) for row in rows} == {(charity.name, charity.street) for charity in known}
    assert {row["city"] for row in rows} == {"Larkmere"}
    text = "\n".join(str(row) for row in rows).lower()
    for charity in known:
        assert charity.contact.lower() not in text and charity.phone not in text and charity.email not in text


def test_a_hostile_address_takes_no_time(read: Read) -> None:
    started = time.perf_counter()
    _, [row] = read(OLDER | {"Public address": ",A1 1AA " * 15_000 + "x"})
    assert row["postcode"] is None
    assert time.perf_counter() - started < 5
