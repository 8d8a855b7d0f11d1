"""The comparable records as arrays, one row a record or a name, so that millions of pairs are measured without a Python loop.

Loads what `comparable.sql`, `words_in_use.sql` and `words/` made; measures nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.linkage.parts import ROWS_AT_ONCE, initials, nth_of, sorted_words
from assets.linkage.texts import Texts

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

#: Words of a name that are compared: the rarest; a thirteenth word of a name says little.
NAME_WORDS = 12
#: Words of an address that are compared.
ADDRESS_WORDS = 10
#: House numbers of an address: "108-112" has two, an address of two streets perhaps four.
HOUSE_NUMBERS = 4
#: Stands for no word, no number, not known.
NOTHING = -1

#: What a word of a name can be.
CHILD, SISTER, NUMBER, SUPPORTER, LONG_NUMBER, PURPOSE, VEHICLE = 1, 2, 4, 8, 16, 32, 64


@dataclass(frozen=True)
class Words:
    """A table of words per row: ids, NOTHING where there are fewer."""

    ids: Ints
    weight: Floats
    """How much each word tells, 0 to 1, by its id; a last 0 stands for NOTHING, which is -1."""


@dataclass(frozen=True)
class Names:
    """One row a form of a name, in the order of fid."""

    rid: Ints
    text: Texts
    squashed: Texts
    words: Words
    here: Floats
    """How far each of the words tells bodies of the record's own district apart, 0 to 1: in Enfield, "Enfield" does not."""
    places: Floats
    """Logarithm of the number of places where the name is found."""
    initials: Ints
    name_code: Ints
    legal: Ints
    hashed: Bools
    """Whether a number in the name is marked as one: "Kroger #623"."""


@dataclass(frozen=True)
class Records:
    """One row a record, in the order of rid; `first_form` and `forms` say which rows of `names` are its own."""

    names: Names
    first_form: Ints
    forms: Ints
    vocabulary: Texts
    kinds: Ints
    """What each word of the vocabulary is: a sum of CHILD, SISTER and so on; a last 0 stands for no word (number -1)."""
    numbers: Ints
    """The number a word of the vocabulary is; NOTHING where it is none, and once more at the end."""
    first_letters: Ints
    """The first letter of each word of the vocabulary, and a last 0."""
    place_words: Ints
    """Words of the address and town, in the spelling of the vocabulary."""
    street: Texts
    has_address: Bools
    address_words: Words
    house_numbers: Ints
    units: Ints
    postcode: Ints
    postcode_letters: Bytes
    outcode: Ints
    city: Ints
    post_town: Ints
    """The area inside which two towns are two names of one place: a British postal district, an American ZIP code."""
    region: Ints
    country: Ints
    district: Ints
    """Postal district, or square of about a kilometre, or town."""
    latitude: Floats
    longitude: Floats
    phone: Ints
    phone_letters: Bytes
    phone_uses: Floats
    domain: Ints
    domain_uses: Floats
    site: Texts
    """First label of the web site's host, e.g. `coventrycarers`; empty where none is known."""


def ordinal(a: Ints, b: Ints) -> Floats:
    """1 where both are known and equal, -1 where both are known and differ, 0 where either is not known."""
    known = (a != NOTHING) & (b != NOTHING)
    return np.where(known, np.where(a == b, 1, -1), 0).astype(np.float32)


def load(con: duckdb.DuckDBPyConnection) -> Records:
    """All records of `comparable` and its sisters."""
    q = con.sql(_RECORDS).to_arrow_table()
    count = q.num_rows
    v = con.sql(_VOCABULARY).to_arrow_table()
    a = con.sql("SELECT weight FROM address_vocabulary ORDER BY id").to_arrow_table()
    names = _names(con, v["weight"])
    forms = np.bincount(names.rid, minlength=count).astype(np.int32)
    row, word = sorted_words(con, "place_id")
    place_words = _matrix(row, nth_of(row), word, count, ADDRESS_WORDS)
    row, word = sorted_words(con, "address_id")
    address_ids = _matrix(row, nth_of(row), word, count, ADDRESS_WORDS)
    return Records(
        names=names,
        first_form=(np.cumsum(forms) - forms).astype(np.int32),
        forms=forms,
        vocabulary=Texts.of(v["word"]),
        kinds=np.append(v["kind"].to_numpy(), 0).astype(np.int32),
        numbers=np.append(v["number"].to_numpy(), NOTHING).astype(np.int32),
        first_letters=np.append(v["letter"].to_numpy(), 0).astype(np.int32),
        place_words=place_words,
        street=Texts.of(q["street"]),
        has_address=np.asarray(pc.not_equal(q["address_folded"], "").to_numpy()),
        address_words=_words(address_ids, a["weight"]),
        house_numbers=_house_numbers(q["house_numbers"], count),
        units=_codes(q["unit"]),
        postcode=_codes(q["postcode"]),
        postcode_letters=_letters(q["postcode"], 8),
        outcode=_codes(q["outcode"]),
        city=_codes(q["city"]),
        post_town=_codes(q["post_town"]),
        region=_codes(q["region"]),
        country=_codes(q["country"]),
        district=_codes(q["district"]),
        latitude=_floats(q["lat"]),
        longitude=_floats(q["lon"]),
        phone=_codes(q["phone"]),
        phone_letters=_letters(q["phone"], 9),
        phone_uses=_floats(q["phone_uses"]),
        domain=_codes(q["website_domain"]),
        domain_uses=_floats(q["domain_uses"]),
        site=Texts.of(q["site"]),
    )


_VOCABULARY = """
SELECT
    word, kind, weight, unicode(word[1]) AS letter,
    CASE WHEN regexp_full_match(word, '[0-9]{1,8}') THEN word::INTEGER ELSE -1 END AS number
FROM vocabulary ORDER BY id
"""

_RECORDS = """
SELECT
    array_to_string(list_filter(string_split(address_folded, ' '), lambda x: NOT x[1] BETWEEN '0' AND '9'), ' ') AS street,
    house_numbers::INTEGER[] AS house_numbers, coalesce(units[1], '') AS unit,
    address_folded, postcode, outcode, city, region, country,
    CASE WHEN outcode[1] BETWEEN 'A' AND 'Z' THEN outcode ELSE postcode END AS post_town,
    district, lat, lon, phone, website_domain,
    coalesce(p.uses, 1) AS phone_uses, coalesce(d.uses, 1) AS domain_uses,
    CASE WHEN website_domain <> '' THEN regexp_replace(string_split(website_domain, '.')[1], '[^a-z0-9]', '', 'g') ELSE '' END
        AS site
FROM comparable c LEFT JOIN phone_use p USING (phone) LEFT JOIN domain_use d USING (website_domain) ORDER BY c.rid
"""

_NAMES = """
SELECT f.rid, f.name, f.hashed, replace(f.name, ' ', '') AS squashed, f.legal_form, coalesce(n.places, 1) AS places
FROM form f LEFT JOIN name_use n USING (name) ORDER BY f.fid
"""
#: Words that many of a district carry, as (row of the names, word, how far it still tells).
_HERE = """
SELECT f.fid AS row, v.id, h.here FROM word_here h
JOIN comparable c USING (district) JOIN form f USING (rid) JOIN form_id w ON w.row = f.fid
JOIN vocabulary v ON v.id = w.id AND v.word = h.word
"""


def _names(con: duckdb.DuckDBPyConnection, weight: pa.ChunkedArray) -> Names:
    q = con.sql(_NAMES).to_arrow_table()
    squashed = q["squashed"].combine_chunks().dictionary_encode()
    row, word = sorted_words(con, "form_id")
    ids = _matrix(row, nth_of(row), word, q.num_rows, NAME_WORDS)
    # The initials of a long name, as the code of the short name that is written so; NOTHING where no name is.
    long = pc.greater_equal(pc.count_substring(q["name"], " "), 2).to_numpy()
    spelt = pc.index_in(pa.array(initials(con, q["name"]), pa.string()), squashed.dictionary).fill_null(NOTHING).to_numpy()
    return Names(
        rid=q["rid"].to_numpy().astype(np.int32),
        text=Texts.of(q["name"]),
        squashed=Texts.of(q["squashed"]),
        words=_words(ids, weight),
        here=_here(ids, con.execute(_HERE).fetchnumpy()),
        places=np.log(_floats(q["places"])),
        initials=np.where(long, spelt, NOTHING).astype(np.int32),
        name_code=squashed.indices.to_numpy().astype(np.int32),
        legal=_codes(q["legal_form"]),
        hashed=np.asarray(q["hashed"].to_numpy(), dtype=bool),
    )


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.to_numpy(), dtype=np.float64).astype(np.float32)


def _codes(column: pa.ChunkedArray) -> Ints:
    """Equal texts get equal numbers; NOTHING where the text is missing."""
    known = pc.if_else(pc.equal(column, ""), None, column)
    indices = pa.chunked_array(known).combine_chunks().dictionary_encode().indices
    return np.asarray(indices.fill_null(NOTHING).to_numpy(), dtype=np.int32)


def _letters(column: pa.ChunkedArray, width: int) -> Bytes:
    """The letters of short ASCII texts, filled up with blanks."""
    padded = pc.binary_slice(pc.ascii_rpad(column, width).cast(pa.binary()), 0, width).combine_chunks()
    return np.frombuffer(b"".join(padded.to_pylist()), dtype=np.uint8).reshape(len(column), width)


def _house_numbers(column: pa.ChunkedArray, count: int) -> Ints:
    lists = column.combine_chunks()
    row = np.repeat(np.arange(count), lists.value_lengths().fill_null(0).to_numpy())
    return _matrix(row, nth_of(row), lists.flatten().to_numpy(), count, HOUSE_NUMBERS)


def _matrix(row: npt.NDArray[np.int64], nth: npt.NDArray[np.int64], value: npt.NDArray[np.int64], rows: int, width: int) -> Ints:
    matrix = np.full((rows, width), NOTHING, np.int32)
    keep = nth < width
    matrix[row[keep], nth[keep]] = value[keep]
    return matrix


def _words(ids: Ints, weight: pa.ChunkedArray) -> Words:
    return Words(ids, np.append(_floats(weight), np.float32(0)))


def _here(ids: Ints, told: dict[str, Any]) -> Floats:
    """1 for every word of the names but those `told` of, as rows, ids and values `here`."""
    here = np.ones(ids.shape, np.float32)
    rows = np.asarray(told["row"], np.int64)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        nth, place = np.nonzero(ids[rows[some]] == told["id"][some, None])
        here[rows[some][nth], place] = told["here"][some][nth]
    return here
