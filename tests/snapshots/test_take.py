"""Bringing in tonight's files: what is fetched, what is refused, and when the last good file stands in."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.snapshots.store import SnapshotStore
from assets.snapshots.take import FileOption, TakenFile, fall_back, take
from sources.http import PoliteSession
from sources.paging import Ask, Locating, Paging, kept_pages
from sources.register import Options, Register

LOOPBACK = {"127.0.0.1"}
BODY = b"id,name\n1,Bakery\n"
MONDAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
REGISTER = Register(
    name="town_charities",
    title="Register of Charities",
    publisher="The Town",
    licence="CC0-1.0",
    licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
    attribution="The Town",
    url="https://town.example/charities",
    host_delay_s=7.0,
    max_bytes=1_000_000,
)


class Night:
    """Takes files with the same store, one night after the other."""

    def __init__(self, store: SnapshotStore, watch: Any) -> None:
        self.store = store
        self._watch = watch

    def take(self, *files: FileOption, days_later: int = 0, register: Register = REGISTER, **more: Any) -> list[TakenFile]:
        now = MONDAY + timedelta(days=days_later)
        http = PoliteSession("0.1.0", private_hosts=LOOPBACK, seed=1, clock=self._watch.clock, sleep=self._watch.sleep)
        return take(
            register, files, **{"store": self.store, "http": http, "as_of": now.date(), "now_utc": now, "options": {}, **more}
        )


@pytest.fixture
def night(tmp_path: Path, watch: Any) -> Night:
    return Night(SnapshotStore(tmp_path / "snapshots"), watch)


def _only(taken: list[TakenFile]) -> TakenFile:
    (file,) = taken
    return file


def test_a_file_is_fetched_and_kept_with_its_licence(night, loopback, reply):
    url = loopback.answers("/a.csv", reply(BODY, headers={"ETag": '"v1"', "Content-Type": "text/csv"}))
    file = _only(night.take(FileOption(slot="a", url=url)))
    assert file.path.read_bytes() == BODY
    assert (file.fetch_status, file.bytes, file.url, file.message) == ("fetched", len(BODY), url, None)
    assert (file.slot, file.file_number, file.fetched_on, file.stale_days) == ("a", 1, date(2026, 11, 2), 0)
    (record,) = night.store.records("town_charities")
    assert (record.licence, record.etag, record.content_type) == ("CC0-1.0", '"v1"', "text/csv")
    assert (record.fetched_at_utc, record.sha256) == ("2026-11-02T01:00:00Z", file.sha256)


def test_files_are_numbered_as_in_the_profile_and_paced_as_the_register_asks(night, loopback, reply, watch):
    urls = [loopback.answers(f"/{slot}.csv", reply(slot.encode())) for slot in "ab"]
    taken = night.take(*[FileOption(slot=url[-5], url=url) for url in urls])
    assert [(file.slot, file.file_number, file.path.read_bytes()) for file in taken] == [("a", 1, b"a"), ("b", 2, b"b")]
    assert watch.naps == pytest.approx([7.0, 7.0])  # after robots.txt, and between the two


def test_an_unchanged_file_is_confirmed_not_fetched(night, loopback, reply):
    headers = {"ETag": '"v1"', "Last-Modified": "Sun, 01 Nov 2026 00:00:00 GMT"}
    url = loopback.answers("/a.csv", reply(BODY, headers=headers), reply(status=304))
    first = _only(night.take(FileOption(slot="a", url=url)))
    for days_later in (1, 2):  # the 304 says nothing of the ETag, which is remembered all the same
        again = _only(night.take(FileOption(slot="a", url=url), days_later=days_later))
        assert again == replace(first, fetch_status="not_modified", fetched_on=date(2026, 11, 2 + days_later))
        assert loopback.asked("/a.csv")[-1].headers["if-none-match"] == '"v1"'
    assert [r.status for r in night.store.records("town_charities")] == ["fetched", "not_modified", "not_modified"]


def test_a_new_port_is_the_same_address_and_a_new_path_is_not(night, loopback, loopback_kit, reply):
    v1 = reply(BODY, headers={"ETag": '"v1"'})
    night.take(FileOption(slot="a", url=loopback.answers("/a.csv", v1)))
    with loopback_kit.serving() as tomorrow:
        same = tomorrow.answers("/a.csv", reply(status=304))
        other = tomorrow.answers("/new.csv", reply(b"id\n2\n"))
        assert _only(night.take(FileOption(slot="a", url=same))).fetch_status == "not_modified"
        assert _only(night.take(FileOption(slot="a", url=other))).fetch_status == "fetched"
        assert "if-none-match" not in tomorrow.asked("/new.csv")[0].headers


def test_rotten_bytes_are_fetched_anew_instead_of_confirmed(night, loopback, reply):
    url = loopback.answers("/a.csv", reply(BODY, headers={"ETag": '"v1"'}))
    first = _only(night.take(FileOption(slot="a", url=url)))
    first.path.chmod(0o644)
    first.path.write_bytes(b"rot")
    again = _only(night.take(FileOption(slot="a", url=url), days_later=1))
    assert "if-none-match" not in loopback.asked("/a.csv")[-1].headers
    assert (again.fetch_status, again.path.read_bytes()) == ("fetched", BODY)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 503}, "HTTP 503"),
        ({"status": 404}, "HTTP 404"),
        ({"body": BODY[:4], "announce": 17}, "No whole answer"),
        ({"endless": True}, "1,000,000 bytes allowed"),
        ({"body": b""}, "is empty"),
        ({"body": b"<!DOCTYPE html><title>Log in</title>"}, "is a web page"),
        ({"body": b"\xef\xbb\xbf \r\n<HTML lang=en>"}, "is a web page"),
        ({"body": b"<?xml version='1.0'?>\n<!-- x -->\n<html>"}, "is a web page"),
        ({"body": b"PK\x03\x04 the rest never came"}, "cut short"),
        ({"status": 302, "headers": {"Location": "https://10.0.0.1/a.csv"}}, "redirects to another host"),
    ],
)
def test_a_failing_source_keeps_its_last_good_file_and_says_how_old_it_is(night, loopback, reply, tmp_path, fault, reason):
    url = loopback.answers("/a.csv", reply(BODY), reply(**fault))
    first = _only(night.take(FileOption(slot="a", url=url)))
    later = _only(night.take(FileOption(slot="a", url=url), days_later=3))
    assert later.fetch_status == "last_good"
    assert (later.path, later.sha256, later.fetched_on, later.stale_days) == (
        first.path,
        first.sha256,
        date(2026, 11, 2),
        3,
    )
    assert reason in later.message
    assert "2026-11-02 stands in for it (3 days old)" in later.message
    assert len(night.store.records("town_charities")) == 1  # what is no data leaves no trace
    assert list((tmp_path / "snapshots" / "incoming").iterdir()) == []


def test_xml_data_is_no_web_page(night, loopback, reply):
    url = loopback.answers("/a.xml", reply(b"<?xml version='1.0'?><FHRSEstablishment/>"))
    assert _only(night.take(FileOption(slot="a", url=url))).fetch_status == "fetched"


def test_a_server_that_is_gone_costs_nothing_but_freshness(night, loopback, reply):
    url = loopback.answers("/a.csv", reply(BODY))
    night.take(FileOption(slot="a", url=url))
    loopback.stop()
    file = _only(night.take(FileOption(slot="a", url=url), days_later=1))
    assert (file.fetch_status, file.stale_days, file.path.read_bytes()) == ("last_good", 1, BODY)


def test_without_an_earlier_file_a_failure_is_a_missing_file_and_the_others_still_come(night, loopback, reply):
    gone = loopback.url("/gone.csv?apikey=s3cret")
    good = loopback.answers("/good.csv", reply(BODY))
    missing, fetched = night.take(FileOption(slot="gone", url=gone), FileOption(slot="good", url=good))
    assert (missing.fetch_status, missing.path, missing.sha256, missing.stale_days) == ("missing", None, None, None)
    assert "HTTP 404" in missing.message
    assert "No earlier snapshot" in missing.message
    assert "s3cret" not in missing.message + missing.url
    assert (fetched.fetch_status, fetched.file_number) == ("fetched", 2)


def test_robots_are_a_reason_like_any_other(night, loopback, reply):
    loopback.answers("/robots.txt", reply(b"User-agent: *\nDisallow: /\n"))
    url = loopback.answers("/a.csv", reply(BODY))
    file = _only(night.take(FileOption(slot="a", url=url)))
    assert (file.fetch_status, loopback.asked("/a.csv")) == ("missing", [])
    assert "robots.txt disallows" in file.message


def test_no_secret_reaches_the_store(night, loopback, reply, tmp_path):
    url = loopback.answers("/a.csv?apikey=s3cret", reply(BODY)).replace("//", "//me:pa55@")
    file = _only(night.take(FileOption(slot="a", url=url)))
    assert file.fetch_status == "fetched"
    journal = (tmp_path / "snapshots" / "records" / "town_charities.jsonl").read_text(encoding="utf-8")
    assert "apikey=…" in journal
    assert "s3cret" not in journal
    assert "pa55" not in journal


@pytest.mark.parametrize("local", [False, True])
def test_a_full_disk_is_one_file_s_failure(night, loopback, reply, monkeypatch, tmp_path, local):
    def full(self: SnapshotStore, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SnapshotStore, "add", full)
    url, path = loopback.answers("/a.csv", reply(BODY)), tmp_path / "by_hand.csv"
    path.write_bytes(BODY)
    file = _only(night.take(FileOption(slot="a", path=path) if local else FileOption(slot="a", url=url)))
    assert file.fetch_status == "missing"
    assert "No space left" in file.message
    assert list((tmp_path / "snapshots" / "incoming").iterdir()) == []


# --- local files --------------------------------------------------------------------------------------------------


def _save(path: Path, content: bytes, day: int) -> None:
    """Write a file as if on that day of November."""
    path.write_bytes(content)
    moment = datetime(2026, 11, day, 12, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))


def test_a_local_file_is_copied_once_and_confirmed_after(night, tmp_path):
    path = tmp_path / "by_hand.csv"
    _save(path, BODY, 1)
    first = _only(night.take(FileOption(slot="a", path=path)))
    again = _only(night.take(FileOption(slot="a", path=path), days_later=1))
    assert (first.fetch_status, first.url) == ("local_file", None)
    assert first.path != path
    assert again == replace(first, stale_days=2)
    assert path.read_bytes() == BODY
    _save(path, b"new", 3)
    assert _only(night.take(FileOption(slot="a", path=path), days_later=1)).path.read_bytes() == b"new"
    assert first.path.read_bytes() == BODY


@pytest.mark.parametrize(("saved", "fetched_on", "stale_days"), [(1, 1, 3), (4, 4, 0), (9, 4, 0)])
def test_a_local_file_is_as_old_as_the_day_it_was_saved(night, tmp_path, saved, fetched_on, stale_days):
    path = tmp_path / "by_hand.csv"
    _save(path, BODY, saved)
    file = _only(night.take(FileOption(slot="a", path=path), days_later=2))
    assert (file.fetched_on, file.stale_days) == (date(2026, 11, fetched_on), stale_days)
    path.unlink()
    later = _only(night.take(FileOption(slot="a", path=path), days_later=3))
    assert (later.fetch_status, later.stale_days) == ("last_good", stale_days + 1)


def test_a_saved_web_page_is_data_to_a_register_of_pages(night, tmp_path):
    path = tmp_path / "page.html"
    path.write_bytes(b"<!DOCTYPE html><title>Members</title>")
    option = FileOption(slot="a", path=path)
    assert _only(night.take(option, register=replace(REGISTER, pages=following))).fetch_status == "local_file"
    assert _only(night.take(replace(option, slot="b"))).fetch_status == "missing"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "download Register of Charities from The Town"),
        (b"", "empty"),
        (b"<html>", "web page"),
    ],
)
def test_a_local_file_that_cannot_be_used_says_how_to_get_it(night, tmp_path, content, reason):
    path = tmp_path / "by_hand.csv"
    if content is not None:
        path.write_bytes(content)
    file = _only(night.take(FileOption(slot="a", path=path)))
    assert file.fetch_status == "missing"
    assert str(path) in file.message
    assert reason in file.message


def test_a_local_file_that_vanished_leaves_its_snapshot(night, tmp_path):
    path = tmp_path / "by_hand.csv"
    path.write_bytes(BODY)
    night.take(FileOption(slot="a", path=path))
    path.unlink()
    file = _only(night.take(FileOption(slot="a", path=path), days_later=2))
    assert (file.fetch_status, file.stale_days, file.path.read_bytes()) == ("last_good", 2, BODY)


# --- files that proved no good when read --------------------------------------------------------------------------


def test_a_file_under_its_floor_gives_way_to_the_one_before_for_good(night, loopback, reply):
    url = loopback.answers("/a.csv", reply(BODY), reply(b"id,name\n"), reply(status=503))
    option = FileOption(slot="a", url=url)
    good = _only(night.take(option))
    thin = _only(night.take(option, days_later=1))
    tuesday = MONDAY + timedelta(days=1)
    reason = "0 rows read, the floor is 1."
    instead = fall_back(REGISTER, thin, store=night.store, as_of=tuesday.date(), now_utc=tuesday, reason=reason)
    assert (instead.fetch_status, instead.sha256, instead.stale_days) == ("last_good", good.sha256, 1)
    assert instead.message.startswith("0 rows read, the floor is 1. The snapshot of 2026-11-02")
    assert _only(night.take(option, days_later=2)).sha256 == good.sha256


def test_a_first_file_under_its_floor_leaves_nothing(night, loopback, reply):
    thin = _only(night.take(FileOption(slot="a", url=loopback.answers("/a.csv", reply(b"id,name\n")))))
    instead = fall_back(REGISTER, thin, store=night.store, as_of=MONDAY.date(), now_utc=MONDAY, reason="0 rows read.")
    assert (instead.fetch_status, instead.path, instead.url) == ("missing", None, thin.url)


def _withdraw(night: Night, file: TakenFile, days_later: int, **more: Any) -> TakenFile:
    now = MONDAY + timedelta(days=days_later)
    return fall_back(
        REGISTER, file, **{"store": night.store, "as_of": now.date(), "now_utc": now, "reason": "0 rows read.", **more}
    )


@pytest.mark.parametrize("unchanged", [{"status": 304}, {"body": b"id,name\n"}], ids=["304", "the same bytes"])
def test_a_withdrawn_file_stays_withdrawn_while_the_register_offers_no_other(night, loopback, reply, unchanged):
    thin = reply(b"id,name\n", headers={"ETag": '"thin"'})
    url = loopback.answers(
        "/a.csv", reply(BODY, headers={"ETag": '"v1"'}), thin, reply(**unchanged), reply(**unchanged), reply(b"id\n3\n")
    )
    option = FileOption(slot="a", url=url)
    good = _only(night.take(option))
    _withdraw(night, _only(night.take(option, days_later=1)), 1)
    for days_later in (2, 3):
        later = _only(night.take(option, days_later=days_later))
        assert (later.fetch_status, later.sha256, later.stale_days) == ("last_good", good.sha256, days_later)
        assert "still offers the file set aside on 2026-11-03 (0 rows read)" in later.message
        assert "2026-11-02 stands in" in later.message
        assert loopback.asked("/a.csv")[-1].headers["if-none-match"] == '"thin"'
    assert _only(night.take(option, days_later=4)).path.read_bytes() == b"id\n3\n"


@pytest.mark.parametrize(
    ("unchanged", "status"),
    [({"status": 304}, "not_modified"), ({"body": b"id,name\n"}, "fetched")],
    ids=["304", "the same bytes"],
)
def test_a_withdrawn_file_is_read_once_more_when_everything_is_made_anew(night, loopback, reply, unchanged, status):
    url = loopback.answers("/a.csv", reply(b"id,name\n", headers={"ETag": '"thin"'}), reply(**unchanged))
    option = FileOption(slot="a", url=url)
    _withdraw(night, _only(night.take(option)), 0)
    again = _only(night.take(option, days_later=1, anew=True))
    assert (again.fetch_status, again.path.read_bytes(), again.message) == (status, b"id,name\n", None)


# --- files that are too old ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days_later", "used"), [(30, True), (31, False)])
def test_over_the_age_limit_a_source_drops_out(night, loopback, reply, days_later, used):
    url = loopback.answers("/a.csv", reply(BODY), reply(status=503))
    option = FileOption(slot="a", url=url)
    night.take(option)
    file = _only(night.take(option, days_later=days_later, max_age_days=30))
    assert file.fetch_status == ("last_good" if used else "missing")
    if not used:
        assert (file.path, file.stale_days) == (None, None)
        assert "HTTP 503" in file.message
        assert "31 days old, over the age limit of 30" in file.message
        assert "`max_age_days:`" in file.message
    assert _only(night.take(option, days_later=days_later)).fetch_status == "last_good"  # no limit given


def test_the_age_limit_holds_for_what_stands_in_for_a_thin_file(night, loopback, reply):
    option = FileOption(slot="a", url=loopback.answers("/a.csv", reply(BODY), reply(b"id,name\n")))
    night.take(option)
    thin = _only(night.take(option, days_later=9))
    assert _withdraw(night, thin, 9, max_age_days=8).fetch_status == "missing"


def test_an_unchanged_file_is_never_too_old(night, loopback, reply):
    option = FileOption(slot="a", url=loopback.answers("/a.csv", reply(BODY, headers={"ETag": '"v1"'}), reply(status=304)))
    night.take(option)
    assert _only(night.take(option, days_later=99, max_age_days=1)).fetch_status == "not_modified"


# --- files a register leads to ------------------------------------------------------------------------------------


def leading(url: str, options: Options, as_of: date) -> Locating:
    """A page that lists the parts, one a line."""
    answer = yield Ask(url)
    return [f"{url[: -len('/list')]}/{name.format(**options)}" for name in answer.text().split()]


LEADS = replace(REGISTER, locate=leading)


def _parts(loopback: Any, reply: Any, *listed: str) -> FileOption:
    url = loopback.answers("/list", *(reply(names.encode()) for names in listed))
    for name in " ".join(listed).split():
        validators = {"ETag": f'"{name}"'}
        loopback.answers(f"/{name}", reply(name.encode(), headers=validators), reply(status=304))
    return FileOption(slot="file-1", url=url)


def test_one_address_may_lead_to_several_files(night, loopback, reply):
    option = _parts(loopback, reply, "a.zip b.zip c.zip")
    single = FileOption(slot="file-2", url=loopback.answers("/other/list", reply(b"d.zip")))
    loopback.answers("/other/d.zip", reply(b"d"))
    taken = night.take(option, single, register=LEADS)
    assert [(file.slot, file.file_number, file.path.read_bytes()) for file in taken] == [
        ("file-1", 1, b"a.zip"),
        ("file-1.2", 2, b"b.zip"),
        ("file-1.3", 3, b"c.zip"),
        ("file-2", 4, b"d"),
    ]
    assert taken[1].url == loopback.url("/b.zip")
    again = night.take(option, single, register=LEADS, days_later=1)
    assert [file.fetch_status for file in again] == ["not_modified"] * 3 + ["fetched"]


def test_a_new_name_is_asked_for_whole(night, loopback, reply):
    option = _parts(loopback, reply, "data-2026-11-02.zip", "data-2026-11-03.zip")
    night.take(option, register=LEADS)
    file = _only(night.take(option, register=LEADS, days_later=1))
    assert (file.fetch_status, file.path.read_bytes()) == ("fetched", b"data-2026-11-03.zip")
    assert "if-none-match" not in loopback.asked("/data-2026-11-03.zip")[0].headers


def test_where_the_way_is_lost_all_parts_stand_in(night, loopback, reply):
    option = _parts(loopback, reply, "a.zip b.zip")
    first = night.take(option, register=LEADS)
    loopback.answers("/list", reply(b"<html>moved</html>", status=404))
    later = night.take(option, register=LEADS, days_later=1)
    assert [(file.slot, file.sha256, file.fetch_status) for file in later] == [(f.slot, f.sha256, "last_good") for f in first]
    assert "HTTP 404" in later[1].message
    assert "/list" in later[1].message


def test_one_part_that_fails_is_stood_in_for_alone(night, loopback, reply):
    option = _parts(loopback, reply, "a.zip b.zip")
    night.take(option, register=LEADS)
    loopback.answers("/b.zip", reply(status=500))
    later = night.take(option, register=LEADS, days_later=1)
    assert [file.fetch_status for file in later] == ["not_modified", "last_good"]


def test_a_part_of_another_cut_does_not_stand_in(night, loopback, reply):
    option = _parts(loopback, reply, "a.zip b.zip", "a.zip b.zip c.zip")
    night.take(option, register=LEADS)
    loopback.answers("/b.zip", reply(status=500))
    later = night.take(option, register=LEADS, days_later=1)
    assert [(file.slot, file.fetch_status) for file in later] == [
        ("file-1", "not_modified"),
        ("file-1.2", "missing"),
        ("file-1.3", "fetched"),
    ]


def test_a_way_lost_on_the_first_night_is_a_missing_file(night, loopback):
    file = _only(night.take(FileOption(slot="a", url=loopback.url("/list")), register=LEADS))
    assert (file.fetch_status, file.slot) == ("missing", "a")


def test_options_reach_the_register(night, loopback, reply):
    option = FileOption(slot="a", url=loopback.answers("/list", reply(b"{state}.csv")))
    loopback.answers("/zz.csv", reply(BODY))
    assert _only(night.take(option, register=LEADS, options={"state": "zz"})).url == loopback.url("/zz.csv")


# --- registers of pages -------------------------------------------------------------------------------------------


def following(url: str, options: Options) -> Paging:
    """Pages whose first line names the next."""
    following = url
    while following:
        following = (yield Ask(following)).text().partition("\n")[0]


PAGED = replace(REGISTER, pages=following)


def _pages(loopback: Any, reply: Any) -> FileOption:
    second = loopback.answers("/2", reply(b"\nlast page", headers={"ETag": '"2"'}), reply(status=304))
    url = loopback.answers("/1?apikey=s3cret", reply(second.encode(), headers={"ETag": '"1"'}), reply(status=304))
    return FileOption(slot="a", url=url)


def _bodies(path: Path) -> list[bytes]:
    with path.open("rb") as stream:
        return [page.body for page in kept_pages(stream)]


def test_pages_are_taken_as_one_file(night, loopback, reply, tmp_path):
    option = _pages(loopback, reply)
    first = _only(night.take(option, register=PAGED))
    assert _bodies(first.path) == [loopback.url("/2").encode(), b"\nlast page"]
    assert (first.fetch_status, first.bytes) == ("fetched", first.path.stat().st_size)
    assert first.url == loopback.url("/1?apikey=…")
    again = _only(night.take(option, register=PAGED, days_later=1))
    assert again == replace(first, fetch_status="not_modified", fetched_on=date(2026, 11, 3))
    assert [len(loopback.asked(path)) for path in ("/1?apikey=s3cret", "/2")] == [2, 2]
    assert "if-none-match" in loopback.asked("/2")[-1].headers
    assert list((tmp_path / "snapshots" / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500}, "HTTP 500"),
        ({"body": b"x", "announce": 99}, "No whole answer"),
        ({"endless": True}, "bytes allowed"),
        ({"body": b"http://127.0.0.1:9/nowhere"}, "No whole answer|could not be read"),
    ],
    ids=["500", "cut", "endless", "leads nowhere"],
)
def test_one_page_that_fails_leaves_the_last_collection_whole(night, loopback, reply, tmp_path, fault, reason):
    option = _pages(loopback, reply)
    first = _only(night.take(option, register=PAGED))
    loopback.answers("/2", reply(**fault))
    later = _only(night.take(option, register=PAGED, days_later=3))
    assert (later.fetch_status, later.sha256, later.stale_days) == ("last_good", first.sha256, 3)
    assert re.search(reason, later.message)
    assert list((tmp_path / "snapshots" / "incoming").iterdir()) == []


def test_a_withdrawn_collection_stays_withdrawn_while_no_page_changes(night, loopback, reply):
    option = _pages(loopback, reply)
    _withdraw(night, _only(night.take(option, register=PAGED)), 0)
    later = _only(night.take(option, register=PAGED, days_later=1))
    assert later.fetch_status == "missing"
    assert "still offers the file set aside" in later.message
    assert _only(night.take(option, register=PAGED, days_later=2, anew=True)).fetch_status == "not_modified"


# --- past nights --------------------------------------------------------------------------------------------------


def test_a_past_night_is_replayed_without_asking_anyone(night, loopback, reply):
    option = FileOption(
        slot="a",
        url=loopback.answers("/a.csv", reply(BODY, headers={"ETag": '"1"'}), reply(status=304), reply(status=404), reply(b"new")),
    )
    nights = [_only(night.take(option, days_later=n)) for n in range(4)]
    loopback.stop()
    asked = len(loopback.requests)
    replays = [_only(night.take(option, offline=True, as_of=MONDAY.date() + timedelta(days=n), days_later=50)) for n in range(4)]
    assert replays[:2] == nights[:2]
    assert [(r.fetch_status, r.sha256, r.stale_days) for r in replays] == [
        (t.fetch_status, t.sha256, t.stale_days) for t in nights
    ]
    assert "nothing was fetched on 2026-11-04. The snapshot of 2026-11-03 stands in" in replays[2].message
    assert len(loopback.requests) == asked
    assert len(night.store.records("town_charities")) == 3  # a replay leaves no trace


def test_parts_and_local_files_are_replayed_too(night, loopback, reply, tmp_path):
    path = tmp_path / "by_hand.csv"
    _save(path, BODY, 1)
    options = [_parts(loopback, reply, "a.zip b.zip"), FileOption(slot="file-2", path=path)]
    first = night.take(*options, register=LEADS)
    path.unlink()
    loopback.stop()
    assert night.take(*options, register=LEADS, offline=True, as_of=MONDAY.date(), days_later=9) == first


def test_before_the_first_night_there_is_nothing_to_replay(night, loopback, reply):
    option = FileOption(slot="a", url=loopback.answers("/a.csv", reply(BODY)))
    night.take(option)
    file = _only(night.take(option, offline=True, as_of=date(2026, 11, 1)))
    assert (file.fetch_status, file.path) == ("missing", None)


def test_a_replay_withdraws_nothing(night, loopback, reply):
    option = FileOption(slot="a", url=loopback.answers("/a.csv", reply(BODY), reply(b"id,name\n")))
    good, thin = (_only(night.take(option, days_later=n)) for n in range(2))
    instead = _withdraw(night, thin, 1, offline=True)
    assert (instead.fetch_status, instead.sha256) == ("last_good", good.sha256)
    assert night.store.latest("town_charities", "a").record.sha256 == thin.sha256


# --- how it is called ---------------------------------------------------------------------------------------------


def test_a_run_for_a_past_date_has_no_negative_age(night, loopback, reply, watch):
    http = PoliteSession("0.1.0", private_hosts=LOOPBACK, clock=watch.clock, sleep=watch.sleep)
    option = FileOption(slot="a", url=loopback.answers("/a.csv", reply(BODY)))
    file = _only(take(REGISTER, [option], store=night.store, http=http, as_of=date(2026, 1, 1), now_utc=MONDAY, options={}))
    assert file.stale_days == 0


def test_two_files_cannot_share_a_slot(night, tmp_path):
    with pytest.raises(ValueError, match="slot of its own"):
        night.take(FileOption(slot="a", path=tmp_path / "1"), FileOption(slot="a", path=tmp_path / "2"))


@pytest.mark.parametrize("where", [{}, {"url": "https://h.example/a", "path": Path("a")}])
def test_a_file_is_had_from_exactly_one_place(where):
    with pytest.raises(ValueError, match="exactly one"):
        FileOption(slot="a", **where)


def test_a_time_without_a_zone_is_refused(night, watch, tmp_path):
    http = PoliteSession("0.1.0", private_hosts=LOOPBACK, clock=watch.clock, sleep=watch.sleep)
    naive = MONDAY.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        take(
            REGISTER,
            [FileOption(slot="a", path=tmp_path)],
            store=night.store,
            http=http,
            as_of=MONDAY.date(),
            now_utc=naive,
            options={},
        )
