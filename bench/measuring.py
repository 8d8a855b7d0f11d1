"""Runs a command as a child process and says how long it took and how much memory it held at most.

Belongs here: starting, watching and stopping the child. Does not: what the command does, or what its answer is worth.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

try:
    import psutil
except ModuleNotFoundError:
    sys.exit("psutil is not installed: pip install -c constraints.txt -e '.[bench]'")

#: Short beside a run of a second, long beside the millisecond a look at the process tree takes.
_LOOK_EVERY_S = 0.05
_MIB = 2**20


@dataclass(frozen=True)
class Measured:
    """What a run took. `failure` is empty where it ended well; otherwise it says how it ended."""

    seconds: float
    peak_mib: float
    failure: str


def measure(command: Sequence[str], log: Path, cap_s: float, cap_mib: float) -> Measured:
    """Runs `command`, its output into `log`, and stops it past `cap_s` seconds or `cap_mib` MiB.

    The peak is the largest sum of resident memory over the child and its own children that was seen, so a spike shorter than a
    twentieth of a second may be missed.
    """
    with log.open("wb") as output:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603 - our own scripts
        peak, failure = 0.0, ""
        try:
            while not failure and child.poll() is None:
                held = _resident_mib(child.pid)
                peak = max(peak, held)
                if time.perf_counter() - started > cap_s:
                    failure = f"stopped after {cap_s:.0f} s"
                elif held > cap_mib:
                    failure = f"stopped at {cap_mib:.0f} MiB"
                else:
                    time.sleep(_LOOK_EVERY_S)
        finally:
            _stop(child)
        seconds = time.perf_counter() - started
    if not failure and child.returncode:
        failure = f"ended with {child.returncode}: {_reason(log)}"
    return Measured(seconds, peak, failure)


def _resident_mib(pid: int) -> float:
    """Memory of the process and all below it; what has just ended counts nothing."""
    total = 0
    for process in _tree(pid):
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total / _MIB


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Ends the child and all below it where they still run."""
    if child.poll() is None:
        for process in reversed(_tree(child.pid)):
            try:
                process.kill()
            except psutil.Error:
                continue
        child.wait()


def _tree(pid: int) -> list[psutil.Process]:
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.Error:
        return []


def _reason(log: Path) -> str:
    """The last error named in the output, else its last line."""
    lines = log.read_text("utf-8", errors="replace").strip().splitlines() or ["no output"]
    errors = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Exit): ", line)]
    return (errors or lines)[-1][:200]
