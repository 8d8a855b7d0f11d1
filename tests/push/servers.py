"""A small S3 and a small SFTP on 127.0.0.1 that check credentials, and fail when told to.

Loaded by path from `conftest.py`, since the test folders are no packages. Of S3 there is what a push asks: PUT, GET, HEAD, listing,
deleting, with Signature Version 4 checked.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import paramiko

# --- S3 -------------------------------------------------------------------------------------------------------------


class SmallS3:
    """One store with one user. `objects` are by bucket/key; `puts` are the keys written, in order."""

    def __init__(self, key: str, secret: str) -> None:
        self.key, self.secret = key, secret
        self.objects: dict[str, bytes] = {}
        self.puts: list[str] = []
        self.room: int | None = None
        """Bytes after which the store is full."""
        self.cut_after: int | None = None
        """Writes after which connections are cut."""
        self.wrong_etag = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _signed_well(self, request: BaseHTTPRequestHandler) -> bool:
        kind, _, rest = request.headers.get("Authorization", "").partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if kind != "AWS4-HMAC-SHA256" or not fields["Credential"].startswith(self.key + "/"):
            return False
        scope = fields["Credential"].split("/")[1:]
        url = urlsplit(request.path)
        query = "&".join(
            f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(parse_qsl(url.query, keep_blank_values=True))
        )
        names = fields["SignedHeaders"].split(";")
        headers = "".join(f"{name}:{' '.join((request.headers.get(name) or '').split())}\n" for name in names)
        canonical = "\n".join(
            [request.command, url.path, query, headers, ";".join(names), request.headers["x-amz-content-sha256"]]
        )
        to_sign = "\n".join(
            [kind, request.headers["x-amz-date"], "/".join(scope), hashlib.sha256(canonical.encode()).hexdigest()]
        )
        key = ("AWS4" + self.secret).encode()
        for part in [*scope, to_sign]:
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.compare_digest(key.hex(), fields["Signature"])

    def _handler(store: Any) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                if "Content_Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def _error(self, status: int, code: str, message: str) -> None:
                self._answer(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())

            def _do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if store.cut_after is not None and len(store.puts) >= store.cut_after:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                elif not store._signed_well(self):
                    self._error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
                else:
                    self._serve(unquote(urlsplit(self.path).path).strip("/"), body)

            do_GET = do_PUT = do_HEAD = do_POST = _do

            def _serve(self, name: str, body: bytes) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
                if "list-type" in query:
                    self._list(name, query.get("prefix", ""), query.get("delimiter", ""))
                elif self.command == "POST" and "delete" in query:
                    for element in ElementTree.fromstring(body).iter():
                        if element.tag.endswith("Key"):
                            store.objects.pop(f"{name}/{element.text}", None)
                    self._answer(200, b"<DeleteResult/>")
                elif self.command == "PUT":
                    if store.room is not None and sum(map(len, store.objects.values())) + len(body) > store.room:
                        # Servers have been seen to quote what they were sent, and more.
                        self._error(507, "XMinioStorageFull", f"Storage backend is full, {store.key} {store.secret}.")
                        return
                    store.objects[name] = body
                    store.puts.append(name)
                    self._answer(200, ETag=self._etag(body))
                elif name in store.objects:
                    content = store.objects[name]
                    self._answer(200, content, ETag=self._etag(content), Content_Length=str(len(content)))
                else:
                    self._error(404, "NoSuchKey", "The specified key does not exist.")

            def _etag(self, body: bytes) -> str:
                return f'"{hashlib.md5(body + b"?" * store.wrong_etag).hexdigest()}"'

            def _list(self, bucket: str, prefix: str, delimiter: str) -> None:
                found, folders = [], set()
                for name in sorted(store.objects):
                    key = name.removeprefix(bucket + "/")
                    if name.startswith(bucket + "/") and key.startswith(prefix):
                        head, cut, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
                        if cut:
                            folders.add(prefix + head + cut)
                        else:
                            found.append(f"<Contents><Key>{escape(key)}</Key><Size>{len(store.objects[name])}</Size></Contents>")
                common = "".join(f"<CommonPrefixes><Prefix>{escape(f)}</Prefix></CommonPrefixes>" for f in sorted(folders))
                xml = f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(found)}{common}</ListBucketResult>"
                self._answer(200, xml.encode(), Content_Type="application/xml")

            def log_message(self, *_: object) -> None:
                """Silent."""

        return Handler


# --- SFTP -----------------------------------------------------------------------------------------------------------


class _Login(paramiko.ServerInterface):
    def __init__(self, server: SmallSftp) -> None:
        self._server = server

    def check_auth_password(self, username: str, password: str) -> int:
        good = (username, password) == (self._server.user, self._server.password)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username: str) -> str:
        return "password"


class _Handle(paramiko.SFTPHandle):
    def __init__(self, server: SmallSftp, file: Any, flags: int) -> None:
        super().__init__(flags)
        self._server, self.readfile, self.writefile = server, file, file

    def write(self, offset: int, data: bytes) -> int:
        self._server.written += len(data)
        if self._server.cut_after is not None and self._server.written > self._server.cut_after:
            self._server.hang_up()
            return paramiko.SFTP_FAILURE
        if self._server.room is not None and self._server.written > self._server.room:
            return paramiko.SFTP_FAILURE
        return int(super().write(offset, data))

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, server: Any, small: SmallSftp) -> None:
        super().__init__(server)
        self._small = small

    def _path(self, path: str) -> Path:
        return self._small.folder / self.canonicalize(path).lstrip("/")

    def _try(self, work: Any) -> Any:
        try:
            return work()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def _done(self, work: Any) -> int:
        found = self._try(work)
        return found if isinstance(found, int) else paramiko.SFTP_OK

    def list_folder(self, path: str) -> Any:
        def found() -> list[paramiko.SFTPAttributes]:
            return [paramiko.SFTPAttributes.from_stat(p.stat(), p.name) for p in self._path(path).iterdir()]

        return self._try(found)

    def stat(self, path: str) -> Any:
        return self._try(lambda: paramiko.SFTPAttributes.from_stat(self._path(path).stat()))

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        def opened() -> _Handle:
            descriptor = os.open(self._path(path), flags, 0o644)
            writes = flags & (os.O_WRONLY | os.O_RDWR)
            if writes:
                self._small.puts.append(path)
            return _Handle(self._small, os.fdopen(descriptor, "r+b" if flags & os.O_RDWR else "wb" if writes else "rb"), flags)

        return self._try(opened)

    def remove(self, path: str) -> int:
        return self._done(lambda: self._path(path).unlink())

    def rename(self, old: str, new: str) -> int:
        return paramiko.SFTP_FAILURE if self._path(new).exists() else self.posix_rename(old, new)

    def posix_rename(self, old: str, new: str) -> int:
        return self._done(lambda: self._path(old).replace(self._path(new)))

    def mkdir(self, path: str, attr: Any) -> int:
        return self._done(lambda: self._path(path).mkdir())

    def rmdir(self, path: str) -> int:
        return self._done(lambda: self._path(path).rmdir())


class SmallSftp:
    """One user with a password over a folder."""

    def __init__(self, folder: Path, user: str, password: str) -> None:
        self.folder, self.user, self.password = folder, user, password
        self.host_key = paramiko.ECDSAKey.generate()
        self.puts: list[str] = []
        self.written = 0
        self.cut_after: int | None = None
        self.room: int | None = None
        self._transports: list[paramiko.Transport] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def known_hosts_line(self, key: paramiko.PKey | None = None) -> str:
        key = key or self.host_key
        return f"[127.0.0.1]:{self.port} {key.get_name()} {key.get_base64()}\n"

    def hang_up(self) -> None:
        for transport in self._transports:
            transport.close()

    def close(self) -> None:
        self._listener.close()
        self.hang_up()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, self)
            self._transports.append(transport)
            try:
                transport.start_server(server=_Login(self), event=threading.Event())
            except (paramiko.SSHException, EOFError):
                transport.close()


@contextmanager
def small_s3(key: str, secret: str) -> Iterator[SmallS3]:
    """The store, until the block ends."""
    server = SmallS3(key, secret)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def small_sftp(folder: Path, user: str, password: str) -> Iterator[SmallSftp]:
    """The server, until the block ends."""
    server = SmallSftp(folder, user, password)
    try:
        yield server
    finally:
        server.close()
