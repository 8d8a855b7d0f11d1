"""Scores of clusters: by hand, and against counting every pair.

Belongs here: `bench/scoring.py`. Does not: the systems that are scored, which take minutes.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring import PairScore, b_cubed, blocking_recall, pairwise


def numbers(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@st.composite
def divisions(draw: st.DrawFn) -> tuple[list[int], list[int], list[bool]]:
    """True and found cluster and side of up to twelve records; few numbers, so that clusters meet often."""
    size = draw(st.integers(1, 12))
    few = st.lists(st.integers(-2, 4), min_size=size, max_size=size)
    return draw(few), draw(few), draw(st.lists(st.booleans(), min_size=size, max_size=size))


def pairs_within(clusters: list[int], side: list[bool] | None) -> set[tuple[int, int]]:
    return {
        (one, other)
        for one, other in combinations(range(len(clusters)), 2)
        if clusters[one] == clusters[other] and (side is None or side[one] != side[other])
    }


@pytest.mark.parametrize(
    ("truth", "found", "counts", "precision", "recall", "f1"),
    [
        pytest.param((0, 0, 1, 1), (7, 7, 9, 9), (2, 2, 2), 1, 1, 1, id="the same clusters under other numbers"),
        pytest.param((0, 0, 1, 1), (0, 1, 2, 3), (2, 0, 0), 1, 0, 0, id="nothing merged is never wrong"),
        pytest.param((0, 0, 1, 1), (0, 0, 0, 0), (2, 6, 2), 1 / 3, 1, 1 / 2, id="everything merged"),
        pytest.param((0, 0, 0, 1), (0, 0, 1, 1), (3, 2, 1), 1 / 2, 1 / 3, 2 / 5, id="one lost to a neighbour"),
        pytest.param((0, 1, 2), (0, 1, 2), (0, 0, 0), 1, 1, 1, id="no duplicates, none found"),
    ],
)
def test_pairs_by_hand(
    truth: tuple[int, ...], found: tuple[int, ...], counts: tuple[int, int, int], precision: float, recall: float, f1: float
) -> None:
    score = pairwise(numbers(*truth), numbers(*found))
    assert score == PairScore(*counts)
    assert (score.precision, score.recall, score.f1) == pytest.approx((precision, recall, f1))


def test_only_pairs_across_the_sides_are_scored() -> None:
    """Two OpenStreetMap records wrongly merged with each other are not scored; with one of another source they are."""
    truth, found, osm = numbers(0, 1, 0, 2), numbers(5, 5, 5, 6), np.array([True, True, False, False])
    assert pairwise(truth, found, osm) == PairScore(true=1, found=2, both=1)


def test_b_cubed_by_hand() -> None:
    """Of three clusters of 5, 5 and 4 records, one record went to a wrong one."""
    truth = numbers(*[0] * 5, *[1] * 5, *[2] * 4)
    found = numbers(*[0] * 4, 1, *[1] * 5, *[2] * 4)
    precision = (4 * 1 + 1 / 6 + 5 * 5 / 6 + 4 * 1) / 14
    recall = (4 * 4 / 5 + 1 / 5 + 5 * 1 + 4 * 1) / 14
    assert b_cubed(truth, found) == pytest.approx(2 * precision * recall / (precision + recall))


@given(divisions(), st.booleans())
def test_pairs_are_those_counted_one_by_one(given_divisions: tuple[list[int], list[int], list[bool]], sided: bool) -> None:
    truth, found, flags = given_divisions
    side = flags if sided else None
    true_pairs, found_pairs = pairs_within(truth, side), pairs_within(found, side)
    score = pairwise(numbers(*truth), numbers(*found), np.array(flags) if sided else None)
    assert score == PairScore(len(true_pairs), len(found_pairs), len(true_pairs & found_pairs))


@given(divisions())
def test_b_cubed_is_that_of_its_definition(given_divisions: tuple[list[int], list[int], list[bool]]) -> None:
    truth, found, _ = given_divisions
    everyone = range(len(truth))
    precision = recall = Fraction(0)
    for one in everyone:
        same_truth = {other for other in everyone if truth[other] == truth[one]}
        same_found = {other for other in everyone if found[other] == found[one]}
        precision += Fraction(len(same_truth & same_found), len(same_found) * len(truth))
        recall += Fraction(len(same_truth & same_found), len(same_truth) * len(truth))
    assert b_cubed(numbers(*truth), numbers(*found)) == pytest.approx(float(2 * precision * recall / (precision + recall)))


@given(divisions(), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30), st.booleans())
def test_blocking_recall_counts_each_true_pair_once(
    given_divisions: tuple[list[int], list[int], list[bool]], drawn: list[tuple[int, int]], sided: bool
) -> None:
    truth, _, flags = given_divisions
    candidates = [(left, right) for left, right in drawn if left < len(truth) and right < len(truth)]
    true_pairs = pairs_within(truth, flags if sided else None)
    met = true_pairs & {(min(pair), max(pair)) for pair in candidates}
    left, right = (numbers(*(pair[place] for pair in candidates)) for place in (0, 1))
    got = blocking_recall(numbers(*truth), left, right, np.array(flags) if sided else None)
    assert got == pytest.approx(len(met) / len(true_pairs) if true_pairs else 1)
