"""What an HTTP server of files does with an answer that is in order: names its version, and sends no more than is needed.

Belongs here: ETag and 304, Range and 206 (RFC 9110). Does not: sockets (`server.py`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from http import HTTPStatus

from sources.practice.serving import Reply, Request

# The town's anchor date; a real clock would make every night look like a change.
_LAST_MODIFIED = "Tue, 30 Jun 2026 00:00:00 GMT"
_FROM = re.compile(r"bytes=(\d+)-")


def spared(request: Request, reply: Reply) -> Reply:
    """`reply` with its version named, or what remains of it where the client holds that version or the beginning of it.

    An answer that goes out in an odd way (`pieces`) goes out whole: what is to be tried is how it goes out.
    """
    if reply.status != HTTPStatus.OK:
        return reply
    etag = f'"{hashlib.sha256(reply.body).hexdigest()}"'
    named = replace(reply, headers={"ETag": etag, "Last-Modified": _LAST_MODIFIED, **reply.headers})
    if reply.pieces is not None:
        return named
    if _holds(request.headers.get("if-none-match"), etag):
        return replace(named, body=b"", status=HTTPStatus.NOT_MODIFIED)
    begun = _FROM.fullmatch(request.headers.get("range", ""))
    if begun is None or request.headers.get("if-range", etag) != etag:
        return named
    return _rest(named, int(begun[1]))


def _rest(reply: Reply, start: int) -> Reply:
    size = len(reply.body)
    if start >= size:
        told = {"Content-Range": f"bytes */{size}"}
        return replace(reply, body=b"", status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=told)
    told = {**reply.headers, "Content-Range": f"bytes {start}-{size - 1}/{size}"}
    return replace(reply, body=reply.body[start:], status=HTTPStatus.PARTIAL_CONTENT, headers=told)


def _holds(if_none_match: str | None, etag: str) -> bool:
    """True where the client already holds this version (a list of tags, weak or not, or `*`)."""
    held = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in held or etag in held
