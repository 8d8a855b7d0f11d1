"""How fast a bulk register is read, and in how much memory: a Companies House file of any length, made by `companies_house.py`.

    python bench/reading.py --rows 5000000

Prints rows, seconds, rows a second, CPU seconds (to be judged by on a busy machine) and the peak memory of the process that
read, which is one of its own, so that making the file does not count. The file is kept beside the rows under `--folder` and made
only where it is not there yet. Exits with 1 where a bar of the project is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from companies_house import write_companies

#: What the project promises of a file of five million rows.
LEAST_ROWS_A_SECOND = 100_000
MOST_MIB = 400


def read(folder: Path, file: Path) -> dict[str, float]:
    """Reads `file` in this process and says what it took."""
    import resource

    from sources.companies_house import REGISTER
    from sources.frame import read_register

    started = time.perf_counter()
    report = read_register(REGISTER, file, {}, folder / "rows.parquet")
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    return {"rows": report.read, "kept": report.kept, "seconds": seconds, "cpu": cpu, "mib": used.ru_maxrss / 1024}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "partners-bench")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.read:
        print(json.dumps(read(given.folder, given.read)))
        return 0
    file = given.folder / f"BasicCompanyDataAsOneFile-{given.rows}.zip"
    if not file.exists():
        print(f"making {given.rows:,} companies …", flush=True)
        write_companies(file, given.rows)
    own = [sys.executable, __file__, "--folder", str(given.folder), "--read", str(file)]
    result = json.loads(subprocess.run(own, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - this very script
    speed = result["rows"] / result["seconds"]
    print(f"{result['rows']:,} rows, {result['kept']:,} kept, {result['seconds']:.1f} s, {speed:,.0f} rows/s")
    print(f"{result['cpu']:.1f} s of CPU, peak {result['mib']:.0f} MiB")
    return 0 if speed >= LEAST_ROWS_A_SECOND and result["mib"] <= MOST_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
