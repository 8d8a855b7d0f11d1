"""Two at one door are never introduced: a tenant, an arm, or one body under two names."""

from __future__ import annotations

from typing import Any

import pytest

BAKERY, FOOD_BANK = "org_corner_bakery", "org_food_bank"


@pytest.mark.parametrize(
    ("bakery", "food_bank", "meet"),
    [
        pytest.param({"street": "9 Elm St "}, {"street": "9 ELM ST"}, False, id="one street number and ZIP"),
        pytest.param({"street": "9 ELM ST"}, {"street": "11 ELM ST"}, True, id="next door"),
        pytest.param(
            {"country": "GB", "postcode": "L1 1AA"}, {"country": "GB", "postcode": "L1 1AA"}, False, id="one British postcode"
        ),
        pytest.param({"street": None}, {"street": None}, True, id="a ZIP alone is a district"),
    ],
)
def test_who_shares_a_door(world: Any, rank_world: Any, bakery: dict[str, Any], food_bank: dict[str, Any], meet: bool) -> None:
    world.change(BAKERY, **bakery)
    world.change(FOOD_BANK, **food_bank)
    assert ((BAKERY, FOOD_BANK) in rank_world(world).pairs()) == meet


def test_where_a_refuge_is_is_not_told(world: Any, rank_world: Any) -> None:
    world.change("org_page_turner", activity_id="clothing_shop", industry_id="clothing")
    world.change("org_legal_aid", activity_id="refuge")
    found = rank_world(world).pair("org_page_turner", "org_legal_aid")
    assert found["partner_postcode"] is None
    assert found["distance_km"] is None
    assert "km away" not in found["explanation"]
    assert "same postcode" not in found["explanation"]
