"""Overture Maps places: named places of the world with category, address and a confidence, GeoParquet.

The release is some gigabytes for the world, so a chamber gives `path:` or `url:` of its extract, or of one part file.
Options: `bbox: [west, south, east, north]` (row groups that lie outside are not read at all), `min_confidence:` (0 to 1,
default 0.5: below that about every other place is closed or never was), `country:` for addresses without one.

The geometry is WKB of a point; no spatial library is needed to read 21 bytes. `categories` is being replaced by
`basic_category` and `taxonomy`; a file may have either. Phones, e-mails and social profiles are never read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from sources.bbox import Box, box_of
from sources.overture_categories import NO_ORGANISATION, NONPROFIT, PUBLIC
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected

#: Columns every release has, and those only older or newer ones have.
REQUIRED = ("id", "geometry", "names", "confidence", "addresses", "websites")
SOMETIMES = ("categories", "basic_category", "taxonomy", "operating_status")
UNREAD = ("bbox", "version", "sources", "socials", "emails", "phones", "brand", "theme", "type", "filename")
#: Rows held in memory at a time; a row is about 1 kB with its nested lists.
_BATCH_ROWS = 5_000
#: OGC WKB: byte order, geometry type 1 = point, longitude, latitude.
_POINT = {1: struct.Struct("<xIdd"), 0: struct.Struct(">xIdd")}


def _parse(stream: BinaryIO, options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    box, sure = box_of(options, "overture"), _min_confidence(options)
    file = _open(stream)
    columns = file.schema_arrow.names
    audit.saw(columns)
    wanted = [name for name in (*REQUIRED, *SOMETIMES) if name in columns]
    if missing := [name for name in REQUIRED if name not in columns]:
        raise RegisterError(
            f"overture: columns {missing} are missing; found {columns[:12]}. Expected Overture places (theme=places)."
        )
    elsewhere, number = Outside("outside the box"), 0
    for group in range(file.num_row_groups):
        if box is not None and _lies_outside(file, group, box):
            number += file.metadata.row_group(group).num_rows
            yield from (elsewhere for _ in range(file.metadata.row_group(group).num_rows))
            continue
        for batch in file.iter_batches(_BATCH_ROWS, row_groups=[group], columns=wanted):
            for place in batch.to_pylist():
                number += 1
                point = _point(place["geometry"])
                if point is None:
                    yield Rejected(number, place["id"], "geometry is no WKB point", "geometry")
                elif box is not None and not box.holds(*point):
                    yield elsewhere
                else:
                    yield _row(place, point, sure, options)


def _open(stream: BinaryIO) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream)
    except (pa.ArrowInvalid, OSError) as error:
        raise RegisterError(
            f"overture: the file is no Parquet ({error}); expected GeoParquet of theme=places. Get it again."
        ) from error


def _min_confidence(options: Options) -> float:
    given = options.get("min_confidence", 0.5)
    if not isinstance(given, int | float) or not 0 <= given <= 1:
        raise RegisterError(f"overture: option `min_confidence` is {given!r}; expected a number from 0 to 1.")
    return float(given)


def _lies_outside(file: pq.ParquetFile, group: int, box: Box) -> bool:
    """True where the statistics of a row group say that none of its places is in the box."""
    limits: dict[str, tuple[float, float]] = {}
    meta = file.metadata.row_group(group)
    for index in range(meta.num_columns):
        column = meta.column(index)
        if column.path_in_schema.startswith("bbox.") and column.is_stats_set and column.statistics.has_min_max:
            limits[column.path_in_schema] = (column.statistics.min, column.statistics.max)
    if len(limits) < 4:
        return False
    return (
        limits["bbox.xmax"][1] < box.west
        or limits["bbox.xmin"][0] > box.east
        or limits["bbox.ymax"][1] < box.south
        or limits["bbox.ymin"][0] > box.north
    )


def _point(wkb: Any) -> tuple[float, float] | None:
    """Longitude and latitude, or None where the bytes are no point."""
    if not isinstance(wkb, bytes) or len(wkb) != 21 or wkb[0] not in _POINT:
        return None
    kind, longitude, latitude = _POINT[wkb[0]].unpack(wkb)
    return (longitude, latitude) if kind == 1 else None


def _row(place: Mapping[str, Any], point: tuple[float, float], sure: float, options: Options) -> dict[str, Any] | Outside:
    names, codes = place["names"] or {}, _codes(place)
    if not names.get("primary"):
        return Outside("no name")
    if (place["confidence"] or 0.0) < sure:
        return Outside("confidence too low")
    if place.get("operating_status") == "permanently_closed":
        return Outside("closed")
    if codes and codes[0] in NO_ORGANISATION:
        return Outside("no organisation")
    address = (place["addresses"] or [None])[0] or {}
    return {
        "native_id": place["id"],
        "name": names["primary"],
        "other_names": _other_names(names),
        "sector": "nonprofit" if codes and codes[0] in NONPROFIT else "public" if codes and codes[0] in PUBLIC else "private",
        "street": address.get("freeform"),
        "city": address.get("locality"),
        # ISO 3166-2, of which registers write the part after the country.
        "state": (address.get("region") or "").rpartition("-")[2] or None,
        "postcode": address.get("postcode"),
        "country": address.get("country") or options.get("country"),
        "latitude": point[1],
        "longitude": point[0],
        "website": (place["websites"] or [None])[0],
        "class_scheme": "OVERTURE",
        "class_codes": codes,
        "status": "active" if place.get("operating_status") == "open" else "unknown",
    }


def _codes(place: Mapping[str, Any]) -> list[str]:
    """Category, then its alternates; from the newer columns where the older is empty."""
    old, new = place.get("categories") or {}, place.get("taxonomy") or {}
    codes = [old.get("primary"), *(old.get("alternate") or ())]
    codes += [new.get("primary"), place.get("basic_category"), *(new.get("alternates") or ())]
    return list(dict.fromkeys(code for code in codes if code))


def _other_names(names: Mapping[str, Any]) -> list[str]:
    """Names in other languages, and the official, short and alternate ones."""
    common = [value for _, value in names.get("common") or ()]
    rules = [rule.get("value") for rule in names.get("rules") or ()]
    return sorted({name for name in (*common, *rules) if name} - {names["primary"]})


REGISTER = RecordRegister(
    name="overture",
    title="Overture Maps places",
    publisher="Overture Maps Foundation",
    licence="CDLA-Permissive-2.0",
    licence_url="https://cdla.dev/permissive-2-0/",
    attribution="© Overture Maps Foundation, overturemaps.org, with data from Meta and Microsoft.",
    cadence="monthly",
    ceiling=30_000_000,
    max_bytes=20_000_000_000,
    personal_fields=("emails", "phones", "socials"),
    parse=_parse,
    fields=(*REQUIRED, *SOMETIMES, *UNREAD),
    mandatory=REQUIRED,
)
