"""The shapes in which the practice town's registers answer requests.

Belongs here: `Request`, `Reply`, `Route`, and which route answers an address. Does not: sockets (`server.py`), the bytes of
any format (`wire_*.py`), misbehaviour (`faults.py`).

A wire module has one function `routes(town)`: path -> route. A path ending in `/*` takes every address below it. A route is
only called when its address is asked for, and the town never changes, so routes may keep what they made (`functools.cache`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

_T = TypeVar("_T")


class HangUp(Exception):
    """Raised by the pieces of a reply: the connection ends here, whatever was announced."""


@dataclass(frozen=True)
class Request:
    """What a client asks of the town."""

    path: str
    query: Mapping[str, str]
    """First value of each parameter."""
    body: bytes
    headers: Mapping[str, str]
    """Names in lower case."""
    base_url: str
    """Address of the town, e.g. `http://127.0.0.1:41873`, for links in pages."""


@dataclass(frozen=True)
class Reply:
    """What the town answers."""

    body: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Callable[[bytes], Iterator[bytes]] | None = None
    """How the body goes out where it does not simply go out; what comes of it may be slow, and may raise `HangUp`."""


Route = Callable[[Request], Reply]


def at_address(found: Mapping[str, _T], path: str) -> _T | None:
    """What stands at an address: under the path itself, or under the longest `…/*` above it."""
    if path in found:
        return found[path]
    above = [pattern for pattern in found if pattern.endswith("/*") and path.startswith(pattern[:-1])]
    return found[max(above, key=len)] if above else None
