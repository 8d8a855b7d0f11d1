"""Founding the research bodies, their rows in other registers and the bodies that only sound like them.

Belongs here: reading research.yaml into the town. Does not: the ROR file format (`wire_ror.py`).
"""

from __future__ import annotations

import random

from sources.practice import naming
from sources.practice.businesses import open_business
from sources.practice.exempts import found_exempt
from sources.practice.ledger import Ledger
from sources.practice.model import ResearchBody
from sources.practice.places import FAR_PLACES, PLACES, Place, choose_street
from sources.practice.words import read, words

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, which ROR ids are written in


def found_research(ledger: Ledger) -> None:
    """Enter every body of research.yaml, its twins in other registers, its namesakes and its chances."""
    rng = ledger.chance("research")
    table = read("practice/research.yaml")
    for facts in table["bodies"]:
        place = _place_of(rng, facts["city"])
        body = ResearchBody(ledger.new_key("research"), facts["slug"], ror_id(rng), facts, place)
        ledger.research.append(body)
        ledger.names.take(facts["name"].upper())
        if "irs" in facts:
            name = naming.retold(rng, facts["name"].upper() + rng.choice(("", " INC")))
            found_exempt(ledger, rng, facts["irs"]["kind"], name=name, place=place, key=body.key, solid=True, rules=facts["irs"])
        if "licence" in facts:
            name = facts["name"].upper().removesuffix(" (UNITED STATES)") + " INC"
            open_business(ledger, rng, facts["licence"], name=name, place=place, key=body.key, messy=False)
    by_slug = {body.slug: body for body in ledger.research}
    for body in ledger.research:
        if parent := body.facts.get("parent"):
            ledger.must_not_match.append((body.key, by_slug[parent].key))
    for name, slug, kind in table["namesakes"]:
        ledger.names.take(name)
        namesake = found_exempt(ledger, rng, kind, name=name, place=by_slug[slug].place)
        ledger.must_not_match.append((namesake.key, by_slug[slug].key))
    for activity, slug in words()["research_chances"]:
        place = by_slug[slug].place
        business = open_business(ledger, rng, activity, place=place, street=choose_street(rng, place), messy=False)
        ledger.chances.append((business.key, by_slug[slug].key))


def ror_id(rng: random.Random) -> str:
    """An id in ROR's form whose two check digits are wrong by one, so that no real body can ever hold it."""
    letters = "".join(rng.choice(_ALPHABET) for _ in range(6))
    number = 0
    for letter in letters:
        number = number * 32 + _ALPHABET.index(letter)
    check = 98 - (number * 100) % 97  # ISO 7064 mod 97-10, 2..98, as ROR computes it
    return f"0{letters}{check % 97 + 1:02d}"


def _place_of(rng: random.Random, city: str) -> Place:
    return rng.choice([place for place in (*PLACES, *FAR_PLACES) if place.city == city])
