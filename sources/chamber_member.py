"""One member as a page of a chamber's directory shows it, and the few steps every kind of directory needs.

Belongs here: the shape of a member, addresses of pages. Does not: any kind of page (`chamber_growthzone.py`,
`chamber_json_ld.py`, `chamber_selectors.py`, `chamber_json_api.py`).

Names, phones and e-mails of contact people stand on these pages beside the facts; nothing here or in those modules reads them,
and those that people wrote into descriptions are taken out.
"""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from sources.chamber_address import NOWHERE, Address

_MAIL = re.compile(r"(?<!\S)\S+@\S+")
_PHONE = re.compile(r"(?:\+|\(|\b)\d[\d\s().\-/]{5,}\d\b")
#: Fewer digits than this are a span of years or a price, not a phone number.
_PHONE_DIGITS = 7
_YEARS = re.compile(r"(?:19|20)\d\d\s*[-–/]\s*(?:19|20)\d\d")


@dataclass(frozen=True)
class Member:
    """What is known of one member; None where the page does not say."""

    name: str | None = None
    link: str | None = None
    """Absolute address of the member's own page in the directory."""
    number: str | None = None
    """The directory's own id, where the page tells it."""
    address: Address = NOWHERE
    latitude: float | None = None
    longitude: float | None = None
    website: str | None = None
    description: str | None = None
    other_names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """schema.org types, most telling first."""
    categories: tuple[str, ...] = ()
    """The chamber's own words."""

    @property
    def native_id(self) -> str | None:
        """The directory's own id, else the last part of its page's address with its query, else a hash of name and place."""
        parts = urlsplit(self.link or "")
        slug = parts.path.rstrip("/").rpartition("/")[2] + (f"?{parts.query}" if parts.query else "")
        if self.number or slug:
            return self.number or slug
        return stable_id(self.name, self.address.street, self.address.postcode) if self.name else None

    def joined(self, other: Member) -> Member:
        """Both views of one member, e.g. its card and its page: the first that says something holds, lists are put together."""
        return Member(
            name=self.name or other.name,
            link=self.link or other.link,
            number=self.number or other.number,
            address=self.address.filled_from(other.address),
            latitude=other.latitude if self.latitude is None else self.latitude,
            longitude=other.longitude if self.longitude is None else self.longitude,
            website=self.website or other.website,
            description=self.description or other.description,
            other_names=tuple(dict.fromkeys((*self.other_names, *other.other_names))),
            types=tuple(dict.fromkeys((*self.types, *other.types))),
            categories=tuple(dict.fromkeys((*self.categories, *other.categories))),
        )


def stable_id(*values: str | None) -> str:
    """16 characters that stay the same as long as the values do."""
    return hashlib.sha256("\x1f".join((value or "").casefold() for value in values).encode()).hexdigest()[:16]


def clean(text: str | None) -> str | None:
    """White space collapsed, entities that were escaped twice decoded (`&AMP;`), None where nothing is left."""
    return " ".join(html.unescape(text or "").split()) or None


def without_contacts(text: str | None) -> str | None:
    """A description without the e-mail addresses and phone numbers people write into it."""
    if text is None:
        return None
    return clean(_PHONE.sub(_blank_phone, _MAIL.sub(" ", text)))


def _blank_phone(found: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in found[0])
    return found[0] if digits < _PHONE_DIGITS or _YEARS.fullmatch(found[0]) else " "


def web_address(href: str | None, base: str = "") -> str | None:
    """An address to visit, absolute and without fragment; None for `#!`, scripts, mail, phones and an empty `http://`.

    >>> web_address("//shop.example/a#top", "https://chamber.example/list")
    'https://shop.example/a'
    """
    href = (href or "").strip()
    if not href or href.startswith("#"):
        return None
    if href.lower().startswith("www."):
        href = f"https://{href}"  # meant for a host, though a browser would take it for a page
    try:
        # A page downloaded by hand has no address: `//shop.example` is taken for a secure one.
        address = urldefrag(urljoin(base or "https:", href)).url
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:  # e.g. an open bracket in the host
        return None
    # `http://https://shop.example`: the second scheme was typed by the member.
    if host in ("http", "https"):
        return web_address(address.partition("://")[2])
    return address if parts.scheme in ("http", "https") and host else None


def typed_address(text: str | None) -> str | None:
    """An address as people type it, with or without its scheme."""
    return web_address(text) or web_address(f"https://{text}") if text else None


def same_host(address: str, other: str) -> bool:
    """True where both addresses are of one host."""
    return urlsplit(address).netloc.lower() == urlsplit(other).netloc.lower()
