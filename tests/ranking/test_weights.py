"""Weights are learned from what decides in the partnerships given, kept where nothing can be learned, refused where little is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
import yaml

from assets.ranking import weights as learning
from assets.ranking.bodies import complete
from assets.ranking.engine import CRITERIA, WEIGHTS, tags_of
from assets.ranking.truth import TruthError, pairs_of

#: What bodies of the world say of themselves.
TRADES = ("bakery", "accountant", "plumber", "hairdresser")
GOOD_WORKS = ("food bank", "youth club", "animal rescue", "museum")
#: Partners lie 300 metres apart on a line, so near that at the shipped weights what they do mostly outweighs where they are.
STEP = 0.003


def bodies(prefix: str, count: int, kinds: tuple[str, ...]) -> pa.Table:
    """`count` bodies on a line, of all kinds in turn."""
    return pa.table(
        {
            "id": [f"{prefix}{n:03}" for n in range(count)],
            "name": [f"Body {prefix}{n}" for n in range(count)],
            "class_text": [kinds[n * 7 % len(kinds)] for n in range(count)],
            "latitude": [51.0 + STEP * n for n in range(count)],
            "longitude": [0.0] * count,
        }
    )


def edges(pairs: list[tuple[int, int]], kind: str = "partner") -> pa.Table:
    """Edges between businesses and partners by number."""
    return pa.table(
        {
            "from_id": [f"b{b:03}" for b, _ in pairs],
            "to_id": [f"p{p:03}" for _, p in pairs],
            "kind": [kind] * len(pairs),
        }
    )


def nearest(count: int) -> list[tuple[int, int]]:
    """Every business works with the partner next door."""
    return [(n, n) for n in range(count)]


def by_chance(count: int) -> list[tuple[int, int]]:
    """Whom a business works with has to do with nothing."""
    return list(enumerate(np.random.default_rng(4).permutation(count).tolist()))


def fitted(pairs: list[tuple[int, int]], count: int = 60, as_of: date | None = None) -> learning.Fitted:
    """Weights learned in a world of so many bodies a side."""
    businesses, partners, known = bodies("b", count, TRADES), bodies("p", count, GOOD_WORKS), edges(pairs)
    return learning.fit_weights(pairs_of(known, businesses, partners), known, businesses, partners, as_of=as_of)


@pytest.fixture(scope="module")
def near() -> learning.Fitted:
    """What is learned where place decides."""
    return fitted(nearest(60))


def test_where_place_decides_its_weight_rises(near: learning.Fitted) -> None:
    assert near.better
    assert near.weights["place"] > 2 * WEIGHTS["place"]
    assert near.new_mrr > near.old_mrr + 0.03


def test_where_chance_decides_the_old_weights_are_kept() -> None:
    found = fitted(by_chance(60))
    assert not found.better
    assert found.weights == WEIGHTS


def test_weights_are_never_negative_and_sum_to_one(near: learning.Fitted) -> None:
    assert min(near.new.values()) >= 0
    assert round(sum(near.new.values()), 9) == 1
    assert all(weight == round(weight, 3) for weight in near.new.values())


def test_a_criterion_nothing_is_known_of_keeps_its_weight(near: learning.Fitted) -> None:
    assert {"capacity", "readiness"} <= set(near.kept)
    for criterion in near.kept:
        assert near.new[criterion] == pytest.approx(WEIGHTS[criterion], abs=0.001)


@pytest.mark.parametrize("change", [lambda rows: rows[::-1], lambda rows: rows + rows[:20]], ids=["shuffled", "repeated"])
def test_order_and_repeats_of_edges_change_nothing(
    near: learning.Fitted, change: Callable[[list[tuple[int, int]]], list[tuple[int, int]]]
) -> None:
    assert fitted(change(nearest(60))) == near


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        (nearest(49), ("49 known partnerships of 49 businesses", "49 edges", "at least 50 of 10 businesses")),
        ([(b, p) for b in range(9) for p in range(10)], ("90 known partnerships of 9 businesses",)),
        ([(b, b + 500) for b in range(60)], ("0 known partnerships of 0 businesses", "60 edges", "ids as in the two lists")),
    ],
    ids=["too few", "of too few businesses", "of bodies not listed"],
)
def test_too_little_is_refused_with_what_was_found_and_what_is_needed(
    pairs: list[tuple[int, int]], says: tuple[str, ...]
) -> None:
    with pytest.raises(TruthError) as refused:
        fitted(pairs)
    assert [part for part in says if part not in str(refused.value)] == []


def test_partnerships_that_may_not_be_are_not_learned_from() -> None:
    businesses, partners, known = bodies("b", 60, TRADES), bodies("p", 60, GOOD_WORKS), edges(nearest(60))
    closed = partners.append_column("status", pa.array(["closed"] * 20 + ["active"] * 40))
    with pytest.raises(
        TruthError, match="40 known partnerships of 40 businesses are left of 60: the others join bodies that are clos"
    ):
        learning.fit_weights(pairs_of(known, businesses, closed), known, businesses, closed)


def test_bodies_that_are_not_independent_are_no_partnerships() -> None:
    known = edges(nearest(60), "subsidiary")
    assert pairs_of(known, bodies("b", 60, TRADES), bodies("p", 60, GOOD_WORKS)) == {}


def test_kinds_known_already_are_used_for_the_businesses_that_count() -> None:
    """Tags given for all bodies lead to the same weights as the same kinds read from the texts."""
    businesses, partners = bodies("b", 80, TRADES), bodies("p", 60, GOOD_WORKS)
    known = edges([(b + 20, p) for b, p in nearest(60)])
    pairs = pairs_of(known, businesses, partners)
    tags = tags_of(complete(businesses), "business"), tags_of(complete(partners), "partner")
    told = learning.fit_weights(pairs, known, businesses, partners, tags=tags)
    assert told == learning.fit_weights(pairs, known, businesses, partners)


def test_the_block_printed_is_what_a_profile_reads(near: learning.Fitted) -> None:
    read = yaml.safe_load(learning.block(near.weights))
    assert read == {"weights": dict(near.weights)}
    assert tuple(read["weights"]) == CRITERIA
