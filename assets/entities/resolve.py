"""Runs the stage on files: `organisation_record` in, the tables of identity out. The steps themselves are beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.entities.cluster import cluster
from assets.entities.compare import compare
from assets.entities.identity import Change, Registry, assign
from warehouse import parquet
from warehouse.ddl import literal
from warehouse.tables import BY_NAME

#: Records per block: 120 make 7,140 pairs; larger blocks are malls and chains, whose pairs other key families find.
BLOCK_CAP = 120
#: Pairs compared at a time; bounds memory at about 200 MB of Python strings.
BATCH_PAIRS = 200_000


def find_matches(records: Path, unique_sources: Iterable[str], into: Path) -> int:
    """Compares records and writes `core.match_evidence` (pairs that matched or came near) to `into`."""
    con = parquet.connect()
    try:
        _open(con, records, unique_sources)
        _run(con, "blocking.sql", cap=str(BLOCK_CAP))
        _measure(con)
        _run(con, "rules.sql")
        return parquet.write(
            con, "SELECT * FROM decided WHERE decision <> 'no_match' OR rule = 'names_conflict' AND name_similarity >= 0.7",
            BY_NAME["core.match_evidence"], into,
        )  # fmt: skip
    finally:
        con.close()


def build_organisations(
    records: Path, evidence: Path, unique_sources: Sequence[str], registry: Registry, as_of: date, into: Path
) -> dict[str, int]:
    """Writes organisation, bridge, identifier, location and identity_changelog to the folder `into`; returns row counts."""
    con = parquet.connect()
    try:
        _open(con, records, unique_sources)
        rows = con.execute("SELECT record_id, source, identifiers FROM record ORDER BY record_id").fetchall()
        matches = con.execute(
            f"SELECT record_id_a, record_id_b, probability FROM {parquet.read_sql(evidence)} "
            "WHERE decision = 'match' ORDER BY ALL"
        ).fetchall()
        official = {record: source for record, source, _ in rows if source in unique_sources}
        clusters = cluster((record for record, _, _ in rows), matches, official)
        ids, changes = assign(clusters, {record: ids for record, _, ids in rows}, registry)
        _table(con, "bridge", {"record_id": list(clusters), "organisation_id": [ids[c] for c in clusters.values()]})
        _table(
            con,
            "first_seen",
            {"organisation_id": list(registry.first_seen), "first_seen": list(registry.first_seen.values())},
        )
        _run(con, "survivors.sql", as_of=literal(as_of.isoformat()))
        _table(con, "identity_changelog", _changelog(changes, as_of))
        return {
            name: parquet.write(con, f"SELECT * FROM {name}", BY_NAME[f"core.{name}"], into / f"{name}.parquet")
            for name in ("organisation", "bridge", "identifier", "location", "identity_changelog")
        }
    finally:
        con.close()


def _open(con: duckdb.DuckDBPyConnection, records: Path, unique_sources: Iterable[str]) -> None:
    con.execute(f"CREATE VIEW record AS SELECT * FROM {parquet.read_sql(records)}")
    con.execute("CREATE TABLE unique_source (source VARCHAR)")
    for source in sorted(unique_sources):
        con.execute("INSERT INTO unique_source VALUES (?)", [source])


def _run(con: duckdb.DuckDBPyConnection, name: str, **fills: str) -> None:
    text = files("assets.entities").joinpath(name).read_text("utf-8")
    for key, value in fills.items():
        text = text.replace("{" + key + "}", value)
    con.execute(text)


def _measure(con: duckdb.DuckDBPyConnection) -> None:
    """Table `measured`: the numbers of `compare` for every pair, batch by batch."""
    con.execute(
        "CREATE TABLE measured (record_id_a VARCHAR, record_id_b VARCHAR, name_similarity DOUBLE, street_similarity DOUBLE, "
        "conflict BOOLEAN)"
    )
    count = con.execute("SELECT count(*) FROM pair").fetchone()
    con.execute(
        "CREATE TABLE numbered_pair AS SELECT row_number() OVER (ORDER BY record_id_a, record_id_b) - 1 AS n, * FROM pair"
    )
    for start in range(0, count[0] if count else 0, BATCH_PAIRS):
        batch = con.sql(
            "SELECT record_id_a, record_id_b, name_a, name_b, street_a, street_b FROM numbered_pair "
            f"WHERE n >= {start} AND n < {start + BATCH_PAIRS} ORDER BY n"
        ).to_arrow_table()
        numbers = compare(batch)
        for column in ("record_id_b", "record_id_a"):
            numbers = numbers.add_column(0, column, batch.column(column))
        con.register("batch_numbers", numbers)
        con.execute("INSERT INTO measured SELECT * FROM batch_numbers")
        con.unregister("batch_numbers")


def _changelog(changes: Sequence[Change], as_of: date) -> dict[str, list[object]]:
    return {
        "change_number": list(range(1, len(changes) + 1)),
        "change_kind": [c.kind for c in changes],
        "old_id": [c.old_id for c in changes],
        "new_id": [c.new_id for c in changes],
        "reason": [c.reason for c in changes],
        "changed_on": [as_of] * len(changes),
    }


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Sequence[object]]) -> None:
    types = {
        "change_number": pa.int64(), "changed_on": pa.date32(), "first_seen": pa.date32(),
    }  # fmt: skip
    con.register("given", pa.table({k: pa.array(v, types.get(k, pa.string())) for k, v in columns.items()}))
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    con.unregister("given")


def read_registry(warehouse: Path | None) -> Registry:
    """What the last published warehouse says about identity; empty where there is none yet."""
    if warehouse is None:
        return Registry({}, {})
    con = duckdb.connect(str(warehouse), read_only=True)
    try:
        bridge = dict(con.execute("SELECT record_id, organisation_id FROM core.bridge").fetchall())
        seen = dict(con.execute("SELECT organisation_id, first_seen FROM core.organisation").fetchall())
    finally:
        con.close()
    return Registry(bridge, seen)
