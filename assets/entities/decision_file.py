"""The file `people/match_decisions.csv`, line by line: read what spreadsheet programs make of it, add a line, take it back.

Belongs here: encoding, separators, guarded cells, the lock. Does not: what the lines mean together (`decisions.py`).
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from warehouse.parquet import sync
from warehouse.spreadsheets import FORMULA_START

FILE = "match_decisions.csv"
MUST_LINK, CANNOT_LINK = "must_link", "cannot_link"
COLUMNS = ("record_id_a", "record_id_b", "decision", "who", "decided_on", "why")

#: Spreadsheet programs save with the separator of the country they run in.
_SEPARATORS = ",;\t"
#: A cell that a spreadsheet would run as a formula gets a quote before it, as in exports. A cell that already looks
#: guarded gets one more, so that every id reads back as it was.
_GUARDED = re.compile("'*" + FORMULA_START.removeprefix("^"))
#: Writing a line takes milliseconds; who holds the file longer than this has hung.
_LOCK_SECONDS = 10.0


class DecisionsFileError(Exception):
    """The file as a whole cannot be read or written; the message says what was found, expected and what to do."""


class Decision(NamedTuple):
    """What a person said about two records. `make_decision` makes one in good order."""

    record_id_a: str
    """The smaller of the two ids."""
    record_id_b: str
    decision: str
    """`must_link` (one body) or `cannot_link` (two)."""
    who: str
    decided_on: date
    why: str = ""
    line: int = 0
    """Where it begins in the file, for messages; 0 where it was not read from one."""

    @property
    def pair(self) -> tuple[str, str]:
        """The two records, smaller id first."""
        return self.record_id_a, self.record_id_b


def make_decision(
    record_id: str, other_id: str, decision: str, who: str, decided_on: date, why: str = "", line: int = 0
) -> Decision:
    """A decision with its two records in order. Raises ValueError, saying why, where it is none."""
    for value in (record_id, other_id):
        if not value or value != value.strip():
            raise ValueError(f"found the record id {value!r}; expected an id without blanks around it")
    if record_id == other_id:
        raise ValueError(f"both ids are {record_id}; expected two different records")
    if decision not in (MUST_LINK, CANNOT_LINK):
        raise ValueError(f"found the decision {decision!r}; expected {MUST_LINK} or {CANNOT_LINK}")
    if not who.strip():
        raise ValueError("who is empty; expected the name of whoever decided")
    a, b = sorted((record_id, other_id))
    return Decision(a, b, decision, who.strip(), decided_on, why.strip(), line)


def read_lines(path: Path) -> tuple[list[Decision], list[str]]:
    """(decisions in the order of the file, what is wrong with the lines set aside). No file is no decisions.

    Raises DecisionsFileError for a file that is not UTF-8, lacks a column or has a quote that never closes.
    """
    text = _text(path)
    layout = _layout(path, text)
    if layout is None:
        return [], []
    decisions, problems = [], []
    for line, cells in list(_records(path, text, layout.separator))[1:]:
        try:
            decisions.append(_decision(layout, line, cells))
        except ValueError as error:
            problems.append(f"line {line} is set aside: {error}.")
    return decisions, problems


def append_decision(path: Path, decision: Decision) -> None:
    """Adds a line at the end, in the file's own layout; nothing before it changes. Makes the file where there is none.

    Raises DecisionsFileError as `read_lines` does, and where another program holds the file.
    """
    with _locked(path):
        text = _text(path)
        layout = _layout(path, text)
        if layout is None:
            layout = _Layout(",", COLUMNS)
            text = _line(layout, dict(zip(COLUMNS, COLUMNS, strict=True)))
        end = "" if text.endswith(("\n", "\r")) else "\r\n"
        _replace(path, text + end + _line(layout, _cells(decision)))


def drop_last(path: Path, decision: Decision) -> None:
    """Takes back the last line that is `decision` as `append_decision` wrote it; whatever others wrote since stays.

    Raises DecisionsFileError where there is no such line any more.
    """
    with _locked(path):
        text = _text(path)
        layout = _layout(path, text)
        line = _line(layout, _cells(decision)) if layout else ""
        before, _, after = text.rpartition(line) if line else ("", "", "")
        if not before.endswith(("\n", "\r")):
            raise DecisionsFileError(
                f"{path} no longer holds the decision on {decision.record_id_a} and {decision.record_id_b} as it was written: "
                "somebody has changed it. Mend it by hand."
            )
        _replace(path, before + after)


class _Layout(NamedTuple):
    """How this file is written."""

    separator: str
    columns: tuple[str, ...]
    """In order, lower case; people may have columns of their own among them."""


def _text(path: Path) -> str:
    """The file's text, a byte order mark included; "" where there is no file."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise DecisionsFileError(f"{path} is not UTF-8 ({error}); save it as CSV UTF-8.") from error


def _layout(path: Path, text: str) -> _Layout | None:
    """What the first line says about the file; None for an empty one."""
    first = next((line for line in text.removeprefix("\ufeff").splitlines() if line.strip()), None)
    if first is None:
        return None
    separator = max(_SEPARATORS, key=first.count)
    _, header = next(_records(path, text, separator))
    columns = tuple(cell.strip().lower() for cell in header)
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise DecisionsFileError(
            f"{path} lacks the columns {', '.join(missing)}; found {', '.join(columns)}. Its first line must hold "
            f"{','.join(COLUMNS)} (and whatever else you note)."
        )
    return _Layout(separator, columns)


def _records(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(line it begins on, cells) of every record that holds anything.

    Strict: a quote that never closes would otherwise swallow every decision behind it without a word.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise DecisionsFileError(
            f"{path} cannot be read from line {begins} on ({error}); look for a double quote that is never closed."
        ) from error


def _decision(layout: _Layout, line: int, cells: list[str]) -> Decision:
    spare = [cell for cell in cells[len(layout.columns) :] if cell.strip()]
    if spare:
        raise ValueError(
            f"found {len(cells)} cells, expected {len(layout.columns)}; put double quotes around a text that holds "
            f"{layout.separator!r}"
        )
    values = dict.fromkeys(COLUMNS, "") | {
        column: _unguarded(cell.strip()) for column, cell in zip(layout.columns, cells, strict=False)
    }
    try:
        day = date.fromisoformat(values["decided_on"])
    except ValueError:
        raise ValueError(f"found the date {values['decided_on']!r}; expected decided_on as YYYY-MM-DD") from None
    return make_decision(
        values["record_id_a"], values["record_id_b"], values["decision"].lower(), values["who"], day, values["why"], line
    )


def _cells(decision: Decision) -> dict[str, str]:
    return {column: str(getattr(decision, column)) for column in COLUMNS}


def _line(layout: _Layout, values: dict[str, str]) -> str:
    """One line as RFC 4180 has it; people's own columns stay empty."""
    out = io.StringIO(newline="")
    cells = [values.get(column, "") for column in layout.columns]
    csv.writer(out, delimiter=layout.separator, lineterminator="\r\n").writerow(_guarded(cell) for cell in cells)
    return out.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if _GUARDED.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _GUARDED.match(cell) else cell


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time; the system lets go of the lock when a process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_LOCK_SECONDS):
            yield
    except Timeout:
        raise DecisionsFileError(f"another program has been writing to {path} for {_LOCK_SECONDS:.0f} s; close it.") from None


def _replace(path: Path, text: str) -> None:
    """Puts a whole new file in the place of the old one, so that nobody ever reads half of it."""
    temporary = path.with_name(f".{path.name}.next")
    temporary.write_bytes(text.encode("utf-8"))
    if path.exists():
        shutil.copymode(path, temporary)  # a file that a team shares stays shared
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)
