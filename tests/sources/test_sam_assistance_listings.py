"""The SAM assistance listings: titles, agencies, applicants and kinds of help, and officials who are never read.

Programmes and people are invented; the header, encoding and quoting are those of the real file.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.frame import read_register
from sources.paging import Answer
from sources.register import ReadReport, RegisterError, Rejected
from sources.sam_assistance_listings import FIELDS, REGISTER, locate

HEADER = (
    "Program Title", "Program Number", "Popular Name (020)", "Federal Agency (030)", "Authorization (040)", "Objectives (050)",
    "Types of Assistance (060)", "Uses and Use Restrictions (070)", "Applicant Eligibility (081)",
    "Beneficiary Eligibility (082)", "Deadlines (094)", "Regional or Local Office (151)", "Headquarters Office (152)",
    "Website Address (153)", "Published Date", "URL",
)  # fmt: skip
ORDINARY = {
    "Program Title": "Otter Habitat Loans",
    "Program Number": "99.101",
    "Federal Agency (030)": "OFFICE OF RIVERS AND OTTERS (ORO), DEPARTMENT OF STREAMS",
    "Authorization (040)": '{"list":[{"act":{"description":"Otter Act, 2019"}}]}',
    "Objectives (050)": "To mend river banks.\r\n\r\nSmall firms do the work.",
    "Types of Assistance (060)": "DIRECT LOANS;DIRECT LOANS;TRAINING",
    "Applicant Eligibility (081)": "Small business (less than 500 employees); Profit organization",
    "Deadlines (094)": '{"flag":"yes","list":[{"start":"2026-07-01","end":"2026-09-30"}]}',
    "Regional or Local Office (151)": "Barnaby Quillfeather, 2 Weir Rd",
    "Headquarters Office (152)": "Tallulah Fenwicke, 1 Lock Lane Email:tf@streams.example",
    "URL": "https://sam.example/fal/0a1b/view",
}

Row = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Row]]]


def wire(rows: Sequence[Mapping[str, str]], header: Sequence[str] = HEADER) -> bytes:
    """The rows as GSA sends them: every cell quoted, Windows code page, line feeds between rows."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**ORDINARY, **row} for row in rows)
    return text.getvalue().encode("cp1252")


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads bytes as the listings; gives the report and the programmes."""

    def run(data: bytes) -> tuple[ReadReport, list[Row]]:
        (tmp_path / "listings.csv").write_bytes(data)
        report = read_register(REGISTER, tmp_path / "listings.csv", {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_a_listing_field_by_field(read: Read) -> None:
    report, (row,) = read(wire([{}]))
    assert (report.read, report.kept) == (1, 1)
    assert row == {
        "native_id": "99.101",
        "title": "Otter Habitat Loans",
        "agency": "Office of Rivers and Otters (ORO)",
        "kinds": ["loan", "training"],
        "objective": "To mend river banks. Small firms do the work.",
        "applicants": ["business", "small_business"],
        "industries": [],
        "country": "US",
        "places": [],
        "opens_on": date(2026, 7, 1),
        "closes_on": date(2026, 9, 30),
        "amount_min": None,
        "amount_max": None,
        "currency": "USD",
        "status": "open",
        "record_url": "https://sam.example/fal/0a1b/view",
    }


def test_officials_are_nowhere_in_what_is_read(read: Read) -> None:
    _, rows = read(wire([{}]))
    assert set(REGISTER.personal_fields) == {"Headquarters Office (152)", "Regional or Local Office (151)"}
    for word in ("Tallulah", "Fenwicke", "tf@", "Barnaby", "Quillfeather"):
        assert word.lower() not in str(rows).lower()


KINDS = {
    "FORMULA GRANTS": ["formula_grant"],
    "PROJECT GRANTS;FORMULA GRANTS": ["formula_grant", "grant"],
    "Project Grants (Discretionary)": ["other"],
    "DIRECT PAYMENTS FOR A SPECIFIED USE": ["payment"],
    "DIRECT PAYMENTS WITH UNRESTRICTED USE": ["payment"],
    "GUARANTEED / INSURED LOANS": ["guarantee"],
    "GUARANTEED/INSURED LOANS": ["guarantee"],
    "INSURANCE": ["insurance"],
    "SALE, EXCHANGE, OR DONATION OF PROPERTY OR GOODS": ["goods"],
    "USE OF PROPERTY, FACILITIES, OR EQUIPMENT": ["goods"],
    "PROVISION OF SPECIALIZED SERVICES": ["service"],
    "ADVISORY SERVICES AND COUNSELING; DISSEMINATION OF TECHNICAL INFORMATION": ["service"],
    "training": ["training"],
    "SALARIES AND EXPENSES": ["other"],
    "Not Applicable": [],
    "": [],
}
APPLICANTS = {
    "Small business (less than 500 employees)": ["small_business"],
    "Profit organization": ["business"],
    "For-Profit Organization (Other than Small Business)": ["business"],
    "Anyone/general public": ["anyone"],
    "Individual/Family": ["individual"],
    "Minority group": ["minority_group"],
    "Private nonprofit institution/organization (includes institutions of higher education and hospitals)": ["nonprofit"],
    "Public nonprofit institution/organization (includes institutions of higher education and hospitals)": ["nonprofit"],
    "Quasi-public nonprofit institution/organization": ["nonprofit"],
    "Nonprofit with 501C3 IRS Status (Other than Institution of Higher Education)": ["nonprofit"],
    "State": ["public"],
    "Local (includes State-designated Indian Tribes, excludes institutions of higher education and hospitals": ["public"],
    "Other public institution/organization": ["public"],
    "U.S. Territories and possessions": ["public"],
    "Special District Government": ["public"],
    "Independent School District": ["public"],
    "Federal": ["public"],
    "Interstate; Intrastate; Government - General; City or Township Government; County Government": ["public"],
    "Native American Organizations (includes Indian groups, cooperatives, corporations, partnerships, associations)": ["tribal"],
    "Indian/Native American Tribal Government (Other than Federally Recognized)": ["tribal"],
    # Found ["public"]: the rule for `federal` comes first. 849 real listings name these governments.
    "Federally Recognized Indian Tribal Governments": ["tribal"],
    "Other (specify)": ["other"],
    "Non-Government - General": ["other"],
    "State; Small business (less than 500 employees);State; ": ["public", "small_business"],
    "N/A": [],
    "": [],
}
AGENCIES = {
    "DEPARTMENT OF STREAMS": "Department of Streams",
    "OFFICE FOR THE WEIRS, DEPARTMENT OF STREAMS": "Office for the Weirs",
    "WEIRS & LOCKS, STREAMS, DEPARTMENT OF": "Weirs & Locks",
    "STREAM CORPORATION, STREAM CORPORATION": "Stream Corporation",
    "STREAMS, DEPARTMENT OF": "Department of Streams",
    "INNER WEIRS, DEPARTMENT OF THE": "Department of the Inner Weirs",
    "UNITED WEIR GUARD (UWG), DEPARTMENT OF STREAMS": "United Weir Guard (UWG)",
    "THE OTTER COUNCIL": "The Otter Council",
    "Not Applicable": None,
    "": None,
}
OBJECTIVES = {
    "To help the town?s otters": "To help the town’s otters",
    "To help AOO?s otters": "To help AOO’s otters",  # found the ? of capitals left as it is
    "Loans ? for firms": "Loans – for firms",
    "What is an otter? See below.": "What is an otter? See below.",
    "The program’s “aim” – otters": "The program’s “aim” – otters",
    "one\n\n\ttwo   three": "one two three",
    "No Current Data Available": None,
    "N/A": None,
}


PLACES = {
    "Small firms may apply. Applicants must be located in Lark Hill County.": ["Lark Hill County"],
    "Anyone located in Otter County; firms located in Otter County; bodies located in Wren County": [
        "Otter County",
        "Wren County",
    ],
    "Firms located in McHenry County may apply.": ["McHenry County"],
    "Firms located in St. Clair County, or located in Prince George's County": ["Prince George's County", "St. Clair County"],
    "Firms located in Winston-Otter County": ["Winston-Otter County"],
    "Firms located in a county": [],
    "Firms located in the river. Otter County is near.": [],
    "Otter County": [],
    "": [],
}
CLOSES = {
    '{"flag":"yes","list":[{"start":"2025-01-01","end":"2025-02-28"},{"start":"2026-01-01","end":"2026-02-28"}]}': date(
        2026, 2, 28
    ),
    '{"flag":"yes","list":[{"end":"2026-02-28"},{"start":"2026-01-01"}]}': date(2026, 2, 28),
    '{"flag":"contact","list":[]}': None,
    '{"flag":"no"}': None,
    '{"list":[{"end":"in spring"}]}': None,
    "Ask the agency.": None,
    '["2026-02-28"]': None,
    "": None,
}


@pytest.mark.parametrize(
    ("column", "wanted", "table"),
    [
        pytest.param("Types of Assistance (060)", "kinds", KINDS, id="kinds of help"),
        pytest.param("Applicant Eligibility (081)", "applicants", APPLICANTS, id="applicants"),
        pytest.param("Federal Agency (030)", "agency", AGENCIES, id="agencies"),
        pytest.param("Objectives (050)", "objective", OBJECTIVES, id="objectives"),
        pytest.param("Applicant Eligibility (081)", "places", PLACES, id="places"),
        pytest.param("Deadlines (094)", "closes_on", CLOSES, id="last days"),
    ],
)
def test_words_of_the_file_in_ours(read: Read, column: str, wanted: str, table: dict[str, Any]) -> None:
    listings = [{"Program Number": f"99.{number:03d}", column: text} for number, text in enumerate(table)]
    _, rows = read(wire(listings))
    assert dict(zip(table, (row[wanted] for row in rows), strict=True)) == table


@pytest.mark.parametrize("cell", ['{"list":["spring"]}', '{"list":{"end":"2026-02-28"}}', '{"list":[{"end":"2026-02-30"}]}'])
def test_a_deadline_nobody_can_read_costs_no_more_than_itself(read: Read, cell: str) -> None:
    # Found the whole file lost: an AttributeError, or a day that is in no calendar.
    _, (row,) = read(wire([{"Deadlines (094)": cell}]))
    assert (row["opens_on"], row["closes_on"]) == (None, None)


def test_an_address_is_left_as_it_is(read: Read) -> None:
    # Found `view’id=7`: the mend for lost curly quotes also ran over addresses.
    url = "https://sam.example/fal/view?id=7"
    _, (row,) = read(wire([{"URL": url}]))
    assert row["record_url"] == url


def test_a_listing_without_an_address_has_none(read: Read) -> None:
    _, (row,) = read(wire([{"URL": ""}]))
    assert row["record_url"] is None


@pytest.mark.parametrize(
    ("row", "native_id", "reason"),
    [
        ({"Program Number": "9.101"}, "9.101", "program number '9.101' is not of the form NN.NNN"),
        ({"Program Number": "99.10"}, "99.10", "program number '99.10' is not of the form NN.NNN"),
        ({"Program Number": "Otter Loans"}, "Otter Loans", "program number 'Otter Loans' is not of the form NN.NNN"),
        ({"Program Number": ""}, None, "program number None is not of the form NN.NNN"),
        ({"Program Title": " "}, "99.101", "no title"),
    ],
)
def test_a_listing_without_a_proper_number_or_title_is_set_aside(
    read: Read, row: dict[str, str], native_id: str | None, reason: str
) -> None:
    report, rows = read(wire([row, {"Program Number": "99.U02"}]))
    assert [kept["native_id"] for kept in rows] == ["99.U02"]
    assert report.rejected == [Rejected(1, native_id, reason)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(wire([{}], [column for column in HEADER if column != "URL"]), id="a column is gone"),
        pytest.param(b"", id="nothing at all"),
        pytest.param(b"<!DOCTYPE html><html><body>Sorry</body></html>", id="web page"),
    ],
)
def test_another_layout_is_a_register_error(read: Read, data: bytes) -> None:
    # Found an error of DuckDB in place of it, which no stand-in snapshot catches.
    with pytest.raises(RegisterError, match=r"sam_assistance_listings: columns \[.*'URL'\] are missing"):
        read(data)


def test_header_cells_are_known_by_letters_and_digits_and_a_new_one_is_told(read: Read) -> None:
    spelt = [{"Program Number": "PROGRAM  NUMBER", "Objectives (050)": "Objectives 050"}.get(c, c) for c in HEADER]
    renamed = {new: ORDINARY.get(old, "") for old, new in zip(HEADER, spelt, strict=True)}
    report, (row,) = read(b"\xef\xbb\xbf" + wire([{**renamed, "Otters": "7"}], [*spelt, "Otters"]))
    assert (row["native_id"], row["objective"]) == ("99.101", "To mend river banks. Small firms do the work.")
    assert report.unknown_columns == ("Otters",)


def test_all_columns_of_the_file_are_known() -> None:
    assert len(FIELDS) == len(set(FIELDS)) == 38
    assert set(HEADER) <= set(FIELDS)


# --- where the weekly file lies --------------------------------------------------------------------------------------
LIST = "https://sam.example/api/listfiles?domain=Assistance%20Listings/datagov/YYYY/MM-Mon"
NAME = "AssistanceListings_DataGov_PUBLIC_WEEKLY_{}.csv"


def asked(answers: list[Answer], url: str = LIST) -> tuple[list[str], list[str]]:
    """Folders asked for, and the addresses found."""
    conversation, folders = locate(url, {}, date(2026, 3, 2)), []
    try:
        ask = next(conversation)
        while True:
            folders.append(ask.url)
            ask = conversation.send(answers.pop(0))
    except StopIteration as end:
        return folders, end.value


def listed(*names: str) -> Answer:
    body = {
        "_embedded": {
            "files": [{"key": f"Assistance Listings/datagov/2026/03-Mar/{n}", "displayKey": n, "size": 5} for n in names]
        }
    }
    return Answer("u", 200, json.dumps(body).encode())


def test_the_newest_file_of_the_month_is_taken() -> None:
    folders, found = asked([listed(NAME.format("20260208"), NAME.format("20260301"), NAME.format("20260222"), "readme.txt")])
    assert folders == ["https://sam.example/api/listfiles?domain=Assistance%20Listings/datagov/2026/03-Mar"]
    assert found == [
        f"https://sam.example/api/download/Assistance%20Listings/datagov/2026/03-Mar/{NAME.format('20260301')}?privacy=Public"
    ]


@pytest.mark.parametrize(
    "empty",
    [
        pytest.param(Answer("u", 404, b""), id="no folder yet"),
        pytest.param(listed(), id="empty folder"),
        pytest.param(Answer("u", 200, b"<html>Log in</html>"), id="web page"),
        pytest.param(Answer("u", 200, json.dumps([NAME.format("20260301") + ".md5", 7, None]).encode()), id="other names"),
    ],
)
def test_a_month_without_files_leads_to_the_month_before(empty: Answer) -> None:
    folders, found = asked([empty, Answer("u", 200, json.dumps([NAME.format("20260222")]).encode())])
    assert [folder[-12:] for folder in folders] == ["/2026/03-Mar", "/2026/02-Feb"]
    assert found[0].endswith(f"/2026/02-Feb/{NAME.format('20260222')}?privacy=Public")
    with pytest.raises(RegisterError, match="lists no weekly file for Mar 2026 or the month before.*`path:`"):
        asked([empty, empty])


def test_an_address_that_is_no_folder_list_is_the_file() -> None:
    assert asked([], "https://files.example/CURRENT.csv") == ([], ["https://files.example/CURRENT.csv"])
