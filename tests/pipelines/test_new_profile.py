"""A new profile is ready to use, whatever the place; what cannot be used is told with what to do instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.new_profile import NewProfileError, new_profile
from pipelines.official_places import official_place
from pipelines.profile import Profile, load_profile

UK = ["ror", "find_a_grant", "govuk", "contracts_finder", "contracts_finder_awards"]
US = ["irs_bmf", "ror", "sam_assistance_listings", "grants_gov"]


def made(tmp_path: Path, code: str, name: str | None = None) -> Profile:
    """The profile that is written for a code, as a run reads it."""
    return load_profile(new_profile(code, name, tmp_path / "town.yaml").path)


@pytest.mark.parametrize(
    ("code", "chamber", "region", "timezone", "sources"),
    [
        ("05119", "Pulaski County, Arkansas", "us-ar-pulaski-county", "America/Chicago", US),
        ("17031", "Cook County, Illinois", "us-il-cook-county", "America/Chicago", [*US, "chicago"]),
        ("06075", "San Francisco County, California", "us-ca-san-francisco-county", "America/Los_Angeles",
         [*US, "california_grants", "san_francisco"]),
        ("us-ar", "Arkansas", "us-ar-arkansas", "America/Chicago", US),
        ("E08000012", "Liverpool", "gb-liverpool", "Europe/London", ["companies_house", "ccew", "gias", *UK]),
        ("S12000033", "Aberdeen City", "gb-aberdeen-city", "Europe/London", ["companies_house", "oscr", *UK]),
        ("W06000015", "Cardiff", "gb-cardiff", "Europe/London", ["companies_house", "ccew", *UK]),
        ("N09000003", "Belfast", "gb-belfast", "Europe/London", ["companies_house", "ccni", *UK]),
        ("E12000001", "North East", "gb-north-east", "Europe/London", ["companies_house", "ccew", "gias", *UK]),
    ],
)  # fmt: skip
def test_the_profile_of_a_code(code: str, chamber: str, region: str, timezone: str, sources: list[str], tmp_path: Path) -> None:
    profile = made(tmp_path, code)
    assert (profile.chamber, profile.regions[0].id, profile.schedule.timezone) == (chamber, region, timezone)
    assert profile.regions[0].codes == [code.upper()]
    assert sorted(s.name for s in profile.sources) == sorted(sources)
    assert all(source.files() for source in profile.sources)  # each address is complete


def test_a_county_has_its_names_and_the_cities_that_are_its_own(tmp_path: Path) -> None:
    region = made(tmp_path, "05119").regions[0]
    assert (region.state, region.counties) == ("AR", ["Pulaski County"])
    assert {"Little Rock", "North Little Rock", "Sherwood", "Maumelle", "Jacksonville"} <= set(region.cities)
    assert official_place("24510").counties == ("Baltimore city", "Baltimore City")  # and as the table of ZIP codes spells it
    assert "Chicago" in official_place("17031").cities
    assert "Chicago" not in official_place("17043").cities  # its airport's ZIP alone does not take the city along


def test_registers_are_told_what_to_fetch(tmp_path: Path) -> None:
    us = {s.name: s.options for s in made(tmp_path, "05119").sources}
    assert us["irs_bmf"] == {"state": "ar"} and us["ror"] == {"country": "US", "state": "AR"}
    (tmp_path / "town.yaml").unlink()
    gb = {s.name: s.options for s in made(tmp_path, "N09000003").sources}
    assert gb["companies_house"] == {"postcode_areas": ["BT"]} and gb["ror"] == {"country": "GB"}


def test_a_district_made_of_others_in_2023_is_found_by_their_codes(tmp_path: Path) -> None:
    assert made(tmp_path, "E06000066").regions[0].codes == ["E06000066", "E07000187", "E07000188", "E07000189", "E07000246"]


def test_a_state_that_yaml_takes_for_no_stays_text(tmp_path: Path) -> None:
    assert made(tmp_path, "US-OR").regions[0].state == "OR"
    assert official_place("US-NE").state == "NE"


@pytest.mark.parametrize("code", ["05119", "US-AR", "E08000012", "E12000001"])
def test_every_example_can_be_switched_on(code: str, tmp_path: Path) -> None:
    path = new_profile(code, None, tmp_path / "town.yaml").path
    before = load_profile(path)
    path.write_text(re.sub(r"^( *)#(?! \S|$)", r"\1", path.read_text("utf-8"), flags=re.M), "utf-8")
    profile = load_profile(path)
    added = {s.name for s in profile.sources} - {s.name for s in before.sources}
    assert {"chamber_members", "chamber_directory", "known_partnerships", "overpass", "overture"} < added
    assert ("licences" in added, "fhrs" in added) == (not code.startswith("E"), code.startswith("E"))
    assert profile.priorities and profile.regions[0].postcodes and profile.regions[0].rural


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("5119", "was 05119 meant?"),
        ("05999", "the FIPS code of no US county"),
        ("51580", "no ZIP code of the tables leads there"),  # Covington: the table puts its ZIP codes into another county
        ("US-XX", "as in US-AR"),
        ("E08999999", "that of its county or region"),
        ("liverpool", "there are E08000012 (Liverpool)"),
        ("Pulaski", "05119 (Pulaski County, AR)"),
        ("Washington", "and 22 more"),
        ("../etc", "expected a US county (05119)"),
        ("", "expected a US county (05119)"),
    ],
)
def test_an_unknown_code_is_told_with_what_to_do(code: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(NewProfileError, match=re.escape(told)):
        new_profile(code, None, tmp_path / "town.yaml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Little Rock", "little-rock"),
        ("  St. John’s & Ynys Môn ", "st-johns-ynys-mon"),
        ('A "quoted": name # no comment', "a-quoted-name-no-comment"),
        ("{{ 7 * 7 }} {% raw %}", "7-7-raw"),
        ("../../etc/passwd", "etc-passwd"),
        ("no", "no"),
        ("123", "123"),
        ("商工会議所 😀", "liverpool"),
        ("x" * 300, "x" * 60),
    ],
)
def test_an_odd_name_stays_a_name(name: str, short: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = new_profile("E08000012", name).path
    assert path == Path(f"{short}.yaml")
    profile = load_profile(path)
    assert (profile.name, profile.chamber, len(profile.regions)) == (short, name.strip(), 1)


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "bell\x07", "${HOME}"])
def test_a_name_no_profile_can_hold_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(NewProfileError, match="--name"):
        new_profile("E08000012", name, tmp_path / "town.yaml")
    assert list(tmp_path.iterdir()) == []


def partners(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "160"})


def test_the_command_writes_once_and_says_what_comes_next(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "town.yaml"
    first = partners("profile", "new", "05119", "--name", "Little Rock", "--output", str(path))
    assert first.exit_code == 0, first.output
    assert "Pulaski County, Arkansas (05119)" in first.output and "where the file says BUSINESSES" in first.output
    assert f"partners profile check '{path}'" in first.output and f"partners run --profile '{path}'" in first.output
    assert "BUSINESSES" in path.read_text("utf-8")
    checked = partners("profile", "check", str(path))
    assert checked.exit_code == 0 and "In good order" in checked.output

    path.write_text("mine", "utf-8")
    again = partners("profile", "new", "E08000012", "-o", str(path))
    assert again.exit_code == 2 and "is there already; choose another file with --output" in again.output
    assert path.read_text("utf-8") == "mine"


def test_where_a_register_lists_businesses_none_has_to_be_brought(tmp_path: Path) -> None:
    result = partners("profile", "new", "E08000012", "-o", str(tmp_path / "town.yaml"))
    assert result.exit_code == 0 and "BUSINESSES" not in result.output


def test_the_command_cannot_write_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    result = partners("profile", "new", "E08000012", "-o", str(tmp_path / "file" / "town.yaml"))
    assert result.exit_code == 2 and "choose another file with --output" in result.output
