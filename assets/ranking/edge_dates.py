"""Dates of edges in one form, whoever wrote them: a year, a month or a day, as ISO 8601 has it.

Belongs here: what a date that people or spreadsheets write can mean. Does not: how old an edge is (`edges.py`), or on which side
of a split it lies (`truth.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.]?(\d{2}))?(?:[-/.]?(\d{2}))?(?:[ T].*)?")
_WHOLE_NUMBER = re.compile(r"(\d{4}|\d{8})\.0+")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[ T].*)?")
MONTHS, DAYS = range(1, 13), range(1, 32)


def iso_dates(texts: Sequence[str | None]) -> list[str | None]:
    """Each text as YYYY, YYYY-MM or YYYY-MM-DD; None where it is no date.

    Where 31/05 or 05/31 stands somewhere among them, all with the year last have the day or the month first; where nothing
    tells, or both stand there, only the year is certain.

    >>> iso_dates(["31/05/2023", "1/2/2023", "20230531", "2023.0", "2023-05-31 10:00", "spring"])
    ['2023-05-31', '2023-02-01', '2023-05-31', '2023', '2023-05-31', None]
    """
    plain = [_WHOLE_NUMBER.sub(r"\1", text.strip()) if text else "" for text in texts]
    parts = [found.groups() for text in plain if (found := _YEAR_LAST.fullmatch(text))]
    day_first, month_first = (any(int(part[place]) > MONTHS[-1] for part in parts) for place in (0, 1))
    return [_iso(text, day_first, month_first) for text in plain]


def _iso(text: str, day_first: bool, month_first: bool) -> str | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _checked(*found.groups())
    if found := _YEAR_LAST.fullmatch(text):
        one, other, year = found.groups()
        if day_first == month_first:
            return year
        return _checked(year, *((other, one) if day_first else (one, other)))
    return None


def _checked(year: str, month: str | None, day: str | None) -> str | None:
    if month is None:
        return year
    if int(month) not in MONTHS:
        return None
    if day is None:
        return f"{year}-{int(month):02}"
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
