"""Rows that say over and over what one row says: a charity in a list of its grants. One of them is linked, the others go with it.

More rows than a block may hold (`blocking.CAPS`) would meet nobody, not even each other: their name, place and identifier are
keys of too many. Belongs here: setting repeats aside in `raw` before the linkage. Does not: who is alike (`engine.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from assets.linkage.blocking import CAPS, cap_for

# What a row must say besides its name to be known for a repeat: of one village hall there are hundreds.
_TELLING = "address IS NOT NULL OR postcode IS NOT NULL OR phone IS NOT NULL OR website IS NOT NULL OR len(identifiers) > 0"
_NAME, _IDS = "lower(trim(name))", "list_sort(identifiers)"
_SAID = f"{_NAME}, other_names, address, city, region, postcode, country, phone, website, lat, lon, {_IDS}"
_CROWDED_NAMES = f"SELECT {_NAME} FROM raw GROUP BY {_NAME} HAVING count(*) > {{cap}}"
_CROWDED_IDS = (
    "SELECT i FROM (SELECT unnest(identifiers) AS i FROM raw WHERE len(identifiers) > 0) GROUP BY i HAVING count(*) > {cap}"
)
_REPEATS = """
SELECT record_id, said_by FROM (
    SELECT record_id, min(record_id) OVER (PARTITION BY {what}) AS said_by FROM raw
    WHERE ({where}) AND NOT list_contains(?, record_id)
) WHERE record_id <> said_by
"""


@dataclass(frozen=True)
class Repeats:
    """Rows set aside."""

    rows: pa.Table
    """record_id, and the record_id of the row that speaks for it (`said_by`), by record_id."""
    crowded: tuple[tuple[str, int], ...]
    """Identifiers that so many different rows still share that they find nobody, with how many; the most shared first."""


def set_aside(con: duckdb.DuckDBPyConnection, decided: Collection[str]) -> Repeats:
    """Takes repeats out of the table `raw`; rows that people decided about stay, whatever they repeat.

    A repeat has all that another row has, or its name and identifiers where those stand on more rows than a block may hold.
    """
    cap = cap_for(con.execute("SELECT count(*) FROM raw").fetchall()[0][0], CAPS)
    con.execute("CREATE OR REPLACE TEMP TABLE repeat (record_id VARCHAR, said_by VARCHAR)")
    for what, where in (
        (_SAID, f"{_NAME} IN ({_CROWDED_NAMES.format(cap=cap)}) AND ({_TELLING})"),
        (
            f"{_NAME}, {_IDS}",
            f"list_has_any(identifiers, coalesce((SELECT list(i ORDER BY i) FROM ({_CROWDED_IDS.format(cap=cap)})), []))",
        ),
    ):
        con.execute("CREATE OR REPLACE TEMP TABLE again AS " + _REPEATS.format(what=what, where=where), [sorted(decided)])
        con.execute("DELETE FROM raw WHERE record_id IN (SELECT record_id FROM again)")
        # Who spoke for others may be a repeat in turn.
        con.execute("UPDATE repeat SET said_by = again.said_by FROM again WHERE again.record_id = repeat.said_by")
        con.execute("INSERT INTO repeat FROM again")
    crowded = con.execute(
        "SELECT i, count(*) AS many FROM (SELECT unnest(identifiers) AS i FROM raw) GROUP BY i HAVING many > ? "
        "ORDER BY many DESC, i",
        [cap],
    ).fetchall()
    return Repeats(con.sql("FROM repeat ORDER BY record_id").to_arrow_table(), tuple(crowded))
