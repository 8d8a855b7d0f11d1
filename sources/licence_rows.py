"""A mapped list's records as rows of the organisation frame.

Belongs here: what a mapping's words do to a record. Does not: the words (`city_mapping.py`), file shapes (`licence_files.py`).

The file is read twice, since a row may need its neighbours: which term of an account is the newest, which glued names have
lost a blank (`licence_survey.py`). Memory grows with the number of accounts, not with the columns.

Most exports carry no id, so a row without one is known by a hash of its stable columns (class, name, street, start date),
taken raw, and by its ordinal among exact repeats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from sources.city_mapping import City
from sources.identifiers import normal, numbered
from sources.licence_cells import cell, classes_of, day, known_by, stable_hash, standing
from sources.licence_files import Record
from sources.licence_survey import NOT_NEWEST, Survey, survey
from sources.postcodes import postcode
from sources.register import Audit, Options, Outside, Rejected
from sources.text import money

#: What a firm has in its name and a person has not. (`&` joins couples, trusts are named after people, `Na` is a surname.)
_FIRM = re.compile(
    r"\b(INC|INCORPORATED|CORP|CORPORATION|CO|COMPANY|COMPANIES|LLC|LLP|LP|LTD|LIMITED|PLLC|PLC|NFP|ASSOCIATION|ASSOCIATES|PARTNERS|"
    r"PARTNERSHIP|GROUP|ENTERPRISES?|HOLDINGS?|SERVICES|INDUSTRIES|FOUNDATION|CHURCH|UNIVERSITY|COLLEGE|SCHOOL|CITY OF|SOCIETY|"
    r"CLUB|BANK|HOSPITAL)\b|\bL\. ?L\. ?[CP]\b|\bP\. ?[CA]\.?$",
    re.IGNORECASE,
)
_LAST_FIRST = re.compile(r"([A-Za-z' \-]+), *([A-Za-z][A-Za-z' .\-]*)")
#: Two given names and an initial; more words than that are hardly a person's.
_MOST_GIVEN_NAMES = 3


def rows(
    city: City, records: Callable[[], Iterator[Record | Rejected]], options: Options, audit: Audit
) -> Iterator[dict[str, Any] | Rejected | Outside]:
    """Rows of all records, in the file's order. `records` begins from the file's first row each time it is called."""
    known = survey(city, records())
    expire = options.get("expired") != "active"
    for number, record in enumerate(records(), start=1):
        if isinstance(record, Rejected):
            yield Rejected(number, record.native_id, record.rule, record.field, record.value)
            continue
        audit.saw(record)
        key = known_by(city, record)
        newest = known.newest.get(key) if key and city.columns.account else None
        if newest and newest.number != number:
            yield Outside(NOT_NEWEST)
            continue
        row = _row(city, record, known, expire)
        row["native_id"] = key or stable_hash(city, record) + known.ordinal(number)
        row["class_codes"] = list(newest.classes if newest else classes_of(city, record))
        yield row


def _row(city: City, record: Record, known: Survey, expire: bool) -> dict[str, Any]:
    columns = city.columns
    name = _joined(city, record, columns.name[:1]) or next((c for n in columns.name[1:] if (c := cell(city, record, n))), None)
    latitude, longitude = _position(city, record)
    income = money(cell(city, record, columns.income))
    return {
        "name": _turned(name) if city.last_first else name,
        "other_names": _other_names(city, record, known, name),
        "sector": city.sector,
        "street": _joined(city, record, columns.street),
        "city": cell(city, record, columns.city),
        "state": cell(city, record, columns.state) or city.state,
        "postcode": postcode(cell(city, record, columns.postcode), city.country),
        "country": city.country,
        "latitude": latitude,
        "longitude": longitude,
        "website": cell(city, record, columns.website),
        "description": cell(city, record, columns.description),
        "class_scheme": city.class_scheme,
        "identifiers": _identifiers(city, record),
        "status": _status(city, record, known.day if expire else None),
        "started_on": day(cell(city, record, columns.started_on), city.date_format),
        "last_filed_on": day(cell(city, record, columns.last_filed_on), city.date_format),
        "income_amount": income,
        "income_currency": city.currency if income is not None else None,
    }


def _joined(city: City, record: Record, columns: tuple[str, ...]) -> str | None:
    return " ".join(text for column in columns if (text := cell(city, record, column))) or None


def _other_names(city: City, record: Record, known: Survey, name: str | None) -> list[str]:
    """Mended, trading and former names, and the owner's where the owner is a firm."""
    columns = city.columns
    others = [known.mended.get(name or "")]
    others += [cell(city, record, c) for c in (*columns.name[1:], *columns.other_names) if c not in columns.owner_names]
    owners = [cell(city, record, column) for column in columns.owner_names]
    others += [owner for owner in owners if owner and _FIRM.search(owner)]
    return [other for other in dict.fromkeys(others) if other and other != name]


def _turned(name: str | None) -> str | None:
    """`SMITH, JOHN A` → `JOHN A SMITH`; a firm's name stays.

    >>> [_turned(n) for n in ("SMITH, JOHN A", "SMITH, JONES & CO", "ACME PAWN, INC.")]
    ['JOHN A SMITH', 'SMITH, JONES & CO', 'ACME PAWN, INC.']
    """
    found = _LAST_FIRST.fullmatch(name or "")
    if not found or _FIRM.search(name or "") or len(found[2].split()) > _MOST_GIVEN_NAMES:
        return name
    return f"{found[2].strip()} {found[1].strip()}"


def _position(city: City, record: Record) -> tuple[float | None, float | None]:
    """Latitude and longitude in degrees, from their columns or from the GeoJSON point; None where they are no place."""
    texts: tuple[Any, Any] = (cell(city, record, city.columns.latitude), cell(city, record, city.columns.longitude))
    point = record.get(city.columns.point)
    if not all(texts) and isinstance(point, dict) and point.get("type") == "Point":
        texts = (*reversed((point.get("coordinates") or [])[:2]), None, None)[:2]
    try:
        latitude, longitude = float(texts[0]), float(texts[1])
    except (TypeError, ValueError):
        return None, None
    is_place = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude) if is_place else (None, None)


def _identifiers(city: City, record: Record) -> list[str]:
    found = [normal(cell(city, record, city.columns.org_id) or "")]
    for scheme, column in city.identifiers.items():
        # Spreadsheets write a number as `2511501.0`.
        found.append(numbered(scheme, (cell(city, record, column) or "").removesuffix(".0")))
    return [identifier for identifier in dict.fromkeys(found) if identifier]


def _status(city: City, record: Record, newest_day: str | None) -> str:
    """What the file says; a term that ended before the file's own newest day is over whatever its status."""
    if any((cell(city, record, column) or "false").lower() not in ("false", "no", "0") for column in city.columns.closed):
        return "inactive"
    said = standing(city, record)
    expires = day(cell(city, record, city.columns.expires_on), city.date_format)
    return "inactive" if said == "active" and expires and newest_day and expires < newest_day else said
