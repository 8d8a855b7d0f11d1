"""`partners run` of a small practice town as processes of their own, to be killed, starved of disk and forbidden to write.

Belongs here: a home (profile and data folder), a run as a process, the moments to kill it, what readers see afterwards. Does not:
what must hold of that (`tests/test_broken_runs.py`, `soak_kills.py`).

The processes come from one server that has the project imported already, so that a run costs its own work and no start-up.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import multiprocessing
import os
import random
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import duckdb
import yaml

from warehouse import versions

REPO = Path(__file__).parents[1]
SEED = 7
#: A small town is published in a few seconds.
SIZE = 0.05
#: Small numbers, so that what piles up shows after a few runs.
KEEP = 2
AS_OF = "2026-11-22"
#: A run that takes longer hangs.
PATIENCE_S = 240
#: A run is killed so long at most after a step ended: about what a long step of the small town takes.
LONGEST_DELAY_S = 0.8

_SPAWN = multiprocessing.get_context("forkserver")
_SPAWN.set_forkserver_preload(["pipelines.run", "pipelines.cli"])


@dataclass(frozen=True)
class Home:
    """A data folder of its own, with a profile."""

    data: Path
    profile: Path

    @property
    def root(self) -> Path:
        """Where the profile's state lies."""
        return self.data / self.profile.stem

    @property
    def printed(self) -> Path:
        """What the last run printed."""
        return self.profile.with_suffix(".txt")


def make_home(folder: Path, data: Path | None = None) -> Home:
    """The practice profile, small, in `folder`; its data there too, unless another place is named."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = yaml.safe_load((REPO / "pipelines" / "profiles" / "practice.yaml").read_text("utf-8"))
    settings |= {"name": "small", "practice": {"seed": SEED, "size": SIZE}}
    settings["publishing"] = {"keep_versions": KEEP, "keep_runs": KEEP}
    settings["sources"] = [{**source, "floor": 5} for source in settings["sources"]]
    profile = folder / "small.yaml"
    profile.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), "utf-8")
    return Home(data or folder / "data", profile)


# --- a run ----------------------------------------------------------------------------------------------------------
def begin(home: Home, *, without_privileges: bool = False) -> ForkServerProcess:
    """`partners run` as a process of its own; `without_privileges` takes away what lets root write anywhere."""
    home.printed.unlink(missing_ok=True)
    process = _SPAWN.Process(target=_run, args=(home, without_privileges))
    process.start()
    return process


def finish(home: Home, **options: bool) -> tuple[int, str]:
    """A whole run: its exit code, and what it printed."""
    process = begin(home, **options)
    process.join(PATIENCE_S)
    assert process.exitcode is not None, f"the run hangs; it printed: {home.printed.read_text()}"
    return process.exitcode, home.printed.read_text("utf-8")


def _run(home: Home, without_privileges: bool) -> None:
    """In the process: the command, printing line by line into a file."""
    for name in [name for name in os.environ if name.startswith(("DAGSTER_", "PARTNERS_"))]:
        del os.environ[name]
    os.environ |= {"PARTNERS_DATA": str(home.data), "NO_PROXY": "127.0.0.1"}
    sys.stdout = sys.stderr = home.printed.open("w", buffering=1, encoding="utf-8")
    if without_privileges:
        _drop_privileges()
    from pipelines.cli import app

    app(["run", "--profile", str(home.profile), "--as-of", AS_OF, "--anew"])


def _drop_privileges() -> None:
    """What `setpriv --bounding-set -all` does, for this process: root then needs permission like everybody else."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    nothing = (ctypes.c_uint32 * 6)()
    if os.getuid() == 0 and ctypes.CDLL(None, use_errno=True).capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capset")


# --- moments to kill it ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Moment:
    """So long after so many steps have ended."""

    steps: int
    delay_s: float


def moments(count: int, steps: int, seed: int) -> list[Moment]:
    """Random moments, one in each of `count` equal parts of a run that has `steps` steps, late ones first.

    Late ones first: an early kill then meets the leftovers of a run that had got far, and not the other way round only.
    """
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    return [
        Moment(int((part + chance.random()) * steps / count), chance.random() * LONGEST_DELAY_S)
        for part in reversed(range(count))
    ]


def steps_of(printed: str) -> int:
    """How many steps a run tells that they have ended."""
    return sum(line.endswith(" s") and not line.startswith("Done") for line in printed.splitlines())


def kill_at(moment: Moment, home: Home) -> int:
    """Begins a run, kills it at the moment and returns its exit code: -9, or 0 where it was done already."""
    process = begin(home)
    deadline = time.monotonic() + PATIENCE_S
    while process.is_alive() and (not home.printed.exists() or steps_of(home.printed.read_text("utf-8")) < moment.steps):
        assert time.monotonic() < deadline, f"the run hangs; it printed: {home.printed.read_text()}"
        time.sleep(0.005)
    process.join(moment.delay_s)
    process.kill()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


# --- what readers see -----------------------------------------------------------------------------------------------
def linked(home: Home) -> dict[str, str]:
    """The version each link leads to; each must be whole."""
    found = {}
    for part in versions.LINKS:
        target = versions.current(versions.link_of(home.root, part))
        assert target is not None, f"{part} has no link"
        folder = target.parent if part == "warehouse" else target
        assert versions.is_complete(folder), f"{folder} is not whole"
        found[part] = folder.name
    return found


def read_all(home: Home) -> dict[str, str]:
    """The versions a reader of the warehouse and one of the exports see now, everything in them read.

    Raises AssertionError for what a reader would find broken.
    """
    return {
        "warehouse": _read_warehouse(versions.link_of(home.root, "warehouse")),
        "exports": _read_exports(home.root / "exports"),
    }


def _read_warehouse(link: Path) -> str:
    """By the link, as people open it."""
    with duckdb.connect(str(link), read_only=True) as con:
        ((run,),) = con.execute("SELECT run_id FROM meta.run").fetchall()
        parts = "SELECT count(*) FROM mart.opportunity_criterion ANTI JOIN mart.opportunity USING (opportunity_id)"
        assert con.execute(parts).fetchall() == [(0,)]
        for (table,) in con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall():
            con.execute(f"SELECT count(COLUMNS(*)) FROM {table}").fetchall()
    return _short(run)


def _read_exports(exports: Path) -> str:
    """The link is followed once, as programs should that read more than one file."""
    folder = exports / (exports / "latest").readlink()
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    for file in manifest["files"]:
        body = (folder / file["path"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == file["sha256"], file["path"]
    return _short(manifest["run"]["run_id"])


def _short(run_id: str) -> str:
    """How a version names its run."""
    return run_id.replace("-", "")[:8]


@contextmanager
def polled(home: Home) -> Iterator[dict[str, set[str]]]:
    """Reads all again and again in the background; what was seen meanwhile. What it found broken is raised at the end."""
    seen: dict[str, set[str]] = {"warehouse": set(), "exports": set()}
    over = threading.Event()

    def poll() -> None:
        while not over.is_set():
            for part, version in read_all(home).items():
                seen[part].add(version)
            over.wait(0.1)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(poll)
        try:
            yield seen
        finally:
            over.set()
        reading.result()


def left_behind(home: Home, known: Sequence[str]) -> list[str]:
    """Files unlike any that a good run leaves (`known`, of `kinds_of_files`), and folders beyond what is to be kept."""
    strange = [name for name in kinds_of_files(home) if name not in known]
    for part in ("runs", *versions.LINKS):
        folders = [path for path in (home.root / part).iterdir() if path.is_dir() and not path.is_symlink()]
        if len(folders) > KEEP:
            strange.append(f"{len(folders)} folders in {part}")
        strange += [str(path) for path in folders if part in versions.LINKS and not versions.is_complete(path)]
    return strange


#: A version, or an id or hash in hexadecimal digits with whatever ending.
_VARIES = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z-\w{8}|[0-9a-f]{2}|[0-9a-f-]{32,}(\..*)?")


def kinds_of_files(home: Home) -> list[str]:
    """Paths below the root, with what differs from run to run (versions, runs, hashes) written as *."""

    def kind(path: Path) -> str:
        parts = path.relative_to(home.root).parts
        return "/".join("*" if _VARIES.fullmatch(part) else part for part in parts)

    return sorted({kind(path) for path in home.root.rglob("*")})


def fill(folder: Path, leave: int) -> Path:
    """A file that takes all the space of the folder's disk but `leave` bytes."""
    filler = folder / "filler"
    space = os.statvfs(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, space.f_bavail * space.f_frsize - leave))
    return filler
