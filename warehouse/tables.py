"""Every published table: its grain, its columns in order, its key. Columns themselves are defined in `columns.py`.

`core` holds what the registers say, `mart` what follows from it, `meta` how it came about.
"""

from __future__ import annotations

from warehouse.columns import COLUMNS
from warehouse.model import ForeignKey, Table

#: Semantic version of these tables: a new column is a minor step, a renamed or dropped one a major step.
SCHEMA_VERSION = "2.4.0"

_PLACE = (
    "street",
    "city",
    "state",
    "postcode",
    "country",
    "county_name",
    "area_code",
    "latitude",
    "longitude",
    "location_precision",
)
_ACTIVITY = ("class_scheme", "class_codes", "activity_id", "activity_basis", "activity_confidence", "industry_id")
_STANDING = ("status", "started_on", "last_filed_on", "income_amount", "income_currency", "size_band", "partner_exclusion")

# Columns of a table read best side by side.
# fmt: off
TABLES: tuple[Table, ...] = (
    Table(
        "core.organisation_record",
        "A row of a register that describes an organisation; every row of the file, whatever the region.",
        (
            "record_id", "source", "native_id", "name", "display_name", "match_name", "legal_form", "other_names",
            "sector", "is_natural_person", *_PLACE, "region_id", "website", "website_domain", "description", *_ACTIVITY,
            *_STANDING, "identifiers", "parent_identifiers", "parent_name", "parent_kind", "centre_of", "register_url", "licence",
            "stale_days",
        ),
        ("record_id",),
        (
            "source", "native_id", "name", "display_name", "match_name", "sector", "is_natural_person",
            "location_precision", "activity_basis", "status", "size_band", "licence", "stale_days",
        ),
    ),
    Table(
        "core.organisation",
        "A real organisation; also a row for every id that lives no longer (record_count 0), which says what became of it.",
        (
            "organisation_id", "name", "display_name", "other_names", "sector", "is_natural_person", *_PLACE, "region_id",
            "website", "website_domain", "description", *_ACTIVITY, *_STANDING, "register_url", "record_count",
            "merged_into", "first_seen", "last_seen", "stale_days", "sources", "licences",
        ),
        ("organisation_id",),
        (
            "name", "display_name", "sector", "is_natural_person", "location_precision", "activity_basis", "status",
            "size_band", "record_count", "first_seen", "last_seen", "stale_days", "sources", "licences",
        ),
        (ForeignKey(("merged_into",), "core.organisation"),),
        check="(record_count = 0) = coalesce(partner_exclusion IN ('merged', 'no_longer_listed'), false)"
        " AND (merged_into IS NOT NULL) = coalesce(partner_exclusion = 'merged', false)",
    ),
    Table(
        "core.organisation_value",
        "A value that records of one organisation give for one field, for organisations of two or more records.",
        ("organisation_id", "field", "value", "record_id", "source", "is_chosen", "chosen_because"),
        ("organisation_id", "field", "value"),
        ("record_id", "source", "is_chosen"),
        (ForeignKey(("organisation_id",), "core.organisation"), ForeignKey(("record_id",), "core.organisation_record")),
        check="is_chosen = (chosen_because IS NOT NULL)",
    ),
    Table(
        "core.bridge",
        "Which organisation a record belongs to.",
        ("record_id", "organisation_id"),
        ("record_id",),
        ("organisation_id",),
        (ForeignKey(("record_id",), "core.organisation_record"), ForeignKey(("organisation_id",), "core.organisation")),
    ),
    Table(
        "core.identifier",
        "One official identifier of an organisation.",
        ("organisation_id", "identifier", "scheme", "source"),
        ("organisation_id", "identifier"),
        ("scheme", "source"),
        (ForeignKey(("organisation_id",), "core.organisation"),),
    ),
    Table(
        "core.location",
        "One address of an organisation.",
        ("organisation_id", "location_number", *_PLACE, "region_id", "source"),
        ("organisation_id", "location_number"),
        ("location_precision", "source"),
        (ForeignKey(("organisation_id",), "core.organisation"),),
    ),
    Table(
        "core.relationship",
        "A link between two bodies that are not one: a grant, contract or partnership, or kin that is stated or inferred.",
        (
            "relationship_id", "source", "native_id", "relationship_kind", "relationship_basis", "reason", "from_name",
            "from_identifier", "from_organisation_id", "to_name", "to_identifier", "to_organisation_id", "to_city",
            "to_postcode", "to_country", "title", "description", "programme_title", "amount", "currency", "agreed_on", "places",
            "register_url", "licence", "stale_days",
        ),
        ("relationship_id",),
        ("source", "native_id", "relationship_kind", "relationship_basis", "to_name", "licence", "stale_days"),
        (
            ForeignKey(("from_organisation_id",), "core.organisation"),
            ForeignKey(("to_organisation_id",), "core.organisation"),
        ),
    ),
    Table(
        "core.match_evidence",
        "A pair of records that was compared closely and came near to being, or is, one organisation.",
        (
            "record_id_a", "record_id_b", "decision", "probability", "rule", "name_similarity", "street_similarity",
            "same_house_number", "same_postcode", "same_city", "same_domain",
        ),
        ("record_id_a", "record_id_b"),
        ("decision", "probability", "rule", "name_similarity"),
        (ForeignKey(("record_id_a",), "core.organisation_record"), ForeignKey(("record_id_b",), "core.organisation_record")),
    ),
    Table(
        "core.match_feature",
        "What one field adds to or takes from the odds of a pair of core.match_evidence; a pair's add up to the model's.",
        ("record_id_a", "record_id_b", "field", "value_a", "value_b", "agreement", "log_odds"),
        ("record_id_a", "record_id_b", "field"),
        ("agreement", "log_odds"),
        (ForeignKey(("record_id_a", "record_id_b"), "core.match_evidence"),),
    ),
    Table(
        "core.match_weight",
        "How common a word, name, phone, site or blocking key is, frozen for the epoch of the model.",
        ("weight_kind", "weight_key", "frozen_number"),
        ("weight_kind", "weight_key"),
        ("frozen_number",),
    ),
    Table(
        "core.identity_changelog",
        "One thing that happened to an organisation id, of all nights.",
        ("change_number", "change_kind", "old_id", "new_id", "reason", "changed_on"),
        ("change_number",),
        ("change_kind", "reason", "changed_on"),
        (ForeignKey(("old_id",), "core.organisation"), ForeignKey(("new_id",), "core.organisation")),
    ),
    Table(
        "core.former_membership",
        "A record that belonged to an organisation on an earlier night and does not now: gone from its register, or elsewhere.",
        ("record_id", "organisation_id", "last_seen"),
        ("record_id", "organisation_id"),
        ("last_seen",),
        (ForeignKey(("organisation_id",), "core.organisation"),),
    ),
    Table(
        "core.rejected_row",
        "A row of a register that could not be kept.",
        ("source", "file_number", "row_number", "native_id", "rule", "field", "value"),
        ("source", "file_number", "row_number", "rule"),
    ),
    Table(
        "core.programme",
        "A grant, loan, service, contract or facility a public body offers.",
        (
            "programme_id", "source", "native_id", "title", "agency", "kinds", "objective", "applicants", "industries", "topics",
            "industry_id", "country", "places", "opens_on", "closes_on", "amount_min", "amount_max", "currency", "status",
            "partner_exclusion", "register_url", "licence", "stale_days",
        ),
        ("programme_id",),
        ("source", "native_id", "title", "status", "licence", "stale_days"),
    ),
    Table(
        "mart.opportunity",
        "One business and one partner that should meet, in one region and scope.",
        (
            "opportunity_id", "scope", "region_id", "region_name", "business_id", "business_name", "business_activity_id",
            "industry_id", "industry_name", "partner_kind", "partner_organisation_id", "partner_programme_id",
            "partner_name", "partner_sector", "partner_industry_id", "partner_activity_id", "funding_programme_id",
            "give", "get", "give_resource_id", "get_resource_id", "partnership_type", "partnership_area",
            "collaboration_model", "business_benefits", "partner_benefits", "themes", "value_economic", "value_social",
            "value_environmental", "value_knowledge", "score",
            "fit_exchange", "fit_cause", "precedent", "place", "capacity", "readiness", "evidence_coverage",
            "rank_in_region", "rank_in_industry", "rank_in_sector", "rank_for_business", "distance_km", "risk_flags",
            "stale_days", "explanation", "pilot", "business_website", "business_city", "business_postcode",
            "business_register_url", "partner_website", "partner_city", "partner_postcode", "partner_register_url",
            "first_seen", "sources", "licences",
        ),
        ("opportunity_id",),
        (
            "scope", "region_id", "region_name", "business_id", "business_name", "business_activity_id", "industry_id",
            "industry_name", "partner_kind", "partner_name", "partner_sector", "partner_activity_id", "give", "get",
            "give_resource_id", "get_resource_id", "partnership_type", "partnership_area", "collaboration_model",
            "business_benefits", "partner_benefits", "themes", "score", "evidence_coverage", "rank_in_region",
            "rank_in_industry", "rank_in_sector", "rank_for_business", "risk_flags", "stale_days", "explanation", "pilot",
            "first_seen", "sources", "licences",
        ),
        (
            ForeignKey(("business_id",), "core.organisation"),
            ForeignKey(("partner_organisation_id",), "core.organisation"),
            ForeignKey(("partner_programme_id",), "core.programme"),
            ForeignKey(("funding_programme_id",), "core.programme"),
            ForeignKey(("collaboration_model",), "mart.collaboration_model"),
        ),
        check="(partner_organisation_id IS NULL) <> (partner_programme_id IS NULL)"
        " AND (partner_kind = 'programme') = (partner_programme_id IS NOT NULL)"
        " AND (partner_organisation_id IS NULL OR partner_organisation_id <> business_id)",
    ),
    Table(
        "mart.opportunity_criterion",
        "One criterion of one opportunity; contributions sum to the score.",
        ("opportunity_id", "criterion", "sub_score", "weight", "contribution"),
        ("opportunity_id", "criterion"),
        ("weight", "contribution"),
        (ForeignKey(("opportunity_id",), "mart.opportunity"),),
    ),
    Table(
        "mart.opportunity_evidence",
        "One fact behind a criterion.",
        ("opportunity_id", "criterion", "evidence_number", "side", "record_id", "field", "value", "url"),
        ("opportunity_id", "criterion", "evidence_number"),
        ("side", "field", "value"),
        (ForeignKey(("opportunity_id",), "mart.opportunity"),),
    ),
    Table(
        "mart.opportunity_risk",
        "One thing to settle before the two of an opportunity start.",
        ("opportunity_id", "risk", "why", "mitigation"),
        ("opportunity_id", "risk"),
        ("why", "mitigation"),
        (ForeignKey(("opportunity_id",), "mart.opportunity"),),
    ),
    Table(
        "mart.opportunity_measure",
        "One thing the two of an opportunity can count to see whether it works; two to four each.",
        ("opportunity_id", "measure_number", "metric", "unit", "side", "baseline_needed", "target"),
        ("opportunity_id", "measure_number"),
        ("metric", "unit", "side", "baseline_needed", "target"),
        (ForeignKey(("opportunity_id",), "mart.opportunity"),),
    ),
    Table(
        "mart.opportunity_change",
        "One thing that happened to one opportunity on one day; of all nights the profile keeps, none of a first version.",
        (
            "opportunity_id", "changed_on", "change", "change_cause", "side", "changed_fields", "changed_record_id",
            "old_opportunity_id", "scope", "region_id", "industry_id", "business_id", "business_name", "partner_kind",
            "partner_organisation_id", "partner_programme_id", "partner_name", "score_before", "score_after",
            "rank_in_region_before", "rank_in_region_after", "rank_in_industry_before", "rank_in_industry_after",
            "rank_for_business_before", "rank_for_business_after",
        ),
        ("opportunity_id", "changed_on"),
        (
            "change", "change_cause", "changed_fields", "scope", "region_id", "industry_id", "business_id", "business_name",
            "partner_kind", "partner_name",
        ),
        (
            ForeignKey(("business_id",), "core.organisation"),
            ForeignKey(("partner_organisation_id",), "core.organisation"),
        ),
        check="(change = 'new') = (score_before IS NULL) AND (change = 'gone') = (score_after IS NULL)"
        " AND (partner_organisation_id IS NULL) <> (partner_programme_id IS NULL)",
    ),
    Table(
        "mart.collaboration_model",
        "A form a partnership can take; those no opportunity starts with stand here for what one may grow into.",
        (
            "collaboration_model", "model_name", "model_note", "integration", "risk_level", "complexity", "commitment_level",
            "typical_use", "grows_into",
        ),
        ("collaboration_model",),
        ("model_name", "model_note", "integration", "risk_level", "complexity", "commitment_level", "typical_use"),
        (ForeignKey(("grows_into",), "mart.collaboration_model"),),
    ),
    Table(
        "mart.tag",
        "Plain words of a tag in a list column of mart.opportunity: a benefit, a theme or a risk.",
        ("tag_kind", "tag", "tag_name", "tag_note"),
        ("tag_kind", "tag"),
        ("tag_name", "tag_note"),
    ),
    Table(
        "mart.coverage",
        "What a region × industry has to offer, thin cells included.",
        ("region_id", "industry_id", "industry_name", "business_count", "partner_count", "opportunity_count"),
        ("region_id", "industry_id"),
        ("industry_name", "business_count", "partner_count", "opportunity_count"),
    ),
    Table(
        "meta.run",
        "The run that published this version.",
        ("run_id", "profile", "as_of", "started_at_utc", "published_at_utc", "code_version", "schema_version"),
        ("run_id",),
        ("profile", "as_of", "started_at_utc", "published_at_utc", "code_version", "schema_version"),
        volatile=True,
    ),
    Table(
        "meta.source_run",
        "One file of one source in this run.",
        (
            "source",
            "file_number",
            "register_title",
            "url",
            "sha256",
            "bytes",
            "fetch_status",
            "fetched_on",
            "stale_days",
            "read_count",
            "kept_count",
            "rejected_count",
            "outside_count",
            "message",
        ),
        ("source", "file_number"),
        ("register_title", "fetch_status", "read_count", "kept_count", "rejected_count", "outside_count"),
        volatile=True,
    ),
    Table(
        "meta.source_column",
        "A column of a register's file that its module does not know.",
        ("source", "column_name", "first_seen"),
        ("source", "column_name"),
        ("first_seen",),
    ),
    Table(
        "meta.field_fill",
        "In how many kept rows of a source a field is known.",
        ("source", "field", "filled_count", "kept_count", "filled_share", "filled_share_before", "has_jumped"),
        ("source", "field"),
        ("filled_count", "kept_count", "filled_share", "has_jumped"),
    ),
    Table(
        "meta.match_epoch",
        "The epoch of the match model: until it ends, two records that do not change are always judged alike.",
        ("epoch_id", "match_model", "compared_count", "began_on"),
        ("epoch_id",),
        ("match_model", "compared_count", "began_on"),
    ),
    Table(
        "meta.quality_check",
        "One check made before publication.",
        ("check_name", "table_name", "severity", "passed", "failed_count", "detail"),
        ("check_name", "table_name"),
        ("severity", "passed", "failed_count", "detail"),
    ),
    Table(
        "meta.data_dictionary",
        "One column of one table, view or macro.",
        ("table_name", "column_number", "column_name", "data_type", "is_key", "is_required", "unit", "meaning", "example"),
        ("table_name", "column_name"),
        ("column_number", "data_type", "is_key", "is_required", "meaning"),
    ),
    Table(
        "meta.licence",
        "Terms of one source.",
        ("source", "register_title", "publisher", "licence", "licence_url", "attribution", "share_alike"),
        ("source",),
        ("register_title", "publisher", "licence", "licence_url", "attribution", "share_alike"),
    ),
)
# fmt: on

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
BY_SHORT: dict[str, Table] = {table.short: table for table in TABLES}

for _table in TABLES:
    _unknown = [c for c in (*_table.columns, *_table.key, *_table.required) if c not in COLUMNS]
    if _unknown:
        raise ValueError(f"{_table.name} names columns that columns.py does not define: {_unknown}")
