"""Faults of the file itself, which arrives whole with status 200: another file, a damaged one, a changed layout, a bomb.

Belongs here: bytes to worse bytes, and the fault that sends them. Does not: faults of the connection (`faults_on_the_way.py`).

What is done to a CSV is done to a CSV inside a ZIP too (`in_zip`).
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from sources.practice.faults_on_the_way import Fault
from sources.practice.serving import Reply, Request, Route

Change = Callable[[bytes], bytes]

#: Unpacks to more than any ratio or size a reader of registers has reason to allow, and is sent in a twinkling.
_BOMB_BYTES = 60_000_000
_FEW_ROWS = 5
_LOG_IN = (
    b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form>Your session has expired.</form></body></html>\n"
)
#: Two capitalised words, as in a name; not in the header line, which comes first.
_WORDS = re.compile(rb"(?<=[A-Z]{2}) (?=[A-Z]{2})|(?<=[a-z]{2}) (?=[A-Z][a-z])")
_SOME = 50


def changing(change: Change, headers: Mapping[str, str] | None = None) -> Fault:
    """Sends the file as `change` makes it."""

    def fault(route: Route) -> Route:
        def changed(request: Request) -> Reply:
            reply = route(request)
            return replace(reply, body=change(reply.body), headers={**reply.headers, **(headers or {})})

        return changed

    return fault


def typed(content_type: str) -> Fault:
    """Sends the file as it is under another type."""
    return lambda route: lambda request: replace(route(request), content_type=content_type)


def log_in_page(content_type: str) -> Fault:
    """Sends a web page where a file was due, with status 200."""
    return lambda _route: lambda _request: Reply(_LOG_IN, content_type)


def renaming(old: bytes, new: bytes) -> Fault:
    """Calls a column, field or tag by another name wherever it stands."""
    return changing(lambda body: body.replace(old, new))


# --- delimited text --------------------------------------------------------------------------------------------------
def with_other_header(body: bytes) -> bytes:
    """Every column under another name."""
    header, rest = _header_and_rows(body)
    return b",".join(b"Column %d" % n for n in range(header.count(b",") + 1)) + rest


def with_added_column(body: bytes) -> bytes:
    """One more column at the end of every line; for files without line breaks in cells."""
    header, *lines = body.splitlines(keepends=True)
    return header.rstrip() + b",SURPRISE\r\n" + b"".join(line.rstrip(b"\r\n") + b",1\r\n" for line in lines)


def with_cp1252_dashes(body: bytes) -> bytes:
    """Dashes between words, in the Windows code page: no UTF-8."""
    return _in_rows(body, lambda rows: _WORDS.sub(b" \x96 ", rows, count=_SOME))


def with_nuls(body: bytes) -> bytes:
    """NULs between words."""
    return _in_rows(body, lambda rows: _WORDS.sub(b"\0 ", rows, count=_SOME))


def with_last_row_twice(body: bytes) -> bytes:
    """The last line once more: its key is not unique."""
    lines = body.splitlines()
    return b"\r\n".join([*lines, lines[-1]]) + b"\r\n"


def first_rows(body: bytes) -> bytes:
    """The header and the first few rows, as of an export that broke off without a word."""
    return b"".join(body.splitlines(keepends=True)[: _FEW_ROWS + 1])


def _header_and_rows(body: bytes) -> tuple[bytes, bytes]:
    end = body.index(b"\n")
    end -= body[end - 1 : end] == b"\r"
    return body[:end], body[end:]


def _in_rows(body: bytes, change: Change) -> bytes:
    header, rows = _header_and_rows(body)
    return header + change(rows)


# --- packed files ----------------------------------------------------------------------------------------------------
def in_zip(change: Change) -> Change:
    """`change` for every member of a ZIP."""

    def repacked(body: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return _zip({name: change(archive.read(name)) for name in archive.namelist()})

    return repacked


def with_member_outside(body: bytes) -> bytes:
    """A ZIP (the file packed, where it is none) with a member whose name leads out of its folder."""
    if not body.startswith(b"PK"):
        return _zip({"../../register.csv": body})
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return _zip({**{name: archive.read(name) for name in archive.namelist()}, "../../.bashrc": b"echo\n"})


def zipped_thrice(body: bytes) -> bytes:
    """A ZIP in a ZIP in a ZIP."""
    for name in ("a.csv", "b.zip", "c.zip"):
        body = _zip({name: body})
    return body


@cache
def zip_bomb() -> bytes:
    """A ZIP whose member unpacks to a thousand times its size."""
    return _zip({"register.csv": bytes(_BOMB_BYTES), "register.json": b"[]"})


@cache
def gzip_bomb() -> bytes:
    """The same as gzip."""
    return gzip.compress(bytes(_BOMB_BYTES), mtime=0)


def _zip(members: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            # A fixed date: by default a member carries the time of writing.
            archive.writestr(zipfile.ZipInfo(name, (2026, 6, 30, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


# --- XML -------------------------------------------------------------------------------------------------------------
def with_entity_bomb(body: bytes) -> bytes:
    """Entities of entities, a billion laughs long; one stands in the first element that holds text."""
    entities = ['<!ENTITY e0 "laugh">'] + [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    return _with_dtd(body, "".join(entities).encode(), b"&e9;")


def with_external_entity(body: bytes) -> bytes:
    """An entity that stands for a file of the reader's machine."""
    return _with_dtd(body, b'<!ENTITY file SYSTEM "file:///etc/passwd">', b"&file;")


def _with_dtd(body: bytes, entities: bytes, reference: bytes) -> bytes:
    start = body.index(b"?>") + 2
    root = re.match(rb"\s*<(\w+)", body[start:])
    name = root[1] if root else b"root"
    tagged = re.sub(rb"(<(\w*Name)>)[^<]*", rb"\1" + reference.replace(b"\\", b"\\\\"), body[start:], count=1)
    return body[:start] + b"<!DOCTYPE " + name + b" [" + entities + b"]>" + tagged
