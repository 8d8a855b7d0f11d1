"""A hand-made world is ranked as anybody would reckon by hand, and nobody is put forward who must not be."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.opportunities.people import Told, ToldFileError, read_declined
from assets.opportunities.rank import read_earlier
from warehouse.columns import CRITERIA

BAKERY, FOOD_BANK, PANTRY = "org_corner_bakery", "org_food_bank", "org_north_pantry"

#: What differs from the food bank or the bakery: the worse twin, the better twin, the criterion it shows in.
TWINS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "nearer": (FOOD_BANK, {"latitude": 34.9}, {"latitude": 34.75}, "place"),
    "near, not far": (FOOD_BANK, {"latitude": 35.9}, {"latitude": 34.7}, "place"),
    "small, not tiny": (FOOD_BANK, {"size_band": "micro"}, {"size_band": "small"}, "capacity"),
    "medium, not small": (FOOD_BANK, {"size_band": "small"}, {"size_band": "medium"}, "capacity"),
    "filed lately": (FOOD_BANK, {"last_filed_on": date(2021, 12, 31)}, {"last_filed_on": date(2025, 12, 31)}, "readiness"),
    "long established": (BAKERY, {"started_on": date(2026, 9, 1)}, {"started_on": date(2012, 9, 1)}, "readiness"),
}
#: Twins of the bakery and the food bank who may not be put forward.
BARRED: dict[str, tuple[str, dict[str, Any]]] = {
    "a person's business": (BAKERY, {"is_natural_person": True}),
    "a chain": (BAKERY, {"partner_exclusion": "chain"}),
    "a business that closed": (BAKERY, {"status": "inactive"}),
    "a business elsewhere": (BAKERY, {"region_id": None}),
    "a charity that bakes": (BAKERY, {"sector": "nonprofit"}),
    "a business league": (FOOD_BANK, {"partner_exclusion": "business_league"}),
    "a charity that closed": (FOOD_BANK, {"status": "inactive"}),
    "a charity elsewhere": (FOOD_BANK, {"region_id": None}),
    "a firm that hands out food": (FOOD_BANK, {"sector": "private"}),
    "a person who hands out food": (FOOD_BANK, {"is_natural_person": True}),
}
#: Twins of the grant for small shops, and whether a firm may apply.
GRANTS: dict[str, tuple[dict[str, Any], bool]] = {
    "for small firms among others": ({"applicants": ["small_business", "nonprofit"]}, True),
    "for firms": ({"applicants": ["business"]}, True),
    "for everybody but firms": ({"applicants": ["nonprofit", "public", "individual"]}, False),
    "for nobody named": ({"applicants": []}, False),
    "closed": ({"applicants": ["small_business"], "partner_exclusion": "closed"}, False),
    "about nothing known": ({"applicants": ["small_business"], "topics": []}, False),
    "about nothing a firm does": ({"applicants": ["small_business"], "topics": ["youth"]}, False),
}


@pytest.fixture(scope="module")
def crowd(ranker: Any, small: Any) -> Any:
    """The world with all the twins in it, ranked at once; a twin's id is `org_<which> <label>`, a grant's `test:<label>`."""
    world = small()
    originals = {row["organisation_id"]: row for row in world.organisations}
    for label, (of, *both, _) in TWINS.items():
        world.organisations += [
            originals[of] | {"organisation_id": f"org_{n} {label}", "display_name": f"{label} {n}"} | change
            for n, change in enumerate(both)
        ]
    for label, (of, change) in BARRED.items():
        world.organisations.append(originals[of] | {"organisation_id": f"org_barred {label}", "display_name": label} | change)
    world.organisations.append(
        originals[FOOD_BANK] | {"organisation_id": "org_unmeasured", "display_name": "Unmeasured", "size_band": "unknown"}
    )
    for label, (change, _) in GRANTS.items():
        world.programmes.append(world.programmes[0] | {"programme_id": f"test:{label}", "native_id": label} | change)
    return ranker(world)


#: Sub-scores are rounded to four digits, contributions to six.
CLOSE = 0.0002

# --- the score ------------------------------------------------------------------------------------------------------


def test_the_world_gives_every_kind_of_opportunity(ranked: Any) -> None:
    """Else the tests below would hold of nothing."""
    assert {
        (BAKERY, FOOD_BANK),
        (BAKERY, PANTRY),
        ("org_page_turner", "org_central_library"),
        (BAKERY, "test:4"),
    } <= ranked.pairs()
    assert {row["partner_kind"] for row in ranked.opportunities} == {"organisation", "programme"}
    assert {row["region_id"] for row in ranked.opportunities} == {"here", "there"}


def test_help_for_any_small_business_steps_back_for_a_programme_of_the_trade(ranked: Any) -> None:
    """The food waste loan is the bakery's own; for a book shop nothing of the kind is open."""
    assert (BAKERY, "test:1") not in ranked.pairs()
    assert ("org_page_turner", "test:1") in ranked.pairs()


def test_a_score_is_the_sum_of_its_contributions(ranked: Any) -> None:
    totals: dict[str, list[float]] = {}
    for row in ranked.tables["opportunity_criterion"]:
        totals.setdefault(row["opportunity_id"], []).append(row["contribution"])
    assert set(totals) == {row["opportunity_id"] for row in ranked.opportunities}
    assert {len(parts) for parts in totals.values()} == {len(CRITERIA)}
    for row in ranked.opportunities:
        assert math.fsum(totals[row["opportunity_id"]]) == pytest.approx(row["score"], abs=CLOSE)


def test_a_score_is_the_weighted_mean_of_what_is_known(ranked: Any) -> None:
    for row in ranked.opportunities:
        criteria = [c for c in ranked.tables["opportunity_criterion"] if c["opportunity_id"] == row["opportunity_id"]]
        known = [c for c in criteria if c["sub_score"] is not None]
        weight = math.fsum(c["weight"] for c in known)
        assert row["evidence_coverage"] == pytest.approx(weight, abs=CLOSE)
        assert row["score"] == pytest.approx(math.fsum(c["sub_score"] * c["weight"] for c in known) / weight, abs=CLOSE)
        assert [c["contribution"] for c in criteria if c["sub_score"] is None] == [0.0] * (len(criteria) - len(known))
        assert {c["criterion"]: c["sub_score"] for c in criteria} == {name: row[name] for name in CRITERIA}


def test_what_is_not_known_is_not_counted_as_nought(crowd: Any) -> None:
    known, unknown = crowd.pair(BAKERY, FOOD_BANK), crowd.pair(BAKERY, "org_unmeasured")
    assert (known["capacity"], unknown["capacity"]) == (0.9, None)
    assert unknown["evidence_coverage"] == pytest.approx(known["evidence_coverage"] - 0.08)
    rest = (known["score"] * known["evidence_coverage"] - 0.9 * 0.08) / unknown["evidence_coverage"]
    assert unknown["score"] == pytest.approx(rest, abs=CLOSE)
    assert unknown["score"] > known["score"] - 0.9 * 0.08 / known["evidence_coverage"] + 0.05


def test_a_weight_of_nought_takes_a_criterion_out(world: Any, rank_world: Any, ranked: Any) -> None:
    weights = {"fit_exchange": 0.4, "fit_cause": 0.2, "precedent": 0.1, "place": 0.0, "capacity": 0.1, "readiness": 0.2}
    without = rank_world(world, weights=weights)
    near, far = without.pair(BAKERY, FOOD_BANK), without.pair(BAKERY, PANTRY)
    assert ranked.pair(BAKERY, FOOD_BANK)["score"] > ranked.pair(BAKERY, PANTRY)["score"]
    assert near["score"] == far["score"]
    assert near["place"] > far["place"]
    assert {row["contribution"] for row in without.tables["opportunity_criterion"] if row["criterion"] == "place"} == {0.0}


@pytest.mark.parametrize("label", TWINS)
def test_a_better_criterion_means_a_better_score(label: str, crowd: Any) -> None:
    of, _, _, criterion = TWINS[label]
    pairs = [(f"org_{n} {label}", FOOD_BANK) if of == BAKERY else (BAKERY, f"org_{n} {label}") for n in (0, 1)]
    worse, better = (crowd.pair(*pair) for pair in pairs)
    assert better[criterion] > worse[criterion]
    assert better["score"] > worse["score"]
    assert {name for name in CRITERIA if better[name] != worse[name]} == {criterion}


def test_what_a_charity_is_hardly_known_to_be_fits_less(world: Any, rank_world: Any, ranked: Any) -> None:
    world.change(FOOD_BANK, activity_confidence=0.475)  # half of the .95 it has
    sure, unsure = ranked.pair(BAKERY, FOOD_BANK), rank_world(world).pair(BAKERY, FOOD_BANK)
    for criterion in ("fit_exchange", "fit_cause"):
        assert unsure[criterion] == pytest.approx(sure[criterion] / 2, abs=CLOSE)
    assert {name for name in CRITERIA if unsure[name] != sure[name]} == {"fit_exchange", "fit_cause"}


def test_the_better_fit_stands_first_in_every_list(ranked: Any) -> None:
    first = {row["business_id"]: row["partner_name"] for row in ranked.opportunities if row["rank_for_business"] == 1}
    assert first == {
        BAKERY: "Food Bank",
        "org_page_turner": "First Readers",
        "org_stone_and_reed": "Legal Aid",
        "org_last_orders": "Small Shops Grant",
        "org_hill_builders": "Roof for All",
    }


# --- who may meet whom ----------------------------------------------------------------------------------------------


def test_the_business_is_private_and_the_partner_is_not(ranked: Any, world: Any) -> None:
    sector = {row["organisation_id"]: row["sector"] for row in world.organisations}
    assert {sector[row["business_id"]] for row in ranked.opportunities} == {"private"}
    assert {row["partner_sector"] for row in ranked.opportunities} == {"nonprofit", "public"}
    assert all(
        row["partner_sector"] == sector.get(row["partner_organisation_id"] or "", "public") for row in ranked.opportunities
    )


def test_nobody_meets_across_regions(ranked: Any, world: Any) -> None:
    region = {row["organisation_id"]: row["region_id"] for row in world.organisations}
    for row in ranked.opportunities:
        assert (
            region[row["business_id"]] == row["region_id"] == region.get(row["partner_organisation_id"] or "", row["region_id"])
        )


def test_two_who_would_meet_in_one_region_do_not_in_two(world: Any, rank_world: Any) -> None:
    world.change(FOOD_BANK, region_id="there")
    assert (BAKERY, FOOD_BANK) not in rank_world(world).pairs()
    world.change(BAKERY, region_id="there")
    assert (BAKERY, FOOD_BANK) in rank_world(world).pairs()


@pytest.mark.parametrize("label", BARRED)
def test_who_may_not_be_put_forward_is_not(label: str, crowd: Any) -> None:
    barred = f"org_barred {label}"
    assert BARRED[label][0] in crowd.bodies()
    assert barred not in crowd.bodies()
    assert not [row for row in crowd.tables["opportunity_evidence"] if row["record_id"] == f"test:{barred}"]


def test_a_business_nobody_should_be_seen_with_meets_nobody(ranked: Any) -> None:
    assert "org_smoke_house" not in ranked.bodies()
    assert ("org_last_orders", "org_clean_start") not in ranked.pairs()


def test_two_who_may_be_one_body_are_never_put_together(world: Any, rank_world: Any, ranked: Any) -> None:
    world.reviews.append((BAKERY, FOOD_BANK))
    assert rank_world(world).pairs() == ranked.pairs() - {(BAKERY, FOOD_BANK)}


#: Kind of link, whose two ends it joins, and whether it keeps them apart.
LINKS = (
    ("parent", BAKERY, FOOD_BANK, True),
    ("branch_of_same_name", "org_page_turner", "org_first_readers", True),
    ("grant", BAKERY, PANTRY, False),
    ("partnership", "org_stone_and_reed", "org_legal_aid", False),
)


def test_kin_are_never_put_together_and_others_may_be(world: Any, rank_world: Any, ranked: Any) -> None:
    assert {(business, partner) for _, business, partner, _ in LINKS} <= ranked.pairs()
    world.links += [(kind, partner, business) for kind, business, partner, _ in LINKS]
    parted = {(business, partner) for _, business, partner, kept_apart in LINKS if kept_apart}
    assert rank_world(world).pairs() == ranked.pairs() - parted


def test_only_programmes_open_to_business_are_put_forward(ranked: Any) -> None:
    assert {partner for _, partner in ranked.pairs() if partner.startswith("test:")} == {"test:1", "test:4"}


@pytest.mark.parametrize("label", GRANTS)
def test_a_programme_is_put_forward_where_a_firm_may_apply(label: str, crowd: Any) -> None:
    assert (f"test:{label}" in crowd.bodies()) is GRANTS[label][1]


# --- what people said before ----------------------------------------------------------------------------------------


def test_a_declined_pair_stays_out_and_nothing_else_does(world: Any, rank_world: Any, ranked: Any) -> None:
    declined = [(BAKERY, FOOD_BANK), ("org_page_turner", "test:1"), ("org_gone", "org_gone_too")]
    assert rank_world(world, told=Told(declined=declined)).pairs() == ranked.pairs() - set(declined)


def _write(text: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes(text.encode(encoding))


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda path: None, []),
        (_write("business_id,partner_id\n"), []),
        (_write("business_id,partner_id\norg_a,org_b\n"), [("org_a", "org_b")]),
        (_write("business_id,partner_id\r\norg_a,org_b\r\n", "utf-8-sig"), [("org_a", "org_b")]),
        (_write('noted by,partner_id,business_id,why\nMaria, org_b ,org_a ,"moved, far"\n,,,\n'), [("org_a", "org_b")]),
        (_write("business_id,partner_id\norg_c,org_d\norg_a,org_b\norg_c,org_d\n"), [("org_a", "org_b"), ("org_c", "org_d")]),
    ],
    ids=["no file", "no line", "one line", "as Excel writes it", "own columns and an empty line", "twice"],
)
def test_declined_pairs_are_read(write: Callable[[Path], object], expected: list[tuple[str, str]], tmp_path: Path) -> None:
    write(tmp_path / "declined.csv")
    assert read_declined(tmp_path / "declined.csv") == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("business,partner_id\norg_a,org_b\n", ["lacks the columns business_id", "found business, partner_id"]),
        ("org_a,org_b\n", ["lacks the columns business_id, partner_id", "found org_a, org_b"]),
        ("business_id;partner_id\norg_a;org_b\n", ["lacks the columns business_id, partner_id", "found business_id;partner_id"]),
        ("", ["found nothing", "business_id,partner_id"]),
    ],
    ids=["one column misspelled", "no header", "semicolons", "empty file"],
)
def test_a_declined_file_without_its_columns_says_so(text: str, said: list[str], tmp_path: Path) -> None:
    path = tmp_path / "declined.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ToldFileError) as caught:
        read_declined(path)
    for words in [str(path), "first line", *said]:
        assert words in str(caught.value)


def test_a_declined_file_in_another_encoding_says_so(tmp_path: Path) -> None:
    path = tmp_path / "declined.csv"
    path.write_bytes("business_id,partner_id,noted by\norg_a,org_b,José\n".encode("cp1252"))
    with pytest.raises(ToldFileError, match="UTF-8"):
        read_declined(path)


def test_a_line_that_names_only_one_side_is_no_pair(tmp_path: Path) -> None:
    path = tmp_path / "declined.csv"
    path.write_text("business_id,partner_id\norg_a\n\norg_c,\n,org_d\norg_e,org_f\n", "utf-8")
    assert read_declined(path) == [("org_e", "org_f")]


def test_a_pair_keeps_the_day_it_was_first_seen(world: Any, rank_world: Any, ranked: Any) -> None:
    known = ranked.pair(BAKERY, FOOD_BANK)["opportunity_id"]
    later = rank_world(world, earlier={known: date(2026, 3, 1), "opp_gone": date(2026, 3, 1)}, as_of=date(2026, 12, 1))
    assert {row["opportunity_id"]: row["first_seen"] for row in later.opportunities} == {
        row["opportunity_id"]: date(2026, 3, 1) if row["opportunity_id"] == known else date(2026, 12, 1)
        for row in ranked.opportunities
    }


def test_the_days_of_before_are_read_from_what_is_published(published_database: Path) -> None:
    found = read_earlier(published_database)
    assert len(found) == 5 and set(found.values()) == {date(2026, 11, 21)}
    assert read_earlier(None) == {}


# --- words and facts ------------------------------------------------------------------------------------------------


def test_the_sentence_names_both(ranked: Any) -> None:
    for row in ranked.opportunities:
        assert row["business_name"] in row["explanation"]
        assert row["partner_name"] in row["explanation"]
        assert row["explanation"].rstrip().endswith(".")
        assert row["give"] in row["explanation"] and row["get"] in row["explanation"]


def test_a_fact_stands_behind_known_criteria_only_and_is_of_one_of_the_two(ranked: Any) -> None:
    known = {
        (row["opportunity_id"], row["criterion"])
        for row in ranked.tables["opportunity_criterion"]
        if row["sub_score"] is not None
    }
    sides = {
        row["opportunity_id"]: {
            "business": f"test:{row['business_id']}",
            "partner": row["partner_programme_id"] or f"test:{row['partner_organisation_id']}",
        }
        for row in ranked.opportunities
    }
    facts = ranked.tables["opportunity_evidence"]
    assert {(fact["opportunity_id"], fact["criterion"]) for fact in facts} <= known
    assert {fact["opportunity_id"] for fact in facts} == set(sides)
    assert [fact for fact in facts if fact["record_id"] != sides[fact["opportunity_id"]][fact["side"]]] == []


def test_coverage_counts_businesses_that_found_nobody_too(ranked: Any) -> None:
    cells = {(row["region_id"], row["industry_id"]): row for row in ranked.tables["coverage"]}
    retail = [row for row in ranked.opportunities if row["industry_id"] == "retail"]
    assert cells["here", "retail"]["business_count"] == 2
    assert {row["business_id"] for row in retail} == {"org_page_turner"}
    for (region, industry), cell in cells.items():
        own = [row for row in ranked.opportunities if (row["region_id"], row["industry_id"]) == (region, industry)]
        assert cell["opportunity_count"] == len(own)
        assert cell["partner_count"] == len({row["partner_organisation_id"] or row["partner_programme_id"] for row in own})


def test_the_order_of_the_input_changes_no_byte(world: Any, rank_world: Any, ranked: Any) -> None:
    chance = random.Random(5)
    for rows in (world.organisations, world.programmes):
        chance.shuffle(rows)
    again = rank_world(world)
    for name in ranked.tables:
        assert (again.folder / f"{name}.parquet").read_bytes() == (ranked.folder / f"{name}.parquet").read_bytes(), name


def test_an_id_is_made_of_the_two_and_the_region_alone(world: Any, rank_world: Any, ranked: Any) -> None:
    world.change(BAKERY, display_name="Other Name", size_band="small", started_on=None)
    world.organisations = [row for row in world.organisations if row["organisation_id"] in (BAKERY, FOOD_BANK)]
    assert rank_world(world).pair(BAKERY, FOOD_BANK)["opportunity_id"] == ranked.pair(BAKERY, FOOD_BANK)["opportunity_id"]


def test_nobody_to_rank_gives_empty_tables(world: Any, rank_world: Any) -> None:
    world.organisations = [row for row in world.organisations if row["sector"] == "private"]
    world.programmes = []
    empty = rank_world(world)
    assert (empty.opportunities, empty.tables["opportunity_criterion"], empty.tables["opportunity_evidence"]) == ([], [], [])
    assert sum(row["business_count"] for row in empty.tables["coverage"]) == 6
