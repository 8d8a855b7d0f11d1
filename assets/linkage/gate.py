"""The first gate: a cheap similarity in SQL that spares most candidates the close look. Knows nothing of the model behind it.

A logistic regression on what DuckDB computes fast; its weights are kept with the model. It lets through every pair that has any
prospect: on the labelled sets about one match in a hundred is lost here, for a fifth of the work.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from assets.linkage.blocking import FAMILIES

#: Names and SQL of what the gate weighs; x and y are the two sides (table `glance`), c the candidate.
TERMS: Mapping[str, str] = {
    "name": "jw",
    "name_squared": "jw * jw",
    "name_close": "greatest(jw - 0.85, 0)",
    "families": "bit_count(families)",
    "phone_same": "coalesce((x.phone = y.phone)::INTEGER, 0)",
    "phone_differs": "coalesce((x.phone <> y.phone)::INTEGER, 0)",
    "website_same": "coalesce((x.website_domain = y.website_domain)::INTEGER, 0)",
    "website_differs": "coalesce((x.website_domain <> y.website_domain)::INTEGER, 0)",
    "postcode_same": "coalesce((x.postcode = y.postcode)::INTEGER, 0)",
    "district_same": "coalesce((x.postcode <> y.postcode AND x.outcode = y.outcode)::INTEGER, 0)",
    "district_differs": "coalesce((x.outcode <> y.outcode)::INTEGER, 0)",
    "house_same": "coalesce((x.house_number = y.house_number)::INTEGER, 0)",
    "house_differs": "coalesce((x.house_number <> y.house_number)::INTEGER, 0)",
    "street_same": "coalesce((x.street_word = y.street_word)::INTEGER, 0)",
    "street_differs": "coalesce((x.street_word <> y.street_word)::INTEGER, 0)",
    "city_same": "coalesce((x.city = y.city)::INTEGER, 0)",
    "city_differs": "coalesce((x.city <> y.city)::INTEGER, 0)",
    "distance": "coalesce(ln(0.02 + 111 * abs(x.lat - y.lat) + 70 * abs(x.lon - y.lon)), 0.5)",
    "door_same": "coalesce((x.house_number = y.house_number AND x.street_word = y.street_word)::INTEGER, 0)",
    "name_and_house": "jw * coalesce((x.house_number = y.house_number)::INTEGER, 0)",
    "name_and_postcode": "jw * coalesce((x.postcode = y.postcode)::INTEGER, 0)",
    **{f"by_{family.name}": f"((families >> {bit}) & 1)" for bit, family in enumerate(FAMILIES)},
}

_GLANCE = """
CREATE OR REPLACE TABLE glance AS
SELECT
    l.rid, f.name, f.signature, nullif(l.phone, '') AS phone, nullif(l.website_domain, '') AS website_domain,
    nullif(l.postcode, '') AS postcode, nullif(l.outcode, '') AS outcode, l.house_number, l.street_word, nullif(l.city, '') AS city,
    c.lat, c.lon
FROM located l
JOIN comparable c USING (rid)
JOIN (
    SELECT f.rid, min_by(f.name, f.fid) AS name, min_by(h.signature, f.fid) AS signature FROM form f JOIN head h USING (fid) GROUP BY f.rid
) f USING (rid)
"""
_LOOKED = """
SELECT c.a, c.b, c.families, x, y, greatest(jaro_winkler_similarity(x.name, y.name), jaro_winkler_similarity(x.signature, y.signature)) AS jw
FROM candidate c JOIN glance x ON x.rid = c.a JOIN glance y ON y.rid = c.b
"""


def look(con: duckdb.DuckDBPyConnection) -> None:
    """Table `glance`: of each record what the gate compares."""
    con.execute(_GLANCE)


def terms_sql() -> str:
    """A SELECT of a, b and every term of every candidate, for training."""
    return f"SELECT a, b, {', '.join(f'({sql})::DOUBLE AS {name}' for name, sql in TERMS.items())} FROM ({_LOOKED}) c"


def passed_sql(weights: Mapping[str, float], least: float) -> str:
    """A SELECT of a and b of the candidates that pass: the weighted sum of the terms (and `base`) reaches `least`.

    Sides that share an official identifier always pass. Sides with several names are judged by the first, so they pass on two
    families alone.
    """
    total = " + ".join(f"({weights[name]!r}) * ({sql})" for name, sql in TERMS.items())
    return f"SELECT a, b FROM ({_LOOKED}) c WHERE {weights['base']!r} + {total} >= {least!r} OR families & 1 = 1"
