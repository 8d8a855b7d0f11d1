"""Real food hygiene ratings, licences and lists mapped in a profile, where they are at hand (see `test_real_registers.py`)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import fhrs
from sources.business_licences import city_register, load_city
from sources.frame import read_register
from sources.register import ReadReport, Register

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("PARTNERS_REAL") or ROOT.parent / "shared" / "real")

COMMON = {"title": "T", "publisher": "P", "licence": "unstated", "licence_url": "https://l.example", "attribution": "A",
          "sector": "nonprofit", "country": "GB"}  # fmt: skip
FOOD = {"name": "Name", "street": "Address", "postcode": "Postcode", "class": "Category", "latitude": "lat", "longitude": "lon"}
CHARITIES = {
    "id": "reg_number", "name": "name", "postcode": "postcode", "status": "active", "started_on": "date_registered",
    "description": "activities", "website": "web", "org_id": "org_id", "income": "income", "last_filed_on": "fye",
}  # fmt: skip

#: name -> (register, file, rows in it)
FILES: dict[str, tuple[Register, str, int]] = {
    "fhrs": (fhrs.REGISTER, "fhrs/Liverpool_food_outlets_FHRS414en-GB_2021-01-27.xml", 3_959),
    "fhrs_new": (fhrs.REGISTER, "fhrs/bulk_xml_excerpt_real_records_2026-08.xml", 3),
    "chicago": (city_register("chicago"), "socrata_chicago/r5kz-chrr_sample_raw_2020.csv", 10_000),
    "chicago_2016": (city_register("chicago"), "socrata_chicago/Business_Licenses_561rows_2016.csv", 561),
    "food_parcels": (
        city_register({**COMMON, "city": "food_parcels", "columns": FOOD, "known": ["Addresses"]}),
        "liverpool_food_support/Emergency_food_suppliers.geojson",
        60,
    ),
    "pantries": (
        city_register({**COMMON, "city": "pantries", "columns": {**FOOD, "website": "Website"}}),
        "liverpool_food_support/affordable_food_initiatives_scrubbed.csv",
        40,
    ),
    "charities": (
        city_register({**COMMON, "city": "charities", "columns": CHARITIES, "identifiers": {"GB-COH": "company_number"},
                       "statuses": {"active": ["True"], "inactive": ["False"]}, "currency": "GBP"}),
        "overlap/liverpool/charities_L_postcodes.csv",
        75,
    ),
}  # fmt: skip

Read = Callable[[str], tuple[ReadReport, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Reads a real file, once; skips where it is not there."""
    folder, known = tmp_path_factory.mktemp("real"), {}

    def run(name: str) -> tuple[ReadReport, list[dict[str, Any]]]:
        register, file, _ = FILES[name]
        if not (REAL / file).is_file():
            pytest.skip(f"{REAL / file} is not there; set PARTNERS_REAL to the folder of the real files")
        if name not in known:
            report = read_register(register, REAL / file, {}, folder / f"{name}.parquet")
            known[name] = (report, pq.read_table(folder / f"{name}.parquet").to_pylist())
        return known[name]

    return run


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_read_and_none_is_lost(read: Read, name: str) -> None:
    report, rows = read(name)
    assert report.read == FILES[name][2]
    assert report.rejected == []
    assert report.kept == len(rows) == report.read - sum(report.outside.values())


def test_food_premises_of_liverpool(read: Read) -> None:
    report, rows = read("fhrs")
    assert report.unknown_columns == ()
    assert Counter(row["class_codes"][0] for row in rows).most_common(2) == [("1", 1_152), ("4613", 741)]
    assert sum(row["street"] is None for row in rows) == 155
    assert sum(row["postcode"] is not None for row in rows) == 3_789  # of 3,790: one has the letter O for a zero
    by_name = {row["name"]: row for row in rows}
    assert by_name["Alsop High School"]["sector"] == "public"
    assert by_name["Clarendon Nursery"]["sector"] == "private"
    assert by_name["Woodlands Hospice"]["sector"] == "nonprofit"
    assert {row["sector"] for row in rows if row["name"] in ("Tesco", "Greggs", "Church View")} == {"private"}


def test_licences_of_chicago(read: Read) -> None:
    report, rows = read("chicago")
    assert (len(rows), report.unknown_columns) == (9_460, ())  # accounts and sites
    city = load_city("chicago")
    known = {word for words in city.classes.values() for word in words} | set(city.permits)
    assert {code for row in rows for code in row["class_codes"]} <= known
    assert not any("REDACTED" in str(row) for row in rows)
    (shop,) = (row for row in rows if row["name"] == "GHIRARDELLI CHOCOLATE SHOP & SODA FOUNTAIN")
    assert (shop["native_id"], shop["other_names"]) == ("10057-2", ["GHIRARDELLI CHOCOLATE CO"])


def test_charities_mapped_in_a_profile(read: Read) -> None:
    _, rows = read("charities")
    (lipa,) = (row for row in rows if row["native_id"] == "1001565")
    assert lipa["identifiers"] == ["GB-CHC-1001565", "GB-COH-02511501"]
    assert (lipa["income_amount"], lipa["income_currency"], lipa["status"]) == (15_039_194, "GBP", "active")
