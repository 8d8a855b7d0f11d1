"""Varied lists out of ranked partners: no resource, kind of partner or single partner fills them.

Pairs are taken best first over all businesses, ties by id, as long as the list of the business has room and no cap is reached.
First from the best partners for each thing a business would give; whose list is not full then, looks further down, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.ranking import fit
from assets.ranking.engine import Best, Doubles, Ints, Scorer

#: Partners looked at for each gift beyond those a list may hold: most lists need no more.
SPARE = 4
#: How many times further down every next look goes.
DEEPER = 4


@dataclass(frozen=True)
class Caps:
    """How often something may occur; 0 stands for any number."""

    per_business: int = 10
    per_resource: int = 2
    """In one list, opportunities that give the same thing."""
    per_partner_activity: int = 2
    """In one list, partners of one kind."""
    per_partner: int = 0
    """Lists that put forward one partner: a food bank cannot answer three hundred bakeries."""


class _Lists:
    """The lists as they grow, and what is counted over all of them."""

    def __init__(self, scorer: Scorer, caps: Caps) -> None:
        self.scorer, self.caps = scorer, caps
        self.gifts = len(fit.resources()) + 1
        kinds = scorer.activity[1]
        names = sorted({k for k in kinds.tolist() if k})
        self.kind_of = np.array([names.index(k) if k else -1 for k in kinds.tolist()]).tolist()
        count = scorer.businesses.num_rows
        self.held = [0] * count
        self.of_partner = [0] * scorer.partners.num_rows
        self.of_gift, self.of_kind, self.kinds = (
            [0] * (count * self.gifts),
            [0] * (count * max(1, len(names))),
            max(1, len(names)),
        )
        self.chosen: dict[int, float] = {}

    def take_from(self, business: Ints, partner: Ints, score: Doubles, gift: Ints) -> None:
        """Takes pairs best first, ties by ids, wherever no cap is reached."""
        caps, across = self.caps, len(self.of_partner)
        most_gift, most_kind, most_partner = (
            n or across + 1 for n in (caps.per_resource, caps.per_partner_activity, caps.per_partner)
        )
        most_partner = caps.per_partner or len(self.held) + 1
        held, of_partner, of_gift, of_kind, kind_of = self.held, self.of_partner, self.of_gift, self.of_kind, self.kind_of
        order = np.lexsort((partner, self.scorer.turn[business], -score))
        lines = (
            business[order].tolist(),
            partner[order].tolist(),
            score[order].tolist(),
            (business * self.gifts + gift)[order].tolist(),
        )
        for row, other, worth, at_gift in zip(*lines, strict=True):
            if held[row] >= caps.per_business or of_gift[at_gift] >= most_gift or of_partner[other] >= most_partner:
                continue
            kind = kind_of[other]
            at_kind = row * self.kinds + kind
            if (kind >= 0 and of_kind[at_kind] >= most_kind) or row * across + other in self.chosen:
                continue
            held[row] += 1
            of_gift[at_gift] += 1
            of_partner[other] += 1
            if kind >= 0:
                of_kind[at_kind] += 1
            self.chosen[row * across + other] = worth

    def open_partners(self) -> npt.NDArray[np.bool_]:
        """Partners that may be put into another list."""
        return np.array(self.of_partner) < (self.caps.per_partner or len(self.held) + 1)

    def wanting(self, more: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Businesses with room and gifts of which they may hold more, among those of which there is `more` to look at."""
        room = np.array(self.held) < self.caps.per_business
        free = np.array(self.of_gift).reshape(len(self.held), self.gifts) < (self.caps.per_resource or len(self.of_partner) + 1)
        return np.asarray(more & room[:, None] & free)


def choose(scorer: Scorer, caps: Caps) -> tuple[Best, Ints]:
    """(pairs of the lists, best first within a business, rank of each from 1)."""
    lists = _Lists(scorer, caps)
    depth = (caps.per_resource or caps.per_business) + SPARE
    wanted = np.ones((scorer.businesses.num_rows, lists.gifts), dtype=bool)
    among = None
    while wanted.any():
        more = np.zeros_like(wanted)
        found = []
        for best, gift in scorer.best_of_each_gift(depth, wanted, among):
            found.append((best.business, best.partner, best.score, np.full(len(best.business), gift % lists.gifts)))
            more[np.flatnonzero(np.bincount(best.business, minlength=len(more)) >= depth), gift] = True
        if found:
            lists.take_from(*(np.concatenate([part[n] for part in found]) for n in range(4)))
        wanted, among, depth = lists.wanting(more), lists.open_partners(), depth * DEEPER
    code = np.array(list(lists.chosen), np.int64)
    return _ranked(code // len(lists.of_partner), code % len(lists.of_partner), np.array(list(lists.chosen.values())))


def _ranked(business: Ints, partner: Ints, score: Doubles) -> tuple[Best, Ints]:
    order = np.lexsort((partner, -score, business))
    return Best(business[order], partner[order], score[order]), ranks(business[order])


def ranks(business: Ints) -> Ints:
    """The place of each pair in the list of its business, from 1; pairs of one business lie together, best first."""
    if not len(business):
        return business
    first = np.flatnonzero(np.append(True, business[1:] != business[:-1]))
    return np.arange(len(business)) - np.repeat(first, np.diff(np.append(first, len(business)))) + 1
