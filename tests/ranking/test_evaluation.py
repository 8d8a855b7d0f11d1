"""The split in time, keyword search, and what an evaluation says of worlds where it is known what decides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ranking import evaluation
from assets.ranking.evaluation import ALONE, KEYWORD, METHODS, METRICS, OURS, POPULARITY, RANDOM, Evaluation, evaluate
from assets.ranking.keywords import Keywords
from assets.ranking.truth import TruthError, draws, pairs_of, split

#: from, to, date
Edge = tuple[str, str, str | None]


def edges(rows: Sequence[Edge], kind: str = "partner") -> pa.Table:
    """A table of edges as `files.read_edges` gives it."""
    columns = list(zip(*rows, strict=True)) if rows else [[], [], []]
    names = ("from_id", "to_id", "date")
    table = {name: pa.array(list(column), pa.string()) for name, column in zip(names, columns, strict=True)}
    return pa.table({**table, "kind": pa.array([kind] * len(rows), pa.string())})


def bodies(prefix: str, count: int, **columns: Sequence[object]) -> pa.Table:
    """`count` bodies with nothing but a name, and any columns given."""
    return pa.table({"id": [f"{prefix}{n}" for n in range(count)], "name": [f"{prefix} {n}" for n in range(count)], **columns})


BUSINESSES, PARTNERS = bodies("b", 6), bodies("p", 6)
DAY = date(2020, 1, 1)


# --- the split ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "truth", "history"),
    [
        ([("b1", "p1", "2020-01-01")], {"b1": ("p1",)}, 0),
        ([("p1", "b1", "2020-03-01"), ("b1", "p0", "2021")], {"b1": ("p0", "p1")}, 0),
        ([("b1", "p1", "2019-12-31")], {}, 1),
        ([("b1", "p1", "2019"), ("b2", "p1", "2020-02-01")], {"b2": ("p1",)}, 1),
        ([("b1", "p2", "2019"), ("b1", "p1", "2020-02-01")], {}, 1),  # b1 is not cold
        ([("b1", "x9", "2019"), ("b1", "p1", "2020-02-01")], {}, 1),  # nor with a partner that is not listed
        ([("b1", "p1", None), ("b1", "p2", "2020-02-01")], {}, 0),  # it may have been before
        ([("b1", "p1", "2020-02-01"), ("b1", "p1", "2020-02-01")], {"b1": ("p1",)}, 0),
    ],
    ids=["on the day", "either direction", "before", "a year before", "not cold", "not cold elsewhere", "no date", "twice"],
)
def test_what_is_history_and_what_is_truth(rows: list[Edge], truth: dict[str, tuple[str, ...]], history: int) -> None:
    found = split(edges(rows), BUSINESSES, PARTNERS, DAY)
    assert (found.truth, found.history.num_rows) == (truth, history)


def test_a_year_that_straddles_the_day_is_left_out() -> None:
    found = split(edges([("b1", "p1", "2020"), ("b2", "p1", "2020-06-30")]), BUSINESSES, PARTNERS, date(2020, 6, 1))
    assert (found.truth, found.history.num_rows, found.unplaced) == ({"b2": ("p1",)}, 0, 1)


def test_without_dates_everything_is_truth() -> None:
    found = split(edges([("b1", "p1", None), ("b2", "p1", "")]), BUSINESSES, PARTNERS)
    assert (found.day, dict(found.truth), found.history.num_rows) == (None, {"b1": ("p1",), "b2": ("p1",)}, 0)


def test_by_default_about_a_fifth_is_truth() -> None:
    rows: list[Edge] = [(f"b{n % 6}", f"p{n % 5}", f"2020-01-{n + 1:02}") for n in range(20)]
    assert split(edges(rows), BUSINESSES, PARTNERS).day == date(2020, 1, 17)


def test_kin_are_no_partners() -> None:
    kin = edges([("b1", "p1", "2021")], "subsidiary")
    found = split(kin, BUSINESSES, PARTNERS)
    assert (dict(found.truth), found.kin.num_rows, pairs_of(kin, BUSINESSES, PARTNERS)) == ({}, 1, {})


@pytest.mark.parametrize(
    ("rows", "day", "says"),
    [
        ([("b1", "p1", "31/12/2020")], None, "'31/12/2020' of an edge cannot be read; write 2024-05-31"),
        ([("b1", "p1", "2020-13")], None, "'2020-13'"),
        ([("b1", "p1", None)], DAY, "no edge has a date, so they cannot be split at 2020-01-01"),
    ],
)
def test_dates_that_cannot_be_used_are_told(rows: list[Edge], day: date | None, says: str) -> None:
    with pytest.raises(TruthError, match=says):
        split(edges(rows), BUSINESSES, PARTNERS, day)


def test_draws_depend_on_the_seed_and_the_id_alone() -> None:
    assert draws(7, "b1", (3,)).tolist() == draws(7, "b1", (3,)).tolist()
    assert draws(7, "b1", (3,)).tolist() != draws(8, "b1", (3,)).tolist() != draws(8, "b2", (3,)).tolist()


# --- keyword search -------------------------------------------------------------------------------------------------


def test_keyword_search_is_the_cosine_of_weighted_words() -> None:
    partners = bodies("p", 3, class_text=["food bank", "food club", "dogs"], description=[None] * 3)
    partners = partners.set_column(1, "name", pa.array(["", "", ""]))
    rare, common = math.log(4 / 2), math.log(4 / 3)
    found = Keywords(partners).similar("food dogs and trains")
    query = math.hypot(common, rare)
    assert found.tolist() == pytest.approx([common * common / math.hypot(common, rare) / query] * 2 + [rare / query])


def test_a_word_in_every_text_tells_nothing() -> None:
    partners = bodies("p", 2, class_text=["trust food", "trust dogs"], description=[None] * 2)
    assert Keywords(partners).similar("trust").tolist() == [0, 0]


# --- worlds where it is known what decides --------------------------------------------------------------------------


def place_world(order: Sequence[int] = range(30)) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Thirty businesses of one kind and thirty partners of one kind, a kilometre apart on a line; neighbours are partners."""
    sides = [
        pa.table(
            {
                "id": [f"{side}{n:02}" for n in order],
                "name": [word] * 30,
                "class_text": [kind] * 30,
                "description": pa.nulls(30, pa.string()),
                "latitude": [51 + n / 100 for n in order],
                "longitude": [0.0] * 30,
            }
        )
        for side, word, kind in (("b", "Shop", "bakery"), ("p", "House", "food bank"))
    ]
    known = edges([(f"b{n:02}", f"p{n:02}", None) for n in order])
    return known, sides[0], sides[1]


def run(world: tuple[pa.Table, pa.Table, pa.Table], day: date | None = None, distractors: int | None = None) -> Evaluation:
    """The evaluation of a world."""
    known, businesses, partners = world
    return evaluate(split(known, businesses, partners, day), businesses, partners, distractors)


@pytest.fixture(scope="module")
def place() -> Evaluation:
    """What is found where place decides."""
    return run(place_world())


def test_where_place_decides_ours_finds_the_neighbour_and_keywords_are_chance(place: Evaluation) -> None:
    assert place.metrics[OURS]["hit@1"].value == 1
    assert place.metrics[KEYWORD] == place.metrics[RANDOM]
    assert place.metrics[RANDOM]["Recall@10"].value == pytest.approx(10 / 30, abs=0.2)
    assert (place.queries, place.answers, place.candidates) == (30, 30, 30)


def test_without_history_precedent_adds_nothing(place: Evaluation) -> None:
    assert place.metrics[ALONE] == place.metrics[OURS]
    assert place.metrics[POPULARITY] == place.metrics[RANDOM]
    assert "no earlier partnership was known" in evaluation.verdict(place)[1]


def test_shuffled_input_changes_nothing(place: Evaluation) -> None:
    mixed = run(place_world(np.random.default_rng(1).permutation(30).tolist()))
    assert (mixed.metrics, mixed.coverage) == (place.metrics, place.coverage)


def test_distractors_are_drawn_for_each_query() -> None:
    found = run(place_world(), distractors=12)
    assert found.candidates == 13
    assert found.metrics[RANDOM]["Recall@10"].value > 10 / 30


def test_estimates_lie_within_their_intervals(place: Evaluation) -> None:
    for method in METHODS:
        assert tuple(place.metrics[method]) == METRICS
        for estimate in place.metrics[method].values():
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert 0 < place.coverage[method] <= 1
    assert place.coverage[OURS] == 1


def test_where_everybody_goes_to_one_partner_popularity_finds_it() -> None:
    rows: list[Edge] = [(f"b{n:02}", "p05", "2019") for n in range(10)] + [(f"b{n:02}", "p05", "2021") for n in range(10, 30)]
    _, businesses, partners = place_world()
    found = run((edges(rows), businesses, partners), DAY)
    assert found.queries == 20
    assert found.metrics[POPULARITY]["hit@1"].value == 1
    assert found.metrics[OURS]["MRR"].value > found.metrics[ALONE]["MRR"].value
    assert "add" in evaluation.verdict(found)[1]


def test_other_partners_of_a_business_are_neither_right_nor_wrong() -> None:
    """A business amid its three partners: each of them is nearer than any other, so each is first."""
    _, businesses, partners = place_world()
    rows: list[Edge] = [(f"b{n:02}", f"p{n + way:02}", None) for n in range(2, 28, 2) for way in (-1, 0, 1)]
    found = run((edges(rows), businesses, partners))
    assert (found.queries, found.answers, found.candidates) == (13, 39, 28)
    assert found.metrics[OURS]["hit@1"].value == 1


def test_a_partner_that_is_closed_comes_last() -> None:
    known, businesses, partners = place_world()
    shut = partners.append_column("status", pa.array(["closed"] * 30))
    found = run((known, businesses, shut))
    assert found.metrics[OURS] == found.metrics[RANDOM]


@pytest.mark.parametrize("named", ["same_body", "sister"])
def test_kin_come_last(named: str) -> None:
    """Bodies that are not independent never meet, so a partnership between them is never put forward."""
    known, businesses, partners = place_world()
    kin = edges([(f"b{n:02}", f"p{n:02}", None) for n in range(30)], named)
    found = run((pa.concat_tables([known, kin]), businesses, partners))
    assert found.metrics[OURS]["Recall@10"].value == 0


def test_fewer_than_ten_queries_are_refused_with_what_was_found() -> None:
    _, businesses, partners = place_world()
    rows: list[Edge] = [(f"b{n:02}", f"p{n:02}", "2019") for n in range(15)] + [
        (f"b{n:02}", "p20", "2021") for n in range(12, 18)
    ]
    rows += [("b29", "nobody", "2021"), ("b28", "p01", None)]
    with pytest.raises(TruthError) as refused:
        run((edges(rows), businesses, partners), DAY)
    for part in (
        "3 businesses found their first partners from 2020-01-01 on; at least 10",
        "22 partnerships join",
        "1 edges name a body that is in neither list",
        "3 businesses had, or may have had, a partner before",
        "1 edges have no date",
        "an earlier --split",
    ):
        assert part in str(refused.value)


def test_overlapping_intervals_are_warned_of(place: Evaluation) -> None:
    assert len(evaluation.verdict(place)) == 2
    _, businesses, partners = place_world()
    anyone = edges([(f"b{n:02}", f"p{n * 7 % 30:02}", None) for n in range(30)])
    warned = evaluation.verdict(run((anyone, businesses, partners)))
    assert len(warned) == 3
    assert "overlap: with 30 queries the difference may be chance" in warned[2]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), min_size=1, max_size=60))
def test_pairs_are_grouped_whatever_their_direction(pairs: list[tuple[int, int]]) -> None:
    _, businesses, partners = place_world()
    one = edges([(f"b{b:02}", f"p{p:02}", None) for b, p in pairs])
    other = edges([(f"p{p:02}", f"b{b:02}", None) for b, p in reversed(pairs)])
    found = pairs_of(one, businesses, partners)
    assert found == pairs_of(other, businesses, partners)
    assert sum(map(len, found.values())) == len(set(pairs))
