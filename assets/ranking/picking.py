"""Varied lists out of ranked partners: no resource, kind of partner or single partner fills them.

Pairs are taken best first over all businesses, ties by id, as long as the list of the business has room and no cap is reached.
First from the best partners for each thing a business would give; whose list is not full then, looks further down, and so on.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from assets.ranking import fit
from assets.ranking.engine import Best, Bools, Doubles, Ints, Rows, Scorer
from assets.ranking.precedent import Scores

Gifts = npt.NDArray[np.int16]

#: Partners looked at for each gift beyond those a list may hold: most lists need no more.
SPARE = 4
#: How many times further down every next look goes.
DEEPER = 4
#: Pairs taken in before those that a cap has closed since are left out again.
_AT_ONCE = 65_536


@dataclass(frozen=True)
class Caps:
    """How often something may occur; 0 stands for any number."""

    per_business: int = 10
    per_resource: int = 4
    """In one list, opportunities that give the same thing."""
    per_partner_activity: int = 1
    """In one list, partners of one kind."""
    per_partner: int = 0
    """Lists that put forward one partner: a food bank cannot answer three hundred bakeries."""


@dataclass(frozen=True)
class _Pairs:
    """Pairs to choose from: rows of business and partner, score, precedent (or NaN), and what would be given."""

    business: Rows
    partner: Rows
    score: Doubles
    precedent: Scores
    gift: Gifts

    def take(self, which: Ints | Bools) -> _Pairs:
        return _Pairs(*(getattr(self, column.name)[which] for column in fields(self)))

    @staticmethod
    def joined(parts: Sequence[_Pairs]) -> _Pairs:
        nothing = np.zeros(0, np.int32)
        none = _Pairs(nothing, nothing, np.zeros(0), np.zeros(0, np.float32), np.zeros(0, np.int16))
        return _Pairs(*(np.concatenate([getattr(part, c.name) for part in (none, *parts)]) for c in fields(_Pairs)))


class _Lists:
    """The lists as they grow, and what is counted over all of them: counters that Python steps through and numpy looks over."""

    def __init__(self, scorer: Scorer, caps: Caps) -> None:
        self.scorer, self.caps = scorer, caps
        self.gifts = len(fit.resources()) + 1
        kinds = scorer.activity[1].tolist()
        number = {kind: at for at, kind in enumerate(sorted({k for k in kinds if k}))}
        #: The kind of each partner; each of unknown kind is one of its own, which no cap ever meets.
        self.kind_of = np.array([number.get(k, -1) for k in kinds], np.int64)
        self.kinds = max(1, len(number))
        businesses, partners = scorer.businesses.num_rows, scorer.partners.num_rows
        self.any = max(businesses, partners) + 1
        self.held, self.of_partner = _counter(businesses), _counter(partners)
        self.of_gift, self.of_kind = _counter(businesses * self.gifts), _counter(businesses * self.kinds)
        self.chosen: list[_Pairs] = []
        self.keys: set[int] = set()

    def take_from(self, pairs: _Pairs) -> None:
        """Takes pairs best first, ties by ids, wherever no cap is reached."""
        caps, across = self.caps, len(self.of_partner)
        most_gift, most_kind, most_partner = (
            n or self.any for n in (caps.per_resource, caps.per_partner_activity, caps.per_partner)
        )
        pairs = pairs.take(self._still_open(pairs, most_gift, most_kind, most_partner))
        pairs = pairs.take(np.lexsort((pairs.partner, self.scorer.turn[pairs.business], -pairs.score)))
        held, of_partner, of_gift, of_kind, chosen = self.held, self.of_partner, self.of_gift, self.of_kind, self.keys
        taken = []
        for start in range(0, len(pairs.business), _AT_ONCE):
            some = pairs.take(np.arange(start, min(start + _AT_ONCE, len(pairs.business))))
            places = np.flatnonzero(self._still_open(some, most_gift, most_kind, most_partner))
            business, kind = some.business[places].astype(np.int64), self.kind_of[some.partner[places]]
            lines = (
                (places + start).tolist(),
                business.tolist(),
                some.partner[places].tolist(),
                (business * self.gifts + some.gift[places]).tolist(),
                np.where(kind >= 0, business * self.kinds + kind, -1).tolist(),
            )
            for place, row, other, at_gift, at_kind in zip(*lines, strict=True):
                if held[row] >= caps.per_business or of_gift[at_gift] >= most_gift or of_partner[other] >= most_partner:
                    continue
                if (at_kind >= 0 and of_kind[at_kind] >= most_kind) or row * across + other in chosen:
                    continue
                held[row] += 1
                of_gift[at_gift] += 1
                of_partner[other] += 1
                if at_kind >= 0:
                    of_kind[at_kind] += 1
                chosen.add(row * across + other)
                taken.append(place)
        self.chosen.append(pairs.take(np.array(taken, np.int64)))

    def _still_open(self, pairs: _Pairs, most_gift: int, most_kind: int, most_partner: int) -> Bools:
        """Pairs that no cap keeps out yet: counts only grow, so that the others need no closer look."""
        business, kind = pairs.business.astype(np.int64), self.kind_of[pairs.partner]
        free = np.asarray(self.held)[business] < self.caps.per_business
        free &= np.asarray(self.of_partner)[pairs.partner] < most_partner
        free &= np.asarray(self.of_gift)[business * self.gifts + pairs.gift] < most_gift
        free &= (kind < 0) | (np.asarray(self.of_kind)[business * self.kinds + np.maximum(kind, 0)] < most_kind)
        return np.asarray(free)

    def open_partners(self) -> Bools:
        """Partners that may be put into another list."""
        return np.asarray(np.asarray(self.of_partner) < (self.caps.per_partner or self.any))

    def wanting(self, more: Bools) -> Bools:
        """Businesses with room and gifts of which they may hold more, among those of which there is `more` to look at."""
        room = np.asarray(self.held) < self.caps.per_business
        free = np.asarray(self.of_gift).reshape(len(self.held), self.gifts) < (self.caps.per_resource or self.any)
        return np.asarray(more & room[:, None] & free)


def choose(scorer: Scorer, caps: Caps) -> tuple[Best, Ints]:
    """(pairs of the lists, best first within a business, rank of each from 1)."""
    lists = _Lists(scorer, caps)
    depth = (caps.per_resource or caps.per_business) + SPARE
    wanted, among = None, None
    while wanted is None or wanted.any():
        more = np.zeros((scorer.businesses.num_rows, lists.gifts), dtype=bool)
        found = []
        for best, gift in scorer.best_of_each_gift(depth, wanted, among):
            found.append(_pairs(best, gift % lists.gifts))
            rows, counts = np.unique(best.business, return_counts=True)
            more[rows[counts >= depth], gift] = True
        lists.take_from(_Pairs.joined(found))
        wanted, among, depth = lists.wanting(more), lists.open_partners(), depth * DEEPER
    every = _Pairs.joined(lists.chosen)
    order = np.lexsort((every.partner, -every.score, every.business))
    business, partner = every.business[order].astype(np.int64), every.partner[order].astype(np.int64)
    result = Best(business, partner, every.score[order], every.precedent[order])
    scorer.remember(result)
    return result, ranks(business)


def _pairs(best: Best, gift: int) -> _Pairs:
    gifts = np.full(len(best.business), gift, np.int16)
    return _Pairs(best.business.astype(np.int32), best.partner.astype(np.int32), best.score, best.precedent, gifts)


def _counter(size: int) -> array[int]:
    return array("i", bytes(4 * size))


def ranks(business: Ints) -> Ints:
    """The place of each pair in the list of its business, from 1; pairs of one business lie together, best first."""
    if not len(business):
        return business
    first = np.flatnonzero(np.append(True, business[1:] != business[:-1]))
    return np.arange(len(business)) - np.repeat(first, np.diff(np.append(first, len(business)))) + 1
