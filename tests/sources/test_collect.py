"""Conversations of registers over real loopback HTTP: what is kept, what is not sent again, and what ends them."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sources.answers import AnswerMemory
from sources.bundle import place
from sources.collect import Collected, collect, locate
from sources.http import FetchError, HttpStatusError, PoliteSession, RobotsRefused, TooLarge
from sources.paging import Answer, Ask, Locating, Paging, kept_pages
from sources.register import Options, Register, RegisterError

LOOPBACK = {"127.0.0.1"}
AS_OF = date(2026, 11, 22)
ROWS = "row " * 100  # more than an empty page


def following(url: str, options: Options) -> Paging:
    """Pages of JSON that name the next one."""
    following: str | None = url
    while following:
        answer = yield Ask(following)
        following = answer.json().get("next")


def register(**more: Any) -> Register:
    facts = {
        "name": "town",
        "title": "Register",
        "publisher": "The Town",
        "licence": "CC0-1.0",
        "licence_url": "",
        "attribution": "",
    }
    return Register(**{**facts, "pages": following, "host_delay_s": 2.0, **more})


@pytest.fixture
def session(watch: Any) -> PoliteSession:
    return PoliteSession("0", private_hosts=LOOPBACK, seed=1, clock=watch.clock, sleep=watch.sleep)


@pytest.fixture
def pages(loopback: Any, reply: Any) -> Callable[..., str]:
    """Serves so many pages that follow each other; gives the address of the first."""

    def serve(count: int = 3, **headers: str) -> str:
        for n in range(1, count + 1):
            body = {"rows": f"{n} {ROWS}", "next": loopback.url(f"/p{n + 1}") if n < count else None}
            tagged = {"ETag": f'"e{n}"', "Content-Type": "application/json", **headers}
            unchanged = reply(status=304)
            loopback.answers(f"/p{n}", reply(json.dumps(body).encode(), headers=tagged), unchanged)
        return str(loopback.url("/p1"))

    return serve


@pytest.fixture
def night(session: PoliteSession, tmp_path: Path) -> Callable[..., tuple[Collected, Path]]:
    """Collects into a new file each time."""
    done: list[Path] = []

    def run(url: str, of: Register | None = None, earlier: Path | None = None, **limits: Any) -> tuple[Collected, Path]:
        done.append(tmp_path / f"bundle-{len(done)}")
        return collect(of or register(), url, {}, done[-1], session, earlier=earlier, **limits), done[-1]

    return run


def _index(bundle: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(bundle) as archive:
        return json.loads(archive.read("index.json"))


def _bodies(bundle: Path) -> list[bytes]:
    with bundle.open("rb") as stream:
        return [page.body for page in kept_pages(stream)]


# --- what is kept -------------------------------------------------------------------------------------------------


def test_pages_are_kept_in_order_with_where_they_came_from(night, pages, loopback, watch):
    collected, bundle = night(pages())
    assert [json.loads(body)["rows"][0] for body in _bodies(bundle)] == ["1", "2", "3"]
    with zipfile.ZipFile(bundle) as archive:
        assert archive.namelist() == ["00001", "00002", "00003", "index.json"]
    assert [(line["url"], line["etag"], line["content_type"]) for line in _index(bundle)] == [
        (loopback.url(f"/p{n}"), f'"e{n}"', "application/json") for n in (1, 2, 3)
    ]
    whole = bundle.read_bytes()
    assert collected == Collected(hashlib.sha256(whole).hexdigest(), len(whole), 3, unchanged=False)
    assert watch.naps == pytest.approx([2.0] * 3)  # between robots.txt and each page
    assert [path for path in bundle.parent.iterdir() if path != bundle] == []


def test_the_same_pages_make_the_same_bytes(night, pages, monkeypatch):
    _, first = night(pages())
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    _, second = night(pages())
    assert first.read_bytes() == second.read_bytes()


def test_only_pages_asked_to_be_kept_are_kept(night, loopback, reply):
    def two_kinds(url: str, options: Options) -> Paging:
        answer = yield Ask(url, keep=False)
        for path in answer.json():
            found = yield Ask(loopback.url(path), may_be_missing=True)
            assert found.found is (path != "/gone")
        head = yield Ask(loopback.url("/b"), head=True)
        assert (head.status, head.body) == (200, b"")

    loopback.answers("/b", reply(b"page b"))
    url = loopback.answers("/", reply(b'["/gone", "/b"]'))
    _, bundle = night(url, register(pages=two_kinds))
    assert _bodies(bundle) == [b"page b"]


def test_questions_and_headers_are_sent_as_asked_and_no_secret_is_written(night, loopback, reply):
    def asking(url: str, options: Options) -> Paging:
        for n in (0, 1):
            yield Ask(f"{url}?apikey=s3cret", json={"start": n}, headers={"X-Key": "s3cret"})
        yield Ask(f"{url}?apikey=s3cret", form={"data": "x"})

    url = loopback.url("/search")
    loopback.answers("/search?apikey=s3cret", *(reply(f"{n} {ROWS}".encode()) for n in range(3)))
    _, bundle = night(url, register(pages=asking))
    assert [request.body for request in loopback.asked("/search?apikey=s3cret")] == [b'{"start": 0}', b'{"start": 1}', b"data=x"]
    assert {request.headers.get("x-key") for request in loopback.asked("/search?apikey=s3cret")} == {"s3cret", None}
    with zipfile.ZipFile(bundle) as archive:
        assert b"s3cret" not in archive.read("index.json")


def test_a_link_relative_to_its_page_can_be_followed_through_a_redirect(night, loopback, reply):
    seen: list[str] = []

    def redirected(url: str, options: Options) -> Paging:
        seen.append((yield Ask(url)).url)

    loopback.answers("/new/a?apikey=k", reply(b"page"))
    night(loopback.answers("/a", reply(status=302, headers={"Location": "/new/a?apikey=k"})), register(pages=redirected))
    assert seen == [loopback.url("/new/a?apikey=k")]


# --- the next night -----------------------------------------------------------------------------------------------


def test_unchanged_pages_are_not_sent_again(night, pages, loopback):
    _, first = night(pages())
    collected, second = night(loopback.url("/p1"), earlier=first)
    assert collected.unchanged
    assert second.read_bytes() == first.read_bytes()
    assert [loopback.asked(f"/p{n}")[-1].headers["if-none-match"] for n in (1, 2, 3)] == ['"e1"', '"e2"', '"e3"']


def test_one_new_page_is_sent_and_the_others_are_taken_over(night, pages, loopback, reply):
    _, first = night(pages())
    changed = reply(json.dumps({"rows": "2 new"}).encode(), headers={"ETag": '"e2b"'})
    loopback.answers("/p2", changed)
    collected, second = night(loopback.url("/p1"), earlier=first)
    assert not collected.unchanged
    assert [json.loads(body)["rows"][:5] for body in _bodies(second)] == ["1 row", "2 new"]
    assert [line["etag"] for line in _index(second)] == ['"e1"', '"e2b"']


def test_pages_sent_again_unchanged_are_unchanged(night, pages):
    """Some servers date every answer anew; that is no reason to read the register again."""
    _, first = night(pages())
    collected, second = night(pages(**{"Last-Modified": "Sun, 22 Nov 2026 01:00:00 GMT"}), earlier=first)
    assert collected.unchanged
    assert second.read_bytes() != first.read_bytes()


def test_another_port_is_the_same_page(night, pages, loopback, loopback_kit, reply):
    _, first = night(pages(1))
    with loopback_kit.serving() as tomorrow:
        collected, _ = night(tomorrow.answers("/p1", reply(status=304)), earlier=first)
        assert tomorrow.asked("/p1")[0].headers["if-none-match"] == '"e1"'
    assert collected.unchanged


def test_pages_told_apart_by_a_secret_only_are_asked_for_whole(night, loopback, reply):
    def by_token(url: str, options: Options) -> Paging:
        for n in (1, 2):
            yield Ask(f"{url}?page_token={n}")

    for n in (1, 2):
        loopback.answers(
            f"/a?page_token={n}", reply(f"{n} {ROWS}".encode(), headers={"Last-Modified": "Sun, 01 Nov 2026 00:00:00 GMT"})
        )
    _, first = night(loopback.url("/a"), register(pages=by_token))
    collected, _ = night(loopback.url("/a"), register(pages=by_token), earlier=first)
    assert collected.unchanged
    assert [request for request in loopback.requests if "if-modified-since" in request.headers] == []


@pytest.mark.parametrize("content", [b"id,name\n", b'PK"no zip', None])
def test_an_earlier_file_that_is_no_bundle_is_no_help_and_no_harm(night, pages, tmp_path, content):
    earlier = tmp_path / "earlier"
    if content is None:
        with zipfile.ZipFile(earlier, "w") as archive:
            archive.writestr("index.json", '{"somebody": "else"}')
    else:
        earlier.write_bytes(content)
    assert night(pages(), earlier=earlier)[0].pages == 3


# --- what ends it -------------------------------------------------------------------------------------------------


def endless(url: str, options: Options) -> Paging:
    """A register's module that would never stop."""
    number = 0
    while True:
        number += 1
        yield Ask(f"{url}{number if options.get('number', True) else ''}")


def _fails(night: Any, url: str, message: str, kind: type[FetchError] = FetchError, **more: Any) -> None:
    limits = {"max_seconds": more.pop("max_seconds")} if "max_seconds" in more else {}
    with pytest.raises(kind, match=message):
        night(url, register(**more), **limits)


@pytest.fixture
def nothing_left(tmp_path: Path) -> Any:
    """Whatever went wrong, nothing partial is kept."""
    yield
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.usefixtures("nothing_left")
class TestFailures:
    def test_the_same_page_at_another_address(self, night, loopback, reply):
        for n in range(1, 9):
            loopback.answers(f"/p{n}", reply(f"{min(n, 4)} {ROWS}".encode()))
        _fails(night, loopback.url("/p"), r"paging has no end: .*/p5 brings the same .* bytes as .*/p4", pages=endless)

    def test_a_round(self, night, loopback, reply):
        for n in range(1, 9):
            loopback.answers(f"/p{n}", reply(f"{n % 3} {ROWS}".encode()))
        _fails(night, loopback.url("/p"), r"/p4 brings the same .* as .*/p1", pages=endless)

    def test_the_same_address_twice(self, night, loopback, reply):
        def again(url: str, options: Options) -> Paging:
            yield Ask(url, keep=False)
            yield Ask(url, keep=False)

        _fails(night, loopback.answers("/p", reply(b"index")), "paging has no end.*again", pages=again)

    @pytest.mark.parametrize("body", [ROWS.encode(), b"[]"])
    def test_more_requests_than_allowed(self, night, loopback, reply, body):
        for n in range(1, 9):
            loopback.answers(f"/p{n}", reply(b"[]" if body == b"[]" else f"{n} {ROWS}".encode()))
        _fails(night, loopback.url("/p"), "more than 6 requests", pages=endless, max_pages=6)
        assert len(loopback.requests) == 7  # robots.txt and six pages

    def test_more_bytes_than_allowed(self, night, pages):
        _fails(night, pages(), "larger than the .* bytes allowed", TooLarge, max_bytes=1_000)

    def test_a_page_that_does_not_end(self, night, loopback, reply):
        _fails(night, loopback.answers("/p", reply(endless=True)), "bytes allowed", TooLarge, max_bytes=1_000_000)

    def test_more_time_than_allowed(self, night, pages, watch):
        _fails(night, pages(9), "the 7 s allowed were over at request 4, .*/p4", max_seconds=7)

    def test_a_page_that_drips(self, loopback, reply, tmp_path):
        session = PoliteSession("0", private_hosts=LOOPBACK, sleep=lambda _: None)
        url = loopback.answers("/p", reply(b"[", drip_s=0.02))
        with pytest.raises(FetchError, match="allowed were over at request 1"):
            collect(register(), url, {}, tmp_path / "bundle", session, max_seconds=0.3)

    @pytest.mark.parametrize(
        "fault", [{"status": 500}, {"status": 403}, {"body": b"{", "announce": 99}, {"hang_up": True}], ids=str
    )
    def test_one_page_that_cannot_be_had(self, night, pages, loopback, reply, fault):
        url = pages()
        loopback.answers("/p2", reply(**fault))
        _fails(night, url, "p2")

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            (b"<!DOCTYPE html><title>Log in</title>", "JSONDecodeError.*begins with b'<!DOCTYPE html>"),
            (b"", "JSONDecodeError"),
            (b"[1, 2]", "AttributeError"),
            (b'{"next": 7}', "the next address is 7"),
        ],
    )
    def test_an_answer_of_another_kind(self, night, loopback, reply, body, found):
        _fails(night, loopback.answers("/p", reply(body)), found)

    def test_an_error_of_the_register_s_own(self, night, loopback, reply):
        def picky(url: str, options: Options) -> Paging:
            yield Ask(url)
            raise RegisterError("town: found 3, expected 4; ask the town.")

        _fails(night, loopback.answers("/p", reply(b"page")), "found 3, expected 4", pages=picky)

    def test_robots(self, night, pages, loopback, reply):
        url = pages()
        loopback.answers("/robots.txt", reply(b"User-agent: *\nDisallow: /p3\n"))
        _fails(night, url, "disallows", RobotsRefused)

    def test_no_page_at_all(self, night, loopback):
        def none(url: str, options: Options) -> Paging:
            yield Ask(url, may_be_missing=True)

        _fails(night, loopback.url("/gone"), "not one page", pages=none)


def test_two_questions_may_both_end_in_an_empty_page(night, loopback, reply):
    def two(url: str, options: Options) -> Paging:
        for place_ in ("a", "b"):
            yield Ask(f"{url}{place_}")

    for place_ in "ab":
        loopback.answers(f"/{place_}", reply(b'{"data": []}'))
    assert night(loopback.url("/"), register(pages=two))[0].pages == 2


def test_a_file_is_no_collection(session, tmp_path):
    with pytest.raises(ValueError, match="has no pages"):
        collect(register(pages=None), "https://a.example", {}, tmp_path / "x", session)


# --- the way to a file --------------------------------------------------------------------------------------------


def newest(url: str, options: Options, as_of: date) -> Locating:
    """A search reply, then a glance at each dated name."""
    answer = yield Ask(url)
    for name in answer.json()["files"]:
        if (yield Ask(name.format(as_of=as_of, **options), head=True, may_be_missing=True)).found:
            return [name.format(as_of=as_of, **options)]
    return []


def _search(loopback: Any, reply: Any, *names: str) -> str:
    files = [loopback.url("/") + name for name in names]
    return str(
        loopback.answers("/search", reply(json.dumps({"files": files}).encode(), headers={"ETag": '"s1"'}), reply(status=304))
    )


def test_a_file_is_located_by_asking_and_looking(session, loopback, reply):
    url = _search(loopback, reply, "{kind}-{as_of}.zip", "{kind}-old.zip")
    there = loopback.answers("/all-old.zip", reply(b"zip"))
    assert locate(register(locate=newest), url, {"kind": "all"}, AS_OF, session) == [there]
    assert [(r.method, r.path) for r in loopback.requests[1:]] == [
        ("GET", "/search"),
        ("HEAD", "/all-2026-11-22.zip"),
        ("HEAD", "/all-old.zip"),
    ]


def test_the_next_night_only_asks_whether_the_search_changed(loopback, reply, watch, tmp_path):
    url = _search(loopback, reply, "a.zip")
    loopback.answers("/a.zip", reply(b"zip"))
    for _ in range(2):
        memory = AnswerMemory(tmp_path)
        session = PoliteSession("0", private_hosts=LOOPBACK, memory=memory, clock=watch.clock, sleep=watch.sleep)
        assert locate(register(locate=newest), url, {}, AS_OF, session) == [loopback.url("/a.zip")]
    assert [request.headers.get("if-none-match") for request in loopback.asked("/search")] == [None, '"s1"']


def test_a_register_without_a_way_is_its_own_address(session, loopback):
    assert locate(register(), "https://a.example/x.csv", {}, AS_OF, session) == ["https://a.example/x.csv"]
    assert loopback.requests == []


def test_an_address_named_twice_is_one_file(session):
    def twice(url: str, options: Options, as_of: date) -> Locating:
        return ["https://a.example/2", "https://a.example/1", "https://a.example/2"]
        yield

    assert locate(register(locate=twice), "u", {}, AS_OF, session) == ["https://a.example/2", "https://a.example/1"]


def test_a_way_that_leads_nowhere_says_what_to_do(session, loopback, reply):
    with pytest.raises(FetchError, match="names no file.*`path:`"):
        locate(register(locate=newest), _search(loopback, reply, "gone.zip"), {}, AS_OF, session)
    with pytest.raises(FetchError, match=r"not laid out as expected \(KeyError: 'files'\)"):
        locate(register(locate=newest), loopback.answers("/other", reply(b"{}")), {}, AS_OF, session)
    with pytest.raises(HttpStatusError, match="404"):
        locate(register(locate=newest), loopback.url("/nothing"), {}, AS_OF, session)


def test_a_way_without_end_is_left(session, loopback, reply):
    def circles(url: str, options: Options, as_of: date) -> Locating:
        answer: Answer | None = None
        for n in range(1000):
            answer = yield Ask(f"{url}{n}", may_be_missing=True)
        return [str(answer)]

    with pytest.raises(FetchError, match="more than 60 requests"):
        locate(register(locate=circles), loopback.url("/"), {}, AS_OF, session)


def test_places_of_pages():
    assert place("http://127.0.0.1:1/a?b=1#c") == place("http://127.0.0.1:2/a?b=1")
    assert place("https://a.example/a?b=1") != place("https://a.example/a?b=2")
