"""The views analysts start from: what each answers and which columns it has. Their SQL is in `queries/`.

Only what DuckDB 1.1 to 2.0 all read is used. No view names a catalogue, so each works whatever alias the file is attached
under. Views to read end in a total ORDER BY; those asked for one id, or joined, have none: DuckDB would sort all of it first. No
aggregate depends on the order of rows.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.model import Column, View
from warehouse.view_columns import resolved

QUERIES = Path(__file__).with_name("queries")


def query(short: str) -> str:
    """SQL of a view or macro."""
    return (QUERIES / f"{short}.sql").read_text(encoding="utf-8").strip()


def _view(name: str, meaning: str, *columns: str | Column) -> View:
    return View(name, meaning, query(name.split(".")[1]), resolved(columns))


#: In order of creation: a view stands after those it reads.
# fmt: off
VIEWS: tuple[View, ...] = (
    _view(
        "core.organisation_id_now",
        "Any id ever issued and the living organisation it stands for; NULL where it is no longer listed.",
        "issued_id", "organisation_id", "standing",
    ),
    _view(
        "core.funding",
        "Who funds or buys from whom: one grant or contract a register tells of, under one id per funder.",
        "relationship_id", "funder_id", "funder_name", "relationship_kind", "recipient_name", "recipient_id",
        "to_organisation_id", "recipient_industry_id", "to_city", "title", "programme_title", "amount", "currency", "agreed_on",
        "register_url", "source", "licence",
    ),
    _view(
        "core.funder",
        "What each funder or buyer has given in all, by kind and currency; only as far as the registers of this file tell.",
        "funder_id", "funder_name", "relationship_kind", "currency", "award_count", "recipient_count", "organisation_count",
        "known_amount_count", "amount_total", "amount_largest", "first_agreed_on", "last_agreed_on",
    ),
    _view(
        "mart.top_opportunity",
        "The first twenty opportunities of each region × industry, as a person reads them.",
        "region_name", "industry_name", "rank_in_industry", "business_name", "business_city", "partner_name", "partner_kind",
        "partner_sector", "give", "get", "partnership_type", "score", "evidence_coverage", "distance_km", "risk_flags",
        "explanation", "pilot", "business_website", "partner_website", "scope", "region_id", "industry_id", "opportunity_id",
    ),
    _view(
        "mart.case_card",
        "The case card: sector, business, partner, synergy and both benefits, after id, region and rank.",
        "opportunity_id", "region_id", "rank_in_region", Column("sector", "VARCHAR", "Industry of the business in plain words."),
        "business", "partner", "synergy", "business_benefit", "partner_benefit",
    ),
    _view(
        "mart.opportunity_reason",
        "Why: each criterion of an opportunity beside the facts it rests on.",
        "opportunity_id", "business_name", "partner_name", "criterion", "sub_score", "weight", "contribution", "evidence_number",
        "side", "field", "value", "url",
    ),
    _view(
        "mart.organisation_partner",
        "Every opportunity from either side: ask for one organisation_id, business or partner, and read its list by rank.",
        "organisation_id", "organisation_name", "role", "scope", "rank", "other_id", "other_name", "other_kind", "other_sector",
        "gives", "gets", "score", "distance_km", "explanation", "other_website", "region_id", "opportunity_id",
    ),
    _view(
        "mart.partner_demand",
        "How many businesses of a region each partner is put forward to.",
        "region_id", "partner_kind", "partner_id", "partner_name", "partner_sector",
        Column("business_count", "INTEGER", "Businesses it is put forward to."), "best_rank_in_region", "best_score",
    ),
    _view(
        "mart.postcode_place",
        "Where a postcode is, as the mean of what this file has there; a postcode without any location is not listed.",
        "postcode_key", Column("latitude", "DOUBLE", "WGS84 latitude of the mean.", unit="degrees"),
        Column("longitude", "DOUBLE", "WGS84 longitude of the mean.", unit="degrees"), "location_count",
    ),
    _view(
        "mart.programme_reach",
        "Each open programme a business may apply to, by industry: how many businesses there are and to how many it is put "
        "forward. Who applied is in no register.",
        "region_id", "industry_id", "programme_id", "title", "agency", "names_industry",
        Column("business_count", "INTEGER", "Businesses of the industry that may be put forward; 0 where the file has none."),
        "taker_count",
    ),
    _view(
        "mart.industry_gap",
        "Which industries have programmes but no takers: mart.programme_reach added up by region and industry.",
        "region_id", "industry_id",
        Column("business_count", "INTEGER", "Businesses of the industry that may be put forward; 0 where the file has none."),
        "programme_count", "own_programme_count", "untaken_programme_count", "most_taker_count",
    ),
    _view(
        "mart.resource_gap",
        "What is offered by many and needed by few, and the reverse, counted over published opportunities: what nobody was "
        "matched for does not show. Taking part in a programme is no resource here.",
        "region_id", "resource_id", "resource_example", "offering_count", "needing_count", "surplus_count",
        "offering_business_count", "needing_business_count",
    ),
    _view(
        "mart.portfolio",
        "How far an organisation's opportunities rest on few partners, kinds of partnership or resources, weighed by score.",
        "region_id", "organisation_id", "role", "scope", Column("opportunity_count", "BIGINT", "Opportunities it stands in."),
        "portfolio_hhi_partner", "portfolio_hhi_type", "portfolio_hhi_resource", "top_share", "dependency_ratio",
        "is_concentrated",
    ),
    _view(
        "mart.scenario",
        "What if a partner were lost: how many businesses it is put forward to, and how many of them would lack something then.",
        "region_id", "scope", "partner_id", "partner_kind", "partner_name",
        Column("business_count", "BIGINT", "Businesses it is put forward to."), "lacking_count", "stranded_count",
        "replaceable_share",
    ),
    _view(
        "mart.network_edge",
        "Edges for graph tools: opportunities, and known relationships whose two sides can be told. No natural persons.",
        "edge_id", "edge_kind", "edge_basis", "from_node_id", "to_node_id", "is_directed", "region_id", "score", "amount",
        "currency",
    ),
    _view(
        "mart.network_node",
        "Nodes for graph tools: every organisation, programme and outside body that an edge of mart.network_edge touches.",
        "node_id", "node_kind", "name", "sector", "industry_id", "activity_id", "region_id", "size_band",
        Column("opportunity_count", "INTEGER", "Edges that are opportunities."), "relationship_count",
    ),
    _view(
        "meta.source_standing",
        "Where a source is stale: the state of each file of each source this night, and how many opportunities rest on it.",
        "source", "file_number", "register_title", "fetch_status", "fetched_on", "stale_days", "is_stale", "kept_count",
        "rejected_count", Column("opportunity_count", "INTEGER", "Opportunities that rest on the source."), "licence", "message",
    ),
)
# fmt: on
