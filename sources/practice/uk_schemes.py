"""The town's British support schemes: `uk_programmes.yaml` with its defaults filled in.

Belongs here: reading the list and giving every scheme a slug, dates and a contact. Does not: any format (`wire_*.py`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sources.practice.model import ANCHOR, Town
from sources.practice.words import read

#: Telephone numbers that are kept free for stories.
PHONE = "0151 496 0{:03d}"


@dataclass(frozen=True)
class Contact:
    """A person that registers name and the product must never show."""

    name: str
    phone: str
    mail: str


@dataclass(frozen=True)
class Scheme:
    """One scheme. `facts` is its entry in the YAML file, lists written out."""

    number: int
    slug: str
    facts: dict[str, Any]
    opens_on: date | None
    closes_on: date | None
    contact: Contact


def contacts(town: Town) -> Iterator[Contact]:
    """The town's contact people over and over, in a fixed order."""
    for number, name in enumerate(itertools.cycle(sorted(town.truth.contact_names))):
        yield Contact(name.title(), PHONE.format(number % 1000), f"{name.lower().replace(' ', '.')}@example.org")


def schemes(town: Town) -> list[Scheme]:
    """Every scheme, in the order of the file."""
    return [
        Scheme(number, _slug(facts["title"]), facts, *_window(number, facts["closes"]), contact)
        for number, (facts, contact) in enumerate(zip(_facts(), contacts(town), strict=False), start=1)
    ]


@cache
def _facts() -> list[dict[str, Any]]:
    table = read("practice/uk_programmes.yaml")
    filled = [{**table["defaults"], **entry} for entry in table["schemes"]]
    lists = ("industries", "regions", "sizes")
    return [{**entry, **{name: table[name] if entry[name] == "all" else entry[name] for name in lists}} for entry in filled]


def _slug(title: str) -> str:
    return "practice-" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _window(number: int, closes: str) -> tuple[date | None, date | None]:
    """Opening and closing day. Open windows stay open for years, so that the town does not age with the calendar."""
    if closes == "open":
        return ANCHOR - timedelta(days=30 + number), ANCHOR + timedelta(days=365 * 4 + 11 * number)
    if closes == "closed":
        return ANCHOR - timedelta(days=400), ANCHOR - timedelta(days=60 + number)
    return None, None
