"""Varied lists out of ranked partners: no resource, kind of partner or single partner fills them.

Pairs are taken best first over all businesses, ties by id, as long as the list of the business has room and no cap is reached.
First from the best partners for each thing a business would give; a list stops where one not looked at could come next, and goes
on with a look further down, past the kinds it has enough of. So each list is the one that going down all its pairs would make,
but for partners full by then.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from assets.ranking import fit, search
from assets.ranking.engine import Best, Bools, Doubles, Gifts, Ints, Rows, Scorer
from assets.ranking.precedent import Scores
from assets.ranking.search import ranks

#: Partners looked at for each gift beyond those a list may hold: four lists in five need no more. Where partners can be full,
#: more of them have to be kept, and a look more costs less than their memory.
SPARE, SPARE_IF_FULL = 27, 10
#: Of one kind, where some may be full by then: half as many take more looks, twice as many more memory.
SPARE_OF_A_KIND = 12
#: How many times further down every next look goes; four times is slower, with more partners full, by half.
DEEPER = 2
#: Pairs taken in before those that a cap has closed since are left out again.
_AT_ONCE = 65_536
#: Marks of the last pairs that were looked at.
_OF_KIND, _OF_GIFT = 1, 2
Marks = npt.NDArray[np.int8]
#: The place of a list that has not stopped.
_NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Caps:
    """How often something may occur; 0 stands for any number."""

    per_business: int = 10
    per_resource: int = 5
    """In one list, opportunities that give the same thing."""
    per_partner_activity: int = 1
    """In one list, partners of one kind."""
    per_partner: int = 0
    """Lists that put forward one partner: a food bank cannot answer three hundred bakeries."""


@dataclass(frozen=True)
class _Pairs:
    """Pairs to choose from: rows of business and partner, score, precedent (or NaN), and what would be given.

    `last` marks the last pair that was looked at of those in which a business gives the same, if there are more (`_OF_GIFT`), or
    of those of them with one kind of partner (`_OF_KIND`).
    """

    business: Rows
    partner: Rows
    score: Doubles
    precedent: Scores
    gift: Gifts
    last: Marks

    def take(self, which: Ints | Bools) -> _Pairs:
        return _Pairs(*(getattr(self, column.name)[which] for column in fields(self)))

    @staticmethod
    def joined(parts: Sequence[_Pairs]) -> _Pairs:
        nothing = np.zeros(0, np.int32)
        none = _Pairs(nothing, nothing, np.zeros(0), np.zeros(0, np.float32), np.zeros(0, np.int16), np.zeros(0, np.int8))
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
        self.most = caps.per_business or self.any
        self.held, self.of_partner = _counter(businesses, partners), _counter(partners, businesses)
        self.of_gift, self.of_kind = (_counter(businesses * each, partners) for each in (self.gifts, self.kinds))
        self.most_held, self.most_gift, self.most_kind, self.most_partner = (
            most or self.any for most in (caps.per_business, caps.per_resource, caps.per_partner_activity, caps.per_partner)
        )
        self.chosen: list[_Pairs] = []
        self.keys: set[int] = set()
        #: Where in the pairs of this time each list stopped, what stands behind that, and which gifts to look further for.
        self.stopped = array("i", [_NEVER]) * businesses
        self.left = _Pairs.joined([])
        self.wanting = np.zeros((businesses, self.gifts), dtype=bool)

    def take_from(self, pairs: _Pairs) -> None:
        """Takes pairs best first, ties by ids, wherever no cap is reached.

        A pair that is the `last` looked at of its gift stops its list for this time if more of that gift could be taken: what
        was not looked at may be better than what comes behind, which is `left` for the next time.
        """
        across = len(self.of_partner)
        most_held, most_gift, most_kind, most_partner = self.most_held, self.most_gift, self.most_kind, self.most_partner
        held, of_partner, of_gift, of_kind, chosen = self.held, self.of_partner, self.of_gift, self.of_kind, self.keys
        self.stopped = stopped = array("i", [_NEVER]) * len(held)
        pairs = _Pairs.joined([self.left, pairs])
        pairs = pairs.take(self._still_open(pairs))
        pairs = pairs.take(np.lexsort((pairs.partner, self.scorer.turn[pairs.business], -pairs.score)))
        taken = []
        for start in range(0, len(pairs.business), _AT_ONCE):
            some = pairs.take(np.arange(start, min(start + _AT_ONCE, len(pairs.business))))
            places = np.flatnonzero(self._still_open(some))
            business, kind = some.business[places].astype(np.int64), self.kind_of[some.partner[places]]
            lines = (
                (places + start).tolist(),
                business.tolist(),
                some.partner[places].tolist(),
                (business * self.gifts + some.gift[places]).tolist(),
                np.where(kind >= 0, business * self.kinds + kind, -1).tolist(),
                some.last[places].tolist(),
            )
            for place, row, other, at_gift, at_kind, last in zip(*lines, strict=True):
                if stopped[row] < place or held[row] >= most_held or of_gift[at_gift] >= most_gift:
                    continue
                if (
                    of_partner[other] < most_partner
                    and (at_kind < 0 or of_kind[at_kind] < most_kind)
                    and row * across + other not in chosen
                ):
                    held[row] += 1
                    of_gift[at_gift] += 1
                    of_partner[other] += 1
                    if at_kind >= 0:
                        of_kind[at_kind] += 1
                    chosen.add(row * across + other)
                    taken.append(place)
                if last and of_gift[at_gift] < most_gift and (last == _OF_GIFT or of_kind[at_kind] < most_kind):
                    stopped[row] = place
        self.chosen.append(pairs.take(np.array(taken, np.int64)))
        self._set_aside(pairs)

    def could_be_taken(self, pairs: _Pairs) -> _Pairs:
        """Of the best pairs of each business and gift those that could be taken: of one kind as many as a list may hold.

        Where partners can be full by then a few more, of which the last is marked.
        """
        most = self.most_kind + (SPARE_OF_A_KIND if self.most_partner < self.any else 0)
        business, kind = pairs.business.astype(np.int64), self.kind_of[pairs.partner]
        key = (business * self.gifts + pairs.gift) * (self.kinds + 1) + kind
        order = np.argsort(key, kind="stable")
        place = np.empty(len(key), np.int64)
        place[order] = ranks(key[order])
        if self.most_partner < self.any:
            pairs.last[(place == most) & (kind >= 0) & (pairs.last == 0)] = _OF_KIND
        return pairs.take((place <= most) | (kind < 0) | (pairs.last == _OF_GIFT))

    def _set_aside(self, pairs: _Pairs) -> None:
        """Keeps what stands behind the stops, and what the stopped lists ask for next: more than they have left to look at."""
        stops = np.asarray(self.stopped)
        room = (stops < _NEVER) & (np.asarray(self.held) < self.most_held)
        more = np.zeros((len(self.held), self.gifts), dtype=bool)
        lasts = pairs.take(pairs.last > 0)
        more[lasts.business, lasts.gift] = True
        left = pairs.take(np.arange(len(pairs.business)) > stops[pairs.business])
        left = left.take(room[left.business] & self._still_open(left, stopped=True))
        ahead = np.zeros(more.shape, np.int32)
        open_still = left.take(self._takeable(left))
        np.add.at(ahead, (open_still.business, open_still.gift), 1)
        self.wanting = more & (ahead + np.asarray(self.of_gift).reshape(more.shape) < self.most_gift) & room[:, None]
        # What stopped a list is looked for even where enough lies behind it.
        rows = np.flatnonzero(room)
        self.wanting[rows, pairs.gift[stops[rows]]] = True
        self.left = left.take(~self.wanting[left.business, left.gift])

    def _takeable(self, pairs: _Pairs) -> Bools:
        """Pairs whose partner, and kind of partner, no cap keeps out yet."""
        business, kind = pairs.business.astype(np.int64), self.kind_of[pairs.partner]
        free = np.asarray(self.of_partner)[pairs.partner] < self.most_partner
        free &= (kind < 0) | (np.asarray(self.of_kind)[business * self.kinds + np.maximum(kind, 0)] < self.most_kind)
        return np.asarray(free)

    def _still_open(self, pairs: _Pairs, stopped: bool = False) -> Bools:
        """Pairs that no cap keeps out yet, and those that may stop a list; counts only grow: others need no closer look.

        Those of stopped lists only where `stopped`.
        """
        business = pairs.business.astype(np.int64)
        free = self._takeable(pairs) | (pairs.last > 0)
        free &= np.asarray(self.held)[business] < self.most_held
        free &= np.asarray(self.of_gift)[business * self.gifts + pairs.gift] < self.most_gift
        return free if stopped else np.asarray(free & (np.asarray(self.stopped)[business] == _NEVER))

    def wanted(self) -> search.Wanted:
        """What to look for further down."""
        full = np.zeros((len(self.held), self.kinds + 1), dtype=bool)
        full[:, :-1] = np.asarray(self.of_kind).reshape(len(self.held), -1) >= self.most_kind
        return search.Wanted(self.wanting, np.asarray(self.of_partner) < self.most_partner, full, self.kind_of)


def choose(scorer: Scorer, caps: Caps) -> tuple[Best, Ints]:
    """(pairs of the lists, best first within a business, rank of each from 1)."""
    lists = _Lists(scorer, caps)
    depth = (caps.per_resource or caps.per_business or scorer.partners.num_rows) + (SPARE_IF_FULL if caps.per_partner else SPARE)
    wanted = None
    while wanted is None or wanted.gifts.any():
        looked_at = (_pairs(*found, lists.gifts, depth) for found in search.best_of_each_gift(scorer, depth, wanted))
        lists.take_from(_Pairs.joined([lists.could_be_taken(pairs) for pairs in looked_at]))
        wanted, depth = lists.wanted(), depth * DEEPER
    every = _Pairs.joined(lists.chosen)
    order = np.lexsort((every.partner, -every.score, every.business))
    business, partner = every.business[order].astype(np.int64), every.partner[order].astype(np.int64)
    result = Best(business, partner, every.score[order], every.precedent[order])
    scorer.remember(result)
    return result, ranks(business)


def _pairs(best: Best, gift: Gifts, gifts: int, depth: int) -> _Pairs:
    """Pairs gift by gift; the `depth`-th of a business and gift is the last of them that was looked at."""
    # Nothing to give is the last of the places.
    gift = gift % gifts
    last = np.where(ranks(best.business * gifts + gift) == depth, _OF_GIFT, 0).astype(np.int8)
    return _Pairs(best.business.astype(np.int32), best.partner.astype(np.int32), best.score, best.precedent, gift, last)


def _counter(size: int, most: int) -> array[int]:
    """So many counts from 0 to `most`."""
    code = "H" if most < 1 << 16 else "i"
    return array(code, bytes(array(code).itemsize * size))
