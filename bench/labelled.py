"""Labelled data sets as files, and what a system wrote about them, as columns to score.

Belongs here: reading, and that both sides name the same records. Does not: running a system, scoring.

A data set is a folder with `records` (the columns `partners resolve` reads) and `truth` (record_id, and cluster_id or entity_id),
each .csv or .parquet, and, where only pairs across sources were labelled, eval.json: {"cross_source_with": SOURCE} means that
of a scored pair exactly one record is of SOURCE.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scoring import Flags, Numbers


@dataclass(frozen=True)
class Labelled:
    """A data set: its records' file, and id, true cluster and side of each record, ordered by id."""

    name: str
    records: Path
    ids: pd.Index
    truth: Numbers
    side: Flags | None


def read_labelled(folder: Path) -> Labelled:
    """Reads a data set.

    Raises:
        ValueError: a file is missing, or records and truth do not name the same records, each once.
    """
    records, truth = (_existing(folder, name) for name in ("records", "truth"))
    of_record = _read(records, "record_id, source").sort_values("record_id", ignore_index=True)
    ids = pd.Index(of_record["record_id"])
    clusters = _by_record(_read(truth, "*").rename(columns={"entity_id": "cluster_id"}), "cluster_id", ids, str(truth))
    spec = folder / "eval.json"
    across = json.loads(spec.read_text("utf-8"))["cross_source_with"] if spec.exists() else None
    side = (of_record["source"] == across).to_numpy(bool) if across else None
    return Labelled(folder.name, records, ids, clusters, side)


def read_clusters(data: Labelled, path: Path) -> Numbers:
    """The found cluster of each record, from a Parquet with record_id and organisation_id.

    Raises:
        ValueError: it does not hold each record exactly once.
    """
    return _by_record(_read(path, "record_id, organisation_id"), "organisation_id", data.ids, "the clusters found")


def read_candidates(data: Labelled, path: Path) -> tuple[Numbers, Numbers]:
    """Positions of both records of each candidate pair, from a Parquet with record_id_a and record_id_b."""
    pairs = _read(path, "record_id_a, record_id_b")
    left, right = (data.ids.get_indexer(pd.Index(pairs[column])).astype(np.int64) for column in pairs.columns)
    return left, right


def _existing(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.csv", folder / f"{name}.parquet"):
        if path.exists():
            return path
    raise ValueError(f"{folder}: expected {name}.csv or {name}.parquet, found neither")


def _read(path: Path, columns: str) -> pd.DataFrame:
    """Some columns of a file, all as text."""
    reader = "read_parquet($path)" if path.suffix == ".parquet" else "read_csv($path, all_varchar = true)"
    with duckdb.connect() as con:
        return con.execute(f"SELECT COLUMNS(*)::VARCHAR FROM (SELECT {columns} FROM {reader})", {"path": str(path)}).df()


def _by_record(frame: pd.DataFrame, column: str, ids: pd.Index, what: str) -> Numbers:
    """A column as numbers in the order of `ids`."""
    places = pd.Index(frame["record_id"])
    if not (ids.is_unique and places.is_unique and len(places) == len(ids) and places.isin(ids).all()):
        raise ValueError(
            f"{what}: expected each of {len(ids):,} records once, found {len(places):,} lines of {places.nunique():,} records"
        )
    in_order = frame[column].iloc[places.get_indexer(ids)]
    return np.asarray(pd.factorize(in_order)[0], dtype=np.int64)
