"""Socrata portals: paging that is stable and ends, both layouts of a data set under one mapping, and the practice town's portal."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow.parquet as pq
import pytest

from sources import socrata
from sources.business_licences import city_register, known_cities, load_city
from sources.frame import read_register
from sources.paging import INDEX, Answer, Ask
from sources.practice import wire_socrata
from sources.practice.model import Town
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.register import ReadReport, RegisterError

URL = "https://data.example/resource/abcd-1234.json"
Row = dict[str, Any]


def asked(
    bodies: list[bytes], url: str = URL, options: dict[str, Any] | None = None, changed: tuple[Any, Any] = (5, 5)
) -> list[Ask]:
    """What is asked while rows come as `bodies` and the data set's days of change are `changed`."""
    talk = socrata.pages(url, options or {})
    told, answers, asks = iter(changed), iter(bodies), []
    try:
        ask = next(talk)
        while True:
            asks.append(ask)
            views = not ask.keep
            body = json.dumps({"rowsUpdatedAt": next(told)}).encode() if views else next(answers)
            ask = talk.send(Answer(ask.url, 200, body))
    except StopIteration:
        assert next(answers, None) is None, "every page is asked for"
        return asks


def page(*numbers: int) -> bytes:
    return json.dumps([{"id": str(n)} for n in numbers]).encode()


def test_pages_are_asked_in_a_stable_order_until_one_is_short() -> None:
    asks = asked([page(1, 2), page(3, 4), page(5)], options={"page_size": 2, "where": "zip_code like '606%'"})
    rows = [ask for ask in asks if ask.keep]
    assert [dict(parse_qsl(urlsplit(ask.url).query)) for ask in rows] == [
        {"$limit": "2", "$offset": str(offset), "$order": ":id", "$where": "zip_code like '606%'"} for offset in (0, 2, 4)
    ]
    about = "https://data.example/api/views/abcd-1234.json"
    # Found refused by the collection: the same question twice with the same answer counts as paging without an end.
    assert [ask.url for ask in asks if not ask.keep] == [about, f"{about}?_=after"]


def test_an_empty_page_ends_the_paging() -> None:
    assert len(asked([page(1, 2), page()], options={"page_size": 2})) == 4


def test_metadata_that_is_missing_or_no_json_does_not_stop_the_rows() -> None:
    for status, body in ((404, b""), (200, b"<html>"), (200, b"[]")):
        talk = socrata.pages(URL, {})
        assert next(talk).may_be_missing
        assert talk.send(Answer("x", status, body)).url.startswith("https://data.example/resource/abcd-1234.json?")


@pytest.mark.parametrize(
    ("bodies", "changed", "says"),
    [
        ([page(1, 2), page(1, 2)], (5, 5), r"does not heed \$offset"),
        ([page(1)], (5, 6), "changed while it was read"),
        ([b'{"error": true, "message": "Invalid SoQL query"}'], (5, 5), "Invalid SoQL query"),
        ([b"<html>log in</html>"], (5, 5), "no JSON"),
    ],
)
def test_what_cannot_be_the_rows_is_refused(bodies: list[bytes], changed: tuple[int, int], says: str) -> None:
    with pytest.raises(RegisterError, match=says):
        asked(bodies, options={"page_size": 2}, changed=changed)


@pytest.mark.parametrize(
    ("url", "is_resource"),
    [
        ("https://data.example/resource/abcd-1234.json", True),
        ("http://127.0.0.1:1/socrata/resource/abcd-1234.csv", True),  # a CSV of 1,000 rows only: paged as JSON
        ("https://data.example/api/views/abcd-1234/rows.csv?accessType=DOWNLOAD", False),
        ("https://data.example/licences.csv", False),
        (None, False),
    ],
)
def test_only_a_data_set_is_paged(url: str | None, is_resource: bool) -> None:
    assert socrata.is_resource(url) is is_resource
    if url and not is_resource:
        assert [ask.url for ask in asked([b"any"], url)] == [url]


# --- the three cities' layouts ----------------------------------------------------------------------------------------
CHICAGO_EXPORT = {
    "ID": "70-20250216", "LICENSE ID": "70", "ACCOUNT NUMBER": "9", "SITE NUMBER": "2", "LEGAL NAME": "OTTER HOLDING INC",
    "DOING BUSINESS AS NAME": "OTTER BAKERY", "ADDRESS": "5 LOCK LN", "CITY": "WRENHOLLOW", "STATE": "ZZ", "ZIP CODE": "00111",
    "LICENSE DESCRIPTION": "Retail Food Establishment", "BUSINESS ACTIVITY": "Retail Sales of Perishable Foods | Payment Center",
    "LICENSE TERM START DATE": "02/16/2025", "LICENSE TERM EXPIRATION DATE": "02/15/2027", "LICENSE STATUS": "AAI",
    "LATITUDE": "36.5", "LONGITUDE": "-64.5",
}  # fmt: skip
CHICAGO_API = {
    "id": "70-20250216", "license_id": "70", "account_number": "9", "site_number": "2", "legal_name": "OTTER HOLDING INC",
    "doing_business_as_name": "OTTER BAKERY", "address": "5 LOCK LN", "city": "WRENHOLLOW", "state": "ZZ", "zip_code": "00111",
    "license_description": "Retail Food Establishment", "business_activity": "Retail Sales of Perishable Foods | Payment Center",
    "license_start_date": "2025-02-16T00:00:00.000", "expiration_date": "2027-02-15T00:00:00.000", "license_status": "AAI",
    "latitude": "36.5", "longitude": "-64.5", "location": {"latitude": "36.5", "longitude": "-64.5", "human_address": "{}"},
}  # fmt: skip
NEW_YORK_2019 = {
    "DCA License Number": "123-DCA", "License Type": "Individual", "License Expiration Date": "12/31/2026", "License Status": "Active",
    "License Creation Date": "01/02/2019", "Industry": "Locksmith", "Business Name": "OTTER, LARK Q", "Business Name 2": "",
    "Address Building": "5", "Address Street Name": "LOCK LN", "Secondary Address Street Name": "", "Address City": "WRENHOLLOW",
    "Address State": "ZZ", "Address ZIP": "00111", "Contact Phone Number": "555-0101", "Latitude": "36.5", "Longitude": "-64.5",
}  # fmt: skip
NEW_YORK_TODAY = {
    "License Number": "123-DCA", "Business Name": "OTTER, LARK Q", "Business Unique ID": "BA-1", "Business Category": "Locksmith",
    "Building Number": "5", "Street1": "LOCK LN", "City": "WRENHOLLOW", "State": "ZZ", "ZIP Code": "00111", "Borough": "Outside",
    "Latitude": "36.5", "Longitude": "-64.5",
}  # fmt: skip
SAN_FRANCISCO = {
    "uniqueid": "1-2-3", "ownership_name": "Lark Q Otter", "dba_name": "Otter Bakery", "full_business_address": "5 Lock Ln",
    "city": "Wrenhollow", "state": "ZZ", "business_zip": "00111", "location_start_date": "2019-01-02T00:00:00.000",
    "mailing_address_1": "1 Heron Ct", "naic_code": "4400-4599", "location": {"type": "Point", "coordinates": [-64.5, 36.5]},
}  # fmt: skip

Read = Callable[..., tuple[ReadReport, list[Row]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads records of a city's layout, as JSON or CSV."""

    def run(city: str, *records: Row, form: str = "json", **options: Any) -> tuple[ReadReport, list[Row]]:
        text = io.StringIO()
        if form == "csv":
            writer = csv.DictWriter(text, list(dict.fromkeys(k for record in records for k in record)), restval="")
            writer.writeheader()
            writer.writerows(records)
        else:
            json.dump(records, text)
        (tmp_path / "file").write_bytes(text.getvalue().encode())
        report = read_register(city_register(city), tmp_path / "file", options, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_chicago_reads_alike_from_export_and_api(read: Read) -> None:
    missing = dict.fromkeys(load_city("chicago").layout.required, "")
    exported, (row,) = read("chicago", {**missing, **CHICAGO_EXPORT}, form="csv")
    paged, (same,) = read("chicago", CHICAGO_API)
    assert row == same
    assert (exported.unknown_columns, paged.unknown_columns) == ((), ())
    assert (row["native_id"], row["name"], row["other_names"]) == ("9-2", "OTTER BAKERY", ["OTTER HOLDING INC"])
    assert row["class_codes"] == ["Retail Sales of Perishable Foods", "Payment Center", "Retail Food Establishment"]
    assert (row["state"], row["postcode"], row["latitude"], row["status"]) == ("ZZ", "00111", 36.5, "active")
    assert str(row["started_on"]) == "2025-02-16"


@pytest.mark.parametrize(
    ("changed", "column", "value"),
    [
        ({"address": "[REDACTED FOR PRIVACY]"}, "street", None),
        ({"legal_name": "LARK Q OTTER"}, "other_names", []),  # an owner who may be a person is not read
        ({"legal_name": "LARK & JAY OTTER"}, "other_names", []),
        ({"license_status": "AAC"}, "status", "inactive"),
        ({"license_status": "REV"}, "status", "inactive"),
        ({"license_status": "REA"}, "status", "active"),
        ({"license_status": "INQ"}, "status", "unknown"),
        ({"latitude": None}, "longitude", None),
        ({"doing_business_as_name": None, "legal_name": "LARK Q OTTER"}, "name", "LARK Q OTTER"),
    ],
)
def test_chicago_cells(read: Read, changed: Row, column: str, value: Any) -> None:
    record = {**CHICAGO_API, **changed}
    # Another business, so that the file has every column.
    _, rows = read("chicago", {k: v for k, v in record.items() if v is not None}, {**CHICAGO_API, "account_number": "8"})
    assert next(row for row in rows if row["native_id"] == "9-2")[column] == value


def term(start: str, end: str, **changed: str) -> Row:
    return {**CHICAGO_API, "license_start_date": start, "expiration_date": end, **changed}


def test_of_an_accounts_terms_the_newest_is_kept_with_the_licences_held_beside_it(read: Read) -> None:
    report, (row,) = read(
        "chicago",
        term("2021-02-16", "2023-02-15", license_description="Peddler License", business_activity=""),
        term("2025-02-16", "2027-02-15", doing_business_as_name="OTTER BREADS"),
        term("2025-02-16", "2027-01-15", license_description="Tavern", business_activity=""),
        term("2025-02-16", "2029-02-15", license_description="Raffles", license_status="AAC"),
    )
    assert (row["name"], row["status"], row["class_codes"][-1]) == ("OTTER BREADS", "active", "Tavern")
    assert "Peddler License" not in row["class_codes"] and "Raffles" not in row["class_codes"]
    assert (report.read, report.kept, sum(report.outside.values())) == (4, 1, 3)


def test_a_business_whose_term_ended_before_the_files_own_day_is_inactive(read: Read) -> None:
    records = [term("2019-02-16", "2021-02-15"), {**term("2025-02-16", "2027-02-15"), "account_number": "8"}]
    for options, expected in (({}, ["active", "inactive"]), ({"expired": "active"}, ["active", "active"])):
        _, rows = read("chicago", *records, **options)
        assert [row["status"] for row in rows] == expected


def test_new_york_reads_alike_in_both_layouts_and_writes_persons_as_spoken(read: Read) -> None:
    _, (old,) = read("new_york", NEW_YORK_2019, form="csv")
    _, (new,) = read("new_york", NEW_YORK_TODAY, form="csv")
    assert {name for name in old if old[name] != new[name]} == {"started_on"}
    assert (old["name"], old["street"], old["class_codes"]) == ("LARK Q OTTER", "5 LOCK LN", ["Locksmith"])
    assert "555-0101" not in str(old)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "active"),
        ({"location_end_date": "2024-05-06T00:00:00.000"}, "inactive"),
        ({"administratively_closed": "***Administratively Closed"}, "inactive"),
        ({"administratively_closed": False}, "active"),
    ],
)
def test_san_francisco_knows_closed_locations_and_reads_neither_owner_nor_mail(read: Read, changed: Row, status: str) -> None:
    report, (row,) = read("san_francisco", {**SAN_FRANCISCO, **changed})
    assert (row["name"], row["other_names"], row["status"]) == ("Otter Bakery", [], status)
    assert (row["latitude"], row["longitude"], row["class_codes"]) == (36.5, -64.5, ["4400-4599"])
    assert "Heron" not in str(row) and report.unknown_columns == ()


def test_each_class_word_of_a_city_means_one_thing() -> None:
    for name in known_cities():
        city = load_city(name)
        words = [word for listed in city.classes.values() for word in listed] + city.permits
        assert len(words) == len(set(words)), name
        assert all(city.classes.values()), name


# --- practice town ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def town() -> Town:
    return build_town(size=0.2)


def test_the_towns_portal_is_paged_and_exported_alike_and_tells_no_owner(town: Town, tmp_path: Path) -> None:
    routes = wire_socrata.routes(town)

    def answer(ask: Ask) -> Answer:
        parts = urlsplit(ask.url)
        found = routes[parts.path](Request(parts.path, dict(parse_qsl(parts.query)), b"", {}, "http://127.0.0.1:1"))
        return Answer(ask.url, found.status, found.body)

    talk = socrata.pages(f"http://127.0.0.1:1{wire_socrata.RESOURCE_PATH}", {"page_size": 500})
    ask, bodies = next(talk), []
    try:
        while True:
            got = answer(ask)
            bodies += [got.body] if ask.keep else []
            ask = talk.send(got)
    except StopIteration:
        assert len(bodies) > 1
    with zipfile.ZipFile(tmp_path / "pages.zip", "w") as bundle:
        for number, body in enumerate(bodies):
            bundle.writestr(f"{number}.json", body)
        bundle.writestr(INDEX, json.dumps([{"url": "x", "member": f"{n}.json"} for n in range(len(bodies))]))
    (tmp_path / "export.csv").write_bytes(answer(Ask(f"http://127.0.0.1:1{wire_socrata.EXPORT_PATH}")).body)
    chicago = city_register("chicago")
    paged = read_register(chicago, tmp_path / "pages.zip", {}, tmp_path / "pages.parquet")
    exported = read_register(chicago, tmp_path / "export.csv", {}, tmp_path / "export.parquet")
    rows = pq.read_table(tmp_path / "pages.parquet").to_pylist()
    assert rows == pq.read_table(tmp_path / "export.parquet").to_pylist()
    assert (paged.read, paged.kept) == (exported.read, exported.kept) == (2 * len(town.businesses), len(town.businesses))
    assert (paged.rejected, paged.unknown_columns, exported.unknown_columns) == ([], (), ())
    owners = [name for name in town.truth.contact_names if name.encode() in (tmp_path / "export.csv").read_bytes()]
    assert len(owners) > 5, "the file names owners"
    assert [name for name in owners if name in str(rows)] == []
