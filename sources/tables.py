"""Registers published as several tables: each file becomes a table of text in DuckDB, whichever way it is written.

Belongs here: JSON arrays with one object a line, tab-separated tables, which tables and columns must be there. Does not: what
a column means (the register's module), joining tables (its SELECT).

JSON is read line by line, so memory does not grow with the file: `[`, the commas that lead or end a line, and `]` are
stripped, and DuckDB takes each object apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa

from sources.archive import open_data
from sources.bulk import BLOCK_BYTES, PLACE, TAB, CleanText, delimited, header, in_some_encoding, match_header, raw_schema, stream
from sources.register import ReadReport, RegisterError, RegisterTable, Rejected, TablesRegister

#: A line of JSON longer than this is no row but a file written on one line.
MAX_LINE_BYTES = 4 * BLOCK_BYTES
_LINES = pa.schema([("line", pa.string()), (PLACE, pa.int64())])
#: Written into SQL as they are.
_BLANKS = " \t\r\n\u00a0"
_BOM = b"\xef\xbb\xbf"
#: What stands around an object on its line.
_AROUND = b"[], \t\r\n"


def create_tables(con: duckdb.DuckDBPyConnection, register: TablesRegister) -> None:
    """Creates every table of the register, empty."""
    for name, table in register.tables.items():
        columns = ", ".join(f'"{column}" VARCHAR' for column in table.columns)
        con.execute(f'CREATE TABLE "{name}" ({PLACE} BIGINT, {columns})')


def load_tables(con: duckdb.DuckDBPyConnection, register: TablesRegister, paths: Mapping[str, Path], report: ReadReport) -> None:
    """Fills the tables from `paths` (table -> file).

    `report.read` counts the rows of the main table and every broken line. Raises RegisterError where a table that must be there
    is missing or no such table.
    """
    strangers = sorted(set(paths) - set(register.tables))
    missing = sorted(name for name, table in register.tables.items() if name not in paths and not table.optional)
    if strangers or missing:
        raise RegisterError(
            f"{register.name}: found tables {sorted(paths)}. Expected: {', '.join(sorted(register.tables))}. "
            f"Missing: {', '.join(missing) or 'none'}; unknown: {', '.join(strangers) or 'none'}. Name each file by its table."
        )
    for name, path in sorted(paths.items()):
        try:
            in_some_encoding(register, path, "utf-8", partial(_load, con, register, name, path, report))
        except RegisterError as error:
            error.table = name
            raise


def _load(
    con: duckdb.DuckDBPyConnection, register: TablesRegister, name: str, path: Path, report: ReadReport, encoding: str
) -> None:
    table = register.tables[name]
    with open_data(register.name, path, f"*{name}.*") as data:
        start = data.read(16).removeprefix(_BOM).lstrip()
        data.seek(0)
        load = _load_json if start[:1] == b"[" else _load_tabbed
        con.execute(f'DELETE FROM "{name}"')
        rows, rejected, unknown = load(con, register, name, table, path, data, encoding)
    report.read += len(rejected) + (rows if name == register.main else 0)
    report.rejected += rejected
    report.unknown_columns += tuple(f"{name}.{column}" for column in unknown)


_Loaded = tuple[int, list[Rejected], tuple[str, ...]]


def _load_tabbed(
    con: duckdb.DuckDBPyConnection,
    register: TablesRegister,
    name: str,
    table: RegisterTable,
    path: Path,
    data: BinaryIO,
    encoding: str,
) -> _Loaded:
    found = header(register.name, path, data, encoding, TAB, table.columns)
    names, _ = match_header(f"{register.name} table {name}", table.columns, found)
    rejected: list[Rejected] = []
    batches = delimited(data, names, table.columns, encoding, TAB, rejected)
    rows = stream(
        con, register, path, "batches", raw_schema(table.columns), batches, f'INSERT INTO "{name}" BY NAME FROM batches'
    )
    return rows, rejected, _unknown(table, names)


def _load_json(
    con: duckdb.DuckDBPyConnection,
    register: TablesRegister,
    name: str,
    table: RegisterTable,
    path: Path,
    data: BinaryIO,
    encoding: str,
) -> _Loaded:
    source = f"{register.name} table {name}"
    keys = _first_keys(source, path, data)
    match_header(source, table.columns, keys or table.columns)
    shape = json.dumps(dict.fromkeys(table.columns, "VARCHAR"))
    columns = ", ".join(f"""nullif(trim(r."{column}", '{_BLANKS}'), '') AS "{column}\"""" for column in table.columns)
    batches = _line_batches(source, path, data, encoding)
    # A stream is read once, so broken lines pass through the table and leave it again; they come without any value.
    good = "json_valid(line) AND line LIKE '{%'"
    insert = (
        f'INSERT INTO "{name}" BY NAME SELECT CASE WHEN good THEN {PLACE} ELSE -{PLACE} END AS {PLACE}, {columns} FROM ('
        f"SELECT {PLACE}, {good} AS good, json_transform(CASE WHEN {good} THEN line END, '{shape}') AS r FROM batches)"
    )
    rows = stream(con, register, path, "batches", _LINES, batches, insert)
    broken = con.execute(f'DELETE FROM "{name}" WHERE {PLACE} < 0 RETURNING -{PLACE}').fetchall()
    rejected = [Rejected(place, None, "line is no JSON object", name) for (place,) in sorted(broken)]
    return rows - len(rejected), rejected, _unknown(table, keys)


def _unknown(table: RegisterTable, found: Sequence[str]) -> tuple[str, ...]:
    return tuple(column for column in found if column not in table.columns and column not in table.known)


def _first_keys(source: str, path: Path, data: BinaryIO) -> list[str]:
    """Keys of the first object, which are those of all; none where the array is empty. Raises RegisterError for anything else."""
    for _ in range(3):
        line = data.readline(MAX_LINE_BYTES).removeprefix(_BOM).replace(b"\0", b"").strip(_AROUND)
        if line:
            break
    data.seek(0)
    if not line:
        return []
    try:
        first = json.loads(line.decode("utf-8", errors="replace"))
    except ValueError:
        first = None
    if not isinstance(first, dict):
        raise RegisterError(
            f"{source}: {path.name} begins with {line[:40]!r}. Expected an array with one JSON object a line, the comma leading "
            "the next line. The register may have changed its layout; the last good snapshot stays in use."
        )
    return list(first)


def _line_batches(source: str, path: Path, data: BinaryIO, encoding: str) -> Iterator[pa.RecordBatch]:
    """The objects of the array, one a row and without what stands around them, and their places."""
    text, rest, place = CleanText(data, encoding), b"", 0
    while block := text.read(BLOCK_BYTES):
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if len(rest) > MAX_LINE_BYTES:
            raise RegisterError(
                f"{source}: {path.name} has a line of more than {MAX_LINE_BYTES} bytes. Expected one JSON object a line. It may "
                "have been written anew by another program; use the register's own file."
            )
        batch = _line_batch(lines, place, encoding)
        place += batch.num_rows
        yield batch
    yield _line_batch([rest], place, encoding)


def _line_batch(lines: Sequence[bytes], place: int, encoding: str) -> pa.RecordBatch:
    objects = [stripped.decode(encoding) for line in lines if (stripped := line.removeprefix(_BOM).strip(_AROUND))]
    return pa.RecordBatch.from_arrays(
        [pa.array(objects, pa.string()), pa.array(range(place + 1, place + len(objects) + 1), pa.int64())], schema=_LINES
    )
