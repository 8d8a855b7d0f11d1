"""Reads one file of any register into the rows every later stage expects, setting bad rows aside.

Belongs here: text decoding, header checks, mandatory fields, duplicate ids, Arrow batches. Does not: what a column means
(the register's module says) or where the bytes came from (`assets/snapshots`).

Memory does not grow with the file: bulk text is streamed in Arrow blocks into a DuckDB file on disk, where the register's
SELECT runs with a memory limit; small registers are read row by row and batched.
"""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from sources.register import (
    ORGANISATION_ROW,
    PROGRAMME_ROW,
    CsvRegister,
    Options,
    ReadReport,
    RecordRegister,
    Register,
    RegisterError,
    Rejected,
)

#: Rows per Arrow batch handed on; large enough for vector work, small enough to stay in cache.
BATCH_ROWS = 20_000


def read_register(register: Register, path: Path, options: Options, into: Path) -> ReadReport:
    """Writes the rows of `path` to the Parquet file `into` (`ORGANISATION_ROW` or `PROGRAMME_ROW`), sorted by native_id.

    Rows without an id or a name, and all but one of the rows that share an id, are set aside in the report. Raises
    RegisterError where the file's structure is not the expected one; `into` is then not written.
    """
    schema = PROGRAMME_ROW if register.yields == "programme" else ORGANISATION_ROW
    report = ReadReport()
    scratch = into.with_suffix(".scratch.duckdb")
    scratch.unlink(missing_ok=True)
    con = duckdb.connect(str(scratch), config={"memory_limit": "1GB"})
    try:
        if isinstance(register, CsvRegister):
            _load_csv(con, register, path, options, schema, report)
        elif isinstance(register, RecordRegister):
            batches = _record_batches(register, path, options, schema, report)
            _stream(
                con,
                register,
                path,
                "CREATE TABLE frame AS SELECT row_number() OVER () AS row_number, * FROM batches",
                schema,
                batches,
            )
        else:
            raise TypeError(f"{register.name}: neither a CsvRegister nor a RecordRegister")
        _set_aside(con, register, report)
        kept = con.execute(
            "COPY (SELECT frame.* EXCLUDE (row_number) FROM frame JOIN judged USING (row_number) WHERE reason IS NULL "
            f"ORDER BY native_id) TO '{quote(into)}' (FORMAT parquet, COMPRESSION zstd)"
        ).fetchone()
    finally:
        con.close()
        scratch.unlink(missing_ok=True)
    report.kept = kept[0] if kept else 0
    if report.read != report.kept + len(report.rejected):
        raise RegisterError(
            f"{register.name}: read {report.read} rows but kept {report.kept} and set aside {len(report.rejected)}."
        )
    return report


def _stream(
    con: duckdb.DuckDBPyConnection, register: Register, path: Path, sql: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]
) -> None:
    """Runs `sql` over the view `batches`. What goes wrong while reading comes out as a RegisterError, not as DuckDB's."""
    failures: list[Exception] = []

    def watched() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except Exception as error:
            failures.append(error)
            raise

    con.register("batches", pa.RecordBatchReader.from_batches(schema, watched()))
    try:
        con.execute(sql)
    except duckdb.Error as error:
        cause = failures[0] if failures else error
        if isinstance(cause, RegisterError):
            raise cause from error
        raise RegisterError(
            f"{register.name}: {path.name} cannot be read ({type(cause).__name__}: {cause}). Expected {register.title}; check "
            "that the download is the register's own file and whole."
        ) from error
    finally:
        con.unregister("batches")


def quote(path: Path) -> str:
    """A path inside a single-quoted SQL string."""
    return str(path).replace("'", "''")


# --- bulk files ------------------------------------------------------------------------------------------------------
def _load_csv(
    con: duckdb.DuckDBPyConnection, register: CsvRegister, path: Path, options: Options, schema: pa.Schema, report: ReadReport
) -> None:
    """Streams the file into the table `raw` and shapes it into the table `frame`."""
    rejected: list[Rejected] = []

    def bad_row(row: pacsv.InvalidRow) -> str:
        # Only the first cell is kept: the rest of a broken line may hold a person's name. Arrow counts the header too.
        first = (row.text or "").split(",", 1)[0].strip('" ')[:40] or None
        reason = f"{row.actual_columns} cells where the header has {row.expected_columns}"
        rejected.append(Rejected(max(1, (row.number or 1) - 1), first, reason))
        return "skip"

    encoding = _encoding(register, path)
    names = _match_header(register, options, _header(register, options, path, encoding), report)
    text = pa.schema([(name, pa.string()) for name in names])

    def batches() -> Iterator[pa.RecordBatch]:
        reader = pacsv.open_csv(
            path,
            # Row numbers of bad rows are only given by the single-threaded reader.
            read_options=pacsv.ReadOptions(
                encoding=encoding, use_threads=False, block_size=4 << 20, column_names=names, skip_rows=1
            ),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=bad_row),
            convert_options=pacsv.ConvertOptions(column_types=text),
        )
        for batch in reader:
            yield _trimmed(batch, text)

    _stream(con, register, path, "CREATE TABLE raw AS SELECT row_number() OVER () AS file_row, * FROM batches", text, batches())
    rows = con.execute("SELECT count(*) FROM raw").fetchone()
    report.read = (rows[0] if rows else 0) + len(rejected)
    report.rejected += rejected
    select = register.select(options)
    found = con.sql(select).columns
    columns = [f"CAST({_present(column, found)} AS {_duckdb_type(column.type)}) AS {column.name}" for column in schema]
    # A row's place in the file is its place among the good rows, and one more for each broken line before it.
    con.execute("CREATE TABLE broken (place BIGINT)")
    for earlier, row in enumerate(sorted(rejected, key=lambda r: r.row_number)):
        con.execute("INSERT INTO broken VALUES (?)", [row.row_number - earlier])
    place = "file_row" if "file_row" in found else "row_number() OVER ()"
    con.execute(
        "CREATE TABLE frame AS SELECT file_row + (SELECT count(*) FROM broken WHERE place <= file_row) AS row_number, "
        f"* EXCLUDE (file_row) FROM (SELECT {place} AS file_row, {', '.join(columns)} FROM ({select}))"
    )


def _header(register: CsvRegister, options: Options, path: Path, encoding: str) -> list[str]:
    """The file's first line as column names. Raises RegisterError where there is none."""
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as handle:
        try:
            return next(csv.reader(handle))
        except (StopIteration, csv.Error) as error:
            raise RegisterError(
                f"{register.name}: {path.name} has no header line; it may be empty. Expected: "
                f"{', '.join(register.header(options))}. Download it again."
            ) from error


def _present(column: pa.Field, found: list[str]) -> str:
    if column.name in found:
        return column.name
    return "[]" if pa.types.is_list(column.type) else "NULL"


def _duckdb_type(kind: pa.DataType) -> str:
    names = {pa.string(): "VARCHAR", pa.float64(): "DOUBLE", pa.int64(): "BIGINT", pa.date32(): "DATE"}
    return "VARCHAR[]" if pa.types.is_list(kind) else names[kind]


def _encoding(register: CsvRegister, path: Path) -> str:
    """The register's own encoding, or Windows-1252 where the bytes are not valid in it, as in old exports.

    The whole file is looked at, since one name far down may hold the only accent. Raises RegisterError where neither fits.
    """
    for encoding in (register.encoding, "cp1252"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as handle:
                while block := handle.read(4 << 20):
                    decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise RegisterError(
        f"{register.name}: {path.name} is no text in {register.encoding} or Windows-1252; the download may be damaged or packed. "
        "Download it again."
    )


def _match_header(register: CsvRegister, options: Options, found: list[str], report: ReadReport) -> list[str]:
    """The file's columns under the register's own spelling. Raises RegisterError naming what is missing."""
    key = lambda name: re.sub(r"[^a-z0-9]", "", name.lower())  # noqa: E731 - a name for a one-line rule
    expected = {key(name): name for name in register.header(options)}
    missing = [name for k, name in expected.items() if k not in {key(f) for f in found}]
    if missing:
        raise RegisterError(
            f"{register.name}: columns {missing} are missing. Found: {', '.join(found[:12])}. Expected: "
            f"{', '.join(expected.values())}. The register may have changed its layout; the last good snapshot stays in use."
        )
    report.unknown_columns = tuple(f for f in found if key(f) not in expected)
    return [expected.get(key(f), f) for f in found]


def _trimmed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch without blanks around its text; blank cells become NULL."""
    columns = []
    for column in batch.columns:
        trimmed = pc.utf8_trim_whitespace(column)
        columns.append(pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


# --- small and irregular files ---------------------------------------------------------------------------------------
def _record_batches(
    register: RecordRegister, path: Path, options: Options, schema: pa.Schema, report: ReadReport
) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as stream:
        rows = register.parse(stream, options)
        while chunk := list(itertools.islice(rows, BATCH_ROWS)):
            report.read += len(chunk)
            report.rejected += [row for row in chunk if isinstance(row, Rejected)]
            kept = [_typed(row, schema) for row in chunk if not isinstance(row, Rejected)]
            yield pa.RecordBatch.from_pylist(kept, schema=schema)


def _typed(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    unknown = set(row) - set(schema.names)
    if unknown:
        raise RegisterError(f"a parse yielded columns {sorted(unknown)} that the frame does not have")
    typed = {name: row.get(name) for name in schema.names}
    for name in schema.names:
        if pa.types.is_list(schema.field(name).type):
            typed[name] = typed[name] or []
        elif schema.field(name).type == pa.date32() and isinstance(typed[name], str):
            typed[name] = pc.cast(pa.scalar(typed[name]), pa.date32()).as_py()
    return typed


# --- what holds for every register -----------------------------------------------------------------------------------
_JUDGE = """
CREATE TABLE judged AS
SELECT row_number, native_id,
       CASE
           WHEN native_id IS NULL THEN 'no id'
           WHEN {title} IS NULL THEN 'no {title}'
           -- Ordered by content, so that the row kept does not depend on its place in the file.
           WHEN row_number() OVER (PARTITION BY native_id ORDER BY content, row_number) > 1 THEN 'id occurs more than once'
       END AS reason
FROM (
    SELECT row_number, native_id, {title}, to_json({ {content} })::VARCHAR AS content FROM frame
)
"""


def _set_aside(con: duckdb.DuckDBPyConnection, register: Register, report: ReadReport) -> None:
    """Fills the table `judged` and the report with rows without id or name and with repeats of an id."""
    title = "title" if register.yields == "programme" else "name"
    columns = [row[0] for row in con.execute("DESCRIBE frame").fetchall() if row[0] != "row_number"]
    content = ", ".join(f"'{name}': {name}" for name in columns)
    con.execute(_JUDGE.replace("{title}", title).replace("{content}", content))
    bad = con.execute("SELECT row_number, native_id, reason FROM judged WHERE reason IS NOT NULL ORDER BY row_number").fetchall()
    report.rejected += [Rejected(number, native_id, reason) for number, native_id, reason in bad]
