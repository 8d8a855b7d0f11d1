"""The release packages of Contracts Finder, asked for and read: what tenders and awards have in common.

Belongs here: the windows of days, the cursor, the releases of a package and the bodies they name. Does not: what becomes of a
release (`contracts_finder.py`).

Options: `as_of` (ISO date) and `days` (how far back, default 45), or `published_from` and `published_to` (ISO dates).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from sources.paging import Answer, Ask, Paging, kept_pages
from sources.register import Audit, Options, RegisterError
from sources.text import clean

#: Longer windows time out at the far end.
_WINDOW = timedelta(days=15)
#: Most calls are open for 30 to 40 days.
_DAYS_BACK = 45
_PER_PAGE = 100

FIELDS = (
    "awards", "buyer", "contracts", "date", "description", "id", "initiationType", "language", "ocid", "parties", "planning",
    "relatedProcesses", "tag", "tender", "title",
)  # fmt: skip
MANDATORY = ("ocid", "date", "tag")
#: Fields of a release that name the people in charge.
PERSONAL = ("parties[].contactPoint", "buyer.contactPoint", "awards[].suppliers[].contactPoint")

Release = Mapping[str, Any]


def pages(stage: str) -> Callable[[str, Options], Paging]:
    """Asks for the releases of one stage (`tender` or `award`), window by window, newest first."""

    def ask(url: str, options: Options) -> Paging:
        for first, last in windows(options):
            address = f"{url}?limit={_PER_PAGE}&publishedFrom={first}&publishedTo={last}&stages={stage}"
            asked: set[str] = set()
            while address and address not in asked:
                asked.add(address)
                answer = yield Ask(address)
                address = _next(answer)

    return ask


def windows(options: Options) -> list[tuple[date, date]]:
    """First and last day of each window, newest first; neighbours share no day. Raises RegisterError without a usable date."""
    try:
        last = date.fromisoformat(str(options.get("published_to") or options.get("as_of")))
        oldest = date.fromisoformat(
            str(options.get("published_from") or last - timedelta(days=int(options.get("days", _DAYS_BACK))))
        )
    except ValueError as error:
        raise RegisterError(
            f"contracts_finder: {error}; expected the options `published_from` and `published_to`, or `as_of` and `days`: ISO "
            "dates and a number."
        ) from error
    found = []
    while oldest <= last:
        first = max(oldest, last - _WINDOW + timedelta(days=1))
        found.append((first, last))
        last = first - timedelta(days=1)
    return found


def _next(answer: Answer) -> str:
    """Address of the next page; empty on the last. Raises RegisterError where it leads to another host."""
    address = str((_package(answer.text(), answer.url).get("links") or {}).get("next") or "")
    if address and urlsplit(address)[:2] != urlsplit(answer.url)[:2]:
        raise RegisterError(f"contracts_finder: links.next of {answer.url} leads to {urlsplit(address).netloc}, another host.")
    return address


def releases(stream: BinaryIO, audit: Audit) -> Iterator[Release]:
    """Every release of the kept packages, oldest first, so that a later notice follows what it corrects."""
    found: list[Release] = []
    for page in kept_pages(stream):
        for release in _package(page.answer().text(), page.url)["releases"]:
            if not isinstance(release, dict):
                raise RegisterError(f"contracts_finder: {page.url or 'the file'} has a release that is no JSON object.")
            audit.saw(release)
            found.append(release)
    yield from sorted(found, key=lambda release: (str(release.get("date")), json.dumps(release, sort_keys=True)))


def _package(text: str, url: str) -> dict[str, Any]:
    try:
        package = json.loads(text, strict=False)  # buyers paste control characters into their texts
    except ValueError as error:
        raise RegisterError(
            f"contracts_finder: {url or 'the file'} is no JSON ({error}); expected an OCDS release package."
        ) from error
    if not isinstance(package, dict) or not isinstance(package.get("releases"), list):
        raise RegisterError(
            f"contracts_finder: {url or 'the file'} has no list `releases`; expected an OCDS 1.1 release package."
        )
    return package


def party(release: Release, reference: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body behind a reference (`buyer`, a supplier): its entry among the parties, else what the reference says."""
    known = (p for p in release.get("parties") or [] if isinstance(p, dict) and p.get("id") == reference.get("id"))
    return next(known, reference) if reference.get("id") else reference


def buyer(release: Release) -> Mapping[str, Any]:
    """The public body that buys."""
    if release.get("buyer"):
        return party(release, release["buyer"])
    return next((p for p in release.get("parties") or [] if "buyer" in (p.get("roles") or [])), {})


def day(value: Any) -> str | None:
    """ISO day of a timestamp. Raises ValueError where there is none in it."""
    text = clean(value) if isinstance(value, str) else None
    return None if text is None else date.fromisoformat(text[:10]).isoformat()


def amount(value: Any) -> tuple[int | None, str | None]:
    """Whole units and currency of an OCDS value; a value of 0 means that none is told."""
    if not isinstance(value, dict) or not isinstance(value.get("amount"), int | float) or value["amount"] <= 0:
        return None, None
    return int(value["amount"]), value.get("currency")
