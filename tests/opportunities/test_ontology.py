"""The ontology does not contradict itself, and says of known kinds of bodies what a chamber's director would say."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from assets.organisations.reference import rows
from assets.ranking import ontology, yaml_file
from assets.ranking.ontology import Business, Ontology, Partner, Practice, Topic
from warehouse import parquet

ACTIVITIES = {row["activity_id"]: row["side"] for row in rows("sources.reference", "activities.csv")}

# --- consistency ----------------------------------------------------------------------------------------------------


def test_the_shipped_ontology_has_no_contradiction() -> None:
    assert ontology.load().problems() == []


def test_every_activity_has_an_entry_on_its_own_side_only() -> None:
    shipped = ontology.load()
    assert set(shipped.businesses) - {"any"} == {activity for activity, side in ACTIVITIES.items() if side == "business"}
    assert set(shipped.partners) - {"any"} == {activity for activity, side in ACTIVITIES.items() if side != "business"}


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, which YAML would let pass with the last one winning."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        repeated = {key for key in keys if keys.count(key) > 1}
        assert not repeated, f"{sorted(repeated)} stand twice, {node.start_mark}"
        return super().construct_mapping(node, deep=deep)


def test_the_strict_reader_sees_a_repeated_key() -> None:
    with pytest.raises(AssertionError, match="bakery"):
        yaml.load("bakery: {}\nbakery: {}\n", Loader=_Strict)


@pytest.mark.parametrize("name", sorted(Ontology.model_fields))
def test_no_entry_stands_twice(name: str) -> None:
    text = files("assets.ranking").joinpath("ontology", f"{name}.yaml").read_text("utf-8")
    assert yaml.load(text, Loader=_Strict)


PLANTED: list[tuple[str, Callable[[Ontology], Any], str]] = [
    (
        "a business offers an unknown resource",
        lambda o: o.businesses["bakery"].offers.update(unicorns=(1.0, "unicorns")),
        "businesses.bakery uses 'unicorns', which is not defined",
    ),
    (
        "a business needs an unknown resource",
        lambda o: o.businesses["bakery"].needs.update(unicorns=1.0),
        "businesses.bakery uses 'unicorns', which is not defined",
    ),
    (
        "a partner works for an unknown cause",
        lambda o: o.partners["food_bank"].causes.update(unicorns=1.0),
        "partners.food_bank uses 'unicorns', which is not defined",
    ),
    (
        "a partner minds an unknown brake",
        lambda o: o.partners["food_bank"].sensitive.append("unicorns"),
        "partners.food_bank uses 'unicorns', which is not defined",
    ),
    (
        "a business brings an unknown brake",
        lambda o: o.businesses["bar"].brakes.append("unicorns"),
        "businesses.bar uses 'unicorns', which is not defined",
    ),
    ("an activity is forgotten", lambda o: o.partners.pop("food_bank"), "activity food_bank (nonprofit) has no entry"),
    ("a business nobody can be", lambda o: o.businesses.update(dragon_stable=Business()), "dragon_stable is not an activity"),
    ("a partner nobody can be", lambda o: o.partners.update(dragon_rescue=Partner()), "dragon_rescue is not an activity"),
    (
        "an unknown business is known to work with somebody",
        lambda o: o.practices.update(dragon_stable={"food_bank": Practice(0.9, "give rides")}),
        "practices.dragon_stable names activity 'dragon_stable'",
    ),
    (
        "a partner competes with nobody there is",
        lambda o: o.partners.update(food_bank=Partner(rivals=["dragon_stable"])),
        "partners.food_bank has the rival 'dragon_stable'",
    ),
    (
        "what a practice is about is nothing anybody gives",
        lambda o: o.practices["bakery"].update(food_bank=Practice(0.9, "give bread", "dragon_food")),
        "practices.bakery is about 'dragon_food', which is not defined",
    ),
    (
        "a business is known to work with another as if it were a charity",
        lambda o: o.practices["bakery"].update(cafe=Practice(0.9, "sell it bread")),
        "practices.bakery names activity 'cafe'",
    ),
    (
        "a topic serves an unknown industry",
        lambda o: o.programme_topics.update(t=Topic(give="a plan", industries={"dragons": 1.0})),
        "topic t names industry 'dragons'",
    ),
    (
        "a topic serves a charity as if it were a business",
        lambda o: o.programme_topics.update(t=Topic(give="a plan", activities={"food_bank": 1.0})),
        "topic t names activity 'food_bank'",
    ),
    (
        "a topic works for an unknown cause",
        lambda o: o.programme_topics.update(t=Topic(give="a plan", causes={"dragons": 1.0})),
        "topic t names cause 'dragons'",
    ),
]


@pytest.mark.parametrize(("plant", "named"), [case[1:] for case in PLANTED], ids=[case[0] for case in PLANTED])
def test_a_planted_contradiction_is_named(plant: Callable[[Ontology], Any], named: str) -> None:
    wrong = ontology.load().model_copy(deep=True)
    plant(wrong)
    problems = wrong.problems()
    assert len(problems) == 1 and named in problems[0]


def _with_files(monkeypatch: pytest.MonkeyPatch, folder: Path, change: dict[str, Callable[[str], str]]) -> None:
    """Lets the ontology be read from a copy in `folder`, the files named in `change` changed."""
    with as_file(files("assets.ranking").joinpath("ontology")) as shipped:
        shutil.copytree(shipped, folder / "ontology")
    for name, edit in change.items():
        path = folder / "ontology" / name
        path.write_text(edit(path.read_text("utf-8")), "utf-8")
    monkeypatch.setattr(yaml_file, "files", lambda _: folder)


def test_what_is_done_elsewhere_completes_its_sentence() -> None:
    """ "Elsewhere, such businesses …": in small letters, without an end, one sentence."""
    for business, practices in ontology.load().practices.items():
        for partner, (_, words, _) in practices.items():
            assert re.fullmatch(r"[a-z][^.;\n]{8,100}[\w)!]", words), (business, partner, words)


def test_nobody_is_known_to_work_with_whom_a_brake_keeps_away() -> None:
    book = ontology.load()
    kept_apart = [
        (business, partner)
        for business, practices in book.practices.items()
        for partner in practices
        if set(book.businesses[business].brakes) & set(book.partners[partner].sensitive)
    ]
    assert kept_apart == []


def test_loading_lists_every_contradiction_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_files(monkeypatch, tmp_path, {"causes.yaml": lambda text: text.replace("\nhunger:", "\nthirst:")})
    with pytest.raises(ValueError, match="contradicts itself") as caught:
        ontology.load.__wrapped__()
    users = sum("hunger" in entry.causes for book in (_books()) for entry in book.values())
    topics = sum("hunger" in topic.causes for topic in ontology.load().programme_topics.values())
    assert str(caught.value).count("'hunger'") == users + topics > 10


def _books() -> tuple[dict[str, Business], dict[str, Partner]]:
    return ontology.load().businesses, ontology.load().partners


@pytest.mark.parametrize(
    ("file", "edit"),
    [
        ("brakes.yaml", lambda text: text + "gambling: {words: no}\n"),
        ("businesses.yaml", lambda text: text + "bakery: {offers: {surplus_food: [1.5, bread]}}\n"),
        ("businesses.yaml", lambda text: text + "bakery: {gives: {}}\n"),
    ],
    ids=["words that are no text", "a weight above 1", "a key nobody reads"],
)
def test_a_wrong_shape_is_refused(file: str, edit: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_files(monkeypatch, tmp_path, {file: edit})
    with pytest.raises(ValueError, match="validation error"):
        ontology.load.__wrapped__()


# --- the tables made of it ------------------------------------------------------------------------------------------


def test_the_common_entry_fills_in_what_an_entry_leaves_open(kinds: duckdb.DuckDBPyConnection) -> None:
    shipped = ontology.load()
    cash = dict(
        kinds.execute("SELECT activity_id, weight FROM offer WHERE side = 'business' AND resource_id = 'cash'").fetchall()
    )
    own = {activity: entry.offers["cash"][0] for activity, entry in shipped.businesses.items() if "cash" in entry.offers}
    assert len(own) > 3
    assert {activity: cash[activity] for activity in own if activity != "any"} == {a: w for a, w in own.items() if a != "any"}
    assert cash["bakery"] == own["any"]


@pytest.mark.parametrize("activity", ["tobacco_shop", "gun_dealer", "pawnbroker", "other_business", "other_nonprofit"])
def test_a_kind_with_nothing_of_its_own_stays_without_anything(activity: str, kinds: duckdb.DuckDBPyConnection) -> None:
    said = kinds.execute(
        "SELECT count(*) FROM (SELECT activity_id FROM offer UNION ALL SELECT activity_id FROM need) WHERE activity_id = ?",
        [activity],
    )
    assert said.fetchall() == [(0,)]


def test_a_topic_fits_by_the_activity_before_the_industry(kinds: duckdb.DuckDBPyConnection) -> None:
    fits = {
        (topic, activity): fit
        for topic, activity, fit in kinds.execute("SELECT topic_id, activity_id, fit FROM topic_fit").fetchall()
    }
    shipped = ontology.load()
    industry = {row["activity_id"]: row["industry_id"] for row in rows("sources.reference", "activities.csv")}
    checked = {"own": 0, "industry": 0, "any": 0, "none": 0}
    for topic, entry in shipped.programme_topics.items():
        for activity, business in shipped.businesses.items():
            if activity == "any" or not business.offers:
                continue
            for word, fit in (
                ("own", entry.activities.get(activity)),
                ("industry", entry.industries.get(industry[activity])),
                ("any", entry.industries.get("any")),
                ("none", 0.0),
            ):
                if fit is not None:
                    assert fits.get((topic, activity), 0.0) == fit, (topic, activity, word)
                    checked[word] += 1
                    break
    assert all(checked.values()), checked


def test_fits_are_shares_and_every_pair_of_kinds_stands_once(kinds: duckdb.DuckDBPyConnection) -> None:
    total, pairs, lowest, highest, low_cause, high_cause = kinds.execute(
        "SELECT count(*), count(DISTINCT (business_activity_id, partner_activity_id)), min(fit_exchange), max(fit_exchange), "
        "min(fit_cause), max(fit_cause) FROM affinity"
    ).fetchall()[0]
    assert total == pairs > 1_000
    assert 0 < lowest < highest <= 1
    assert 0 <= low_cause < high_cause <= 1


# --- judgement ------------------------------------------------------------------------------------------------------

#: business, partner, what the business could give, what it could get in return (None: anything)
SENSIBLE = [
    ("bakery", "food_bank", {"surplus_food"}, {"waste_saving"}),
    ("grocer", "food_bank", {"surplus_food"}, {"waste_saving"}),
    ("pet_shop", "animal_shelter", {"pet_supplies"}, None),
    ("veterinarian", "animal_shelter", {"vet_care"}, None),
    ("book_shop", "literacy_charity", {"books"}, None),
    ("law_firm", "legal_aid", {"legal_help"}, None),
    ("optician", "sight_charity", {"eye_care"}, None),
    ("builder", "home_repair_charity", {"repair_work", "building_materials"}, None),
    ("hair_salon", "refuge", {"haircuts", "jobs"}, None),
    ("music_shop", "performing_arts", {"instruments"}, None),
    ("sports_shop", "sports_club", {"sports_kit"}, {"visibility", "audience"}),
    ("staffing_agency", "reentry_charity", {"jobs"}, {"talent"}),
    ("car_repair", "public_college", {"placements"}, {"talent"}),
    ("nursing_home", "job_training", {"care_jobs"}, {"talent"}),
    ("spa", "carers_charity", {"relaxation"}, None),
    ("dance_school", "dance_company", {"publicity"}, {"culture"}),
    ("packaging_maker", "university", None, {"research", "student_projects"}),
    ("software_company", "public_university", None, {"research", "student_projects"}),
    ("food_maker", "public_research", None, {"research"}),
]


@pytest.mark.parametrize(("business", "partner", "give", "get"), SENSIBLE, ids=[f"{b}-{p}" for b, p, *_ in SENSIBLE])
def test_a_sensible_pair_exchanges_the_sensible_thing(
    business: str, partner: str, give: set[str] | None, get: set[str] | None, kinds: duckdb.DuckDBPyConnection
) -> None:
    found = kinds.execute(
        "SELECT give_resource_id, get_resource_id FROM affinity WHERE business_activity_id = ? AND partner_activity_id = ?",
        [business, partner],
    ).fetchall()
    assert len(found) == 1, "they are never put forward"
    assert give is None or found[0][0] in give
    assert get is None or found[0][1] in get


#: business, good partner, a partner it has little to do with
BETTER = [
    ("bakery", "food_bank", "sports_club"),
    ("grocer", "food_bank", "museum"),
    ("pet_shop", "animal_shelter", "food_bank"),
    ("veterinarian", "animal_shelter", "history_society"),
    ("book_shop", "literacy_charity", "animal_shelter"),
    ("law_firm", "legal_aid", "sports_club"),
    ("optician", "sight_charity", "conservation_charity"),
    ("builder", "home_repair_charity", "literacy_charity"),
    ("packaging_maker", "university", "sports_club"),
    ("software_company", "public_university", "food_bank"),
    ("hair_salon", "refuge", "conservation_charity"),
    ("music_shop", "performing_arts", "food_bank"),
    ("sports_shop", "sports_club", "legal_aid"),
    ("bicycle_shop", "youth_club", "legal_aid"),
    ("garden_centre", "community_farm", "legal_aid"),
    ("accountant", "money_advice_charity", "animal_shelter"),
    ("dentist", "community_clinic", "museum"),
    ("hotel", "homeless_shelter", "literacy_charity"),
    ("solar_installer", "housing_charity", "sports_club"),
]


@pytest.mark.parametrize(("business", "good", "unrelated"), BETTER, ids=[f"{b}-{g}-{u}" for b, g, u in BETTER])
def test_a_good_partner_outranks_an_unrelated_one(
    business: str, good: str, unrelated: str, kinds: duckdb.DuckDBPyConnection
) -> None:
    """By the two criteria that know only kinds, in the proportion of the shipped weights; a pair left out counts nothing."""
    found = dict(
        kinds.execute(
            "SELECT partner_activity_id, fit_exchange * 0.35 + coalesce(fit_cause, 0) * 0.2 FROM affinity WHERE business_activity_id = ?",
            [business],
        ).fetchall()
    )
    assert found[good] > found.get(unrelated, 0.0) + 0.05


# --- brakes ---------------------------------------------------------------------------------------------------------


PAIR = "SELECT count(*) FROM affinity WHERE business_activity_id = ? AND partner_activity_id = ?"


@pytest.mark.parametrize(
    ("change", "business", "partner", "meet"),
    [
        ("DELETE FROM brake WHERE false", "bar", "addiction_charity", 0),
        ("DELETE FROM brake WHERE activity_id = 'bar'", "bar", "addiction_charity", 1),
        ("DELETE FROM brake WHERE false", "bakery", "food_bank", 1),
        ("INSERT INTO brake VALUES ('bakery', 'weapons')", "bakery", "food_bank", 1),
        (
            "INSERT INTO brake VALUES ('bakery', 'weapons'); INSERT INTO sensitive VALUES ('food_bank', 'weapons')",
            "bakery",
            "food_bank",
            0,
        ),
    ],
    ids=["as shipped", "brake taken off", "no brake", "brake the partner does not mind", "brake the partner minds"],
)
def test_a_brake_the_partner_minds_keeps_them_apart(change: str, business: str, partner: str, meet: int) -> None:
    with parquet.connect() as con:
        ontology.as_tables(con)
        con.execute(change)
        con.execute(files("assets.opportunities").joinpath("affinity.sql").read_text("utf-8"))
        assert con.execute(PAIR, [business, partner]).fetchall() == [(meet,)]


@pytest.mark.parametrize(
    ("business", "partner"),
    [
        ("bar", "addiction_charity"),
        ("bar", "youth_club"),
        ("bar", "public_school"),
        ("liquor_store", "youth_club"),
        ("liquor_store", "addiction_charity"),
        ("tattoo_studio", "youth_club"),
    ],
)
def test_these_two_never_meet(business: str, partner: str, kinds: duckdb.DuckDBPyConnection) -> None:
    assert kinds.execute(PAIR, [business, partner]).fetchall() == [(0,)]


@pytest.mark.parametrize(
    "business", ["tobacco_shop", "gun_dealer", "pawnbroker", "high_cost_lender", "debt_collector", "bail_bonds"]
)
def test_this_business_is_put_forward_to_nobody(business: str, kinds: duckdb.DuckDBPyConnection) -> None:
    partners = kinds.execute("SELECT count(*) FROM affinity WHERE business_activity_id = ?", [business]).fetchall()
    programmes = kinds.execute("SELECT count(*) FROM topic_fit WHERE activity_id = ?", [business]).fetchall()
    assert (partners, programmes) == ([(0,)], [(0,)])


def test_no_pair_has_a_brake_between_them_or_is_of_rivals(kinds: duckdb.DuckDBPyConnection) -> None:
    shipped = ontology.load()
    pairs = kinds.execute("SELECT business_activity_id, partner_activity_id FROM affinity").fetchall()
    assert [(b, p) for b, p in pairs if set(shipped.businesses[b].brakes) & set(shipped.partners[p].sensitive)] == []
    assert [(b, p) for b, p in pairs if b in shipped.partners[p].rivals] == []
