"""The town's food premises as the FSA publishes hygiene ratings: the file of a local authority, and pages of the API v2.

Belongs here: the two formats. Does not: the bodies. The file is one line without a declared encoding, and leaves out the tags of
what is missing; the API writes "" instead, positions as text, and some names in lower case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import cycle
from typing import Any
from xml.sax.saxutils import escape

from sources.practice.abroad import UK_TOWN, uk_postcode
from sources.practice.model import ANCHOR, Town
from sources.practice.places import Place
from sources.practice.serving import Reply, Request, Route

FOLDER = "/fhrs/OpenDataFiles"
#: The town's LocalAuthorityIdCode.
AUTHORITY = "999"
API_PATH = "/fhrs_api/Establishments"

_TYPES = {
    "1": "Restaurant/Cafe/Canteen", "5": "Hospitals/Childcare/Caring Premises", "7": "Distributors/Transporters",
    "4613": "Retailers - other", "7838": "Farmers/growers", "7839": "Manufacturers/packers",
    "7840": "Retailers - supermarkets/hypermarkets", "7841": "Other catering premises",
    "7842": "Hotel/bed &amp; breakfast/guest house", "7843": "Pub/bar/nightclub", "7844": "Takeaway/sandwich shop",
    "7845": "School/college/university", "7846": "Mobile caterer",
}  # fmt: skip

#: Activity of a business, or kind of an exempt body -> BusinessTypeID. All others need no hygiene rating.
_TYPE_OF = {
    "restaurant": "1", "cafe": "1", "bar": "7843", "caterer": "7841", "food_truck": "7846", "ice_cream_shop": "7844",
    "bakery": "4613", "grocer": "7840", "convenience_store": "4613", "butcher": "4613", "produce_shop": "4613",
    "confectioner": "4613", "liquor_store": "4613", "farm": "7838", "food_maker": "7839", "drinks_maker": "7839",
    "food_wholesaler": "7", "hotel": "7842", "childcare": "5", "nursing_home": "5", "food_bank": "7841",
    "meal_programme": "7841", "congregation": "7841", "hospital": "5", "school": "7845", "university": "7845",
}  # fmt: skip

Premises = dict[str, Any]


def routes(town: Town) -> dict[str, Route]:
    """The file of the town's authority and the API."""

    @cache
    def premises() -> list[Premises]:
        return _premises(town)

    def file(_request: Request) -> Reply:
        return Reply(_xml(premises()), "text/xml")

    def api(request: Request) -> Reply:
        if request.headers.get("x-api-version") != "2":
            return Reply(b'{"Message": "no HTTP resource was found"}', "application/json", status=404)
        return Reply(_page(premises(), request.query), "application/json; charset=utf-8")

    return {f"{FOLDER}/FHRS{AUTHORITY}en-GB.xml": file, API_PATH: api}


def _premises(town: Town) -> list[Premises]:
    """Everything but what the two formats write in their own way, which stands under names in lower case."""
    bodies = [(b.key, b.name, b.activity, b.place, b.street, b.is_natural_person) for b in town.businesses]
    bodies += [(e.key, e.row.name, e.kind, e.place, e.row.street, False) for e in town.exempt]
    people = cycle(sorted(town.truth.contact_names))
    found = sorted(body for body in bodies if body[2] in _TYPE_OF)
    return [
        _one(number, name, _TYPE_OF[kind], place, None if at_home else street, next(people))
        for number, (_, name, kind, place, street, at_home) in enumerate(found)
    ]


def _one(number: int, name: str, type_id: str, place: Place, street: str | None, manager: str) -> Premises:
    waits = number % 5 == 0
    return {
        "FHRSID": 9_000_000 + number,
        "LocalAuthorityBusinessID": f"PR/{number:05d}",
        "BusinessName": name,
        "BusinessType": _TYPES[type_id],
        "BusinessTypeID": int(type_id),
        "AddressLine1": street,
        "AddressLine3": street and UK_TOWN,
        "AddressLine4": street and UK_TOWN,
        "PostCode": (street and type_id != "7846" and uk_postcode(place)) or None,
        "Phone": f"0151 496 0{number % 1000:03d}",
        "RatingValue": "AwaitingInspection" if waits else "5",
        "RatingKey": "fhrs_awaitinginspection_en-GB" if waits else "fhrs_5_en-GB",
        "RatingDate": None if waits else "2025-03-04",
        "LocalAuthorityCode": AUTHORITY,
        "LocalAuthorityName": UK_TOWN,
        "LocalAuthorityEmailAddress": f"{manager.lower().replace(' ', '.')}@example.org",
        "SchemeType": "FHRS",
        "NewRatingPending": False,
        "place": place if street else None,
    }


def _xml(premises: list[Premises]) -> bytes:
    header = f"<ExtractDate>{ANCHOR}</ExtractDate><ItemCount>{len(premises)}</ItemCount><ReturnCode>Success</ReturnCode>"
    return (
        '<?xml version="1.0"?><FHRSEstablishment xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<Header>{header}</Header><EstablishmentCollection>{''.join(map(_element, premises))}</EstablishmentCollection>"
        "</FHRSEstablishment>"
    ).encode()


def _element(one: Premises) -> str:
    tags = []
    for name, value in one.items():
        if name == "place":
            degrees = value and f"<Longitude>{value.longitude:.14f}</Longitude><Latitude>{value.latitude:.14f}</Latitude>"
            tags.append(f"<Scores /><Geocode>{degrees}</Geocode>" if degrees else "<Scores /><Geocode />")
        elif name == "RatingDate" and value is None:
            tags.append('<RatingDate xsi:nil="true" />')
        elif name == "BusinessType":
            tags.append(f"<BusinessType>{value}</BusinessType>")
        elif value is not None:
            tags.append(f"<{name}>{escape(str(value))}</{name}>")
    return f"<EstablishmentDetail>{''.join(tags)}</EstablishmentDetail>"


def _page(premises: list[Premises], query: Mapping[str, str]) -> bytes:
    size, number = int(query.get("pageSize", 5_000)), int(query.get("pageNumber", 1))
    shown = premises[(number - 1) * size : number * size]
    meta = {
        "dataSource": "Lucene",
        "extractDate": "0001-01-01T00:00:00",
        "itemCount": len(shown),
        "returncode": "OK",
        "totalCount": len(premises),
        "totalPages": -(-len(premises) // size),
        "pageSize": size,
        "pageNumber": number,
    }
    return json.dumps({"establishments": [_record(one) for one in shown], "meta": meta, "links": []}).encode()


def _record(one: Premises) -> dict[str, Any]:
    place = one["place"]
    return {
        **{name: "" if value is None else value for name, value in one.items() if name != "place"},
        "BusinessType": one["BusinessType"].replace("&amp;", "&"),
        "RatingKey": one["RatingKey"].lower(),
        "RatingDate": f"{one['RatingDate'] or '1901-01-01'}T00:00:00",
        "scores": {"Hygiene": None, "Structural": None, "ConfidenceInManagement": None},
        "geocode": {"longitude": place and str(place.longitude), "latitude": place and str(place.latitude)},
        "links": [],
    }
