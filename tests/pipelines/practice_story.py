"""Runs of a small practice town that several test files look at, each done once a session.

Belongs here: the profile, and the runs, one of them as a real process. Does not: what must hold of them (`test_cli.py`,
`test_definitions.py`, `../test_whole_run.py`), nor runs that are killed (`../test_broken_runs.py`).

Loaded by path, since the test folders are no packages. Run as a script, it is the `partners` command in another world: the rows of
every register shuffled, DuckDB on one thread.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from assets import night
from pipelines.cli import app
from pipelines.profile import PROFILES, Profile, load_profile
from sources.practice.model import Town
from sources.practice.server import serve
from sources.practice.town import build_town

REPO = Path(__file__).parents[2]
AS_OF = date(2026, 11, 22)
#: Half a town: the smallest whose charities number more than the floor of their register (200).
SEED, SIZE = 7, 0.5
#: A night takes about fifteen seconds; one that takes this long hangs.
PATIENCE_S = 240


def town() -> Town:
    """The town behind the registers, and the truth about it."""
    return build_town(SEED, SIZE)


def write_profile(folder: Path, **changes: Any) -> Path:
    """The practice profile at half size as `practice-half.yaml` in `folder`, top-level keys replaced by `changes`."""
    settings = yaml.safe_load((PROFILES / "practice.yaml").read_text("utf-8"))
    settings |= {"name": "practice-half", "practice": {"seed": SEED, "size": SIZE}, **changes}
    path = folder / f"{settings['name']}.yaml"
    path.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), "utf-8")
    return path


@dataclass(frozen=True)
class Home:
    """A data folder of its own, with a profile."""

    data: Path
    profile_path: Path

    @property
    def profile(self) -> Profile:
        """The profile as the pipeline reads it."""
        return load_profile(self.profile_path)

    @property
    def root(self) -> Path:
        """Where the profile's state lies."""
        return self.data / self.profile.name

    @property
    def warehouse(self) -> Path:
        """The link readers follow."""
        return self.root / "warehouse" / "partners.duckdb"

    def exports(self) -> dict[str, bytes]:
        """Every exported file but the manifest and its twin, which hold the run's id and wall times."""
        folder = (self.root / "exports" / "latest").resolve()
        found = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
        return {name: body for name, body in found.items() if name not in ("manifest.json", "datapackage.json", "COMPLETE")}

    def copy_to(self, data: Path) -> Home:
        """The same state in another data folder, for a test that goes on from here. Parquet files of runs are shared."""
        home = Home(data, self.profile_path)
        for part in ("warehouse", "exports", "report", "snapshots"):
            shutil.copytree(self.root / part, home.root / part, symlinks=True)
        run = last_run(self.root)
        shutil.copytree(run, home.root / "runs" / run.name, copy_function=os.link)
        return home


def make_home(folder: Path, **changes: Any) -> Home:
    """A fresh home in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return Home(folder / "data", write_profile(folder, **changes))


def last_run(root: Path) -> Path:
    """The tables of the run that is published."""
    version = (root / "exports" / "latest").readlink().name
    return next(run for run in (root / "runs").iterdir() if run.name.replace("-", "").startswith(version[-8:]))


def start(home: Home, program: list[str], **environment: str) -> subprocess.Popen[str]:
    """`partners run` by another program than this one, in the home's data folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DAGSTER_", "PARTNERS_"))}
    return subprocess.Popen(
        [sys.executable, *program, "run", "--profile", str(home.profile_path), "--as-of", AS_OF.isoformat(), "--anew"],
        env=kept | {"PARTNERS_DATA": str(home.data), "PYTHONPATH": str(REPO), "COLUMNS": "160", **environment},
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def count_opportunities(warehouse: Path) -> int:
    """What a reader who opens the warehouse now finds."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return int(con.execute("SELECT count(*) FROM mart.opportunity").fetchall()[0][0])


class Story:
    """The nights. The first is run here and now; the other in the background while tests that do not need it run.

    The other has a home of its own, in another world. Whoever runs the night after goes on from there.
    """

    def __init__(self, folder: Path) -> None:
        self.home = make_home(folder / "first")
        self.other_home = make_home(folder / "other")
        self.settings = folder / "dagster"
        """Where Dagster finds its settings for the nights run in this process; those in the background have a place of their own."""

    @functools.cached_property
    def first_night(self) -> str:
        """What `partners run` printed on the first night."""
        with pytest.MonkeyPatch.context() as patch:
            self.live_at(self.home, patch)
            result = CliRunner().invoke(app, ["run", "--as-of", AS_OF.isoformat()], env={"COLUMNS": "160"})
        assert result.exit_code == 0, result.output
        return result.output

    def live_at(self, home: Home, patch: pytest.MonkeyPatch) -> None:
        """Lets commands and runs in this process find a home."""
        patch.setenv("PARTNERS_DATA", str(home.data))
        patch.setenv("PARTNERS_PROFILE", str(home.profile_path))
        patch.setenv("DAGSTER_HOME", str(self.settings))
        patch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")

    @functools.cached_property
    def other_night(self) -> Future[OtherNight]:
        """The night at the other home."""
        assert self.first_night
        return ThreadPoolExecutor(max_workers=1).submit(self._tell_other)

    def _tell_other(self) -> OtherNight:
        home = self.other_home
        process = start(home, [str(Path(__file__))], PYTHONHASHSEED="2", TZ="Asia/Tokyo")
        printed, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, printed
        return OtherNight(printed, home.exports(), home.warehouse.readlink())


@dataclass(frozen=True)
class OtherNight:
    """What was seen of the night at the other home."""

    printed: str
    exports: dict[str, bytes]
    """Of the night with shuffled rows, one thread, another hash seed and another time zone."""
    link: Path
    """Where the warehouse's link led after it."""


@functools.cache
def story(folder: Path, *, whole: bool) -> Story:
    """The session's story, told below `folder`; the `whole` of it has a night more, begun as soon as it can be."""
    told = Story(folder)
    if whole:
        assert told.other_night
    return told


def shuffled(patch: pytest.MonkeyPatch, threads: int) -> None:
    """The rows of every register in another order, and DuckDB on so many threads."""
    connect = duckdb.connect

    def connect_with(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        con = connect(*arguments, **options)
        con.execute(f"SET threads = {threads}")
        return con

    patch.setattr(night, "serve", functools.partial(serve, shuffle=3))
    patch.setattr(duckdb, "connect", connect_with)


if __name__ == "__main__":
    shuffled(pytest.MonkeyPatch(), threads=1)
    app(standalone_mode=False)
