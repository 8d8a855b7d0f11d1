"""Where a British postcode lies, from the tables of `sources/reference/` (as of 2022; how they were made is said there).

A postcode is looked up by its sector (`M33 3`), else by its outcode (`M33`), which also serves Northern Ireland. Counties of
the United States: `us_counties.csv`, joined by the county name of the package `zipcodes`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: Outcode and the digit that begins the second half; the rest may be missing.
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)\s*(?:([0-9])(?:[A-Z]{2})?)?")


@dataclass(frozen=True)
class UkPlace:
    """A postcode sector or outcode: the areas most of it lies in, and its middle in degrees (WGS 84).

    District and county are empty where they are not known (parts of Northern Ireland) or do not exist (most cities are in
    no county); the region is empty outside England. All codes are GSS codes.
    """

    place: str
    district_code: str
    district_name: str
    county_code: str
    county_name: str
    region_code: str
    region_name: str
    country_code: str
    country_name: str
    latitude: float
    longitude: float


def uk_place(postcode: str) -> UkPlace | None:
    """The place of a postcode (`L1 8JQ`, `l18jq`), sector (`L1 8`) or outcode (`L1`); None where it is not known."""
    if not (found := POSTCODE.fullmatch(postcode.strip().upper())):
        return None
    outcode, digit = found.groups()
    places = _by_place()
    return places.get(f"{outcode} {digit}") or places.get(outcode)


def uk_places() -> Iterator[UkPlace]:
    """Every sector and outcode, in the order of their codes."""
    yield from _by_place().values()


@cache
def _by_place() -> dict[str, UkPlace]:
    areas = {row["code"]: row for row in _rows("uk_areas.csv")}
    known: dict[str, dict[str, str]] = {}  # a district's own columns, worked out once
    found = {}
    for row in _rows("uk_places.csv"):
        code = row["area_code"]
        if code not in known:
            known[code] = _chain(code, areas)
        point = float(row["latitude"]), float(row["longitude"])
        found[row["place"]] = UkPlace(row["place"], **known[code], latitude=point[0], longitude=point[1])
    return found


def _chain(code: str, areas: dict[str, dict[str, str]]) -> dict[str, str]:
    """Codes and names of an area and of all it lies in, as columns of `UkPlace`."""
    columns = {f"{kind}_{what}": "" for kind in ("district", "county", "region", "country") for what in ("code", "name")}
    while code:
        area = areas[code]
        columns[f"{area['kind']}_code"], columns[f"{area['kind']}_name"] = code, area["name"]
        code = area["parent_code"]
    return columns


def _rows(name: str) -> list[dict[str, str]]:
    text = files("sources.reference").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
