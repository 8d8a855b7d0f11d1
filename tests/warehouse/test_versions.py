"""Versions and links: readers see whole versions only, whatever is killed, held open or written to."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from warehouse import build, versions

REPO = Path(__file__).parents[2]
FIRST, SECOND, THIRD = (f"2026-11-2{day}T020000Z-0000000{day}" for day in (1, 2, 3))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "little-rock"


def finish(root: Path, version: str, published_database: Path) -> None:
    """Make all three parts of a version whole; nothing is published yet."""
    for part in versions.LINKS:
        folder = versions.start(root, part, version)
        if part == "warehouse":
            shutil.copy(published_database, folder / build.DATABASE)
        else:
            (folder / "page.html").write_text(version)
        versions.complete(folder)


def linked(root: Path) -> dict[str, str | None]:
    """Version each link points to."""
    found = {part: versions.current(versions.link_of(root, part)) for part in versions.LINKS}
    return {part: target and target.relative_to(root / part).parts[0] for part, target in found.items()}


def child(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python in another process, from the repository."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=60, check=False)


COUNT = "SELECT count(*) FROM core.bridge"


def bridge_rows(path: Path) -> int:
    """Rows a reader sees that opens the file now."""
    with duckdb.connect(str(path), read_only=True) as con:
        return int(con.execute(COUNT).fetchall()[0][0])


# --- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "run_id", "expected"),
    [
        (datetime(2026, 11, 21, 2, 3, 4, tzinfo=UTC), "6f0d1c2b-3a4e-11ef", "2026-11-21T020304Z-6f0d1c2b"),
        (
            datetime(2026, 11, 21, 1, 0, tzinfo=timezone(timedelta(hours=9))),
            "abcd-efgh-ij",
            "2026-11-20T160000Z-abcdefgh",
        ),
    ],
)
def test_version_names_tell_the_utc_time_and_the_run(now: datetime, run_id: str, expected: str) -> None:
    assert versions.version_name(now, run_id) == expected


@pytest.mark.parametrize(
    ("now", "run_id", "complaint"),
    [
        (datetime(2026, 11, 21), "6f0d1c2b3a", "time zone"),
        (datetime(2026, 11, 21, tzinfo=UTC), "../../x", "run id"),
    ],
)
def test_version_names_refuse_what_would_not_sort_or_not_be_a_folder(now: datetime, run_id: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        versions.version_name(now, run_id)


# --- links ---------------------------------------------------------------------------------------------------------


def test_nothing_is_current_before_the_first_publication(root: Path) -> None:
    assert linked(root) == {"exports": None, "report": None, "warehouse": None}


def test_publishing_points_every_link_at_the_version_and_survives_a_move(root: Path, published_database: Path) -> None:
    finish(root, FIRST, published_database)
    versions.publish(root, FIRST)
    moved = root.rename(root.with_name("moved"))
    assert linked(moved) == dict.fromkeys(versions.LINKS, FIRST)
    assert versions.current(moved / "warehouse" / "partners.duckdb") == moved / "warehouse" / FIRST / "partners.duckdb"
    assert (moved / "report" / "latest" / "page.html").read_text() == FIRST


def test_an_unfinished_part_stops_the_publication_before_anything_is_switched(root: Path, published_database: Path) -> None:
    finish(root, FIRST, published_database)
    versions.publish(root, FIRST)
    finish(root, SECOND, published_database)
    for part in ("report", "warehouse"):
        (versions.folder_of(root, part, SECOND) / versions.MARKER).unlink()
    with pytest.raises(versions.VersionError, match=f"report/{SECOND}, .*warehouse/{SECOND} lack"):
        versions.publish(root, SECOND)
    assert linked(root) == dict.fromkeys(versions.LINKS, FIRST)


def test_a_link_to_nowhere_is_an_error_not_a_first_night(root: Path, published_database: Path) -> None:
    finish(root, FIRST, published_database)
    versions.publish(root, FIRST)
    shutil.rmtree(root / "warehouse" / FIRST)
    with pytest.raises(versions.VersionError, match="gone"):
        versions.current(root / "warehouse" / "partners.duckdb")


def test_switching_refuses_a_missing_target_and_a_file_in_the_links_place(tmp_path: Path) -> None:
    with pytest.raises(versions.VersionError, match="does not exist"):
        versions.switch(tmp_path / "latest", tmp_path / "none")
    (tmp_path / "latest").write_text("a person's file")
    with pytest.raises(versions.VersionError, match="not a link"):
        versions.switch(tmp_path / "latest", tmp_path)
    assert (tmp_path / "latest").read_text() == "a person's file"


def test_a_complete_version_is_never_started_again(root: Path, published_database: Path) -> None:
    finish(root, FIRST, published_database)
    with pytest.raises(versions.VersionError, match="already complete"):
        versions.start(root, "exports", FIRST)


def test_a_version_must_have_a_versions_name(root: Path) -> None:
    with pytest.raises(versions.VersionError, match="version_name"):
        versions.start(root, "exports", "../elsewhere")


# --- tidying -------------------------------------------------------------------------------------------------------


def test_starting_removes_what_killed_runs_left_and_nothing_else(root: Path, published_database: Path) -> None:
    finish(root, FIRST, published_database)
    (root / "exports" / SECOND).mkdir()
    (root / "exports" / "notes").mkdir()
    (root / "exports" / ".latest.next").symlink_to(SECOND)
    versions.start(root, "exports", THIRD)
    assert sorted(path.name for path in (root / "exports").iterdir()) == [FIRST, THIRD, "notes"]


@pytest.mark.parametrize(
    ("keep", "protect", "removed"),
    [(1, (), [SECOND]), (1, (SECOND,), []), (2, (), []), (9, (), [])],
)
def test_pruning_keeps_the_newest_the_protected_and_the_linked(
    root: Path, published_database: Path, keep: int, protect: tuple[str, ...], removed: list[str]
) -> None:
    """The link stays at the oldest version here: a reader still needs it."""
    for version in (FIRST, SECOND, THIRD):
        finish(root, version, published_database)
    versions.publish(root, FIRST)
    assert versions.prune(root / "warehouse", keep, protect) == removed
    left = {path.name for path in (root / "warehouse").iterdir() if not path.is_symlink()}
    assert left == {FIRST, SECOND, THIRD} - set(removed)


def test_pruning_everything_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        versions.prune(root / "warehouse", 0)


def test_a_removal_cut_short_does_not_pass_for_a_whole_version(
    root: Path, published_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in (FIRST, SECOND):
        finish(root, version, published_database)

    def cut_short(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", cut_short)
    with pytest.raises(KeyboardInterrupt):
        versions.prune(root / "exports", 1)
    assert not versions.is_complete(root / "exports" / FIRST)


# --- readers and killed runs ---------------------------------------------------------------------------------------


READER = """
import duckdb, sys
print(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall())
"""


def test_a_reader_that_holds_the_old_version_keeps_it_and_new_readers_see_the_new(
    root: Path, published_database: Path, tmp_path: Path
) -> None:
    finish(root, FIRST, published_database)
    versions.publish(root, FIRST)
    link = versions.link_of(root, "warehouse")
    changed = Path(shutil.copy(published_database, tmp_path / "changed.duckdb"))
    changed.chmod(0o644)
    with duckdb.connect(str(changed)) as con:
        con.execute("DELETE FROM core.bridge WHERE record_id = 'little_rock:11'; CHECKPOINT")
    with duckdb.connect(str(link), read_only=True) as reader:
        assert reader.execute(COUNT).fetchone() == (11,)
        finish(root, SECOND, changed)
        versions.publish(root, SECOND)
        versions.prune(root / "warehouse", 1)
        assert not (root / "warehouse" / FIRST).exists()
        assert reader.execute(COUNT).fetchone() == (11,)
        # Within one process DuckDB shares the database already open under a path, so the new reader is another process.
        other = child(READER, link, COUNT)
        assert other.stdout == "[(10,)]\n", other.stderr


CARELESS = """
import duckdb, os, pathlib, signal, sys
link = pathlib.Path(sys.argv[1])
link.resolve().chmod(0o644)
con = duckdb.connect(str(link))
con.execute("INSERT INTO core.bridge VALUES ('foreign:1', 'org_bakery')")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("log_beside", ["target", "link"])
def test_a_careless_writer_does_not_poison_the_next_version(root: Path, published_database: Path, log_beside: str) -> None:
    """DuckDB 2.0 leaves its log beside the target, 1.4 beside the link, where the next version would replay it."""
    finish(root, FIRST, published_database)
    versions.publish(root, FIRST)
    link = versions.link_of(root, "warehouse")
    assert child(CARELESS, link).returncode == -signal.SIGKILL
    assert bridge_rows(link) == 12, "the writer must leave a log that readers replay, or this test shows nothing"
    (log,) = root.rglob("*.wal")
    beside = link.resolve() if log_beside == "target" else link
    log.rename(beside.with_name("partners.duckdb.wal"))
    finish(root, SECOND, published_database)
    versions.publish(root, SECOND)
    assert list(root.rglob("*.wal")) == []
    assert bridge_rows(link) == 11
    assert bridge_rows(versions.target_of(root, "warehouse", FIRST)) == 11


KILLED_IN_BUILD = """
import os, pathlib, signal, sys
from warehouse import build, ddl, versions
root, version, tables = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
ddl.create_view_sql = lambda view: os.kill(os.getpid(), signal.SIGKILL)  # tables are loaded, nothing is checkpointed
build.build(tables, versions.start(root, "warehouse", version))
"""


def test_a_run_killed_while_building_leaves_the_current_version_and_the_next_one_publishes(
    root: Path, published_database: Path, published_tables: Path
) -> None:
    finish(root, FIRST, published_database)
    versions.publish(root, FIRST)
    link = versions.link_of(root, "warehouse")
    assert child(KILLED_IN_BUILD, root, SECOND, published_tables).returncode == -signal.SIGKILL
    assert list((root / "warehouse" / SECOND).iterdir()), "the kill must come in the middle, or this test shows nothing"
    assert linked(root)["warehouse"] == FIRST
    assert bridge_rows(link) == 11
    finish(root, THIRD, published_database)
    versions.publish(root, THIRD)
    assert linked(root) == dict.fromkeys(versions.LINKS, THIRD)
    assert sorted(path.name for path in (root / "warehouse").iterdir()) == [FIRST, THIRD, "partners.duckdb"]
    assert bridge_rows(link) == 11


KILLED_IN_PUBLISH = """
import os, pathlib, signal, sys
from warehouse import versions
root, version, before = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
sync, calls = versions.sync, []
def killed(path):
    if len(calls) == before:
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(path)
    sync(path)
versions.sync = killed
versions.publish(root, version)
"""


@pytest.mark.parametrize("switched", [1, 2])
def test_a_run_killed_between_switches_leaves_whole_versions_and_the_next_one_recovers(
    root: Path, published_database: Path, switched: int
) -> None:
    finish(root, FIRST, published_database)
    versions.publish(root, FIRST)
    finish(root, SECOND, published_database)
    assert child(KILLED_IN_PUBLISH, root, SECOND, switched - 1).returncode == -signal.SIGKILL
    expected = [SECOND] * switched + [FIRST] * (3 - switched)
    assert list(linked(root).values()) == expected, "exports, report, warehouse: in this order"
    finish(root, THIRD, published_database)
    versions.publish(root, THIRD)
    assert linked(root) == dict.fromkeys(versions.LINKS, THIRD)
