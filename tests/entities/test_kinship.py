"""Kin inferred from names at one place: parents, sisters, branches; and what looks like kin and is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.entities.links import build_relationships

Row = dict[str, Any]
#: A name, or a name and what differs from an ordinary body. All bodies of a case stand at one door of one region.
Body = str | tuple[str, Row]
#: (number of the one above, number of the other) in the order of a case's bodies.
Pairs = set[tuple[int, int]]
#: cases -> of each the kinds of links inferred, with their pairs
Kin = Callable[[Sequence[Sequence[Body]]], list[dict[str, Pairs]]]

AWAY = {"street": "9 QUAY RD", "postcode": "00102"}
SITE = {"website_domain": "otter.example"}
PAGE = {"website_domain": "facebook.com"}
BRITISH = {"country": "GB", "postcode": "ZZ1 4AB", "street": None}
PUBLIC, FIRM = {"sector": "public"}, {"sector": "private"}
PERSON = {"is_natural_person": True}


@pytest.fixture(scope="module")
def kin(tmp_path_factory: pytest.TempPathFactory, bodies: Callable[..., dict[str, Path]]) -> Kin:
    """Finds the kin of many cases at once; each has towns, regions and sites of its own."""
    into = tmp_path_factory.mktemp("kin") / "relationship.parquet"

    def run(cases: Sequence[Sequence[Body]]) -> list[dict[str, Pairs]]:
        rows = {f"list:{c}.{b}": _row(body, c) for c, case in enumerate(cases) for b, body in enumerate(case)}
        build_relationships([], bodies(rows), into)
        found: list[dict[str, Pairs]] = [{} for _ in cases]
        for link in pq.read_table(into).to_pylist():
            assert (link["relationship_basis"], link["source"]) == ("inferred", "inferred") and link["reason"]
            (case, above), (same_case, other) = (_place(link[f"{side}_organisation_id"]) for side in ("from", "to"))
            assert case == same_case, "the cases were to be apart"
            found[case].setdefault(link["relationship_kind"], set()).add((above, other))
        return found

    return run


def _row(body: Body, case: int) -> Row:
    name, changes = (body, {}) if isinstance(body, str) else body
    row = {"name": name, "region_id": "r1", "postcode": "00101", "website_domain": None, **changes}
    own = {} if row.get("country") == "GB" else {"postcode": f"{row['postcode']}-{case}"}
    if row["website_domain"] and changes.get("website_domain") != PAGE["website_domain"]:
        own["website_domain"] = f"case{case}.{row['website_domain']}"
    return row | own | {"region_id": f"{row['region_id']}-{case}"}


def _place(organisation_id: str) -> tuple[int, int]:
    case, body = organisation_id.removeprefix("org_").split(".")
    return int(case), int(body)


PARENT_AND_CHILD: tuple[tuple[Body, Body], ...] = (
    ("Otter Wildlife Trust", "Otter Wildlife Trust Trading Ltd"),
    ("Camp Otter Inc", "Camp Otter Foundation"),
    ("Mill Street Church", "Mill Street Church Preschool Inc"),
    ("Mill Street School", "Mill Street School PTA"),
    ("Larkmere Library", "Friends of the Larkmere Library"),
    ("Otter Works Holdings Ltd", "Otter Works Ltd"),
    ("Pathfinder Inc", "Pathfinder Foundation"),
    (("Otter Rescue", SITE), ("Otter Rescue Thrift Store", SITE | AWAY)),
    (("Otter Rescue", BRITISH), ("Otter Rescue Enterprises Ltd", BRITISH | {"street": "1 HIGH ST"})),
    (("City of Larkmere", PUBLIC), ("City of Larkmere Parks Department", PUBLIC)),
)


def test_parent_and_child_whichever_comes_first(kin: Kin) -> None:
    assert kin(PARENT_AND_CHILD) == [{"parent": {(0, 1)}}] * len(PARENT_AND_CHILD)
    assert kin([case[::-1] for case in PARENT_AND_CHILD]) == [{"parent": {(1, 0)}}] * len(PARENT_AND_CHILD)


#: Why two or more bodies are no kin -> the bodies.
NO_KIN: dict[str, tuple[Body, ...]] = {
    "elsewhere": ("Camp Otter", ("Camp Otter Foundation", AWAY)),
    "no house number": (("Camp Otter", {"street": "MILL ST"}), ("Camp Otter Foundation", {"street": "MILL ST"})),
    "box 12 and house 12": (("Camp Otter", {"street": "PO BOX 12"}), "Camp Otter Foundation"),
    "part of a word": ("Camp Otter", "Camp Otterbrook Foundation"),
    "a word that tells nothing of kin": ("Camp Otter", "Camp Otter Society"),
    "a site of many": (("Camp Otter", PAGE | AWAY), ("Camp Otter Foundation", PAGE)),
    "departments are of public bodies": ("City of Larkmere", "City of Larkmere Parks Department"),
    "a person": (("Jane Otter", PERSON), "Jane Otter Trading"),
    "a person's firm": ("Jane Otter", ("Jane Otter Holdings", PERSON)),
    "two of the parent's name": ("Union of Otters", "Union of Otters", "Union of Otters Foundation"),
    "a post, and any post": ("American Legion", "American Legion 31"),
    "numbers after other names": ("Belfry Solar 1 Ltd", "Belfry Wind 2 Ltd"),
    "numbers in other places": ("Belfry Solar 1 Ltd", ("Belfry Solar 2 Ltd", AWAY)),
    "the same number": ("Belfry Solar 1 Ltd", "Belfry Solar 1 Ltd"),
    "a name alone": (("Otter Cafe", FIRM), ("Otter Cafe", FIRM | AWAY)),
    "other legal forms": (("Otter Cafe Ltd", FIRM), ("Otter Cafe LLC", FIRM | AWAY)),
    "another region": (("Otter Cafe Ltd", FIRM), ("Otter Cafe Ltd", FIRM | AWAY | {"region_id": "r2"})),
    "one door: one body not recognised": (("Otter Cafe Ltd", FIRM), ("Otter Cafe Ltd", FIRM)),
    "a number each": (
        ("Otter Inc", SITE | {"identifiers": ["US-EIN-1"]}),
        ("Otter Inc", SITE | AWAY | {"identifiers": ["US-EIN-2"]}),
    ),
}


def test_what_looks_like_kin_and_is_not(kin: Kin) -> None:
    found = dict(zip(NO_KIN, kin(list(NO_KIN.values())), strict=True))
    assert {why: links for why, links in found.items() if links} == {}


#: Sisters hang on the first of them.
SISTERS: tuple[tuple[tuple[Body, ...], Pairs], ...] = (
    (("Belfry Solar 1 Ltd", "Belfry Solar 2 Ltd"), {(0, 1)}),
    (("Belfry Solar 10 Ltd", "Belfry Solar 9 Ltd"), {(1, 0)}),
    (("On Our Own V Inc", "On Our Own III Inc", "On Our Own IV Inc"), {(1, 0), (1, 2)}),
    (("Larkmere Homes A Ltd", "Larkmere Homes B Ltd"), {(0, 1)}),
    (("Creative Housing II Inc", "Creative Housing Inc"), {(1, 0)}),
    (("Troop No 4", "Troop 7"), {(0, 1)}),
)


def test_sisters_differ_in_a_number_or_letter(kin: Kin) -> None:
    assert kin([names for names, _ in SISTERS]) == [{"sister": pairs} for _, pairs in SISTERS]


def test_branches_have_a_website_or_a_registered_name_in_common(kin: Kin) -> None:
    firm = (("Boulevard Bread Co", FIRM), ("Boulevard Bread Co", FIRM | AWAY))
    site = (("Otter Cafe", SITE), ("Otter Cafe", SITE | AWAY))
    assert kin([firm, site]) == [{"branch_of_same_name": {(0, 1)}}] * 2


def test_more_than_fifty_at_one_door_are_the_clients_of_an_agent(kin: Kin) -> None:
    pair, others = ("Camp Otter", "Camp Otter Foundation"), [f"Firm{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(49)]
    assert kin([(*pair, *others[:48]), (*pair, *others)]) == [{"parent": {(0, 1)}}, {}]


def test_what_a_register_states_is_not_inferred_again(tmp_path: Path, bodies: Callable[..., dict[str, Path]]) -> None:
    club = {"name": "Otter Club", "identifiers": ["GB-CHC-9990001"]}
    fund = {"name": "Otter Club Endowment Fund", "parent_kind": "linked_charity", "parent_identifiers": ["GB-CHC-9990001"]}
    build_relationships([], bodies({"ccew:1": club, "ccew:1-1": fund}), tmp_path / "relationship.parquet")
    [row] = pq.read_table(tmp_path / "relationship.parquet").to_pylist()
    assert (row["relationship_kind"], row["relationship_basis"]) == ("linked_charity", "official")


_NAMES = st.sampled_from(
    ["Otter", "Otter Mill", "Otter Mill Trading", "Otter Mill Holdings", "Otter Mill 1", "Otter Mill II", "Friends of Otter Mill"]
)
_CASE = st.lists(st.tuples(_NAMES, st.sampled_from([{}, AWAY, SITE, PERSON])), min_size=2, max_size=8)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases=st.lists(_CASE, min_size=5, max_size=20))
def test_no_pair_twice_nobody_with_itself_and_no_person(kin: Kin, cases: list[list[tuple[str, Row]]]) -> None:
    for case, links in zip(cases, kin(cases), strict=True):
        pairs = [pair for found in links.values() for pair in found]
        assert len({frozenset(pair) for pair in pairs}) == len(pairs) and all(above != other for above, other in pairs)
        assert not any(case[number][1] is PERSON for pair in pairs for number in pair)
