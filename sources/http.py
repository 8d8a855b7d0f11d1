"""The one polite HTTP layer: every request of the project goes through `PoliteSession`.

Belongs here: what callers ask for (a file, a small JSON answer) and the limits on what is accepted. Does not: how a
request is sent (`http_transport.py`), what is done with the bytes (`assets/snapshots`).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import requests

from sources.http_errors import FetchError, HttpStatusError, RobotsRefused, TooLarge, TooSlow, shown
from sources.http_transport import Transport, user_agent

__all__ = ["FetchError", "Fetched", "HttpStatusError", "PoliteSession", "RobotsRefused", "TooLarge", "TooSlow", "shown"]

_TRIES = 5
#: The size of the largest registers today is a few hundred megabytes; far beyond that, something is wrong.
_MAX_BYTES = 2_000_000_000
_MAX_SECONDS = 3600.0
_MAX_JSON_BYTES = 5_000_000
_MAX_JSON_SECONDS = 120.0


@dataclass(frozen=True)
class Fetched:
    """What a fetch came to. Addresses are as `shown`; `bytes` and `sha256` are of the file as written, decompressed."""

    url: str
    final_url: str
    status: int
    not_modified: bool
    etag: str | None
    last_modified: str | None
    content_type: str | None
    sha256: str | None
    """None where nothing was written because nothing had changed."""
    bytes: int


@dataclass(frozen=True)
class _Asked:
    """One request of a caller: where, with what headers, within which limits."""

    url: str
    delay_s: float
    headers: Mapping[str, str]
    conditions: Mapping[str, str]
    max_bytes: int
    max_seconds: float


class PoliteSession:
    """Fetches one file at a time, names itself, obeys robots.txt, keeps its distance and tries again with patience.

    One session serves one process: two processes know nothing of each other's requests, so whoever starts them must not
    let both ask the same host at once (a Dagster pool per host).
    """

    def __init__(
        self,
        version: str,
        *,
        contact: str | None = None,
        tries: int = _TRIES,
        seed: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`contact` (an address or a web page) defaults to the environment variable PARTNERS_CONTACT.

        `seed` fixes the jitter; without it every installation waits a little differently, which is what jitter is for.
        """
        if contact is None:
            contact = os.environ.get("PARTNERS_CONTACT", "")
        jitter = random.Random(seed)  # noqa: S311 - spreads retries over time, guards nothing
        self._transport = Transport(user_agent(version, contact), tries=tries, jitter=jitter, clock=clock, sleep=sleep)
        # One request at a time, whatever the host: it keeps the promise per host, and `requests` is not thread-safe.
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
    ) -> Fetched:
        """Write the body of `url` to `into`, or learn that it has not changed since `etag` or `last_modified`.

        `into` is written only once the whole body has come; a failure or an unchanged file leaves it as it was.
        `delay_s` is the least time since the last answer of the same host; `max_seconds` bounds each transfer of a
        body, not the waits between tries. `headers` are sent to the host of `url`, never to one it redirects to.
        Raises `FetchError`.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        asked = _Asked(
            url=url,
            delay_s=delay_s,
            headers=headers or {},
            conditions={name: value for name, value in conditions.items() if value},
            max_bytes=max_bytes,
            max_seconds=max_seconds,
        )
        partial = into.with_name(into.name + ".part")

        def attempt() -> Fetched:
            with partial.open("wb") as sink:
                return self._transfer(asked, sink)

        try:
            with self._turn:
                fetched = self._transport.patiently(attempt)
            if not fetched.not_modified:
                partial.replace(into)
            return fetched
        finally:
            partial.unlink(missing_ok=True)

    def get_json(self, url: str, *, delay_s: float = 1.0, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON value at `url`, for small look-ups (5 MB at most). Raises `FetchError`, also where it is no JSON."""
        asked = _Asked(
            url=url,
            delay_s=delay_s,
            headers=headers or {},
            conditions={},
            max_bytes=_MAX_JSON_BYTES,
            max_seconds=_MAX_JSON_SECONDS,
        )

        def attempt() -> bytes:
            sink = io.BytesIO()
            self._transfer(asked, sink)
            return sink.getvalue()

        with self._turn:
            body = self._transport.patiently(attempt)
        try:
            return json.loads(body)
        except ValueError as error:
            raise FetchError(
                f"{shown(url)} was to answer with JSON but begins with {body[:40]!r} ({error}); open the address in a "
                "browser and see whether the service has moved or changed."
            ) from None

    def _transfer(self, asked: _Asked, sink: BinaryIO) -> Fetched:
        """One attempt at what was asked, the body written to `sink`."""
        with self._transport.answer(asked.url, asked.delay_s, asked.headers, asked.conditions) as (response, final_url):
            not_modified = response.status_code == requests.codes.not_modified and bool(asked.conditions)
            if not not_modified and response.status_code != requests.codes.ok:
                raise HttpStatusError(final_url, response.status_code)
            size, sha256 = (0, None) if not_modified else self._copy(response, sink, asked)
            return Fetched(
                url=shown(asked.url),
                final_url=shown(final_url),
                status=response.status_code,
                not_modified=not_modified,
                etag=response.headers.get("ETag"),
                last_modified=response.headers.get("Last-Modified"),
                content_type=response.headers.get("Content-Type"),
                sha256=sha256,
                bytes=size,
            )

    def _copy(self, response: requests.Response, sink: BinaryIO, asked: _Asked) -> tuple[int, str]:
        """Size and hash of the body, written to `sink`. Counts what is written: a small gzip may hold a huge file."""
        size, digest = 0, hashlib.sha256()
        for piece in self._transport.pieces(response, asked.max_seconds):
            size += len(piece)
            if size > asked.max_bytes:
                raise TooLarge(
                    f"{shown(asked.url)} is larger than the {asked.max_bytes:,} bytes allowed; raise the register's "
                    "`max_bytes` if it has really grown, else check that the address is the right file."
                )
            digest.update(piece)
            sink.write(piece)
        return size, digest.hexdigest()
