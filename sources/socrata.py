"""Any data set of a Socrata portal (`data.cityofchicago.org` and its like), asked for page by page.

Belongs here: the SODA conversation. Does not: what the columns mean (`cities/*.yaml`). Read by `business_licences.py`.

`$order` is given, or rows move between pages. Keys that are null are left out of a row; numbers come as text; a portal answers a
mistake with an object. A row changed while we page could be missed or told twice, so the data set's day of change is asked
before and after. Options: `page_size` (rows, 10,000), `where` (SoQL, e.g. `expiration_date > '2026-01-01'`).
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any
from urllib.parse import urlencode

from sources.paging import Answer, Ask, Paging
from sources.register import Options, RegisterError

#: `https://<portal>/resource/<4x4>.json`
_RESOURCE = re.compile(r"(.+)/resource/([a-z0-9]{4}-[a-z0-9]{4})(?:\.json|\.csv)?")

#: Small enough to hold in memory, large enough that 1.2 million licences are 120 requests. Portals allow 50,000.
_PAGE_SIZE = 10_000


def is_resource(url: str | None) -> bool:
    """Whether the address is a data set that is paged, and not an export in one file."""
    return bool(_RESOURCE.fullmatch(url or ""))


def pages(url: str, options: Options) -> Paging:
    """All rows of a data set; an address that is no `/resource/` (an export, `rows.csv?accessType=DOWNLOAD`) is asked as it is.

    Raises RegisterError where a page is no list of rows, comes twice, or the data set changed meanwhile.
    """
    found = _RESOURCE.fullmatch(url)
    if found is None:
        yield Ask(url)
        return
    portal, dataset = found.groups()
    size = int(options.get("page_size", _PAGE_SIZE))
    changed = yield from _last_change(portal, dataset)
    offset, rows, before = 0, size, b""
    while rows == size:
        query = {"$limit": size, "$offset": offset, "$order": ":id"}
        if options.get("where"):
            query["$where"] = options["where"]
        answer = yield Ask(f"{portal}/resource/{dataset}.json?{urlencode(query)}")
        rows = _count(answer)
        if rows and answer.body == before:
            raise RegisterError(f"socrata: {answer.url} gives the page before it once more; the portal does not heed $offset.")
        before, offset = answer.body, offset + size
    if (yield from _last_change(portal, dataset, "?_=after")) != changed:
        raise RegisterError(f"socrata: {dataset} changed while it was read, so rows may be missing. Fetch it at another hour.")


def _last_change(portal: str, dataset: str, query: str = "") -> Generator[Ask, Answer, object]:
    """When the rows last changed (seconds since 1970), or None where the portal does not say.

    The portal heeds no `query`; it makes another question of the second one, past caches and past the guard against paging that
    goes in circles, which takes one question with one answer twice for a circle.
    """
    answer = yield Ask(f"{portal}/api/views/{dataset}.json{query}", keep=False, may_be_missing=True)
    try:
        about: Any = answer.json() if answer.found else {}
    except ValueError:
        return None  # a page in place of the metadata: the rows may still be had
    return about.get("rowsUpdatedAt") if isinstance(about, dict) else None


def _count(answer: Answer) -> int:
    try:
        data = answer.json()
    except ValueError as error:
        raise RegisterError(f"socrata: {answer.url} is no JSON ({error}); expected a list of rows.") from error
    if not isinstance(data, list):
        said = data.get("message") if isinstance(data, dict) else data
        raise RegisterError(f"socrata: {answer.url} answers {said!r}; expected a list of rows. Check the address and `where`.")
    return len(data)
