"""What the reference tables know of a place by its official code: its name, what it lies in, the postcodes that lead to it.

Belongs here: county FIPS, ISO codes of US states, GSS codes -> `OfficialPlace`. Does not: what a profile makes of it
(`new_profile.py`), placing records (`assets/organisations/places.py`).
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import zipcodes

#: Districts of April 2023 -> those they were made of: the tables of postcodes are of 2022 and know these alone.
_JOINED = {
    "E06000063": ("E07000026", "E07000028", "E07000029"),
    "E06000064": ("E07000027", "E07000030", "E07000031"),
    "E06000065": tuple(f"E07000{number}" for number in range(163, 170)),
    "E06000066": ("E07000187", "E07000188", "E07000189", "E07000246"),
}

#: Degrees around the postcodes of a place: their points are middles, the place goes on a few miles beyond.
_MARGIN = 0.05

_FORMS = "a US county (05119), a US state (US-AR), or a British district, county, region or nation (E08000012)"


class UnknownCodeError(Exception):
    """The tables know no such place; the message says what to do."""


@dataclass(frozen=True)
class OfficialPlace:
    """A place, as the tables have it."""

    code: str
    name: str
    """As people say it: `Pulaski County, Arkansas`, `Liverpool`."""
    kind: str
    """county, state, district, region or country."""
    country: str
    timezone: str
    codes: tuple[str, ...]
    """The code, and older ones of its parts that postcodes still lead to."""
    bbox: tuple[float, float, float, float]
    """West, south, east, north of its postcodes, degrees of WGS 84, with a margin."""
    state: str | None = None
    """US alone: two letters."""
    nation: str | None = None
    """GB alone: the GSS code of England, Wales, Scotland or Northern Ireland."""
    counties: tuple[str, ...] = ()
    """US county alone: its name, and how the table of ZIP codes spells it."""
    cities: tuple[str, ...] = ()
    """Cities that can be told to lie in it by name alone."""
    postcode_areas: tuple[str, ...] = ()
    """GB alone: the letters its postcodes begin with."""


def official_place(code: str) -> OfficialPlace:
    """The place of an official code, in whatever letter case. Raises UnknownCodeError."""
    wanted = code.strip().upper()
    if re.fullmatch(r"\d{5}", wanted):
        return _county(wanted)
    if re.fullmatch(r"US-[A-Z]{2}", wanted):
        return _state(wanted)
    if re.fullmatch(r"[ENSW]\d{8}", wanted):
        return _british(wanted)
    if re.fullmatch(r"\d{4}", wanted):
        raise UnknownCodeError(f"{code!r} has four digits and a county's FIPS code five; was 0{wanted} meant?")
    raise UnknownCodeError(f"{code!r} is no official code; expected {_FORMS}." + _codes_of(code))


def _codes_of(name: str) -> str:
    """What to type instead, for a reader who gave the name of a place."""
    key = name.strip().lower()
    named = [(a["code"], a["name"]) for a in _rows("uk_areas") if a["name"].lower() == key]
    named += [
        (c["fips"], f"{c['county_name']}, {c['state']}")
        for c in _rows("us_counties")
        if c["is_official"] == "yes" and key in (c["county_name"].lower(), c["county_name"].lower().removesuffix(" county"))
    ]
    more = f" and {len(named) - 8} more" if len(named) > 8 else ""
    return f" By that name there are {', '.join(f'{c} ({n})' for c, n in named[:8])}{more}." if named else ""


def _county(fips: str) -> OfficialPlace:
    rows = [c for c in _rows("us_counties") if c["fips"] == fips]
    if not rows:
        raise UnknownCodeError(
            f"{fips} is the FIPS code of no US county (a ZIP code has five digits too). Look the code up at census.gov, "
            "or give the county's name to see its code."
        )
    rows.sort(key=lambda c: (c["is_official"] != "yes", c["county_name"]))
    state, names = rows[0]["state"], tuple(c["county_name"] for c in rows)
    zips = [z for z in zipcodes.list_all() if z["state"] == state]
    own = [z for z in zips if z["county"] in names and z["lat"] and z["long"]]
    if not own:
        raise UnknownCodeError(
            f"{fips} is {names[0]}, {state}, but no ZIP code of the tables leads there. Take the county around it, "
            "or copy a profile and give its `postcodes`."
        )
    return OfficialPlace(
        code=fips,
        name=f"{names[0]}, {_state_names()[state]}",
        kind="county",
        country="US",
        timezone=_commonest(z["timezone"] for z in own),
        codes=(fips,),
        bbox=_box((float(z["long"]), float(z["lat"])) for z in own),
        state=state,
        counties=names,
        cities=_cities_of(names, zips),
    )


def _cities_of(counties: tuple[str, ...], zips: list[dict[str, Any]]) -> tuple[str, ...]:
    """Cities with at least half of their ZIP codes in the county: one ZIP of Chicago does not take Chicago to the next county."""
    here: dict[str, list[bool]] = defaultdict(list)
    for z in zips:
        here[z["city"]].append(z["county"] in counties)
    return tuple(sorted(city for city, inside in here.items() if 2 * sum(inside) >= len(inside)))


def _state(code: str) -> OfficialPlace:
    state = code.removeprefix("US-")
    if state not in _state_names():
        raise UnknownCodeError(f"{code} is no US state; the codes are US- and the letters of the post, as in US-AR.")
    zips = [z for z in zipcodes.list_all() if z["state"] == state and z["lat"] and z["long"]]
    return OfficialPlace(
        code=code,
        name=_state_names()[state],
        kind="state",
        country="US",
        timezone=_commonest(z["timezone"] for z in zips),
        codes=(code,),
        bbox=_box((float(z["long"]), float(z["lat"])) for z in zips),
        state=state,
    )


def _british(code: str) -> OfficialPlace:
    areas = {a["code"]: a for a in _rows("uk_areas")}
    if code not in areas:
        raise UnknownCodeError(
            f"{code} is in no table of this project, which has districts, counties, regions and nations of 2022 and 2023. Give "
            "the code the place had then, or that of its county or region; or its name, to see its code."
        )
    area, codes = areas[code], (code, *_JOINED.get(code, ()))
    places = [p for p in _rows("uk_places") if set(codes) & set(_upwards(p["area_code"], areas))]
    if not places:
        raise UnknownCodeError(
            f"{code} is {area['name']}, but no postcode of the tables leads there; give the district around it."
        )
    districts = area["kind"] == "district"
    return OfficialPlace(
        code=code,
        name=area["name"],
        kind=area["kind"],
        country="GB",
        timezone="Europe/London",
        codes=codes,
        bbox=_box((float(p["longitude"]), float(p["latitude"])) for p in places),
        nation=_upwards(code, areas)[-1],
        cities=(re.sub(r"^City of |, (City|County) of$| City$", "", area["name"]),) if districts else (),
        postcode_areas=tuple(sorted({re.match("[A-Z]+", p["place"])[0] for p in places})),  # type: ignore[index]
    )


def _upwards(code: str, areas: Mapping[str, Mapping[str, str]]) -> list[str]:
    """An area and what it lies in, its nation last."""
    chain = [code]
    while parent := areas[chain[-1]]["parent_code"]:
        chain.append(parent)
    return chain


def _box(points: Iterable[tuple[float, float]]) -> tuple[float, float, float, float]:
    longitudes, latitudes = zip(*points, strict=True)
    west, south = min(longitudes) - _MARGIN, min(latitudes) - _MARGIN
    east, north = max(longitudes) + _MARGIN, max(latitudes) + _MARGIN
    return round(west, 2), round(south, 2), round(east, 2), round(north, 2)


def _commonest(values: Iterable[str]) -> str:
    return min(Counter(values).items(), key=lambda found: (-found[1], found[0]))[0]


def _state_names() -> dict[str, str]:
    return {row["state"]: row["state_name"] for row in _rows("us_states")}


@cache
def _rows(name: str) -> list[dict[str, str]]:
    text = files("sources.reference").joinpath(f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
