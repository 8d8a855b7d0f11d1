"""Rules over the model: which pairs of names no score may join, and which look alike but must not be barred."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.linkage.features import NAMES, measure
from assets.linkage.model import Model
from assets.linkage.rules import BARRED, NAME_ALONE, RULES, barred_by, limited, most

PARENT, SISTERS, STRANGERS, NONE = "parent_and_child", "numbered_sisters", "nothing_in_common", "model"

#: Stands for the otters of each pair below, so that the word that names a body is as rare as such words are.
SPECIES = (
    "aardwolf babirusa capybara dugong echidna fossa gerenuk hyrax ibex jerboa kinkajou lemming markhor numbat okapi pangolin quokka "
    "ringtail saiga tamandua uakari vicuna wombat xerus yapok zorilla addax bongo colugo dhole eland fennec galago hutia impala jackal "
    "kudu langur meerkat nilgai oribi steenbok tapir agouti bilby caracal degu ermine fisher gopher hartebeest kob lechwe mara"
).split()
#: Words that many bodies have, wherever one looks.
COMMON = "north south junior infant boys girls ii iii iv a b c d clinic works property school club foundation trust mill imaging therapy".split()
#: one name, the other, the rule that keeps the two apart wherever they are
PAIRS = [
    ("Otter Hospital", "Otter Hospital Foundation", PARENT),
    ("Otter Hospital", "Otter Hospital Endowment Fund", PARENT),
    ("Otter Mill", "Otter Mill Trading Ltd", PARENT),
    ("Otter Mill Ltd", "Otter Mill Holdings Ltd", PARENT),
    ("Otter Mill", "Otter Mill Properties LLC", PARENT),
    ("Otter School", "Otter School PTA", PARENT),
    ("Otter University", "Otter University Students' Union", PARENT),
    ("Friends of Otter Library", "Otter Library", PARENT),
    ("Otter Rovers", "Otter Rovers Supporters Club", PARENT),
    ("Otter Works 1 Ltd", "Otter Works 2 Ltd", SISTERS),
    ("Otter Works", "Otter Works 2", SISTERS),
    ("Otter Works One Ltd", "Otter Works Two Ltd", SISTERS),
    ("Order of Otters Lodge 12", "Order of Otters Lodge 14", SISTERS),
    ("1st Otter Scouts", "3rd Otter Scouts", SISTERS),
    ("Otter Works II", "Otter Works IV", SISTERS),
    ("Otter Works II", "Otter Works III", SISTERS),
    ("Otter Property A Ltd", "Otter Property B Ltd", SISTERS),
    ("Otter Property C Ltd", "Otter Property D Ltd", SISTERS),
    ("North Otter Clinic", "South Otter Clinic", SISTERS),
    ("Otter Junior School", "Otter Infant School", SISTERS),
    ("Otter Boys' Club", "Otter Girls' Club", SISTERS),
    ("Otter Health - Imaging", "Otter Health - Therapy", SISTERS),
    ("Otter Works Ltd", "Otter Works II Ltd", SISTERS),
    ("Otter Depot 7534", "Otter Depot 7535", SISTERS),
    ("Otter & Company Inc", "Otter Logistics LLC", "names_differ"),
    ("Otter School Band Boosters", "Otter School PTA", "names_differ"),
    ("Otter Law Firm", "Otter Law Firm Charitable Trust", PARENT),
    ("Otter Tools Inc", "Otter Tools Employees Retirement Trust", PARENT),
    ("Moss Dental", "Thistle Laundry", STRANGERS),
    ("Kiln Pottery", "Harbour Freight", STRANGERS),
    # What must not be barred, however much it looks like one of the kinds above.
    ("Otter Bakery", "Otter Bakery Shop", NONE),
    ("Otter Bakery Ltd", "Otter Bakery LLC", NONE),
    ("Otter Market #623", "Otter Market", NONE),
    ("Otter 8 Motel", "Otter8 Motel", NONE),
    ("Otter Works II", "Otter Works 2", NONE),
    ("Otter Fair 2019", "Otter Fair 2021", NONE),
    ("Otter United Methodist Church", "Otter UMC", NONE),
    ("Otter Trust", "Otter Charitable Trust", NONE),
    ("Otter Bakery", "Otter Bakry", NONE),
    ("Otter Foundation", "Otter Foundation Inc", NONE),
    ("Otter Trading Co", "Otter Trading Company Ltd", NONE),
    ("Friends of the Otter", "The Friends of Otter", NONE),
    ("Otter Holdings", "Holdings Otter", NONE),
    ("Two Rivers Trust", "2 Rivers Trust", NONE),
    ("First Otter Church", "1st Otter Church", NONE),
    ("Lodge 12 Order of Otters", "Order of Otters Lodge 12", NONE),
    ("Route 66 Grill", "Route 66 Grill & Bar", NONE),
    ("Otter Club 1984", "Otter Club", NONE),
    ("Otter Families Centre", "Otter Family Center", NONE),
    ("North Street Bakery", "Bakery North Street", NONE),
    ("J Smith Plumbing", "John Smith Plumbing", NONE),
    ("Otter and Heron Trust", "Otter & Heron Charitable Trust", NONE),
    ("Larkmere Amateur Drama Society", "LADS", NONE),
    ("Weasel t/a Otter Kitchen", "Otter Kitchen", NONE),
]
#: what two strangers by name share -> (one, the other, what they share, the rule)
STRANGERS_SHARE: dict[str, tuple[str, str, dict[str, str], str]] = {
    "an address": ("Quetzal Motors", "Bramble Linen", {"address": "12 Mill St", "postcode": "LS1 4AB"}, STRANGERS),
    "a platform": ("Fuchsia Optics", "Wisley Coaches", {"website": "https://facebook.com"}, STRANGERS),
    "a phone": ("Teasel Paints", "Dunlin Vets", {"phone": "0113 496 0001"}, "names_differ"),
    "a site": ("Cairn Yoga", "Pewter Blinds", {"website": "https://otter.example"}, "names_differ"),
}


@pytest.fixture(scope="module")
def rule_of(prepare: Callable[..., Any]) -> Callable[[str, str], str]:
    """(record, record) -> the rule, with a record for each name above and two strangers for each thing shared."""
    names = {
        f"{n:02d}{side}": {"name": name.replace("Otter", species.title())}
        for n, (pair, species) in enumerate(zip(PAIRS, SPECIES, strict=True))
        for side, name in zip("ab", pair[:2], strict=True)
    }
    others = {
        f"other {word} {n}": {"name": f"{place} {word}"}
        for word in COMMON
        for n, place in enumerate("Ayr Bix Cam Dee Exe Fal Gwash".split())
    }
    strangers = {
        f"{what} {side}": {"name": name, **shared}
        for what, (*two, shared, _) in STRANGERS_SHARE.items()
        for side, name in zip("ab", two, strict=True)
    }
    prepared = prepare({**names, **others, **strangers})

    def rule(a: str, b: str) -> str:
        one, other = (np.array([prepared.place[r]], np.int32) for r in (a, b))
        there, back = barred_by(measure(prepared.records, one, other)), barred_by(measure(prepared.records, other, one))
        assert there == back
        return RULES[there[0]]

    return rule


@pytest.mark.parametrize(
    ("number", "expected"), [(n, rule) for n, (*_, rule) in enumerate(PAIRS)], ids=[f"{a} | {b}" for a, b, _ in PAIRS]
)
def test_names_kept_apart_and_names_left_to_the_model(rule_of: Callable[[str, str], str], number: int, expected: str) -> None:
    assert rule_of(f"{number:02d}a", f"{number:02d}b") == expected


@pytest.mark.parametrize("what", STRANGERS_SHARE)
def test_strangers_by_name_are_at_most_a_question(rule_of: Callable[[str, str], str], what: str) -> None:
    assert rule_of(f"{what} a", f"{what} b") == STRANGERS_SHARE[what][-1]


def test_the_word_that_is_left_over_must_be_the_only_difference(rule_of: Callable[[str, str], str]) -> None:
    """Another body's foundation is no child of this one: that is for the model to see."""
    hospital = next(n for n, pair in enumerate(PAIRS) if pair[0] == "Otter Hospital")
    holding = next(n for n, pair in enumerate(PAIRS) if "Holdings" in pair[1])
    assert rule_of(f"{hospital:02d}a", f"{holding:02d}b") != PARENT


#: A name of many towns, at two addresses of one of them.
BRANCHES = {
    "name_shared_here": 2.0,
    "name_places": np.log(6),
    "house_number": -1,
    "city": 1,
    "postcode": -1,
    "distance": -1.0,
    "name_cover_more": 1,
    "name_letters": 1,
}
#: "Hoskyn Law Firm" and "Gibson Law Firm" at one address.
PARTNERS = {
    "name_left_less": 0.9,
    "name_cover_more": 0.55,
    "name_letters": 0.72,
    "name_shared_here": 0.9,
    "house_number": 2,
    "postcode": 3,
}
#: Two shops of a mall.
SHOPS = {
    "unit": -1,
    "name_cover_more": 0.7,
    "name_cover_less": 0.6,
    "name_letters": 0.8,
    "name_shared_here": 0.9,
    "house_number": 2,
}
#: A mall and its tenant.
MALL = {
    "placed": 2,
    "name_left_more": 1.8,
    "name_cover_more": 1.0,
    "name_cover_less": 0.4,
    "name_shared_here": 1.1,
    "name_letters": 0.67,
    "house_number": 2,
}
#: A hotel and its restaurant.
HOTEL = {"phone": 3, "name_cover_more": 0.1, "name_letters": 0.3, "house_number": 2}


@pytest.mark.parametrize(
    ("features", "but", "expected"),
    [
        (BRANCHES, {}, "many_branches"),
        (BRANCHES, {"name_places": np.log(3)}, NONE),
        (BRANCHES, {"house_number": 0}, NONE),
        (BRANCHES, {"postcode": 3}, NONE),
        (BRANCHES, {"phone": 3}, NONE),
        (BRANCHES, {"distance": 1.5}, NONE),
        (PARTNERS, {}, "names_differ"),
        (PARTNERS, {"name_left_less": 0.1}, NONE),
        (PARTNERS, {"name_cover_more": 0.8}, NONE),
        (PARTNERS, {"name_letters": 0.8}, NONE),
        (PARTNERS, {"name_initials": 1}, NONE),
        (PARTNERS, {"phone": 3}, NONE),
        (PARTNERS, {"website": 2}, NONE),
        (SHOPS, {}, "names_differ"),
        (SHOPS, {"unit": 0}, NONE),
        (SHOPS, {"name_letters": 0.95}, NONE),
        (SHOPS, {"name_cover_less": 0.95, "name_cover_more": 0.95}, NONE),
        (SHOPS, {"website": 3}, NONE),
        (MALL, {}, "names_differ"),
        (MALL, {"name_left_more": 0.9}, NONE),
        (MALL, {"name_shared_here": 2.0}, NONE),
        (MALL, {"placed": 0}, NONE),
        (MALL, {"phone": 3}, NONE),
        (HOTEL, {}, "names_differ"),
        (HOTEL, {"phone": 0}, STRANGERS),
        (HOTEL, {"name_letters": 0.8}, NONE),
    ],
)
def test_branches_of_a_chain_and_firms_of_a_trade(features: dict[str, float], but: dict[str, float], expected: str) -> None:
    said = {**features, **but}
    row = np.array([[said.get(name, 0.0) for name in NAMES]], np.float32)
    assert RULES[barred_by(row)[0]] == expected


#: "St John's Church, High Street" of two towns.
TOWNS = {
    "name_shared_here": 1.0, "name_cover_less": 1.0, "name_cover_more": 1.0, "name_letters": 1.0, "placed": 2, "street": 1.0,
    "distance": -0.3, "city": -1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("but", "expected"),
    [
        ({}, "other_place"),
        ({"postcode": -1}, "other_place"),
        ({"postcode": 1}, "other_place"),
        ({"postcode": 3}, NONE),
        ({"city": 0}, NONE),
        ({"city": 0, "postcode": -1}, "other_place"),
        ({"city": 0, "postcode": -1, "phone": 3}, NONE),
        ({"distance": 1.5}, NONE),
        ({"phone": 3}, NONE),
        # One house and street: towns go by several names, states do not.
        ({"name_shared_here": 2.0, "house_number": 2}, NONE),
        ({"name_shared_here": 2.0, "house_number": 2, "region": -1}, "other_place"),
        ({"name_shared_here": 2.0, "house_number": 2, "postcode": 1}, "other_place"),
        ({"house_number": 2}, "other_place"),
        # A telling name may have moved: a person must say.
        ({"name_shared_here": 2.0}, "other_place"),
    ],
)
def test_one_name_in_two_towns_is_two_bodies(but: dict[str, float], expected: str) -> None:
    said = {**TOWNS, **but}
    row = np.array([[said.get(name, 0.0) for name in NAMES]], np.float32)
    assert RULES[barred_by(row)[0]] == expected


#: "Maple Court" and "Maple Court 2" behind one door.
ONE_DOOR = {
    "name_numbers": -1, "name_cover_more": 1.0, "name_cover_less": 0.8, "name_letters": 0.9, "placed": 2, "street": 1.0,
    "house_number": 2, "postcode": 3, "city": 1, "name_shared_here": 2.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("but", "expected"),
    [
        ({}, "names_differ"),
        ({"legal_form": 1}, SISTERS),
        ({"house_number": -1}, SISTERS),
        ({"street": 0.2}, SISTERS),
        ({"unit": -1}, SISTERS),
        ({"name_numbers": -2}, SISTERS),
        ({"name_letters": 1.0}, NONE),
    ],
)
def test_a_number_behind_one_door_is_a_question_and_elsewhere_a_sister(but: dict[str, float], expected: str) -> None:
    said = {**ONE_DOOR, **but}
    row = np.array([[said.get(name, 0.0) for name in NAMES]], np.float32)
    assert RULES[barred_by(row)[0]] == expected


#: One telling name, two streets of a town.
TWO_HOUSES = {
    "name_shared_here": 2.0, "name_cover_less": 1.0, "name_cover_more": 1.0, "name_letters": 1.0, "house_number": -1, "postcode": 3,
    "city": 1, "placed": 2, "street": 0.2, "distance": -0.5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("one_list", "but", "expected"),
    [
        (True, {}, "two_premises"),
        (True, {"website": 3, "phone": 3}, "two_premises"),
        (True, {"name_cover_less": 0.2, "name_cover_more": 0.3, "name_letters": 0.6}, "two_premises"),
        (True, {"street": 1.0}, "two_premises"),
        (True, {"name_numbers": 1}, "two_premises"),
        (True, {"name_numbers": 2}, NONE),
        (True, {"house_number": 2}, NONE),
        (True, {"house_number": 0}, NONE),
        (True, {"name_child": -1}, PARENT),
        (False, {}, NONE),
    ],
)
def test_two_houses_in_a_list_of_premises_are_two_branches(one_list: bool, but: dict[str, float], expected: str) -> None:
    said = {**TWO_HOUSES, **but}
    row = np.array([[said.get(name, 0.0) for name in NAMES]], np.float32)
    assert RULES[barred_by(row, np.array([one_list]))[0]] == expected


#: One marked number at one door, where the names say different things beside.
ONE_SHOP = {
    "name_numbers": 1, "name_cover_less": 0.6, "name_cover_more": 0.7, "name_letters": 0.7, "house_number": 2, "street": 1.0, "city": 1,
    "postcode": 3, "placed": 2, "distance": 2, "name_shared_here": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("but", "expected"),
    [
        ({}, "one_shop"),
        ({"name_numbers": 0}, NONE),
        ({"house_number": -1, "street": 0.2, "distance": -0.5, "name_shared_here": 2.0}, NONE),
        ({"name_cover_less": 0.4}, NONE),
        ({"name_child": -1, "name_cover_more": 1.0}, PARENT),
    ],
)
def test_one_marked_number_at_one_door_is_one_shop(but: dict[str, float], expected: str) -> None:
    said = {**ONE_SHOP, **but}
    row = np.array([[said.get(name, 0.0) for name in NAMES]], np.float32)
    rule = barred_by(row)
    assert RULES[rule[0]] == expected
    assert (limited(np.array([0.2]), row, rule)[0] >= 0.9) == (expected == "one_shop")


def test_a_barred_pair_keeps_next_to_nothing_and_another_all_it_has() -> None:
    rules = np.array([RULES.index(rule) for rule in (NONE, PARENT, SISTERS, STRANGERS, PARENT)], np.int8)
    assert limited(np.array([0.9, 0.9, 0.8, 0.7, 0.01]), _placed(5), rules).tolist() == [0.9, BARRED, BARRED, BARRED, 0.01]


def test_names_that_differ_leave_a_question_and_no_match(model: Model) -> None:
    (left,) = limited(np.array([0.99]), _placed(1), np.array([RULES.index("names_differ")], np.int8)).tolist()
    assert model.review_from <= left < model.match_from


def test_a_name_alone_counts_less_than_a_name_and_a_place() -> None:
    nowhere = np.zeros((1, len(NAMES)), np.float32)
    (left,) = limited(np.array([0.9]), nowhere, np.zeros(1, np.int8)).tolist()
    assert left == pytest.approx(0.9 * NAME_ALONE)
    assert most(nowhere, np.zeros(1, np.int8)).tolist() == [NAME_ALONE]


def _placed(count: int) -> np.ndarray:
    """Pairs of which both sides say where they are."""
    x = np.zeros((count, len(NAMES)), np.float32)
    x[:, NAMES.index("placed")] = 2
    return x


def test_no_pairs_no_rules() -> None:
    assert barred_by(np.zeros((0, len(NAMES)), np.float32)).shape == (0,)
