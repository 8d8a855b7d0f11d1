"""Precedent: whose past edges speak for a business, how much, and what must never change a score."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ranking.name_kinds import name_words, singular, word_kinds
from assets.ranking.precedent import Precedent, precedent

BUSINESSES = [
    {"id": "b1", "name": "Green Valley Farm LLC", "postcode": "21201"},
    {"id": "b2", "name": "Hebron Volunteer Fire Company", "postcode": "21830"},
    {"id": "b3", "name": "Acme Widgets Ltd", "postcode": "L1 8JQ"},
    {"id": "b4", "name": "Chestnut Hill Farms", "postcode": "21202-0001"},
    {"id": "b5", "name": "Zumba Studio", "postcode": None},
]
PARTNERS = [
    {"id": "p1", "name": "Cover Crop Grants", "description": "Cost share for farms"},
    {"id": "p2", "name": "Fire and Rescue Fund", "description": None},
    {"id": "p3", "name": "Arts Council", "description": "Operating support"},
    {"id": "p4", "name": "Nobody Asked Us", "description": None},
]
EDGES = [
    {"from_id": "p1", "to_id": "x1", "to_name": "Orchard Valley Farm LLC", "to_postcode": "21204", "date": "2019-05-01"},
    {"from_id": "p1", "to_id": "x2", "to_name": "Green Meadow Farms", "to_postcode": None, "date": "2020-01-15"},
    {"from_id": "x3", "to_id": "p2", "from_name": "Sharptown Volunteer Fire Company", "from_postcode": "21861", "date": "2018"},
    {"from_id": "p3", "to_id": "x4", "to_name": "Baltimore Symphony Orchestra", "date": None},
]
COLUMNS = ("from_id", "to_id", "from_name", "to_name", "from_postcode", "to_postcode", "date")


def table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pa.Table:
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in columns})


def told(
    edges: list[dict[str, Any]], businesses: list[dict[str, Any]] = BUSINESSES, partners: list[dict[str, Any]] = PARTNERS
) -> Precedent:
    columns = ("id", "name", "postcode", "sic")
    return precedent(table(businesses, columns), table(partners, ("id", "name", "description")), table(edges, COLUMNS))


def scores(
    found: Precedent, businesses: list[dict[str, Any]] = BUSINESSES, partners: list[dict[str, Any]] = PARTNERS
) -> dict[tuple[str, str], float]:
    """Scores by ids; -1 where nothing is known, so that two can be compared."""
    values = np.nan_to_num(found.score, nan=-1.0)
    return {(b["id"], p["id"]): float(values[i, j]) for i, b in enumerate(businesses) for j, p in enumerate(partners)}


@pytest.mark.parametrize(
    ("business", "best", "why"),
    [
        ("b1", "p1", "a farm of nearly the same name was funded"),
        ("b4", "p1", "another farm"),
        ("b2", "p2", "a fire company; the edge runs the other way"),
    ],
)
def test_bodies_alike_speak_for_a_business(business: str, best: str, why: str) -> None:
    found = scores(told(EDGES))
    others = [found[business, other["id"]] for other in PARTNERS if other["id"] != best]
    assert found[business, best] > max(others) + 0.05, why


def test_a_partner_without_edges_is_unknown_and_scores_are_shares() -> None:
    found = told(EDGES)
    assert np.isnan(found.score[:, 3]).all()
    assert found.known.tolist() == [True, True, True, False]
    assert found.score.dtype == np.float32
    rest = found.score[:, :3]
    assert ((rest > 0) & (rest < 1)).all()


def test_without_any_edge_all_is_unknown() -> None:
    assert np.isnan(told([]).score).all()
    assert told([]).evidence(0, 0) == []


def test_rows_in_pieces_are_the_whole() -> None:
    many = [{"id": f"m{n:03}", "name": f"{BUSINESSES[n % 5]['name']} {n}", "postcode": "21201"} for n in range(90)]
    found = told(EDGES, many)
    pieces = np.concatenate([found.rows(0, 7), found.rows(7, 64), found.rows(64, 90)])
    assert np.array_equal(pieces, found.score, equal_nan=True)


def test_evidence_names_the_edges_nearest_first() -> None:
    found = told(EDGES)
    evidence = found.evidence(0, 0)
    assert [row for row, _ in evidence] == [0, 1]
    assert all(0 < likeness <= 1 for _, likeness in evidence)
    assert found.evidence(4, 1) == []
    assert found.evidence(0, 3) == []


def test_evidence_is_three_bodies_at_most_each_by_its_newest_edge() -> None:
    edges = [EDGES[0] | {"to_id": f"x{n}", "date": f"{2010 + n}-01-01"} for n in range(5)] + [
        EDGES[0] | {"to_id": "x4", "date": "2021"}
    ]
    assert [row for row, _ in told(edges).evidence(0, 0)] == [5, 3, 2]


@pytest.mark.parametrize(
    "own",
    [
        {"from_id": "p1", "to_id": "b1", "date": "2020-01-01"},
        {"from_id": "b1", "to_id": "p1", "date": "2020-01-01"},
        {"from_id": "p1", "to_id": "Green Valley Farm LLC", "date": "2020-01-01"},
    ],
    ids=["by id", "either direction", "named by its text"],
)
def test_own_edges_are_no_precedent(own: dict[str, Any]) -> None:
    plain, more = told(EDGES), told([*EDGES, own])
    if own["to_id"] != "Green Valley Farm LLC":  # a body of no table is counted among those that tell what is rare
        assert scores(more)["b1", "p1"] == scores(plain)["b1", "p1"]
    assert 4 not in [row for row, _ in more.evidence(0, 0)]
    assert scores(more)["b4", "p1"] > scores(plain)["b4", "p1"], "to another farm it is one"


def test_a_partner_known_by_own_edges_alone_is_unknown_to_that_business_only() -> None:
    found = told([*EDGES, {"from_id": "p4", "to_id": "b1", "date": "2020-01-01"}])
    assert np.isnan(found.score[0, 3])
    assert not np.isnan(found.score[1:, 3]).any()


@pytest.mark.parametrize(
    ("change", "direction"),
    [
        ({"date": "2009-05-01"}, -1),
        ({"date": None}, -1),
        ({"to_postcode": "21201"}, 1),
        ({"to_name": "Green Valley Farm Inc"}, 1),
        ({"to_name": "Baltimore Symphony"}, -1),
        ({"to_name": None}, -1),
    ],
    ids=["older", "undated", "same area", "nearer name", "other name", "nameless"],
)
def test_what_makes_an_edge_speak_louder(change: dict[str, Any], direction: int) -> None:
    one = [
        EDGES[0] | {"date": "2020-02-01", "to_postcode": "21830"},
        *EDGES[2:],
        {"from_id": "p3", "to_id": "x9", "date": "2020-02-01"},
    ]
    before, after = scores(told(one))["b1", "p1"], scores(told([one[0] | change, *one[1:]]))["b1", "p1"]
    assert (after - before) * direction > 0


def test_a_shared_class_speaks_where_names_do_not() -> None:
    businesses = [
        {"id": "b1", "name": "Aurora", "sic": "01410"},
        {"id": "b2", "name": "Quill", "sic": "01500"},
        {"id": "b3", "name": "Tempo", "sic": "62020"},
    ]
    found = scores(told([{"from_id": "p1", "to_id": "b2", "date": "2020"}], businesses), businesses)
    assert found["b1", "p1"] > found["b3", "p1"]


def test_a_programme_renamed_lends_its_past_to_the_new_name() -> None:
    partners = [
        {"id": "old", "name": "Agriculture / Cover Crop"},
        {"id": "new", "name": "Cover Crop"},
        {"id": "other", "name": "Stem Cells"},
    ]
    edges = [
        {"from_id": "old", "to_id": "x1", "to_name": "Orchard Valley Farm LLC", "date": "2019"},
        {"from_id": "new", "to_id": "x2", "to_name": "Tidewater Trust", "date": "2020"},
        {"from_id": "other", "to_id": "x3", "to_name": "Tidewater Trust", "date": "2020"},
    ]
    found = scores(told(edges, partners=partners), partners=partners)
    assert found["b1", "new"] > found["b1", "other"] + 0.01


@pytest.mark.parametrize(
    ("businesses", "message"),
    [
        (pa.table({"id": ["a", "a"], "name": ["A", "B"]}), "businesses, row 2: id 'a'"),
        (pa.table({"id": ["a"]}), "businesses have no column name"),
    ],
)
def test_what_cannot_be_used_is_said(businesses: pa.Table, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        precedent(businesses, table(PARTNERS, ("id", "name")), table(EDGES, COLUMNS))


def test_edges_without_ends_are_refused() -> None:
    with pytest.raises(ValueError, match="edges have no column to_id"):
        precedent(table(BUSINESSES, ("id", "name")), table(PARTNERS, ("id", "name")), pa.table({"from_id": ["p1"]}))


WORDS = st.sampled_from(["green", "farm", "valley", "fire", "company", "arts", "council", "hill", "llc", "acme", "school", "zoo"])
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    postcodes = st.sampled_from([None, "21201", "21805", "L1 8JQ"])
    businesses = [{"id": f"b{n}", "name": draw(NAMES), "postcode": draw(postcodes)} for n in range(draw(st.integers(1, 6)))]
    partners = [
        {"id": f"p{n}", "name": draw(NAMES), "description": draw(st.none() | NAMES)} for n in range(draw(st.integers(1, 5)))
    ]
    bodies = {f"x{n}": draw(NAMES) for n in range(5)}
    edges = []
    for _ in range(draw(st.integers(0, 15))):
        body = draw(st.sampled_from([b["id"] for b in businesses] + list(bodies)))
        edge = {"from_id": draw(st.sampled_from([p["id"] for p in partners])), "to_id": body, "to_name": bodies.get(body)}
        edges.append(edge | {"date": draw(st.sampled_from([None, "2012", "2019-03-01", "2020-12-31"]))})
    return businesses, partners, edges


@settings(max_examples=40, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(world: Any, chance: random.Random) -> None:
    businesses, partners, edges = world
    shuffled = [chance.sample(rows, len(rows)) for rows in world]
    before, after = told(edges, businesses, partners), told(shuffled[2], shuffled[0], shuffled[1])
    assert scores(before, businesses, partners) == scores(after, shuffled[0], shuffled[1])
    for row, business in enumerate(businesses):
        moved = shuffled[0].index(business)
        named = [edges[edge] for edge, _ in before.evidence(row, 0)]
        assert named == [shuffled[2][edge] for edge, _ in after.evidence(moved, shuffled[1].index(partners[0]))]


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_renaming_ids_changes_nothing(world: Any) -> None:
    businesses, partners, edges = world
    # Turned round, so that the order of ids turns as well.
    new = {name: f"{9 - int(name[1])}{name[0]}" for name in (f"{kind}{n}" for kind in "bpx" for n in range(9))}
    renamed = [[row | {key: new[row[key]] for key in row if key.endswith("id")} for row in rows] for rows in world]
    before, after = told(edges, businesses, partners), told(renamed[2], renamed[0], renamed[1])
    assert np.array_equal(before.score, after.score, equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.data())
def test_one_more_edge_of_a_like_body_never_lowers_a_score(world: Any, data: st.DataObject) -> None:
    businesses, partners, edges = world
    mine = data.draw(st.integers(0, len(businesses) - 1))
    like = businesses[mine] | {"id": "b9"}  # same name and place, another body
    businesses = [*businesses, like]
    partner = data.draw(st.integers(0, len(partners) - 1))
    added = {"from_id": partners[partner]["id"], "to_id": "b9", "date": data.draw(st.sampled_from([None, "2012", "2020-12-31"]))}
    # Both know of this day, so that the addition ages nobody.
    edges = [*edges, {"from_id": partners[0]["id"], "to_id": "far away", "date": "2021-01-01"}]
    before, after = told(edges, businesses, partners), told([*edges, added], businesses, partners)
    assert np.nan_to_num(after.score[mine, partner], nan=-1) >= np.nan_to_num(before.score[mine, partner], nan=-1)


@pytest.mark.parametrize(
    ("name", "words", "kinds"),
    [
        ("St. Mary's Farms & Sons, LLC", ["st", "marys", "farms", "sons", "llc"], {"farm", "firm"}),
        ("Café Ministries 24", ["cafe", "ministries"], {"food", "faith"}),
        ("Glass Industries", ["glass", "industries"], {"making"}),
        (None, [], set()),
    ],
)
def test_names_are_folded_and_tell_kinds(name: str | None, words: list[str], kinds: set[str]) -> None:
    assert name_words(name) == words
    assert {kind for word in words for kind in word_kinds(word)} == kinds


@pytest.mark.parametrize(
    ("postcode", "near", "far"),
    [
        ("21830-1234", "21899", "21730"),
        ("L1 8JQ", "l11ab", "L2 1AB"),
        ("SW1A 1AA", "SW1A2AA", "SW1W 0AA"),
        ("D02 X285", "D02AF30", "D03 X285"),
    ],
)
def test_areas_of_postcodes(postcode: str, near: str, far: str) -> None:
    businesses = [BUSINESSES[0] | {"id": f"b{n}", "postcode": code} for n, code in enumerate((postcode, near, far))]
    edges = [{"from_id": "p1", "to_id": "x", "to_name": "Happy Valley Farm", "to_postcode": postcode}]
    here, same, other = told(edges, businesses).score[:, 0]
    assert here == same > other


def test_singular_leaves_glass_whole() -> None:
    assert [singular(word) for word in ("farms", "industries", "glass", "gas")] == ["farm", "industry", "glass", "gas"]
