"""Precedent: how far bodies like a business already work with a partner, told by grants, awards and known partnerships.

Belongs here: the score of every business with every partner that has an edge, and the edges that carried it. Does not: reading
edges, fit, place, or the join with other criteria. How the score comes about, for one business and one partner:

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

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.ranking import likeness
from assets.ranking.likeness import ONE, Documents, Floats, Index, Ints, Vocabulary, sums
from assets.ranking.name_kinds import name_words, singular, word_kinds

Scores = npt.NDArray[np.float32]

#: An edge loses this share of its weight each year: four to five years halve it.
KEPT_A_YEAR = 0.85
#: How old an edge without a date is taken to be.
UNKNOWN_AGE = 3.0
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

#: Three characters of a routing key and four of one address; a British postcode's last three begin with a digit.
_EIRCODE = re.compile(r"[A-Z]\d[\dW](?![A-Z0-9]\d[A-Z]{2})[A-Z0-9]{4}")
#: Class codes and how many leading characters name their division.
_CLASS_CODES = {"sic": 2, "naics": 3, "ntee": 1, "icnptso": 1}
#: Fading is held in whole parts of this.
FADE = 1024
#: Businesses worked on at a time, so few that the work stays in the processor's cache: 256 take twice as long.
_CHUNK = 32


def precedent(businesses: pa.Table, partners: pa.Table, edges: pa.Table) -> Precedent:
    """Takes in who worked with whom and makes ready to score all businesses with all partners.

    `businesses`, `partners`: `id`, `name` and, where there, `postcode`, `sic`, `naics`, `ntee`, `icnptso`; partners also
    `description`. `edges`: `from_id`, `to_id`, at least one of them a partner's, in either direction; where there, `date`
    (anything that begins with a year) and `from_name`, `to_name`, `from_postcode`, `to_postcode`, which describe bodies of
    neither table. A body with no name anywhere is described by its id if that holds letters and a blank; else it only counts.
    Edges with no partner in them, and of a body with itself, say nothing. Raises ValueError if a column is missing or an id of
    `businesses` or `partners` repeats.
    """
    business_row, partner_row = _rows_by_id(businesses, "businesses"), _rows_by_id(partners, "partners")
    pairs, outside = _pairs(edges, business_row, partner_row, _bodies(partners))
    # Businesses first, then bodies of no business's id: what is rare is told by both together, so that an edge more between
    # two of them changes no weight.
    described = [*_bodies(businesses), *(outside[name] for name in sorted(outside))]
    number = business_row | {name: len(business_row) + place for place, name in enumerate(sorted(outside))}
    texts = _Vectors(described, partners)

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
        kinds=[texts.kind_sets[texts.kind_set[row]] for row in rows],
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
        own_keys=np.array(sorted(row * len(keys) + int(pair) for row, mine in own.items() for pair in mine), np.int64),
    )
    partner_side = _partner_side(np.array(known, np.int64), texts, past, partners)
    return Precedent((size, len(partner_row)), chosen, partner_side, past)


class Precedent:
    """Scores of businesses with partners by precedent. Made by `precedent`; see the module for what a score means."""

    def __init__(self, shape: tuple[int, int], businesses: _Businesses, partners: _Partners, past: _Past) -> None:
        self.shape = shape
        self._businesses, self._partners, self._past = businesses, partners, past

    def rows(self, start: int, stop: int) -> Scores:
        """Scores of businesses `start` to `stop` (rows of the table) with all partners: float32 in 0..1.

        NaN where nothing is known: the partner has no edge, or none but the business's own. Memory beyond the result is
        bounded, whatever the number of rows.
        """
        start, stop = max(start, 0), min(stop, self.shape[0])
        scores = np.full((max(stop - start, 0), self.shape[1]), np.nan, np.float32)
        for first in range(start, stop, _CHUNK):
            some = np.arange(first, min(first + _CHUNK, stop))
            scores[first - start : first - start + len(some), self._partners.rows] = self._score(some)
        return scores

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
        known = int(np.searchsorted(self._partners.rows, partner))
        if known == len(self._partners.rows) or self._partners.rows[known] != partner:
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
        product //= 2
        product += int(SAME_AREA * ONE) * ((past.area[body] >= 0) & (past.area[body] == chosen.area[some[place]]))
        sizes = np.diff(past.starts)[body]
        place, product = np.repeat(place, sizes), np.repeat(product, sizes)
        pairs = likeness.spans(past.starts[body], sizes)
        own = chosen.own_keys_of(some, len(past.partner))
        if len(own):
            others = ~np.isin(some[place] * len(past.partner) + pairs, own)
            place, pairs, product = place[others], pairs[others], product[others]
        return place, pairs, product, product * past.fade[pairs] // FADE

    def _score(self, some: Ints) -> Floats:
        known = len(self._partners.rows)
        place, pairs, _, faded = self._hits(some)
        cells, amounts = _sums_of_largest(place * known + self._past.partner[pairs], faded)
        cells, amounts = self._partners.spread_to_kin(cells, amounts // NEAREST)
        text_place, text_partner, text = self._partners.text.like(self._businesses.text.part(some), 1)
        cells = np.concatenate([cells, text_place * known + text_partner])
        amounts = np.concatenate([amounts, (text * TEXT_SHARE).astype(np.int64)])
        odds = sums(cells, amounts, len(some) * known).reshape(len(some), known)
        odds += FLOOR * ONE
        odds *= self._lift(some)
        odds *= ODDS / ONE
        odds /= 1 + odds
        odds *= 1 / STEP
        np.rint(odds, out=odds)
        odds *= STEP
        return odds

    def _lift(self, some: Ints) -> Floats:
        """exp(lift) of some businesses with all known partners; NaN where only the business itself worked with the partner."""
        chosen, partners, past = self._businesses, self._partners, self._past
        numbers, group = np.unique(chosen.kind_set[some], return_inverse=True)
        sets = [chosen.kind_sets[number] for number in numbers]
        lift = np.stack([partners.mixture.lift(kinds) for kinds in sets])[group]
        for business in (row for row in some.tolist() if row in chosen.own_pairs):
            own = chosen.own_pairs[business]
            for partner in np.unique(past.partner[own]):
                mine = own[past.partner[own] == partner]
                kinds = chosen.kind_sets[chosen.kind_set[business]]
                lift[business - some[0], partner] = partners.mixture.lift_without(kinds, int(partner), past, mine)
        return lift


@dataclass(frozen=True)
class _Past:
    """Who worked with whom: bodies, and for each the partners it worked with (`pairs`, by id of body, then of partner).

    Body i has the pairs `starts[i]` to `starts[i + 1]`. A pair has a partner (its number among those known), a weight `fade`
    (parts of `FADE`) by the age of its newest edge, and that edge's row. `area` is -1 where unknown.
    """

    index: Index
    area: Ints
    kinds: list[Ints]
    starts: Ints
    partner: Ints
    fade: Ints
    edge: Ints
    body: Ints


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

    def lift_without(self, kinds: Ints, partner: int, past: _Past, pairs: Ints) -> float:
        """The same for one partner as if some of its pairs were not there; NaN if there are no others."""
        if self.bodies[partner] == len(pairs):
            return float("nan")
        fade = past.fade[pairs] / FADE
        has = np.array([np.isin(kinds, past.kinds[past.body[pair]]) for pair in pairs], np.float64)
        counts = self.counts[kinds, partner] - fade @ has
        return float(_joined(_log_lift(counts[:, None], self.total[[partner]] - fade.sum(), self.share[kinds]))[0])


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
    """Partners with an edge, by row of their table: their texts, their kin, and the kinds of bodies they worked with."""

    rows: Ints
    text: Index
    kin_starts: Ints
    kin: Ints
    kin_weight: Ints
    mixture: _Mixture

    def spread_to_kin(self, cells: Ints, amounts: Ints) -> tuple[Ints, Ints]:
        """Amounts of cells (business x known + partner), followed by what their partners' kin get of them."""
        known = len(self.rows)
        enough = amounts >= KIN_LEAST * ONE
        lent_cells, lent = cells[enough], amounts[enough]
        partner = lent_cells % max(known, 1)
        sizes = np.diff(self.kin_starts)[partner]
        found = likeness.spans(self.kin_starts[partner], sizes)
        kin_cells = np.repeat(lent_cells - partner, sizes) + self.kin[found]
        kin_amounts = np.repeat(lent, sizes) * self.kin_weight[found] // FADE
        return np.concatenate([cells, kin_cells]), np.concatenate([amounts, kin_amounts])


@dataclass(frozen=True)
class _Businesses:
    """Businesses by row: vectors of their names, postcode area (-1 unknown), number of their set of kinds, own past pairs."""

    vectors: Documents
    text: Documents
    area: Ints
    kind_set: Ints
    kind_sets: list[Ints]
    own_pairs: dict[int, Ints]
    own_keys: Ints

    def own_keys_of(self, some: Ints, pairs: int) -> Ints:
        """business x pairs + pair for all own pairs of a run of businesses."""
        first, last = np.searchsorted(self.own_keys, [some[0] * pairs, (some[-1] + 1) * pairs])
        return self.own_keys[first:last]


@dataclass(frozen=True)
class _Body:
    """What is known of a body for comparing it: its name, postcode area, class divisions."""

    name: str
    area: str
    divisions: tuple[str, ...] = ()


class _Vectors:
    """Everything told by names and texts of bodies (businesses first, then others) and partners, as numbers."""

    def __init__(self, described: Sequence[_Body], partners: pa.Table) -> None:
        words, grams, areas = Vocabulary(), Vocabulary(), Vocabulary()
        plain = [name_words(body.name) for body in described]
        kinds = [_kinds(names, body) for names, body in zip(plain, described, strict=True)]
        self.area = np.array([areas.number(body.area) if body.area else -1 for body in described], np.int64)
        self.kinds = sorted(set().union(*kinds))
        sets = {found: at for at, found in enumerate(sorted(set(kinds)))}
        kind_number = {kind: at for at, kind in enumerate(self.kinds)}
        self.kind_sets = [np.array([kind_number[kind] for kind in found], np.int64) for found in sets]
        self.kind_set = np.array([sets[found] for found in kinds], np.int64)

        word_rows = words.documents(
            [
                [words.number(word) for word in {*map(singular, names), *(f"@{kind}" for kind in found)}]
                for names, found in zip(plain, kinds, strict=True)
            ]
        )
        gram_rows = grams.documents([[grams.number(gram) for gram in _trigrams(names)] for names in plain])
        partner_names = partners["name"].to_pylist()
        partner_texts = partners["description"].to_pylist() if "description" in partners.column_names else partner_names
        name_rows = _plain_documents(partner_names, words)
        text_rows = _plain_documents([f"{a or ''} {b or ''}" for a, b in zip(partner_names, partner_texts, strict=True)], words)

        count, size = len(described), len(words)
        word_frequency = likeness.document_frequency(word_rows, size)
        gram_frequency = likeness.document_frequency(gram_rows, len(grams))
        self.frequency = np.concatenate([word_frequency, gram_frequency])
        self.vectors = likeness.joined(
            likeness.unit_vectors(word_rows, word_frequency, count), likeness.unit_vectors(gram_rows, gram_frequency, count), size
        )
        self.text_frequency = likeness.document_frequency(text_rows, size)
        self.against_partners = likeness.unit_vectors(word_rows, self.text_frequency, len(partners))
        self.partner_text = likeness.unit_vectors(text_rows, self.text_frequency, len(partners))
        self.name_frequency = likeness.document_frequency(name_rows, size)
        self.partner_name = likeness.unit_vectors(name_rows, self.name_frequency, len(partners))


def _partner_side(known: Ints, texts: _Vectors, past: _Past, partners: pa.Table) -> _Partners:
    starts, kin, weight = _kin(texts.partner_name.part(known), texts.name_frequency, partners, known)
    counts = np.zeros((len(texts.kinds), len(known)))
    for pair, body in enumerate(past.body):
        counts[past.kinds[body], past.partner[pair]] += past.fade[pair] / FADE
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
    return _Partners(known, text, starts, kin, weight, mixture)


def _kin(names: Documents, frequency: Ints, partners: pa.Table, known: Ints) -> tuple[Ints, Ints, Ints]:
    """For each known partner the others it lends to: starts, partner, weight in parts of `FADE`."""
    index = Index(names, frequency, len(partners))
    ids = partners["id"].cast(pa.string()).take(pa.array(known)).to_pylist()
    lent: list[tuple[int, int, int]] = []
    for first in range(0, len(names), _CHUNK):
        some = np.arange(first, min(first + _CHUNK, len(names)))
        place, other, product = index.like(names.part(some), int(KIN_FROM * ONE))
        near: dict[int, list[tuple[int, str, int]]] = {}
        for borrower, lender, like in zip(some[place].tolist(), other.tolist(), product.tolist(), strict=True):
            if lender != borrower:
                near.setdefault(borrower, []).append((-like, ids[lender], lender))
        for borrower, lenders in near.items():
            lent += [(lender, borrower, round(-like * KIN_SHARE * FADE / ONE)) for like, _, lender in sorted(lenders)[:KIN_MOST]]
    table = np.array(sorted(lent), np.int64).reshape(-1, 3)
    return np.searchsorted(table[:, 0], np.arange(len(names) + 1)), table[:, 1], table[:, 2]


@dataclass(frozen=True, order=True)
class _Edge:
    """The newest edge between a body and a partner. Ordered by newness, then by what the edge says, last by row."""

    age: float
    told: tuple[str, ...]
    row: int


def _pairs(
    edges: pa.Table, business_row: dict[str, int], partner_row: dict[str, int], partner_bodies: Sequence[_Body]
) -> tuple[dict[tuple[str, str], _Edge], dict[str, _Body]]:
    """The newest edge of each body id with each partner id, and the bodies whose id is no business's, by id."""
    missing = [name for name in ("from_id", "to_id") if name not in edges.column_names]
    if missing:
        raise ValueError(f"edges have no column {missing[0]}: found {', '.join(edges.column_names)}; name it so")
    ends = [(_texts(edges, f"{a}_id"), _texts(edges, f"{a}_name"), _texts(edges, f"{a}_postcode")) for a in ("from", "to")]
    years = [_year(date) for date in (_texts(edges, "date") if "date" in edges.column_names else _texts(edges, "year"))]
    told = list(zip(*(_texts(edges, name) for name in ("kind", "date", "amount")), strict=True))
    latest = max((year for year in years if year is not None), default=0.0)
    pairs: dict[tuple[str, str], _Edge] = {}
    outside: dict[str, _Body] = {}
    for (partners_id, _, _), (bodies_id, bodies_name, bodies_postcode) in (ends, ends[::-1]):
        for row, (partner, body) in enumerate(zip(partners_id, bodies_id, strict=True)):
            if partner not in partner_row or not body or body == partner:
                continue
            year = years[row]
            edge = _Edge(UNKNOWN_AGE if year is None else latest - year, told[row], row)
            pairs[body, partner] = min(edge, pairs.get((body, partner), edge))
            if body not in business_row:
                if body in partner_row:
                    outside[body] = partner_bodies[partner_row[body]]
                else:
                    name = bodies_name[row] or (body if re.search(r"[^\W\d_]", body) and " " in body.strip() else "")
                    seen = _Body(name, _area(bodies_postcode[row]))
                    # Edges may spell a body in several ways: the last in the alphabet is as good as any, and has words.
                    outside[body] = max(seen, outside.get(body, seen), key=lambda spelt: (spelt.name, spelt.area))
    return pairs, outside


def _own_pairs(described: Sequence[_Body], businesses: int, rows: Ints, past: _Past) -> dict[int, Ints]:
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


def _bodies(table: pa.Table) -> list[_Body]:
    codes = [(name, size, _texts(table, name)) for name, size in _CLASS_CODES.items()]
    names, postcodes = _texts(table, "name"), _texts(table, "postcode")
    found = []
    for row in range(len(table)):
        divisions = {f"{kind} {code[:size]}" for kind, size, column in codes for code in _codes(column[row])}
        found.append(_Body(names[row], _area(postcodes[row]), tuple(sorted(divisions))))
    return found


def _kinds(words: Iterable[str], body: _Body) -> tuple[str, ...]:
    return tuple(sorted({kind for word in words for kind in word_kinds(word)} | set(body.divisions)))


def _codes(text: str) -> list[str]:
    return re.findall(r"[A-Z0-9]+", text.upper())


def _trigrams(words: Sequence[str]) -> set[str]:
    return {f" {word} "[at : at + 3] for word in words for at in range(len(word))}


def _plain_documents(texts: Sequence[str | None], words: Vocabulary) -> Documents:
    return words.documents([[words.number(word) for word in set(map(singular, name_words(text)))] for text in texts])


def _area(postcode: str) -> str:
    """The first three digits of a ZIP or other number; the outward part of a British postcode, an Eircode's routing key."""
    plain = re.sub(r"[^A-Z0-9]", "", postcode.upper())
    if plain[:3].isdigit() or _EIRCODE.fullmatch(plain):
        return plain[:3]
    return re.sub(r"\d[A-Z]{2}$", "", plain)


def _year(date: str) -> float | None:
    """Years and twelfths of a text that begins with a year, perhaps a month; None for any other."""
    found = re.match(r"(\d{4})(?:-(\d\d))?(?!\d)", date)
    return int(found[1]) + (int(found[2] or 1) - 1) / 12 if found else None


def _rows_by_id(table: pa.Table, what: str) -> dict[str, int]:
    missing = [name for name in ("id", "name") if name not in table.column_names]
    if missing:
        raise ValueError(f"{what} have no column {missing[0]}: found {', '.join(table.column_names)}; name it so")
    rows: dict[str, int] = {}
    for row, value in enumerate(_texts(table, "id")):
        if not value or value in rows:
            raise ValueError(f"{what}, row {row + 1}: id {value!r} is empty or not the first; each row needs an id of its own")
        rows[value] = row
    return rows


def _texts(table: pa.Table, column: str) -> list[str]:
    """A column as texts, empty where null; all empty where there is no such column."""
    if column not in table.column_names:
        return [""] * len(table)
    return [value or "" for value in table[column].cast(pa.string()).to_pylist()]


def _sums_of_largest(cells: Ints, amounts: Ints) -> tuple[Ints, Ints]:
    """The distinct cells, and of each the sum of its `NEAREST` largest amounts (which stay under 2 x `ONE`)."""
    top = 2 * ONE
    keys = np.sort(cells * top + (top - 1 - amounts))
    cells, amounts = keys // top, top - 1 - keys % top
    first = np.flatnonzero(np.diff(cells, prepend=-1))
    total = amounts[first]
    sizes = np.diff(first, append=len(cells))
    for rank in range(1, NEAREST):
        more = np.flatnonzero(sizes > rank)
        total[more] += amounts[first[more] + rank]
    return cells[first], total
