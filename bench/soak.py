"""The long versions of the fault table (`tests/test_faults.py`): faults that take minutes to end, and months of changing ones;
and of the killed runs (`tests/test_broken_runs.py`).

    python bench/soak.py --nights 200 --seed 7

The practice town misbehaves over real loopback HTTP, with the time-outs, waits and page limits a real night has (fewer tries, so
that it ends in minutes). The trials run side by side, each with a town and a store of its own. Prints a line as each ends and
a table at the end; exits with 1 where one ended otherwise than it should.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import real_runs
from rich.console import Console
from rich.table import Table

from assets.night import Night, SourceOrder
from assets.opportunities.lists import Caps
from assets.organisations.reading import ReadFile, read_source
from assets.snapshots.assets import take_source
from assets.snapshots.store import SnapshotStore
from assets.snapshots.take import FileOption
from sources.answers import AnswerMemory
from sources.catalogue import register_for
from sources.http import Fetched, PoliteSession
from sources.practice.faults import Faults
from sources.practice.faults_on_the_way import answering, dripping, silent, stalling
from sources.practice.server import serve

SEED, SIZE = 7, 0.5
FIRST_NIGHT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
IRS, FHRS_API, CCEW = "/irs_bmf/eo_zz.csv", "/fhrs_api/Establishments", "/ccew/data/json/publicextract.{table}.zip"

#: Longer than a read time-out of the real session (60 s), so that only the time-out can end it.
SILENCE_S = 75.0
#: A slow drip is let go on for so long; a real night allows an hour.
DRIP_LIMIT_S = 90.0

SETTINGS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "irs_bmf": (IRS, {}),
    "fhrs_api": (FHRS_API, {"page_size": 40}),
    "ccew": (CCEW, {}),
}


# --- a town and nights of its own ------------------------------------------------------------------------------------
class Capped(PoliteSession):
    """A session whose requests end sooner than those of a night."""

    def __init__(self, *, longest_s: float = 3600.0, **more: Any) -> None:
        super().__init__("0.1.0", private_hosts={"127.0.0.1"}, seed=SEED, **more)
        self._longest_s = longest_s

    def send(self, *args: Any, **more: Any) -> Fetched:
        """As `PoliteSession.send`, within `longest_s`."""
        return super().send(*args, **{**more, "max_seconds": min(more["max_seconds"], self._longest_s)})


@dataclass
class World:
    """One town, and nights of some of its registers."""

    root: Path
    base: str
    faults: Faults
    session: Mapping[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> SnapshotStore:
        """What the nights have brought in."""
        return SnapshotStore(self.root / "snapshots")

    def night(self, number: int, source: str, **session: Any) -> list[ReadFile]:
        """What the source came to on that night (1 is the first)."""
        url, options = SETTINGS[source]
        register = register_for(source)
        register = replace(register, host_delay_s=0.0, floor=min(register.floor, 100))
        slots = list(getattr(register, "tables", ["file-1"]))
        files = [FileOption(slot=slot, url=self.base + url.format(table=slot)) for slot in slots]
        order = SourceOrder(register=register, files=files, options=options, record_url=None)
        now = FIRST_NIGHT + timedelta(days=number - 1, minutes=number % 60)
        night = Night(
            run_id=f"night-{number}", profile="soak", chamber="Larkmere", as_of=now.date(), started_at_utc=now,
            code_version="0.1.0", root=self.root, regions=(), places=(), sources=(order,), cities=(), weights={},
            caps=Caps(10, 3, 2, 20, 2), report_top_per_industry=1, keep_versions=1, keep_runs=1,
        )  # fmt: skip
        memory = AnswerMemory(self.root / "snapshots" / "answers")
        vars(night)["http"] = Capped(memory=memory, wall_clock=now.timestamp, **{**self.session, **session})
        return read_source(night, order, take_source(night, order))


# --- trials ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ended:
    """How a trial ended; `wrong` is empty where it ended as it should."""

    found: str
    wrong: str = ""


Trial = Callable[[World, argparse.Namespace], Ended]


def _stands_in(world: World, source: str, says: str, at_least_s: float, at_most_s: float, **session: Any) -> Ended:
    """A faulty second night after a good first: the first must stand in, for the right reason and in time."""
    started = time.monotonic()
    file = world.night(2, source, **session)[0].taken
    seconds = time.monotonic() - started
    wrong = [
        "the good snapshot does not stand in" if file.fetch_status != "last_good" else "",
        "for another reason" if says not in (file.message or "") else "",
        f"it took {seconds:.0f} s" if not at_least_s <= seconds <= at_most_s else "",
        *world.store.verify(),
    ]
    return Ended(f"{file.fetch_status}: {(file.message or '')[:110]}", "; ".join(filter(None, wrong)))


def silence(world: World, _asked: argparse.Namespace) -> Ended:
    """Accepts the connection and says nothing; the time-out of a real night ends it, twice."""
    world.night(1, "irs_bmf")
    world.faults.set(IRS, silent(SILENCE_S))
    return _stands_in(world, "irs_bmf", "No whole answer", 120, 150, tries=2)


def stall(world: World, _asked: argparse.Namespace) -> Ended:
    """Sends half the file and then nothing, twice."""
    world.night(1, "irs_bmf")
    world.faults.set(IRS, stalling(SILENCE_S))
    return _stands_in(world, "irs_bmf", "No whole answer", 120, 150, tries=2)


def drip(world: World, _asked: argparse.Namespace) -> Ended:
    """A byte every other second: no silence is long enough for a time-out."""
    world.night(1, "irs_bmf")
    world.faults.set(IRS, dripping(pause_s=2.0, piece_bytes=1))
    return _stands_in(world, "irs_bmf", "still not there whole", DRIP_LIMIT_S - 1, DRIP_LIMIT_S + 10, longest_s=DRIP_LIMIT_S)


def endless_pages(world: World, _asked: argparse.Namespace) -> Ended:
    """Ever new pages and always a million to come, up to the register's own limit."""
    world.night(1, "fhrs_api")
    world.faults.set(FHRS_API, "new pages for ever")
    limit = register_for("fhrs_api").max_pages
    return _stands_in(world, "fhrs_api", f"more than {limit} requests", 0, 240)


def storm(world: World, _asked: argparse.Namespace) -> Ended:
    """Too many requests, always: every wait asked for is kept, all five tries are used."""
    world.night(1, "irs_bmf")
    world.faults.set(IRS, answering(429, headers={"Retry-After": "20"}))
    return _stands_in(world, "irs_bmf", "HTTP 429", 4 * 20, 4 * 20 + 40)


def storm_that_passes(world: World, _asked: argparse.Namespace) -> Ended:
    """Too many requests, three times: the fourth try brings the file."""
    world.faults.set(IRS, answering(429, headers={"Retry-After": "10"}, times=3))
    started = time.monotonic()
    file = world.night(1, "irs_bmf")[0]
    seconds = time.monotonic() - started
    wrong = "" if file.taken.fetch_status == "fetched" and file.report.kept and seconds >= 30 else "not fetched after the waits"
    return Ended(f"{file.taken.fetch_status} after {seconds:.0f} s", wrong)


#: Faults any file may have, and those of a CSV and of pages.
ANYWHERE = (
    "429 once", "429 for ever", "500 once", "500 for ever", "404", "hang up", "cut", "cut once", "silence once",
    "stall in the body", "redirect loop", "redirect to a private address", "redirect to another host", "HTML type", "log-in page",
    "log-in page as JSON", "empty", "half", "zip bomb", "gzip bomb", "gzip bomb as encoding", "nested zip",
)  # fmt: skip
OF_A_CSV = ("changed header", "added column", "BOM", "cp1252", "NULs", "duplicate keys", "a few rows", "path traversal")
OF_PAGES = ("same page for ever", "shrinking total")
OF_ROBOTS = ("robots disallow", "500 for ever", "404", "hang up")
#: A quarter of the nights are good.
GOOD = 0.25


def _some_fault(chance: random.Random, source: str) -> tuple[str, str]:
    """An address of the source, and a fault for it."""
    if chance.random() < 0.1:
        return "/robots.txt", chance.choice(OF_ROBOTS)
    if source == "ccew":
        table = chance.choice(list(getattr(register_for("ccew"), "tables", ())))
        return CCEW.format(table=table), chance.choice((*ANYWHERE, "path traversal"))
    return SETTINGS[source][0], chance.choice(ANYWHERE + (OF_PAGES if source == "fhrs_api" else OF_A_CSV))


def months(world: World, asked: argparse.Namespace) -> Ended:
    """Every night another fault at random; what was once good is never lost, and all is well on the first good night after."""
    chance = random.Random(asked.seed)  # noqa: S311 - an order of faults, not a secret
    good = {source: world.night(1, source)[0] for source in SETTINGS}
    faulty = 0
    for number in range(2, asked.nights + 2):
        for source in SETTINGS:
            world.faults.clear()
            fault = ("", "none")
            if chance.random() > GOOD:
                fault = _some_fault(chance, source)
                world.faults.set(*fault)
                faulty += 1
            lost = [file.taken for file in world.night(number, source) if file.taken.path is None]
            if lost:
                return Ended(f"night {number}", f"{source} lost {lost[0].slot} to {fault}: {lost[0].message}")
        if number % 20 == 0:
            if problems := world.store.verify():
                return Ended(f"night {number}", problems[0])
            print(f"  night {number} of {asked.nights + 1}: {faulty} faults so far, nothing lost", flush=True)
    world.faults.clear()
    for source, first in good.items():
        last = world.night(asked.nights + 2, source)
        if {file.taken.fetch_status for file in last} - {"fetched", "not_modified"} or last[0].report.kept != first.report.kept:
            return Ended("the last night", f"{source} has not come back: {[file.taken.message for file in last]}")
    world.store.prune(keep=1)
    return Ended(f"{asked.nights} nights, {faulty} faults, nothing lost", "; ".join(world.store.verify()))


#: So many runs are killed over one another's leftovers before one is let through.
KILLS_IN_A_ROW = 10


def killed_runs(world: World, asked: argparse.Namespace) -> Ended:
    """Whole runs killed at random moments; readers see whole versions, every eleventh run goes through and tidies up."""
    home = real_runs.make_home(world.root / "killed")
    code, printed = real_runs.finish(home)
    if code:
        return Ended("no first run", printed[-300:])
    known, killed = real_runs.kinds_of_files(home), 0
    for start in range(0, asked.kills, KILLS_IN_A_ROW):
        count = min(KILLS_IN_A_ROW, asked.kills - start)
        for moment in real_runs.moments(count, real_runs.steps_of(printed), asked.seed + start):
            killed += real_runs.kill_at(moment, home) == -signal.SIGKILL
            real_runs.linked(home), real_runs.read_all(home)
        with real_runs.polled(home):
            code, said = real_runs.finish(home)
        if code or (left := real_runs.left_behind(home, known)):
            return Ended(f"after {start + count} kills", said[-300:] if code else f"left behind: {left[:5]}")
        print(f"  {start + count} of {asked.kills} runs killed, all whole", flush=True)
    return Ended(f"{asked.kills} kills, {killed} in mid-run, nothing broken or left behind")


#: In a hurry, for the nights that are many.
HASTY = {"tries": 2, "connect_timeout_s": 1.0, "read_timeout_s": 0.3, "longest_s": 30.0, "sleep": lambda _: None}
TRIALS: Mapping[str, tuple[Trial, Mapping[str, Any]]] = {
    "silence": (silence, {}),
    "stall in the body": (stall, {}),
    "slow drip": (drip, {}),
    "endless pages": (endless_pages, {}),
    "429 storm": (storm, {}),
    "429 storm that passes": (storm_that_passes, {}),
    "months of faults": (months, HASTY),
    "killed runs": (killed_runs, {}),
}


def carry_out(name: str, asked: argparse.Namespace) -> tuple[Ended, float]:
    """The trial in a world of its own, and the seconds it took."""
    trial, session = TRIALS[name]
    started, faults = time.monotonic(), Faults()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        base = stack.enter_context(serve(SEED, SIZE, faults=faults))
        try:
            ended = trial(World(root, base, faults, session), asked)
        except Exception as error:  # the other trials go on
            ended = Ended("an error", f"{type(error).__name__}: {error}")
    return ended, time.monotonic() - started


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the trials; 0 where all ended as they should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=200, help="nights of changing faults (200)")
    parser.add_argument("--kills", type=int, default=50, help="runs to kill (50)")
    parser.add_argument("--seed", type=int, default=7, help="of their order (7)")
    parser.add_argument("--only", nargs="+", choices=list(TRIALS), default=list(TRIALS), help="some of the trials")
    asked = parser.parse_args(arguments)
    os.environ["NO_PROXY"] = "127.0.0.1"  # a proxy of the machine would stand between us and the town
    logging.getLogger("sources").setLevel(logging.ERROR)  # that a try follows is what is to be seen here, all the time
    print(f"{len(asked.only)} trials side by side; a few minutes", flush=True)
    found: dict[str, tuple[Ended, float]] = {}
    with ThreadPoolExecutor(len(asked.only)) as pool:
        running = {pool.submit(carry_out, name, asked): name for name in asked.only}
        for done in as_completed(running):
            name = running[done]
            found[name] = done.result()
            ended, seconds = found[name]
            print(f"  {name}: {'FAILED, ' + ended.wrong if ended.wrong else 'as it should be'} ({seconds:.0f} s)", flush=True)
    table = Table("trial", "seconds", "came to", "wrong")
    for name in asked.only:
        ended, seconds = found[name]
        table.add_row(name, f"{seconds:.0f}", ended.found, ended.wrong or "-")
    Console().print(table)
    return 1 if any(ended.wrong for ended, _ in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
