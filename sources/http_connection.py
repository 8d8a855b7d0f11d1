"""Where a connection may lead, and how long it may last.

Belongs here: refusing private addresses, and cutting a connection when its time is over. Does not: what is sent over it
(`http_transport.py`).

A name is resolved once and its address is checked and connected to in one step, so a name server that answers differently
the second time ("DNS rebinding") gains nothing. Behind a proxy the proxy resolves names; then only addresses written as
numbers and `localhost` can be told.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from sources.http_errors import PrivateAddress

#: A host may have many addresses; a dead one costs a time-out, so only the first few are tried.
_ADDRESSES_TRIED = 3
#: IPv6 addresses under which a translating network reaches IPv4 ones (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the open internet, seen through IPv6 forms that only wrap an IPv4 address.

    >>> is_public("1.1.1.1"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _TRANSLATED else None)
        if wrapped is not None:
            return is_public(str(wrapped))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class Gate:
    """Says which hosts may be connected to, and holds the connection in use so that it can be cut."""

    def __init__(self, private_hosts: Collection[str]) -> None:
        """`private_hosts` (names or addresses as written in a URL) may lie in a private network."""
        self.private_hosts = frozenset(host.lower().strip("[]") for host in private_hosts)
        self.cut = False
        """Whether the request in hand was ended by `limit`."""
        self._socket: socket.socket | None = None

    def refuse_private(self, host: str) -> None:
        """Raise `PrivateAddress` where a host as written is known, without asking anyone, to be private."""
        host = host.lower().strip("[]").rstrip(".")
        if host in self.private_hosts:
            return
        if host == "localhost" or host.endswith(".localhost") or not all(map(is_public, _as_written(host))):
            raise PrivateAddress(host)

    def addresses(self, host: str, port: int) -> list[str]:
        """Numeric addresses of a host. Raises `PrivateAddress` where any is private, and `socket.gaierror`."""
        host = host.strip("[]")
        found = list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        if host.lower().rstrip(".") not in self.private_hosts and not all(map(is_public, found)):
            raise PrivateAddress(host)
        return found[:_ADDRESSES_TRIED]

    def uses(self, sock: Any) -> None:
        """Told by a connection before it waits for anything."""
        self._socket = sock

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Cut whatever connection is in use when `seconds` are over.

        Time-outs of a socket begin anew with every byte: a server that drips could hold us in a header line for weeks.
        """
        self.cut = False
        self._socket = None
        timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self.cut = True
        if self._socket is not None:
            with suppress(OSError):  # already closed
                # The plain socket's own method: that of a TLS socket would disturb the thread that is reading.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class GatedAdapter(HTTPAdapter):
    """The adapter of `requests`, every direct connection of which passes a gate; one connection per host is kept."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools whose connections know the gate."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, self._gate),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, self._gate),
        }


class _Gated:
    """What a connection does differently; mixed into those of urllib3."""

    gate: Gate

    def _new_conn(self: Any) -> socket.socket:
        try:
            addresses = self.gate.addresses(self.host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        failure: OSError = OSError("the name has no address")
        for address in addresses:
            try:
                sock = create_connection(
                    (address, self.port), self.timeout, source_address=self.source_address, socket_options=self.socket_options
                )
            except OSError as error:
                failure = error
            else:
                self.gate.uses(sock)
                return sock
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"no connection within {self.timeout} s") from failure
        raise NewConnectionError(self, f"no connection: {failure}") from failure

    def getresponse(self: Any) -> Any:
        self.gate.uses(self.sock)  # a connection kept from an earlier request was not made anew
        return super().getresponse()  # type: ignore[misc]  # that of the connection it is mixed into


def _pool(pool: type, connection: type, gate: Gate) -> type:
    gated = type(f"Gated{connection.__name__}", (_Gated, connection), {"gate": gate})
    return type(f"Gated{pool.__name__}", (pool,), {"ConnectionCls": gated})


def _as_written(host: str) -> list[str]:
    """The numeric address a host is written as, in any of the old forms (`127.1`, `0x7f000001`); none for a name."""
    with suppress(ValueError):
        return [str(ip_address(host.partition("%")[0]))]
    with suppress(OSError, UnicodeEncodeError):
        return [socket.inet_ntoa(socket.inet_aton(host))]
    return []
