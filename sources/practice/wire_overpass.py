"""The town on OpenStreetMap: answers of an Overpass server to `out center tags`, for the box a query names.

Belongs here: elements and tags. Does not: who lives in the town. Operators, phones and e-mails stand in tags as they do there.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from itertools import cycle
from string import capwords
from typing import Any
from urllib.parse import parse_qs

from sources.practice.model import Business, Exempt, Town
from sources.practice.serving import Reply, Request, Route

PATH = "/overpass/api/interpreter"
#: `activity_id` -> tag; what is not here is an office.
TAGS = {
    "bakery": "shop=bakery", "clothing_shop": "shop=clothes", "grocer": "shop=supermarket", "butcher": "shop=butcher",
    "convenience_store": "shop=convenience", "florist": "shop=florist", "hair_salon": "shop=hairdresser",
    "second_hand_shop": "shop=second_hand;charity", "book_shop": "shop=books", "restaurant": "amenity=restaurant",
    "cafe": "amenity=cafe", "bar": "amenity=bar", "hotel": "tourism=hotel", "builder": "craft=builder",
    "electrician": "craft=electrician", "plumber": "craft=plumber", "software_company": "office=it",
    "law_firm": "office=lawyer", "pharmacy": "amenity=pharmacy", "general_shop": "shop=yes",
}  # fmt: skip
#: Kind of exempt organisation -> tags; what is not here is an `office=ngo`.
EXEMPT_TAGS = {
    "food_bank": "amenity=social_facility|social_facility=food_bank", "congregation": "amenity=place_of_worship",
    "homeless_shelter": "amenity=social_facility|social_facility=shelter", "thrift_shop": "shop=charity",
    "school": "amenity=school", "museum": "tourism=museum", "animal_shelter": "amenity=animal_shelter",
}  # fmt: skip
#: Of so many mapped bodies one has no name, and one is a building (way) or a group of them (relation) with a centre.
_NAMELESS, _WAYS, _RELATIONS = 40, 3, 50
_BOX = re.compile(r"\((-?[\d.]+),(-?[\d.]+),(-?[\d.]+),(-?[\d.]+)\)")


def routes(town: Town) -> dict[str, Route]:
    """The interpreter; it answers 400 in HTML where the query is not one for JSON with centres."""

    @cache
    def elements() -> list[dict[str, Any]]:
        return _elements(town)

    def interpreter(request: Request) -> Reply:
        query = parse_qs(request.body.decode()).get("data", [""])[0]
        if not query.startswith("[out:json]") or not query.endswith("out center tags;"):
            return Reply(b"<html><body><p><strong>Error</strong>: line 1: parse error</p></body></html>", "text/html", 400)
        found = [element for element in elements() if _in_box(element, query)]
        return Reply(json.dumps(_answer(found), indent=2).encode(), "application/json")

    return {PATH: interpreter}


def _elements(town: Town) -> list[dict[str, Any]]:
    people = cycle(sorted(town.truth.contact_names))
    bodies: list[Business | Exempt] = [*town.businesses[::2], *town.exempt[::2]]
    elements = [_element(number, body, next(people)) for number, body in enumerate(bodies, start=1)]
    return elements + [_thing(number) for number in range(1, 6)]


def _answer(elements: list[dict[str, Any]]) -> dict[str, Any]:
    licence = "The data included in this document is from www.openstreetmap.org. The data is made available under ODbL."
    return {
        "version": 0.6,
        "generator": "Overpass API 0.7.62 (practice)",
        "osm3s": {"timestamp_osm_base": "2026-06-30T00:00:00Z", "copyright": licence},
        "elements": elements,
    }


def _in_box(element: dict[str, Any], query: str) -> bool:
    """An area is the whole town."""
    if not (found := _BOX.search(query)):
        return True
    south, west, north, east = map(float, found.groups())
    point = element.get("center", element)
    return south <= point["lat"] <= north and west <= point["lon"] <= east


def _element(number: int, body: Business | Exempt, person: str) -> dict[str, Any]:
    name, street = (body.name, body.street) if isinstance(body, Business) else (body.row.name, body.row.street)
    house, _, road = street.partition(" ")
    mail = person.lower().replace(" ", ".")
    tags = {
        "name": capwords(name),
        "addr:housenumber": house,
        "addr:street": capwords(road),
        "addr:city": body.place.city,
        "addr:state": "ZZ",
        "addr:postcode": body.place.postcode,
        "operator": person,
        "phone": f"+1 501-555-01{number % 100:02d}",
        "contact:email": f"{mail}@example.org",
        "description": f"Ask for {person}",
    }
    told = TAGS.get(body.activity, "office=company") if isinstance(body, Business) else EXEMPT_TAGS.get(body.kind, "office=ngo")
    tags |= dict(tag.split("=", 1) for tag in told.split("|"))
    if number % _NAMELESS == 0:
        del tags["name"]
    north, east = _offset(body.key)
    point = {"lat": round(body.place.latitude + north, 7), "lon": round(body.place.longitude + east, 7)}
    kind = "relation" if number % _RELATIONS == 0 else "way" if number % _WAYS == 0 else "node"
    where = point if kind == "node" else {"center": point}
    return {"type": kind, "id": 9_000_000_000 + number, **where, "tags": dict(sorted(tags.items()))}


def _thing(number: int) -> dict[str, Any]:
    tags = {"amenity": "parking", "name": f"Quay Car Park {number}"}
    return {"type": "node", "id": 8_000_000_000 + number, "lat": 36.5 + number / 1000, "lon": -64.5, "tags": tags}


def _offset(key: str) -> tuple[float, float]:
    """A spot within some 500 m of the middle of the postcode; the same for a body every time."""
    digest = hashlib.sha256(key.encode()).digest()
    return (digest[0] - 128) / 25_600, (digest[1] - 128) / 25_600
