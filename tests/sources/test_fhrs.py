"""Food hygiene ratings, as files and by the API: every trap of the two formats, whose premises they are, and the practice town's."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import fhrs, fhrs_api
from sources.fhrs_names import sector_of
from sources.fhrs_premises import premises
from sources.frame import read_register
from sources.paging import Answer, Ask
from sources.practice import wire_fhrs
from sources.practice.model import Town
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.register import Audit, Outside, RecordRegister, RegisterError, Rejected

BAKERY = (
    "<FHRSID>77</FHRSID><BusinessName>Otter &amp; Sons\n Bakery</BusinessName><BusinessType>Retailers - other</BusinessType>"
    "<BusinessTypeID>4613</BusinessTypeID><AddressLine1>5 Lock Lane</AddressLine1><AddressLine2>Quayside</AddressLine2>"
    "<AddressLine3>Larkmere</AddressLine3><AddressLine4>Larkshire</AddressLine4><PostCode>zz14ab</PostCode>"
    '<RatingValue>5</RatingValue><RatingDate xsi:nil="true" /><Scores /><SchemeType>FHRS</SchemeType>'
    "<Geocode><Longitude>-2.98014560000000</Longitude><Latitude>53.40460720000000</Latitude></Geocode>"
)
AT_HOME = (
    "<FHRSID>78</FHRSID><BusinessName>Wren Cakes</BusinessName><BusinessTypeID>7841</BusinessTypeID>"
    "<RatingValue>Improvement Required</RatingValue><SchemeType>FHIS</SchemeType><Geocode />"
)
Row = dict[str, Any]


def xml(*establishments: str, count: int | None = None, doctype: str = "") -> bytes:
    """A file as the FSA writes it, on one line."""
    inside = "".join(f"<EstablishmentDetail>{one}</EstablishmentDetail>" for one in establishments)
    return (
        f'<?xml version="1.0"?>{doctype}<FHRSEstablishment xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Header>'
        f"<ExtractDate>2026-01-27</ExtractDate><ItemCount>{len(establishments) if count is None else count}</ItemCount>"
        f"</Header><EstablishmentCollection>{inside}</EstablishmentCollection></FHRSEstablishment>"
    ).encode()


def parsed(body: bytes, register: RecordRegister = fhrs.REGISTER) -> list[Row | Rejected | Outside]:
    """What the register makes of the bytes."""
    return list(register.parse(io.BytesIO(body), {}, Audit()))


def test_premises_field_by_field() -> None:
    assert parsed(xml(BAKERY)) == [
        {
            "native_id": "77",
            "name": "Otter & Sons Bakery",
            "sector": "private",
            "street": "5 Lock Lane, Quayside",
            "city": "Larkmere",
            "postcode": "ZZ1 4AB",
            "country": "GB",
            "latitude": 53.4046072,
            "longitude": -2.9801456,
            "class_scheme": "FHRS",
            "class_codes": ["4613"],
            "status": "active",
            "record_url": "https://ratings.food.gov.uk/business/77",
        }
    ]


def test_a_business_at_home_has_neither_address_nor_place() -> None:
    (row,) = parsed(xml(AT_HOME))
    assert isinstance(row, dict)
    assert [row[name] for name in ("street", "city", "postcode", "latitude", "longitude")] == [None] * 5


@pytest.mark.parametrize(
    ("lines", "street", "city"),
    [
        (("1 Quay", None, "Larkmere", "Larkmere"), "1 Quay", "Larkmere"),
        (("Mill", "1 Quay", "Larkmere", "Larkshire"), "Mill, 1 Quay", "Larkmere"),
        ((None, "George St", "Larkmere", None), "George St", "Larkmere"),
        (("1 Quay", "Larkmere", None, None), "1 Quay", "Larkmere"),
        (("1 Quay", None, None, None), "1 Quay", None),
    ],
)
def test_street_and_town_of_the_address_lines(lines: tuple[str | None, ...], street: str | None, city: str | None) -> None:
    row = premises(1, {"fhrsid": "1", "businessname": "Otter", **{f"addressline{n}": line for n, line in enumerate(lines, 1)}})
    assert isinstance(row, dict)
    assert (row["street"], row["city"]) == (street, city)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (BAKERY.replace("<FHRSID>77</FHRSID>", ""), "the id is no number"),
        (BAKERY.replace(">77<", ">7 7<"), "the id is no number"),
        (BAKERY.replace("Otter &amp; Sons\n Bakery", " "), "no name"),
    ],
)
def test_premises_without_id_or_name_are_set_aside_by_their_place(body: str, rule: str) -> None:
    good, bad = parsed(xml(AT_HOME, body))
    assert isinstance(good, dict)
    assert isinstance(bad, Rejected)
    assert (bad.row_number, bad.rule) == (2, rule)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (xml(BAKERY, AT_HOME)[:-200], r"no whole XML after 1 premises"),
        (xml(BAKERY, count=3959), r"holds 1 premises where its ItemCount says 3959"),
        (b"<html><body>Sign in</body></html>", "ItemCount says None"),
        (b'{"establishments": []}', "no whole XML"),
        (b"", "no whole XML"),
        (xml(BAKERY.replace("Quayside", "&b;"), doctype=BOMB), "DTD"),
        (xml(BAKERY, doctype='<!DOCTYPE x SYSTEM "file:///etc/hostname">'), "DTD"),
    ],
)
def test_a_file_that_is_not_whole_or_not_theirs_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(RegisterError, match=says):
        parsed(body)


@pytest.mark.parametrize(
    ("name", "type_id", "sector"),
    [
        ("Rosa Simpson", "5", "private"),  # a childminder; found public, and so put forward by name as a partner
        ("Ferry Lane Primary School", "7845", "public"),
        ("St Ann", "7845", "public"),
        ("Food For Thought at Ferry Lane Primary School", "7845", "private"),
        ("Larkmere Preparatory School", "7845", "private"),
        ("Larkmere NHS Trust, Heron Court", "5", "public"),
        ("Larkmere Childrens Centre", "5", "public"),
        ("Heron Day Nursery", "5", "private"),
        ("Heron Nursery School", "5", "public"),
        ("Heron Lodge", "5", "private"),
        ("Otters Hospice", "5", "nonprofit"),
        ("Larkmere Baptist Church", "7841", "nonprofit"),
        ("St Mark's Church Hall Luncheon Club", "7841", "nonprofit"),
        ("Church Street Chippy", "7844", "private"),
        ("Larkmere Food Bank", "7841", "nonprofit"),
        ("Happy Otters CIC", "7841", "nonprofit"),
        ("The Old School", "7843", "private"),
        ("Old School House Cafe", "1", "private"),
        ("Academy Snooker", "7843", "private"),
        ("Otter Catering at Larkmere City Council", "1", "public"),
        ("Mission Burritos", "1", "private"),
        ("Larkmere Sports & Social Club", "7843", "nonprofit"),
        ("Heron Lawn Tennis Club", "7843", "nonprofit"),
        ("Pavilion Bingo & Social Club", "7843", "private"),
        ("Quay Comedy Club", "7843", "private"),
        ("Larkmere Irish Centre", "7843", "nonprofit"),
        ("Polish Community Market", "4613", "private"),
        ("Larkmere Hospital", "1", "public"),
        ("Hospital Street Chippy", "7844", "private"),
        ("Spire Larkmere Hospital", "1", "private"),
        ("Larkmere Museum Cafe", "1", "public"),
        ("Museum Tavern", "7843", "private"),
        ("Euro Hostel", "7842", "private"),
        ("Ferry Lane Local Pantry", "4613", "nonprofit"),
        ("The Local Pantry", "4613", "private"),
        ("Larkmere Family House Trust", "1", "nonprofit"),
        ("Retail Trust at Larkmere House", "5", "private"),
    ],
)
def test_whose_premises_they_are(name: str, type_id: str, sector: str) -> None:
    assert sector_of(name, type_id) == sector


# --- addresses -------------------------------------------------------------------------------------------------------
def located(url: str, options: dict[str, Any]) -> list[str]:
    """The addresses a conversation without questions ends in."""
    try:
        next(fhrs.locate(url, options, date(2026, 6, 30)))
    except StopIteration as end:
        return list(end.value)
    raise AssertionError("nothing has to be asked")


@pytest.mark.parametrize("authorities", [[414, "760"], ("414", 760)])
def test_each_authority_has_its_file(authorities: Any) -> None:
    assert fhrs.REGISTER.url is not None
    folder = "https://ratings.food.gov.uk/OpenDataFiles"
    assert located(fhrs.REGISTER.url, {"authorities": authorities}) == [
        f"{folder}/FHRS414en-GB.xml",
        f"{folder}/FHRS760en-GB.xml",
    ]


def test_one_authority_or_one_file_may_be_named() -> None:
    assert located("https://f.example/", {"authorities": 414}) == ["https://f.example/FHRS414en-GB.xml"]
    assert located("https://f.example/own.xml", {}) == ["https://f.example/own.xml"]


@pytest.mark.parametrize("options", [{}, {"authorities": []}, {"authorities": ["Liverpool"]}, {"authorities": "../414"}])
def test_authorities_that_are_no_codes_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(RegisterError, match="expected LocalAuthorityIdCodes"):
        located("https://f.example", options)


# --- API -------------------------------------------------------------------------------------------------------------
def record(number: int = 77, **changed: Any) -> Row:
    """Premises as the API tells them."""
    return {
        "FHRSID": number, "BusinessName": "Otter Bakery", "BusinessType": "Retailers - other", "BusinessTypeID": 4613,
        "AddressLine1": "5 Lock Lane", "AddressLine2": "", "AddressLine3": "Larkmere", "AddressLine4": "", "PostCode": "ZZ1 4AB",
        "Phone": "0151 496 0123", "RatingKey": "fhrs_3_en-gb", "RatingDate": "2019-08-06T00:00:00", "scores": {"Hygiene": None},
        "geocode": {"longitude": "-2.98", "latitude": "53.4"}, "SchemeType": "FHRS", "links": [], **changed,
    }  # fmt: skip


def reply(records: list[Row], total_pages: int = 1) -> bytes:
    """A page of the API."""
    return json.dumps({"establishments": records, "meta": {"totalPages": total_pages}, "links": []}).encode()


def test_the_api_says_the_same_as_the_file() -> None:
    (row,) = parsed(reply([record()]), fhrs_api.REGISTER)
    (same,) = parsed(xml(BAKERY.replace(" &amp; Sons\n", "").replace("<AddressLine2>Quayside</AddressLine2>", "")))
    assert isinstance(row, dict)
    assert isinstance(same, dict)
    assert row == {**same, "latitude": 53.4, "longitude": -2.98}


@pytest.mark.parametrize("geocode", [{"longitude": None, "latitude": None}, {"longitude": "", "latitude": "53.4"}, None])
def test_blank_text_and_no_place_are_missing(geocode: Any) -> None:
    (row,) = parsed(reply([record(geocode=geocode, AddressLine1="", AddressLine3="", PostCode="")]), fhrs_api.REGISTER)
    assert isinstance(row, dict)
    assert [row[name] for name in ("street", "city", "postcode", "latitude", "longitude")] == [None] * 5


def asked(bodies: list[bytes], options: dict[str, Any]) -> list[Ask]:
    """What is asked while the answers are `bodies`; the conversation must end with the last of them."""
    talk = fhrs_api.pages("https://api.example/Establishments", options)
    asks = [next(talk)]
    for body in bodies:
        try:
            asks.append(talk.send(Answer("https://api.example/x", 200, body)))
        except StopIteration:
            break
    assert len(asks) == len(bodies)
    return asks


def test_pages_are_asked_for_until_the_last() -> None:
    asks = asked([reply([record(n)], 3) for n in range(3)], {"query": {"localAuthorityId": 180}, "page_size": 1})
    assert [ask.url.partition("?")[2] for ask in asks] == [f"localAuthorityId=180&pageSize=1&pageNumber={n}" for n in (1, 2, 3)]
    assert {ask.headers["x-api-version"] for ask in asks} == {"2"}


def test_paging_ends_with_a_shrinking_total_an_empty_page_or_no_total() -> None:
    asked([reply([record(1)], 5), reply([record(2)], 2)], {})
    asked([reply([record(1)], 5), reply([], 5)], {})
    asked([json.dumps({"establishments": [record()]}).encode()], {})


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"Message": "no"}'])
def test_a_page_that_is_no_reply_of_version_2_is_refused(body: bytes) -> None:
    with pytest.raises(RegisterError, match="fhrs_api"):
        parsed(body, fhrs_api.REGISTER)
    with pytest.raises(RegisterError, match="fhrs_api"):
        asked([body], {})


# --- practice town ---------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def town() -> Town:
    return build_town(size=0.2)


@pytest.fixture(scope="module")
def served(town: Town) -> Callable[..., bytes]:
    """The body the town answers with."""
    routes = wire_fhrs.routes(town)

    def ask(path: str, **query: str) -> bytes:
        found = routes[path](Request(path, query, b"", {"x-api-version": "2"}, "http://127.0.0.1:1"))
        assert found.status == 200
        return found.body

    return ask


def test_the_towns_file_and_api_are_read_alike_and_tell_no_person(
    town: Town, served: Callable[..., bytes], tmp_path: Path
) -> None:
    file = served(f"{wire_fhrs.FOLDER}/FHRS{wire_fhrs.AUTHORITY}en-GB.xml")
    assert file.count(b"\n") == 0
    (tmp_path / "file.xml").write_bytes(file)
    (tmp_path / "page.json").write_bytes(served(wire_fhrs.API_PATH))
    report = read_register(fhrs.REGISTER, tmp_path / "file.xml", {}, tmp_path / "file.parquet")
    again = read_register(fhrs_api.REGISTER, tmp_path / "page.json", {}, tmp_path / "page.parquet")
    rows = pq.read_table(tmp_path / "file.parquet").to_pylist()
    assert (report.kept, report.rejected, report.unknown_columns) == (len(rows), [], ())
    assert (again.kept, again.unknown_columns) == (report.kept, ())
    assert pq.read_table(tmp_path / "page.parquet").to_pylist() == rows
    assert len(rows) > 50
    assert {row["sector"] for row in rows} == {"private", "public", "nonprofit"}
    told = str(rows).lower()
    assert [name for name in town.truth.contact_names if name.lower() in told] == []
    assert "0151 496" not in told and "@example.org" not in told
    assert b"0151 496" in file and b"@example.org" in file, "the file has what must not pass"


def test_the_towns_api_pages_end(served: Callable[..., bytes]) -> None:
    talk = fhrs_api.pages("http://127.0.0.1:1/x", {"page_size": 40})
    ask, seen = next(talk), 0
    try:
        while True:
            query = dict(pair.split("=") for pair in ask.url.partition("?")[2].split("&"))
            body = served(wire_fhrs.API_PATH, **query)
            seen += len(json.loads(body)["establishments"])
            ask = talk.send(Answer(ask.url, 200, body))
    except StopIteration:
        assert seen == json.loads(served(wire_fhrs.API_PATH))["meta"]["totalCount"]
