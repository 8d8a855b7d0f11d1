"""The practice town's registers behind a real web server on the loopback interface.

Belongs here: HTTP. Does not: the bytes (`wire.py`), versions and parts of files (`caching.py`), misbehaviour (`faults.py`).
The connectors that run live fetch from here with another base URL, so robots.txt, ETag and 304, and Content-Length are
exercised every time the embedded default runs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from sources.practice.caching import spared
from sources.practice.faults import Fault, Faults
from sources.practice.serving import HangUp, Reply, Request, Route, at_address
from sources.practice.town import build_town
from sources.practice.wire import town_routes

ROBOTS_PATH = "/robots.txt"
_IDLE_SECONDS = 10  # a client that holds its connection open does not hold a thread for longer
_POLL_SECONDS = 0.05  # how soon the server notices that it should stop


@contextmanager
def serve(
    seed: int = 7, size: float = 1.0, shuffle: int | None = None, faults: Faults | Mapping[str, str | Fault] | None = None
) -> Iterator[str]:
    """Serve the town while the context is open; yields the base URL, e.g. `http://127.0.0.1:41873`.

    `seed` and `size` as for `build_town`, `shuffle` as for `town_routes`. `faults` says which paths misbehave, and how (a name
    of `faults.FAULTS`, or a fault); a `Faults` may be changed while the town is served. The system picks a free port, so any
    number of towns can be served at once.
    """
    ordered = faults if isinstance(faults, Faults) else Faults(faults or {})
    routes = {ROBOTS_PATH: _robots, **town_routes(build_town(seed, size), shuffle)}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(routes, ordered))
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="practice-town", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _robots(_request: Request) -> Reply:
    return Reply(b"User-agent: *\nAllow: /\n", "text/plain; charset=utf-8")


def route_for(routes: Mapping[str, Route], path: str) -> Route | None:
    """The route of an address: its own, or the longest `…/*` above it."""
    return at_address(routes, path)


def _handler(routes: Mapping[str, Route], faults: Faults) -> type[BaseHTTPRequestHandler]:
    """A request handler that knows `routes` and what is wrong with them."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _IDLE_SECONDS
        disable_nagle_algorithm = True  # a body sent after its headers would wait 40 ms for the client to acknowledge them

        def do_GET(self) -> None:
            try:
                self._send(self._reply())
            except (HangUp, ConnectionError):
                # The town hung up, or the client had enough of waiting.
                self.close_connection = True

        do_HEAD = do_POST = do_GET

        def _reply(self) -> Reply:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            route = route_for(routes, parts.path)
            if route is None:
                message = f"no {parts.path} here; the practice town has {', '.join(sorted(routes))}\n".encode()
                return Reply(message, "text/plain; charset=utf-8", HTTPStatus.NOT_FOUND)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(parts.path, query, body, headers, f"http://{self.headers.get('Host') or '127.0.0.1'}")
            reply = faults.over(parts.path, route)(request)
            return reply if self.command == "POST" else spared(request, reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != HTTPStatus.NOT_MODIFIED:
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if reply.status == HTTPStatus.NOT_MODIFIED or self.command == "HEAD":
                return
            for piece in reply.pieces(reply.body) if reply.pieces else (reply.body,):
                self.wfile.write(piece)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the caller keeps its own record of what it fetched."""

    return Handler
