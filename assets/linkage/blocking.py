"""Finds pairs of records worth comparing: keys of several families, in SQL. Knows nothing of scores and matches.

Two records become a candidate pair when they share a key of any family. A key that too many records share says little: its
block is split by a second key, and what is still too big is left to the other families. Which keys are too big is decided
once an epoch (`Epoch`), so that a night in which little changed finds exactly the pairs a full run would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

#: Records a block may hold, by the number of records compared (measured on the labelled sets: larger blocks find next to
#: nothing more, and pairs grow with the square).
CAPS = ((5_000, 120), (50_000, 60), (500_000, 40), (None, 30))
#: A word that more records than this carry is no rare word.
RARE = ((5_000, 80), (50_000, 40), (None, 25))
#: Blocks of contact and house keys: more than this share a switchboard, an agent or a mall.
SHARED_CAP = 15


@dataclass(frozen=True)
class Family:
    """One kind of key: its name, what the key is made of (for the report), and the SELECT that gives (rid, key, second)."""

    name: str
    says: str
    select: str
    cap: int | None = None


_NOTHING = "0::UBIGINT"

FAMILIES = (
    Family("identifier", "an official identifier", f"SELECT rid, hash(unnest(identifiers)) AS key, {_NOTHING} AS second FROM comparable", 200),
    Family("all_words", "all words of the name", "SELECT rid, hash(signature) AS key, hash(place) AS second FROM head"),
    Family("rare_word", "one of the two rarest words", f"SELECT rid, hash(word) AS key, {_NOTHING} AS second FROM ranked_word WHERE rank <= 2 AND uses BETWEEN 2 AND {{rare}}"),
    Family(
        "two_words", "two of the three rarest words",
        "SELECT rid, hash(w1, w2) AS key, hash(w3, place) AS second FROM head WHERE w2 IS NOT NULL UNION ALL "
        "SELECT rid, hash(w1, w3), hash(w2, place) FROM head WHERE w3 IS NOT NULL UNION ALL "
        "SELECT rid, hash(w2, w3), hash(w1, place) FROM head WHERE w3 IS NOT NULL",
    ),
    Family("word_postcode", "postcode and a word", "SELECT rid, hash(postcode, word) AS key, hash(house_number) AS second FROM ranked_word JOIN located USING (rid) WHERE postcode <> '' AND rank <= 4"),
    Family("word_outcode", "postal district and one of the three rarest words", "SELECT r.rid, hash(outcode, word) AS key, hash(w1, w2) AS second FROM ranked_word r JOIN located USING (rid) JOIN head h USING (fid) WHERE outcode <> '' AND rank <= 3"),
    Family("word_city", "town and one of the three rarest words", "SELECT r.rid, hash(city, word) AS key, hash(w1, w2) AS second FROM ranked_word r JOIN located USING (rid) JOIN head h USING (fid) WHERE city <> '' AND rank <= 3"),
    Family("house_postcode", "postcode and house number", "SELECT rid, hash(postcode, house_number) AS key, hash(w1) AS second FROM located JOIN head USING (rid) WHERE postcode <> '' AND house_number IS NOT NULL", SHARED_CAP),
    Family("sound_postcode", "postcode and the first consonants of the name", f"SELECT rid, hash(postcode, skeleton[1:3]) AS key, {_NOTHING} AS second FROM head JOIN located USING (rid) WHERE postcode <> '' AND skeleton <> ''"),
    Family("phone", "telephone number", "SELECT rid, hash(phone) AS key, hash(w1) AS second FROM located JOIN head USING (rid) WHERE phone <> ''", SHARED_CAP),
    Family("website", "web site", "SELECT rid, hash(website_domain) AS key, hash(place) AS second FROM located JOIN head USING (rid) WHERE website_domain <> ''", SHARED_CAP),
    Family("website_word", "web site and rarest word", "SELECT rid, hash(website_domain, w1) AS key, hash(place) AS second FROM located JOIN head USING (rid) WHERE website_domain <> ''"),
    Family("sound_place", "postal district, cell or town, and the first consonants", f"SELECT rid, hash(place, skeleton[1:5]) AS key, {_NOTHING} AS second FROM head WHERE length(skeleton) >= 2"),
    Family("sound", "the first nine consonants", "SELECT rid, hash(skeleton[1:9]) AS key, hash(skeleton[10:]) AS second FROM head WHERE length(skeleton) >= 6", 20),
    Family("house_street", "town, house number and street", "SELECT rid, hash(city, house_number, street_word) AS key, hash(w1) AS second FROM located JOIN head USING (rid) WHERE house_number IS NOT NULL AND street_word IS NOT NULL", SHARED_CAP),
    Family(
        "word_cell", "square of about a kilometre and a word",
        f"SELECT rid, hash(c, word) AS key, {_NOTHING} AS second FROM (SELECT rid, unnest([cell, shifted_cell]) AS c FROM located WHERE cell IS NOT NULL) JOIN ranked_word USING (rid) WHERE rank <= 3",
    ),
    Family(
        "sound_cell", "square of about a kilometre and the first consonants",
        f"SELECT rid, hash(c, skeleton[1:4]) AS key, {_NOTHING} AS second FROM (SELECT rid, unnest([cell, shifted_cell]) AS c FROM located WHERE cell IS NOT NULL) JOIN head USING (rid) WHERE skeleton <> ''",
    ),
    Family("initials", "the initials of the name, or a name that is initials", "SELECT rid, hash(initials, place) AS key, hash(house_number) AS second FROM head JOIN located USING (rid) WHERE initials IS NOT NULL", 20),
)  # fmt: skip


def cap_for(records: int, steps: tuple[tuple[int | None, int], ...]) -> int:
    """The cap that holds for so many records."""
    return next(cap for limit, cap in steps if limit is None or records < limit)


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Tables `ranked_word`, `head` and `located`: what keys are made of. Needs comparable.sql and words_in_use.sql."""
    con.execute(_PARTS)


_PARTS = """
CREATE OR REPLACE TABLE located AS
SELECT
    c.rid, city, postcode, outcode, phone, website_domain, cell, shifted_cell, house_numbers[1] AS house_number,
    s.word AS street_word, coalesce(nullif(outcode, ''), cell::VARCHAR, city) AS district
FROM comparable c
LEFT JOIN (
    -- The rarest word of the address that is no number names the street best.
    SELECT rid, min_by(word, (uses, word)) AS word FROM address_word JOIN address_word_use USING (word)
    WHERE NOT regexp_matches(word, '[0-9]') AND length(word) >= 3 GROUP BY rid
) s USING (rid);

CREATE OR REPLACE TABLE worded AS
SELECT
    fid, list_sort(list((coalesce(uses, 1), word))) AS words, list_sort(list(word)) AS sorted,
    CASE WHEN count(*) >= 3 THEN list_sort(list((position, word[1]))) END AS letters
FROM form_word LEFT JOIN word_use USING (word) GROUP BY fid;

CREATE OR REPLACE TABLE head AS
SELECT
    f.fid, f.rid, w.words[1][2] AS w1, w.words[2][2] AS w2, w.words[3][2] AS w3, w.words[:4] AS rarest,
    coalesce(array_to_string(w.sorted, ' '), f.name) AS signature, l.district AS place,
    regexp_replace(f.name, '[ aeiouhwy]', '', 'g') AS skeleton,
    CASE
        WHEN w.letters IS NOT NULL THEN array_to_string([x[2] FOR x IN w.letters], '')
        WHEN length(f.name) BETWEEN 3 AND 6 AND NOT contains(f.name, ' ') THEN f.name
    END AS initials
FROM form f JOIN located l USING (rid) LEFT JOIN worded w USING (fid);

CREATE OR REPLACE TABLE ranked_word AS
SELECT fid, rid, unnest(rarest)[1] AS uses, unnest(rarest)[2] AS word, unnest(range(1, len(rarest) + 1)) AS rank FROM head WHERE rarest IS NOT NULL;
DROP TABLE worded;
"""


def keys(con: duckdb.DuckDBPyConnection, family: Family, rare: int) -> None:
    """Table `block_key` (rid, key, second) of one family; each record once a key."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE block_key AS SELECT DISTINCT rid, key, second FROM ({family.select.format(rare=rare)})")


def find_candidates(con: duckdb.DuckDBPyConnection, records: int) -> Iterator[tuple[str, int]]:
    """Table `candidate` (a, b, families): pairs of rid, a < b, each once; `families` is a bit set in the order of `FAMILIES`.

    Yields the name of each family and how many pairs it gave, as it goes.
    """
    cap, rare = cap_for(records, CAPS), cap_for(records, RARE)
    con.execute("CREATE OR REPLACE TABLE found (a INTEGER, b INTEGER, family INTEGER)")
    for bit, family in enumerate(FAMILIES):
        limit = min(family.cap or cap, cap) if family.cap else cap
        keys(con, family, rare)
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE kept_key AS
            WITH sized AS (SELECT key, count(DISTINCT rid) AS size FROM block_key GROUP BY key HAVING count(DISTINCT rid) > 1),
            fine AS (
                SELECT DISTINCT rid, CASE WHEN size <= {limit} THEN key ELSE hash(key, second) END AS key
                FROM block_key JOIN sized USING (key)
                WHERE size <= {limit} OR second <> 0
            )
            SELECT rid, key FROM fine JOIN (
                SELECT key FROM fine GROUP BY key HAVING count(*) BETWEEN 2 AND {limit}
            ) USING (key)
            """
        )
        count = con.execute(
            f"INSERT INTO found SELECT x.rid, y.rid, {1 << bit} FROM kept_key x JOIN kept_key y ON x.key = y.key AND x.rid < y.rid"
        ).fetchone()
        yield family.name, count[0] if count else 0
    con.execute("CREATE OR REPLACE TABLE candidate AS SELECT a, b, bit_or(family) AS families FROM found GROUP BY a, b")
    con.execute("DROP TABLE found")
