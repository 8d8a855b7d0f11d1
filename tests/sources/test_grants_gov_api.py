"""Grants.gov by search: pages until all hits are there, details of each, hits whose details did not come."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import grants_gov_api
from sources.frame import read_register
from sources.paging import Answer
from sources.register import Options, ReadReport, RegisterError

Row = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Row]]]


def reply(data: Any, errorcode: int = 0) -> bytes:
    return json.dumps({"errorcode": errorcode, "msg": "otters", "data": data}).encode()


def hit(number: int, **changed: Any) -> Row:
    told = {
        "id": str(number),
        "title": "Otter &amp; Weir Awards",
        "agency": "Office of Weirs",
        "openDate": "05/17/2023",
        "closeDate": "",
    }
    return {**told, "oppStatus": "posted", "cfdaList": ["99.101"], **changed}


def details(number: int, part: str = "synopsis", **changed: Any) -> Row:
    text = {
        f"{part}Desc": "<p>Weirs &amp; locks.</p>",
        "awardCeiling": "2750000",
        "awardFloor": "none",
        "applicantTypes": [{"id": "23"}, {"id": "25"}],
        "fundingInstruments": [{"id": "G"}, {"id": "PC"}],
        "agencyContactName": "Tallulah Fenwicke",
        "agencyContactEmail": "tf@example.org",
        "agencyContactPhone": "555-0100",
    }
    days = {
        "responseDateStr": "2025-04-22-00-00-00",
        "postingDateStr": "2025-01-17-00-00-00",
        "archiveDateStr": "2025-05-22-00-00-00",
    }
    if part == "forecast":
        days = {"estSynopsisPostingDateStr": "2025-01-17-00-00-00", "estApplicationResponseDateStr": "2025-04-22-00-00-00"}
    return {"id": number, "opportunityTitle": "Otter & Weir Awards", part: {**text, **days, **changed}}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(*pages: bytes) -> tuple[ReadReport, list[Row]]:
        bundle = io.BytesIO()
        with zipfile.ZipFile(bundle, "w") as writer:
            for number, page in enumerate(pages):
                writer.writestr(str(number), page)
            writer.writestr("index.json", json.dumps([{"url": "u", "member": str(n)} for n in range(len(pages))]))
        (tmp_path / "pages").write_bytes(bundle.getvalue() if len(pages) > 1 else pages[0])
        report = read_register(grants_gov_api.REGISTER, tmp_path / "pages", {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def asked(answers: list[bytes], options: Options | None = None) -> list[Any]:
    """What is asked for, in order, where the server gives `answers` and then empty details."""
    conversation, told = grants_gov_api.pages("https://x.example", options or {}), []
    replies = iter(answers)
    try:
        ask = next(conversation)
        while True:
            told.append((ask.url.rsplit("/", 1)[-1], ask.json))
            ask = conversation.send(Answer(ask.url, 200, next(replies, reply({}))))
    except StopIteration:
        return told


def test_pages_are_asked_for_until_all_hits_are_there_and_then_each_once() -> None:
    first = reply({"hitCount": 3, "oppHits": [hit(1), hit(2)]})
    told = asked([first, reply({"hitCount": 3, "oppHits": [hit(2), hit(3)]})])
    assert [body["startRecordNum"] for name, body in told if name == "search2"] == [0, 2]
    assert [body for name, body in told if name == "fetchOpportunity"] == [{"opportunityId": n} for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([{"hitCount": 900, "oppHits": [hit(1)]}, {"hitCount": 900, "oppHits": []}], id="an empty page"),
        pytest.param([{"hitCount": 900, "oppHits": [hit(1)]}, {"hitCount": 2, "oppHits": [hit(2)]}], id="a total that shrinks"),
        pytest.param([{"hitCount": 2, "oppHits": [hit(1)]}] * 2, id="the same page again"),
    ],
)
def test_the_search_ends(answers: list[Any]) -> None:
    told = asked([reply(a) for a in answers])
    assert [name for name, _ in told].count("search2") == 2


def test_options_are_passed_on_as_the_api_names_them() -> None:
    options = {"keyword": "otter", "eligibilities": ["23", "22"], "oppStatuses": "posted", "region": "ZZ"}
    ((_, body),) = asked([reply({"hitCount": 0, "oppHits": []})], options)
    assert body == {"keyword": "otter", "eligibilities": "23|22", "oppStatuses": "posted", "rows": 250, "startRecordNum": 0}


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (reply({}, errorcode=7), r"error code 7 \(otters\)"),
        (reply({"oppHits": []}), "cannot be read .*hitCount"),
        (reply(None), "cannot be read"),
        (b"<html>Sorry</html>", "cannot be read"),
    ],
)
def test_a_search_that_goes_wrong_says_so(answer: bytes, complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        asked([answer])


def test_a_hit_and_its_details_are_one_row(read: Read) -> None:
    report, (row,) = read(reply({"hitCount": 1, "oppHits": [hit(1)]}), reply(details(1)))
    assert (report.read, report.unknown_columns) == (1, ())
    assert {name: value for name, value in row.items() if value} == {
        "native_id": "1",
        "title": "Otter & Weir Awards",
        "agency": "Office of Weirs",
        "kinds": ["contract", "grant"],
        "objective": "Weirs & locks.",
        "applicants": ["other", "small_business"],
        "country": "US",
        "opens_on": date(2025, 1, 17),
        "closes_on": date(2025, 4, 22),
        "amount_max": 2_750_000,
        "currency": "USD",
        "status": "open",
    }


def test_contacts_are_nowhere_in_what_is_read(read: Read) -> None:
    _, rows = read(reply(details(1)), reply(details(2, "forecast")))
    assert len(rows) == 2
    assert not [word for word in ("Fenwicke", "tf@", "555-0100") if word in str(rows)]


@pytest.mark.parametrize("missing", [reply({}), reply({}, errorcode=9), reply(None)])
def test_a_hit_without_details_keeps_what_the_search_told(read: Read, missing: bytes) -> None:
    report, (row,) = read(reply({"hitCount": 1, "oppHits": [hit(1, closeDate="11/04/2026")]}), missing)
    assert (report.read, report.kept) == (1, 1)
    assert (row["title"], row["opens_on"], row["closes_on"]) == ("Otter & Weir Awards", date(2023, 5, 17), date(2026, 11, 4))
    assert row["kinds"] == []


@pytest.mark.parametrize(
    ("told", "status"), [("posted", "open"), ("forecasted", "unknown"), ("closed", "closed"), ("archived", "closed")]
)
def test_status_is_what_the_search_says(read: Read, told: str, status: str) -> None:
    _, (row,) = read(reply({"hitCount": 1, "oppHits": [hit(1, oppStatus=told)]}), reply(details(1)))
    assert row["status"] == status


def test_a_forecast_has_estimated_days(read: Read) -> None:
    _, (row,) = read(reply(details(1, "forecast")))
    assert (row["status"], row["opens_on"], row["closes_on"]) == ("unknown", date(2025, 1, 17), date(2025, 4, 22))
    assert row["objective"] == "Weirs & locks."


def test_a_page_downloaded_by_hand_needs_no_bundle(read: Read) -> None:
    _, rows = read(reply({"hitCount": 2, "oppHits": [hit(1), hit(2)]}))
    assert [row["native_id"] for row in rows] == ["1", "2"]
