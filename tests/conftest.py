"""The fixture world of the published tables: every table of the registry, tiny, complete and without a fault.

Two regions, and every kind of organisation that must or must not be put forward. Tests that need a fault plant it in
a copy.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from xdist.scheduler import LoadFileScheduling

from warehouse import build, dictionary, parquet
from warehouse.columns import CRITERIA
from warehouse.tables import BY_SHORT, SCHEMA_VERSION, TABLES

Rows = list[dict[str, Any]]
World = dict[str, Rows]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes get a number for a name: archives hold the time they were made, and both workers must find the same tests."""
    return "bytes" if isinstance(val, bytes) else None


#: Files that look at the nights of `pipelines/practice_story.py`.
ABOUT_NIGHTS = ("tests/pipelines/", "tests/test_whole_run.py")


class ByFile(LoadFileScheduling):
    """A file goes to one worker, and so do all files about the practice nights: another worker would tell those nights again."""

    def _split_scope(self, nodeid: str) -> str:
        return "practice nights" if nodeid.startswith(ABOUT_NIGHTS) else str(super()._split_scope(nodeid))


#: Files whose nights take longest go first, so that no worker is left with one of them when the other has done all else.
LONGEST_FIRST = ("test_broken_runs.py", "test_personal_data.py", "test_whole_run.py", "test_faulty_runs.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first; all other tests stay in their order."""
    items.sort(key=lambda item: LONGEST_FIRST.index(item.path.name) if item.path.name in LONGEST_FIRST else len(LONGEST_FIRST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Takes the place of xdist's own `--dist loadfile`. Its `loadgroup` would do, but xdist 3.8 and pytest 9.2 do not group."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def dagster_in_memory() -> Iterator[None]:
    """Nights run in this process keep Dagster's records in memory: on disk they are a fifth of a small night's work.

    Nights that are a process of their own keep them on disk, as a chamber's do.
    """
    import dagster as dg  # takes seconds, which tests without nights need not wait

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dg.DagsterInstance, "from_config", lambda _folder: dg.DagsterInstance.ephemeral())
        yield


AS_OF = date(2026, 11, 21)
LITTLE_ROCK, LIVERPOOL = "us-ar-little-rock", "gb-liverpool"
REGION_NAMES = {LITTLE_ROCK: "Little Rock", LIVERPOOL: "Liverpool"}
COUNTRIES = {"Little Rock": "US", "Liverpool": "GB"}
WEIGHTS = dict(zip(CRITERIA, (0.3, 0.2, 0.15, 0.15, 0.1, 0.1), strict=True))

MEASURES = (("food passed on", "kg a week", "partner", "more"), ("what the bins cost", "currency a month", "business", "less"))
TAGS = {
    "benefit": ("credibility", "resource_amplification", "social_impact"),
    "theme": ("local_food",),
    "risk": ("size_imbalance", "+late"),
}

#: id, name, sector, region, industry, what differs from an ordinary organisation
ORGANISATIONS: tuple[tuple[str, str, str, str | None, str, dict[str, Any]], ...] = (
    ("org_bakery", "Community Bakery", "private", LITTLE_ROCK, "food_service", {}),
    ("org_roofer", "=HYPERLINK(1)", "private", LITTLE_ROCK, "construction", {}),
    ("org_cafe", "Café “Silver”, Sons", "private", LIVERPOOL, "food_service", {}),
    ("org_foodbank", "Arkansas Foodbank", "nonprofit", LITTLE_ROCK, "human_services", {"record_count": 2}),
    ("org_library", "Central Library", "public", LITTLE_ROCK, "education", {}),
    ("org_shelter", "-Night Shelter", "nonprofit", None, "human_services", {}),
    ("org_person", "John Q Smith", "private", LITTLE_ROCK, "construction", {"is_natural_person": True}),
    ("org_league", "Grocers League", "nonprofit", LITTLE_ROCK, "membership", {"partner_exclusion": "business_league"}),
    ("org_gone", "Old Mission", "nonprofit", LITTLE_ROCK, "human_services", {"status": "inactive"}),
    ("org_far", "Alaska Trust", "nonprofit", None, "human_services", {}),
)

#: What is left of an id that lives no longer.
LOST: dict[str, Any] = {"partner_exclusion": "no_longer_listed", "record_count": 0, "status": "inactive"}

#: region, business, partner (organisation or programme), partner's sector, level of the sub-scores
PAIRS = (
    (LITTLE_ROCK, "org_bakery", "org_foodbank", "nonprofit", 0.9),
    (LITTLE_ROCK, "org_bakery", "org_library", "public", 0.7),
    (LITTLE_ROCK, "org_bakery", "sam:59.012", "public", 0.5),
    (LITTLE_ROCK, "org_roofer", "org_foodbank", "nonprofit", 0.6),
    (LIVERPOOL, "org_cafe", "org_shelter", "nonprofit", 0.8),
)


def _place(city: str | None) -> dict[str, Any]:
    names = ("street", "state", "postcode", "country", "county_name", "area_code", "latitude", "longitude")
    return {"city": city, "location_precision": "none", **dict.fromkeys(names), "country": COUNTRIES.get(city or "")}


def _register_row(name: str, sector: str, region: str | None, industry: str) -> dict[str, Any]:
    return {
        "name": name,
        "display_name": name,
        "other_names": [],
        "sector": sector,
        "is_natural_person": False,
        **_place(REGION_NAMES.get(region or "")),
        "region_id": region,
        "website": None,
        "website_domain": None,
        "description": None,
        "class_scheme": None,
        "class_codes": [],
        "activity_id": "bakery",
        "activity_basis": "class",
        "activity_confidence": 1.0,
        "industry_id": industry,
        "status": "active",
        "started_on": date(2001, 2, 3),
        "last_filed_on": None,
        "income_amount": None,
        "income_currency": None,
        "size_band": "small",
        "partner_exclusion": None,
        "register_url": "https://example.org/row",
        "stale_days": 0,
    }


def _organisations() -> Rows:
    more = {"record_count": 1, "merged_into": None, "first_seen": AS_OF, "last_seen": AS_OF}
    more |= {"sources": ["little_rock"], "licences": ["US-PD"]}
    lost = ("org_lost", "Lost Mission", "nonprofit", None, "human_services", LOST)
    return [
        {"organisation_id": id_, **_register_row(name, sector, region, industry), **more, **change}
        for id_, name, sector, region, industry, change in (*ORGANISATIONS, lost)
    ]


def _records() -> Rows:
    owners = [*(id_ for id_, *_ in ORGANISATIONS), "org_foodbank"]
    facts = {id_: (name, sector, region, industry, change) for id_, name, sector, region, industry, change in ORGANISATIONS}
    rows = []
    for number, owner in enumerate(owners, start=1):
        name, sector, region, industry, change = facts[owner]
        row = _register_row(name, sector, region, industry) | {k: v for k, v in change.items() if k != "record_count"}
        row |= {"record_id": f"little_rock:{number}", "source": "little_rock", "native_id": str(number)}
        rows.append(row | {"match_name": name.lower(), "legal_form": None, "identifiers": [], "licence": "US-PD"} | _NO_PARENT)
    return rows


#: What a record says that belongs to no other body and to no group.
_NO_PARENT: dict[str, Any] = {"parent_identifiers": [], "parent_name": None, "parent_kind": None, "centre_of": None}


def _opportunities() -> Rows:
    organisations = {row["organisation_id"]: row for row in _organisations()}
    rows = []
    for number, (region, business, partner, partner_sector, level) in enumerate(PAIRS, start=1):
        side, other = organisations[business], organisations.get(partner, {})
        known = {name: level for name in CRITERIA if name != "precedent"}
        weight = sum(WEIGHTS[name] for name in known)
        rows.append(
            {
                "opportunity_id": f"opp_{number}",
                "scope": "cross_sector",
                "region_id": region,
                "region_name": REGION_NAMES[region],
                "business_id": business,
                "business_name": side["display_name"],
                "business_activity_id": "bakery",
                "industry_id": side["industry_id"],
                "industry_name": side["industry_id"],
                "partner_kind": "organisation" if other else "programme",
                "partner_organisation_id": partner if other else None,
                "partner_programme_id": None if other else partner,
                "partner_name": other.get("display_name", "Small Business Loans"),
                "partner_sector": partner_sector,
                "partner_industry_id": other.get("industry_id"),
                "partner_activity_id": "food_bank",
                "funding_programme_id": "sam:59.012" if number == 1 else None,
                "give": "unsold bread",
                "get": "a good name",
                "give_resource_id": "surplus_food",
                "get_resource_id": "credibility",
                "partnership_type": "philanthropic",
                "partnership_area": "community",
                "collaboration_model": "giving_agreement",
                "business_benefits": ["credibility"],
                "partner_benefits": ["resource_amplification", "social_impact"],
                "themes": ["local_food"],
                "value_economic": 0.2,
                "value_social": 0.9,
                "value_environmental": None,
                "value_knowledge": 0.1,
                "score": math.fsum(level * WEIGHTS[name] / weight for name in known),
                **{name: known.get(name) for name in CRITERIA},
                "evidence_coverage": weight,
                **dict.fromkeys(("rank_in_region", "rank_in_industry", "rank_in_sector", "rank_for_business"), 0),
                "distance_km": 1.5,
                "risk_flags": ["size_imbalance", "+late"],
                "stale_days": 0,
                "explanation": 'They "fit",\nand are near.',
                "pilot": "Meet once.",
                "business_website": None,
                "business_city": side["city"],
                "business_postcode": None,
                "business_register_url": side["register_url"],
                "partner_website": None,
                "partner_city": None,
                "partner_postcode": None,
                "partner_register_url": None,
                "first_seen": AS_OF,
                "sources": ["little_rock"],
                "licences": ["US-PD"],
            }
        )
    _rank(rows, "rank_in_region", ("region_id",))
    _rank(rows, "rank_in_industry", ("region_id", "industry_id"))
    _rank(rows, "rank_in_sector", ("region_id", "partner_sector"))
    _rank(rows, "rank_for_business", ("business_id",))
    return rows


def _rank(rows: Rows, name: str, group: Iterable[str]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for row in sorted(rows, key=lambda row: (-row["score"], row["opportunity_id"])):
        key = tuple(row[column] for column in group)
        seen[key] = row[name] = seen.get(key, 0) + 1


def _criteria(opportunities: Rows) -> Rows:
    return [
        {
            "opportunity_id": row["opportunity_id"],
            "criterion": name,
            "sub_score": row[name],
            "weight": WEIGHTS[name],
            "contribution": (row[name] or 0.0) * WEIGHTS[name] / row["evidence_coverage"],
        }
        for row in opportunities
        for name in CRITERIA
    ]


def _world() -> World:
    opportunities = _opportunities()
    records = _records()
    owner_of = dict(
        zip((row["record_id"] for row in records), [id_ for id_, *_ in ORGANISATIONS] + ["org_foodbank"], strict=True)
    )
    world: World = {
        "organisation_record": records,
        "organisation": _organisations(),
        "bridge": [{"record_id": record, "organisation_id": owner} for record, owner in owner_of.items()],
        "identifier": [{"organisation_id": "org_foodbank", "identifier": "US-EIN-1", "scheme": "US-EIN", "source": "irs"}],
        "location": [
            {
                "organisation_id": "org_shelter",
                "location_number": 1,
                **_place("Liverpool") | {"postcode": "L1 4HY", "latitude": 53.4, "longitude": -2.98},
                "location_precision": "postcode",
                "region_id": LIVERPOOL,
                "source": "irs",
            },
        ],
        "match_evidence": [
            {
                "record_id_a": "little_rock:11",
                "record_id_b": "little_rock:4",
                "decision": "match",
                "probability": 0.99,
                "rule": "same_name",
                "name_similarity": 1.0,
                "street_similarity": None,
                "same_house_number": None,
                "same_postcode": True,
                "same_city": True,
                "same_domain": None,
            }
        ],
        "match_feature": [
            {
                "record_id_a": "little_rock:11",
                "record_id_b": "little_rock:4",
                "field": field,
                "value_a": value,
                "value_b": value,
                "agreement": agreement,
                "log_odds": log_odds,
            }
            for field, value, agreement, log_odds in (
                ("base", None, "unknown", -1.5),
                ("name", "arkansas foodbank", "same", 6.0),
                ("phone", None, "unknown", 0.0),
            )
        ],
        "match_weight": [{"weight_kind": "word", "weight_key": "foodbank", "frozen_number": 2.0}],
        "match_epoch": [
            {"epoch_id": "c1a096fc7ec70240", "match_model": "test-0123456789ab", "compared_count": 11, "began_on": AS_OF}
        ],
        "organisation_value": [
            {
                "organisation_id": "org_foodbank",
                "field": "name",
                "value": "Arkansas Foodbank",
                "record_id": "little_rock:4",
                "source": "little_rock",
                "is_chosen": True,
                "chosen_because": "only_value",
            }
        ],
        "former_membership": [{"record_id": "little_rock:99", "organisation_id": "org_lost", "last_seen": AS_OF}],
        "identity_changelog": [
            {
                "change_number": 1,
                "change_kind": "added",
                "old_id": None,
                "new_id": "org_bakery",
                "reason": "first seen",
                "changed_on": AS_OF,
            }
        ],
        "relationship": [
            {
                "relationship_id": "little_rock:g1",
                "source": "little_rock",
                "native_id": "g1",
                "relationship_kind": "grant",
                "relationship_basis": "official",
                "reason": None,
                "from_name": "A Fund",
                "from_identifier": None,
                "from_organisation_id": None,
                "to_name": "Arkansas Foodbank",
                "to_identifier": "US-EIN-1",
                "to_organisation_id": "org_foodbank",
                "to_city": None,
                "to_postcode": None,
                "to_country": "US",
                "title": "A van",
                "description": None,
                "programme_title": None,
                "amount": 20_000,
                "currency": "USD",
                "agreed_on": AS_OF,
                "places": [],
                "register_url": None,
                "licence": "US-PD",
                "stale_days": 0,
            }
        ],
        "source_column": [{"source": "little_rock", "column_name": "Ward", "first_seen": AS_OF}],
        "field_fill": [
            {
                "source": "little_rock",
                "field": "postcode",
                "filled_count": 10,
                "kept_count": 11,
                "filled_share": 0.9091,
                "filled_share_before": None,
                "has_jumped": False,
            }
        ],
        "rejected_row": [
            {
                "source": "little_rock",
                "file_number": 1,
                "row_number": 7,
                "native_id": None,
                "rule": "no name",
                "field": "name",
                "value": None,
            }
        ],
        "programme": [
            {
                "programme_id": "sam:59.012",
                "source": "little_rock",
                "native_id": "59.012",
                "title": "Small Business Loans",
                "agency": "SBA",
                "kinds": ["loan"],
                "objective": None,
                "applicants": ["small_business"],
                "industries": [],
                "topics": [],
                "industry_id": None,
                "country": "US",
                "places": [],
                "opens_on": None,
                "closes_on": None,
                "amount_min": None,
                "amount_max": 5_000_000,
                "currency": "USD",
                "status": "open",
                "partner_exclusion": None,
                "register_url": None,
                "licence": "US-PD",
                "stale_days": 0,
            }
        ],
        "opportunity": opportunities,
        "opportunity_criterion": _criteria(opportunities),
        "opportunity_evidence": [
            {
                "opportunity_id": row["opportunity_id"],
                "criterion": "fit_exchange",
                "evidence_number": 1,
                "side": "business",
                "record_id": next(record for record, owner in owner_of.items() if owner == row["business_id"]),
                "field": "class_codes",
                "value": "bakery",
                "url": "https://example.org/row",
            }
            for row in opportunities
        ],
        "opportunity_risk": [
            {"opportunity_id": row["opportunity_id"], "risk": risk, "why": f"A sign of {risk}.", "mitigation": "Talk first."}
            for row in opportunities
            for risk in row["risk_flags"]
        ],
        "opportunity_measure": [
            {"opportunity_id": row["opportunity_id"], "measure_number": number, "metric": metric, "unit": unit, "side": side}
            | {"baseline_needed": "Count for one week.", "target": f"a tenth {change}"}
            for row in opportunities
            for number, (metric, unit, side, change) in enumerate(MEASURES, start=1)
        ],
        "opportunity_change": [
            {"opportunity_id": "opp_past", "changed_on": AS_OF, "change": "gone", "change_cause": "record_gone"}
            | {"side": "partner", "changed_fields": [], "changed_record_id": "little_rock:9", "old_opportunity_id": None}
            | {"scope": "cross_sector", "region_id": LITTLE_ROCK, "industry_id": "food_service", "business_id": "org_bakery"}
            | {"business_name": "Community Bakery", "partner_kind": "organisation", "partner_organisation_id": "org_gone"}
            | {"partner_programme_id": None, "partner_name": "Old Mission", "score_before": 0.6, "score_after": None}
            | {"rank_in_region_before": 5, "rank_in_region_after": None, "rank_in_industry_before": 4}
            | {"rank_in_industry_after": None, "rank_for_business_before": 4, "rank_for_business_after": None}
        ],
        "collaboration_model": [
            {"collaboration_model": "giving_agreement", "model_name": "A giving agreement", "model_note": "A short letter."}
            | {"integration": "low", "risk_level": "low", "complexity": "low", "commitment_level": 1}
            | {"typical_use": "Goods go one way.", "grows_into": None}
        ],
        "tag": [
            {"tag_kind": kind, "tag": tag, "tag_name": tag.strip("+").replace("_", " "), "tag_note": f"About {tag}."}
            for kind, tags in TAGS.items()
            for tag in tags
        ],
        "coverage": [
            {
                "region_id": region,
                "industry_id": industry,
                "industry_name": name,
                "business_count": 1,
                "partner_count": count,
                "opportunity_count": count,
            }
            for region, industry, name, count in (
                (LITTLE_ROCK, "food_service", "Food", 3),
                (LITTLE_ROCK, "construction", "Building", 1),
                (LIVERPOOL, "food_service", "Food", 1),
            )
        ],
        "run": [
            {
                "run_id": "6f0d1c2b3a",
                "profile": "test",
                "as_of": AS_OF,
                "started_at_utc": datetime(2026, 11, 21, 1),
                "published_at_utc": datetime(2026, 11, 21, 2),
                "code_version": "0.1.0",
                "schema_version": SCHEMA_VERSION,
            }
        ],
        "source_run": [
            {
                "source": "little_rock",
                "file_number": 1,
                "register_title": "Business licences",
                "url": None,
                "sha256": None,
                "bytes": 10,
                "fetch_status": "fetched",
                "fetched_on": AS_OF,
                "stale_days": 0,
                "read_count": 12,
                "kept_count": 11,
                "rejected_count": 1,
                "outside_count": 0,
                "message": None,
            }
        ],
        "quality_check": [
            {
                "check_name": "one_run",
                "table_name": "meta.run",
                "severity": "error",
                "passed": True,
                "failed_count": 0,
                "detail": "holds",
            }
        ],
        "data_dictionary": dictionary.rows(),
        "licence": [
            {
                "source": "little_rock",
                "register_title": "Business licences",
                "publisher": "City of Little Rock",
                "licence": "US-PD",
                "licence_url": "https://example.org/terms",
                "attribution": "City of Little Rock",
                "share_alike": False,
            }
        ],
    }
    return world


def write_world(world: World, folder: Path, only: Iterable[str] | None = None) -> None:
    """Write the world's tables (or those named) as `<short>.parquet`."""
    with parquet.connect() as con:
        for short in world if only is None else only:
            con.register("rows_of_table", pa.Table.from_pylist(world[short]))
            parquet.write(con, "SELECT * FROM rows_of_table", BY_SHORT[short], folder / f"{short}.parquet")


@pytest.fixture(scope="session")
def _pristine() -> World:
    world = _world()
    assert set(world) == {table.short for table in TABLES}, "the fixture world must hold every table of the registry"
    return world


@pytest.fixture
def published_world(_pristine: World) -> World:
    """The world as rows, free to change."""
    return copy.deepcopy(_pristine)


@pytest.fixture(scope="session")
def published_tables(_pristine: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world as a folder of Parquet files; not to be changed."""
    folder = tmp_path_factory.mktemp("published_tables")
    write_world(_pristine, folder)
    return folder


@pytest.fixture(scope="session")
def published_database(published_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world as `build` makes it, alone in its folder; not to be changed."""
    return build.build(published_tables, tmp_path_factory.mktemp("published_database"))


@pytest.fixture(scope="session")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """One connection for looking at files; nothing is kept in it."""
    with parquet.connect() as con:
        yield con


@pytest.fixture(scope="session")
def write_tables() -> Callable[..., None]:
    """`write_world`, for tests that change the world first."""
    return write_world
