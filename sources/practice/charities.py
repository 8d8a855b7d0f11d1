"""The town's charities as facts a charity register of any country could print.

Belongs here: who they are, in plain values. Does not: codes and layouts of a register (`wire_*.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from string import capwords

from sources.practice.model import Town
from sources.practice.places import Place

#: Telephone numbers that Ofcom keeps for drama.
_PHONES = 1_000


@dataclass(frozen=True)
class Charity:
    """One charity of the town with its contact, whom no reader may let through."""

    number: int
    """1, 2, 3 … in a stable order."""
    ein: str
    name: str
    purpose: str
    """First letter of its NTEE code; empty where it has none."""
    street: str
    place: Place
    income: int | None
    registered_on: date
    contact: str
    phone: str
    email: str

    @property
    def english_number(self) -> int:
        """Its number in the register of England and Wales, far above any that is given; every register calls it by that."""
        return 9_990_000 + self.number


def charities(town: Town) -> Iterator[Charity]:
    """Every body of the town exempt as a charity, by its EIN."""
    people = cycle(sorted(town.truth.contact_names))
    charitable = sorted((body for body in town.exempt if body.row.subsection == "03"), key=lambda body: body.row.ein)
    for number, (body, contact) in enumerate(zip(charitable, people, strict=False), start=1):
        row = body.row
        yield Charity(
            number=number,
            ein=row.ein,
            name=capwords(row.name),
            purpose=row.ntee_cd[:1],
            street=capwords(row.street),
            place=body.place,
            income=int(row.income_amt) if row.income_amt else None,
            registered_on=date(int(row.ruling[:4]), int(row.ruling[4:]), 1),
            contact=contact,
            phone=f"0151 496 {number % _PHONES:04d}",
            email=f"{contact.lower().replace(' ', '.')}@example.org",
        )
