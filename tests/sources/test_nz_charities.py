"""The New Zealand charity register: paging to an empty page, both envelopes, dates, the CSV by hand; charities invented."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow.parquet as pq
import pytest

from sources.frame import read_register
from sources.nz_charities import ASKED, PERSONAL, REGISTER, pages
from sources.paging import INDEX, Answer
from sources.practice.charities import charities
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.practice.wire_nz_charities import ROOT, routes
from sources.register import ReadReport, RegisterError

Rows = list[dict[str, Any]]
Read = Callable[[str], tuple[ReadReport, Rows]]

CHARITY = {
    "__metadata": {"uri": "https://service.example/Organisations(1)"},
    "OrganisationId": 1,
    "Name": " Kiwi  Watch ",
    "CharityRegistrationNumber": "CC990001",
    "RegistrationStatus": "Registered",
    "DateRegistered": "/Date(1214784000000)/",
    "PostalAddressLine1": "PO Box 4",
    "PostalAddressCity": "Larkmere",
    "PostalAddressPostcode": "0699",
    "WebSiteURL": "www.kiwi.example",
    "MainSectorId": 9,
    "CharitablePurpose": "To watch kiwis.",
}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads one page or file saved by hand."""

    def run(text: str) -> tuple[ReadReport, Rows]:
        path = tmp_path / "organisations"
        path.write_text(text, encoding="utf-8")
        report = read_register(REGISTER, path, {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


@pytest.mark.parametrize("envelope", [lambda rows: {"d": rows}, lambda rows: {"d": {"results": rows, "__count": "1"}}])
def test_a_charity_in_either_envelope(read: Read, envelope: Callable[[Rows], Any]) -> None:
    report, [row] = read(json.dumps(envelope([CHARITY])))
    assert report.unknown_columns == ()
    assert {name: value for name, value in row.items() if value not in (None, [])} == {
        "native_id": "CC990001",
        "name": "Kiwi Watch",
        "sector": "nonprofit",
        "street": "PO Box 4",
        "city": "Larkmere",
        "postcode": "0699",
        "country": "NZ",
        "website": "www.kiwi.example",
        "description": "To watch kiwis.",
        "class_scheme": "NZ-SECTOR",
        "class_codes": ["9"],
        "status": "active",
        "started_on": date(2008, 6, 30),
    }


@pytest.mark.parametrize(
    ("changed", "column", "expected"),
    [
        ({"PostalAddressLine1": "c/- Jane Doe"}, "street", None),
        ({"RegistrationStatus": "Deregistered"}, "status", "inactive"),
        ({"DateRegistered": "/Date(1214784000000+0000)/"}, "started_on", date(2008, 6, 30)),
        ({"DateRegistered": None}, "started_on", None),
        ({"PostalAddressPostcode": 6991}, "postcode", "6991"),
        ({"MainSectorId": None}, "class_codes", []),
        ({"Name": None}, "name", "rejected"),
        ({"CharityRegistrationNumber": None}, "name", "rejected"),
    ],
)
def test_cells(read: Read, changed: dict[str, Any], column: str, expected: object) -> None:
    report, rows = read(json.dumps({"d": [CHARITY | {"CharityRegistrationNumber": "CC990002"}, CHARITY | changed]}))
    if expected == "rejected":
        assert (report.kept, len(report.rejected)) == (1, 1)
    else:
        assert rows[0][column] == expected


def test_the_whole_register_as_a_csv_downloaded_by_hand(read: Read) -> None:
    header = "OrganisationId,Name,CharityRegistrationNumber,RegistrationStatus,DateRegistered,CharityEmailAddress"
    report, [row] = read(f"{header}\n1,Kiwi Watch,CC990001,Registered,30/06/2008 00:00:00,jane@example.org\n")
    assert report.unknown_columns == ()
    assert (row["name"], row["started_on"], row["status"]) == ("Kiwi Watch", date(2008, 6, 30), "active")
    assert "jane" not in str(row)


@pytest.mark.parametrize(
    "text", ["<html>Request unsuccessful. Incapsula incident</html>", '{"error": 1}', '{"d": "x"}', '{"d": [1]}', "[1, 2]", ""]
)
def test_anything_else_is_refused(read: Read, text: str) -> None:
    with pytest.raises(RegisterError, match="expected JSON"):
        read(text)


def test_an_unknown_field_is_told_and_a_lost_one_refused(read: Read) -> None:
    report, _ = read(json.dumps({"d": [CHARITY | {"Kiwis": 3}]}))
    assert report.unknown_columns == ("Kiwis",)
    with pytest.raises(RegisterError, match="no record has Name"):
        read(json.dumps({"d": [{name: value for name, value in CHARITY.items() if name != "Name"}]}))


def organisations(*numbers: int) -> bytes:
    return json.dumps({"d": [{"OrganisationId": number} for number in numbers]}).encode()


def test_pages_are_asked_for_until_one_is_empty() -> None:
    asking = pages("https://service.example/", {})
    assert next(asking).url == "https://service.example/Sectors?$format=json"
    asked, answers = [], [b"", organisations(1, 2, 3), organisations(4), organisations()]
    with pytest.raises(StopIteration):
        for answer in answers:
            asked.append(dict(parse_qsl(urlsplit(asking.send(Answer("", 200, answer)).url).query)))
    assert [query["$skip"] for query in asked] == ["0", "3", "4"], "by the rows that came, not by those asked for"
    assert {query["$orderby"] for query in asked} == {"OrganisationId"}
    assert {query["$filter"] for query in asked} == {"RegistrationStatus eq 'Registered'"}
    assert {query["$select"] for query in asked} == {",".join(ASKED)}


def test_no_personal_field_and_no_officer_is_asked_for() -> None:
    asking = pages("https://service.example/", {})
    urls = [next(asking).url, asking.send(Answer("", 200, b"")).url]
    assert [word for word in (*PERSONAL, "Officer") if any(word in url for url in urls)] == []


def test_paging_that_does_not_advance_is_refused() -> None:
    asking = pages("https://service.example/", {})
    next(asking)
    asking.send(Answer("", 404, b""))
    asking.send(Answer("", 200, organisations(1, 2)))
    with pytest.raises(RegisterError, match="repeats the one before"):
        asking.send(Answer("", 200, organisations(1, 2)))


def test_the_town_in_this_format(tmp_path: Path) -> None:
    town = build_town(size=0.4)
    served, kept = routes(town), []
    asking = pages(f"http://127.0.0.1:1{ROOT}", {})
    ask = next(asking)
    try:
        while True:
            parts = urlsplit(ask.url)
            body = served[parts.path](Request(parts.path, dict(parse_qsl(parts.query)), b"", {}, "http://127.0.0.1:1")).body
            kept.append((ask.url, body))
            ask = asking.send(Answer(ask.url, 200, body))
    except StopIteration:
        assert len(kept) > 3, "the sectors, some pages of organisations, an empty one"
    path = tmp_path / "pages.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr(INDEX, json.dumps([{"url": url, "member": str(n)} for n, (url, _) in enumerate(kept)]))
        for number, (_, body) in enumerate(kept):
            bundle.writestr(str(number), body)
    report = read_register(REGISTER, path, {}, tmp_path / "rows.parquet")
    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    known = list(charities(town))
    assert report.read == report.kept == len(known)
    assert ["Religious activities", "14"] in [row["class_codes"] for row in rows]
    assert {row["started_on"] for row in rows} == {charity.registered_on for charity in known}
    text = "\n".join([*(str(row) for row in rows), *(body.decode() for _, body in kept)]).lower()
    assert [charity.email for charity in known if charity.email in text or charity.phone in text] == []
    assert any(charity.contact.lower() in text for charity in known), "care-of lines reach us and are dropped here"
    assert [charity.contact for charity in known if charity.contact.lower() in str(rows).lower()] == []
