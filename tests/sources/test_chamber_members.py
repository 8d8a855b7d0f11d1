"""A chamber's own spreadsheets: members and known partnerships, however they were saved. All names are invented."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import chamber_members, known_partnerships
from sources.frame import read_register
from sources.practice import wire_chamber_lists as wire
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.register import Audit, Outside, ReadReport, RecordRegister, RegisterError, Rejected

HEADER = "member_id,name,trading_name,contact,phone,email,street,city,postcode,country,website,category,consent"
MEMBER = "M1,Otter & Sons,Otter's,Amelia Quillfeather,501-555-0142,amelia@example.org,12 Quay St,Larkmere,zz1 4ab,UK,otter.example,Bakers; Cafés,yes"
PAIRS = "business_name,partner_name,since,what,business_identifier,partner_identifier,source_url"
Row = dict[str, Any]


def parsed(register: RecordRegister, text: str | bytes, **options: Any) -> list[Any]:
    """Rows, rejected and outside in their order."""
    body = text if isinstance(text, bytes) else text.encode()
    return list(register.parse(io.BytesIO(body), options, Audit(register.fields)))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[ReadReport, list[Row]]]:
    """Reads a file as the nightly run does."""

    def run(register: RecordRegister, body: bytes, **options: Any) -> tuple[ReadReport, list[Row]]:
        (tmp_path / "list.csv").write_bytes(body)
        report = read_register(register, tmp_path / "list.csv", options, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_what_a_member_s_row_holds_and_what_is_never_read() -> None:
    [row] = parsed(chamber_members.REGISTER, f"{HEADER}\n{MEMBER}\n")
    assert {key: value for key, value in row.items() if value} == {
        "native_id": "M1", "name": "Otter & Sons", "other_names": ["Otter's"], "sector": "private", "street": "12 Quay St", "city": "Larkmere",
        "postcode": "ZZ1 4AB", "country": "GB", "website": "https://otter.example", "class_scheme": "WORDS", "class_codes": ["Bakers", "Cafés"],
        "status": "active",
    }  # fmt: skip


@pytest.mark.parametrize(
    "saved",
    [
        pytest.param(lambda text: text.encode("utf-8-sig"), id="BOM"),
        pytest.param(lambda text: text.encode("cp1252"), id="cp1252"),
        pytest.param(
            lambda text: text.replace("; ", " / ").replace(",", ";").replace(" / ", "|").encode("utf-8-sig"), id="semicolons"
        ),
        pytest.param(lambda text: text.replace(",", "\t").encode(), id="tabs"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(
            lambda text: text.replace("trading_name", " Trading Name ").replace("member_id", "MEMBER-ID").encode(), id="header"
        ),
        pytest.param(lambda text: (text + ",,,,,,,,,,,,\n\n").encode(), id="blank lines"),
        pytest.param(lambda text: text.replace("Otter & Sons", "\0Otter &AMP; Sons").encode(), id="NUL and entities"),
    ],
)
def test_however_the_spreadsheet_was_saved(saved: Callable[[str], bytes]) -> None:
    [row] = parsed(chamber_members.REGISTER, saved(f"{HEADER}\n{MEMBER}\n"))
    assert (row["native_id"], row["name"], row["class_codes"]) == ("M1", "Otter & Sons", ["Bakers", "Cafés"])


@pytest.mark.parametrize("name", ["=Equal Partners", "+Plus Gym", "-40 Degrees", "@Home Care"])
def test_a_cell_that_looks_like_a_formula_is_a_name(name: str) -> None:
    [row] = parsed(chamber_members.REGISTER, f"name\n{name}\n")
    assert row["name"] == name


def test_columns_under_other_names_and_what_the_file_leaves_out() -> None:
    text = "COMPANY,PHONE,ZIP,STREET\nOtter & Sons,5015550142,00101-1234,12 Quay St\nOtter & Sons,5015550142,00102,\n"
    rows = parsed(
        chamber_members.REGISTER, text, columns={"name": "Company", "postcode": "zip"}, country="US", state="ZZ", city="Larkmere"
    )
    assert [rows[0][key] for key in ("name", "postcode", "state", "city", "country")] == [
        "Otter & Sons",
        "00101",
        "ZZ",
        "Larkmere",
        "US",
    ]
    assert re.fullmatch("[0-9a-f]{16}", rows[0]["native_id"]) and rows[0]["native_id"] != rows[1]["native_id"]


@pytest.mark.parametrize(
    ("answer", "kept"), [("yes", True), ("X", True), ("1", True), ("no", False), ("", False), ("asked", False)]
)
def test_where_consent_is_asked_only_a_yes_is_one(answer: str, kept: bool) -> None:
    [row] = parsed(chamber_members.REGISTER, f"name,consent\nOtter & Sons,{answer}\n")
    assert isinstance(row, dict) if kept else row == Outside("no consent")


def test_a_row_without_name_or_cells_cut_off_does_not_stop_the_rest() -> None:
    rows = parsed(chamber_members.REGISTER, "member_id,name,city\nM1,,Larkmere\nM2,Larch Box\n")
    assert rows[0] == Rejected(1, "M1", "no name", "name") and (rows[1]["native_id"], rows[1]["city"]) == ("M2", None)


@pytest.mark.parametrize(
    ("body", "options", "complaint"),
    [
        (b"company,city\nOtter,Larkmere\n", {}, r"\['name'\] are missing. Found: company, city"),
        (b"", {}, "missing"),
        (b"name\n\x81\x8d", {}, "no text"),
        (b"name\nOtter", {"columns": {"nmae": "COMPANY"}}, "nmae"),
        (b"name\nOtter", {"columns": "COMPANY"}, "COMPANY"),
    ],
)
def test_a_file_that_is_no_member_list_is_refused(body: bytes, options: Row, complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        parsed(chamber_members.REGISTER, body, **options)


def test_what_a_partnership_s_row_holds() -> None:
    text = f"{PAIRS},contact\nOtter & Sons,Larkmere Food Bank,2021-05,Bread given,,US-EIN-001234567,https://chamber.example/news/1,Amelia Quillfeather\n"
    [row] = parsed(known_partnerships.REGISTER, text)
    assert re.fullmatch("[0-9a-f]{16}", row.pop("native_id"))
    assert {key: value for key, value in row.items() if value} == {
        "kind": "partnership", "giver_name": "Otter & Sons", "receiver_name": "Larkmere Food Bank", "receiver_identifier": "US-EIN-001234567",
        "title": "Bread given", "agreed_on": "2021-05-01", "record_url": "https://chamber.example/news/1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (",Food Bank,,,,,", "business_name"),
        ("Otter,,,,,,", "partner_name"),
        ("Otter,Food Bank,May 2021,,,,", "since"),
        ("Otter,Food Bank,2021-13,,,,", "since"),
        ("Otter,Food Bank,,,001234567,,", "business_identifier"),
        ("Otter,Food Bank,,,,us-ein-1,", "partner_identifier"),
        ("Otter,Food Bank,,,,,javascript:alert(1)", "source_url"),
    ],
)
def test_a_partnership_with_a_fault_is_set_aside_and_says_which(line: str, field: str) -> None:
    rejected, row = parsed(known_partnerships.REGISTER, f"{PAIRS}\n{line}\nOtter,Food Bank,2021,,,,\n")
    assert (rejected.row_number, rejected.field) == (1, field) and row["agreed_on"] == "2021-01-01"


def test_the_practice_chamber_s_lists(read: Any) -> None:
    town = build_town(size=0.1)
    routes = wire.routes(town)
    request = Request("", {}, b"", {}, "http://127.0.0.1:1")
    members = routes[wire.MEMBERS_PATH](request).body
    report, rows = read(chamber_members.REGISTER, members)
    assert report.read == 63 and report.outside == {"no consent": 5} and report.rejected == [] and report.unknown_columns == ()
    assert all(
        row["street"] and row["state"] == "ZZ" and row["country"] == "US" and row["website"] and row["class_codes"]
        for row in rows
    )

    partnerships = routes[wire.PARTNERSHIPS_PATH](request).body
    report, edges = read(known_partnerships.REGISTER, partnerships)
    assert report.read == report.kept > 5 and report.unknown_columns == ()
    assert all(edge["title"].startswith("Café – ") and edge["receiver_identifier"].startswith("US-EIN-") for edge in edges)

    files, said = members.decode("utf-8-sig") + partnerships.decode("cp1252"), str(rows) + str(edges)
    people = [person for person in town.truth.contact_names if person in files]
    assert len(people) > 50 and not any(person.casefold() in said.casefold() for person in people)
    assert "555-01" in files and "555-01" not in said and "@" not in said
