"""The match model: symmetric decision trees kept as JSON, applied with numpy alone. Trained by `bench/train_match_model.py`.

A symmetric tree asks the same few questions of every pair ("is this feature above that border?"); the answers number a leaf, and
the leaves of all trees add up to log-odds. Leaves are whole numbers, so that a sum is the same in whatever order it is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assets.linkage.adaptation import FIELDS, Adaptation
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
    scale: float = 1.0
    shift: float = 0.0
    """What the log-odds are multiplied by and moved by in the end: `refit.py`."""
    adaptation: Adaptation | None = None
    """What the records themselves tell: `adaptation.py`."""

    def log_odds(self, x: Floats) -> npt.NDArray[np.float64]:
        """Log-odds of each row of `x` (columns as `features.NAMES`)."""
        bins = {f: np.searchsorted(borders, x[:, f], side="left").astype(np.uint8) for f, borders in self._borders.items()}
        total = np.full(len(x), self.base, np.int64)
        for tree, places in zip(self.trees, self._places, strict=True):
            leaf = np.zeros(len(x), np.uint8)
            for bit, (feature, place) in enumerate(zip(tree.features, places, strict=True)):
                leaf |= (bins[feature] > place).astype(np.uint8) << np.uint8(bit)
            total += tree.leaves[leaf]
        told = np.asarray(total * UNIT)
        if self.adaptation:
            told = self.adaptation.mix(told, x)
        return np.asarray(told * self.scale + self.shift)

    def probability(self, x: Floats) -> npt.NDArray[np.float64]:
        """Probability that each row of `x` is one organisation."""
        return np.asarray(1 / (1 + np.exp(-self.log_odds(x))))

    def contributions(self, x: Floats) -> tuple[float, npt.NDArray[np.float64]]:
        """(base, share of each feature in the log-odds of each row): Shapley values (Lundberg and Lee 2017), exact here.

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
        if self.adaptation:
            share = self.adaptation.share
            shares *= 1 - share
            base = (1 - share) * base + share * self.adaptation.prior
            for field, values in self.adaptation.shares(x).items():
                shares[:, NAMES.index(FIELDS[field][0])] += share * values
        return base * self.scale + self.shift, shares * self.scale

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
    questions = [sum(1 << bit for bit, f in enumerate(tree.features) if f == feature) for feature in asked]
    sets = [sum(q for place, q in enumerate(questions) if (chosen >> place) & 1) for chosen in range(1 << len(asked))]
    worth = _expected(tree)[sets]
    return float(worth[0, 0]), dict(zip(asked, _coalitions(len(asked)) @ worth, strict=True))


def _expected(tree: Tree) -> npt.NDArray[np.float64]:
    """Row m, column n: mean leaf of the training pairs that answer as leaf n does the questions that are bits of m."""
    depth = len(tree.features)
    # Axis 0 of the cube is the last question, as the first question is the lowest bit of a leaf's number.
    cube = (1, *(2,) * depth)
    weights = tree.weights.reshape(cube)
    sums = weights * tree.leaves.reshape(cube)
    plain = tree.leaves.reshape(cube).astype(np.float64)
    for question in range(depth):
        axis = depth - question
        weights, sums = (np.concatenate([np.broadcast_to(v.sum(axis, keepdims=True), v.shape), v]) for v in (weights, sums))
        plain = np.concatenate([np.broadcast_to(plain.mean(axis, keepdims=True), plain.shape), plain])
    # No training pair answered so (two borders of one feature can contradict each other): every such leaf alike.
    mean = np.where(weights > 0, sums / np.where(weights > 0, weights, 1), plain)
    return np.asarray(mean.reshape(1 << depth, 1 << depth))


@cache
def _coalitions(players: int) -> npt.NDArray[np.float64]:
    """Row i, column s: what the worth of coalition s (a bit a player) counts in the Shapley value of player i."""
    counts = np.zeros((players, 1 << players))
    for chosen in range(1 << players):
        size = chosen.bit_count()
        for player in range(players):
            if (chosen >> player) & 1:
                counts[player, chosen] = 1 / (players * comb(players - 1, size - 1))
            else:
                counts[player, chosen] = -1 / (players * comb(players - 1, size))
    return counts


def read_model(path: Path | None = None) -> Model:
    """The model kept at `path`, or the one shipped. Raises ValueError where it was trained on other features."""
    text = path.read_text("utf-8") if path else files("assets.linkage").joinpath("model.json").read_text("utf-8")
    return from_json(json.loads(text))


def from_json(kept: dict[str, Any]) -> Model:
    """A model from what `bench/train_match_model.py` wrote. Raises ValueError where it was trained on other features."""
    if kept["features"] != list(NAMES):
        raise ValueError(
            f"the match model {kept['name']} was trained on other features: {sorted(set(kept['features']) ^ set(NAMES))}; "
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
