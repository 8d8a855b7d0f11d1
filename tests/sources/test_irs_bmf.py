"""The IRS file of exempt organisations, column by column and code by code. Every value is invented; the prefix 00 is no EIN."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.frame import read_register
from sources.irs_bmf import REGISTER
from sources.register import RegisterError

HEADER = (
    "EIN,NAME,ICO,STREET,CITY,STATE,ZIP,GROUP,SUBSECTION,AFFILIATION,CLASSIFICATION,RULING,DEDUCTIBILITY,FOUNDATION,ACTIVITY,"
    "ORGANIZATION,STATUS,TAX_PERIOD,ASSET_CD,INCOME_CD,FILING_REQ_CD,PF_FILING_REQ_CD,ACCT_PD,ASSET_AMT,INCOME_AMT,"
    "REVENUE_AMT,NTEE_CD,SORT_NAME"
)
#: A food bank in good standing.
ORDINARY = {
    "NAME": "LARKFIELD FOOD BANK INC", "ICO": "% TALLULAH FENWICKE", "STREET": "12 MILL ST", "CITY": "LARKFIELD", "STATE": "ZZ",
    "ZIP": "00101-4321", "SUBSECTION": "03", "AFFILIATION": "3", "CLASSIFICATION": "1000", "RULING": "199603",
    "DEDUCTIBILITY": "1", "FOUNDATION": "15", "ACTIVITY": "000000000", "ORGANIZATION": "1", "STATUS": "01",
    "TAX_PERIOD": "202312", "ASSET_CD": "4", "INCOME_CD": "4", "FILING_REQ_CD": "01", "PF_FILING_REQ_CD": "0", "ACCT_PD": "12",
    "ASSET_AMT": "120000", "INCOME_AMT": "345678", "REVENUE_AMT": "340000", "NTEE_CD": "K31", "SORT_NAME": "LARKFIELD PANTRY",
}  # fmt: skip
#: A body that files nothing, says nothing about itself and has no income: what is left of many small groups.
SHELL = {"INCOME_CD": "0", "INCOME_AMT": "", "TAX_PERIOD": "", "NTEE_CD": "", "FILING_REQ_CD": "02"}

#: What differs from the ordinary row, the column it shows in, what stands there.
CODES: tuple[tuple[dict[str, str], str, Any], ...] = (
    ({"ZIP": "00101-4321"}, "postcode", "00101"),
    ({"ZIP": "00101-0000"}, "postcode", "00101"),
    ({"ZIP": "00101"}, "postcode", "00101"),
    ({"ZIP": ""}, "postcode", None),
    ({"RULING": "199603"}, "started_on", date(1996, 3, 1)),
    ({"RULING": "000000"}, "started_on", None),
    ({"RULING": "199613"}, "started_on", None),
    ({"RULING": ""}, "started_on", None),
    ({"TAX_PERIOD": "202402"}, "last_filed_on", date(2024, 2, 29)),
    ({"TAX_PERIOD": ""}, "last_filed_on", None),
    ({"GROUP": "0000"}, "parent_identifiers", []),
    ({"GROUP": "0928", "AFFILIATION": "9"}, "parent_identifiers", ["US-GEN-0928"]),
    ({"GROUP": "0928", "AFFILIATION": "9"}, "parent_kind", "group_member"),
    ({"GROUP": "0928", "AFFILIATION": "9"}, "centre_of", None),
    ({"GROUP": "0928", "AFFILIATION": "7"}, "parent_kind", "group_member"),  # intermediate, a state's office
    ({"GROUP": "0928", "AFFILIATION": "6"}, "centre_of", "US-GEN-0928"),
    ({"GROUP": "0928", "AFFILIATION": "8"}, "centre_of", "US-GEN-0928"),
    ({"GROUP": "0928", "AFFILIATION": "6"}, "parent_identifiers", []),
    ({"GROUP": "0000", "AFFILIATION": "1"}, "centre_of", None),
    ({"STATUS": "01"}, "status", "active"),
    ({"STATUS": "02"}, "status", "active"),
    ({"STATUS": "25"}, "status", "inactive"),
    ({"STATUS": "12"}, "status", "unknown"),
    ({"STATUS": ""}, "status", "unknown"),
    ({"INCOME_CD": "1"}, "size_band", "micro"),
    ({"INCOME_CD": "2"}, "size_band", "micro"),
    ({"INCOME_CD": "3"}, "size_band", "micro"),
    ({"INCOME_CD": "4"}, "size_band", "small"),
    ({"INCOME_CD": "5"}, "size_band", "small"),
    ({"INCOME_CD": "6"}, "size_band", "medium"),
    ({"INCOME_CD": "7"}, "size_band", "medium"),
    ({"INCOME_CD": "8"}, "size_band", "large"),
    ({"INCOME_CD": "9"}, "size_band", "large"),
    # Filing code 02: a postcard instead of accounts, allowed up to 50,000 dollars a year.
    ({"INCOME_CD": "0", "FILING_REQ_CD": "02"}, "size_band", "micro"),
    ({"INCOME_CD": "0", "FILING_REQ_CD": "02", "TAX_PERIOD": ""}, "size_band", "unknown"),
    # Churches (06) need not file: no income in the file says nothing.
    ({"INCOME_CD": "0", "FILING_REQ_CD": "06"}, "size_band", "unknown"),
    ({"INCOME_CD": "0", "FILING_REQ_CD": "01"}, "size_band", "unknown"),
    ({"INCOME_CD": "4"}, "income_amount", 345_678),
    ({"INCOME_CD": "0", "INCOME_AMT": "0", "FILING_REQ_CD": "01"}, "income_amount", 0),
    ({"INCOME_CD": "0", "INCOME_AMT": "0", "FILING_REQ_CD": "02"}, "income_amount", None),
    ({"INCOME_CD": "0", "INCOME_AMT": "0", "FILING_REQ_CD": "06"}, "income_amount", None),
    ({"INCOME_AMT": "unknown"}, "income_amount", None),
    ({"INCOME_AMT": "-250"}, "income_amount", -250),
    ({"INCOME_CD": "4"}, "income_currency", "USD"),
    ({"INCOME_AMT": ""}, "income_currency", None),
    ({"SUBSECTION": "03"}, "flags", []),
    ({"SUBSECTION": "04"}, "flags", []),
    ({"SUBSECTION": ""}, "flags", []),
    ({"SUBSECTION": "06"}, "flags", ["business_league"]),
    ({"SUBSECTION": "07"}, "flags", ["lodge_or_social_club"]),
    ({"SUBSECTION": "08"}, "flags", ["lodge_or_social_club"]),
    ({"SUBSECTION": "10"}, "flags", ["lodge_or_social_club"]),
    ({"SUBSECTION": "19"}, "flags", ["lodge_or_social_club"]),
    ({"SUBSECTION": "05"}, "flags", ["mutual_benefit"]),
    ({"SUBSECTION": "13"}, "flags", ["mutual_benefit"]),
    ({"SUBSECTION": "14"}, "flags", ["mutual_benefit"]),
    ({"SUBSECTION": "92"}, "flags", ["private_foundation"]),
    ({"FOUNDATION": "02"}, "flags", ["private_foundation"]),
    ({"FOUNDATION": "03"}, "flags", ["private_foundation"]),
    ({"FOUNDATION": "04"}, "flags", ["private_foundation"]),
    ({"FOUNDATION": "00"}, "flags", []),
    (SHELL, "flags", ["empty_shell"]),
    ({**SHELL, "FOUNDATION": "10"}, "flags", []),
    ({**SHELL, "NTEE_CD": "K31"}, "flags", []),
    ({**SHELL, "TAX_PERIOD": "202312"}, "flags", []),
    ({**SHELL, "INCOME_CD": "1"}, "flags", []),
    ({**SHELL, "SUBSECTION": "08"}, "flags", ["lodge_or_social_club", "empty_shell"]),
    ({"NTEE_CD": "k31z"}, "class_codes", ["K31Z"]),
    ({"NTEE_CD": ""}, "class_codes", []),
    ({"NTEE_CD": "", "FOUNDATION": "10"}, "class_codes", ["X20"]),
    ({"NTEE_CD": "", "FOUNDATION": "11"}, "class_codes", ["B20"]),
    ({"NTEE_CD": "P30", "FOUNDATION": "10"}, "class_codes", ["P30"]),
    ({"SORT_NAME": "LARK PANTRY"}, "other_names", ["LARK PANTRY"]),
    ({"SORT_NAME": ""}, "other_names", []),
    # A trustee's, a sole member's or a contact's name is a private person's.
    ({"SORT_NAME": "QUILLFEATHER B TTEE"}, "other_names", []),
    ({"SORT_NAME": "WILLA QUILLFEATHER TREASURER"}, "other_names", []),
    ({"SORT_NAME": "ATTN W QUILLFEATHER"}, "other_names", []),
    ({"SORT_NAME": "ACCOUNTING SLOT 12"}, "other_names", []),
    ({"SORT_NAME": "TWO HARBOUR CENTRE"}, "other_names", []),
    ({"SORT_NAME": "PO BOX 12"}, "other_names", []),
    ({"SORT_NAME": "HARBOUR LEARNING CENTER"}, "other_names", ["HARBOUR LEARNING CENTER"]),
    ({"SORT_NAME": "QUILLFEATHER TRUSTEE"}, "other_names", []),
    ({"SORT_NAME": "B QUILLFEATHER SOLE MBR"}, "other_names", []),
    ({"SORT_NAME": "% B QUILLFEATHER"}, "other_names", []),
)


def wire(rows: list[Mapping[str, str]]) -> bytes:
    """The rows as the IRS sends them: CRLF, quotes only where needed."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER.split(","), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({"EIN": f"00{number:07d}", **ORDINARY, **row} for number, row in enumerate(rows))
    return text.getvalue().encode("ascii")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The ordinary row, then one row a case, read at once."""
    folder = tmp_path_factory.mktemp("irs")
    (folder / "eo_zz.csv").write_bytes(wire([{}, *(changed for changed, _, _ in CODES)]))
    report = read_register(REGISTER, folder / "eo_zz.csv", {"state": "zz"}, folder / "rows.parquet")
    assert (report.kept, report.rejected, report.unknown_columns) == (len(CODES) + 1, [], ())
    return pq.read_table(folder / "rows.parquet").to_pylist()


def test_an_ordinary_row_field_by_field(rows: list[dict[str, Any]]) -> None:
    assert rows[0] == {
        "native_id": "000000000",
        "name": "LARKFIELD FOOD BANK INC",
        "other_names": ["LARKFIELD PANTRY"],
        "sector": "nonprofit",
        "street": "12 MILL ST",
        "city": "LARKFIELD",
        "state": "ZZ",
        "postcode": "00101",
        "country": "US",
        "latitude": None,
        "longitude": None,
        "website": None,
        "description": None,
        "class_scheme": "NTEE",
        "class_codes": ["K31"],
        "identifiers": ["US-EIN-000000000"],
        "status": "active",
        "started_on": date(1996, 3, 1),
        "last_filed_on": date(2023, 12, 31),
        "income_amount": 345_678,
        "income_currency": "USD",
        "size_band": "small",
        "flags": [],
        "parent_identifiers": [],
        "parent_name": None,
        "parent_kind": None,
        "centre_of": None,
        "record_url": None,
    }


@pytest.mark.parametrize(
    ("place", "column", "expected"),
    [
        pytest.param(place, column, expected, id=f"{column}: {' '.join(f'{k}={v}' for k, v in changed.items())}")
        for place, (changed, column, expected) in enumerate(CODES, start=1)
    ],
)
def test_each_code_means_what_the_publication_says(rows: list[dict[str, Any]], place: int, column: str, expected: Any) -> None:
    assert rows[place][column] == expected


def test_an_amount_that_is_not_known_has_no_currency(rows: list[dict[str, Any]]) -> None:
    # Found USD beside no amount wherever income code 0 hides the 0 of a body that does not report.
    assert [row["income_currency"] for row in rows if row["income_amount"] is None and row["income_currency"]] == []


def test_the_care_of_person_is_nowhere_in_what_is_read(rows: list[dict[str, Any]]) -> None:
    assert "ICO" in REGISTER.personal_fields
    assert "TALLULAH" not in str(rows)
    assert "FENWICKE" not in str(rows)


def test_a_file_without_a_column_the_codes_need_is_refused(tmp_path: Path) -> None:
    (tmp_path / "eo_zz.csv").write_bytes(wire([{}]).replace(b"FILING_REQ_CD,", b"", 1))
    with pytest.raises(RegisterError, match=r"irs_bmf: columns \['FILING_REQ_CD'\] are missing"):
        read_register(REGISTER, tmp_path / "eo_zz.csv", {}, tmp_path / "rows.parquet")


def test_the_address_is_that_of_the_state_the_profile_names() -> None:
    assert REGISTER.url is not None
    assert REGISTER.url.format(state="zz") == "https://www.irs.gov/pub/irs-soi/eo_zz.csv"
