"""How well a division of records into clusters agrees with the true one.

Belongs here: pure functions over whole columns. `truth` and `found` hold one cluster number a record, in the same order of
records; which numbers does not matter. `side`, where given, says of each record whether it stands on one of two sides: then
only pairs with exactly one record on it are scored, as for data sets that were labelled between two sources only.
Does not: files, systems, tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PairScore:
    """Counts of scored pairs: in one cluster in truth, in one cluster as found, and in both."""

    true: int
    found: int
    both: int

    @property
    def precision(self) -> float:
        """Share of found pairs that are true; 1 where nothing was found, as no pair found is wrong."""
        return self.both / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of true pairs that were found; 1 where there are none."""
        return self.both / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.both / (self.true + self.found) if self.true + self.found else 1.0


def pairwise(truth: Numbers, found: Numbers, side: Flags | None = None) -> PairScore:
    """Counts pairs of records by the sizes of clusters and of their overlaps, never pair by pair."""
    return PairScore(_pairs_within(truth, side), _pairs_within(found, side), _pairs_within(_overlap(truth, found), side))


def b_cubed(truth: Numbers, found: Numbers) -> float:
    """B-cubed F1 (Bagga and Baldwin, 1998): precision and recall of each record's own cluster, averaged over all records.

    Every record counts the same, also one that stands alone; `side` does not enter.
    """
    if not len(truth):
        return 1.0
    overlap = _size_of_own(_overlap(truth, found))
    precision = float(np.mean(overlap / _size_of_own(found)))
    recall = float(np.mean(overlap / _size_of_own(truth)))
    return 2 * precision * recall / (precision + recall)


def blocking_recall(truth: Numbers, left: Numbers, right: Numbers, side: Flags | None = None) -> float:
    """Share of the true scored pairs among the candidates; 1 where there are none.

    `left` and `right` are positions of records, one candidate pair a place; a pair given twice, either way round, counts once.
    """
    wanted = truth[left] == truth[right]
    if side is not None:
        wanted &= side[left] != side[right]
    lower, upper = np.minimum(left, right)[wanted], np.maximum(left, right)[wanted]
    apart = lower != upper
    met = len(np.unique(lower[apart] * len(truth) + upper[apart]))
    true = _pairs_within(truth, side)
    return met / true if true else 1.0


def _pairs_within(clusters: Numbers, side: Flags | None) -> int:
    """Scored pairs of records with the same number."""
    codes = _codes(clusters)
    sizes = np.bincount(codes)
    if side is None:
        return int((sizes * (sizes - 1) // 2).sum())
    on_side = np.bincount(codes[side], minlength=len(sizes))
    return int((on_side * (sizes - on_side)).sum())


def _overlap(truth: Numbers, found: Numbers) -> Numbers:
    """A number for each meeting of a true with a found cluster."""
    found_codes = _codes(found)
    return _codes(truth) * (int(found_codes.max(initial=0)) + 1) + found_codes


def _size_of_own(clusters: Numbers) -> Numbers:
    """Of each record, the size of its cluster."""
    codes = _codes(clusters)
    return np.bincount(codes)[codes]


def _codes(clusters: Numbers) -> Numbers:
    """The same clusters numbered from 0 without gaps."""
    return pd.factorize(clusters)[0].astype(np.int64)
