"""How long ranking takes: made-up businesses and partners of one region, every criterion, brake and cap on.

    python bench/ranking_speed.py [--businesses 50000] [--partners 11000] [--edges 20000] [--top 10] [--check 500]
                                  [--named BUSINESSES.csv PARTNERS.csv]

Kinds of body are those of the ontology, in the words registers use; towns, sizes and edges are drawn from a seed. Made-up names
fall into few kinds, real ones into twenty times as many: with `--named` bodies are called as in two files with the columns name
and class_text, such as `partners sql` writes. Prints the time
of each step and the peak memory, and compares the best partners of `--check` businesses with those of looking at every pair; then
of `partners rank` with its own caps, from CSV files to a CSV file. One core: run it with `taskset -c 0`.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from assets.organisations.reference import rows
from assets.ranking import search
from assets.ranking.engine import Scorer
from assets.ranking.evaluation import closed
from assets.ranking.files import table
from assets.ranking.picking import Caps, choose

AS_OF = date(2026, 11, 1)
#: A region of about 60 by 60 km, as a county.
CENTRE, SPREAD = (53.4, -2.9), 0.27


def made_up(count: int, side: str, seed: int, named: Path | None = None) -> pa.Table:
    """Bodies of a side: kinds by their registers' titles, places round a few centres, sizes, accounts; names of a file."""
    rng = np.random.default_rng(seed)
    kinds = [row for row in rows("sources.reference", "activities.csv") if (row["side"] == "business") == (side == "business")]
    drawn = rng.integers(0, len(kinds), count)
    names = [f"{kinds[k]['activity_name'].title()} No. {n}" for n, k in enumerate(drawn.tolist())]
    texts = [kinds[k]["activity_name"] for k in drawn.tolist()]
    if named:
        bodies = pyarrow.csv.read_csv(named)
        bodies = bodies.take(rng.integers(0, bodies.num_rows, count))
        names, texts = (bodies[column].to_pylist() for column in ("name", "class_text"))
    centres = np.array(CENTRE) + rng.normal(0, SPREAD, (40, 2))
    points = centres[rng.integers(0, len(centres), count)] + rng.normal(0, 0.02, (count, 2))
    income = np.round(10 ** rng.normal(5, 1, count))
    filed = [f"{year}-03-31" if year < 2027 else None for year in rng.integers(2021, 2028, count).tolist()]
    return pa.table(
        {
            "id": [f"{side[0]}{n:06d}" for n in range(count)],
            "name": names,
            "class_text": texts,
            "latitude": points[:, 0],
            "longitude": points[:, 1],
            "income_gbp": pa.array(income, pa.float64(), mask=rng.random(count) < 0.2),
            "last_filed_on": pa.array(filed if side == "partner" else [None] * count, pa.string()),
            "started_on": ["2015-01-01"] * count,
        }
    )


def edges(businesses: int, partners: int, count: int, seed: int) -> pa.Table:
    """Known partnerships: few partners have many."""
    rng = np.random.default_rng(seed)
    to = (partners * rng.random(count) ** 3).astype(int)
    return pa.table(
        {
            "from_id": [f"b{n:06d}" for n in rng.integers(0, businesses, count)],
            "to_id": [f"p{n:06d}" for n in to],
            "kind": ["grant"] * count,
            "date": [f"{year}-06-01" for year in rng.integers(2015, 2026, count)],
        }
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--businesses", type=int, default=50_000)
    parser.add_argument("--partners", type=int, default=11_000)
    parser.add_argument("--edges", type=int, default=20_000)
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--per-partner", type=int, default=100)
    parser.add_argument("--check", type=int, default=500)
    parser.add_argument("--named", type=Path, nargs=2, default=(None, None), metavar=("BUSINESSES.csv", "PARTNERS.csv"))
    given = parser.parse_args()
    sides = made_up(given.businesses, "business", 1, given.named[0]), made_up(given.partners, "partner", 2, given.named[1])
    known = edges(given.businesses, given.partners, given.edges, 3)
    began = time.perf_counter()
    scorer = Scorer(*sides, known if given.edges else None, as_of=AS_OF)
    told = time.perf_counter()
    print(f"kinds, fit and precedent of {len(sides[0]):,} x {len(sides[1]):,}: {told - began:.1f} s, {len(scorer.kinds)} kinds")
    found = sum(len(best.business) for best in search.best(scorer, given.top))
    best = time.perf_counter()
    print(f"exact top {given.top}: {found:,} pairs, {best - told:.1f} s")
    pairs, rank = choose(scorer, Caps(given.top, 2, 2, given.per_partner))
    listed = time.perf_counter()
    print(f"varied lists under all caps: {len(rank):,} pairs, {listed - best:.1f} s")
    for start in range(0, len(rank), 100_000):
        table(scorer, *(rows_[start : start + 100_000] for rows_ in (pairs.business, pairs.partner, rank)))
    worded = time.perf_counter()
    print(f"sub-scores and words: {worded - listed:.1f} s")
    total = worded - began - (best - told)
    print(f"end to end, without the top {given.top} made apart: {total:.1f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    print(f"equal to looking at every pair for {given.check} businesses: {_equal(scorer, given.check, given.top)}")
    seconds, mebibytes = _of_command(*sides, known, given.top)
    print(f"`partners rank` from and to CSV: {seconds:.1f} s, peak memory {mebibytes:,.0f} MiB")


def _of_command(businesses: pa.Table, partners: pa.Table, known: pa.Table, top: int) -> tuple[float, float]:
    """Seconds and peak memory (MiB) of the command on these tables as files."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", "from pipelines.cli import app; app()", "rank", "--top", str(top)]
        for option, table_ in (("businesses", businesses), ("partners", partners), ("precedents", known)):
            if table_.num_rows:
                path = Path(folder) / f"{option}.csv"
                pyarrow.csv.write_csv(table_, path)
                command += [f"--{option}", str(path)]
        began = time.perf_counter()
        subprocess.run([*command, "--output", str(Path(folder) / "ranked.csv")], check=True, capture_output=True)  # noqa: S603
        seconds = time.perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _equal(scorer: Scorer, check: int, top: int) -> bool:
    some = np.arange(0, scorer.businesses.num_rows, max(1, scorer.businesses.num_rows // check))
    across = np.arange(scorer.partners.num_rows)
    found = {
        int(row): (b.partner[b.business == row], b.score[b.business == row])
        for b in search.best(scorer, top, some)
        for row in np.unique(b.business)
    }
    for row in some.tolist():
        score, _ = scorer.score(scorer.subscores(np.full(len(across), row), across))
        score[closed(scorer, np.full(len(across), row), across) | np.isnan(score)] = -1
        order = np.lexsort((across, -score))[:top]
        order = order[score[order] >= 0]
        if row in found and not (np.array_equal(found[row][0], order) and np.array_equal(found[row][1], score[order])):
            return False
    return True


if __name__ == "__main__":
    main()
