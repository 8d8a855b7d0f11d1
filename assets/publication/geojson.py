"""Maps: organisations and opportunities of a region as GeoJSON (RFC 7946), one feature a line.

Belongs here: what is shown on a map and where it is put. Does not: tables for other uses. Features are made in SQL and written as
they come; no file is held in memory.

An opportunity stands at the business's point. A line to the partner would be wrong as often as right: programmes have no place,
and where both sides are known by the middle of one ZIP the line has no length. The partner's point, where it has one, is among
the properties. `location_precision` says what a point stands for; the middle of a ZIP is not a door. Refuges are on no map.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

#: About 0.1 m; RFC 7946 calls more digits a waste.
DECIMALS = 6
_BATCH = 5_000

#: Where each organisation is shown: its main place, or for a map of another region the first of its places there.
_PLACED = """
WITH placed AS (
  SELECT organisation_id, latitude, longitude, location_precision FROM core.organisation
  WHERE latitude IS NOT NULL AND longitude IS NOT NULL AND NOT is_natural_person AND activity_id IS DISTINCT FROM 'refuge'
)"""

ORGANISATION = (
    _PLACED
    + f""", of_region AS (
  SELECT l.organisation_id, l.latitude, l.longitude, l.location_precision
  FROM core.location AS l JOIN core.organisation AS o USING (organisation_id)
  WHERE l.region_id = $region AND o.region_id IS DISTINCT FROM $region
    AND l.latitude IS NOT NULL AND l.longitude IS NOT NULL
    AND NOT o.is_natural_person AND o.activity_id IS DISTINCT FROM 'refuge'
  QUALIFY row_number() OVER (PARTITION BY l.organisation_id ORDER BY l.location_number) = 1
), wanted AS (
  SELECT organisation_id FROM core.organisation WHERE region_id = $region
  UNION SELECT business_id FROM mart.opportunity WHERE region_id = $region
  UNION SELECT partner_organisation_id FROM mart.opportunity WHERE region_id = $region
), shown AS (
  SELECT * FROM of_region
  UNION ALL
  SELECT * FROM placed WHERE organisation_id IN (SELECT organisation_id FROM wanted)
    AND organisation_id NOT IN (SELECT organisation_id FROM of_region)
)
SELECT to_json({{
  'type': 'Feature',
  'id': s.organisation_id,
  'geometry': {{'type': 'Point', 'coordinates': [round(s.longitude, {DECIMALS}), round(s.latitude, {DECIMALS})]}},
  'properties': {{
    'organisation_id': s.organisation_id, 'display_name': o.display_name, 'sector': o.sector, 'activity_id': o.activity_id,
    'industry_id': o.industry_id, 'status': o.status, 'size_band': o.size_band, 'city': o.city, 'postcode': o.postcode,
    'location_precision': s.location_precision, 'website': o.website, 'register_url': o.register_url,
    'partner_exclusion': o.partner_exclusion, 'stale_days': o.stale_days, 'sources': o.sources, 'licences': o.licences
  }}
}})::VARCHAR
FROM shown AS s JOIN core.organisation AS o USING (organisation_id)
ORDER BY s.organisation_id"""
)

OPPORTUNITY = (
    _PLACED
    + f"""
SELECT to_json({{
  'type': 'Feature',
  'id': o.opportunity_id,
  'geometry': {{'type': 'Point', 'coordinates': [round(b.longitude, {DECIMALS}), round(b.latitude, {DECIMALS})]}},
  'properties': {{
    'opportunity_id': o.opportunity_id, 'scope': o.scope, 'business_id': o.business_id, 'business_name': o.business_name,
    'industry_id': o.industry_id, 'partner_kind': o.partner_kind,
    'partner_id': coalesce(o.partner_organisation_id, o.partner_programme_id), 'partner_name': o.partner_name,
    'partner_sector': o.partner_sector, 'give': o."give", 'get': o."get", 'score': o.score,
    'rank_in_region': o.rank_in_region, 'rank_in_industry': o.rank_in_industry, 'rank_for_business': o.rank_for_business,
    'distance_km': o.distance_km, 'location_precision': b.location_precision,
    'partner_longitude': round(p.longitude, {DECIMALS}), 'partner_latitude': round(p.latitude, {DECIMALS}),
    'partner_location_precision': p.location_precision,
    'stale_days': o.stale_days, 'sources': o.sources, 'licences': o.licences
  }}
}})::VARCHAR
FROM mart.opportunity AS o
JOIN placed AS b ON b.organisation_id = o.business_id
LEFT JOIN placed AS p ON p.organisation_id = o.partner_organisation_id
WHERE o.region_id = $region
ORDER BY o.opportunity_id"""
)

#: File of a region -> the table its features are rows of, and the query that makes them.
MAPS = {
    "organisation.geojson": ("core.organisation", ORGANISATION),
    "opportunity.geojson": ("mart.opportunity", OPPORTUNITY),
}


def write(
    con: duckdb.DuckDBPyConnection, sql: str, region_id: str, path: Path, *, as_of: str, sources: Sequence[Mapping[str, Any]]
) -> int:
    """Write one map and return its features. The words every register wants shown stand at the head of the file."""
    head = {
        "type": "FeatureCollection",
        "as_of": as_of,
        "attributions": [source["attribution"] for source in sources],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    features = con.execute(sql, {"region": region_id})
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ',"features":[')
        while batch := features.fetchmany(_BATCH):
            for (feature,) in batch:
                file.write((",\n" if count else "\n") + feature)
                count += 1
        file.write("\n]}\n")
    return count
