"""The file in which the pages of a collection are kept: a ZIP whose bytes depend on nothing but the pages.

Belongs here: writing a bundle, and looking up a page of an earlier one. Does not: asking for pages (`collect.py`), reading
them into rows (`paging.kept_pages`).

Members are `00001`, `00002` … in the order asked, without the time of writing; the last, `index.json`, says of each where it
came from (without secrets) and by what validators it can be asked for again.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from sources.http_errors import shown
from sources.paging import INDEX

#: The earliest date a ZIP can write, for every member.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE_FILE = 0o644 << 16
_UNIX = 3


@dataclass(frozen=True)
class KeptAs:
    """A line of the index."""

    member: str
    url: str
    etag: str | None
    last_modified: str | None
    content_type: str | None
    sha256: str


class BundleWriter:
    """Writes pages one by one. The file is whole once its context has ended without an error."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.lines: list[KeptAs] = []

    def __enter__(self) -> BundleWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._write(INDEX, json.dumps([asdict(line) for line in self.lines], ensure_ascii=False, indent=1).encode())
        self._zip.close()

    def add(
        self, url: str, body: bytes, sha256: str, validators: tuple[str | None, str | None], content_type: str | None
    ) -> None:
        """Keep one page with its ETag and Last-Modified."""
        member = f"{len(self.lines) + 1:05d}"
        self._write(member, body)
        self.lines.append(KeptAs(member, shown(url), *validators, content_type, sha256))

    def _write(self, member: str, body: bytes) -> None:
        info = zipfile.ZipInfo(member, _NO_TIME)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = _READABLE_FILE
        info.create_system = _UNIX
        self._zip.writestr(info, body)


class EarlierBundle:
    """The pages of an earlier collection by address; empty where there was none, or another kind of file."""

    def __init__(self, path: Path | None) -> None:
        self._zip = zipfile.ZipFile(path) if path is not None and zipfile.is_zipfile(path) else None
        self.lines = _lines(self._zip) if self._zip is not None else []
        # Addresses that differ only in a secret (some call their page numbers tokens) do not tell pages apart.
        times = Counter(place(line.url) for line in self.lines)
        self._by_place = {place(line.url): line for line in self.lines if times[place(line.url)] == 1}

    def __enter__(self) -> EarlierBundle:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._zip is not None:
            self._zip.close()

    def page(self, url: str) -> KeptAs | None:
        """What is known of the page at `url`."""
        return self._by_place.get(place(url))

    def body(self, line: KeptAs) -> bytes:
        """The bytes of a page `page` gave."""
        return self._zip.read(line.member) if self._zip is not None else b""

    def same_pages(self, lines: Sequence[KeptAs]) -> bool:
        """Whether a new collection came to the same pages in the same order, whatever their validators say now."""
        return [(place(a.url), a.sha256) for a in lines] == [(place(b.url), b.sha256) for b in self.lines]


def _lines(archive: zipfile.ZipFile) -> list[KeptAs]:
    if INDEX not in archive.namelist():
        return []
    try:
        return [KeptAs(**line) for line in json.loads(archive.read(INDEX))]
    except (TypeError, ValueError):  # somebody's ZIP that has an index of its own
        return []


#: Host, path and query of an address.
Place = tuple[str | None, str, str]


def place(url: str) -> Place:
    """What of an address says which page it is. A server of our own may lie at another port each night.

    >>> place("http://127.0.0.1:4711/a?page=2&key=s3cret")
    ('127.0.0.1', '/a', 'page=2&key=…')
    """
    parts = urlsplit(shown(url))
    return parts.hostname, parts.path, parts.query
