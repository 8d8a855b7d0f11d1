"""Real answers of Overpass and pages and lists of chambers, where they are at hand (see test_real_registers.py)."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import chamber_directory, chamber_members, overpass, overture_categories
from sources.frame import read_register
from sources.paging import Answer
from sources.register import ReadReport, RegisterError

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("PARTNERS_REAL") or ROOT.parent / "shared" / "real")
NEW_YORK = {
    "consent": True,
    "kind": "selectors",
    "country": "US",
    "next": 'a:-soup-contains("Next Page")',
    "selectors": {
        "card": "div.business",
        "name": "h3",
        "description": "#business_description",
        "website": 'span:-soup-contains("Website:") a',
        "address": 'span:-soup-contains("Address:") a',
    },
}
AUSTIN = {"consent": True, "kind": "json_api", "country": "US"}
SAN_FRANCISCO = {"country": "US", "columns": {"name": "COMPANY", "postcode": "ZIP"}}

Read = Callable[..., tuple[ReadReport, dict[str, dict[str, Any]]]]


def real(file: str) -> Path:
    """A real file; skips where it is not there."""
    if not (REAL / file).is_file():
        pytest.skip(f"{REAL / file} is not there; set PARTNERS_REAL to the folder of the real files")
    return REAL / file


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a real file; rows by name."""

    def run(register: Any, file: str, options: dict[str, Any]) -> tuple[ReadReport, dict[str, dict[str, Any]]]:
        report = read_register(register, real(file), options, tmp_path / "rows.parquet")
        assert report.read == report.kept + len(report.rejected) + sum(report.outside.values())
        return report, {row["name"]: row for row in pq.read_table(tmp_path / "rows.parquet").to_pylist()}

    return run


@pytest.mark.parametrize(
    ("page", "name", "facts"),
    [
        (
            1,
            "3 West Club",
            {"street": "3 W. 51st Street", "city": "New York", "postcode": "10019", "website": "http://www.3westclub.com"},
        ),
        (1, "AA Walker Inc", {"street": None, "city": "Brooklyn", "state": "NY", "postcode": None}),
        (2, "Aesthetics Wallcoverings", {"street": "470 W. 24th Street, Suite 10G", "city": "New York", "postcode": "10011"}),
        (4, "Atlantic GMAT Tutoring", {"website": "https://atlanticgmat.com/", "postcode": "10022"}),
        (4, "Art is Liberty", {"website": None, "city": "Liberty", "postcode": "12754"}),
    ],
)
def test_the_members_of_a_site_of_its_own(read: Read, page: int, name: str, facts: dict[str, Any]) -> None:
    report, rows = read(chamber_directory.REGISTER, f"chamber_html/nyc_chamber_page{page}_scrubbed.html", NEW_YORK)
    assert report.read == report.kept == 25
    assert {key: rows[name][key] for key in facts} == facts
    assert sum(bool(row["street"]) for row in rows.values()) >= 20 and all(row["state"] for row in rows.values())
    said = str(rows)
    assert "REDACTED" not in said and "redacted@" not in said
    phones = re.findall(
        r"Phone: ([\d-]{10,})", real(f"chamber_html/nyc_chamber_page{page}_scrubbed.html").read_text("utf-8", "replace")
    )
    assert len(phones) > 20 and not [phone for phone in phones if phone in said]


def test_the_next_page_of_a_site_of_its_own_is_asked_for_and_no_other() -> None:
    start = "https://chamber.example/directory.php"
    asking = chamber_directory.pages(start, NEW_YORK)
    ask, asked = next(asking), []
    for page in (1, 2, 4):
        asked.append(ask.url)
        ask = asking.send(Answer(ask.url, 200, real(f"chamber_html/nyc_chamber_page{page}_scrubbed.html").read_bytes()))
    assert [*asked, ask.url] == [start, f"{start}?search=&page=2", f"{start}?search=&page=3", f"{start}?search=&page=5"]


def test_an_events_list_is_no_directory(read: Read) -> None:
    with pytest.raises(RegisterError, match="events list"):
        read(
            chamber_directory.REGISTER,
            "chamber_html/corning_growthzone_events_real.html",
            {"consent": True, "kind": "growthzone"},
        )


def test_a_json_directory(read: Read) -> None:
    report, rows = read(chamber_directory.REGISTER, "chamber_html/austin_chamber_directory.json", AUSTIN)
    assert report.read == report.kept == 101
    seton = rows["Ascension Seton"]
    assert (seton["native_id"], seton["street"], seton["postcode"]) == ("584", "1345 Philomena Street, Suite 402", "78723")
    assert seton["class_codes"] == ["Health Care", "Hospitals"]
    assert "TX" in {row["state"] for row in rows.values()} and "Tx" not in {row["state"] for row in rows.values()}
    assert not re.search(r"\(512\) \d{3}-\d{4}|</p>|<strong>", str(rows))


def test_a_member_list_by_mapping(read: Read) -> None:
    report, rows = read(chamber_members.REGISTER, "chamber_html/sf_chamber_giv_sfCompanyList.csv", SAN_FRANCISCO)
    assert report.read == report.kept == 845 and report.unknown_columns == ()
    assert rows["AT&T"]["postcode"] == "94108" and rows["ALZHEIMER'S ASSOCIATION"]["street"] == "100 PINE ST., STE. 2150"
    assert rows["ASIAN BUSINESS LEAGUE OF SAN FRANCISCO"]["postcode"] == "94119"
    phones = {
        line["PHONE"] for line in csv.DictReader(real("chamber_html/sf_chamber_giv_sfCompanyList.csv").open(encoding="utf-8-sig"))
    } - {""}
    said = str(rows)
    assert len(phones) > 700 and not [phone for phone in phones if phone in said]


@pytest.mark.parametrize(
    ("file", "outside"),
    [
        ("area-01", {"not a node, way or relation": 4}),
        ("relation-03", {"no key that tells what it does": 1}),
        ("relation-04", {"no key that tells what it does": 1}),
    ],
)
def test_answers_of_overpass_without_any_body(read: Read, file: str, outside: dict[str, int]) -> None:
    report, rows = read(overpass.REGISTER, f"overpass/{file}.json", {})
    assert report.outside == outside and report.rejected == [] and rows == {} and report.unknown_columns == ()


def test_the_categories_whose_sector_is_known_are_overture_s() -> None:
    with real("overture/overture_categories.csv").open(encoding="utf-8-sig", newline="") as file:
        known = {line[0].strip() for line in csv.reader(file, delimiter=";") if line}
    ours = overture_categories.NONPROFIT | overture_categories.PUBLIC | overture_categories.NO_ORGANISATION
    assert ours - known == set()
