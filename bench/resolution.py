"""How well and how fast organisations are found again in labelled data, beside other systems run by the same script.

    python bench/resolution.py FOLDER [--sets a,b] [--systems ours,splink5] [--models DIR] [--json OUT]

FOLDER holds a folder a data set (`bench/labelled.py` says what is in it). Each run is a process of its own. P, R and F1 are of
pairs in one cluster; B-cubed F1 is over all records; blocking recall is the share of true pairs among the candidates. One
threshold for all sets: ours is the shipped one, the peers' stand in `bench/peers.py`.

`--models DIR` names a folder with `<set>.json`, each trained without any label of that set (`bench/train_match_model.py`). A set
without a file there is run with the shipped model, and the table says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from labelled import Labelled, read_candidates, read_clusters, read_labelled
from measuring import Measured, measure
from scoring import b_cubed, blocking_recall, pairwise

#: System -> its name in the tables.
SYSTEMS = {
    "ours": "partners resolve",
    "splink5": "Splink 5, threshold .9",
    "rapidfuzz": "rapidfuzz token_sort ≥ 90 inside blocks",
    "rapidfuzz_address": "rapidfuzz with address rule",
}
_HEAD = "| system | P | R | F1 | B-cubed F1 | blocking recall | candidates | wall s | peak MiB |\n" + "|---" * 9 + "|"


@dataclass(frozen=True)
class Row:
    """A line of the tables; figures are None where the run failed."""

    data_set: str
    system: str
    failure: str
    seconds: float
    peak_mib: float
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    b_cubed_f1: float | None = None
    blocking_recall: float | None = None
    candidates: int | None = None


# --- runs -------------------------------------------------------------------------------------------------------------
def run(system: str, data: Labelled, model: Path | None, cap_s: float, cap_mib: float) -> Row:
    """Runs one system over one data set in a process of its own and scores what it wrote."""
    label = SYSTEMS[system]
    if system == "ours":
        label += ", model without this set" if model else ", shipped model"
    if system == "splink5" and importlib.util.find_spec("splink") is None:
        return Row(data.name, label, "skipped: pip install -c constraints.txt -e '.[bench]' brings Splink", 0, 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured = measure(_command(system, data.records, folder, model), folder / "log.txt", cap_s, cap_mib)
        if measured.failure:
            return Row(data.name, label, measured.failure, measured.seconds, measured.peak_mib)
        return _scored(data, label, measured, folder)


def _command(system: str, records: Path, folder: Path, model: Path | None) -> list[str]:
    child = str(Path(__file__).with_name("run_system.py"))
    return [sys.executable, child, system, str(records), str(folder), *(["--model", str(model)] if model else [])]


def _scored(data: Labelled, label: str, measured: Measured, folder: Path) -> Row:
    found = read_clusters(data, folder / "clusters.parquet")
    left, right = read_candidates(data, folder / "candidates.parquet")
    score = pairwise(data.truth, found, data.side)
    return Row(
        data_set=data.name,
        system=label,
        failure="",
        seconds=measured.seconds,
        peak_mib=measured.peak_mib,
        precision=score.precision,
        recall=score.recall,
        f1=score.f1,
        b_cubed_f1=b_cubed(data.truth, found),
        blocking_recall=blocking_recall(data.truth, left, right, data.side),
        candidates=len(left),
    )


# --- tables -----------------------------------------------------------------------------------------------------------
def table(rows: Sequence[Row]) -> str:
    """The lines of one data set as a markdown table."""
    return "\n".join([_HEAD, *map(_line, rows)])


def _line(row: Row) -> str:
    if row.failure:
        return f"| {row.system} | {row.failure.replace('|', '/')} | | | | | | {row.seconds:.1f} | {row.peak_mib:.0f} |"
    shares = (row.precision, row.recall, row.f1, row.b_cubed_f1, row.blocking_recall)
    figures = " | ".join(f"{share:.3f}" for share in shares if share is not None)
    return f"| {row.system} | {figures} | {row.candidates:,} | {row.seconds:.1f} | {row.peak_mib:.0f} |"


def _data_sets(folder: Path, wanted: str | None) -> Iterator[Labelled]:
    known = {path.parent.name for path in folder.glob("*/truth.*")}
    if not wanted and (other := {path.name for path in folder.iterdir() if path.is_dir()} - known):
        print(f"left out, as truth about records is what is scored here: {', '.join(sorted(other))}")
    names = wanted.split(",") if wanted else sorted(known)
    if not names:
        raise SystemExit(f"{folder}: expected folders with records.csv and truth.csv, found none")
    for name in names:
        yield read_labelled(folder / name)


def _model_for(models: Path | None, data_set: str) -> Path | None:
    model = models / f"{data_set}.json" if models else None
    return model if model and model.exists() else None


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", help="names of data sets, with commas; all where left out")
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--models", type=Path, help="folder of leave-one-data-set-out models, <set>.json")
    parser.add_argument("--json", type=Path, help="file for the figures of all runs")
    parser.add_argument("--cap", type=float, default=480, help="seconds a run may take")
    parser.add_argument("--mem", type=float, default=9, help="GiB a run may hold")
    given = parser.parse_args()
    systems = given.systems.split(",")
    if unknown := set(systems) - set(SYSTEMS):
        parser.error(f"--systems: expected some of {', '.join(SYSTEMS)}, found {', '.join(sorted(unknown))}")
    if not given.folder.is_dir():
        parser.error(f"expected a folder of data sets, found {given.folder}")
    if given.models and not given.models.is_dir():
        parser.error(f"--models: expected a folder, found {given.models}")
    rows: list[Row] = []
    for data in _data_sets(given.folder, given.sets):
        here = [run(system, data, _model_for(given.models, data.name), given.cap, given.mem * 1024) for system in systems]
        print(f"\n### {data.name} ({len(data.ids):,} records)\n\n{table(here)}", flush=True)
        rows += here
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
