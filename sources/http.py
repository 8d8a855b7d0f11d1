"""The one polite HTTP layer: every request of the project goes through `PoliteSession`.

Belongs here: what callers ask for (a file, an answer) and what they learn. Does not: how a request is sent
(`http_transport.py`), a register's conversation (`collect.py`), what is done with the bytes (`assets/snapshots`).
"""

from __future__ import annotations

import io
import os
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit, urlunsplit

from sources.answers import AnswerMemory, Remembered, conditions
from sources.http_admission import Admission
from sources.http_body import Body
from sources.http_connection import Gate
from sources.http_errors import (
    FetchError,
    HttpStatusError,
    PrivateAddress,
    RedirectRefused,
    RobotsRefused,
    TooLarge,
    TooSlow,
    shown,
)
from sources.http_request import Outgoing, method_of, outgoing_of, user_agent
from sources.http_transport import Transport
from sources.paging import Answer, Ask

__all__ = [
    "FetchError", "Fetched", "HttpStatusError", "PoliteSession", "PrivateAddress", "RedirectRefused", "RobotsRefused", "TooLarge",
    "TooSlow", "shown",
]  # fmt: skip

_TRIES = 5
_CONNECT_TIMEOUT_S = 10.0
#: Some registers build their export on request and are silent while they do.
_READ_TIMEOUT_S = 60.0
#: The size of the largest registers today is a few hundred megabytes; far beyond that, something is wrong.
_MAX_BYTES = 2_000_000_000
_MAX_SECONDS = 3600.0
#: Of an answer that only leads to a file: a page with links, a search reply.
_MAX_ANSWER_BYTES = 20_000_000
_MAX_ANSWER_SECONDS = 300.0
_MISSING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
#: Answers to a request for the rest of a file: here it is, or there is no such part.
_PARTIAL = frozenset({HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE})


@dataclass(frozen=True)
class Fetched:
    """What a request came to. Addresses are as `shown`; `bytes` and `sha256` are of the body as written, decompressed."""

    url: str
    final_url: str
    status: int
    not_modified: bool
    etag: str | None
    last_modified: str | None
    content_type: str | None
    sha256: str | None
    """None where nothing was written: nothing had changed, or (where the caller allows that) there was nothing."""
    bytes: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of the answer, names in lower case."""
    address: str = field(default="", repr=False)
    """`final_url` with its secrets, for links relative to it; never to be logged or stored."""


class PoliteSession:
    """Asks for one thing at a time, names itself, obeys robots.txt, keeps its distance and tries again with patience.

    One session serves one process: two processes know nothing of each other's requests, so whoever starts them must not
    let both ask the same host at once (a Dagster pool per host).
    """

    def __init__(
        self,
        version: str,
        *,
        contact: str | None = None,
        private_hosts: Collection[str] = (),
        memory: AnswerMemory | None = None,
        tries: int = _TRIES,
        connect_timeout_s: float = _CONNECT_TIMEOUT_S,
        read_timeout_s: float = _READ_TIMEOUT_S,
        seed: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """`contact` (an address or a web page) defaults to the environment variable PARTNERS_CONTACT.

        `private_hosts` may be asked although they lie in a private network, e.g. `127.0.0.1`. `memory` keeps robots.txt and
        small answers from night to night. `read_timeout_s` is the longest silence in the middle of an answer. `seed` fixes
        the jitter; without it every installation waits a little differently, which is what jitter is for. `wall_clock`
        (seconds since 1970) dates what is remembered.
        """
        if contact is None:
            contact = os.environ.get("PARTNERS_CONTACT", "")
        jitter = random.Random(seed)  # noqa: S311 - spreads retries over time, guards nothing
        self.clock = clock
        """Seconds on the clock by which this session keeps its limits."""
        self._wall_clock = wall_clock
        self._memory = memory
        self._gate = Gate(private_hosts)
        self._transport = Transport(
            user_agent(version, contact), gate=self._gate, tries=tries, connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s, jitter=jitter, clock=clock, sleep=sleep,
        )  # fmt: skip
        self._admission = Admission(self._transport, memory=memory, key=self._key, clock=clock, wall_clock=wall_clock)
        # One request at a time, whatever the host: it keeps the promise of one connection per host, also where hosts redirect
        # to each other.
        self._turn = threading.Lock()

    def fetch(
        self,
        url: str,
        into: Path,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        delay_s: float = 1.0,
        max_bytes: int = _MAX_BYTES,
        max_seconds: float = _MAX_SECONDS,
        headers: Mapping[str, str] | None = None,
        allowed_hosts: Collection[str] = (),
    ) -> Fetched:
        """`send` for a plain address: write its body to `into`, or learn that it has not changed."""
        return self.send(
            Ask(url, headers=headers or {}), into, etag=etag, last_modified=last_modified, delay_s=delay_s,
            max_bytes=max_bytes, max_seconds=max_seconds, allowed_hosts=allowed_hosts,
        )  # fmt: skip

    def send(
        self,
        ask: Ask,
        into: Path,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        delay_s: float = 1.0,
        max_bytes: int = _MAX_BYTES,
        max_seconds: float = _MAX_SECONDS,
        allowed_hosts: Collection[str] = (),
    ) -> Fetched:
        """Write the answer's body to `into`, or learn that it has not changed since `etag` or `last_modified` (GET only).

        `into` is written only once the whole body has come; a failure or an unchanged file leaves it as it was. A broken
        download is continued where the server can do that. `delay_s` is the least time since the last answer of the same
        host; `max_seconds` bounds it all: waits, tries, redirects and the body, save robots.txt, which has limits of its
        own. `ask.headers` are sent to the host of the address, never to one it redirects to; `allowed_hosts` are shell
        patterns of other hosts it may redirect to. Raises `FetchError`.
        """
        outgoing = outgoing_of(ask, conditions(etag, last_modified), delay_s, self.clock(), max_seconds, allowed_hosts)
        partial = into.with_name(into.name + ".part")
        try:
            with partial.open("wb") as sink:
                fetched = self._carry_out(ask, outgoing, sink, max_bytes)
            if fetched.sha256 is not None:
                partial.replace(into)
            return fetched
        finally:
            partial.unlink(missing_ok=True)

    def answer(
        self,
        ask: Ask,
        *,
        delay_s: float = 1.0,
        max_bytes: int = _MAX_ANSWER_BYTES,
        max_seconds: float = _MAX_ANSWER_SECONDS,
        allowed_hosts: Collection[str] = (),
    ) -> Answer:
        """A small answer, kept in the session's memory so that the next night only asks whether it has changed.

        Raises `FetchError` as `send` does.
        """
        key = self._key(ask.url)
        known = self._memory.recall(key) if self._memory and method_of(ask) == "GET" else None
        outgoing = outgoing_of(ask, known.conditions if known else {}, delay_s, self.clock(), max_seconds, allowed_hosts)
        sink = io.BytesIO()
        fetched = self._carry_out(ask, outgoing, sink, max_bytes)
        if fetched.not_modified and known is not None:
            # A 304 need not repeat what the 200 said.
            validators = fetched.etag or known.etag, fetched.last_modified or known.last_modified
            status, now = HTTPStatus.OK.value, Remembered(known.body, *validators, self._wall_clock())
        else:
            body = sink.getvalue() if fetched.sha256 else b""
            status, now = fetched.status, Remembered(body, fetched.etag, fetched.last_modified, self._wall_clock())
        if self._memory and outgoing.method == "GET" and status == HTTPStatus.OK:
            self._memory.keep(key, now)
        return Answer(fetched.address, status, now.body, fetched.headers)

    def _carry_out(self, ask: Ask, outgoing: Outgoing, sink: BinaryIO, max_bytes: int) -> Fetched:
        body = Body(sink, max_bytes)
        with self._turn:
            return self._transport.patiently(lambda: self._attempt(ask, outgoing, body), outgoing.deadline)

    def _attempt(self, ask: Ask, outgoing: Outgoing, body: Body) -> Fetched:
        """One try at what was asked, the body written where it belongs."""
        trying = replace(outgoing, conditions=body.conditions(outgoing.conditions))
        with self._transport.follow(trying, self._admission.delay) as (response, address):
            status, resuming = response.status_code, body.resuming
            unchanged = status == HTTPStatus.NOT_MODIFIED and bool(outgoing.conditions) and not resuming
            missing = ask.may_be_missing and status in _MISSING
            whole = status == HTTPStatus.OK
            if resuming and status in _PARTIAL:
                body.resume(response)
            elif whole:
                body.begin(response)
            elif not (unchanged or missing):
                raise HttpStatusError(address, status)
            written = not (unchanged or missing or ask.head)
            if written:
                body.take(response, self._transport.pieces(response, trying))
            # The rest of a file need not repeat what its beginning said.
            headers = response.headers if whole or not written else body.headers
            return Fetched(
                url=shown(ask.url),
                final_url=shown(address),
                status=HTTPStatus.OK.value if written else status,
                not_modified=unchanged,
                etag=headers.get("ETag"),
                last_modified=headers.get("Last-Modified"),
                content_type=headers.get("Content-Type"),
                sha256=body.sha256 if written else None,
                bytes=body.size if written else 0,
                headers={name.lower(): value for name, value in headers.items()},
                address=address,
            )

    def _key(self, url: str) -> str:
        """The name under which an address is remembered. A server of our own may lie at another port each night."""
        parts = urlsplit(url)
        if parts.hostname in self._gate.private_hosts:
            return urlunsplit(parts._replace(netloc=str(parts.hostname)))
        return url
