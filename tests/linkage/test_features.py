"""Each feature on example pairs; the same from either side and in any batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.linkage.features import FEATURES, NAMES, measure

PROPERTY = settings(max_examples=80, deadline=None, derandomize=True, database=None)
Side = Mapping[str, Any]
Case = tuple[str, Side, Side, float]

#: what is shown, feature, one side, other side, what it is
EXACT: dict[str, Case] = {
    "blanks do not count": ("name_letters", {"name": "Foot Prints"}, {"name": "Footprints"}, 1),
    "word order does not count": ("name_any_order", {"name": "Wren Lodge Farm"}, {"name": "Farm Wren Lodge"}, 1),
    "the smaller name is contained": ("name_cover_more", {"name": "Wren Farm"}, {"name": "Wren Farm Kitchen"}, 1),
    "all words are shared": ("name_cover_less", {"name": "Wren & Farm"}, {"name": "Farm Wrens Ltd"}, 1),
    "no words are shared": ("name_cover_more", {"name": "Wren Farm"}, {"name": "Mole Hall"}, 0),
    "nothing is left of the same words": ("name_left_more", {"name": "Wren Farm"}, {"name": "Farm Wren"}, 0),
    "initials": ("name_initials", {"name": "Larkmere Amateur Drama Society"}, {"name": "LADS"}, 1),
    "two words have no initials": ("name_initials", {"name": "Larkmere Drama"}, {"name": "LD"}, 0),
    "the same but for the legal form": ("name_same", {"name": "Wren Farm Ltd"}, {"name": "The Wren Farm LLC"}, 1),
    "another name": ("name_same", {"name": "Wren Farm"}, {"name": "Wren Farms Hall"}, 0),
    "no numbers": ("name_numbers", {"name": "Lodge"}, {"name": "Lodge Hall"}, 0),
    "the same number": ("name_numbers", {"name": "Lodge 12"}, {"name": "Lodge 12"}, 0),
    "a number on one side": ("name_numbers", {"name": "Lodge 12"}, {"name": "Lodge"}, -1),
    "different numbers": ("name_numbers", {"name": "Lodge 12"}, {"name": "Lodge 14"}, -2),
    "the same marked number": ("name_numbers", {"name": "Shop #1204"}, {"name": "The Shop #1204"}, 2),
    "the same short marked number": ("name_numbers", {"name": "Shop #12"}, {"name": "The Shop #12"}, 1),
    "a number marked on one side": ("name_numbers", {"name": "Shop #1204"}, {"name": "Shop 1204"}, 0),
    "a marked number that the other leaves out": ("name_left_more", {"name": "Wren Shop #1204"}, {"name": "Wren Shop"}, 0),
    "letters without an accent to lose": ("name_same", {"name": "Łódź Bøker"}, {"name": "Lodz Boker"}, 1),
    "wide letters": ("name_same", {"name": "ＡＣＭＥ１２"}, {"name": "Acme12"}, 1),
    "short words are other words": ("name_cover_more", {"name": "Srlr"}, {"name": "Srjr"}, 0),
    "two words in one": ("name_cover_less", {"name": "Doublewren Hotel"}, {"name": "Double Wren Hotel"}, 1),
    "one word that only begins like another": ("name_left_less", {"name": "Doublewren"}, {"name": "Double"}, 0),
    "whose hotel it is": ("name_same", {"name": "Wren Yard by Marriott"}, {"name": "Wren Yard"}, 1),
    "a number that is the house": ("name_numbers", {"name": "Bar 12", "address": "12 Mill St"}, {"name": "Bar"}, 0),
    "a number in words": ("name_numbers", {"name": "Two Rivers"}, {"name": "2 Rivers"}, 0),
    "a year is no number of sisters": ("name_numbers", {"name": "Club 1984"}, {"name": "Club"}, 0),
    "a child": ("name_child", {"name": "Wren School"}, {"name": "Wren School PTA"}, -1),
    "who collects for it": ("name_supporter", {"name": "Wren School"}, {"name": "Friends of Wren School"}, -1),
    "a trading arm does not collect": ("name_supporter", {"name": "Wren School"}, {"name": "Wren School Trading"}, 0),
    "both are foundations": ("name_child", {"name": "Wren Foundation"}, {"name": "Wren Foundation Inc"}, 0),
    "north and south": ("name_sister", {"name": "North Farm"}, {"name": "South Farm"}, -2),
    "letters": ("name_sister", {"name": "Wren C Ltd"}, {"name": "Wren D Ltd"}, -2),
    "a direction that is the town's": (
        "name_sister", {"name": "Wren Farm West", "city": "West Larkmere"}, {"name": "Wren Farm", "city": "Larkmere"}, 0,
    ),
    "the same legal form": ("legal_form", {"name": "Wren Ltd"}, {"name": "Mole Limited"}, 1),
    "another legal form": ("legal_form", {"name": "Wren Ltd"}, {"name": "Mole plc"}, -1),
    "one legal form": ("legal_form", {"name": "Wren Ltd"}, {"name": "Mole"}, 0),
    "a name that is the other's address": (
        "name_in_address", {"name": "Quarry House"}, {"name": "Mole", "address": "Quarry House, 1 Mill St"}, 1,
    ),
    "the street": ("street", {"name": "W", "address": "12 Mill St"}, {"name": "M", "address": "Unit 2, 14 Mill St"}, 1),
    "no street": ("street", {"name": "W", "address": "12 Mill St"}, {"name": "M"}, 0.5),
    "no rare street": ("street_rare", {"name": "W", "address": "12 Mill St"}, {"name": "M"}, 0),
    "the same house": ("house_number", {"name": "W", "address": "12 Mill St"}, {"name": "M", "address": "12a Weir Rd"}, 2),
    "a range of houses": ("house_number", {"name": "W", "address": "108-112 Mill St"}, {"name": "M", "address": "112 Mill St"}, 2),
    "next door": ("house_number", {"name": "W", "address": "12 Mill St"}, {"name": "M", "address": "14 Mill St"}, 1),
    "another house": ("house_number", {"name": "W", "address": "12 Mill St"}, {"name": "M", "address": "40 Mill St"}, -1),
    "no house": ("house_number", {"name": "W", "address": "12 Mill St"}, {"name": "M", "address": "PO Box 12"}, 0),
    "the same unit": ("unit", {"name": "W", "address": "Unit 4, 1 Mill St"}, {"name": "M", "address": "1 Mill St, Unit 4"}, 1),
    "another unit": ("unit", {"name": "W", "address": "Unit 4, 1 Mill St"}, {"name": "M", "address": "1 Mill St Suite 9"}, -1),
    "the same postcode": ("postcode", {"name": "W", "postcode": "LS1 4AB"}, {"name": "M", "postcode": "ls14ab"}, 3),
    "one letter off": ("postcode", {"name": "W", "postcode": "LS1 4AB"}, {"name": "M", "postcode": "LS1 4AD"}, 2),
    "the same district": ("postcode", {"name": "W", "postcode": "LS1 4AB"}, {"name": "M", "postcode": "LS1 9ZZ"}, 1),
    "no postcode": ("postcode", {"name": "W", "postcode": "LS1 4AB"}, {"name": "M"}, 0),
    "elsewhere": ("postcode", {"name": "W", "postcode": "LS1 4AB"}, {"name": "M", "postcode": "G12 8QQ"}, -1),
    "both say where they are": ("placed", {"name": "W", "city": "Larkmere"}, {"name": "M", "postcode": "72201"}, 2),
    "one says where it is": ("placed", {"name": "W", "city": "Larkmere"}, {"name": "M"}, 1),
    "the same town": ("city", {"name": "W", "city": "Larkmere"}, {"name": "M", "city": "LARKMERE"}, 1),
    "another town": ("city", {"name": "W", "city": "Larkmere"}, {"name": "M", "city": "Farford"}, -1),
    "two towns of one British postal district": (
        "city", {"name": "W", "city": "Hull", "postcode": "HU3 2SJ"},
        {"name": "M", "city": "Kingston upon Hull", "postcode": "HU3 6BH"}, 0,
    ),
    "two towns of two British postal districts": (
        "city", {"name": "W", "city": "Hull", "postcode": "HU3 2SJ"}, {"name": "M", "city": "Cottingham", "postcode": "HU16 4AA"}, -1,
    ),
    "two towns of one ZIP code": (
        "city", {"name": "W", "city": "Little Rock", "postcode": "72201"}, {"name": "M", "city": "N Little Rock", "postcode": "72201"}, 0,
    ),
    "two towns of neighbouring ZIP codes": (
        "city", {"name": "W", "city": "Bryant", "postcode": "72202"}, {"name": "M", "city": "Benton", "postcode": "72205"}, -1,
    ),
    "the same region": ("region", {"name": "W", "region": "AR"}, {"name": "M", "region": "ar"}, 1),
    "another country": ("country", {"name": "W", "country": "US"}, {"name": "M", "country": "GB"}, -1),
    "no distance": ("distance", {"name": "W"}, {"name": "M", "lat": 53.8, "lon": -1.5}, -0.30103),
    "the same point": ("distance", {"name": "W", "lat": 53.8, "lon": -1.5}, {"name": "M", "lat": 53.8, "lon": -1.5}, 2),
    "a degree north": ("distance", {"name": "W", "lat": 50.0, "lon": 1.0}, {"name": "M", "lat": 51.0, "lon": 1.0}, -2.0461),
    "their phone": ("phone", {"name": "W", "phone": "0113 496 0001"}, {"name": "M", "phone": "+44 113 496 0001"}, 3),
    "one digit off": ("phone", {"name": "W", "phone": "0161 496 0007"}, {"name": "M", "phone": "0161 496 0008"}, -1),
    "another phone": ("phone", {"name": "W", "phone": "0151 496 1111"}, {"name": "M", "phone": "0131 496 2222"}, -2),
    "no phone": ("phone", {"name": "W", "phone": "0117 496 3333"}, {"name": "M"}, 0),
    "their site": ("website", {"name": "W", "website": "otter.example"}, {"name": "M", "website": "www.otter.example"}, 3),
    "a platform": ("website", {"name": "W", "website": "facebook.com/a"}, {"name": "M", "website": "facebook.com/a"}, 0),
    "another site": ("website", {"name": "W", "website": "heron.example"}, {"name": "M", "website": "ibis.example"}, -2),
    "a site that spells the other's name": ("site_and_name", {"name": "Wrn", "website": "molehall.example"}, {"name": "Mole Hall"}, 1),
    "two sites": ("site_and_name", {"name": "W", "website": "teal.example"}, {"name": "M", "website": "swift.example"}, 0.5),
}  # fmt: skip
#: more alike, less alike: the first pair has more of the feature than the second
MORE: dict[str, tuple[Case, Case]] = {
    "beginnings count more": (
        ("name_start", {"name": "Kingfisher"}, {"name": "Kingfischer"}, 0), ("name_start", {"name": "Kingfisher"}, {"name": "Skingfischer"}, 0),
    ),
    "a misspelt word counts": (
        ("name_cover_less", {"name": "Kingfisher Hall"}, {"name": "Kingfischer Hall"}, 0), ("name_cover_less", {"name": "Kingfisher Hall"}, {"name": "Dragonfly Hall"}, 0),
    ),
    "words that only begin alike are two": (
        ("name_left_less", {"name": "Greenrich Hall"}, {"name": "Greenhaw Hall"}, 0), ("name_left_less", {"name": "Kingfisher Hall"}, {"name": "Kingfischer Hall"}, 0),
    ),
    "a word cut short counts": (
        ("name_cover_less", {"name": "Kingfisher Conservation"}, {"name": "Kingfisher Conserv"}, 0), ("name_cover_less", {"name": "Kingfisher Conservation"}, {"name": "Kingfisher Brewing"}, 0),
    ),
    "a rare shared word tells more": (
        ("name_shared", {"name": "Ptarmigan"}, {"name": "Ptarmigan"}, 0), ("name_shared", {"name": "Wren"}, {"name": "Wren"}, 0),
    ),
    "in Enfield, the town's name tells nobody apart": (
        ("name_shared_here", {"name": "Enfield Fencers", "city": "Barnet"}, {"name": "Enfield Fencers", "city": "Barnet"}, 0), ("name_shared_here", {"name": "Enfield Judo", "city": "Enfield"}, {"name": "Enfield Rowing", "city": "Enfield"}, 0),
    ),
    "what is left on both sides": (
        ("name_left_less", {"name": "Ptarmigan Bakery"}, {"name": "Ptarmigan Laundry"}, 0), ("name_left_less", {"name": "Ptarmigan"}, {"name": "Ptarmigan Laundry"}, 0),
    ),
    "a remainder that names the town": (
        ("name_local", {"name": "Snipe Bruntsfield"}, {"name": "Snipe", "city": "Bruntsfield"}, 0), ("name_local", {"name": "Snipe Bruntsfield"}, {"name": "Snipe", "city": "Leith"}, 0),
    ),
    "a name borne in many places": (
        ("name_places", {"name": "Village Hall", "city": "A"}, {"name": "Village Hall", "city": "B"}, 0), ("name_places", {"name": "Ptarmigan"}, {"name": "Ptarmigan"}, 0),
    ),
    "a rare street tells more": (
        ("street_rare", {"name": "W", "address": "1 Zelkova Rd"}, {"name": "M", "address": "3 Zelkova Rd"}, 0), ("street_rare", {"name": "W", "address": "1 Zelkova Rd"}, {"name": "M", "address": "3 Mill Rd"}, 0),
    ),
    "nearer": (
        ("distance", {"name": "W", "lat": 53.8, "lon": -1.5}, {"name": "M", "lat": 53.8, "lon": -1.51}, 0), ("distance", {"name": "W", "lat": 53.8, "lon": -1.5}, {"name": "M", "lat": 53.8, "lon": -1.6}, 0),
    ),
}  # fmt: skip
#: A switchboard of four says less than a phone of two; one of twelve still less.
SHARED = {
    **{f"four {n}": {"name": f"Four {n}", "phone": "0113 496 4444", "website": "four.example"} for n in range(4)},
    **{f"twelve {n:02d}": {"name": f"Twelve {n}", "phone": "0113 496 7777", "website": "twelve.example"} for n in range(12)},
}
#: Bodies of several names, and typos of all sorts, for the properties.
MANY = {
    f"many {n:02d}": {"name": name, "other_names": others}
    for n, (name, others) in enumerate([
        ("Otter Bakery t/a The Loaf", ["Bread of Heaven"]), ("The Loaf", []), ("Loaf Otter", ["Otter Bakry", "Bakery"]),
        ("Heaven Bread", ["Otter", "Loaf"]), ("Bakery Otter 2", ["The Loaf 2"]), ("OTTER BAKERIES LTD", ["Loafe"]),
        ("Kingfisher Lodge 12", []), ("Kingfisher Lodge 14", ["KL"]), ("North Kingfisher", ["Kingfisher North A"]),
        ("Larkmere Amateur Drama Society", ["LADS"]), ("LADS", ["Larkmere Drama"]), ("Kingfisher Trust", ["Kingfisher Foundation"]),
    ])
}  # fmt: skip


@pytest.fixture(scope="module")
def prepared(prepare: Callable[..., Any]) -> Any:
    """Both sides of every case."""
    cases = {
        **EXACT,
        **{f"{n} {more}": case for n, two in MORE.items() for more, case in zip(("more", "less"), two, strict=True)},
    }
    sides = {f"{name} {side}": said for name, (_, *two, _) in cases.items() for side, said in zip("ab", two, strict=True)}
    return prepare({**sides, **SHARED, **MANY})


@pytest.fixture(scope="module")
def everybody(prepared: Any) -> int:
    """How many records there are."""
    return len(prepared.place)


def test_every_feature_has_a_case_and_says_what_it_is() -> None:
    shown = {feature for feature, *_ in EXACT.values()} | {more[0] for more, _ in MORE.values()}
    assert shown == set(NAMES)
    assert len(set(NAMES)) == len(FEATURES)
    assert all(f.says and f.rises in (-1, 0, 1) for f in FEATURES)


@pytest.mark.parametrize("case", EXACT)
def test_a_feature_is(prepared: Any, case: str) -> None:
    feature, _, _, expected = EXACT[case]
    assert prepared.features(f"{case} a", f"{case} b")[feature] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("case", MORE)
def test_a_feature_is_more(prepared: Any, case: str) -> None:
    feature = MORE[case][0][0]
    more, less = (prepared.features(f"{case} {which} a", f"{case} {which} b")[feature] for which in ("more", "less"))
    assert more > less + 0.01


@pytest.mark.parametrize("feature", ["phone", "website"])
def test_what_many_share_says_little(prepared: Any, feature: str) -> None:
    by_some, by_many = prepared.features("four 0", "four 3"), prepared.features("twelve 00", "twelve 11")
    assert (by_some[feature], by_many[feature]) == (2, 1)


def test_of_several_names_the_two_most_alike_are_compared(prepared: Any) -> None:
    assert prepared.features("many 00", "many 01")["name_same"] == 1
    assert prepared.features("many 03", "many 09")["name_same"] == 0


@PROPERTY
@given(st.data())
def test_a_pair_is_the_same_from_either_side(prepared: Any, everybody: int, data: st.DataObject) -> None:
    index = st.integers(0, everybody - 1)
    pairs = np.array(data.draw(st.lists(st.tuples(index, index), min_size=1, max_size=30)), np.int32)
    one, other = measure(prepared.records, pairs[:, 0], pairs[:, 1]), measure(prepared.records, pairs[:, 1], pairs[:, 0])
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_one_batch_equals_many(prepared: Any, everybody: int) -> None:
    a, b = (side.astype(np.int32) for side in np.triu_indices(everybody, 1))
    a, b = a[::7], b[::7]
    whole = measure(prepared.records, a, b)
    parts = [measure(prepared.records, a[i : i + 97], b[i : i + 97]) for i in range(0, len(a), 97)]
    assert np.array_equal(whole, np.concatenate(parts))
    assert np.isfinite(whole).all()


def test_many_names_are_the_same_from_either_side(prepared: Any) -> None:
    rids = np.array([prepared.place[record] for record in MANY], np.int32)
    a, b = (rids[side] for side in np.triu_indices(len(rids), 1))
    np.testing.assert_allclose(measure(prepared.records, a, b), measure(prepared.records, b, a), atol=1e-6)


def test_no_pairs_no_rows(prepared: Any) -> None:
    nobody = np.zeros(0, np.int32)
    assert measure(prepared.records, nobody, nobody).shape == (0, len(NAMES))
