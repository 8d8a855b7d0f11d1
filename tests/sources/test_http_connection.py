"""Whom we connect to and for how long: private addresses, redirects, time. Real connections on loopback, real clocks."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from sources.http import FetchError, PoliteSession, PrivateAddress, RedirectRefused, TooSlow
from sources.http_connection import is_public
from sources.http_redirects import Session, next_hop
from sources.http_request import Outgoing

BODY = b"id,name\n1,Bakery\n"


def _session(*private_hosts: str, **more: Any) -> PoliteSession:
    """One that waits for nobody, so that only real time passes."""
    return PoliteSession("0", private_hosts=private_hosts, seed=1, sleep=lambda _: None, **more)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """`register.example` is resolved to this machine; an entry for each time."""
    asked: list[str] = []
    truly = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        if host == "register.example":
            asked.append(host)
            host = "127.0.0.1"
        return truly(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setenv("NO_PROXY", "*")
    return asked


# --- private addresses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("64:ff9b::101:101", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # where clouds keep the keys of their machines
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address, expected):
    assert is_public(address) is expected


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST.", "db.localhost", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:7f00:1]"],
)
def test_a_private_host_is_not_asked_anything(loopback, reply, into, host):
    url = loopback.answers("/a.csv", reply(BODY)).replace("127.0.0.1", host)
    with pytest.raises(PrivateAddress, match="private_hosts"):
        _session().fetch(url, into)
    assert loopback.requests == []


def test_a_name_that_leads_into_a_private_network_is_refused(loopback, reply, into, names):
    url = loopback.answers("/a.csv", reply(BODY)).replace("127.0.0.1", "register.example")
    with pytest.raises(PrivateAddress, match=r"register\.example lies in a private network"):
        _session("127.0.0.1").fetch(url, into)
    assert loopback.requests == []
    assert loopback.most_at_once == 0


def test_a_private_host_the_profile_names_is_asked(loopback, reply, into, names):
    url = loopback.answers("/a.csv", reply(BODY)).replace("127.0.0.1", "register.example")
    assert _session("Register.Example").fetch(url, into).status == 200
    # Once a connection: what is connected to is what was checked, and a second look-up could bring another address.
    assert names == ["register.example"] * len(loopback.requests)


def test_one_private_address_among_several_is_enough_to_refuse(into, monkeypatch):
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(PrivateAddress):
        _session().fetch("https://register.example/a.csv", into)


def test_a_redirect_into_a_private_network_is_not_followed(loopback, reply, into):
    url = loopback.answers("/a.csv", reply(status=302, headers={"Location": "https://169.254.169.254/latest/meta-data"}))
    with pytest.raises(PrivateAddress, match=r"169\.254\.169\.254"):
        _session("127.0.0.1").fetch(url, into, allowed_hosts=["*"])


# --- redirects ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("allowed", "followed"), [((), False), (("*.example",), False), (("Local*",), True)])
def test_another_host_must_be_allowed(loopback, reply, into, allowed, followed):
    target = loopback.answers("/b.csv", reply(BODY)).replace("127.0.0.1", "localhost")
    url = loopback.answers("/a.csv", reply(status=302, headers={"Location": target}))
    session = _session("127.0.0.1", "localhost")
    if followed:
        assert session.fetch(url, into, allowed_hosts=allowed).final_url == target
    else:
        with pytest.raises(RedirectRefused, match=r"name localhost under `allowed_hosts:`"):
            session.fetch(url, into, allowed_hosts=allowed)
        assert loopback.asked("/b.csv") == []


@pytest.mark.parametrize(
    ("here", "there", "allowed"),
    [
        ("https://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "https://www.a.example/y", True),
        ("https://www.a.example/x", "https://a.example/y", True),
        ("http://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "http://a.example/y", False),
        ("http://a.example/x", "http://a.example/y", False),
        ("http://own.example/x", "http://own.example/y", True),
        ("https://own.example/x", "http://own.example/y", False),
        ("https://a.example/x", "https://a.example.evil.example/y", False),
        ("https://a.example/x", "https://files.a.example/y", False),
        ("https://a.example/x", "https://cdn.store.example/y", True),
    ],
)
def test_where_a_register_may_send_us(here, there, allowed):
    response = requests.Response()
    response.status_code = 302
    response.headers["Location"] = there
    request = Outgoing(here, 0.0, 0.0, allowed_hosts=("*.store.example",))
    if allowed:
        assert next_hop(Session(), request, response, {"own.example"}).url == there
    else:
        with pytest.raises(RedirectRefused):
            next_hop(Session(), request, response, {"own.example"})


# --- time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"silent_s": 20.0},
        {"header_drip_s": 0.02},
        {"body": b"x", "drip_s": 0.02},
        {"headers": {"Transfer-Encoding": "chunked"}, "body": b"0", "drip_s": 0.02},
        {"headers": {"Content-Encoding": "gzip"}, "body": b"\x1f\x8b\x08\x08" + bytes(6), "drip_s": 0.02},  # an endless name
    ],
    ids=["silence", "header", "body", "length of a chunk", "name inside a gzip"],
)
def test_a_request_ends_when_its_time_is_over_wherever_it_hangs(loopback, reply, into, fields):
    url = loopback.answers("/a.csv", reply(**fields))
    began = time.monotonic()
    with pytest.raises(TooSlow, match="0 s were over"):
        _session("127.0.0.1").fetch(url, into, max_seconds=0.4)
    assert time.monotonic() - began < 3
    assert list(into.parent.iterdir()) == []


def test_a_connection_kept_from_an_earlier_request_is_watched_too(into, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    done = threading.Event()

    def serve(listening: socket.socket) -> None:
        """Whole answers to robots.txt, then a header that drips; all over one connection."""
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not done.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        began = time.monotonic()
        try:
            with pytest.raises(TooSlow):
                _session("127.0.0.1").fetch(f"http://127.0.0.1:{listening.getsockname()[1]}/a.csv", into, max_seconds=0.3)
        finally:
            done.set()
    assert time.monotonic() - began < 3


def test_a_silent_server_is_given_up_after_the_read_time_out(loopback, reply, into):
    url = loopback.answers("/a.csv", reply(silent_s=20.0))
    began = time.monotonic()
    with pytest.raises(FetchError, match="No whole answer"):
        _session("127.0.0.1", read_timeout_s=0.1, tries=3).fetch(url, into)
    assert time.monotonic() - began < 3
    assert len(loopback.asked("/a.csv")) == 3


def test_waits_between_tries_count_too(loopback, reply, watch, into):
    url = loopback.answers("/a.csv", reply(status=503, headers={"Retry-After": "300"}), reply(BODY))
    session = PoliteSession("0", private_hosts=["127.0.0.1"], seed=1, clock=watch.clock, sleep=watch.sleep)
    with pytest.raises(FetchError, match="HTTP 503"):
        session.fetch(url, into, max_seconds=60)
    assert sum(watch.naps) < 60
