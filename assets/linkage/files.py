"""Record linkage on files: any list of records in, clusters out; no warehouse needed. Behind `partners resolve`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from assets.linkage import blocking, blocking_report, cluster, engine
from assets.linkage.blocking_report import BlockingReport
from assets.linkage.engine import NO_ORDER, VERDICTS, Linked, Order
from assets.linkage.model import Model, read_model
from warehouse.ddl import literal

#: Columns read where present, and how each becomes what `comparable.sql` expects. Lists in CSV are written with `;` or `|`.
TEXT = ("source", "name", "address", "city", "region", "postcode", "country", "phone", "website")
LISTS = ("other_names", "identifiers")
NUMBERS = ("lat", "lon")
#: Memory DuckDB may use before it spills to disk; the arrays of the close look come on top.
MEMORY_LIMIT = "4GB"


class RecordsFileError(ValueError):
    """A file of records cannot be used; the text says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class Resolved:
    """What a run came to: records, organisations, sizes of giant components, and what blocking found where that was asked."""

    records: int
    organisations: int
    giants: tuple[int, ...]
    report: BlockingReport | None


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory database for one run of linkage."""
    con = duckdb.connect()
    con.execute(f"SET threads = {engine.WORKERS}")
    con.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    # What does not fit goes to the system's folder for such things, not beside the user's files.
    con.execute(f"SET temp_directory = {literal(tempfile.gettempdir())}")
    con.execute("SET preserve_insertion_order = false")
    return con


def resolve_files(
    records: Sequence[Path],
    output: Path,
    evidence: Path | None = None,
    order: Order = NO_ORDER,
    threshold: float | None = None,
    model: Path | None = None,
    candidates: Path | None = None,
    report: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Resolved:
    """Clusters the records of some CSV or Parquet files and writes record_id, organisation_id, probability to `output`.

    organisation_id is the smallest record_id of the cluster; probability is the mean over the pairs of a record with the others
    of its cluster, 1 for a record alone. `evidence` gets the pairs that matched or came near, `candidates` all
    pairs that blocking found. Raises RecordsFileError.
    """
    con = connect()
    try:
        read_records(con, records)
        used = read_model(model)
        linked = engine.link(con, used, order, threshold, tell, keep_candidates=report or candidates is not None)
        _write(con, _clusters(linked), output)
        if evidence:
            _write(con, _evidence(linked, linked.model), evidence)
        if candidates:
            blocking.put(con, linked.found)
            con.execute(
                "COPY (SELECT x.record_id AS record_id_a, y.record_id AS record_id_b FROM candidate c "
                "JOIN comparable x ON x.rid = c.a "
                f"JOIN comparable y ON y.rid = c.b) TO {literal(str(candidates))} (FORMAT parquet)"
            )
        return Resolved(
            len(linked.ids),
            int(np.unique(linked.label).size),
            linked.giants,
            blocking_report.report(con, linked) if report else None,
        )
    finally:
        con.close()


def read_records(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Table `raw` from CSV or Parquet files with a column `record_id` and any of the others. Raises RecordsFileError."""
    parts = [_read_sql(con, path) for path in paths]
    con.execute(f"CREATE OR REPLACE TABLE raw AS {' UNION ALL '.join(parts)}")
    twice = con.execute("SELECT record_id FROM raw GROUP BY record_id HAVING count(*) > 1 ORDER BY 1 LIMIT 1").fetchone()
    if twice:
        raise RecordsFileError(f"record_id {twice[0]} stands on two lines; expected a different one on every line of all files")
    if not con.execute("SELECT 1 FROM raw LIMIT 1").fetchone():
        raise RecordsFileError("no records with a name were found; expected at least one line under the header")


def _read_sql(con: duckdb.DuckDBPyConnection, path: Path) -> str:
    if not path.is_file():
        raise RecordsFileError(f"{path} is not there")
    quoted = literal(str(path))
    source = f"read_parquet({quoted})" if path.suffix == ".parquet" else f"read_csv({quoted}, all_varchar = true, header = true)"
    try:
        columns = {row[0]: str(row[1]) for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    except duckdb.Error as error:
        raise RecordsFileError(
            f"{path} cannot be read as {'Parquet' if path.suffix == '.parquet' else 'CSV'}: {error}"
        ) from error
    for needed in ("record_id", "name"):
        if needed not in columns:
            raise RecordsFileError(f"{path} has no column {needed}; it has {', '.join(columns)}")
    picked = ["record_id::VARCHAR AS record_id"]
    picked += [f"nullif({c}::VARCHAR, '') AS {c}" if c in columns else f"NULL::VARCHAR AS {c}" for c in TEXT]
    for c in LISTS:
        if c not in columns:
            picked.append(f"[]::VARCHAR[] AS {c}")
        elif columns[c].endswith("[]"):
            picked.append(f"coalesce({c}, []) AS {c}")
        else:
            picked.append(rf"list_filter(regexp_split_to_array(coalesce({c}, ''), '\s*[;|]\s*'), lambda x: x <> '') AS {c}")
    picked += [f"try_cast({c} AS DOUBLE) AS {c}" if c in columns else f"NULL::DOUBLE AS {c}" for c in NUMBERS]
    return f"SELECT {', '.join(picked)} FROM {source} WHERE trim(coalesce(name::VARCHAR, '')) <> ''"


def _clusters(linked: Linked) -> pa.Table:
    label, pairs = linked.label, linked.pairs
    inside = label[pairs.a] == label[pairs.b]
    total, many = np.zeros(len(label)), np.zeros(len(label))
    for side in (pairs.a[inside], pairs.b[inside]):
        np.add.at(total, side, pairs.p[inside])
        np.add.at(many, side, 1)
    others = np.bincount(label, minlength=len(label))[label] - 1
    absent = others - many
    probability = np.where(others > 0, (total + cluster.ABSENT * absent) / np.maximum(others, 1), 1.0)
    ids = pa.array(linked.ids, pa.string())
    return pa.table({"record_id": ids, "organisation_id": ids.take(pa.array(label)), "probability": np.round(probability, 4)})


def _evidence(linked: Linked, model: Model) -> pa.Table:
    pairs, label = linked.pairs, linked.label
    keep = (pairs.p >= model.review_from) | (label[pairs.a] == label[pairs.b]) | (pairs.verdict > 0)
    a, b = pairs.a[keep], pairs.b[keep]
    ids = pa.array(linked.ids, pa.string())
    return pa.table(
        {
            "record_id_a": ids.take(pa.array(a)),
            "record_id_b": ids.take(pa.array(b)),
            "probability": np.round(pairs.p[keep], 4),
            "decided_by": pa.array([VERDICTS[v] for v in pairs.verdict[keep].tolist()], pa.string()),
            "same_organisation": label[a] == label[b],
        }
    )


def _write(con: duckdb.DuckDBPyConnection, table: pa.Table, path: Path) -> None:
    con.register("written_out", table)
    form = "FORMAT parquet" if path.suffix == ".parquet" else "FORMAT csv, HEADER"
    con.execute(f"COPY (SELECT * FROM written_out ORDER BY ALL) TO {literal(str(path))} ({form})")
    con.unregister("written_out")
