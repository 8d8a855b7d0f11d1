"""360Giving: three file forms, three forms of date, ids and countries as funders write them, persons left out. Grants are invented."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from sources import threesixtygiving, threesixtygiving_files
from sources.frame import read_register
from sources.paging import Answer
from sources.register import ReadReport, RegisterError

Record = dict[str, Any]
Read = Callable[[bytes], tuple[ReadReport, list[Record]]]


def grant(native_id: str = "360G-otter-1", receiver: Record | None = None, **changed: Any) -> Record:
    """A grant with some of it changed."""
    return {
        "id": native_id,
        "title": "Grant to Reed Trust",
        "description": "A pond",
        "currency": "GBP",
        "amountAwarded": 250,
        "awardDate": "2020-04-28",
        "fundingOrganization": [{"id": "GB-CHC-1000001", "name": "Otter Fund"}],
        "recipientOrganization": [{"id": "GB-CHC-1000002", "name": "Reed Trust", **(receiver or {})}],
        **changed,
    }


def as_json(*grants: Any) -> bytes:
    return json.dumps({"grants": grants}, ensure_ascii=False).encode()


def as_xlsx(*rows: list[Any], notes: bool = False) -> bytes:
    workbook = openpyxl.Workbook(write_only=True)
    if notes:
        workbook.create_sheet("Notes").append(["Written by hand"])
    sheet = workbook.create_sheet("grants")
    for row in rows:
        sheet.append(row)
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file; gives the report and the rows."""

    def run(body: bytes) -> tuple[ReadReport, list[Record]]:
        (tmp_path / "file").write_bytes(body)
        report = read_register(threesixtygiving.REGISTER, tmp_path / "file", {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


@pytest.mark.parametrize(
    ("record", "column", "expected"),
    [
        (grant(awardDate="2015-06-10T00:00:00+00:00"), "agreed_on", date(2015, 6, 10)),
        (grant(awardDate="05/06/2014"), "agreed_on", date(2014, 6, 5)),
        (grant(awardDate="17/08/2015 00:00"), "agreed_on", date(2015, 8, 17)),
        (grant(amountAwarded=3239.94), "amount", 3239),
        (grant(amountAwarded="£3,239.94"), "amount", 3239),
        (grant(amountAwarded=None), "amount", None),
        (grant(description="Â£5 for a pond"), "description", "Â£5 for a pond"),
        (grant(url="https://reed.example"), "record_url", None),
        (grant(grantProgramme=[{"title": "Ponds"}]), "programme_title", "Ponds"),
        (grant(beneficiaryLocation=[{"geoCode": "E08000012"}, {"geoCode": "95MM28W1"}, {"name": "Mere"}]), "places", ["E08000012"]),
        (grant(receiver={"id": "GB-CHC- 1000002 "}), "receiver_identifier", "GB-CHC-1000002"),
        (grant(receiver={"id": "GB-CHC-SC000117"}), "receiver_identifier", "GB-SC-SC000117"),
        (grant(receiver={"id": "GB-SC-SC000117"}), "receiver_identifier", "GB-SC-SC000117"),
        (grant(receiver={"id": "GB-NIC-100012"}), "receiver_identifier", "GB-NIC-100012"),
        (grant(receiver={"id": "gb-coh-1234567"}), "receiver_identifier", "GB-COH-01234567"),
        (grant(receiver={"id": "GB-COH-IP28755R"}), "receiver_identifier", "GB-COH-IP28755R"),
        (grant(receiver={"id": "GB-COH-n/a"}), "receiver_identifier", None),
        (grant(receiver={"id": "XI-GRID-grid.9.c"}), "receiver_identifier", "XI-GRID-grid.9.c"),
        (grant(receiver={"id": "US-EIN-12-3456789"}), "receiver_identifier", "US-EIN-123456789"),
        (grant(receiver={"id": "360G-otter:org-1"}), "receiver_identifier", None),
        (grant(receiver={"id": "360G-otter:org-1", "charityNumber": "NIC100012"}), "receiver_identifier", "GB-NIC-100012"),
        (grant(receiver={"id": "360G-otter:org-1", "companyNumber": 1234567}), "receiver_identifier", "GB-COH-01234567"),
        (grant(receiver={"postalCode": "l84px"}), "receiver_postcode", "L8 4PX"),
        (grant(receiver={"postalCode": "76100", "addressCountry": "ISRAEL"}), "receiver_country", None),
        (grant(receiver={"postalCode": "76100"}), "receiver_postcode", "76100"),
        (grant(receiver={"addressCountry": "United Kingdon"}), "receiver_country", "GB"),
        (grant(receiver={"addressCountry": "fr"}), "receiver_country", "FR"),
        (grant(receiver={"id": "360G-otter:org-1", "postalCode": "L8 4PX"}), "receiver_country", "GB"),
        (grant(receiver={"id": "360G-otter:org-1"}), "receiver_country", None),
    ],
)  # fmt: skip
def test_each_field_in_our_words(read: Read, record: Record, column: str, expected: object) -> None:
    _, (row,) = read(as_json(record))
    assert row[column] == expected


@pytest.mark.parametrize(
    "person",
    [
        {"recipientOrganization": None, "recipientIndividual": {"id": "p", "name": "Ann Otter"}},
        {"receiver": {"name": "Individual Recipient"}},
        {"receiver": {"name": "An individual"}},
    ],
)
def test_a_grant_to_a_person_is_left_out_and_counted(read: Read, person: Record) -> None:
    report, rows = read(as_json(grant(**person), grant("360G-otter-2")))
    assert ([row["native_id"] for row in rows], report.outside) == (["360G-otter-2"], {"grant to a private person": 1})


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        (grant(awardDate="last spring"), "unreadable date"),
        (grant(awardDate="31/02/2014"), "unreadable date"),
        (grant(native_id=""), "no id"),
        (grant(receiver={"name": None}), "no receiver_name"),
        (5, "no JSON object"),
    ],
)
def test_a_bad_grant_is_set_aside_and_the_next_one_read(read: Read, record: Any, rule: str) -> None:
    report, rows = read(as_json(record, grant("360G-otter-2")))
    assert [row["native_id"] for row in rows] == ["360G-otter-2"]
    assert [r.rule for r in report.rejected] == [rule]


# --- tables ----------------------------------------------------------------------------------------------------------
HEADER = [
    "Identifier", "Title", "Description", "Currency", "Amount Awarded", "Award Date", "Recipient Org:Identifier", "Recipient Org:Name",
    "Recipient Org:Email", "Funding Org:Identifier", "Funding Org:Name", "Beneficiary Location:0:Geographic Code",
    "Beneficiary Location:1:Geographic Code", "Postcode of impact 1",
]  # fmt: skip
CELLS = ["360G-otter-1", "Pond", "A “pond”", "GBP", "1,250.50", "05/06/2014", "GB-COH-1234567", "Reed & Sons", "ann@otter.example",
         "GB-CHC-1000001", "Otter Fund", "E12000002", "E08000012", "L1"]  # fmt: skip


def as_csv(*rows: list[str], encoding: str = "utf-8") -> bytes:
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode(encoding)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(as_csv(HEADER, CELLS), id="csv"),
        pytest.param(as_csv(HEADER, CELLS, encoding="utf-8-sig"), id="csv with a byte order mark"),
        pytest.param(as_csv(HEADER, CELLS, encoding="cp1252"), id="csv in Windows-1252"),
        pytest.param(as_csv([f" {title.upper()} " for title in HEADER[:-1]] + HEADER[-1:], CELLS), id="headers in capitals"),
        pytest.param(as_csv(HEADER, [""] * len(HEADER), CELLS), id="a blank row"),
        pytest.param(as_xlsx(HEADER, CELLS), id="xlsx"),
        pytest.param(as_xlsx(HEADER, [*CELLS[:4], 1250.5, date(2014, 6, 5), *CELLS[6:]], notes=True), id="xlsx with typed cells after notes"),
        pytest.param(as_csv(["id", "title", "description", "currency", "amountAwarded", "awardDate", "recipientOrganization/0/id",
                             "recipientOrganization/0/name", "recipientOrganization/0/email", "fundingOrganization/0/id",
                             "fundingOrganization/0/name", "beneficiaryLocation/0/geoCode", "beneficiaryLocation/1/geoCode",
                             "Postcode of impact 1"], CELLS), id="csv with the names of the JSON"),
    ],
)  # fmt: skip
def test_the_same_grant_in_every_form(read: Read, body: bytes) -> None:
    report, (row,) = read(body)
    assert (report.read, report.unknown_columns) == (1, ("Postcode of impact 1",))
    assert {name: value for name, value in row.items() if value not in (None, [])} == {
        "native_id": "360G-otter-1",
        "kind": "grant",
        "giver_name": "Otter Fund",
        "giver_identifier": "GB-CHC-1000001",
        "receiver_name": "Reed & Sons",
        "receiver_identifier": "GB-COH-01234567",
        "receiver_country": "GB",
        "title": "Pond",
        "description": "A “pond”",
        "amount": 1250,
        "currency": "GBP",
        "agreed_on": date(2014, 6, 5),
        "places": ["E08000012", "E12000002"],
    }


def test_a_row_with_more_cells_than_the_header_is_set_aside(read: Read) -> None:
    report, rows = read(as_csv(HEADER, [*CELLS, "stray"], CELLS))
    assert (len(rows), [r.rule for r in report.rejected]) == (1, ["15 cells where the header has 14"])


@pytest.mark.parametrize(
    "body", [json.dumps([grant()]).encode(), b"\xef\xbb\xbf" + as_json(grant())], ids=["a bare list", "a byte order mark"]
)
def test_json_in_other_frames(read: Read, body: bytes) -> None:
    assert len(read(body)[1]) == 1


def entity_bomb() -> bytes:
    """A workbook whose sheet defines entities."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_xlsx(HEADER, CELLS))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                start = data.index(b"<worksheet")
                data = b'<!DOCTYPE worksheet [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + data[start:].replace(b"Pond", b"&b;")
            new.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><h1>Log in</h1>", "A web page came back"),
        (b"", "expected 360Giving JSON, CSV or XLSX"),
        (as_json(grant())[:-30], "breaks off or is damaged"),
        (b'{"errors": []}', "no record has id"),
        (b"Name,Colour\r\nOtter,brown\r\n", "no record has id"),
        (as_xlsx(["Name"], ["Otter"]), "no sheet of .* has a column Identifier"),
        (as_xlsx(HEADER, CELLS)[:90], "no XLSX workbook"),
    ],
    ids=["web page", "nothing", "cut json", "another json", "another csv", "another workbook", "cut workbook"],
)
def test_what_holds_no_grants_is_a_register_error(read: Read, body: bytes, message: str) -> None:
    with pytest.raises(RegisterError, match=message):
        read(body)


def test_a_workbook_that_defines_entities_is_refused() -> None:
    with pytest.raises(RegisterError, match="no XLSX workbook") as refused:
        list(threesixtygiving_files.grants(io.BytesIO(entity_bomb())))
    causes, error = [], refused.value.__context__
    while error is not None:
        causes.append(type(error).__name__)
        error = error.__context__
    assert "EntitiesForbidden" in causes


def test_a_workbook_that_unpacks_to_too_much_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threesixtygiving_files, "_MAX_UNPACKED", 100)
    with pytest.raises(RegisterError, match=r"unpacks to [\d,]+ bytes, more than 100"):
        read(as_xlsx(HEADER, CELLS))


# --- where the files lie -----------------------------------------------------------------------------------------------
def entry(prefix: str, **distribution: str) -> Record:
    return {"publisher": {"prefix": prefix}, "distribution": [distribution]}


REGISTRY = [
    entry("360G-otter", downloadURL="https://otter.example/b.json", accessURL="https://otter.example/"),
    entry("360G-Otter", downloadURL="https://otter.example/a.csv"),
    entry("360G-mink", accessURL="https://mink.example/c.xlsx"),
]


def located(reply: Any, *publishers: str) -> list[str]:
    locating = threesixtygiving._locate("", {"publishers": publishers}, date(2026, 6, 30))
    ask = next(locating)
    assert ask.url == "https://registry.threesixtygiving.org/data.json"
    with pytest.raises(StopIteration) as found:
        locating.send(Answer(ask.url, 200, json.dumps(reply).encode()))
    files: list[str] = found.value.value
    return files


def test_the_files_of_the_publishers_named() -> None:
    assert located(REGISTRY, "360G-OTTER", "360G-mink") == [
        "https://mink.example/c.xlsx", "https://otter.example/a.csv", "https://otter.example/b.json",
    ]  # fmt: skip


def test_without_publishers_the_address_is_the_file() -> None:
    with pytest.raises(StopIteration) as found:
        next(threesixtygiving._locate("https://otter.example/a.csv", {}, date(2026, 6, 30)))
    assert found.value.value == ["https://otter.example/a.csv"]


@pytest.mark.parametrize(
    ("reply", "message"), [(REGISTRY, r"no publisher \['360g-heron'\]"), ({"error": 1}, "no list with publisher.prefix")]
)
def test_a_register_without_the_publisher_says_so(reply: Any, message: str) -> None:
    with pytest.raises(RegisterError, match=message):
        located(reply, "360G-heron")
