"""An epoch freezes what words, names and keys weigh: the same records are judged alike whatever else is registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from assets.linkage import engine, epoch
from assets.linkage.epoch import MOST_DAYS, Epoch
from assets.linkage.model import Model

BEGAN = date(2026, 1, 5)
TOWN = {
    f"r{n}": {"name": name, "postcode": "LS1 4AB", "phone": "0113 496 0001"}
    for n, name in enumerate(
        ["Otter Village Hall", "Heron Village Hall", "Kestrel Village Hall", "Plover Reading Room", "Otter Hall"]
    )
}
#: The same and many more, so that every word weighs otherwise.
CITY = TOWN | {f"x{n}": {"name": f"Otter Village Room {n}", "postcode": "LS1 4AB", "phone": "0113 496 0001"} for n in range(30)}


@pytest.fixture(scope="module")
def begun(link: Callable[..., Any], model: Model) -> Epoch:
    """The epoch that begins with the town."""
    found = link(TOWN)
    return epoch.of_records(found.con, model, len(TOWN), found.linked.found.too_big)


def test_it_says_how_common_things_are(begun: Epoch) -> None:
    weights = {(row["kind"], row["key"]): row["number"] for row in begun.weights.to_pylist()}
    assert weights["word", "hall"] == 4
    assert weights["phone", "134960001"] == 5
    assert ("word", "heron") not in weights


def test_the_same_records_make_the_same_epoch_and_others_another(begun: Epoch, link: Callable[..., Any], model: Model) -> None:
    again, other = link(dict(reversed(TOWN.items()))), link(CITY)
    assert epoch.of_records(again.con, model, len(TOWN), again.linked.found.too_big) == begun
    assert epoch.of_records(other.con, model, len(CITY), other.linked.found.too_big).epoch_id != begun.epoch_id


def test_a_pair_is_judged_alike_whatever_else_is_there(begun: Epoch, prepare: Callable[..., Any], model: Model) -> None:
    judged = []
    for world in (TOWN, CITY):
        found = engine.link(prepare(world).con, model, epoch=begun)
        pairs = zip(found.pairs.a.tolist(), found.pairs.b.tolist(), found.pairs.p.tolist(), strict=True)
        judged.append({(found.ids[a], found.ids[b]): p for a, b, p in pairs if {found.ids[a], found.ids[b]} <= TOWN.keys()})
    assert judged[0]
    assert judged[0] == judged[1]


def test_keys_too_big_come_back_from_the_table(model: Model) -> None:
    begun = epoch.named("m", 10, epoch.SCHEMA.empty_table())
    table = pa.Table.from_pylist(
        [{"kind": "block", "key": "phone|99", "number": 15.0}, {"kind": "block", "key": "phone|7", "number": 15.0}], epoch.SCHEMA
    )
    assert not any(len(keys) for keys in begun.too_big.values())
    assert epoch.named("m", 10, table).too_big["phone"].tolist() == [7, 99]


@pytest.mark.parametrize(
    ("records", "days", "renamed", "over"),
    [
        (1_000, 0, False, False),
        (1_100, MOST_DAYS, False, False),
        (1_101, 0, False, True),
        (899, 0, False, True),
        (1_000, MOST_DAYS + 1, False, True),
        (1_000, 0, True, True),
    ],
)
def test_when_an_epoch_is_over(model: Model, records: int, days: int, renamed: bool, over: bool) -> None:
    begun = epoch.named(epoch.model_name(model), 1_000, epoch.SCHEMA.empty_table())
    now = replace(model, match_from=0.77) if renamed else model
    assert epoch.is_over(begun, BEGAN, now, records, BEGAN + timedelta(days=days)) is over
