"""Tables as Parquet files: columns and types of the registry, rows in key order, the same bytes every time.

Belongs here: writing and naming table files, and looking at them through DuckDB. Does not: what is in them, and the
DuckDB file people read (`build.py`).

One COPY with a total ORDER BY gives the same bytes for any number of threads; PARTITION_BY does not and is not used.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import ddl
from warehouse.columns import COLUMNS
from warehouse.model import Table
from warehouse.tables import TABLES

#: zstd: a third smaller than DuckDB's default (snappy) for text columns, and every Parquet reader of today knows it.
PARQUET = "FORMAT parquet, COMPRESSION zstd"

#: A chamber's machine is small; what does not fit is spilled to disk.
MEMORY_LIMIT = "1GB"

Parameters = Sequence[Any] | Mapping[str, Any] | None


class TableFileError(Exception):
    """A table file is missing or lacks columns; says what was found, what was expected and what to do."""


def connect(threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that reads times as UTC, so that a machine's time zone never shows in the data."""
    # Else DuckDB spills into a folder of its own wherever one stands.
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": tempfile.gettempdir(),
    }
    if threads is not None:
        config["threads"] = threads
    con = duckdb.connect(config=config)
    con.execute("SET GLOBAL TimeZone = 'UTC'")  # for its cursors too
    return con


def path_of(tables_dir: Path, table: Table) -> Path:
    """Where a table's file lies: `<tables_dir>/<short>.parquet`."""
    return tables_dir / f"{table.short}.parquet"


def read_sql(path: Path) -> str:
    """SQL text that reads the file, for use after FROM."""
    return f"read_parquet({ddl.literal(str(path))}, hive_partitioning = false)"


def require_all(tables_dir: Path, tables: Sequence[Table] = TABLES) -> None:
    """Raise `TableFileError` naming every table whose file is not there."""
    missing = [path_of(tables_dir, table).name for table in tables if not path_of(tables_dir, table).is_file()]
    if missing:
        raise TableFileError(
            f"{tables_dir} holds {len(tables) - len(missing)} of {len(tables)} tables; missing: {', '.join(missing)}. "
            "Run the stages that write them (`parquet.empty` writes a table that has no rows)."
        )


def create_view(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    """Make the file readable as `schema.table`, so that SQL over files reads like SQL over the warehouse."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
    con.execute(f"CREATE OR REPLACE VIEW {table.name} AS SELECT * FROM {read_sql(path)}")


def copy(
    con: duckdb.DuckDBPyConnection, ordered_sql: str, path: Path, options: str = PARQUET, parameters: Parameters = None
) -> int:
    """COPY a query that ends in a total ORDER BY into one file and return its rows.

    The file appears whole or not at all: it is written under a temporary name beside its place, then renamed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    try:
        copied = con.execute(f"COPY ({ordered_sql}) TO {ddl.literal(str(temporary))} ({options})", parameters)
        rows = int(copied.fetchall()[0][0])
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # DuckDB before 2.0 leaves what a failed COPY wrote
    return rows


def write(con: duckdb.DuckDBPyConnection, select_sql: str, table: Table, path: Path, parameters: Parameters = None) -> int:
    """Write the result of a SELECT as the table: registry columns in registry order and type, rows in key order.

    Other columns of the SELECT are left out. Returns the rows written; raises `TableFileError` naming missing columns.
    """
    select = select_sql.strip().rstrip(";")
    description = con.execute(f"SELECT * FROM (\n{select}\n) LIMIT 0", parameters).description or []
    found = [str(column[0]) for column in description]
    missing = [name for name in table.columns if name.lower() not in {f.lower() for f in found}]
    if missing:
        raise TableFileError(
            f"{table.name} cannot be written to {path}: the SELECT lacks {', '.join(missing)}. "
            f"Found: {', '.join(found)}. Expected: {', '.join(table.columns)}. Add the columns (NULL where unknown)."
        )
    columns = ", ".join(ddl.cast(name) for name in table.columns)
    # Sorted outside the casts, so that the order is that of the registered type (10 after 9, not after 1).
    ordered = f"SELECT * FROM (SELECT {columns} FROM (\n{select}\n)) ORDER BY {ddl.identifiers(table.key)}"
    return copy(con, ordered, path, parameters=parameters)


def write_frame(frame: pa.Table, table: Table, path: Path) -> int:
    """Write a pyarrow table as `write` writes a SELECT."""
    with connect() as con:
        con.register("frame", frame)
        return write(con, "SELECT * FROM frame", table, path)


def write_rows(rows: Sequence[Mapping[str, Any]], table: Table, path: Path) -> int:
    """Write a list of dicts as `write` writes a SELECT; every dict has the keys of the first."""
    return write_frame(pa.Table.from_pylist([dict(row) for row in rows]), table, path) if rows else empty(table, path)


def empty(table: Table, path: Path) -> int:
    """Write the table without rows."""
    nulls = ", ".join(f"CAST(NULL AS {COLUMNS[name].type}) AS {ddl.identifier(name)}" for name in table.columns)
    with connect() as con:
        return write(con, f"SELECT {nulls} WHERE false", table, path)


def sync(path: Path) -> None:
    """Make a file or folder survive a power cut (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
