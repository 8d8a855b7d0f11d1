"""The members of the town's chambers and the people who speak for them, as the chambers' pages and lists show them.

Belongs here: who is a member of which chamber. Does not: any format (`wire_chamber*.py`, `wire_growthzone.py`).
"""

from __future__ import annotations

import re
from itertools import cycle
from string import capwords
from typing import NamedTuple

from sources.practice.model import Business, Town
from sources.practice.serving import Reply
from sources.practice.words import words

#: Every chamber has its share of the businesses, and no more than this many members.
_SHARES, _MEMBERS = 5, 120


class Card(NamedTuple):
    """A member and the person who speaks for it."""

    number: int
    business: Business
    name: str
    category: str
    person: str
    phone: str
    mail: str

    @property
    def slug(self) -> str:
        """Last part of its address."""
        return f"{slug(self.name)}-{self.number}"

    @property
    def website(self) -> str:
        """A site of its own."""
        return f"https://www.{slug(self.name)}.example/"


def members_of(town: Town, share: int) -> list[Card]:
    """The members of one chamber (0 to 4)."""
    people = cycle(sorted(town.truth.contact_names))
    cards = []
    for number, business in enumerate(town.businesses[share::_SHARES][:_MEMBERS], start=1001):
        person = next(people)
        category = capwords(words()["activities"][business.activity]["category"])
        phone, mail = f"(501) 555-01{number % 100:02d}", f"{person.lower().replace(' ', '.')}@example.org"
        cards.append(Card(number, business, capwords(business.name), category, person, phone, mail))
    return cards


def slug(text: str) -> str:
    """Lower case, words joined by hyphens."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")


def html_page(body: str) -> Reply:
    """A page with this body."""
    return Reply(f"<!DOCTYPE html><html><body>{body}</body></html>".encode(), "text/html; charset=utf-8")
