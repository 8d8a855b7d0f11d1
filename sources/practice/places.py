"""Where the practice town lies: its ZIP codes, and addresses in them.

Belongs here: the fictional map. Does not: who lives there.

No real place carries these ZIP codes (001xx is unassigned and its leading zeros are a trap on purpose), the state `ZZ`
or the county. The coordinates are open sea, 36° N 64° W, so that no real house is ever drawn on a map by mistake;
distances between them are those of a town of about 25 × 20 km.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from sources.practice.words import words

STATE = "ZZ"
COUNTY = "Larkmere County"
FAR_COUNTY = "Farholt County"


class Place(NamedTuple):
    """One ZIP code: what a profile needs to place a record."""

    postcode: str
    city: str
    county: str
    latitude: float
    longitude: float


#: The region. `city` is the post town the registers write; the names beside it are the neighbourhoods.
PLACES: tuple[Place, ...] = (
    Place("00101", "Larkmere", COUNTY, 36.5000, -64.5000),  # Old Market
    Place("00102", "Larkmere", COUNTY, 36.5120, -64.4870),  # Ferry Quarter
    Place("00103", "Larkmere", COUNTY, 36.4850, -64.5150),  # Millpond
    Place("00104", "Larkmere", COUNTY, 36.4790, -64.4740),  # Orchard Side
    Place("00105", "Larkmere", COUNTY, 36.5210, -64.5240),  # College Hill
    Place("00106", "Larkmere", COUNTY, 36.4980, -64.4530),  # Foundry Row
    Place("00107", "Larkmere", COUNTY, 36.5400, -64.4610),  # Heron Point
    Place("00108", "Larkmere", COUNTY, 36.4560, -64.5320),  # Larch Park
    Place("00109", "North Larkmere", COUNTY, 36.5730, -64.5080),
    Place("00110", "Tallowford", COUNTY, 36.4410, -64.4380),
    Place("00111", "Wrenhollow", COUNTY, 36.5520, -64.6080),
    Place("00112", "Stonequay", COUNTY, 36.4700, -64.3380),
)

#: The next county, 60 to 90 km off: a few records of every register lie there and must not count as the region's.
FAR_PLACES: tuple[Place, ...] = (
    Place("00120", "Farholt", FAR_COUNTY, 37.0500, -64.1000),
    Place("00121", "Farholt", FAR_COUNTY, 37.0620, -64.0830),
    Place("00122", "Farholt", FAR_COUNTY, 37.0390, -64.1190),
    Place("00123", "Farholt", FAR_COUNTY, 37.0710, -64.1260),
    Place("00124", "Dunmarch", FAR_COUNTY, 37.1240, -64.1740),
    Place("00125", "Dunmarch", FAR_COUNTY, 37.1310, -64.1570),
    Place("00126", "Pellwick", FAR_COUNTY, 36.9800, -63.9920),
    Place("00127", "Pellwick", FAR_COUNTY, 36.9690, -64.0080),
    Place("00128", "Oxbarrow", FAR_COUNTY, 37.0110, -64.2290),
    Place("00129", "Oxbarrow", FAR_COUNTY, 36.9980, -64.2410),
)

_WEIGHTS = (13, 9, 10, 9, 10, 9, 7, 10, 7, 6, 5, 5)
_FAR_SHARE = 0.05
_STREETS_PER_ZIP = 26


def choose_place(rng: random.Random) -> Place:
    """A ZIP code of the town, or one time in twenty of the next county."""
    if rng.random() < _FAR_SHARE:
        return rng.choice(FAR_PLACES)
    return rng.choices(PLACES, weights=_WEIGHTS)[0]


def choose_near(rng: random.Random) -> Place:
    """A ZIP code of the region itself."""
    return rng.choices(PLACES, weights=_WEIGHTS)[0]


def choose_street(rng: random.Random, place: Place) -> str:
    """An address in a ZIP code as registers write it, e.g. `1204 W CANAL ST STE 210`."""
    streets: list[str] = words()["streets"]
    # Every ZIP code has its own stretch of the street list, so neighbours share streets and distant ones do not.
    start = (int(place.postcode) * 7) % len(streets)
    street = streets[(start + rng.randrange(_STREETS_PER_ZIP)) % len(streets)]
    direction = rng.choice(("N ", "S ", "E ", "W ", "", "", "", "", "", ""))
    suite = ""
    if rng.random() < 0.16:
        suite = rng.choice((" STE {}", " #{}", " STE {}", " UNIT {}", " # {}")).format(rng.randrange(1, 40) * 5)
    return f"{rng.randrange(100, 9900)} {direction}{street}{suite}"
