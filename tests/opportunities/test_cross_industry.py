"""Business with business: in lists of its own, of another industry, never rivals, and only where the profile asks for it."""

from __future__ import annotations

from typing import Any

import pytest

from assets.opportunities.lists import Caps

BOTH = Caps(per_business=100, per_resource=100, per_partner_activity=100, per_partner=100, programmes=100, cross_industry=True)


@pytest.fixture(scope="module")
def traders(ranker: Any, small: Any) -> Any:
    """The small world with a few businesses more, ranked in both scopes."""
    world = small()
    bakery = next(row for row in world.organisations if row["organisation_id"] == "org_corner_bakery")
    for name, activity, industry in (
        ("accountant", "accountant", "finance"), ("hotel", "hotel", "hospitality"), ("cafe", "cafe", "food_service"),
        ("second_bakery", "bakery", "food_retail"),
    ):  # fmt: skip
        world.organisations.append(
            bakery
            | {"organisation_id": f"org_{name}", "display_name": name.title(), "activity_id": activity, "industry_id": industry}
        )
    return ranker(world, caps=BOTH)


def test_without_the_switch_there_is_no_such_opportunity(ranked: Any) -> None:
    assert {row["scope"] for row in ranked.opportunities} == {"cross_sector"}


def test_both_scopes_stand_side_by_side_and_the_first_is_as_before(traders: Any, ranked: Any) -> None:
    scopes = {row["scope"] for row in traders.opportunities}
    assert scopes == {"cross_sector", "cross_industry"}
    before = {row["opportunity_id"]: row["score"] for row in ranked.opportunities}
    after = {row["opportunity_id"]: row["score"] for row in traders.opportunities}
    assert {key: after[key] for key in before if key in after} == {key: before[key] for key in before if key in after}


def test_partners_are_businesses_of_another_industry(traders: Any) -> None:
    pairs = [row for row in traders.opportunities if row["scope"] == "cross_industry"]
    assert pairs
    for row in pairs:
        assert row["partner_sector"] == "private"
        assert row["partner_industry_id"] != row["industry_id"]
        assert row["business_id"] != row["partner_organisation_id"]
        assert row["partnership_type"] == "transactional"
        assert row["give"] and row["get"] and row["pilot"] and "None" not in row["explanation"]


def test_ranks_count_up_in_each_scope(traders: Any) -> None:
    for scope in ("cross_sector", "cross_industry"):
        ranks = sorted(row["rank_in_region"] for row in traders.opportunities if row["scope"] == scope)
        assert ranks[0] == 1
    of_bakery = [
        row["rank_for_business"]
        for row in traders.opportunities
        if row["scope"] == "cross_industry" and row["business_id"] == "org_corner_bakery"
    ]
    assert sorted(of_bakery) == list(range(1, len(of_bakery) + 1))


def test_every_one_has_measures_and_criteria(traders: Any) -> None:
    ids = {row["opportunity_id"] for row in traders.opportunities if row["scope"] == "cross_industry"}
    assert ids <= {row["opportunity_id"] for row in traders.tables["opportunity_measure"]}
    assert ids <= {row["opportunity_id"] for row in traders.tables["opportunity_criterion"]}
