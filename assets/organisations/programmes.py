"""Rows of programme registers → `core.programme`: what each programme is about, and which can be put forward at all.

Topics come from `programme_topic.csv`: patterns on title and objective. A pseudo-topic beginning with `barred_` says why a
programme is never put forward (closed, about another place, too narrow); the row stays in `core`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assets.organisations import reference
from assets.organisations.records import RegisterRows, union_of
from warehouse import parquet
from warehouse.ddl import literal
from warehouse.tables import BY_NAME

#: Help that a chamber can send a member to. Insurance, complaints and pure payments by formula are not.
_HELP = ("grant", "loan", "guarantee", "service", "training", "goods", "contract")

_SQL = r"""
WITH said AS (
    -- A title that says rural, or a rural agency's goal that does, is limited to rural places; registers give no code for that.
    SELECT * REPLACE (CASE WHEN regexp_matches(title, '\bRural\b')
                OR regexp_matches(agency, '\bRural\b') AND regexp_matches(objective, '\brural\b')
                AND NOT regexp_matches(objective, '\burban\b')
            THEN list_append(places, 'rural') ELSE places END AS places),
           concat_ws(chr(10), title, objective) AS words
    FROM ({rows})
),
topics AS (
    SELECT *, list_sort(list_filter([{topic_cases}], lambda t: t IS NOT NULL)) AS found FROM said
)
SELECT
    source || ':' || native_id AS programme_id, source, native_id, title, agency, kinds, objective, applicants, industries,
    list_filter(found, lambda t: NOT starts_with(t, 'barred_')) AS topics,
    'government' AS industry_id, country, places, opens_on, closes_on, amount_min, amount_max, currency,
    CASE WHEN closes_on < {as_of}::DATE THEN 'closed' ELSE status END AS status,
    CASE
        WHEN closes_on < {as_of}::DATE OR status = 'closed' THEN 'closed'
        WHEN len(list_filter(found, lambda t: starts_with(t, 'barred_'))) > 0
            THEN list_filter(found, lambda t: starts_with(t, 'barred_'))[1][8:]
        WHEN len(list_intersect(kinds, {help})) = 0 THEN 'no_help_to_apply_for'
        WHEN len(list_filter(found, lambda t: NOT starts_with(t, 'barred_'))) = 0 THEN 'topic_unknown'
    END AS partner_exclusion,
    register_url, licence, stale_days
FROM topics
"""


def build_programmes(inputs: Sequence[RegisterRows], as_of: str, into: Path) -> int:
    """Writes `core.programme` to `into` and returns its row count; `as_of` (ISO date) decides what has closed."""
    table = BY_NAME["core.programme"]
    if not inputs:
        parquet.empty(table, into)
        return 0
    sql = _SQL.replace("{rows}", union_of(inputs)).replace("{topic_cases}", _topic_cases())
    sql = sql.replace("{as_of}", literal(as_of)).replace("{help}", _list(_HELP))
    con = parquet.connect()
    try:
        return parquet.write(con, sql, table, into)
    finally:
        con.close()


def _topic_cases() -> str:
    """One CASE per topic, NULL where its pattern does not fit or its exclusion does."""
    by_topic: dict[str, list[str]] = {}
    for row in reference.rows("assets.organisations", "programme_topic.csv"):
        test = f"regexp_matches(words, {literal(row['pattern'])}, 'i')"
        if row.get("exclude"):
            test += f" AND NOT regexp_matches(words, {literal(row['exclude'])}, 'i')"
        by_topic.setdefault(row["topic_id"], []).append(f"({test})")
    return ", ".join(f"CASE WHEN {' OR '.join(tests)} THEN {literal(topic)} END" for topic, tests in sorted(by_topic.items()))


def _list(values: Sequence[str]) -> str:
    return "[" + ", ".join(literal(v) for v in values) + "]"
