"""Reference tables as DuckDB tables: industries, activities and what class codes and names say about them.

Belongs here: loading them into a connection. Does not: applying them (`records.sql`), places (`places.py`). Tables made:
`activity`, `class_activity`, `permit`, and the SQL CASE expressions over name patterns.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb
import pyarrow as pa

from sources.business_licences import City, known_cities, load_city
from warehouse.ddl import literal

#: Activities that say little: a name that says more wins over them.
GENERIC = frozenset(
    "general_shop online_shop wholesaler manufacturer other_business business_services consultant craft_maker repair_shop "
    "rental_shop "
    "general_help other_nonprofit student_services fundraising_group congregation faith_ministry nonprofit_support grantmaker "
    "community_development health_charity recreation_group youth_club arts_organisation".split()
)


@dataclass(frozen=True)
class NamePattern:
    """One line of `name_activity.csv`."""

    side: str
    activity_id: str
    pattern: str
    confidence: float
    overrides: bool


def rows(package: str, name: str) -> list[dict[str, str]]:
    """Lines of a CSV file shipped with the project."""
    text = files(package).joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def name_patterns() -> tuple[NamePattern, ...]:
    """Name patterns in file order: the first that fits wins."""
    return tuple(
        NamePattern(r["side"], r["activity_id"], r["pattern"], float(r["confidence"]), r["overrides"] == "yes")
        for r in rows("assets.organisations", "name_activity.csv")
    )


def load_activities(con: duckdb.DuckDBPyConnection, cities: Iterable[City] = ()) -> None:
    """Tables `activity`, `class_activity` and `permit`; `cities` are licence mappings a profile brings along."""
    industry = {r["industry_id"]: r["industry_name"] for r in rows("sources.reference", "industries.csv")}
    activities = [
        {**r, "industry_name": industry[r["industry_id"]], "is_generic": r["activity_id"] in GENERIC}
        for r in rows("sources.reference", "activities.csv")
    ]
    _table(con, "activity", activities)
    codes = list(_class_rows())
    mappings = [*(load_city(name) for name in known_cities()), *cities]
    codes += [
        {"scheme": city.class_scheme, "sector": "private", "code": word, "activity_id": activity, "by_prefix": False}
        for city in mappings
        for activity, words in city.classes.items()
        for word in words
    ]
    _table(con, "class_activity", codes)
    permits = [{"scheme": city.class_scheme, "code": word} for city in mappings for word in city.permits]
    con.execute("CREATE TABLE permit (scheme VARCHAR, code VARCHAR)")
    if permits:
        con.executemany("INSERT INTO permit VALUES (?, ?)", [(p["scheme"], p["code"]) for p in permits])


def _class_rows() -> Iterator[dict[str, Any]]:
    """Rows of `class_activity` for every class system in `sources/reference/classes`, one file each."""
    folder = files("sources.reference").joinpath("classes")
    for file in sorted(file.name for file in folder.iterdir() if file.name.endswith(".csv")):
        for row in rows("sources.reference", f"classes/{file}"):
            yield {
                "scheme": file.removesuffix(".csv"),
                "sector": row["sector"],
                "code": row["code"],
                "activity_id": row["activity_id"],
                "by_prefix": row["match"] == "prefix",
            }


def _table(con: duckdb.DuckDBPyConnection, name: str, content: list[dict[str, Any]]) -> None:
    con.register("reference_rows", pa.Table.from_pylist(content))
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM reference_rows")
    con.unregister("reference_rows")


def name_case(column: str, side: str, value: str, *, overriding: bool) -> str:
    """SQL CASE giving `activity_id` or `confidence` of the first pattern of a side that fits the upper-case `column`."""
    branches = [
        f"WHEN regexp_matches({column}, {literal(p.pattern)}) "
        f"THEN {literal(p.activity_id) if value == 'activity_id' else p.confidence}"
        for p in name_patterns()
        if p.side == side and (p.overrides or not overriding)
    ]
    return f"CASE {' '.join(branches)} END" if branches else "NULL"


def chain_case(column: str) -> str:
    """SQL condition: the upper-case `column` is the name of a national chain of the row's country, or ends in a branch number."""
    by_country: dict[str, list[str]] = {}
    for row in rows("sources.reference", "chains.csv"):
        by_country.setdefault(row["country"], []).append(row["pattern"])
    brands = " ".join(
        f"WHEN {literal(country)} THEN regexp_matches({column}, {literal(f'(^|[^A-Z])({chr(124).join(patterns)})')})"
        for country, patterns in sorted(by_country.items())
    )
    numbered = r"#\s?\d{3,}|(STORE|RESTAURANT|MART)\s#\s?\d+"
    return f"(CASE country {brands} ELSE false END OR regexp_matches({column}, {literal(numbered)}))"
