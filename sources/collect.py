"""Carries out what a register's `locate` and `pages` ask for: finds the addresses of its file, or brings in its pages.

Belongs here: sending what is asked and keeping what comes. Does not: what is asked for (the register's module), when it has
gone on too long (`conversation.py`), HTTP (`http.py`), the file the pages are kept in (`bundle.py`).

A conversation succeeds or fails as a whole: half a register must never pass for a small one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sources.bundle import BundleWriter, EarlierBundle, KeptAs
from sources.conversation import Guard, converse
from sources.http import Fetched, FetchError, PoliteSession, TooSlow, shown
from sources.paging import Answer, Ask
from sources.register import Options, Register

#: A search, its reply, a page with links, some dated names tried: more requests than this and we are being led in circles.
_MAX_LOCATING = 60
_LOCATE_SECONDS = 900.0
#: Two thousand pages a second apart take half an hour; a night has few hours.
_COLLECT_SECONDS = 3 * 3600.0
_PAGE_SECONDS = 600.0
#: A page is held in memory while it is read.
_MAX_PAGE_BYTES = 250_000_000


@dataclass(frozen=True)
class Collected:
    """What a collection came to. The bundle is written in any case; `unchanged` says that the earlier one holds the same."""

    sha256: str
    bytes: int
    pages: int
    unchanged: bool


def locate(
    register: Register,
    url: str,
    options: Options,
    as_of: date,
    http: PoliteSession,
    *,
    allowed_hosts: Collection[str] = (),
    max_seconds: float = _LOCATE_SECONDS,
) -> list[str]:
    """Addresses of the register's file or its parts, as `register.locate` finds them; `[url]` where it has none.

    Raises `FetchError`.
    """
    if register.locate is None:
        return [url]
    guard = Guard(register, http.clock, min(register.max_pages, _MAX_LOCATING), max_seconds)

    def carry_out(ask: Ask) -> Answer:
        left_s = guard.admit(ask)
        answer = http.answer(ask, delay_s=register.host_delay_s, max_seconds=left_s, allowed_hosts=allowed_hosts)
        guard.look_at(ask, hashlib.sha256(answer.body).hexdigest(), len(answer.body))
        return answer

    found = list(dict.fromkeys(converse(register, register.locate(url, options, as_of), carry_out)))
    if not found or not all(isinstance(address, str) for address in found):
        raise FetchError(
            f"{register.name}: {shown(url)} names no file; look for it on the publisher's page, download it by hand and set "
            "`path:` in the profile."
        )
    return found


def collect(
    register: Register,
    url: str,
    options: Options,
    into: Path,
    http: PoliteSession,
    *,
    earlier: Path | None = None,
    allowed_hosts: Collection[str] = (),
    max_seconds: float = _COLLECT_SECONDS,
) -> Collected:
    """Write the pages `register.pages` asks for to the bundle `into`; those unchanged since the bundle `earlier` are not sent.

    Raises `FetchError`; `into` is then not there. Raises `ValueError` where the register has no pages.
    """
    if register.pages is None:
        raise ValueError(f"{register.name} has no pages; fetch its file instead.")
    guard = Guard(register, http.clock, register.max_pages, max_seconds)
    draft = into.with_name(into.name + ".bundle")
    try:
        with EarlierBundle(earlier) as before, BundleWriter(draft) as bundle:
            collection = _Collection(register, http, allowed_hosts, guard, before, bundle, into.with_name(into.name + ".page"))
            converse(register, register.pages(url, options), collection.carry_out)
            if not bundle.lines:
                raise FetchError(
                    f"{register.name}: not one page came from {shown(url)}; open the address in a browser and compare the "
                    "options in the profile with the register's documentation."
                )
            unchanged = before.same_pages(bundle.lines)
        draft.replace(into)
    finally:
        draft.unlink(missing_ok=True)
    with into.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Collected(sha256, into.stat().st_size, len(bundle.lines), unchanged)


@dataclass(frozen=True)
class _Collection:
    """Carries out the asks of one collection of pages."""

    register: Register
    http: PoliteSession
    allowed_hosts: Collection[str]
    guard: Guard
    before: EarlierBundle
    bundle: BundleWriter
    scratch: Path

    def carry_out(self, ask: Ask) -> Answer:
        """The answer, kept in the bundle where it is a page."""
        left_s = self.guard.admit(ask)
        plain = ask.keep and not ask.head and ask.json is None and ask.form is None
        known = self.before.page(ask.url) if plain else None
        try:
            fetched = self.http.send(
                ask,
                self.scratch,
                etag=known.etag if known else None,
                last_modified=known.last_modified if known else None,
                delay_s=self.register.host_delay_s,
                max_bytes=min(_MAX_PAGE_BYTES, self.guard.bytes_left),
                max_seconds=min(left_s, _PAGE_SECONDS),
                allowed_hosts=self.allowed_hosts,
            )
            if known is not None and fetched.not_modified:
                body, sha256 = self.before.body(known), known.sha256
            else:
                body, sha256 = (self.scratch.read_bytes() if fetched.sha256 else b""), fetched.sha256 or ""
        except TooSlow:
            self.guard.in_time(ask)  # says that it was all pages together
            raise
        finally:
            self.scratch.unlink(missing_ok=True)
        status = 200 if fetched.not_modified else fetched.status
        answer = Answer(fetched.address, status, body, fetched.headers)
        self.guard.look_at(ask, sha256, len(body))
        if ask.keep and answer.found and not ask.head:
            self._keep(ask, fetched, known, body, sha256)
        return answer

    def _keep(self, ask: Ask, fetched: Fetched, known: KeptAs | None, body: bytes, sha256: str) -> None:
        # A 304 need not repeat what the 200 said.
        held = known if known is not None and fetched.not_modified else None
        etag = fetched.etag or (held.etag if held else None)
        last_modified = fetched.last_modified or (held.last_modified if held else None)
        content_type = fetched.content_type or (held.content_type if held else None)
        self.bundle.add(ask.url, body, sha256, (etag, last_modified), content_type)
