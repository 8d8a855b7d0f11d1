"""Fit of kinds: agrees with the kinds' own affinity, bounded, monotone, and the same for any order of rows."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ranking import codes, fit, ontology
from warehouse import parquet

BUSINESSES = (
    "bakery",
    "book_shop",
    "optician",
    "bar",
    "law_firm",
    "manufacturer",
    "pawnbroker",
    "other_business",
    "veterinarian",
)
PARTNERS = (
    "food_bank", "literacy_charity", "sight_charity", "youth_club", "grantmaker", "other_nonprofit", "animal_shelter", "university",
)  # fmt: skip


def bodies(side: str, *kinds: dict[str, float]) -> fit.Profiles:
    """Profiles of bodies, each given as activity → sureness."""
    return fit.profiles(tags_of(*kinds), len(kinds), side)


def tags_of(*kinds: dict[str, float]) -> pa.Table:
    """The tags of bodies, each given as activity → sureness."""
    tags = [{"row": row, "activity_id": a, "confidence": c} for row, kind in enumerate(kinds) for a, c in kind.items()]
    return pa.Table.from_pylist(tags, schema=codes.TAGS)


def pure(side: str, *kinds: str) -> fit.Profiles:
    """Bodies that are surely of one kind each."""
    return bodies(side, *({kind: 1.0} for kind in kinds))


def one(business: str, partner: str) -> tuple[float, float, bool]:
    """Exchange, cause and whether barred, of one kind each."""
    found = fit.fit(pure("business", business), pure("partner", partner))
    return float(found.exchange[0, 0]), float(found.cause[0, 0]), bool(found.barred[0, 0])


@pytest.mark.parametrize(
    ("business", "better", "worse"),
    [
        ("bakery", "food_bank", "legal_aid"),
        ("book_shop", "literacy_charity", "animal_shelter"),
        ("optician", "sight_charity", "choir"),
        ("veterinarian", "animal_shelter", "community_foundation"),
        ("manufacturer", "university", "hospice"),
        ("hair_salon", "refuge", "water_charity"),
        ("solar_installer", "climate_group", "choir"),
    ],
)
def test_kinds_that_belong_together_fit_better_both_ways(business: str, better: str, worse: str) -> None:
    exchange, cause, _ = one(business, better)
    other_exchange, other_cause, _ = one(business, worse)
    assert exchange > other_exchange
    assert cause > other_cause


@pytest.mark.parametrize(
    ("business", "partner", "barred"),
    [
        ("bar", "addiction_charity", True),
        ("bar", "youth_club", True),
        ("betting_shop", "money_advice_charity", True),
        ("pawnbroker", "money_advice_charity", True),
        ("bar", "sight_charity", False),
        ("bakery", "youth_club", False),
    ],
)
def test_a_conflict_of_mission_bars(business: str, partner: str, barred: bool) -> None:
    assert one(business, partner)[2] is barred


def test_the_nightly_table_of_kinds_says_the_same() -> None:
    """`affinity.sql`, where a pair stands there: a night and `partners rank` are one ranking."""
    with parquet.connect() as con:
        ontology.as_tables(con)
        con.execute(files("assets.opportunities").joinpath("affinity.sql").read_text("utf-8"))
        nightly = con.execute(
            "SELECT business_activity_id, partner_activity_id, fit_exchange, fit_cause FROM affinity"
        ).fetchall()
    kinds = [fit.activities(side) for side in ("business", "partner")]
    here = fit.fit(pure("business", *kinds[0]), pure("partner", *kinds[1]))
    assert len(nightly) > 2_000
    for business, partner, exchange, cause in nightly:
        at = kinds[0].index(business), kinds[1].index(partner)
        assert not here.barred[at]
        assert here.exchange[at] == pytest.approx(exchange, abs=1e-4), (business, partner)
        assert here.cause[at] == pytest.approx(np.nan if cause is None else cause, abs=1e-4, nan_ok=True), (business, partner)


def test_kinds_known_to_work_together_have_that_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven tenths of how well it is known are added to what both care about, of one and a half."""
    _, with_it, _ = one("cafe", "dementia_charity")
    known = ontology.load().known("cafe", "dementia_charity")
    fresh = ontology.load().model_copy(deep=True)
    del fresh.practices["cafe"]["dementia_charity"]
    with monkeypatch.context() as m:
        m.setattr(fit, "load", lambda: fresh)
        fit._kinds.cache_clear()
        _, without, _ = one("cafe", "dementia_charity")
    fit._kinds.cache_clear()
    assert with_it == pytest.approx(without + 0.7 * known / 1.5, abs=1e-6)


def test_what_tells_is_how_much_oftener_than_such_bodies_being_about_would_make_it() -> None:
    book = ontology.load()
    share, common = book.practices["cafe"]["dementia_charity"].share, book.partners["dementia_charity"].common
    assert book.known("cafe", "dementia_charity") == pytest.approx(1 - 1 / (1 + share / (common + 0.02)), abs=1e-6)
    same_share = {kind: book.known("cafe", kind) for kind, known in book.practices["cafe"].items() if known.share == share}
    rarest, commonest = (pick(same_share, key=lambda kind: book.partners[kind].common) for pick in (min, max))
    assert same_share[rarest] > same_share[commonest]
    assert book.known("cafe", "blood_bank") == 0


def test_a_faint_sign_of_a_kind_bars_nobody() -> None:
    found = fit.fit(bodies("business", {"bar": 0.2, "bakery": 1.0}), pure("partner", "youth_club"))
    assert not found.barred[0, 0]


def test_a_cause_is_unknown_where_a_side_has_none() -> None:
    assert np.isnan(one("bakery", "other_nonprofit")[1])
    assert np.isnan(one("other_business", "food_bank")[1])


def test_less_waste_comes_back_only_for_goods_that_would_be_thrown_away() -> None:
    said = fit.explain(pure("business", "bakery", "marketing_agency"), pure("partner", "food_bank"), _pairs([0, 1], [0, 0]))
    assert said["get_resource_id"].to_pylist()[0] == "waste_saving"
    assert said["get_resource_id"].to_pylist()[1] != "waste_saving"


def test_a_pair_is_explained_in_the_words_of_the_ontology() -> None:
    said = fit.explain(pure("business", "bakery", "other_business"), pure("partner", "food_bank"), _pairs([0, 1], [0, 0]))
    assert said.to_pylist()[0] == {
        "give_resource_id": "surplus_food",
        "give": "unsold bread and cakes",
        "why": "hands out food to people who cannot afford it",
        "get_resource_id": "waste_saving",
        "get": "less food to throw away",
        "cause_id": "hunger",
    }
    assert set(said.to_pylist()[1].values()) == {None}


def test_a_body_of_no_known_kind_is_unknown() -> None:
    found = bodies("partner", {}, {"unicorn_rescue": 1.0}, {"food_bank": 0.4})
    assert found.known.tolist() == [False, False, True]


def test_bodies_with_the_same_tags_are_of_one_kind() -> None:
    """Whatever the order of bodies, and whatever tags nobody knows."""
    said = ({"choir": 1.0}, {"food_bank": 0.5, "choir": 0.5}, {}, {"choir": 1.0}, {"unicorn_rescue": 1.0}, {"choir": 0.5})
    for order in (said, said[::-1]):
        few, which = fit.kinds_of(tags_of(*order), len(order), "partner")
        every = bodies("partner", *order)
        assert len(few) == 4
        for part in ("offers", "needs", "causes", "practices", "needed_as", "known"):
            assert np.array_equal(getattr(few.take(which), part), getattr(every, part)), part


def test_nobody_on_a_side_gives_an_empty_answer() -> None:
    nobody = fit.profiles(codes.TAGS.empty_table(), 0, "business")
    assert fit.fit(nobody, pure("partner", "choir")).exchange.shape == (0, 1)
    assert len(fit.kinds_of(codes.TAGS.empty_table(), 0, "business")[0]) == 0


SURE = st.integers(1, 20).map(lambda steps: steps / 20)


def kinds(names: tuple[str, ...]) -> st.SearchStrategy[list[dict[str, float]]]:
    """One to five bodies of up to three kinds."""
    return st.lists(st.dictionaries(st.sampled_from(names), SURE, max_size=3), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(kinds(BUSINESSES), kinds(PARTNERS), st.randoms())
def test_figures_are_bounded_and_the_order_of_rows_changes_nothing(
    businesses: list[dict[str, float]], partners: list[dict[str, float]], random: object
) -> None:
    found = fit.fit(bodies("business", *businesses), bodies("partner", *partners))
    assert ((found.exchange >= 0) & (found.exchange <= 1)).all()
    assert (np.isnan(found.cause) | ((found.cause >= 0) & (found.cause <= 1))).all()
    order = list(range(len(partners)))
    random.shuffle(order)  # type: ignore[attr-defined]
    again = fit.fit(bodies("business", *businesses), bodies("partner", *(partners[i] for i in order)))
    assert np.array_equal(again.exchange, found.exchange[:, order])
    assert np.array_equal(again.cause, found.cause[:, order], equal_nan=True)
    assert np.array_equal(again.barred, found.barred[:, order])


@settings(max_examples=40, deadline=None)
@given(kinds(BUSINESSES), st.sampled_from(PARTNERS), SURE, SURE)
def test_a_surer_kind_never_lowers_the_cause_nor_a_plain_exchange(
    businesses: list[dict[str, float]], partner: str, one_: float, other: float
) -> None:
    low, high = sorted((one_, other))
    found = fit.fit(bodies("business", *businesses), bodies("partner", {partner: low}, {partner: high}))
    assert (found.exchange[:, 0] <= found.exchange[:, 1]).all()
    assert (np.nan_to_num(found.cause[:, 0]) <= np.nan_to_num(found.cause[:, 1])).all()


def _pairs(left: list[int], right: list[int]) -> tuple[fit.Ints, fit.Ints]:
    return np.array(left, np.int32), np.array(right, np.int32)
