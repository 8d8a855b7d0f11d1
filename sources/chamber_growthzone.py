"""Member cards and member pages of GrowthZone / ChamberMaster directories, current and legacy markup.

Belongs here: where a fact stands on such a page. Does not: which pages are asked for (`chamber_directory.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from sources.chamber_address import Address, take_apart
from sources.chamber_member import Member, clean, web_address, without_contacts

#: Cards of a list, and the page of one member.
CARDS = ".gz-results-card, .gz-directory-card[data-memid], .mn-listing"
DETAILS = ".gz-details-head"
#: Links from list to list, by the way the directory is walked: `/list/searchalpha/a`, `/list/FindStartsWith?term=A`;
#: `/list/ql/shopping-25`, `/list/category/bakers-7`, `/directory/Search/bakers-7`.
WALKS = {
    "alphabet": 'a[href*="/searchalpha/" i], a[href*="/FindStartsWith" i]',
    "categories": 'a[href*="/ql/" i], a[href*="/category/" i], a[href*="/Search/" i]',
    "next": None,
}
#: Links from a list to its members: the title of a card.
MEMBERS = ".gz-card-title a[href], .mn-title a[href]"

#: `/list/member/otter-sons-4711`: the name in it changes, the number stays.
_NUMBER = re.compile(r"[/-](\d+)/?$")


def members(page: BeautifulSoup, url: str) -> Iterator[Member]:
    """The member a page is about, or the cards of a list in their order."""
    if head := page.select_one(DETAILS):
        yield _member(page, url, head.select_one('[itemprop="name"], h1'), url)
        return
    cards = page.select(CARDS)
    # A wrapper may carry the class of the card within it; only the innermost is one member.
    outer = {id(parent) for card in cards for parent in card.parents}
    title = _text(page, ".gz-pagetitle h1")
    for card in cards:
        if id(card) not in outer:
            name = card.select_one('.gz-card-title, [itemprop="name"], .mn-title, .mn-company-name')
            link = card.select_one(MEMBERS)
            member = _member(card, url, name, web_address(str(link["href"]), url) if link else None)
            yield member if member.categories or not title else member.joined(Member(categories=_category_words(title)))


def _member(part: Tag, url: str, name: Tag | None, link: str | None) -> Member:
    site = part.select_one(".gz-card-website a[href]")
    return Member(
        name=clean(name.get_text(" ")) if name else None,
        link=link,
        number=_number(part, link),
        website=web_address(str(site["href"]), url) if site else None,
        description=without_contacts(_text(part, ".gz-description, .gz-card-description .mn-text")),
        categories=tuple(dict.fromkeys(word for tag in part.select(".gz-cat") if (word := clean(tag.get_text(" "))))),
        address=_address(part),
    )


def _number(part: Tag, link: str | None) -> str | None:
    """The number that ends a member's address, the same on its card and on its page; the card's own id where it has no page."""
    if link:
        found = _NUMBER.search(link)
        return found[1] if found else None
    near = (
        part if part.has_attr("data-memid") else part.select_one("[data-memid]") or part.find_parent(attrs={"data-memid": True})
    )
    return clean(str(near["data-memid"])) if near else None


def _address(part: Tag) -> Address:
    """By `itemprop`, or from the one line of the legacy markup."""
    streets = [
        text for tag in part.select('.gz-street-address, [itemprop="streetAddress"]') if (text := clean(tag.get_text(" ")))
    ]
    found = Address(
        street=", ".join(dict.fromkeys(streets)) or None,
        city=_text(part, '[itemprop="addressLocality"]'),
        state=_text(part, '[itemprop="addressRegion"]'),
        postcode=_text(part, '[itemprop="postalCode"]'),
    )
    legacy = part.select_one(".mn-address")
    return take_apart(legacy.get_text("  ")) if legacy and not any(found) else found


def _category_words(title: str) -> tuple[str, ...]:
    # A page of the alphabet is titled by its letter, the whole list by what it is.
    plain = title.casefold()
    general = len(plain) < 3 or any(word in plain for word in ("directory", "members", "search", "results", "0-9"))
    return () if general else (title,)


def _text(part: Tag, selector: str) -> str | None:
    found = part.select_one(selector)
    return clean(found.get_text(" ")) if found else None
