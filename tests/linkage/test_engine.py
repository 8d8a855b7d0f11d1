"""The whole engine on small worlds: who is one organisation, what decides, and the same answer every time.

Every case has names of its own; all are resolved together, as words tell by how rare they are.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.linkage.engine import SAME_IDENTIFIER, VERDICTS, Order
from assets.linkage.rules import BARRED

Records = dict[str, dict[str, Any]]

LEEDS = {"city": "Leeds", "country": "GB"}
AUSTIN = {"city": "Austin", "region": "TX", "country": "US"}
AGENT = {"address": "Suite 400, 1209 Orange St", "city": "Wilmington", "region": "DE", "postcode": "19801", "country": "US"}
OFFICE = {**LEEDS, "address": "3 Cloister Way", "postcode": "LS2 9JT"}

#: what is shown -> (records, those that are one organisation; whoever is not named stays alone)
CASES: dict[str, tuple[Records, list[set[str]]]] = {
    # --- meet ---------------------------------------------------------------------------------------------------------
    "permits of one business": (
        {
            "a1": {**AUSTIN, "name": "LARK GRILL LLC", "address": "12 Mill St", "postcode": "78701", "phone": "512-555-0101"},
            "a2": {**AUSTIN, "name": "Lark Grill", "address": "12 Mill Street", "postcode": "78701-1234", "phone": "(512) 555-0101"},
            "a3": {**AUSTIN, "name": "Lark Grille", "address": "12 Mill St Ste 4", "postcode": "78701"},
        },
        [{"a1", "a2", "a3"}],
    ),
    "an abbreviated name": (
        {
            "b1": {**LEEDS, "name": "Harehills Community Association", "address": "44 Roundhay Road", "postcode": "LS8 5QG"},
            "b2": {**LEEDS, "name": "Harehills Comm Assoc", "address": "44 Roundhay Rd", "postcode": "LS8 5QG"},
        },
        [{"b1", "b2"}],
    ),
    "a renamed body that keeps its old name": (
        {
            "c1": {**LEEDS, "name": "Brightwater Futures", "other_names": ["Kirkstall Youth Project"], "address": "9 Abbey Walk", "postcode": "LS5 3NG"},
            "c2": {**LEEDS, "name": "Kirkstall Youth Project", "address": "9 Abbey Walk", "postcode": "LS5 3NG"},
        },
        [{"c1", "c2"}],
    ),
    "a trade name": (
        {
            "d1": {**AUSTIN, "name": "Juniper Hollow Holdings Inc d/b/a Copper Kettle Tea Room", "address": "501 Congress Ave", "postcode": "78702"},
            "d2": {**AUSTIN, "name": "Copper Kettle Tea Room", "address": "501 Congress Avenue", "postcode": "78702"},
        },
        [{"d1", "d2"}],
    ),
    "moved across town with its site and phone": (
        {
            "e1": {**LEEDS, "name": "Wren River Food Pantry", "address": "2 Weir Lane", "postcode": "LS4 2AA", "website": "https://wrenriver.example", "phone": "0113 496 0005"},
            "e2": {**LEEDS, "name": "Wren River Food Pantry", "address": "80 Otley Road", "postcode": "LS6 3PX", "website": "wrenriver.example", "phone": "0113 496 0005"},
        },
        [{"e1", "e2"}],
    ),
    "one official number under two names": (
        {
            "f1": {**AUSTIN, "name": "Inst for Soil", "identifiers": ["US-EIN-1"]},
            "f2": {**AUSTIN, "name": "Center of Earth Studies", "identifiers": ["US-EIN-1", "ROR-9"]},
        },
        [{"f1", "f2"}],
    ),
    # --- stay apart ---------------------------------------------------------------------------------------------------
    "two official numbers of one scheme": (
        {
            "g1": {**OFFICE, "name": "Stonequay Relief", "identifiers": ["GB-CHC-1"]},
            "g2": {**OFFICE, "name": "Stonequay Relief", "identifiers": ["GB-CHC-2"]},
        },
        [],
    ),
    "parent and trading arm": (
        {
            "h1": {**LEEDS, "name": "Orchard Hospice", "address": "7 Vine Court", "postcode": "LS16 8AB", "phone": "0113 496 0008"},
            "h2": {**LEEDS, "name": "Orchard Hospice Trading Ltd", "address": "7 Vine Court", "postcode": "LS16 8AB", "phone": "0113 496 0008"},
        },
        [],
    ),
    "numbered lodges in one hall": (
        {
            f"i{n}": {**AUSTIN, "name": f"Order of Elks Lodge {n}", "address": "900 Lamar Blvd", "postcode": "78703"} for n in (12, 14, 17)
        },
        [],
    ),
    "a serial director's companies": (
        {
            f"j{n}": {**LEEDS, "name": name, "address": "61 Park Square", "postcode": "LS1 2PS", "phone": "0113 496 0010"}
            for n, name in enumerate(["Tamworth Lettings Ltd", "Gosling Catering Ltd", "Peregrine Motors Ltd", "Hawthorn Fabrics Ltd"])
        },
        [],
    ),
    "companies at their agent's address": (
        {
            f"k{n:02d}": {**AGENT, "name": f"{name} Inc"}
            for n, name in enumerate(["Vermilion", "Saffron", "Cobalt", "Magenta", "Turquoise", "Ochre", "Indigo", "Sepia"])
        },
        [],
    ),
    "a name of many towns": (
        {
            f"l{n}": {"name": "Village Hall", "address": f"{n} Church Lane", "city": town, "postcode": code, "country": "GB"}
            for n, (town, code) in enumerate([("Aldham", "CO6 3RR"), ("Bix", "RG9 6BW"), ("Crick", "NN6 7TX"), ("Dent", "LA10 5QJ"), ("Elham", "CT4 6TT"), ("Fewston", "HG3 1SU"), ("Glynde", "BN8 6SX")], start=1)
        },
        [],
    ),
    "branches of a chain": (
        {
            f"m{n}": {**AUSTIN, "name": "Sizzle Burger", "address": street, "postcode": code, "phone": phone}
            for n, (street, code, phone) in enumerate([
                ("100 Guadalupe St", "78705", "512-555-1001"), ("2200 Riverside Dr", "78741", "512-555-2002"), ("7700 Burnet Rd", "78757", "512-555-3003"),
                ("9500 Lakeline Blvd", "78717", "512-555-4004"), ("4000 Slaughter Ln", "78748", "512-555-5005"), ("610 Parmer Ln", "78727", "512-555-6006"),
                ("311 Cesar Chavez St", "78722", "512-555-7007"),
            ])
        },
        [],
    ),
    "two tenants of one house": (
        {
            "n1": {**OFFICE, "name": "Moss Dental", "address": "12 Tannery Yard", "postcode": "LS11 5QQ"},
            "n2": {**OFFICE, "name": "Thistle Laundry", "address": "12 Tannery Yard", "postcode": "LS11 5QQ"},
        },
        [],
    ),
}  # fmt: skip
WORLD: Records = {record: said for records, _ in CASES.values() for record, said in records.items()}


@pytest.fixture(scope="module")
def found(link: Callable[..., Any]) -> Any:
    """Every case, resolved in one go."""
    return link(WORLD)


@pytest.mark.parametrize("case", CASES)
def test_who_is_one_organisation(found: Any, case: str) -> None:
    records, together = CASES[case]
    alone = set(records) - set().union(*together)
    expected = {frozenset(group) for group in together} | {frozenset((record,)) for record in alone}
    assert {group for group in found.groups if group & set(records)} == expected


@pytest.mark.parametrize(
    ("pair", "verdict", "most"),
    [
        (("f1", "f2"), "same_identifier", SAME_IDENTIFIER),
        (("g1", "g2"), "different_identifier", BARRED),
        (("h1", "h2"), "parent_and_child", BARRED),
        (("i12", "i14"), "numbered_sisters", BARRED),
        (("a1", "a2"), "model", 1),
    ],
)
def test_what_decided(found: Any, pair: tuple[str, str], verdict: str, most: float) -> None:
    p, said = found.pairs[pair]
    assert (said, p <= most) == (verdict, True)


def test_pairs_are_sorted_and_there_once(found: Any) -> None:
    pairs = found.linked.pairs
    listed = list(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True))
    assert listed == sorted(set(listed))
    assert all(a < b for a, b in listed)
    assert ((pairs.p >= 0) & (pairs.p <= 1)).all()
    assert set(pairs.verdict.tolist()) <= set(range(len(VERDICTS)))


def test_an_empty_world_has_no_organisations(link: Callable[..., Any]) -> None:
    assert link({}).groups == set()


# --- orders -----------------------------------------------------------------------------------------------------------
#: what is ordered -> (body, whether its register lists nobody twice, must_link, cannot_link, those that are one organisation).
#: Of each body there are r1 and r2 of one register and t1, its licence; t9 is somebody else.
ORDERS: dict[str, tuple[str, bool, list[tuple[str, str]], list[tuple[str, str]], list[set[str]]]] = {
    "nothing": ("Otterburn Boat Trust", False, [], [], [{"r1", "r2", "t1"}]),
    "a register lists nobody twice": ("Quernmore Bell Ringers", True, [], [], [{"r1", "t1"}]),
    "and a person says who is not its licence": ("Ulverton Clog Dancers", True, [], [("r1", "t1")], [{"r2", "t1"}]),
    "a person keeps the licence from both": ("Yealand Fell Runners", False, [], [("t1", "r1"), ("r2", "t1")], [{"r1", "r2"}]),
    "a person joins what is not alike": ("Zennor Gig Rowers", True, [("t9", "r2")], [("r2", "t1")], [{"r1", "t1"}, {"r2", "t9"}]),
    "records that are not there": ("Ingleby Lace Makers", False, [("r1", "r8")], [("r1", "r7")], [{"r1", "r2", "t1"}]),
}  # fmt: skip
#: body -> (official numbers of its three records, those that are one organisation)
NUMBERED: dict[str, tuple[list[list[str]], list[set[str]]]] = {
    "Ambleforth Pigeon Fanciers": ([["GB-CHC-3"], ["GB-CHC-4"], []], [{"r1", "r3"}]),
    "Dunsop Hedge Layers": ([["GB-CHC-5", "GB-COH-5"], ["GB-CHC-5", "GB-COH-6"], ["GB-SC-7"]], [{"r1", "r3"}]),
    "Lastingham Wood Turners": ([["GB-CHC-8"], ["GB-COH-8"], ["GB-SC-8"]], [{"r1", "r2", "r3"}]),
}


def _trio(body: str, sole: bool) -> Records:
    number = 10 * list(ORDERS).index(next(what for what, case in ORDERS.items() if case[0] == body))
    home = {**LEEDS, "address": f"{number + 5} Canal Wharf", "postcode": f"LS11 {number // 10}PS"}
    register = "sole" if sole else "register"
    return {
        f"{body}:r1": {**home, "source": register, "name": body},
        f"{body}:r2": {**home, "source": register, "name": body},
        f"{body}:t1": {**home, "source": "town", "name": body.upper() + " LTD"},
        f"{body}:t9": {**AUSTIN, "source": "town", "name": f"Kelso Archers {number}", "address": f"{number} Moor Rd"},
    }


@pytest.fixture(scope="module")
def ordered(link: Callable[..., Any]) -> Any:
    """The bodies above with all that is ordered of them."""
    world = {record: said for body, sole, *_ in ORDERS.values() for record, said in _trio(body, sole).items()}
    for n, (body, (numbers, _)) in enumerate(NUMBERED.items()):
        home = {**LEEDS, "address": f"{n + 80} Aire Street", "postcode": f"LS1 {n}HE", "name": body}
        world |= {f"{body}:r{m}": {**home, "identifiers": own} for m, own in enumerate(numbers, start=1)}

    must = [(f"{body}:{x}", f"{body}:{y}") for body, _, pairs, _, _ in ORDERS.values() for x, y in pairs]
    cannot = [(f"{body}:{x}", f"{body}:{y}") for body, _, _, pairs, _ in ORDERS.values() for x, y in pairs]
    return link(world, Order(frozenset({"sole"}), must_link=must, cannot_link=cannot))


def _together(found: Any, body: str) -> list[set[str]]:
    groups = [{record.split(":")[1] for record in group} for group in found.groups if any(r.startswith(body) for r in group)]
    return sorted((group for group in groups if len(group) > 1), key=min)


@pytest.mark.parametrize("what", ORDERS)
def test_an_order_is_respected(ordered: Any, what: str) -> None:
    body, *_, expected = ORDERS[what]
    assert _together(ordered, body) == expected


def test_what_people_said_stands_beside_the_pair(ordered: Any) -> None:
    body = "Zennor Gig Rowers"
    assert ordered.pairs[f"{body}:r2", f"{body}:t9"] == (1.0, "must_link")
    assert ordered.pairs[f"{body}:r2", f"{body}:t1"] == (0.0, "cannot_link")


@pytest.mark.parametrize("body", NUMBERED)
def test_numbers_decide_by_way_of_a_third_too(ordered: Any, body: str) -> None:
    assert _together(ordered, body) == NUMBERED[body][1]


def test_one_number_the_same_and_one_different_is_for_a_person(ordered: Any, model: Any) -> None:
    assert ordered.pairs["Dunsop Hedge Layers:r1", "Dunsop Hedge Layers:r2"] == (model.review_from, "identifiers_conflict")


def test_records_without_a_letter_in_their_name_disturb_nobody(link: Callable[..., Any]) -> None:
    """They compare by no name; the records before and after them are judged as if they were not there."""
    nameless = {f"blank:{n}": {**OFFICE, "name": name, "identifiers": ["X-1"]} for n, name in enumerate(["!!!", "--"])}
    body = "Otterburn Boat Trust"
    found = link({**nameless, **_trio(body, False), "a:1": {**OFFICE, "name": "Kelso Archers"}})
    assert _together(found, body) == [{"r1", "r2", "t1"}]
    assert not any(len(group) > 1 for group in found.groups if "a:1" in group)


@pytest.mark.parametrize(("threshold", "joined"), [(0.999999, False), (0.000001, True)])
def test_a_threshold_given_is_the_one_used(link: Callable[..., Any], threshold: float, joined: bool) -> None:
    alike = CASES["permits of one business"][0]
    assert link(alike, threshold=threshold).together("a1", "a2") is joined


# --- the same again ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("seed", "threads"), [(1, 1), (2, 2)])
def test_order_of_records_and_threads_change_nothing(link: Callable[..., Any], found: Any, seed: int, threads: int) -> None:
    shuffled = dict(random.Random(seed).sample(sorted(WORLD.items()), len(WORLD)))
    again = link(shuffled, threads=threads)
    assert again.linked.ids == found.linked.ids
    assert np.array_equal(again.linked.label, found.linked.label)
    assert again.pairs == found.pairs
    assert again.linked.found.found_by == found.linked.found.found_by
