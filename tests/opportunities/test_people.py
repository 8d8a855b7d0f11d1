"""What people wrote down: members, goals, and ids that were merged since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.opportunities.lists import Caps
from assets.opportunities.people import Told, ToldFileError, read_goals, read_members, read_people

BAKERY, FOOD_BANK = "org_corner_bakery", "org_food_bank"


def test_an_exchange_that_serves_a_goal_counts_more_and_others_as_before(world: Any, rank_world: Any, ranked: Any) -> None:
    found = rank_world(world, told=Told(goals=[(BAKERY, "cut_waste")]))
    plain, wished = ranked.pair(BAKERY, FOOD_BANK), found.pair(BAKERY, FOOD_BANK)
    assert wished["fit_exchange"] == pytest.approx(plain["fit_exchange"] + 0.3 * (1 - plain["fit_exchange"]), abs=1e-4)
    other = ("org_page_turner", "org_central_library")
    assert found.pair(*other)["score"] == ranked.pair(*other)["score"]


def test_a_priority_of_the_chamber_is_a_goal_of_every_business(world: Any, rank_world: Any) -> None:
    of_all = rank_world(world, told=Told(goals=[(None, "cut_waste")])).pair(BAKERY, FOOD_BANK)
    assert of_all["score"] == rank_world(world, told=Told(goals=[(BAKERY, "cut_waste")])).pair(BAKERY, FOOD_BANK)["score"]


def test_members_go_first_only_where_asked(world: Any, rank_world: Any) -> None:
    bakery = next(row for row in world.organisations if row["organisation_id"] == BAKERY)
    # The smaller id would win the one place the food bank has.
    world.organisations.append(bakery | {"organisation_id": "org_a_bakery"})
    scarce = Caps(per_business=9, per_resource=9, per_partner_activity=9, per_partner=1, programmes=0)
    for first, served in ((False, "org_a_bakery"), (True, BAKERY)):
        found = rank_world(world, caps=scarce._replace(members_first=first), told=Told(members=[BAKERY]))
        with_food_bank = {business for business, partner in found.pairs() if partner == FOOD_BANK}
        assert len(with_food_bank) == 1
        if first:
            assert with_food_bank == {served}


def test_an_id_that_was_merged_speaks_for_the_body_it_lives_on_in(world: Any, rank_world: Any, ranked: Any) -> None:
    bakery = next(row for row in world.organisations if row["organisation_id"] == BAKERY)
    world.organisations.append(
        bakery | {"organisation_id": "org_old", "merged_into": BAKERY, "partner_exclusion": "merged", "status": "inactive"}
    )
    found = rank_world(world, told=Told(declined=[("org_old", FOOD_BANK)]))
    assert found.pairs() == ranked.pairs() - {(BAKERY, FOOD_BANK)}


def test_a_folder_without_files_says_nothing(tmp_path: Path) -> None:
    assert read_people(tmp_path) == Told([], [], [], [])


def test_members_and_goals_are_read(tmp_path: Path) -> None:
    (tmp_path / "members.csv").write_text("name,business_id\nCorner Bakery,org_a\n,\n")
    (tmp_path / "goals.csv").write_text("business_id,goal\norg_a,cut_waste\n")
    assert read_members(tmp_path / "members.csv") == ["org_a"]
    assert read_people(tmp_path, ["innovate"]).goals == [(None, "innovate"), ("org_a", "cut_waste")]


def test_an_unknown_goal_is_named_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "goals.csv").write_text("business_id,goal\norg_a,get_rich\n")
    with pytest.raises(ToldFileError, match="'get_rich'; goals are cut_waste, innovate"):
        read_goals(tmp_path / "goals.csv", ("innovate", "cut_waste"))
