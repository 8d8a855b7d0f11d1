"""The snapshot store: every file a register ever gave us, once per content.

Belongs here: keeping bytes safe on disk, and finding the newest that still count. Does not: fetching them and choosing
what tonight's run uses (`take.py`), the lines about them (`journal.py`).

Layout under the root: `blobs/<first two of sha256>/<sha256>` are the bytes, `records/<source>.jsonl` the journals,
`incoming/` what is still on its way. A blob is complete before its record is written, so a kill at any moment leaves at
worst a blob nobody refers to; `prune` removes it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path

from assets.snapshots.journal import FetchRecord, Journal, sync_folder

__all__ = ["FetchRecord", "Snapshot", "SnapshotError", "SnapshotStore", "file_sha256"]

_SOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class SnapshotError(Exception):
    """The store holds something else than was expected: says what, where and what to do."""


@dataclass(frozen=True)
class Snapshot:
    """Bytes in the store and the latest record that vouches for them."""

    record: FetchRecord
    path: Path

    @property
    def fetched_on(self) -> date:
        """Day (UTC) on which the bytes were last confirmed to be the register's; of a local file, when it was written.

        That a file still lies in its folder says nothing of the register: it is as old as the day it was saved.
        """
        return date.fromisoformat(self.record.file_date or self.record.fetched_at_utc[:10])


class SnapshotStore:
    """Content-addressed files under `root`. One run at a time writes to it; any number may read."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def incoming(self, source: str, slot: str) -> Path:
        """Where to write the bytes of `slot` before `add`: a file on the store's disk, not there yet."""
        folder = self._root / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        # The same name every night, so that what a killed run left behind is found and cannot pile up.
        path = folder / hashlib.sha256(f"{source}\n{slot}".encode()).hexdigest()[:16]
        path.unlink(missing_ok=True)
        return path

    def add(self, temp_file: Path, record: FetchRecord) -> Snapshot:
        """Move `temp_file` (on the store's disk, see `incoming`) into the store and note the fetch.

        Raises `SnapshotError` where the bytes are not those the record speaks of.
        """
        found = file_sha256(temp_file)
        if found != record.sha256:
            raise SnapshotError(
                f"{temp_file} holds bytes with sha256 {found} where {record.sha256} were received: something else "
                "wrote to it, or the disk is failing. Check that no other run uses this folder and run again."
            )
        blob = self._blob(record.sha256)
        blob.parent.mkdir(parents=True, exist_ok=True)
        temp_file.chmod(0o444)  # a snapshot is evidence: nobody edits it by accident
        with temp_file.open("rb") as file:
            os.fsync(file.fileno())
        temp_file.replace(blob)
        sync_folder(blob.parent)
        self._journal(record.source).append(record)
        return Snapshot(record, blob)

    def confirm(self, record: FetchRecord) -> Snapshot:
        """Note a fetch that found the bytes `latest` gave still to be the current ones.

        Raises `SnapshotError` where the store does not hold them.
        """
        blob = self._blob(record.sha256)
        if not blob.is_file():
            raise SnapshotError(
                f"{record.source}/{record.slot} was confirmed as {record.sha256}, which is not in the store; run again "
                "to fetch it anew."
            )
        self._journal(record.source).append(record)
        return Snapshot(record, blob)

    def withdraw(self, source: str, slot: str, sha256: str, *, at_utc: str, reason: str) -> None:
        """Note that these bytes are no good for `slot`, so that `latest` goes back to those before.

        They count again once a later fetch brings them again. Raises `SnapshotError` where they never came.
        """
        fetches = [record for record in self.records(source) if (record.slot, record.sha256) == (slot, sha256)]
        if not fetches:
            raise SnapshotError(f"{source}/{slot} never came with sha256 {sha256}; pass the hash of a fetch on record.")
        withdrawal = replace(fetches[-1], fetched_at_utc=at_utc, status="withdrawn", note=reason)
        self._journal(source).append(withdrawal)

    def latest(self, source: str, slot: str) -> Snapshot | None:
        """Newest good snapshot of `slot`, or None. The bytes are hashed first: what rotted on disk is passed over."""
        return next(self._good(source, slot), None)

    def as_it_was(self, source: str, slot: str, day: date, *, other_than: str | None = None) -> Snapshot | None:
        """Newest snapshot of `slot` that was good on `day` (fetched or confirmed on it or before), or None.

        `other_than` is a sha256 to pass over.
        """
        found = self._good(source, slot, until=day)
        return next((snapshot for snapshot in found if snapshot.record.sha256 != other_than), None)

    def withdrawn(self, source: str, slot: str) -> Snapshot | None:
        """What came last for `slot`, where that was withdrawn and its bytes are still there; else None."""
        records = [record for record in self.records(source) if record.slot == slot]
        if not records or records[-1].status != "withdrawn" or not self._whole(records[-1]):
            return None
        return Snapshot(records[-1], self._blob(records[-1].sha256))

    def records(self, source: str) -> list[FetchRecord]:
        """Every fetch of `source` that can be read, oldest first."""
        return self._journal(source).read()[0]

    def sources(self) -> list[str]:
        """Sources with a journal, sorted."""
        return sorted(path.stem for path in (self._root / "records").glob("*.jsonl"))

    def verify(self) -> list[str]:
        """What is wrong with the store, a sentence each; empty where all lines can be read and all blobs are whole."""
        problems: list[str] = []
        users: dict[str, set[str]] = {}
        for source in self.sources():
            records, unreadable = self._journal(source).read()
            problems += unreadable
            for record in records:
                users.setdefault(record.sha256, set()).add(f"{source}/{record.slot}")
        for sha256, slots in sorted(users.items()):
            blob = self._blob(sha256)
            wanted_by = f"{', '.join(sorted(slots))} rests on it"
            if not blob.is_file():
                problems.append(f"{blob} is missing; {wanted_by}: restore it from a backup, or fetch again.")
            elif (found := file_sha256(blob)) != sha256:
                problems.append(f"{blob} holds other bytes (sha256 {found}); {wanted_by}: delete it and fetch again.")
        return problems

    def prune(self, keep: int) -> list[str]:
        """Keep the newest `keep` good snapshots of every slot and delete the others. Returns the hashes deleted.

        Not to be called while a run is fetching. Raises `SnapshotError` where records cannot be read, since the bytes
        they speak of would be lost.
        """
        if keep < 1:
            raise ValueError(f"keep must be at least 1, found {keep}: the last good snapshot of a file is never pruned.")
        journals = {source: self._journal(source).read() for source in self.sources()}
        for _, unreadable in journals.values():
            if unreadable:
                raise SnapshotError(f"Nothing was pruned: {unreadable[0]}")
        kept: set[str] = set()
        for source, (records, _) in journals.items():
            chosen: set[tuple[str, str]] = set()
            for slot in {record.slot for record in records}:
                chosen |= {(slot, snapshot.record.sha256) for snapshot in islice(self._good(source, slot), keep)}
                if (withdrawn := self.withdrawn(source, slot)) is not None:
                    chosen.add((slot, withdrawn.record.sha256))  # else it would be fetched once more
            # Lines first: a kill between the two leaves blobs without a line, which the next prune removes.
            self._journal(source).rewrite(record for record in records if (record.slot, record.sha256) in chosen)
            kept |= {sha256 for _, sha256 in chosen}
        doomed = [blob for blob in sorted((self._root / "blobs").glob("*/*")) if blob.name not in kept]
        for leftover in [*doomed, *(self._root / "incoming").glob("*")]:
            leftover.unlink()
        return [blob.name for blob in doomed]

    def _good(self, source: str, slot: str, until: date = date.max) -> Iterator[Snapshot]:
        """Good snapshots of `slot` as the journal stood at the end of `until`, newest first, each content once."""
        standing: dict[str, FetchRecord] = {}
        for record in self.records(source):
            if record.slot == slot and record.night_of <= until:
                standing.pop(record.sha256, None)
                if record.status != "withdrawn":
                    standing[record.sha256] = record
        for record in reversed(standing.values()):
            if self._whole(record):
                yield Snapshot(record, self._blob(record.sha256))

    def _whole(self, record: FetchRecord) -> bool:
        blob = self._blob(record.sha256)
        return blob.is_file() and file_sha256(blob) == record.sha256

    def _blob(self, sha256: str) -> Path:
        return self._root / "blobs" / sha256[:2] / sha256

    def _journal(self, source: str) -> Journal:
        if not _SOURCE_NAME.fullmatch(source):
            raise SnapshotError(f"{source!r} cannot name a file; use letters, digits, '_', '-' and '.' for a source.")
        return Journal(self._root / "records" / f"{source}.jsonl")


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
