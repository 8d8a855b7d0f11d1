"""A night linked by what changed gives exactly what a full run gives, evidence included, and an unfit state is no harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from synthetic import WORLDS, generate

from assets.linkage import engine, evidence, evidence_kept, incremental
from assets.linkage.engine import Linked, Order
from assets.linkage.files import connect
from assets.linkage.incremental import Relinked
from assets.linkage.model import Model

#: About 5,000 records of both nights together.
BODIES = 2_000
CHANGES = 16
NOTHING: dict[str, Any] = {
    "name": "",
    "address": None,
    "city": None,
    "region": None,
    "postcode": None,
    "phone": None,
    "website": None,
    "country": None,
}
RAW = pa.schema(
    [(c, pa.string()) for c in ("record_id", "source", *NOTHING)]
    + [(c, pa.list_(pa.string())) for c in ("other_names", "identifiers")]
    + [("lat", pa.float64()), ("lon", pa.float64())]
)
Rows = Mapping[str, Mapping[str, Any]]


def _open(rows: Rows) -> duckdb.DuckDBPyConnection:
    con = connect()
    con.register("given", pa.Table.from_pylist(list(rows.values()), RAW))
    con.execute("CREATE TABLE raw AS SELECT * FROM given")
    con.unregister("given")
    return con


@pytest.fixture(scope="module")
def pool() -> list[dict[str, Any]]:
    """Records of a synthetic register, in an order of chance."""
    records, _ = generate(BODIES, 5, WORLDS[0])
    known = [{c: row.get(c) for c in RAW.names} for row in records.to_pylist()]
    rows = [
        {
            **row,
            "record_id": str(row["record_id"]),
            "other_names": row["other_names"] or [],
            "identifiers": row["identifiers"] or [],
        }
        for row in known
    ]
    Random(1).shuffle(rows)
    return rows


@dataclass(frozen=True)
class Nights:
    """Two nights: the second by what changed and in full, with the evidence of both (pairs, fields)."""

    first: Relinked
    second: Relinked
    full: Linked
    known: tuple[pa.Table, pa.Table]
    measured: tuple[pa.Table, pa.Table]


@pytest.fixture(scope="module")
def nights(pool: list[dict[str, Any]], model: Model, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Some records go, come, and are corrected, and people decide about some; the night before they had decided otherwise."""
    chance = Random(2)
    state = tmp_path_factory.mktemp("identity") / "state.duckdb"
    before = {row["record_id"]: row for row in pool[CHANGES:]}
    con = _open(before)
    ids = sorted(before)
    first = incremental.link(con, model, None, Order(must_link=[(ids[0], ids[1])], cannot_link=[(ids[2], ids[3])]), state)
    evidence_kept.tables(con, model, first, state)
    gone = set(chance.sample(ids[10:], CHANGES))
    now = {record: before[record] for record in before if record not in gone}
    now |= {row["record_id"]: row for row in pool[:CHANGES]}
    for record in chance.sample(sorted(now), CHANGES):
        other, field = now[chance.choice(ids[:10])], chance.choice(["name", "address", "phone"])
        now[record] = {**now[record], field: other[field]}
    kept = sorted(now)
    order = Order(must_link=[(kept[4], kept[5])], cannot_link=[_joined(first)])
    con = _open(now)
    second = incremental.link(con, model, first.epoch, order, state)
    known = evidence_kept.tables(con, model, second, state)
    con = _open(now)
    full = engine.link(con, model, order, epoch=first.epoch)
    return Nights(first, second, full, known, (evidence.pair_table(full, model), evidence.field_table(con, full, model)))


def _joined(night: Relinked) -> tuple[str, str]:
    """Two records of one body."""
    other = int(np.flatnonzero(night.label != np.arange(len(night.label)))[-1])
    return night.ids[int(night.label[other])].as_py(), night.ids[other].as_py()


def test_only_what_changed_is_compared(nights: Nights) -> None:
    assert nights.first.full
    assert not nights.second.full
    assert CHANGES < nights.second.judged <= 2 * CHANGES


def test_clusters_and_pairs_are_those_of_a_full_run(nights: Nights) -> None:
    night, full = nights.second, nights.full
    assert night.ids.to_pylist() == full.ids
    assert night.label.tolist() == full.label.tolist()
    assert night.giants == full.giants
    for column in ("a", "b", "p", "verdict", "inside"):
        assert np.array_equal(getattr(night.pairs, column), getattr(full.pairs, column)), column


@pytest.mark.parametrize(
    ("table", "key"), [(0, ["record_id_a", "record_id_b"]), (1, ["record_id_a", "record_id_b", "field"])], ids=["pairs", "fields"]
)
def test_evidence_is_that_of_a_full_run(nights: Nights, table: int, key: list[str]) -> None:
    by_key = [(column, "ascending") for column in key]
    known, measured = (side[table].sort_by(by_key) for side in (nights.known, nights.measured))
    assert known.num_rows > 100
    assert known.equals(measured.cast(known.schema))


def test_keys_of_records_that_are_gone_find_nobody(pool: list[dict[str, Any]], model: Model, tmp_path: Path) -> None:
    """Every night 24 of 300 records leave and those of the night before return, until keys are cleared away."""
    kept = tmp_path / "state.duckdb"
    everyone = {row["record_id"]: row for row in pool[:300]}
    epoch = incremental.link(_open(everyone), model, None, Order(), kept).epoch
    buried = []
    for night in range(4):
        away = sorted(everyone)[night * 24 : night * 24 + 24]
        now = {record: row for record, row in everyone.items() if record not in away}
        by_changes = incremental.link(_open(now), model, epoch, Order(), kept)
        full = engine.link(_open(now), model, epoch=epoch)
        assert not by_changes.full
        assert by_changes.label.tolist() == full.label.tolist()
        assert np.array_equal(by_changes.pairs.p, full.pairs.p)
        with duckdb.connect(str(kept), read_only=True) as con:
            buried.append(len(con.execute("FROM buried").fetchall()))
            unknown = con.execute("SELECT sid FROM block_key EXCEPT SELECT sid FROM record EXCEPT FROM buried").fetchall()
        assert unknown == []
    assert buried == [24, 48, 0, 24]


SMALL: Rows = {
    f"r{n}": {
        **NOTHING,
        "record_id": f"r{n}",
        "source": "s",
        "name": name,
        "postcode": "LS1 4AB",
        "other_names": [],
        "identifiers": [],
    }
    for n, name in enumerate(["Otter Choir", "Otter Choir", "Heron Baths", "Kestrel Hall", "Plover Library"])
}


def _damage(state: Path) -> None:
    state.write_bytes(b"not a database at all")


def _other_code(state: Path) -> None:
    with duckdb.connect(str(state)) as con:
        con.execute("UPDATE made_for SET value = 'another' WHERE name = 'code'")


def _lose_a_table(state: Path) -> None:
    with duckdb.connect(str(state)) as con:
        con.execute("DROP TABLE made_for")


@pytest.mark.parametrize("harm", [_damage, _other_code, _lose_a_table, Path.unlink])
def test_a_state_that_does_not_fit_means_a_full_run(harm: Callable[[Path], None], model: Model, tmp_path: Path) -> None:
    state = tmp_path / "state.duckdb"
    first = incremental.link(_open(SMALL), model, None, Order(), state)
    harm(state)
    again = incremental.link(_open(SMALL), model, first.epoch, Order(), state)
    assert again.full
    assert again.label.tolist() == first.label.tolist()
    assert not incremental.link(_open(SMALL), model, first.epoch, Order(), state).full


def test_a_night_without_change_compares_nothing(model: Model, tmp_path: Path) -> None:
    state = tmp_path / "state.duckdb"
    first = incremental.link(_open(SMALL), model, None, Order(), state)
    again = incremental.link(_open(SMALL), model, first.epoch, Order(), state)
    assert (again.full, again.judged) == (False, 0)
    assert again.label.tolist() == first.label.tolist()


def test_much_change_is_a_full_run(model: Model, tmp_path: Path) -> None:
    state = tmp_path / "state.duckdb"
    first = incremental.link(_open(SMALL), model, None, Order(), state)
    assert incremental.link(_open({"r0": SMALL["r0"]}), model, first.epoch, Order(), state).full
