"""One file to bring in: what is known of it, and the words in which the run is told what it has.

Belongs here: choosing among snapshots, ages, messages. Does not: fetching (`take.py`), keeping (`store.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from assets.snapshots.journal import FetchRecord, RecordStatus
from assets.snapshots.store import Snapshot, SnapshotStore
from assets.snapshots.taken import FetchStatus, TakenFile
from sources.http import Fetched, FetchError, shown
from sources.register import Options, Register


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds for every file of a source tonight."""

    register: Register
    store: SnapshotStore
    as_of: date
    at_utc: str
    options: Options
    allowed_hosts: Collection[str] = ()
    max_age_days: int | None = None
    offline: bool = False
    anew: bool = False

    @property
    def night(self) -> date:
        """The night a fetch belongs to: the run's date, unless the run speaks for another time.

        Where clocks are behind UTC, a run of the evening begins on the next day in UTC.
        """
        today = date.fromisoformat(self.at_utc[:10])
        return self.as_of if abs((today - self.as_of).days) <= 1 else today


class StillWithdrawn(FetchError):
    """What the register offers is what it offered when it was set aside."""


@dataclass(frozen=True)
class Errand:
    """One file to bring in."""

    terms: Terms
    slot: str
    number: int
    parts: int | None = None
    """Of how many files the register named tonight; None where it is not asked."""

    def known(self) -> Snapshot | None:
        """What the store already holds in good order."""
        store, name = self.terms.store, self.terms.register.name
        if self.terms.offline:
            return store.as_it_was(name, self.slot, self.terms.as_of)
        return store.latest(name, self.slot)

    def offered_before(self) -> Snapshot | None:
        """What the register offered last, good or not: tonight it need only say whether that has changed."""
        return self.terms.store.withdrawn(self.terms.register.name, self.slot) or self.known()

    def record(self, status: RecordStatus, sha256: str, size: int, answer: Fetched | None = None) -> FetchRecord:
        """The line to note: these bytes, had like this; `answer` where a server gave them."""
        return FetchRecord(
            source=self.terms.register.name,
            slot=self.slot,
            file_number=self.number,
            url=answer.url if answer else None,
            final_url=answer.final_url if answer else None,
            fetched_at_utc=self.terms.at_utc,
            status=status,
            etag=answer.etag if answer else None,
            last_modified=answer.last_modified if answer else None,
            content_type=answer.content_type if answer else None,
            sha256=sha256,
            bytes=size,
            licence=self.terms.register.licence,
            parts=self.parts,
            night=self.terms.night.isoformat(),
        )

    def unchanged(self, held: FetchRecord, record: FetchRecord) -> TakenFile:
        """The bytes of `held`, which are still what the register offers. Raises `StillWithdrawn`, `SnapshotError`."""
        self.refuse_withdrawn(held)
        return self.taken(self.terms.store.confirm(record), "not_modified")

    def refuse_withdrawn(self, held: FetchRecord) -> None:
        """Raise `StillWithdrawn` where bytes the register still offers were set aside and are not to have another chance."""
        if held.status == "withdrawn" and not self.terms.anew:
            raise StillWithdrawn(
                f"{self.terms.register.name}: the register still offers the file set aside on {held.fetched_at_utc[:10]} "
                f"({(held.note or 'no reason noted').rstrip('.')}); `partners run --anew` reads it once more"
            )

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
            stale_days=self.age_of(snapshot),
            message=message,
        )

    def last_good(self, url: str | None, reason: str, other_than: str | None = None) -> TakenFile:
        """What there was before, or nothing where that is none or too old, with the reason why (a sentence).

        `other_than` is a sha256 that does not count.
        """
        reason = reason.rstrip(".")
        known = self.known()
        if known is not None and known.record.sha256 == other_than:
            known = self.terms.store.as_it_was(self.terms.register.name, self.slot, self.terms.as_of, other_than=other_than)
        if known is not None and self.parts not in (None, known.record.parts or 1):
            known = None  # the third of seven parts is no third of six
        if known is None:
            return self._missing(url, f"{reason}. No earlier snapshot stands in for it.")
        age, longest = self.age_of(known), self.terms.max_age_days
        if longest is not None and age > longest:
            return self._missing(
                url,
                f"{reason}. The snapshot of {known.fetched_on} is {age} days old, over the age limit of {longest}, and is not "
                "used; mend the source, or raise its `max_age_days:` in the profile.",
            )
        message = f"{reason}. The snapshot of {known.fetched_on} stands in for it ({age} days old)."
        return self.taken(known, "last_good", message)

    def replayed(self, url: str | None) -> TakenFile:
        """What the run of `as_of` had of the file."""
        known = self.known()
        if known is not None and known.record.night_of == self.terms.as_of:
            return self.taken(known, cast(FetchStatus, known.record.status))
        return self.last_good(url, f"{self.terms.register.name}: nothing was fetched on {self.terms.as_of}")

    def age_of(self, snapshot: Snapshot) -> int:
        """Days; 0 for a file fetched after `as_of`, as in a run for a past date."""
        return max(0, (self.terms.as_of - snapshot.fetched_on).days)

    def _missing(self, url: str | None, message: str) -> TakenFile:
        return TakenFile(
            slot=self.slot,
            file_number=self.number,
            url=shown(url) if url else None,
            path=None,
            sha256=None,
            bytes=None,
            fetch_status="missing",
            fetched_on=None,
            stale_days=None,
            message=message,
        )


def iso_utc(moment: datetime) -> str:
    """`moment` as `2026-11-22T01:17:00Z`."""
    if moment.tzinfo is None:
        raise ValueError(f"now_utc must know its time zone, found {moment!r}; pass datetime.now(UTC).")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
