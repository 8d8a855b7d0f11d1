"""Rows into an Excel workbook, streamed, and the same bytes for the same rows.

Belongs here: cells, their limits, and the archive. Does not: which rows and headings (`workbook.py`).

openpyxl makes the frame (sheets, headings, styles, filters); rows are put into it as they come. Its own write-only mode
and xlsxwriter both take several times as long for a cell, and stamp the archive with the time of day.

A text is written as an inline string, a type of cell that cannot be a formula, whatever it starts with.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

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
_DAY_ZERO = date(1899, 12, 30)
#: Not allowed in XML 1.0; Excel calls a file with one of them damaged.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Excel reads `_x0041_` in a text as the character of that number; the first underscore is written so itself.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
#: A text without any of these stands in XML as it is.
_SPECIAL = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff&<>]|_x")
#: zlib's fastest: a fifth larger than its default, in a third of the time.
_LEVEL = 1
_PROPERTIES = "docProps/core.xml"
_END_OF_ROWS = b"</sheetData>"

Rows = Iterable[Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Heading:
    """Heading of a column: its words, how wide it is (characters), and the kind of its cells."""

    title: str
    width: int
    kind: str = TEXT


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, headings, how many rows there will be, and the rows in batches."""

    title: str
    headings: Sequence[Heading]
    count: int
    rows: Rows
    filtered: bool = True


def write_workbook(path: Path, sheets: Sequence[Sheet], as_of: date) -> None:
    """Write the sheets; every date in the file's own records is `as_of`, so that equal rows give equal bytes.

    Raises ValueError where a sheet has other rows than it said.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    frame, styles = _frame(sheets, as_of)
    parts = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(sheets, start=1)}
    with zipfile.ZipFile(frame) as made, zipfile.ZipFile(path, "w", compresslevel=_LEVEL) as archive:
        for name in made.namelist():
            with archive.open(_entry(name, as_of), "w") as part:
                if name not in parts:
                    part.write(made.read(name))
                    continue
                head, end, tail = made.read(name).partition(_END_OF_ROWS)
                part.write(_with_dimension(head, parts[name]))
                for batch in _row_texts(parts[name], styles):
                    part.write(batch.encode())
                part.write(end + tail)


def clean_text(text: str) -> str:
    """The text as a cell may hold it: no illegal character, line ends as Excel has them, and not too long."""
    kept = _ILLEGAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    if len(kept) > MAX_TEXT // 2:  # shorter ones fit, whatever their characters
        kept = kept.encode("utf-16-le")[: MAX_TEXT * 2].decode("utf-16-le", "ignore")
    return kept


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


def _entry(name: str, as_of: date) -> zipfile.ZipInfo:
    """A member of the archive that tells neither the time of day nor the system it was made on."""
    entry = zipfile.ZipInfo(name, date_time=(as_of.year, as_of.month, as_of.day, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    return entry


def _extent(sheet: Sheet) -> str:
    return f"A1:{get_column_letter(len(sheet.headings))}{sheet.count + 1}"


def _with_dimension(head: bytes, sheet: Sheet) -> bytes:
    """The sheet's beginning, telling the extent of all rows instead of the heading's alone."""
    changed, count = re.subn(rb'<dimension ref="[^"]*"', f'<dimension ref="{_extent(sheet)}"'.encode(), head)
    if count != 1:
        raise ValueError(f"found {count} dimensions in the sheet {sheet.title!r} that openpyxl made; expected one")
    return changed


def _row_texts(sheet: Sheet, styles: dict[str, int]) -> Iterator[str]:
    """The rows as XML, a batch at a time."""
    writers = [_writer(heading.kind, get_column_letter(number), styles) for number, heading in enumerate(sheet.headings, start=1)]
    row = 1
    for batch in sheet.rows:
        texts = []
        for values in batch:
            row += 1
            cells = [write(value, row) for write, value in zip(writers, values, strict=True) if value is not None]
            texts.append(f'<row r="{row}">{"".join(cells)}</row>')
        yield "".join(texts)
    if row - 1 != sheet.count:
        raise ValueError(f"the sheet {sheet.title!r} has {row - 1} rows; expected {sheet.count}, as it was counted")


def _writer(kind: str, letter: str, styles: dict[str, int]) -> Callable[[Any, int], str]:
    """What turns a value of a column into its cell."""
    style = styles[kind]
    if kind == TEXT:
        return lambda value, row: f'<c r="{letter}{row}" t="inlineStr"><is><t xml:space="preserve">{_xml(value)}</t></is></c>'
    if kind == DATE:
        return lambda value, row: f'<c r="{letter}{row}" s="{style}"><v>{(value - _DAY_ZERO).days}</v></c>'
    return lambda value, row: f'<c r="{letter}{row}" s="{style}"><v>{value!r}</v></c>'


def _xml(text: str) -> str:
    if len(text) <= MAX_TEXT // 2 and not _SPECIAL.search(text):
        return text  # nearly every cell, in a third of the time
    return escape(_LOOKS_ESCAPED.sub("_x005F_", clean_text(text)))
