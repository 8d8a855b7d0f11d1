"""Scores businesses against partners: kinds are compared once, places and precedent per body.

    bodies ─ tags ─ profiles ─ fit of kinds ┐
                     place, capacity, readiness, precedent ┴─ score ─ the best (`search.py`) ─ lists (`picking.py`)

A score is the mean of the known criteria by their weights; what is not known counts neither above nor below the line. Works on
Arrow tables with the columns of `bodies.SCHEMA`; knows neither files nor the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.ranking import bodies, fit
from assets.ranking.kinds import main_activity, tags_of
from assets.ranking.precedent import Precedent, Scores, precedent
from assets.ranking.same_body import same_bodies
from warehouse.columns import KINSHIP

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Steps = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Gifts = npt.NDArray[np.int16]

CRITERIA = ("fit_exchange", "fit_cause", "precedent", "place", "capacity", "readiness")
#: The weights of a profile that says nothing else; `docs/ranking.md` tells where they come from.
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"fit_exchange": 0.08, "fit_cause": 0.37, "precedent": 0.25, "place": 0.12, "capacity": 0.08, "readiness": 0.10}
)
#: Kinds of edges between bodies that are not independent: no partnership, and no precedent of one.
KIN = (*KINSHIP, "subsidiary", "branch", "same_group", "same_body")
#: The order in which criteria are added up: a pair's own last, so that the sum of the others is made once for alike businesses
#: and is the same to the last bit.
_ADDED = ("fit_exchange", "fit_cause", "capacity", "readiness", "precedent", "place")
#: Businesses whose sub-scores are made at a time.
CHUNK = 512
#: Decimals of a score: two pairs that differ by less are a tie, settled by id.
DECIMALS = 6


@dataclass(frozen=True)
class Best:
    """The best partners of some businesses, best first, ties by partner id: rows of the two tables, scores, precedents."""

    business: Ints
    partner: Ints
    score: Doubles
    precedent: Scores


class Scorer:
    """All that is known of two tables of bodies, ready to be asked for scores.

    Rows of `partners` are in the order of id; rows of `businesses` in that of kind, then id, so that what is compared once lies
    together. Where two scores are equal the smaller id goes first.
    """

    def __init__(
        self,
        businesses: pa.Table,
        partners: pa.Table,
        edges: pa.Table | None = None,
        weights: Mapping[str, float] = WEIGHTS,
        as_of: date | None = None,
        tags: tuple[pa.Table | None, pa.Table | None] = (None, None),
    ) -> None:
        """`edges` are those of `precedent.py`; `as_of` is the day readiness is told for (without one, accounts say nothing);
        `tags` are the kinds of both sides where they are known already.

        Raises:
            ValueError: a weight is missing or below 0, or all are 0.
        """
        if set(weights) != set(CRITERIA) or min(weights.values()) < 0 or sum(weights.values()) <= 0:
            raise ValueError(f"weights: give {', '.join(CRITERIA)}, each at least 0 and not all 0; found {dict(weights)}")
        self.weights = weights
        self.partners = bodies.complete(partners)
        rows = bodies.complete(businesses)
        tagged, offered = (
            known if known is not None else tags_of(table, side)
            for known, table, side in zip(tags, (rows, self.partners), ("business", "partner"), strict=True)
        )
        self.kinds, kind_of = fit.kinds_of(tagged, rows.num_rows, "business")
        #: The distinct profiles of the partners, and which of them each has.
        self.offered, self.offered_of = fit.kinds_of(offered, self.partners.num_rows, "partner")
        ready = bodies.readiness(rows, as_of) if as_of else np.full(rows.num_rows, np.nan)
        order = np.lexsort((np.nan_to_num(ready, nan=-1), kind_of))
        self.businesses, self.kind_of, self.ready = rows.take(pa.array(order)).combine_chunks(), kind_of[order], ready[order]
        #: The place of each business in the order of ids.
        self.turn = order
        self.activity = (main_activity(tagged, rows.num_rows)[order], main_activity(offered, self.partners.num_rows))
        #: Of kinds of business with distinct profiles of partners.
        self.fit = fit.fit(self.kinds, self.offered)
        # Of a body of no known kind nobody can say that it would not fit.
        self.fit.exchange[~self.kinds.known] = self.fit.cause[~self.kinds.known] = np.nan
        self.fit.exchange[:, ~self.offered.known] = np.nan
        self.capacity = bodies.capacity(self.partners)
        self.partner_ready = bodies.readiness(self.partners, as_of) if as_of else np.full(self.partners.num_rows, np.nan)
        self.point = tuple(bodies.points(table) for table in (self.businesses, self.partners))
        self.idle = tuple(bodies.inactive(table) for table in (self.businesses, self.partners))
        self.precedent = self._precedent(edges)
        self.seen = (
            self.precedent.known if self.precedent and weights["precedent"] else np.zeros(self.partners.num_rows, dtype=bool)
        )
        self.same = same_bodies(self.businesses, self.partners)
        self.barred = self._barred(edges)
        self._given: dict[int, npt.NDArray[np.int16]] = {}
        self._remembered: tuple[Ints, Scores] = np.zeros(0, np.int64), np.zeros(0, np.float32)

    def subscores(self, business: Ints, partner: Ints) -> dict[str, Doubles]:
        """Each criterion of some pairs, NaN where it is not known."""
        kind, offered = self.kind_of[business], self.offered_of[partner]
        return {
            "fit_exchange": rounded(self.fit.exchange[kind, offered]),
            "fit_cause": rounded(self.fit.cause[kind, offered]),
            "precedent": rounded(self._past(business, partner)),
            "place": bodies.nearness(self.point[0][:, business], self.point[1][:, partner]),
            "capacity": self.capacity[partner],
            "readiness": both(self.ready[business], self.partner_ready[partner]),
        }

    def kilometres(self, business: Ints, partner: Ints) -> Doubles:
        """How far apart the two of each pair are; NaN where not known."""
        return bodies.kilometres(self.point[0][:, business], self.point[1][:, partner])

    def remember(self, best: Best) -> None:
        """Keeps the precedents of these pairs (and of no others), so that `subscores` need not make them again."""
        keys = best.business * self.partners.num_rows + best.partner
        order = np.argsort(keys)
        self._remembered = keys[order], best.precedent[order]

    def given(self, kind: int) -> npt.NDArray[np.int16]:
        """What a kind of business would give each partner: a place in `fit.resources()`, -1 where nothing is wanted."""
        if kind not in self._given:
            has = np.flatnonzero(self.kinds.offers[kind])
            worth = self.offered.needs[:, has] * (self.kinds.offers[kind] * fit.rarity())[has]
            best = has[worth.argmax(1)] if len(has) else 0
            self._given[kind] = np.where(worth.max(1, initial=0) > 0, best, -1).astype(np.int16)
        return self._given[kind][self.offered_of]

    def barred_kinds(self, business: Ints, partner: Ints) -> Bools:
        """Pairs whose kinds may never meet."""
        return np.asarray(self.fit.barred[self.kind_of[business], self.offered_of[partner]])

    def score(self, known: Mapping[str, Doubles]) -> tuple[Doubles, Doubles]:
        """(score, share of the weights that is known) of pairs with these criteria.

        NaN where neither fit nor a precedent is known: a body nearby and of the right size is no partner for that alone.
        """
        above, below = self.weighed(known)
        total = sum(self.weights.values())
        steps = in_steps(above, below)
        grounds = ~(np.isnan(known["fit_exchange"]) & np.isnan(known["fit_cause"]))
        # A precedent that does not count is no reason to ring.
        if self.weights["precedent"]:
            grounds = grounds | ~np.isnan(known["precedent"])
        return np.where(grounds & (below > 0), steps / 10**DECIMALS, np.nan), np.round(below / total, 4)

    def _past(self, business: Ints, partner: Ints) -> Doubles:
        """The precedent of each pair, NaN where there is none."""
        past = np.full(len(business), np.nan)
        if self.precedent is None:
            return past
        keys, values = self._remembered
        asked = business * self.partners.num_rows + partner
        place = np.minimum(np.searchsorted(keys, asked), max(len(keys) - 1, 0))
        held = keys[place] == asked if len(keys) else np.zeros(len(asked), bool)
        past[held] = values[place[held]]
        left = np.flatnonzero(~held & self.seen[partner])
        # Pairs come in the order of their businesses, so that each row is made once.
        for some in (left[part] for part in _runs(business[left], CHUNK)):
            rows, row = np.unique(business[some], return_inverse=True)
            columns, column = np.unique(partner[some], return_inverse=True)
            past[some] = self.precedent.of(rows, columns)[row, column]
        return past

    def weighed(self, known: Mapping[str, Doubles]) -> tuple[Doubles, Doubles]:
        """(sum of weight × criterion, sum of weights) over what is known."""
        above: Doubles = np.zeros(1)
        below: Doubles = np.zeros(1)
        for criterion in _ADDED:
            if criterion in known:
                above, below = added(above, below, known[criterion], self.weights[criterion])
        above, below = np.broadcast_arrays(above, below)
        return above, below

    def _precedent(self, edges: pa.Table | None) -> Precedent | None:
        if edges is None or not edges.num_rows:
            return None
        if "kind" in edges.column_names:
            kin = pc.is_in(pc.fill_null(edges["kind"], ""), pa.array(KIN))
            edges = edges.filter(pc.invert(kin))
        return precedent(self.businesses, self.partners, edges) if edges.num_rows else None

    def _barred(self, edges: pa.Table | None) -> dict[int, Ints]:
        """Partners that are the business itself or its kin, by rows: the lists or an edge say so."""
        pairs = list(self.same.pairs)
        if edges is not None and "kind" in edges.column_names:
            kin = edges.filter(pc.is_in(pc.fill_null(edges["kind"], ""), pa.array(KIN)))
            for one, other in (("from_id", "to_id"), ("to_id", "from_id")):
                b, p = (
                    pc.index_in(kin[c], table["id"].combine_chunks())
                    for c, table in ((one, self.businesses), (other, self.partners))
                )
                pairs += [(x, y) for x, y in zip(b.to_pylist(), p.to_pylist(), strict=True) if x is not None and y is not None]
        found: dict[int, list[int]] = {}
        for business, partner in sorted(set(pairs)):
            found.setdefault(business, []).append(partner)
        return {business: np.array(partners) for business, partners in found.items()}


def added(above: Doubles, below: Doubles, values: Doubles, weight: float) -> tuple[Doubles, Doubles]:
    """The sums of weight × criterion and of weights with one criterion more, which counts only where it is known."""
    told = ~np.isnan(values)
    if told.all():
        return above + values * weight, below + weight
    return above + np.where(told, values, 0) * weight, below + told * weight


def in_steps(above: Doubles, below: Doubles) -> Steps:
    """above / below in steps of the last decimal, 0 where nothing is below the line."""
    quotient = above / below if below.all() else above / np.where(below > 0, below, np.inf)
    quotient *= 10**DECIMALS
    return np.rint(quotient, out=quotient).astype(np.int32)


def rounded(values: npt.NDArray[Any]) -> Doubles:
    return np.asarray(np.round(values.astype(np.float64), 4), dtype=np.float64)


def both(one: Doubles, other: Doubles) -> Doubles:
    """The mean of two, or the one that is known."""
    return np.where(np.isnan(one), other, np.where(np.isnan(other), one, (one + other) / 2))


def _runs(rows: Ints, size: int) -> Iterator[Ints]:
    """Places of rows that lie within one stretch of `size` rows."""
    for chunk in np.unique(rows // size).tolist():
        yield np.flatnonzero(rows // size == chunk)
