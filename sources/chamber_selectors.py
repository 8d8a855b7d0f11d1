"""Members of a directory of a chamber's own making, found by CSS selectors that the profile gives.

Belongs here: reading a page with such selectors. Does not: which pages are asked for (`chamber_directory.py`).

A value written as `Label: value` is told by its label, e.g. `span:-soup-contains("Website:") a`; the label itself is cut off.
The same goes for links: `next: a:-soup-contains("Next Page")`.
Markup in comments is no markup, and an id repeated in every card is found in each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from pydantic import BaseModel, ConfigDict, field_validator
from soupsieve import SelectorSyntaxError
from soupsieve import compile as compile_selector

from sources.chamber_address import NOWHERE, Address, take_apart
from sources.chamber_member import Member, clean, typed_address, web_address, without_contacts

_LABEL = re.compile(r"^[A-Z][A-Za-z ]{0,24}:\s+")


class Selectors(BaseModel):
    """CSS selectors: `card` in the page, the others in a card. `address` is for an address on one line."""

    model_config = ConfigDict(extra="forbid")
    card: str
    name: str
    link: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    address: str | None = None
    website: str | None = None
    description: str | None = None
    category: str | None = None

    @field_validator("*")
    @classmethod
    def _css(cls, selector: str | None) -> str | None:
        if selector is not None:
            try:
                compile_selector(selector)
            except SelectorSyntaxError as error:
                raise ValueError(f"{selector!r} is no CSS selector: {str(error).splitlines()[0]}") from error
        return selector


def members(page: BeautifulSoup, url: str, selectors: Selectors) -> Iterator[Member]:
    """The cards of a page in their order."""
    for card in page.select(selectors.card):
        parts = Address(*(_text(card, css) for css in (selectors.street, selectors.city, selectors.state, selectors.postcode)))
        line = card.select_one(selectors.address) if selectors.address else None
        # Blanks are kept: a double one parts street and city.
        whole = take_apart(_LABEL.sub("", line.get_text().strip())) if line else NOWHERE
        yield Member(
            name=_name(card.select_one(selectors.name)),
            link=_href(card, selectors.link, url),
            website=_href(card, selectors.website, url),
            description=without_contacts(_text(card, selectors.description)),
            categories=_words(card, selectors.category),
            address=parts.filled_from(whole),
        )


def _name(found: Tag | None) -> str | None:
    return clean(found.get_text(" ")) if found else None


def _text(card: Tag, selector: str | None) -> str | None:
    found = card.select_one(selector) if selector else None
    return clean(_LABEL.sub("", found.get_text(" ").strip())) if found else None


def _href(card: Tag, selector: str | None, url: str) -> str | None:
    found = card.select_one(selector) if selector else None
    link = found if found is None or found.has_attr("href") else found.select_one("a[href]")
    return web_address(str(link["href"]), url) if link else typed_address(_text(card, selector))


def _words(card: Tag, selector: str | None) -> tuple[str, ...]:
    texts = [_LABEL.sub("", tag.get_text(" ").strip()) for tag in card.select(selector)] if selector else []
    return tuple(dict.fromkeys(word for text in texts for part in re.split("[,;]", text) if (word := clean(part))))
