"""Lists are varied, obey every cap, and depend on nothing but the pairs themselves."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.opportunities.lists import (
    ON_A_PAGE,
    ONCE_A_PAGE,
    PAGE,
    VARIED_PAGES,
    Caps,
    Pair,
    best_first,
    choose,
    varied_order,
)

#: No deadline: a busy machine is no fault of the lists.
examples = settings(max_examples=40, deadline=None)

LOOSE = Caps(per_business=10**6, per_resource=10**6, per_partner_activity=10**6, per_partner=10**6, programmes=10**6)


def pair(number: int, score: float, business: int = 0, partner: int = 0, *, programme: bool = False, resource: int = 0) -> Pair:
    """A pair; what hangs together in the real tables hangs together here: a partner has one activity, a business one name."""
    return Pair(
        opportunity_id=f"opp_{number:04d}",
        score=score,
        business_id=f"business_{business}",
        partner_id=f"{'programme' if programme else 'partner'}_{partner}",
        partner_name=f"{'programme' if programme else 'partner'} {partner}",
        partner_activity_id=f"{'programme' if programme else 'kind'}_{partner % 4}",
        resource_id="programme" if programme else f"resource_{resource}",
        is_programme=programme,
        business_name=f"name {business // 2}",
        business_activity_id=f"trade_{business % 3}",
    )


def many(seed: int, count: int, scores: int = 20) -> list[Pair]:
    """`count` pairs with ties, in no order, each business and partner together once."""
    chance = random.Random(seed)
    places = chance.sample([(b, p, programme) for b in range(12) for p in range(12) for programme in (False, True)], count)
    return [
        pair(number, chance.randrange(scores) / scores, business, partner, programme=programme, resource=chance.randrange(3))
        for number, (business, partner, programme) in enumerate(places)
    ]


pairs_of_one_night = st.builds(many, st.integers(0, 10**6), st.integers(0, 120))
some_caps = st.builds(
    Caps,
    per_business=st.integers(1, 12),
    per_resource=st.integers(1, 4),
    per_partner_activity=st.integers(1, 4),
    per_partner=st.integers(1, 5),
    programmes=st.integers(0, 3),
)


def _broken(pair: Pair, held: Sequence[Pair], caps: Caps) -> list[str]:
    """Caps that are full for `pair` when `held` is published already."""
    own = [other for other in held if other.business_id == pair.business_id]
    same_resource = sum(other.resource_id == pair.resource_id for other in own)
    counts = {
        "per_business": (len(own), caps.per_business),
        "per_partner_activity": (
            sum(other.partner_activity_id == pair.partner_activity_id for other in own),
            caps.per_partner_activity,
        ),
    }
    if pair.is_programme:
        counts["programmes"] = (sum(other.is_programme for other in own), caps.programmes)
    else:
        counts["per_resource"] = (same_resource, caps.per_resource)
        counts["per_partner"] = (sum(other.partner_id == pair.partner_id for other in held), caps.per_partner)
    return [name for name, (count, limit) in counts.items() if count >= limit]


# --- choose ---------------------------------------------------------------------------------------------------------


def test_branches_of_one_name_stand_once_in_the_list_of_a_business() -> None:
    near = pair(1, 0.9, partner=0)
    far = pair(2, 0.8, partner=1)._replace(partner_name=near.partner_name)
    others = [pair(3, 0.7, partner=2), far._replace(opportunity_id="opp_0004", business_id="business_1", business_name="other")]
    assert [chosen.opportunity_id for chosen, _ in choose([far, near, *others], LOOSE)] == ["opp_0001", "opp_0004", "opp_0003"]


@examples
@given(pairs_of_one_night, some_caps)
def test_no_published_pair_breaks_a_cap(pairs: list[Pair], caps: Caps) -> None:
    chosen = [pair for pair, _ in choose(pairs, caps)]
    assert [_broken(pair, chosen[:place], caps) for place, pair in enumerate(chosen)] == [[] for _ in chosen]


@examples
@given(pairs_of_one_night, some_caps)
def test_no_pair_is_left_out_without_a_cap_to_blame(pairs: list[Pair], caps: Caps) -> None:
    chosen = [pair for pair, _ in choose(pairs, caps)]
    for left_out in set(pairs) - set(chosen):
        better = [pair for pair in chosen if (-pair.score, pair.opportunity_id) < (-left_out.score, left_out.opportunity_id)]
        assert _broken(left_out, better, caps), left_out


@examples
@given(pairs_of_one_night, some_caps, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(pairs: list[Pair], caps: Caps, chance: random.Random) -> None:
    shuffled = chance.sample(pairs, len(pairs))
    assert choose(shuffled, caps) == choose(pairs, caps)
    for on_a_page in (ON_A_PAGE, ONCE_A_PAGE):
        assert varied_order(shuffled, on_a_page) == varied_order(pairs, on_a_page)


@examples
@given(pairs_of_one_night, st.integers(1, 12))
def test_with_loose_caps_every_business_gets_its_best(pairs: list[Pair], length: int) -> None:
    expected: dict[str, list[Pair]] = defaultdict(list)
    for one in sorted(pairs, key=lambda p: (-p.score, p.opportunity_id)):
        expected[one.business_id].append(one)
    found: dict[str, list[Pair]] = defaultdict(list)
    for one, _ in choose(pairs, LOOSE._replace(per_business=length)):
        found[one.business_id].append(one)
    assert found == {business: best[:length] for business, best in expected.items()}


@examples
@given(pairs_of_one_night, some_caps)
def test_ranks_count_up_within_each_business_from_the_best(pairs: list[Pair], caps: Caps) -> None:
    lists: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
    for one, rank in choose(pairs, caps):
        lists[one.business_id].append((rank, -one.score, one.opportunity_id))
    for ranked in lists.values():
        assert [rank for rank, *_ in sorted(ranked)] == list(range(1, len(ranked) + 1))
        assert [rest for _, *rest in sorted(ranked)] == sorted(rest for _, *rest in ranked)


@examples
@given(st.integers(0, 10**6), some_caps, st.randoms(use_true_random=False))
def test_new_ids_change_nothing_where_no_scores_are_equal(seed: int, caps: Caps, chance: random.Random) -> None:
    pairs = [one._replace(score=number / 1000) for number, one in enumerate(many(seed, 80))]
    new_ids = dict(zip((p.opportunity_id for p in pairs), chance.sample(range(10**6), len(pairs)), strict=True))
    renamed = [one._replace(opportunity_id=str(new_ids[one.opportunity_id])) for one in pairs]
    by_score = {one.score: one for one in pairs}
    assert [(by_score[one.score], rank) for one, rank in choose(renamed, caps)] == choose(pairs, caps)
    assert [by_score[one.score] for one in varied_order(renamed, ON_A_PAGE)] == varied_order(pairs, ON_A_PAGE)


@examples
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_new_ids_change_only_the_order_among_equals(seed: int, chance: random.Random) -> None:
    pairs = many(seed, 80)
    new_ids = dict(zip((p.opportunity_id for p in pairs), chance.sample(range(10**6), len(pairs)), strict=True))
    old_ids = {str(new): old for old, new in new_ids.items()}
    renamed = best_first(one._replace(opportunity_id=str(new_ids[one.opportunity_id])) for one in pairs)
    found = [one._replace(opportunity_id=old_ids[one.opportunity_id]) for one in renamed]
    assert [one.score for one in found] == [one.score for one in best_first(pairs)]
    assert Counter(found) == Counter(pairs)


def test_one_partner_is_not_put_forward_to_everybody() -> None:
    pairs = [pair(number, 0.9 - number / 1000, business=number, partner=1) for number in range(50)]
    chosen = choose(pairs, LOOSE._replace(per_partner=7))
    assert [one for one, _ in chosen] == pairs[:7]


def test_a_programme_answers_everybody() -> None:
    pairs = [pair(number, 0.9, business=number, partner=1, programme=True) for number in range(50)]
    assert len(choose(pairs, LOOSE._replace(per_partner=7))) == 50


def test_a_capped_pair_makes_room_for_the_next_best() -> None:
    bread = [pair(number, 0.9 - number / 100, partner=number, resource=0) for number in range(5)]
    advice = pair(9, 0.2, partner=9, resource=1)
    chosen = choose([*bread, advice], LOOSE._replace(per_resource=3, per_business=4))
    assert [(one.opportunity_id, rank) for one, rank in chosen] == [
        ("opp_0000", 1),
        ("opp_0001", 2),
        ("opp_0002", 3),
        ("opp_0009", 4),
    ]


# --- varied_order ---------------------------------------------------------------------------------------------------

long_lists = st.builds(many, st.integers(0, 10**6), st.integers(0, 250))


def _keys(one: Pair) -> list[tuple[str, str]]:
    """What a page counts."""
    what = ("programme", "any") if one.is_programme else ("resource", one.resource_id)
    return [
        ("partner", one.partner_id),
        ("partner_activity", one.partner_activity_id),
        ("business_activity", one.business_activity_id),
        ("business", one.business_name),
        what,
    ]


def _fits(one: Pair, page: Sequence[Pair], on_a_page: Mapping[str, int]) -> bool:
    """Whether a page may take one more."""
    used = Counter(key for other in page for key in _keys(other))
    return all(used[key] < on_a_page[key[0]] for key in _keys(one))


@examples
@given(long_lists, st.sampled_from([ON_A_PAGE, ONCE_A_PAGE]))
def test_varied_order_is_a_permutation(pairs: list[Pair], on_a_page: Mapping[str, int]) -> None:
    assert Counter(varied_order(pairs, on_a_page)) == Counter(pairs)


@examples
@given(long_lists, st.sampled_from([ON_A_PAGE, ONCE_A_PAGE]))
def test_the_first_page_repeats_only_where_nothing_else_is_left(pairs: list[Pair], on_a_page: Mapping[str, int]) -> None:
    ordered = varied_order(pairs, on_a_page)
    for place, one in enumerate(ordered[:PAGE]):
        if not _fits(one, ordered[:place], on_a_page):
            assert not [other for other in ordered[place:] if _fits(other, ordered[:place], on_a_page)]
            break


@examples
@given(long_lists, st.sampled_from([ON_A_PAGE, ONCE_A_PAGE]))
def test_every_page_takes_the_best_that_still_fits(pairs: list[Pair], on_a_page: Mapping[str, int]) -> None:
    ordered, start = varied_order(pairs, on_a_page), 0
    for _ in range(VARIED_PAGES):
        page: list[Pair] = []
        while len(page) < PAGE and (
            fitting := [one for one in ordered[start:] if one not in page and _fits(one, page, on_a_page)]
        ):
            page.append(best_first(fitting)[0])
        assert ordered[start : start + len(page)] == page
        start += len(page)
    assert ordered[start:] == best_first(ordered[start:])


@examples
@given(st.integers(0, 10**6), st.sampled_from([ON_A_PAGE, ONCE_A_PAGE]))
def test_behind_the_varied_pages_the_list_goes_by_score_and_id(seed: int, on_a_page: Mapping[str, int]) -> None:
    rest = varied_order(many(seed, 250, scores=5), on_a_page)[PAGE * VARIED_PAGES :]
    assert len(rest) == 150
    assert [(-one.score, one.opportunity_id) for one in rest] == sorted((-one.score, one.opportunity_id) for one in rest)


def test_one_strong_partner_does_not_fill_the_first_page() -> None:
    strong = [pair(number, 0.9, business=2 * number, partner=0) for number in range(30)]
    others = [
        pair(100 + number, 0.5, business=100 + 2 * number, partner=number, resource=number)._replace(
            partner_activity_id=f"kind_{number}"
        )
        for number in range(1, 30)
    ]
    first_page = varied_order([*strong, *others], ON_A_PAGE | {"business_activity": PAGE})[:PAGE]
    assert Counter(one.partner_id for one in first_page)["partner_0"] == 1
    assert len({one.partner_activity_id for one in first_page}) == PAGE


def test_branches_under_one_name_count_as_one_business() -> None:
    branches = [pair(number, 0.9, business=number, partner=number, resource=number) for number in (0, 1)]
    other = pair(5, 0.1, business=4, partner=2, resource=2)
    assert branches[0].business_name == branches[1].business_name
    assert [one.opportunity_id for one in varied_order([*branches, other], ON_A_PAGE)] == ["opp_0000", "opp_0005", "opp_0001"]


@pytest.mark.parametrize("pairs", [[], [pair(1, 0.5)]], ids=["nothing", "one"])
def test_a_short_list_stays_as_it_is(pairs: list[Pair]) -> None:
    assert varied_order(pairs, ONCE_A_PAGE) == pairs
    assert choose(pairs, LOOSE) == [(one, 1) for one in pairs]
