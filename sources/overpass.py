"""OpenStreetMap by its Overpass API: shops, crafts, offices and amenities of a box or an area, one query, one page.

Options: `bbox: [west, south, east, north]`, or `area:` tags that name one area (`{"ref:gss": E08000012}`); `keys:` OSM keys
to ask for (default `osm_tags.KEYS`); `country:` ISO code for elements whose tags give none.

The database is under the ODbL: what is derived from it is share-alike. A query that runs out of time or memory still answers
200, with part of the elements and a `remark`: such an answer is refused. Tags are free text by anybody. Those that may name
or reach a person (operator, phone, email, `contact:*`) are never read, nor are descriptions, in which people leave numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from sources.bbox import box_of
from sources.osm_tags import KEYS, OTHER_NAMES, PERSONAL, THINGS, codes_of, sector_of, text, values
from sources.paging import Ask, Paging, kept_pages
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected

#: Fields of an element, of whichever `out` it was asked with.
FIELDS = (
    "type", "id", "lat", "lon", "center", "tags", "bounds", "nodes", "members", "geometry",
    "timestamp", "version", "changeset", "user", "uid",
)  # fmt: skip
_KEY = re.compile(r"[A-Za-z][A-Za-z_:]*")
#: Seconds the server may spend, and so its queue keeps a slot for us.
_TIMEOUT_S = 180


def query(options: Options) -> str:
    """The Overpass QL text for the options. Raises RegisterError where they are not usable; values never leave their quotes."""
    box, area = box_of(options, "overpass"), options.get("area")
    if box is not None and area is None:
        start, where = "", f"({box.south},{box.west},{box.north},{box.east})"
    elif box is None and isinstance(area, Mapping) and area:
        start, where = f"area{''.join(f'[{_key(key)}={_quoted(value)}]' for key, value in area.items())}->.a;", "(area.a)"
    else:
        raise RegisterError(
            f"overpass: options `bbox` {options.get('bbox')!r} and `area` {area!r}; expected one of `bbox: [west, south, east, "
            'north]` and `area:` with the tags of one area, e.g. {"ref:gss": "E08000012"}.'
        )
    wanted = "".join(f"nwr[{_key(key)}]{where};" for key in options.get("keys", KEYS))
    return f"[out:json][timeout:{_TIMEOUT_S}];{start}({wanted});out center tags;"


def pages(url: str, options: Options) -> Paging:
    """One POST. Raises RegisterError where the answer is partial, so that it is not kept."""
    answer = yield Ask(url, form={"data": query(options)})
    _elements(answer.body)


def _key(key: Any) -> str:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise RegisterError(f"overpass: {key!r} is no OSM key; expected letters, `_` and `:`, e.g. shop or addr:city.")
    return f'"{key}"'


def _quoted(value: Any) -> str:
    if not str(value).isprintable():
        raise RegisterError(f"overpass: the value {value!r} of an option holds a control character; expected plain text.")
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _elements(body: bytes) -> list[Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RegisterError(f"overpass: the answer is no JSON ({error}); expected `[out:json]`. Ask again later.") from error
    if not isinstance(data, dict) or not isinstance(data.get("elements"), list):
        raise RegisterError(
            "overpass: the answer has no list `elements`; expected that of an Overpass query with `out center tags`."
        )
    if "remark" in data:
        raise RegisterError(
            f"overpass: the answer is partial: {str(data['remark'])[:200]!r}. Expected a query that ran to its end; ask for a "
            "smaller `bbox` or fewer `keys`."
        )
    return list(data["elements"])


def _parse(stream: BinaryIO, options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    number = 0
    for page in kept_pages(stream):
        for element in _elements(page.body):
            number += 1
            if not isinstance(element, dict) or not isinstance(element.get("id"), int) or not element.get("type"):
                yield Rejected(number, None, "no type or no id")
                continue
            audit.saw(element)
            point, tags = element.get("center") or element, element.get("tags") or {}
            native_id = f"{element['type']}/{element['id']}"
            if not isinstance(tags, dict):
                yield Rejected(number, native_id, "tags are no mapping", "tags")
            elif not all(isinstance(point.get(axis), int | float | None) for axis in ("lat", "lon")):
                yield Rejected(number, native_id, "lat or lon is no number")
            else:
                yield _row(native_id, tags, point, options)


def _row(native_id: str, tags: Mapping[str, Any], point: Mapping[str, Any], options: Options) -> dict[str, Any] | Outside:
    codes = codes_of(tags)
    if not native_id.startswith(("node/", "way/", "relation/")):
        return Outside("not a node, way or relation")
    if not (name := text(tags.get("name"))):
        return Outside("no name")
    if not codes:
        return Outside("no key that tells what it does")
    if codes[0] in THINGS:
        return Outside("no organisation")
    country = text(tags.get("addr:country")) or ""
    return {
        "native_id": native_id,
        "name": name,
        "other_names": sorted({other for key in OTHER_NAMES for other in values(tags.get(key))} - {name}),
        "sector": sector_of(tags, codes),
        "street": _street(tags),
        "city": text(tags.get("addr:city")),
        "state": text(tags.get("addr:state")),
        "postcode": text(tags.get("addr:postcode")),
        "country": country if re.fullmatch("[A-Z]{2}", country) else options.get("country"),
        "latitude": point.get("lat"),
        "longitude": point.get("lon"),
        "website": text(tags.get("website")) or text(tags.get("url")),
        "class_scheme": "OSM",
        "class_codes": codes,
        # Official number of a school in England; other registers' numbers have no settled key.
        "identifiers": [f"GB-EDU-{urn}" for urn in values(tags.get("ref:edubase")) if re.fullmatch(r"\d{6}", urn)],
        "status": "active",
        "record_url": f"https://www.openstreetmap.org/{native_id}",
    }


def _street(tags: Mapping[str, Any]) -> str | None:
    number = text(tags.get("addr:housenumber")) or text(tags.get("addr:housename"))
    street = text(tags.get("addr:street")) or text(tags.get("addr:place"))
    return " ".join(part for part in (number, street) if part) if street else None


REGISTER = RecordRegister(
    name="overpass",
    title="OpenStreetMap (Overpass API)",
    publisher="OpenStreetMap contributors",
    licence="ODbL-1.0",
    licence_url="https://opendatacommons.org/licenses/odbl/1-0/",
    attribution="© OpenStreetMap contributors, openstreetmap.org/copyright.",
    share_alike=True,
    url="https://overpass-api.de/api/interpreter",
    pages=pages,
    max_pages=1,
    cadence="daily",
    ceiling=200_000,
    # Two slots an address and hour-long queues: one query a night, never in a hurry.
    host_delay_s=5.0,
    record_url="https://www.openstreetmap.org/{native_id}",
    personal_fields=PERSONAL,
    parse=_parse,
    fields=FIELDS,
    mandatory=("type", "id", "tags"),
)
