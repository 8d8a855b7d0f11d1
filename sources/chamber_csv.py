"""Lists a chamber keeps itself, as spreadsheets save them: UTF-8 with or without BOM or Windows-1252, parted by commas,
semicolons or tabs.

Belongs here: reading such a file into rows of the columns asked for. Does not: what the columns mean. Cells are data whatever
they begin with: a name may well start with `=` or `+`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from sources.chamber_member import clean
from sources.register import Audit, RegisterError

#: In the order in which they win a tie.
_DELIMITERS = ",;\t"


def read_rows(
    stream: BinaryIO, register: str, columns: Mapping[str, str], mandatory: tuple[str, ...], audit: Audit
) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Row number and the cells of `columns` (our name -> header cell); a column the file does not have is None in every row.

    Header cells are matched by letters and digits only. Other columns are never read. A line without any cell is no row. Raises
    RegisterError where a mandatory column is missing, or the file is no text.
    """
    lines = io.StringIO(_text(stream, register), newline="")
    head = lines.readline()
    reader = csv.reader(lines, delimiter=max(_DELIMITERS, key=head.count))
    header = next(csv.reader([head], delimiter=max(_DELIMITERS, key=head.count)), [])
    places = {_key(cell): place for place, cell in reversed(list(enumerate(header)))}
    missing = [columns[name] for name in mandatory if _key(columns[name]) not in places]
    if missing:
        raise RegisterError(
            f"{register}: columns {missing} are missing. Found: {', '.join(header[:12])}. Expected: "
            f"{', '.join(columns.values())}. Add them, or say under `options: columns:` what they are called."
        )
    ours = {_key(cell): name for name, cell in columns.items()}
    audit.saw(ours.get(key, key) for key in places if key)
    wanted = [(name, places.get(_key(cell))) for name, cell in columns.items()]
    try:
        filled = (cells for cells in reader if any(cell.strip() for cell in cells))
        for number, cells in enumerate(filled, start=1):
            yield number, {name: clean(cells[at]) if at is not None and at < len(cells) else None for name, at in wanted}
    except csv.Error as error:
        raise RegisterError(f"{register}: the file cannot be read as a table ({error}). Save it as CSV once more.") from error


def columns_of(register: str, default: tuple[str, ...], options: Mapping[str, object]) -> dict[str, str]:
    """Our name -> header cell: the default, changed by the option `columns`. Raises RegisterError for a name that is not ours."""
    given = options.get("columns") or {}
    if not isinstance(given, Mapping) or (unknown := sorted(set(given) - set(default))):
        wrong = unknown if isinstance(given, Mapping) else given
        raise RegisterError(
            f"{register}: option `columns` has {wrong!r}; expected some of {', '.join(default)}: <header of your file>."
        )
    return {name: str(given.get(name, name)) for name in default}


def _text(stream: BinaryIO, register: str) -> str:
    body = stream.read()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return body.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise RegisterError(
        f"{register}: the file is no text in UTF-8 or Windows-1252; expected CSV. A workbook must be saved as CSV."
    )


def _key(cell: str) -> str:
    return re.sub(r"[^a-z0-9]", "", cell.lower())
