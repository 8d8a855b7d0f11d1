"""The polite HTTP layer against a real server with scripted faults; sleeps are instant, so nothing here waits."""

from __future__ import annotations

import gzip
import hashlib
import threading
import traceback
from pathlib import Path
from typing import Any

import pytest

from sources.answers import AnswerMemory
from sources.http import (
    FetchError,
    HttpStatusError,
    PoliteSession,
    RedirectRefused,
    RobotsRefused,
    TooLarge,
    TooSlow,
    shown,
)
from sources.paging import Ask

CHUNKED = {"Transfer-Encoding": "chunked"}
BODY = b"id,name\n1,Bakery\n"
LOOPBACK = {"127.0.0.1"}
DATE = "Sun, 22 Nov 2026 01:00:00 GMT"  # also what the test server's clock says


@pytest.fixture
def session(watch: Any) -> PoliteSession:
    return PoliteSession(
        "0.1.0", private_hosts=LOOPBACK, contact="data@chamber.example", seed=1, clock=watch.clock, sleep=watch.sleep
    )


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "file"


def _left_behind(into: Path) -> list[str]:
    return [path.name for path in into.parent.iterdir()]


# --- what a fetch brings ------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_with_hash_and_validators(session, loopback, reply, into):
    headers = {"ETag": '"v1"', "Last-Modified": DATE, "Content-Type": "text/csv"}
    url = loopback.answers("/a.csv", reply(BODY, headers=headers, announce=len(BODY)))
    fetched = session.fetch(url, into)
    assert into.read_bytes() == BODY
    assert (fetched.status, fetched.not_modified, fetched.bytes) == (200, False, len(BODY))
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (fetched.etag, fetched.last_modified, fetched.content_type) == ('"v1"', DATE, "text/csv")
    assert _left_behind(into) == ["file"]


@pytest.mark.parametrize(
    ("contact", "expected"),
    [("data@chamber.example", "partner-discovery/0.1.0 (+data@chamber.example)"), ("", "partner-discovery/0.1.0")],
)
def test_every_request_names_the_program_and_its_contact(loopback, reply, watch, into, monkeypatch, contact, expected):
    monkeypatch.setenv("PARTNERS_CONTACT", contact)
    session = PoliteSession("0.1.0", private_hosts=LOOPBACK, clock=watch.clock, sleep=watch.sleep)
    session.fetch(loopback.answers("/a.csv", reply(BODY)), into)
    assert {request.headers["user-agent"] for request in loopback.requests} == {expected}
    assert [request.path for request in loopback.requests] == ["/robots.txt", "/a.csv"]


def test_a_contact_that_would_break_the_header_is_refused():
    with pytest.raises(ValueError, match="PARTNERS_CONTACT"):
        PoliteSession("0.1.0", private_hosts=LOOPBACK, contact="me\r\nX-Evil: 1")


def test_an_unchanged_file_is_not_sent_again(session, loopback, reply, into):
    into.write_bytes(b"as it was")
    url = loopback.answers("/a.csv", reply(status=304))
    fetched = session.fetch(url, into, etag='"v1"', last_modified=DATE)
    sent = loopback.asked("/a.csv")[0].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('"v1"', DATE)
    assert (fetched.not_modified, fetched.sha256, fetched.bytes) == (True, None, 0)
    assert into.read_bytes() == b"as it was"


def test_unchanged_is_no_answer_to_an_unconditional_request(session, loopback, reply, into):
    with pytest.raises(HttpStatusError, match="304"):
        session.fetch(loopback.answers("/a.csv", reply(status=304)), into)


def test_a_small_answer_is_had_in_one_piece(session, loopback, reply):
    answer = session.answer(Ask(loopback.answers("/good", reply(b'\xef\xbb\xbf{"a": [1]}', headers={"X-Next": "/b"}))))
    assert (answer.status, answer.json(), answer.headers["x-next"]) == (200, {"a": [1]}, "/b")


def test_small_answers_are_small(session, loopback, reply):
    with pytest.raises(TooLarge, match="5,000"):
        session.answer(Ask(loopback.answers("/big", reply(endless=True))), max_bytes=5_000)


# --- trying again -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "37"}, 37, 37),
        ({"Retry-After": "Sun, 22 Nov 2026 01:00:45 GMT"}, 45, 45),
        ({"Retry-After": "Sun, 22 Nov 2026 00:00:00 GMT"}, 2, 3),  # already over: the ordinary back-off
        ({"Retry-After": "soon"}, 2, 3),
        ({}, 2, 3),
    ],
)
def test_too_many_requests_waits_as_long_as_it_is_asked_to(session, loopback, reply, watch, into, headers, least, most):
    url = loopback.answers("/a.csv", reply(status=429, headers=headers), reply(BODY))
    session.fetch(url, into, delay_s=0)
    assert into.read_bytes() == BODY
    longest = max(watch.naps)
    assert least <= longest <= most


def test_a_wait_longer_than_the_night_is_not_begun(session, loopback, reply, watch, into):
    url = loopback.answers("/a.csv", reply(status=503, headers={"Retry-After": "86400"}), reply(BODY))
    with pytest.raises(HttpStatusError, match="86400 s of patience"):
        session.fetch(url, into)
    assert len(loopback.asked("/a.csv")) == 1
    assert sum(watch.naps) < 60


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_fault_is_waited_out_with_growing_pauses(session, loopback, reply, watch, into, status):
    url = loopback.answers("/a.csv", reply(status=status), reply(status=status), reply(BODY))
    assert session.fetch(url, into, delay_s=0).status == 200
    first, second = [nap for nap in watch.naps if nap >= 2]
    assert 2 <= first <= 3
    assert 4 <= second <= 6


def test_jitter_comes_from_the_seed(loopback, reply, loopback_kit, into):
    naps = []
    for seed in (1, 1, 2):
        watch = loopback_kit.Watch()
        url = loopback.answers("/a.csv", reply(status=503), reply(BODY))
        PoliteSession("0", private_hosts=LOOPBACK, seed=seed, clock=watch.clock, sleep=watch.sleep).fetch(url, into)
        naps.append(watch.naps)
    assert naps[0] == naps[1] != naps[2]


def test_tries_are_bounded(session, loopback, reply, into):
    url = loopback.answers("/a.csv", reply(status=503))
    with pytest.raises(HttpStatusError, match="run again later") as caught:
        session.fetch(url, into)
    assert caught.value.status == 503
    assert len(loopback.asked("/a.csv")) == 5
    assert _left_behind(into) == []


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "key or a log-in"), (403, "by hand"), (404, "new address"), (410, "successor"), (204, "no file")],
)
def test_a_lasting_status_is_not_retried_and_says_what_to_do(session, loopback, reply, into, status, advice):
    with pytest.raises(HttpStatusError, match=advice):
        session.fetch(loopback.answers("/a.csv", reply(status=status)), into)
    assert len(loopback.asked("/a.csv")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"body": BODY[:5], "announce": len(BODY)},
        {"body": b"11\r\n" + BODY[:5], "headers": CHUNKED},
        {"body": b"11\r\n" + BODY + b"\r\n", "headers": CHUNKED},  # the last, empty chunk never came
        {"body": b"no gzip at all", "headers": {"Content-Encoding": "gzip"}},
        {"hang_up": True},
    ],
)
def test_a_broken_transfer_is_tried_again(session, loopback, reply, into, fault):
    url = loopback.answers("/a.csv", reply(**fault), reply(BODY, announce=len(BODY)))
    session.fetch(url, into)
    assert into.read_bytes() == BODY


def test_a_body_that_is_always_cut_short_is_an_error_not_a_file(session, loopback, reply, into):
    into.write_bytes(b"as it was")
    with pytest.raises(FetchError, match="No whole answer"):
        session.fetch(loopback.answers("/a.csv", reply(BODY[:5], announce=len(BODY))), into)
    assert into.read_bytes() == b"as it was"
    assert _left_behind(into) == ["file"]


def test_a_server_that_is_gone_is_told_without_its_secrets(session, loopback, reply, into):
    url = loopback.answers("/a.csv?apikey=s3cret", reply(BODY)).replace("//", "//me:pw@")
    session.fetch(url, into)
    loopback.stop()
    with pytest.raises(FetchError, match="ConnectionRefusedError") as caught:
        session.fetch(url, into)
    shown_to_people = "".join(traceback.format_exception(caught.value))  # with every chained exception
    assert "apikey=…" in shown_to_people
    assert "s3cret" not in shown_to_people
    assert "me:pw" not in shown_to_people


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"endless": True},
        {"body": gzip.compress(b"0" * 5_000_000), "headers": {"Content-Encoding": "gzip"}},  # 5 kB on the wire
    ],
)
def test_the_byte_limit_counts_what_would_be_written(session, loopback, reply, into, fields):
    with pytest.raises(TooLarge, match="1,000,000 bytes allowed"):
        session.fetch(loopback.answers("/a.csv", reply(**fields)), into, max_bytes=1_000_000)
    assert len(loopback.asked("/a.csv")) == 1
    assert _left_behind(into) == []


def test_a_compressed_answer_is_stored_as_it_reads(session, loopback, reply, into):
    packed = gzip.compress(BODY * 1000)
    url = loopback.answers("/a.csv", reply(packed, headers={"Content-Encoding": "gzip"}, announce=len(packed)))
    assert session.fetch(url, into).bytes == len(BODY) * 1000
    assert into.read_bytes() == BODY * 1000


def test_a_chunked_answer_is_put_together(session, loopback, reply, into):
    url = loopback.answers("/a.csv", reply(b"3\r\nid,\r\ne\r\nname\n1,Bakery\n\r\n0\r\n\r\n", headers=CHUNKED))
    session.fetch(url, into)
    assert into.read_bytes() == BODY


def test_a_dripping_server_meets_the_time_limit(loopback, loopback_kit, reply, into):
    watch = loopback_kit.Watch(tick_s=1.0)
    session = PoliteSession("0", private_hosts=LOOPBACK, seed=1, clock=watch.clock, sleep=watch.sleep)
    with pytest.raises(TooSlow, match="5 s were over"):
        session.fetch(loopback.answers("/a.csv", reply(b"x", drip_s=0.005)), into, max_seconds=5)
    assert _left_behind(into) == []


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(bytes(60_000_000)), "gzip"), (gzip.compress(gzip.compress(bytes(60_000_000))), "gzip, gzip")],
)
def test_an_answer_that_swells_like_a_bomb_is_refused_below_the_byte_limit(session, loopback, reply, into, body, encoding):
    url = loopback.answers("/a.csv", reply(body, headers={"Content-Encoding": encoding}))
    with pytest.raises(TooLarge, match="200 times its size"):
        session.fetch(url, into)
    assert _left_behind(into) == []


# --- questions and glances ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "body", "kind"),
    [
        ({"json": {"q": "café", "page": 1}}, '{"q": "café", "page": 1}'.encode(), "application/json"),
        ({"form": {"data": "a b&c"}}, b"data=a+b%26c", "application/x-www-form-urlencoded"),
    ],
)
def test_a_question_is_posted(session, loopback, reply, into, ask, body, kind):
    url = loopback.answers("/search", reply(BODY, headers={"ETag": '"v1"'}))
    session.send(Ask(url, headers={"X-Key": "k"}, **ask), into, etag='"v1"')
    (asked,) = loopback.asked("/search")
    assert (asked.method, asked.body, asked.headers["content-type"], asked.headers["x-key"]) == ("POST", body, kind, "k")
    assert "if-none-match" not in asked.headers
    assert into.read_bytes() == BODY


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ({"status": 503}, 2),
        ({"status": 429}, 2),
        ({"hang_up": True}, 2),
        ({"body": BODY[:5], "announce": len(BODY)}, 1),  # it was answered: asking again might do it again
        ({"status": 400}, 1),
    ],
)
def test_a_question_is_repeated_only_where_it_was_not_answered(session, loopback, reply, into, fault, times):
    url = loopback.answers("/search", reply(**fault), reply(BODY))
    if times == 2:
        session.send(Ask(url, json={}), into)
    else:
        with pytest.raises(FetchError):
            session.send(Ask(url, json={}), into)
    assert [request.body for request in loopback.asked("/search")] == [b"{}"] * times


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_question_is_only_carried_on_whole(session, loopback, reply, into, status):
    loopback.answers("/new", reply(BODY))
    url = loopback.answers("/search", reply(status=status, headers={"Location": "/new"}))
    if status >= 307:
        session.send(Ask(url, form={"a": "1"}), into)
        assert [(asked.method, asked.body) for asked in loopback.asked("/new")] == [("POST", b"a=1")]
    else:
        with pytest.raises(RedirectRefused, match=f"HTTP {status}"):
            session.send(Ask(url, form={"a": "1"}), into)
        assert loopback.asked("/new") == []


def test_a_glance_brings_no_body(session, loopback, reply, into):
    url = loopback.answers("/a.csv", reply(BODY, headers={"ETag": '"v1"', "Content-Length": "17"}))
    seen = session.send(Ask(url, head=True), into)
    assert (seen.status, seen.sha256, seen.etag, into.exists()) == (200, None, '"v1"', False)
    assert [request.method for request in loopback.asked("/a.csv")] == ["HEAD"]


@pytest.mark.parametrize(("status", "told"), [(404, True), (410, True), (403, False), (500, False)])
@pytest.mark.parametrize("head", [True, False])
def test_absence_is_an_answer_where_the_caller_says_so(session, loopback, reply, into, status, told, head):
    ask = Ask(loopback.answers("/a.csv", reply(b"no such file", status)), head=head, may_be_missing=True)
    if told:
        assert (session.send(ask, into).status, into.exists()) == (status, False)
        assert session.answer(ask).found is False
    else:
        with pytest.raises(HttpStatusError, match=str(status)):
            session.send(ask, into)


# --- robots.txt and distance --------------------------------------------------------------------------------------


def test_robots_is_asked_once_per_host_and_obeyed(session, loopback, reply, into):
    loopback.answers("/robots.txt", reply(b"User-agent: partner-discovery\nDisallow: /private\n"))
    public = loopback.answers("/public.csv", reply(BODY))
    private = loopback.answers("/private.csv", reply(BODY))
    session.fetch(public, into)
    session.fetch(public, into)
    with pytest.raises(RobotsRefused, match=r"disallows this address.*by hand"):
        session.fetch(private, into)
    assert len(loopback.asked("/robots.txt")) == 1
    assert loopback.asked("/private.csv") == []


def test_rules_for_other_programs_do_not_bind_us(session, loopback, reply, into):
    loopback.answers("/robots.txt", reply(b"User-agent: other\nDisallow: /\n"))
    assert session.fetch(loopback.answers("/a.csv", reply(BODY)), into).status == 200


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_host_without_robots_allows_everything(session, loopback, reply, into, status):
    loopback.answers("/robots.txt", reply(status=status))
    assert session.fetch(loopback.answers("/a.csv", reply(BODY)), into).status == 200


@pytest.mark.parametrize("fields", [{"status": 500}, {"status": 501}, {"status": 429}, {"hang_up": True}])
def test_robots_that_cannot_be_read_forbid_everything(session, loopback, reply, into, fields):
    loopback.answers("/robots.txt", reply(**fields))
    url = loopback.answers("/a.csv", reply(BODY))
    for _ in range(2):
        with pytest.raises(RobotsRefused, match=r"could not be read.*RFC 9309"):
            session.fetch(url, into)
    assert loopback.asked("/a.csv") == []
    assert len(loopback.asked("/robots.txt")) <= 5  # tried with patience once, then remembered


def test_robots_are_followed_to_where_they_live(session, loopback, reply, into):
    loopback.answers("/robots.txt", reply(status=301, headers={"Location": "/rules"}))
    loopback.answers("/rules", reply(b"User-agent: *\nDisallow: /a\n"))
    with pytest.raises(RobotsRefused):
        session.fetch(loopback.answers("/a.csv", reply(BODY)), into)


def test_endless_robots_are_read_as_far_as_the_standard_asks(session, loopback, reply, into):
    loopback.answers("/robots.txt", reply(b"User-agent: *\nDisallow: /a\n#", endless=True))
    with pytest.raises(RobotsRefused, match="disallows"):
        session.fetch(loopback.answers("/a.csv", reply(BODY)), into)


@pytest.mark.parametrize(("robots", "expected"), [(b"", 3.0), (b"User-agent: *\nCrawl-delay: 12\n", 12.0)])
def test_requests_to_a_host_keep_the_longer_of_both_delays(session, loopback, reply, watch, into, robots, expected):
    loopback.answers("/robots.txt", reply(robots))
    url = loopback.answers("/a.csv", reply(BODY))
    session.fetch(url, into, delay_s=3.0)
    session.fetch(url, into, delay_s=3.0)
    assert watch.naps == pytest.approx([expected, expected])


def test_time_already_gone_by_counts_towards_the_delay(session, loopback, reply, watch, into):
    url = loopback.answers("/a.csv", reply(BODY))
    session.fetch(url, into, delay_s=10.0)
    watch.sleep(9.0)
    watch.naps.clear()
    session.fetch(url, into, delay_s=10.0)
    assert watch.naps == pytest.approx([1.0])


def test_a_crawl_delay_no_night_can_keep_is_a_refusal(session, loopback, reply, into):
    loopback.answers("/robots.txt", reply(b"User-agent: *\nCrawl-delay: 86400\n"))
    with pytest.raises(RobotsRefused, match="86400 s between requests"):
        session.fetch(loopback.answers("/a.csv", reply(BODY)), into)


def test_threads_take_turns(session, loopback, reply, watch, tmp_path):
    url = loopback.answers("/a.csv", reply(BODY))
    threads = [threading.Thread(target=session.fetch, args=(url, tmp_path / str(n))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(tmp_path / str(n)).read_bytes() for n in range(4)] == [BODY] * 4
    assert watch.naps == pytest.approx([1.0] * 4)  # one pause before each: none jumped the queue


def test_a_host_sees_one_connection_at_a_time(loopback, reply, tmp_path):
    session = PoliteSession("0.1.0", private_hosts=LOOPBACK, sleep=lambda _: None)
    urls = [loopback.answers(f"/{n}.csv", reply(BODY, silent_s=0.02)) for n in range(6)]
    threads = [threading.Thread(target=session.fetch, args=(url, tmp_path / url[-5:])) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(loopback.requests), loopback.most_at_once) == (7, 1)


# --- what is remembered from night to night -----------------------------------------------------------------------

NIGHT = 23.5 * 3600
RULES = b"User-agent: *\nDisallow: /private\n"


@pytest.fixture
def tonight(tmp_path: Path, watch: Any) -> Any:
    """The session of a night that begins so many seconds after the first."""

    def session(seconds_later: float) -> PoliteSession:
        memory = AnswerMemory(tmp_path / "answers")
        return PoliteSession(
            "0",
            private_hosts=LOOPBACK,
            memory=memory,
            seed=1,
            clock=watch.clock,
            sleep=watch.sleep,
            wall_clock=lambda: seconds_later,
        )

    return session


@pytest.mark.parametrize("validator", [{"ETag": '"r1"'}, {"Last-Modified": DATE}])
def test_robots_are_only_asked_whether_they_changed(tonight, loopback, reply, into, validator):
    rules, url = (loopback.answers(path, reply(body)) for path, body in (("/robots.txt", RULES), ("/a.csv", BODY)))
    loopback.answers("/robots.txt", reply(RULES, headers=validator), reply(status=304))
    for night in range(3):
        session = tonight(night * NIGHT)
        session.fetch(url, into)
        with pytest.raises(RobotsRefused, match="disallows"):
            session.fetch(rules.replace("robots.txt", "private"), into)
    conditions = [{"if-none-match", "if-modified-since"} & set(request.headers) for request in loopback.asked("/robots.txt")]
    assert [len(named) for named in conditions] == [0, 1, 1]


@pytest.mark.parametrize(("later", "holds"), [(NIGHT, True), (24 * 3600 + 1, False)])
@pytest.mark.parametrize("fault", [{"status": 503}, {"hang_up": True}])
def test_remembered_robots_hold_for_a_day_where_the_host_cannot_tell(tonight, loopback, reply, into, fault, later, holds):
    loopback.answers("/robots.txt", reply(RULES, headers={"ETag": '"r1"'}), reply(**fault))
    url = loopback.answers("/a.csv", reply(BODY))
    tonight(0).fetch(url, into)
    if holds:
        assert tonight(later).fetch(url, into).status == 200
    else:
        with pytest.raises(RobotsRefused, match="could not be read"):
            tonight(later).fetch(url, into)


def test_robots_taken_away_are_forgotten(tonight, loopback, reply, into):
    loopback.answers("/robots.txt", reply(b"User-agent: *\nDisallow: /\n", headers={"ETag": '"r1"'}), reply(status=404))
    url = loopback.answers("/a.csv", reply(BODY))
    with pytest.raises(RobotsRefused):
        tonight(0).fetch(url, into)
    assert tonight(NIGHT).fetch(url, into).status == 200
    tonight(2 * NIGHT).fetch(url, into)
    assert "if-none-match" not in loopback.asked("/robots.txt")[-1].headers


def test_a_session_that_lasts_asks_for_robots_again_after_a_day(loopback, reply, into, watch):
    url = loopback.answers("/a.csv", reply(BODY))
    session = PoliteSession("0", private_hosts=LOOPBACK, clock=watch.clock, sleep=watch.sleep, wall_clock=watch.clock)
    for _ in range(3):
        session.fetch(url, into)
        watch.sleep(20 * 3600)
    assert len(loopback.asked("/robots.txt")) == 2


def test_a_small_answer_is_only_asked_whether_it_changed(tonight, loopback, loopback_kit, reply):
    first = reply(b'{"file": 1}', headers={"ETag": '"a1"'})
    url = loopback.answers("/search?key=s3cret", first, reply(status=304), reply(b'{"file": 2}', headers={"ETag": '"a2"'}))
    assert [tonight(night).answer(Ask(url)).json()["file"] for night in range(4)] == [1, 1, 2, 2]
    sent = [request.headers.get("if-none-match") for request in loopback.asked("/search?key=s3cret")]
    assert sent == [None, '"a1"', '"a1"', '"a2"']
    with loopback_kit.serving() as tomorrow:  # a server of our own, at another port
        tonight(5).answer(Ask(tomorrow.answers("/search?key=s3cret", reply(status=304))))
        assert tomorrow.asked("/search?key=s3cret")[0].headers["if-none-match"] == '"a2"'


def test_no_secret_is_remembered_and_damage_is_forgotten(tonight, loopback, reply, tmp_path):
    url = loopback.answers("/search?key=s3cret", reply(b'{"file": 1}', headers={"ETag": '"a1"'}))
    tonight(0).answer(Ask(url))
    files = sorted((tmp_path / "answers").iterdir())
    assert len(files) == 2  # robots.txt and the answer
    assert "s3cret" not in "".join(file.read_text() for file in files)
    for damage in (b"", b"{}", files[0].read_bytes().replace(b'"body": "', b'"body": "AAAA'), b"\xff"):
        for file in files:
            file.write_bytes(damage)
        tonight(0).answer(Ask(url))
        assert "if-none-match" not in loopback.asked("/search?key=s3cret")[-1].headers


@pytest.mark.parametrize("ask", [{"json": {}}, {"head": True}, {"may_be_missing": True}])
def test_only_whole_answers_are_remembered(tonight, loopback, reply, ask):
    status = 404 if "may_be_missing" in ask else 200
    url = loopback.answers("/search", reply(b"{}", status, {"ETag": '"a1"'}))
    for night in range(2):
        tonight(night).answer(Ask(url, **ask))
    assert [request.headers.get("if-none-match") for request in loopback.asked("/search")] == [None, None]


# --- redirects and addresses --------------------------------------------------------------------------------------


def test_redirects_are_followed_and_the_final_address_told(session, loopback, reply, into):
    target = loopback.answers("/b.csv", reply(BODY))
    url = loopback.answers("/a.csv", reply(status=302, headers={"Location": "/b.csv"}))
    fetched = session.fetch(url, into, etag='"v1"', headers={"X-Key": "s3cret"})
    assert (fetched.url, fetched.final_url) == (url, target)
    sent = loopback.asked("/b.csv")[0].headers
    assert (sent["if-none-match"], sent["x-key"]) == ('"v1"', "s3cret")


def test_a_key_does_not_travel_to_another_host(session, loopback, loopback_kit, reply, into):
    with loopback_kit.serving() as elsewhere:
        target = elsewhere.answers("/b.csv", reply(BODY))
        url = loopback.answers("/a.csv", reply(status=302, headers={"Location": target}))
        session.fetch(url, into, headers={"X-Key": "s3cret"}, etag='"v1"')
        assert loopback.asked("/a.csv")[0].headers["x-key"] == "s3cret"
        sent = elsewhere.asked("/b.csv")[0].headers
        assert "x-key" not in sent
        assert sent["if-none-match"] == '"v1"'
        assert len(elsewhere.asked("/robots.txt")) == 1


def test_a_redirect_into_a_disallowed_path_is_not_followed(session, loopback, reply, into):
    loopback.answers("/robots.txt", reply(b"User-agent: *\nDisallow: /private\n"))
    loopback.answers("/private.csv", reply(BODY))
    url = loopback.answers("/a.csv", reply(status=302, headers={"Location": "/private.csv"}))
    with pytest.raises(RobotsRefused, match=r"/private\.csv was not fetched"):
        session.fetch(url, into)
    assert loopback.asked("/private.csv") == []


def test_a_redirect_loop_ends(session, loopback, reply, into):
    url = loopback.answers("/a.csv", reply(status=302, headers={"Location": "/a.csv"}))
    with pytest.raises(FetchError, match="more than 5 times"):
        session.fetch(url, into)
    assert len(loopback.asked("/a.csv")) == 6


def test_the_body_of_a_redirect_is_never_read(session, loopback, reply, into):
    loopback.answers("/b.csv", reply(BODY))
    url = loopback.answers("/a.csv", reply(status=302, headers={"Location": "/b.csv"}, endless=True))
    session.fetch(url, into)
    assert into.read_bytes() == BODY


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/a", "file:///etc/passwd", "http://[bad/", "http://h:port/"])
def test_a_redirect_out_of_the_web_is_refused(session, loopback, reply, into, location):
    url = loopback.answers("/a.csv", reply(status=302, headers={"Location": location}))
    with pytest.raises(FetchError, match=r"no http or https address|cannot be read"):
        session.fetch(url, into)


@pytest.mark.parametrize("url", ["", "a.csv", "ftp://example.org/a", "file:///etc/passwd", "http://", "http://[bad/"])
def test_only_web_addresses_are_fetched(session, into, url):
    with pytest.raises(FetchError, match="no http or https address"):
        session.fetch(url, into)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:pw@h.example:8/a", "https://h.example:8/a"),
        ("https://h.example/a?key=1&keyword=food", "https://h.example/a?key=…&keyword=food"),
        ("https://h.example/a?Subscription-Key=1;b=2", "https://h.example/a?Subscription-Key=…;b=2"),
        ("https://h.example/a?access_token=1&sig=2&api_key=3", "https://h.example/a?access_token=…&sig=…&api_key=…"),
        ("https://h.example/a?%24$app_token=1#x", "https://h.example/a?%24$app_token=…"),
    ],
)
def test_addresses_are_shown_without_secrets(url, expected):
    assert shown(url) == expected
