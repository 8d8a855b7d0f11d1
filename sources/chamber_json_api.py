"""Members from a chamber's own JSON API, as the Austin chamber has one: `{data: […], links: {last: {href}}}`, `?page=1…`.

Belongs here: reading its pages and where the last one is. Does not: asking for them (`chamber_directory.py`).

UNVERIFIED beyond the fields named here: the format is known from a program that reads it, and from a list that program wrote,
in which `address` is flattened and `category` is text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sources.chamber_address import Address
from sources.chamber_member import Member, clean, typed_address, without_contacts
from sources.register import RegisterError
from sources.text import plain


def members(body: bytes) -> Iterator[Member]:
    """The members of a page, in its order. Raises RegisterError where the page holds no list of them."""
    data = _json(body)
    records = data.get("data") if isinstance(data, dict) else data
    if not isinstance(records, list):
        raise RegisterError(
            "chamber_directory: the reply has no list `data`; expected a page of members. Check `url:` and `kind:`."
        )
    for record in records:
        yield _member(record) if isinstance(record, dict) else Member()


def last_page(body: bytes) -> int:
    """Number of the last page, from `links.last.href`; 1 where the reply does not tell."""
    data = _json(body)
    links = data.get("links") if isinstance(data, dict) else None
    last = links.get("last") if isinstance(links, dict) else None
    href = last.get("href") if isinstance(last, dict) else last
    number = parse_qs(urlsplit(str(href or "")).query).get("page", ["1"])[0]
    return int(number) if number.isdigit() else 1


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RegisterError(
            f"chamber_directory: the reply is no JSON ({error}); expected a page of members. Check `kind:`."
        ) from error


def _member(record: dict[str, Any]) -> Member:
    nested = record.get("address")
    address = nested if isinstance(nested, dict) else record
    streets = (_text(address.get("street1")), _text(address.get("street2")))
    return Member(
        name=_text(record.get("title")),
        number=_text(record.get("id")),
        address=Address(
            street=", ".join(street for street in streets if street) or None,
            city=_text(address.get("city")),
            state=_text(address.get("state")),
            postcode=_text(address.get("zip")),
        ),
        website=typed_address(_text(record.get("webUrl"))),
        description=without_contacts(plain(_text(record.get("directoryDescription") or record.get("description")))),
        categories=_categories(record.get("category") or record.get("categories")),
    )


def _categories(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        given = [{"title": part} for part in given.split(",")]
    titles = [_text(part.get("title")) for part in given or () if isinstance(part, dict)]
    return tuple(title for title in titles if title)


def _text(value: Any) -> str | None:
    return clean(str(value)) if isinstance(value, str | int) else None
