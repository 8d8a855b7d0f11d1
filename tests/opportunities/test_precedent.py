"""Who worked together before speaks for others like them, can be looked up, and is not introduced again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.opportunities.people import Known, Told, ToldFileError, read_known_partnerships

BAKERY, FOOD_BANK, PANTRY = "org_corner_bakery", "org_food_bank", "org_north_pantry"


@pytest.fixture
def second_bakery(world: Any) -> Any:
    """The small world with a bakery more."""
    bakery = next(row for row in world.organisations if row["organisation_id"] == BAKERY)
    world.organisations.append(bakery | {"organisation_id": "org_other_bakery", "display_name": "Other Bakery"})
    return world


def known(business: str, partner: str, since: str = "2024-05-01") -> Known:
    """A partnership people know of."""
    return Known(business, partner, "partnership", since)


def test_without_dealings_precedent_is_not_known(ranked: Any) -> None:
    assert {row["precedent"] for row in ranked.opportunities} == {None}


@pytest.mark.parametrize(
    ("partner", "expected"),
    [
        pytest.param(FOOD_BANK, 0.6, id="a bakery works with this very food bank"),
        pytest.param(PANTRY, 0.36, id="a bakery works with another food bank"),
        pytest.param("org_first_readers", None, id="nobody like it has dealings"),
    ],
)
def test_a_dealing_speaks_for_businesses_and_partners_like_them(
    second_bakery: Any, rank_world: Any, partner: str, expected: float | None
) -> None:
    found = rank_world(second_bakery, told=Told(known_partnerships=[known("org_other_bakery", FOOD_BANK)]))
    pairs = {(row["business_id"], row["partner_organisation_id"]): row["precedent"] for row in found.opportunities}
    assert pairs.get((BAKERY, partner)) == expected


def test_another_trade_of_the_industry_speaks_half_and_other_industries_not_at_all(second_bakery: Any, rank_world: Any) -> None:
    second_bakery.change("org_other_bakery", activity_id="butcher")
    found = rank_world(second_bakery, told=Told(known_partnerships=[known("org_other_bakery", FOOD_BANK)]))
    assert found.pair(BAKERY, FOOD_BANK)["precedent"] == 0.3
    second_bakery.change("org_other_bakery", activity_id="law_firm", industry_id="professional")
    found = rank_world(second_bakery, told=Told(known_partnerships=[known("org_other_bakery", FOOD_BANK)]))
    assert found.pair(BAKERY, FOOD_BANK)["precedent"] == 0.0, "it has dealings, but none of this kind"


def test_a_precedent_raises_the_score_and_can_be_looked_up(second_bakery: Any, rank_world: Any) -> None:
    before = rank_world(second_bakery).pair(BAKERY, FOOD_BANK)
    found = rank_world(second_bakery, told=Told(known_partnerships=[known("org_other_bakery", FOOD_BANK)]))
    after = found.pair(BAKERY, FOOD_BANK)
    assert after["evidence_coverage"] > before["evidence_coverage"]
    assert "Other Bakery already works with it." in after["explanation"]
    facts = [
        row for row in found.tables["opportunity_evidence"]
        if row["opportunity_id"] == after["opportunity_id"] and row["criterion"] == "precedent"
    ]  # fmt: skip
    assert [(row["record_id"], row["value"]) for row in facts] == [
        (f"known:org_other_bakery:{FOOD_BANK}", "Other Bakery and Food Bank, 2024-05-01")
    ]


def test_who_works_together_already_is_not_introduced(second_bakery: Any, rank_world: Any) -> None:
    found = rank_world(second_bakery, told=Told(known_partnerships=[known(BAKERY, FOOD_BANK)]))
    assert (BAKERY, FOOD_BANK) not in found.pairs()
    assert ("org_other_bakery", FOOD_BANK) in found.pairs()


def test_a_grant_to_a_business_is_a_dealing_and_one_to_a_charity_is_none(second_bakery: Any, rank_world: Any) -> None:
    second_bakery.links.append(("grant", FOOD_BANK, "org_other_bakery"))
    second_bakery.links.append(("grant", "org_central_library", PANTRY))
    found = rank_world(second_bakery)
    assert found.pair(BAKERY, FOOD_BANK)["precedent"] == 0.6
    assert not [
        row for row in found.opportunities if row["partner_organisation_id"] == "org_central_library" and row["precedent"]
    ]


def test_a_programme_that_could_pay_is_the_third_side(world: Any, rank_world: Any) -> None:
    found = rank_world(world).pair(BAKERY, FOOD_BANK)
    assert found["funding_programme_id"] == "test:4", "Food Waste Loans, open to small firms"
    assert "“Food Waste Loans”" in found["explanation"]
    assert rank_world(world).pair("org_page_turner", "org_central_library")["funding_programme_id"] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("business_id,partner_id\norg_a,org_b\n", [Known("org_a", "org_b", "partnership", "")]),
        (
            "partner_id,since,business_id,kind\norg_b,2024-01-01,org_a,contract\n",
            [Known("org_a", "org_b", "contract", "2024-01-01")],
        ),
        ("business_id,partner_id\n,org_b\norg_a,\n", []),
    ],
)
def test_known_partnerships_are_read(text: str, expected: list[Known], tmp_path: Path) -> None:
    (tmp_path / "known.csv").write_text(text)
    assert read_known_partnerships(tmp_path / "known.csv") == expected


def test_a_file_without_the_columns_says_which(tmp_path: Path) -> None:
    (tmp_path / "known.csv").write_text("business,partner\na,b\n")
    with pytest.raises(ToldFileError, match="lacks the columns business_id, partner_id"):
        read_known_partnerships(tmp_path / "known.csv")
