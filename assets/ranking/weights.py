"""Weights of the criteria, learned from partnerships that are known.

Logistic regression on contests: the score of a business with its partner, less that of the same business with a partner drawn
at random, should be above 0 (Burges and others, Learning to Rank using Gradient Descent, 2005). The score is the engine's own, a
mean over what is known, so weights stay at 0 or more, sum to 1, and mean in a list what they meant here. An L2 penalty holds them
near the old ones; its strength is chosen by cross-validation over businesses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.ranking import bodies
from assets.ranking.engine import CRITERIA, DECIMALS, WEIGHTS, Scorer, tags_of
from assets.ranking.evaluation import closed
from assets.ranking.truth import Pairs, TruthError, draws, is_kin

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Fewer say less about six weights than the study behind the shipped ones does.
FEWEST_PARTNERSHIPS = 50
#: Two in each fold at least, or a fold's figure is one business's.
FEWEST_BUSINESSES = 10
FOLDS = 5
#: Partners drawn for each business to be told from its own.
DRAWN = 50
#: Slope of the logistic curve: scores of true and other partners lie about a tenth apart, which is then odds of e to 1.
SLOPE = 10.0
#: Strengths of the penalty that are tried: from weights nearly free to weights nearly held.
STRENGTHS = (0.1, 1.0, 10.0, 100.0)
#: The gain must be so many standard errors above 0: one case in twenty would be by chance (one-sided, normal).
SURE = 1.645
#: A criterion known of a smaller share of the partnerships keeps its weight.
KNOWN_SHARE = 0.1
#: Steps of the descent, and the fall of the loss below which it ends.
STEPS, SMALL_FALL = 200, 1e-8
#: Weights are given in thousandths.
THOUSAND = 1000


@dataclass(frozen=True)
class Fitted:
    """Old and new weights, and how each ranks partners of businesses it was not fitted on."""

    old: Mapping[str, float]
    new: Mapping[str, float]
    """Those learned from all partnerships, in thousandths."""
    old_mrr: float
    new_mrr: float
    """Cross-validated mean reciprocal rank among the partners drawn, the strength chosen anew in each fold; the mean over
    businesses."""
    better: bool
    """Whether the gain is more than chance would make it (`SURE`)."""
    strength: float
    kept: tuple[str, ...]
    """Criteria known of too few partnerships to learn from: their weights stay."""
    partnerships: int
    """Those learned from: pairs that may meet."""
    businesses: int

    @property
    def weights(self) -> Mapping[str, float]:
        """The weights to use."""
        return self.new if self.better else self.old


@dataclass(frozen=True)
class _Pairs:
    """Pairs of some businesses with their partners and with partners drawn; [n] or [n, criteria], in the order of business."""

    values: Doubles
    """Each criterion, 0 where it is not known."""
    known: Doubles
    """1 where it is known, else 0."""
    right: npt.NDArray[np.bool_]
    business: Ints

    def take(self, wanted: npt.NDArray[np.bool_] | Ints) -> _Pairs:
        """The pairs marked, or at these places."""
        return _Pairs(self.values[wanted], self.known[wanted], self.right[wanted], self.business[wanted])


def fit_weights(
    pairs: Pairs,
    edges: pa.Table,
    businesses: pa.Table,
    partners: pa.Table,
    old: Mapping[str, float] = WEIGHTS,
    seed: int = 7,
    as_of: date | None = None,
    tags: tuple[pa.Table | None, pa.Table | None] = (None, None),
) -> Fitted:
    """Learns weights from the partnerships `pairs` that `edges` tell of (`truth.pairs_of`).

    Precedent of a business is told from the edges of the other folds alone: its own partnerships would give the answer away.
    `as_of` and `tags` are those of the Scorer. Raises TruthError for fewer than fifty partnerships or ten businesses.
    """
    count = sum(len(theirs) for theirs in pairs.values())
    _demand(count, len(pairs), f"were found among {edges.num_rows:,} edges")
    fold_of = _folds(pairs, seed)
    data = _pairs(pairs, fold_of, edges, businesses, partners, seed, as_of, tags)
    left = int(data.right.sum()), len(np.unique(data.business[data.right]))
    _demand(*left, f"are left of {count:,}: the others join bodies that are closed, of one name, or of missions in conflict")
    fold = np.array([fold_of[name] for name in sorted(pairs)])[data.business]
    start = np.array([old[criterion] for criterion in CRITERIA]) / sum(old.values())
    free = data.known[data.right].mean(axis=0) >= KNOWN_SHARE
    folds = _CrossValidation([data.take(fold == n) for n in range(FOLDS)], start, free)
    before = np.concatenate([_reciprocal_ranks(part, start) for part in folds.parts])
    after = np.concatenate(
        # The strength is chosen without the fold it is judged on, or choosing alone would look like a gain.
        [_reciprocal_ranks(folds.parts[n], folds.fit((n,), folds.strength((n,)))) for n in range(FOLDS)]
    )
    gain = after - before
    error = float(gain.std(ddof=1)) / np.sqrt(len(gain))
    strength = folds.strength(())
    return Fitted(
        MappingProxyType(dict(old)),
        MappingProxyType(_in_thousandths(folds.fit((), strength))),
        round(float(before.mean()), 4),
        round(float(after.mean()), 4),
        bool(gain.mean() > SURE * error),
        strength,
        tuple(criterion for criterion, learned in zip(CRITERIA, free, strict=True) if not learned),
        *left,
    )


def block(weights: Mapping[str, float]) -> str:
    """The part of a profile that gives these weights."""
    return "\n".join(["weights:", *(f"  {criterion}: {weights[criterion]:g}" for criterion in CRITERIA)])


def _demand(partnerships: int, businesses: int, where: str) -> None:
    """Raises TruthError where that is too little to learn from."""
    if partnerships < FEWEST_PARTNERSHIPS or businesses < FEWEST_BUSINESSES:
        raise TruthError(
            f"{partnerships:,} known partnerships of {businesses:,} businesses {where}; to learn weights at least "
            f"{FEWEST_PARTNERSHIPS} of {FEWEST_BUSINESSES} businesses are needed. Give more edges between a listed business and "
            "a listed partner, ids as in the two lists; until then the shipped weights are the better guess."
        )


class _CrossValidation:
    """Fits with folds left out; each is made once."""

    def __init__(self, parts: list[_Pairs], start: Doubles, free: npt.NDArray[np.bool_]) -> None:
        self.parts, self.start, self.free = parts, start, free
        self._made: dict[tuple[tuple[int, ...], float], Doubles] = {}

    def fit(self, left_out: tuple[int, ...], strength: float) -> Doubles:
        """Weights learned from the other folds."""
        key = (left_out, strength)
        if key not in self._made:
            others = _joined([part for n, part in enumerate(self.parts) if n not in left_out])
            self._made[key] = _fit(others, self.start, self.free, strength)
        return self._made[key]

    def strength(self, left_out: tuple[int, ...]) -> float:
        """The strength that ranks best in cross-validation over the other folds; of equals the strongest, which moves least."""
        inner = [n for n in range(len(self.parts)) if n not in left_out]

        def mrr(strength: float) -> float:
            fits = [(n, self.fit(tuple(sorted((*left_out, n))), strength)) for n in inner]
            return float(np.concatenate([_reciprocal_ranks(self.parts[n], weights) for n, weights in fits]).mean())

        return max(reversed(STRENGTHS), key=mrr)


def _folds(pairs: Pairs, seed: int) -> dict[str, int]:
    """Fold of each business: dealt out in an order of chance."""
    shuffled = sorted(pairs, key=lambda name: (float(draws(seed, f"fold|{name}", (1,))[0]), name))
    return {name: place % FOLDS for place, name in enumerate(shuffled)}


def _pairs(
    pairs: Pairs,
    fold_of: Mapping[str, int],
    edges: pa.Table,
    businesses: pa.Table,
    partners: pa.Table,
    seed: int,
    as_of: date | None,
    tags: tuple[pa.Table | None, pa.Table | None],
) -> _Pairs:
    """Known and drawn pairs of every business, those that may never meet left out."""
    ours, told = _some(bodies.complete(businesses), tags[0], set(pairs))
    theirs = bodies.complete(partners)
    # Told once for all folds: reading texts takes longer than comparing what they say.
    both = (tags_of(ours, "business") if told is None else told, tags_of(theirs, "partner") if tags[1] is None else tags[1])
    place_of = {name: row for row, name in enumerate(theirs["id"].to_pylist())}
    number = {name: n for n, name in enumerate(sorted(pairs))}
    kin = np.array(is_kin(edges), dtype=bool)
    parts: list[_Pairs] = []
    for fold in range(FOLDS):
        hidden = pa.array([name for name in number if fold_of[name] == fold], pa.string())
        own = pc.or_(pc.is_in(edges["from_id"], hidden), pc.is_in(edges["to_id"], hidden)).to_numpy()
        scorer = Scorer(ours, theirs, edges.filter(pa.array(~own | kin)), WEIGHTS, as_of, both)
        chosen = [
            (row, number[name], *_drawn(name, [place_of[partner] for partner in pairs[name]], len(place_of), seed))
            for row, name in enumerate(scorer.businesses["id"].to_pylist())
            if fold_of[name] == fold
        ]
        lengths = [len(partner) for _, _, partner, _ in chosen]
        row, business = (np.repeat([line[n] for line in chosen], lengths) for n in (0, 1))
        partner, right = (np.concatenate([line[n] for line in chosen]) for n in (2, 3))
        known = scorer.subscores(row, partner)
        values = np.stack([known[criterion] for criterion in CRITERIA], axis=1)
        told_of = ~np.isnan(values)
        every = _Pairs(np.where(told_of, values, 0.0), told_of.astype(np.float64), right, business)
        parts.append(every.take(~closed(scorer, row, partner)))
    joined = _joined(parts)
    return joined.take(np.argsort(joined.business, kind="stable"))


def _joined(parts: list[_Pairs]) -> _Pairs:
    return _Pairs(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Pairs)))


def _some(table: pa.Table, tags: pa.Table | None, wanted: set[str]) -> tuple[pa.Table, pa.Table | None]:
    """The bodies wanted, and their tags with the rows they have then."""
    keep = np.array([name in wanted for name in table["id"].to_pylist()], dtype=bool)
    if tags is None:
        return table.filter(pa.array(keep)), None
    row = tags["row"].to_numpy()
    moved = pa.array((keep.cumsum() - 1)[row].astype(np.int32))
    kept = tags.set_column(tags.schema.get_field_index("row"), "row", moved).filter(pa.array(keep[row]))
    return table.filter(pa.array(keep)), kept


def _drawn(name: str, own: list[int], count: int, seed: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Rows of a business's own partners and of others drawn for it, and which are its own."""
    order = np.argsort(draws(seed, name, (count,)), kind="stable")
    others = order[~np.isin(order, own)][:DRAWN]
    return np.concatenate([np.array(own, np.int64), others]), np.arange(len(own) + len(others)) < len(own)


def _score(data: _Pairs, weights: Doubles) -> tuple[Doubles, Doubles]:
    """(score, its slope by each weight): the mean of what is known, and 0 where that has no weight."""
    below = (data.known * weights).sum(axis=1)
    divisor = np.where(below > 0, below, 1)
    score = (data.values * weights).sum(axis=1) / divisor
    return score, data.known * (data.values - score[:, None]) / divisor[:, None]


def _contests(data: _Pairs) -> tuple[Ints, Ints, Doubles]:
    """(known pair, drawn pair of the same business, how much it counts); every known pair counts the same, all together 1."""
    known, drawn, share = [], [], []
    for part in _businesses(data):
        places = np.arange(part.start, part.stop)
        mine, others = places[data.right[part]], places[~data.right[part]]
        known.append(np.repeat(mine, len(others)))
        drawn.append(np.tile(others, len(mine)))
        share.append(np.full(len(mine) * len(others), 1 / max(len(others), 1)))
    weight = np.concatenate(share)
    return np.concatenate(known), np.concatenate(drawn), weight / max(float(weight.sum()), 1.0)


def _loss(data: _Pairs, contests: tuple[Ints, Ints, Doubles], weights: Doubles) -> tuple[float, Doubles]:
    """(logistic loss over the contests, its slope by each weight)."""
    known, drawn, share = contests
    score, slope = _score(data, weights)
    apart = SLOPE * (score[known] - score[drawn])
    pull = -SLOPE * share / (1 + np.exp(apart))
    by_pair = np.bincount(known, pull, len(score)) - np.bincount(drawn, pull, len(score))
    return float((share * np.logaddexp(0, -apart)).sum()), (by_pair[:, None] * slope).sum(axis=0)


def _fit(data: _Pairs, start: Doubles, free: npt.NDArray[np.bool_], strength: float) -> Doubles:
    """Weights of the least penalised loss, by projected descent from the old ones; those that are not free stay."""
    contests = _contests(data)

    def loss_of(weights: Doubles) -> tuple[float, Doubles]:
        loss, slope = _loss(data, contests, weights)
        moved = weights - start
        return loss + strength / 2 * float((moved**2).sum()), slope + strength * moved

    weights, step = start, 1.0
    loss, slope = loss_of(weights)
    for _ in range(STEPS):
        tried = _projected(weights - step * slope, start, free)
        new_loss, new_slope = loss_of(tried)
        if new_loss > loss:
            step /= 2
            continue
        fall, weights, loss, slope = loss - new_loss, tried, new_loss, new_slope
        if fall < SMALL_FALL:
            break
    return weights


def _projected(weights: Doubles, start: Doubles, free: npt.NDArray[np.bool_]) -> Doubles:
    """The nearest weights of 0 or more that sum to 1 (Duchi and others, 2008), those that are not free as they were."""
    result = start.copy()
    total = float(start[free].sum())
    if not free.any() or total <= 0:
        return result
    falling = np.sort(weights[free])[::-1]
    excess = (falling.cumsum() - total) / np.arange(1, len(falling) + 1)
    result[free] = np.maximum(weights[free] - excess[np.flatnonzero(falling > excess)[-1]], 0)
    return result


def _reciprocal_ranks(data: _Pairs, weights: Doubles) -> Doubles:
    """Of each business the mean of 1 / rank over its partners, each ranked among those drawn; ties share the middle rank."""
    score = np.round(_score(data, weights)[0], DECIMALS)
    result = []
    for part in _businesses(data):
        right = data.right[part]
        mine, others = score[part][right][:, None], score[part][~right][None]
        if len(mine):
            rank = 1 + (others > mine).sum(axis=1) + (others == mine).sum(axis=1) / 2
            result.append(float((1 / rank).mean()))
    return np.array(result)


def _businesses(data: _Pairs) -> Iterator[slice]:
    """Where the pairs of each business lie."""
    edges = np.flatnonzero(np.diff(data.business, prepend=-1, append=-1))
    yield from (slice(a, b) for a, b in pairwise(edges.tolist()))


def _in_thousandths(weights: Doubles) -> dict[str, float]:
    """Rounded so that they still sum to 1: what is left over goes to those that lost most."""
    lower = np.floor(weights * THOUSAND)
    missing = THOUSAND - int(lower.sum())
    lower[np.argsort(lower - weights * THOUSAND, kind="stable")[:missing]] += 1
    return {criterion: float(weight) / THOUSAND for criterion, weight in zip(CRITERIA, lower, strict=True)}
