"""Blocking: every family of keys finds its pair, big blocks are split or left, each pair is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import pytest

from assets.linkage import blocking
from assets.linkage.blocking import FAMILIES, Candidates, cap_for, find_candidates

#: family -> what two bodies say that meet by it, and apart from their names need nothing else
MEET: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "identifier": (
        {"name": "Aardvark", "identifiers": ["US-EIN-1"]},
        {"name": "Basilisk", "identifiers": ["GB-CHC-9", "US-EIN-1"]},
    ),
    "all_words": ({"name": "Cormorant Dodo Egret"}, {"name": "Egret Dodos & Cormorant Ltd"}),
    "rare_word": ({"name": "Flamingo Hall"}, {"name": "Flamingo Rooms"}),
    "two_words": ({"name": "Gannet Heron Club"}, {"name": "The Heron and Gannet Society"}),
    "word_postcode": (
        {"name": "Ibis Music School", "postcode": "LS1 4AB"},
        {"name": "School of Jackdaw", "postcode": "LS1 4AB"},
    ),
    "word_outcode": ({"name": "Kestrel Hall", "postcode": "YO1 4AB"}, {"name": "Kestrel Rooms", "postcode": "YO1 9ZZ"}),
    "word_city": ({"name": "Linnet Hall", "city": "Farford"}, {"name": "Linnet Rooms", "city": "FARFORD"}),
    "house_postcode": (
        {"name": "Magpie", "postcode": "M1 1AA", "address": "7 High St"},
        {"name": "Nightjar", "postcode": "M1 1AA", "address": "Unit 2, 7 The Terrace"},
    ),
    "sound_postcode": ({"name": "Oriole Pub", "postcode": "B1 1BB"}, {"name": "Oriel Pub", "postcode": "B1 1BB"}),
    "phone": ({"name": "Pelican", "phone": "0113 496 0001"}, {"name": "Quail", "phone": "+44 113 496 0001"}),
    "website": ({"name": "Redshank", "website": "redshank.example"}, {"name": "Stork", "website": "www.redshank.example/"}),
    "website_word": (
        {"name": "Tern Hall", "website": "https://tern.example"},
        {"name": "Tern Rooms", "website": "https://tern.example"},
    ),
    "sound_place": ({"name": "Umbrette Bowls", "postcode": "G1 1AA"}, {"name": "Ombretta Bowls", "postcode": "G1 2BB"}),
    "sound": ({"name": "Vulture Cinema Group"}, {"name": "Voltura Cinema Group"}),
    "house_street": (
        {"name": "Wagtail", "city": "Larkmere", "address": "9 Quarry Rd"},
        {"name": "Xenops", "city": "Larkmere", "address": "9 Quarry Road"},
    ),
    "word_cell": ({"name": "Yellowhammer Hall", "lat": 53.801, "lon": -1.551}, {"name": "Yellowhammer Rooms", "lat": 53.799, "lon": -1.552}),
    "sound_cell": ({"name": "Zitting Post", "lat": 55.951, "lon": -3.190}, {"name": "Zotteng Post", "lat": 55.949, "lon": -3.191}),
    "initials": ({"name": "Avocet Bittern Curlew Dunlin", "city": "Farford"}, {"name": "ABCD", "city": "Farford"}),
}  # fmt: skip


@dataclass(frozen=True)
class Blocked:
    """Records and the pairs found among them."""

    prepared: Any
    found: Candidates

    @cached_property
    def families(self) -> dict[tuple[str, str], set[str]]:
        """Candidate pair -> the families that found it."""
        ids = list(self.prepared.place)
        return {
            (ids[a], ids[b]): {family.name for bit, family in enumerate(FAMILIES) if bits >> bit & 1}
            for a, b, bits in zip(self.found.a.tolist(), self.found.b.tolist(), self.found.families.tolist(), strict=True)
        }


@pytest.fixture(scope="module")
def block(prepare: Callable[..., Any]) -> Callable[..., Blocked]:
    """(world, keys too big in the epoch=found anew) -> the pairs found."""

    def go(world: dict[str, dict[str, Any]], frozen: Any = None) -> Blocked:
        prepared = prepare(world)
        return Blocked(prepared, find_candidates(prepared.con, len(prepared.place), frozen))

    return go


@pytest.fixture(scope="module")
def met(block: Callable[..., Blocked]) -> Blocked:
    """The bodies above."""
    return block({f"{family} {side}": said for family, two in MEET.items() for side, said in zip("ab", two, strict=True)})


def test_every_family_has_its_case() -> None:
    assert {family.name for family in FAMILIES} == set(MEET)
    assert all(len(family.says.split()) >= 2 for family in FAMILIES)


@pytest.mark.parametrize("family", MEET)
def test_a_family_finds_its_pair(met: Blocked, family: str) -> None:
    assert family in met.families[f"{family} a", f"{family} b"]


def test_bodies_with_nothing_in_common_never_meet(met: Blocked) -> None:
    assert ("identifier a", "phone b") not in met.families
    assert len(met.families) < 0.1 * len(list(combinations(met.prepared.place, 2)))


def test_each_pair_is_there_once_sorted_smaller_first(met: Blocked) -> None:
    pairs = list(zip(met.found.a.tolist(), met.found.b.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert all(a < b for a, b in pairs)


def test_the_report_counts_what_each_family_gave(met: Blocked) -> None:
    pairs = Counter(family for families in met.families.values() for family in families)
    assert list(met.found.found_by) == [family.name for family in FAMILIES]
    # Two keys of one family may give one pair: all three of "Egret Dodos & Cormorant" do.
    assert all(met.found.found_by[family] >= pairs[family] > 0 for family in MEET)
    assert {f for f in MEET if met.found.found_by[f] > pairs[f]} <= {"rare_word", "two_words"}


@pytest.mark.parametrize(("records", "cap"), [(0, 120), (4_999, 120), (5_000, 60), (499_999, 40), (500_000, 30), (10**7, 30)])
def test_the_cap_falls_as_records_grow(records: int, cap: int) -> None:
    assert cap_for(records, blocking.CAPS) == cap


# --- blocks that are too big ------------------------------------------------------------------------------------------
#: Seven who share a phone, three of them of one name.
SWITCHBOARD = {
    f"r{n}": {"name": name, "phone": "0113 496 0001"}
    for n, name in enumerate(["Otter", "Otter", "Otter", "Dogwood", "Elder", "Fir", "Gorse"])
}
OTTERS = {frozenset(pair) for pair in combinations(["r0", "r1", "r2"], 2)}
ALL = {frozenset(pair) for pair in combinations(SWITCHBOARD, 2)}


@pytest.mark.parametrize(
    ("cap", "expected"),
    [(7, ALL), (6, OTTERS), (3, OTTERS), (2, set())],
    ids=["it fits", "it is split by the rarest word", "the parts fit", "left to other families"],
)
def test_a_block_over_its_cap_is_split_then_left(
    block: Callable[..., Blocked], monkeypatch: pytest.MonkeyPatch, cap: int, expected: set[frozenset[str]]
) -> None:
    monkeypatch.setattr(blocking, "CAPS", ((None, cap),))
    families = block(SWITCHBOARD).families
    assert {frozenset(pair) for pair, found_by in families.items() if "phone" in found_by} == expected


def test_keys_too_big_in_the_epoch_stay_so_when_records_go(
    block: Callable[..., Blocked], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night that lost two of seven finds of the rest what the full run found."""
    monkeypatch.setattr(blocking, "CAPS", ((None, 6),))
    whole = block(SWITCHBOARD)
    fewer = {record: said for record, said in SWITCHBOARD.items() if record not in ("r5", "r6")}
    incremental = block(fewer, whole.found.too_big).families
    assert incremental == {pair: by for pair, by in whole.families.items() if set(pair) <= set(fewer)}
    assert incremental != block(fewer).families


def test_a_word_that_many_bear_is_no_rare_word(block: Callable[..., Blocked], monkeypatch: pytest.MonkeyPatch) -> None:
    village = {f"r{n}": {"name": f"Village {tree}"} for n, tree in enumerate(["Ash", "Birch", "Cedar", "Dogwood"])}
    for rare, expected in ((4, 6), (3, 0)):
        monkeypatch.setattr(blocking, "RARE", ((None, rare),))
        assert block(village).found.found_by["rare_word"] == expected
