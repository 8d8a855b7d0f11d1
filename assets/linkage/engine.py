"""Records in, clusters out: runs the steps of record linkage in order. The steps themselves are beside it.

    raw records ─ comparable ─ blocking ─ gate ─ features ─ model ─ rules ─ clusters

Works on an open DuckDB connection that holds the table `raw`; knows neither registers nor the warehouse nor files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.resources import files

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.linkage import arrays, blocking, cluster, gate
from assets.linkage import epoch as epochs
from assets.linkage.adaptation import adapt
from assets.linkage.arrays import Floats, Ints, Records
from assets.linkage.blocking import Candidates
from assets.linkage.epoch import Epoch
from assets.linkage.features import NAMES, measure
from assets.linkage.model import Model
from assets.linkage.refit import refit
from assets.linkage.rules import BARRED, RULES, barred_by, limited, most

#: Pairs measured at a time and core; bounds memory at about 300 MB.
BATCH_PAIRS = 25_000
#: Cores used; the machine this is made for has two.
WORKERS = 2
#: Candidates the model is fitted on: more change no weight by a hundredth, and cost as much as judging them.
FITTED_ON = 60_000
#: Pairs of this probability or more are kept: what clustering and explanations can need.
KEPT_FROM = 0.02
#: What keeps two records apart whatever third record is like both.
NEVER_JOINED = ("different_identifier", "identifiers_conflict", "cannot_link", "parent_and_child")
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
    inside: npt.NDArray[np.bool_]
    """Whether a pair was no candidate and is measured because both sides lie in one component."""

    def where(self, keep: npt.NDArray[np.bool_]) -> Pairs:
        """The pairs that are marked."""
        return self.at(np.flatnonzero(keep))

    def at(self, keep: npt.NDArray[np.int64]) -> Pairs:
        """The pairs at some places, in their order."""
        return Pairs(self.a[keep], self.b[keep], self.p[keep], self.verdict[keep], self.inside[keep])


@dataclass(frozen=True)
class Order:
    """What a run is to respect besides the scores. Pairs are of record ids."""

    unique_sources: frozenset[str] = frozenset()
    """Sources that never list one body twice."""
    premises_sources: frozenset[str] = frozenset()
    """Sources that list premises: of one body as many rows as it has houses, and more."""
    must_link: Sequence[tuple[str, str]] = ()
    cannot_link: Sequence[tuple[str, str]] = ()


NO_ORDER = Order()


@dataclass(frozen=True)
class Linked:
    """What a run found. `ids` gives each rid its record_id."""

    ids: list[str]
    label: Ints
    pairs: Pairs
    records: Records
    giants: tuple[int, ...]
    found: Candidates
    undecided: Pairs
    """The pairs as measured, before people's decisions."""
    model: Model
    """The model as it was fitted to these records and decisions, or to those the epoch began with."""


def link(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    order: Order = NO_ORDER,
    threshold: float | None = None,
    tell: Callable[[str], None] = lambda _: None,
    epoch: Epoch | None = None,
    keep_codes: bool = False,
    keep_candidates: bool = False,
) -> Linked:
    """Clusters the records of the table `raw` (see comparable.sql for its columns).

    Weights and caps are those of `epoch`; without one, those of a new epoch that begins with these records. In `found`,
    `keep_codes` keeps the blocking codes for later nights, `keep_candidates` the pairs that the gate left out.
    """
    count = prepare(con, epoch)
    tell(f"{count:,} records read")
    found = blocking.find_candidates(con, epoch.records if epoch else count, epoch.too_big if epoch else None, keep_codes)
    tell(f"{len(found.a):,} candidate pairs found")
    passed = pass_gate(con, model, order, found, epoch.records if epoch else count)
    a, b, sample = found.a[passed], found.b[passed], drawn(found, passed)
    tell(f"{len(a):,} pairs to compare closely")
    if not keep_candidates:
        found = replace(found, a=a, b=b, families=found.families[passed])
    records = arrays.load(con)
    ids = con.sql("SELECT record_id FROM comparable ORDER BY rid").to_arrow_table()["record_id"].to_pylist()
    model = epoch.fitted(model) if epoch else fitted(records, model, sample, told(ids, order))
    undecided = with_missing(con, records, model, kept(judge(con, records, model, order, a, b)), count, order)
    pairs = decided(undecided, ids, order)
    tell(f"{int((pairs.p >= (threshold or model.match_from)).sum()):,} pairs alike")
    label, giants = clusters(sole_sources(con, order), model, ids, pairs, order, threshold)
    return Linked(ids, label, pairs, records, giants, found, undecided, model)


def prepare(con: duckdb.DuckDBPyConnection, epoch: Epoch | None = None) -> int:
    """The comparable form of every record, how common its words are, and words as numbers; returns the number of records."""
    read_words(con)
    if epoch is not None:
        epochs.put(con, epoch)
    return compare_form(con, epoch)


def read_words(con: duckdb.DuckDBPyConnection) -> None:
    """The word lists as tables."""
    words = files("assets.linkage").joinpath("words")
    for table in WORD_TABLES:
        con.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_csv('{words.joinpath(table + '.csv')}', all_varchar = true)"
        )


def compare_form(con: duckdb.DuckDBPyConnection, epoch: Epoch | None) -> int:
    """What `prepare` makes of the table `raw`, where the word lists and the tables of the epoch are there; returns its rows."""
    # Longest first, so that "company limited" goes before "limited".
    legal = con.execute("SELECT string_agg(written, '|' ORDER BY length(written) DESC, written) FROM legal_form").fetchall()[0]
    _run(con, "comparable.sql", legal_forms=f"'{legal[0]}'")
    if epoch is None:
        _run(con, "words_in_use.sql")
    count = _count(con, "comparable")
    _run(con, "vocabulary.sql", records=str(epoch.records if epoch else count))
    return count


def pass_gate(
    con: duckdb.DuckDBPyConnection, model: Model, order: Order, found: Candidates, records: int
) -> npt.NDArray[np.bool_]:
    """Which candidates are worth a close look in an epoch of `records`.

    A source that keeps its ids apart never lists one body twice.
    """
    sole = sole_sources(con, order)
    passed = (sole[found.a] != sole[found.b]) | (sole[found.a] < 0)
    open_still = np.flatnonzero(passed)
    a, b, families = found.a[open_still], found.b[open_still], found.families[open_still]
    passed[open_still] = gate.passed(gate.look(con), a, b, families, model.gate, records)
    return passed


def drawn(found: Candidates, passed: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Doubles]:
    """Some candidates to fit a model to: both sides, and of how many each speaks.

    Every n-th is enough; those the gate kept and those it did not are drawn apart.
    """
    parts = [_every_nth(np.flatnonzero(passed), FITTED_ON), _every_nth(np.flatnonzero(~passed), FITTED_ON // 4)]
    of_each = [np.full(len(d), many / max(1, len(d))) for d, many in zip(parts, (passed.sum(), (~passed).sum()), strict=True)]
    rows = np.concatenate(parts)
    return found.a[rows], found.b[rows], np.concatenate(of_each)


def fitted(records: Records, model: Model, sample: tuple[Ints, Ints, Doubles], decisions: Mapping[tuple[int, int], str]) -> Model:
    """The model fitted to a sample of candidates (`adaptation.py`) and to what people decided of the records (`refit.py`)."""
    a, b, of_each = sample
    if len(a):
        x = measured(records, a, b)
        limit = most(x, barred_by(x))
        model = replace(model, adaptation=adapt(x, model.log_odds(x), limit, of_each))
    pairs = sorted(decisions)
    x = measured(records, *(np.array([pair[side] for pair in pairs], np.int32) for side in (0, 1)))
    return refit(model, model.log_odds(x), np.array([decisions[pair] == "must_link" for pair in pairs], dtype=bool))


def _every_nth(rows: npt.NDArray[np.int64], limit: int) -> npt.NDArray[np.int64]:
    return rows[:: max(1, -(-len(rows) // limit))]


def measured(records: Records, a: Ints, b: Ints) -> Floats:
    """The features of pairs, in batches on both cores."""
    starts = range(0, len(a), BATCH_PAIRS)
    with ThreadPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(lambda i: measure(records, a[i : i + BATCH_PAIRS], b[i : i + BATCH_PAIRS]), starts))
    return np.concatenate(parts) if parts else np.zeros((0, len(NAMES)), np.float32)


def sole_sources(con: duckdb.DuckDBPyConnection, order: Order) -> Ints:
    """A number for the source of each record that lists no body twice, -1 where the source may."""
    return numbered_sources(_sources(con), order.unique_sources)


def _sources(con: duckdb.DuckDBPyConnection) -> pa.ChunkedArray:
    return con.sql("SELECT source FROM comparable ORDER BY rid").to_arrow_table()["source"]


def numbered_sources(sources: pa.ChunkedArray, some: frozenset[str]) -> Ints:
    """For a column of sources the number of each in `some`, -1 where it is not among them."""
    numbers = pc.index_in(sources, pa.array(sorted(some), pa.string()))
    return np.asarray(numbers.fill_null(-1).to_numpy(), dtype=np.int32)


def judge(con: duckdb.DuckDBPyConnection, records: Records, model: Model, order: Order, a: Ints, b: Ints) -> Pairs:
    """Scores pairs: the model, what the rules bar, and what official identifiers decide."""
    listing = numbered_sources(_sources(con), order.premises_sources)

    def score(start: int) -> tuple[Doubles, Codes]:
        x_rids, y_rids = a[start : start + BATCH_PAIRS], b[start : start + BATCH_PAIRS]
        x = measure(records, x_rids, y_rids)
        rule = barred_by(x, (listing[x_rids] == listing[y_rids]) & (listing[x_rids] >= 0))
        return limited(model.probability(x), x, rule), rule

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
    return Pairs(a, b, p, verdict, np.zeros(len(a), dtype=bool))


def clusters(
    sole: Ints, model: Model, ids: list[str], pairs: Pairs, order: Order, threshold: float | None
) -> tuple[Ints, tuple[int, ...]]:
    """(smallest rid of each record's cluster, sizes of giant components), respecting people, identifiers and sources.

    `sole` numbers the source of each record that lists no body twice (`sole_sources`).
    """
    forced = [(x, y) for (x, y), name in told(ids, order).items() if name == "must_link"]
    apart: dict[int, set[int]] = {}
    barred = np.isin(pairs.verdict, [_CODE[v] for v in NEVER_JOINED])
    for x, y in zip(pairs.a[barred].tolist(), pairs.b[barred].tolist(), strict=True):
        apart.setdefault(x, set()).add(y)
        apart.setdefault(y, set()).add(x)
    result = cluster.cluster(len(ids), pairs.a, pairs.b, pairs.p, threshold or model.match_from, forced, apart, sole)
    return result.label, result.giants


def kept(pairs: Pairs) -> Pairs:
    """The pairs that clustering and explanations can need."""
    # Barred pairs of different identifiers stay: clustering must not join them by way of others.
    return pairs.where((pairs.p >= KEPT_FROM) | (pairs.verdict > 0))


def with_missing(con: duckdb.DuckDBPyConnection, records: Records, model: Model, pairs: Pairs, count: int, order: Order) -> Pairs:
    """Pairs inside components that were no candidates are measured too, so that an average is of all pairs."""
    return together(pairs, judge(con, records, model, order, *cluster.missing_pairs(count, pairs.a, pairs.b, pairs.p)))


def together(pairs: Pairs, more: Pairs) -> Pairs:
    """`pairs` and `more`, which are measured because they lie inside components, sorted."""
    inside = np.ones(len(more.a), dtype=bool)
    return _joined(pairs, Pairs(more.a, more.b, more.p, more.verdict, inside))


def told(ids: list[str], order: Order) -> dict[tuple[int, int], str]:
    """Pairs of rids that people decided -> must_link or cannot_link, which wins."""
    if not order.must_link and not order.cannot_link:
        return {}
    place = {record: rid for rid, record in enumerate(ids)}
    return {
        (min(place[x], place[y]), max(place[x], place[y])): name
        for name, pairs in (("must_link", order.must_link), ("cannot_link", order.cannot_link))
        for x, y in pairs
        if x in place and y in place
    }


def decided(pairs: Pairs, ids: list[str], order: Order) -> Pairs:
    """The pairs people decided, over what the model says."""
    by_people = told(ids, order)
    if not by_people:
        return pairs
    keys = pairs.a.astype(np.int64) * len(ids) + pairs.b
    wanted = np.array([x * len(ids) + y for x, y in by_people], np.int64)
    a, b = (np.array([pair[side] for pair in by_people], np.int32) for side in (0, 1))
    p = np.array([1.0 if name == "must_link" else 0.0 for name in by_people.values()])
    verdict = np.array([_CODE[name] for name in by_people.values()], np.int8)
    return _joined(pairs.where(~np.isin(keys, wanted)), Pairs(a, b, p, verdict, np.zeros(len(a), dtype=bool)))


def _joined(one: Pairs, other: Pairs) -> Pairs:
    a, b = np.concatenate([one.a, other.a]), np.concatenate([one.b, other.b])
    rank = np.argsort((a.astype(np.int64) << 32) | b, kind="stable")
    rest = (np.concatenate([getattr(one, c), getattr(other, c)])[rank] for c in ("p", "verdict", "inside"))
    return Pairs(a[rank], b[rank], *rest)


def _identifiers(con: duckdb.DuckDBPyConnection, a: Ints, b: Ints) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether the sides share an identifier, and whether they have different ones of one scheme."""
    same, differ = np.zeros(len(a), dtype=bool), np.zeros(len(a), dtype=bool)
    has = np.asarray(
        con.execute("SELECT len(identifiers) > 0 AS has FROM comparable ORDER BY rid").fetchnumpy()["has"], dtype=bool
    )
    both = np.flatnonzero(has[a] & has[b]) if len(a) else np.zeros(0, np.int64)
    if len(both):
        con.register("asked", pa.table({"n": both, "a": a[both], "b": b[both]}))
        q = con.execute(_IDENTIFIERS).fetchnumpy()
        con.unregister("asked")
        same[q["n"]], differ[q["n"]] = q["same"], q["differ"]
    return same, differ


# What stands before the last hyphen is the scheme if it has a letter; a bare number is of no known scheme and forbids nothing.
_IDENTIFIERS = """
SELECT n, list_has_any(x.identifiers, y.identifiers) AS same,
    len(list_filter(x.identifiers, lambda i:
        regexp_matches(i, '[A-Za-z].*-')
        AND list_contains([regexp_extract(j, '^(.+)-', 1) FOR j IN y.identifiers], regexp_extract(i, '^(.+)-', 1))
        AND NOT list_contains(y.identifiers, i))) > 0 AS differ
FROM asked JOIN comparable x ON x.rid = asked.a JOIN comparable y ON y.rid = asked.b ORDER BY n
"""


def _run(con: duckdb.DuckDBPyConnection, name: str, **fills: str) -> None:
    text = files("assets.linkage").joinpath(name).read_text("utf-8")
    for key, value in fills.items():
        text = text.replace("{" + key + "}", value)
    con.execute(text)


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
