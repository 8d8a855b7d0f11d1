"""Bring in tonight's files of one register, and fall back on the last good ones where that fails.

Belongs here: which bytes a run uses and how old they are. Does not: sending requests (`sources/http.py`), keeping bytes
(`store.py`), judging rows (the next stage does, and calls `fall_back` where a file arrived but holds too few).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from assets.snapshots.journal import FetchRecord, RecordStatus
from assets.snapshots.plausible import refuse_what_is_no_data
from assets.snapshots.store import Snapshot, SnapshotError, SnapshotStore, file_sha256
from sources.http import Fetched, FetchError, PoliteSession, shown
from sources.register import Register, RegisterError

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
    file_number: int
    """1 = first in the profile."""
    url: str | None
    """Address the bytes came from, without secrets; None for a local file."""
    path: Path | None
    """The bytes in the store, read-only; None where there are none."""
    sha256: str | None
    bytes: int | None
    fetch_status: FetchStatus
    fetched_on: date | None
    stale_days: int | None
    """Days from `fetched_on` to the run's `as_of`, 0 at least."""
    message: str | None
    """What a person should know; None where all went well."""


@dataclass(frozen=True)
class _Errand:
    """One file to bring in, and the night it is for."""

    register: Register
    slot: str
    number: int
    store: SnapshotStore
    as_of: date
    at_utc: str

    def known(self) -> Snapshot | None:
        """What the store already holds in good order."""
        return self.store.latest(self.register.name, self.slot)

    def taken(self, snapshot: Snapshot, status: FetchStatus, message: str | None = None) -> TakenFile:
        """`snapshot` as what this run has of the file."""
        return TakenFile(
            slot=self.slot,
            file_number=self.number,
            url=snapshot.record.url,
            path=snapshot.path,
            sha256=snapshot.record.sha256,
            bytes=snapshot.record.bytes,
            fetch_status=status,
            fetched_on=snapshot.fetched_on,
            stale_days=self.days_since(snapshot.fetched_on),
            message=message,
        )

    def record(self, status: RecordStatus, sha256: str, size: int, answer: Fetched | None = None) -> FetchRecord:
        """The line to note: these bytes, had like this; `answer` where a server gave them."""
        return FetchRecord(
            source=self.register.name,
            slot=self.slot,
            file_number=self.number,
            url=answer.url if answer else None,
            final_url=answer.final_url if answer else None,
            fetched_at_utc=self.at_utc,
            status=status,
            etag=answer.etag if answer else None,
            last_modified=answer.last_modified if answer else None,
            content_type=answer.content_type if answer else None,
            sha256=sha256,
            bytes=size,
            licence=self.register.licence,
        )

    def days_since(self, day: date) -> int:
        """Age in days; 0 for a file fetched after `as_of`, as in a run for a past date."""
        return max(0, (self.as_of - day).days)


def take(
    register: Register,
    files: Sequence[FileOption],
    *,
    store: SnapshotStore,
    http: PoliteSession,
    as_of: date,
    now_utc: datetime,
) -> list[TakenFile]:
    """Every file of `files`, in order, as it is tonight or, failing that, as it last was.

    One file's failure never raises: it comes back as `last_good` or `missing` with a message, and the caller decides.
    `now_utc` must know its time zone. Raises `ValueError` where two files share a slot.
    """
    slots = [option.slot for option in files]
    if len(set(slots)) < len(slots):
        raise ValueError(f"{register.name} has several files in one slot: {slots}; give each a slot of its own.")
    taken = []
    for number, option in enumerate(files, start=1):
        errand = _Errand(register, option.slot, number, store, as_of, _iso_utc(now_utc))
        try:
            if option.path is not None:
                taken.append(_from_disk(errand, option.path))
            else:
                taken.append(_from_web(errand, option.url or "", http))
        except (FetchError, SnapshotError, OSError) as error:
            taken.append(_last_good(errand, option.url, str(error)))
    return taken


def fall_back(
    register: Register, taken: TakenFile, *, store: SnapshotStore, as_of: date, now_utc: datetime, reason: str
) -> TakenFile:
    """The last good file instead of `taken`, which arrived but proved no good when read (`reason`, a sentence).

    The bytes of `taken` are withdrawn: no later night falls back on them, unless they are fetched again. Call it once
    per file and night: a reader that has itself gone wrong would use up the good snapshots.
    """
    errand = _Errand(register, taken.slot, taken.file_number, store, as_of, _iso_utc(now_utc))
    if taken.sha256 is not None:
        store.withdraw(register.name, taken.slot, taken.sha256, at_utc=errand.at_utc, reason=reason)
    return _last_good(errand, taken.url, reason)


def _from_web(errand: _Errand, url: str, http: PoliteSession) -> TakenFile:
    """Fetch `url` unless it is unchanged. Raises `FetchError`, `SnapshotError`, `OSError`."""
    url = _located(errand.register, url, http)
    known = errand.known()
    # The validators of one address mean nothing at another.
    held = known.record if known is not None and _same_address(known.record.url, url) else None
    incoming = errand.store.incoming(errand.register.name, errand.slot)
    try:
        answer = http.fetch(
            url,
            incoming,
            etag=held.etag if held else None,
            last_modified=held.last_modified if held else None,
            delay_s=errand.register.host_delay_s,
            max_bytes=errand.register.max_bytes,
        )
        if held is not None and answer.not_modified:
            # A 304 need not repeat what the 200 said.
            confirmed = replace(
                errand.record("not_modified", held.sha256, held.bytes, answer),
                etag=answer.etag or held.etag,
                last_modified=answer.last_modified or held.last_modified,
                content_type=answer.content_type or held.content_type,
            )
            return errand.taken(errand.store.confirm(confirmed), "not_modified")
        refuse_what_is_no_data(incoming, answer.final_url)
        record = errand.record("fetched", str(answer.sha256), answer.bytes, answer)
        return errand.taken(errand.store.add(incoming, record), "fetched")
    finally:
        incoming.unlink(missing_ok=True)


def _located(register: Register, url: str, http: PoliteSession) -> str:
    """The file's address as the small reply at `url` names it. Raises `FetchError` where it names none."""
    if register.locate is None:
        return url
    try:
        return register.locate(http.get_json(url, delay_s=register.host_delay_s))
    except RegisterError as error:
        raise FetchError(str(error)) from error


def _from_disk(errand: _Errand, path: Path) -> TakenFile:
    """Copy a file downloaded by hand into the store, unless it is there. Raises as `_from_web` does."""
    register = errand.register
    if not path.is_file():
        raise FetchError(
            f"{path} is not there; download {register.title} from {register.url or register.publisher} and save it "
            "under that name, or correct `path:` in the profile."
        )
    refuse_what_is_no_data(path, str(path))
    record = errand.record("local_file", file_sha256(path), path.stat().st_size)
    known = errand.known()
    if known is not None and known.record.sha256 == record.sha256:
        return errand.taken(errand.store.confirm(record), "local_file")
    incoming = errand.store.incoming(register.name, errand.slot)
    try:
        shutil.copyfile(path, incoming)
        return errand.taken(errand.store.add(incoming, record), "local_file")
    finally:
        incoming.unlink(missing_ok=True)


def _last_good(errand: _Errand, url: str | None, reason: str) -> TakenFile:
    """What there was before, or nothing, with the reason why."""
    reason = reason.rstrip(".")
    known = errand.known()
    if known is None:
        return TakenFile(
            slot=errand.slot,
            file_number=errand.number,
            url=shown(url) if url else None,
            path=None,
            sha256=None,
            bytes=None,
            fetch_status="missing",
            fetched_on=None,
            stale_days=None,
            message=f"{reason}. No earlier snapshot stands in for it.",
        )
    age = errand.days_since(known.fetched_on)
    return errand.taken(known, "last_good", f"{reason}. The snapshot of {known.fetched_on} stands in for it ({age} days old).")


def _same_address(held: str | None, url: str) -> bool:
    """Whether `url` is where `held` came from; the port may differ, as a practice server's does from night to night."""
    if held is None:
        return False
    old, new = urlsplit(held), urlsplit(shown(url))
    return (old.hostname, old.path, old.query) == (new.hostname, new.path, new.query)


def _iso_utc(moment: datetime) -> str:
    """`moment` as `2026-11-22T01:17:00Z`."""
    if moment.tzinfo is None:
        raise ValueError(f"now_utc must know its time zone, found {moment!r}; pass datetime.now(UTC).")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
