"""Bulk delimited text as a stream of Arrow batches: header matched, broken lines set aside, blanks trimmed.

Belongs here: bytes to rows of text, whatever the encoding, and the table or stream `raw` of a `CsvRegister`. Does not: what a
row means or which rows are kept (`frame.py`), opening archives (`archive.py`), registers of several tables (`tables.py`).

One pass, in blocks: memory does not grow with the file.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from sources.archive import open_data
from sources.register import CsvRegister, Options, ReadReport, RegisterError, Rejected

#: Bytes per block: long enough for the longest row known (100 kB), short enough that a few in flight are nothing.
BLOCK_BYTES = 1 << 20
#: Name of the column that holds a row's place in the file, broken lines counted; 1 = first data row.
PLACE = "file_row"
TAB = "\t"


def load_csv(
    con: duckdb.DuckDBPyConnection, register: CsvRegister, path: Path, options: Options, report: ReadReport, run: str
) -> None:
    """Runs the SQL `run` over the rows of `path`, which are called `raw`; `report` learns rows, broken lines and columns.

    `raw` is a table, or for a row-wise register a stream that can be read once. Raises RegisterError where the file is not
    what the register says it is.
    """
    expected = register.header(options)

    def attempt(encoding: str) -> None:
        rejected: list[Rejected] = []
        with open_data(register.name, path, register.member) as data:
            names, unknown = match_header(
                register.name, expected, header(register.name, path, data, encoding, register.delimiter, expected)
            )
            wanted = [name for name in names if register.reads is None or name in register.reads]
            batches = delimited(data, names, wanted, encoding, register.delimiter, rejected)
            schema = raw_schema(wanted)
            if register.row_wise:
                read = stream(con, register, path, "raw", schema, batches, run)
            else:
                read = stream(con, register, path, "batches", schema, batches, "CREATE TABLE raw AS FROM batches")
        if not register.row_wise:
            con.execute(run)
        report.read = read + len(rejected)
        report.rejected += rejected
        report.unknown_columns = unknown

    in_some_encoding(register, path, register.encoding, attempt)


def in_some_encoding(register: Any, path: Path, encoding: str, attempt: Callable[[str], None]) -> None:
    """Calls `attempt` with the register's own encoding, or Windows-1252 where the bytes are not valid in it, as in old exports.

    One name far down may hold the only accent, so an attempt may fail late; it then leaves nothing behind. Raises RegisterError
    where neither fits.
    """
    for candidate in (encoding, "cp1252"):
        try:
            return attempt(candidate)
        except UnicodeDecodeError:
            continue
    raise RegisterError(
        f"{register.name}: {path.name} is no text in {encoding} or Windows-1252; the download may be damaged or packed. "
        "Download it again."
    )


def raw_schema(columns: Sequence[str]) -> pa.Schema:
    """Columns of text and the row's place."""
    return pa.schema([*((name, pa.string()) for name in columns), (PLACE, pa.int64())])


def raw_table(columns: Sequence[str]) -> str:
    """SQL for an empty table `raw` of these columns, which stands in while a SELECT is looked at."""
    names = ", ".join(f'"{name}" VARCHAR' for name in columns)
    return f"CREATE TABLE raw ({names}, {PLACE} BIGINT)"


def stream(
    con: duckdb.DuckDBPyConnection,
    register: Any,
    path: Path,
    name: str,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    sql: str,
) -> int:
    """Runs `sql` over the view `name`, the stream of `batches`; gives the number of rows that went through.

    What goes wrong while reading comes out as a RegisterError (or UnicodeDecodeError), not as DuckDB's.
    """
    failures: list[Exception] = []
    rows = 0

    def watched() -> Iterator[pa.RecordBatch]:
        nonlocal rows
        try:
            for batch in batches:
                rows += batch.num_rows
                yield batch
        except Exception as error:
            failures.append(error)
            raise

    con.register(name, pa.RecordBatchReader.from_batches(schema, watched()))
    try:
        con.execute(sql)
    except duckdb.Error as error:
        cause = failures[0] if failures else error
        if isinstance(cause, RegisterError | UnicodeDecodeError):
            raise cause from error
        raise RegisterError(
            f"{register.name}: {path.name} cannot be read ({type(cause).__name__}: {cause}). Expected {register.title}; check "
            "that the download is the register's own file and whole."
        ) from error
    finally:
        con.unregister(name)
    return rows


# --- header ----------------------------------------------------------------------------------------------------------
def header(source: str, path: Path, data: BinaryIO, encoding: str, delimiter: str, expected: Sequence[str]) -> list[str]:
    """The first line as column names; `data` stands at its beginning again. Raises RegisterError where there is none."""
    text = io.TextIOWrapper(data, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")
    try:
        return next(csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE if delimiter == TAB else csv.QUOTE_MINIMAL))
    except (StopIteration, csv.Error) as error:
        raise RegisterError(
            f"{source}: {path.name} has no header line; it may be empty. Expected: {', '.join(expected)}. Download it again."
        ) from error
    finally:
        text.detach()
        data.seek(0)


def match_header(source: str, expected: Sequence[str], found: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The file's columns under the register's own spelling, and those it does not know.

    Letters and digits are compared, case is ignored. Raises RegisterError naming what is missing.
    """
    own = {_key(name): name for name in expected}
    present = {_key(name) for name in found}
    missing = [name for key, name in own.items() if key not in present]
    if missing:
        raise RegisterError(
            f"{source}: columns {missing} are missing. Found: {', '.join(found[:12])}. Expected: "
            f"{', '.join(expected)}. The register may have changed its layout; the last good snapshot stays in use."
        )
    return [own.get(_key(name), name) for name in found], tuple(name for name in found if _key(name) not in own)


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


# --- rows ------------------------------------------------------------------------------------------------------------
def delimited(
    data: BinaryIO, names: Sequence[str], wanted: Sequence[str], encoding: str, delimiter: str, rejected: list[Rejected]
) -> Iterator[pa.RecordBatch]:
    """Batches of the `wanted` columns among `names`, trimmed, blank cells NULL, and each row's place.

    Broken lines go to `rejected`. Tab-separated text is unquoted, as the Charity Commission writes it; the rest is quoted as
    spreadsheets do.
    """
    tabbed = delimiter == TAB

    def broken(row: pacsv.InvalidRow) -> str:
        # Only the first cell is kept: the rest of a broken line may hold a person's name. Arrow counts the header too.
        first = (row.text or "").split(delimiter, 1)[0].strip('" ')[:40] or None
        rule = f"{row.actual_columns} cells where the header has {row.expected_columns}"
        rejected.append(Rejected(max(1, (row.number or 1) - 1), first, rule))
        return "skip"

    quoting = {"quote_char": False, "escape_char": "\\"} if tabbed else {"newlines_in_values": True}
    reader = pacsv.open_csv(
        CleanText(data, encoding, mend_breaks=tabbed),
        # Row numbers of bad rows are only given by the single-threaded reader.
        read_options=pacsv.ReadOptions(
            encoding=encoding, use_threads=False, block_size=BLOCK_BYTES, column_names=names, skip_rows=1
        ),
        parse_options=pacsv.ParseOptions(delimiter=delimiter, invalid_row_handler=broken, **quoting),
        convert_options=pacsv.ConvertOptions(
            include_columns=wanted,
            column_types={name: pa.string() for name in wanted},
            strings_can_be_null=True,
            null_values=[""],
        ),
        # Arrow's own allocator keeps some 60 MiB that it no longer needs.
        memory_pool=pa.system_memory_pool(),
    )
    schema, good = raw_schema(wanted), 0
    for batch in reader:
        columns = [trimmed(column) for column in batch.columns]
        yield pa.RecordBatch.from_arrays([*columns, _places(good, batch.num_rows, rejected)], schema=schema)
        good += batch.num_rows


def trimmed(column: pa.Array) -> pa.Array:
    """Text without blanks around it; blank cells become NULL."""
    if column.null_count == len(column):
        return column
    text = pc.utf8_trim_whitespace(column)
    # Nothing here shows Arrow a Python value: it would import pandas to look at it, 70 MiB of no use.
    says_something = pc.binary_length(text).cast(pa.bool_())
    return text if pc.all(says_something).as_py() else pc.if_else(says_something, text, pa.nulls(len(text), pa.string()))


def _places(good_before: int, rows: int, rejected: Sequence[Rejected]) -> pa.Array:
    """Places in the file of the next `rows` good rows: their count among the good rows, and one for each broken line before."""
    places = np.arange(good_before + 1, good_before + rows + 1, dtype=np.int64)
    if rejected:
        numbers = np.sort(np.array([row.row_number for row in rejected]))
        places += np.searchsorted(numbers - np.arange(len(numbers)), places, side="right")
    return pa.Array.from_buffers(pa.int64(), rows, [None, pa.py_buffer(places)])


class CleanText(io.RawIOBase):
    """Bytes on their way to a parser: NULs dropped, and proved to be text in one encoding.

    `mend_breaks` joins cells that a line break cut at their end: in the Charity Commission's tab-separated files a line that
    begins with a tab continues the one before. Reading raises UnicodeDecodeError where a byte is not valid.
    """

    def __init__(self, data: BinaryIO, encoding: str, *, mend_breaks: bool = False) -> None:
        super().__init__()
        self._data = data
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._mend_breaks = mend_breaks
        self._held = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, and now and then two more; none at the end."""
        while True:
            block = self._data.read(size)
            self._prove(block)
            text = self._mended(block) if self._mend_breaks else block
            text = text.replace(b"\0", b"")
            if text or not block:
                return text

    def _prove(self, block: bytes) -> None:
        # Decoding is only needed around bytes beyond ASCII, which most blocks have none of.
        if block.isascii() and not self._decoder.getstate()[0] and block:
            return
        self._decoder.decode(block, final=not block)

    def _mended(self, block: bytes) -> bytes:
        joined = self._held + block
        # A line end at the end of the block may be followed by a tab in the next.
        keep = len(joined) - len(joined.rstrip(b"\r\n")) if block else 0
        self._held = joined[len(joined) - keep :]
        return joined[: len(joined) - keep].replace(b"\r\n\t", b"\t")
