"""The comparable records as arrays, one row a record or a name, so that millions of pairs are measured without a Python loop.

Loads what `comparable.sql`, `words_in_use.sql` and `words/` made; measures nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
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
CHILD, SISTER, NUMBER = 1, 2, 4


@dataclass(frozen=True)
class Words:
    """A table of words per row: ids (NOTHING where there are fewer) and how much each tells, 0 to 1."""

    ids: Ints
    weights: Floats


@dataclass(frozen=True)
class Names:
    """One row a form of a name, in the order of fid."""

    rid: Ints
    text: Texts
    squashed: Texts
    words: Words
    places: Floats
    """Logarithm of the number of places where the name is found."""
    initials: Ints
    name_code: Ints
    legal: Ints


@dataclass(frozen=True)
class Records:
    """One row a record, in the order of rid; `first_form` and `forms` say which rows of `names` are its own."""

    names: Names
    first_form: Ints
    forms: Ints
    vocabulary: Texts
    kinds: Ints
    """What each word of the vocabulary is: a sum of CHILD, SISTER, NUMBER."""
    numbers: Ints
    """The number a word of the vocabulary is; NOTHING where it is none."""
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
    region: Ints
    country: Ints
    latitude: Floats
    longitude: Floats
    phone: Ints
    phone_letters: Bytes
    phone_uses: Floats
    domain: Ints
    domain_uses: Floats
    site: Texts
    """First label of the web site's host, e.g. `coventrycarers`; empty where none is known."""


def load(con: duckdb.DuckDBPyConnection) -> Records:
    """All records of `comparable` and its sisters."""
    count = _count(con, "comparable")
    con.execute(_VOCABULARY)
    vocabulary = _column(con, "SELECT word FROM vocabulary ORDER BY id")
    kinds = _column(con, "SELECT kind FROM vocabulary ORDER BY id").astype(np.int32)
    q = con.execute(_RECORDS).fetchnumpy()
    u = con.execute("SELECT rid, street, house_numbers, units FROM written ORDER BY rid").fetchnumpy()
    names = _names(con, count)
    forms = np.bincount(names.rid, minlength=count).astype(np.int32)
    return Records(
        names=names,
        first_form=(np.cumsum(forms) - forms).astype(np.int32),
        forms=forms,
        vocabulary=vocabulary,
        kinds=kinds,
        numbers=np.array([int(w) if w.isdecimal() and len(w) < 9 else NOTHING for w in vocabulary.tolist()], np.int32),
        place_words=_matrix(con.execute(_PLACE_WORDS).fetchnumpy(), count, ADDRESS_WORDS, "id"),
        street=_texts(u["street"]),
        has_address=~_missing(q["address_folded"]),
        address_words=_words(con.execute(_ADDRESS_WORDS).fetchnumpy(), count, ADDRESS_WORDS),
        house_numbers=_matrix(con.execute(_HOUSE_NUMBERS).fetchnumpy(), count, HOUSE_NUMBERS, "id"),
        units=_codes(u["units"]),
        postcode=_codes(q["postcode"]),
        postcode_letters=_letters(q["postcode"], 8),
        outcode=_codes(q["outcode"]),
        city=_codes(q["city"]),
        region=_codes(q["region"]),
        country=_codes(q["country"]),
        latitude=_floats(q["lat"]),
        longitude=_floats(q["lon"]),
        phone=_codes(q["phone"]),
        phone_letters=_letters(q["phone"], 9),
        phone_uses=_floats(q["phone_uses"]),
        domain=_codes(q["website_domain"]),
        domain_uses=_floats(q["domain_uses"]),
        site=_texts(q["site"]),
    )


_VOCABULARY = """
CREATE OR REPLACE TABLE vocabulary AS
SELECT
    (row_number() OVER (ORDER BY w.word) - 1)::INTEGER AS id, w.word,
    -- As a share of the most a word can tell: one that a single record carries weighs 1.
    (ln((SELECT count(*) FROM comparable) + 1) - ln(coalesce(u.uses, 1))) / ln((SELECT count(*) FROM comparable) + 1) AS weight,
    coalesce(CASE d.kind WHEN 'child' THEN 1 WHEN 'sister' THEN 2 END, 0)
        -- Numbers of up to three figures count sisters; longer ones are years and shop numbers.
        + CASE WHEN regexp_matches(w.word, '^[0-9]{1,3}(st|nd|rd|th)?$') THEN 4 ELSE 0 END
        + CASE WHEN regexp_matches(w.word, '^[a-z]$') THEN 2 ELSE 0 END AS kind
FROM (SELECT DISTINCT word FROM form_word) w LEFT JOIN word_use u USING (word) LEFT JOIN distinguishing d USING (word);

CREATE OR REPLACE TABLE written AS
SELECT rid, array_to_string(list_filter(string_split(address_folded, ' '), lambda x: NOT regexp_matches(x, '^[0-9]')), ' ') AS street,
       house_numbers, coalesce(units[1], '') AS units
FROM comparable;
"""

_RECORDS = """
SELECT c.rid, address_folded, postcode, outcode, city, region, country, lat, lon, phone, website_domain,
       coalesce(p.uses, 1) AS phone_uses, coalesce(d.uses, 1) AS domain_uses,
       regexp_replace(string_split(website_domain, '.')[1], '[^a-z0-9]', '', 'g') AS site
FROM comparable c LEFT JOIN phone_use p USING (phone) LEFT JOIN domain_use d USING (website_domain) ORDER BY c.rid
"""

_PLACE_WORDS = """
SELECT rid, id, row_number() OVER (PARTITION BY rid ORDER BY weight DESC, id) - 1 AS position FROM (
    SELECT DISTINCT rid, v.id, v.weight FROM (
        SELECT rid, unnest(string_split(address_folded || ' ' || city, ' ')) AS word FROM comparable
    ) JOIN vocabulary v USING (word) WHERE v.kind < 4
) QUALIFY position < 10
"""

_ADDRESS_WORDS = """
SELECT rid, dense_rank() OVER (ORDER BY word) AS id,
       (ln((SELECT count(*) FROM comparable) + 1) - ln(uses)) / ln((SELECT count(*) FROM comparable) + 1) AS weight,
       row_number() OVER (PARTITION BY rid ORDER BY uses, word) - 1 AS position
FROM address_word JOIN address_word_use USING (word)
"""

_HOUSE_NUMBERS = "SELECT rid, unnest(house_numbers)::INTEGER AS id, unnest(range(len(house_numbers))) AS position FROM written"


def _names(con: duckdb.DuckDBPyConnection, count: int) -> Names:
    q = con.execute(
        "SELECT f.rid, f.name, replace(f.name, ' ', '') AS squashed, f.legal_form, coalesce(n.places, 1) AS places, h.initials, "
        "len(string_split(f.name, ' ')) AS words "
        "FROM form f LEFT JOIN name_use n USING (name) JOIN head h USING (fid) ORDER BY f.fid"
    ).fetchnumpy()
    words = con.execute(
        "SELECT fid AS rid, v.id, v.weight, row_number() OVER (PARTITION BY fid ORDER BY v.weight DESC, v.id) - 1 AS position "
        "FROM form_word JOIN vocabulary v USING (word)"
    ).fetchnumpy()
    text, squashed = _texts(q["name"]), _texts(q["squashed"])
    codes = {name: code for code, name in enumerate(dict.fromkeys(squashed.tolist()))}
    # The initials of a long name, as the code of the short name that is written so; NOTHING where no name is.
    initials = [codes.get(i, NOTHING) if w >= 3 else NOTHING for i, w in zip(_texts(q["initials"]).tolist(), q["words"], strict=True)]
    return Names(
        rid=q["rid"].astype(np.int32),
        text=text,
        squashed=squashed,
        words=_words(words, len(text), NAME_WORDS),
        places=np.log(_floats(q["places"])),
        initials=np.array(initials, np.int32),
        name_code=np.array([codes[s] for s in squashed.tolist()], np.int32),
        legal=_codes(q["legal_form"]),
    )


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _column(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return next(iter(con.execute(sql).fetchnumpy().values()))


def _missing(values: Any) -> Bools:
    return np.array([v is None or v == "" for v in _texts(values).tolist()], dtype=bool)


def _texts(values: Any) -> Texts:
    filled = np.ma.filled(values, "") if np.ma.isMaskedArray(values) else values
    return np.array(["" if v is None else str(v) for v in filled.tolist()], dtype=object)


def _floats(values: Any) -> Floats:
    return np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan).astype(np.float32)


def _codes(values: Any) -> Ints:
    """Equal texts get equal numbers; NOTHING where the text is missing."""
    seen: dict[str, int] = {"": NOTHING}
    return np.array([seen.setdefault(v, len(seen)) for v in _texts(values).tolist()], np.int32)


def _letters(values: Any, width: int) -> Bytes:
    fixed = np.array([v[:width].ljust(width).encode("ascii", "replace") for v in _texts(values).tolist()], dtype=f"S{width}")
    return np.frombuffer(b"".join(v.ljust(width) for v in fixed.tolist()), dtype=np.uint8).reshape(len(fixed), width)


def _matrix(q: dict[str, Any], rows: int, width: int, column: str) -> Ints:
    matrix = np.full((rows, width), NOTHING, np.int32)
    keep = q["position"] < width
    matrix[q["rid"][keep], q["position"][keep]] = q[column][keep].astype(np.int32)
    return matrix


def _words(q: dict[str, Any], rows: int, width: int) -> Words:
    keep = q["position"] < width
    ids, weights = np.full((rows, width), NOTHING, np.int32), np.zeros((rows, width), np.float32)
    place = q["rid"][keep], q["position"][keep]
    ids[place] = q["id"][keep].astype(np.int32)
    weights[place] = q["weight"][keep].astype(np.float32)
    return Words(ids, weights)
