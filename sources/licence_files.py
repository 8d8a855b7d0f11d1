"""A list of organisations in any of the shapes cities and portals hand out, as records under the mapping's own column names.

Belongs here: CSV, a JSON list (Socrata pages), GeoJSON. Does not: what a column means (`city_mapping.py`, `licence_rows.py`).

The shape is told from the bytes: `[` or `{` begins JSON, `PK` a bundle of pages, anything else is CSV.
"""

from __future__ import annotations

import codecs
import io
import itertools
import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from sources.csv_records import csv_records
from sources.paging import kept_pages
from sources.register import Audit, RegisterError, Rejected

#: Column -> cell. Text is trimmed and None where blank; points on a map are GeoJSON objects.
Record = dict[str, Any]

#: Where the point of a GeoJSON feature is put.
GEOMETRY = "geometry"


@dataclass(frozen=True)
class Layout:
    """What the columns of a list are called."""

    title: str
    required: Sequence[str]
    """Columns a CSV must have. (JSON leaves out what is null, so there the columns cannot be asked for.)"""
    spelling: Mapping[str, str]
    """`letters` of every name a column has gone by -> its name in the mapping."""


def letters(name: str) -> str:
    """A column's name by letters and digits only: exports and APIs differ in the rest.

    >>> letters("\\ufeffLEGAL NAME ") == letters("legal_name")
    True
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def read_records(stream: BinaryIO, layout: Layout) -> Iterator[Record | Rejected]:
    """Every record of the file, from its beginning. Raises RegisterError where it is no such list."""
    stream.seek(0)
    head = stream.read(64).removeprefix(codecs.BOM_UTF8).lstrip()
    stream.seek(0)
    if head.startswith((b"PK", b"[", b"{")):
        for page in kept_pages(stream):
            yield from _page(page.body, layout)
    else:
        yield from _csv(stream, layout)


def _page(body: bytes, layout: Layout) -> Iterator[Record | Rejected]:
    if not body.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"[", b"{")):
        yield from _csv(io.BytesIO(body), layout)
        return
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except ValueError as error:
        raise RegisterError(f"{layout.title}: a page is no whole JSON ({error}). Fetch it again.") from error
    if isinstance(data, dict) and isinstance(data.get("features"), list):
        data = [{**(f.get("properties") or {}), GEOMETRY: f.get("geometry")} for f in data["features"] if isinstance(f, dict)]
    if not isinstance(data, list):
        said = data.get("message") or sorted(data)[:8]
        raise RegisterError(f"{layout.title}: found {said!r}; expected a JSON list of rows or a GeoJSON FeatureCollection.")
    for item in data:
        if isinstance(item, dict):
            yield {layout.spelling.get(letters(name), name): _cell(value) for name, value in item.items()}
        else:
            yield Rejected(0, None, "an element of the list is no object", None, str(item)[:40])


def _cell(value: Any) -> Any:
    """Text, or the value itself where it is a point on a map or a link."""
    if value is None or isinstance(value, dict):
        return value
    return str(value).strip() or None


def _csv(stream: BinaryIO, layout: Layout) -> Iterator[Record | Rejected]:
    header = Audit()
    rows = cast("Generator[tuple[int, Record | Rejected]]", csv_records(stream, layout.title, header, tuple(layout.spelling), ()))
    with closing(rows):
        first = next(rows, None)
        names = {name: layout.spelling.get(letters(name), name) for name in header.seen}
        missing = [name for name in layout.required if name not in names.values()]
        if missing:
            raise RegisterError(
                f"{layout.title}: columns {missing} are missing. Found: {', '.join(sorted(header.seen)[:12]) or 'no header line'}"
                f". Expected: {', '.join(layout.required)}. The file may have a new layout: look at it, then at the mapping."
            )
        for _, row in itertools.chain([first] if first else [], rows):
            yield row if isinstance(row, Rejected) else {names[name]: cell for name, cell in row.items()}
