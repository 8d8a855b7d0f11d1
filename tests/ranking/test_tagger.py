"""Words to activities: the main subject first, passing mentions less, look-alikes not at all."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ranking import codes, tagger
from assets.ranking.ontology import load
from assets.ranking.yaml_file import read_yaml


def tags(name: str | None, text: str | None, side: str = "partner") -> dict[str, float]:
    """Activities of one body, the surest first."""
    found = tagger.tag([name], [text], side)
    assert found.schema == codes.TAGS
    pairs = zip(found["activity_id"].to_pylist(), found["confidence"].to_pylist(), strict=True)
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


@pytest.mark.parametrize(
    ("name", "text", "first"),
    [
        ("Northside Foodbank", None, "food_bank"),
        ("St Mary's", "A night shelter for rough sleepers and a hostel for homeless people.", "homeless_shelter"),
        ("Helping Paws", "We rescue, neuter and rehome stray dogs and cats.", "animal_shelter"),
        ("Sunshine Under Fives", "A playgroup and nursery for children below compulsory school age.", "childcare_charity"),
        ("Valley Voices", "A male voice choir that sings at concerts.", "choir"),
        ("Riverside Trust", "Support for blind and partially sighted people, with a talking newspaper.", "sight_charity"),
        ("Women's Aid Westshire", "A refuge for women fleeing domestic abuse.", "refuge"),
        ("Little Wickham Village Hall", "Maintenance of the hall for hire.", "community_centre"),
        ("Hope for Tomorrow", "Comfort and lifts for people in chemotherapy; breast cancer support group.", "cancer_charity"),
        ("Wheels for All", "Community transport with minibuses and volunteer drivers.", "community_transport"),
    ],
)
def test_a_charity_is_of_the_kind_its_words_say(name: str, text: str | None, first: str) -> None:
    assert next(iter(tags(name, text))) == first


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("Retail sale of books in specialised stores", "book_shop"),
        ("Manufacture of bread; manufacture of fresh pastry goods and cakes", "bakery"),
        ("Hairdressing and other beauty treatment", "hair_salon"),
        ("Veterinary activities", "veterinarian"),
        ("Offices of Lawyers", "law_firm"),
        ("Family-run plumbing firm: bathrooms, boilers and drains", "plumber"),
        ("Independent optician with eye tests and spectacles", "optician"),
        ("Landscaping and grounds maintenance", "landscaper"),
        ("Public houses and bars", "bar"),
        ("Recovery of sorted materials", "recycler"),
    ],
)
def test_titles_and_descriptions_of_businesses_are_understood(title: str, first: str) -> None:
    assert next(iter(tags(None, title, "business"))) == first


@pytest.mark.parametrize(
    ("less", "more", "activity"),
    [
        ("We help people, such as refugees", "We help refugees", "newcomer_services"),
        ("A youth club. " + "We meet every week. " * 10 + "Once a year there is a choir.", "There is a choir", "choir"),
        ("A youth club and youth centre for young people, with a choir", "A choir", "choir"),
    ],
)
def test_a_mention_counts_less_as_an_example_late_or_beside_a_main_subject(less: str, more: str, activity: str) -> None:
    assert 0 < tags(None, less)[activity] < tags(None, more)[activity]


def test_a_name_counts_more_than_a_text() -> None:
    assert tags("Seaview Choir", None)["choir"] > tags(None, "Seaview choir")["choir"]


@pytest.mark.parametrize(
    ("text", "not_spoken_of"),
    [
        ("A club for everyone, not a church", "congregation"),
        ("Open to all without distinction of political or religious opinion", "congregation"),
        ("A not for profit body", "small_business_support"),
        ("", "food_bank"),
    ],
)
def test_what_a_text_denies_or_only_sounds_like_is_not_found(text: str, not_spoken_of: str) -> None:
    assert not_spoken_of not in tags(None, text)


def test_accents_case_plurals_and_apostrophes_make_no_difference() -> None:
    assert tags("WOMEN'S REFUGES", None) == tags("womens refuge", None) == tags("Women’s Réfuge", None)


def test_every_activity_can_be_recognised_by_words() -> None:
    book = read_yaml("words.yaml")
    unnamed = {"any", "other_business"}
    assert set(book["business"]) == set(load().businesses) - unnamed
    # What kind of place of the public sector, or of a faith, a body is, other kinds say for it.
    assert set(book["partner"]) == set(load().partners) - unnamed
    for side in ("business", "partner"):
        for activity, sorts in book[side].items():
            assert set(sorts) <= set(tagger.SURENESS), activity
            assert "sure" in sorts, activity


def test_a_side_or_a_column_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="side must be business or partner; found 'charity'"):
        tagger.tag(["a"], ["b"], "charity")
    with pytest.raises(ValueError, match="found 1 names and 0 texts"):
        tagger.tag(["a"], [], "partner")


WORDS = st.lists(
    st.sampled_from("choir homeless and the not such as blind . ; children food bank garden, é".split(" ")), max_size=12
)


@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=5), st.randoms())
def test_the_order_of_rows_changes_nothing_about_a_row(texts: list[str], random: object) -> None:
    order = list(range(len(texts)))
    random.shuffle(order)  # type: ignore[attr-defined]

    def by_row(rows: list[str]) -> list[list[tuple[str, float]]]:
        found: pa.Table = tagger.tag([None] * len(rows), rows, "partner")
        said = found.to_pylist()
        return [[(t["activity_id"], t["confidence"]) for t in said if t["row"] == row] for row in range(len(rows))]

    assert by_row([texts[i] for i in order]) == [by_row(texts)[i] for i in order]


@given(st.text(max_size=200), st.text(max_size=40), st.sampled_from(["business", "partner"]))
def test_any_text_gives_sureness_between_nought_and_one(text: str, name: str, side: str) -> None:
    assert all(0 < sure <= 1 for sure in tags(name, text, side).values())


@pytest.mark.parametrize(
    ("name", "coded", "kind", "is_told"),
    [
        ("Baker Tilly", False, "bakery", False),
        ("The Village Baker", False, "bakery", True),
        ("The Village Baker", True, "bakery", False),
        ("Millers Bakers", False, "bakery", True),
        ("Baker", False, "bakery", True),
        ("Barber Solicitors", False, "hair_salon", False),
        ("Barber Solicitors", False, "law_firm", True),
        ("Ash Road Pantry, food bank", False, "bank", False),
        ("Bank Street Dental", False, "bank", False),
    ],
)
def test_a_trade_that_is_a_surname_counts_where_nothing_else_tells(name: str, coded: bool, kind: str, is_told: bool) -> None:
    found = tagger.tag([name], [None], "business", [coded])["activity_id"].to_pylist()
    assert (kind in found) is is_told
