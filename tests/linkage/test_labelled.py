"""Labelled data of others, which are not part of the project; `PARTNERS_LABELLED` says where they lie, else these are skipped."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from assets.linkage.files import resolve_files

LABELLED = Path(os.environ.get("PARTNERS_LABELLED") or Path(__file__).parents[3] / "shared" / "benchmarks" / "resolution")
#: data set -> (least precision, least recall), a little below what the shipped model reaches
LEAST = {"senzing_orgs": (0.8, 0.8), "restaurants_fz": (0.93, 0.93)}


def _pairs(path: Path, owner: str) -> set[frozenset[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups[row[owner]].append(row["record_id"])
    return {frozenset(pair) for group in groups.values() for pair in combinations(group, 2)}


@pytest.mark.parametrize("name", LEAST)
def test_organisations_of_a_labelled_set_are_found(name: str, tmp_path: Path) -> None:
    folder = LABELLED / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; set PARTNERS_LABELLED to the folder of the labelled data")
    resolve_files([folder / "records.csv"], tmp_path / "clusters.csv")
    true, found = _pairs(folder / "truth.csv", "cluster_id"), _pairs(tmp_path / "clusters.csv", "organisation_id")
    precision, recall = len(true & found) / len(found), len(true & found) / len(true)
    least = LEAST[name]
    assert (precision >= least[0], recall >= least[1]) == (True, True), f"precision {precision:.3f}, recall {recall:.3f}"
