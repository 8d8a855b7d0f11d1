"""The pages of Find a Grant: the grants a list page names, and the one a grant's own page tells of.

Belongs here: finding the data in a page. Does not: what its fields mean (`find_a_grant.py`).

Every page carries its data as JSON in `<script id="__NEXT_DATA__">`; a list page that lost it is read from its cards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag

from sources.paging import Answer
from sources.register import RegisterError
from sources.text import clean, money

#: Rows of a card's summary list -> field.
_CARD_ROWS = {
    "Location": "grantLocation",
    "Funding organisation": "grantFunder",
    "Who can apply": "grantApplicantType",
    "How much you can get": "grantMinimumAwardDisplay",
    "Opening date": "grantApplicationOpenDate",
    "Closing date": "grantApplicationCloseDate",
}


def listed(answer: Answer) -> tuple[list[Mapping[str, Any]], int | None]:
    """Grants of a list page, and how many the list has in all where it says so; none where it is no list page."""
    props = _page_props(answer)
    if props is None:
        return _cards(answer), None
    found, total = props.get("searchResult") or [], props.get("totalGrants")
    if not isinstance(found, list) or not all(isinstance(grant, dict) for grant in found):
        raise RegisterError(
            f"find_a_grant: searchResult of {answer.url} is no list of grants; the site may have changed its pages."
        )
    return found, total if isinstance(total, int) else None


def detailed(answer: Answer) -> list[Mapping[str, Any]]:
    """The grant of a grant's own page; none on another page."""
    props = _page_props(answer) or {}
    fields = (props.get("grantDetail") or {}).get("fields")
    return [fields] if isinstance(fields, dict) else []


def _page_props(answer: Answer) -> dict[str, Any] | None:
    """`pageProps` of a page, or of the bare JSON of `/_next/data/…`; None where a page has no such data."""
    text = answer.text()
    if not text.lstrip().startswith("{"):
        script = re.search(r'<script[^>]*\bid="__NEXT_DATA__"[^>]*>(.*?)</script>', text, re.DOTALL)
        if script is None:
            return None
        text = script[1]
    try:
        data = json.loads(text)
        props = data.get("props", data)["pageProps"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RegisterError(
            f"find_a_grant: __NEXT_DATA__ of {answer.url or 'the file'} has no props.pageProps ({error}); "
            "the site may have changed its pages."
        ) from error
    return props if isinstance(props, dict) else None


def _cards(answer: Answer) -> list[Mapping[str, Any]]:
    """Grants of a list page that lost its data, from what a reader sees."""
    soup = BeautifulSoup(answer.text(), "html.parser")
    return [_card(link) for link in soup.select("li h2 a[data-cy=cyGrantNameAndLink]")]


def _card(link: Tag) -> dict[str, Any]:
    item = link.find_parent("li") or link
    grant: dict[str, Any] = {"grantName": clean(link.get_text()), "label": str(link.get("href", "")).rsplit("/", 1)[-1]}
    description = item.select_one("p[data-cy^=cyGrantShortDescriptions]")
    grant["grantShortDescription"] = clean(description.get_text()) if description else None
    for name in item.select("dl dt"):
        value, field = name.find_next_sibling("dd"), _CARD_ROWS.get(clean(name.get_text()) or "")
        if field and value:
            grant[field] = clean(value.get_text())
    low, high = _range(grant.get("grantMinimumAwardDisplay"))
    # "International, London" in one text; a list in the data.
    lists = {name: re.split(r",\s*", grant[name]) for name in ("grantLocation", "grantApplicantType") if grant.get(name)}
    return {**grant, **lists, "grantMinimumAward": low, "grantMaximumAward": high}


def _range(text: str | None) -> tuple[int | None, int | None]:
    """`From £5,000 to £50,000` -> both amounts."""
    found = re.fullmatch(r"From (\S+) to (\S+)", text or "")
    return (money(found[1]), money(found[2])) if found else (None, None)
