"""Who worked with whom, out of tables: the newest edge of each body with each partner, and what the bodies are called.

Belongs here: reading and checking `businesses`, `partners` and `edges`, dates and postcodes. Does not: how alike bodies are and
what that is worth (`precedent.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

#: How old an edge without a date is taken to be.
UNKNOWN_AGE = 3.0
#: Three characters of a routing key and four of one address; a British postcode's last three begin with a digit.
_EIRCODE = re.compile(r"[A-Z]\d[\dW](?![A-Z0-9]\d[A-Z]{2})[A-Z0-9]{4}")
#: Class codes and how many leading characters name their division.
_CLASS_CODES = {"sic": 2, "naics": 3, "ntee": 1, "icnptso": 1}


@dataclass(frozen=True)
class Body:
    """What is known of a body for comparing it: its name, postcode area, class divisions."""

    name: str
    area: str
    divisions: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Edge:
    """The newest edge between a body and a partner. Ordered by newness, then by what the edge says, last by row."""

    age: float
    told: tuple[str, ...]
    row: int


def newest_edges(
    edges: pa.Table, business_row: dict[str, int], partner_row: dict[str, int], partner_bodies: Sequence[Body]
) -> tuple[dict[tuple[str, str], Edge], dict[str, Body]]:
    """The newest edge of each body id with each partner id, and the bodies whose id is no business's, by id."""
    missing = [name for name in ("from_id", "to_id") if name not in edges.column_names]
    if missing:
        raise ValueError(f"edges have no column {missing[0]}: found {', '.join(edges.column_names)}; name it so")
    ends = [(_texts(edges, f"{a}_id"), _texts(edges, f"{a}_name"), _texts(edges, f"{a}_postcode")) for a in ("from", "to")]
    years = [_year(date) for date in (_texts(edges, "date") if "date" in edges.column_names else _texts(edges, "year"))]
    told = list(zip(*(_texts(edges, name) for name in ("kind", "date", "amount")), strict=True))
    latest = max((year for year in years if year is not None), default=0.0)
    pairs: dict[tuple[str, str], Edge] = {}
    outside: dict[str, Body] = {}
    for (partners_id, _, _), (bodies_id, bodies_name, bodies_postcode) in (ends, ends[::-1]):
        for row, (partner, body) in enumerate(zip(partners_id, bodies_id, strict=True)):
            if partner not in partner_row or not body or body == partner:
                continue
            year = years[row]
            edge = Edge(UNKNOWN_AGE if year is None else latest - year, told[row], row)
            pairs[body, partner] = min(edge, pairs.get((body, partner), edge))
            if body not in business_row:
                if body in partner_row:
                    outside[body] = partner_bodies[partner_row[body]]
                else:
                    name = bodies_name[row] or (body if re.search(r"[^\W\d_]", body) and " " in body.strip() else "")
                    seen = Body(name, _area(bodies_postcode[row]))
                    # Edges may spell a body in several ways: the last in the alphabet is as good as any, and has words.
                    outside[body] = max(seen, outside.get(body, seen), key=lambda spelt: (spelt.name, spelt.area))
    return pairs, outside


def bodies_of(table: pa.Table) -> list[Body]:
    """The bodies of a table of businesses or partners, in its order."""
    codes = [(name, size, _texts(table, name)) for name, size in _CLASS_CODES.items()]
    names, postcodes = _texts(table, "name"), _texts(table, "postcode")
    found = []
    for row in range(len(table)):
        divisions = {f"{kind} {code[:size]}" for kind, size, column in codes for code in _codes(column[row])}
        found.append(Body(names[row], _area(postcodes[row]), tuple(sorted(divisions))))
    return found


def _codes(text: str) -> list[str]:
    return re.findall(r"[A-Z0-9]+", text.upper())


def _area(postcode: str) -> str:
    """The first three digits of a ZIP or other number; the outward part of a British postcode, an Eircode's routing key."""
    plain = re.sub(r"[^A-Z0-9]", "", postcode.upper())
    if plain[:3].isdigit() or _EIRCODE.fullmatch(plain):
        return plain[:3]
    return re.sub(r"\d[A-Z]{2}$", "", plain)


def _year(date: str) -> float | None:
    """Years and twelfths of a text that begins with a year, perhaps a month; None for any other."""
    found = re.match(r"(\d{4})(?:-(\d\d))?(?!\d)", date)
    return int(found[1]) + (int(found[2] or 1) - 1) / 12 if found else None


def rows_by_id(table: pa.Table, what: str) -> dict[str, int]:
    """The row of each id. Raises ValueError if a column is missing or an id is empty or repeats."""
    missing = [name for name in ("id", "name") if name not in table.column_names]
    if missing:
        raise ValueError(f"{what} have no column {missing[0]}: found {', '.join(table.column_names)}; name it so")
    rows: dict[str, int] = {}
    for row, value in enumerate(_texts(table, "id")):
        if not value or value in rows:
            raise ValueError(f"{what}, row {row + 1}: id {value!r} is empty or not the first; each row needs an id of its own")
        rows[value] = row
    return rows


def _texts(table: pa.Table, column: str) -> list[str]:
    """A column as texts, empty where null; all empty where there is no such column."""
    if column not in table.column_names:
        return [""] * len(table)
    return [value or "" for value in table[column].cast(pa.string()).to_pylist()]
