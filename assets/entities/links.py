"""Links between bodies, as registers state them: rows of link registers in, `core.relationship` out. SQL is in `links.sql`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from assets.organisations.records import RegisterRows, union_of
from warehouse import parquet
from warehouse.tables import BY_NAME


def build_relationships(inputs: Sequence[RegisterRows], tables: Path, into: Path) -> int:
    """Writes `core.relationship` to `into` and returns its row count.

    `tables` is the folder that holds `identifier.parquet` and `organisation.parquet` of the same run.
    """
    table = BY_NAME["core.relationship"]
    if not inputs:
        return parquet.empty(table, into)
    con = parquet.connect()
    try:
        for name in ("identifier", "organisation"):
            con.execute(f"CREATE VIEW {name} AS SELECT * FROM {parquet.read_sql(tables / f'{name}.parquet')}")
        con.execute(f"CREATE VIEW edge AS {union_of(inputs)}")
        con.execute(files("assets.entities").joinpath("links.sql").read_text("utf-8"))
        return parquet.write(con, "SELECT * FROM relationship", table, into)
    finally:
        con.close()
