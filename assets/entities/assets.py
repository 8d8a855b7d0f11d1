"""Dagster assets of stage 3: which records are one organisation, and the tables of identity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg

from assets.assets import table_metadata, table_spec
from assets.entities import epochs, links, matching, resolve
from assets.entities.decision_file import FILE
from assets.entities.decisions import read_decisions
from assets.night import Night, SourceOrder
from assets.organisations.assets import inputs_of

GROUP = "entities"
#: What a night leaves for the next one so that only changes are compared; may be thrown away.
STATE = Path("identity") / "state.duckdb"
RECORD = ["core", "organisation_record"]
EVIDENCE = ["core", "match_evidence"]
MATCH_TABLES = ("core.match_evidence", "core.match_feature", *epochs.TABLES)
TABLES = tuple(f"core.{name}" for name in resolve.TABLES)


def _unique_sources(night: Night) -> list[str]:
    return [o.name for o in night.sources if o.register.unique_ids and o.register.yields == "organisation"]


@dg.multi_asset(specs=[table_spec(t, GROUP, [RECORD]) for t in MATCH_TABLES], name="match_evidence")
def match_evidence(night: dg.ResourceParam[Night]) -> Iterator[dg.MaterializeResult]:
    """Pairs of records that are, or came near to being, one organisation, and why."""
    night.folder.mkdir(parents=True, exist_ok=True)
    matched = matching.find_matches(
        night.read_from("organisation_record.parquet"),
        _unique_sources(night),
        [o.name for o in night.sources if o.register.lists_premises],
        read_decisions(night.people / FILE),
        night.published,
        night.as_of,
        night.folder,
        night.root / STATE,
    )
    told = {
        "decisions_set_aside": dg.MetadataValue.json(list(matched.problems)),
        "giant_components": dg.MetadataValue.json(list(matched.giants)),
    }
    for table in MATCH_TABLES:
        more = told if table == "core.match_evidence" else {}
        yield dg.MaterializeResult(asset_key=table.split("."), metadata={**table_metadata(table, matched.counts[table]), **more})


@dg.multi_asset(specs=[table_spec(t, GROUP, [RECORD, EVIDENCE]) for t in TABLES], name="organisations")
def organisations(night: dg.ResourceParam[Night]) -> Iterator[dg.MaterializeResult]:
    """Organisations with lasting ids, and what belongs to them."""
    night.folder.mkdir(parents=True, exist_ok=True)
    counts = resolve.build_organisations(
        night.read_from("organisation_record.parquet"),
        night.read_from(matching.CLUSTER_FILE),
        _unique_sources(night),
        night.published,
        night.as_of,
        night.folder,
        epochs.foretold(night.published, night.read_from("match_epoch.parquet")),
    )
    for table in TABLES:
        name = table.split(".")[1]
        yield dg.MaterializeResult(asset_key=table.split("."), metadata=table_metadata(table, counts[name]))


def build_relationship_asset(orders: Sequence[SourceOrder]) -> dg.AssetsDefinition:
    """The asset of links between bodies, behind the registers of links."""
    rows = [["rows", o.name] for o in orders if o.register.yields == "edge"]
    deps = [*rows, *(["core", name] for name in links.INPUTS)]

    @dg.multi_asset(specs=[table_spec("core.relationship", GROUP, deps)], name="relationship")
    def relationship(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
        """Grants, contracts and partnerships between bodies, and who is kin."""
        tables = {name: night.read_from(f"{name}.parquet") for name in links.INPUTS}
        count = links.build_relationships(inputs_of(night, "edge"), tables, night.write_to("relationship.parquet"))
        return dg.MaterializeResult(metadata=table_metadata("core.relationship", count))

    return relationship


def build_assets(orders: Sequence[SourceOrder]) -> list[dg.AssetsDefinition]:
    """All assets of the stage."""
    return [match_evidence, organisations, build_relationship_asset(orders)]
