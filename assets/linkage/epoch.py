"""What is frozen for a model epoch: how common words, names, phones and sites are, and which keys are too big.

The same two records get the same features on every night of an epoch, whatever else is registered meanwhile; so an incremental
night gives exactly the answer of a full one, and ids change for what records say, not for what is counted. Knows neither nights
nor files: when an epoch ends is told by `is_over`, where it is kept is up to the caller.

What an epoch does not know is rare: a word unseen counts as used once, a key unseen is never too big.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.linkage.adaptation import from_rows
from assets.linkage.blocking import FAMILIES, limit_of
from assets.linkage.model import Model
from assets.linkage.parts import Hashes
from assets.linkage.refit import step_of

#: An epoch ends when the number of records differs from its own by more than this share, or after so many days: word weights
#: move with the logarithm of the records, so a tenth more moves none of them by more than a hundredth.
MOST_GROWTH = 0.10
#: So many records more or fewer never end an epoch: the weights of a short list are rough in any case.
FEW_RECORDS = 50
MOST_DAYS = 180
#: Modules that decide what a pair is worth: another line in one of them is another model.
DECIDING = ("adaptation.py", "cluster.py", "features.py", "name_features.py", "place_features.py", "rules.py")
#: Tables of words_in_use.sql: kind of weight -> (table, the column that is weighed, the number), for kinds of one column.
KINDS: Mapping[str, tuple[str, str, str]] = {
    "word": ("word_use", "word", "uses"),
    "address_word": ("address_word_use", "word", "uses"),
    "name": ("name_use", "name", "places"),
    "phone": ("phone_use", "phone", "uses"),
    "website": ("domain_use", "website_domain", "uses"),
}
#: Kinds whose key is written in two parts: `district|word` and `family|key`.
HERE, BLOCK = "word_in_district", "block"
#: What the model was fitted to: weights of the fields (`field|step`) with `prior` and `share`; and `scale`, `shift` and `step`.
FIELD, FIT = "field", "fit"
#: All tables of words_in_use.sql.
TABLES = (*(table for table, _, _ in KINDS.values()), "word_here")
SCHEMA = pa.schema([("kind", pa.string()), ("key", pa.string()), ("number", pa.float64())])


@dataclass(frozen=True)
class Epoch:
    """One epoch. `weights` has the columns of `SCHEMA`, sorted by kind and key; `records` is what it was counted on."""

    epoch_id: str
    model: str
    records: int
    weights: pa.Table

    def of_kind(self, kind: str) -> pa.Table:
        """The weights of a kind."""
        start, count = self._places.get(kind, (0, 0))
        return self.weights.slice(start, count)

    @cached_property
    def _places(self) -> dict[str, tuple[int, int]]:
        """Where the weights of each kind begin, which lie together, and how many there are."""
        found = pc.value_counts(self.weights["kind"])
        counts = found.field("counts").to_numpy()
        starts = (np.cumsum(counts) - counts).tolist()
        return dict(zip(found.field("values").to_pylist(), zip(starts, counts.tolist(), strict=True), strict=True))

    @cached_property
    def too_big(self) -> dict[str, Hashes]:
        """Family -> its keys that too many records share, sorted."""
        blocks = self.of_kind(BLOCK)["key"].to_pylist()
        found: dict[str, list[int]] = {family.name: [] for family in FAMILIES}
        for text in blocks:
            family, _, key = text.partition("|")
            found[family].append(int(key))
        return {family: np.array(sorted(keys), np.uint64) for family, keys in found.items()}

    def fitted(self, model: Model) -> Model:
        """The model as it was fitted when the epoch began."""
        rows = self._numbers(FIELD)
        fit = self._numbers(FIT)
        return replace(
            model, adaptation=from_rows(rows) if rows else None, scale=fit.get("scale", 1.0), shift=fit.get("shift", 0.0)
        )

    @property
    def decision_step(self) -> int:
        """How many steps of decisions the model was fitted to (`refit.step_of`)."""
        return int(self._numbers(FIT).get("step", 0))

    def _numbers(self, kind: str) -> dict[str, float]:
        rows = self.of_kind(kind)
        return dict(zip(rows["key"].to_pylist(), rows["number"].to_pylist(), strict=True))


def model_name(model: Model) -> str:
    """The model's name with a digest of all that decides what a pair is worth, its word lists and DuckDB's hashes included."""
    told = hashlib.sha256(duckdb.__version__.encode())
    for tree in model.trees:
        told.update(repr((tree.features, tree.borders, tree.leaves.tolist())).encode())
    told.update(
        repr((model.base, model.scale, model.shift, model.match_from, model.review_from, sorted(model.gate.items()))).encode()
    )
    package = files("assets.linkage")
    for path in sorted([*package.iterdir(), *package.joinpath("words").iterdir()], key=lambda p: p.name):
        if path.name.endswith((".sql", ".csv")) or path.name in DECIDING:
            told.update(path.read_bytes())
    return f"{model.name}-{told.hexdigest()[:12]}"


def of_records(
    con: duckdb.DuckDBPyConnection, fitted: Model, records: int, too_big: Mapping[str, Hashes], decisions: int = 0
) -> Epoch:
    """A new epoch out of what was counted on the records in `con`: the tables of words_in_use.sql, the keys too big, and what the
    model was fitted to, `decisions` of people among it."""
    parts = [
        f"SELECT '{kind}' AS kind, {key} AS key, {number}::DOUBLE AS number FROM {table}"
        for kind, (table, key, number) in KINDS.items()
    ]
    parts.append(f"SELECT '{HERE}', district || '|' || word, here FROM word_here")
    big = [(family.name, int(key), limit_of(family, records)) for family in FAMILIES for key in too_big[family.name].tolist()]
    con.register(
        "big",
        pa.table(
            {
                "key": pa.array([f"{f}|{k}" for f, k, _ in big], pa.string()),
                "most": pa.array([n for _, _, n in big], pa.float64()),
            }
        ),
    )
    parts.append(f"SELECT '{BLOCK}', key, most FROM big")
    fit = [(FIT, key, float(n)) for key, n in (("scale", fitted.scale), ("shift", fitted.shift), ("step", step_of(decisions)))]
    fit += [(FIELD, key, n) for key, n in fitted.adaptation.as_rows()] if fitted.adaptation else []
    con.register("fit", pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in fit], schema=SCHEMA))
    parts.append("SELECT kind, key, number FROM fit")
    weights = con.sql(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY kind, key").to_arrow_table().cast(SCHEMA)
    con.unregister("big")
    con.unregister("fit")
    return named(model_name(fitted), records, weights)


def named(model: str, records: int, weights: pa.Table) -> Epoch:
    """An epoch under the name that its content gives it."""
    told = hashlib.sha256(f"{model} {records}".encode())
    for column in ("kind", "key"):
        told.update("\0".join(weights[column].to_pylist()).encode())
    told.update(np.ascontiguousarray(weights["number"].to_numpy()).tobytes())
    return Epoch(told.hexdigest()[:16], model, records, weights)


def put(con: duckdb.DuckDBPyConnection, epoch: Epoch) -> None:
    """Makes the tables of words_in_use.sql as the epoch has them."""
    for kind, (table, key, number) in KINDS.items():
        con.register("weights", epoch.of_kind(kind))
        con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT key AS {key}, number::INTEGER AS {number} FROM weights")
    con.register("weights", epoch.of_kind(HERE))
    con.execute(
        "CREATE OR REPLACE TABLE word_here AS SELECT split_part(key, '|', 1) AS district, "
        "split_part(key, '|', 2) AS word, number AS here FROM weights"
    )
    con.unregister("weights")


def is_over(epoch: Epoch, started_on: date, model: Model, records: int, today: date, decisions: int = 0) -> bool:
    """Whether a new epoch is due: another model, a tenth more or fewer records, half a year gone, or a step more decisions."""
    grown = abs(records - epoch.records) > max(MOST_GROWTH * epoch.records, FEW_RECORDS)
    decided = step_of(decisions) != epoch.decision_step
    return epoch.model != model_name(model) or grown or decided or (today - started_on).days > MOST_DAYS
