"""Where `partners evaluate` and `partners weights fit` get bodies and partnerships from: two files, or a published warehouse.

Belongs here: reading either, and the options both commands share. Does not: what is made of it (`assets/ranking`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import duckdb
import pyarrow as pa
import typer

from assets.organisations.reference import rows
from assets.ranking import bodies, codes
from assets.ranking.engine import WEIGHTS
from assets.ranking.reading import read_bodies, read_edges
from pipelines.nights import root_of
from pipelines.profile import load_profile
from warehouse import versions

TruthOption = Annotated[
    Path, typer.Option("--truth", help="known partnerships, CSV or Parquet: from_id, to_id, and kind, date where known")
]
BusinessesOption = Annotated[Path | None, typer.Option(help="CSV or Parquet of businesses, as for `partners rank`")]
PartnersOption = Annotated[Path | None, typer.Option(help="CSV or Parquet of charities and public bodies, same columns")]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", "-p", help="instead of two files: what this profile published; ids are organisation ids"),
]
SeedOption = Annotated[int, typer.Option(min=0, help="another number draws other partners to compare with")]

# Whom the nightly ranking looks at (`assets/opportunities/shortlist.sql`).
_BODIES = """
SELECT organisation_id AS id, display_name AS name, sector, country, description, postcode, street AS address, status,
       last_filed_on::VARCHAR AS last_filed_on, started_on::VARCHAR AS started_on, latitude, longitude,
       CASE WHEN income_currency = 'GBP' THEN income_amount::DOUBLE END AS income_gbp,
       CASE WHEN income_currency = 'USD' THEN income_amount::DOUBLE END AS income_usd,
       activity_id, activity_confidence
FROM core.organisation
WHERE list_contains(?, sector) AND region_id IS NOT NULL AND partner_exclusion IS NULL AND NOT is_natural_person
  AND status <> 'inactive'
ORDER BY organisation_id
"""
_MERGED = "SELECT organisation_id, merged_into FROM core.organisation WHERE merged_into IS NOT NULL ORDER BY organisation_id"


class OptionsError(Exception):
    """The options do not say where the bodies are, or nothing is there; the message says what to give."""


@dataclass(frozen=True)
class World:
    """Both sides, the edges between them, and how they are scored."""

    businesses: pa.Table
    partners: pa.Table
    edges: pa.Table
    weights: Mapping[str, float]
    tags: tuple[pa.Table | None, pa.Table | None] = (None, None)
    as_of: date | None = None


def world(truth: Path, businesses: Path | None, partners: Path | None, profile: str | None) -> World:
    """What the options name.

    Raises:
        OptionsError: neither both files nor a profile are given, or nothing is published yet.
        ListFileError: a file cannot be used.
        ProfileError: the profile cannot be used.
    """
    if profile is None:
        if businesses is None or partners is None:
            raise OptionsError("give --businesses and --partners, or --profile for what a profile published")
        return World(read_bodies(businesses), read_bodies(partners), read_edges(truth), WEIGHTS)
    if businesses or partners:
        raise OptionsError("give either --profile or --businesses and --partners, not both")
    chosen = load_profile(profile)
    database = versions.current(versions.link_of(root_of(chosen), "warehouse"))
    if database is None:
        raise OptionsError("Nothing is published yet; run `partners run` first.")
    with duckdb.connect(str(database), read_only=True) as con:
        sides = [_published(con, sectors) for sectors in (("private",), ("nonprofit", "public"))]
        merged = dict(con.execute(_MERGED).fetchall())
        as_of = con.execute("SELECT max(as_of) FROM meta.run").fetchall()[0][0]
    edges = _living(read_edges(truth), merged)
    return World(sides[0][0], sides[1][0], edges, chosen.weights, (sides[0][1], sides[1][1]), as_of)


def _published(con: duckdb.DuckDBPyConnection, sectors: tuple[str, ...]) -> tuple[pa.Table, pa.Table]:
    """(bodies of these sectors, what kinds they are): registers were read at night, so nothing is guessed again."""
    found: pa.Table = con.sql(_BODIES, params=[list(sectors)]).to_arrow_table()
    names = {row["activity_id"]: row["activity_name"] for row in rows("sources.reference", "activities.csv")}
    kinds = found["activity_id"].to_pylist()
    # Keyword search may read what the registers' classes mean.
    described = found.append_column("class_text", pa.array([names.get(kind) for kind in kinds], pa.string()))
    sure = found["activity_confidence"].fill_null(1.0).to_pylist()
    tags = [
        {"row": row, "activity_id": kind, "confidence": confidence}
        for row, (kind, confidence) in enumerate(zip(kinds, sure, strict=True))
        if kind
    ]
    return bodies.complete(described), pa.Table.from_pylist(tags, schema=codes.TAGS)


def _living(edges: pa.Table, merged: Mapping[str, str]) -> pa.Table:
    """Edges with ids that live no longer replaced by those that have their records now."""
    for end in ("from_id", "to_id"):
        ids = pa.array([merged.get(name, name) for name in edges[end].to_pylist()], pa.string())
        edges = edges.set_column(edges.schema.get_field_index(end), end, ids)
    return edges
