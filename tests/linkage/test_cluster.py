"""Clusters of scored pairs: chains fall apart, nobody is joined who must stay apart, order changes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.linkage.cluster import ABSENT, GIANT, Clustering, cluster, components, missing_pairs

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
CUT = 0.45
COUNT = 9
Pair = tuple[int, int]
Scores = Mapping[Pair, float]

record = st.integers(0, COUNT - 1)
pair = st.tuples(record, record).filter(lambda two: two[0] < two[1])
#: Few probabilities, so that ties occur.
scores: st.SearchStrategy[dict[Pair, float]] = st.dictionaries(
    pair, st.sampled_from([0.05, 0.35, 0.5, 0.8, 0.8, 0.95]), max_size=20
)
apart = st.lists(pair, max_size=3)
#: Some records come from two registers that list no body twice.
sources = st.dictionaries(record, st.sampled_from([0, 1]), max_size=COUNT)


def arrays(scored: Iterable[tuple[Pair, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(a, b, p) as the engine hands them over."""
    rows = list(scored)
    a, b = (np.array([two[side] for two, _ in rows], np.int32) for side in (0, 1))
    return a, b, np.array([p for _, p in rows], np.float64)


def run(
    scored: Scores | Iterable[tuple[Pair, float]], forced: Iterable[Pair] = (), keep: Iterable[Pair] = (),
    source: Mapping[int, int] | None = None, count: int = COUNT,
) -> Clustering:  # fmt: skip
    """Clusters of records 0 … count-1."""
    kept: dict[int, set[int]] = {}
    for x, y in keep:
        kept.setdefault(x, set()).add(y)
        kept.setdefault(y, set()).add(x)
    sole = np.array([(source or {}).get(r, -1) for r in range(count)], np.int32)
    pairs = scored.items() if isinstance(scored, Mapping) else scored
    return cluster(count, *arrays(pairs), CUT, forced, kept, sole)


def groups(found: Clustering) -> list[list[int]]:
    """Records that are not alone, by cluster."""
    label = found.label.tolist()
    together = [[r for r in range(len(label)) if label[r] == name] for name in sorted(set(label))]
    return [group for group in together if len(group) > 1]


def all_pairs(records: Iterable[int], p: float) -> dict[Pair, float]:
    """Every pair of the records."""
    return dict.fromkeys(combinations(sorted(records), 2), p)


CASES: dict[str, tuple[Scores, list[list[int]]]] = {
    "nothing": ({}, []),
    "a sure pair": ({(0, 1): 0.9}, [[0, 1]]),
    "a pair at the cut": ({(0, 1): CUT}, [[0, 1]]),
    "a pair below the cut": ({(0, 1): CUT - 0.01}, []),
    "all alike": (all_pairs([0, 1, 2], 0.9), [[0, 1, 2]]),
    "a chain falls apart where it is weakest": ({(0, 1): 0.9, (1, 2): 0.8, (2, 3): 0.9}, [[0, 1], [2, 3]]),
    "a bridge between two bodies is not enough": (
        {**all_pairs([0, 1, 2], 0.95), **all_pairs([3, 4, 5], 0.95), (2, 3): 0.95}, [[0, 1, 2], [3, 4, 5]],
    ),
    "one odd pair in a body is": ({**all_pairs([0, 1, 2, 3], 0.95), (0, 3): 0.05}, [[0, 1, 2, 3]]),
    "the surer of two goes first": ({(0, 2): 0.7, (1, 2): 0.8, (0, 1): 0.01}, [[1, 2]]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_who_is_joined(case: str) -> None:
    scored, expected = CASES[case]
    assert groups(run(scored)) == expected


def test_nobody_is_joined_who_must_stay_apart() -> None:
    sure = all_pairs([0, 1, 2], 0.99)
    assert groups(run({(0, 1): 0.99}, keep=[(0, 1)])) == []
    # Not by way of a third one either.
    assert groups(run({**sure, (0, 1): 0.0}, keep=[(0, 1)])) in ([[0, 2]], [[1, 2]])


def test_a_cluster_holds_one_record_of_a_source_without_duplicates() -> None:
    scored = {(0, 2): 0.9, (1, 2): 0.98, (0, 1): 0.9}
    assert groups(run(scored, source={0: 0, 1: 0})) == [[1, 2]]
    assert groups(run(scored, source={0: 0, 1: 1})) == [[0, 1, 2]]


def test_what_a_person_said_holds_whatever_the_score() -> None:
    assert groups(run({}, forced=[(3, 7)])) == [[3, 7]]
    assert groups(run({(3, 7): 0.01, (0, 1): 0.9}, forced=[(3, 7)])) == [[0, 1], [3, 7]]
    assert groups(run({}, forced=[(3, 7), (7, 8), (0, 3)])) == [[0, 3, 7, 8]]


def test_components_are_named_after_their_smallest_record() -> None:
    a, b = np.array([1, 5, 7], np.int32), np.array([5, 8, 6], np.int32)
    assert components(10, a, b).tolist() == [0, 1, 2, 3, 4, 1, 6, 6, 1, 9]


def test_pairs_missing_from_a_component_are_asked_for() -> None:
    a, b, p = arrays({(0, 1): 0.9, (1, 2): 0.5, (2, 3): 0.1, (5, 6): 0.9}.items())
    x, y = missing_pairs(COUNT, a, b, p)
    assert list(zip(x.tolist(), y.tolist(), strict=True)) == [(0, 2)]


def test_a_giant_component_is_reported_and_not_merged_whole() -> None:
    """A chain through more records than anyone would measure pair by pair."""
    count = GIANT + 5
    found = run({(r, r + 1): 0.9 for r in range(count - 1)}, count=count)
    assert found.giants == (count,)
    assert max(len(group) for group in groups(found)) <= 3
    x, _ = missing_pairs(count, *arrays(((r, r + 1), 0.9) for r in range(count - 1)))
    assert not len(x)


# --- properties -------------------------------------------------------------------------------------------------------
@PROPERTY
@given(scores, apart, sources)
def test_every_cluster_is_named_after_its_smallest_record_and_inside_a_component(
    scored: dict[Pair, float], keep: list[Pair], source: dict[int, int]
) -> None:
    label = run(scored, keep=keep, source=source).label
    whole = components(COUNT, *arrays(scored.items())[:2])
    for r in range(COUNT):
        assert label[r] == min(np.flatnonzero(label == label[r]))
        assert whole[r] == whole[label[r]]


@PROPERTY
@given(scores, apart, sources)
def test_who_must_stay_apart_is_never_joined(scored: dict[Pair, float], keep: list[Pair], source: dict[int, int]) -> None:
    # Pairs of one sole source never reach clustering: engine.pass_gate leaves them out.
    scored = {(x, y): p for (x, y), p in scored.items() if source.get(x, x) != source.get(y, -y - 1)}
    label = run(scored, keep=keep, source=source).label
    assert all(label[x] != label[y] for x, y in keep)
    for name in set(label.tolist()):
        held = [source[r] for r in np.flatnonzero(label == name).tolist() if r in source]
        assert len(held) == len(set(held))


@PROPERTY
@given(scores, st.lists(pair, max_size=3), sources)
def test_forced_pairs_are_always_together(scored: dict[Pair, float], forced: list[Pair], source: dict[int, int]) -> None:
    label = run(scored, forced=forced, source=source).label
    assert all(label[x] == label[y] for x, y in forced)


@PROPERTY
@given(scores, apart, sources, st.randoms(use_true_random=False))
def test_order_of_input_changes_nothing(
    scored: dict[Pair, float], keep: list[Pair], source: dict[int, int], chance: random.Random
) -> None:
    shuffled = chance.sample(sorted(scored.items()), len(scored))
    kept = chance.sample(keep, len(keep))
    assert run(shuffled, keep=kept, source=source).label.tolist() == run(scored, keep=keep, source=source).label.tolist()


@PROPERTY
@given(scores)
def test_what_is_joined_is_likely_on_the_whole(scored: dict[Pair, float]) -> None:
    """No cluster of two whose pair is below the cut, none of more whose mean is next to nothing."""
    for group in groups(run(scored)):
        inside = [scored.get(two, ABSENT) for two in combinations(group, 2)]
        assert max(inside) >= CUT
        assert sum(inside) / len(inside) > ABSENT
