"""Lists: how long, how varied, in what order, and that they are the greedy ones over every pair."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ranking import fit, search
from assets.ranking.engine import Best, Scorer
from assets.ranking.picking import Caps, choose

few = settings(max_examples=20, deadline=None)
caps = st.builds(Caps, st.integers(1, 5), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
Picked = list[tuple[str, str, int, float]]


def lists(scorer: Scorer, chosen_by: Caps) -> Picked:
    """(business, partner, rank, score) as chosen, by ids."""
    best, rank = choose(scorer, chosen_by)
    names = [table["id"].to_pylist() for table in (scorer.businesses, scorer.partners)]
    rows = zip(best.business.tolist(), best.partner.tolist(), rank.tolist(), best.score.tolist(), strict=True)
    return [(names[0][b], names[1][p], r, s) for b, p, r, s in rows]


def gifts(scorer: Scorer, pairs: list[tuple[str, str]]) -> list[str | None]:
    """The resource each pair is said to exchange, as the explanation has it."""
    row_of = [{name: row for row, name in enumerate(table["id"].to_pylist())} for table in (scorer.businesses, scorer.partners)]
    kinds = np.array([scorer.kind_of[row_of[0][business]] for business, _ in pairs], np.int32)
    partners = scorer.offered_of[[row_of[1][partner] for _, partner in pairs]]
    told: list[str | None] = fit.explain(scorer.kinds, scorer.offered, (kinds, partners))["give_resource_id"].to_pylist()
    return told


def greedy(scorer: Scorer, ranking: dict[str, list[tuple[str, float]]], kind_of: dict[str, str | None], limits: Caps) -> Picked:
    """The lists made by going down every pair of each business, where no partner is capped over all of them."""
    found: Picked = []
    for business, rows in ranking.items():
        resources, kinds = Counter[str | None](), Counter[str | None]()
        mine: Picked = []
        for (partner, score), gift in zip(rows, gifts(scorer, [(business, partner) for partner, _ in rows]), strict=True):
            kind = kind_of[partner]
            full = (
                len(mine) == (limits.per_business or len(rows))
                or resources[gift] == (limits.per_resource or len(rows))
                or (kind is not None and kinds[kind] == (limits.per_partner_activity or len(rows)))
            )
            if not full:
                resources[gift] += 1
                kinds[kind] += 1
                mine.append((business, partner, len(mine) + 1, score))
        found += mine
    return found


def kinds_of(world: Any) -> dict[str, str | None]:
    return {partner["id"]: partner["kind"] for partner in world.partners}


@few
@given(data=st.data(), limits=caps)
def test_no_cap_is_passed(data: st.DataObject, limits: Caps, worlds: Any) -> None:
    world = data.draw(worlds.strategy)
    scorer = worlds.scorer(world)
    picked = lists(scorer, limits)
    kind_of = kinds_of(world)
    given_in = gifts(scorer, [(b, p) for b, p, *_ in picked])
    counted = (
        (Counter(b for b, *_ in picked), limits.per_business),
        (Counter((b, gift) for (b, *_), gift in zip(picked, given_in, strict=True)), limits.per_resource),
        (Counter((b, kind_of[p]) for b, p, *_ in picked if kind_of[p]), limits.per_partner_activity),
        (Counter(p for _, p, *_ in picked), limits.per_partner),
    )
    for counts, most in counted:
        assert not most or max(counts.values(), default=0) <= most


@few
@given(data=st.data(), limits=caps)
def test_ranks_count_from_one_and_scores_fall(data: st.DataObject, limits: Caps, worlds: Any) -> None:
    scorer = worlds.scorer(data.draw(worlds.strategy))
    picked = lists(scorer, limits)
    scores = {(b, p): s for b, rows in worlds.ranking(scorer).items() for p, s in rows}
    assert all(scores[b, p] == s for b, p, _, s in picked)
    for business in {b for b, *_ in picked}:
        mine = [row for row in picked if row[0] == business]
        assert [rank for _, _, rank, _ in mine] == list(range(1, len(mine) + 1))
        assert mine == sorted(mine, key=lambda row: (-row[3], row[1]))


@few
@given(data=st.data(), limits=caps)
def test_lists_are_the_greedy_ones_over_every_pair(data: st.DataObject, limits: Caps, worlds: Any) -> None:
    limits = Caps(limits.per_business, limits.per_resource, limits.per_partner_activity, 0)
    world = data.draw(worlds.strategy)
    scorer = worlds.scorer(world)
    assert sorted(lists(scorer, limits)) == sorted(greedy(scorer, worlds.ranking(scorer), kinds_of(world), limits))


@pytest.mark.parametrize(
    "limits",
    [Caps(10, 2, 2), Caps(10, 0, 2), Caps(10, 2, 0), Caps(3, 0, 0), Caps(40, 5, 3), Caps(10, 1, 1)],
    ids=lambda c: f"{c.per_business}-{c.per_resource}-{c.per_partner_activity}",
)
def test_lists_out_of_many_are_the_greedy_ones_too(limits: Caps, worlds: Any) -> None:
    scorer = worlds.scorer(worlds.crowd)
    expected = greedy(scorer, worlds.ranking(scorer), kinds_of(worlds.crowd), limits)
    assert len(expected) > 50
    assert sorted(lists(scorer, limits)) == sorted(expected)


@pytest.mark.parametrize("limits", [Caps(10, 5, 1, 2), Caps(10, 2, 2, 1), Caps(4, 0, 1, 3), Caps(10, 3, 0, 1)], ids=str)
def test_who_is_left_out_of_a_list_with_room_is_full(limits: Caps, worlds: Any) -> None:
    """Where a partner may stand in few lists, nobody who could still be taken is overlooked."""
    scorer, kind_of = worlds.scorer(worlds.crowd), kinds_of(worlds.crowd)
    picked = [(business, partner) for business, partner, *_ in lists(scorer, limits)]
    held, of_partner = Counter(b for b, _ in picked), Counter(p for _, p in picked)
    of_gift = Counter((b, gift) for (b, _), gift in zip(picked, gifts(scorer, picked), strict=True))
    of_kind = Counter((b, kind_of[p]) for b, p in picked)
    every = [(b, p) for b, rows in worlds.ranking(scorer).items() for p, _ in rows]
    overlooked = [
        (b, p)
        for (b, p), gift in zip(every, gifts(scorer, every), strict=True)
        if held[b] < limits.per_business
        and of_partner[p] < limits.per_partner
        and of_gift[b, gift] < (limits.per_resource or len(every))
        and of_kind[b, kind_of[p]] < (limits.per_partner_activity or len(every))
    ]
    assert len(picked) > 50
    assert set(overlooked) <= set(picked)


@few
@given(data=st.data(), limits=caps, seed=st.integers(0, 99))
def test_the_order_of_rows_changes_no_list(data: st.DataObject, limits: Caps, seed: int, worlds: Any) -> None:
    world = data.draw(worlds.strategy)
    shuffle = random.Random(seed)
    mixed = type(world)(*(shuffle.sample(rows, len(rows)) for rows in (world.businesses, world.partners, world.edges)))
    assert lists(worlds.scorer(mixed), limits) == lists(worlds.scorer(world), limits)


def test_a_partner_wanted_by_all_goes_to_those_it_suits_best(worlds: Any) -> None:
    """Bakeries ever farther from one food bank, of which two may have it."""
    one = worlds.one(partner={"latitude": 53.0, "longitude": 0.0})
    bakeries = [
        {"id": f"b{n}", "name": f"Bakery {n}", "kind": "bakery", "latitude": 53 + (5 - n) / 10, "longitude": 0.0}
        for n in range(5)
    ]
    scorer = worlds.scorer(type(one)(bakeries, one.partners))
    assert [(b, r) for b, _, r, _ in lists(scorer, Caps(per_partner=2))] == [("b3", 1), ("b4", 1)]


@pytest.mark.parametrize("banks", [5, 35, 36, 70])
def test_where_each_partner_stands_in_one_list_all_find_another_one(banks: int, worlds: Any) -> None:
    """Sixty bakeries that all come first to the same food banks, and to the same shelters after them."""
    bakeries, food_banks, shelters = (
        [{"id": f"{mark}{n:02d}", "name": f"{mark} {n}", "kind": kind, "latitude": 53.0, "longitude": 0.0} for n in range(count)]
        for mark, kind, count in (("b", "bakery", 60), ("p", "food_bank", banks), ("q", "homeless_shelter", 65))
    )
    scorer = worlds.scorer(type(worlds.crowd)(bakeries, [*food_banks, *shelters]))
    picked = lists(scorer, Caps(per_business=10, per_resource=3, per_partner_activity=1, per_partner=1))
    assert Counter(p[0] for _, p, *_ in picked) == {"p": min(banks, 60), "q": 60}
    assert len({p for _, p, *_ in picked}) == len(picked)


def test_no_cap_at_all_gives_every_pair_that_has_a_score(worlds: Any) -> None:
    scorer = worlds.scorer(worlds.crowd)
    expected = [(b, p) for b, rows in worlds.ranking(scorer).items() for p, _ in rows]
    assert [(b, p) for b, p, *_ in lists(scorer, Caps(0, 0, 0, 0))] == expected


def test_more_businesses_than_a_small_counter_counts(worlds: Any) -> None:
    """Counts of partners are of two bytes while no more businesses than those could have them."""
    count = (1 << 16) + 10
    bakeries = [
        {"id": f"b{n}", "name": "Mill Bakery", "kind": "bakery", "latitude": 53.0, "longitude": 0.0} for n in range(count)
    ]
    banks = [{"id": f"p{n}", "name": f"Bank {n}", "kind": "food_bank", "latitude": 53.0, "longitude": 0.0} for n in range(2)]
    scorer = worlds.scorer(type(worlds.crowd)(bakeries, banks))
    for limits, each in ((Caps(0, 0, 0, 0), count), (Caps(0, 0, 0, 3), 3), (Caps(0, 0, 0, (1 << 16) + 1), (1 << 16) + 1)):
        assert np.bincount(choose(scorer, limits)[0].partner).tolist() == [each, each]


def test_a_kind_the_list_has_enough_of_is_not_looked_at_again(worlds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred times as many food banks as shelters, and each of them better, do not keep a bakery from the shelters."""
    banks = [
        {"id": f"p{n:03d}", "name": f"Bank {n}", "kind": "food_bank", "latitude": 53.0, "longitude": 0.0} for n in range(300)
    ]
    shelters = [
        {"id": f"q{n}", "name": f"Roof {n}", "kind": "homeless_shelter", "latitude": 53.4, "longitude": 0.0} for n in range(3)
    ]
    bakery = {"id": "b", "name": "Mill Lane Bakery", "kind": "bakery", "latitude": 53.0, "longitude": 0.0}
    scorer = worlds.scorer(type(worlds.crowd)([bakery], [*banks, *shelters]))
    looked_at, look = [], search.best_of_each_gift

    def counted(*asked: Any) -> Iterator[tuple[Best, Any]]:
        for best, gift in look(*asked):
            looked_at.append(len(best.partner))
            yield best, gift

    monkeypatch.setattr(search, "best_of_each_gift", counted)
    assert {p for _, p, *_ in lists(scorer, Caps(per_business=10, per_resource=5, per_partner_activity=1))} == {"p000", "q0"}
    assert sum(looked_at) < 60
