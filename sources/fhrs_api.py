"""Food hygiene ratings by the FSA's API v2: the same premises as `fhrs`, asked for by authority, type or distance.

Other than in the files, text that is missing is "", positions are text, and some names are in lower case. Without the header
`x-api-version: 2` the API answers in another format.

Options: `query`, parameters of `/Establishments` such as `localAuthorityId` (the id, not the code of the file names),
`businessTypeId`, `latitude`, `longitude`, `maxDistanceLimit`; `page_size`, premises a page (5,000 is the most that works).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO
from urllib.parse import urlencode

from sources.fhrs import FIELDS
from sources.fhrs import REGISTER as FILES
from sources.fhrs_premises import premises
from sources.paging import Ask, Paging, kept_pages
from sources.register import Audit, Options, Outside, RegisterError, Rejected

_HEADERS = {"x-api-version": "2", "Accept": "application/json"}
_PAGE_SIZE = 5_000

#: Fields only the API has.
_OWN_FIELDS = ("scores", "geocode", "Distance", "links", "meta")


def pages(url: str, options: Options) -> Paging:
    """Page after page until the last one by the newest reply, or an empty one. Raises RegisterError where one is no reply."""
    query = {**options.get("query", {}), "pageSize": options.get("page_size", _PAGE_SIZE)}
    number, last = 0, 1
    while number < last:
        number += 1
        answer = yield Ask(f"{url}?{urlencode({**query, 'pageNumber': number})}", headers=_HEADERS)
        reply = _reply(answer.body, answer.url)
        last = int((reply.get("meta") or {}).get("totalPages") or 0) if reply["establishments"] else 0


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    number = total = 0
    for page in kept_pages(stream):
        reply = _reply(page.body, page.url)
        total = int((reply.get("meta") or {}).get("totalCount") or 0)
        for record in reply["establishments"]:
            number += 1
            audit.saw(record)
            yield premises(number, _fields(record))
    if number < total:
        raise RegisterError(
            f"fhrs_api: {number} establishments came where the last reply speaks of {total}; the register changed while it was "
            "read. The next night asks again."
        )


def _fields(record: Mapping[str, Any]) -> dict[str, str | None]:
    flat = {**record, **(record.get("geocode") or {})}
    return {name.lower(): str(value) for name, value in flat.items() if isinstance(value, str | int | float)}


def _reply(body: bytes, url: str) -> dict[str, Any]:
    try:
        reply = json.loads(body.decode("utf-8-sig"))
    except ValueError as error:
        raise RegisterError(f"fhrs_api: {url or 'the file'} is no JSON ({error}); expected a reply of API v2.") from error
    if not isinstance(reply, dict) or not isinstance(reply.get("establishments"), list):
        found = sorted(reply)[:8] if isinstance(reply, dict) else type(reply).__name__
        raise RegisterError(f"fhrs_api: {url or 'the file'} holds {found}; expected `establishments`. Is x-api-version: 2 sent?")
    return reply


REGISTER = replace(
    FILES,
    name="fhrs_api",
    title="Food Hygiene Rating Scheme (API)",
    url="https://api.ratings.food.gov.uk/Establishments",
    locate=None,
    pages=pages,
    floor=1,
    fields=(*FIELDS, *_OWN_FIELDS),
    parse=_parse,
)
