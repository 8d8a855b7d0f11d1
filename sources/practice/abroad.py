"""The town seen from registers of other countries: the same bodies at addresses such a register could hold.

Belongs here: turning a place of the map into a postcode and region of another country. Does not: any format (`wire_*.py`).

`ZZ` is no British postcode area, `0799` and `0699` belong to no Australian or New Zealand post town.
"""

from __future__ import annotations

from sources.practice.places import Place

UK_TOWN, UK_COUNTY = "Larkmere", "Larkshire"


def uk_postcode(place: Place) -> str:
    """A postcode of the fictional area ZZ, e.g. `ZZ1 4AB`; the sector tells the ZIP code it stands for."""
    number = int(place.postcode)
    return f"ZZ{number % 100} {number % 9 + 1}A{'ABDEFGHJLN'[number % 10]}"


def au_postcode(_place: Place) -> str:
    """Four digits."""
    return "0799"


def nz_postcode(_place: Place) -> str:
    """Four digits."""
    return "0699"
