"""Bring in tonight's files of one register, and fall back on the last good ones where that fails.

Belongs here: which bytes a run uses. Does not: sending requests (`sources/http.py`, `sources/collect.py`), keeping bytes
(`store.py`), how what is known is told (`errand.py`), judging rows (the next stage does, and calls `fall_back` where a file
arrived but holds too few).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

from assets.snapshots.errand import Errand, Terms, iso_utc
from assets.snapshots.plausible import refuse_what_is_no_data
from assets.snapshots.store import SnapshotError, SnapshotStore, file_sha256
from assets.snapshots.taken import FetchStatus, FileOption, TakenFile, load_taken
from sources.collect import collect, locate
from sources.http import FetchError, PoliteSession, shown
from sources.register import Options, Register

__all__ = ["FetchStatus", "FileOption", "TakenFile", "fall_back", "load_taken", "take"]

#: A packed register may unpack to this many times what it may weigh: text packs 5 to 30 times, and the limit on the packed file
#: is far above its size already.
_UNPACKED_PER_BYTE = 10


def take(
    register: Register,
    files: Sequence[FileOption],
    *,
    store: SnapshotStore,
    http: PoliteSession,
    as_of: date,
    now_utc: datetime,
    options: Options,
    allowed_hosts: Collection[str] = (),
    max_age_days: int | None = None,
    offline: bool = False,
    anew: bool = False,
) -> list[TakenFile]:
    """Every file of `files`, in order, as it is tonight or, failing that, as it last was.

    An option whose register names several files comes to as many. One file's failure never raises: it comes back as
    `last_good` or, where there is none younger than `max_age_days`, as `missing`, with a message, and the caller decides.
    `allowed_hosts` are shell patterns of hosts the register may redirect to. With `offline` nothing is sent and the files are
    those the run of `as_of` had. With `anew` a file that once proved no good is read again. `now_utc` must know its time zone.
    Raises `ValueError` where two files share a slot.
    """
    slots = [option.slot for option in files]
    if len(set(slots)) < len(slots):
        raise ValueError(f"{register.name} has several files in one slot: {slots}; give each a slot of its own.")
    terms = Terms(
        register=register, store=store, as_of=as_of, at_utc=iso_utc(now_utc), options=options, allowed_hosts=allowed_hosts,
        max_age_days=max_age_days, offline=offline, anew=anew,
    )  # fmt: skip
    taken: list[TakenFile] = []
    for option in files:
        first = Errand(terms, option.slot, len(taken) + 1)
        if offline:
            taken += [part.replayed(option.url) for part in _parts_before(first)]
        elif option.path is not None:
            taken.append(_attempt(first, None, _from_disk, option.path))
        elif register.pages is not None:
            taken.append(_attempt(first, option.url, _from_pages, option.url or "", http))
        else:
            taken += _from_web(first, option.url or "", http)
    return taken


def fall_back(
    register: Register,
    taken: TakenFile,
    *,
    store: SnapshotStore,
    as_of: date,
    now_utc: datetime,
    reason: str,
    max_age_days: int | None = None,
    offline: bool = False,
) -> TakenFile:
    """The last good file instead of `taken`, which arrived but proved no good when read (`reason`, a sentence).

    The bytes of `taken` are withdrawn: no later night falls back on them, or reads them before the register offers others
    (`take` with `anew` does). Call it once per file and night: a reader that has itself gone wrong would use up the good
    snapshots. With `offline` nothing is withdrawn: a replay changes nothing.
    """
    terms = Terms(
        register=register,
        store=store,
        as_of=as_of,
        at_utc=iso_utc(now_utc),
        options={},
        max_age_days=max_age_days,
        offline=offline,
    )
    errand = Errand(terms, taken.slot, taken.file_number)
    if taken.sha256 is not None and not offline:
        store.withdraw(register.name, taken.slot, taken.sha256, at_utc=terms.at_utc, reason=reason)
    return errand.last_good(taken.url, reason, other_than=taken.sha256)


def _attempt(errand: Errand, url: str | None, bring_in: Callable[..., TakenFile], *where: object) -> TakenFile:
    """What `bring_in` brings, or the last good file."""
    try:
        return bring_in(errand, *where)
    except (FetchError, SnapshotError, OSError) as error:
        return errand.last_good(url, str(error))


def _from_web(first: Errand, url: str, http: PoliteSession) -> list[TakenFile]:
    """The file at `url`, or those the register's `locate` finds from there."""
    terms = first.terms
    try:
        addresses = locate(terms.register, url, terms.options, terms.as_of, http, allowed_hosts=terms.allowed_hosts)
    except (FetchError, OSError) as error:
        return [part.last_good(url, str(error)) for part in _parts_before(first)]
    found = _parts(first, len(addresses)) if terms.register.locate is not None else [first]
    return [_attempt(part, address, _from_address, address, http) for part, address in zip(found, addresses, strict=True)]


def _parts(first: Errand, count: int) -> list[Errand]:
    """An errand for each file the option of `first` came to; the first keeps the option's slot."""
    return [
        replace(first, slot=first.slot if n == 0 else f"{first.slot}.{n + 1}", number=first.number + n, parts=count)
        for n in range(count)
    ]


def _parts_before(first: Errand) -> list[Errand]:
    """The same for as many files as there were last time."""
    known = first.known()
    return [first] if known is None or known.record.parts is None else _parts(first, known.record.parts)


def _from_address(errand: Errand, url: str, http: PoliteSession) -> TakenFile:
    """Fetch `url` unless it is unchanged. Raises `FetchError`, `SnapshotError`, `OSError`."""
    terms = errand.terms
    before = errand.offered_before()
    # The validators of one address mean nothing at another: a dated name or a new version is asked for whole.
    held = before.record if before is not None and _same_address(before.record.url, url) else None
    incoming = terms.store.incoming(terms.register.name, errand.slot)
    try:
        answer = http.fetch(
            url,
            incoming,
            etag=held.etag if held else None,
            last_modified=held.last_modified if held else None,
            delay_s=terms.register.host_delay_s,
            max_bytes=terms.register.max_bytes,
            max_seconds=terms.register.max_seconds,
            allowed_hosts=terms.allowed_hosts,
        )
        if held is not None and answer.not_modified:
            # A 304 need not repeat what the 200 said.
            confirmed = replace(
                errand.record("not_modified", held.sha256, held.bytes, answer),
                etag=answer.etag or held.etag,
                last_modified=answer.last_modified or held.last_modified,
                content_type=answer.content_type or held.content_type,
            )
            return errand.unchanged(held, confirmed)
        _refuse(errand, incoming, answer.final_url)
        record = errand.record("fetched", str(answer.sha256), answer.bytes, answer)
        if before is not None and before.record.sha256 == record.sha256:
            errand.refuse_withdrawn(before.record)
        return errand.taken(terms.store.add(incoming, record), "fetched")
    finally:
        incoming.unlink(missing_ok=True)


def _from_pages(errand: Errand, url: str, http: PoliteSession) -> TakenFile:
    """Collect the register's pages, asking only whether those had before have changed. Raises as `_from_address` does."""
    terms = errand.terms
    before = errand.offered_before()
    incoming = terms.store.incoming(terms.register.name, errand.slot)
    try:
        collected = collect(
            terms.register, url, terms.options, incoming, http,
            earlier=before.path if before else None, allowed_hosts=terms.allowed_hosts,
            max_seconds=terms.register.max_seconds,
        )  # fmt: skip
        record = replace(
            errand.record("fetched", collected.sha256, collected.bytes), url=shown(url), content_type="application/zip"
        )
        if before is not None and collected.unchanged:
            held = before.record
            return errand.unchanged(held, replace(record, status="not_modified", sha256=held.sha256, bytes=held.bytes))
        return errand.taken(terms.store.add(incoming, record), "fetched")
    finally:
        incoming.unlink(missing_ok=True)


def _from_disk(errand: Errand, path: Path) -> TakenFile:
    """Copy a file downloaded by hand into the store, unless it is there. Raises as `_from_address` does."""
    terms = errand.terms
    register = terms.register
    if not path.is_file():
        raise FetchError(
            f"{path} is not there; download {register.title} from {register.publisher} and save it "
            "under that name, or correct `path:` in the profile."
        )
    # As old as the day it was saved, and no younger than tonight whatever its clock said.
    saved = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
    record = errand.record("local_file", file_sha256(path), path.stat().st_size)
    record = replace(record, file_date=min(saved, terms.at_utc[:10]))
    known = errand.known()
    if known is not None and known.record.sha256 == record.sha256:
        return errand.taken(terms.store.confirm(record), "local_file")
    _refuse(errand, path, str(path))
    incoming = terms.store.incoming(register.name, errand.slot)
    try:
        shutil.copyfile(path, incoming)
        return errand.taken(terms.store.add(incoming, record), "local_file")
    finally:
        incoming.unlink(missing_ok=True)


def _refuse(errand: Errand, path: Path, name: str) -> None:
    """Raise `FetchError` where a file cannot be this register's, whatever its rows."""
    register = errand.terms.register
    refuse_what_is_no_data(
        path, name, max_unpacked=_UNPACKED_PER_BYTE * register.max_bytes, web_page_is_data=register.pages is not None
    )


def _same_address(held: str | None, url: str) -> bool:
    """Whether `url` is where `held` came from; the port may differ, as a practice server's does from night to night."""
    if held is None:
        return False
    old, new = urlsplit(held), urlsplit(shown(url))
    return (old.hostname, old.path, old.query) == (new.hostname, new.path, new.query)
