"""Small worlds of bodies whose kinds are given, so that nothing has to be tagged, and the scorer of such a world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from assets.ranking import bodies, codes, search
from assets.ranking.engine import WEIGHTS, Best, Scorer

Body = dict[str, Any]
AS_OF = date(2026, 11, 21)
TRADES = ("bakery", "book_shop", "optician", "law_firm", "manufacturer", "restaurant", "veterinarian", "bar")
GOOD_WORKS = ("food_bank", "literacy_charity", "sight_charity", "youth_club", "animal_shelter", "university", "homeless_shelter")
BUSINESS_NAMES = (
    "Green Valley Farm",
    "Acme Widgets",
    "Harbour Books",
    "Mill Lane Bakery",
    "Old Town Vets",
    "Quay Street Opticians",
)
PARTNER_NAMES = (
    "Cover Crop Grants", "Fire and Rescue Fund", "Arts Council", "Reading Friends", "Harbour Mission", "Sight for All",
    "Mill Lane Food Bank", "Second Chance Kennels",
)  # fmt: skip
OUTSIDE = {"x1": "Orchard Valley Farm", "x2": "Harbour Antiquarian Books", "x3": "Valley Vets"}
EDGE_COLUMNS = ("from_id", "to_id", "kind", "date", "from_name", "to_name")


@dataclass(frozen=True)
class World:
    """Bodies of both sides and edges. A body has what `bodies.SCHEMA` names, and `kind`, its activity (None: not known)."""

    businesses: Sequence[Body]
    partners: Sequence[Body]
    edges: Sequence[Body] = ()

    def with_partner(self, at: int, **changes: Any) -> World:
        """The same with one partner changed."""
        changed = [{**body, **changes} if place == at else body for place, body in enumerate(self.partners)]
        return replace(self, partners=changed)


def _table(rows: Sequence[Body]) -> pa.Table:
    return pa.table({f.name: pa.array([row.get(f.name) for row in rows], f.type) for f in bodies.SCHEMA}, schema=bodies.SCHEMA)


def _tags(rows: Sequence[Body]) -> pa.Table:
    """Tags as the scorer wants them: rows count in the order of ids."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    kinds = [{"row": n, "activity_id": row["kind"], "confidence": 1.0} for n, row in enumerate(ordered) if row["kind"]]
    return pa.Table.from_pylist(kinds, schema=codes.TAGS)


def _scorer(world: World, weights: Mapping[str, float] = WEIGHTS) -> Scorer:
    edges = pa.table({c: pa.array([edge.get(c) for edge in world.edges], pa.string()) for c in EDGE_COLUMNS})
    tags = (_tags(world.businesses), _tags(world.partners))
    return Scorer(_table(world.businesses), _table(world.partners), edges, weights, AS_OF, tags)


def _ranking(scorer: Scorer, depth: int = 1_000_000) -> dict[str, list[tuple[str, float]]]:
    """business id -> (partner id, score) of its best, as the scorer orders them."""
    found: dict[str, list[tuple[str, float]]] = {}
    for best in search.best(scorer, depth):
        for names, score in zip(_ids(scorer, best), best.score.tolist(), strict=True):
            found.setdefault(names[0], []).append((names[1], score))
    return found


def _ids(scorer: Scorer, best: Best) -> list[tuple[str, str]]:
    sides = ((scorer.businesses, best.business), (scorer.partners, best.partner))
    return list(zip(*(table["id"].take(pa.array(rows)).to_pylist() for table, rows in sides), strict=True))


def _worlds() -> st.SearchStrategy[World]:
    """Up to 6 businesses and 8 partners, of which much or little is known, and what they did together."""
    place = st.one_of(st.none(), st.tuples(st.integers(0, 30), st.integers(0, 30)))
    day = st.sampled_from([None, "2010-01-01", "2026-05-01", "no date"])

    def side(mark: str, names: Sequence[str], kinds: Sequence[str], fewest: int) -> st.SearchStrategy[list[Body]]:
        facts = st.fixed_dictionaries(
            {
                "kind": st.sampled_from([*kinds, None]),
                "at": place,
                "status": st.sampled_from([None, "active", "active", "inactive"]),
                "started_on": day,
                "last_filed_on": day,
                "income_gbp": st.sampled_from([None, 5e4, 5e5, 5e6, 5e7]),
                "employees": st.sampled_from([None, 3.0, 30.0, 300.0]),
            }
        )

        def body(number: int, known: Body) -> Body:
            at = known.pop("at")
            where = {"latitude": 53.4 + at[0] / 100, "longitude": -2.9 + at[1] / 100} if at else {}
            return {"id": f"{mark}{number}", "name": names[number], **known, **where}

        listed = st.lists(facts, min_size=fewest, max_size=len(names))
        return listed.map(lambda rows: [body(number, dict(known)) for number, known in enumerate(rows)])

    edge = st.tuples(
        st.sampled_from([*(f"b{n}" for n in range(len(BUSINESS_NAMES))), *OUTSIDE]),
        st.sampled_from([f"p{n}" for n in range(len(PARTNER_NAMES))]),
        st.sampled_from([None, "grant", "award", "linked_charity"]),
        st.sampled_from([None, "2019", "2024-03-01"]),
    ).map(lambda e: {"from_id": e[0], "to_id": e[1], "kind": e[2], "date": e[3], "from_name": OUTSIDE.get(e[0])})
    return st.builds(
        World,
        side("b", BUSINESS_NAMES, TRADES, 1),
        side("p", PARTNER_NAMES, GOOD_WORKS, 1),
        st.lists(edge, max_size=6, unique_by=lambda e: (e["from_id"], e["to_id"])),
    )


@dataclass(frozen=True)
class Worlds:
    """What tests of the ranking share."""

    strategy: st.SearchStrategy[World]
    scorer: Callable[..., Scorer]
    """(world, weights) -> its scorer."""
    ranking: Callable[..., dict[str, list[tuple[str, float]]]]
    """(scorer, depth) -> (partner id, score) of each business's best."""
    one: Callable[..., World]
    """One business and one partner, a bakery and a food bank that differ from that as `business` and `partner` say."""
    crowd: World
    """30 businesses and 600 partners, so many that the best are found without looking at every pair."""


def _one(business: Body | None = None, partner: Body | None = None, edges: Sequence[Body] = ()) -> World:
    return World(
        [{"id": "b", "name": "Mill Lane Bakery", "kind": "bakery", **(business or {})}],
        [{"id": "p", "name": "Harbour Food Bank", "kind": "food_bank", **(partner or {})}],
        edges,
    )


def _crowd() -> World:
    random = np.random.default_rng(7)

    def side(mark: str, names: Sequence[str], kinds: Sequence[str], count: int) -> list[Body]:
        rows: list[Body] = []
        for number in range(count):
            row: Body = {"id": f"{mark}{number:03}", "name": f"{names[number % len(names)]} {number}"}
            row["kind"] = kinds[random.integers(len(kinds))] if random.random() < 0.95 else None
            if random.random() < 0.8:
                row |= {"latitude": 53.3 + random.random() / 2, "longitude": -3 + random.random() / 2}
            if random.random() < 0.7:
                row["income_gbp"] = float(10 ** random.uniform(4, 8))
            if random.random() < 0.5:
                row["last_filed_on"] = f"20{random.integers(18, 27)}-03-31"
            rows.append(row)
        return rows

    partners = side("p", PARTNER_NAMES, GOOD_WORKS, 600)
    outside = sorted(OUTSIDE.items())
    edges = [
        {"from_id": body, "from_name": name, "to_id": f"p{random.integers(600):03}", "kind": "grant", "date": "2024"}
        for body, name in outside
        for _ in range(15)
    ]
    return World(side("b", BUSINESS_NAMES, TRADES, 30), partners, edges)


@pytest.fixture(scope="session")
def worlds() -> Worlds:
    """Small worlds, and what is done with them."""
    return Worlds(_worlds(), _scorer, _ranking, _one, _crowd())
