"""The model: kept as JSON, never surer for less agreement, and explained to the last bit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.linkage.features import FEATURES, NAMES
from assets.linkage.gate import TERMS
from assets.linkage.model import Model, from_json, read_model

PROPERTY = settings(max_examples=15, deadline=None, derandomize=True, database=None)
MONOTONE = [place for place, feature in enumerate(FEATURES) if feature.rises]
#: Two trees by hand, in units of log-odds: the first asks two questions of different features, the second one twice.
BY_HAND: dict[str, Any] = {
    "name": "by hand",
    "features": list(NAMES),
    "base": -10_000,
    "trees": [
        {"features": [0, 1], "borders": [0.5, 0.5], "leaves": [0, 10_000, 20_000, 50_000], "weights": [1, 1, 1, 1]},
        {"features": [0, 0], "borders": [0.25, 0.75], "leaves": [0, 5_000, 0, 7_000], "weights": [2, 1, 0, 1]},
    ],
    "match_from": 0.5,
    "review_from": 0.2,
    "gate": {},
}

uniform = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed))


def rows(chance: np.random.Generator, count: int) -> npt.NDArray[np.float32]:
    """Pairs that could be anything: steps of small numbers, shares, and all between."""
    steps = chance.integers(-3, 4, (count, len(NAMES)))
    return np.where(chance.random((count, len(NAMES))) < 0.5, steps, chance.uniform(-1, 1.5, (count, len(NAMES)))).astype(
        np.float32
    )


def by_hand(**values: float) -> npt.NDArray[np.float32]:
    """One row, nothing but what is given."""
    return np.array([[values.get(name, 0.0) for name in NAMES]], np.float32)


@pytest.mark.parametrize(
    ("values", "log_odds"),
    [
        ({}, -1.0),
        ({NAMES[0]: 0.6}, -1 + 1 + 0.5),
        ({NAMES[1]: 0.6}, -1 + 2 + 0),
        ({NAMES[0]: 0.9, NAMES[1]: 0.9}, -1 + 5 + 0.7),
        ({NAMES[0]: 0.5}, -1 + 0 + 0.5),
    ],
    ids=["nothing", "one question", "another", "all", "a border is not above itself"],
)
def test_leaves_add_up_to_log_odds(values: Mapping[str, float], log_odds: float) -> None:
    model = from_json(BY_HAND)
    assert model.log_odds(by_hand(**values)) == pytest.approx([log_odds])
    assert model.probability(by_hand(**values)) == pytest.approx([1 / (1 + np.exp(-log_odds))])


def test_shares_of_a_tree_by_hand() -> None:
    """The first tree is worth 5 for both, 1 or 2 for one and 2 on average; half of what both add goes to either."""
    tree = {**BY_HAND, "trees": BY_HAND["trees"][:1], "base": 0}
    base, shares = from_json(tree).contributions(by_hand(**{NAMES[0]: 1, NAMES[1]: 1}))
    assert base == pytest.approx(2.0)
    # Known alone: the first feature gives (1 + 5) / 2 = 3, the second (2 + 5) / 2 = 3.5; both 5.
    assert shares[0, :2] == pytest.approx([((3 - 2) + (5 - 3.5)) / 2, ((3.5 - 2) + (5 - 3)) / 2])
    assert not shares[0, 2:].any()


def test_a_model_comes_back_from_a_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps(BY_HAND), "utf-8")
    kept, written = read_model(file), from_json(BY_HAND)
    x = rows(np.random.default_rng(1), 50)
    assert np.array_equal(kept.log_odds(x), written.log_odds(x))
    assert (kept.name, kept.match_from, kept.review_from) == ("by hand", 0.5, 0.2)


def test_the_model_shipped_is_small_plain_and_complete(model: Model) -> None:
    text = files("assets.linkage").joinpath("model.json").read_text("utf-8")
    assert len(text) < 1_000_000
    assert json.loads(text)["features"] == list(NAMES)
    assert 0 < model.review_from < model.match_from < 1
    assert set(model.gate) == {"base", "least", *TERMS}
    assert all(len(t.leaves) == len(t.weights) == 2 ** len(t.features) == 2 ** len(t.borders) for t in model.trees)


@pytest.mark.parametrize("features", [[], list(NAMES)[:-1], [*NAMES, "shoe_size"], list(reversed(NAMES))])
def test_a_model_of_other_features_is_refused(features: list[str]) -> None:
    with pytest.raises(ValueError, match=r"trained on other features.*train it anew with bench/train_match_model\.py"):
        from_json({**BY_HAND, "features": features})


@PROPERTY
@given(uniform)
def test_more_agreement_never_lowers_a_probability(model: Model, chance: np.random.Generator) -> None:
    x = rows(chance, 20)
    more = np.repeat(x[None], len(MONOTONE), axis=0)
    for nth, place in enumerate(MONOTONE):
        more[nth, :, place] += np.float32(FEATURES[place].rises) * chance.uniform(0, 3, len(x)).astype(np.float32)
    gained = model.log_odds(more.reshape(-1, len(NAMES))).reshape(len(MONOTONE), len(x)) - model.log_odds(x)
    assert {NAMES[MONOTONE[nth]] for nth, _ in np.argwhere(gained < 0)} == set()


@PROPERTY
@given(uniform)
def test_base_and_shares_add_up_to_the_log_odds(model: Model, chance: np.random.Generator) -> None:
    x = rows(chance, 5)
    base, shares = model.contributions(x)
    np.testing.assert_allclose(base + shares.sum(1), model.log_odds(x), atol=1e-6)


def test_a_probability_does_not_depend_on_who_is_asked_beside(model: Model) -> None:
    x = rows(np.random.default_rng(2), 100)
    assert np.array_equal(model.probability(x), np.concatenate([model.probability(x[i : i + 7]) for i in range(0, 100, 7)]))


def test_full_agreement_is_a_match_and_none_is_not(model: Model) -> None:
    most = np.array([[{1: 3.0, -1: 0.0, 0: 0.0}[f.rises] for f in FEATURES]], np.float32)
    least = np.array([[{1: -3.0, -1: 3.0, 0: 0.0}[f.rises] for f in FEATURES]], np.float32)
    assert model.probability(most)[0] > 0.95
    assert model.probability(least)[0] < 0.01
