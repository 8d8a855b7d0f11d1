"""GOV.UK schemes: the search and its end, what the fixed words become, and what is left out. Schemes are invented."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import govuk
from sources.frame import read_register
from sources.paging import Answer
from sources.register import ReadReport, RegisterError, Rejected

Record = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Record]]]


def scheme(
    body: str = "<p>Otters welcome.</p>", links: Record | None = None, document: Record | None = None, **metadata: Any
) -> Record:
    """A content page of a scheme with some of it changed."""
    return {
        "content_id": "11111111-2222",
        "title": "Otter Loan",
        "description": "Loans for otter keepers",
        "base_path": "/business-finance-support/otter-loan",
        "document_type": "business_finance_support_scheme",
        "details": {"body": body, "metadata": metadata},
        "links": links or {},
        **(document or {}),
    }


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads one content page; gives the report and the rows."""

    def run(page: Record | bytes) -> tuple[ReadReport, list[Record]]:
        (tmp_path / "page").write_bytes(page if isinstance(page, bytes) else json.dumps(page).encode())
        report = read_register(govuk.REGISTER, tmp_path / "page", {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


ALL_REGIONS = "east-midlands eastern london north-east north-west northern-ireland scotland south-east south-west wales west-midlands yorkshire-and-the-humber".split()


def much(text: str) -> str:
    return f"<p>We spent £9 million.</p><h2>How much you can get</h2><p>{text}</p><h2>Who pays</h2><p>£7</p>"


@pytest.mark.parametrize(
    ("page", "column", "expected"),
    [
        (scheme(types_of_support=["finance", "loan"]), "kinds", ["loan"]),
        (scheme(types_of_support=["grant", "expertise-and-advice"]), "kinds", ["grant", "service"]),
        (scheme(types_of_support=["recognition-award"]), "kinds", ["other"]),
        (scheme(types_of_support=["finance"]), "kinds", ["other"]),
        (scheme(types_of_support=["grant"], document={"title": "Otter Skills Fund"}), "kinds", ["grant", "training"]),
        (scheme(), "applicants", ["business", "small_business"]),
        (scheme(business_sizes=["under-10"]), "applicants", ["small_business"]),
        (scheme(business_sizes=["over-500"]), "applicants", ["business"]),
        (scheme("<p>For charities.</p>", business_sizes=["under-10"]), "applicants", ["nonprofit", "small_business"]),
        (scheme(regions=["north-west", "eastern"]), "places", ["E12000002", "E12000006"]),
        (scheme(regions=ALL_REGIONS), "places", []),
        (scheme(regions=[r for r in ALL_REGIONS if r != "scotland"]), "places", ["E92000001", "N92000002", "W92000004"]),
        (scheme(), "places", []),
        (scheme(much("£20,000 - £3,000,000")), "amount_min", 20_000),
        (scheme(much("£20,000 - £1.5 million")), "amount_max", 1_500_000),
        (scheme(much("Up to £5,000")), "amount_min", None),
        (scheme(much("Up to £5,000")), "amount_max", 5_000),
        (scheme("<p>We spent £9 million.</p>"), "amount_max", None),
        (scheme("<p>The scheme is now closed.</p>"), "status", "closed"),
        (scheme("<p>Roads that are closed to cars.</p>"), "status", "open"),
        (scheme(document={"withdrawn_notice": {"explanation": "gone"}}), "status", "closed"),
        (scheme(links={"organisations": [{"title": "Otter Office"}]}, will_continue_on="on the Otter Fund website"), "agency", "Otter Office"),
        (scheme(will_continue_on="on the Otter Fund website"), "agency", "Otter Fund"),
        (scheme(), "agency", None),
        (scheme(industries=["hospitality-and-catering"]), "objective", "Loans for otter keepers\nOtters welcome."),
        (scheme('<p>A</p><div class="contact"><p>Ann Otter</p></div><a href="mailto:a@x">a@x</a>'), "objective", "Loans for otter keepers\nA"),
        (scheme(), "record_url", "https://www.gov.uk/business-finance-support/otter-loan"),
    ],
)  # fmt: skip
def test_what_a_page_becomes(read: Read, page: Record, column: str, expected: object) -> None:
    _, (row,) = read(page)
    assert row[column] == expected


def test_another_region_does_not_pass_for_the_whole_country(read: Read) -> None:
    report, rows = read(scheme(regions=["atlantis"]))
    assert (rows, report.rejected) == ([], [Rejected(1, "11111111-2222", "unknown region", "regions", "atlantis")])


def test_another_type_of_document_is_left_out(read: Read) -> None:
    report, _ = read(scheme(document={"document_type": "guide"}))
    assert (report.read, report.outside) == (1, {"document of type guide": 1})


@pytest.mark.parametrize(
    ("page", "message"),
    [(b"<html>Sorry</html>", "no JSON"), (b"[]", "no content API page"), ({"errors": []}, "no record has content_id")],
)
def test_what_is_no_page_is_a_register_error(read: Read, page: Any, message: str) -> None:
    with pytest.raises(RegisterError, match=message):
        read(page)


# --- the search ------------------------------------------------------------------------------------------------------
URL = "https://gov.example/api/search.json?count=2"


def crawl(replies: list[tuple[list[str], int]]) -> list[str]:
    """Addresses asked for when the search answers like this, page by page (links and total)."""
    asking, asked, waiting = govuk._pages(URL, {}), [], iter(replies)
    ask = next(asking)
    while True:
        asked.append(ask.url)
        body: Record = {}
        if not ask.keep:
            links, total = next(waiting)
            body = {"results": [{"link": link} for link in links], "total": total}
        try:
            ask = asking.send(Answer(ask.url, 200, json.dumps(body).encode()))
        except StopIteration:
            return asked


CONTENT = "https://gov.example/api/content"


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([(["/a"], 1)], [URL, f"{CONTENT}/a"]),
        ([(["/a", "/b"], 3), (["/c"], 3)], [URL, f"{CONTENT}/a", f"{CONTENT}/b", f"{URL}&start=2", f"{CONTENT}/c"]),
        ([(["/a", "/b"], 9), ([], 9)], [URL, f"{CONTENT}/a", f"{CONTENT}/b", f"{URL}&start=2"]),
        ([(["/a", "/b"], 9), (["/c"], 3)], [URL, f"{CONTENT}/a", f"{CONTENT}/b", f"{URL}&start=2", f"{CONTENT}/c"]),
        ([(["https://elsewhere.example/x"], 1)], [URL]),
        ([([], 0)], [URL]),
    ],
    ids=["one page", "two pages", "an empty page", "the total shrinks", "another web site", "nothing"],
)
def test_the_search_is_followed_to_its_end(replies: list[tuple[list[str], int]], expected: list[str]) -> None:
    assert crawl(replies) == expected


def test_a_page_that_is_no_search_reply_is_refused() -> None:
    asking = govuk._pages(URL, {})
    next(asking)
    with pytest.raises(RegisterError, match=r"no search reply with results\[\]\.link and total"):
        asking.send(Answer(URL, 200, b'{"error": "Unexpected parameters"}'))
