"""Records in, clusters out: runs the steps of record linkage in order. The steps themselves are beside it.

    raw records ─ comparable ─ blocking ─ gate ─ features ─ model ─ rules ─ clusters

Works on an open DuckDB connection that holds the table `raw`; knows neither registers nor the warehouse nor files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.resources import files

import duckdb
import numpy as np
import numpy.typing as npt

from assets.linkage import arrays, blocking, cluster, gate
from assets.linkage.arrays import Floats, Ints, Records
from assets.linkage.features import measure
from assets.linkage.model import Model
from assets.linkage.rules import BARRED, RULES, barred_by

#: Pairs measured at a time and core; bounds memory at about 300 MB.
BATCH_PAIRS = 100_000
#: Cores used; the machine this is made for has two.
WORKERS = 2
#: Pairs of this probability or more are kept: what clustering and explanations can need.
KEPT_FROM = 0.02
#: Probability of a pair that an official identifier or a person decides.
SAME_IDENTIFIER = 0.999
WORD_TABLES = ("abbreviation", "address_abbreviation", "legal_form", "platform", "distinguishing")
Doubles = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]

#: What decided a pair: the model, one of the rules over it, an identifier or a person.
VERDICTS = (*RULES, "same_identifier", "different_identifier", "identifiers_conflict", "must_link", "cannot_link")
_CODE = {name: code for code, name in enumerate(VERDICTS)}


@dataclass(frozen=True)
class Pairs:
    """Scored pairs of rids, a < b, sorted: probability and what decided (a number in `VERDICTS`)."""

    a: Ints
    b: Ints
    p: Doubles
    verdict: Codes


@dataclass(frozen=True)
class Order:
    """What a run is to respect besides the scores. Pairs are of record ids."""

    unique_sources: frozenset[str] = frozenset()
    """Sources that never list one body twice."""
    must_link: Sequence[tuple[str, str]] = ()
    cannot_link: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Linked:
    """What a run found. `ids` gives each rid its record_id."""

    ids: list[str]
    label: Ints
    pairs: Pairs
    records: Records
    giants: tuple[int, ...]
    found_by: dict[str, int] = field(default_factory=dict)


def link(
    con: duckdb.DuckDBPyConnection, model: Model, order: Order = Order(), threshold: float | None = None, tell: Callable[[str], None] = lambda _: None
) -> Linked:
    """Clusters the records of the table `raw` (see comparable.sql for its columns)."""
    count = prepare(con)
    tell(f"{count:,} records read")
    found = dict(blocking.find_candidates(con, count))
    tell(f"{_count(con, 'candidate'):,} candidate pairs found")
    pass_gate(con, model, order)
    a, b = _pairs(con, "SELECT a, b FROM passed ORDER BY a, b")
    tell(f"{len(a):,} pairs to compare closely")
    records = arrays.load(con)
    ids = [row[0] for row in con.execute("SELECT record_id FROM comparable ORDER BY rid").fetchall()]
    pairs = _keep(judge(con, records, model, a, b))
    pairs = _with_missing(con, records, model, pairs, count)
    pairs = _decided(pairs, ids, order)
    tell(f"{int((pairs.p >= (threshold or model.match_from)).sum()):,} pairs alike")
    return cluster_all(con, model, records, ids, pairs, order, threshold, found)


def prepare(con: duckdb.DuckDBPyConnection) -> int:
    """The comparable form of every record, how common its words are, and what keys are made of; returns the number of records."""
    words = files("assets.linkage").joinpath("words")
    for table in WORD_TABLES:
        con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_csv('{words.joinpath(table + '.csv')}', all_varchar = true)")
    # Longest first, so that "company limited" goes before "limited".
    legal = con.execute("SELECT string_agg(written, '|' ORDER BY length(written) DESC, written) FROM legal_form").fetchone()
    for name in ("comparable.sql", "words_in_use.sql"):
        text = files("assets.linkage").joinpath(name).read_text("utf-8")
        con.execute(text.replace("{legal_forms}", f"'{legal[0] if legal else ''}'"))
    blocking.prepare(con)
    return _count(con, "comparable")


def pass_gate(con: duckdb.DuckDBPyConnection, model: Model, order: Order) -> None:
    """Table `passed` (a, b): candidates worth a close look. A source that keeps its ids apart never lists one body twice."""
    gate.look(con)
    weights = dict(model.gate)
    con.execute("CREATE OR REPLACE TABLE sole_source (source VARCHAR)")
    con.executemany("INSERT INTO sole_source VALUES (?)", [[s] for s in sorted(order.unique_sources)] or [["\0"]])
    con.execute(
        f"CREATE OR REPLACE TABLE passed AS SELECT g.a, g.b FROM ({gate.passed_sql(weights, weights['least'])}) g "
        "JOIN comparable x ON x.rid = g.a JOIN comparable y ON y.rid = g.b "
        "WHERE NOT (x.source = y.source AND x.source IN (SELECT source FROM sole_source))"
    )


def judge(con: duckdb.DuckDBPyConnection, records: Records, model: Model, a: Ints, b: Ints) -> Pairs:
    """Scores pairs: the model, what the rules bar, and what official identifiers decide."""

    def score(start: int) -> tuple[Doubles, Codes]:
        x = measure(records, a[start : start + BATCH_PAIRS], b[start : start + BATCH_PAIRS])
        rule = barred_by(x)
        p = model.probability(x)
        return np.where(rule > 0, np.minimum(p, BARRED), p), rule

    with ThreadPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(score, range(0, len(a), BATCH_PAIRS)))
    p = np.concatenate([part[0] for part in parts]) if parts else np.zeros(0)
    verdict = np.concatenate([part[1] for part in parts]) if parts else np.zeros(0, np.int8)
    same, differ = _identifiers(con, a, b)
    for where, name, probability in (
        (same & ~differ, "same_identifier", SAME_IDENTIFIER),
        (differ & ~same, "different_identifier", BARRED),
        (same & differ, "identifiers_conflict", model.review_from),
    ):
        p[where], verdict[where] = probability, _CODE[name]
    return Pairs(a, b, p, verdict)


def cluster_all(
    con: duckdb.DuckDBPyConnection, model: Model, records: Records, ids: list[str], pairs: Pairs, order: Order, threshold: float | None, found: dict[str, int]
) -> Linked:
    """Clusters scored pairs, respecting people, identifiers and sources."""
    place = {record: rid for rid, record in enumerate(ids)}
    forced = [(place[x], place[y]) for x, y in order.must_link if x in place and y in place]
    apart: dict[int, set[int]] = {}
    barred = np.isin(pairs.verdict, [_CODE["different_identifier"], _CODE["cannot_link"]])
    told = [(place[x], place[y]) for x, y in order.cannot_link if x in place and y in place]
    for x, y in [*zip(pairs.a[barred].tolist(), pairs.b[barred].tolist(), strict=True), *told]:
        apart.setdefault(x, set()).add(y)
        apart.setdefault(y, set()).add(x)
    sources = con.execute("SELECT source, source IN (SELECT source FROM sole_source) FROM comparable ORDER BY rid").fetchall()
    codes = {source: code for code, source in enumerate(sorted({s for s, sole in sources if sole}))}
    sole = np.array([codes[s] if alone else -1 for s, alone in sources], np.int32)
    result = cluster.cluster(len(ids), pairs.a, pairs.b, pairs.p, threshold or model.match_from, forced, apart, sole)
    return Linked(ids, result.label, pairs, records, result.giants, found)


def _keep(pairs: Pairs) -> Pairs:
    # Barred pairs of different identifiers stay: clustering must not join them by way of others.
    keep = (pairs.p >= KEPT_FROM) | (pairs.verdict > 0)
    return Pairs(pairs.a[keep], pairs.b[keep], pairs.p[keep], pairs.verdict[keep])


def _with_missing(con: duckdb.DuckDBPyConnection, records: Records, model: Model, pairs: Pairs, count: int) -> Pairs:
    """Pairs inside components that were no candidates are measured too, so that an average is of all pairs."""
    more = judge(con, records, model, *cluster.missing_pairs(count, pairs.a, pairs.b, pairs.p))
    return _sorted(*(np.concatenate(two) for two in zip((pairs.a, pairs.b, pairs.p, pairs.verdict), (more.a, more.b, more.p, more.verdict), strict=True)))


def _decided(pairs: Pairs, ids: list[str], order: Order) -> Pairs:
    """The pairs people decided, over what the model says."""
    place = {record: rid for rid, record in enumerate(ids)}
    told: dict[tuple[int, int], str] = {}
    for name, decided in (("must_link", order.must_link), ("cannot_link", order.cannot_link)):
        for x, y in decided:
            if x in place and y in place:
                told[min(place[x], place[y]), max(place[x], place[y])] = name
    if not told:
        return pairs
    keys = pairs.a.astype(np.int64) * len(ids) + pairs.b
    wanted = np.array([x * len(ids) + y for x, y in told], np.int64)
    keep = ~np.isin(keys, wanted)
    p = [1.0 if name == "must_link" else 0.0 for name in told.values()]
    return _sorted(
        np.concatenate([pairs.a[keep], np.array([x for x, _ in told], np.int32)]),
        np.concatenate([pairs.b[keep], np.array([y for _, y in told], np.int32)]),
        np.concatenate([pairs.p[keep], np.array(p)]),
        np.concatenate([pairs.verdict[keep], np.array([_CODE[name] for name in told.values()], np.int8)]),
    )


def _sorted(a: Ints, b: Ints, p: Doubles, verdict: Codes) -> Pairs:
    order = np.lexsort((b, a))
    return Pairs(a[order], b[order], p[order], verdict[order])


def _identifiers(con: duckdb.DuckDBPyConnection, a: Ints, b: Ints) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether the sides share an identifier, and whether they have different ones of one scheme."""
    same, differ = np.zeros(len(a), dtype=bool), np.zeros(len(a), dtype=bool)
    has = np.asarray(con.execute("SELECT len(identifiers) > 0 AS has FROM comparable ORDER BY rid").fetchnumpy()["has"], dtype=bool)
    both = np.flatnonzero(has[a] & has[b]) if len(a) else np.zeros(0, np.int64)
    if len(both):
        import pyarrow as pa

        con.register("asked", pa.table({"n": both, "a": a[both], "b": b[both]}))
        q = con.execute(_IDENTIFIERS).fetchnumpy()
        con.unregister("asked")
        same[q["n"]], differ[q["n"]] = q["same"], q["differ"]
    return same, differ


_IDENTIFIERS = """
SELECT n, list_has_any(x.identifiers, y.identifiers) AS same,
    len(list_filter(x.identifiers, lambda i: list_contains([regexp_extract(j, '^(.+)-', 1) FOR j IN y.identifiers], regexp_extract(i, '^(.+)-', 1))
        AND NOT list_contains(y.identifiers, i))) > 0 AS differ
FROM asked JOIN comparable x ON x.rid = asked.a JOIN comparable y ON y.rid = asked.b ORDER BY n
"""


def _pairs(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Ints, Ints]:
    q = con.execute(sql).fetchnumpy()
    return q["a"].astype(np.int32), q["b"].astype(np.int32)


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row: Iterable[int] | None = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return next(iter(row)) if row else 0
