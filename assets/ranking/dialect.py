"""Our words for readers in the United States: the hand-written tables are British, and a sentence should sound like home.

Belongs here: which words differ (`american.csv`), and how far away two bodies are in the words of a country. Does not: names of
bodies and programmes, which are left as their registers write them.
"""

from __future__ import annotations

import re
from functools import cache

import duckdb

from assets.organisations.reference import rows
from warehouse.ddl import literal

AMERICA = "US"
KM_IN_MILES = 0.621371

#: Whatever the hand-written tables say in words, and where.
_SAID = (
    ("offer", "words"), ("need", "words"), ("practice", "words"), ("cause", "cause_words"), ("topic", "give"),
    ("resource", "pilot"), ("activity", "activity_name"),
)  # fmt: skip


@cache
def american(words: str) -> str:
    """Hand-written words as an American would say them."""
    return _british().sub(lambda found: _book()[found.group(0)], words)


def far(km: float, country: str | None) -> str:
    """How far away in words, between middles of postcodes: kilometres, or miles in the United States."""
    if country == AMERICA:
        miles = max(1, round(km * KM_IN_MILES))
        return f"about {miles} mile{'' if miles == 1 else 's'} away"
    return f"about {max(1, round(km))} km away"


def as_macros(con: duckdb.DuckDBPyConnection) -> None:
    """`said_in(country, words)` and `far_in(country, km)` in `con`, which must hold the tables of hand-written words."""
    said = " UNION ".join(f"SELECT {column} AS words FROM {table}" for table, column in _SAID)
    differ = {
        words: american(words) for (words,) in con.execute(f"SELECT words FROM ({said}) ORDER BY words").fetchall() if words
    }
    pairs = ", ".join(f"{literal(w)}: {literal(a)}" for w, a in differ.items() if a != w)
    con.execute(
        f"CREATE MACRO said_in(country, words) AS CASE WHEN country = {literal(AMERICA)} "
        f"THEN coalesce(map_extract_value(MAP {{{pairs}}}, words), words) ELSE words END"
    )
    con.execute(
        f"CREATE MACRO far_in(country, km) AS CASE WHEN country = {literal(AMERICA)} "
        f"THEN 'about ' || greatest(1, round(km * {KM_IN_MILES})::INTEGER) || "
        f"CASE WHEN greatest(1, round(km * {KM_IN_MILES})::INTEGER) = 1 THEN ' mile away' ELSE ' miles away' END "
        "ELSE 'about ' || greatest(1, round(km)::INTEGER) || ' km away' END"
    )


@cache
def _book() -> dict[str, str]:
    return {row["british"]: row["american"] for row in rows("assets.ranking", "american.csv")}


@cache
def _british() -> re.Pattern[str]:
    # The longest first, so that `charity shops` is not read as `charity` and `shops`.
    return re.compile(r"\b(?:" + "|".join(re.escape(w) for w in sorted(_book(), key=lambda w: (-len(w), w))) + r")\b")
