"""The practice town Larkmere: one believable, fictional US region.

Belongs here: the order in which the town is built. Does not: the bytes it is served in (`wire.py`), the serving
(`server.py`).
"""

from __future__ import annotations

from sources.practice.crowd import fill_up
from sources.practice.ledger import Ledger
from sources.practice.model import Town
from sources.practice.planted import plant
from sources.practice.programmes import list_programmes
from sources.practice.research import found_research


def build_town(seed: int = 7, size: float = 1.0) -> Town:
    """Build the town. Size 1: about 3,000 businesses, 420 exempt organisations, 110 programmes, 14 research bodies.

    Businesses and exempt organisations grow with `size`; every town has the same programmes and research bodies.
    Same seed and size, same town, on every machine. Raises ValueError where size is not above 0.
    """
    ledger = Ledger(seed, size)
    found_research(ledger)  # first, so that nobody takes their names
    plant(ledger)
    fill_up(ledger)
    list_programmes(ledger)
    return ledger.town()
