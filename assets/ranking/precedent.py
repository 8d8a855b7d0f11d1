"""Precedent: how far bodies like a business already work with a partner, told by grants, awards and known partnerships.

Belongs here: the score of every business with every partner that has an edge, and the edges that carried it. Does not: reading
edges (`edges.py`), fit, place, or the join with other criteria. How the score comes about, for one business and one partner:

    like    = mean over 5 of the likeness of the business to the bodies the partner worked with, the nearest first, each faded by
              the age of their last edge; fewer than 5 count as zero
    kin     = like of partners of nearly the same name, by how nearly: programmes are renamed and moved between departments
    lift    = how much oftener the business's kinds (farm, school, SIC division, …) stand among those bodies than among all
    score   = odds / (1 + odds),  odds = ODDS x (like + kin + words shared with the partner's text + FLOOR) x exp(lift)

That is a sum of log-odds with weights fixed here, so partners can be compared and a part looked at alone. Every constant was
chosen on Maryland awards of FY2012 to FY2018 (six overlapping splits by year, `bench/ranking_awards.py`) and is a round number
in the middle of a flat stretch. Sums are of whole numbers and results are rounded, so no order of rows and no CPU shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from assets.ranking import likeness
from assets.ranking.body_texts import BodyTexts
from assets.ranking.edges import Body, bodies_of, newest_edges, rows_by_id
from assets.ranking.likeness import ONE, Documents, Floats, Index, Ints, firsts, lines, split, sums
from assets.ranking.name_kinds import name_words

Scores = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

#: An edge loses this share of its weight each year: four to five years halve it.
KEPT_A_YEAR = 0.85
#: How many of the partner's nearest bodies count. Three rank nearly as well, one does not; more drown rare kinds in big funders.
NEAREST = 5
#: Likeness under this is a shared common word or a few letters. Counting it too gains .003 MRR and costs time.
LEAST_LIKENESS = 0.03
#: Added to the likeness of two bodies with some likeness in one postcode area.
SAME_AREA = 0.04
#: Partners' names alike to this much make them kin; how much of a kin's likeness counts; how many kin.
KIN_FROM, KIN_SHARE, KIN_MOST = 0.5, 0.3, 5
#: A mean likeness under this is not passed on to kin: it would come to less than a quarter of `FLOOR`.
KIN_LEAST = 0.02
#: What a likeness of 1 between the business's name and the partner's name and description counts for.
TEXT_SHARE = 0.1
#: What `like` counts for where nothing is alike: only the kinds speak then.
FLOOR = 0.02
#: Weight of the kinds, and how many bodies of the general mixture are added to a partner's own before shares are taken.
LIFT_SHARE, LIFT_PRIOR = 0.2, 30.0
#: Makes a mean likeness of a quarter, fairly near names, come out at a half.
ODDS = 4.0
#: Scores are whole multiples of this: the last bits of exp() differ between CPUs.
STEP = 1 / 65_536

#: Fading is held in whole parts of this, of so many bits.
FADE = 1024
_FADE_BITS = 10
#: Likeness is held in whole parts of this.
WHOLE = ONE * FADE
#: More than any likeness.
_MOST_ALIKE = 1 << 50
#: Businesses worked on at a time: bounds memory.
_CHUNK = 128


def precedent(businesses: pa.Table, partners: pa.Table, edges: pa.Table) -> Precedent:
    """Takes in who worked with whom and makes ready to score all businesses with all partners.

    `businesses`, `partners`: `id`, `name` and, where there, `postcode`, `sic`, `naics`, `ntee`, `icnptso`; partners also
    `description`. `edges`: `from_id`, `to_id`, at least one of them a partner's, in either direction; where there, `date`
    (anything that begins with a year) and `from_name`, `to_name`, `from_postcode`, `to_postcode`, which describe bodies of
    neither table. A body with no name anywhere is described by its id if that holds letters and a blank; else it only counts.
    Edges with no partner in them, and of a body with itself, say nothing. Raises ValueError if a column is missing or an id of
    `businesses` or `partners` repeats.
    """
    business_row, partner_row = rows_by_id(businesses, "businesses"), rows_by_id(partners, "partners")
    pairs, outside = newest_edges(edges, business_row, partner_row, bodies_of(partners))
    # Businesses first, then bodies of no business's id: what is rare is told by both together, so that an edge more between
    # two of them changes no weight.
    described = [*bodies_of(businesses), *(outside[name] for name in sorted(outside))]
    number = business_row | {name: len(business_row) + place for place, name in enumerate(sorted(outside))}
    texts = BodyTexts(described, partners)

    names = sorted({body for body, _ in pairs})
    keys = sorted(pairs)
    known = sorted({partner_row[partner] for _, partner in keys})
    place = {name: at for at, name in enumerate(names)}
    known_place = {row: at for at, row in enumerate(known)}
    body = np.array([place[name] for name, _ in keys], np.int64)
    rows = np.array([number[name] for name in names], np.int64)
    ages = [pairs[key].age for key in keys]
    past = _Past(
        index=Index(texts.vectors.part(rows), texts.frequency, len(described)),
        area=texts.area[rows],
        kinds=_ragged([texts.kind_sets[texts.kind_set[row]] for row in rows]),
        starts=np.searchsorted(body, np.arange(len(names) + 1)),
        partner=np.array([known_place[partner_row[partner]] for _, partner in keys], np.int64),
        fade=np.array([round(FADE * KEPT_A_YEAR**age) for age in ages], np.int64),
        edge=np.array([pairs[key].row for key in keys], np.int64),
        body=body,
    )
    own = _own_pairs(described, len(business_row), rows, past)
    size = len(business_row)
    chosen = _Businesses(
        vectors=texts.vectors.part(np.arange(size)),
        text=texts.against_partners.part(np.arange(size)),
        area=texts.area[:size],
        kind_set=texts.kind_set[:size],
        kind_sets=texts.kind_sets,
        own_pairs=own,
        own_keys=np.array([row * len(names) + at for row, mine in own.items() for at in np.unique(body[mine])], np.int64),
    )
    partner_side = _partner_side(np.array(known, np.int64), texts, past, partners)
    return Precedent((size, len(partner_row)), chosen, partner_side, past)


class Precedent:
    """Scores of businesses with partners by precedent. Made by `precedent`; see the module for what a score means."""

    def __init__(self, shape: tuple[int, int], businesses: _Businesses, partners: _Partners, past: _Past) -> None:
        self.shape = shape
        self._businesses, self._partners, self._past = businesses, partners, past
        self._lift_of: dict[int, Floats] = {}

    def rows(self, start: int, stop: int) -> Scores:
        """Scores of businesses `start` to `stop` (rows of the table) with all partners: float32 in 0..1.

        NaN where nothing is known: the partner has no edge, or none but the business's own. Memory beyond the result is
        bounded, whatever the number of rows.
        """
        start, stop = max(start, 0), min(stop, self.shape[0])
        scores = np.full((max(stop - start, 0), self.shape[1]), np.nan, np.float32)
        scores[:, self._partners.rows] = self.of(np.arange(start, stop), self._partners.rows)
        return scores

    def of(self, businesses: Ints, partners: Ints) -> Scores:
        """The same of some businesses with some `known` partners, both rows of their tables and ascending.

        Costs little more than the partners asked for; memory is that of the result.
        """
        unlike, line = self.unlike(businesses, partners)
        scores = unlike[line]
        for place, column, told in self.reaching(businesses, partners, np.full(len(partners), -np.inf)):
            scores[place, column] = told
        return scores

    def unlike(self, businesses: Ints, partners: Ints) -> tuple[Scores, Ints]:
        """What some `known` partners score for a business that is like none of their bodies: kinds alone decide.

        A line for each set of kinds among the businesses, and the line of each business.
        """
        sets, line = np.unique(self._businesses.kind_set[businesses], return_inverse=True)
        lifts = self._lifts(sets)[:, self._partners.number[partners]]
        return _score(np.zeros_like(lifts), lifts).astype(np.float32), line

    def own(self, business: int) -> Ints:
        """Partners (rows of their table) that a business has itself worked with: to be judged as if it had not."""
        pairs = self._businesses.own_pairs.get(business)
        return np.zeros(0, np.int64) if pairs is None else self._partners.rows[np.unique(self._past.partner[pairs])]

    def reaching(self, businesses: Ints, partners: Ints, least: Floats) -> Iterator[tuple[Ints, Ints, Scores]]:
        """(place of the business, place of the partner, score) of the pairs in `of` that score `least`, in parts.

        Of those that differ from `unlike` only: alike to a body of the partner, or `own`, which are told whatever their score.
        `least` has a number for each partner; pairs a step below may be among the found.
        """
        known = len(self._partners.rows)
        column = np.full(known, -1)
        column[self._partners.number[partners]] = np.arange(len(partners))
        sets, set_of = np.unique(self._businesses.kind_set[businesses], return_inverse=True)
        lifts = self._lifts(sets)
        needed = np.full(lifts.shape, np.iinfo(np.int64).max)
        asked = column >= 0
        needed[:, asked] = np.ceil(np.clip(_likeness_needed(least[column[asked]], lifts[:, asked]), 1, _MOST_ALIKE))
        own_place, own_partner, own_lift = self._own_lifts(businesses, asked)
        for first in range(0, len(businesses), _CHUNK):
            some = businesses[first : first + _CHUNK]
            alike = self._alike(some)
            if len(sets) > 1:
                enough = np.flatnonzero(alike.data >= needed[set_of[first + lines(alike)], alike.indices])
            else:
                enough = np.flatnonzero(alike.data >= needed[0].take(alike.indices))
            place = np.searchsorted(alike.indptr, enough, side="right") - 1
            partner, amount = alike.indices[enough], alike.data[enough]
            lift = lifts[set_of[first + place] if len(sets) > 1 else 0, partner]
            own = slice(*np.searchsorted(own_place, [first, first + len(some)]))
            if own.start < own.stop:
                mine = own_place[own] - first, own_partner[own]
                others = ~np.isin(place * known + partner, mine[0] * known + mine[1])
                place, partner = np.append(place[others], mine[0]), np.append(partner[others], mine[1])
                amount, lift = np.append(amount[others], _cells(alike, *mine)), np.append(lift[others], own_lift[own])
            yield first + place, column[partner], _score(amount.astype(np.float64), lift).astype(np.float32)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Of which partners (rows of the table) anything is known: those with an edge."""
        return np.isin(np.arange(self.shape[1]), self._partners.rows)

    @property
    def score(self) -> Scores:
        """All rows at once, for tables small enough."""
        return self.rows(0, self.shape[0])

    def evidence(self, business: int, partner: int) -> list[tuple[int, float]]:
        """At most 3 rows of the edges table that speak most for this pair, with the likeness (0..1) of the body each names.

        One row a body, its newest; nearest and newest first, then by id. Empty where none of the partner's bodies is like it.
        """
        known = int(self._partners.number[partner])
        if known < 0:
            return []
        _, pairs, product, faded = self._hits(np.array([business]))
        mine = np.flatnonzero(self._past.partner[pairs] == known)
        best = sorted((-int(faded[at]), int(pairs[at]), int(product[at])) for at in mine)[:3]
        return [(int(self._past.edge[pair]), min(like / ONE, 1.0)) for _, pair, like in best]

    def _hits(self, some: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Past pairs whose body is like one of some businesses: place in `some`, pair, likeness, likeness faded by age."""
        chosen, past = self._businesses, self._past
        # A product is the sum of two cosines, of words and of trigrams: half of it is their mean.
        place, body, product = past.index.like(chosen.vectors.part(some), int(2 * LEAST_LIKENESS * ONE))
        own = chosen.own_bodies(some, len(past.starts) - 1)
        if len(own):
            others = ~np.isin(place * (len(past.starts) - 1) + body, own)
            place, body, product = place[others], body[others], product[others]
        product >>= 1
        product += int(SAME_AREA * ONE) * ((past.area[body] >= 0) & (past.area[body] == chosen.area[some[place]]))
        sizes = np.diff(past.starts)[body]
        place, product = np.repeat(place, sizes), np.repeat(product, sizes)
        pairs = likeness.spans(past.starts[body], sizes)
        return place, pairs, product, (product * past.fade[pairs]) >> _FADE_BITS

    def _alike(self, some: Ints) -> sparse.csr_array:
        """How alike some businesses are to the bodies of each known partner, with kin and text, in parts of `WHOLE`."""
        place, pairs, _, faded = self._hits(some)
        known = len(self._partners.rows)
        cells, amounts = _sums_of_largest(place * known + self._past.partner[pairs], faded)
        place, partner = split(cells, known)
        amounts //= NEAREST
        lent = np.flatnonzero(amounts >= KIN_LEAST * ONE)
        text_place, text_partner, text = self._partners.text.like(self._businesses.text.part(some), 1)
        # Side by side what speaks for a partner itself, what its kin lend, and its text: one product adds them up.
        table = sparse.csr_array(
            (
                np.concatenate([amounts, amounts[lent], (text * TEXT_SHARE).astype(np.int64)]),
                (
                    np.concatenate([place, place[lent], text_place]),
                    np.concatenate([partner, partner[lent] + known, text_partner + 2 * known]),
                ),
            ),
            shape=(len(some), 3 * known),
        )
        return table @ self._partners.counts

    def _lifts(self, kind_sets: Ints) -> Floats:
        """exp(lift) of sets of kinds with every known partner, a line each."""
        # Businesses that are asked for one after another are mostly of the same kinds.
        self._lift_of = {
            number: self._lift_of[number]
            if number in self._lift_of
            else self._partners.mixture.lift(self._businesses.kind_sets[number])
            for number in kind_sets.tolist()
        }
        return np.stack(list(self._lift_of.values()))

    def _own_lifts(self, businesses: Ints, asked: Bools) -> tuple[Ints, Ints, Floats]:
        """Place in `businesses`, known partner and exp(lift) where one has worked with one `asked`: as if it had not."""
        chosen, past, known = self._businesses, self._past, len(self._partners.rows)
        mine = [(place, chosen.own_pairs[row]) for place, row in enumerate(businesses.tolist()) if row in chosen.own_pairs]
        if not mine:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        pairs = np.concatenate([own for _, own in mine])
        owner = np.repeat([place for place, _ in mine], [len(own) for _, own in mine])
        cells, cell_of = np.unique(owner * known + past.partner[pairs], return_inverse=True)
        place, partner, sets = cells // known, cells % known, chosen.kind_set[businesses]
        lift = np.empty(len(cells))
        for number in np.unique(sets[place]).tolist():
            some = np.flatnonzero(sets[place] == number)
            inside = np.flatnonzero(sets[owner] == number)
            lift[some] = self._partners.mixture.lift_without(
                chosen.kind_sets[number], partner[some], past, pairs[inside], np.searchsorted(some, cell_of[inside])
            )
        inside = np.flatnonzero(asked[partner])
        return place[inside], partner[inside], lift[inside]


def _score(alike: Floats, lift: Floats) -> Floats:
    """The score of a likeness in parts of `WHOLE` and an exp(lift), in whole multiples of `STEP`."""
    odds = alike + FLOOR * WHOLE
    odds *= lift
    odds *= ODDS / WHOLE
    odds /= 1 + odds
    odds *= 1 / STEP
    np.rint(odds, out=odds)
    odds *= STEP
    return odds


def _likeness_needed(score: Floats, lift: Floats) -> Floats:
    """The likeness in parts of `WHOLE` without which a pair has not this score, a step left for rounding."""
    share = np.maximum(score - STEP, 0)
    odds = np.where(share < 1, share / np.maximum(1 - share, STEP), np.inf)
    return np.asarray(odds * (WHOLE / ODDS) / lift - FLOOR * WHOLE)


def _cells(table: sparse.csr_array, line: Ints, column: Ints) -> Ints:
    """Some cells of a sparse table."""
    found = table[line, column]
    # A sparse row, or a plain one where there is nothing in it.
    return np.asarray(found.toarray() if sparse.issparse(found) else found).ravel()


@dataclass(frozen=True)
class _Past:
    """Who worked with whom: bodies, and for each the partners it worked with (`pairs`, by id of body, then of partner).

    Body i has the pairs `starts[i]` to `starts[i + 1]`. A pair has a partner (its number among those known), a weight `fade`
    (parts of `FADE`) by the age of its newest edge, and that edge's row. `area` is -1 where unknown. `kinds` are where those of
    each body start, and the kinds.
    """

    index: Index
    area: Ints
    kinds: tuple[Ints, Ints]
    starts: Ints
    partner: Ints
    fade: Ints
    edge: Ints
    body: Ints

    def kinds_of(self, pairs: Ints) -> tuple[Ints, Ints]:
        """(place in `pairs`, kind of its body), one for each kind."""
        starts, kinds = self.kinds
        body = self.body[pairs]
        sizes = starts[body + 1] - starts[body]
        return np.repeat(np.arange(len(pairs)), sizes), kinds[likeness.spans(starts[body], sizes)]


@dataclass(frozen=True)
class _Mixture:
    """What kinds of bodies each known partner worked with: `counts` [kinds, partners] and `total` [partners] of faded bodies.

    `share` is each kind's share of all bodies, `bodies` the plain number of each partner's bodies.
    """

    counts: Floats
    total: Floats
    bodies: Ints
    share: Floats

    @cached_property
    def log_lift(self) -> Floats:
        """Of each kind and partner, shrunk towards 0 [kinds, partners]."""
        return _log_lift(self.counts, self.total, self.share)

    def lift(self, kinds: Ints) -> Floats:
        """exp of the weighted log-lift of some kinds, for every partner; 1 where no kind is known."""
        return _joined(self.log_lift[kinds])

    def lift_without(self, kinds: Ints, partner: Ints, past: _Past, pairs: Ints, place: Ints) -> Floats:
        """The same for some partners as if some pairs, each with the place of its partner, were not there; NaN without others."""
        count, fade = len(partner), past.fade[pairs] / FADE
        left = self.bodies[partner] - np.bincount(place, minlength=count)
        at, kind = past.kinds_of(pairs)
        gone = sums(kind * count + place[at], fade[at], len(self.share) * count).reshape(-1, count)
        total = self.total[partner] - sums(place, fade, count)
        lift = _joined(_log_lift(self.counts[kinds][:, partner] - gone[kinds], total, self.share[kinds]))
        return np.where(left > 0, lift, np.nan)


def _log_lift(counts: Floats, total: Floats, share: Floats) -> Floats:
    mixed = (counts + LIFT_PRIOR * share[:, None]) / (total + LIFT_PRIOR)
    return np.log(mixed / share[:, None])


def _joined(log_lifts: Floats) -> Floats:
    # Kinds often go together: n of them count as sqrt(n). They are added one by one, in their order.
    total = np.zeros(log_lifts.shape[1])
    for row in log_lifts:
        total += row
    return np.exp(LIFT_SHARE / np.sqrt(max(len(log_lifts), 1)) * total)


@dataclass(frozen=True)
class _Partners:
    """Partners with an edge, by row of their table: their texts, and the kinds of bodies they worked with.

    `counts` says how much the likeness of each partner's bodies, what each lends to kin, and the likeness of each one's text
    count for each partner, in parts of `FADE`: a line for each of the first, then of the second, then of the third.
    """

    count: int
    """How many partners there are in all."""
    rows: Ints
    text: Index
    counts: sparse.csr_array
    mixture: _Mixture

    @cached_property
    def number(self) -> Ints:
        """Of each partner in their table its number among these, -1 where it is none of them."""
        number = np.full(self.count, -1)
        number[self.rows] = np.arange(len(self.rows))
        return number


@dataclass(frozen=True)
class _Businesses:
    """Businesses by row: vectors of their names, postcode area (-1 unknown), number of their set of kinds, own past pairs.

    `own_keys` are business x bodies + body of the bodies that are the business itself, ascending.
    """

    vectors: Documents
    text: Documents
    area: Ints
    kind_set: Ints
    kind_sets: list[Ints]
    own_pairs: dict[int, Ints]
    own_keys: Ints

    def own_bodies(self, some: Ints, bodies: int) -> Ints:
        """place in `some` x bodies + body, for all bodies that are one of some businesses; ascending as `some` does."""
        first, last = np.searchsorted(self.own_keys, some * bodies), np.searchsorted(self.own_keys, (some + 1) * bodies)
        found = self.own_keys[likeness.spans(first, last - first)]
        return np.repeat(np.arange(len(some)), last - first) * bodies + found % max(bodies, 1)


def _partner_side(known: Ints, texts: BodyTexts, past: _Past, partners: pa.Table) -> _Partners:
    lent = _kin(texts.partner_name.part(known), texts.name_frequency, partners, known)
    itself = FADE * sparse.eye_array(len(known), dtype=np.int64, format="csr")
    counts = np.zeros((len(texts.kinds), len(known)))
    pair, kind = past.kinds_of(np.arange(len(past.body)))
    np.add.at(counts, (kind, past.partner[pair]), past.fade[pair] / FADE)
    sets = np.bincount(texts.kind_set, minlength=len(texts.kind_sets))
    share = np.zeros(len(texts.kinds))
    for kinds, bodies in zip(texts.kind_sets, sets, strict=True):
        share[kinds] += bodies / len(texts.kind_set)
    mixture = _Mixture(
        counts=counts,
        total=sums(past.partner, past.fade / FADE, len(known)),
        bodies=np.bincount(past.partner, minlength=len(known)),
        share=share,
    )
    text = Index(texts.partner_text.part(known), texts.text_frequency, len(partners))
    return _Partners(len(partners), known, text, sparse.vstack([itself, lent, itself], format="csr"), mixture)


def _kin(names: Documents, frequency: Ints, partners: pa.Table, known: Ints) -> sparse.csr_array:
    """What each known partner (a line) lends to the others, in parts of `FADE`."""
    index = Index(names, frequency, len(partners))
    ids = partners["id"].cast(pa.string()).take(pa.array(known)).to_pylist()
    turn = np.empty(len(ids), np.int64)
    turn[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    lent: list[Ints] = [np.zeros((0, 3), np.int64)]
    for first in range(0, len(names), _CHUNK):
        some = np.arange(first, min(first + _CHUNK, len(names)))
        place, lender, product = index.like(names.part(some), int(KIN_FROM * ONE))
        others = np.flatnonzero(some[place] != lender)
        others = others[np.lexsort((turn[lender[others]], -product[others], place[others]))]
        place, lender, product = place[others], lender[others], product[others]
        nearest = np.arange(len(place)) - np.searchsorted(place, place) < KIN_MOST
        weight = np.rint(product * KIN_SHARE * FADE / ONE).astype(np.int64)
        lent.append(np.stack([lender, some[place], weight], axis=1)[nearest])
    lender, borrower, weight = np.concatenate(lent).T
    return sparse.csr_array((weight, (lender, borrower)), shape=(len(names), len(names)))


def _own_pairs(described: Sequence[Body], businesses: int, rows: Ints, past: _Past) -> dict[int, Ints]:
    """Past pairs of each business itself: by its id, or of a body of no known id that has its name in no other area."""
    named: dict[tuple[str, ...], list[int]] = {}
    for row, body in enumerate(described[:businesses]):
        if words := tuple(name_words(body.name)):
            named.setdefault(words, []).append(row)
    own: dict[int, list[Ints]] = {}
    for at, row in enumerate(rows.tolist()):
        body = described[row]
        same = [row] if row < businesses else named.get(tuple(name_words(body.name)), [])
        for business in same:
            areas = {area for area in (described[business].area, body.area) if area}
            if row == business or len(areas) < 2:
                own.setdefault(business, []).append(np.arange(past.starts[at], past.starts[at + 1]))
    return {business: np.concatenate(own[business]) for business in sorted(own)}


def _sums_of_largest(cells: Ints, amounts: Ints) -> tuple[Ints, Ints]:
    """The distinct cells, and of each the sum of its `NEAREST` largest amounts (which stay under 2 x `ONE`)."""
    bits = (2 * ONE).bit_length() - 1
    top = 2 * ONE - 1
    keys = (cells << bits) + (top - amounts)
    keys.sort()
    cells = keys >> bits
    amounts = top - (keys & top)
    first = firsts(cells)
    total = amounts[first]
    sizes = np.diff(first, append=len(cells))
    for rank in range(1, NEAREST):
        more = np.flatnonzero(sizes > rank)
        total[more] += amounts[first[more] + rank]
    return cells[first], total


def _ragged(rows: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Where each row starts, and all rows one after another."""
    sizes = np.array([len(row) for row in rows], np.int64)
    return np.concatenate([[0], np.cumsum(sizes)]), np.concatenate([np.zeros(0, np.int64), *rows])
