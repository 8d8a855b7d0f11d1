"""Bringing in tonight's files: what is fetched, what is refused, and when the last good file stands in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.snapshots.store import SnapshotStore
from assets.snapshots.take import FileOption, TakenFile, fall_back, take
from sources.http import PoliteSession
from sources.register import Register

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

    def take(self, *files: FileOption, days_later: int = 0, register: Register = REGISTER) -> list[TakenFile]:
        now = MONDAY + timedelta(days=days_later)
        http = PoliteSession("0.1.0", seed=1, clock=self._watch.clock, sleep=self._watch.sleep)
        return take(register, files, store=self.store, http=http, as_of=now.date(), now_utc=now)


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


def test_a_local_file_is_copied_once_and_confirmed_after(night, tmp_path):
    path = tmp_path / "by_hand.csv"
    path.write_bytes(BODY)
    first = _only(night.take(FileOption(slot="a", path=path)))
    again = _only(night.take(FileOption(slot="a", path=path), days_later=1))
    assert (first.fetch_status, first.url, first.stale_days) == ("local_file", None, 0)
    assert first.path != path
    assert again == replace(first, fetched_on=date(2026, 11, 3))
    assert path.read_bytes() == BODY
    path.write_bytes(b"new")
    assert _only(night.take(FileOption(slot="a", path=path))).path.read_bytes() == b"new"
    assert first.path.read_bytes() == BODY


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "download Register of Charities from https://town.example/charities"),
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


# --- how it is called ---------------------------------------------------------------------------------------------


def test_a_run_for_a_past_date_has_no_negative_age(night, loopback, reply, watch):
    http = PoliteSession("0.1.0", clock=watch.clock, sleep=watch.sleep)
    option = FileOption(slot="a", url=loopback.answers("/a.csv", reply(BODY)))
    file = _only(take(REGISTER, [option], store=night.store, http=http, as_of=date(2026, 1, 1), now_utc=MONDAY))
    assert file.stale_days == 0


def test_two_files_cannot_share_a_slot(night, tmp_path):
    with pytest.raises(ValueError, match="slot of its own"):
        night.take(FileOption(slot="a", path=tmp_path / "1"), FileOption(slot="a", path=tmp_path / "2"))


@pytest.mark.parametrize("where", [{}, {"url": "https://h.example/a", "path": Path("a")}])
def test_a_file_is_had_from_exactly_one_place(where):
    with pytest.raises(ValueError, match="exactly one"):
        FileOption(slot="a", **where)


def test_a_time_without_a_zone_is_refused(night, watch, tmp_path):
    http = PoliteSession("0.1.0", clock=watch.clock, sleep=watch.sleep)
    naive = MONDAY.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        take(
            REGISTER,
            [FileOption(slot="a", path=tmp_path)],
            store=night.store,
            http=http,
            as_of=MONDAY.date(),
            now_utc=naive,
        )
