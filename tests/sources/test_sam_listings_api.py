"""The assistance listings in JSON: what is asked for, codes whose words stand in the dictionary, agencies, empty documents."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import sam_listings_api
from sources.frame import read_register
from sources.paging import Answer
from sources.register import ReadReport, RegisterError, Rejected

Row = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Row]]]

HELP = {
    "id": "assistance_type",
    "elements": [
        {
            "element_id": "0003",
            "code": "B",
            "value": "PROJECT GRANTS",
            "elements": [{"element_id": "0003009", "code": "B", "value": "Project Grants (Fellowships)"}],
        },
        {"element_id": "0011", "code": "F", "value": "GUARANTEED/INSURED LOANS", "elements": None},
    ],
}
APPLICANTS = {
    "id": "applicant_types",
    "elements": [
        {"element_id": "0031", "code": "34", "value": "Small business (less than 500 employees)"},
        {"element_id": "0039", "code": "38", "value": "Other private institutions/organizations", "elements": []},
    ],
}
DICTIONARY = {"_embedded": {"jSONObjectList": [HELP, APPLICANTS]}}


def agency(**changed: Any) -> Row:
    return {"_embedded": [{"org": {"orgKey": 500_001, "name": "OFFICE OF WEIRS, STREAMS, DEPARTMENT OF", **changed}}]}


def programme(**changed: Any) -> Row:
    data = {
        "programNumber": "99.101",
        "title": "Otter Habitat &amp; Weirs",
        "organizationId": "500001",
        "objective": "<p>To mend river banks.</p><p>Applicants must be located in St. Clair County.</p>",
        "assistance": {"deadlines": {"flag": "yes", "list": [{"start": "2026-07-01", "end": "2026-09-30"}]}},
        "eligibility": {"applicant": {"types": ["0031", "0039"]}},
        "financial": {"obligations": [{"assistanceType": "0003009"}, {"assistanceType": "0011"}, {"assistanceType": ""}, {}]},
        "contacts": {"headquarters": [{"fullName": "Tallulah Fenwicke", "email": "tf@example.org"}]},
    }
    return {"id": "0a1b", "data": {**data, **changed}}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(*pages: Any) -> tuple[ReadReport, list[Row]]:
        with zipfile.ZipFile(tmp_path / "pages", "w") as writer:
            for number, page in enumerate(pages):
                writer.writestr(str(number), page if isinstance(page, bytes) else json.dumps(page))
            writer.writestr("index.json", json.dumps([{"url": f"u{n}", "member": str(n)} for n in range(len(pages))]))
        report = read_register(sam_listings_api.REGISTER, tmp_path / "pages", {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_a_programme_field_by_field(read: Read) -> None:
    report, (row,) = read(DICTIONARY, agency(), programme())
    assert (report.read, report.unknown_columns) == (1, ())
    assert {name: value for name, value in row.items() if value} == {
        "native_id": "99.101",
        "title": "Otter Habitat & Weirs",
        "agency": "Office of Weirs",
        "kinds": ["grant", "guarantee"],
        "objective": "To mend river banks. Applicants must be located in St. Clair County.",
        "applicants": ["other", "small_business"],
        "country": "US",
        "places": ["St. Clair County"],
        "opens_on": date(2026, 7, 1),
        "closes_on": date(2026, 9, 30),
        "currency": "USD",
        "status": "open",
        "record_url": "https://sam.gov/fal/0a1b/view",
    }


def test_officials_are_nowhere_in_what_is_read(read: Read) -> None:
    _, rows = read(DICTIONARY, programme())
    assert rows and "Fenwicke" not in str(rows) and "tf@" not in str(rows)


CASES: tuple[tuple[Row, str, Any], ...] = (
    ({"eligibility": {"applicant": {"types": ["34"]}}}, "applicants", ["small_business"]),
    ({"eligibility": {"applicant": {"types": ["9999"]}}}, "applicants", ["other"]),
    ({"eligibility": {"applicant": None}}, "applicants", []),
    ({"financial": {"obligations": [{"assistanceType": "F"}]}}, "kinds", ["guarantee"]),
    ({"financial": {}}, "kinds", []),
    ({"organizationId": "7"}, "agency", None),
    ({"organizationId": None}, "agency", None),
    ({"objective": None}, "objective", None),
    ({"assistance": {"deadlines": {"flag": "contact", "list": None}}}, "closes_on", None),
    ({"assistance": {"deadlines": {"list": [{"start": "2026-02-30", "end": "2026-02-30"}]}}}, "closes_on", None),
    ({"assistance": None}, "closes_on", None),
)


def test_each_field_in_our_words(read: Read) -> None:
    told = [programme(programNumber=f"99.{n:03d}", **changed) for n, (changed, _, _) in enumerate(CASES)]
    _, rows = read(DICTIONARY, agency(), *told)
    found = tuple((changed, column, row[column]) for (changed, column, _), row in zip(CASES, rows, strict=True))
    assert found == CASES


def test_an_agency_that_has_a_written_name_keeps_it(read: Read) -> None:
    _, (row,) = read(DICTIONARY, agency(agencyName="Bureau of Weirs, Locks and Mills"), programme())
    assert row["agency"] == "Bureau of Weirs, Locks and Mills"


def test_what_is_no_programme_is_counted_where_it_belongs(read: Read) -> None:
    report, rows = read(DICTIONARY, b"", programme(programNumber="9.1"), programme(title=" "), programme(programNumber="99.U02"))
    assert [row["native_id"] for row in rows] == ["99.U02"]
    assert report.outside == {"empty document": 1}
    assert report.rejected == [
        Rejected(2, "9.1", "program number is not of the form NN.NNN", "programNumber", "9.1"),
        Rejected(3, "99.101", "no title", "title", "99.101"),
    ]


@pytest.mark.parametrize(
    ("pages", "complaint"),
    [
        ([agency(), programme()], "no dictionary of codes"),
        ([DICTIONARY, b"[1]"], "no reply of the API"),
        ([DICTIONARY, b"<html>Sorry</html>"], "cannot be read"),
        ([DICTIONARY, agency()], "no record has programNumber"),
    ],
)
def test_what_is_no_listing_is_a_register_error(read: Read, pages: list[Any], complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        read(*pages)


# --- what is asked for -----------------------------------------------------------------------------------------------
def asked(searches: list[Any]) -> list[str]:
    conversation, told = sam_listings_api.pages("https://x.example", {}), []
    try:
        ask = next(conversation)
        while True:
            told.append(ask.url.removeprefix("https://x.example"))
            assert ask.keep != ("/search/" in ask.url), "the search only leads on"
            body = json.dumps(searches.pop(0)).encode() if "/search/" in ask.url else b"{}"
            ask = conversation.send(Answer(ask.url, 200, body))
    except StopIteration:
        return told


def found(*ids: int) -> Row:
    return {
        "_embedded": {"results": [{"_id": f"p{n}", "organizationHierarchy": [{"organizationId": 500_002 - n % 2}]} for n in ids]}
    }


def test_the_dictionary_comes_first_then_agencies_then_programmes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sam_listings_api, "_SIZE", 2)
    told = asked([found(1, 2), found(2, 3), found(1, 3)])
    assert told[0].startswith("/fac/v1/programs/dictionaries?ids=assistance_type,applicant_types")
    assert [t for t in told if "/search/" in t] == [
        f"/sgs/v1/search/?index=cfda&page={n}&mode=search&size=2&is_active=true" for n in range(3)
    ]
    assert told[4:] == [f"/federalorganizations/v1/organizations/{n}" for n in (500_001, 500_002)] + [
        f"/fac/v1/programs/p{n}" for n in (1, 2, 3)
    ]


@pytest.mark.parametrize("last", [found(3), {}, found()])
def test_the_search_ends_with_a_page_that_is_not_full(monkeypatch: pytest.MonkeyPatch, last: Row) -> None:
    monkeypatch.setattr(sam_listings_api, "_SIZE", 2)
    assert sum("/search/" in t for t in asked([found(1, 2), last])) == 2


@pytest.mark.parametrize("reply", [{"_embedded": {}}, {"_embedded": {"results": [{"id": 1}]}}, 7])
def test_a_search_without_ids_says_what_to_do(reply: Any) -> None:
    with pytest.raises(RegisterError, match=r"no _embedded\.results with _id.*weekly CSV"):
        asked([reply])
