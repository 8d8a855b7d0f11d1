"""`partners sql`: one question to the published warehouse, answered as a table, CSV or JSON.

Belongs here: what may be asked, and how answers are written. Does not: which file is asked (`cli.py`), nor the questions
themselves (`docs/sql-cookbook.md`).

Two fences: only statements that read are let through; and the connection, which would be enough alone, can neither write, nor
open another file, nor load an extension, nor be told otherwise.
"""

from __future__ import annotations

import csv
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import duckdb
from rich import box
from rich.table import Table
from rich.text import Text

from pipelines.tables import print_whole
from warehouse import spreadsheets
from warehouse.parquet import MEMORY_LIMIT

#: DESCRIBE, SHOW, SUMMARIZE, VALUES, FROM and WITH are SELECTs to DuckDB.
READING = ("SELECT", "EXPLAIN")
#: A sort that does not fit into memory goes to disk, so far and no further.
SPILL_LIMIT = "4GB"
#: Rows taken from DuckDB at a time.
BATCH = 2048
#: Columns of an EXPLAIN, whose plan is a drawing and no table.
EXPLAINED = ["explain_key", "explain_value"]
#: What a terminal would obey, and what would break a line of the table: names and texts of registers are anybody's.
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), " ")

Row = tuple[Any, ...]


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    csv = "csv"
    json = "json"


class QueryError(Exception):
    """The question cannot be answered; says why in DuckDB's words or ours."""


@dataclass
class Answer:
    """Names of the columns, and the rows as they come."""

    columns: list[str]
    rows: Iterator[Row]


def read_query(argument: str | None) -> str:
    """The query as given, or standard input where that is `-` or nothing. Raises `QueryError` for bytes that are no UTF-8."""
    given = sys.stdin.buffer.read() if argument in (None, "-") else os.fsencode(argument)
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QueryError(f"The query is not UTF-8: {error}.") from error


@contextmanager
def asked(database: Path, query: str) -> Iterator[Answer]:
    """Asks the file one question. Raises `QueryError`, also while the rows are read."""
    try:
        with TemporaryDirectory(prefix="partners-sql-") as spill, _connect(database, spill) as con:
            con.execute(_one_that_reads(con, query))
            yield Answer([str(column[0]) for column in con.description or []], _rows(con))
    except duckdb.Error as error:
        raise QueryError(str(error)) from error


def _connect(database: Path, spill: str) -> duckdb.DuckDBPyConnection:
    """Read-only, shut off from all other files, with limits; locked, so that no query can open it again."""
    con = duckdb.connect(
        str(database),
        read_only=True,
        config={
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,  # a table's name never means a variable of this program
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": spill,
            "max_temp_directory_size": SPILL_LIMIT,
        },
    )
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET lock_configuration = true")
    return con


def _one_that_reads(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.Statement:
    statements = con.extract_statements(query)
    if len(statements) != 1:
        raise QueryError(f"One query at a time, please; found {len(statements)}.")
    kind = statements[0].type.name
    if kind == "MULTI":
        raise QueryError("This PIVOT would make a type first; name its values: PIVOT … ON column IN (…).")
    if kind not in READING:
        raise QueryError(f"`partners sql` only reads (SELECT, WITH, FROM, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN); found {kind}.")
    return statements[0]


def _rows(con: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while batch := con.fetchmany(BATCH):
        yield from batch


# --- how it is written ----------------------------------------------------------------------------------------------


def write(answer: Answer, form: Format, limit: int) -> int:
    """The answer on standard output, in UTF-8 wherever it goes; returns how many rows a table leaves out."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    if form is Format.table:
        return write_table(answer, sys.stdout, limit)
    (write_csv if form is Format.csv else write_json)(answer, sys.stdout)
    return 0


def write_table(answer: Answer, out: TextIO, limit: int) -> int:
    """The first rows as a table, fitted to a terminal or, elsewhere, a line a row without colours; returns how many more."""
    if answer.columns == EXPLAINED:
        out.writelines(f"{_shown(line)}\n" for _, plan in answer.rows for line in plan.splitlines())
        return 0
    shown = list(islice(answer.rows, limit))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for number, name in enumerate(answer.columns):
        numeric = all(_is_number(row[number]) for row in shown) and bool(shown)
        table.add_column(Text(_shown(name)), justify="right" if numeric else "left")
    for row in shown:
        table.add_row(*(Text("" if value is None else _shown(_text(value))) for value in row))
    print_whole(table, out)
    return sum(1 for _ in answer.rows)


def write_csv(answer: Answer, out: TextIO) -> None:
    """All rows as CSV, escaped as the exports are (`warehouse/spreadsheets.py`); NULL is an empty cell."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([spreadsheets.guard(name) for name in answer.columns])
    writer.writerows([_csv_cell(value) for value in row] for row in answer.rows)


def write_json(answer: Answer, out: TextIO) -> None:
    """All rows as one JSON array, an object a line: whole for a parser, and a line at a time for everybody else."""
    names = _unique(answer.columns)
    out.write("[")
    for number, row in enumerate(answer.rows):
        line = dict(zip(names, (_plain(value) for value in row), strict=True))
        out.write((",\n" if number else "\n") + json.dumps(line, ensure_ascii=False, allow_nan=False))
    out.write("\n]\n")


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return spreadsheets.guard(spreadsheets.join_list(value))
    return _text(value) if _is_number(value) or isinstance(value, date | time) else spreadsheets.guard(_text(value))


def _text(value: Any) -> str:
    """One value as a person reads it."""
    plain = _plain(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return plain if isinstance(plain, str) else str(value) if isinstance(value, float) else json.dumps(plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A value as JSON holds it: dates in ISO form, numbers as numbers, what JSON has no word for as text or null."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    return value.hex() if isinstance(value, bytes) else str(value)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))


def _shown(text: str) -> str:
    return text.translate(_CONTROL)


def _unique(names: Sequence[str]) -> list[str]:
    """The names, numbered where one would hide another."""
    found: list[str] = []
    for name in names:
        found.append(next(candidate for candidate in _numbered(name) if candidate not in found))
    return found


def _numbered(name: str) -> Iterable[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1
