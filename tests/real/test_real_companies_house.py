"""Real rows of Companies House, and its real download page, where they are at hand.

The files are not part of the project; `PARTNERS_REAL` says where they lie. Without them these tests are skipped.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sources.companies_house import REGISTER
from sources.frame import read_register
from sources.paging import Answer

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("PARTNERS_REAL") or ROOT.parent / "shared" / "real")
SAMPLE = REAL / "companies_house" / "BasicCompanyData-2020-06-01-part6_7_sample.zip"
PAGE = REAL / "companies_house" / "en_output_2021.html"


def there(path: Path) -> Path:
    """The path; skips where it is not there."""
    if not path.is_file():
        pytest.skip(f"{path} is not there; set PARTNERS_REAL to the folder of the real files")
    return path


def test_every_company_is_kept_and_told_rightly(tmp_path: Path) -> None:
    report = read_register(REGISTER, there(SAMPLE), {}, tmp_path / "rows.parquet")
    rows = {row["native_id"]: row for row in pq.read_table(tmp_path / "rows.parquet").to_pylist()}
    assert (report.read, report.kept, report.rejected, report.unknown_columns) == (87, 87, [], ())
    leather = rows["00169392"]
    assert leather["other_names"] == ["BLC RESEARCH", "BLC LEATHER TECHNOLOGY CENTRE"]
    assert (leather["started_on"], leather["class_codes"], leather["postcode"]) == (date(1920, 7, 31), ["74909"], "NN3 6JD")
    assert (rows["CE009945"]["sector"], rows["12344269"]["sector"]) == ("nonprofit", "private"), "a CIO; a CIC"
    assert rows["CE009945"]["identifiers"] == ["GB-COH-CE009945"]
    assert rows["RC000652"]["started_on"] is None, "a royal charter of 1965, registered as of 01/01/1981"
    assert {row["country"] for row in rows.values()} == {"GB"}


def test_nobody_in_care_of_comes_along(tmp_path: Path) -> None:
    read_register(REGISTER, there(SAMPLE), {}, tmp_path / "rows.parquet")
    rows = {row["native_id"]: row for row in pq.read_table(tmp_path / "rows.parquet").to_pylist()}
    with zipfile.ZipFile(SAMPLE) as archive:
        lines = csv.DictReader(io.StringIO(archive.read(archive.namelist()[0]).decode()))
        care_of = {line[" CompanyNumber"]: line["RegAddress.CareOf"] for line in lines if line["RegAddress.CareOf"]}
    assert care_of, "the column is there and filled"
    assert [number for number, person in care_of.items() if person in (rows[number]["street"] or "")] == []
    assert [row["street"] for row in rows.values() if "C/O" in (row["street"] or "")] == []


def test_the_real_page_leads_to_its_parts() -> None:
    asking = REGISTER.locate("http://download.companieshouse.gov.uk/en_output.html", {}, date(2021, 1, 1))  # type: ignore[misc]
    ask = next(asking)
    with pytest.raises(StopIteration) as stopped:
        asking.send(Answer(ask.url, 200, there(PAGE).read_bytes()))
    assert stopped.value.value == [
        f"http://download.companieshouse.gov.uk/BasicCompanyData-2020-06-01-part{part}_6.zip" for part in range(1, 7)
    ]
