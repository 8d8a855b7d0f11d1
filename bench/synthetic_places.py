"""Towns, streets and premises of the synthetic world: where a body is.

Belongs here: what is true of a place (numbers along a street, the postcode of a stretch of it, coordinates). Does not: how a
register writes an address (`synthetic_records.py`). Numbers, postcode and coordinates agree with each other: two premises of
one street are as far apart as their numbers say, so that a model can learn what a different number is worth.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from random import Random
from typing import TypeVar

import synthetic_words as words

Item = TypeVar("Item")

#: One town for so many bodies: the biggest then holds some thousands of them in a large run, a village a handful.
BODIES_PER_TOWN = 250
#: A main street of a city holds dozens of bodies, a lane two or three: one street for so many bodies on average.
BODIES_PER_STREET = 14
#: Premises next to each other: a British shop front is about 6 m wide; American numbers run 100 to a block of about 120 m.
METRES_PER_NUMBER = {"GB": 3.0, "US": 1.2, "CA": 1.2}
HIGHEST_NUMBER = {"GB": 260, "US": 3900, "CA": 2900}
#: Premises of one postcode: a British one covers about fifteen doors, a Canadian one a side of a block, a ZIP+4 the same.
NUMBERS_PER_POSTCODE = {"GB": 30, "US": 100, "CA": 100}
METRES_PER_DEGREE = 111_195.0
#: Draws of another name for a street whose name the town has already; after that it has two, as grown-together towns do.
RENAMINGS = 8

HOUSE_NAME_RATE = 0.05  # no number at all: "Glebe House, Church Lane"
UNIT_RATE = 0.12  # floors, suites and units, about as often as in lists of licences
BUILDING_RATE = 0.09  # the building's name before the street, as charities give it
RANGE_RATE = 0.07  # "109-115"
LETTER_RATE = 0.05  # "95a"
DIRECTION_RATE = 0.35  # of American streets, those with a compass direction: "W Adams St"


def pick(rng: Random, items: Sequence[Item]) -> Item:
    """One of `items`, all equally likely; a third of the time of `Random.choice`."""
    return items[int(rng.random() * len(items))]


def pick_common(rng: Random, items: Sequence[Item]) -> Item:
    """One of `items`, the first ones far more often than the last."""
    return items[int(rng.random() ** 2.2 * len(items))]


def between(rng: Random, least: int, end: int) -> int:
    """A whole number from `least` up to but not `end`; a third of the time of `Random.randrange`."""
    return least + int(rng.random() * (end - least))


@dataclass(slots=True)
class Street:
    """A street: its name, where number 0 stands, the way it runs (degrees a number) and what its postcodes begin with."""

    name: str
    type_full: str
    type_short: str
    direction: str  # "" or a compass letter
    direction_first: bool
    lat: float
    lon: float
    lat_step: float
    lon_step: float
    area: str
    district: int
    number: int  # within the town


@dataclass(slots=True)
class Town:
    """A town: `weight` is its share of the bodies; `lens` says which kinds of lists cover it."""

    name: str
    region: str
    country: str
    code: str  # what its postcodes begin with
    dial: str
    lens: str
    lat: float
    lon: float
    areas: list[str] = field(default_factory=list)
    streets: list[Street] = field(default_factory=list)


@dataclass(slots=True)
class Premises:
    """Where a body is. `number` is "" where the house has a name (then `building` is set)."""

    town: Town
    street: Street
    number: str
    unit: str
    building: str
    postcode: str
    plus4: str
    lat: float
    lon: float


@dataclass(slots=True)
class World:
    """Every town, and the running sums of their weights, by which they are drawn."""

    towns: list[Town]
    sums: list[float]

    def town(self, rng: Random) -> Town:
        """A town, bigger ones more often."""
        return self.towns[bisect(self.sums, rng.random() * self.sums[-1])]


#: How towns are covered, as shares of the bodies: lists of real places, grants, licences or sites have columns and habits of
#: their own, and records are compared within one such lens. The largest shares are what the product meets most.
LENSES = {"map": 0.28, "register": 0.25, "licences": 0.14, "grants": 0.14, "care": 0.13, "guide": 0.06}
#: Towns at the least: enough for every lens on both sides of the ocean.
LEAST_TOWNS = 4 * len(LENSES)


def build_world(rng: Random, bodies: int, world: str) -> World:
    """Towns enough for `bodies`, of which the first is the biggest (Zipf). `world` is uk, us or mixed."""
    count = max(LEAST_TOWNS, bodies // BODIES_PER_TOWN)
    weights = [1 / (place + 2) for place in range(count)]
    total = sum(weights)
    given: dict[tuple[bool, str], float] = dict.fromkeys(((side, lens) for side in (True, False) for lens in LENSES), 0.0)
    towns: list[Town] = []
    for place, weight in enumerate(weights):
        british = world == "uk" or (world == "mixed" and place % 2 == 0)
        # The lens that lags furthest behind its share.
        lens = min(LENSES, key=lambda one: (given[british, one] + weight) / LENSES[one])
        given[british, lens] += weight
        towns.append(_town(rng, british, lens, bodies * weight / total))
    return World(towns, list(accumulate(weights)))


def _town(rng: Random, british: bool, lens: str, bodies: float) -> Town:
    country = "GB" if british else ("CA" if rng.random() < 0.3 else "US")
    start = pick(rng, words.TOWN_STARTS)
    end = pick(rng, words.TOWN_ENDS_UK if british else words.TOWN_ENDS_US)
    name = f"{start}{end}" if end.islower() else f"{start}{'a' if start[-1] not in 'aeiouy' else ''} {end}"
    if british:
        region, lat, lon = pick(rng, words.REGIONS_GB), rng.uniform(50.8, 56.5), rng.uniform(-4.5, 0.5)
        code, dial = f"{pick(rng, words.LETTERS)}{pick(rng, words.LETTERS)}", f"01{between(rng, 200, 999)}"
    else:
        region = pick(rng, words.REGIONS_US if country == "US" else words.REGIONS_CA)
        lat, lon = rng.uniform(33, 48), rng.uniform(-110, -75)
        code = str(between(rng, 100, 990)) if country == "US" else pick(rng, tuple("KLMNRTV"))
        dial = str(between(rng, 201, 980))
    town = Town(name, region, country, code, dial, lens, lat, lon)
    town.areas = [pick(rng, words.AREA_FORMS).format(_settlement(rng)) for _ in range(max(2, int(math.sqrt(bodies) / 3)))]
    radius = 120.0 * math.sqrt(bodies) + 300  # metres: some 70 bodies on a square kilometre, as in the middle of a city
    named: set[tuple[str, str, str]] = set()
    for place in range(max(5, int(bodies / BODIES_PER_STREET))):
        street = _street(rng, town, place, radius)
        for _ in range(RENAMINGS):
            if (street.name, street.type_full, street.direction) not in named:
                break
            street = _street(rng, town, place, radius)
        named.add((street.name, street.type_full, street.direction))
        town.streets.append(street)
    return town


def _settlement(rng: Random) -> str:
    return pick(rng, words.TOWN_STARTS) + pick(rng, words.TOWN_ENDS_UK)


def _street(rng: Random, town: Town, number: int, radius: float) -> Street:
    british = town.country == "GB"
    type_full, type_short = pick_common(rng, words.STREET_TYPES_UK if british else words.STREET_TYPES_US)
    direction, first = "", True
    if british:
        name = pick_common(rng, words.STREET_NAMES_UK) if rng.random() < 0.6 else _settlement(rng)
    else:
        numbered = rng.random() < 0.3
        name = _ordinal(between(rng, 1, 120)) if numbered else pick_common(rng, words.STREET_NAMES_US)
        if not numbered and rng.random() < 0.35:
            name = pick(rng, words.SURNAMES)
        if rng.random() < DIRECTION_RATE:
            direction, first = pick(rng, ("N", "S", "E", "W", "W", "E", "NE", "SW")), town.country == "US" and rng.random() < 0.8
    bearing = rng.random() * math.tau
    east, north = rng.gauss(0, radius / 2), rng.gauss(0, radius / 2)
    squeeze = math.cos(math.radians(town.lat))
    step = METRES_PER_NUMBER[town.country] / METRES_PER_DEGREE
    # Two-kilometre squares are the postal districts; neighbouring streets share one.
    district = 1 + (int(east // 2000) * 3 + int(north // 2000)) % 19
    lat, lon = town.lat + north / METRES_PER_DEGREE, town.lon + east / METRES_PER_DEGREE / squeeze
    steps = step * math.sin(bearing), step * math.cos(bearing) / squeeze
    area = town.areas[district % len(town.areas)]
    return Street(name, type_full, type_short, direction, first, lat, lon, *steps, area, district, number)


def _ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def premises(rng: Random, town: Town, streets: Sequence[Street] = ()) -> Premises:
    """Premises anywhere in the town, or in these `streets` of it, in main streets more often."""
    street = pick_common(rng, streets or town.streets)
    # Low numbers are the commoner ones: every street has a number 1.
    return premises_at(rng, town, street, 1 + int(rng.random() ** 1.6 * HIGHEST_NUMBER[town.country]))


def premises_at(rng: Random, town: Town, street: Street, number: int) -> Premises:
    """The premises with that number, with whatever unit, building or letter they happen to have."""
    chance = rng.random()
    text, unit, building = str(number), "", ""
    if chance < HOUSE_NAME_RATE and town.country == "GB":
        text, building = "", f"{pick(rng, words.SURNAMES)} House"
    elif chance < HOUSE_NAME_RATE + RANGE_RATE:
        text = f"{number}-{number + pick(rng, (2, 2, 4, 6))}"
    elif chance < HOUSE_NAME_RATE + RANGE_RATE + LETTER_RATE:
        text = f"{number}{pick(rng, ('a', 'b', 'A', 'B', 'c'))}"
    if rng.random() < UNIT_RATE:
        unit = random_unit(rng)
    if not building and rng.random() < BUILDING_RATE:
        building = pick(rng, words.BUILDINGS).format(pick(rng, words.SURNAMES) if rng.random() < 0.5 else street.area)
    return _at(town, street, number, text, unit, building)


def random_unit(rng: Random) -> str:
    """A unit, suite, flat or floor."""
    return pick_common(rng, words.UNITS).format(between(rng, 1, 40) if rng.random() < 0.7 else between(rng, 100, 1200))


def nearby(rng: Random, place: Premises, least: float, most: float) -> Premises:
    """Other premises of the same street, between `least` and `most` metres away where the street is long enough."""
    metres = METRES_PER_NUMBER[place.town.country]
    step = max(1, int(rng.uniform(least, most) / metres))
    number = first_number(place)
    return premises_at(rng, place.town, place.street, number + step if number <= step or rng.random() < 0.5 else number - step)


def same_building(rng: Random, place: Premises) -> Premises:
    """The same door with another unit, or none."""
    return replace(place, unit=random_unit(rng) if rng.random() < 0.6 else "")


def first_number(place: Premises) -> int:
    """The first number of `place` ("109-115" → 109), 1 for a house with a name only."""
    digits = ""
    for character in place.number:
        if not character.isdigit():
            break
        digits += character
    return int(digits or 1)


def _at(town: Town, street: Street, number: int, text: str, unit: str, building: str) -> Premises:
    block = number // NUMBERS_PER_POSTCODE[town.country] + street.number * 37
    plus4 = ""
    if town.country == "GB":
        inward = f"{1 + street.number % 9}{'ABDEFGHJLN'[block % 10]}{'PQRSTUWXYZ'[block // 10 % 10]}"
        postcode = f"{town.code}{street.district} {inward}"
    elif town.country == "US":
        postcode, plus4 = f"{town.code}{street.district:02d}", f"{1000 + block % 8999}"
    else:
        letters = "ABCEGHJKLMNPRSTVWXYZ"
        outward = f"{town.code}{street.district % 10}{letters[street.district % 20]}"
        postcode = f"{outward} {block % 10}{letters[block // 10 % 20]}{block // 200 % 10}"
    lat, lon = street.lat + number * street.lat_step, street.lon + number * street.lon_step
    return Premises(town, street, text, unit, building, postcode, plus4, lat, lon)
