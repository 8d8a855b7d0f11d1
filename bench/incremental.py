"""What a night costs in which few records changed, against a full run that gives the same answer.

    python bench/incremental.py RECORDS.parquet [--records 200000] [--share 0.01]

Links the records in full, changes a share of them (a third each gone, new, and with the name, address, phone or postcode of
another), links them by what changed, and in full again in the same epoch: once as a night does that finds no state of an earlier
one (and so leaves one behind), once without keeping anything, as `partners resolve` does. Prints processor seconds of each and
whether labels and pairs are equal. Records are drawn by hash; nothing is random.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

from assets.linkage import engine, incremental
from assets.linkage.engine import Linked, Order
from assets.linkage.files import connect, read_records
from assets.linkage.incremental import Relinked
from assets.linkage.model import read_model

_FIRST = "CREATE OR REPLACE TABLE raw AS SELECT * EXCLUDE (turn) FROM pool WHERE turn < ?"
#: Turns 0 … n-1 are of the first night; the first `changes` of them leave, the next take something from the record after them.
_SECOND = """
CREATE OR REPLACE TABLE raw AS
SELECT
    p.record_id, p.source, CASE WHEN changes AND p.turn % 4 = 0 THEN o.name ELSE p.name END AS name, p.other_names,
    CASE WHEN changes AND p.turn % 4 = 1 THEN o.address ELSE p.address END AS address, p.city, p.region,
    CASE WHEN changes AND p.turn % 4 = 2 THEN o.postcode ELSE p.postcode END AS postcode, p.country,
    CASE WHEN changes AND p.turn % 4 = 3 THEN o.phone ELSE p.phone END AS phone, p.website, p.lat, p.lon, p.identifiers
FROM (SELECT *, turn < 2 * $changes AS changes FROM pool WHERE turn >= $changes AND turn < $records + $changes) p
JOIN pool o ON o.turn = CASE WHEN changes THEN p.turn + 2 * $changes ELSE p.turn END
"""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--share", type=float, default=0.01)
    given = parser.parse_args()
    changes = round(given.records * given.share / 3)
    model = read_model()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "state.duckdb"
        con = _first(given.file, given.records)
        began = time.process_time()
        first = incremental.link(con, model, None, Order(), kept)
        spent_first = time.process_time() - began
        con = _second(given.file, given.records, changes)
        began = time.process_time()
        second = incremental.link(con, model, first.epoch, Order(), kept)
        spent_second = time.process_time() - began
        con = _second(given.file, given.records, changes)
        began = time.process_time()
        anew = incremental.link(con, model, first.epoch, Order(), Path(folder) / "other.duckdb")
        spent_anew = time.process_time() - began
        con = _second(given.file, given.records, changes)
        began = time.process_time()
        full = engine.link(con, model, epoch=first.epoch)
        spent_full = time.process_time() - began
    print(
        f"{len(second.ids):,} records, {second.judged:,} new or changed: first night {spent_first:.1f} s, "
        f"by changes {spent_second:.1f} s, "
        f"by a full night {spent_anew:.1f} s ({spent_second / spent_anew:.1%}), in full and nothing kept {spent_full:.1f} s "
        f"({spent_second / spent_full:.1%}); "
        f"the answers are {'equal' if _equal(second, full) and _equal(anew, full) else 'DIFFERENT'}"
    )


def _pool(file: Path) -> duckdb.DuckDBPyConnection:
    con = connect()
    read_records(con, [file])
    con.execute("CREATE TABLE pool AS SELECT *, row_number() OVER (ORDER BY hash(record_id), record_id) - 1 AS turn FROM raw")
    return con


def _first(file: Path, records: int) -> duckdb.DuckDBPyConnection:
    con = _pool(file)
    con.execute(_FIRST, [records])
    con.execute("DROP TABLE pool")
    return con


def _second(file: Path, records: int, changes: int) -> duckdb.DuckDBPyConnection:
    con = _pool(file)
    con.execute(_SECOND, {"records": records, "changes": changes})
    con.execute("DROP TABLE pool")
    return con


def _equal(night: Relinked, full: Linked) -> bool:
    pairs = all(np.array_equal(getattr(night.pairs, c), getattr(full.pairs, c)) for c in ("a", "b", "p", "verdict", "inside"))
    return pairs and np.array_equal(night.label, full.label) and night.ids.to_pylist() == full.ids


if __name__ == "__main__":
    main()
