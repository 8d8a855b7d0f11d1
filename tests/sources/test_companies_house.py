"""Companies House: blanks in the header, SIC text, forms of company, addresses, the filter by postcode area, the download page."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.companies_house import HEADER, READS, REGISTER
from sources.frame import read_register
from sources.paging import Answer, Ask
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.practice.wire_companies_house import FOLDER, HEADER_LINE, PAGE, body_lines, routes
from sources.register import ReadReport, RegisterError

Row = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Row]]]

ORDINARY = {
    "CompanyName": "OTTERBROOK BAKERY LTD",
    "CompanyNumber": "09900001",
    "RegAddress.AddressLine1": "7 MILL LANE",
    "RegAddress.AddressLine2": "MILLPOND",
    "RegAddress.PostTown": "LARKMERE",
    "RegAddress.Country": "ENGLAND",
    "RegAddress.PostCode": "ZZ1 4AB",
    "CompanyCategory": "Private Limited Company",
    "CompanyStatus": "Active",
    "IncorporationDate": "10/05/2019",
    "Accounts.LastMadeUpDate": "31/12/2025",
    "Accounts.AccountCategory": "MICRO ENTITY",
    "SICCode.SicText_1": "10710 - Manufacture of bread; manufacture of fresh pastry goods and cakes",
    "SICCode.SicText_2": "47240 - Retail sale of bread, cakes, flour confectionery and sugar confectionery in specialised stores",
    "PreviousName_1.CompanyName": "OTTER BREAD LTD",
    "PreviousName_2.CompanyName": "OTTER LTD",
}
GUARANTEE = "PRI/LTD BY GUAR/NSC (Private, limited by guarantee, no share capital)"


def company(**changed: str) -> dict[str, str]:
    """An ordinary company with some cells changed; `_` in a name stands for `.`."""
    cells = {next(c for c in HEADER if c.replace(".", "_") == name): value for name, value in changed.items()}
    return dict.fromkeys(HEADER, "") | ORDINARY | cells


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads companies as a plain file; gives the report and the rows kept."""

    def run(*rows: dict[str, str], header: str = HEADER_LINE, **options: Any) -> tuple[ReadReport, list[Row]]:
        (tmp_path / "file.csv").write_bytes(f"{header}\r\n{body_lines(list(rows))}".encode())
        report = read_register(REGISTER, tmp_path / "file.csv", options, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_an_ordinary_company_field_by_field(read: Read) -> None:
    report, [row] = read(company())
    assert report.unknown_columns == ()
    assert {name: value for name, value in row.items() if value not in (None, [])} == {
        "native_id": "09900001",
        "name": "OTTERBROOK BAKERY LTD",
        "other_names": ["OTTER BREAD LTD", "OTTER LTD"],
        "sector": "private",
        "street": "7 MILL LANE, MILLPOND",
        "city": "LARKMERE",
        "postcode": "ZZ1 4AB",
        "country": "GB",
        "class_scheme": "SIC-2007",
        "class_codes": ["10710", "47240"],
        "identifiers": ["GB-COH-09900001"],
        "status": "active",
        "started_on": date(2019, 5, 10),
        "last_filed_on": date(2025, 12, 31),
        "size_band": "micro",
    }


#: What differs from the ordinary company, the column it shows in, and how.
TRAPS: tuple[tuple[dict[str, str], str, object], ...] = (
    ({"SICCode_SicText_1": "None Supplied", "SICCode_SicText_2": ""}, "class_codes", []),
    # Four digits are codes of SIC 2003, which mean something else.
    ({"SICCode_SicText_1": "7487 - Other business activities"}, "class_codes", ["47240"]),
    ({"CompanyCategory": "Charitable Incorporated Organisation"}, "sector", "nonprofit"),
    ({"CompanyCategory": "Scottish Charitable Incorporated Organisation"}, "sector", "nonprofit"),
    ({"CompanyCategory": "PRI/LBG/NSC (Private, Limited by guarantee, …)"}, "sector", "nonprofit"),
    ({"CompanyCategory": "Community Interest Company"}, "sector", "private"),
    (
        {"CompanyCategory": GUARANTEE, "SICCode_SicText_1": "94910 - Activities of religious organizations"},
        "sector",
        "nonprofit",
    ),
    ({"CompanyCategory": GUARANTEE, "SICCode_SicText_1": "98000 - Residents property management"}, "sector", "private"),
    ({"CompanyStatus": "Liquidation"}, "status", "inactive"),
    ({"CompanyStatus": "Active - Proposal to Strike off"}, "status", "unknown"),
    ({"CompanyStatus": "Voluntary Arrangement"}, "status", "unknown"),
    ({"CompanyStatus": ""}, "status", "unknown"),
    ({"CompanyNumber": "9900001"}, "identifiers", ["GB-COH-09900001"]),
    ({"CompanyNumber": "IP28116R", "IncorporationDate": "01/01/1981"}, "started_on", None),
    ({"IncorporationDate": "01/01/1981"}, "started_on", date(1981, 1, 1)),
    ({"IncorporationDate": "31/02/2019"}, "started_on", None),
    ({"RegAddress_AddressLine1": "C/O J QUILLFEATHER 12 HIGH ST"}, "street", "12 HIGH ST, MILLPOND"),
    ({"RegAddress_AddressLine1": "C/O J QUILLFEATHER"}, "street", "MILLPOND"),
    ({"RegAddress_AddressLine2": "C/O J QUILLFEATHER"}, "street", "7 MILL LANE"),
    ({"RegAddress_AddressLine1": "", "RegAddress_AddressLine2": ""}, "street", None),
    ({"RegAddress_PostCode": "zz14ab"}, "postcode", "ZZ1 4AB"),
    ({"RegAddress_PostCode": "ZZ1"}, "postcode", None),
    ({"RegAddress_PostCode": "90210", "RegAddress_Country": "UNITED STATES"}, "country", None),
    ({"RegAddress_PostCode": "", "RegAddress_Country": ""}, "country", "GB"),
    ({"Accounts_AccountCategory": "NO ACCOUNTS FILED"}, "size_band", "unknown"),
    ({"Accounts_AccountCategory": "GROUP"}, "size_band", "large"),
    ({"PreviousName_1_CompanyName": ""}, "other_names", []),
)


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """One company a trap, read at once."""
    folder = tmp_path_factory.mktemp("companies")
    rows = [
        company(CompanyName=f"COMPANY {n:03d}", **({"CompanyNumber": f"{n:08d}"} | changed))
        for n, (changed, _, _) in enumerate(TRAPS)
    ]
    (folder / "file.csv").write_bytes(f"{HEADER_LINE}\r\n{body_lines(rows)}".encode())
    read_register(REGISTER, folder / "file.csv", {}, folder / "rows.parquet")
    return sorted(pq.read_table(folder / "rows.parquet").to_pylist(), key=lambda row: row["name"])


@pytest.mark.parametrize("place", range(len(TRAPS)), ids=[f"{column}: {changed}" for changed, column, _ in TRAPS])
def test_each_trap(trapped: list[Row], place: int) -> None:
    _, column, expected = TRAPS[place]
    assert trapped[place][column] == expected


def test_a_profile_keeps_its_postcode_areas_and_counts_the_rest(read: Read) -> None:
    places = ["L1 8JQ", "l1 8jq", "LL11 1AA", "CH41 1AA", "ZZ1 4AB", ""]
    rows = [company(CompanyNumber=f"0990000{n}", RegAddress_PostCode=code) for n, code in enumerate(places)]
    report, kept = read(*rows, postcode_areas=["L", "CH"])
    assert [row["native_id"] for row in kept] == ["09900000", "09900001", "09900003"]
    assert report.outside == {"no postcode": 1, "other postcode area": 2}
    assert (report.read, report.kept, report.rejected) == (6, 3, [])


@pytest.mark.parametrize("areas", ["L", [], ["l"], ["L1"], ["L') OR ('' = '"]])
def test_areas_that_are_none_are_refused(read: Read, areas: object) -> None:
    with pytest.raises(RegisterError, match="companies_house: postcode_areas is .*Expected a list of areas"):
        read(company(), postcode_areas=areas)


def test_persons_in_care_of_are_never_loaded() -> None:
    assert set(READS).isdisjoint(REGISTER.personal_fields)
    assert set(REGISTER.personal_fields) <= set(HEADER)


def test_a_broken_line_and_a_repeat_are_set_aside_with_their_places(read: Read, tmp_path: Path) -> None:
    lines = f'{HEADER_LINE}\r\n{body_lines([company(), company(CompanyName="")])}"BROKEN","1"\r\n{body_lines([company()])}'
    (tmp_path / "file.csv").write_text(lines, newline="")
    report = read_register(REGISTER, tmp_path / "file.csv", {}, tmp_path / "rows.parquet")
    found = sorted((row.row_number, row.rule) for row in report.rejected)
    assert found == [(2, "no name"), (3, "2 cells where the header has 55"), (4, "id occurs more than once")]
    assert (report.read, report.kept) == (4, 1)


# --- the page --------------------------------------------------------------------------------------------------------
URL = "http://download.example/en_output.html"


def located(*links: str) -> list[str]:
    """Addresses found on a page with these links."""
    asking = REGISTER.locate(URL, {}, date(2026, 6, 30))  # type: ignore[misc]
    assert next(asking) == Ask(URL, keep=False)
    page = "".join(f'<li><a href="{link}">{link} (69Mb)</a></li>' for link in links)
    with pytest.raises(StopIteration) as stopped:
        asking.send(Answer(URL, 200, page.encode()))
    found: list[str] = stopped.value.value
    return found


def test_the_parts_of_the_newest_month_are_preferred_in_their_order() -> None:
    old = "BasicCompanyData-2026-05-01-part1_1.zip"
    new = [f"BasicCompanyData-2026-06-01-part{part}_10.zip" for part in (10, *range(1, 10))]
    found = located(old, "BasicCompanyDataAsOneFile-2026-06-01.zip", *new, "other.zip", "notes.pdf")
    assert found == [f"http://download.example/BasicCompanyData-2026-06-01-part{part}_10.zip" for part in range(1, 11)]


def test_without_parts_the_one_file_is_taken() -> None:
    assert located("BasicCompanyDataAsOneFile-2026-06-01.zip") == [
        "http://download.example/BasicCompanyDataAsOneFile-2026-06-01.zip"
    ]


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ((), "links to no BasicCompanyData ZIP"),
        (
            ("BasicCompanyData-2026-06-01-part1_3.zip", "BasicCompanyData-2026-06-01-part3_3.zip"),
            r"parts \[1, 3\].*Expected 1 to 3",
        ),
    ],
)
def test_a_page_without_the_whole_file_is_refused(links: tuple[str, ...], words: str) -> None:
    with pytest.raises(RegisterError, match=words):
        located(*links)


# --- the practice town -----------------------------------------------------------------------------------------------
def test_the_town_in_this_format(tmp_path: Path) -> None:
    town = build_town(size=0.2)
    served = routes(town)

    def get(path: str) -> bytes:
        return served[path](Request(path, {}, b"", {}, "http://127.0.0.1:1")).body

    asking = REGISTER.locate(f"http://127.0.0.1:1{PAGE}", {}, date(2026, 6, 30))  # type: ignore[misc]
    next(asking)
    with pytest.raises(StopIteration) as stopped:
        asking.send(Answer(f"http://127.0.0.1:1{PAGE}", 200, get(PAGE)))
    parts = [link.removeprefix("http://127.0.0.1:1") for link in stopped.value.value]
    assert len(parts) == 2 and all(part.startswith(FOLDER) for part in parts)

    rows: list[Row] = []
    for number, part in enumerate(parts):
        (tmp_path / f"{number}.zip").write_bytes(get(part))
        with zipfile.ZipFile(tmp_path / f"{number}.zip") as archive:
            assert archive.read(archive.namelist()[0]).startswith(b"CompanyName, CompanyNumber,RegAddress.CareOf,")
        report = read_register(REGISTER, tmp_path / f"{number}.zip", {}, tmp_path / f"{number}.parquet")
        assert report.read == report.kept > 0 and report.unknown_columns == ()
        rows += pq.read_table(tmp_path / f"{number}.parquet").to_pylist()
    firms = {business.name.upper() for business in town.businesses if not business.is_natural_person}
    assert firms <= {row["name"] for row in rows}
    assert {"private", "nonprofit"} == {row["sector"] for row in rows}
    people = [name for business in town.businesses if business.is_natural_person for name in [business.name.upper()]]
    text = "\n".join(str(row) for row in rows)
    assert [name for name in (*people, *town.truth.contact_names) if name in text and name not in firms] == []
