"""Places as DuckDB tables: which official area a postcode lies in, and which regions of the profile hold which areas.

Belongs here: loading them into a connection. Does not: placing records (`records.sql`), where the tables come from
(`sources/reference`). Tables made:

* `place(country, place, city, state, county_name, area_code, latitude, longitude, location_precision)`: ZIP codes, British
  postcode sectors and outcodes, and the profile's own postcodes, which win;
* `area_within(code, within_code)`: every area with itself and everything it lies in (county, state, country);
* `region_code`, `region_postcode`, `region_county`, `region_city`: what makes up each region.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import as_file, files
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import zipcodes

from warehouse.ddl import literal


class PlaceFact(Protocol):
    """A postcode the reference does not know, as a profile gives it."""

    postcode: str
    city: str
    county: str
    latitude: float
    longitude: float


class RegionFact(Protocol):
    """A region of the profile."""

    id: str
    name: str
    country: str
    state: str | None
    codes: list[str]
    cities: list[str]
    counties: list[str]
    postcodes: list[str]
    rural: bool


def load_places(con: duckdb.DuckDBPyConnection, extra: Sequence[PlaceFact], regions: Sequence[RegionFact]) -> None:
    """All tables of this module."""
    load_areas(con)
    zip_codes(con)
    for name in ("uk_places", "us_states"):
        _reference(con, name)
    home = regions[0] if regions else None
    _table(con, "own_place", [
        {"postcode": p.postcode, "city": p.city, "state": home.state if home else None, "county": p.county,
         "country": home.country if home else "US", "latitude": p.latitude, "longitude": p.longitude}
        for p in extra
    ])  # fmt: skip
    con.execute(_PLACE)
    con.execute("CREATE TABLE us_state AS SELECT * FROM us_states")
    _load_regions(con, regions)


def load_areas(con: duckdb.DuckDBPyConnection) -> None:
    """Tables `uk_areas`, `us_counties` and `area_within`."""
    for name in ("uk_areas", "us_counties"):
        _reference(con, name)
    con.execute(_AREA_WITHIN)


def region_areas(con: duckdb.DuckDBPyConnection, regions: Iterable[RegionFact]) -> None:
    """Table `region_area(region_id, code)`: the areas a region overlaps; a programme limited to one of them is open there."""
    _codes(con, regions)
    con.execute(
        """
        CREATE TABLE region_area AS
        SELECT r.region_id, a.within_code AS code FROM region_code r JOIN area_within a USING (code)
        UNION
        SELECT r.region_id, a.code FROM region_code r JOIN area_within a ON a.within_code = r.code
        UNION
        SELECT region_id, code FROM region_code
        """
    )


_PLACE = """
CREATE TABLE place AS
WITH every AS (
    SELECT 1 AS source_order, country, postcode AS place, city, state, county AS county_name, NULL AS area_code, latitude,
           longitude, CASE country WHEN 'US' THEN 'zip' ELSE 'postcode' END AS location_precision
    FROM own_place
    UNION ALL
    SELECT 2, 'US', z.postcode, z.city, z.state, z.county_name, c.fips, z.latitude, z.longitude, 'zip'
    FROM zip_code z LEFT JOIN us_counties c ON c.state = z.state AND c.county_name = z.county_name
    UNION ALL
    SELECT 2, 'GB', p.place, NULL, NULL, a.name, p.area_code, p.latitude::DOUBLE, p.longitude::DOUBLE,
           CASE WHEN contains(p.place, ' ') THEN 'sector' ELSE 'city' END
    FROM uk_places p LEFT JOIN uk_areas a ON a.code = p.area_code
)
SELECT * EXCLUDE (source_order) FROM every
QUALIFY row_number() OVER (PARTITION BY country, place ORDER BY source_order, area_code) = 1
"""

_AREA_WITHIN = """
CREATE TABLE area_within AS
WITH RECURSIVE up AS (
    SELECT code, code AS within_code FROM uk_areas
    UNION
    SELECT up.code, a.parent_code FROM up JOIN uk_areas a ON a.code = up.within_code WHERE a.parent_code IS NOT NULL
)
SELECT code, within_code FROM up
UNION
SELECT code, 'GB' FROM uk_areas
UNION
SELECT fips, unnest([fips, 'US-' || state, 'US']) FROM us_counties
UNION
SELECT DISTINCT 'US-' || state, unnest(['US-' || state, 'US']) FROM us_counties
"""


def zip_codes(con: duckdb.DuckDBPyConnection) -> None:
    """Table `zip_code(postcode, city, state, county_name, latitude, longitude)` of the United States."""
    _table(con, "zip_code", [
        {"postcode": z["zip_code"], "city": z["city"], "state": z["state"], "county_name": z["county"] or None,
         "latitude": float(z["lat"]), "longitude": float(z["long"])}
        for z in zipcodes.list_all() if z["lat"] and z["long"]
    ])  # fmt: skip


def _load_regions(con: duckdb.DuckDBPyConnection, regions: Sequence[RegionFact]) -> None:
    _codes(con, regions)
    con.execute("CREATE TABLE region_postcode (region_id VARCHAR, region_number INTEGER, prefix VARCHAR, whole BOOLEAN)")
    con.execute("CREATE TABLE region_county (region_id VARCHAR, region_number INTEGER, state VARCHAR, county_name VARCHAR)")
    con.execute(
        "CREATE TABLE region_city (region_id VARCHAR, region_number INTEGER, country VARCHAR, state VARCHAR, city VARCHAR)"
    )
    for number, region in enumerate(regions, start=1):
        for code in region.postcodes:
            row = [region.id, number, code.rstrip("*"), not code.endswith("*")]
            con.execute("INSERT INTO region_postcode VALUES (?, ?, ?, ?)", row)
        for county in region.counties:
            con.execute("INSERT INTO region_county VALUES (?, ?, ?, ?)", [region.id, number, region.state, county])
        for city in region.cities:
            row = [region.id, number, region.country, region.state, city]
            con.execute("INSERT INTO region_city VALUES (?, ?, ?, ?, ?)", row)


def _codes(con: duckdb.DuckDBPyConnection, regions: Iterable[RegionFact]) -> None:
    con.execute("CREATE TABLE region_code (region_id VARCHAR, region_number INTEGER, code VARCHAR)")
    for number, region in enumerate(regions, start=1):
        for code in region.codes:
            con.execute("INSERT INTO region_code VALUES (?, ?, ?)", [region.id, number, code])


def _reference(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """A CSV file of `sources/reference` as the table `name`, every column text."""
    with as_file(files("sources.reference").joinpath(f"{name}.csv")) as path:
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv({literal(str(path))}, all_varchar = true, header = true)")


def _table(con: duckdb.DuckDBPyConnection, name: str, content: list[dict[str, Any]]) -> None:
    schema = _OWN_PLACE if name == "own_place" else None
    con.register("given", pa.Table.from_pylist(content, schema=schema))
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    con.unregister("given")


_OWN_PLACE = pa.schema(
    [(n, pa.string()) for n in ("postcode", "city", "state", "county", "country")]
    + [("latitude", pa.float64()), ("longitude", pa.float64())]
)
