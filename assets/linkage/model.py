"""The match model: symmetric decision trees kept as JSON, read and applied with numpy alone. Training is `bench/train_match_model.py`.

A symmetric tree asks the same few questions of every pair ("is this feature above that border?"); the answers number a leaf, and
the leaves of all trees add up to log-odds. Leaves are whole numbers, so that a sum is the same in whatever order it is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assets.linkage.arrays import Floats
from assets.linkage.features import NAMES

#: What one unit of a leaf is worth in log-odds.
UNIT = 1e-4


@dataclass(frozen=True)
class Tree:
    """Questions (feature, border) and the leaf for every answer: bit k of a leaf's number is the answer to question k."""

    features: tuple[int, ...]
    borders: tuple[float, ...]
    leaves: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    """Training weight that fell into each leaf: what to expect of a feature that is left open."""


@dataclass(frozen=True)
class Model:
    """A trained model: its name, its trees, and the probabilities from which a pair is a match or goes to a person."""

    name: str
    base: int
    trees: tuple[Tree, ...]
    match_from: float
    review_from: float
    gate: Mapping[str, float]
    """Weights of the first gate (`gate.TERMS`, `base`, and `least`, the sum that passes)."""

    def log_odds(self, x: Floats) -> npt.NDArray[np.float64]:
        """Log-odds of each row of `x` (columns as `features.NAMES`)."""
        bins = {f: np.searchsorted(borders, x[:, f], side="left").astype(np.uint8) for f, borders in self._borders.items()}
        total = np.full(len(x), self.base, np.int64)
        for tree, places in zip(self.trees, self._places, strict=True):
            leaf = np.zeros(len(x), np.uint8)
            for bit, (feature, place) in enumerate(zip(tree.features, places, strict=True)):
                leaf |= (bins[feature] > place).astype(np.uint8) << np.uint8(bit)
            total += tree.leaves[leaf]
        return total * UNIT

    def probability(self, x: Floats) -> npt.NDArray[np.float64]:
        """Probability that each row of `x` is one organisation."""
        return np.asarray(1 / (1 + np.exp(-self.log_odds(x))))

    def contributions(self, x: Floats) -> tuple[float, npt.NDArray[np.float64]]:
        """(base, share of each feature in the log-odds of each row): Shapley values (Lundberg and Lee 2017), exact for these trees.

        A feature left open counts as the training pairs were spread. Base and the shares of a row add up to its log-odds.
        """
        shares = np.zeros((len(x), len(NAMES)))
        base = self.base * UNIT
        for tree, (expected, table) in zip(self.trees, self._shapley, strict=True):
            leaf = np.zeros(len(x), np.int64)
            for bit, (feature, border) in enumerate(zip(tree.features, tree.borders, strict=True)):
                leaf |= (x[:, feature] > np.float32(border)).astype(np.int64) << bit
            base += expected * UNIT
            for feature, values in table.items():
                shares[:, feature] += values[leaf] * UNIT
        return base, shares

    @cached_property
    def _shapley(self) -> list[tuple[float, dict[int, npt.NDArray[np.float64]]]]:
        return [_shapley(tree) for tree in self.trees]

    @cached_property
    def _borders(self) -> dict[int, npt.NDArray[np.float32]]:
        asked: dict[int, set[float]] = {}
        for tree in self.trees:
            for feature, border in zip(tree.features, tree.borders, strict=True):
                asked.setdefault(feature, set()).add(border)
        return {f: np.array(sorted(borders), np.float32) for f, borders in sorted(asked.items())}

    @cached_property
    def _places(self) -> list[tuple[int, ...]]:
        return [
            tuple(int(np.searchsorted(self._borders[f], np.float32(b))) for f, b in zip(t.features, t.borders, strict=True))
            for t in self.trees
        ]


def _shapley(tree: Tree) -> tuple[float, dict[int, npt.NDArray[np.float64]]]:
    """(mean leaf, feature -> its share at each leaf) of one tree."""
    asked = sorted(set(tree.features))
    worth = {known: _expected(tree, known) for n in range(len(asked) + 1) for known in combinations(asked, n)}
    shares = {}
    for feature in asked:
        others = [f for f in asked if f != feature]
        share = np.zeros(len(tree.leaves))
        for n in range(len(others) + 1):
            weight = 1 / (len(asked) * comb(len(others), n))
            for known in combinations(others, n):
                share += weight * (worth[tuple(sorted((*known, feature)))] - worth[known])
        shares[feature] = share
    return float(worth[()][0]), shares


def _expected(tree: Tree, known: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """For each leaf the mean leaf of the training pairs that answer the known features as that leaf does."""
    depth = len(tree.features)
    # Axis 0 of the cube is the last question, as the first question is the lowest bit of a leaf's number.
    cube = (2,) * depth
    open_axes = tuple(depth - 1 - bit for bit, feature in enumerate(tree.features) if feature not in known)
    weights = tree.weights.reshape(cube)
    total = weights.sum(open_axes, keepdims=True)
    mean = (weights * tree.leaves.reshape(cube)).sum(open_axes, keepdims=True) / np.where(total > 0, total, 1)
    # No training pair answered so (two borders of one feature can contradict each other): every such leaf alike.
    plain = tree.leaves.reshape(cube).mean(open_axes, keepdims=True)
    return np.broadcast_to(np.where(total > 0, mean, plain), cube).reshape(-1)


def read_model(path: Path | None = None) -> Model:
    """The model kept at `path`, or the one shipped. Raises ValueError where it was trained on other features."""
    text = path.read_text("utf-8") if path else files("assets.linkage").joinpath("model.json").read_text("utf-8")
    return from_json(json.loads(text))


def from_json(kept: dict[str, Any]) -> Model:
    """A model from what `bench/train_match_model.py` wrote. Raises ValueError where it was trained on other features."""
    if kept["features"] != list(NAMES):
        raise ValueError(
            f"the match model {kept['name']} was trained on other features than these: {sorted(set(kept['features']) ^ set(NAMES))}; "
            "train it anew with bench/train_match_model.py"
        )
    trees = tuple(
        Tree(
            tuple(tree["features"]),
            tuple(tree["borders"]),
            np.array(tree["leaves"], np.int64),
            np.array(tree["weights"], np.float64),
        )
        for tree in kept["trees"]
    )
    return Model(kept["name"], kept["base"], trees, kept["match_from"], kept["review_from"], kept["gate"])
