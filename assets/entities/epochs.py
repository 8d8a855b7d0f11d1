"""Keeps the model epoch from night to night: read from the last published version, written among tonight's tables.

What an epoch holds and when it ends is `assets/linkage/epoch.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.entities.identity import Change, model_changed
from assets.linkage.epoch import SCHEMA, Epoch
from warehouse import parquet
from warehouse.ddl import literal
from warehouse.tables import BY_NAME

TABLES = ("core.match_weight", "meta.match_epoch")
#: What stands in the changelog for the time before epochs were kept.
UNNAMED = "before epochs"


@dataclass(frozen=True)
class Begun:
    """An epoch and the night it began."""

    epoch: Epoch
    began_on: date


def read_epoch(published: Path | None) -> Begun | None:
    """The epoch of the last published version; None where nothing is published or a version before epochs were kept."""
    if published is None:
        return None
    with duckdb.connect(str(published), read_only=True) as con:
        held = {
            f"{schema}.{table}" for schema, table in con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        }
        if not held.issuperset(TABLES):
            return None
        rows = con.execute("SELECT epoch_id, match_model, compared_count, began_on FROM meta.match_epoch").fetchall()
        if not rows:
            return None
        weights = con.sql(
            "SELECT weight_kind AS kind, weight_key AS key, frozen_number AS number FROM core.match_weight "
            "ORDER BY weight_kind, weight_key"
        ).to_arrow_table()
        epoch_id, model, records, began_on = rows[0]
        return Begun(Epoch(epoch_id, model, records, weights.cast(SCHEMA)), began_on)


def write_epoch(con: duckdb.DuckDBPyConnection, begun: Begun, into: Path) -> dict[str, int]:
    """Writes match_weight and match_epoch to the folder `into`; returns the rows of each."""
    epoch = begun.epoch
    tables = {
        "core.match_weight": epoch.weights.rename_columns(["weight_kind", "weight_key", "frozen_number"]),
        "meta.match_epoch": pa.table(
            {
                "epoch_id": [epoch.epoch_id],
                "match_model": [epoch.model],
                "compared_count": [epoch.records],
                "began_on": [begun.began_on],
            }
        ),
    }
    counts = {}
    for name, rows in tables.items():
        con.register("rows", rows)
        counts[name] = parquet.write(con, "SELECT * FROM rows", BY_NAME[name], into / f"{BY_NAME[name].short}.parquet")
        con.unregister("rows")
    return counts


def foretold(published: Path | None, tonight: Path) -> list[Change]:
    """The change of epoch between the last published version and the file of tonight's `meta.match_epoch`, if there is one."""
    if published is None:
        return []
    before = read_epoch(published)
    with parquet.connect() as con:
        row = con.execute(f"SELECT epoch_id FROM read_parquet({literal(str(tonight))})").fetchone()
    now = str(row[0]) if row else UNNAMED
    was = before.epoch.epoch_id if before else UNNAMED
    return [] if now == was else [model_changed(was, now)]
