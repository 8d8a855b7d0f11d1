"""`changes.jsonl`: what differs from the exports before, so that an app follows without reading everything again.

Belongs here: comparing two versions of the exported Parquet, row by row. Does not: why an opportunity changed
(`mart.opportunity_change`), nor which rows leave the house (`export.py`).

One JSON object a line, sorted by table and id: {"table", "id", "change", "row"}; `change` is added, changed or removed, `row` the
new row, absent for removed. Whoever holds version `since_version` and applies every line holds this version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from warehouse import ddl
from warehouse.columns import COLUMNS
from warehouse.tables import BY_NAME, SCHEMA_VERSION

FILE = "changes.jsonl"
#: Tables that are followed, by the names they have in a line; each has one column for a key.
FOLLOWED = ("mart.opportunity", "core.organisation", "core.programme")
#: What the calendar alone moves: else every row would differ every night, or while a register does not answer.
NOT_COMPARED = ("last_seen", "stale_days")
NOTE = (
    "Apply it only to the version named in since_version: replace or add the row of each id, drop the removed. "
    "Columns under not_compared grow with the calendar and tell no change by themselves: read them in the tables."
)
#: Types of the columns of a line, as the manifest tells them.
COLUMN_TYPES = {"table": "VARCHAR", "id": "VARCHAR", "change": "VARCHAR", "row": "JSON"}
_BATCH = 10_000


def write_changes(
    con: duckdb.DuckDBPyConnection, out_dir: Path, files: Sequence[Mapping[str, Any]], previous: Path | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write the file into `out_dir`; returns its entry among the manifest's files, and what the manifest says under `changes`.

    `files` are the manifest's entries of the new exports, `previous` the folder of the published ones. Where there are none, or
    their schema is of another major version, the file has no lines and `since_version` is null: read everything.
    """
    before = json.loads((previous / "manifest.json").read_text("utf-8")) if previous is not None else None
    told: dict[str, Any] = {
        "path": FILE, "since_version": None, "since_run": None, "since_schema_version": None, "not_compared": list(NOT_COMPARED),
        "note": NOTE,
    }  # fmt: skip
    lines = 0
    with (out_dir / FILE).open("w", encoding="utf-8", newline="\n") as file:
        if previous is None or before is None:
            told["reason"] = "there is no version before this one"
        elif _major(before["schema_version"]) != _major(SCHEMA_VERSION):
            told["reason"] = (
                f"the version before has schema {before['schema_version']}, this one {SCHEMA_VERSION}: read everything"
            )
        else:
            told["since_version"], told["since_run"] = previous.name, before["run"].get("run_id")
            told["since_schema_version"] = before["schema_version"]
            for table in FOLLOWED:
                columns = _columns(table, files)
                _open(con, "rows_now", columns, out_dir, _parquet(table, files))
                _open(con, "rows_before", columns, previous, _parquet(table, before["files"]))
                found = con.execute(_lines(table, columns))
                while batch := found.fetchmany(_BATCH):
                    file.writelines(f"{line}\n" for (line,) in batch)
                    lines += len(batch)
    body = (out_dir / FILE).read_bytes()
    entry = {
        "path": FILE, "table": None, "format": "jsonl", "mediatype": "application/x-ndjson", "rows": lines, "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(), "columns": COLUMN_TYPES,
    }  # fmt: skip
    return entry, told


def _columns(table: str, files: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Columns of a row and their types: the table's own, and what the exports put beside them."""
    own = {name: COLUMNS[name].type for name in BY_NAME[table].columns}
    return own | {name: kind for entry in _parquet(table, files) for name, kind in entry["columns"].items() if name not in own}


def _parquet(table: str, files: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [entry for entry in files if entry["table"] == table and entry["path"].endswith(".parquet")]


def _open(
    con: duckdb.DuckDBPyConnection, view: str, columns: Mapping[str, str], folder: Path, entries: Sequence[Mapping[str, Any]]
) -> None:
    """All rows of some Parquet files as a view; columns the files do not have yet are NULL."""
    nothing = {name: f"NULL::{kind} AS {ddl.identifier(name)}" for name, kind in columns.items()}
    selected, source = nothing, "(SELECT 1) WHERE false"
    if entries:
        paths = ", ".join(ddl.literal(str(folder / entry["path"])) for entry in entries)
        # What stands in the names of folders comes as text, whatever it looks like.
        source = f"read_parquet([{paths}], hive_partitioning = true, hive_types_autocast = false, union_by_name = true)"
        held = {str(row[0]) for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        selected = nothing | {
            name: f"{ddl.identifier(name)}::{columns[name]} AS {ddl.identifier(name)}" for name in held & set(columns)
        }
    con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {', '.join(selected.values())} FROM {source}")


def _lines(table: str, columns: Collection[str]) -> str:
    """SELECT of the lines of one table, sorted by id."""
    (key,) = BY_NAME[table].key
    row = ", ".join(f"{ddl.literal(c)}, n.{ddl.identifier(c)}" for c in columns)
    differs = " OR ".join(
        f"n.{ddl.identifier(c)} IS DISTINCT FROM b.{ddl.identifier(c)}" for c in columns if c != key and c not in NOT_COMPARED
    )
    facts = f"'table', {ddl.literal(BY_NAME[table].short)}, 'id', coalesce(n.{key}, b.{key}), 'change'"
    return f"""
SELECT CASE WHEN n.{key} IS NULL THEN json_object({facts}, 'removed')
            WHEN b.{key} IS NULL THEN json_object({facts}, 'added', 'row', json_object({row}))
            ELSE json_object({facts}, 'changed', 'row', json_object({row})) END::VARCHAR AS line
FROM rows_now AS n FULL JOIN rows_before AS b ON n.{key} = b.{key}
WHERE n.{key} IS NULL OR b.{key} IS NULL OR {differs}
ORDER BY coalesce(n.{key}, b.{key})"""


def _major(version: str) -> str:
    return version.split(".")[0]
