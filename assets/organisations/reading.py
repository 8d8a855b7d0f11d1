"""Reads tonight's files of one source and decides whether they are whole enough to use.

Belongs here: choosing between tonight's file, the last good one and none. Does not: fetching (`assets/snapshots`), what a row
means (`sources/`), keeping rows from night to night (`row_cache.py`).

A file that cannot be read, or holds fewer rows than the register's floor, gives way to the last good snapshot. A source with
neither is missing: the run goes on without it and says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from assets.night import Night, SourceOrder
from assets.organisations.row_cache import RowCache
from assets.snapshots.take import TakenFile, fall_back
from sources.register import ReadReport, RegisterError, TablesRegister


@dataclass(frozen=True)
class ReadFile:
    """One file read: what it came to, in the words of `meta.source_run`."""

    taken: TakenFile
    rows: Path | None
    """Parquet file of the rows; None where the file is missing, or only adds to the rows of another."""
    report: ReadReport


def read_source(night: Night, order: SourceOrder, taken: Sequence[TakenFile]) -> list[ReadFile]:
    """Rows of every file of a source as Parquet files of this run."""
    numbered = [replace(file, file_number=number) for number, file in enumerate(taken, start=1)]
    cache = RowCache(night.root / "rows")
    if isinstance(order.register, TablesRegister):
        return _read_tables(night, order, order.register, numbered, cache)
    found: list[ReadFile] = []
    for file in numbered:
        found.append(_read_file(night, order, file, cache, [f.rows for f in found if f.rows is not None]))
    return found


def _read_file(night: Night, order: SourceOrder, file: TakenFile, cache: RowCache, earlier: list[Path]) -> ReadFile:
    if file.path is None:
        return ReadFile(file, None, ReadReport())
    try:
        return _attempt(night, order, file, {file.slot: file}, cache, earlier)
    except RegisterError as error:
        stand_in = _stand_in(night, order, file, error)
        if stand_in.path is None:
            return ReadFile(stand_in, None, ReadReport())
    try:
        return _attempt(night, order, stand_in, {stand_in.slot: stand_in}, cache, earlier)
    except RegisterError as error:
        return ReadFile(_missing(stand_in, str(error)), None, ReadReport())


def _read_tables(
    night: Night, order: SourceOrder, register: TablesRegister, taken: list[TakenFile], cache: RowCache
) -> list[ReadFile]:
    """Rows of a register of several tables; they are accounted to the main table's file.

    Only a table at fault gives way to its last good file: the others that came tonight are in order.
    """
    tables = {file.slot: file for file in taken}
    at_fault: set[str] = set()
    while tables[register.main].path is not None:
        try:
            whole = _attempt(night, order, tables[register.main], tables, cache, [])
        except RegisterError as error:
            slot = error.table or register.main
            stand_in = _missing(tables[slot], str(error)) if slot in at_fault else _stand_in(night, order, tables[slot], error)
            tables[slot] = stand_in
            at_fault.add(slot)
        else:
            return [whole if slot == register.main else ReadFile(file, None, ReadReport()) for slot, file in tables.items()]
    return [ReadFile(file, None, ReadReport()) for file in tables.values()]


def _attempt(
    night: Night, order: SourceOrder, file: TakenFile, files: dict[str, TakenFile], cache: RowCache, earlier: list[Path]
) -> ReadFile:
    """The rows of `files`, accounted to `file`. Raises RegisterError where they are no good."""
    register = order.register
    if file.path is None:
        raise RegisterError(f"{register.name}: {file.message or 'no file'}")
    rows = night.write_to(f"rows/{register.name}-{file.file_number}.parquet")
    report = cache.rows(order, files, earlier, rows)
    if report.read < register.floor:
        raise RegisterError(
            f"{register.name}: {report.read} rows, fewer than its floor of {register.floor}; the download may be cut short. "
            "Look at the file; if the register really is that small, set `floor:` of the source in the profile."
        )
    return ReadFile(file, rows, report)


def _stand_in(night: Night, order: SourceOrder, file: TakenFile, error: RegisterError) -> TakenFile:
    """The last good file, where what arrived proved no good; numbered as the file it stands in for.

    Bytes the published version was made of are not withdrawn: if they cannot be read tonight, the fault is in the reading.
    """
    if file.sha256 in _read_before(night.published):
        return _missing(file, f"{error} The same bytes were read in good order before: the program or the profile has changed.")
    found = fall_back(
        order.register, file, store=night.store, as_of=night.as_of, now_utc=night.started_at_utc, reason=str(error),
        max_age_days=order.max_age_days, offline=night.offline,
    )  # fmt: skip
    return replace(found, file_number=file.file_number)


@cache
def _read_before(warehouse: Path | None) -> frozenset[str]:
    """Hashes of the files the published version was made of."""
    if warehouse is None:
        return frozenset()
    with duckdb.connect(str(warehouse), read_only=True) as con:
        rows = con.execute("SELECT sha256 FROM meta.source_run WHERE sha256 IS NOT NULL").fetchall()
    return frozenset(sha256 for (sha256,) in rows)


def _missing(file: TakenFile, reason: str) -> TakenFile:
    return replace(
        file, path=None, sha256=None, bytes=None, fetch_status="missing", fetched_on=None, stale_days=None, message=reason
    )


def save(files: Sequence[ReadFile], path: Path) -> None:
    """Keeps what reading came to beside the rows, for the stages that report it."""
    path.write_text(json.dumps([_plain(f) for f in files], default=str), "utf-8")


def _plain(file: ReadFile) -> dict[str, Any]:
    return {
        "taken": asdict(file.taken),
        "rows": file.rows.name if file.rows else None,
        "read": file.report.read,
        "kept": file.report.kept,
        "rejected": [asdict(r) for r in file.report.rejected],
        "outside": file.report.outside,
        "unknown_columns": list(file.report.unknown_columns),
        "filled": file.report.filled,
    }


def load(path: Path) -> list[dict[str, Any]]:
    """What `save` kept."""
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found
