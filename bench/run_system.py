"""The child process of the resolution benchmarks: one system over one file of records.

    python bench/run_system.py SYSTEM RECORDS FOLDER [--model MODEL] [--no-candidates]

Writes `clusters.parquet` (record_id, organisation_id) and, unless told otherwise, `candidates.parquet` (record_id_a, record_id_b)
into FOLDER. Imports only what its system needs, so that memory and time are that system's own.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system")
    parser.add_argument("records", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--no-candidates", action="store_true")
    given = parser.parse_args()
    clusters, candidates = given.folder / "clusters.parquet", given.folder / "candidates.parquet"
    if given.system == "ours":
        from assets.linkage.files import resolve_files

        resolve_files(
            [given.records],
            clusters,
            model=given.model,
            candidates=None if given.no_candidates else candidates,
            tell=print,
        )
    else:
        from peers import resolve_with

        resolve_with(given.system, given.records, clusters, candidates)


if __name__ == "__main__":
    main()
