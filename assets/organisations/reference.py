"""Reference tables as DuckDB tables: places, industries, activities and what class codes and names say about them.

Belongs here: loading them into a connection. Does not: applying them (`records.sql`). Tables made: `place`, `activity`,
`class_activity`, `permit`, and the SQL CASE expressions over name patterns.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import zipcodes

from sources.business_licences import City, known_cities, load_city
from warehouse.ddl import literal

#: Activities that say little: a name that says more wins over them.
GENERIC = frozenset(
    "general_shop online_shop wholesaler manufacturer other_business business_services consultant craft_maker repair_shop "
    "rental_shop "
    "general_help other_nonprofit student_services fundraising_group congregation faith_ministry nonprofit_support grantmaker "
    "community_development health_charity recreation_group youth_club arts_organisation".split()
)


class PlaceFact(Protocol):
    """A postcode the reference does not know, as a profile gives it."""

    postcode: str
    city: str
    county: str
    latitude: float
    longitude: float


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
    codes = [
        {
            "scheme": "NTEE",
            "sector": "nonprofit",
            "code": r["code_prefix"],
            "activity_id": r["activity_id"],
            "by_prefix": True,
        }
        for r in rows("sources.reference", "ntee_activity.csv")
    ]
    codes += [
        {
            "scheme": "ROR",
            "sector": r["sector"],
            "code": r["ror_type"],
            "activity_id": r["activity_id"],
            "by_prefix": False,
        }
        for r in rows("sources.reference", "ror_activity.csv")
    ]
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


def load_places(con: duckdb.DuckDBPyConnection, extra: Sequence[PlaceFact], extra_state: str | None) -> None:
    """Tables `place` (US ZIP codes of the package `zipcodes`, and the profile's own postcodes, which win) and `us_state`."""
    known = [
        {"postcode": z["zip_code"], "city": z["city"], "state": z["state"], "county_name": z["county"] or None,
         "latitude": float(z["lat"]), "longitude": float(z["long"])}
        for z in zipcodes.list_all()
        if z["lat"] and z["long"]
    ]  # fmt: skip
    own = [
        {"postcode": p.postcode, "city": p.city, "state": extra_state, "county_name": p.county,
         "latitude": p.latitude, "longitude": p.longitude}
        for p in extra
    ]  # fmt: skip
    replaced = {p["postcode"] for p in own}
    _table(con, "us_state", [dict(r) for r in rows("sources.reference", "us_states.csv")])
    _table(con, "place", [*own, *(z for z in known if z["postcode"] not in replaced)])


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


def chain_pattern() -> str:
    """One regular expression that fits the names of national chains, and names ending in a branch number."""
    brands = "|".join(r["pattern"] for r in rows("sources.reference", "chains.csv"))
    return rf"(^|[^A-Z])({brands})|#\s?\d{{3,}}|(STORE|RESTAURANT|MART)\s#\s?\d+"
