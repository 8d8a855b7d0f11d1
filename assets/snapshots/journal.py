"""The journal of a source: one JSON line per fetch, in order.

Belongs here: what a line says, and writing and reading lines so that a kill at any moment costs at most the line being
written. Does not: the bytes themselves, and which of them still count (`store.py`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Literal

#: `withdrawn`: the bytes arrived in order but proved no good when read; earlier lines with the same hash do not count.
RecordStatus = Literal["fetched", "not_modified", "local_file", "withdrawn"]


@dataclass(frozen=True, kw_only=True)
class FetchRecord:
    """One fetch of one file of one source."""

    source: str
    slot: str
    """The caller's lasting name for the file within the source; addresses may change from night to night."""
    file_number: int
    """Place of the file in the profile, 1 = first."""
    url: str | None
    """Address asked for, without secrets; None for a local file."""
    final_url: str | None
    fetched_at_utc: str
    """ISO 8601, e.g. `2026-11-22T01:17:00Z`."""
    status: RecordStatus
    etag: str | None
    last_modified: str | None
    content_type: str | None
    sha256: str
    bytes: int
    licence: str
    note: str | None = None
    """Why it was withdrawn."""
    parts: int | None = None
    """How many files the register named that night, of which this is one; None where it is not asked."""
    file_date: str | None = None
    """Day (UTC) a local file was last written: what its age counts from."""
    night: str | None = None
    """Date of the run it was fetched for."""

    @property
    def night_of(self) -> date:
        """Date of the run; older journals say only when it began, in UTC."""
        return date.fromisoformat(self.night or self.fetched_at_utc[:10])


class Journal:
    """The lines of one file. One run at a time writes; any number may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[list[FetchRecord], list[str]]:
        """Records that can be read, oldest first, and a sentence for each line that cannot.

        What follows the last line feed was cut short while it was written; it counts as neither.
        """
        records: list[FetchRecord] = []
        problems: list[str] = []
        lines = self._path.read_bytes().split(b"\n")[:-1] if self._path.exists() else []
        for number, line in enumerate(lines, start=1):
            try:
                record = FetchRecord(**json.loads(line))
                _ = record.night_of  # ValueError where it has no date
                records.append(record)
            except (TypeError, ValueError):
                problems.append(f"{self._path} line {number} is no fetch record; look at it, and delete it if it is junk.")
        return records, problems

    def append(self, record: FetchRecord) -> None:
        """Add one line, on disk when this returns; a line cut short before it is removed."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
            file.write(_line(record))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._path.parent)

    def rewrite(self, records: Iterable[FetchRecord]) -> None:
        """Replace all lines in one step."""
        draft = self._path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.writelines(_line(record) for record in records)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        sync_folder(self._path.parent)


def _line(record: FetchRecord) -> bytes:
    return json.dumps(asdict(record), ensure_ascii=False, sort_keys=True).encode() + b"\n"


def sync_folder(folder: Path) -> None:
    """Make a new or renamed file survive a power cut: the folder's own entry must be on disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
