"""How good a ranking is on partnerships that are known: a split in time, three yardsticks, intervals.

Businesses without a partner before the day are the queries, and the partners they found from then on the right answers. Each
right answer is ranked among partners that are none (filtered ranking, as Bordes and others, 2013, do for links of a graph), so
a query's other partners are neither right nor wrong. Ties are settled by one seeded order for all methods; with nothing but that
order the method is `random`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.ranking.engine import CHUNK, WEIGHTS, Scorer
from assets.ranking.keywords import Keywords, texts_of
from assets.ranking.truth import Split, TruthError, draws

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RANDOM, POPULARITY, KEYWORD, ALONE, OURS = "random", "popularity", "keyword", "ours without precedent", "ours"
#: Methods compared, the weakest idea first.
METHODS = (RANDOM, POPULARITY, KEYWORD, ALONE, OURS)
#: Means over queries. What is told of each right answer is averaged within its query first.
METRICS = ("hit@1", "Recall@10", "MRR", "nDCG@10")
#: A list people read.
LIST = 10
#: With fewer queries every interval is as wide as the scale.
FEWEST_QUERIES = 10
#: Resamples of the queries behind an interval; the usual number for percentiles at 2.5 and 97.5 (Efron and Tibshirani, 1993).
RESAMPLES = 1000
#: Pairs scored at a time; six criteria of them are 50 megabytes.
PAIRS_AT_ONCE = 1_000_000
#: Score of a pair that may not meet or of which nothing is known: below every other.
NEVER = -1.0


@dataclass(frozen=True)
class Estimate:
    """A mean over queries and the bounds of its bootstrap 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """What a comparison came to."""

    split: Split
    queries: int
    answers: int
    """Right answers of all queries."""
    candidates: int
    """Partners each right answer is ranked among, itself included; the median over queries."""
    metrics: Mapping[str, Mapping[str, Estimate]]
    """Method → metric → estimate."""
    coverage: Mapping[str, float]
    """Method → share of the candidates that stand in some query's first ten. No mean over queries, hence without interval."""


def evaluate(
    split: Split,
    businesses: pa.Table,
    partners: pa.Table,
    distractors: int | None = 200,
    seed: int = 7,
    weights: Mapping[str, float] = WEIGHTS,
    as_of: date | None = None,
    tags: tuple[pa.Table | None, pa.Table | None] = (None, None),
) -> Evaluation:
    """Compares `METHODS`. Each query has so many `distractors` drawn for it, or without a number every other partner.

    Readiness is told for the day of the split, or for `as_of` where there is none; `weights` and `tags` are those of the Scorer.
    Raises TruthError for fewer than ten queries.
    """
    if len(split.truth) < FEWEST_QUERIES:
        raise TruthError(_too_few(split))
    edges = pa.concat_tables([split.history, split.kin])
    scorer = Scorer(businesses, partners, edges, weights, split.day or as_of, tags)
    told = _Methods(scorer, split)
    values: dict[str, list[list[float]]] = {method: [] for method in METHODS}
    shown: dict[str, set[int]] = {method: set() for method in METHODS}
    sizes: list[int] = []
    seen: set[int] = set()
    for batch in _batches(_queries(scorer, split, distractors, seed), PAIRS_AT_ONCE):
        scores = told.scores(batch)
        start = 0
        for query in batch:
            part = slice(start, start + len(query.partner))
            start = part.stop
            sizes.append(len(query.partner) - int(query.right.sum()) + 1)
            seen.update(query.partner.tolist())
            for method in METHODS:
                values[method].append(_measured(scores[method][part], query.right, query.turn))
                shown[method].update(query.partner[np.lexsort((query.turn, -scores[method][part]))[:LIST]].tolist())
    means = _estimates({method: np.array(rows) for method, rows in values.items()}, seed)
    return Evaluation(
        split,
        len(split.truth),
        sum(len(right) for right in split.truth.values()),
        int(np.median(sizes)),
        means,
        {method: len(shown[method]) / len(seen) for method in METHODS},
    )


def verdict(found: Evaluation) -> list[str]:
    """What to make of it: two plain lines, and a warning where the figures do not tell ours from keyword search."""
    recall = {method: f"{found.metrics[method]['Recall@10'].value:.0%}" for method in METHODS}
    ours, alone, keyword = (found.metrics[method]["MRR"] for method in (OURS, ALONE, KEYWORD))
    gained = ours.value - alone.value
    if not found.split.history.num_rows:
        learned = "no earlier partnership was known to learn from"
    else:
        learned = f"earlier partnerships {'add' if gained >= 0 else 'take away'} {abs(gained):.3f}"
    said = [
        f"Among {found.candidates:,} candidates, ours puts {recall[OURS]} of the right partners into its first ten; "
        f"keyword search {recall[KEYWORD]}, popularity {recall[POPULARITY]}, chance {recall[RANDOM]}.",
        f"By place in the list (MRR) ours has {ours.value:.3f}, {ours.value / keyword.value:.1f} times keyword; {learned}.",
    ]
    if ours.low <= keyword.high and keyword.low <= ours.high:
        said.append(
            f"The intervals of ours ({ours.low:.3f} to {ours.high:.3f}) and keyword search "
            f"({keyword.low:.3f} to {keyword.high:.3f}) overlap: with {found.queries:,} queries the difference may be chance."
        )
    return said


def closed(scorer: Scorer, business: Ints, partner: Ints) -> npt.NDArray[np.bool_]:
    """Pairs that may never meet: conflicts of mission, closed bodies, kin."""
    result = scorer.barred_kinds(business, partner) | scorer.idle[0][business] | scorer.idle[1][partner]
    across = scorer.partners.num_rows
    kin = [row * across + theirs for row, theirs in scorer.barred.items()]
    if kin:
        result = result | np.isin(business * across + partner, np.concatenate(kin))
    return np.asarray(result, dtype=bool)


@dataclass(frozen=True)
class _Query:
    """A business (row of the scorer) and its candidates: which are right, and the order that settles ties."""

    business: int
    partner: Ints
    right: npt.NDArray[np.bool_]
    turn: Doubles


class _Methods:
    """Scores of each method for pairs of rows of a scorer's tables."""

    def __init__(self, scorer: Scorer, split: Split) -> None:
        self.scorer = scorer
        self.keywords = Keywords(scorer.partners)
        self.texts = texts_of(scorer.businesses)
        named = [name for end in ("from_id", "to_id") for name in split.history[end].to_pylist()]
        known, times = np.unique(np.array(named, dtype=object).astype(str), return_counts=True)
        counted = dict(zip(known.tolist(), times.tolist(), strict=True))
        self.popularity = np.array([counted.get(name, 0) for name in scorer.partners["id"].to_pylist()], dtype=np.float64)

    def scores(self, batch: Sequence[_Query]) -> dict[str, Doubles]:
        """Method → scores of the pairs of these queries, one after the other."""
        partner = np.concatenate([query.partner for query in batch])
        business = np.repeat([query.business for query in batch], [len(query.partner) for query in batch])
        known = self.scorer.subscores(business, partner)
        apart = closed(self.scorer, business, partner)
        without = {**known, "precedent": np.full(len(business), np.nan)}
        ours, alone = (
            np.where(apart | np.isnan(score), NEVER, score) for score in (self.scorer.score(some)[0] for some in (known, without))
        )
        words = [self.keywords.similar(self.texts[query.business])[query.partner] for query in batch]
        return {
            RANDOM: np.zeros(len(business)),
            POPULARITY: self.popularity[partner],
            KEYWORD: np.concatenate(words),
            ALONE: alone,
            OURS: ours,
        }


def _queries(scorer: Scorer, split: Split, distractors: int | None, seed: int) -> Iterator[_Query]:
    """Queries in the order of the scorer's rows."""
    row_of = {name: row for row, name in enumerate(scorer.businesses["id"].to_pylist())}
    place_of = {name: row for row, name in enumerate(scorer.partners["id"].to_pylist())}
    count = scorer.partners.num_rows
    for name in sorted(split.truth, key=row_of.__getitem__):
        right = np.zeros(count, dtype=bool)
        right[[place_of[partner] for partner in split.truth[name]]] = True
        drawn, turn = draws(seed, name, (2, count))
        # The right answers come first, then the others as they are drawn.
        order = np.argsort(np.where(right, -1.0, drawn), kind="stable")
        chosen = np.sort(order if distractors is None else order[: int(right.sum()) + distractors])
        yield _Query(row_of[name], chosen, right[chosen], turn[chosen])


def _batches(queries: Iterator[_Query], size: int) -> Iterator[list[_Query]]:
    """Queries whose businesses the scorer looks at in one go, at most about `size` pairs at a time."""
    batch: list[_Query] = []
    for query in queries:
        held = sum(len(q.partner) for q in batch)
        if batch and (batch[0].business // CHUNK != query.business // CHUNK or held + len(query.partner) > size):
            yield batch
            batch = []
        batch.append(query)
    if batch:
        yield batch


def _measured(scores: Doubles, right: npt.NDArray[np.bool_], turn: Doubles) -> list[float]:
    """`METRICS` of one query: the mean over its right answers, each ranked among the wrong ones alone."""
    mine, others = scores[right][:, None], scores[~right][None]
    ahead = (others > mine) | ((others == mine) & (turn[~right][None] < turn[right][:, None]))
    rank = 1.0 + ahead.sum(axis=1)
    near = rank <= LIST
    gain = np.where(near, 1 / np.log2(rank + 1), 0)
    return [float(np.mean(v)) for v in (rank == 1, near, 1 / rank, gain)]


def _estimates(values: Mapping[str, Doubles], seed: int) -> Mapping[str, Mapping[str, Estimate]]:
    """Means of [queries, metrics] by method, with percentile intervals; all methods are judged on the same resamples."""
    count = len(next(iter(values.values())))
    random = np.random.default_rng(seed)
    picks = [random.integers(count, size=count) for _ in range(RESAMPLES)]
    result: dict[str, Mapping[str, Estimate]] = {}
    for method, rows in values.items():
        low, high = np.percentile(np.array([rows[pick].mean(axis=0) for pick in picks]), (2.5, 97.5), axis=0)
        result[method] = {
            metric: Estimate(*(round(float(v[n]), 6) for v in (rows.mean(axis=0), low, high))) for n, metric in enumerate(METRICS)
        }
    return MappingProxyType(result)


def _too_few(split: Split) -> str:
    since = f" from {split.day} on" if split.day else ""
    more = [f"{split.joined:,} partnerships join a listed business and a listed partner"]
    if split.unlisted:
        more.append(f"{split.unlisted:,} edges name a body that is in neither list")
    if split.known_before:
        more.append(f"{split.known_before:,} businesses had, or may have had, a partner before")
    if split.unplaced:
        more.append(f"{split.unplaced:,} edges have no date that tells on which side of the day they lie")
    earlier = " or an earlier --split" if split.day else ""
    return (
        f"{len(split.truth):,} businesses found their first partners{since}; at least {FEWEST_QUERIES} are needed to measure a "
        f"ranking. {'; '.join(more)}. Give more known partnerships{earlier}, with ids as in the two lists."
    )
