"""Floors: a version that lost most of what the one before it held is not published unless somebody says so.

Belongs here: what is counted, and the share that must be left. Does not: floors of single registers (`Register.floor` and the
profile; a cut file never gets this far) and the other rules (`rules.py`).

What falls by more than half in a night has hardly ever closed overnight: an option of the profile is wrong, a register changed
its codes, or a stage lost rows.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from assets.publication.rule import Rule
from warehouse import ddl

#: Share of the published count that must be left.
LEAST_SHARE = 0.5
#: Smaller counts move by chance; they have no floor.
COUNTS_FROM = 100

#: One row for each thing that has a floor. Regions by themselves, since one may vanish while the others grow.
_COUNTED = """
SELECT 'organisations' AS counted, count(*) AS row_count FROM {catalogue}core.organisation WHERE record_count > 0
UNION ALL SELECT 'programmes', count(*) FROM {catalogue}core.programme
UNION ALL SELECT 'opportunities of ' || region_id, count(*) FROM {catalogue}mart.opportunity GROUP BY region_id"""

_FALLEN = f"""
WITH now_count AS ({_COUNTED.format(catalogue="")})
SELECT counted || ': ' || coalesce(now_count.row_count, 0) || ' of ' || before.row_count AS example
FROM published_count AS before LEFT JOIN now_count USING (counted)
WHERE before.row_count >= {COUNTS_FROM} AND coalesce(now_count.row_count, 0) < {LEAST_SHARE} * before.row_count"""


def count_published(con: duckdb.DuckDBPyConnection, published: Path | None) -> None:
    """Make the table `published_count` of what the published warehouse holds; without rows where there is none yet."""
    con.execute("CREATE OR REPLACE TEMP TABLE published_count (counted VARCHAR, row_count BIGINT)")
    if published is None:
        return
    con.execute(f"ATTACH {ddl.literal(str(published))} AS published (READ_ONLY)")
    con.execute(f"INSERT INTO published_count {_COUNTED.format(catalogue='published.')}")
    con.execute("DETACH published")


def rule(*, accept_fewer: bool = False) -> Rule:
    """The rule; with `accept_fewer` what it finds is told and does not stop the publication."""
    return Rule(
        "no_great_loss",
        "meta.run",
        f"at least {LEAST_SHARE:.0%} of what the published version holds is still there; find out what became of the rest, or, "
        "where it is meant to be so, accept it once with `partners run --accept-fewer`",
        _FALLEN,
        "warning" if accept_fewer else "error",
    )
