"""Rows of a register, kept from night to night: the same bytes are not read twice.

Belongs here: what makes rows the same (the bytes, the profile's settings of the source, the code that reads them), and the
folder they are kept in. Does not: judging them (`reading.py`).

Layout: `<key>.parquet` are rows, `<key>.json` what reading them came to; a run holds them by hard link, so that pruning the
cache never takes rows from a run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

import sources
from assets.night import SourceOrder
from assets.snapshots.store import file_sha256
from assets.snapshots.take import TakenFile
from sources.frame import read_register
from sources.register import ReadReport, Rejected, TablesRegister


class RowCache:
    """Rows by what they were made of, under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rows(self, order: SourceOrder, files: Mapping[str, TakenFile], earlier: Sequence[Path], into: Path) -> ReadReport:
        """Puts the rows of `files` (slot -> file) at `into`, reading them only where that was not done before.

        `earlier` are rows of the source's files before this one: an id that is there already is set aside.
        Raises RegisterError where the files cannot be read.
        """
        kept = self._folder / f"{self._key(order, files, earlier)}.parquet"
        note = kept.with_suffix(".json")
        if not note.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            report = self._read(order, files, earlier, kept)
            # The note comes last: rows without one belong to a run that was killed, and are read again.
            draft = note.with_suffix(".draft")
            draft.write_text(json.dumps(asdict(report)), "utf-8")
            draft.replace(note)
        into.unlink(missing_ok=True)
        os.link(kept, into)
        for path in (kept, note):
            os.utime(path)  # the day of last use, for `prune`
        return _report(note)

    def prune(self, unused_since: float) -> None:
        """Removes rows not used since a time (seconds since the epoch)."""
        for note in self._folder.glob("*.json"):
            if note.stat().st_mtime < unused_since:
                note.unlink()
                note.with_suffix(".parquet").unlink(missing_ok=True)

    @staticmethod
    def _read(order: SourceOrder, files: Mapping[str, TakenFile], earlier: Sequence[Path], into: Path) -> ReadReport:
        paths = {slot: file.path for slot, file in files.items() if file.path is not None}
        given = paths if isinstance(order.register, TablesRegister) else next(iter(paths.values()))
        return read_register(order.register, given, order.options, into, earlier)

    @staticmethod
    def _key(order: SourceOrder, files: Mapping[str, TakenFile], earlier: Sequence[Path]) -> str:
        facts = [
            order.settings,
            sorted((slot, file.sha256) for slot, file in files.items()),
            # Rows read before are told by their content; their names change from run to run.
            [file_sha256(path) for path in earlier],
            reading_code(),
        ]
        return f"{order.name}-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]}"


@cache
def reading_code() -> str:
    """Hash of everything rows are read with: the files of `sources/`, the practice town left aside."""
    root = Path(sources.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in (".py", ".sql", ".yaml", ".csv") and "practice" not in path.parts:
            digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _report(note: Path) -> ReadReport:
    found = json.loads(note.read_text("utf-8"))
    return ReadReport(
        **{
            **found,
            "rejected": [Rejected(**row) for row in found["rejected"]],
            "unknown_columns": tuple(found["unknown_columns"]),
        }
    )
