"""Rows of a query into an Excel workbook, streamed, and the same bytes for the same rows.

Belongs here: cells, their limits, and the archive. Does not: which rows and headings (`workbook.py`).

openpyxl makes the frame (sheets, headings, styles, filters); DuckDB makes the rows' XML, which is put into it as it comes. Cells
made in Python, by openpyxl's write-only mode, xlsxwriter or a loop of our own, take several times as long.

A text is written as an inline string, a type of cell that cannot be a formula, whatever it starts with.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.xml.functions import tostring

#: Limits of Excel: rows of a sheet below the heading, and characters (UTF-16) of a cell.
MAX_ROWS = 1_048_575
MAX_TEXT = 32_767
#: Kinds of column.
TEXT, WHOLE, ONE_DECIMAL, TWO_DECIMALS, DATE = "text", "whole", "one_decimal", "two_decimals", "date"
_FORMATS = {WHOLE: "#,##0", ONE_DECIMAL: "0.0", TWO_DECIMALS: "0.00", DATE: "yyyy-mm-dd"}
#: Excel counts days from here (its 1900 is off by one, which shows before March 1900 only).
_DAY_ZERO = "DATE '1899-12-30'"
#: Not allowed in XML 1.0; Excel calls a file with one of them damaged. (DuckDB's texts hold no surrogates.)
_ILLEGAL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
#: A text without any of these stands in XML as it is.
_SPECIAL = r"[\x00-\x08\x0b-\x1f\x{fffe}\x{ffff}&<>]|_x"
#: Characters that count as two for Excel.
_ASTRAL = r"([\x{10000}-\x{10ffff}])"
#: zlib's fastest: a fifth larger than its default, in a third of the time.
_LEVEL = 1
_PROPERTIES = "docProps/core.xml"
_END_OF_ROWS = b"</sheetData>"
#: Rows fetched at once: some 5 MB.
_BATCH = 2_048


@dataclass(frozen=True)
class Heading:
    """Heading of a column: its words, how wide it is (characters), and the kind of its cells."""

    title: str
    width: int
    kind: str = TEXT


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, its headings, and the query of its rows: a cell's SQL for each heading, what stands from FROM on, and
    the order of the rows, which must be total. Rows beyond `count` are left out."""

    title: str
    headings: Sequence[Heading]
    cells: Sequence[str]
    source: str
    order: str
    parameters: Mapping[str, Any]
    count: int
    filtered: bool = True


def write_workbook(con: duckdb.DuckDBPyConnection, path: Path, sheets: Sequence[Sheet], as_of: date) -> None:
    """Write the sheets; every date in the file's own records is `as_of`, so that equal rows give equal bytes.

    Raises ValueError where a sheet has fewer rows than it said.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    frame, styles = _frame(sheets, as_of)
    parts = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(sheets, start=1)}
    with zipfile.ZipFile(frame) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name in made.namelist():
            # By its name, so that every member is of 1980-01-01: no time of day is told.
            with archive.open(name, "w") as part:
                if name not in parts:
                    part.write(made.read(name))
                    continue
                head, end, tail = made.read(name).partition(_END_OF_ROWS)
                part.write(_with_dimension(head, parts[name]))
                for batch in _row_texts(con, parts[name], styles):
                    part.write(batch)
                part.write(end + tail)


def _frame(sheets: Sequence[Sheet], as_of: date) -> tuple[io.BytesIO, dict[str, int]]:
    """(the workbook without its rows, number of the style of each kind)."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        for number, heading in enumerate(sheet.headings, start=1):
            cell = page.cell(row=1, column=number)
            cell.value, cell.data_type = heading.title, "s"
            cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
            page.column_dimensions[get_column_letter(number)].width = heading.width
        page.freeze_panes = "A2"
        if sheet.filtered:
            page.auto_filter.ref = _extent(sheet)
    styles = {TEXT: 0}
    samples = book.create_sheet("styles")
    for row, (kind, number_format) in enumerate(_FORMATS.items(), start=1):
        sample = samples.cell(row=row, column=1)
        sample.number_format = number_format
        styles[kind] = sample.style_id
    book.remove(samples)
    frame = io.BytesIO()
    book.save(frame)
    moment = datetime.combine(as_of, time())
    book.properties.creator, book.properties.created, book.properties.modified = "partner discovery", moment, moment
    return _with_properties(frame, tostring(book.properties.to_tree())), styles


def _with_properties(frame: io.BytesIO, properties: bytes) -> io.BytesIO:
    """The frame with these properties: openpyxl puts the time of day into them when it saves."""
    changed = io.BytesIO()
    with zipfile.ZipFile(frame) as made, zipfile.ZipFile(changed, "w") as archive:
        for name in made.namelist():
            archive.writestr(name, properties if name == _PROPERTIES else made.read(name))
    return changed


def _extent(sheet: Sheet) -> str:
    return f"A1:{get_column_letter(len(sheet.headings))}{sheet.count + 1}"


def _with_dimension(head: bytes, sheet: Sheet) -> bytes:
    """The sheet's beginning, telling the extent of all rows instead of the heading's alone."""
    changed, count = re.subn(rb'<dimension ref="[^"]*"', f'<dimension ref="{_extent(sheet)}"'.encode(), head)
    if count != 1:
        raise ValueError(f"found {count} dimensions in the sheet {sheet.title!r} that openpyxl made; expected one")
    return changed


def _row_texts(con: duckdb.DuckDBPyConnection, sheet: Sheet, styles: dict[str, int]) -> Iterator[bytes]:
    """The rows as XML, a batch at a time; the heading is row 1."""
    values = ", ".join(f"{sql} AS c{number}" for number, sql in enumerate(sheet.cells, start=1))
    cells = ", ".join(_cell(number, heading.kind, styles) for number, heading in enumerate(sheet.headings, start=1))
    # Numbering with an empty OVER keeps the order of the rows, as DuckDB's manual promises; no second sort, of wide texts.
    query = f"""
SELECT concat('<row r="', n, '">', {cells}, '</row>') FROM (
  SELECT *, (row_number() OVER () + 1)::VARCHAR AS n FROM (
    SELECT {values} {sheet.source} ORDER BY {sheet.order} LIMIT {sheet.count}
  )
)"""
    rows = 0
    for batch in con.sql(query, params=dict(sheet.parameters)).to_arrow_reader(_BATCH):
        rows += batch.num_rows
        yield "".join(batch.column(0).to_pylist()).encode()
    if rows != sheet.count:
        raise ValueError(f"the sheet {sheet.title!r} has {rows} rows; expected {sheet.count}, as it was counted")


def _cell(number: int, kind: str, styles: dict[str, int]) -> str:
    """SQL of the XML of a row's cell in this column; NULL where it is blank."""
    value, start = f"c{number}", f"""'<c r="{get_column_letter(number)}', n, '" """
    if kind == TEXT:
        parts = f"""{start}t="inlineStr"><is><t xml:space="preserve">', {text_sql(value)}, '</t></is></c>'"""
    else:
        shown = f"{value} - {_DAY_ZERO}" if kind == DATE else value
        parts = f"""{start}s="{styles[kind]}"><v>', {shown}, '</v></c>'"""
    return f"CASE WHEN {value} IS NOT NULL THEN concat({parts}) END"


def text_sql(value: str) -> str:
    """SQL of a text as the XML of a cell holds it: no illegal character, line ends as Excel has them, and not too long.

    Excel reads `_x0041_` as the character of that number, so the underscore of every `_x` is written so itself.
    """
    kept = f"regexp_replace(regexp_replace({value}, '{_ILLEGAL}', '', 'g'), '\\r\\n?', chr(10), 'g')"
    # A character that counts as two is cut as two: an illegal one stands before it meanwhile.
    cut = f"replace(left(regexp_replace({kept}, '{_ASTRAL}', chr(1) || '\\1', 'g'), {MAX_TEXT}), chr(1), '')"
    escaped = f"replace(replace(replace(replace({cut}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '_x', '_x005F_x')"
    return f"CASE WHEN regexp_matches({value}, '{_SPECIAL}') OR strlen({value}) > {MAX_TEXT} THEN {escaped} ELSE {value} END"
