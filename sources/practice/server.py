"""The practice town's registers behind a real web server on the loopback interface.

Belongs here: HTTP. Does not: the bytes (`wire.py`). The connectors that run live fetch from here with another base URL,
so robots.txt, ETag and 304, and Content-Length are exercised every time the embedded default runs.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from sources.practice.town import build_town
from sources.practice.wire import IRS_PATH, LICENCES_PATH, ROR_ARCHIVE_PATH, SAM_PATH, practice_files
from sources.practice.wire_ror import archive_search

ROBOTS_PATH = "/robots.txt"
ROR_SEARCH_PATH = "/ror/api/records/"
# The town's anchor date; a real clock would make every night look like a change.
_LAST_MODIFIED = "Tue, 30 Jun 2026 00:00:00 GMT"
_TYPES = {
    ROBOTS_PATH: "text/plain; charset=utf-8",
    IRS_PATH: "text/csv",
    LICENCES_PATH: "text/csv; charset=utf-8",
    SAM_PATH: "text/csv",
    ROR_SEARCH_PATH: "application/json",
    ROR_ARCHIVE_PATH: "application/zip",
}
_IDLE_SECONDS = 10  # a client that holds its connection open does not hold a thread for longer
_POLL_SECONDS = 0.05  # how soon the server notices that it should stop


@dataclass(frozen=True)
class _Document:
    body: bytes
    content_type: str
    etag: str


@contextmanager
def serve(seed: int = 7, size: float = 1.0, shuffle: int | None = None) -> Iterator[str]:
    """Serve the town while the context is open; yields the base URL, e.g. `http://127.0.0.1:41873`.

    `seed` and `size` as for `build_town`, `shuffle` as for `practice_files`. The system picks a free port, so any
    number of towns can be served at once.
    """
    files = {ROBOTS_PATH: b"User-agent: *\nAllow: /\n", **practice_files(build_town(seed, size), shuffle)}
    documents: dict[str, _Document] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(documents))
    base_url = f"http://127.0.0.1:{server.server_address[1]}"
    files[ROR_SEARCH_PATH] = archive_search(files[ROR_ARCHIVE_PATH], base_url + ROR_ARCHIVE_PATH)
    for path, body in files.items():
        documents[path] = _Document(body, _TYPES[path], f'"{hashlib.sha256(body).hexdigest()}"')
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="practice-town", daemon=True)
    thread.start()
    try:
        yield base_url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(documents: Mapping[str, _Document]) -> type[BaseHTTPRequestHandler]:
    """A request handler that knows `documents`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _IDLE_SECONDS

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, *, with_body: bool) -> None:
            path = urlsplit(self.path).path
            document = documents.get(path)
            if document is None:
                message = f"no {path} here; the practice town has {', '.join(sorted(documents))}\n".encode()
                self._send(HTTPStatus.NOT_FOUND, message, "text/plain; charset=utf-8", None, with_body)
            elif _unchanged(self.headers.get("If-None-Match"), document.etag):
                self._send(HTTPStatus.NOT_MODIFIED, None, document.content_type, document.etag, with_body)
            else:
                self._send(HTTPStatus.OK, document.body, document.content_type, document.etag, with_body)

        def _send(self, status: HTTPStatus, body: bytes | None, content_type: str, etag: str | None, with_body: bool) -> None:
            self.send_response(status)
            if etag is not None:
                self.send_header("ETag", etag)
                self.send_header("Last-Modified", _LAST_MODIFIED)
            if body is not None:
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if body is not None and with_body:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the caller keeps its own record of what it fetched."""

    return Handler


def _unchanged(if_none_match: str | None, etag: str) -> bool:
    """True where the client already holds this version (RFC 9110: a list of tags, weak or not, or `*`)."""
    held = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in held or etag in held
