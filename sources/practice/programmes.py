"""Listing the programmes: who offers what to whom, until when, where.

Belongs here: reading programmes.yaml into the town. Does not: the 38 columns of the file (`wire_sam.py`).
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from sources.practice import naming
from sources.practice.ledger import Ledger
from sources.practice.model import ANCHOR, Programme
from sources.practice.words import read

_FIRST_NUMBER = 1
# Leaves gaps, lets some numbers end in 0 (99.050 is not 99.05), and is coprime to every cycle of `wire_sam.py`.
_NUMBER_STEP = 7


def list_programmes(ledger: Ledger) -> None:
    """Enter every programme of programmes.yaml. A national list does not grow with the town."""
    rng = ledger.chance("programmes")
    number = _FIRST_NUMBER
    for theme in read("practice/programmes.yaml")["themes"]:
        agency, department, short_name = theme["agency"]
        for title, purpose in theme["programs"].items():
            opens_on, closes_on = _window(rng, theme.get("deadline", "none"))
            low, high = theme.get("amount", (0, 0))
            contact = naming.contact(rng)
            ledger.contact_names.add(contact)
            ledger.programmes.append(
                Programme(
                    number=f"99.{number:03d}",
                    title=title,
                    purpose=purpose,
                    agency=agency,
                    department=department,
                    short_name=short_name,
                    types=tuple(theme["types"]),
                    applicants=tuple(theme["applicants"]),
                    amount=(low, high) if high else None,
                    deadline=theme.get("deadline", "none"),
                    opens_on=opens_on,
                    closes_on=closes_on,
                    where=theme.get("where", "nation"),
                    published_on=date(rng.randrange(1994, 2026), rng.choice((1, 1, 3, 6, 9, 10)), 1),
                    contact=contact,
                )
            )
            number += _NUMBER_STEP


def _window(rng: random.Random, deadline: str) -> tuple[date | None, date | None]:
    """Opening and closing day. Open windows stay open for years, so that the town does not age with the calendar."""
    if deadline == "open":
        return ANCHOR - timedelta(days=rng.randrange(30, 200)), ANCHOR + timedelta(days=365 * 4 + rng.randrange(365))
    if deadline == "closed":
        return ANCHOR - timedelta(days=rng.randrange(400, 800)), ANCHOR - timedelta(days=rng.randrange(30, 300))
    return None, None
