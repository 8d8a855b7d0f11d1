"""Which records of the registers are one organisation: `core.organisation_record` in, evidence and clusters out.

Brings the records into the shape `assets/linkage` compares and its answers into our tables. How records are compared is there;
ids that last are `resolve.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.entities.decisions import Decisions, of_known_records
from assets.entities.epochs import Begun, read_epoch, write_epoch
from assets.linkage import epoch as epochs
from assets.linkage import evidence_kept, incremental
from assets.linkage.engine import Order
from assets.linkage.model import Model, read_model
from warehouse import parquet
from warehouse.ddl import literal
from warehouse.tables import BY_NAME

#: The file between the two assets of this stage: record_id and the smallest record_id of its cluster. It is no table of the
#: warehouse, since `core.bridge` says the same with ids that last.
CLUSTER_FILE = "cluster.parquet"

#: Natural persons are left out: who shares a name with a firm is no reason to merge them. Only a point is a place fine enough to
#: measure from; the middle of a ZIP code is not.
_RAW = """
CREATE TABLE raw AS
SELECT
    record_id, source, name, other_names, street AS address, city, state AS region, postcode, country,
    NULL::VARCHAR AS phone, website,
    CASE WHEN location_precision = 'point' THEN latitude END AS lat,
    CASE WHEN location_precision = 'point' THEN longitude END AS lon,
    identifiers
FROM record WHERE NOT is_natural_person
"""


@dataclass(frozen=True)
class Matched:
    """What was written, for the run's account: rows of each table, decisions not applied, sizes of giant components."""

    counts: dict[str, int]
    problems: tuple[str, ...]
    giants: tuple[int, ...]


def find_matches(
    records: Path,
    unique_sources: Collection[str],
    premises_sources: Collection[str],
    decisions: Decisions,
    published: Path | None,
    as_of: date,
    into: Path,
    state: Path,
    model: Model | None = None,
) -> Matched:
    """Writes match_evidence, match_feature, the epoch and the clusters (`CLUSTER_FILE`) to the folder `into`.

    `published` is the DuckDB file of the last published version, whose epoch lasts until it is over.
    `state` is a file in which a night finds what the last one compared; it may be missing.
    """
    used = model or read_model()
    con = parquet.connect()
    try:
        con.execute(f"CREATE VIEW record AS SELECT * FROM {parquet.read_sql(records)}")
        con.execute(_RAW)
        known = {row[0] for row in con.execute("SELECT record_id FROM raw").fetchall()}
        held = of_known_records(decisions, known)
        order = Order(
            frozenset(unique_sources),
            frozenset(premises_sources),
            tuple(d.pair for d in held.must_link),
            tuple(d.pair for d in held.cannot_link),
        )
        begun = read_epoch(published)
        if begun and epochs.is_over(
            begun.epoch, begun.began_on, used, len(known), as_of, len(order.must_link) + len(order.cannot_link)
        ):
            begun = None
        linked = incremental.link(con, used, begun.epoch if begun else None, order, state)
        pairs, fields = evidence_kept.tables(con, linked.epoch.fitted(used), linked, state)
        counts = write_epoch(con, begun or Begun(linked.epoch, as_of), into)
        for name, rows in (("core.match_evidence", pairs), ("core.match_feature", fields)):
            con.register("rows", rows)
            counts[name] = parquet.write(con, "SELECT * FROM rows", BY_NAME[name], into / f"{BY_NAME[name].short}.parquet")
            con.unregister("rows")
        con.register("clusters", pa.table({"record_id": linked.ids, "cluster": linked.ids.take(pa.array(linked.label))}))
        con.execute(f"COPY (FROM clusters ORDER BY record_id) TO {literal(str(into / CLUSTER_FILE))} (FORMAT parquet)")
        return Matched(counts, held.problems, linked.giants)
    finally:
        con.close()
