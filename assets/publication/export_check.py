"""Exports equal tables: the last check before a version is whole. What was written is read back and held against the tables.

Belongs here: comparing files with the tables they were made of. Does not: which rows and columns leave the house (`export.py`,
whose selections are applied to the tables again), and whether the tables are right (`audit.py`).

Parquet is compared row by row: equal counts and equal sums of row hashes, whatever the order. CSV and JSON Lines are read back
with DuckDB's own readers and counted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from assets.publication.audit import Finding
from assets.publication.export import DATASETS
from warehouse import ddl, parquet
from warehouse.tables import BY_NAME, TABLES

#: What leaves the house of each table; the opportunities of all regions together are all opportunities.
SELECTIONS: Mapping[str, str] = {dataset.table: dataset.sql for dataset in DATASETS} | {
    "mart.opportunity": "SELECT * FROM mart.opportunity"
}
#: Columns of the files: those of the table, and what its rows rest on where the table does not say.
COLUMNS_OF = {dataset.table: dataset.columns for dataset in DATASETS} | {"mart.opportunity": BY_NAME["mart.opportunity"].columns}

#: Sums of 64-bit hashes as whole numbers: the same for the same rows in any order, and a row twice does not cancel itself.
_SUMMED = "SELECT count(*), coalesce(sum(hash({columns})::HUGEINT), 0) FROM ({rows})"


def compare(tables_dir: Path, out_dir: Path, files: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """One finding for each exported table and format; `files` are the manifest's entries (`path`, `table`)."""
    paths: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for file in files:
        path = out_dir / file["path"]
        if file.get("table") in SELECTIONS and path.suffix in _LOOK:
            paths[file["table"], path.suffix].append(path)
    with parquet.connect() as con:
        for table in TABLES:
            parquet.create_view(con, table, parquet.path_of(tables_dir, table))
        promised = {("mart.opportunity", suffix) for suffix in _LOOK} | {
            (dataset.table, Path(name).suffix)
            for dataset in DATASETS
            for name in (dataset.parquet, dataset.csv, dataset.json_lines)
            if name is not None
        }
        found = [_finding(con, table, suffix, paths[table, suffix]) for table, suffix in sorted(promised.union(paths))]
        return [*found, *_nobody_private(con, paths["core.organisation", ".parquet"])]


def _finding(con: duckdb.DuckDBPyConnection, table: str, suffix: str, paths: list[Path]) -> Finding:
    meaning = f"the {suffix} files hold {'the rows of' if suffix == '.parquet' else 'as many rows as'} the table"
    try:
        wrong = list((_LOOK[suffix] if paths else _no_file)(con, table, paths))
    except duckdb.Error as error:
        wrong = [f"cannot be read back: {str(error).splitlines()[0]}"]
    detail = f"expected: {meaning}; found: {'; '.join(wrong)}" if wrong else f"holds: {meaning}"
    return Finding(f"export_equals_table{suffix.replace('.', '_')}", table, "error", not wrong, len(wrong), detail)


def _no_file(con: duckdb.DuckDBPyConnection, table: str, _paths: list[Path]) -> Iterator[str]:
    """A table without rows has no region, and so no file of its opportunities."""
    rows = con.execute(f"SELECT count(*) FROM ({SELECTIONS[table]})").fetchall()[0][0]
    if rows:
        yield f"no file, {rows} rows in the table"


def _parquet(con: duckdb.DuckDBPyConnection, table: str, paths: list[Path]) -> Iterator[str]:
    names = BY_NAME[table].columns
    columns = ddl.identifiers(names)
    # The text of a folder's name stays text: region 007 is not region 7.
    exported = f"SELECT {columns} FROM read_parquet({_list(paths)}, hive_partitioning = true, hive_types_autocast = false)"
    expected = f"SELECT {columns} FROM ({SELECTIONS[table]})"
    (rows, written), (same, held) = (
        con.execute(_SUMMED.format(columns=columns, rows=rows)).fetchall()[0] for rows in (expected, exported)
    )
    if rows != same:
        yield f"{same} rows, {rows} in the table"
    if written != held:
        key = ddl.identifiers(BY_NAME[table].key)
        for what, more, less in (("missing or changed", expected, exported), ("not in the table", exported, expected)):
            ids = con.execute(f"SELECT {key} FROM ({more} EXCEPT ALL {less}) ORDER BY ALL LIMIT 3").fetchall()
            if ids:
                yield f"{what}, e.g. {'; '.join(' / '.join(map(str, id_)) for id_ in ids)}"


def _csv(con: duckdb.DuckDBPyConnection, table: str, paths: list[Path]) -> Iterator[str]:
    options = (
        "header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', new_line = '\\r\\n', auto_detect = false"
    )
    columns = json.dumps(dict.fromkeys(COLUMNS_OF[table], "VARCHAR"))
    yield from _count(con, table, f"read_csv({_list(paths)}, columns = {columns.replace(chr(34), chr(39))}, {options})")


def _json_lines(con: duckdb.DuckDBPyConnection, table: str, paths: list[Path]) -> Iterator[str]:
    yield from _count(con, table, f"read_ndjson_objects({_list(paths)})")


def _count(con: duckdb.DuckDBPyConnection, table: str, files: str) -> Iterator[str]:
    (expected,), (found,) = (
        con.execute(f"SELECT count(*) FROM {rows}").fetchall()[0] for rows in (f"({SELECTIONS[table]})", files)
    )
    if found != expected:
        yield f"{found} rows, {expected} in the table"


def _nobody_private(con: duckdb.DuckDBPyConnection, paths: list[Path]) -> Iterator[Finding]:
    """Asked of the file itself, whatever the selection says."""
    if not paths:
        return
    named = con.execute(f"SELECT organisation_id FROM read_parquet({_list(paths)}) WHERE is_natural_person ORDER BY 1").fetchall()
    examples = "; ".join(str(id_) for (id_,) in named[:3])
    meaning = "no natural person is exported"
    detail = f"expected: {meaning}; found {len(named)}, e.g. {examples}" if named else f"holds: {meaning}"
    yield Finding("export_names_no_person", "core.organisation", "error", not named, len(named), detail)


def _list(paths: list[Path]) -> str:
    return "[" + ", ".join(ddl.literal(str(path)) for path in paths) + "]"


_LOOK = {".parquet": _parquet, ".csv": _csv, ".jsonl": _json_lines}
