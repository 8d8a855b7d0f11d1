"""Answers of an OData v2 service in its verbose JSON.

Belongs here: envelopes and dates. Does not: what is asked for, or what a field means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sources.csv_records import iso_day
from sources.register import RegisterError

Row = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rows_of(text: str, register: str) -> list[Row]:
    """Rows of a reply in either envelope, `{"d": […]}` or `{"d": {"results": […]}}`. Raises RegisterError for anything else."""
    try:
        reply = json.loads(text)
    except ValueError:
        reply = None
    rows = reply.get("d") if isinstance(reply, dict) else None
    rows = rows.get("results") if isinstance(rows, dict) else rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RegisterError(
            f"{register}: found {text[:60]!r}; expected JSON {{'d': [...]}} or {{'d': {{'results': [...]}}}}. A web page means "
            "that the service takes this machine for a robot: download the file by hand and use `path:`."
        )
    return rows


def day_of(value: str | None) -> str | None:
    """ISO date of `/Date(ms)/` (milliseconds since 1970, UTC), or of a CSV's `2008-06-30T…`, `30/06/2008 …`; else None.

    >>> [day_of(value) for value in ("/Date(1214784000000)/", "/Date(-86400000+0000)/", "30/06/2008 00:00:00", "soon", None)]
    ['2008-06-30', '1969-12-31', '2008-06-30', None, None]
    """
    found = re.fullmatch(r"/Date\((-?\d+)([+-]\d+)?\)/", value or "")
    if found:
        return (_EPOCH + timedelta(milliseconds=int(found[1]))).date().isoformat()
    return iso_day((value or "")[:10], "%Y-%m-%d", "%d/%m/%Y")
