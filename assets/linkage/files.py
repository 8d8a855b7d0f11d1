"""Record linkage on files: any list of records in, clusters out; no warehouse needed. Behind `partners resolve`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.linkage import blocking, blocking_report, cluster, engine
from assets.linkage.blocking_report import BlockingReport
from assets.linkage.engine import NO_ORDER, SAME_IDENTIFIER, VERDICTS, Linked, Order
from assets.linkage.model import Model, read_model
from assets.linkage.repeats import set_aside
from warehouse.ddl import literal
from warehouse.lists import ListFile, ListFileError, check_outputs, country_code, is_parquet, opened, reading, writing

#: Columns read where present, and how each becomes what `comparable.sql` expects. Lists in CSV are written with `;` or `|`.
TEXT = ("source", "name", "address", "city", "region", "postcode", "country", "phone", "website")
LISTS = ("other_names", "identifiers")
NUMBERS = ("lat", "lon")
#: What registers and spreadsheets write where there is nothing to say, in capitals.
NOTHING = (
    "", "-", "--", ".", "?", "#N/A", "N/A", "N.A.", "NA", "NAN", "NIL", "NONE", "NULL", "UNKNOWN", "NOT KNOWN", "NOT APPLICABLE",
    "ANONYMOUS", "PRIVATE INDIVIDUAL", "TBA", "TBC",
)  # fmt: skip
#: One spelling of an identifier: capitals, `-` after the scheme, of an org-id ("GB-COH-01234567") nothing but letters and figures
#: after it, padded as its register does. What says nothing becomes NULL: words ("Not registered", "pending"), one figure over and
#: over, and the number of a line or member in a list of one's own, which every other list has too.
_SPELLING = r"""
CREATE OR REPLACE MACRO _capitals(i) AS CASE
    WHEN contains(i, '://') THEN trim(i)
    ELSE regexp_replace(replace(upper(i), ' ', ''), '^([A-Z][A-Z0-9-]*)[:=]', '\1-')
END;
CREATE OR REPLACE MACRO _figures(i) AS regexp_replace(regexp_replace(i, '^[A-Z]{2}-[A-Z0-9]+-', ''), '[^A-Z0-9]', '', 'g');
CREATE OR REPLACE MACRO _spelled(i) AS CASE
    WHEN regexp_matches(i, '^GB-COH-[0-9]{1,8}$') THEN 'GB-COH-' || lpad(_figures(i), 8, '0')
    WHEN regexp_matches(i, '^GB-COH-[A-Z]{2}[0-9]{1,6}$') THEN i[1:9] || lpad(i[10:], 6, '0')
    WHEN regexp_matches(i, '^GB-SC-SC[0-9]{1,6}$') THEN 'GB-SC-SC' || lpad(i[9:], 6, '0')
    WHEN regexp_matches(i, '^GB-CHC-0*[0-9]+(-0)?$') THEN 'GB-CHC-' || regexp_extract(i, '^GB-CHC-0*([0-9]+)', 1)
    WHEN regexp_matches(i, '^US-EIN-[0-9]{2}-?[0-9]{6,7}$') THEN 'US-EIN-' || lpad(_figures(i), 9, '0')
    WHEN regexp_matches(i, '^[A-Z]{2}-[A-Z0-9]+-') THEN regexp_extract(i, '^[A-Z]{2}-[A-Z0-9]+-') || _figures(i)
    ELSE i
END;
CREATE OR REPLACE MACRO _identifier(i) AS CASE
    WHEN contains(i, '://') THEN trim(i)
    WHEN regexp_extract(i, '([^-:=]*)$') = '' OR NOT regexp_matches(_figures(_capitals(i)), '[0-9]')
        OR regexp_matches(_figures(_capitals(i)), '^(0*|1{5,}|9{5,})$')
        OR regexp_matches(_capitals(i), '^[A-Z]?[0-9]{1,5}$') THEN NULL
    ELSE _spelled(regexp_replace(_capitals(i), '[.]0+$', ''))
END;
CREATE OR REPLACE MACRO _told(text) AS CASE WHEN upper(trim(text)) IN ({nothing}) THEN NULL ELSE text END;
"""
#: Memory DuckDB may use before it spills to disk; the arrays of the close look come on top.
MEMORY_LIMIT = "4GB"


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
    pairs that blocking found. Raises ListFileError.
    """
    check_outputs([path for path in (output, evidence) if path], records)
    con = connect()
    try:
        read_records(con, records, tell)
        nameless = con.sql("SELECT record_id FROM nameless").to_arrow_table()["record_id"].combine_chunks()
        if len(nameless):
            tell(f"{len(nameless):,} records have no name and stay alone")
        decided = {r for pair in (*order.must_link, *order.cannot_link) for r in pair}
        repeats = set_aside(con, decided)
        if repeats.rows.num_rows:
            tell(f"{repeats.rows.num_rows:,} rows say what another says and go with it")
        for shared, many in repeats.crowded:
            tell(f"identifier {shared} stands on {many:,} rows that differ: too many to be one body, so it joins nobody")
        used = read_model(model)
        linked = engine.link(con, used, order, threshold, tell, keep_candidates=report or candidates is not None)
        unnamed = {*nameless.to_pylist()}
        for record in sorted(decided - {*linked.ids}):
            why = "has no name" if record in unnamed else "is no record of these files"
            tell(f"a decision is about {record}, which {why}; it does nothing")
        alone = pa.table({"record_id": nameless, "organisation_id": nameless, "probability": np.ones(len(nameless))})
        found = _clusters(linked)
        _write(con, pa.concat_tables([found, _with_their_row(found, repeats.rows), alone]), output)
        if evidence:
            _write(con, pa.concat_tables([_evidence(linked, linked.model), _repeated(repeats.rows)]), evidence)
        if candidates:
            blocking.put(con, linked.found)
            con.execute(
                "COPY (SELECT x.record_id AS record_id_a, y.record_id AS record_id_b FROM candidate c "
                "JOIN comparable x ON x.rid = c.a "
                f"JOIN comparable y ON y.rid = c.b) TO {literal(str(candidates))} (FORMAT parquet)"
            )
        return Resolved(
            len(linked.ids) + repeats.rows.num_rows + len(nameless),
            int(np.unique(linked.label).size) + len(nameless),
            linked.giants,
            blocking_report.report(con, linked) if report else None,
        )
    finally:
        con.close()


def read_records(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], tell: Callable[[str], None] = lambda _: None) -> None:
    """Table `raw` from CSV or Parquet files with a column `record_id` and any of the others. Raises ListFileError.

    Records without a name are not in it: the table `nameless` has their record_ids. `tell` hears of columns that are not read.
    """
    con.execute(_SPELLING.replace("{nothing}", ", ".join(map(literal, NOTHING))))
    con.execute("DROP TABLE IF EXISTS raw")
    selects = []
    for number, path in enumerate(paths):
        file = opened(con, path, ("record_id", "name"), (*TEXT, *LISTS, *NUMBERS))
        if file.unread:
            tell(f"{path}: nothing is made of {', '.join(file.unread)}")
        selects.append(_select(file))
        with reading(path):
            con.execute(f"INSERT INTO raw {selects[-1]}" if number else f"CREATE TABLE raw AS {selects[-1]}")
    # What a spreadsheet leaves below the last line.
    con.execute("DELETE FROM raw WHERE trim(coalesce(record_id, '')) = '' AND trim(coalesce(name, '')) = ''")
    unnumbered = con.execute("SELECT min(name), count(*) FROM raw WHERE trim(coalesce(record_id, '')) = ''").fetchall()[0]
    if unnumbered[1]:
        raise ListFileError(
            f"{unnumbered[1]:,} lines have a name and no record_id, {unnumbered[0]!r} among them; "
            "expected one on every line: number them"
        )
    con.execute("CREATE OR REPLACE TABLE nameless AS SELECT record_id FROM raw WHERE trim(coalesce(name, '')) = ''")
    twice = con.execute("SELECT record_id FROM raw GROUP BY record_id HAVING count(*) > 1 ORDER BY 1 LIMIT 1").fetchall()
    con.execute("DELETE FROM raw WHERE trim(coalesce(name, '')) = ''")
    if twice:
        where = [
            str(path)
            for path, select in zip(paths, selects, strict=True)
            if con.execute(f"SELECT 1 FROM ({select}) WHERE record_id = ? LIMIT 1", twice[0]).fetchall()
        ]
        raise ListFileError(
            f"record_id {twice[0][0]} stands on two lines, in {' and '.join(where)}; "
            "expected a different one on every line of all files"
        )
    if not con.execute("SELECT 1 FROM raw LIMIT 1").fetchall():
        raise ListFileError("no records with a name were found; expected at least one line under the header")


def _select(file: ListFile) -> str:
    columns = file.columns
    picked = [f"trim({columns['record_id'].sql}::VARCHAR) AS record_id"]
    for c in TEXT:
        told = f"_told({columns[c].sql}::VARCHAR)" if c in columns else "NULL::VARCHAR"
        picked.append(f"{country_code(told) if c == 'country' else told} AS {c}")
    for c in LISTS:
        written = columns.get(c)
        if written is None:
            found = "[]::VARCHAR[]"
        elif written.is_list:
            found = f"coalesce({written.sql}, [])::VARCHAR[]"
        else:
            between = "[;|,]" if c == "identifiers" else "[;|]"
            found = rf"regexp_split_to_array(coalesce({written.sql}, ''), '\s*{between}\s*')"
        spelled = "_identifier" if c == "identifiers" else "_told"
        picked.append(f"list_filter(list_transform({found}, lambda x: {spelled}(x)), lambda x: x IS NOT NULL) AS {c}")
    # Trimmed, as a bare cast is done by DuckDB's CSV reader, which stops at what is no number.
    lat, lon = (f"try_cast(trim({columns[c].sql}::VARCHAR) AS DOUBLE)" if c in columns else "NULL::DOUBLE" for c in NUMBERS)
    # Off the globe is no place, and neither is where its grid begins: there lies what was never placed.
    on_earth = f"abs({lat}) <= 90 AND abs({lon}) <= 180 AND ({lat} <> 0 OR {lon} <> 0)"
    picked += [f"CASE WHEN {on_earth} THEN {value} END AS {c}" for c, value in zip(NUMBERS, (lat, lon), strict=True)]
    return f"SELECT {', '.join(picked)} FROM {file.source}"


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


def _with_their_row(found: pa.Table, repeats: pa.Table) -> pa.Table:
    """`_clusters` of repeats, which go with the row that speaks for them."""
    place = pc.index_in(repeats["said_by"], found["record_id"].combine_chunks())
    sure = np.full(len(repeats), SAME_IDENTIFIER)
    return pa.table(
        {"record_id": repeats["record_id"], "organisation_id": found["organisation_id"].take(place), "probability": sure}
    )


def _repeated(repeats: pa.Table) -> pa.Table:
    """`_evidence` of repeats."""
    return pa.table(
        {
            "record_id_a": repeats["said_by"],
            "record_id_b": repeats["record_id"],
            "probability": np.full(len(repeats), SAME_IDENTIFIER),
            "decided_by": pa.array(["same_row"] * len(repeats), pa.string()),
            "same_organisation": np.ones(len(repeats), bool),
        }
    )


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
    form = "FORMAT parquet" if is_parquet(path) else "FORMAT csv, HEADER"
    with writing(path):
        con.execute(f"COPY (SELECT * FROM written_out ORDER BY ALL) TO {literal(str(path))} ({form})")
    con.unregister("written_out")
