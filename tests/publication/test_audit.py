"""The audit: a sound world passes, each planted fault is found by its rule, and everything wrong is told at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.publication import audit, rules
from warehouse import parquet
from warehouse.tables import BY_NAME, TABLES

World = dict[str, list[dict[str, Any]]]

RULES = {f"{rule.table_name} {rule.check_name}": rule for rule in audit.all_rules()}


def opp(number: int, change: str) -> str:
    """SQL that changes one opportunity."""
    return f"UPDATE mart.opportunity SET {change} WHERE opportunity_id = 'opp_{number}'"


def criterion(number: int, name: str, change: str) -> str:
    """SQL that changes one criterion of one opportunity."""
    return f"UPDATE mart.opportunity_criterion SET {change} WHERE opportunity_id = 'opp_{number}' AND criterion = '{name}'"


def org(name: str, change: str) -> str:
    """SQL that changes one organisation."""
    return f"UPDATE core.organisation SET {change} WHERE organisation_id = 'org_{name}'"


#: What the registry says. Rule, fault planted in the world, what the finding must name, how often the rule is broken.
REGISTRY_FAULTS = [
    ("core.bridge key_unique", "INSERT INTO core.bridge SELECT * FROM core.bridge LIMIT 2", "little_rock:1", 2),
    ("core.programme required", "UPDATE core.programme SET title = NULL, source = NULL", "9.012 (source, title)", 1),
    ("mart.opportunity required", opp(1, "opportunity_id = NULL"), "NULL (opportunity_id)", 1),
    ("core.organisation values", org("far", "sector = 'secret'"), "org_far (sector)", 1),
    ("core.organisation column_check", org("far", "latitude = 91, stale_days = -1"), "(latitude, stale_days)", 1),
    ("mart.opportunity column_check", opp(1, "score = 'nan'"), "opp_1 (score)", 1),
    ("mart.opportunity row_check", opp(1, "partner_organisation_id = business_id"), "opp_1", 1),
    ("mart.opportunity row_check", opp(1, "partner_programme_id = 'sam:59.012'"), "opp_1", 1),
    ("mart.opportunity foreign_key_business_id", opp(1, "business_id = 'org_none'"), "opp_1 (org_none)", 1),
    ("mart.opportunity foreign_key_funding_programme_id", "DELETE FROM core.programme", "opp_1 (sam:59.012)", 1),
    ("core.identifier foreign_key_organisation_id", org("foodbank", "organisation_id = 'x'"), "(org_foodbank)", 1),
]

#: What the product promises, in the same form.
PRODUCT_FAULTS = [
    ("mart.opportunity business_is_private", org("cafe", "sector = 'public'"), "opp_5", 1),
    ("mart.opportunity partner_is_of_the_scope", org("library", "sector = 'private'"), "opp_2", 1),
    ("mart.opportunity partner_is_of_the_scope", opp(1, "partner_sector = 'public'"), "opp_1", 1),
    ("mart.opportunity partner_is_of_the_scope", opp(3, "partner_sector = 'nonprofit'"), "opp_3", 1),
    ("mart.opportunity no_natural_person", opp(4, "business_id = 'org_person'"), "opp_4 (org_person)", 1),
    ("mart.opportunity no_inactive", org("foodbank", "status = 'inactive'"), "opp_1 (org_foodbank)", 2),
    ("mart.opportunity no_excluded", opp(4, "partner_organisation_id = 'org_league'"), "opp_4 (org_league)", 1),
    ("mart.opportunity no_excluded", org("roofer", "partner_exclusion = 'chain'"), "opp_4 (org_roofer)", 1),
    ("mart.opportunity no_merged_away", org("cafe", "merged_into = 'org_far'"), "opp_5 (org_cafe)", 1),
    ("mart.opportunity no_excluded_programme", "UPDATE core.programme SET partner_exclusion = 'x'", "opp_1 (sam", 2),
    ("mart.opportunity in_region", org("library", "region_id = NULL"), "opp_2 (org_library)", 1),
    ("mart.opportunity in_region", "UPDATE core.location SET region_id = 'elsewhere'", "opp_5 (org_shelter)", 1),
    ("mart.opportunity rank_in_region_counts_up", opp(3, "rank_in_region = 5"), "us-ar-little-rock", 1),
    ("mart.opportunity rank_in_region_counts_up", opp(1, "rank_in_region = 0"), "us-ar-little-rock", 1),
    ("mart.opportunity rank_in_industry_counts_up", opp(2, "rank_in_industry = 1"), "food_service", 1),
    ("mart.opportunity rank_in_sector_counts_up", opp(5, "rank_in_sector = NULL"), "gb-liverpool / nonprofit", 1),
    ("mart.opportunity rank_for_business_counts_up", opp(2, "rank_for_business = 3"), "org_bakery", 1),
    (
        "mart.opportunity rank_for_business_follows_score",
        "UPDATE mart.opportunity SET rank_for_business = 3 - rank_for_business WHERE opportunity_id IN ('opp_1', 'opp_2')",
        "opp_1",
        1,
    ),
    ("mart.opportunity evidence_exists", "DELETE FROM mart.opportunity_evidence", "opp_1; opp_2", 5),
    ("mart.opportunity risk_flags_are_the_risks", opp(1, "risk_flags = ['+late']"), "opp_1", 1),
    ("mart.opportunity risk_flags_are_the_risks", "DELETE FROM mart.opportunity_risk WHERE risk = '+late'", "opp_1", 5),
    ("mart.opportunity tag_known", opp(1, "themes = ['dragons'], partner_benefits = ['local_food']"), "theme dragons", 2),
    ("mart.opportunity two_to_four_measures", "DELETE FROM mart.opportunity_measure WHERE measure_number = 1", "opp_1", 5),
    ("mart.opportunity licence_known", opp(1, "licences = ['US-PD', 'Secret']"), "Secret", 1),
    ("mart.opportunity source_has_terms", opp(1, "sources = ['little_rock', 'hearsay']"), "hearsay", 1),
    ("mart.opportunity list_not_empty", "DELETE FROM mart.opportunity", "no row", 1),
    ("mart.opportunity_criterion contributions_sum_to_score", opp(1, "score = score - 0.001"), "opp_1", 1),
    ("mart.opportunity_criterion contributions_sum_to_score", "DELETE FROM mart.opportunity_criterion", "opp_1", 5),
    ("mart.opportunity sources_are_both_sides", org("shelter", "sources = ['irs']"), "opp_5", 1),
    ("mart.opportunity sources_are_both_sides", "UPDATE core.programme SET licence = 'OGL'", "opp_3", 1),
    ("mart.opportunity_criterion contribution_is_its_share", criterion(1, "place", "sub_score = 0.1"), "opp_1 / place", 1),
    ("mart.opportunity_criterion criteria_are_the_columns", opp(2, "fit_cause = NULL"), "opp_2 / fit_cause", 1),
    ("mart.opportunity_criterion criteria_are_the_columns", opp(2, "precedent = 0.0"), "opp_2 / precedent", 1),
    (
        "mart.opportunity_evidence evidence_is_about_a_known_score",
        "UPDATE mart.opportunity_evidence SET criterion = 'precedent' WHERE opportunity_id = 'opp_2'",
        "opp_2 / precedent / 1",
        1,
    ),
    (
        "mart.opportunity_evidence evidence_leads_to_a_row",
        "UPDATE mart.opportunity_evidence SET record_id = 'irs:0' WHERE opportunity_id = 'opp_2'",
        "opp_2 / fit_exchange / 1 (irs:0)",
        1,
    ),
    (
        "mart.opportunity_evidence evidence_url_is_the_registers",
        "UPDATE mart.opportunity_evidence SET url = NULL WHERE opportunity_id = 'opp_2'",
        "opp_2 / fit_exchange / 1 (little_rock:1)",
        1,
    ),
    (
        "mart.opportunity_evidence evidence_is_of_its_side",
        "UPDATE mart.opportunity_evidence SET side = 'partner' WHERE opportunity_id = 'opp_2'",
        "opp_2 / fit_exchange / 1 (little_rock:1)",
        1,
    ),
    (
        "mart.coverage coverage_is_counted",
        "UPDATE mart.coverage SET opportunity_count = 2",
        "us-ar-little-rock / construction",
        3,
    ),
    ("mart.coverage coverage_is_counted", "DELETE FROM mart.coverage WHERE region_id = 'gb-liverpool'", "gb-liverpool / food", 1),
    (
        "mart.opportunity_evidence no_evidence_on_natural_person",
        "UPDATE mart.opportunity_evidence SET record_id = 'little_rock:7' WHERE opportunity_id = 'opp_1'",
        "opp_1 / fit_exchange / 1",
        1,
    ),
    ("core.bridge record_in_bridge_once", "DELETE FROM core.bridge WHERE record_id = 'little_rock:3'", "rock:3", 1),
    ("core.bridge record_in_bridge_once", "INSERT INTO core.bridge VALUES ('little_rock:3', 'x')", "rock:3", 1),
    ("core.organisation merged_into_lives", org("far", "merged_into = 'org_lost'"), "org_far (org_lost)", 1),
    ("core.organisation record_count_is_bridged", org("lost", "record_count = 1"), "org_lost", 1),
    ("core.organisation record_count_is_bridged", "DELETE FROM core.bridge WHERE record_id = 'little_rock:11'", "org_food", 1),
    ("meta.source_run read_is_kept_and_rejected", "UPDATE meta.source_run SET kept_count = 10", "little_rock / 1", 1),
    (
        "core.organisation_record place_known",
        "UPDATE core.organisation_record SET country = 'US', postcode = '99999' WHERE record_id = 'little_rock:3'",
        "little_rock:3",
        1,
    ),
    ("meta.run one_run", "DELETE FROM meta.run", "0 rows", 1),
]
FAULTS = REGISTRY_FAULTS + PRODUCT_FAULTS


@pytest.fixture(scope="module")
def loaded(published_tables: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sound world as tables that can be changed."""
    with parquet.connect() as con:
        for table in TABLES:
            source = parquet.read_sql(parquet.path_of(published_tables, table))
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
            con.execute(f"CREATE TABLE {table.name} AS SELECT * FROM {source}")
        yield con


@pytest.fixture
def world(loaded: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sound world; changes are undone."""
    loaded.execute("BEGIN")
    yield loaded
    loaded.execute("ROLLBACK")


@pytest.mark.parametrize(("name", "fault", "named", "count"), FAULTS)
def test_each_rule_finds_its_fault(world: duckdb.DuckDBPyConnection, name: str, fault: str, named: str, count: int) -> None:
    rule = RULES[name]
    assert audit.check(world, rule).passed, "the rule must hold before the fault is planted"
    world.execute(fault)
    finding = audit.check(world, rule)
    assert not finding.passed
    assert finding.failed_count == count
    assert named in finding.detail


def test_every_rule_of_the_product_and_every_kind_of_the_registry_has_a_planted_fault() -> None:
    planted = {name for name, *_ in PRODUCT_FAULTS}
    assert {f"{rule.table_name} {rule.check_name}" for rule in rules.PRODUCT_RULES} == planted
    kinds = {name.split(" ")[1].partition("_key_")[0] for name, *_ in REGISTRY_FAULTS}
    assert kinds == {"key_unique", "required", "values", "column_check", "row_check", "foreign"}


def test_a_sound_world_passes_every_rule_and_each_finding_is_a_row_of_its_own(published_tables: Path) -> None:
    findings = audit.audit(published_tables)
    assert [finding for finding in findings if not finding.passed] == []
    assert len(findings) == len({(finding.check_name, finding.table_name) for finding in findings})
    assert len(findings) == len(RULES) + len(TABLES)  # the columns of every table but the audit's own, and the floors
    audit.require_passed(findings)


def test_a_difference_of_rounding_is_not_a_fault(world: duckdb.DuckDBPyConnection) -> None:
    world.execute("UPDATE mart.opportunity SET score = score - 0.0004")
    assert audit.check(world, RULES["mart.opportunity_criterion contributions_sum_to_score"]).passed


def test_a_finding_shows_three_examples_in_order(world: duckdb.DuckDBPyConnection) -> None:
    world.execute("DELETE FROM mart.opportunity_evidence")
    finding = audit.check(world, RULES["mart.opportunity evidence_exists"])
    assert finding.failed_count == 5
    assert finding.detail.endswith("e.g. opp_1; opp_2; opp_3")


#: Rules whose first fault above breaks no other rule, and which can be broken in one world.
APART = (
    "core.programme required", "core.organisation values", "core.organisation column_check", "mart.opportunity business_is_private",
    "mart.opportunity partner_is_of_the_scope", "mart.opportunity no_inactive", "mart.opportunity no_excluded",
    "mart.opportunity no_excluded_programme", "mart.opportunity in_region", "mart.opportunity rank_in_region_counts_up",
    "mart.opportunity rank_in_industry_counts_up", "mart.opportunity rank_for_business_counts_up", "mart.opportunity evidence_exists",
    "mart.opportunity risk_flags_are_the_risks", "mart.opportunity tag_known", "mart.opportunity two_to_four_measures",
    "mart.opportunity licence_known", "mart.opportunity source_has_terms", "mart.opportunity sources_are_both_sides",
    "mart.opportunity_criterion contributions_sum_to_score", "mart.opportunity_criterion criteria_are_the_columns",
    "mart.coverage coverage_is_counted", "meta.source_run read_is_kept_and_rejected", "core.organisation_record place_known",
    "meta.run one_run",
)  # fmt: skip


def test_each_fault_is_found_by_the_rule_meant_and_by_no_other(world: duckdb.DuckDBPyConnection) -> None:
    """All at once: a rule that took another's fault for its own would be one too many."""
    first = {name: fault for name, fault, *_ in reversed(FAULTS)}
    for name in APART:
        world.execute(first[name])
    assert {name for name, rule in RULES.items() if not audit.check(world, rule).passed} == set(APART)


def test_everything_wrong_is_reported_at_once(
    published_world: World, published_tables: Path, write_tables: Callable[..., None], tmp_path: Path
) -> None:
    """Three broken files and two broken rules, in one call and one exception."""
    tables = Path(shutil.copytree(published_tables, tmp_path / "tables"))
    (tables / "licence.parquet").unlink()
    (tables / "coverage.parquet").write_bytes(b"not Parquet")
    frame = pq.read_table(tables / "identifier.parquet").drop_columns(["scheme"])
    pq.write_table(frame.append_column("colour", pa.array([7])), tables / "identifier.parquet")
    published_world["bridge"].pop()
    published_world["source_run"][0]["kept_count"] = 0
    write_tables(published_world, tables, ["bridge", "source_run"])
    findings = audit.audit(tables)
    failed = {(finding.table_name, finding.check_name): finding.detail for finding in findings if not finding.passed}
    assert failed["meta.licence", "columns"] == "licence.parquet is missing"
    assert failed["mart.coverage", "columns"].startswith("coverage.parquet cannot be read")
    expected = "colour is INTEGER, expected no such column; scheme is missing, expected VARCHAR"
    assert failed["core.identifier", "columns"].replace("BIGINT", "INTEGER") == expected
    assert failed["mart.opportunity", "licence_known"].startswith("not checked")
    assert "little_rock:11" in failed["core.bridge", "record_in_bridge_once"]
    assert ("mart.opportunity", "in_region") not in failed
    with pytest.raises(audit.AuditFailed) as raised:
        audit.require_passed(findings)
    assert {(finding.table_name, finding.check_name) for finding in raised.value.failures} == set(failed)
    assert all(f"{table}, {name}: {detail}" in str(raised.value) for (table, name), detail in failed.items())


def test_a_warning_does_not_stop_publication() -> None:
    rule = RULES["mart.opportunity list_not_empty"]
    audit.require_passed([audit.Finding(rule.check_name, rule.table_name, rule.severity, False, 1, "no row")])


def test_findings_become_the_table_of_quality_checks(tmp_path: Path) -> None:
    path = tmp_path / "quality_check.parquet"
    findings = [
        audit.Finding("values", "core.organisation", "error", False, 3, "found"),
        audit.Finding("columns", "core.bridge", "error", True, 0, "holds"),
    ]
    assert audit.write_quality_check(findings, path) == 2
    table = BY_NAME[audit.OWN_RESULT]
    with parquet.connect() as con:
        assert audit.open_table(con, table, path).passed
        rows = con.execute(f"SELECT check_name, table_name, passed, failed_count FROM {table.name}").fetchall()
    assert rows == [("columns", "core.bridge", True, 0), ("values", "core.organisation", False, 3)]
