"""What single cells of a mapped list's record say: classes, days, the status, what the row is known by.

Belongs here: one record by itself. Does not: what its neighbours add (`licence_survey.py`), the row it becomes
(`licence_rows.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sources.city_mapping import City
from sources.licence_files import Record

_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?")


def cell(city: City, record: Record, column: str | None) -> str | None:
    """A cell's text; None where the column is not mapped, or the cell blank or standing for nothing."""
    value = record.get(column) if column else None
    if isinstance(value, dict):
        value = value.get("url")  # how Socrata writes a link
    return None if value in city.missing else value


def classes_of(city: City, record: Record) -> tuple[str, ...]:
    """Class words of a record, each once."""
    texts = [text for column in city.columns.class_ if (text := cell(city, record, column))]
    parts = [part.strip() for text in texts for part in (text.split(city.class_separator) if city.class_separator else [text])]
    return tuple(dict.fromkeys(part for part in parts if part))


def known_by(city: City, record: Record) -> str | None:
    """What a row is known by over the years: its account, or else its id; None where the file gives neither."""
    for columns in (city.columns.account, city.columns.id):
        parts = [cell(city, record, column) for column in columns]
        if parts and all(parts):
            return "-".join(part for part in parts if part)
    return None


def stable_hash(city: City, record: Record) -> str:
    """Hash of the columns that do not change: class, name, street and start date as they stand in the file."""
    c = city.columns
    columns: Sequence[str | None] = (*c.class_, *c.name, *c.street, c.started_on)
    text = "\x1f".join(str(record.get(column) or "") if column else "" for column in columns)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def standing(city: City, record: Record) -> str:
    """active, inactive or unknown as the record's status says. A list of those in business knows no status."""
    column = city.columns.status
    status = cell(city, record, column)
    if column is None or (status is None and column in city.optional):
        return "active"
    return next((said for said, words in city.statuses.items() if status in words), "unknown")


@lru_cache(maxsize=65_536)
def day(text: str | None, form: str) -> str | None:
    """A date in the list's form or ISO, as ISO; None for what is no day.

    >>> day("7/4/09", "%m/%d/%y"), day("2009-07-04T00:00:00.000", "%m/%d/%y"), day("2/30/09", "%m/%d/%y")
    ('2009-07-04', '2009-07-04', None)
    """
    found = _ISO_DAY.fullmatch(text or "")
    try:
        if found:
            return datetime.strptime(found[1], "%Y-%m-%d").date().isoformat()  # noqa: DTZ007 - a day has no zone
        return datetime.strptime(text or "", form).date().isoformat()  # noqa: DTZ007
    except ValueError:
        return None
