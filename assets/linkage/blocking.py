"""Finds pairs of records worth comparing: keys of several families. Knows nothing of scores and matches.

Two records become a candidate pair when they share a key of any family. A key that too many records share says little: its
block is split by a second key, and what is still too big is left to the other families. Which keys are too big is decided
once an epoch, so that a night in which little changed finds exactly the pairs a full run would.

A key is a number of 40 bits: two different keys of a family fall together about once in a trillion, and then only a pair more is
looked at. What keys are made of is in `parts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from assets.linkage.parts import Hashes, Ints, Parts, load, mixed

#: Records a block may hold, by the number of records compared (measured on the labelled sets: larger blocks find next to
#: nothing more, and pairs grow with the square).
CAPS = ((5_000, 120), (50_000, 60), (500_000, 40), (None, 30))
#: A word that more records than this carry is no rare word.
RARE = ((5_000, 80), (50_000, 40), (None, 25))
#: Blocks of contact and house keys: more than this share a switchboard, an agent or a mall.
SHARED_CAP = 15
#: A rid takes the lower bits of a sortable number, a key the upper: 16.7 million records at most.
RID_BITS = 24
MOST_RECORDS = 1 << RID_BITS
_RID = np.uint64(MOST_RECORDS - 1)
_SHIFT = np.uint64(RID_BITS)
#: Bits that hold the number of a family.
_FAMILY_BITS = np.uint64(5)
_FAMILY = np.uint64(31)
#: Threads that sort keys; the machine this is made for has two cores.
THREADS = 2


@dataclass(frozen=True)
class Keys:
    """Keys of one family: `row` is a rid, `key` what is shared, `second` splits a block that is too big (0: nothing does)."""

    row: Ints
    key: Hashes
    second: Hashes


@dataclass(frozen=True)
class Family:
    """One kind of key: its name, what the key is made of (for the report), how it is made, and its own cap if it has one."""

    name: str
    says: str
    make: Callable[[Parts], Iterable[Keys]]
    cap: int | None = None


@dataclass(frozen=True)
class Candidates:
    """Pairs of rids, a < b, sorted, each once; `families` is a bit set in the order of `FAMILIES`."""

    a: Ints
    b: Ints
    families: npt.NDArray[np.uint32]
    found_by: Mapping[str, int]
    """Pairs each family gave."""
    too_big: Mapping[str, Hashes]
    """Keys of each family that too many records share, sorted."""
    codes: Sequence[Hashes] = ()
    """The codes of each family (`family_keys`), where they were asked for."""


def cap_for(records: int, steps: tuple[tuple[int | None, int], ...]) -> int:
    """The cap that holds for so many records."""
    return next(cap for limit, cap in steps if limit is None or records < limit)


def _of_forms(p: Parts, key: Hashes, second: Hashes | None, where: npt.NDArray[np.bool_]) -> Keys:
    """Keys with one row a name."""
    return Keys(p.rid[where], key[where], (second if second is not None else np.zeros_like(key))[where])


def _words(p: Parts, place: Hashes, ranks: int, second: Callable[[Parts], Hashes]) -> Iterable[Keys]:
    """A place with each of the rarest words of a name."""
    for rank in range(ranks):
        yield _of_forms(p, mixed(place, p.words[rank]), second(p), (place != 0) & (p.words[rank] != 0))


def _identifier(p: Parts) -> Iterable[Keys]:
    yield Keys(p.identifier_rid, p.identifier, np.zeros_like(p.identifier))


def _all_words(p: Parts) -> Iterable[Keys]:
    yield _of_forms(p, p.signature, mixed(p.place), np.ones(len(p.rid), dtype=bool))


def _rare_word(p: Parts) -> Iterable[Keys]:
    for rank in range(2):
        yield _of_forms(p, p.words[rank], None, (p.words[rank] != 0) & (p.uses[rank] <= p.rare))


def _two_words(p: Parts) -> Iterable[Keys]:
    w1, w2, w3 = p.words[:3]
    yield _of_forms(p, mixed(w1, w2), mixed(w3, p.place), w2 != 0)
    yield _of_forms(p, mixed(w1, w3), mixed(w2, p.place), w3 != 0)
    yield _of_forms(p, mixed(w2, w3), mixed(w1, p.place), w3 != 0)


def _word_outcode(p: Parts) -> Iterable[Keys]:
    return _words(p, p.outcode, 3, lambda p: mixed(p.words[0], p.words[1]))


def _word_city(p: Parts) -> Iterable[Keys]:
    return _words(p, p.city, 3, lambda p: mixed(p.words[0], p.words[1]))


def _website_word(p: Parts) -> Iterable[Keys]:
    yield _of_forms(p, mixed(p.website, p.words[0]), mixed(p.place), p.website != 0)


def _initials(p: Parts) -> Iterable[Keys]:
    yield _of_forms(p, mixed(p.initials, p.place), mixed(p.house), p.initials != 0)


def _house_postcode(p: Parts) -> Iterable[Keys]:
    yield _of_forms(p, mixed(p.postcode, p.house), mixed(p.words[0]), (p.postcode != 0) & (p.house != 0))


def _sound_postcode(p: Parts) -> Iterable[Keys]:
    yield _of_forms(p, mixed(p.postcode, p.sound3), None, (p.postcode != 0) & (p.sound_length > 0))


def _sound_place(p: Parts) -> Iterable[Keys]:
    yield _of_forms(p, mixed(p.place, p.sound5), None, p.sound_length >= 2)


def _sound(p: Parts) -> Iterable[Keys]:
    yield _of_forms(p, p.sound9, p.sound_rest, p.sound_length >= 6)


def _house_street(p: Parts) -> Iterable[Keys]:
    yield _of_forms(p, mixed(p.city, p.house, p.street), mixed(p.words[0]), (p.house != 0) & (p.street != 0))


def _word_cell(p: Parts) -> Iterable[Keys]:
    for cell in (p.cell, p.shifted_cell):
        yield from _words(p, cell, 3, lambda p: np.zeros_like(p.place))


def _sound_cell(p: Parts) -> Iterable[Keys]:
    for cell in (p.cell, p.shifted_cell):
        yield _of_forms(p, mixed(cell, p.sound4), None, (cell != 0) & (p.sound_length > 0))


FAMILIES = (
    Family("identifier", "an official identifier", _identifier),
    Family("all_words", "all words of the name", _all_words),
    Family("rare_word", "one of the two rarest words", _rare_word),
    Family("two_words", "two of the three rarest words", _two_words),
    Family("word_postcode", "postcode and a word", lambda p: _words(p, p.postcode, 4, lambda p: mixed(p.house))),
    Family("word_outcode", "postal district and one of the three rarest words", _word_outcode),
    Family("word_city", "town and one of the three rarest words", _word_city),
    Family("house_postcode", "postcode and house number", _house_postcode, SHARED_CAP),
    Family("sound_postcode", "postcode and the first consonants of the name", _sound_postcode),
    Family("phone", "telephone number", lambda p: [_of_forms(p, p.phone, mixed(p.words[0]), p.phone != 0)], SHARED_CAP),
    Family("website", "web site", lambda p: [_of_forms(p, p.website, mixed(p.place), p.website != 0)], SHARED_CAP),
    Family("website_word", "web site and rarest word", _website_word),
    Family("sound_place", "postal district, cell or town, and the first consonants", _sound_place),
    Family("sound", "the first nine consonants", _sound, 20),
    Family("house_street", "town, house number and street", _house_street, SHARED_CAP),
    Family("word_cell", "square of about a kilometre and a word", _word_cell),
    Family("sound_cell", "square of about a kilometre and the first consonants", _sound_cell),
    Family("initials", "the initials of the name, or a name that is initials", _initials, 20),
)  # fmt: skip


def limit_of(family: Family, records: int) -> int:
    """The most records a block of a family may hold."""
    cap = cap_for(records, CAPS)
    return min(family.cap or cap, cap)


def find_candidates(
    con: duckdb.DuckDBPyConnection, records: int, frozen: Mapping[str, Hashes] | None = None, keep_codes: bool = False
) -> Candidates:
    """Candidate pairs of the prepared records in `con`. `records` sets the caps; `frozen` are the keys too big in an epoch.

    Without `frozen`, the keys that are too big among these very records are found and told.

    Raises:
        ValueError: more records than can be numbered.
    """
    here = int(con.execute("SELECT count(*) FROM comparable").fetchall()[0][0])
    if here > MOST_RECORDS:
        raise ValueError(
            f"{here:,} records in one run, at most {MOST_RECORDS:,} can be linked. Split the lists, by country or region say."
        )
    pairs, too_big, codes = _of_families(load(con, cap_for(records, RARE)), records, frozen, keep_codes)
    counts = {family.name: len(found) for family, found in zip(FAMILIES, pairs, strict=True)}
    coded = np.concatenate(pairs)
    pairs.clear()
    return Candidates(*united(coded), counts, too_big, codes)


def _of_families(
    parts: Parts, records: int, frozen: Mapping[str, Hashes] | None, keep_codes: bool
) -> tuple[list[Hashes], dict[str, Hashes], list[Hashes]]:
    """Of every family: its coded pairs, its keys too big, and its codes if they are kept."""

    def one(bit: int) -> tuple[Hashes, Hashes, Hashes]:
        codes, too_big = family_keys(FAMILIES[bit], parts, limit_of(FAMILIES[bit], records), frozen)
        return _pairs(codes, bit), too_big, codes if keep_codes else codes[:0]

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(one, range(len(FAMILIES))))
    too_big = {family.name: keys for family, (_, keys, _) in zip(FAMILIES, found, strict=True)}
    return [pairs for pairs, _, _ in found], too_big, [codes for _, _, codes in found] if keep_codes else []


def family_keys(family: Family, parts: Parts, limit: int, frozen: Mapping[str, Hashes] | None) -> tuple[Hashes, Hashes]:
    """(codes, keys too big): codes are key << RID_BITS | rid, sorted, each once, of the blocks that fit."""
    made = list(family.make(parts))
    row, key, second = (np.concatenate([getattr(keys, side) for keys in made]) for side in ("row", "key", "second"))
    row = row.astype(np.uint64)
    key >>= _SHIFT
    if frozen is not None:
        big = frozen[family.name]
        split = _is_in(key, big)
        code = (_split(key, second, split) << _SHIFT) | row
        code = _distinct(code[~split | (second != 0)])
        return code[~_is_in(code >> _SHIFT, big)], big
    code = _distinct((key << _SHIFT) | row)
    big = _too_big(code, limit)
    if not len(big):
        return code, big
    split = _is_in(key, big)
    code = _distinct(((_split(key, second, split) << _SHIFT) | row)[~split | (second != 0)])
    still = _too_big(code, limit)
    return code[~_is_in(code >> _SHIFT, still)], np.union1d(big, still)


def _split(key: Hashes, second: Hashes, split: npt.NDArray[np.bool_]) -> Hashes:
    return np.where(split, mixed(key, second) >> _SHIFT, key)


def _distinct(code: Hashes) -> Hashes:
    code.sort()
    return code[np.append(True, code[1:] != code[:-1])] if len(code) else code


def _too_big(code: Hashes, limit: int) -> Hashes:
    """Keys that more than `limit` records have; codes are sorted and distinct."""
    # A block is too big where the record `limit` places further on still has the same key.
    key = code >> _SHIFT
    return np.unique(key[limit:][key[limit:] == key[:-limit]])


def _is_in(key: Hashes, some: Hashes) -> npt.NDArray[np.bool_]:
    """Whether each key is among `some`, which is sorted."""
    if not len(some):
        return np.zeros(len(key), dtype=bool)
    place = np.searchsorted(some, key)
    return np.asarray(some[np.minimum(place, len(some) - 1)] == key)


def _pairs(code: Hashes, bit: int) -> Hashes:
    """All pairs inside the blocks, as a << rid bits and family bits | b << family bits | family."""
    key, rid = code >> _SHIFT, code & _RID
    parts = []
    rows = np.arange(len(code) - 1)
    step = 1
    while len(rows):
        rows = rows[rows + step < len(code)]
        rows = rows[key[rows] == key[rows + step]]
        parts.append((((rid[rows] << _SHIFT) | rid[rows + step]) << _FAMILY_BITS) | np.uint64(bit))
        step += 1
    return np.concatenate(parts) if parts else np.zeros(0, np.uint64)


def united(coded: Hashes) -> tuple[Ints, Ints, npt.NDArray[np.uint32]]:
    """(a, b, families) of coded pairs, each pair once, sorted. Uses up `coded`: there may be a gigabyte of them."""
    coded.sort()
    families = np.left_shift(np.uint32(1), (coded & _FAMILY).astype(np.uint8), dtype=np.uint32)
    coded >>= _FAMILY_BITS
    first = np.flatnonzero(np.append(True, coded[1:] != coded[:-1])) if len(coded) else np.zeros(0, np.int64)
    if len(first):
        families = np.bitwise_or.reduceat(families, first)
    pair = coded[first]
    return (pair >> _SHIFT).astype(np.int32), (pair & _RID).astype(np.int32), families


def put(con: duckdb.DuckDBPyConnection, found: Candidates) -> None:
    """Table `candidate` (a, b, families) of what was found, for reports."""
    import pyarrow as pa

    con.register("found", pa.table({"a": found.a, "b": found.b, "families": found.families}))
    con.execute("CREATE OR REPLACE TABLE candidate AS SELECT * FROM found")
    con.unregister("found")
