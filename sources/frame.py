"""Reads one file of any register into the rows every later stage expects, setting bad rows aside.

Belongs here: the frame's columns and types, and the way of a row from file to Parquet. Does not: bytes to rows of text
(`bulk.py`, `tables.py`), which rows stay (`judging.py`), what a column means (the register's module) or where the bytes came
from (`assets/snapshots`).

Memory does not grow with the file: rows are streamed in Arrow blocks into a DuckDB file on disk, which sorts and joins within
a memory limit; small registers are read row by row and batched.
"""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from sources.bulk import PLACE, load_csv, raw_table, stream
from sources.judging import duckdb_type, judge, quote
from sources.register import (
    EDGE_ROW,
    ORGANISATION_ROW,
    PROGRAMME_ROW,
    Audit,
    CsvRegister,
    Options,
    Outside,
    ReadReport,
    RecordRegister,
    Register,
    RegisterError,
    Rejected,
    TablesRegister,
)
from sources.tables import create_tables, load_tables

#: The frame of each kind of register, and the column besides the id that no row may lack.
FRAMES = {"organisation": (ORGANISATION_ROW, "name"), "programme": (PROGRAMME_ROW, "title"), "edge": (EDGE_ROW, "receiver_name")}

#: Rows per Arrow batch handed on; large enough for vector work, small enough to stay in cache.
BATCH_ROWS = 20_000

#: What DuckDB may hold in memory while rows stream through and are sorted; beyond that it sorts on disk. Two threads, since each
#: holds buffers of its own and the reader that feeds them is one.
DUCKDB_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "160MB",
    "threads": 2,
    "enable_external_file_cache": False,  # it would hold the waiting rows in the memory that sorting needs
}
#: What it may hold beyond that for a SELECT that looks at all rows at once: lists gathered from many rows cannot go to disk.
AMPLE = {"memory_limit": "1GB"}

#: How rows wait to be judged and sorted: packed lightly and in small groups, which is quicker to write than a table of DuckDB
#: and holds little in memory.
_WAITING = "(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 40960, DICTIONARY_SIZE_LIMIT 500)"


def read_register(
    register: Register, paths: Path | Mapping[str, Path], options: Options, into: Path, earlier: Sequence[Path] = ()
) -> ReadReport:
    """Writes the rows of a file to the Parquet file `into` (the frame of what the register yields), sorted by native_id.

    `paths` is the file, or for a `TablesRegister` table -> file. `earlier` are Parquet files of rows this function wrote for
    files of the same source before. Rows without an id or a name, all but one of the rows that share an id, and rows whose id
    is in `earlier` are set aside in the report. Raises RegisterError where the file's structure is not the expected one; `into`
    is then not written.
    """
    schema, title = FRAMES[register.yields]
    report = ReadReport()
    with tempfile.TemporaryDirectory(prefix=f"{into.stem}-", dir=into.parent) as scratch:
        waiting = Path(scratch) / "waiting.parquet"
        streams = isinstance(register, RecordRegister) or (isinstance(register, CsvRegister) and register.row_wise)
        # The order of rows on their way is free: each knows its place.
        config = DUCKDB_CONFIG | ({} if streams else AMPLE) | {"preserve_insertion_order": False}
        with duckdb.connect(f"{scratch}/tables.duckdb", config=config) as con:
            _fill(con, register, paths, options, waiting, report)
        kept = Path(scratch) / "kept.parquet"
        judged = partial(judge, schema, title, waiting, earlier, kept)
        try:
            # Another database, so that the memory of the first is free for sorting.
            with duckdb.connect(f"{scratch}/frame.duckdb", config=DUCKDB_CONFIG) as con:
                verdict = judged(con)
        except duckdb.OutOfMemoryException:  # rows of unusual width, or thousands that share an id
            with duckdb.connect(f"{scratch}/ample.duckdb", config=DUCKDB_CONFIG | AMPLE) as con:
                verdict = judged(con)
        report.kept, report.filled = verdict.kept, verdict.filled
        report.rejected += verdict.set_aside
        report.outside |= verdict.outside
        left_out = sum(report.outside.values())
        if report.read != report.kept + len(report.rejected) + left_out:
            raise RegisterError(
                f"{register.name}: read {report.read} rows but kept {report.kept}, set aside {len(report.rejected)} and left out "
                f"{left_out}."
            )
        kept.replace(into)
    return report


# --- every kind of register into the waiting rows ---------------------------------------------------------------------
def _fill(
    con: duckdb.DuckDBPyConnection,
    register: Register,
    paths: Path | Mapping[str, Path],
    options: Options,
    waiting: Path,
    report: ReadReport,
) -> None:
    """Writes the file `waiting`: row_number, the columns of the register's frame, and `outside`."""
    schema, _ = FRAMES[register.yields]

    def keep(select: str) -> str:
        return f"COPY ({select}) TO '{quote(waiting)}' {_WAITING}"

    if isinstance(register, TablesRegister):
        create_tables(con, register)
        shape = _shape(con, register.select(options), schema)
        load_tables(con, register, paths if isinstance(paths, Mapping) else {register.main: paths}, report)
        con.execute(keep(shape))
    elif not isinstance(paths, Path):
        raise TypeError(f"{register.name} is read from one file, not from {sorted(paths)}")
    elif isinstance(register, CsvRegister):
        con.execute(raw_table(register.reads or register.header(options)))
        shape = _shape(con, register.select(options), schema)
        con.execute("DROP TABLE raw")
        load_csv(con, register, paths, options, report, keep(shape))
    elif isinstance(register, RecordRegister):
        numbered = schema.append(pa.field("row_number", pa.int64()))
        batches = _record_batches(register, paths, options, numbered, report)
        stream(con, register, paths, "batches", numbered, batches, keep("SELECT *, NULL::VARCHAR AS outside FROM batches"))
    else:
        raise TypeError(f"{register.name}: neither a CsvRegister, a TablesRegister nor a RecordRegister")


def _shape(con: duckdb.DuckDBPyConnection, select: str, schema: pa.Schema) -> str:
    """SQL for the rows of the frame, from what a register's SELECT tells."""
    told = con.sql(select).columns
    columns = [f"{_cell(column, told)} AS {column.name}" for column in schema]
    place = PLACE if PLACE in told else "row_number() OVER ()"
    outside = "outside" if "outside" in told else "NULL"
    return f"SELECT {place} AS row_number, {', '.join(columns)}, CAST({outside} AS VARCHAR) AS outside FROM ({select})"


def _cell(column: pa.Field, told: list[str]) -> str:
    """SQL for one column of the frame: NULL, or an empty list, where the register does not tell it."""
    kind = duckdb_type(column.type)
    value = f"CAST({column.name if column.name in told else 'NULL'} AS {kind})"
    return f"coalesce({value}, [])" if pa.types.is_list(column.type) else value


# --- small and irregular files ---------------------------------------------------------------------------------------
def _record_batches(
    register: RecordRegister, path: Path, options: Options, schema: pa.Schema, report: ReadReport
) -> Iterator[pa.RecordBatch]:
    audit = Audit(register.fields)
    left_out: Counter[str] = Counter()
    with path.open("rb") as data:
        rows = register.parse(data, options, audit)
        while chunk := list(itertools.islice(rows, BATCH_ROWS)):
            numbered = enumerate(chunk, start=report.read + 1)
            kept = [{**_typed(row, schema), "row_number": number} for number, row in numbered if isinstance(row, dict)]
            report.read += len(chunk)
            report.rejected += [row for row in chunk if isinstance(row, Rejected)]
            left_out.update(row.why for row in chunk if isinstance(row, Outside))
            yield pa.RecordBatch.from_pylist(kept, schema=schema)
    report.outside = dict(sorted(left_out.items()))
    report.unknown_columns = audit.unknown
    missing = [name for name in register.mandatory if name not in audit.seen]
    if missing:
        raise RegisterError(
            f"{register.name}: no record has {', '.join(missing)}. Found: "
            f"{', '.join(sorted(audit.seen)[:12]) or 'no records'}. Expected: {', '.join(register.mandatory)}. The register "
            "may have changed its layout; the last good snapshot stays in use."
        )


def _typed(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    unknown = set(row) - set(schema.names) | {"row_number"} & set(row)
    if unknown:
        raise RegisterError(f"a parse yielded columns {sorted(unknown)} that the frame does not have")
    typed = {name: _without_nul(row.get(name)) for name in schema.names}
    for name in schema.names:
        if pa.types.is_list(schema.field(name).type):
            typed[name] = typed[name] or []
        elif schema.field(name).type == pa.date32() and isinstance(typed[name], str):
            typed[name] = pc.cast(pa.scalar(typed[name]), pa.date32()).as_py()
    return typed


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    return [_without_nul(part) for part in value] if isinstance(value, list | tuple) else value
