"""Reads tonight's files of one source and decides whether they are whole enough to use.

A file that cannot be read, or holds fewer rows than the register's floor, gives way to the last good snapshot; a source
with neither stops the run with the reason, before anything is published.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.night import Night, SourceOrder
from assets.snapshots.take import TakenFile, fall_back
from sources.frame import read_register
from sources.register import ReadReport, RegisterError


@dataclass(frozen=True)
class ReadFile:
    """One file read: what it came to, in the words of `meta.source_run`."""

    taken: TakenFile
    rows: Path
    report: ReadReport


def read_source(night: Night, order: SourceOrder, taken: Sequence[TakenFile]) -> list[ReadFile]:
    """Rows of every file of a source as Parquet. Raises RegisterError where a file and its last good stand-in both fail."""
    return [_read_file(night, order, file) for file in taken]


def _read_file(night: Night, order: SourceOrder, file: TakenFile) -> ReadFile:
    try:
        return _attempt(night, order, file)
    except RegisterError as error:
        stand_in = fall_back(
            order.register, file, store=night.store, as_of=night.as_of, now_utc=night.started_at_utc, reason=str(error)
        )
        if stand_in.path is None:
            raise
        return _attempt(night, order, stand_in)


def _attempt(night: Night, order: SourceOrder, file: TakenFile) -> ReadFile:
    register = order.register
    if file.path is None:
        raise RegisterError(f"{register.name}: {file.message or 'no file'}")
    rows = night.write_to(f"rows/{register.name}-{file.file_number}.parquet")
    report = read_register(register, file.path, order.options, rows)
    if report.read < register.floor:
        raise RegisterError(
            f"{register.name}: {report.read} rows, fewer than its floor of {register.floor}; the download may be cut short. "
            "Look at the file; if the register really shrank, lower the floor in its module."
        )
    return ReadFile(file, rows, report)


def save(files: Sequence[ReadFile], path: Path) -> None:
    """Keeps what reading came to beside the rows, for the stages that report it."""
    path.write_text(json.dumps([_plain(f) for f in files], default=str), "utf-8")


def _plain(file: ReadFile) -> dict[str, Any]:
    return {
        "taken": asdict(file.taken),
        "rows": str(file.rows),
        "read": file.report.read,
        "kept": file.report.kept,
        "rejected": [asdict(r) for r in file.report.rejected],
        "unknown_columns": file.report.unknown_columns,
    }


def load_taken(path: Path) -> list[TakenFile]:
    """The files a snapshot asset noted."""
    found = []
    for item in json.loads(path.read_text("utf-8")):
        item["path"] = Path(item["path"]) if item["path"] else None
        item["fetched_on"] = date.fromisoformat(item["fetched_on"]) if item["fetched_on"] else None
        found.append(TakenFile(**item))
    return found


def load(path: Path) -> list[dict[str, Any]]:
    """What `save` kept."""
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found
