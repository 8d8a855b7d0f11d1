"""The engine: which pairs have a score, what it is made of, and what must never change it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assets.ranking import bodies, search
from assets.ranking.engine import CRITERIA, WEIGHTS, Scorer
from assets.ranking.evaluation import closed
from assets.ranking.fit import silent
from assets.ranking.kinds import tags_of

few = settings(max_examples=10, deadline=None)
a_part = st.one_of(st.just(float("nan")), st.integers(0, 10_000).map(lambda n: n / 10_000))
parts_of_a_pair = st.fixed_dictionaries(dict.fromkeys(CRITERIA, a_part))
any_weights = st.fixed_dictionaries({c: st.integers(0, 100).map(lambda n: n / 100) for c in CRITERIA}).filter(
    lambda weights: sum(weights.values()) > 0
)


def every_pair(scorer: Scorer) -> tuple[Any, Any]:
    """Rows of all pairs."""
    pairs = product(range(scorer.businesses.num_rows), range(scorer.partners.num_rows))
    business, partner = np.array(list(pairs)).T
    return business, partner


def brute_force(scorer: Scorer) -> dict[str, list[tuple[str, float]]]:
    """What `best` should find: every pair scored alone, those that may not meet left out, sorted."""
    business, partner = every_pair(scorer)
    score, _ = scorer.score(scorer.subscores(business, partner))
    open_to = ~closed(scorer, business, partner) & ~np.isnan(score)
    names = [table["id"].to_pylist() for table in (scorer.businesses, scorer.partners)]
    found: dict[str, list[tuple[str, float]]] = {}
    for b, p, s in zip(business[open_to].tolist(), partner[open_to].tolist(), score[open_to].tolist(), strict=True):
        found.setdefault(names[0][b], []).append((names[1][p], s))
    return {b: sorted(rows, key=lambda row: (-row[1], row[0])) for b, rows in found.items()}


def places(ranking: Mapping[str, list[tuple[str, float]]], partner: str) -> dict[str, int]:
    """Business → the rank of this partner."""
    return {b: rank for b, rows in ranking.items() for rank, (p, _) in enumerate(rows, start=1) if p == partner}


# --- what a score is made of ----------------------------------------------------------------------------------------


@few
@given(pair=parts_of_a_pair, weights=any_weights)
def test_a_score_is_the_weighted_mean_of_what_is_known(pair: dict[str, float], weights: dict[str, float], worlds: Any) -> None:
    """The published contributions therefore sum to it; evidence coverage is the share of the weights that is known."""
    score, coverage = worlds.scorer(worlds.one(), weights).score({c: np.array([v]) for c, v in pair.items()})
    known = {c: v for c, v in pair.items() if not np.isnan(v)}
    below = sum(weights[c] for c in known)
    assert coverage[0] == pytest.approx(below / sum(weights.values()), abs=1e-4)
    if below == 0 or not known.keys() & {"fit_exchange", "fit_cause", *(["precedent"] if weights["precedent"] else [])}:
        assert np.isnan(score[0])
    else:
        assert score[0] == pytest.approx(sum(weights[c] * v for c, v in known.items()) / below, abs=1e-6)


@few
@given(pair=parts_of_a_pair, weights=any_weights, criterion=st.sampled_from(CRITERIA), more=st.floats(0, 1))
def test_more_of_what_is_known_never_lowers_a_score(
    pair: dict[str, float], weights: dict[str, float], criterion: str, more: float, worlds: Any
) -> None:
    better = {**pair, criterion: pair[criterion] + more * (1 - pair[criterion])}
    scorer = worlds.scorer(worlds.one(), weights)
    before, after = (scorer.score({c: np.array([v]) for c, v in given.items()})[0][0] for given in (pair, better))
    assert np.isnan(before) == np.isnan(after)
    assert np.isnan(before) or after >= before


@few
@given(pair=parts_of_a_pair, weights=any_weights, criterion=st.sampled_from(CRITERIA), other=st.floats(0, 1))
def test_a_criterion_of_weight_nought_counts_for_nothing(
    pair: dict[str, float], weights: dict[str, float], criterion: str, other: float, worlds: Any
) -> None:
    weights = {**weights, criterion: 0.0}
    assume(sum(weights.values()) > 0)
    assume(not np.isnan(pair[criterion]))
    scorer = worlds.scorer(worlds.one(), weights)
    before, after = (
        np.array(scorer.score({c: np.array([v]) for c, v in given.items()})).tolist()
        for given in (pair, {**pair, criterion: other})
    )
    assert str(before) == str(after)


#: What a world has for one criterion alone.
FACTS = {
    "place": ("latitude", "longitude"),
    "capacity": ("income_gbp", "income_usd", "employees"),
    "readiness": ("started_on", "last_filed_on"),
}


@pytest.mark.parametrize("criterion", FACTS)
@few
@given(data=st.data())
def test_what_has_no_weight_need_not_be_known(criterion: str, data: st.DataObject, worlds: Any) -> None:
    world = data.draw(worlds.strategy)
    bare = type(world)(
        *([{**b, **dict.fromkeys(FACTS[criterion])} for b in side] for side in (world.businesses, world.partners)), world.edges
    )
    if criterion == "readiness":  # a status alone says that a body is ready
        world, bare = (
            type(w)(*([{**b, "status": None} for b in side] for side in (w.businesses, w.partners)), w.edges)
            for w in (world, bare)
        )
    weights = {**WEIGHTS, criterion: 0.0}
    assert worlds.ranking(worlds.scorer(world, weights)) == worlds.ranking(worlds.scorer(bare, weights))


@pytest.mark.parametrize(
    "weights",
    [{}, {**WEIGHTS, "place": -0.1}, dict.fromkeys(CRITERIA, 0.0), {**WEIGHTS, "luck": 0.1}],
    ids=["none", "below nought", "all nought", "one too many"],
)
def test_weights_that_weigh_nothing_are_refused(weights: dict[str, float], worlds: Any) -> None:
    with pytest.raises(ValueError, match="weights: give fit_exchange"):
        worlds.scorer(worlds.one(), weights)


UNKNOWN: tuple[tuple[dict[str, Any], dict[str, Any], set[str]], ...] = (
    ({}, {}, {"precedent", "place", "capacity", "readiness"}),
    ({"latitude": 53.4, "longitude": -3.0}, {}, {"precedent", "place", "capacity", "readiness"}),
    ({"latitude": 53.4, "longitude": -3.0}, {"latitude": 53.5, "longitude": -3.0}, {"precedent", "capacity", "readiness"}),
    ({}, {"income_usd": 9.0}, {"precedent", "place", "readiness"}),
    ({}, {"last_filed_on": "2026-03-31"}, {"precedent", "place", "capacity"}),
    ({}, {"last_filed_on": "last spring", "started_on": "0000-99-99"}, {"precedent", "place", "capacity", "readiness"}),
    ({"kind": None}, {}, {"fit_exchange", "fit_cause", "precedent", "place", "capacity", "readiness"}),
)


@pytest.mark.parametrize(("business", "partner", "unknown"), UNKNOWN)
def test_what_is_not_known_stays_unknown(
    business: dict[str, Any], partner: dict[str, Any], unknown: set[str], worlds: Any
) -> None:
    scorer = worlds.scorer(worlds.one(business, partner))
    known = scorer.subscores(np.array([0]), np.array([0]))
    assert {criterion for criterion, value in known.items() if np.isnan(value[0])} == unknown
    assert scorer.score(known)[1][0] == pytest.approx(sum(WEIGHTS[c] for c in CRITERIA if c not in unknown))


# --- which pairs there are ------------------------------------------------------------------------------------------

GRANT = {"from_id": "p", "to_id": "x", "to_name": "Corner Bakery", "kind": "grant", "date": "2024"}
LINK = {"from_id": "p", "to_id": "b", "kind": "linked_charity"}
MEETING: tuple[tuple[str, dict[str, Any], dict[str, Any], list[dict[str, Any]], bool], ...] = (
    ("a bakery and a food bank", {}, {}, [], True),
    ("a conflict of mission", {"kind": "bar"}, {"kind": "homeless_shelter"}, [], False),
    ("the same business with somebody else", {"kind": "bar"}, {"kind": "literacy_charity"}, [], True),
    ("one id in both lists, as lists are numbered", {"id": "1"}, {"id": "1"}, [], True),
    ("one id and a word of the name", {"id": "1", "name": "Harbour Food"}, {"id": "1"}, [], False),
    ("one official id", {"id": "GB-CHC-0200001"}, {"id": "gb-chc-200001"}, [], False),
    ("an official id and a company number", {"id": "GB-COH-00000012"}, {"company_number": "12"}, [], False),
    ("one company number, written otherwise", {"company_number": "SC12345"}, {"company_number": "SC012345"}, [], False),
    ("one name, written otherwise", {"name": "Harbour & Co."}, {"name": "THE HARBOUR AND CO LTD"}, [], False),
    ("one name but for its accents", {"name": "Café Société Limited"}, {"name": "Cafe Societe"}, [], False),
    ("no names at all are not one name", {"name": ""}, {"name": "…"}, [], True),
    ("a link between the two", {}, {}, [LINK], False),
    ("the link told from the other end", {}, {}, [{**LINK, "from_id": "b", "to_id": "p"}], False),
    ("a partnership is no link", {}, {}, [{**LINK, "kind": "grant"}], True),
    ("a closed business", {"status": "Dissolved"}, {}, [], False),
    ("a closed partner", {}, {"status": "removed"}, [], False),
    ("a partner of unknown kind", {}, {"kind": None, "latitude": 53.4, "longitude": -3.0}, [], False),
    ("a business of unknown kind, next door", {"kind": None, "last_filed_on": "2026-03-31"}, {}, [], False),
    ("a partner of unknown kind with a precedent", {}, {"kind": None}, [GRANT], True),
    ("a kind the ontology does not know", {}, {"kind": "hobby_horse"}, [], False),
)


@pytest.mark.parametrize(("business", "partner", "edges", "met"), [m[1:] for m in MEETING], ids=[m[0] for m in MEETING])
def test_who_may_meet(
    business: dict[str, Any], partner: dict[str, Any], edges: list[dict[str, Any]], met: bool, worlds: Any
) -> None:
    assert bool(worlds.ranking(worlds.scorer(worlds.one(business, partner, edges)))) is met


@few
@given(data=st.data(), depth=st.integers(1, 9))
def test_the_best_are_those_of_brute_force(data: st.DataObject, depth: int, worlds: Any) -> None:
    scorer = worlds.scorer(data.draw(worlds.strategy))
    expected = {business: rows[:depth] for business, rows in brute_force(scorer).items()}
    assert worlds.ranking(scorer, depth) == expected


@pytest.mark.parametrize(
    "weights",
    [WEIGHTS, {**dict.fromkeys(CRITERIA, 0.0), "place": 1.0}, {**WEIGHTS, "precedent": 0.9}, dict.fromkeys(CRITERIA, 1.0)],
    ids=["usual", "place alone", "much precedent", "all alike"],
)
def test_the_best_of_many_are_found_without_looking_at_all(weights: dict[str, float], worlds: Any) -> None:
    scorer = worlds.scorer(worlds.crowd, weights)
    everything = brute_force(scorer)
    assert len(everything) > 20
    for depth in (1, 10, 250):
        assert worlds.ranking(scorer, depth) == {business: rows[:depth] for business, rows in everything.items()}


def test_some_businesses_can_be_asked_for_alone(worlds: Any) -> None:
    scorer = worlds.scorer(worlds.crowd)
    rows = np.array([0, 7, 29])
    found = {
        row: best.partner[best.business == row].tolist()
        for best in search.best(scorer, 5, rows)
        for row in set(best.business.tolist())
    }
    everybody = {
        row: best.partner[best.business == row].tolist() for best in search.best(scorer, 5) for row in set(best.business.tolist())
    }
    assert found == {row: everybody[row] for row in rows.tolist() if row in everybody}


# --- what must not matter, and what must ----------------------------------------------------------------------------

#: What makes a partner better in one respect where that is known: its facts, given the business it should please.
BETTER = {
    "size": lambda partner, _: (
        {"income_gbp": 2e6} if partner["income_gbp"] else {"employees": 100.0} if partner["employees"] else {}
    ),
    "nearness": lambda partner, business: (
        {c: business[c] for c in ("latitude", "longitude")} if "latitude" in partner and "latitude" in business else {}
    ),
    "accounts": lambda _partner, _business: {"last_filed_on": "2026-06-30"},
}


@pytest.mark.parametrize("respect", BETTER)
@few
@given(data=st.data())
def test_who_gets_better_never_falls_behind(respect: str, data: st.DataObject, worlds: Any) -> None:
    world = data.draw(worlds.strategy)
    changes = [
        (at, business, change)
        for at, partner in enumerate(world.partners)
        for business in world.businesses
        if (change := BETTER[respect](partner, business))
    ]
    assume(changes)
    at, business, change = data.draw(st.sampled_from(changes))
    partner = world.partners[at]["id"]
    before, after = (places(worlds.ranking(worlds.scorer(w)), partner) for w in (world, world.with_partner(at, **change)))
    asked = business["id"]
    assert (asked in before) == (asked in after)
    assert asked not in before or after[asked] <= before[asked]


@few
@given(data=st.data(), seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(data: st.DataObject, seed: int, worlds: Any) -> None:
    world = data.draw(worlds.strategy)
    shuffle = random.Random(seed)
    mixed = type(world)(*(shuffle.sample(rows, len(rows)) for rows in (world.businesses, world.partners, world.edges)))
    assert worlds.ranking(worlds.scorer(mixed)) == worlds.ranking(worlds.scorer(world))


@few
@given(data=st.data(), depth=st.integers(1, 9), seed=st.integers(0, 99))
def test_other_ids_change_nothing_but_who_wins_a_tie(data: st.DataObject, depth: int, seed: int, worlds: Any) -> None:
    world = data.draw(worlds.strategy)
    ids = [body["id"] for body in (*world.businesses, *world.partners)]
    new = random.Random(seed).sample([f"n{n:02}" for n in range(len(ids))], len(ids))
    renamed = dict(zip(ids, new, strict=True))
    sides = ([{**body, "id": renamed[body["id"]]} for body in side] for side in (world.businesses, world.partners))
    edges = [{**e, **{end: renamed.get(e[end], e[end]) for end in ("from_id", "to_id")}} for e in world.edges]
    before, after = (worlds.ranking(worlds.scorer(w), depth) for w in (world, type(world)(*sides, edges)))
    assert {renamed[business] for business in before} == set(after)
    for business, rows in before.items():
        others = after[renamed[business]]
        assert [score for _, score in rows] == [score for _, score in others]
        # Those above the last score kept are the same; at the last score ids decide who is kept.
        assert {(renamed[p], s) for p, s in rows if s > rows[-1][1]} == {(p, s) for p, s in others if s > rows[-1][1]}


#: Ranks two small lists and prints what was written.
RANKING = """
import sys
from datetime import date
from pathlib import Path
from assets.ranking.files import rank_files
here = Path(sys.argv[1])
rank_files(here / "b.csv", here / "p.csv", here / sys.argv[2], here / "e.csv", top=None, as_of=date(2026, 11, 21))
"""


def test_neither_threads_nor_the_processor_show(tmp_path: Path) -> None:
    """With one thread or two, and with the oldest instructions numpy and its linear algebra can do with."""
    words = ("bakery", "book shop", "optician", "veterinary practice", "law firm")
    goods = ("food bank", "adult literacy classes", "charity for blind people", "animal rescue", "youth club")
    for mark, texts in (("b", words), ("p", goods)):
        rows = [
            f"{mark}{n},{texts[n % 5].title()} {n},{texts[n % 5]},{53 + n / 97},{-3 + n / 89},{10 ** (n % 6)}" for n in range(25)
        ]
        header = "id,name,class_text,latitude,longitude,income_gbp"
        (tmp_path / f"{mark}.csv").write_text("\n".join([header, *rows]), "utf-8")
    edges = [f"p{n},x{n},grant,20{20 + n % 5},{words[n % 5].title()} and Sons {n}" for n in range(20)]
    (tmp_path / "e.csv").write_text("\n".join(["from_id,to_id,kind,date,to_name", *edges]), "utf-8")
    extra = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])  # type: ignore[index, call-overload, union-attr]
    machines = (
        {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Haswell"},
        {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": " ".join(extra)},
    )
    running = [
        subprocess.Popen([sys.executable, "-c", RANKING, str(tmp_path), f"{n}.csv"], env={**os.environ, **machine})
        for n, machine in enumerate(machines)
    ]
    assert [process.wait() for process in running] == [0] * len(machines)
    written = [(tmp_path / f"{n}.csv").read_bytes() for n in range(len(machines))]
    assert written[0].count(b"\n") > 500
    assert set(written) == {written[0]}


@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        ({"sic": "47789", "description": "Firearms and ammunition dealer"}, {"gun_dealer"}),
        ({"sic": "47260", "description": "Vape and e-cigarette shop"}, {"tobacco_shop"}),
        ({"sic": "56302", "description": "Lap dancing club"}, {"adult_venue"}),
        ({"sic": "47110; 47260"}, {"convenience_store", "tobacco_shop"}),
        ({"sic": "56302", "description": "pub with slot machines"}, {"bar", "betting_shop", "restaurant"}),
        ({"description": "payday loans"}, {"high_cost_lender"}),
    ],
)
def test_who_is_put_forward_to_nobody_hides_behind_no_other_trade(row: dict[str, str], kinds: set[str]) -> None:
    """What a code says beyond doubt stands: a grocer that sells tobacco too, a pub with machines."""
    table = bodies.complete(pa.Table.from_pylist([{"id": "b", "name": "Otter", **row}]))
    found = {tag["activity_id"] for tag in tags_of(table, "business").to_pylist() if tag["confidence"] >= 0.4}
    assert found == kinds


def test_a_kind_with_nothing_to_offer_is_put_forward_to_nobody(worlds: Any) -> None:
    assert not worlds.ranking(worlds.scorer(worlds.one({"kind": "betting_shop"}, {"kind": "animal_shelter"})))
    assert "betting_shop" in silent()
    assert "liquor_store" not in silent()


@pytest.mark.parametrize(
    ("side", "row", "kind", "sure"),
    [
        ("business", {"name": "Otter Nursery", "naics": "444220"}, "childcare", False),
        ("business", {"name": "Otter Nursery"}, "childcare", True),
        ("business", {"name": "Otter Solar", "naics": "238210", "description": "solar panels"}, "solar_installer", True),
        ("business", {"name": "Otter Solar", "naics": "238210", "description": "solar panels"}, "electrician", True),
        ("business", {"name": "Otter", "sic": "47789", "description": "pet shop"}, "pet_shop", True),
        ("partner", {"name": "Cats and Dogs", "ntee": "B60", "description": "animal rescue"}, "animal_shelter", False),
    ],
    ids=["another industry", "no code", "the same industry", "the code's own", "a catch-all code", "a partner"],
)
def test_words_beside_a_code_of_another_industry_are_half_believed(side: str, row: dict[str, str], kind: str, sure: bool) -> None:
    table = bodies.complete(pa.Table.from_pylist([{"id": "b", "name": "Otter", **row}]))
    found = {tag["activity_id"]: tag["confidence"] for tag in tags_of(table, side).to_pylist()}
    assert (found[kind] > 0.5) is sure
