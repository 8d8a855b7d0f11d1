"""The British programmes and grants of the practice town: asked for as at night, read, and free of the people named in them."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq
import pytest

from sources import contracts_finder, contracts_finder_awards, find_a_grant, govuk, threesixtygiving
from sources.frame import read_register
from sources.paging import INDEX, Answer, Ask
from sources.practice import wire_contracts_finder, wire_find_a_grant, wire_govuk, wire_threesixtygiving
from sources.practice.model import ANCHOR, Town
from sources.practice.server import route_for
from sources.practice.serving import Request, Route
from sources.practice.town import build_town
from sources.practice.uk_schemes import contacts, schemes
from sources.register import ReadReport, RecordRegister

BASE = "http://127.0.0.1:1"
Rows = list[dict[str, Any]]
Read = Callable[..., tuple[ReadReport, Rows]]


@pytest.fixture(scope="module")
def town() -> Town:
    """A small town: programmes do not grow with it."""
    return build_town(size=0.3)


def get(routes: Mapping[str, Route], ask: Ask) -> Answer:
    """The town's answer, without a socket."""
    parts = urlsplit(ask.url)
    route = route_for(routes, parts.path)
    assert route is not None, ask.url
    reply = route(Request(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}, b"", {}, BASE))
    return Answer(ask.url, reply.status, reply.body)


@pytest.fixture
def crawl(tmp_path: Path) -> Read:
    """Asks the town for a register page by page and reads what is kept; gives the report and the rows."""

    def run(register: RecordRegister, routes: Mapping[str, Route], path: str, **options: Any) -> tuple[ReadReport, Rows]:
        assert register.pages is not None
        asking, kept = register.pages(BASE + path, options), []
        ask: Ask | None = next(asking)
        while ask is not None:
            answer = get(routes, ask)
            assert answer.found or ask.may_be_missing, ask.url
            if ask.keep and answer.found:
                kept.append(answer)
            try:
                ask = asking.send(answer)
            except StopIteration:
                ask = None
        with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as bundle:
            bundle.writestr(INDEX, json.dumps([{"url": page.url, "member": str(n)} for n, page in enumerate(kept)]))
            for number, page in enumerate(kept):
                bundle.writestr(str(number), page.body)
        return read_file(register, tmp_path / "bundle.zip")

    return run


def read_file(register: RecordRegister, path: Path) -> tuple[ReadReport, Rows]:
    report = read_register(register, path, {}, path.with_suffix(".parquet"))
    return report, pq.read_table(path.with_suffix(".parquet")).to_pylist()


def people_in(rows: Rows, town: Town) -> list[str]:
    """Names, numbers and addresses of contacts that came along."""
    text = json.dumps(rows, default=str, ensure_ascii=False).lower()
    words = {
        word for contact, _ in zip(contacts(town), range(400), strict=False) for word in (contact.name.lower(), contact.phone)
    }
    return sorted(word for word in words | {"@example.org", "0151 496"} if word in text)


def test_govuk(crawl: Read, town: Town) -> None:
    report, rows = crawl(govuk.REGISTER, wire_govuk.routes(town), f"{wire_govuk.SEARCH_PATH}?filter_format=x&count=10")
    assert (report.read, report.kept, report.rejected, report.unknown_columns) == (len(rows), len(rows), [], ())
    assert len(rows) == len(schemes(town))
    assert people_in(rows, town) == []
    by_title = {row["title"]: row for row in rows}
    assert by_title["Food Waste Reduction Grants for Food Businesses"] | {"native_id": "", "objective": ""} == {
        "native_id": "",
        "title": "Food Waste Reduction Grants for Food Businesses",
        "agency": "Practice Agency for Resources and Waste",
        "kinds": ["grant"],
        "objective": "",
        "applicants": ["small_business"],
        "industries": ["clothing", "food_production", "food_retail", "food_service", "hospitality", "retail", "wholesale"],
        "country": "GB",
        "places": [],
        "opens_on": None,
        "closes_on": None,
        "amount_min": 2000,
        "amount_max": 25000,
        "currency": "GBP",
        "status": "open",
        "record_url": "https://www.gov.uk/business-finance-support/practice-food-waste-reduction-grants-for-food-businesses",
    }
    assert [row["title"] for row in rows if row["status"] == "closed"] == ["Warm Hubs Partnership Grants"]
    assert by_title["High Street Shop Front Grants"]["places"] == ["E92000001"]
    assert by_title["Construction Skills Bootcamps"]["kinds"] == ["service", "training"]
    assert by_title["Social Enterprise Loan"]["applicants"] == ["business", "nonprofit", "small_business"]


def test_govuk_refuses_parameters_it_does_not_know(town: Town) -> None:
    assert get(wire_govuk.routes(town), Ask(f"{BASE}{wire_govuk.SEARCH_PATH}?colour=red")).status == 422


def test_find_a_grant(crawl: Read, town: Town) -> None:
    report, rows = crawl(find_a_grant.REGISTER, wire_find_a_grant.routes(town), wire_find_a_grant.LIST_PATH)
    listed = [s for s in schemes(town) if "who" in s.facts and s.closes_on and s.closes_on > ANCHOR]
    assert {row["native_id"] for row in rows} == {scheme.slug for scheme in listed}
    assert (report.read, report.rejected, report.unknown_columns) == (len(listed), [], ())
    assert people_in(rows, town) == []
    # A page of its own tells more than the card; the last grant's page is gone.
    short = [row["title"] for row in rows if "You must work in the area of the fund." not in row["objective"]]
    assert short == [listed[-1].facts["title"]]
    placeholders = [scheme.number for scheme in listed if scheme.number % 5 == 0]
    assert Counter(row["amount_max"] is None for row in rows)[True] == len(placeholders) > 2
    assert all(row["closes_on"] > ANCHOR and row["opens_on"] < ANCHOR for row in rows)


def test_contracts_finder(crawl: Read, town: Town) -> None:
    routes = wire_contracts_finder.routes(town)
    report, rows = crawl(contracts_finder.REGISTER, routes, wire_contracts_finder.SEARCH_PATH, as_of=ANCHOR.isoformat())
    assert (report.read, report.kept, report.outside) == (13, 12, {"superseded by a later notice": 1})
    assert people_in(rows, town) == []
    assert rows[0]["title"] == "Catering for meetings and events (corrected)"
    assert (rows[0]["applicants"], rows[0]["places"]) == (["business", "nonprofit", "small_business"], ["E12000002"])
    assert [row["places"] for row in rows[1:4]] == [["E92000001"], [], ["E08000012"]]
    assert {tuple(row["kinds"]) for row in rows} == {("contract",)}


def test_contracts_finder_awards(crawl: Read, town: Town) -> None:
    routes = wire_contracts_finder.routes(town)
    options = {"published_from": "2026-05-15", "published_to": "2026-06-30"}
    report, rows = crawl(contracts_finder_awards.REGISTER, routes, wire_contracts_finder.SEARCH_PATH, **options)
    assert (report.read, report.kept) == (6, 6)
    assert people_in(rows, town) == []
    assert rows[0] | {"receiver_name": "", "receiver_postcode": "", "description": ""} == {
        "native_id": "ocds-practice-1002/practice-0002-1/1",
        "kind": "contract",
        "giver_name": "Practice Further Education College",
        "giver_identifier": None,
        "receiver_name": "",
        "receiver_identifier": "GB-COH-00000002",
        "receiver_city": "Larkmere",
        "receiver_postcode": "",
        "receiver_country": "GB",
        "title": "Grounds maintenance of parks and cemeteries, last period",
        "description": "",
        "programme_title": None,
        "amount": 239_999,
        "currency": "GBP",
        "agreed_on": date(2026, 6, 26),
        "places": ["E92000001"],
        "record_url": "https://www.contractsfinder.service.gov.uk/Published/OCDS/Record/ocds-practice-1002",
    }


def test_threesixtygiving(town: Town, tmp_path: Path) -> None:
    routes = wire_threesixtygiving.routes(town)
    options = {"publishers": ["360G-practice0", "360G-Practice1", "360G-practice2"]}
    assert threesixtygiving.REGISTER.locate is not None
    locating = threesixtygiving.REGISTER.locate(BASE + wire_threesixtygiving.REGISTRY_PATH, options, ANCHOR)
    with pytest.raises(StopIteration) as found:
        locating.send(get(routes, next(locating)))
    assert [address.rsplit(".", 1)[1] for address in found.value.value] == ["csv", "json", "xlsx"]

    grants = wire_threesixtygiving.GRANTS
    persons = grants // wire_threesixtygiving.PERSON_EVERY
    every: Rows = []
    for address in found.value.value:
        path = tmp_path / address.rsplit(".", 1)[1]
        path.write_bytes(get(routes, Ask(address)).body)
        report, rows = read_file(threesixtygiving.REGISTER, path)
        assert (report.read, report.rejected, report.unknown_columns) == (grants, [], ("How we heard of it",)), address
        assert report.outside == ({"grant to a private person": persons} if path.name == "json" else {})
        every += rows
    assert people_in(every, town) == []
    first = min(every, key=lambda row: row["native_id"])
    assert first["agreed_on"] == date(2026, 6, 16) and first["amount"] == 500
    assert {tuple(row["places"]) for row in every} == {("E08000012", "E12000002")}
    assert Counter(row["receiver_identifier"] is None for row in every)[True] == 3 * grants // 4  # known by the funder's own ids
    assert all("Â£" in row["description"] for row in every), "spoilt text is left as it is"


def test_the_same_town_gives_the_same_workbook(town: Town) -> None:
    ask = Ask(f"{BASE}{wire_threesixtygiving.FOLDER}/grants.xlsx")
    assert get(wire_threesixtygiving.routes(town), ask).body == get(wire_threesixtygiving.routes(town), ask).body


def test_every_scheme_says_that_it_is_practice(town: Town) -> None:
    assert all(scheme.facts["agency"].startswith("Practice ") for scheme in schemes(town))
