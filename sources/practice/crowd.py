"""The crowd: everybody in town who is not planted, until every trade and every kind of charity has its number.

Belongs here: the counts. Does not: what one of them looks like (`businesses.py`, `exempts.py`).
"""

from __future__ import annotations

from collections import Counter

from sources.practice.businesses import open_business
from sources.practice.exempts import found_exempt
from sources.practice.ledger import Ledger
from sources.practice.words import read, words


def fill_up(ledger: Ledger) -> None:
    """Found what is missing from the counts of words.yaml and exempt.yaml, planted cases included in the count."""
    rng = ledger.chance("crowd of businesses")
    already = Counter(business.activity for business in ledger.businesses)
    for activity, rules in words()["activities"].items():
        for _ in range(ledger.scaled(rules["count"], rng) - already[activity]):
            open_business(ledger, rng, activity, may_be_person=True)
    rng = ledger.chance("crowd of exempt organisations")
    already = Counter(body.kind for body in ledger.exempt)
    for kind, rules in read("practice/exempt.yaml")["kinds"].items():
        for _ in range(ledger.scaled(rules["count"], rng) - already[kind]):
            found_exempt(ledger, rng, kind)
