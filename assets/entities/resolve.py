"""Gives clusters of records ids that last and one row each: clusters in, the tables of identity out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.entities.identity import Change, assign
from assets.entities.registry import hand_on, open_past, read_registry
from warehouse import parquet
from warehouse.ddl import literal
from warehouse.tables import BY_NAME

#: What `build_organisations` writes, by the names of the files.
TABLES = (
    "organisation", "organisation_value", "bridge", "identifier", "location", "former_membership", "identity_changelog",
)  # fmt: skip


def build_organisations(
    records: Path,
    clustered: Path,
    unique_sources: Sequence[str],
    published: Path | None,
    as_of: date,
    into: Path,
    foretold: Sequence[Change] = (),
) -> dict[str, int]:
    """Writes the tables of `TABLES` to the folder `into`; returns row counts.

    `clustered` says which records are one organisation (`matching.CLUSTER_FILE`); a record it lacks, a person's, is alone.
    `published` is the DuckDB file of the last published version, whose ids live on; `foretold` are changes that stand in the
    changelog before those of tonight's ids (a new epoch of the model).
    """
    con = parquet.connect()
    try:
        _open(con, records, unique_sources)
        con.execute(f"CREATE MACRO as_of() AS {literal(as_of.isoformat())}::DATE")
        open_past(con, published)
        rows = con.execute("SELECT record_id, source, identifiers FROM record ORDER BY record_id").fetchall()
        compared = dict(con.execute(f"SELECT record_id, cluster FROM {parquet.read_sql(clustered)}").fetchall())
        clusters = {record: compared.get(record, record) for record, _, _ in rows}
        ids, changes = assign(clusters, {record: numbers for record, _, numbers in rows}, read_registry(con))
        _table(con, "bridge", {"record_id": list(clusters), "organisation_id": [ids[c] for c in clusters.values()]})
        con.execute(f"CREATE TABLE source_order AS FROM read_csv({literal(str(files('assets.entities') / 'source_order.csv'))})")
        _run(con, "survivors.sql")
        hand_on(con, [*foretold, *changes], set(ids.values()))
        con.execute("INSERT INTO organisation BY NAME SELECT * FROM tombstone")
        return {
            name: parquet.write(con, f"SELECT * FROM {name}", BY_NAME[f"core.{name}"], into / f"{name}.parquet")
            for name in TABLES
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


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Sequence[str]]) -> None:
    con.register("given", pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()}))
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    con.unregister("given")
