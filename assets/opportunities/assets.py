"""Dagster asset of stage 4: ranked opportunities, the criteria, facts, risks and measures behind them, and coverage."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets.assets import table_metadata, table_spec
from assets.night import Night
from assets.opportunities import changes, people, rank
from warehouse.tables import BY_NAME

GROUP = "opportunities"
TABLES = (
    "mart.opportunity", "mart.opportunity_criterion", "mart.opportunity_evidence", "mart.opportunity_risk",
    "mart.opportunity_measure", "mart.collaboration_model", "mart.tag", "mart.coverage",
)  # fmt: skip
INPUTS = ("organisation", "organisation_record", "bridge", "match_evidence", "relationship", "programme")


@dg.multi_asset(specs=[table_spec(t, GROUP, [["core", name] for name in INPUTS]) for t in TABLES], name="opportunities")
def opportunities(night: dg.ResourceParam[Night]) -> Iterator[dg.MaterializeResult]:
    """Pairs that should meet, ranked per region, industry, sector and business."""
    night.folder.mkdir(parents=True, exist_ok=True)
    counts = rank.rank(
        {name: night.read_from(f"{name}.parquet") for name in INPUTS},
        night.folder,
        regions=night.regions,
        weights=night.weights,
        caps=night.caps,
        told=people.read_people(night.people, night.priorities),
        earlier=rank.read_earlier(night.published),
        as_of=night.as_of,
    )
    for table in TABLES:
        name = table.split(".")[1]
        yield dg.MaterializeResult(asset_key=table.split("."), metadata=table_metadata(table, counts[name]))


@dg.multi_asset(
    specs=[table_spec(changes.TABLE.name, GROUP, [name.split(".") for name in changes.COMPARED])], name="opportunity_change"
)
def opportunity_change(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
    """What became of every opportunity since the last published version, and why."""
    now = changes.ranked_with(night, people.read_people(night.people, night.priorities))
    now.write(night.write_to(changes.RANKED_WITH))
    count = changes.write_changes(
        {name: night.read_from(f"{BY_NAME[name].short}.parquet") for name in changes.COMPARED},
        night.published,
        now,
        as_of=night.as_of,
        keep_days=night.keep_history_days,
        into=night.write_to("opportunity_change.parquet"),
    )
    return dg.MaterializeResult(metadata=table_metadata(changes.TABLE.name, count))


ASSETS = [opportunities, opportunity_change]
