"""The snapshot store: what it keeps, what it finds again, and what a kill or a bad disk costs."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assets.snapshots.journal import FetchRecord
from assets.snapshots.store import Snapshot, SnapshotError, SnapshotStore


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "snapshots")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


def _record(content: bytes, *, day: int = 1, source: str = "irs_bmf", slot: str = "eo1", **more: object) -> FetchRecord:
    fields: dict[str, object] = {
        "source": source,
        "slot": slot,
        "file_number": 1,
        "url": "https://register.example/eo1.csv",
        "final_url": "https://register.example/eo1.csv",
        "fetched_at_utc": f"2026-11-{day:02d}T01:00:00Z",
        "status": "fetched",
        "etag": '"v1"',
        "last_modified": None,
        "content_type": "text/csv",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "licence": "US-PD",
    }
    return FetchRecord(**{**fields, **more})  # type: ignore[arg-type]


def _add(store: SnapshotStore, content: bytes, **more: object) -> Snapshot:
    record = _record(content, **more)
    incoming = store.incoming(record.source, record.slot)
    incoming.write_bytes(content)
    return store.add(incoming, record)


def _blobs(root: Path) -> set[bytes]:
    return {path.read_bytes() for path in (root / "blobs").glob("*/*")}


def test_bytes_are_kept_under_their_hash_and_found_again(store, root):
    snapshot = _add(store, b"one", day=3)
    sha256 = hashlib.sha256(b"one").hexdigest()
    assert snapshot.path == root / "blobs" / sha256[:2] / sha256
    assert snapshot.path.read_bytes() == b"one"
    assert snapshot.fetched_on == date(2026, 11, 3)
    assert SnapshotStore(root).latest("irs_bmf", "eo1") == snapshot
    assert list((root / "incoming").iterdir()) == []
    assert store.verify() == []


def test_a_snapshot_is_read_only(store):
    assert stat.S_IMODE(_add(store, b"one").path.stat().st_mode) == 0o444


def test_nothing_is_found_where_nothing_was_kept(store):
    assert store.latest("irs_bmf", "eo1") is None
    assert (store.records("irs_bmf"), store.sources(), store.verify()) == ([], [], [])


def test_slots_and_sources_do_not_stand_in_for_each_other(store):
    _add(store, b"one", slot="eo1")
    _add(store, b"two", slot="eo2")
    assert store.latest("irs_bmf", "eo1").path.read_bytes() == b"one"
    assert store.latest("irs_bmf", "eo3") is None
    assert store.latest("ror", "eo1") is None
    assert store.sources() == ["irs_bmf"]


def test_same_bytes_are_kept_once_and_every_fetch_is_noted(store, root):
    _add(store, b"one", day=1)
    _add(store, b"two", day=2)
    _add(store, b"one", day=3)
    assert _blobs(root) == {b"one", b"two"}
    assert [record.fetched_at_utc[:10] for record in store.records("irs_bmf")] == [
        "2026-11-01",
        "2026-11-02",
        "2026-11-03",
    ]
    assert store.latest("irs_bmf", "eo1").path.read_bytes() == b"one"


def test_a_confirmation_makes_the_snapshot_younger(store):
    first = _add(store, b"one", day=1)
    store.confirm(replace(first.record, status="not_modified", fetched_at_utc="2026-11-05T01:00:00Z"))
    assert store.latest("irs_bmf", "eo1").fetched_on == date(2026, 11, 5)


def test_bytes_that_are_not_there_cannot_be_confirmed(store):
    with pytest.raises(SnapshotError, match="not in the store"):
        store.confirm(_record(b"never came"))
    assert store.records("irs_bmf") == []


def test_bytes_that_changed_on_the_way_in_are_refused(store, root):
    incoming = store.incoming("irs_bmf", "eo1")
    incoming.write_bytes(b"other bytes")
    with pytest.raises(SnapshotError, match="something else wrote"):
        store.add(incoming, _record(b"one"))
    assert store.latest("irs_bmf", "eo1") is None


def test_a_leftover_of_a_killed_run_does_not_get_in_the_way(store):
    leftover = store.incoming("irs_bmf", "eo1")
    leftover.write_bytes(b"half a fi")
    leftover.chmod(0o444)
    assert store.incoming("irs_bmf", "eo1") == leftover
    assert not leftover.exists()


@pytest.mark.parametrize("source", ["../escape", "", "a/b", ".hidden"])
def test_a_source_cannot_name_a_file_outside_the_store(store, source):
    with pytest.raises(SnapshotError, match="cannot name a file"):
        store.latest(source, "eo1")


# --- withdrawn bytes ----------------------------------------------------------------------------------------------


def test_withdrawn_bytes_give_way_to_those_before_until_they_come_again(store):
    good = _add(store, b"whole file", day=1)
    bad = _add(store, b"truncated", day=2)
    sha256 = bad.record.sha256
    store.withdraw("irs_bmf", "eo1", sha256, at_utc="2026-11-02T02:00:00Z", reason="3 rows, floor is 1,000.")
    assert store.latest("irs_bmf", "eo1") == good
    assert store.records("irs_bmf")[-1].note == "3 rows, floor is 1,000."
    again = _add(store, b"truncated", day=3)
    assert store.latest("irs_bmf", "eo1") == again


def test_only_bytes_on_record_can_be_withdrawn(store):
    _add(store, b"one")
    with pytest.raises(SnapshotError, match="never came"):
        store.withdraw("irs_bmf", "eo1", "0" * 64, at_utc="2026-11-02T02:00:00Z", reason="x")


def test_what_was_withdrawn_last_is_remembered(store):
    assert store.withdrawn("irs_bmf", "eo1") is None
    _add(store, b"good", day=1)
    assert store.withdrawn("irs_bmf", "eo1") is None
    bad = _add(store, b"bad", day=2)
    store.withdraw("irs_bmf", "eo1", bad.record.sha256, at_utc="2026-11-02T02:00:00Z", reason="0 rows.")
    found = store.withdrawn("irs_bmf", "eo1")
    assert (found.path, found.record.etag, found.record.note) == (bad.path, '"v1"', "0 rows.")
    _add(store, b"new", day=3)
    assert store.withdrawn("irs_bmf", "eo1") is None


# --- past nights --------------------------------------------------------------------------------------------------


def test_a_past_night_has_what_was_good_then(store):
    _add(store, b"one", day=2)
    _add(store, b"two", day=4)
    store.confirm(_record(b"one", day=6))
    bad = _add(store, b"bad", day=8)
    store.withdraw("irs_bmf", "eo1", bad.record.sha256, at_utc="2026-11-08T02:00:00Z", reason="x")

    def on(day: int, **more: str) -> bytes | None:
        found = store.as_it_was("irs_bmf", "eo1", date(2026, 11, day), **more)
        return found.path.read_bytes() if found else None

    assert [on(day) for day in (1, 2, 3, 4, 5, 6, 9)] == [None, b"one", b"one", b"two", b"two", b"one", b"one"]
    assert on(5, other_than=hashlib.sha256(b"two").hexdigest()) == b"one"
    assert store.as_it_was("irs_bmf", "eo1", date(2026, 11, 5)).fetched_on == date(2026, 11, 4)


def test_a_night_is_the_run_s_date_where_its_clock_is_behind_utc(store):
    _add(store, b"one", day=3, night="2026-11-02")
    assert store.as_it_was("irs_bmf", "eo1", date(2026, 11, 2)).path.read_bytes() == b"one"
    assert store.as_it_was("irs_bmf", "eo1", date(2026, 11, 1)) is None


# --- kills and bad disks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept_bytes", [1, 40, -1])
def test_a_torn_last_line_is_ignored_and_cut_off_by_the_next(store, root, kept_bytes):
    _add(store, b"one", day=1)
    journal = root / "records" / "irs_bmf.jsonl"
    whole = journal.read_bytes()
    _add(store, b"two", day=2)
    journal.write_bytes(whole + journal.read_bytes()[len(whole) :][:kept_bytes])  # killed while writing the second
    assert store.latest("irs_bmf", "eo1").path.read_bytes() == b"one"
    assert store.verify() == []
    _add(store, b"three", day=3)
    assert [json.loads(line)["fetched_at_utc"][8:10] for line in journal.read_bytes().splitlines()] == ["01", "03"]
    assert store.latest("irs_bmf", "eo1").path.read_bytes() == b"three"


@pytest.mark.parametrize("junk", [b"not json\n", b"[1]\n", b'{"source": "irs_bmf"}\n', b"\xff\xfe\n", b"no date"])
def test_a_broken_line_is_reported_and_the_others_still_count(store, root, junk):
    first = _add(store, b"one", day=1)
    journal = root / "records" / "irs_bmf.jsonl"
    if junk == b"no date":
        junk = journal.read_bytes().replace(b"2026-11-01T", b"2026-11-99T")
    journal.write_bytes(junk + journal.read_bytes())
    assert store.latest("irs_bmf", "eo1") == first
    assert [f"{journal} line 1" in problem for problem in store.verify()] == [True]
    with pytest.raises(SnapshotError, match="Nothing was pruned"):
        store.prune(1)


def _overwrite(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"rot")


@pytest.mark.parametrize(("damage", "word"), [(_overwrite, "holds other bytes"), (Path.unlink, "is missing")])
def test_damaged_bytes_are_found_by_verify_and_passed_over(store, damage, word):
    old = _add(store, b"one", day=1)
    new = _add(store, b"two", day=2)
    damage(new.path)
    (problem,) = store.verify()
    assert word in problem
    assert "irs_bmf/eo1" in problem
    assert store.latest("irs_bmf", "eo1") == old


def test_fetching_again_repairs_damaged_bytes(store):
    _overwrite(_add(store, b"one", day=1).path)
    _add(store, b"one", day=2)
    assert store.verify() == []


# --- pruning ------------------------------------------------------------------------------------------------------


def test_prune_keeps_the_newest_of_every_slot(store, root):
    for day, content in enumerate([b"one", b"two", b"three"], start=1):
        _add(store, content, day=day)
    _add(store, b"other slot", day=1, slot="eo2")
    _add(store, b"other source", day=1, source="ror")
    deleted = store.prune(2)
    assert deleted == [hashlib.sha256(b"one").hexdigest()]
    assert _blobs(root) == {b"two", b"three", b"other slot", b"other source"}
    assert store.verify() == []
    assert store.latest("irs_bmf", "eo1").path.read_bytes() == b"three"
    assert store.prune(2) == []


def test_prune_counts_only_good_snapshots(store, root):
    _add(store, b"good", day=1)
    withdrawn = _add(store, b"withdrawn", day=2)
    store.withdraw("irs_bmf", "eo1", withdrawn.record.sha256, at_utc="2026-11-02T02:00:00Z", reason="x")
    _overwrite(_add(store, b"rotten", day=3).path)
    store.prune(1)
    assert _blobs(root) == {b"good"}
    assert store.latest("irs_bmf", "eo1").path.read_bytes() == b"good"


def test_prune_keeps_what_was_withdrawn_last_so_that_it_is_not_fetched_again(store, root):
    _add(store, b"good", day=1)
    for day, content in ((2, b"bad"), (3, b"worse")):
        sha256 = _add(store, content, day=day).record.sha256
        store.withdraw("irs_bmf", "eo1", sha256, at_utc=f"2026-11-{day:02d}T02:00:00Z", reason="x")
    store.prune(1)
    assert _blobs(root) == {b"good", b"worse"}
    assert store.withdrawn("irs_bmf", "eo1").path.read_bytes() == b"worse"
    assert store.latest("irs_bmf", "eo1").path.read_bytes() == b"good"


def test_bytes_another_slot_rests_on_outlive_a_prune(store, root):
    _add(store, b"shared", day=1, slot="eo2")
    _add(store, b"shared", day=1)
    _add(store, b"new", day=2)
    store.prune(1)
    assert _blobs(root) == {b"shared", b"new"}


def test_prune_clears_what_killed_runs_left(store, root):
    _add(store, b"one")
    orphan = root / "blobs" / "ab" / ("ab" + "0" * 62)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"a blob whose line was never written")
    store.incoming("irs_bmf", "eo9").write_bytes(b"half a fi")
    store.prune(1)
    assert _blobs(root) == {b"one"}
    assert list((root / "incoming").iterdir()) == []


def test_the_last_good_snapshot_is_never_pruned(store):
    with pytest.raises(ValueError, match="at least 1"):
        store.prune(0)
