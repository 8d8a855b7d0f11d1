"""Find a Grant, the UK government's list of open grants: a Next.js web site without an API, read page by page.

How a page is read stands in `find_a_grant_pages.py`. Of each grant its own page is kept beside the list pages, since only
that says what the grant is for; where it is gone the list's card stands. A minimum award of 1 and a maximum of 2 are
placeholders for "not told". Tabs on how to apply and whom to ask may name officers and are not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import quote

from sources import uk_regions
from sources.find_a_grant_pages import detailed, listed
from sources.paging import Ask, Paging, kept_pages
from sources.register import Audit, Options, Outside, RecordRegister, Rejected
from sources.text import clean

#: Grants per list page; the site honours `limit`, and its index holds a few hundred.
_PER_PAGE = 100

APPLICANTS = {
    "personal / individual": "individual",
    "public sector": "public",
    "local authority": "public",
    "non-profit": "nonprofit",
    "private sector": "business",
}
#: Locations that are no place of the country: they limit nothing.
_NOWHERE = {"virtual/online", "international"}
#: What stands in the amounts where a funder gives none.
_NO_MINIMUM, _NO_MAXIMUM = (0, 1), (0, 1, 2)

_LIST_FIELDS = (
    "grantName", "label", "grantShortDescription", "grantLocation", "grantFunder", "grantTotalAwardAmount",
    "grantTotalAwardDisplay", "grantMinimumAward", "grantMinimumAwardDisplay", "grantMaximumAward", "grantMaximumAwardDisplay",
    "grantApplicationOpenDate", "grantApplicationCloseDate", "grantApplicantType", "id",
)  # fmt: skip
_PAGE_FIELDS = (
    "grantStrapLine", "grantShowApplyButton", "grantWebpageUrl", "grantSummaryTab", "grantEligibilityTab", "grantObjectivesTab",
    "grantDatesTab", "grantApplyTab", "grantSupportingInfoTab", "grantFaqTab", "grantAwardedGrants", "grantUpdated",
)  # fmt: skip


def _pages(url: str, _options: Options) -> Paging:
    """List pages until all grants were seen or a page brings none that is new, and after each the pages of its grants."""
    seen: set[str] = set()
    number = 0
    while True:
        number += 1
        answer = yield Ask(f"{url}?page={number}&limit={_PER_PAGE}")
        grants, total = listed(answer)
        new = [label for label in dict.fromkeys(_text(grant.get("label")) for grant in grants) if label and label not in seen]
        for label in new:
            yield Ask(f"{url}/{quote(label, safe='')}", may_be_missing=True)
        seen.update(new)
        if not new or (total is not None and len(seen) >= total):
            return


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    grants: dict[str, Mapping[str, Any]] = {}
    for page in kept_pages(stream):
        answer = page.answer()
        for number, grant in enumerate([*listed(answer)[0], *detailed(answer)], start=1):
            audit.saw(grant)
            # Later pages are those of the grants themselves and say more; without a label the card stands alone.
            label = _text(grant.get("label")) or f"{page.url} card {number}"
            grants[label] = {**grants.get(label, {}), **grant}
    for number, grant in enumerate(grants.values(), start=1):
        yield _row(number, grant)


def _row(number: int, grant: Mapping[str, Any]) -> dict[str, Any] | Rejected:
    label = _text(grant.get("label"))
    title = _text(grant.get("grantName"))
    if label is None or title is None:
        return Rejected(number, label, "no label or no name", "label" if label is None else "grantName")
    places: set[str] = set()
    national = False
    for name in grant.get("grantLocation") or []:
        codes = () if str(name).lower() in _NOWHERE else uk_regions.codes_of(str(name))
        if codes is None:  # a place we do not know must not pass for the whole country
            return Rejected(number, label, "unknown location", "grantLocation", str(name))
        national = national or (codes == () and str(name).lower() not in _NOWHERE)
        places.update(codes)
    try:
        opens_on, closes_on = (_day(grant.get(f"grantApplication{end}Date")) for end in ("Open", "Close"))
    except ValueError as error:
        return Rejected(number, label, "unreadable date", "grantApplicationCloseDate", str(error))
    applicants = {APPLICANTS.get(str(kind).lower(), "other") for kind in grant.get("grantApplicantType") or []}
    return {
        "native_id": label,
        "title": title,
        "agency": _text(grant.get("grantFunder")),
        "kinds": ["grant"],
        "objective": _objective(grant),
        "applicants": sorted(applicants),
        "country": "GB",
        "places": [] if national else uk_regions.places(places),
        "opens_on": opens_on,
        "closes_on": closes_on,
        "amount_min": _amount(grant.get("grantMinimumAward"), _NO_MINIMUM),
        "amount_max": _amount(grant.get("grantMaximumAward"), _NO_MAXIMUM),
        "currency": "GBP",
        "status": "open",  # the index lists no grant that is closed
    }


def _objective(grant: Mapping[str, Any]) -> str | None:
    parts = [_text(grant.get("grantShortDescription"))]
    parts += [_words(grant.get(tab)) for tab in ("grantSummaryTab", "grantObjectivesTab", "grantEligibilityTab")]
    return "\n".join(dict.fromkeys(part for part in parts if part)) or None


def _words(node: Any) -> str | None:
    """The words of a Contentful rich text document, its elements put apart by blanks."""
    words: list[str] = []
    waiting = [node]
    while waiting:  # not by recursion: how deep the text is nested is the far end's choice
        part = waiting.pop()
        if isinstance(part, dict):
            if part.get("nodeType") == "text":
                words.append(str(part.get("value") or ""))
            waiting += reversed(part.get("content") or [])
    return clean(" ".join(words))


def _amount(value: Any, placeholders: tuple[int, ...]) -> int | None:
    return None if not isinstance(value, int | float) or value in placeholders else int(value)


def _day(value: Any) -> str | None:
    """`2027-06-30T23:59` or `30 June 2027, 11:59pm` -> ISO date. Raises ValueError for anything else."""
    text = _text(value)
    if text is None:
        return None
    layout, day = ("%Y-%m-%d", text[:10]) if text[:4].isdigit() else ("%d %B %Y", text.split(",")[0])
    return datetime.strptime(day, layout).date().isoformat()  # noqa: DTZ007 - a date


def _text(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) else None


REGISTER = RecordRegister(
    name="find_a_grant",
    title="Find a Grant",
    publisher="UK Cabinet Office",
    licence="OGL-UK-3.0",
    licence_url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    attribution="Contains public sector information licensed under the Open Government Licence v3.0.",
    yields="programme",
    url="https://www.find-government-grants.service.gov.uk/grants",
    pages=_pages,
    cadence="daily",
    floor=20,
    ceiling=2_000,
    host_delay_s=2.0,
    record_url="https://www.find-government-grants.service.gov.uk/grants/{native_id}",
    personal_fields=("grantApplyTab", "grantSupportingInfoTab", "grantFaqTab"),
    parse=_parse,
    fields=(*_LIST_FIELDS, *_PAGE_FIELDS),
    mandatory=("grantName", "label", "grantFunder"),
)
