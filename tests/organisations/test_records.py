"""Rows of many registers in one schema: sector, activity, place, persons, exclusions and the name to compare.

Every case is one row; all are built together, once. The licence mapping is the test's own, so that tuning a city's classes
changes nothing here.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from assets.organisations.records import RegisterRows, build_records
from pipelines.profile import Place, Region
from sources.business_licences import City, CityColumns
from warehouse.tables import BY_NAME

ROOT = Path(__file__).parents[2]
QUILLMERE = City(
    city="quillmere", title="Permits", publisher="Town Hall", licence="CC0-1.0", licence_url="https://q.example",
    attribution="Town Hall.", state="AR",
    columns=CityColumns.model_validate({"class": "Kind", "name": "Name", "street": "Street", "city": "Town", "postcode": "Zip"}),
    classes={"bakery": ["BREAD"], "childcare": ["CHILD MINDING"], "general_shop": ["STOCK"], "landlord": ["LETTING"],
             "department_store": ["ALL GOODS"]},
    permits=["SIGN"],
)  # fmt: skip
REGIONS = [
    Region(id="lr", name="Little Rock", state="AR", counties=["Pulaski County"], cities=["Little Rock"]),
    Region(id="pine", name="Pine", state="AR", postcodes=["716*", "72150", "722*"]),
    Region(id="lark", name="Larkmere", state="ZZ", counties=["Larkmere County"]),
    Region(id="gb-quill", name="Quill", country="GB", cities=["Quillmere-on-Sea"]),
]
PLACES = [Place(postcode="00101", city="Larkmere", county="Larkmere County", latitude=36.5, longitude=-64.5)]

LICENCE = {"name": "OTTER & WREN", "sector": "private", "city": "LITTLE ROCK", "state": "AR", "postcode": "72201",
           "country": "US", "class_scheme": "licence:quillmere", "class_codes": ["BREAD"], "status": "active"}  # fmt: skip
CHARITY = {"name": "OTTER FRIENDS", "sector": "nonprofit", "state": "AR", "postcode": "72201", "country": "US",
           "class_scheme": "NTEE", "class_codes": ["K31"], "status": "active"}  # fmt: skip
RESEARCH = {"name": "Otter Institute", "country": "US", "class_scheme": "ROR", "status": "active"}

#: label -> (row, what the record says)
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # --- sector
    "a shop": (LICENCE, {"sector": "private", "partner_exclusion": None}),
    "a church with a daycare licence": (
        {**LICENCE, "name": "LARK HILL BAPTIST CHURCH", "class_codes": ["CHILD MINDING"]},
        # Found other_nonprofit: a telling class of the other side kept the name from being asked.
        {"sector": "nonprofit", "activity_id": "congregation", "activity_basis": "name", "is_natural_person": False},
    ),
    "a foundation with a licence": ({**LICENCE, "name": "OTTER FOUNDATION"}, {"sector": "nonprofit"}),
    "a city department": (
        {**LICENCE, "name": "CITY OF QUILLMERE FLEET OFFICE", "class_codes": []},
        {"sector": "public", "activity_id": "government_agency"},
    ),
    "a school district": ({**LICENCE, "name": "QUILLMERE SCHOOL DISTRICT"}, {"sector": "public"}),
    "a name that only sounds like a church": ({**LICENCE, "name": "CHURCHILL DINER"}, {"sector": "private"}),
    "a name that only sounds like a city": ({**LICENCE, "name": "TASTE OF THE CITY"}, {"sector": "private"}),
    "a charity named like a city office": ({**CHARITY, "name": "CITY OF REFUGE"}, {"sector": "nonprofit"}),
    # --- activity
    "class": (LICENCE, {"activity_id": "bakery", "activity_basis": "class", "activity_confidence": 0.95}),
    "a telling class beats an ordinary name": (
        {**LICENCE, "name": "OTTER DAYCARE"},
        {"activity_id": "bakery", "activity_basis": "class"},
    ),
    "an overriding name beats a telling class": (
        {**LICENCE, "name": "OTTER VETERINARY CLINIC"},
        {"activity_id": "veterinarian", "activity_basis": "name"},
    ),
    "a name beats a class that says little": (
        {**LICENCE, "name": "OTTER BAKERY", "class_codes": ["STOCK"]},
        {"activity_id": "bakery", "activity_basis": "name"},
    ),
    "a class that says little and a name that says nothing": (
        {**LICENCE, "class_codes": ["STOCK"]},
        {"activity_id": "general_shop", "activity_basis": "class", "activity_confidence": 0.5},
    ),
    "a permit says nothing": (
        {**LICENCE, "class_codes": ["SIGN"]},
        {"activity_id": "other_business", "activity_basis": "none", "activity_confidence": 0.0,
         "partner_exclusion": "activity_unknown"},
    ),
    "an unknown class": ({**LICENCE, "class_codes": ["ZEBRAS"]}, {"activity_id": "other_business", "activity_basis": "none"}),
    "a name that ends as its trade does": (
        {**LICENCE, "name": "WREN'S MELLON FARM", "other_names": []}, {"activity_id": "farm", "activity_basis": "name"},
    ),
    "a class of another city": ({**LICENCE, "class_scheme": "licence:elsewhere"}, {"activity_id": "other_business"}),
    "the longest prefix of a code": (
        {**CHARITY, "class_codes": ["K31Z"]}, {"activity_id": "food_bank", "activity_basis": "class"},
    ),
    "a charity's class, of which its name says nothing": (
        {**CHARITY, "name": "OTTER AND WREN INC", "class_codes": ["K31"]}, {"activity_id": "food_bank", "activity_confidence": 0.8},
    ),
    "a charity's class, which its name says too": (
        {**CHARITY, "name": "OTTER MENTAL HEALTH CENTER INC", "class_codes": ["F30"]},
        {"activity_id": "counselling_centre", "activity_basis": "class", "activity_confidence": 0.95},
    ),
    "a charity's class, where its name says something else": (
        {**CHARITY, "name": "OTTER MENTAL HEALTH INC", "class_codes": ["K31"]}, {"activity_id": "food_bank", "activity_confidence": 0.65},
    ),
    "one side of a question that divides": (
        {**CHARITY, "name": "OTTERS FOR LIFE", "class_codes": ["R62"]},
        {"activity_id": "campaign_group", "partner_exclusion": "campaign_group"},
    ),
    "a code known by its letter alone": ({**CHARITY, "class_codes": ["K"]}, {"activity_id": "nutrition_charity"}),
    "a charity without code or telling name": (
        {**CHARITY, "class_codes": []},
        {"activity_id": "other_nonprofit", "activity_basis": "none", "partner_exclusion": "activity_unknown"},
    ),
    "an account of what it does": (
        {**CHARITY, "class_codes": [], "description": "Runs a food bank for otters."},
        {"activity_id": "food_bank", "activity_basis": "description"},
    ),
    "the objects of a deed tell no activity": (
        {**CHARITY, "class_codes": [], "description": "The objects of the charity are to run a food bank for otters."},
        {"activity_id": "other_nonprofit", "activity_basis": "none"},
    ),
    "a foundation collects for a body of the kind": (
        {**CHARITY, "name": "OTTER ACCESS TO JUSTICE FOUNDATION INC", "class_codes": []}, {"activity_id": "fundraising_group"},
    ),
    "what a second name says": (
        {**LICENCE, "class_codes": ["STOCK"], "other_names": ["OTTER & WREN BAKERY"]},
        {"activity_id": "bakery", "activity_basis": "name"},
    ),
    "a public university": (
        {**RESEARCH, "name": "University of Quill Valley", "sector": "public", "class_codes": ["education"]},
        {"activity_id": "public_university", "activity_basis": "class"},
    ),
    # --- region and place
    "region by county": (
        {**LICENCE, "postcode": "72116", "city": "NLR"},
        {"region_id": "lr", "county_name": "Pulaski County", "city": "North Little Rock", "location_precision": "zip"},
    ),
    "region by beginning of the postcode": ({**LICENCE, "postcode": "71601", "city": "P B"}, {"region_id": "pine"}),
    "region by whole postcode": ({**LICENCE, "postcode": "72150", "city": "SHERIDAN"}, {"region_id": "pine"}),
    "first region of the profile wins": ({**LICENCE, "postcode": "72205"}, {"region_id": "lr"}),
    "region by city without a postcode": (
        {**LICENCE, "postcode": None, "city": "little rock"},
        {"region_id": "lr", "county_name": None, "location_precision": "none", "latitude": None},
    ),
    "region by city with a postcode nobody knows": ({**LICENCE, "postcode": "99999"}, {"region_id": "lr"}),
    "same city in another state": ({**LICENCE, "postcode": None, "state": "TX"}, {"region_id": None}),
    "a known postcode elsewhere beats the city": (
        {**LICENCE, "postcode": "75001"}, {"region_id": None, "county_name": "Dallas County"},
    ),
    "neither postcode nor city": ({**LICENCE, "postcode": None, "city": None}, {"region_id": None}),
    "a postcode the profile brings": (
        {**LICENCE, "postcode": "00101", "state": "ZZ", "city": "LARKMEER"},
        {"region_id": "lark", "city": "Larkmere", "county_name": "Larkmere County", "latitude": 36.5, "longitude": -64.5},
    ),
    # Found no region: a region without a state was never matched by city.
    "a city of a country without states": (
        {**CHARITY, "postcode": None, "state": None, "country": "GB", "city": "Quillmere-on-Sea"}, {"region_id": "gb-quill"},
    ),
    "coordinates of a street": (
        {**CHARITY, "street": "1 WEIR RD", "latitude": 34.5, "longitude": -92.5},
        {"location_precision": "point", "latitude": 34.5, "longitude": -92.5},
    ),
    "coordinates of a city": ({**CHARITY, "latitude": 34.5, "longitude": -92.5}, {"location_precision": "city"}),
    # --- natural persons
    "a sole trader": (
        {**LICENCE, "name": "JOHN A SMITH"},
        {"is_natural_person": True, "partner_exclusion": "natural_person", "sector": "private"},
    ),
    "a landlord known by half a name": (
        {**LICENCE, "name": "LASHAWNDREA BAKER", "class_codes": ["LETTING"]}, {"is_natural_person": True},
    ),
    "the same half name over a shop": ({**LICENCE, "name": "LASHAWNDREA BAKER"}, {"is_natural_person": False}),
    "a charity that bears a person's name": ({**CHARITY, "name": "JOHN A SMITH"}, {"is_natural_person": False}),
    "a firm with a legal form": ({**LICENCE, "name": "JOHN SMITH LLC"}, {"is_natural_person": False}),
    # --- exclusions
    "a chain by its branch number": ({**LICENCE, "name": "OTTER GRILL #0123"}, {"partner_exclusion": "chain"}),
    "a chain by its store number": ({**LICENCE, "name": "OTTER STORE #12"}, {"partner_exclusion": "chain"}),
    "a chain by its brand": ({**LICENCE, "name": "7-ELEVEN"}, {"partner_exclusion": "chain"}),
    "a number that is no branch's": ({**LICENCE, "name": "OTTER GRILL #1"}, {"partner_exclusion": None}),
    "a department store": ({**LICENCE, "class_codes": ["ALL GOODS"]}, {"partner_exclusion": "chain"}),
    "a holding": ({**LICENCE, "name": "OTTER HOLDINGS LLC"}, {"partner_exclusion": "holding_company"}),
    "a landlord": ({**LICENCE, "class_codes": ["LETTING"]}, {"activity_id": "landlord", "partner_exclusion": "landlord"}),
    "a charity with holdings in its name": ({**CHARITY, "name": "OTTER HOLDINGS FRIENDS"}, {"partner_exclusion": None}),
    "the first flag": ({**CHARITY, "flags": ["business_league", "empty_shell"]}, {"partner_exclusion": "business_league"}),
    "inactive comes first": (
        {**CHARITY, "status": "inactive", "flags": ["empty_shell"]}, {"partner_exclusion": "inactive", "status": "inactive"},
    ),
    "a grantmaker": (
        {**RESEARCH, "name": "Otter Sciences", "sector": "nonprofit", "class_codes": ["funder"]},
        {"activity_id": "grantmaker", "partner_exclusion": "private_foundation"},
    ),
    # --- what is carried over
    "fields of the register": (
        {**CHARITY, "other_names": ["B", "A"], "identifiers": ["XI-ROR-2", "US-EIN-1"], "started_on": date(1990, 1, 1),
         "last_filed_on": date(2025, 12, 31), "income_amount": 7, "income_currency": "USD", "size_band": "micro",
         "description": "Otters.", "street": "1 WEIR RD"},
        {"other_names": ["A", "B"], "identifiers": ["US-EIN-1", "XI-ROR-2"], "started_on": date(1990, 1, 1),
         "last_filed_on": date(2025, 12, 31), "income_amount": 7, "income_currency": "USD", "size_band": "micro",
         "description": "Otters.", "street": "1 WEIR RD", "class_codes": ["K31"], "stale_days": 3,
         "licence": "licence of tests"},
    ),
    "size nobody told": (LICENCE, {"size_band": "unknown"}),
    "website": ({**CHARITY, "website": "https://www.Otters.example.org/home"}, {"website_domain": "otters.example.org"}),
    "website without scheme": ({**CHARITY, "website": "otters.example.org"}, {"website_domain": "otters.example.org"}),
    "no website": (CHARITY, {"website_domain": None}),
    "shown name": ({**CHARITY, "name": "OTTER FRIENDS INC"}, {"display_name": "Otter Friends Inc", "name": "OTTER FRIENDS INC"}),
    "shown name of a mended licence": (
        {**LICENCE, "name": "OTTER FINE KITCHENREPAIR", "other_names": ["OTTER FINE KITCHEN REPAIR"]},
        {"display_name": "Otter Fine Kitchen Repair", "match_name": "otter fine kitchen repair",
         "name": "OTTER FINE KITCHENREPAIR"},
    ),
    "shown name of a chapter": (
        {**CHARITY, "name": "ORDER OF OTTERS", "other_names": ["WEIR LODGE 12"]},
        {"display_name": "Order of Otters (Weir Lodge 12)", "match_name": "order of otters"},
    ),
    "shown name of a charity's guest group in a city's list": (
        {**LICENCE, "name": "OTTER LUNCH CLUB", "sector": "nonprofit", "other_names": ["WEIR CHAPEL"]},
        {"display_name": "Otter Lunch Club (Weir Chapel)", "match_name": "otter lunch club"},
    ),
    "an officer where a chapter's name belongs": (
        {**CHARITY, "name": "ORDER OF OTTERS", "other_names": ["JOHN A SMITH"]},
        {"display_name": "Order of Otters", "other_names": []},
    ),
    "address of the row itself": ({**CHARITY, "record_url": "https://own.example/9"}, {"register_url": "https://own.example/9"}),
}  # fmt: skip

#: name, state -> (name to compare, legal form)
MATCH_NAMES: dict[tuple[str, str | None], tuple[str, str | None]] = {
    ("OTTER & WREN, L.L.C.", "AR"): ("otter and wren", "llc"),
    ("Otter and Wren LLC", "AR"): ("otter and wren", "llc"),
    ("THE OTTER INN, INC.", "AR"): ("otter inn", "inc"),
    ("OTTER TRADING COMPANY", "AR"): ("otter trading", "company"),
    ("OTTER TRADING CO INC", "AR"): ("otter trading", "co"),
    ("OTTER LIMITED PARTNERSHIP", "AR"): ("otter", "limited partnership"),
    ("OTTER INCORPORATED CHURCH", "AR"): ("otter incorporated church", None),
    ("CAFÉ LOUTRE", "AR"): ("cafe loutre", None),
    ("O'MALLEY’S PUB", "AR"): ("omalleys pub", None),
    ("HILL-TOP  BAKERY/CAFE", "AR"): ("hill top bakery cafe", None),
    ("A.B.C. PLUMBING", "AR"): ("abc plumbing", None),
    ("OTTER CTR ASSN", "AR"): ("otter center association", None),
    ("OTTER SERVICE", "AR"): ("otter services", None),
    ("SAINT OTTER", "AR"): ("st otter", None),
    ("CENTRAL AR FDN", "AR"): ("central arkansas foundation", None),
    ("CENTRAL AR FDN", "TX"): ("central ar foundation", None),
    ("CENTRAL ARKANSAS FOUNDATION", None): ("central arkansas foundation", None),
    ("INC", "AR"): ("inc", None),
    ("THE", "AR"): ("the", None),
    # Found "otter trading colorado" and "smith and wren pennsylvania": the state's code was read before the legal form.
    ("OTTER TRADING CO", "CO"): ("otter trading", "co"),
    ("SMITH & WREN PA", "PA"): ("smith and wren", "pa"),
}

Register = Callable[..., RegisterRows]
Record = dict[str, Any]


@pytest.fixture(scope="module")
def records(register_rows: Register, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """The record of each case by its label, and of each name to compare by that."""
    folder = tmp_path_factory.mktemp("records")
    rows = [{**row, "native_id": label} for label, (row, _) in CASES.items()]
    rows += [{**LICENCE, "native_id": f"{name}|{state}", "name": name, "state": state} for name, state in MATCH_NAMES]
    given = register_rows(rows, folder / "rows.parquet", "tests", "https://register.example/{native_id}")
    count = build_records([given], REGIONS, PLACES, folder / "records.parquet", [QUILLMERE])
    built = pq.read_table(folder / "records.parquet").to_pylist()
    assert count == len(built) == len(rows), "every row of the register becomes a record"
    return {record["native_id"]: record for record in built}


@pytest.mark.parametrize("label", CASES)
def test_a_record_says(records: dict[str, Record], label: str) -> None:
    expected = CASES[label][1]
    assert {column: records[label][column] for column in expected} == expected


@pytest.mark.parametrize("name", MATCH_NAMES, ids=lambda key: f"{key[0]} in {key[1]}")
def test_the_name_to_compare(records: dict[str, Record], name: tuple[str, str | None]) -> None:
    record = records[f"{name[0]}|{name[1]}"]
    assert (record["match_name"], record["legal_form"]) == MATCH_NAMES[name]


def test_every_record_can_be_checked_and_belongs_to_an_industry(records: dict[str, Record]) -> None:
    with (ROOT / "sources" / "reference" / "activities.csv").open(encoding="utf-8", newline="") as file:
        industry = {row["activity_id"]: row["industry_id"] for row in csv.DictReader(file)}
    for label, record in records.items():
        assert record["record_id"] == f"tests:{label}"
        assert record["register_url"] in (f"https://register.example/{label}", "https://own.example/9")
        assert record["industry_id"] == industry[record["activity_id"]]


def test_registers_are_put_together_and_neither_their_order_nor_that_of_rows_changes_a_byte(
    register_rows: Register, tmp_path: Path
) -> None:
    rows = [{**row, "native_id": label} for label, (row, _) in CASES.items()]
    into, written = tmp_path / "records.parquet", set()
    for seed, names in ((1, ("otters", "wrens")), (2, ("wrens", "otters"))):
        shuffled = random.Random(seed).sample(rows, len(rows))
        files = [register_rows(shuffled, tmp_path / f"{name}{seed}.parquet", name) for name in names]
        assert build_records(files, REGIONS, PLACES, into, [QUILLMERE]) == 2 * len(rows)
        written.add(into.read_bytes())
    assert len(written) == 1
    table = pq.read_table(into)
    assert table.column_names == list(BY_NAME["core.organisation_record"].columns)
    found = {(r["record_id"], r["licence"], r["register_url"]) for r in table.to_pylist() if r["native_id"] == "a shop"}
    assert found == {("otters:a shop", "licence of otters", None), ("wrens:a shop", "licence of wrens", None)}
