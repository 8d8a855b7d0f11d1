"""A chamber's profile: what is read from it, and how each mistake is told: the key at fault and the mend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.ranking.engine import WEIGHTS as DEFAULT_WEIGHTS
from pipelines.profile import PROFILES, Profile, ProfileError, expand, load_profile, profile_path
from sources.practice.places import PLACES
from warehouse.columns import CRITERIA

REGION = {"id": "zz-larkmere", "name": "Larkmere", "state": "ZZ", "counties": ["Larkmere County"]}
SOURCE = {"name": "irs_bmf", "path": "eo_zz.csv"}
PROFILE: dict[str, Any] = {"name": "larkmere", "chamber": "Larkmere", "regions": [REGION], "sources": [SOURCE]}
CITY = {
    "title": "Permits",
    "publisher": "Town Hall",
    "licence": "CC0-1.0",
    "licence_url": "https://town.example",
    "attribution": "Town Hall.",
    "state": "ZZ",
    "columns": {"class": "Kind", "name": "Name", "street": "Street", "city": "Town", "postcode": "Postal"},
}

Load = Callable[..., Profile]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads the small profile above with some keys changed, or any text."""

    def run(text: str | None = None, **changed: Any) -> Profile:
        file = tmp_path / "larkmere.yaml"
        file.write_text(text if text is not None else yaml.safe_dump({**PROFILE, **changed}), "utf-8")
        return load_profile(file)

    return run


def region_with(lines: str) -> str:
    """The small profile as text, with lines as a person would write them in its region."""
    return yaml.safe_dump(PROFILE).replace("  id: zz-larkmere\n", "  id: zz-larkmere\n" + lines)


# --- what is read ----------------------------------------------------------------------------------------------------
def test_a_small_profile_has_sensible_settings_for_the_rest(load: Load) -> None:
    profile = load()
    assert (profile.name, profile.regions[0].id, profile.sources[0].name) == ("larkmere", "zz-larkmere", "irs_bmf")
    assert profile.weights == dict(DEFAULT_WEIGHTS)
    assert (profile.practice, profile.schedule.timezone, profile.places) == (None, "UTC", [])
    assert profile.lists.per_business > profile.lists.per_partner_activity


def test_the_default_weights_cover_every_criterion_once() -> None:
    assert set(DEFAULT_WEIGHTS) == set(CRITERIA)
    assert sum(DEFAULT_WEIGHTS.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("practice", {"irs_bmf", "sam_assistance_listings", "ror"}),
        ("little-rock", {"irs_bmf", "sam_assistance_listings", "ror"}),
        ("chicago", {"chicago", "irs_bmf", "sam_assistance_listings", "ror"}),
        ("liverpool", {"fhrs", "liverpool_charities", "threesixtygiving", "govuk", "ror"}),
    ],
)
def test_the_profiles_of_the_project_load_by_name(name: str, sources: set[str]) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert {source.name for source in profile.sources} >= sources
    for source in profile.sources:
        for file in source.files():
            assert (file.url is None) != (file.path is None)
    assert [file.stem for file in sorted(PROFILES.glob("*.yaml"))] == ["chicago", "little-rock", "liverpool", "practice"]


def test_the_practice_profile_knows_every_postcode_of_the_practice_town() -> None:
    assert {place.postcode for place in load_profile("practice").places} == {place.postcode for place in PLACES}


def test_a_profile_is_found_by_name_or_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert profile_path("practice") == PROFILES / "practice.yaml"
    assert profile_path(tmp_path / "mine.yml") == tmp_path / "mine.yml"
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text("name: mine", "utf-8")
    assert profile_path("mine") == Path("mine")


def test_codes_written_as_numbers_are_text(load: Load) -> None:
    profile = load(
        region_with("  postcodes: [72201, '722*']\n  codes: [5119]\n")
        + "places: [{postcode: 10101, city: L, county: C, latitude: 1, longitude: 2}]\n"
    )
    (region,) = profile.regions
    assert (region.postcodes, region.codes, profile.places[0].postcode) == (["72201", "722*"], ["5119"], "10101")


def test_a_code_that_begins_with_0_is_not_taken_for_an_octal_number(load: Load) -> None:
    # YAML 1.1 reads 00101 as 65. Found ["65"] where the quotes are forgotten.
    (region,) = load(region_with("  postcodes: [00101, 02134]\n")).regions
    assert region.postcodes == ["00101", "02134"]


@pytest.mark.parametrize(
    ("source", "locations"),
    [
        ({"path": "a.csv"}, [(None, Path("a.csv"))]),
        ({"path": ["a.csv", "b.csv"]}, [(None, Path("a.csv")), (None, Path("b.csv"))]),
        ({"path": "a.csv", "url": "https://x.example/a"}, [(None, Path("a.csv"))]),
        ({"url": "https://x.example/a"}, [("https://x.example/a", None)]),
        ({"url": ["https://x.example/{part}", "https://y.example"], "options": {"part": "q1"}},
         [("https://x.example/q1", None), ("https://y.example", None)]),
        ({"options": {"state": "zz"}}, [("https://www.irs.gov/pub/irs-soi/eo_zz.csv", None)]),
    ],
)  # fmt: skip
def test_a_file_by_hand_wins_over_an_address_and_options_fill_the_address(
    load: Load, source: dict[str, Any], locations: list[tuple[str | None, Path | None]]
) -> None:
    (found,) = load(sources=[{"name": "irs_bmf", **source}]).sources
    assert [(file.url, file.path) for file in found.files()] == locations


def test_a_city_the_project_does_not_know_comes_with_the_profile(load: Load) -> None:
    (source,) = load(sources=[{"name": "wrenhollow", "path": "permits.csv", "city": CITY}]).sources
    assert (source.register.name, source.register.title) == ("wrenhollow", "Permits")


# --- variables -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "expanded"),
    [
        ("${LARK_DIR}/a.csv", "/lark/a.csv"),
        ("${LARK_DIR:-elsewhere}/a.csv", "/lark/a.csv"),
        ("${WREN_DIR:-../wren}/a.csv", "../wren/a.csv"),
        ("${EMPTY_DIR:-../wren}/a.csv", "../wren/a.csv"),
        ("${WREN_DIR:-}a.csv", "a.csv"),
        ("${LARK_DIR}:${WREN_DIR:-b}", "/lark:b"),
        ("$LARK_DIR {LARK_DIR}", "$LARK_DIR {LARK_DIR}"),
        ({"a": ["${LARK_DIR}", 7, None, {"b": "${LARK_DIR}"}]}, {"a": ["/lark", 7, None, {"b": "/lark"}]}),
    ],
)
def test_variables_are_filled_in_wherever_text_stands(monkeypatch: pytest.MonkeyPatch, value: Any, expanded: Any) -> None:
    monkeypatch.setenv("LARK_DIR", "/lark")
    monkeypatch.setenv("EMPTY_DIR", "")
    monkeypatch.delenv("WREN_DIR", raising=False)
    assert expand(value) == expanded


def test_a_variable_without_value_or_default_is_an_error_that_names_it(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WREN_DIR", raising=False)
    with pytest.raises(ProfileError, match=r"WREN_DIR is not set; set it or write \$\{WREN_DIR:-default\}") as error:
        load(sources=[{"name": "irs_bmf", "path": "${WREN_DIR}/a.csv"}])
    assert "sources.0.path" in str(error.value)  # found the variable named, not the key that asks for it


# --- mistakes --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"chambre": "L"}, ["chambre", "not permitted"], id="unknown key"),
        pytest.param({"regions": [{**REGION, "citys": []}]}, ["regions.0.citys", "not permitted"], id="unknown key inside"),
        pytest.param({"chamber": None}, ["chamber", "string"], id="no chamber"),
        pytest.param({"name": "Lark Mere"}, ["name", "pattern"], id="name unfit for a folder"),
        pytest.param({"weights": dict.fromkeys(CRITERIA, 0.2)}, ["weights", "together 1", "1.2000"], id="weights above 1"),
        pytest.param(
            {"weights": {**DEFAULT_WEIGHTS, "fit_cause": -0.2, "place": 0.52}}, ["weights", "at least 0"], id="negative"
        ),
        pytest.param({"weights": {"fit_exchange": 1.0}}, ["weights", *CRITERIA], id="weights missing"),
        pytest.param({"weights": {**DEFAULT_WEIGHTS, "charm": 0.0}}, ["weights", "charm"], id="weight of nothing"),
        pytest.param({"regions": []}, ["regions", "at least 1"], id="no region"),
        pytest.param(
            {"regions": [{"id": "a", "name": "A"}]}, ["regions.0", "`counties`, `postcodes`", "`cities`"], id="no place"
        ),
        pytest.param(
            {"regions": [REGION, REGION]}, ["regions", "zz-larkmere occurs more than once", "remove"], id="region twice"
        ),
        pytest.param({"regions": [{**REGION, "id": "Lark Mere"}]}, ["regions.0.id", "pattern"], id="region id"),
        pytest.param({"regions": [{**REGION, "country": "usa"}]}, ["regions.0.country", "pattern"], id="country"),
        # Found accepted: a county is looked for in a state, so without one nothing is ever found in the region.
        pytest.param({"regions": [{**REGION, "state": None}]}, ["regions.0", "state"], id="counties of no state"),
        pytest.param({"sources": []}, ["sources", "at least 1"], id="no source"),
        pytest.param({"sources": [{"name": "irs"}]}, ["sources.0", "'irs'", "known: acnc", "ror"], id="unknown source"),
        pytest.param({"sources": [SOURCE, SOURCE]}, ["sources", "irs_bmf occurs more than once"], id="source twice"),
        pytest.param({"sources": [{"name": "practice"}]}, ["sources.0", "`url:` or `path:`"], id="source without address"),
        pytest.param(
            {"sources": [{"name": "wren", "path": "a", "city": {**CITY, "columns": {"class": "Kind"}}}]},
            ["sources.0", "columns.name"],
            id="city mapping",
        ),
        pytest.param({"lists": {"per_business": 0}}, ["lists.per_business", "greater than or equal to 1"], id="empty lists"),
        pytest.param({"publishing": {"keep_versions": 0}}, ["publishing.keep_versions", "1"], id="no version kept"),
        pytest.param({"practice": {"size": 0}}, ["practice.size", "greater than 0"], id="town without size"),
        pytest.param(
            {"places": [{"postcode": "1", "city": "L", "county": "C", "latitude": 91, "longitude": 0}]},
            ["places.0.latitude", "90"],
            id="off the globe",
        ),
    ],
)
def test_each_mistake_is_told_with_its_key_and_its_mend(load: Load, changed: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ProfileError) as error:
        load(**changed)
    told = str(error.value)
    assert "larkmere.yaml" in told
    assert [word for word in words if word not in told] == [], told


def test_several_mistakes_are_told_at_once(load: Load) -> None:
    with pytest.raises(ProfileError) as error:
        load(chambre="L", lists={"per_business": 0}, sources=[{"name": "irs"}])
    assert all(key in str(error.value) for key in ("chambre", "lists.per_business", "sources.0"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("regions: [", ["larkmere.yaml is not valid YAML"], id="not YAML"),
        pytest.param("", ["holds no keys", "practice.yaml"], id="empty"),
        pytest.param("- a\n- b\n", ["holds no keys", "practice.yaml"], id="a list"),
    ],
)
def test_a_file_that_is_no_profile_says_where_to_start(load: Load, text: str, words: list[str]) -> None:
    with pytest.raises(ProfileError) as error:
        load(text)
    assert [word for word in words if word not in str(error.value)] == []


def test_a_profile_that_is_not_there_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ProfileError, match="known names: chicago, little-rock, liverpool, practice; or give the path"):
        load_profile("larkmere")


def test_an_address_that_needs_an_option_says_which(load: Load) -> None:
    (source,) = load(sources=[{"name": "irs_bmf"}]).sources
    with pytest.raises(ProfileError, match=r"options: \{state: …\}"):
        source.files()
