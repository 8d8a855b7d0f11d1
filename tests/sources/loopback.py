"""A web server on 127.0.0.1 that answers by script, and a clock that takes no time.

Loaded by the `conftest.py` of the folders that need it; tests get it as the fixtures `loopback` and `watch`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: What the server's clock says, always.
SERVER_DATE = "Sun, 22 Nov 2026 01:00:00 GMT"


@dataclass(frozen=True)
class Reply:
    """One answer of the server. `announce` is a Content-Length, which may lie; `endless` goes on after the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    announce: int | None = None
    endless: bool = False
    drip_s: float | None = None
    """Seconds between single bytes sent, without end."""
    hang_up: bool = False
    """Close the connection without a word."""
    silent_s: float = 0.0
    """Seconds before the first word."""
    header_drip_s: float | None = None
    """Seconds between single bytes of a header that has no end."""


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    path: str
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""


class Loopback:
    """The server: give it replies by path (the last one is repeated), read what it was asked. No script means 404."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.most_at_once = 0
        """Most connections that waited for an answer at the same time."""
        self._script: dict[str, list[Reply]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._stopped = threading.Event()
        self._counting = threading.Lock()
        self._waiting = 0
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answers(self, path: str, *replies: Reply) -> str:
        """Script `path` and give its address."""
        self._script[path] = list(replies)
        return self.url(path)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def stop(self) -> None:
        """Go away: connections are refused from now on."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._server.shutdown()
            self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            waits = False

            def handle(self) -> None:
                self.wait(True)
                try:
                    super().handle()
                finally:
                    self.wait(False)

            def wait(self, waits: bool) -> None:
                with loopback._counting:
                    loopback._waiting += waits - self.waits
                    loopback.most_at_once = max(loopback.most_at_once, loopback._waiting)
                    self.waits = waits

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {k.lower(): v for k, v in self.headers.items()}
                loopback.requests.append(Request(self.path, headers, self.command, body))
                replies = loopback._script.get(self.path, [Reply(status=404)])
                reply = replies.pop(0) if len(replies) > 1 else replies[0]
                self.close_connection = True
                if reply.hang_up:
                    return
                loopback._stopped.wait(reply.silent_s)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.announce is not None:
                    self.send_header("Content-Length", str(reply.announce))
                try:
                    while reply.header_drip_s is not None and not loopback._stopped.wait(reply.header_drip_s):
                        self.flush_headers()
                        self.wfile.write(b"x")
                    # Whoever has read the answer may ask again before this thread is done.
                    self.wait(False)
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(reply.body)
                    while reply.endless and not loopback._stopped.is_set():
                        self.wfile.write(b"x" * 65536)
                    while reply.drip_s is not None and not loopback._stopped.wait(reply.drip_s):
                        self.wfile.write(b"x")
                except ConnectionError:
                    return  # the client has had enough, which is what these replies are for

            do_HEAD = do_POST = do_GET

            def date_time_string(self, timestamp: float | None = None) -> str:
                return SERVER_DATE

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: the tests read `requests` instead."""

        return Handler


class Watch:
    """A clock whose sleeps are instant. With `tick_s`, each look at it takes that long, for tests of time limits."""

    def __init__(self, tick_s: float = 0.0) -> None:
        self.naps: list[float] = []
        self.tick_s = tick_s
        self._now = 1000.0

    def clock(self) -> float:
        self._now += self.tick_s
        return self._now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self._now += seconds


@contextmanager
def serving() -> Iterator[Loopback]:
    """A server for the time of one test."""
    loopback = Loopback()
    try:
        yield loopback
    finally:
        loopback.stop()
