"""How well two kinds of body fit: what one has and the other lacks, what both care about, and what forbids it.

Belongs here: profiles made of tags and the ontology, and their comparison. Does not: what a body is (`codes.py`, `tagger.py`),
other criteria and their weights (`engine.py`).

Every figure is a maximum, a product or a sum of two numbers of one pair, resource by resource, without matrix products: no number
of threads and no kernel can change it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.ranking.ontology import Business, Ontology, Partner, load

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

#: The second exchange counts a quarter: for a list, one clear exchange beats many vague ones. So does the second cause: on half
#: of `bench/partnerships.csv` (MRR) a quarter gives .303, a half .302, the sum of all .264, a cosine .269.
SECOND = np.float32(0.25)
#: exchange = give + .6 get + .7 √(give·get): the partner's gain first, and a two-sided exchange above a one-sided one.
GET, BOTH = np.float32(0.6), np.float32(0.7)
#: What kinds known to work together elsewhere have in common besides what both care about: (care + .7 known) / 1.5, at most 1.
#: The more of it, the better an unknown list of partnerships is told (MRR of a list kept for tuning .216 at .3, .227 at .6, .236
#: at 1), and the worse the worked examples (.297, .283, .264). Over 1.5, not 1.7: both are seldom at their highest at once.
KNOWN, HIGHEST = np.float32(0.7), np.float32(1.5)
#: A resource that everybody gives or uses tells little, and a hand-out of goodwill is no reason to ring.
COMMON = 0.45
#: A business must be of a kind this surely before its brake bars it; a partner is shielded sooner than it is denied something.
BRAKE_CONFIDENCE = {"business": 0.5, "partner": 0.3}
#: A partner must be of a kind this surely to be a rival of a trade: who is half a nursery still works with nurseries.
RIVAL_CONFIDENCE = 0.8
#: What a partner is said to do ("which …") is told of kinds it is this surely.
SAID_FROM = 0.5
#: Less waste only comes back to who gives goods that would else be thrown away.
_WASTE_SAVING = "waste_saving"
#: Cells of [businesses, partners] worked on at once: a megabyte of float32 stays in the processor's cache.
_CELLS = 262_144
#: Pairs explained at once: some ten megabytes a matrix.
_PAIRS = 20_000


@dataclass(frozen=True)
class Profiles:
    """What each of n bodies of one side gives, lacks and cares about; columns in the order of `resources()` and `causes()`.

    `practices` says in whose company it is known, columns in the order of `practices()`: of what kind a business is, and with
    which kinds of business a partner works elsewhere.
    """

    side: str
    offers: Floats
    needs: Floats
    causes: Floats
    practices: Floats
    offered_as: npt.NDArray[np.int16]  # [n, resources] position in `activities(side)` of the kind that says so; -1 for none
    needed_as: npt.NDArray[np.int16]
    conflicts: npt.NDArray[
        np.int32
    ]  # [n] a bit for each brake and trade with rivals: what a business brings, what a partner shuns
    known: Bools  # [n] whether anything is known of what the body is

    def __len__(self) -> int:
        return len(self.known)

    def take(self, rows: npt.NDArray[np.integer]) -> Profiles:
        """The profiles of these rows, in this order."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "side"})


@dataclass(frozen=True)
class Fit:
    """Of K businesses and P partners: exchange [K, P] 0..1, cause [K, P] 0..1 or NaN where a side has none, barred [K, P]."""

    exchange: Floats
    cause: Floats
    barred: Bools


@cache
def resources() -> tuple[str, ...]:
    """Resources by id."""
    return tuple(sorted(load().resources))


@cache
def causes() -> tuple[str, ...]:
    """Causes by id."""
    return tuple(sorted(load().causes))


@cache
def practices() -> tuple[str, ...]:
    """Kinds of business of which the ontology knows whom they work with, by id."""
    return tuple(sorted(load().practices))


@cache
def activities(side: str) -> tuple[str, ...]:
    """Activities of a side that the ontology speaks of, by id."""
    return tuple(sorted(name for name in _book(load(), side) if name != "any"))


@cache
def rarity() -> Floats:
    """Weight of each resource: the fewer kinds of partner want or give it, the more it tells (`affinity.sql`)."""
    offers, needs = _kinds("partner")[:2]
    kinds, uses = (needs > 0).any(1).sum(), ((needs >= 0.3) | (offers >= 0.3)).sum(0)
    weights = []
    for resource, used in zip(resources(), uses.tolist(), strict=True):
        share = np.log((kinds + 1.0) / (used + 1.0)) / np.log(kinds + 1.0)
        weights.append((COMMON if load().resources[resource].common else 1.0) * np.sqrt(0.25 + 0.75 * max(share, 0.0)))
    return np.round(np.array(weights), 6).astype(np.float32)


def profiles(tags: pa.Table, count: int, side: str) -> Profiles:
    """Profiles of `count` bodies of a side, each the best of what its kinds say, weighted by how sure each kind is.

    `tags` has row, activity_id and confidence (`codes.TAGS`); tags of kinds the ontology does not know are left out.
    """
    offers, needs, wanted, practised, conflict, rivals = _kinds(side)
    rows, kinds, confidence = _sorted_tags(tags, side)
    width = len(resources())
    found = Profiles(
        side=side,
        offers=np.zeros((count, width), np.float32),
        needs=np.zeros((count, width), np.float32),
        causes=np.zeros((count, len(causes())), np.float32),
        practices=np.zeros((count, len(practices())), np.float32),
        offered_as=np.full((count, width), -1, np.int16),
        needed_as=np.full((count, width), -1, np.int16),
        conflicts=np.zeros(count, np.int32),
        known=np.zeros(count, bool),
    )
    # Tag after tag of each body: the surest first, so that of two kinds that say the same the surer one gives the words.
    for chosen in _layers(rows):
        at, kind, sure = rows[chosen], kinds[chosen], confidence[chosen, None]
        told = np.where(sure >= SAID_FROM, kind[:, None], -1).astype(np.int16)
        named = ((offers, found.offers, found.offered_as, kind[:, None]), (needs, found.needs, found.needed_as, told))
        for values, spoken, said_as, by in named:
            said = values[kind] * sure
            better = said > spoken[at]
            spoken[at] = np.maximum(spoken[at], said)
            said_as[at] = np.where(better, by.astype(np.int16), said_as[at])
        found.causes[at] = np.maximum(found.causes[at], wanted[kind] * sure)
        found.practices[at] = np.maximum(found.practices[at], practised[kind] * sure)
        for mask, enough in ((conflict, BRAKE_CONFIDENCE[side]), (rivals, RIVAL_CONFIDENCE)):
            found.conflicts[at] |= np.where(sure[:, 0] >= enough, mask[kind], 0).astype(np.int32)
    found.known[:] = (found.offers > 0).any(1)
    if side == "partner":
        found.known[:] |= (found.needs > 0).any(1) | (found.causes > 0).any(1)
    return found


@cache
def silent() -> frozenset[str]:
    """Kinds of business that are put forward to nobody: they offer nothing, and have a brake."""
    return frozenset(name for name, entry in load().businesses.items() if entry.brakes and not entry.offers)


def kinds_of(tags: pa.Table, count: int, side: str) -> tuple[Profiles, Ints]:
    """The distinct profiles of `count` bodies, in an order of their content alone, and for each body which of them it is.

    Bodies with the same tags have one profile, so a profile is made once for all of them.
    """
    rows, kinds, confidence = _sorted_tags(tags, side)
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    said = np.full((count, int(place.max(initial=-1)) + 1), -1, np.int64)
    said[rows, place] = (kinds << 32) | confidence.view(np.int32)
    _, first, which = np.unique(said, axis=0, return_index=True, return_inverse=True)
    number = np.full(count, -1, np.int32)
    number[first] = np.arange(len(first))
    told = tags.set_column(0, "row", pa.array(number[tags["row"].to_numpy()]))
    return profiles(told.filter(pc.greater_equal(told["row"], 0)), len(first), side), which.ravel().astype(np.int32)


def fit(businesses: Profiles, partners: Profiles) -> Fit:
    """Every business against every partner; memory beyond the answer is a few megabytes."""
    shape = (len(businesses), len(partners))
    exchange, cause = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    give, get, shared = _Columns(partners.needs), _Columns(partners.offers), _Columns(partners.causes)
    company = _Columns(partners.practices)
    left_over = np.array([load().resources[r].left_over for r in resources()])
    saving = np.array([r == _WASTE_SAVING for r in resources()])
    most = _most()
    for at in _chunks(*shape):
        offered, wanted = businesses.offers[at] * rarity(), businesses.needs[at] * rarity()
        spare, other = give.best_two(offered, left_over), give.best_two(offered, ~left_over)
        plain = get.best_two(wanted, ~saving)
        thrifty = _merged(plain, get.best_two(wanted, saving))
        thrift = spare[0] > other[0]
        received = tuple(np.where(thrift, a, b) for a, b in zip(thrifty, plain, strict=True))
        exchange[at] = np.minimum(_exchange(_with_second(_merged(spare, other)), _with_second(received)) / most, np.float32(1))
        cause[at] = _with_second(shared.best_two(businesses.causes[at] * _telling(), np.ones(len(causes()), bool)))
        known = company.best_two(businesses.practices[at], np.ones(len(practices()), bool))[0]
        cause[at] = np.minimum((cause[at] + KNOWN * known) / HIGHEST, np.float32(1))
    cause[~(businesses.causes > 0).any(1)] = np.nan
    cause[:, ~(partners.causes > 0).any(1)] = np.nan
    return Fit(exchange, cause, (businesses.conflicts[:, None] & partners.conflicts[None, :]) != 0)


def explain(businesses: Profiles, partners: Profiles, pairs: tuple[Ints, Ints]) -> pa.Table:
    """Why the pairs (rows of businesses, rows of partners) fit, a row each.

    Columns, null where there is none: give_resource_id, give ("<business> could offer …"), why ("<partner>, which …"),
    get_resource_id, get ("in return <business> would get …"), cause_id ("Both care about …" in the ontology).
    """
    starts = range(0, max(1, len(pairs[0])), _PAIRS)
    parts = (slice(start, start + _PAIRS) for start in starts)
    return pa.concat_tables([_explained(businesses.take(pairs[0][at]), partners.take(pairs[1][at])) for at in parts])


def _explained(left: Profiles, right: Profiles) -> pa.Table:
    """`explain` of equally many businesses and partners, one with one."""
    names, weight = np.array([*resources(), ""]), rarity()
    given = left.offers * weight * right.needs
    give = _best(given)
    received = right.offers * weight * left.needs
    thrift = np.array([*(load().resources[r].left_over for r in resources()), False])[give]
    received[~thrift, resources().index(_WASTE_SAVING)] = 0
    get = _best(received)
    cause = _best(left.causes * _telling() * right.causes)

    def words(said_as: npt.NDArray[np.int16], column: npt.NDArray[np.intp], side: str, need: bool) -> list[str | None]:
        kinds, texts = activities(side), _words(side, need)
        picked = said_as[np.arange(len(column)), np.minimum(column, len(resources()) - 1)]
        return [
            texts.get((kinds[kind], names[c])) if c < len(resources()) and kind >= 0 else None
            for kind, c in zip(picked, column, strict=True)
        ]

    return pa.table(
        {
            "give_resource_id": _or_null(names[give]),
            "give": pa.array(words(left.offered_as, give, "business", False), pa.string()),
            "why": pa.array(words(right.needed_as, give, "partner", True), pa.string()),
            "get_resource_id": _or_null(names[get]),
            "get": pa.array(words(right.offered_as, get, "partner", False), pa.string()),
            "cause_id": _or_null(np.array([*causes(), ""])[cause]),
        }
    )


class _Columns:
    """A [n, columns] matrix by column: which rows say anything, and what."""

    def __init__(self, matrix: Floats) -> None:
        self.count = len(matrix)
        self.rows = [np.flatnonzero(column) for column in matrix.T]
        self.values = [np.ascontiguousarray(column[rows]) for column, rows in zip(matrix.T, self.rows, strict=True)]

    def best_two(self, left: Floats, chosen: Bools) -> tuple[Floats, Floats]:
        """Largest and second largest product of each row of `left` with each row here, over the chosen columns."""
        first, second = np.zeros((2, len(left), self.count), np.float32)
        for column in np.flatnonzero(chosen):
            lines, rows = np.flatnonzero(left[:, column]), self.rows[column]
            if not len(lines) or not len(rows):
                continue
            product = left[lines, column][:, None] * self.values[column][None, :]
            cells = np.ix_(lines, rows)
            before = first[cells]
            second[cells] = np.maximum(second[cells], np.minimum(before, product))
            first[cells] = np.maximum(before, product)
        return first, second


def _merged(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    first = np.maximum(one[0], other[0])
    return first, np.maximum(np.minimum(one[0], other[0]), np.maximum(one[1], other[1]))


def _with_second(best: tuple[Floats, ...]) -> Floats:
    return np.minimum(np.float32(1), best[0] + SECOND * best[1])


def _exchange(give: Floats, get: Floats) -> Floats:
    return give + GET * get + BOTH * np.sqrt(give * get)


@cache
def _most() -> np.float32:
    """The best exchange between any two kinds, which counts as 1."""
    give_needs = [(_kinds("business")[0], _kinds("partner")[1]), (_kinds("partner")[0], _kinds("business")[1])]
    best = []
    for offers, needs in give_needs:
        columns = _Columns(needs)
        best.append(_with_second(columns.best_two(offers * rarity(), np.ones(len(resources()), bool))))
    return np.float32(_exchange(best[0], best[1].T).max())


@cache
def _telling() -> Floats:
    return np.array([load().causes[c].telling for c in causes()], np.float32)


def _chunks(lines: int, width: int) -> Iterator[slice]:
    step = max(1, _CELLS // max(1, width))
    return (slice(start, start + step) for start in range(0, lines, step))


def _sorted_tags(tags: pa.Table, side: str) -> tuple[Ints, npt.NDArray[np.intp], Floats]:
    """Tags of known kinds by row, the surest first, then by kind."""
    kind = pc.index_in(tags["activity_id"], value_set=pa.array(activities(side))).fill_null(-1).to_numpy().astype(np.intp)
    rows, confidence = tags["row"].to_numpy().astype(np.int32), tags["confidence"].to_numpy().astype(np.float32)
    order = np.lexsort((kind, -confidence, rows))
    order = order[kind[order] >= 0]
    return rows[order], kind[order], confidence[order]


def _layers(rows: Ints) -> Iterator[npt.NDArray[np.intp]]:
    """Positions of the first tag of every row, then of the second, and so on."""
    if not len(rows):
        return
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
    place = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))
    for layer in range(int(place.max()) + 1):
        yield np.flatnonzero(place == layer)


@cache
def _kinds(side: str) -> tuple[Floats, Floats, Floats, Floats, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Offers, needs, causes, practices, brakes and rivals of every kind of a side; `any` fills in what an entry with something
    leaves open."""
    ontology = load()
    book = _book(ontology, side)
    bits = {name: 1 << at for at, name in enumerate((*sorted(ontology.brakes), *_rivals()))}

    def filled(entry: Business | Partner, part: str) -> dict[str, float]:
        common = getattr(book["any"], part) if entry.offers or entry.needs else {}
        return {name: _weight(value) for name, value in {**common, **getattr(entry, part)}.items()}

    def matrix(columns: tuple[str, ...], row: Callable[[Business | Partner], dict[str, float]]) -> Floats:
        return np.array([[row(book[kind]).get(c, 0.0) for c in columns] for kind in activities(side)], np.float32)

    def masks(named: Callable[[str, Business | Partner], list[str]]) -> npt.NDArray[np.int32]:
        return np.array([sum(bits[name] for name in named(kind, book[kind])) for kind in activities(side)], np.int32)

    return (
        matrix(resources(), lambda entry: filled(entry, "offers")),
        matrix(resources(), lambda entry: filled(entry, "needs")),
        matrix(causes(), lambda entry: dict(entry.causes)),
        np.array([[_practised(side, kind, business) for business in practices()] for kind in activities(side)], np.float32),
        masks(lambda _, entry: entry.brakes if isinstance(entry, Business) else entry.sensitive),
        masks(lambda kind, entry: [kind] * (kind in _rivals()) if isinstance(entry, Business) else entry.rivals),
    )


@cache
def _rivals() -> tuple[str, ...]:
    """Kinds of business that some kind of partner competes with."""
    return tuple(sorted({rival for entry in load().partners.values() for rival in entry.rivals}))


def _practised(side: str, kind: str, business: str) -> float:
    """How well known it is that a kind of a side is, or works with, a kind of business."""
    if side == "business":
        return float(kind == business)
    return load().known(business, kind)


@cache
def _words(side: str, need: bool) -> dict[tuple[str, str], str]:
    """What the ontology says of (kind, resource) in words; businesses' needs have none."""
    book = _book(load(), side)
    found = {}
    for kind in activities(side):
        part = "needs" if need else "offers"
        for resource, value in {**getattr(book["any"], part), **getattr(book[kind], part)}.items():
            if isinstance(value, tuple):
                found[(kind, resource)] = value[1]
    return found


def _book(ontology: Ontology, side: str) -> dict[str, Business] | dict[str, Partner]:
    return ontology.businesses if side == "business" else ontology.partners


def _weight(value: float | tuple[float, str]) -> float:
    return value[0] if isinstance(value, tuple) else value


def _best(values: Floats) -> npt.NDArray[np.intp]:
    """Column of the largest value, the first of equals; one past the last where all are nought."""
    best = values.argmax(1)
    return np.where(values[np.arange(len(values)), best] > 0, best, values.shape[1])


def _or_null(names: npt.NDArray[np.str_]) -> pa.Array:
    return pa.array([str(name) or None for name in names], pa.string())
