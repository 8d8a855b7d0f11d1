"""Runs the stage on files: organisations and programmes in, ranked and explained opportunities out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from assets.opportunities.lists import ON_A_PAGE, ONCE_A_PAGE, Caps, Pair, choose, varied_order
from assets.opportunities.people import Told
from assets.organisations.places import RegionFact, load_areas, region_areas
from assets.organisations.reference import rows
from assets.ranking import advice, dialect, ontology, trade
from warehouse import parquet
from warehouse.columns import DEALINGS, KINSHIP
from warehouse.ddl import literal
from warehouse.tables import BY_NAME

#: Best partners of each kind kept per cell before variety is applied; 40 leave room for a list of 10 under all caps.
DEPTH = 40


#: Ids people wrote down live on in the body theirs was merged into.
_WRITTEN_DOWN = {
    "declined": ("business_id", "partner_id"), "known_partnership": ("business_id", "partner_id"), "member": ("business_id",),
    "wish": ("business_id",),
}  # fmt: skip
_FOLLOWED = """
UPDATE {table} t SET {column} = o.merged_into FROM organisation o
WHERE o.organisation_id = t.{column} AND o.merged_into IS NOT NULL
"""
#: Topics that say for whom a programme is, not what it is about.
WIDE_TOPICS = (
    "small_business",
    "property",
    "rural_business",
    "community_development",
    "disaster_recovery",
    "veterans_employment",
)


def rank(
    inputs: Mapping[str, Path],
    into: Path,
    *,
    regions: Sequence[RegionFact],
    weights: Mapping[str, float],
    caps: Caps,
    told: Told,
    earlier: Mapping[str, date],
    as_of: date,
) -> dict[str, int]:
    """Writes the tables of the stage, `TABLES` of assets.py, to the folder `into`; returns row counts by short name.

    `inputs` are the Parquet files of organisation, organisation_record, bridge, match_evidence, relationship and programme;
    `earlier` says when each opportunity was first published.
    """
    con = parquet.connect()
    try:
        for name, file in inputs.items():
            # Tables, not views: the planner then knows their sizes and joins them in a good order.
            con.execute(f"CREATE TABLE {name} AS SELECT * FROM {parquet.read_sql(file)}")
        con.execute(f"CREATE MACRO as_of() AS {literal(as_of.isoformat())}::DATE")
        ontology.as_tables(con)
        advice.as_tables(con)
        known = rows("sources.reference", "activities.csv")
        _table(con, "activity_industry", {k: [r[k] for r in known] for k in ("activity_id", "industry_id")})
        load_areas(con)
        region_areas(con, regions)
        _table(con, "region", {
            "region_id": [r.id for r in regions], "region_name": [r.name for r in regions], "rural": [r.rural for r in regions],
            "country": [r.country for r in regions], "counties": [list(r.counties) for r in regions],
        })  # fmt: skip
        for name, columns in (("industry", ("industry_id", "industry_name")), ("activity", ("activity_id", "activity_name"))):
            lines = rows("sources.reference", "industries.csv" if name == "industry" else "activities.csv")
            _table(con, name, {column: [line[column] for line in lines] for column in columns})
        dialect.as_macros(con)
        _table(con, "weight", {"criterion": list(weights), "weight": list(weights.values())})
        _table(con, "declined", {"business_id": [b for b, _ in told.declined], "partner_id": [p for _, p in told.declined]})
        _table(con, "member", {"business_id": told.members})
        _table(con, "wish", {"business_id": [b for b, _ in told.goals], "goal_id": [g for _, g in told.goals]})
        _table(con, "known_partnership", {
            "business_id": [k.business_id for k in told.known_partnerships],
            "partner_id": [k.partner_id for k in told.known_partnerships],
            "known_as": [k.kind for k in told.known_partnerships], "since": [k.since for k in told.known_partnerships],
        })  # fmt: skip
        for table, written in _WRITTEN_DOWN.items():
            for column in written:
                con.execute(_FOLLOWED.format(table=table, column=column))
        _table(con, "earlier", {"opportunity_id": list(earlier), "first_seen": list(earlier.values())})
        _run(con, "affinity.sql")
        if caps.cross_industry:
            trade.as_tables(con)
            _run(con, "trade.sql")
            _run(con, "join_trade.sql")
        _run(con, "bodies.sql", cross_industry=str(caps.cross_industry).lower())
        _run(con, "precedent.sql", dealings=str(DEALINGS))
        _run(con, "shortlist.sql", depth=str(DEPTH), wide_topics=str(list(WIDE_TOPICS)), kinship=str(KINSHIP))
        _choose(con, caps)
        _run(con, "opportunity.sql")
        _run(con, "advice.sql")
        return {
            name: parquet.write(con, f"SELECT * FROM {source}", BY_NAME[f"mart.{name}"], into / f"{name}.parquet")
            for name, source in (("opportunity", "told"), ("opportunity_criterion", "criterion_row"),
                                 ("opportunity_evidence", "evidence_row"), ("opportunity_risk", "risk_row"),
                                 ("opportunity_measure", "measure_row"), ("collaboration_model", "collaboration_model"),
                                 ("tag", "tag"), ("coverage", "coverage"))
        }  # fmt: skip
    finally:
        con.close()


def _choose(con: duckdb.DuckDBPyConnection, caps: Caps) -> None:
    """Table `chosen`: the pairs to publish and their ranks in every list."""
    found = con.execute(
        """
        SELECT s.opportunity_id, s.score, s.business_id, s.partner_id,
               lower(coalesce(p.display_name, s.partner_id)), s.partner_activity_id, s.give_resource_id,
               s.partner_kind = 'programme', lower(o.display_name), s.business_activity_id,
               $members_first AND s.business_id IN (SELECT business_id FROM member),
               s.scope, s.region_id, o.industry_id, coalesce(p.sector, 'public') AS partner_sector
        FROM shortlist s
        JOIN organisation o ON o.organisation_id = s.business_id
        LEFT JOIN organisation p ON p.organisation_id = s.partner_id
        ORDER BY s.opportunity_id
        """,
        {"members_first": caps.members_first},
    ).fetchall()
    lists_of = {row[0]: row[11:] for row in found}
    # Each scope has lists of its own.
    chosen = [
        pair
        for scope in sorted({row[11] for row in found})
        for pair in choose((Pair(*row[:11]) for row in found if row[11] == scope), caps)
    ]
    ranks: dict[str, dict[str, int]] = {pair.opportunity_id: {"rank_for_business": rank_} for pair, rank_ in chosen}
    groups: dict[tuple[str, ...], list[Pair]] = defaultdict(list)
    for pair, _ in chosen:
        scope, region, industry, sector = lists_of[pair.opportunity_id]
        groups["rank_in_region", scope, region].append(pair)
        groups["rank_in_industry", scope, region, industry].append(pair)
        groups["rank_in_sector", scope, region, sector].append(pair)
    for (column, *_), pairs in groups.items():
        for place, pair in enumerate(varied_order(pairs, ON_A_PAGE if column == "rank_in_industry" else ONCE_A_PAGE), start=1):
            ranks[pair.opportunity_id][column] = place
    columns: dict[str, list[Any]] = {"opportunity_id": list(ranks)}
    for column in ("rank_in_region", "rank_in_industry", "rank_in_sector", "rank_for_business"):
        columns[column] = [ranks[o][column] for o in ranks]
    _table(con, "chosen", columns)


def _run(con: duckdb.DuckDBPyConnection, name: str, **fills: str) -> None:
    text = files("assets.opportunities").joinpath(name).read_text("utf-8")
    for key, value in fills.items():
        text = text.replace("{" + key + "}", value)
    con.execute(text)


_TYPES = {"weight": pa.float64(), "first_seen": pa.date32(), "rural": pa.bool_(), "counties": pa.list_(pa.string())}


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Sequence[Any]]) -> None:
    def kind(column: str) -> pa.DataType:
        return _TYPES.get(column, pa.int32() if column.startswith("rank_") else pa.string())

    con.register("given", pa.table({k: pa.array(list(v), kind(k)) for k, v in columns.items()}))
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    con.unregister("given")


def read_earlier(warehouse: Path | None) -> dict[str, date]:
    """When each opportunity of the last published warehouse was first seen."""
    if warehouse is None:
        return {}
    con = duckdb.connect(str(warehouse), read_only=True)
    try:
        return dict(con.execute("SELECT opportunity_id, first_seen FROM mart.opportunity").fetchall())
    finally:
        con.close()
