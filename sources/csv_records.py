"""Rows of a delimited file as dicts, for registers whose rows must be judged one by one (see `RecordRegister`).

Belongs here: encodings, header matching, rows of the wrong width, days. Does not: what a column means. Bulk files that one SELECT
can shape are read by `frame.py` instead.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from sources.register import Audit, RegisterError, Rejected

#: Cells by the register's own spelling of their column; blanks trimmed, empty cells None.
Cells = dict[str, str | None]

#: Characters of a cell: Python's own limit, set anew since it is one for the whole process. A longer cell is an unclosed quote.
_LONGEST_CELL = 131_072
#: Bytes decoded at a time while the encoding is found out.
_BLOCK = 4 << 20


def csv_records(
    stream: BinaryIO, register: str, audit: Audit, known: Sequence[str], mandatory: Sequence[str], *, by_prefix: bool = False
) -> Iterator[tuple[int, Cells | Rejected]]:
    """Each data row with its number (1 = the first after the header), as cells or as set aside for its width.

    UTF-8 with or without BOM, else Windows-1252; NULs dropped. Header cells are matched to `known` by letters and digits
    only and, with `by_prefix`, by their beginning, for columns whose exact wording is unsure. Raises RegisterError where a
    `mandatory` column is missing or the text is no CSV.
    """
    csv.field_size_limit(_LONGEST_CELL)
    text = io.TextIOWrapper(stream, encoding=_encoding(stream), errors="replace", newline="")
    reader = csv.reader(line.replace("\0", "") for line in text)
    try:
        names = _names(next(reader, []), known, by_prefix)
        _demand(register, names, mandatory)
        audit.saw(names)
        number = 0
        for cells in reader:
            if not cells:
                continue  # an empty line is no row
            number += 1
            if len(cells) == len(names):
                yield number, {name: cell.strip() or None for name, cell in zip(names, cells, strict=True)}
            else:
                # Only the first cell is kept: the rest of a broken line may hold a person's name.
                rule = f"{len(cells)} cells where the header has {len(names)}"
                yield number, Rejected(number, cells[0].strip()[:40] or None, rule)
    except csv.Error as error:
        raise RegisterError(
            f"{register}: line {reader.line_num} is no CSV ({error}). Expected comma-separated lines; download the file again."
        ) from error
    finally:
        text.detach()  # the stream is the caller's to close


def iso_day(text: str | None, *patterns: str) -> str | None:
    """The day of a cell written in one of `patterns` (as for `strptime`); None for anything else.

    >>> [iso_day(text, "%d/%m/%Y", "%d %B %Y") for text in ("13/12/2013", "31 March 2019", "31/02/2019", None)]
    ['2013-12-13', '2019-03-31', None, None]
    """
    for pattern in patterns:
        try:
            return datetime.strptime(text or "", pattern).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _encoding(stream: BinaryIO) -> str:
    """UTF-8 where the whole file is valid in it: one name far down may hold the only accent."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := stream.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        stream.seek(0)
    return "utf-8-sig"


def _names(found: list[str], known: Sequence[str], by_prefix: bool) -> list[str]:
    """The header in the register's own spelling; unknown columns keep theirs."""
    spelling = {_key(name): name for name in known}
    names = {cell: spelling[_key(cell)] for cell in found if _key(cell) in spelling}
    if by_prefix:
        for cell in found:
            fitting = [name for key, name in spelling.items() if _key(cell).startswith(key) and name not in names.values()]
            if cell not in names and fitting:
                names[cell] = max(fitting, key=len)
    return [names.get(cell, cell.strip()) for cell in found]


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _demand(register: str, names: list[str], mandatory: Sequence[str]) -> None:
    missing = [name for name in mandatory if name not in names]
    if missing:
        raise RegisterError(
            f"{register}: columns {missing} are missing. Found: {', '.join(names[:12])[:400] or 'no header line'}. Expected: "
            f"{', '.join(mandatory)}. The register may have changed its layout; the last good snapshot stays in use."
        )
