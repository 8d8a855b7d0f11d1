"""Broken downloads are continued where that is safe, and begun anew where it is not."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest

from sources.http import FetchError, PoliteSession, TooLarge

BODY = b"id,name\n1,Bakery\n2,Butcher\n3,Chandler\n"
CUT = 15
ETAG = {"ETag": '"v1"'}
V1 = {**ETAG, "Content-Type": "text/csv"}
OLD = "Sun, 01 Nov 2026 00:00:00 GMT"
NOW = "Sun, 22 Nov 2026 01:00:00 GMT"  # what the server's clock says


@pytest.fixture
def session(watch: Any) -> PoliteSession:
    return PoliteSession("0", private_hosts=["127.0.0.1"], seed=1, clock=watch.clock, sleep=watch.sleep)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.fixture
def cut(reply: Any) -> Any:
    """The beginning of the file; the connection breaks after it."""

    def make(headers: dict[str, str] = V1) -> Any:
        return reply(BODY[:CUT], headers=headers, announce=len(BODY))

    return make


@pytest.fixture
def rest(reply: Any) -> Any:
    """The answer to a request for the rest."""

    def make(start: int = CUT, end: int = len(BODY), validator: dict[str, str] = ETAG) -> Any:
        told = {"Content-Range": f"bytes {start}-{end - 1}/{len(BODY)}", **validator}
        return reply(BODY[start:end], 206, told, announce=end - start)

    return make


def test_only_the_rest_is_asked_for_and_the_hash_is_of_the_whole(session, loopback, cut, rest, into):
    url = loopback.answers("/a.csv", cut(), rest())
    fetched = session.fetch(url, into, etag='"v0"')
    assert into.read_bytes() == BODY
    assert (fetched.status, fetched.bytes, fetched.sha256) == (200, len(BODY), hashlib.sha256(BODY).hexdigest())
    assert (fetched.etag, fetched.content_type) == ('"v1"', "text/csv")  # the rest need not repeat what the beginning said
    first, second = (request.headers for request in loopback.asked("/a.csv"))
    assert first["if-none-match"] == '"v0"' and "range" not in first
    assert (second["range"], second["if-range"]) == (f"bytes={CUT}-", '"v1"')
    assert "if-none-match" not in second


def test_a_connection_may_break_more_than_once(session, loopback, reply, cut, rest, into):
    again = reply(BODY[CUT:20], 206, {"ETag": '"v1"', "Content-Range": f"bytes {CUT}-{len(BODY) - 1}/{len(BODY)}"}, announce=24)
    session.fetch(loopback.answers("/a.csv", cut(), again, rest(20)), into)
    assert into.read_bytes() == BODY


def test_a_part_shorter_than_asked_for_is_no_end(session, loopback, cut, rest, into):
    session.fetch(loopback.answers("/a.csv", cut(), rest(CUT, 20), rest(20)), into)
    assert into.read_bytes() == BODY


def test_a_date_long_past_will_do(session, loopback, cut, rest, into):
    dated = {"Last-Modified": OLD}
    session.fetch(loopback.answers("/a.csv", cut(dated), rest(validator=dated)), into)
    assert loopback.asked("/a.csv")[1].headers["if-range"] == OLD


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": 'W/"v1"'},
        {"Last-Modified": NOW},
        {"Last-Modified": "yesterday"},
        {"ETag": '"v1"', "Accept-Ranges": "none"},
    ],
)
def test_without_a_strong_validator_everything_is_asked_for_again(session, loopback, reply, cut, into, headers):
    session.fetch(loopback.answers("/a.csv", cut(headers), reply(BODY)), into)
    assert into.read_bytes() == BODY
    assert "range" not in loopback.asked("/a.csv")[1].headers


def test_a_packed_answer_is_begun_anew(session, loopback, reply, into):
    packed = gzip.compress(BODY)
    headers = {**V1, "Content-Encoding": "gzip"}
    broken, whole = (reply(body, headers=headers, announce=len(packed)) for body in (packed[:-3], packed))
    session.fetch(loopback.answers("/a.csv", broken, whole), into)
    assert into.read_bytes() == BODY
    assert "range" not in loopback.asked("/a.csv")[1].headers


def test_a_file_that_changed_meanwhile_comes_whole(session, loopback, reply, cut, into):
    new = b"id,name\n7,Smith\n"
    fetched = session.fetch(loopback.answers("/a.csv", cut(), reply(new, headers={"ETag": '"v2"'})), into)
    assert into.read_bytes() == new
    assert (fetched.etag, fetched.sha256) == ('"v2"', hashlib.sha256(new).hexdigest())


@pytest.mark.parametrize(
    "told",
    [
        {"ETag": '"v1"', "Content-Range": f"bytes 3-{len(BODY) - 1}/{len(BODY)}"},
        {"ETag": '"v2"', "Content-Range": f"bytes {CUT}-{len(BODY) - 1}/{len(BODY)}"},
        {"ETag": '"v1"', "Content-Range": "pages 2-3/4"},
        {"ETag": '"v1"'},
    ],
)
def test_a_part_of_something_else_is_thrown_away(session, loopback, reply, cut, into, told):
    session.fetch(loopback.answers("/a.csv", cut(), reply(BODY[CUT:], 206, told), reply(BODY)), into)
    assert into.read_bytes() == BODY
    assert "range" not in loopback.asked("/a.csv")[2].headers


def test_a_part_that_is_not_there_begins_anew(session, loopback, reply, cut, into):
    gone = reply(status=416, headers={"Content-Range": f"bytes */{CUT}"})
    session.fetch(loopback.answers("/a.csv", cut(), gone, reply(BODY)), into)
    assert into.read_bytes() == BODY


def test_a_part_nobody_asked_for_is_an_error(session, loopback, rest, into):
    with pytest.raises(FetchError, match="HTTP 206"):
        session.fetch(loopback.answers("/a.csv", rest(0)), into)


def test_the_byte_limit_counts_all_parts(session, loopback, cut, rest, into):
    with pytest.raises(TooLarge):
        session.fetch(loopback.answers("/a.csv", cut(), rest()), into, max_bytes=len(BODY) - 1)
    assert list(into.parent.iterdir()) == []
