"""Contracts Finder: windows and cursor, the newest notice, who may bid, and suppliers as links. Notices are invented."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import contracts_finder, contracts_finder_awards
from sources.contracts_finder_pages import windows
from sources.frame import read_register
from sources.paging import Answer
from sources.register import ReadReport, RecordRegister, RegisterError

Record = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Record]]]
CALLS, AWARDS = contracts_finder.REGISTER, contracts_finder_awards.REGISTER
URL = "https://contracts.example/Search"


def notice(tags: list[str] | None = None, day: str = "2026-06-01", release: Record | None = None, **tender: Any) -> Record:
    """A release with some of it changed."""
    return {
        "ocid": "ocds-1",
        "id": f"ocds-1-{day}",
        "date": f"{day}T09:00:00+01:00",
        "tag": tags or ["tender"],
        "parties": [{"id": "b", "name": "Otter Council", "roles": ["buyer"], "contactPoint": {"name": "Ann Otter"}}],
        "buyer": {"id": "b"},
        "tender": {
            "title": "Ponds",
            "description": "Two ponds",
            "tenderPeriod": {"endDate": "2026-07-01T12:00:00+01:00"},
            **tender,
        },
        **(release or {}),
    }


def award(supplier: Record, **changed: Any) -> Record:
    """A release with one award to a supplier."""
    given = {"id": "a1", "date": "2026-05-20T00:00:00Z", "value": {"amount": 99.5, "currency": "GBP"}, "suppliers": [{"id": "s"}]}
    parties = [*notice()["parties"], {"id": "s", "name": "Dam Ltd", "contactPoint": {"email": "ann@otter"}, **supplier}]
    return notice(["award"], release={"awards": [{**given, **changed}], "parties": parties})


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads notices as one package; gives the report and the rows."""

    def run(register: RecordRegister, *releases: Record, text: str | None = None) -> tuple[ReadReport, list[Record]]:
        (tmp_path / "page").write_text(text or json.dumps({"releases": releases}), encoding="utf-8")
        report = read_register(register, tmp_path / "page", {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def delivered(*addresses: Record) -> Record:
    return notice(items=[{"classification": {"scheme": "CPV", "id": "1"}, "deliveryAddresses": list(addresses)}])


@pytest.mark.parametrize(
    ("release", "column", "expected"),
    [
        (notice(), "agency", "Otter Council"),
        (notice(release={"buyer": None}), "agency", "Otter Council"),
        (notice(), "opens_on", date(2026, 6, 1)),
        (notice(), "closes_on", date(2026, 7, 1)),
        (notice(), "applicants", ["business"]),
        (notice(suitability={"sme": True, "vcse": True}), "applicants", ["business", "nonprofit", "small_business"]),
        (notice(status="active"), "status", "open"),
        (notice(status="planned"), "status", "unknown"),
        (notice(status="cancelled"), "status", "closed"),
        (notice(value={"amount": 5000.75, "currency": "GBP"}), "amount_max", 5000),
        (notice(value={"amount": 0, "currency": "GBP"}), "amount_max", None),
        (notice(minValue={"amount": 10, "currency": "GBP"}), "amount_min", 10),
        (notice(description="<p>Two</p><p>ponds</p>"), "objective", "Two ponds"),
        (delivered({"postalCode": "L1 8JQ", "region": "London"}), "places", ["E08000012"]),
        (delivered({"region": "North West"}, {"region": "Wales"}), "places", ["E12000002", "W92000004"]),
        (delivered({"countryName": "United Kingdom"}), "places", []),
        (delivered({"region": "Isle of Otters"}), "places", []),
        (notice(), "record_url", "https://www.contractsfinder.service.gov.uk/Published/OCDS/Record/ocds-1"),
    ],
)
def test_a_call_in_our_words(read: Read, release: Record, column: str, expected: object) -> None:
    _, (row,) = read(CALLS, release)
    assert row[column] == expected


@pytest.mark.parametrize(
    ("later", "titles", "outside"),
    [
        (notice(day="2026-06-02", title="Ponds, corrected"), ["Ponds, corrected"], {"superseded by a later notice": 1}),
        (notice(["award"], day="2026-06-02"), [], {"superseded by a later notice": 1, "no call for tenders": 1}),
        (notice(["planning"], day="2026-05-02"), ["Ponds"], {"planned only": 1}),
    ],
)
def test_the_newest_notice_counts_in_any_order(read: Read, later: Record, titles: list[str], outside: dict[str, int]) -> None:
    for releases in ([notice(), later], [later, notice()]):
        report, rows = read(CALLS, *releases)
        assert ([row["title"] for row in rows], report.outside, report.read) == (titles, outside, 2)


@pytest.mark.parametrize(
    ("release", "rule"),
    [(notice(title=" "), "no ocid or no tender.title"), (notice(tenderPeriod={"endDate": "soon"}), "unreadable date")],
)
def test_a_bad_notice_is_set_aside(read: Read, release: Record, rule: str) -> None:
    report, rows = read(CALLS, release, notice(release={"ocid": "ocds-2"}))
    assert ([row["native_id"] for row in rows], [r.rule for r in report.rejected]) == (["ocds-2"], [rule])


def test_a_control_character_inside_a_text_is_read(read: Read) -> None:
    _, (row,) = read(CALLS, text=json.dumps({"releases": [notice(description="Two@ponds")]}).replace("@", "\t\x0b"))
    assert row["objective"] == "Two ponds"


def test_a_link_for_each_supplier_and_no_contact_point(read: Read) -> None:
    release = award(
        {"address": {"locality": "Mere", "postalCode": "l18jq", "countryName": "England"}},
        suppliers=[{"id": "s"}, {"name": "Reed & Co"}],
    )
    report, rows = read(AWARDS, release, notice())
    assert (report.read, report.outside) == (3, {"no award": 1})
    assert [(row["native_id"], row["giver_name"], row["receiver_name"]) for row in rows] == [
        ("ocds-1/a1/1", "Otter Council", "Dam Ltd"),
        ("ocds-1/a1/2", "Otter Council", "Reed & Co"),
    ]
    assert (rows[0]["receiver_postcode"], rows[0]["receiver_city"], rows[0]["receiver_country"]) == ("L1 8JQ", "Mere", "GB")
    assert (rows[0]["kind"], rows[0]["amount"], rows[0]["agreed_on"]) == ("contract", 99, date(2026, 5, 20))
    assert "otter" not in json.dumps(rows, default=str).lower().replace("otter council", "")


@pytest.mark.parametrize(
    ("supplier", "expected"),
    [
        ({"identifier": {"scheme": "GB-COH", "id": "1234567"}}, "GB-COH-01234567"),
        ({"identifier": {"scheme": "GB-COH", "id": "sc 123456"}}, "GB-COH-SC123456"),
        ({"identifier": {"scheme": "GB-COH", "id": "n/a"}}, None),
        (
            {"identifier": {"scheme": "GB-CFS", "id": "9"}, "additionalIdentifiers": [{"scheme": "GB-CHC", "id": "1164883"}]},
            "GB-CHC-1164883",
        ),
        ({}, None),
    ],
)
def test_company_and_charity_numbers_of_suppliers(read: Read, supplier: Record, expected: str | None) -> None:
    _, (row,) = read(AWARDS, award(supplier))
    assert row["receiver_identifier"] == expected


def test_an_award_told_again_counts_once(read: Read) -> None:
    report, (row,) = read(
        AWARDS, award({}), {**award({}, value={"amount": 120, "currency": "GBP"}), "date": "2026-06-09T00:00:00Z"}
    )
    assert (row["amount"], report.outside) == (120, {"superseded by a later notice": 1})


@pytest.mark.parametrize("text", ["<html>403</html>", '{"message": "slow down"}', '{"releases": [1]}'])
def test_what_is_no_package_is_a_register_error(read: Read, text: str) -> None:
    with pytest.raises(RegisterError, match="contracts_finder: "):
        read(CALLS, text=text)


def test_an_unknown_field_is_told_and_a_lost_one_refused(read: Read) -> None:
    report, _ = read(CALLS, notice(release={"colour": "blue"}))
    assert report.unknown_columns == ("colour",)
    lost = notice()
    del lost["tag"]
    with pytest.raises(RegisterError, match="no record has tag"):
        read(CALLS, lost)


# --- paging ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"as_of": "2026-06-30", "days": 29}, [("2026-06-16", "2026-06-30"), ("2026-06-01", "2026-06-15")]),
        ({"published_from": "2026-06-30", "published_to": "2026-06-30"}, [("2026-06-30", "2026-06-30")]),
        ({"as_of": "2026-06-30", "published_from": "2026-06-14"}, [("2026-06-16", "2026-06-30"), ("2026-06-14", "2026-06-15")]),
    ],
)
def test_windows_of_fifteen_days_newest_first(options: Record, expected: list[tuple[str, str]]) -> None:
    assert [(str(first), str(last)) for first, last in windows(options)] == expected


@pytest.mark.parametrize("options", [{}, {"as_of": "yesterday"}, {"as_of": "2026-06-30", "days": "many"}])
def test_without_a_date_it_says_what_it_needs(options: Record) -> None:
    with pytest.raises(RegisterError, match="expected the options `published_from` and `published_to`, or `as_of` and `days`"):
        windows(options)


def crawl(nexts: list[str]) -> list[str]:
    """What is asked for within one window when the pages lead on like this."""
    assert CALLS.pages is not None
    asking, asked, waiting = CALLS.pages(URL, {"as_of": "2026-06-30", "days": 0}), [], iter(nexts)
    ask = next(asking)
    while True:
        asked.append(ask.url)
        link = next(waiting)
        body = json.dumps({"releases": [], **({"links": {"next": link}} if link else {})})
        try:
            ask = asking.send(Answer(ask.url, 200, body.encode()))
        except StopIteration:
            return asked


FIRST = f"{URL}?limit=100&publishedFrom=2026-06-30&publishedTo=2026-06-30&stages=tender"


@pytest.mark.parametrize(
    ("nexts", "expected"),
    [
        ([""], [FIRST]),
        ([f"{URL}?cursor=2", ""], [FIRST, f"{URL}?cursor=2"]),
        ([f"{URL}?cursor=2", f"{URL}?cursor=2"], [FIRST, f"{URL}?cursor=2"]),
    ],
    ids=["one page", "a cursor", "a cursor that leads to itself"],
)
def test_the_cursor_is_followed_to_its_end(nexts: list[str], expected: list[str]) -> None:
    assert crawl(nexts) == expected


def test_a_cursor_to_another_host_is_refused() -> None:
    with pytest.raises(RegisterError, match=r"leads to evil\.example, another host"):
        crawl(["https://evil.example/?cursor=2"])
