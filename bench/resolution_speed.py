"""How the time of `partners resolve` grows with the number of records, on made-up registers with known truth.

    python bench/resolution_speed.py --generator PATH [--sizes 100000,1000000] [--huge] [--folder FOLDER] [--json OUT]

PATH is a script that, called with `--n N --seed S --out DIR`, writes records.parquet and truth.parquet (record_id, entity_id)
into DIR. Registers are kept in FOLDER and made only where they are not there yet. `--huge` adds ten million records. Prints time,
peak memory and P, R, F1 of each size, and between one size and the next the exponent a of time ~ n^a. Candidates are not
written, so that the time is that of the work alone. Runs of minutes: never part of the tests.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from labelled import read_clusters, read_labelled
from measuring import measure
from scoring import b_cubed, pairwise

SIZES = (100_000, 1_000_000)
HUGE = 10_000_000
_HEAD = "| records | P | R | F1 | B-cubed F1 | wall s | peak MiB | exponent |\n" + "|---" * 8 + "|"


@dataclass(frozen=True)
class Point:
    """One size. `exponent` compares with the size before; figures are None where there is nothing to tell."""

    records: int
    failure: str
    seconds: float
    peak_mib: float
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    b_cubed_f1: float | None = None
    exponent: float | None = None


def make_register(generator: Path, size: int, seed: int, folder: Path) -> Path:
    """The folder of a made-up register; made once, and complete only once its truth is there."""
    register = folder / f"{size}-{seed}"
    if not (register / "truth.parquet").exists():
        print(f"making {size:,} records …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=folder) as name:
            made = Path(name) / "register"
            command = [sys.executable, str(generator), "--n", str(size), "--seed", str(seed), "--out", str(made)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - the script the caller named
            made.rename(register)
    return register


def time_size(register: Path, size: int, model: Path | None, cap_s: float, cap_mib: float, before: Point | None) -> Point:
    """Resolves one register in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        child = [sys.executable, str(Path(__file__).with_name("run_system.py")), "ours", str(register / "records.parquet"), name]
        command = [*child, "--no-candidates", *(["--model", str(model)] if model else [])]
        measured = measure(command, folder / "log.txt", cap_s, cap_mib)
        if measured.failure:
            return Point(size, measured.failure, measured.seconds, measured.peak_mib)
        data = read_labelled(register)
        found = read_clusters(data, folder / "clusters.parquet")
    pairs = pairwise(data.truth, found)
    return Point(
        records=size,
        failure="",
        seconds=measured.seconds,
        peak_mib=measured.peak_mib,
        precision=pairs.precision,
        recall=pairs.recall,
        f1=pairs.f1,
        b_cubed_f1=b_cubed(data.truth, found),
        exponent=_exponent(before, size, measured.seconds),
    )


def _exponent(before: Point | None, size: int, seconds: float) -> float | None:
    """a of time ~ n^a between two sizes; starting Python counts in the smaller one, so a is a little low."""
    if before is None or before.failure:
        return None
    return math.log(seconds / before.seconds) / math.log(size / before.records)


def _line(point: Point) -> str:
    shares = (point.precision, point.recall, point.f1, point.b_cubed_f1)
    figures = " | ".join(f"{share:.3f}" for share in shares if share is not None) or f"{point.failure.replace('|', '/')} | | |"
    exponent = "" if point.exponent is None else f"{point.exponent:.2f}"
    return f"| {point.records:,} | {figures} | {point.seconds:.1f} | {point.peak_mib:,.0f} | {exponent} |"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generator", type=Path, required=True)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of records, with commas")
    parser.add_argument("--huge", action="store_true", help=f"also {HUGE:,} records")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "partners-bench-registers")
    parser.add_argument("--model", type=Path, help="a model instead of the shipped one")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--cap", type=float, default=1800, help="seconds a run may take")
    parser.add_argument("--mem", type=float, default=14, help="GiB a run may hold")
    given = parser.parse_args()
    if not given.generator.is_file():
        parser.error(f"--generator: expected a script, found {given.generator}")
    given.folder.mkdir(parents=True, exist_ok=True)
    points: list[Point] = []
    print(_HEAD, flush=True)
    for size in sorted({*map(int, given.sizes.split(",")), *([HUGE] if given.huge else [])}):
        register = make_register(given.generator, size, given.seed, given.folder)
        before = points[-1] if points else None
        points.append(time_size(register, size, given.model, given.cap, given.mem * 1024, before))
        print(_line(points[-1]), flush=True)
    if given.json:
        given.json.write_text(json.dumps([asdict(point) for point in points], indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
