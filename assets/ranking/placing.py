"""Where a body is of which a list gives a postcode and no point: the middle of what the postcode stands for.

A British postcode is known by its shape. Five figures are a postcode in many countries, so they count as a ZIP code only where
the body is said to be American: by `country`, or, where that is left out, by something only American lists have.
"""

from __future__ import annotations

from importlib.resources import files

import duckdb
import pyarrow as pa

from assets.organisations.places import zip_codes
from assets.ranking import bodies
from warehouse.ddl import literal
from warehouse.lists import country_code

_CODED = r"""
CREATE TABLE coded AS
SELECT
    *,
    -- Where the grid begins lies what was never placed.
    latitude IS NULL OR longitude IS NULL OR (latitude = 0 AND longitude = 0) AS unplaced,
    regexp_extract(
        upper(replace(postcode, ' ', '')), '^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9])[A-Z]{2}$', ['outward', 'digit']
    ) AS british,
    coalesce({country} = 'US', false)
        OR (country IS NULL AND (naics IS NOT NULL OR ntee IS NOT NULL OR income_usd IS NOT NULL)) AS american,
    CASE WHEN american
        -- Nine figures without a hyphen; or what a spreadsheet left of five, 02139 being 2139 to it.
        THEN coalesce(
            nullif(regexp_extract(postcode, '^([0-9]{5})[0-9]{4}$', 1), ''),
            lpad(nullif(regexp_extract(postcode, '^([0-9]{3,5})(-[0-9]{4})?$', 1), ''), 5, '0')
        )
    END AS zip
FROM found
"""
_PLACED = """
SELECT c.* EXCLUDE (british, american, zip, unplaced) REPLACE (
    CASE WHEN american THEN 'US' ELSE country END AS country,
    coalesce(c.zip, c.postcode) AS postcode,
    CASE WHEN unplaced THEN coalesce(s.latitude, d.latitude, z.latitude) ELSE c.latitude END AS latitude,
    CASE WHEN unplaced THEN coalesce(s.longitude, d.longitude, z.longitude) ELSE c.longitude END AS longitude
)
FROM coded c
LEFT JOIN place s ON s.place = c.british.outward || ' ' || c.british.digit
LEFT JOIN place d ON d.place = c.british.outward
LEFT JOIN zip_code z ON z.postcode = c.zip
ORDER BY c.row
"""


def placed(found: pa.Table) -> pa.Table:
    """The same bodies (`bodies.SCHEMA`) in their order; those without a point are at the middle of sector, district or ZIP.

    In what comes back an American ZIP has five figures, and the country of an American body is `US`.
    """
    with duckdb.connect() as con:
        con.register("found", found.append_column("row", pa.array(range(found.num_rows), pa.int32())))
        con.execute(_CODED.replace("{country}", country_code("country")))
        uk_places = literal(str(files("sources.reference").joinpath("uk_places.csv")))
        con.execute(f"CREATE TABLE place AS SELECT place, latitude, longitude FROM read_csv({uk_places})")
        # Half a second to read, which most lists have no use for.
        if con.execute("SELECT 1 FROM coded WHERE unplaced AND zip IS NOT NULL LIMIT 1").fetchall():
            zip_codes(con)
        else:
            con.execute("CREATE TABLE zip_code (postcode VARCHAR, latitude DOUBLE, longitude DOUBLE)")
        return con.sql(_PLACED).to_arrow_table().drop_columns(["row"]).cast(bodies.SCHEMA)
