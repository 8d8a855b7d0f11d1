"""Links a night's records by what changed since the last one; the answer is exactly that of `engine.link` in the same epoch.

Two records that stayed as they were have the same candidate keys, features and score on every night of an epoch. So only pairs of
records that are new or changed are found and measured, and only components that such a record, one that is gone or a decision of
people touches are clustered anew. Anything that does not fit (another epoch, model or code, a damaged file, much change) is a
full run, which leaves a new state behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.linkage import arrays, blocking, cluster, engine, gate, state
from assets.linkage import epoch as epochs
from assets.linkage.aside import KEPT, Aside
from assets.linkage.blocking import FAMILIES, RARE, cap_for, limit_of
from assets.linkage.engine import Order, Pairs
from assets.linkage.epoch import Epoch
from assets.linkage.model import Model
from assets.linkage.parts import Ints, load

#: A night with more change than this is linked in full; by then that costs no more.
MOST_CHANGE = 0.2


@dataclass(frozen=True)
class Relinked:
    """What a night came to. `ids` gives each rid its record_id, in their order; `label` the smallest rid of its cluster."""

    ids: pa.Array
    label: Ints
    pairs: Pairs
    giants: tuple[int, ...]
    epoch: Epoch
    judged: int
    """Records that were new or changed; all of them in a full run."""
    full: bool


def link(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    epoch: Epoch | None,
    order: Order,
    kept: Path,
    tell: Callable[[str], None] = lambda _: None,
) -> Relinked:
    """Clusters the records of the table `raw` under an epoch, with the help of the state kept in the file `kept`, if it fits.

    Without an epoch a new one begins with these records.
    """
    kept.parent.mkdir(parents=True, exist_ok=True)
    if epoch is None or not _opens(con, kept, _terms(epoch, order), tell):
        return _in_full(con, model, epoch, order, kept, tell)
    try:
        changed, gone = _changes(con)
        if len(changed) + len(gone) <= MOST_CHANGE * epoch.records:
            return _by_changes(con, model, epoch, order, changed, gone)
    finally:
        con.execute("DETACH state")
    tell("much has changed since the last run; everything is compared")
    return _in_full(con, model, epoch, order, kept, tell)


def _by_changes(
    con: duckdb.DuckDBPyConnection, model: Model, epoch: Epoch, order: Order, changed: Sequence[str], gone: Ints
) -> Relinked:
    """One transaction, so that a run that breaks off leaves the state as it was."""
    con.execute("BEGIN")
    try:
        with Aside(con, epoch) as aside:
            result = _Night(con, model, epoch, order, aside).link(changed, gone)
        state.sign(con, _terms(epoch, order), _decided_records(order))
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")
    return result


def _terms(epoch: Epoch, order: Order) -> dict[str, str]:
    """What a state must have been made for."""
    return {
        "epoch": epoch.epoch_id,
        "model": epoch.model,
        "code": state.code_digest(),
        "duckdb": duckdb.__version__,
        "sole": " | ".join(sorted(order.unique_sources)),
        "premises": " | ".join(sorted(order.premises_sources)),
    }


def _opens(con: duckdb.DuckDBPyConnection, kept: Path, terms: dict[str, str], tell: Callable[[str], None]) -> bool:
    """Attaches the file as `state` if it holds what this run can use."""
    if not kept.exists():
        return False
    try:
        state.attach(con, kept)
        if state.made_for(con) == terms:
            return True
        tell("what the last run left is of another epoch; everything is compared")
    except duckdb.Error as error:
        tell(f"what the last run left cannot be read ({str(error).splitlines()[0]}); everything is compared")
    con.execute("DETACH DATABASE IF EXISTS state")
    return False


def _in_full(
    con: duckdb.DuckDBPyConnection, model: Model, epoch: Epoch | None, order: Order, kept: Path, tell: Callable[[str], None]
) -> Relinked:
    linked = engine.link(con, model, order, epoch=epoch, tell=tell, keep_codes=True)
    decisions = len(order.must_link) + len(order.cannot_link)
    epoch = epoch or epochs.of_records(con, linked.model, len(linked.ids), linked.found.too_big, decisions)
    draft = kept.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    state.attach(con, draft)
    state.clear(con)
    state.keep(con, KEPT)
    sids = np.arange(len(linked.ids), dtype=np.int32)
    numbered = con.sql(f"{state.NUMBERED} ORDER BY record_id").to_arrow_table()
    state.add(con, "record", state.record_rows(numbered, gate.look(con), sids, linked.label))
    state.add(con, "block_key", state.key_rows(linked.found.codes, sids))
    _add_pairs(con, linked.undecided, sids)
    state.sign(con, _terms(epoch, order), _decided_records(order))
    con.execute("DETACH state")
    draft.replace(kept)
    return Relinked(pa.array(linked.ids, pa.string()), linked.label, linked.pairs, linked.giants, epoch, len(linked.ids), True)


def _changes(con: duckdb.DuckDBPyConnection) -> tuple[list[str], Ints]:
    """(record_ids that are new or changed, sids that are gone or changed), each in order."""
    differing = con.sql(
        f"SELECT n.record_id, s.sid FROM ({state.NUMBERED}) n FULL JOIN state.record s USING (record_id) "
        "WHERE s.content IS DISTINCT FROM n.content"
    ).to_arrow_table()
    gone = np.sort(differing["sid"].drop_null().to_numpy().astype(np.int32))
    return sorted(differing["record_id"].drop_null().to_pylist()), gone


class _Night:
    """One incremental night: the steps share the connection (tables `raw` and `state.*`), the model and the epoch."""

    def __init__(self, con: duckdb.DuckDBPyConnection, model: Model, epoch: Epoch, order: Order, aside: Aside) -> None:
        self.con, self.model, self.epoch, self.order = con, epoch.fitted(model), epoch, order
        self.aside = aside

    def link(self, changed: Sequence[str], gone: Ints) -> Relinked:
        """Brings the state to tonight's records and reads the answer from it."""
        touched = self._numbered(self._drop(gone))
        new = self._add(changed)
        seeds = np.union1d(np.union1d(touched, new), self._sids(_decided_records(self.order)))
        if len(seeds):
            a, b = self._candidates(new)
            connections = self._connections()
            # Old components of all that new pairs may join: whatever is one component after that is among them.
            around = connections.around(np.union1d(seeds, np.concatenate([a, b])))
            near = _Near.of(self.aside, *self._records_of(around, "source"))
            pairs = engine.kept(near.judge(self.model, self.order, a, b))
            _add_pairs(self.con, pairs, near.sids)
            self._recluster(connections.with_pairs(pairs, near.sids).around(seeds), near)
        return self._answer(len(changed))

    def _numbered(self, sids: npt.NDArray[np.int32]) -> Ints:
        """Those of the sids that still live."""
        self._ask("asked", pa.table({"sid": sids}))
        return _ints(self.con, "SELECT sid FROM state.record JOIN asked USING (sid)")

    def _sids(self, record_ids: Sequence[str]) -> Ints:
        self._ask("asked", pa.table({"record_id": pa.array(record_ids, pa.string())}))
        return _ints(self.con, "SELECT sid FROM state.record JOIN asked USING (record_id)")

    def _ask(self, name: str, rows: pa.Table) -> None:
        self.con.register("rows", rows)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM rows")
        self.con.unregister("rows")

    def _drop(self, gone: Ints) -> Ints:
        """Forgets records; returns the sids that were connected with them, and those people decided about last night."""
        self._ask("gone", pa.table({"sid": gone}))
        near = f"p >= {cluster.CONNECTED_FROM}"
        mates = _ints(
            self.con,
            f"SELECT b FROM state.pair WHERE {near} AND a IN (SELECT sid FROM gone) UNION SELECT a FROM state.pair WHERE {near} "
            "AND b IN (SELECT sid FROM gone) UNION SELECT sid FROM state.record JOIN state.decided USING (record_id)",
        )
        self.con.execute("DELETE FROM state.pair WHERE a IN (SELECT sid FROM gone) OR b IN (SELECT sid FROM gone)")
        names = "SELECT record_id FROM state.record JOIN gone USING (sid)"
        for table in ("evidence", "field"):
            self.con.execute(f"DELETE FROM state.{table} WHERE record_id_a IN ({names}) OR record_id_b IN ({names})")
        self.con.execute("DELETE FROM state.record WHERE sid IN (SELECT sid FROM gone)")
        self._bury(gone)
        return mates

    def _bury(self, gone: Ints) -> None:
        """Leaves the keys of records that are gone where they lie until there are many: to find them every key is read."""
        state.add(self.con, "buried", pa.table({"sid": gone}))
        if _one(self.con, "SELECT count(*) FROM state.buried") > MOST_CHANGE * self.epoch.records:
            self.con.execute("DELETE FROM state.block_key WHERE sid IN (SELECT sid FROM state.buried)")
            self.con.execute("DELETE FROM state.buried")

    def _add(self, changed: Sequence[str]) -> Ints:
        """Takes new and changed records into `record` and `block_key`; returns their sids."""
        if not changed:
            return np.zeros(0, np.int32)
        # Never the sid of a record whose keys are still there.
        first = _one(
            self.con, "SELECT coalesce(max(sid), -1) + 1 FROM (FROM state.buried UNION ALL SELECT sid FROM state.record)"
        )
        sids = (first + np.arange(len(changed))).astype(np.int32)
        part = self.aside.prepared(changed)
        numbered = part.sql(f"{state.NUMBERED} ORDER BY record_id").to_arrow_table()
        state.add(self.con, "record", state.record_rows(numbered, gate.look(part), sids, sids))
        rows = state.key_rows(_codes(part, self.epoch), sids)
        self._ask("new_key", rows)
        self.con.execute("INSERT INTO state.block_key SELECT code, sid FROM new_key")
        return sids

    def _candidates(self, new: Ints) -> tuple[Ints, Ints]:
        """Pairs of sids, one of them new, that are worth a close look."""
        if not len(new):
            return new, new
        # Of two new records the pair is taken once.
        q = self.con.execute(
            f"SELECT n.sid AS a, k.sid AS b, bit_or(1::UINTEGER << (n.code >> {int(state.KEY_BITS)})::UINTEGER) AS families "
            "FROM new_key n JOIN state.block_key k USING (code) "
            f"WHERE k.sid < {int(new[0])} OR k.sid > n.sid GROUP BY ALL ORDER BY ALL"
        ).fetchnumpy()
        ends = np.stack([np.asarray(q["a"], np.int32), np.asarray(q["b"], np.int32)])
        sids, rows = self._records_of(np.unique(ends), "source", "name", "sorted_name", *state.GLANCED)
        places = _places(sids, ends)
        a, b, families = places.min(0), places.max(0), np.asarray(q["families"], np.uint32)
        sole = engine.numbered_sources(rows["source"], self.order.unique_sources)
        lives = a >= 0
        keep = lives & ((sole[a] != sole[b]) | (sole[a] < 0))
        a, b, families = a[keep], b[keep], families[keep]
        glance = gate.glance_of(rows, rows["sorted_name"])
        keep = gate.passed(glance, a, b, families, self.model.gate, self.epoch.records)
        return sids[a[keep]], sids[b[keep]]

    def _records_of(self, sids: Ints, *columns: str) -> tuple[Ints, pa.Table]:
        """(sids in the order of their record_ids, rows of `record`: sid, record_id and these columns)."""
        self._ask("asked", pa.table({"sid": sids}))
        wanted = ", ".join(f"r.{column}" for column in ("sid", "record_id", *columns))
        rows = self.con.sql(f"SELECT {wanted} FROM state.record r JOIN asked USING (sid) ORDER BY r.record_id").to_arrow_table()
        return rows["sid"].to_numpy().astype(np.int32), rows

    def _recluster(self, members: Ints, near: _Near) -> None:
        """Clusters whole components, which hold these records of `near`, and keeps what was measured inside them."""
        those = np.isin(near.sids, members)
        sids, rows = near.sids[those], near.rows.filter(those)
        ids = rows["record_id"].to_pylist()
        self._ask("asked", pa.table({"sid": sids}))
        self.con.execute("DELETE FROM state.pair WHERE inside AND (a IN (SELECT sid FROM asked) OR b IN (SELECT sid FROM asked))")
        pairs = _read_pairs(self.con, "JOIN asked x ON x.sid = a JOIN asked y ON y.sid = b", sids)
        more = self._inside(pairs, sids, near)
        _add_pairs(self.con, more, sids)
        pairs = engine.decided(engine.together(pairs, more), ids, self.order)
        sole = engine.numbered_sources(rows["source"], self.order.unique_sources)
        label, _ = engine.clusters(sole, self.model, ids, pairs, self.order, None)
        self._ask("labelled", pa.table({"sid": sids, "label": sids[label]}))
        self.con.execute("UPDATE state.record r SET label = l.label FROM labelled l WHERE l.sid = r.sid")

    def _connections(self) -> _Connections:
        """Pairs of sids that make components: those that are likely, and those people joined."""
        q = self.con.execute(f"SELECT a, b FROM state.pair WHERE p >= {cluster.CONNECTED_FROM} AND NOT inside").fetchnumpy()
        self._ask(
            "joined",
            pa.table({side: pa.array([pair[n] for pair in self.order.must_link], pa.string()) for n, side in enumerate("xy")}),
        )
        j = self.con.execute(
            "SELECT r.sid AS a, s.sid AS b FROM joined JOIN state.record r ON r.record_id = x "
            "JOIN state.record s ON s.record_id = y"
        ).fetchnumpy()
        a, b = (np.concatenate([np.asarray(q[side], np.int32), np.asarray(j[side], np.int32)]) for side in "ab")
        return _Connections(_ints(self.con, "SELECT sid FROM state.record"), a, b)

    def _inside(self, pairs: Pairs, sids: Ints, near: _Near) -> Pairs:
        """The pairs inside components that were no candidates, measured, as rows of `sids`."""
        a, b = cluster.missing_pairs(len(sids), pairs.a, pairs.b, pairs.p)
        judged = near.judge(self.model, self.order, sids[a], sids[b])
        return Pairs(a, b, judged.p, judged.verdict, np.ones(len(a), dtype=bool))

    def _answer(self, changed: int) -> Relinked:
        rows = self.con.sql("SELECT sid, record_id, label FROM state.record ORDER BY record_id").to_arrow_table()
        sids = rows["sid"].to_numpy().astype(np.int32)
        ids = rows["record_id"].combine_chunks()
        label = _places(sids, rows["label"].to_numpy())
        pairs = _read_pairs(self.con, "", sids)
        if self.order.must_link or self.order.cannot_link:
            pairs = engine.decided(pairs, ids.to_pylist(), self.order)
        return Relinked(ids, label, pairs, cluster.giants(len(sids), pairs.a, pairs.b, pairs.p), self.epoch, changed, False)


@dataclass(frozen=True)
class _Connections:
    """Pairs of sids that make components of the records `alive`."""

    alive: Ints
    a: Ints
    b: Ints

    def around(self, seeds: Ints) -> Ints:
        """Living sids of the components that hold any of the seeds."""
        count = int(max(side.max(initial=0) for side in (seeds, self.alive, self.a, self.b))) + 1
        component = cluster.components(count, self.a, self.b)
        of_seed = np.zeros(count, dtype=bool)
        of_seed[component[seeds]] = True
        return self.alive[of_seed[component[self.alive]]]

    def with_pairs(self, pairs: Pairs, sids: Ints) -> _Connections:
        """These and the likely ones among pairs of rows of `sids`."""
        likely = pairs.where(pairs.p >= cluster.CONNECTED_FROM)
        return replace(self, a=np.concatenate([self.a, sids[likely.a]]), b=np.concatenate([self.b, sids[likely.b]]))


@dataclass(frozen=True)
class _Near:
    """The records of a night that are looked at closely, in comparable form: `sids` in the order of their record_ids, and `rows`
    with their record_id and source."""

    part: duckdb.DuckDBPyConnection
    records: arrays.Records
    sids: Ints
    rows: pa.Table

    @classmethod
    def of(cls, aside: Aside, sids: Ints, rows: pa.Table) -> _Near:
        """Brings rows of `record` into comparable form."""
        part = aside.prepared(rows["record_id"])
        return cls(part, arrays.load(part), sids, rows)

    def judge(self, model: Model, order: Order, a: Ints, b: Ints) -> Pairs:
        """Scores pairs of sids; the answer has them as rows of `sids`, in the order given."""
        places = _places(self.sids, np.stack([a, b]))
        return engine.judge(self.part, self.records, model, order, places.min(0), places.max(0))


def _codes(con: duckdb.DuckDBPyConnection, epoch: Epoch) -> list[npt.NDArray[np.uint64]]:
    """The keys of every family that the prepared records in `con` have under an epoch."""
    parts = load(con, cap_for(epoch.records, RARE))
    return [blocking.family_keys(family, parts, limit_of(family, epoch.records), epoch.too_big)[0] for family in FAMILIES]


def _places(sids: Ints, some: npt.NDArray[np.int32]) -> Ints:
    """For each of `some` its place in `sids`, which are in any order; -1 for what is not among them."""
    place = np.full(int(max(sids.max(initial=0), some.max(initial=0))) + 1, -1, np.int32)
    place[sids] = np.arange(len(sids), dtype=np.int32)
    return place[some]


def _read_pairs(con: duckdb.DuckDBPyConnection, which: str, sids: Ints) -> Pairs:
    """Pairs of the state as rows of `sids`, sorted."""
    q = con.execute(f"SELECT a, b, p, verdict, inside FROM state.pair {which}").fetchnumpy()
    a, b = _places(sids, np.asarray(q["a"], np.int32)), _places(sids, np.asarray(q["b"], np.int32))
    rank = np.argsort((a.astype(np.int64) << 32) | b)
    return Pairs(a, b, np.asarray(q["p"], np.float64), np.asarray(q["verdict"], np.int8), np.asarray(q["inside"], bool)).at(rank)


def _add_pairs(con: duckdb.DuckDBPyConnection, pairs: Pairs, sids: Ints) -> None:
    """Adds pairs of rows of `sids` to the state."""
    state.add(
        con,
        "pair",
        pa.table({"a": sids[pairs.a], "b": sids[pairs.b], "p": pairs.p, "verdict": pairs.verdict, "inside": pairs.inside}),
    )


def _decided_records(order: Order) -> list[str]:
    return sorted({record for pair in (*order.must_link, *order.cannot_link) for record in pair})


def _ints(con: duckdb.DuckDBPyConnection, sql: str) -> Ints:
    return np.asarray(next(iter(con.execute(sql).fetchnumpy().values())), dtype=np.int32)


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])
