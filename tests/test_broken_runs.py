"""Runs that end badly: killed at random moments, out of disk, without permission. Readers see whole versions all the while, and the
next run recovers by itself.

One story, told once: a good run, five runs killed over one another's leftovers, two runs on a full disk, then one good run over all
that is left. `make soak` kills fifty.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import real_runs
from bench.real_runs import Home

KILLS = 5
#: Of the moments; another seed finds others.
SEED = 20261122
#: What is left on the full disk: not enough for Dagster's own records, and enough for some of the tables.
LEFT = {"nothing": 0, "some": 3_000_000}
DISK = "400m"


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what readers saw then."""

    exit_code: int
    printed: str
    seen: dict[str, str]


@dataclass(frozen=True)
class Story:
    """What was seen."""

    home: Home
    first: dict[str, str]
    known_files: list[str]
    killed: dict[real_runs.Moment, Ended]
    full: dict[str, Ended]
    """Nothing where no disk could be made to fill."""
    recovered: Ended
    polled: dict[str, set[str]]


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """A small disk of its own; None where this user may not mount one."""
    folder = tmp_path_factory.mktemp("disk")
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def story(disk: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """All of it."""
    home = real_runs.make_home(tmp_path_factory.mktemp("broken"), data=disk and disk / "data")
    exit_code, printed = real_runs.finish(home)
    assert exit_code == 0, printed
    first, known = real_runs.read_all(home), real_runs.kinds_of_files(home)
    killed = {}
    for moment in real_runs.moments(KILLS, real_runs.steps_of(printed), SEED):
        code = real_runs.kill_at(moment, home)
        killed[moment] = Ended(code, home.printed.read_text("utf-8"), real_runs.read_all(home))
        print(f"{moment}: exit code {code} after {real_runs.steps_of(killed[moment].printed)} steps")  # shown by pytest -rP
    full = {}
    for name, leave in LEFT.items() if disk else ():
        filler = real_runs.fill(disk, leave)
        code, said = real_runs.finish(home)
        full[name] = Ended(code, said, real_runs.read_all(home))
        filler.unlink()
    with real_runs.polled(home) as polled:
        code, said = real_runs.finish(home)
    return Story(home, first, known, killed, full, Ended(code, said, real_runs.read_all(home)), polled)


def test_the_runs_were_killed_in_the_middle_and_all_over_it(story: Story) -> None:
    """A kill that comes when the run has just ended is none; it may happen to one of them."""
    assert [ended.exit_code for ended in story.killed.values()].count(-9) >= KILLS - 1
    assert len({real_runs.steps_of(ended.printed) for ended in story.killed.values()}) >= 3


def test_after_each_kill_readers_see_a_whole_version(story: Story) -> None:
    """The one before, or, where the kill came while the links were switched or after that, the killed run's."""
    before, all_steps = story.first, real_runs.steps_of(story.recovered.printed)
    for moment, ended in story.killed.items():
        for part, version in ended.seen.items():
            almost_done = real_runs.steps_of(ended.printed) >= all_steps - 2
            assert version == before[part] or almost_done, f"{moment}: {part}"
        before = ended.seen


@pytest.mark.parametrize("left", LEFT)
def test_a_run_on_a_full_disk_says_so_and_publishes_nothing(left: str, story: Story) -> None:
    if not story.full:
        pytest.skip("no small disk: mounting a tmpfs needs root")
    ended = story.full[left]
    assert ended.exit_code == 1
    assert _says(ended.printed, "The run failed; what was published before is untouched. no space left on the disk of ")
    assert _says(ended.printed, "MB and run again") and not _says(ended.printed, "Traceback")
    last = list(story.killed.values())[-1]
    assert ended.seen == last.seen


def test_the_next_run_recovers_by_itself(story: Story) -> None:
    assert story.recovered.exit_code == 0, story.recovered.printed
    published = set(real_runs.linked(story.home).values())
    assert len(published) == 1, "all three links lead to one version"
    (run,) = set(story.recovered.seen.values())
    assert published.pop().endswith(run)


def test_nothing_piles_up(story: Story) -> None:
    assert real_runs.left_behind(story.home, story.known_files) == []


def test_whoever_reads_during_a_publication_sees_the_old_version_or_the_new(story: Story) -> None:
    old = (list(story.full.values()) or list(story.killed.values()))[-1].seen
    for part, seen in story.polled.items():
        assert seen == {old[part], story.recovered.seen[part]} or seen == {old[part]}, part


def _says(printed: str, words: str) -> bool:
    """Whether the words stand there, wherever lines are broken: in the middle of a path, for one."""
    return "".join(words.split()) in "".join(printed.split())


# --- no permission --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("forbidden", "named"),
    [("data", "data"), ("data/small", "data/small"), ("data/small/exports", "data/small/exports")],
    ids=["the data folder", "the profile's folder", "one part of it"],
)
def test_without_permission_it_names_the_folder(forbidden: str, named: str, tmp_path: Path) -> None:
    home = real_runs.make_home(tmp_path)
    folder = tmp_path / forbidden
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    exit_code, printed = real_runs.finish(home, without_privileges=True)
    folder.chmod(0o755)
    assert exit_code == 1
    assert _says(printed, f"no permission to write to {tmp_path / named} (user ") and _says(printed, "and run again")
    assert not _says(printed, "Traceback")


def test_where_the_profile_is_new_the_folder_above_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = real_runs.make_home(folder, data=folder / "locked" / "data")
        (folder / "locked").mkdir(mode=0o555)
        exit_code, printed = real_runs.finish(home, without_privileges=True)
        assert exit_code == 1
        assert _says(printed, f"no permission to write to {folder / 'locked'}")
