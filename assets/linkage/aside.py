"""A database beside that of a night, in which a few of its records are brought into comparable form, as often as needed.

The word lists and the tables of the epoch are those that the state keeps; only what is made of the records themselves is made
anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

import duckdb
import pyarrow as pa

from assets.linkage import engine
from assets.linkage import epoch as epochs
from assets.linkage.epoch import Epoch

#: Tables of the state that it begins with.
KEPT = (*engine.WORD_TABLES, *epochs.TABLES)


class Aside:
    """The database `aside` in the memory of `con`, which holds the table `raw` with every record and the attached `state`."""

    def __init__(self, con: duckdb.DuckDBPyConnection, epoch: Epoch) -> None:
        self.con, self.epoch = con, epoch
        # A cursor of its own, so that `USE` is not felt by the night; a DuckDB of its own takes a tenth of a small one to start.
        self.part = con.cursor()
        self.part.execute("ATTACH ':memory:' AS aside")
        self.part.execute("USE aside")
        for table in KEPT:
            self.part.execute(f"CREATE TABLE {table} AS FROM state.{table}")

    def __enter__(self) -> Aside:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.part.close()
        self.con.execute("DETACH aside")

    def prepared(self, record_ids: Sequence[str] | pa.ChunkedArray) -> duckdb.DuckDBPyConnection:
        """A connection to it with these records and no others, numbered in the order of their record_ids."""
        wanted = record_ids if isinstance(record_ids, pa.ChunkedArray) else pa.array(record_ids, pa.string())
        self.con.register("wanted", pa.table({"record_id": wanted}))
        rows = self.con.sql("SELECT * FROM raw JOIN wanted USING (record_id)").to_arrow_table()
        self.con.unregister("wanted")
        self.part.register("rows", rows)
        self.part.execute("CREATE OR REPLACE TABLE raw AS SELECT * FROM rows")
        self.part.unregister("rows")
        engine.compare_form(self.part, self.epoch)
        return self.part
