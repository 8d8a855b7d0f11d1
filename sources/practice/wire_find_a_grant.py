"""The town's British grants on a stand-in for Find a Grant: list pages and a page for each grant, as Next.js renders them.

Belongs here: these pages. Does not: which grants there are (`uk_programmes.yaml`, the entries with `who`).

Traps kept: the placeholders 1 and 2 for amounts, rich text in tabs, times without a zone, a second list page that lost its
`__NEXT_DATA__`, a grant whose page is gone (the site leads to its not-found page), a contact in the tab on how to apply.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sources.practice.model import ANCHOR, Town
from sources.practice.serving import Reply, Request, Route
from sources.practice.uk_schemes import Scheme, schemes

LIST_PATH = "/find_a_grant/grants"
#: The town's site gives no more than this whatever `limit` says, so that its list has several pages.
_PER_PAGE = 10
#: The list page that is served without its data.
_BARE_PAGE = 2
_REGIONS = {"eastern": "East of England", "yorkshire-and-the-humber": "Yorkshire and the Humber"}
_ALL_REGIONS, _ENGLISH_REGIONS = 12, 9


def routes(town: Town) -> dict[str, Route]:
    """Addresses of the list and of every grant."""
    # The index holds no grant that has closed.
    listed = [s for s in schemes(town) if "who" in s.facts and not (s.closes_on and s.closes_on < ANCHOR)]
    by_label = {scheme.slug: scheme for scheme in listed[:-1]}

    def page(request: Request) -> Reply:
        number = int(request.query.get("page") or 1)
        found = listed[(number - 1) * _PER_PAGE : number * _PER_PAGE]
        data = None if number == _BARE_PAGE else _list_data(found, len(listed), number)
        return _html(f"<ul>{''.join(_card(scheme) for scheme in found)}</ul>", data)

    def detail(request: Request) -> Reply:
        scheme = by_label.get(request.path.rsplit("/", 1)[1])
        if scheme is None:
            return _html("<h1>Page not found</h1>", {})
        sys = {"id": f"practice{scheme.number:04d}", "createdAt": "2026-06-01T09:00:00Z", "updatedAt": "2026-06-30T09:00:00Z"}
        fields = {name: value for name, value in _item(scheme).items() if name != "id"}
        return _html(f"<h1>{scheme.facts['title']}</h1>", {"grantDetail": {"sys": sys, "fields": {**fields, **_tabs(scheme)}}})

    return {LIST_PATH: page, f"{LIST_PATH}/*": detail}


def _html(main: str, props: dict[str, Any] | None) -> Reply:
    data = ""
    if props is not None:
        text = json.dumps(
            {"props": {"pageProps": props}, "page": "/grants", "query": {}, "buildId": "practice"}, ensure_ascii=False
        )
        data = f'<script id="__NEXT_DATA__" type="application/json">{text}</script>'
    body = f'<!DOCTYPE html><html lang="en"><head><title>Find a grant</title></head><body><main>{main}</main>{data}</body></html>'
    return Reply(body.encode(), "text/html; charset=utf-8")


def _list_data(found: Sequence[Scheme], total: int, number: int) -> dict[str, Any]:
    items = [_item(scheme) for scheme in found]
    return {"searchResult": items, "totalGrants": total, "currentPage": number, "filters": [], "sortBy": "openingDate"}


def _item(scheme: Scheme) -> dict[str, Any]:
    facts = scheme.facts
    low, high = _amounts(scheme)
    return {
        "grantName": facts["title"],
        "label": scheme.slug,
        "grantShortDescription": facts["summary"],
        "grantLocation": _locations(facts["regions"]),
        "grantFunder": facts["agency"],
        "grantTotalAwardAmount": high * 40,
        "grantTotalAwardDisplay": f"£{high * 40:,}",
        "grantMinimumAward": low,
        "grantMinimumAwardDisplay": "Not stated" if low == 1 else f"£{low:,}",
        "grantMaximumAward": high,
        "grantMaximumAwardDisplay": "Not stated" if high == 2 else f"£{high:,}",
        "grantApplicationOpenDate": f"{scheme.opens_on}T00:01",
        "grantApplicationCloseDate": f"{scheme.closes_on}T23:59",
        "grantApplicantType": facts["who"],
        "id": f"practice{scheme.number:04d}",
    }


def _amounts(scheme: Scheme) -> tuple[int, int]:
    """Every fifth funder gives none: the site then holds 1 and 2."""
    low, high = scheme.facts["amount"]
    return (1, 2) if scheme.number % 5 == 0 else (low, high)


def _locations(regions: Sequence[str]) -> list[str]:
    if len(regions) == _ALL_REGIONS:
        return ["National"]
    if len(regions) == _ENGLISH_REGIONS:
        return ["England"]
    return [_REGIONS.get(slug, slug.replace("-", " ").title()) for slug in regions]


def _tabs(scheme: Scheme) -> dict[str, Any]:
    contact = scheme.contact
    return {
        "grantStrapLine": scheme.facts["summary"],
        "grantSummaryTab": _rich(scheme.facts["body"]),
        "grantEligibilityTab": _rich("You must work in the area of the fund."),
        "grantObjectivesTab": _rich(scheme.facts["summary"]),
        "grantApplyTab": _rich(f"Ask {contact.name} on {contact.phone} or {contact.mail}."),
        "grantSupportingInfoTab": _rich(f"Questions: {contact.mail}"),
    }


def _rich(text: str) -> dict[str, Any]:
    """A Contentful document of one paragraph whose first word is bold."""
    first, _, rest = text.partition(" ")
    runs = [{"nodeType": "text", "value": first, "marks": [{"type": "bold"}], "data": {}}]
    runs.append({"nodeType": "text", "value": f" {rest}", "marks": [], "data": {}})
    return {"nodeType": "document", "data": {}, "content": [{"nodeType": "paragraph", "content": runs, "data": {}}]}


def _card(scheme: Scheme) -> str:
    """A grant on a list page. As on the site, names and values of the summary list carry the same class."""
    item = {name: html.escape(str(value)) for name, value in _item(scheme).items()}
    low, high = _amounts(scheme)
    rows = {
        "Location": html.escape(", ".join(_locations(scheme.facts["regions"]))),
        "Funding organisation": item["grantFunder"],
        "Who can apply": html.escape(", ".join(scheme.facts["who"])),
        "How much you can get": f"From £{low:,} to £{high:,}",
        "Opening date": _spoken(scheme.opens_on, "12:01am"),
        "Closing date": _spoken(scheme.closes_on, "11:59pm"),
    }
    listed = "".join(
        f'<div class="govuk-summary-list__row"><dt class="govuk-summary-list__value">{name}</dt>'
        f'<dd class="govuk-summary-list__value">{value}</dd></div>'
        for name, value in rows.items()
    )
    return (
        f'<li id="{item["grantName"]}"><h2><a data-cy="cyGrantNameAndLink" href="/grants/{item["label"]}">{item["grantName"]}</a>'
        f'</h2><p data-cy="cyGrantShortDescriptions-{item["grantName"]}">{item["grantShortDescription"]}</p>'
        f'<dl class="govuk-summary-list">{listed}</dl></li>'
    )


def _spoken(day: date | None, time: str) -> str:
    """`30 June 2027, 11:59pm`."""
    return f"{day.day} {day:%B %Y}, {time}" if day else ""
