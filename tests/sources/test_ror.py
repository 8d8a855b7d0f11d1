"""The research organisation registry: names, sectors, places, the three shapes a file may have, and where the dump lies.

Bodies and places are invented; ids have the form of real ones.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import ror
from sources.frame import read_register
from sources.paging import Answer, Ask
from sources.register import ReadReport, RegisterError, Rejected

Record = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Record]]]


def body(ror_id: str = "0larkm001", **changed: Any) -> Record:
    """A record of schema v2 with some of its fields changed."""
    return {
        "id": f"https://ror.org/{ror_id}",
        "names": [
            {"lang": "en", "types": ["alias"], "value": "Otter Institute"},
            {"lang": None, "types": ["acronym"], "value": "LIOS"},
            {"lang": "en", "types": ["ror_display", "label"], "value": "Larkmere Institute for Otter Studies"},
            {"lang": "fr", "types": ["label"], "value": "Institut de la Loutre"},
        ],
        "types": ["facility", "funder"],
        "status": "active",
        "established": 1931,
        "links": [
            {"type": "wikipedia", "value": "https://encyclopaedia.example/Otter"},
            {"type": "website", "value": "https://otters.example/"},
        ],
        "locations": [place("US", "ZZ"), place("US", "YY")],
        **changed,
    }


def place(country: str, state: str, city: str = "Larkmere") -> Record:
    """A location as GeoNames gives it."""
    return {
        "geonames_id": 1,
        "geonames_details": {
            "country_code": country,
            "country_subdivision_code": state,
            "name": city,
            "lat": 36.5,
            "lng": -64.25,
        },
    }


def zipped(members: dict[str, Any]) -> bytes:
    """A ZIP of JSON members."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in members.items():
            writer.writestr(name, json.dumps(content))
    return archive.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads records, or bytes, as the registry; gives the report and the rows."""

    def run(data: bytes | list[Record] | Record, **options: str) -> tuple[ReadReport, list[Record]]:
        (tmp_path / "file").write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
        report = read_register(ror.REGISTER, tmp_path / "file", options, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_a_body_field_by_field(read: Read) -> None:
    _, (row,) = read([body()])
    assert row == {
        "native_id": "0larkm001",
        "name": "Larkmere Institute for Otter Studies",
        "other_names": ["Institut de la Loutre", "Otter Institute"],
        "sector": "public",
        "street": None,
        "city": "Larkmere",
        "state": "ZZ",
        "postcode": None,
        "country": "US",
        "latitude": 36.5,
        "longitude": -64.25,
        "website": "https://otters.example/",
        "description": None,
        "class_scheme": "ROR",
        "class_codes": ["facility", "funder"],
        "identifiers": ["XI-ROR-0larkm001"],
        "status": "active",
        "started_on": date(1931, 1, 1),
        "last_filed_on": None,
        "income_amount": None,
        "income_currency": None,
        "size_band": None,
        "flags": [],
        "parent_identifiers": [],
        "parent_name": None,
        "parent_kind": None,
        "centre_of": None,
        "record_url": "https://ror.org/0larkm001",
    }


def website(address: str) -> list[Record]:
    """The links of a body with this website."""
    return [{"type": "website", "value": address}]


def related(kind: str, ror_id: str) -> Record:
    """A body this one is related to."""
    return {"type": kind, "label": "Otter University", "id": f"https://ror.org/{ror_id}"}


CASES: tuple[tuple[Record, str, Any], ...] = (
    ({"types": ["company"]}, "sector", "private"),
    ({"types": ["funder", "company"]}, "sector", "private"),
    ({"types": ["education"]}, "sector", "public"),
    ({"types": ["government"]}, "sector", "public"),
    ({"types": ["funder", "nonprofit"]}, "sector", "nonprofit"),
    ({"types": ["facility", "nonprofit"]}, "sector", "nonprofit"),
    ({"types": ["healthcare"]}, "sector", "nonprofit"),
    ({"types": ["funder"]}, "sector", "nonprofit"),
    ({"types": []}, "sector", "nonprofit"),
    ({"types": ["facility"], "links": website("https://lab.example.com/")}, "sector", "private"),
    ({"types": ["facility"], "links": website("https://lab.example.edu/")}, "sector", "public"),
    ({"types": ["facility"], "links": []}, "sector", "public"),
    ({"types": ["facility", "government"], "links": website("https://lab.example.com/")}, "sector", "public"),
    ({"status": "inactive"}, "status", "inactive"),
    ({"status": "withdrawn"}, "status", "inactive"),
    ({"established": None}, "started_on", None),
    ({"established": 0}, "started_on", None),
    ({"established": 987}, "started_on", date(987, 1, 1)),
    ({"locations": []}, "city", None),
    ({"locations": [{"geonames_id": 5}]}, "country", None),
    ({"links": []}, "website", None),
    ({"links": None}, "website", None),
    (
        {"relationships": [related("parent", "02tndd027"), related("child", "03yrm5c26")]},
        "parent_identifiers",
        ["XI-ROR-02tndd027"],
    ),
    ({"relationships": [related("parent", "02tndd027")]}, "parent_kind", "parent"),
    ({"relationships": [related("related", "03yrm5c26")]}, "parent_kind", None),
    ({"relationships": [{"type": "parent", "label": "no id"}]}, "parent_identifiers", []),
)


def test_each_field_in_our_words(read: Read) -> None:
    _, rows = read([body(f"0larkm{number:03d}", **changed) for number, (changed, _, _) in enumerate(CASES)])
    found = tuple((changed, column, row[column]) for (changed, column, _), row in zip(CASES, rows, strict=True))
    assert found == CASES


@pytest.mark.parametrize(
    ("changed", "native_id"),
    [
        ({"names": [{"types": ["label"], "value": "Otter Institute"}]}, "https://ror.org/0larkm001"),
        ({"names": []}, "https://ror.org/0larkm001"),
        ({"id": None}, None),
    ],
)
def test_a_body_without_id_or_display_name_is_set_aside(read: Read, changed: Record, native_id: str | None) -> None:
    report, rows = read([body(**changed), body("0larkm002")])
    assert [row["native_id"] for row in rows] == ["0larkm002"]
    assert report.rejected == [Rejected(1, native_id, "no id or no name of type ror_display")]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"country": "US", "state": "ZZ"}, ["0larkm001"]),
        ({"country": "US"}, ["0larkm001", "0larkm002"]),
        ({"state": "ZZ"}, ["0larkm001", "0larkm003"]),
        ({}, ["0larkm001", "0larkm002", "0larkm003", "0larkm004"]),
    ],
)
def test_the_profile_says_which_part_of_the_world_is_kept(read: Read, options: dict[str, str], kept: list[str]) -> None:
    bodies = [body()]
    bodies += [body(f"0larkm00{n}", locations=[place(*where)]) for n, where in ((2, ("US", "YY")), (3, ("GB", "ZZ")))]
    report, rows = read([*bodies, body("0larkm004", locations=[])], **options)
    assert [row["native_id"] for row in rows] == kept
    assert report.rejected == []
    assert (report.read, report.kept, sum(report.outside.values())) == (4, len(kept), 4 - len(kept))
    assert set(report.outside) <= {"elsewhere"}


# --- shapes ----------------------------------------------------------------------------------------------------------
V1 = [{"id": "https://ror.org/0larkm001", "name": "Otter Institute", "types": ["Facility"], "addresses": []}]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(json.dumps([body()]).encode(), id="dump"),
        pytest.param(json.dumps({"number_of_results": 1, "items": [body()], "meta": {}}).encode(), id="reply of the API"),
        pytest.param(zipped({"v9.9-2026-06-30-ror-data.json": [body()]}), id="ZIP of a dump"),
        pytest.param(
            zipped({"v9.9-ror-data_schema_v2.json": [body()], "v9.9-ror-data.json": V1, "v9.9-ror-data.csv": "x"}),
            id="ZIP of both schemas",
        ),
    ],
)
def test_a_dump_a_zip_and_a_reply_give_the_same_rows(read: Read, data: bytes) -> None:
    _, (row,) = read(data)
    assert (row["native_id"], row["name"]) == ("0larkm001", "Larkmere Institute for Otter Studies")


def test_the_order_of_records_does_not_matter(read: Read) -> None:
    bodies = [body(f"0larkm{number:03d}") for number in range(30)]
    assert read(random.Random(4).sample(bodies, len(bodies)))[1] == read(bodies)[1]


# An error inside a parse came out as one of DuckDB: no stand-in snapshot is tried for that.
@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(json.dumps(V1).encode(), "is this a v1 dump", id="schema v1"),
        pytest.param(
            json.dumps({"errors": ["too many requests"]}).encode(), "expected a list of ROR schema v2", id="an error reply"
        ),
        pytest.param(b"[1, 2]", "expected a list of ROR schema v2", id="a list of something else"),
        pytest.param(b"<!DOCTYPE html><html></html>", "ror: ", id="web page"),
        pytest.param(b"", "ror: ", id="nothing at all"),
        pytest.param(zipped({"readme.txt": "otters"}), r"no \.json in the ZIP, found \['readme\.txt'\]", id="ZIP without a dump"),
        pytest.param(zipped({"dump.json": [body()]})[:40], "ror: ", id="ZIP cut short"),
    ],
)
def test_what_is_no_dump_is_a_register_error(read: Read, data: bytes, message: str) -> None:
    with pytest.raises(RegisterError, match=message):
        read(data)


def test_a_zip_that_unpacks_to_too_much_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ror, "_MAX_UNPACKED", 100)
    with pytest.raises(RegisterError, match=r"ror: dump\.json unpacks to [\d,]+ bytes, more than 100"):
        read(zipped({"dump.json": [body()]}))


# --- where the dump lies ---------------------------------------------------------------------------------------------
SEARCH = "https://archive.example/search"


def located(reply: Any) -> list[str]:
    """What `locate` makes of the archive's reply to its one question."""
    conversation = ror.locate(SEARCH, {}, date(2026, 11, 22))
    assert next(conversation) == Ask(SEARCH)
    with pytest.raises(StopIteration) as end:
        conversation.send(Answer(SEARCH, 200, json.dumps(reply).encode()))
    found: list[str] = end.value.value
    return found


def test_the_newest_record_of_the_archive_names_the_dump() -> None:
    newest = {
        "files": [{"links": {"self": "https://archive.example/notes"}}, {"links": {"self": "https://archive.example/dump"}}]
    }
    older = {"files": [{"links": {"self": "https://archive.example/old"}}]}
    assert located({"hits": {"hits": [newest, older]}}) == ["https://archive.example/dump"]


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"hits": {"hits": []}},
        {"hits": {"hits": [{"files": []}]}},
        {"hits": {"hits": [{"files": [{"links": {}}]}]}},
        {"hits": None},
        {"hits": [1, 2]},
    ],
)
def test_a_reply_without_a_dump_says_what_to_do_instead(reply: dict[str, Any]) -> None:
    with pytest.raises(RegisterError, match=r"^ror: .*use `path:`"):
        located(reply)
