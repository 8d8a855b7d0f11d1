"""Cells of addresses that registers write alike: care-of lines that name a person, web addresses, UK postcodes in SQL.

Belongs here: one cell at a time, in Python or, where bulk registers need it, in SQL. Does not: the form of a postcode
(`postcodes.py`) or where it lies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: A line that begins so names a person, not a place.
_PERSON = re.compile(
    r"c/-|(c/o|c\.o\.|care of|attn|attention|fao|mr|mrs|ms|miss|rev|the treasurer|the secretary)(\W|$)", re.IGNORECASE
)

#: What a web address has and what it never has; two patterns, since one would take time squared over a hostile cell.
_DOTTED, _NO_ADDRESS = r".\.[^.].", r"[\s@]"


def uk_postcode_sql(column: str) -> str:
    """`postcodes.uk_postcode` as an SQL expression over a column."""
    bare = f"regexp_replace(upper({column}), '[^A-Z0-9]', '', 'g')"
    return (
        f"CASE WHEN regexp_full_match({bare}, '[A-Z]{{1,2}}[0-9][A-Z0-9]?[0-9][A-Z]{{2}}') "
        f"THEN left({bare}, length({bare}) - 3) || ' ' || right({bare}, 3) END"
    )


def places_only(lines: Iterable[str | None]) -> list[str]:
    """The lines of an address that hold something and do not name a person (`C/O`, `Mrs`, `The Treasurer` …).

    >>> places_only(["C/O Mrs A Person", None, "Mrs A Person", "4 Quay St", "Coleraine"])
    ['4 Quay St', 'Coleraine']
    """
    return [line.strip() for line in lines if line and line.strip() and not _PERSON.match(line.strip())]


def place_line_sql(column: str) -> str:
    """One such line as an SQL expression; NULL where it names a person."""
    return f"CASE WHEN NOT regexp_matches({column}, '^({_PERSON.pattern})', 'i') THEN {column} END"


def web_address(text: str | None) -> str | None:
    """A cell that can be a web address; None for words, e-mail addresses and blanks, which registers hold there too.

    >>> [web_address(text) for text in ("www.otters.example", "http://Otter Trust", "otters@mail.example", "none")]
    ['www.otters.example', None, None, None]
    """
    address = (text or "").strip()
    return address if re.search(_DOTTED, address) and not re.search(_NO_ADDRESS, address) else None


def web_address_sql(column: str) -> str:
    """The same as an SQL expression."""
    return f"CASE WHEN regexp_matches({column}, '{_DOTTED}') AND NOT regexp_matches({column}, '{_NO_ADDRESS}') THEN {column} END"
