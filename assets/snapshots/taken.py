"""What a run is told of one file: where it is to be had, and what it has of it.

Belongs here: `FileOption`, `TakenFile` and its plain form. Does not: bringing files in (`take.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

FetchStatus = Literal["fetched", "not_modified", "local_file", "last_good", "missing"]


@dataclass(frozen=True, kw_only=True)
class FileOption:
    """Where one file of a register is to be had: an address or a file on this machine, never both."""

    slot: str
    """Lasting name of the file within its source: a snapshot only ever stands in for one of the same slot."""
    url: str | None = None
    path: Path | None = None

    def __post_init__(self) -> None:
        if (self.url is None) == (self.path is None):
            found = "neither url nor path" if self.url is None else "both url and path"
            raise ValueError(f"File {self.slot!r} has {found}; give exactly one of them.")


@dataclass(frozen=True, kw_only=True)
class TakenFile:
    """What a run has of one file; its fields are columns of `meta.source_run`."""

    slot: str
    """That of the option; where its address came to several files `slot`, `slot.2`, `slot.3` …"""
    file_number: int
    """Place among all files of the source tonight, 1 = first."""
    url: str | None
    """Address the bytes came from, without secrets; None for a local file."""
    path: Path | None
    """The bytes in the store, read-only; None where there are none."""
    sha256: str | None
    bytes: int | None
    fetch_status: FetchStatus
    fetched_on: date | None
    """Day on which the bytes were last confirmed to be the register's; of a local file, when it was written."""
    stale_days: int | None
    """Days from `fetched_on` to the run's `as_of`, 0 at least."""
    message: str | None
    """What a person should know; None where all went well."""


def load_taken(path: Path) -> list[TakenFile]:
    """The files noted in `path` as a JSON list of `dataclasses.asdict`, dates and paths as text."""
    found = []
    for item in json.loads(path.read_text("utf-8")):
        item["path"] = Path(item["path"]) if item["path"] else None
        item["fetched_on"] = date.fromisoformat(item["fetched_on"]) if item["fetched_on"] else None
        found.append(TakenFile(**item))
    return found
