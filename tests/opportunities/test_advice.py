"""What is said to two bodies once they are put together: every word written by hand, every one with its place in the data."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from itertools import product
from typing import Any

import pytest
import yaml

from assets.ranking import advice, ontology
from assets.ranking.advice import Advice, CollaborationModel, Measure
from assets.ranking.ontology import Ontology
from warehouse.columns import COLUMNS, CRITERIA

BAKERY, FOOD_BANK = "org_corner_bakery", "org_food_bank"
LAW, LEGAL_AID = "org_stone_and_reed", "org_legal_aid"

# --- the tables by hand ---------------------------------------------------------------------------------------------


def test_the_shipped_tables_have_no_contradiction() -> None:
    assert advice.load().problems(ontology.load()) == []


PLANTED: list[tuple[str, Callable[[Advice, Ontology], object], str]] = [
    (
        "a form grows into nothing known",
        lambda a, o: a.collaboration_models.update(
            x=a.collaboration_models["joint_project"].model_copy(update={"grows_into": "y"})
        ),
        "x names form 'y'",
    ),
    ("a theme of an unknown resource", lambda a, o: a.themes["health"].resources.append("dragons"), "names resource 'dragons'"),
    ("a theme of an unknown cause", lambda a, o: a.themes["health"].causes.append("dragons"), "names cause 'dragons'"),
    ("a risk of an unknown resource", lambda a, o: a.risks["food_safety"].give.append("dragons"), "names resource 'dragons'"),
    ("a risk of an unknown cause", lambda a, o: a.risks["safeguarding"].causes.append("dragons"), "names cause 'dragons'"),
    (
        "a trade in unknown resources",
        lambda a, o: a.risks["core_competency"].own_trade["training"].append("dragons"),
        "names resource 'dragons'",
    ),
    (
        "words nothing fills",
        lambda a, o: a.risks.update(x=a.risks["one_sided"].model_copy(update={"why": "{dragon} bites."})),
        "risk x has {dragon}, which nothing fills",
    ),
    ("a resource with an unknown benefit", lambda a, o: o.resources["books"].benefits.append("dragons"), "benefit 'dragons'"),
    ("a resource with an unknown measure", lambda a, o: o.resources["books"].measures.append("dragons"), "measure 'dragons'"),
    (
        "a measure of nothing",
        lambda a, o: a.measures.update(
            x=Measure(metric="dragons", unit="dragons", side="both", baseline="None.", target="one dragon")
        ),
        "measure x belongs to no resource",
    ),
]


@pytest.mark.parametrize(("plant", "named"), [case[1:] for case in PLANTED], ids=[case[0] for case in PLANTED])
def test_a_planted_contradiction_is_named(plant: Callable[[Advice, Ontology], object], named: str) -> None:
    wrong, known = advice.load().model_copy(deep=True), ontology.load().model_copy(deep=True)
    plant(wrong, known)
    problems = wrong.problems(known)
    assert len(problems) == 1 and named in problems[0]


@pytest.mark.parametrize("resource", sorted(ontology.load().resources))
def test_every_resource_has_benefits_measures_and_a_pilot_where_a_business_gives_it(resource: str) -> None:
    entry = ontology.load().resources[resource]
    assert entry.benefits and 1 <= len(entry.measures) <= 2
    given = any(resource in business.offers for business in ontology.load().businesses.values())
    assert not given or entry.pilot


def test_whatever_is_exchanged_there_are_two_to_four_things_to_count() -> None:
    o = ontology.load()
    given = {resource for business in o.businesses.values() for resource in business.offers}
    got = {resource for partner in o.partners.values() for resource in partner.offers}
    counts = {pair: len({m for side in pair for m in o.resources[side].measures}) for pair in product(given, got)}
    assert {pair for pair, count in counts.items() if not 2 <= count <= 4} == set()


def _texts() -> dict[str, str]:
    """Every text a person reads, by where it stands; words in braces are filled in later."""
    book = advice.load()
    found = {f"pilot of {k}": r.pilot for k, r in ontology.load().resources.items() if r.pilot}
    for part in Advice.model_fields:
        for name, entry in getattr(book, part).items():
            found |= {f"{part} {name} {key}": value for key, value in entry.model_dump().items() if isinstance(value, str)}
    return found


SENTENCES = ("pilot", "note", "why", "mitigation", "baseline", "typical_use")


def test_texts_are_plain_and_whole() -> None:
    texts = _texts()
    codes = {*COLUMNS["integration"].values, *advice.load().collaboration_models}
    plain = {where: text for where, text in texts.items() if text not in codes and not where.endswith(" side")}
    assert len(plain) > 300
    assert [where for where, text in plain.items() if re.search(r"TODO|XXX|\.\.|_|  |\s$", re.sub(r"\{\w+\}", "x", text))] == []
    sentences = {w: t for w, t in plain.items() if w.startswith("pilot") or w.rsplit(" ", 1)[-1] in SENTENCES}
    assert [where for where, text in sentences.items() if not re.match(r"[A-Z“{].*[.]$", text)] == []


def test_no_pilot_is_said_of_two_resources() -> None:
    said = defaultdict(list)
    for name, entry in ontology.load().resources.items():
        if entry.pilot:
            said[entry.pilot].append(name)
    assert [names for names in said.values() if len(names) > 1] == []


def test_every_risk_has_its_sign_in_a_table_or_in_the_query() -> None:
    query = files("assets.opportunities").joinpath("advice.sql").read_text("utf-8")
    told = {name for name, risk in advice.load().risks.items() if not (risk.give or risk.get or risk.causes or risk.own_trade)}
    assert set(re.findall(r"^    \('(\w+)', ", query, flags=re.M)) == told


def test_levels_are_those_of_the_registry() -> None:
    assert set(CollaborationModel.model_json_schema()["properties"]["integration"]["enum"]) == set(COLUMNS["integration"].values)


def test_no_mapping_of_the_tables_names_a_key_twice() -> None:
    folder = files("assets.ranking").joinpath("ontology")
    for part in Advice.model_fields:
        text = folder.joinpath(f"{part}.yaml").read_text("utf-8")
        keys = re.findall(r"^(\w+):", text, flags=re.M)
        assert len(keys) == len(set(keys)) == len(yaml.safe_load(text))


# --- what an opportunity gets ---------------------------------------------------------------------------------------


def _of(ranked: Any, table: str, business: str, partner: str) -> list[dict[str, Any]]:
    wanted = ranked.pair(business, partner)["opportunity_id"]
    return [row for row in ranked.tables[table] if row["opportunity_id"] == wanted]


def test_risk_flags_are_the_risks_and_each_says_what_to_do(ranked: Any) -> None:
    order = list(advice.load().risks)
    risks: dict[str, list[str]] = defaultdict(list)
    for row in ranked.tables["opportunity_risk"]:
        risks[row["opportunity_id"]].append(row["risk"])
        assert row["mitigation"] == advice.load().risks[row["risk"]].mitigation
        assert row["why"].endswith(".") and not re.search(r"\{\w+\}|: \.|  ", row["why"]), row["why"]
    for row in ranked.opportunities:
        assert row["risk_flags"] == sorted(risks[row["opportunity_id"]], key=order.index)


def test_measures_count_up_and_none_stands_twice(ranked: Any) -> None:
    own: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in ranked.tables["opportunity_measure"]:
        own[row["opportunity_id"]].append(row)
    assert set(own) == {row["opportunity_id"] for row in ranked.opportunities}
    for rows in own.values():
        assert [row["measure_number"] for row in rows] == list(range(1, len(rows) + 1))
        assert 2 <= len({row["metric"] for row in rows}) == len(rows) <= 4


def test_what_is_given_is_counted_before_what_comes_back(ranked: Any) -> None:
    metrics = [row["metric"] for row in _of(ranked, "opportunity_measure", BAKERY, FOOD_BANK)]
    assert metrics == ["food passed on", "waste avoided", "what the bins cost"]


def test_benefits_themes_and_form_follow_from_what_is_exchanged(ranked: Any) -> None:
    bread = ranked.pair(BAKERY, FOOD_BANK)
    assert bread["business_benefits"] == bread["partner_benefits"] == ["resource_amplification", "social_impact"]
    assert bread["themes"] == ["circular_economy", "local_food"]
    loan = ranked.pair(BAKERY, "test:4")
    assert (loan["business_benefits"], loan["partner_benefits"]) == (["resource_amplification", "shared_risk"], ["social_impact"])
    assert loan["collaboration_model"] == "programme_application"
    forms = {row["collaboration_model"] for row in ranked.tables["collaboration_model"]}
    assert {row["collaboration_model"] for row in ranked.opportunities} <= forms


def test_every_tag_has_words(ranked: Any) -> None:
    known = {(row["tag_kind"], row["tag"]) for row in ranked.tables["tag"]}
    columns = {"risk_flags": "risk", "themes": "theme", "business_benefits": "benefit", "partner_benefits": "benefit"}
    used = {(kind, tag) for row in ranked.opportunities for column, kind in columns.items() for tag in row[column]}
    assert len(used) > 10 and used <= known


def test_the_sign_is_told_in_the_words_of_the_pair(ranked: Any) -> None:
    why = {row["risk"]: row["why"] for row in _of(ranked, "opportunity_risk", BAKERY, FOOD_BANK)}
    assert why["food_safety"] == "Food would change hands: unsold bread and cakes."


#: The risk, with what tells two signs of one risk apart; what is changed of a sound bakery, and of a sound food bank.
SIGNS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "size_imbalance": ({"size_band": "micro"}, {"size_band": "medium"}),
    "size_imbalance of an unknown business": ({}, {"size_band": "large"}),
    "late_filing": ({}, {"last_filed_on": date(2022, 12, 31)}),
    "stale_source": ({"stale_days": 46}, {}),
    "public_procurement_rules": ({}, {"sector": "public"}),
}
#: Closing day of a programme, and the flags it brings beside `check_eligibility`.
CLOSING = {None: ["deadline_unknown"], date(2026, 12, 10): ["closing_soon"], date(2027, 6, 1): []}
BRACES = "The {get} Bank"


@pytest.fixture(scope="module")
def signs(ranker: Any, small: Any) -> Any:
    """One night with a sound pair, a pair for each sign, a programme for each closing day, and a name with braces."""
    world = small()
    rows = {row["organisation_id"]: row for row in world.organisations}
    loan = world.programmes[3]
    pairs = {"sound": ({}, {}), **SIGNS, "braces": ({}, {"display_name": BRACES, "size_band": "large"})}
    world.organisations = [
        {
            **rows[like],
            "organisation_id": f"{label} {like}",
            "display_name": ("Corner Bakery", f"Pantry {number}")[side],
            "street": f"{side}{number} Oak Street",
            **changes,
        }
        for number, (label, of_two) in enumerate(pairs.items())
        for side, (like, changes) in enumerate(zip((BAKERY, FOOD_BANK), of_two, strict=True))
    ]
    world.programmes = [{**loan, "programme_id": f"test:{closes}", "closes_on": closes} for closes in CLOSING]
    return ranker(world)


def _between(label: str) -> tuple[str, str]:
    return f"{label} {BAKERY}", f"{label} {FOOD_BANK}"


def test_a_sound_pair_has_the_risks_of_its_resources_alone(signs: Any) -> None:
    assert signs.pair(*_between("sound"))["risk_flags"] == ["food_safety"]


@pytest.mark.parametrize("label", SIGNS)
def test_each_sign_in_the_data_brings_its_risk(label: str, signs: Any) -> None:
    assert sorted(signs.pair(*_between(label))["risk_flags"]) == sorted(["food_safety", label.split(" ")[0]])


@pytest.mark.parametrize("closes", CLOSING)
def test_a_programme_says_when_it_closes(closes: date | None, signs: Any) -> None:
    pair = _between("sound")[0], f"test:{closes}"
    assert signs.pair(*pair)["risk_flags"] == ["check_eligibility", *CLOSING[closes]]
    soon = [row["why"] for row in _of(signs, "opportunity_risk", *pair) if row["risk"] == "closing_soon"]
    assert soon == ["The register says applications close on 10 December 2026."] * ("closing_soon" in CLOSING[closes])


def test_a_name_with_braces_stays_as_it_is(signs: Any) -> None:
    why = {row["risk"]: row["why"] for row in _of(signs, "opportunity_risk", *_between("braces"))}
    assert why["size_imbalance"] == f"By income or staff, {BRACES} is large and Corner Bakery is of unknown size."


@pytest.mark.parametrize("label", [*SIGNS, "sound"])
def test_every_slot_is_filled(label: str, signs: Any) -> None:
    said = [row["why"] for row in _of(signs, "opportunity_risk", *_between(label))]
    assert said and [why for why in said if re.search(r"[{}]|: ?\.|  | \.", why)] == []


def test_a_score_that_rests_on_one_reason_says_so(world: Any, rank_world: Any, ranked: Any) -> None:
    assert "one_source_only" not in ranked.pair(BAKERY, FOOD_BANK)["risk_flags"]
    found = rank_world(world, weights=dict.fromkeys(CRITERIA, 0.0) | {"fit_exchange": 1.0})
    (why,) = (row["why"] for row in _of(found, "opportunity_risk", BAKERY, FOOD_BANK) if row["risk"] == "one_source_only")
    assert "100 % of the score is one reason alone (what they could exchange)" in why


def test_professional_help_needs_cover_and_shared_records_need_care(ranked: Any) -> None:
    assert {"professional_cover", "data_protection"} <= set(ranked.pair(LAW, LEGAL_AID)["risk_flags"])
