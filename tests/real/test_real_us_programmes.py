"""Real files of the US programme registers, where they are at hand (see `test_real_registers.py`)."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import california_grants, grants_gov, grants_gov_api, pennsylvania_grants, sam_assistance_listings, sam_listings_api
from sources.frame import read_register
from sources.register import ReadReport, RecordRegister

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("PARTNERS_REAL") or ROOT.parent / "shared" / "real")

#: file -> (register, rows in it)
FILES: dict[str, tuple[RecordRegister, int]] = {
    "grants_gov/RESHAPED_GrantsDBExtract20250304v2.zip": (grants_gov.REGISTER, 2),
    "grants_gov/fetchOpportunity_358302_excerpt.json": (grants_gov_api.REGISTER, 1),
    "grants_gov/search2_response_excerpt_2026-05-28.json": (grants_gov_api.REGISTER, 3),
    "sam_assistance_listings/sample_assistance_listings.csv": (sam_assistance_listings.REGISTER, 6),
    "sam_assistance_listings/RESHAPED_AssistanceListings_from_FPI.csv": (sam_assistance_listings.REGISTER, 2_480),
    "state_grants/california_grants_portal_111c8c88_2025-06-16.json": (california_grants.REGISTER, 50),
    "state_grants/PA-grant-data.sample.json": (pennsylvania_grants.REGISTER, 322),
}
Rows = dict[str, dict[str, Any]]
Read = Callable[..., tuple[ReadReport, Rows]]


def _real(file: str) -> Path:
    if not (REAL / file).is_file():
        pytest.skip(f"{REAL / file} is not there; set PARTNERS_REAL to the folder of the real files")
    return REAL / file


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Reads a real file, once; rows by their id."""
    into, known = tmp_path_factory.mktemp("real") / "rows.parquet", {}

    def run(file: str) -> tuple[ReadReport, Rows]:
        if file not in known:
            report = read_register(FILES[file][0], _real(file), {}, into)
            known[file] = (report, {row["native_id"]: row for row in pq.read_table(into).to_pylist()})
        return known[file]

    return run


@pytest.mark.parametrize("file", FILES)
def test_every_row_is_read_and_kept(read: Read, file: str) -> None:
    report, rows = read(file)
    assert (report.read, report.kept, len(rows)) == (FILES[file][1],) * 3
    # Marks this excerpt's own maker put in, or a field that is new since; none in a whole file.
    assert report.unknown_columns == ()


@pytest.mark.parametrize("file", FILES)
def test_no_mark_of_html_or_lost_blank_is_left(read: Read, file: str) -> None:
    _, rows = read(file)
    cells = [str(row[column]) for row in rows.values() for column in ("title", "agency", "objective")]
    assert [cell for cell in cells if "\xa0" in cell or "</" in cell or "&lt;" in cell or "  " in cell] == []


def test_a_real_opportunity_is_what_the_web_page_says(read: Read) -> None:
    row = read("grants_gov/RESHAPED_GrantsDBExtract20250304v2.zip")[1]["358302"]
    assert (row["title"], row["agency"]) == ("Early Career Research Program", "Office of Science")
    assert (row["opens_on"], row["closes_on"]) == (date(2025, 1, 17), date(2025, 4, 22))
    assert (row["amount_min"], row["amount_max"]) == (875_000, 2_750_000)
    assert row["objective"].startswith("SC is an established leader of the U.S. scientific discovery")
    by_api = read("grants_gov/fetchOpportunity_358302_excerpt.json")[1]["358302"]
    assert by_api == row


def test_real_search_hits_carry_their_days(read: Read) -> None:
    row = read("grants_gov/search2_response_excerpt_2026-05-28.json")[1]["343980"]
    assert (row["opens_on"], row["closes_on"], row["status"]) == (date(2022, 1, 1), date(2026, 11, 4), "open")


def test_californian_grants(read: Read) -> None:
    _, rows = read("state_grants/california_grants_portal_111c8c88_2025-06-16.json")
    step = rows["111312"]
    assert step["title"] == "California STEP Grant – Y11 Round 4"
    assert (step["applicants"], step["amount_min"], step["amount_max"]) == (["business"], 500, 10_000)
    assert (step["opens_on"], step["closes_on"]) == (date(2025, 6, 1), date(2025, 8, 29))
    assert sum(row["status"] == "closed" for row in rows.values()) == 15
    assert {tuple(row["places"]) for row in rows.values()} == {("US-CA",)}


def test_pennsylvanian_grants(read: Read) -> None:
    _, rows = read("state_grants/PA-grant-data.sample.json")
    assert sum(row["status"] == "open" for row in rows.values()) == 82
    assert max(row["closes_on"] for row in rows.values() if row["closes_on"]) < date(2036, 1, 1)
    water = rows["dced62"]
    assert water["title"] == "PA Small Water & Sewer Program"
    assert (water["applicants"], water["amount_min"], water["amount_max"]) == (["public"], 30_000, 500_000)
    assert (
        sorted({place for row in rows.values() for place in row["places"]}) == "42045 42081 42101 42105 42117 42119 US-PA".split()
    )


def test_no_contact_of_the_portals_is_read(read: Read) -> None:
    # Names and mails were blacked out in these files; what stands in their place must not come through either.
    for file in FILES:
        _, rows = read(file)
        assert "redacted@" not in str(rows).lower()


def test_the_real_dictionary_and_agencies_say_what_codes_mean(tmp_path: Path) -> None:
    agencies = json.loads(_real("sam_assistance_listings/organizations.json").read_bytes())
    pages = [_real("sam_assistance_listings/dictionary.json").read_bytes()]
    pages += [json.dumps({"_embedded": [{"org": org}]}).encode() for org in agencies]
    pages += [json.dumps(_programme(n, org["orgKey"])).encode() for n, org in enumerate(agencies)]
    with zipfile.ZipFile(tmp_path / "pages", "w") as writer:
        for number, page in enumerate(pages):
            writer.writestr(str(number), page)
        writer.writestr("index.json", json.dumps([{"url": "", "member": str(n)} for n in range(len(pages))]))
    report = read_register(sam_listings_api.REGISTER, tmp_path / "pages", {}, tmp_path / "rows.parquet")
    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert report.kept == len(agencies) == 247
    assert rows[0]["agency"] == "Bureau of Labor Statistics"
    assert not [row["agency"] for row in rows if not row["agency"] or (row["agency"].isupper() and len(row["agency"]) > 20)]
    assert rows[0]["kinds"] == ["grant", "guarantee"]
    assert rows[0]["applicants"] == ["anyone", "business", "individual", "nonprofit", "public", "small_business", "tribal"]


def _programme(number: int, agency: int) -> dict[str, Any]:
    """An invented programme with real codes."""
    applicants = ["0031", "0033", "0035", "0041", "0025", "0019", "0009"]
    data = {
        "programNumber": f"99.{number:03d}",
        "title": "Otter Loans",
        "organizationId": str(agency),
        "eligibility": {"applicant": {"types": applicants}},
        "financial": {"obligations": [{"assistanceType": "0003009"}, {"assistanceType": "0011"}]},
    }
    return {"id": str(number), "data": data}
