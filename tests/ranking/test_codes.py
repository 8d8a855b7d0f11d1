"""Class codes to activities: as registers write them, of the right side, the longest prefix first."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ranking import codes
from assets.ranking.bodies import complete
from assets.ranking.mended_codes import mended
from assets.ranking.ontology import load


def of(side: str, **cells: str | None) -> dict[str, float]:
    """Activities of one body with these cells."""
    found = codes.of_codes(pa.table({name: pa.array([cell], pa.string()) for name, cell in cells.items()}), side)
    assert found.schema == codes.TAGS
    return dict(zip(found["activity_id"].to_pylist(), found["confidence"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("side", "column", "cell", "expected"),
    [
        ("business", "sic", "47610", {"book_shop"}),
        ("business", "sic", "47110 - Retail sale in non-specialised stores with food", {"convenience_store"}),
        ("business", "sic", "56.10/2", {"cafe"}),
        ("business", "sic", "69102; 75000|47730", {"law_firm", "veterinarian", "pharmacy"}),
        ("business", "sic", "47760", {"florist", "pet_shop", "garden_centre"}),
        ("business", "sic", "99999", set()),
        ("business", "sic", "books", set()),
        ("business", "sic", None, set()),
        ("business", "naics", "541110", {"law_firm"}),
        # Codes of 2017 that 2022 has elsewhere.
        ("business", "naics", "446130", {"optician"}),
        ("business", "naics", "453910", {"pet_shop"}),
        ("business", "naics", "451211", {"book_shop"}),
        ("business", "naics", "448210", {"shoe_shop"}),
        ("business", "naics", "511110", {"publisher"}),
        ("partner", "ntee", "D20", {"animal_shelter"}),
        ("partner", "ukcat", "HE215;SW301", {"sight_charity", "food_bank"}),
        ("partner", "ukcat", "AN101", {"animal_shelter"}),
        ("partner", "sic", "47610", set()),
        ("business", "ukcat", "HE215", set()),
    ],
)
def test_codes_name_activities(side: str, column: str, cell: str | None, expected: set[str]) -> None:
    assert set(of(side, **{column: cell})) == expected


def test_the_first_trade_of_a_shared_code_is_surer_than_the_others() -> None:
    found = of("business", sic="47760")
    assert found["florist"] == codes.CODE_CONFIDENCE > found["pet_shop"]


def test_a_public_body_is_found_among_public_bodies_first() -> None:
    assert set(of("partner", sic="91011", sector="public")) == {"public_library"}
    assert set(of("partner", sic="91011", sector="nonprofit")) == {"library_friends"}


def test_every_shared_code_names_another_known_kind_of_its_own_side() -> None:
    for line in codes.rows("assets.ranking", "shared_codes.csv"):
        side = "business" if codes.SIDES[line["activity_id"]] == "business" else "partner"
        for asked, sectors in codes.SECTORS.items():
            found = {kind: sure for kind, sure, _ in codes.activities_of(line["system"], line["code"], sectors)}
            assert found.get(line["activity_id"]) == (float(line["confidence"]) if asked == side else None), line


def test_an_unknown_side_is_refused() -> None:
    with pytest.raises(ValueError, match="side must be one of business, partner; found 'charity'"):
        codes.of_codes(pa.table({"sic": ["47610"]}), "charity")


CELLS = st.lists(st.sampled_from(["47610", "56102;47240", "", "75000", "00000"]), min_size=1, max_size=6)


@given(CELLS, st.randoms())
def test_the_order_of_rows_changes_nothing_about_a_row(cells: list[str], random: object) -> None:
    order = list(range(len(cells)))
    random.shuffle(order)  # type: ignore[attr-defined]

    def tags(rows: list[str]) -> list[set[tuple[str, float]]]:
        found = codes.of_codes(pa.table({"sic": pa.array(rows, pa.string())}), "business").to_pylist()
        return [{(t["activity_id"], t["confidence"]) for t in found if t["row"] == row} for row in range(len(rows))]

    assert tags([cells[i] for i in order]) == [tags(cells)[i] for i in order]


@pytest.mark.parametrize(
    ("column", "code", "brake"),
    [
        ("sic", "11050", "alcohol"),
        ("sic", "46342", "alcohol"),
        ("naics", "312120", "alcohol"),
        ("naics", "424810", "alcohol"),
        ("naics", "445320", "alcohol"),
        ("sic", "12000", "tobacco"),
        ("sic", "46350", "tobacco"),
        ("naics", "312230", "tobacco"),
        ("naics", "424940", "tobacco"),
        ("naics", "453991", "tobacco"),
        ("sic", "92000", "gambling"),
        ("naics", "713210", "gambling"),
        ("naics", "721120", "gambling"),
        ("sic", "64921", "costly_credit"),
        ("sic", "64929", "costly_credit"),
        ("naics", "522298", "costly_credit"),
        ("naics", "561440", "costly_credit"),
        ("sic", "30400", "weapons"),
        ("naics", "332994", "weapons"),
    ],
)
def test_a_code_of_a_trade_that_not_everybody_wants_brings_its_brake(column: str, code: str, brake: str) -> None:
    assert any(brake in load().businesses[kind].brakes for kind in of("business", **{column: code}))


@pytest.mark.parametrize(("column", "code"), [("sic", "11070"), ("naics", "312111"), ("naics", "312112"), ("sic", "64922")])
def test_the_trade_beside_it_has_none(column: str, code: str) -> None:
    assert not any(load().businesses[kind].brakes for kind in of("business", **{column: code}))


@pytest.mark.parametrize(
    ("cell", "others", "expected"),
    [
        ("10710.0", [], "10710"),
        ("10710.0; 47110.0", [], "10710; 47110"),
        ("62.0", ["56.10/2"], "62.0"),
        ("1110", ["47110"], "01110"),
        ("1621.0", ["47110.0"], "01621"),
        ("5610", ["47110"], "5610"),
        ("1110", ["4711"], "1110"),
    ],
    ids=["a number", "two numbers", "a SIC group", "a lost zero", "both", "a class among codes", "a class among classes"],
)
def test_codes_a_spreadsheet_took_for_numbers_are_mended(cell: str, others: list[str], expected: str) -> None:
    bodies = complete(pa.table({"id": [str(n) for n in range(1 + len(others))], "sic": [cell, *others]}))
    assert mended(bodies)["sic"].to_pylist() == [expected, *(other.removesuffix(".0") for other in others)]


@pytest.mark.parametrize(
    ("said", "surest"),
    [
        (set(), "florist"),
        ({"florist"}, "florist"),
        ({"pet_shop"}, "pet_shop"),
        ({"florist", "pet_shop"}, "florist"),
        ({"bakery"}, "florist"),
    ],
    ids=["nothing", "the first of them", "another of them", "both", "a trade of another code"],
)
def test_of_trades_that_share_a_code_words_choose(said: set[str], surest: str) -> None:
    found = codes.of_codes(pa.table({"sic": ["47760"]}), "business", {0: frozenset(said)}).to_pylist()
    assert max(found, key=lambda tag: tag["confidence"])["activity_id"] == surest
    sure = {tag["activity_id"]: tag["confidence"] for tag in found}
    assert (sure["florist"] == codes.OVERRULED) is (surest == "pet_shop")
    assert (sure["pet_shop"] == codes.OVERRULED) is (said == {"florist"})
