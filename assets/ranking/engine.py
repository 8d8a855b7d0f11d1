"""Scores businesses against partners and picks the best of each, exactly: kinds are compared once, places and precedent per body.

    bodies ─ tags ─ profiles ─ fit of kinds ┐
                     place, capacity, readiness, precedent ┴─ score ─ lists

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

from assets.ranking import bodies, codes, fit, tagger
from assets.ranking.precedent import Precedent, precedent

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]

CRITERIA = ("fit_exchange", "fit_cause", "precedent", "place", "capacity", "readiness")
#: Without one of these nobody has a reason to ring: a body nearby and of the right size is no partner for that alone.
GROUNDS = ("fit_exchange", "fit_cause", "precedent")
#: The weights of a profile that says nothing else; `docs/ranking.md` tells where they come from.
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"fit_exchange": 0.12, "fit_cause": 0.33, "precedent": 0.25, "place": 0.12, "capacity": 0.08, "readiness": 0.10}
)
#: Kinds of edges between bodies that are not independent: no partnership, and no precedent of one.
KIN = ("parent", "subsidiary", "branch", "same_group", "same_body", "linked_charity", "sister")
#: Businesses scored at a time.
CHUNK = 512
#: Partners looked at first; doubled until no other can be among the best.
FIRST_LOOK = 96
#: Decimals of a score: two pairs that differ by less are a tie, settled by id.
DECIMALS = 6


@dataclass(frozen=True)
class Best:
    """The best partners of some businesses, best first, ties by partner id: rows of the two tables, and scores."""

    business: Ints
    partner: Ints
    score: Doubles


@dataclass(frozen=True)
class _Prospects:
    """Of businesses of one kind and readiness: what every partner has towards a score, at most reaches, and the order of that.

    `bare` are those for whom only a precedent could speak.
    """

    above: Doubles
    below: Doubles
    most: Doubles
    order: Rows
    bare: npt.NDArray[np.bool_]


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
        self.kinds, kind_of = fit.distinct(fit.profiles(tagged, rows.num_rows, "business"))
        ready = bodies.readiness(rows, as_of) if as_of else np.full(rows.num_rows, np.nan)
        order = np.lexsort((np.nan_to_num(ready, nan=-1), kind_of))
        self.businesses, self.kind_of, self.ready = rows.take(pa.array(order)).combine_chunks(), kind_of[order], ready[order]
        #: The place of each business in the order of ids.
        self.turn = order
        self.activity = (main_activity(tagged, rows.num_rows)[order], main_activity(offered, self.partners.num_rows))
        self.offered = fit.profiles(offered, self.partners.num_rows, "partner")
        self.fit = fit.fit(self.kinds, self.offered)
        # Of a body of no known kind nobody can say that it would not fit.
        self.fit.exchange[~self.kinds.known] = np.nan
        self.fit.exchange[:, ~self.offered.known] = np.nan
        self.capacity = bodies.capacity(self.partners)
        self.partner_ready = bodies.readiness(self.partners, as_of) if as_of else np.full(self.partners.num_rows, np.nan)
        self.point = tuple(bodies.points(table) for table in (self.businesses, self.partners))
        self.idle = tuple(bodies.inactive(table) for table in (self.businesses, self.partners))
        self.precedent = self._precedent(edges)
        self.seen = self.precedent.known if self.precedent else np.zeros(self.partners.num_rows, dtype=bool)
        self.barred = self._barred(edges)
        self._given: dict[int, npt.NDArray[np.int16]] = {}
        self._prospects: dict[tuple[int, float], _Prospects] = {}

    def subscores(self, business: Ints, partner: Ints) -> dict[str, Doubles]:
        """Each criterion of some pairs, NaN where it is not known."""
        kind = self.kind_of[business]
        past = np.full(len(business), np.nan)
        if self.precedent:
            # Pairs come in the order of their businesses, so that each row is made once.
            for start, stop, some in _runs(business, CHUNK):
                past[some] = self.precedent.rows(start, stop)[business[some] - start, partner[some]]
        return {
            "fit_exchange": _rounded(self.fit.exchange[kind, partner]),
            "fit_cause": _rounded(self.fit.cause[kind, partner]),
            "precedent": _rounded(past),
            "place": bodies.nearness(self.kilometres(business, partner)),
            "capacity": self.capacity[partner],
            "readiness": _both(self.ready[business], self.partner_ready[partner]),
        }

    def kilometres(self, business: Ints, partner: Ints) -> Doubles:
        """How far apart the two of each pair are; NaN where not known."""
        return bodies.kilometres(self.point[0][business], self.point[1][partner])

    def given(self, kind: int) -> npt.NDArray[np.int16]:
        """What a kind of business would give each partner: a place in `fit.resources()`, -1 where nothing is wanted."""
        if kind not in self._given:
            worth = self.offered.needs * (self.kinds.offers[kind] * fit.rarity())
            self._given[kind] = np.where(worth.max(1) > 0, worth.argmax(1), -1).astype(np.int16)
        return self._given[kind]

    def score(self, known: Mapping[str, Doubles]) -> tuple[Doubles, Doubles]:
        """(score, share of the weights that is known) of pairs with these criteria; NaN where there are no `GROUNDS`."""
        above, below = self._weighed(known)
        total = sum(self.weights.values())
        steps = np.rint(_quotient(above, below) * 10**DECIMALS)
        grounds = np.logical_or.reduce([~np.isnan(known[criterion]) for criterion in GROUNDS])
        return np.where(grounds & (below > 0), steps / 10**DECIMALS, np.nan), np.round(below / total, 4)

    def best(self, depth: int, which: Ints | None = None) -> Iterator[Best]:
        """The `depth` best partners of each business (or of those in `which`, ascending), some businesses at a time, in order."""
        rows = np.arange(self.businesses.num_rows) if which is None else which
        for alike in self._alike(rows[~self.idle[0][rows]]):
            yield self._best_of(alike, depth)

    def best_of_each_gift(
        self, depth: int, wanted: npt.NDArray[np.bool_] | None = None, among: npt.NDArray[np.bool_] | None = None
    ) -> Iterator[tuple[Best, int]]:
        """(the `depth` best partners of some businesses among those they would give the same, what that is).

        `wanted` says of each business and gift (a place in `fit.resources()`; nothing is the last column) whether it is asked
        for; `among` which partners.
        """
        for rows in self._alike(np.flatnonzero(~self.idle[0])):
            gifts = self.given(self.kind_of[rows[0]])
            for gift in np.unique(gifts).tolist():
                asking = rows if wanted is None else rows[wanted[rows, gift]]
                if len(asking):
                    yield self._best_of(asking, depth, (gifts == gift) if among is None else (gifts == gift) & among), gift

    def _alike(self, rows: Ints) -> list[Ints]:
        """Businesses of one kind and readiness together; `rows` ascend."""
        ready = np.nan_to_num(self.ready[rows], nan=-1)
        changes = np.flatnonzero((np.diff(self.kind_of[rows]) != 0) | (np.diff(ready) != 0)) + 1
        return [alike for alike in np.split(rows, changes) if len(alike)]

    def _best_of(self, rows: Ints, depth: int, among: npt.NDArray[np.bool_] | None = None) -> Best:
        """The best of businesses of one kind and readiness (`among` some partners).

        Partners are looked at in the order of what they could reach at most, until no other can be among the best.
        """
        held = self._prospects_of(rows[0])
        order = held.order if among is None else held.order[among[held.order]]
        parts = [self._look(rows[i : i + CHUNK], order, held, depth) for i in range(0, len(rows), CHUNK)]
        business, partner, score = (np.concatenate([getattr(p, c) for p in parts]) for c in ("business", "partner", "score"))
        best_first = np.lexsort((partner, -score, business))
        return Best(business[best_first], partner[best_first], score[best_first])

    def _prospects_of(self, row: int) -> _Prospects:
        kind, ready = int(self.kind_of[row]), float(np.nan_to_num(self.ready[row], nan=-1))
        if (kind, ready) not in self._prospects:
            self._prospects[kind, ready] = self._made_prospects(kind, self.ready[row])
        return self._prospects[kind, ready]

    def _made_prospects(self, kind: int, ready: float) -> _Prospects:
        across = self.partners.num_rows
        above, below = self._weighed(
            {
                "fit_exchange": _rounded(self.fit.exchange[kind]),
                "fit_cause": _rounded(self.fit.cause[kind]),
                "capacity": self.capacity,
                "readiness": _both(np.full(across, ready), self.partner_ready),
            }
        )
        bare = np.isnan(self.fit.exchange[kind]) & np.isnan(self.fit.cause[kind])
        closed = self.fit.barred[kind] | self.idle[1] | (bare & ~self.seen)
        placed = ~np.isnan(self.point[1][:, 0])
        # What the nearest place and the best precedent would make of it; where a business lies may not be known either.
        past = self.weights["precedent"] * self.seen
        gain = past + self.weights["place"] * placed
        with np.errstate(invalid="ignore", divide="ignore"):
            most = np.fmax((above + gain) / (below + gain), (above + past) / (below + past))
        most = np.where(closed | np.isnan(most), -1.0, most)
        order = np.argsort(-most, kind="stable")
        return _Prospects(above, below, most, order[most[order] >= 0].astype(np.int32), bare)

    def _look(self, rows: Ints, order: Rows, prospects: _Prospects, depth: int) -> Best:
        found: list[tuple[Ints, Ints, Doubles]] = []
        start, size = 0, max(FIRST_LOOK, 2 * depth)
        open_rows = rows
        held: list[tuple[Rows, npt.NDArray[np.int32]]] = []
        while len(open_rows):
            block = order[start : start + size]
            scores = self._scores(open_rows, block, prospects)
            held.append((block, scores))
            start, size = start + size, 2 * size
            partner = np.concatenate([b for b, _ in held])
            every = np.concatenate([s for _, s in held], axis=1)
            worst = np.zeros(len(every), np.int32)
            if every.shape[1] > depth:
                worst = np.maximum(np.partition(every, -depth, axis=1)[:, -depth], 0)
            # A tie with the worst kept could be won by id, so only what is surely below is left out.
            done = worst > (np.ceil(prospects.most[order[start]] * 10**DECIMALS) if start < len(order) else -1)
            found.append(_top(open_rows[done], partner, every[done], worst[done], depth))
            open_rows = open_rows[~done]
            held = [(b, s[~done]) for b, s in held]
        return Best(*(np.concatenate([part[n] for part in found]) for n in range(3)))

    def _scores(self, rows: Ints, partners: Rows, prospects: _Prospects) -> npt.NDArray[np.int32]:
        """Scores of every row with every partner in steps of the last decimal; -1 where the two may not meet."""
        over, under = prospects.above[partners], prospects.below[partners]
        near = bodies.nearness(bodies.kilometres(self.point[0][rows][:, None], self.point[1][partners][None]))
        told = ~np.isnan(near)
        over, under = over + np.where(told, near, 0) * self.weights["place"], under + told * self.weights["place"]
        no_grounds = np.broadcast_to(prospects.bare[partners], over.shape)
        if self.precedent and self.seen[partners].any():
            past = _rounded(self._past(rows, partners))
            told = ~np.isnan(past)
            over, under = over + np.where(told, past, 0) * self.weights["precedent"], under + told * self.weights["precedent"]
            no_grounds = no_grounds & ~told
        steps = np.full(over.shape, -1, np.int32)
        np.rint(_quotient(over, under) * 10**DECIMALS, out=steps, where=(under > 0) & ~no_grounds, casting="unsafe")
        for place, row in enumerate(rows.tolist()):
            if row in self.barred:
                steps[place, np.isin(partners, self.barred[row])] = -1
        return steps

    def _past(self, rows: Ints, partners: Ints | Rows) -> Doubles:
        if self.precedent is None:
            raise ValueError("no edges were given")
        first = int(rows.min())
        return np.asarray(self.precedent.rows(first, int(rows.max()) + 1)[rows - first][:, partners], dtype=np.float64)

    def _weighed(self, known: Mapping[str, Doubles]) -> tuple[Doubles, Doubles]:
        """(sum of weight × criterion, sum of weights) over what is known, in the order of `CRITERIA`."""
        above: Doubles | float = 0.0
        below: Doubles | float = 0.0
        for criterion in CRITERIA:
            if criterion in known:
                values = known[criterion]
                told = ~np.isnan(values)
                above = above + self.weights[criterion] * np.where(told, values, 0)
                below = below + self.weights[criterion] * told
        return np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)

    def _precedent(self, edges: pa.Table | None) -> Precedent | None:
        if edges is None or not edges.num_rows:
            return None
        if "kind" in edges.column_names:
            kin = pc.is_in(pc.fill_null(edges["kind"], ""), pa.array(KIN))
            edges = edges.filter(pc.invert(kin))
        return precedent(self.businesses, self.partners, edges) if edges.num_rows else None

    def _barred(self, edges: pa.Table | None) -> dict[int, Ints]:
        """Partners that are the business itself or its kin, by rows: the same id, the same name, or an edge that says so."""
        pairs = _same(self.businesses["id"], self.partners["id"]) + _same(
            _plain(self.businesses["name"]), _plain(self.partners["name"])
        )
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


def tags_of(table: pa.Table, side: str) -> pa.Table:
    """(row, activity_id, confidence) of bodies: what class codes say, and what names and texts say where that adds something."""
    texts = pc.binary_join_element_wise(*(pc.fill_null(table[c], "") for c in ("class_text", "description")), ". ").to_pylist()
    read = tagger.tag([name or "" for name in table["name"].to_pylist()], texts, side)
    both = pa.concat_tables([codes.of_codes(table, side), read])
    best = (
        both.group_by(["row", "activity_id"])
        .aggregate([("confidence", "max")])
        .rename_columns(["row", "activity_id", "confidence"])
    )
    return best.sort_by([("row", "ascending"), ("activity_id", "ascending")])


def main_activity(tags: pa.Table, count: int) -> npt.NDArray[np.object_]:
    """The kind each body is above all, None where nothing is known; ties go to the smaller activity_id."""
    ranked = tags.sort_by([("row", "ascending"), ("confidence", "descending"), ("activity_id", "ascending")])
    row = ranked["row"].to_numpy()
    first = np.flatnonzero(np.append(True, row[1:] != row[:-1])) if len(row) else np.zeros(0, np.int64)
    result = np.full(count, None, dtype=object)
    result[row[first]] = ranked["activity_id"].to_numpy()[first]
    return result


def _top(
    rows: Ints, partner: Ints, scores: npt.NDArray[np.int32], worst: npt.NDArray[np.int32], depth: int
) -> tuple[Ints, Ints, Doubles]:
    """(row, partner, score) of the `depth` best of each line of steps that reach `worst`; ties to the smaller partner."""
    line, column = np.nonzero(scores >= worst[:, None])
    score = scores[line, column]
    order = np.lexsort((partner[column], -score, line))
    line, column, score = line[order], column[order], score[order]
    first = np.searchsorted(line, np.arange(len(rows)))
    keep = np.arange(len(line)) - first[line] < depth
    return rows[line[keep]], partner[column[keep]], score[keep] / 10**DECIMALS


def _quotient(above: Doubles, below: Doubles) -> Doubles:
    """above / below, 0 where nothing is below the line."""
    return np.asarray(np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0), dtype=np.float64)


def _rounded(values: npt.NDArray[Any]) -> Doubles:
    return np.asarray(np.round(values.astype(np.float64), 4), dtype=np.float64)


def _both(one: Doubles, other: Doubles) -> Doubles:
    """The mean of two, or the one that is known."""
    return np.where(np.isnan(one), other, np.where(np.isnan(other), one, (one + other) / 2))


def _plain(names: pa.ChunkedArray) -> pa.Array:
    plain = pc.replace_substring_regex(pc.utf8_lower(pc.fill_null(names, "")), "[^\\p{L}\\p{N}]+", "")
    return pc.if_else(pc.equal(plain, ""), None, plain)


def _same(business: pa.ChunkedArray | pa.Array, partner: pa.ChunkedArray | pa.Array) -> list[tuple[int, int]]:
    """Rows of both sides with the same text."""
    left = pa.table({"text": business, "b": np.arange(len(business))})
    right = pa.table({"text": partner, "p": np.arange(len(partner))})
    joined = left.filter(pc.is_valid(left["text"])).join(right.filter(pc.is_valid(right["text"])), "text", join_type="inner")
    return list(zip(joined["b"].to_pylist(), joined["p"].to_pylist(), strict=True))


def _runs(rows: Ints, size: int) -> Iterator[tuple[int, int, Ints]]:
    """(first row, row behind the last, places) of stretches of at most `size` rows."""
    for chunk in np.unique(rows // size).tolist():
        yield chunk * size, (chunk + 1) * size, np.flatnonzero(rows // size == chunk)
