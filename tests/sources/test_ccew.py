"""The Charity Commission's register: tables joined, framing of its JSON and TSV, linked and removed charities, codes, addresses."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.ccew import REGISTER
from sources.frame import read_register
from sources.practice.charities import charities
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.practice.wire_ccew import FOLDER, routes
from sources.register import ReadReport, RegisterError, Rejected

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Read = Callable[..., tuple[ReadReport, list[Row]]]

EXTRACT = {"date_of_extract": "2026-06-30T00:00:00"}
ORDINARY: Row = {
    "organisation_number": 5990010,
    "registered_charity_number": 9990001,
    "linked_charity_number": 0,
    "charity_name": "OTTERBROOK PANTRY",
    "charity_registration_status": "Registered",
    "date_of_registration": "2011-05-09T00:00:00",
    "latest_acc_fin_period_end_date": "2026-03-31T00:00:00",
    "latest_income": 120500,
    "charity_contact_address1": "C/O Mrs J Quillfeather",
    "charity_contact_address2": "7 Mill Lane",
    "charity_contact_address3": "LARKMERE",
    "charity_contact_address4": "LARKSHIRE",
    "charity_contact_address5": None,
    "charity_contact_postcode": "zz14ab",
    "charity_contact_phone": "0151 496 0001",
    "charity_contact_email": "j.quillfeather@example.org",
    "charity_contact_web": "www.otterbrook.example",
    "charity_company_registration_number": "700001",
    "charity_insolvent": False,
    "cio_is_dissolved": None,
    "charity_activities": "FOOD  FOR\r\nALL",
}
EVERY_COLUMN = {name: None for name in (*REGISTER.tables["charity"].known, *ORDINARY) if name not in EXTRACT}


def charity(**changed: Any) -> Row:
    """An ordinary charity with every column of the register, some changed."""
    return EVERY_COLUMN | ORDINARY | changed


def of(number: int, **cells: Any) -> Row:
    """A row of another table for the charity with this organisation number."""
    return {"organisation_number": number, "registered_charity_number": 1, "linked_charity_number": 0, **cells}


def classes(number: int, *codes: int) -> list[Row]:
    """Classification rows."""
    return [of(number, classification_code=c, classification_type="What", classification_description="x") for c in codes]


def names(number: int, **by_kind: str) -> list[Row]:
    """Rows of other names."""
    return [
        of(number, charity_name_id=n, charity_name_type=f"{kind} name", charity_name=name)
        for n, (kind, name) in enumerate(by_kind.items())
    ]


def as_json(rows: list[Row]) -> bytes:
    """As the Commission frames JSON: BOM, a comma that leads the next line, CRLF."""
    lines = "\r\n,".join(json.dumps(EXTRACT | row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return f"[{lines}\r\n]".encode("utf-8-sig")


def as_tsv(rows: list[Row]) -> bytes:
    """As it frames text: tabs, no quotes, a backslash before a tab that belongs to a value."""
    header = [*EXTRACT, *rows[0]]
    cell = lambda value: "" if value is None else str(value).replace("\t", "\\\t").replace("\r\n", " ")  # noqa: E731
    lines = ["\t".join(header), *("\t".join(cell((EXTRACT | row)[c]) for c in header) for row in rows)]
    return "\r\n".join(lines).encode() + b"\r\n"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads tables as ZIPs (or plain files) in one of the two framings; gives the report and the rows kept."""

    def run(
        framed: Callable[[list[Row]], bytes] = as_json, packed: bool = True, **tables: list[Row] | bytes
    ) -> tuple[ReadReport, list[Row]]:
        paths = {}
        for table, rows in tables.items():
            data = rows if isinstance(rows, bytes) else framed(rows)
            paths[table] = tmp_path / f"{table}.zip"
            if packed:
                with zipfile.ZipFile(paths[table], "w") as archive:
                    archive.writestr(f"publicextract.{table}.{'json' if framed is as_json else 'txt'}", data)
            else:
                paths[table].write_bytes(data)
        report = read_register(REGISTER, paths, {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "plain"])
@pytest.mark.parametrize("framed", [as_json, as_tsv])
def test_an_ordinary_charity_field_by_field(read: Read, framed: Callable[[list[Row]], bytes], packed: bool) -> None:
    report, [row] = read(
        framed,
        packed,
        charity=[charity()],
        charity_classification=classes(5990010, 306, 101, 207, 105),
        charity_other_names=names(5990010, Previous="OLD PANTRY", Working="  The Pantry"),
        charity_governing_document=[
            of(5990010, governing_document_description="CIO", charitable_objects="TO FEED", area_of_benefit="")
        ],
    )
    assert {name: value for name, value in row.items() if value not in (None, [])} == {
        "native_id": "9990001",
        "name": "OTTERBROOK PANTRY",
        "other_names": ["The Pantry", "OLD PANTRY"],
        "sector": "nonprofit",
        "street": "7 Mill Lane",
        "city": "LARKMERE",
        "postcode": "ZZ1 4AB",
        "country": "GB",
        "website": "www.otterbrook.example",
        "description": "FOOD FOR ALL",
        "class_scheme": "CCEW",
        "class_codes": ["105", "101", "207", "306"],
        "identifiers": ["GB-CHC-9990001", "GB-COH-00700001"],
        "status": "active",
        "started_on": date(2011, 5, 9),
        "last_filed_on": date(2026, 3, 31),
        "income_amount": 120_500,
        "income_currency": "GBP",
        "size_band": "medium",
        "record_url": "https://register-of-charities.charitycommission.gov.uk/charity-search/-/charity-details/5990010",
    }
    assert (report.read, report.kept, report.rejected, report.unknown_columns) == (1, 1, [], ())
    assert (report.filled["city"], report.filled["other_names"], report.filled["latitude"], report.filled["flags"]) == (
        1,
        1,
        0,
        0,
    )


#: What differs from the ordinary charity, the column it shows in, and how.
TRAPS: tuple[tuple[Row, str, object], ...] = (
    ({"charity_company_registration_number": "sc123456"}, "identifiers", "GB-COH-SC123456"),
    ({"charity_company_registration_number": "0"}, "identifiers", None),
    ({"charity_company_registration_number": "n/a"}, "identifiers", None),
    ({"charity_insolvent": True}, "status", "inactive"),
    ({"cio_is_dissolved": True}, "status", "inactive"),
    ({"latest_income": None}, "income_currency", None),
    ({"latest_income": None}, "size_band", "unknown"),
    ({"latest_income": 9_999}, "size_band", "micro"),
    ({"latest_income": 10_000}, "size_band", "small"),
    ({"latest_income": 1_000_000}, "size_band", "large"),
    ({"charity_contact_postcode": "LARKMERE"}, "postcode", None),
    ({"charity_contact_web": "none@example.org"}, "website", None),
    ({"charity_contact_address1": "1 Quay", "charity_contact_address2": "Millpond"}, "street", "1 Quay, Millpond"),
    ({"charity_contact_address3": "Kent", "charity_contact_address4": "England"}, "city", None),
    # Damage done in the register itself is left as it is.
    ({"charity_name": "STANFORD BEQUEST OF ·500"}, "name", "STANFORD BEQUEST OF ·500"),
    ({"charity_name": 'SAY "WHEN", NOW\\LATER'}, "name", 'SAY "WHEN", NOW\\LATER'),
    ({"charity_name": "A\0B"}, "name", "AB"),
)


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """One charity a trap, read at once."""
    folder = tmp_path_factory.mktemp("ccew")
    rows = [
        charity(**{"registered_charity_number": n, "organisation_number": n + 7, **changed})
        for n, (changed, _, _) in enumerate(TRAPS)
    ]
    (folder / "charity.json").write_bytes(as_json(rows).replace(b"\\u0000", b"\0"))
    report = read_register(REGISTER, folder / "charity.json", {}, folder / "rows.parquet")
    assert report.rejected == []
    return {row["native_id"]: row for row in pq.read_table(folder / "rows.parquet").to_pylist()}


@pytest.mark.parametrize("place", range(len(TRAPS)), ids=[f"{column}: {changed}" for changed, column, _ in TRAPS])
def test_each_trap(trapped: dict[str, Row], place: int) -> None:
    _, column, expected = TRAPS[place]
    row = trapped[str(place)]
    if column == "identifiers":
        assert row[column] == [f"GB-CHC-{place}", *([expected] if expected else [])]
    else:
        assert row[column] == expected


def test_removed_charities_are_left_out_and_counted(read: Read) -> None:
    removed = charity(organisation_number=8, registered_charity_number=8, charity_registration_status="Removed")
    report, rows = read(charity=[removed, {**removed, "linked_charity_number": 1}, charity()])
    assert [row["name"] for row in rows] == ["OTTERBROOK PANTRY"]
    assert (report.read, report.kept, report.rejected, report.outside) == (3, 1, [], {"removed": 2})


def test_a_linked_charity_tells_of_the_main_one_and_claims_none_of_its_numbers(read: Read) -> None:
    # Under the number they share it would be set aside as a repeat, or worse stand for the main charity.
    linked = charity(organisation_number=6, linked_charity_number=1, charity_name="BEQUEST")
    report, [main, bequest] = read(charity=[linked, charity()], charity_classification=classes(6, 105))
    assert report.rejected == []
    assert (bequest["native_id"], bequest["identifiers"], bequest["class_codes"]) == ("9990001-1", [], ["105"])
    assert (bequest["parent_identifiers"], bequest["parent_kind"]) == (["GB-CHC-9990001"], "linked_charity")
    assert bequest["flags"] == ["linked_charity"], "no partner by itself"
    assert (main["native_id"], main["parent_identifiers"], main["parent_kind"], main["flags"]) == ("9990001", [], None, [])


def test_tables_are_joined_by_organisation_and_not_by_registered_number(read: Read) -> None:
    theirs = [{**row, "registered_charity_number": 9990001} for row in classes(777, 111)]
    _, [row] = read(charity=[charity()], charity_classification=theirs)
    assert row["class_codes"] == []


@pytest.mark.parametrize(
    ("codes", "grants_are_main", "flags"),
    [
        ((105, 301, 302), None, ["private_foundation"]),
        ((105, 302, 306), None, []),
        ((105,), None, []),
        ((105, 306), True, ["private_foundation"]),
        ((105, 306), False, []),
    ],
)
def test_who_only_gives_money_away(read: Read, codes: tuple[int, ...], grants_are_main: bool | None, flags: list[str]) -> None:
    known = {name: None for name in REGISTER.tables["charity_annual_return_parta"].known if name not in EXTRACT}
    returns = [
        {**known, "organisation_number": 5990010, "fin_period_order_number": order, "grant_making_is_main_activity": value}
        for order, value in ((1, grants_are_main), (2, True))
    ]
    report, [row] = read(
        charity=[charity()], charity_classification=classes(5990010, *codes), charity_annual_return_parta=returns
    )
    assert row["flags"] == flags
    assert report.unknown_columns == ()


def test_without_activities_the_objects_describe_it(read: Read) -> None:
    document = [of(5990010, governing_document_description="CIO", charitable_objects="TO FEED", area_of_benefit=None)]
    _, [row] = read(charity=[charity(charity_activities=None)], charity_governing_document=document)
    assert row["description"] == "TO FEED"


# --- framing ---------------------------------------------------------------------------------------------------------
def test_a_broken_line_is_told_and_the_rest_is_read(read: Read) -> None:
    rows = [
        charity(),
        charity(organisation_number=2, registered_charity_number=2),
        charity(organisation_number=3, charity_name=None),
    ]
    broken = as_json(rows).replace(b'"organisation_number":2,', b'"organisation_number":,')
    report, kept = read(charity=broken, charity_other_names=as_json(names(5990010, Working="A", Previous="B"))[:-30] + b"\r\n]")
    assert [row["native_id"] for row in kept] == ["9990001"]
    assert report.rejected == [
        Rejected(2, None, "line is no JSON object", "charity"),
        Rejected(2, None, "line is no JSON object", "charity_other_names"),
        Rejected(3, "9990001", "no name"),
    ]
    assert kept[0]["other_names"] == ["A"]
    assert report.read == 4, "the rows of the main table and every broken line"


def test_breaks_inside_a_cell_of_the_text_extract_are_mended(read: Read) -> None:
    # The Commission writes a line end before the tab that ends the cell; found as a line of too few cells.
    text = as_tsv([charity(), charity(registered_charity_number=2)]).replace(b"7 Mill Lane\t", b"7 Mill Lane\r\n\t")
    report, rows = read(as_tsv, charity=text)
    assert [row["street"] for row in rows] == ["7 Mill Lane", "7 Mill Lane"]
    assert report.rejected == []


@pytest.mark.parametrize("data", [b"[\r\n]", b"\xef\xbb\xbf[]"])
def test_an_empty_table_is_read_as_none(read: Read, data: bytes) -> None:
    report, [row] = read(charity=[charity()], charity_other_names=data)
    assert row["other_names"] == [] and report.rejected == []


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"charity_other_names": [of(1, charity_name="A", charity_name_type="")]}, r"Missing: charity;"),
        ({"charity": [charity()], "charity_trustee": [of(1)]}, "unknown: charity_trustee"),
        ({"charity": [of(1, charity_name="A")]}, r"ccew table charity: columns \['charity_registration_status'"),
        ({"charity": b"<html>Sorry</html>"}, r"ccew table charity: columns .* are missing. Found: <html>Sorry"),
        ({"charity": b"[1, 2, 3]"}, "Expected an array with one JSON object a line"),
        ({"charity": b'[\r\n{\r\n"organisation_number": 1\r\n}\r\n]'}, "Expected an array with one JSON object a line"),
        ({"charity": b""}, "has no header line"),
    ],
)
def test_what_is_no_such_extract_is_refused(read: Read, tmp_path: Path, tables: Tables, words: str) -> None:
    with pytest.raises(RegisterError, match=words):
        read(**tables)
    assert not (tmp_path / "rows.parquet").exists()


def test_a_new_column_is_told_with_its_table(read: Read) -> None:
    report, _ = read(
        charity=[charity(charity_mood="fine")], charity_classification=[{**row, "tint": 1} for row in classes(1, 105)]
    )
    assert report.unknown_columns == ("charity.charity_mood", "charity_classification.tint")


def test_the_town_in_this_format(tmp_path: Path) -> None:
    town = build_town(size=0.2)
    paths = {}
    for address, route in routes(town).items():
        table = address.removeprefix(f"{FOLDER}/publicextract.").removesuffix(".zip")
        paths[table] = tmp_path / f"{table}.zip"
        paths[table].write_bytes(route(Request(address, {}, b"", {}, "http://127.0.0.1:1")).body)
    report = read_register(REGISTER, paths, {}, tmp_path / "rows.parquet")
    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    known = list(charities(town))
    live = [c for c in known if c.number % 25]
    main, linked = ([row for row in rows if bool(row["parent_kind"]) is is_linked] for is_linked in (False, True))
    assert report.rejected == [] and {row["name"] for row in main} == {c.name for c in live} and len(main) == len(live)
    assert [row["parent_kind"] for row in linked] == ["linked_charity"] * len([c for c in live if c.number % 20 == 0])
    assert report.outside == {"removed": report.read - report.kept}
    text = "\n".join(str(row) for row in rows).lower()
    for one in known:
        assert one.contact.lower() not in text and one.phone not in text and one.email not in text
