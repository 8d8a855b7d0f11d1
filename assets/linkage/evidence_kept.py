"""The evidence of a night, with what the state still knows of it: only pairs newly shown are measured for explaining.

What fields say and what they add is the same on every night of an epoch; what was decided is tonight's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from assets.linkage import arrays, evidence, state
from assets.linkage.arrays import Ints, Records
from assets.linkage.aside import Aside
from assets.linkage.engine import Pairs
from assets.linkage.incremental import Relinked
from assets.linkage.model import Model

_PAIR = ("record_id_a", "record_id_b")
_NEW = "SELECT n FROM shown ANTI JOIN state.evidence USING (record_id_a, record_id_b) ORDER BY n"
_EVIDENCE = """
SELECT s.record_id_a, s.record_id_b, s.decision, s.probability, s.rule, e.* EXCLUDE (record_id_a, record_id_b)
FROM shown s JOIN state.evidence e USING (record_id_a, record_id_b) ORDER BY ALL
"""
_FIELDS = (
    "SELECT f.* FROM state.field f SEMI JOIN shown USING (record_id_a, record_id_b) ORDER BY record_id_a, record_id_b, field"
)


@dataclass(frozen=True)
class _Some:
    """Some pairs of a night with their records, as `evidence` wants them."""

    ids: list[str]
    label: Ints
    pairs: Pairs
    records: Records


def tables(con: duckdb.DuckDBPyConnection, model: Model, night: Relinked, kept: Path) -> tuple[pa.Table, pa.Table]:
    """(rows of `evidence.pair_table`, rows of `evidence.field_table`) of a night; the state in `kept` learns the new ones."""
    state.attach(con, kept)
    try:
        pairs = night.pairs.where(evidence.shown(night, model))
        decided = evidence.decisions(pairs, night.label, model)
        ends = {side: night.ids.take(pa.array(rids)) for side, rids in zip(_PAIR, (pairs.a, pairs.b), strict=True)}
        con.register("shown", pa.table({"n": np.arange(len(pairs.a)), **ends, **decided}))
        new = np.asarray(con.execute(_NEW).fetchnumpy()["n"], dtype=np.int64)
        if len(new):
            _learn(con, model, night, pairs.at(new))
        found = con.sql(_EVIDENCE).to_arrow_table(), con.sql(_FIELDS).to_arrow_table()
        con.unregister("shown")
        return found
    finally:
        con.execute("DETACH state")


def _learn(con: duckdb.DuckDBPyConnection, model: Model, night: Relinked, pairs: Pairs) -> None:
    """Measures pairs and keeps what there is to say of them."""
    some, ends = np.unique(np.concatenate([pairs.a, pairs.b]), return_inverse=True)
    a, b = np.split(ends.astype(np.int32), 2)
    ids = night.ids.take(pa.array(some)).to_pylist()
    # Labels only tell whether two records are one body; any of one cluster would do.
    label = night.label[some]
    with Aside(con, night.epoch) as aside:
        part = aside.prepared(ids)
        shown = _Some(ids, label, Pairs(a, b, pairs.p, pairs.verdict, pairs.inside), arrays.load(part))
        rows, fields = evidence.pair_table(shown, model), evidence.field_table(part, shown, model)
    state.add(con, "evidence", rows.drop_columns(["decision", "probability", "rule"]))
    state.add(con, "field", fields)
