"""What blocking keys and the first gate are made of: numbers that stand for texts, a row a name. Makes no pairs.

A text becomes DuckDB's hash of it, which the same text has on every night; 0 stands for what is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int32]
#: Words of a name that keys use: the rarest.
KEY_WORDS = 4
#: A name of more words than this has no initials anybody would write.
MOST_INITIALS = 12
#: Rows worked on in one go; bounds memory.
ROWS_AT_ONCE = 1_000_000
#: Constants of the mixing step of SplitMix64 (Steele, Lea and Flood 2014).
_ADD, _TIMES = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_S30, _S27 = np.uint64(30), np.uint64(27)


def mixed(*numbers: Hashes) -> Hashes:
    """One number for several, in their order; never 0."""
    total = np.zeros_like(numbers[0])
    for number in numbers:
        total = (total ^ number) + _ADD
        total ^= total >> _S30
        total *= _TIMES
        total ^= total >> _S27
    # The lowest bit falls away when a key is cut to 40 bits.
    return total | np.uint64(1)


@dataclass(frozen=True)
class Parts:
    """A row a name, in the order of fid; `rid` is the record it belongs to. What belongs to a record is repeated."""

    rid: Ints
    rare: int
    """A word of more uses than this is no rare word."""
    words: list[Hashes]
    """The rarest word of each name, the second rarest and so on."""
    uses: list[Ints]
    signature: Hashes
    """All words, in whatever order."""
    sound3: Hashes
    sound4: Hashes
    sound5: Hashes
    sound9: Hashes
    """The first 3, 4, 5, 9 consonants of the name."""
    sound_rest: Hashes
    sound_length: npt.NDArray[np.int64]
    initials: Hashes
    place: Hashes
    postcode: Hashes
    outcode: Hashes
    city: Hashes
    phone: Hashes
    website: Hashes
    house: Hashes
    street: Hashes
    cell: Hashes
    shifted_cell: Hashes
    identifier_rid: Ints
    identifier: Hashes


_HASHED = ("district", "postcode", "outcode", "city", "phone", "website_domain", "house_number", "street_word")
_SITES = (
    "SELECT rid, "
    + ", ".join(f"CASE WHEN {c} <> '' THEN hash({c}) ELSE 0 END AS {c}" for c in _HASHED)
    + ", CASE WHEN cell IS NOT NULL THEN hash(cell) ELSE 0 END AS cell, "
    "CASE WHEN cell IS NOT NULL THEN hash(shifted_cell) ELSE 0 END AS shifted_cell FROM located"
)
#: A name without vowels, the consonants that sound like them, and blanks. (Nine replacements take half the time of one pattern.)
_SKELETON = "name"
for _letter in " aeiouhwy":
    _SKELETON = f"replace({_SKELETON}, '{_letter}', '')"
_FORMS = """
SELECT
    fid, rid, hash(name) AS name_hash, hash(skeleton[1:3]) AS sound3, hash(skeleton[1:4]) AS sound4,
    hash(skeleton[1:5]) AS sound5, hash(skeleton[1:9]) AS sound9,
    hash(skeleton[10:]) AS sound_rest, length(skeleton) AS sound_length
FROM (SELECT fid, rid, name, {skeleton} AS skeleton FROM form)
""".replace("{skeleton}", _SKELETON)


def load(con: duckdb.DuckDBPyConnection, rare: int) -> Parts:
    """The parts of every prepared record in `con`. Needs the tables of comparable.sql, words_in_use.sql and arrays.sql."""
    site = _by(con, _SITES, "rid")
    form = _by(con, _FORMS, "fid")
    rid = form["rid"].astype(np.int32)
    vocabulary = _by(con, "SELECT id, hash(word) AS word, uses, unicode(word[1])::UINTEGER AS letter FROM vocabulary", "id")
    row, word = sorted_words(con, "form_id")
    words, uses = [], []
    nth = nth_of(row)
    for rank in range(KEY_WORDS):
        here = nth == rank
        words.append(np.zeros(len(rid), np.uint64))
        uses.append(np.zeros(len(rid), np.int32))
        words[-1][row[here]] = vocabulary["word"][word[here]]
        uses[-1][row[here]] = vocabulary["uses"][word[here]]
    signature = np.zeros(len(rid), np.uint64)
    if len(row):
        first = np.flatnonzero(nth == 0)
        signature[row[first]] = np.add.reduceat(mixed(vocabulary["word"][word]), first)
    signature = np.where(signature == 0, form["name_hash"], signature)
    i = con.execute("SELECT rid, hash(unnest(identifiers)) AS identifier FROM comparable").fetchnumpy()
    return Parts(
        rid=rid,
        rare=rare,
        words=words,
        uses=uses,
        signature=signature,
        **{name: form[name] for name in ("sound3", "sound4", "sound5", "sound9", "sound_rest", "sound_length")},
        initials=_hashes(initials(con, con.sql("SELECT name FROM form ORDER BY fid").to_arrow_table()["name"])),
        place=site["district"][rid],
        postcode=site["postcode"][rid],
        outcode=site["outcode"][rid],
        city=site["city"][rid],
        phone=site["phone"][rid],
        website=site["website_domain"][rid],
        house=site["house_number"][rid],
        street=site["street_word"][rid],
        cell=site["cell"][rid],
        shifted_cell=site["shifted_cell"][rid],
        identifier_rid=np.asarray(i["rid"], np.int32),
        identifier=np.asarray(i["identifier"], np.uint64),
    )


def sorted_words(con: duckdb.DuckDBPyConnection, table: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(row, word) of a table of word ids, by row, the rarest word of a row first (ids rise with use)."""
    q = con.execute(f"SELECT row, id FROM {table}").fetchnumpy()
    code = (np.asarray(q["row"], np.int64) << 32) | np.asarray(q["id"], np.int64)
    code.sort()
    return code >> 32, code & 0xFFFFFFFF


def nth_of(row: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The place of each entry among those of its row; rows are sorted."""
    if not len(row):
        return row
    first = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
    return np.asarray(np.arange(len(row)) - np.repeat(first, np.diff(np.append(first, len(row)))))


def initials(con: duckdb.DuckDBPyConnection, names: pa.ChunkedArray) -> npt.NDArray[np.str_]:
    """The first letters of names of three words or more, and short names of one word as they are; else empty.

    `names` are those of the table form in the order of fid.
    """
    q = con.execute(
        "SELECT f.row, position, unicode(v.word[1]) AS letter FROM form_id f JOIN vocabulary v USING (id)"
    ).fetchnumpy()
    # Row, position and letter in one sortable number: letters take 21 bits, positions 11.
    code = (np.asarray(q["row"], np.int64) << 32) | (np.minimum(np.asarray(q["position"], np.int64), 2047) << 21)
    code |= np.asarray(q["letter"], np.int64)
    code.sort()
    row, letter = code >> 32, (code & 0x1FFFFF).astype(np.uint32)
    words = np.bincount(row, minlength=len(names))
    nth = nth_of(row)
    spelt = np.zeros((len(names), MOST_INITIALS), np.uint32)
    fits = (words >= 3) & (words <= MOST_INITIALS)
    keep = fits[row]
    spelt[row[keep], nth[keep]] = letter[keep]
    text = spelt.view(f"U{MOST_INITIALS}")[:, 0]
    length = pc.utf8_length(names).to_numpy()
    short = np.flatnonzero((words < 3) & (length >= 3) & (length <= 6) & ~pc.match_substring(names, " ").to_numpy())
    text[short] = names.take(pa.array(short)).to_pylist()
    return text


def _hashes(texts: npt.NDArray[np.str_]) -> Hashes:
    """A number for each text, 0 for the empty one."""
    numbers = np.zeros(len(texts), np.uint64)
    some = np.flatnonzero(texts != "")
    for start in range(0, len(some), ROWS_AT_ONCE):
        rows = some[start : start + ROWS_AT_ONCE]
        letters = np.ascontiguousarray(texts[rows]).view(np.uint32).reshape(len(rows), MOST_INITIALS).astype(np.uint64)
        numbers[rows] = mixed(*letters.T)
    return numbers


def _by(con: duckdb.DuckDBPyConnection, sql: str, key: str) -> dict[str, Any]:
    """Columns of a query whose column `key` counts its rows from 0, in that order."""
    q = con.execute(sql).fetchnumpy()
    order = np.argsort(q[key])
    return {name: np.asarray(values)[order] for name, values in q.items()}
