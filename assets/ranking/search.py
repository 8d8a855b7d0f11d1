"""The best partners of every business, exactly, without looking at every pair.

Businesses of one kind are worked on together: what their kind, the partner's size and its accounts say is the same for all of
them. Partners are looked at in the order of what they could reach next door, until no other can enter; then those whose bodies a
business is like, which only raises a score, as far as that could be enough. Does not belong here: what a score is (`engine.py`)
and which pairs a list takes (`picking.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assets.ranking import bodies
from assets.ranking.engine import DECIMALS, Best, Bools, Doubles, Gifts, Ints, Rows, Scorer, Steps, added, both, in_steps, rounded
from assets.ranking.precedent import Precedent, Scores

#: Alike businesses that look at partners together, so few that a block of scores stays in the processor's cache.
_TOGETHER = 128
#: How many times as many the first partners of all questions may be, to be scored at once.
_AHEAD = 2
#: Pairs scored at a time, so few that their numbers stay in the processor's cache and the memory for them is not given back.
_CELLS = 16_384
#: The steps no pair reaches.
_NEVER = np.iinfo(np.int32).max
#: Bits that hold a score in steps.
_STEP_BITS = (10**DECIMALS).bit_length()


@dataclass(frozen=True)
class _Prospects:
    """Of businesses of one kind and readiness: what every partner has towards a score, and how far it can come.

    `above` and `below` are without place and precedent, `most` the steps with the best of both. `bare` are partners for whom
    only a precedent could speak. `past` is the usual precedent, that of a business that is like none of a partner's bodies, a
    line for each set of kinds among the businesses; `with_past` are the sums with it, `usual` the most steps, -1 for partners
    that are out of the question.
    """

    above: Doubles
    below: Doubles
    most: Steps
    bare: Bools
    past: Scores
    with_past: tuple[Doubles, Doubles]
    usual: Steps


@dataclass(frozen=True)
class _Found:
    """Pairs that are among the best so far: place of the business, partner, score in steps, precedent (or NaN)."""

    place: Ints
    partner: Ints
    steps: Steps
    precedent: Scores

    def take(self, which: Bools | Ints) -> _Found:
        return _Found(self.place[which], self.partner[which], self.steps[which], self.precedent[which])


@dataclass(frozen=True)
class _Question:
    """Which of some alike businesses ask for their best, and among which partners, by what they could reach."""

    asking: Ints
    among: Ints


@dataclass(frozen=True)
class Wanted:
    """What a look asks for: which gifts of each business, from which partners.

    `gifts` [businesses, places in `fit.resources()`; nothing is the last column]; `partners` says who may be found; `full`
    [businesses, kinds] which kinds of partner a business has enough of, and `kind` which each partner is.
    """

    gifts: Bools
    partners: Bools
    full: Bools
    kind: Ints


def best(scorer: Scorer, depth: int, which: Ints | None = None) -> Iterator[Best]:
    """The `depth` best partners of each business (or of those in `which`, ascending), some businesses at a time, in order.

    Best first, ties by partner.
    """
    search = _Search(scorer)
    rows = np.arange(scorer.businesses.num_rows) if which is None else which
    for alike in search.alike(rows):
        held, line = search.prospects_of(alike)
        among = _by_reach(held, np.zeros(search.across, np.int64), held.usual >= 0)
        yield search.answers(alike, line, held, [_Question(np.arange(len(alike)), part) for part in among.values()], depth)[0]


def best_of_each_gift(scorer: Scorer, depth: int, wanted: Wanted | None = None) -> Iterator[tuple[Best, Gifts]]:
    """(the `depth` best partners of some businesses among those they would give the same, what that is) for each such gift."""
    search = _Search(scorer, wanted)
    rows = np.arange(scorer.businesses.num_rows) if wanted is None else np.flatnonzero(wanted.gifts.any(1))
    for alike in search.alike(rows):
        (held, line), given = search.prospects_of(alike), scorer.given(scorer.kind_of[alike[0]])
        allowed = held.usual >= 0
        if wanted is not None:
            # Nothing to give is -1, the last column.
            allowed &= wanted.partners & np.asarray(wanted.gifts[alike].any(axis=0))[given]
        questions, gifts = [], []
        for gift, among in _by_reach(held, given, allowed).items():
            asking = np.arange(len(alike))
            if wanted is not None:
                asking = np.flatnonzero(wanted.gifts[alike, gift])
                among = among[~np.asarray(wanted.full[alike[asking]].all(axis=0))[wanted.kind[among]]]
            if len(asking) and len(among):
                gifts.append(gift)
                questions.append(_Question(asking, among))
        found, question = search.answers(alike, line, held, questions, depth)
        yield found, np.array(gifts, np.int16)[question]


def _by_reach(held: _Prospects, given: Ints | Gifts, allowed: Bools) -> dict[int, Ints]:
    """The allowed partners of each gift, those first that could reach most, ties by partner."""
    partner = np.flatnonzero(allowed)
    bits = len(allowed).bit_length()
    gift, behind = given[partner].astype(np.int64), 10**DECIMALS - held.usual[partner].astype(np.int64)
    # Sorting whole numbers is ten times as fast as finding their order.
    keys = np.sort(((((gift + 1) << _STEP_BITS) + behind) << bits) + partner)
    gift, partner = (keys >> (_STEP_BITS + bits)) - 1, keys & ((1 << bits) - 1)
    gifts, starts = np.unique(gift, return_index=True)
    return dict(zip(gifts.tolist(), np.split(partner, starts)[1:], strict=True))


class _Search:
    """One search over the bodies of a scorer."""

    def __init__(self, scorer: Scorer, wanted: Wanted | None = None) -> None:
        self.scorer, self.wanted, self.across = scorer, wanted, scorer.partners.num_rows
        #: What the nearest place would add for each partner.
        self._place_gain = scorer.weights["place"] * ~np.isnan(scorer.point[1][0])
        #: What the best precedent would.
        self._best_past = scorer.weights["precedent"] * scorer.seen
        self._size = _weighing(scorer.capacity, scorer.weights["capacity"])
        #: Those of the businesses looked at last: the next ones are mostly of the same kind.
        self._prospects: tuple[tuple[int, float, bytes], _Prospects] | None = None

    def alike(self, rows: Ints) -> Iterator[Ints]:
        """A few businesses of one kind and readiness at a time, idle ones aside; `rows` ascend."""
        rows = rows[~self.scorer.idle[0][rows]]
        ready = np.nan_to_num(self.scorer.ready[rows], nan=-1)
        changes = np.flatnonzero((np.diff(self.scorer.kind_of[rows]) != 0) | (np.diff(ready) != 0)) + 1
        for alike in np.split(rows, changes):
            for start in range(0, len(alike), _TOGETHER):
                yield alike[start : start + _TOGETHER]

    def answers(self, rows: Ints, line: Ints, held: _Prospects, questions: Sequence[_Question], depth: int) -> tuple[Best, Ints]:
        """The `depth` best of alike businesses for each question, and whose they are. `line` is each business's in `held.past`.

        First as if every business were like none of the partners' bodies; likeness only raises a score, so that only those of the
        others count that could be better still.
        """
        question = np.full(self.across, -1)
        for number, asked in enumerate(questions):
            question[asked.among] = number
        every, least = self._look(rows, line, questions, held, depth)
        every = every.take(every.steps >= least[every.place, question[every.partner]])
        if self.scorer.precedent and len(questions):
            closer = self._look_back(self.scorer.precedent, rows, question, least, held)
            again = np.zeros((len(rows), self.across), dtype=bool)
            again[closer.place, closer.partner] = True
            every = _joined(every.take(~again[every.place, every.partner]), closer)
        asked_for = question[every.partner] * len(rows) + every.place
        order = _order(asked_for, every, self.across)
        every = every.take(order[ranks(asked_for[order]) <= depth])
        return Best(rows[every.place], every.partner, every.steps / 10**DECIMALS, every.precedent), question[every.partner]

    def prospects_of(self, rows: Ints) -> tuple[_Prospects, Ints]:
        """Those of some businesses of one kind and readiness, and the line of each in `past`."""
        scorer = self.scorer
        past, line = np.full((1, self.across), np.nan, np.float32), np.zeros(len(rows), np.int64)
        if scorer.precedent and scorer.seen.any():
            partners = np.flatnonzero(scorer.seen)
            unlike, line = scorer.precedent.unlike(rows, partners)
            past = np.full((len(unlike), self.across), np.nan, np.float32)
            past[:, partners] = unlike
        key = int(scorer.kind_of[rows[0]]), float(np.nan_to_num(scorer.ready[rows[0]], nan=-1)), past.tobytes()
        if self._prospects is None or self._prospects[0] != key:
            self._prospects = key, self._made_prospects(key[0], scorer.ready[rows[0]], past)
        return self._prospects[1], line

    def _made_prospects(self, kind: int, ready: float, past: Scores) -> _Prospects:
        scorer = self.scorer
        exchange, cause, barred = (each[kind] for each in (scorer.fit.exchange, scorer.fit.cause, scorer.fit.barred))
        fit = scorer.weighed({"fit_exchange": rounded(exchange), "fit_cause": rounded(cause)})
        readiness = _weighing(both(np.full(self.across, ready), scorer.partner_ready), scorer.weights["readiness"])
        above, below = (
            part[scorer.offered_of] + size + fitness for part, size, fitness in zip(fit, self._size, readiness, strict=True)
        )
        bare = (np.isnan(exchange) & np.isnan(cause))[scorer.offered_of]
        closed = barred[scorer.offered_of] | scorer.idle[1] | (bare & ~scorer.seen)

        def reach(up: Doubles, down: Doubles) -> Steps:
            # What the nearest place would make of it; where a business lies may not be known either.
            with np.errstate(invalid="ignore", divide="ignore"):
                highest = np.fmax((up + self._place_gain) / (down + self._place_gain), up / down)
            return np.ceil(np.where(closed | np.isnan(highest), -1, highest) * 10**DECIMALS).astype(np.int32)

        if not scorer.seen.any():
            most = reach(above, below)
            return _Prospects(above, below, most, bare, past, (above[None], below[None]), most)
        most = reach(above + self._best_past, below + self._best_past)
        up, down = np.broadcast_arrays(*added(above, below, rounded(past), scorer.weights["precedent"]))
        return _Prospects(above, below, most, bare, past, (up, down), reach(up, down).max(0))

    def _apart(self, rows: Ints) -> tuple[Ints, Ints]:
        """Pairs that are not to be judged as others are: barred, or with a precedent of their own (place in `rows`, partner)."""
        scorer, nothing = self.scorer, np.zeros(0, np.int64)
        parts = [
            np.concatenate([scorer.barred.get(row, nothing), scorer.precedent.own(row) if scorer.precedent else nothing])
            for row in rows.tolist()
        ]
        return np.repeat(np.arange(len(rows)), [len(part) for part in parts]), np.concatenate(parts)

    def _look(self, rows: Ints, line: Ints, questions: Sequence[_Question], held: _Prospects, depth: int) -> tuple[_Found, Steps]:
        """The best with the usual precedent, and the steps another must reach, [businesses, questions].

        Partners are looked at in the order of what they could reach, until no other can enter: the first of all questions at
        once, then of each question by itself.
        """
        least = np.full((len(rows), len(questions)), _NEVER, np.int32)
        found: list[tuple[Ints, Ints, Steps]] = []
        apart = self._apart(rows)
        each = max(2 * depth, _CELLS // max(1, len(rows) * len(questions)))
        heads = [asked.among[:each] for asked in questions]
        ahead, together = np.cumsum([0, *map(len, heads)]), None
        if ahead[-1] * len(rows) <= _AHEAD * _CELLS:
            together = self._steps(rows, np.arange(len(rows)), np.concatenate([np.zeros(0, np.int64), *heads]), line, held, apart)
        for number, asked in enumerate(questions):
            place, order, start = asked.asking, asked.among, 0
            top, worst = np.zeros((len(place), 0), np.int32), np.zeros(len(rows), np.int32)
            while start < len(order) and len(place):
                if start == 0 and together is not None:
                    some, steps = heads[number], together[place, ahead[number] : ahead[number + 1]]
                else:
                    some = order[start : start + max(2 * depth, _CELLS // len(place))]
                    steps = self._steps(rows, place, some, line, held, apart)
                top = np.concatenate([top, steps], axis=1)
                if top.shape[1] > depth:
                    top = np.partition(top, -depth, axis=1)[:, -depth:]
                if top.shape[1] == depth:
                    worst[place] = np.maximum(top.min(axis=1), 0)
                x, y = np.divmod(np.flatnonzero(steps >= worst[place, None]), len(some))
                found.append((place[x], some[y], steps[x, y]))
                start += len(some)
                # A tie with the worst kept could be won by id, so only what is surely below is left out.
                left = worst[place] <= held.usual[order[start : start + 1]].max(initial=-1)
                place, top = place[left], top[left]
            least[asked.asking, number] = worst[asked.asking]
        if not found:
            return _joined(), least
        place, partner, steps = (np.concatenate(column) for column in zip(*found, strict=True))
        return _Found(place, partner, steps, held.past[line[place], partner]), least

    def _steps(self, rows: Ints, place: Ints, some: Ints, line: Ints, held: _Prospects, apart: tuple[Ints, Ints]) -> Steps:
        """The scores of alike businesses with some partners, with the usual precedent; -1 for those `apart` or not wanted."""
        lines = line[place, None] if len(held.past) > 1 else 0
        steps = self._placed(rows[place, None], some, held.with_past[0][lines, some], held.with_past[1][lines, some])
        if len(apart[0]):
            at_place, at_partner = np.full(len(rows), -1), np.full(self.across, -1)
            at_place[place], at_partner[some] = np.arange(len(place)), np.arange(len(some))
            x, y = at_place[apart[0]], at_partner[apart[1]]
            inside = (x >= 0) & (y >= 0)
            steps[x[inside], y[inside]] = -1
        if self.wanted is not None:
            steps[self.wanted.full[rows[place]][:, self.wanted.kind[some]]] = -1
        return steps

    def _look_back(self, told: Precedent, rows: Ints, question: Ints, least: Steps, held: _Prospects) -> _Found:
        """Pairs with a precedent other than the usual that reach `least`, a number for each business and question.

        `question` is each partner's.
        """
        bar = least.min(0)
        partners = np.flatnonzero(self.scorer.seen & (question >= 0))
        partners = partners[held.most[partners] >= bar[question[partners]]]
        if not len(partners):
            return _joined()
        # The precedent without which no partner, not even one next door, comes to a score: score * of_all - of_others. A step
        # less, and a place of the precedent's own rounding: what is just enough must not be missed.
        score = np.where(least < _NEVER, (least - 1) / 10**DECIMALS, np.inf)
        weight = self.scorer.weights["precedent"]
        of_all = (held.below + weight + self._place_gain) / weight
        of_others = (held.above + self._place_gain) / weight + 1e-4
        needed = score.min(0)[question[partners]] * of_all[partners] - of_others[partners]
        found = []
        for place, column, past in told.reaching(rows, partners, needed):
            partner = partners[column]
            close = np.flatnonzero(~(past < score[place, question[partner]] * of_all[partner] - of_others[partner]))
            for start in range(0, len(close), _CELLS):
                some = close[start : start + _CELLS]
                found.append(self._reaching(rows, place[some], partner[some], past[some], question, least, held))
        return _joined(*found)

    def _reaching(
        self, rows: Ints, place: Ints, partner: Ints, past: Scores, question: Ints, least: Steps, held: _Prospects
    ) -> _Found:
        """Those of some pairs with precedent that reach `least`."""
        told = rounded(past)
        sums = added(held.above[partner], held.below[partner], told, self.scorer.weights["precedent"])
        steps = self._placed(rows[place], partner, *sums)
        steps[held.bare[partner] & np.isnan(told)] = -1
        if self.wanted is not None:
            steps[self.wanted.full[rows[place], self.wanted.kind[partner]]] = -1
        barred = [row * self.across + self.scorer.barred[row] for row in rows.tolist() if row in self.scorer.barred]
        if barred:
            steps[np.isin(rows[place] * self.across + partner, np.concatenate(barred))] = -1
        enough = np.flatnonzero(steps >= least[place, question[partner]])
        return _Found(place[enough], partner[enough], steps[enough], past[enough])

    def _placed(self, rows: Ints, partners: Ints | Rows, above: Doubles, below: Doubles) -> Steps:
        """Scores of rows with partners (broadcast) in steps of the last decimal: sums and place; -1 where nothing is known."""
        near = bodies.nearness(self.scorer.point[0][:, rows], self.scorer.point[1][:, partners])
        above, below = added(above, below, near, self.scorer.weights["place"])
        steps = in_steps(above, below)
        if not below.all():
            steps[np.broadcast_to(below <= 0, steps.shape)] = -1
        return steps


def _weighing(values: Doubles, weight: float) -> tuple[Doubles, Doubles]:
    """What a criterion adds above and below the line."""
    return added(np.zeros(1), np.zeros(1), values, weight)


def _joined(*parts: _Found) -> _Found:
    if not parts:
        return _Found(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    columns = zip(*((part.place, part.partner, part.steps, part.precedent) for part in parts), strict=True)
    return _Found(*(np.concatenate(column) for column in columns))


def _order(key: Ints, found: _Found, partners: int) -> Ints:
    """By key, then the best first, ties to the smaller of so many `partners`."""
    bits = partners.bit_length()
    # In one number each: sorting by three takes four times as long.
    return np.argsort((key << (_STEP_BITS + bits)) + ((10**DECIMALS - found.steps.astype(np.int64)) << bits) + found.partner)


def ranks(keys: Ints) -> Ints:
    """The place of each among those of its key, from 1; they lie together."""
    if not len(keys):
        return keys
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    return np.arange(len(keys)) - np.repeat(first, np.diff(np.append(first, len(keys)))) + 1
