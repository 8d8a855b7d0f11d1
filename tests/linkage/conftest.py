"""Fixtures of this folder: records written as small dictionaries, brought as far through linkage as a test needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from assets.linkage import arrays, engine
from assets.linkage.engine import VERDICTS, Linked, Order
from assets.linkage.features import NAMES, measure
from assets.linkage.files import connect
from assets.linkage.model import Model, read_model

#: record_id -> what it says; whatever is left out is not known.
World = Mapping[str, Mapping[str, Any]]

TEXT = ("record_id", "source", "name", "address", "city", "region", "postcode", "country", "phone", "website")
RAW = pa.schema(
    [(c, pa.string()) for c in TEXT]
    + [(c, pa.list_(pa.string())) for c in ("other_names", "identifiers")]
    + [(c, pa.float64()) for c in ("lat", "lon")]
)


def _open(world: World) -> duckdb.DuckDBPyConnection:
    rows = [{"record_id": record, **said} for record, said in world.items()]
    unknown = {column for row in rows for column in row} - set(RAW.names)
    assert not unknown, f"no such columns: {unknown}"
    con = connect()
    con.register("given", pa.Table.from_pylist(rows, RAW))
    con.execute("CREATE TABLE raw AS SELECT * FROM given")
    con.unregister("given")
    return con


@dataclass(frozen=True)
class Prepared:
    """Records in comparable form; `con` holds the tables of `comparable.sql`."""

    con: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.con.execute(sql).fetchall()

    @cached_property
    def records(self) -> arrays.Records:
        """What features are measured on."""
        return arrays.load(self.con)

    @cached_property
    def place(self) -> dict[str, int]:
        """record_id -> its rid."""
        return dict(self.rows("SELECT record_id, rid FROM comparable ORDER BY rid"))

    def features(self, a: str, b: str) -> dict[str, float]:
        """Feature -> value of one pair."""
        one, other = (np.array([self.place[r]], np.int32) for r in (a, b))
        return dict(zip(NAMES, measure(self.records, one, other)[0].tolist(), strict=True))


@dataclass(frozen=True)
class Found:
    """What a run of the whole engine found."""

    con: duckdb.DuckDBPyConnection
    linked: Linked

    @cached_property
    def groups(self) -> set[frozenset[str]]:
        """Records of each organisation."""
        groups: dict[int, set[str]] = defaultdict(set)
        for record, label in zip(self.linked.ids, self.linked.label.tolist(), strict=True):
            groups[label].add(record)
        return {frozenset(group) for group in groups.values()}

    @cached_property
    def pairs(self) -> dict[tuple[str, str], tuple[float, str]]:
        """(record, record), the smaller first -> (probability, what decided), for the pairs that were kept."""
        pairs, ids = self.linked.pairs, self.linked.ids
        return {
            (ids[a], ids[b]): (p, VERDICTS[v])
            for a, b, p, v in zip(pairs.a.tolist(), pairs.b.tolist(), pairs.p.tolist(), pairs.verdict.tolist(), strict=True)
        }

    def together(self, *records: str) -> bool:
        """Whether the records are one organisation."""
        return any(group >= set(records) for group in self.groups)


@pytest.fixture(scope="session")
def model() -> Model:
    """The model shipped."""
    return read_model()


@pytest.fixture(scope="module")
def prepare() -> Iterator[Callable[[World], Prepared]]:
    """(world) -> its records in comparable form."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def go(world: World) -> Prepared:
        opened.append(_open(world))
        engine.prepare(opened[-1])
        return Prepared(opened[-1])

    yield go
    for con in opened:
        con.close()


@pytest.fixture(scope="module")
def link(model: Model) -> Iterator[Callable[..., Found]]:
    """(world, order=none, threshold=the model's, threads=2) -> what the engine finds."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def go(world: World, order: Order | None = None, threshold: float | None = None, threads: int = 2) -> Found:
        opened.append(_open(world))
        opened[-1].execute(f"SET threads = {threads}")
        return Found(opened[-1], engine.link(opened[-1], model, order or Order(), threshold))

    yield go
    for con in opened:
        con.close()
