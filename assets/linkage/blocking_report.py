"""What each family of keys found, and how much all of them together are likely to have missed. Reads a run; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from assets.linkage.blocking import FAMILIES, put
from assets.linkage.engine import Linked


@dataclass(frozen=True)
class FamilyReport:
    """One family: pairs it found, pairs no other found, and of those the pairs that turned out one organisation."""

    name: str
    says: str
    pairs: int
    alone: int
    matches: int
    matches_alone: int


@dataclass(frozen=True)
class BlockingReport:
    """All families, and the share of matching pairs that no key found, as far as it can be estimated."""

    families: tuple[FamilyReport, ...]
    candidates: int
    matches: int
    estimated_missed: float | None


def report(con: duckdb.DuckDBPyConnection, linked: Linked) -> BlockingReport:
    """The report of the run `con` holds.

    Missed matches are estimated as unseen species are (Chao 1987): f1 (f1 - 1) / (2 (f2 + 1)) where f1 matches were found by one
    family alone and f2 by exactly two. Families are not independent, so it is a lower bound; None where nothing matched.
    """
    put(con, linked.found)
    joined = linked.label[linked.pairs.a] == linked.label[linked.pairs.b]
    con.register("joined", pa.table({"a": linked.pairs.a[joined], "b": linked.pairs.b[joined]}))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE counted AS SELECT families, bit_count(families) AS many, j.a IS NOT NULL AS matched, "
        "count(*) AS pairs "
        "FROM candidate c LEFT JOIN joined j USING (a, b) GROUP BY ALL"
    )
    con.unregister("joined")
    q = con.execute("SELECT families, many, matched, pairs FROM counted ORDER BY ALL").fetchnumpy()
    families, many, matched, pairs = (np.asarray(q[c]) for c in ("families", "many", "matched", "pairs"))
    rows = []
    for bit, family in enumerate(FAMILIES):
        here = (families >> bit) & 1 == 1
        alone = here & (many == 1)
        rows.append(
            FamilyReport(
                family.name, family.says, int(pairs[here].sum()), int(pairs[alone].sum()), int(pairs[here & matched].sum()),
                int(pairs[alone & matched].sum()),
            )
        )  # fmt: skip
    once, twice = (int(pairs[matched & (many == n)].sum()) for n in (1, 2))
    found = int(pairs[matched].sum())
    missed = once * (once - 1) / (2 * (twice + 1))
    return BlockingReport(tuple(rows), int(pairs.sum()), found, missed / (found + missed) if found else None)
