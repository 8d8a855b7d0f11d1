"""What OpenStreetMap's tags say about a body: what it does, and which sector it belongs to.

Belongs here: keys and values of tags (wiki.openstreetmap.org/wiki/Map_features). Does not: asking for elements (`overpass.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Keys asked for, and what an element is known by, most telling first (a food bank is a `social_facility` before an `amenity`).
KEYS = ("shop", "craft", "social_facility", "healthcare", "office", "club", "tourism", "amenity")
#: Names besides `name`; several in one value are parted by semicolons.
OTHER_NAMES = ("official_name", "alt_name", "short_name", "loc_name", "old_name", "name:en")
#: `operator:type` -> sector: what a mapper knows about who runs a place goes before what the place is.
OPERATOR_TYPES = {
    "public": "public", "government": "public", "council": "public", "private": "private", "business": "private",
    "ngo": "nonprofit", "charity": "nonprofit", "religious": "nonprofit", "community": "nonprofit",
    "private_non_profit": "nonprofit",
}  # fmt: skip
NONPROFIT = frozenset((
    "office=ngo", "office=charity", "office=association", "office=foundation", "office=religion", "shop=charity",
    "amenity=social_facility", "amenity=place_of_worship", "amenity=food_bank", "amenity=food_sharing",
    "amenity=social_centre", "amenity=animal_shelter",
))  # fmt: skip
PUBLIC = frozenset((
    "office=government", "amenity=school", "amenity=college", "amenity=university", "amenity=library", "amenity=townhall",
    "amenity=police", "amenity=fire_station", "amenity=courthouse", "amenity=prison", "amenity=public_building",
    "amenity=community_centre", "tourism=museum",
))  # fmt: skip
#: Named things that are no organisation.
THINGS = frozenset((
    "amenity=parking", "amenity=parking_space", "amenity=parking_entrance", "amenity=bicycle_parking", "amenity=toilets",
    "amenity=bench", "amenity=shelter", "amenity=fountain", "amenity=clock", "amenity=post_box", "amenity=atm",
    "amenity=telephone", "amenity=recycling", "amenity=waste_basket", "amenity=vending_machine", "amenity=drinking_water",
    "amenity=taxi", "amenity=bicycle_rental", "amenity=charging_station", "amenity=bus_station", "amenity=grave_yard",
    "tourism=information", "tourism=artwork", "tourism=viewpoint", "tourism=attraction", "tourism=picnic_site",
    "shop=vacant",
))  # fmt: skip
#: Tags that name or reach a person, or in which people leave numbers.
PERSONAL = (
    "operator", "operator:phone", "operator:email", "phone", "email", "mobile", "fax", "contact:*", "owner", "description",
)  # fmt: skip


def codes_of(tags: Mapping[str, Any]) -> list[str]:
    """`key=value`, most telling first; a bare `yes` says least and goes last."""
    codes = [f"{key}={value}" for key in KEYS for value in values(tags.get(key)) if value != "no"]
    return sorted(codes, key=lambda code: code.endswith("=yes"))


def sector_of(tags: Mapping[str, Any], codes: list[str]) -> str:
    """private | public | nonprofit, from who runs the body or, where that is not told, from what it is."""
    if known := OPERATOR_TYPES.get(str(tags.get("operator:type"))):
        return known
    if NONPROFIT & set(codes) or "social_facility" in tags:
        return "nonprofit"
    return "public" if PUBLIC & set(codes) else "private"


def text(value: Any) -> str | None:
    """A value with white space collapsed; None where it is none."""
    return " ".join(value.split()) or None if isinstance(value, str) else None


def values(value: Any) -> list[str]:
    """The parts of a value, which semicolons part."""
    return [part for part in map(text, str(value or "").split(";")) if part]
