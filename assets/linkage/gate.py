"""The first gate: a cheap similarity that spares most candidates the close look. Knows nothing of the model behind it.

A logistic regression on what is fast to compute; its weights are kept with the model. It lets through every pair that has any
prospect: on the labelled sets about one match in a hundred is lost here, for a fifth of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from assets.linkage.blocking import FAMILIES, THREADS
from assets.linkage.parts import Hashes, Ints, sorted_words
from assets.linkage.texts import Texts

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
#: Pairs looked at in one go.
BATCH_PAIRS = 250_000
#: Terms that look at the names; they cost more than all others together.
NAME_TERMS = ("name", "name_squared", "name_close", "name_and_house", "name_and_postcode")
#: A list of no more records needs no gate: every candidate of it is compared closely in seconds.
SMALL_LIST = 20_000
#: What the order of sums can make of a total.
_SLACK = 1e-6


@dataclass(frozen=True)
class Glance:
    """What the gate sees of each record, a row a rid. Numbers stand for texts, 0 for what is not known."""

    name: Texts
    """The first name of the record; empty where it has no letter or figure."""
    named: Bools
    """Where it is not."""
    sorted_name: Texts
    """Its words in canonical spelling, in alphabetical order."""
    phone: Hashes
    website: Hashes
    postcode: Hashes
    outcode: Hashes
    city: Hashes
    house: Hashes
    street: Hashes
    latitude: Doubles
    longitude: Doubles


def look(con: duckdb.DuckDBPyConnection) -> Glance:
    """What the gate sees of every prepared record in `con`."""
    return glance_of(con.sql(_GLANCE).to_arrow_table(), _sorted_names(con))


def glance_of(rows: pa.Table, sorted_names: pa.Array | pa.ChunkedArray) -> Glance:
    """The arrays of a table with the columns of `Glance` but for the sorted names."""
    numbers = {
        c: rows[c].to_numpy()
        for c in ("phone", "website", "postcode", "outcode", "city", "house", "street", "latitude", "longitude")
    }
    named = np.asarray(pc.not_equal(rows["name"], "").to_numpy())
    return Glance(name=Texts.of(rows["name"]), named=named, sorted_name=Texts.of(sorted_names), **numbers)


_GLANCE = """
SELECT
    coalesce(f.name, '') AS name,
    CASE WHEN phone <> '' THEN hash(phone) ELSE 0 END AS phone,
    CASE WHEN website_domain <> '' THEN hash(website_domain) ELSE 0 END AS website,
    CASE WHEN postcode <> '' THEN hash(postcode) ELSE 0 END AS postcode,
    CASE WHEN outcode <> '' THEN hash(outcode) ELSE 0 END AS outcode,
    CASE WHEN city <> '' THEN hash(city) ELSE 0 END AS city,
    CASE WHEN house_number IS NOT NULL THEN hash(house_number) ELSE 0 END AS house,
    CASE WHEN street_word IS NOT NULL THEN hash(street_word) ELSE 0 END AS street,
    coalesce(c.lat, 'nan'::DOUBLE) AS latitude, coalesce(c.lon, 'nan'::DOUBLE) AS longitude
FROM located l JOIN (SELECT rid, lat, lon FROM comparable) c USING (rid)
LEFT JOIN (SELECT rid, min_by(name, fid) AS name FROM form GROUP BY rid) f USING (rid) ORDER BY l.rid
"""


def _sorted_names(con: duckdb.DuckDBPyConnection) -> pa.Array:
    """The words of each record's first name in alphabetical order; the name itself where it has no words that count."""
    first = con.sql(
        "SELECT coalesce(min_by(name, fid), '') AS name, min(fid) AS fid FROM (SELECT rid FROM comparable) "
        "LEFT JOIN form f USING (rid) "
        "GROUP BY rid ORDER BY rid"
    ).to_arrow_table()
    words = con.sql("SELECT id, word FROM vocabulary ORDER BY word").to_arrow_table()
    by_letters = np.empty(words.num_rows, np.int64)
    by_letters[words["id"].to_numpy()] = np.arange(words.num_rows)
    row, word = sorted_words(con, "form_id")
    code = (row << 32) | by_letters[word]
    code.sort()
    row = code >> 32
    forms = pc.max(first["fid"]).as_py()
    ends = np.searchsorted(row, np.arange((-1 if forms is None else forms) + 2))
    spelt = words["word"].combine_chunks().take(pa.array(code & 0xFFFFFFFF))
    lists = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), spelt)
    joined = pc.fill_null(pc.binary_join(lists.take(first["fid"].combine_chunks()), " "), "")
    return pc.if_else(pc.equal(joined, ""), first["name"].combine_chunks(), joined)


class Looked:
    """Some candidates side by side: what each term of the gate is made of, computed when asked for."""

    def __init__(self, glance: Glance, a: Ints, b: Ints, families: npt.NDArray[np.uint32], alike: Doubles) -> None:
        self.glance, self.a, self.b, self.families, self.alike = glance, a, b, families, alike
        self._agreements: dict[str, tuple[Bools, Bools]] = {}

    def same(self, *columns: str) -> Doubles:
        """1 where both sides know all of the columns and agree."""
        return np.logical_and.reduce([self._agreement(c)[0] for c in columns]).astype(np.float64)

    def differs(self, column: str) -> Doubles:
        """1 where both sides know the column and disagree."""
        return self._agreement(column)[1].astype(np.float64)

    def district_same(self) -> Doubles:
        """1 where the postcodes differ inside one district."""
        return self.differs("postcode") * self.same("outcode")

    def distance(self) -> Doubles:
        """Logarithm of the kilometres between the two, roughly; 0.5 where not known."""
        g, a, b = self.glance, self.a, self.b
        if np.isnan(g.latitude).all():
            return np.full(len(a), 0.5)
        far = np.log(0.02 + 111 * np.abs(g.latitude[a] - g.latitude[b]) + 70 * np.abs(g.longitude[a] - g.longitude[b]))
        return np.where(np.isnan(far), 0.5, far)

    def by(self, bit: int) -> Doubles:
        """1 where a family of keys found the pair."""
        return ((self.families >> np.uint32(bit)) & np.uint32(1)).astype(np.float64)

    def _agreement(self, column: str) -> tuple[Bools, Bools]:
        """Where both sides know a column and agree, and where they know it and do not."""
        if column not in self._agreements:
            values = getattr(self.glance, column)
            a, b = values[self.a], values[self.b]
            known, equal = (a != 0) & (b != 0), a == b
            self._agreements[column] = (known & equal, known & ~equal)
        return self._agreements[column]


#: Names of what the gate weighs, and how each is computed.
TERMS: Mapping[str, Callable[[Looked], Doubles]] = {
    "name": lambda c: c.alike,
    "name_squared": lambda c: c.alike * c.alike,
    "name_close": lambda c: np.maximum(c.alike - 0.85, 0),
    "families": lambda c: np.bitwise_count(c.families).astype(np.float64),
    "phone_same": lambda c: c.same("phone"),
    "phone_differs": lambda c: c.differs("phone"),
    "website_same": lambda c: c.same("website"),
    "website_differs": lambda c: c.differs("website"),
    "postcode_same": lambda c: c.same("postcode"),
    "district_same": lambda c: c.district_same(),
    "district_differs": lambda c: c.differs("outcode"),
    "house_same": lambda c: c.same("house"),
    "house_differs": lambda c: c.differs("house"),
    "street_same": lambda c: c.same("street"),
    "street_differs": lambda c: c.differs("street"),
    "city_same": lambda c: c.same("city"),
    "city_differs": lambda c: c.differs("city"),
    "distance": lambda c: c.distance(),
    "door_same": lambda c: c.same("house", "street"),
    "name_and_house": lambda c: c.alike * c.same("house"),
    "name_and_postcode": lambda c: c.alike * c.same("postcode"),
    **{f"by_{family.name}": partial(Looked.by, bit=bit) for bit, family in enumerate(FAMILIES)},
}


def terms(glance: Glance, a: Ints, b: Ints, families: npt.NDArray[np.uint32]) -> Doubles:
    """Every term of every candidate, a column a term in the order of `TERMS`; for training."""
    looked = Looked(glance, a, b, families, _alike(glance, a, b))
    return np.column_stack([term(looked) for term in TERMS.values()])


def passed(
    glance: Glance, a: Ints, b: Ints, families: npt.NDArray[np.uint32], weights: Mapping[str, float], records: int
) -> npt.NDArray[np.bool_]:
    """Which candidates pass: the weighted sum of the terms (and `base`) reaches `least`, or the list (of `records`) is small.

    Sides that share an official identifier always pass; a side without a name never does, for there is nothing to compare. Sides
    with several names are judged by the first.
    """
    if records <= SMALL_LIST:
        return np.asarray(glance.named[a] & glance.named[b])

    def one(start: int) -> npt.NDArray[np.bool_]:
        some = slice(start, start + BATCH_PAIRS)
        return _passed(glance, a[some], b[some], families[some], weights)

    with ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate([np.zeros(0, dtype=bool), *pool.map(one, range(0, len(a), BATCH_PAIRS))])


def _passed(
    glance: Glance, a: Ints, b: Ints, families: npt.NDArray[np.uint32], weights: Mapping[str, float]
) -> npt.NDArray[np.bool_]:
    looked = Looked(glance, a, b, families, np.ones(len(a)))
    total = np.full(len(a), weights["base"])
    for name, term in TERMS.items():
        if name not in NAME_TERMS and weights[name]:
            total += weights[name] * term(looked)
    house, postcode = looked.same("house"), looked.same("postcode")
    slope = weights["name"] + weights["name_and_house"] * house + weights["name_and_postcode"] * postcode

    def with_names(alike: Doubles, where: npt.NDArray[np.int64]) -> Doubles:
        close = weights["name_squared"] * alike * alike + weights["name_close"] * np.maximum(alike - 0.85, 0)
        return np.asarray(total[where] + slope[where] * alike + close)

    # Names are compared only where some likeness of names could carry the pair over: at an end or at the bend of `name_close`
    # (a parabola that opens downwards may have its top anywhere).
    everywhere = np.arange(len(a))
    most = np.max([with_names(np.full(len(a), at), everywhere) for at in (0.0, 0.85, 1.0)], axis=0)
    if weights["name_squared"] < 0:
        most = np.full(len(a), np.inf)
    open_still = np.flatnonzero(most >= weights["least"] - _SLACK)
    result = (families & np.uint32(1)) == 1
    result[open_still] |= with_names(_alike(glance, a[open_still], b[open_still]), open_still) >= weights["least"]
    return np.asarray(result & glance.named[a] & glance.named[b])


def _alike(glance: Glance, a: Ints, b: Ints) -> Doubles:
    """Jaro-Winkler similarity of the names or of their sorted words, whichever is more."""
    return np.maximum(*(
        process.cpdist(texts.at(a), texts.at(b), scorer=JaroWinkler.similarity, dtype=np.float64)
        for texts in (glance.name, glance.sorted_name)
    ))  # fmt: skip
