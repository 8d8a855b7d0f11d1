"""The town as Overture places: one GeoParquet file with nested columns, WKB points and row groups in the order of the map.

Belongs here: the file. Does not: who lives in the town.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from functools import cache
from itertools import cycle
from string import capwords
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sources.practice.model import Business, Exempt, Town
from sources.practice.serving import Reply, Request, Route

PATH = "/overture/release/2026-06-17.0/theme=places/type=place/part-00000.zstd.parquet"
CATEGORIES = {
    "bakery": "bakery", "clothing_shop": "clothing_store", "grocer": "grocery_store", "restaurant": "restaurant",
    "cafe": "cafe", "bar": "bar", "hair_salon": "hair_salon", "hotel": "hotel", "law_firm": "lawyer", "florist": "florist",
    "electrician": "electrician", "plumber": "plumbing", "pharmacy": "pharmacy", "book_shop": "bookstore",
    "food_bank": "food_banks", "homeless_shelter": "homeless_shelter", "congregation": "church_cathedral",
    "school": "school", "museum": "museum", "animal_shelter": "animal_shelter",
}  # fmt: skip
_TEXTS = pa.list_(pa.string())
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("geometry", pa.binary()),
        ("bbox", pa.struct([(edge, pa.float32()) for edge in ("xmin", "xmax", "ymin", "ymax")])),
        ("version", pa.int32()),
        ("sources", pa.list_(pa.struct([(key, pa.string()) for key in ("property", "dataset", "record_id", "update_time")]))),
        (
            "names",
            pa.struct(
                [
                    ("primary", pa.string()),
                    ("common", pa.map_(pa.string(), pa.string())),
                    ("rules", pa.list_(pa.struct([("variant", pa.string()), ("language", pa.string()), ("value", pa.string())]))),
                ]
            ),
        ),
        ("categories", pa.struct([("primary", pa.string()), ("alternate", _TEXTS)])),
        ("confidence", pa.float64()),
        ("websites", _TEXTS),
        ("socials", _TEXTS),
        ("emails", _TEXTS),
        ("phones", _TEXTS),
        ("addresses", pa.list_(pa.struct([(k, pa.string()) for k in ("freeform", "locality", "postcode", "region", "country")]))),
    ]
)
#: One place in so many is one Overture is not sure of, and one has no name.
_UNSURE, _NAMELESS = 9, 60
_ROW_GROUP = 100


def routes(town: Town) -> dict[str, Route]:
    """One part file of one release."""

    @cache
    def file() -> bytes:
        return places(town)

    def serve(_request: Request) -> Reply:
        return Reply(file(), "application/vnd.apache.parquet")

    return {PATH: serve}


def places(town: Town) -> bytes:
    """The GeoParquet bytes. Neighbours stand in one row group, as in a release."""
    people = cycle(sorted(town.truth.contact_names))
    bodies: list[Business | Exempt] = [*town.businesses[1::3], *town.exempt[1::3]]
    bodies.sort(key=lambda body: (body.place.postcode, body.key))
    rows = [_place(number, body, next(people)) for number, body in enumerate(bodies, start=1)]
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}},
    }
    table = pa.Table.from_pylist(rows, schema=SCHEMA.with_metadata({"geo": json.dumps(geo)}))
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=_ROW_GROUP, compression="zstd")
    return out.getvalue()


def _place(number: int, body: Business | Exempt, person: str) -> dict[str, Any]:
    is_business = isinstance(body, Business)
    name, street = (body.name, body.street) if isinstance(body, Business) else (body.row.name, body.row.street)
    kind = body.activity if isinstance(body, Business) else body.kind
    category = CATEGORIES.get(kind, "professional_services" if is_business else "charity_organization")
    digest = hashlib.sha256(f"{body.key}/{number}".encode()).hexdigest()
    longitude, latitude = body.place.longitude + number % 7 / 10_000, body.place.latitude + number % 5 / 10_000
    address = {
        "freeform": capwords(street),
        "locality": body.place.city,
        "postcode": body.place.postcode,
        "region": "US-ZZ",
        "country": "US",
    }
    return {
        "id": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
        "geometry": struct.pack("<BIdd", 1, 1, longitude, latitude),
        "bbox": {"xmin": longitude, "xmax": longitude, "ymin": latitude, "ymax": latitude},
        "version": 1,
        "sources": [{"property": "", "dataset": "meta", "record_id": str(number), "update_time": "2026-06-01T00:00:00.000Z"}],
        "names": {"primary": None if number % _NAMELESS == 0 else capwords(name), "common": None, "rules": None},
        "categories": {"primary": category, "alternate": None},
        "confidence": 0.2 if number % _UNSURE == 0 else 0.95,
        "websites": [f"https://www.{digest[:8]}.example/"],
        "socials": [f"https://social.example/{person.lower().replace(' ', '')}"],
        "emails": [f"{person.lower().replace(' ', '.')}@example.org"],
        "phones": [f"+1501555{100 + number % 100:04d}"],
        "addresses": [address],
    }
