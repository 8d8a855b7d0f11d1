"""Find a Grant: pages with and without their data, placeholders, places, and the end of the list. Grants are invented."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import find_a_grant
from sources.frame import read_register
from sources.paging import INDEX, Answer
from sources.register import ReadReport, RegisterError, Rejected

Record = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Record]]]
URL = "https://grants.example/grants"


def grant(label: str = "otter-fund", **changed: Any) -> Record:
    """An entry of a list page with some of its fields changed."""
    return {
        "grantName": "Otter Fund",
        "label": label,
        "grantShortDescription": "Ponds for otters",
        "grantLocation": ["National"],
        "grantFunder": "Otter Office",
        "grantMinimumAward": 500,
        "grantMaximumAward": 9000,
        "grantApplicationOpenDate": "2026-01-05T00:01",
        "grantApplicationCloseDate": "2027-06-30T23:59",
        "grantApplicantType": ["Private Sector"],
        "id": "1",
        **changed,
    }


def page(**props: Any) -> str:
    """A page as the site renders it."""
    data = json.dumps({"props": {"pageProps": props}, "buildId": "b"})
    return f'<!DOCTYPE html><html><body><script id="__NEXT_DATA__" type="application/json">{data}</script></body></html>'


def list_page(*grants: Record, total: int | None = None) -> str:
    return page(searchResult=list(grants), totalGrants=len(grants) if total is None else total)


def text(*words: str) -> Record:
    """Rich text, a node deeper with every word."""
    node: Record = {"nodeType": "text", "value": words[-1]}
    for word in reversed(words[:-1]):
        node = {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": word}, node]}
    return {"nodeType": "document", "content": [node]}


CARDS = """<ul><li id="Otter Fund"><h2><a data-cy="cyGrantNameAndLink" href="/grants/otter-fund">Otter &amp; Mink Fund</a></h2>
<p data-cy="cyGrantShortDescriptions-Otter Fund">Ponds for otters</p><dl class="govuk-summary-list">
<dt class="govuk-summary-list__value">Location</dt><dd class="govuk-summary-list__value">Wales, South West</dd>
<dt class="govuk-summary-list__value">Funding organisation</dt><dd class="govuk-summary-list__value">Otter Office</dd>
<dt class="govuk-summary-list__value">Who can apply</dt><dd class="govuk-summary-list__value">Non-profit, Personal / Individual</dd>
<dt class="govuk-summary-list__value">How much you can get</dt><dd class="govuk-summary-list__value">From £1 to £9,000</dd>
<dt class="govuk-summary-list__value">Opening date</dt><dd class="govuk-summary-list__value">5 January 2026, 12:01am</dd>
<dt class="govuk-summary-list__value">Closing date</dt><dd class="govuk-summary-list__value">30 June 2027, 11:59pm</dd>
</dl></li></ul>"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads pages, one as a plain file and several as a bundle."""

    def run(*pages: str) -> tuple[ReadReport, list[Record]]:
        if len(pages) == 1:
            (tmp_path / "file").write_text(pages[0], encoding="utf-8")
        else:
            with zipfile.ZipFile(tmp_path / "file", "w") as bundle:
                bundle.writestr(INDEX, json.dumps([{"url": f"{URL}/{n}", "member": str(n)} for n in range(len(pages))]))
                for number, body in enumerate(pages):
                    bundle.writestr(str(number), body)
        report = read_register(find_a_grant.REGISTER, tmp_path / "file", {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


@pytest.mark.parametrize(
    ("changed", "column", "expected"),
    [
        ({}, "places", []),
        ({"grantLocation": ["England"]}, "places", ["E92000001"]),
        ({"grantLocation": ["North West England", "Wales"]}, "places", ["E12000002", "W92000004"]),
        ({"grantLocation": ["Midlands"]}, "places", ["E12000004", "E12000005"]),
        ({"grantLocation": ["England", "London"]}, "places", ["E92000001"]),
        ({"grantLocation": ["London", "National"]}, "places", []),
        ({"grantLocation": ["Virtual/Online", "Yorkshire and the Humber"]}, "places", ["E12000003"]),
        ({"grantLocation": ["England", "Wales", "Scotland", "Northern Ireland"]}, "places", []),
        ({"grantApplicantType": ["Public Sector", "Local authority"]}, "applicants", ["public"]),
        ({"grantApplicantType": ["Personal / Individual", "Non-profit"]}, "applicants", ["individual", "nonprofit"]),
        ({"grantApplicantType": ["Otters"]}, "applicants", ["other"]),
        ({"grantMinimumAward": 1}, "amount_min", None),
        ({"grantMaximumAward": 2}, "amount_max", None),
        ({"grantMinimumAward": None}, "amount_min", None),
        ({}, "amount_max", 9000),
        ({}, "closes_on", date(2027, 6, 30)),
        ({"grantApplicationOpenDate": None}, "opens_on", None),
    ],
)
def test_each_field_in_our_words(read: Read, changed: Record, column: str, expected: object) -> None:
    _, (row,) = read(list_page(grant(**changed)))
    assert row[column] == expected


@pytest.mark.parametrize(
    ("changed", "rejected"),
    [
        ({"grantLocation": ["Atlantis"]}, Rejected(1, "otter-fund", "unknown location", "grantLocation", "Atlantis")),
        ({"grantName": None}, Rejected(1, "otter-fund", "no label or no name", "grantName")),
        ({"label": ""}, Rejected(1, None, "no label or no name", "label")),
    ],
)
def test_a_bad_grant_is_set_aside_and_the_next_one_read(read: Read, changed: Record, rejected: Rejected) -> None:
    report, rows = read(list_page(grant(**changed), grant("other")))
    assert ([row["native_id"] for row in rows], report.rejected) == (["other"], [rejected])


def test_an_unreadable_date_is_set_aside(read: Read) -> None:
    report, _ = read(list_page(grant(grantApplicationCloseDate="when it rains")))
    assert [(r.rule, r.native_id) for r in report.rejected] == [("unreadable date", "otter-fund")]


def test_the_page_of_a_grant_says_what_it_is_for_and_how_to_apply_is_not_read(read: Read) -> None:
    tabs = {
        "grantSummaryTab": text("Dig", "a", "pond."),
        "grantEligibilityTab": text("Otters only."),
        "grantApplyTab": text("Ask Ann."),
    }
    own = page(grantDetail={"sys": {"id": "x"}, "fields": {**grant(), **tabs}})
    report, (row,) = read(list_page(grant(), total=1), own)
    assert report.read == 1, "the card and the page are one grant"
    assert row["objective"] == "Ponds for otters\nDig a pond.\nOtters only."


def test_text_nested_a_thousand_deep_is_read(read: Read) -> None:
    _, (row,) = read(page(grantDetail={"fields": {**grant(), "grantSummaryTab": text(*["deep"] * 300)}}))
    assert row["objective"].count("deep") == 300


def test_a_list_page_without_its_data_is_read_from_its_cards(read: Read) -> None:
    _, (row,) = read(CARDS)
    assert (row["native_id"], row["title"], row["agency"]) == ("otter-fund", "Otter & Mink Fund", "Otter Office")
    assert (row["places"], row["applicants"]) == (["E12000009", "W92000004"], ["individual", "nonprofit"])
    assert (row["amount_min"], row["amount_max"]) == (None, 9000)
    assert (row["opens_on"], row["closes_on"]) == (date(2026, 1, 5), date(2027, 6, 30))


def test_the_bare_data_of_a_page_is_read_as_well(read: Read) -> None:
    _, rows = read(json.dumps({"pageProps": {"searchResult": [grant()], "totalGrants": 1}}))
    assert [row["native_id"] for row in rows] == ["otter-fund"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<html><h1>Log in</h1></html>", "no record has grantName"),
        (page(searchResult="soon"), "searchResult of .* is no list of grants"),
        ('<script id="__NEXT_DATA__">{"props": {}}</script>', r"has no props\.pageProps"),
    ],
)
def test_a_site_that_changed_is_a_register_error(read: Read, body: str, message: str) -> None:
    with pytest.raises(RegisterError, match=message):
        read(body)


# --- paging ----------------------------------------------------------------------------------------------------------
def crawl(pages: list[str]) -> list[str]:
    """What is asked for, shortened, when the list answers with these pages."""
    asking, asked, waiting = find_a_grant._pages(URL, {}), [], iter(pages)
    ask = next(asking)
    while True:
        asked.append(ask.url.removeprefix(URL))
        body = next(waiting) if "?" in ask.url else page(grantDetail={"fields": grant()})
        try:
            ask = asking.send(Answer(ask.url, 200, body.encode()))
        except StopIteration:
            return asked


ONE, TWO = "?page=1&limit=100", "?page=2&limit=100"


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([list_page(grant("a"), grant("b"))], [ONE, "/a", "/b"]),
        ([list_page(grant("a"), total=2), list_page(grant("b"), total=2)], [ONE, "/a", TWO, "/b"]),
        ([list_page(grant("a"), total=9), list_page(grant("a"), total=9)], [ONE, "/a", TWO]),
        ([list_page(grant("a"), total=9), list_page(total=9)], [ONE, "/a", TWO]),
        ([CARDS, "<html></html>"], [ONE, "/otter-fund", TWO]),
        ([list_page(grant("../a?b"))], [ONE, "/..%2Fa%3Fb"]),
        ([list_page()], [ONE]),
    ],
    ids=["one page", "two pages", "the same page again", "an empty page", "cards", "a label is no path", "no grants"],
)
def test_the_list_is_followed_to_its_end(pages: list[str], expected: list[str]) -> None:
    assert crawl(pages) == expected
