"""Faults that lie in the connection or the server, whatever the file: statuses, silence, broken and slow bodies, redirects.

Belongs here: one function a fault. Does not: wrong bytes (`faults_in_files.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count

from sources.practice.serving import HangUp, Reply, Request, Route

#: Takes a route and gives one that goes wrong.
Fault = Callable[[Route], Route]

#: Longer than a client in a hurry waits, short enough that a thread of the town is not held for the night.
_SILENCE_S = 90.0
_DRIP_S = 0.05
_DRIPPED_BYTES = 20


def answering(
    status: int,
    *,
    body: bytes = b"",
    content_type: str = "text/plain",
    headers: Mapping[str, str] | None = None,
    times: int | None = None,
) -> Fault:
    """Always the same answer; after `times` requests all is well."""
    reply = Reply(body, content_type, status, headers or {})
    return _passing(times, lambda _route: lambda _request: reply)


def silent(seconds: float = _SILENCE_S, times: int | None = None) -> Fault:
    """Accepts the connection and says nothing."""

    def wait(_request: Request) -> Reply:
        time.sleep(seconds)
        raise HangUp

    return _passing(times, lambda _route: wait)


def hanging_up(_route: Route) -> Route:
    """Accepts the connection and closes it."""

    def close(_request: Request) -> Reply:
        raise HangUp

    return close


def stalling(seconds: float = _SILENCE_S) -> Fault:
    """Sends the first half of the body, then nothing."""

    def pieces(body: bytes) -> Iterator[bytes]:
        yield body[: len(body) // 2]
        time.sleep(seconds)
        raise HangUp

    return _sent_as(pieces)


def dripping(pause_s: float = _DRIP_S, piece_bytes: int = _DRIPPED_BYTES) -> Fault:
    """Sends the whole body, `piece_bytes` at a time with a pause after each: no silence is long, and the end is hours away."""

    def pieces(body: bytes) -> Iterator[bytes]:
        for start in range(0, len(body), piece_bytes):
            yield body[start : start + piece_bytes]
            time.sleep(pause_s)

    return _sent_as(pieces)


def cut(times: int | None = None) -> Fault:
    """The connection ends in the middle of the body; after `times` requests the rest may be had."""

    def pieces(body: bytes) -> Iterator[bytes]:
        yield body[: len(body) // 2]
        raise HangUp

    return _passing(times, _sent_as(pieces))


def redirecting(location: str) -> Fault:
    """Sends the client elsewhere, always; an empty location is the address itself."""
    return lambda _route: lambda request: Reply(b"", "text/plain", 302, {"Location": location or request.path})


def _sent_as(pieces: Callable[[bytes], Iterator[bytes]]) -> Fault:
    return lambda route: lambda request: replace(route(request), pieces=pieces)


def _passing(times: int | None, fault: Fault) -> Fault:
    """`fault` for the first `times` requests; None for ever."""
    if times is None:
        return fault

    def sometimes(route: Route) -> Route:
        faulty, asked = fault(route), count()
        return lambda request: faulty(request) if next(asked) < times else route(request)

    return sometimes
