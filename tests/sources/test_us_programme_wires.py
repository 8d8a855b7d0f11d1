"""The practice town's US programme registers: what is asked for is answered, every programme comes through, no contact does."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow.parquet as pq
import pytest

from sources import california_grants, grants_gov, grants_gov_api, pennsylvania_grants, sam_assistance_listings, sam_listings_api
from sources.frame import read_register
from sources.paging import Answer, Ask
from sources.practice import wire_grants_gov, wire_sam_api, wire_state_grants
from sources.practice.model import Town
from sources.practice.serving import Request, Route
from sources.practice.town import build_town
from sources.register import ReadReport, RecordRegister

HOST = "http://127.0.0.1:1"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def town() -> Town:
    return build_town(size=0.05)


@pytest.fixture(scope="module")
def routes(town: Town) -> dict[str, Route]:
    modules: tuple[ModuleType, ...] = (wire_grants_gov, wire_sam_api, wire_state_grants)
    return {path: route for module in modules for path, route in module.routes(town).items()}


@pytest.fixture
def answer(routes: dict[str, Route]) -> Callable[[Ask], Answer]:
    """Answers an `Ask` as the practice server would."""

    def run(ask: Ask) -> Answer:
        parts = urlsplit(ask.url)
        above = [path for path in routes if parts.path == path or (path.endswith("/*") and parts.path.startswith(path[:-1]))]
        body = b"" if ask.json is None else json.dumps(ask.json).encode()
        request = Request(path=parts.path, query=dict(parse_qsl(parts.query)), body=body, headers={}, base_url=HOST)
        reply = routes[max(above, key=len)](request)
        assert reply.status == 200 or ask.may_be_missing
        return Answer(ask.url, reply.status, reply.body)

    return run


@pytest.fixture
def fetch(answer: Callable[[Ask], Answer], tmp_path: Path) -> Callable[[RecordRegister, str], tuple[ReadReport, Rows]]:
    """Fetches a register from the town (by its `locate` or `pages`) and reads it."""

    def run(register: RecordRegister, url: str) -> tuple[ReadReport, Rows]:
        path = tmp_path / "file"
        if register.pages is not None:
            _bundle(path, _talk(register.pages(url, {}), answer)[0])
        else:
            where = [url] if register.locate is None else _talk(register.locate(url, {}, date(2026, 6, 28)), answer)[1]
            path.write_bytes(answer(Ask(where[0])).body)
        report = read_register(register, path, {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def _talk(conversation: Any, answer: Callable[[Ask], Answer]) -> tuple[list[Answer], Any]:
    """Answers kept, and what the conversation comes to."""
    kept = []
    try:
        ask = next(conversation)
        while True:
            told = answer(ask)
            kept += [told] if ask.keep else []
            ask = conversation.send(told)
    except StopIteration as end:
        return kept, end.value


def _bundle(path: Path, pages: list[Answer]) -> None:
    with zipfile.ZipFile(path, "w") as writer:
        for number, page in enumerate(pages):
            writer.writestr(f"{number}", page.body)
        writer.writestr("index.json", json.dumps([{"url": page.url, "member": str(n)} for n, page in enumerate(pages)]))


LIST = f"{HOST}{wire_sam_api.FILES_PATH}/listfiles?domain=Assistance%20Listings/datagov/YYYY/MM-Mon"
REGISTERS = {
    # 28 June 2026 is a Sunday, on which the town has no extract.
    "grants_gov": (grants_gov.REGISTER, f"{HOST}{wire_grants_gov.EXTRACTS_PATH}GrantsDBExtractYYYYMMDDv2.zip"),
    "grants_gov_api": (grants_gov_api.REGISTER, f"{HOST}{wire_grants_gov.API_PATH}"),
    "sam_assistance_listings": (sam_assistance_listings.REGISTER, LIST),
    "sam_listings_api": (sam_listings_api.REGISTER, f"{HOST}{wire_sam_api.API_PATH}"),
    "california_grants": (california_grants.REGISTER, f"{HOST}{wire_state_grants.CALIFORNIA_PATH}"),
    "pennsylvania_grants": (pennsylvania_grants.REGISTER, f"{HOST}{wire_state_grants.PENNSYLVANIA_PATH}"),
}


@pytest.mark.parametrize("name", REGISTERS)
def test_every_programme_comes_through_and_no_contact_does(fetch: Any, town: Town, name: str) -> None:
    report, rows = fetch(*REGISTERS[name])
    grants = [p for p in town.programmes if any("GRANTS" in kind for kind in p.types)]
    national = [p for p in town.programmes if p.where == "nation"]
    wanted = grants if name.startswith("grants_gov") else national if name.endswith("_grants") else town.programmes
    assert {row["title"] for row in rows} == {p.title for p in wanted}
    assert (report.rejected, report.unknown_columns) == ([], ())
    assert report.kept == len(wanted) > 50
    text = str(rows).lower()
    assert not [person for person in town.truth.contact_names if person.lower() in text]
    assert "example.org" not in text and "555-01" not in text


@pytest.mark.parametrize("name", REGISTERS)
def test_the_town_writes_contacts_into_every_register(routes: dict[str, Route], answer: Any, town: Town, name: str) -> None:
    # Otherwise the test above could not fail.
    register, url = REGISTERS[name]
    if register.pages is not None:
        bodies = [page.body for page in _talk(register.pages(url, {}), answer)[0]]
    else:
        where = [url] if register.locate is None else _talk(register.locate(url, {}, date(2026, 6, 28)), answer)[1]
        bodies = [answer(Ask(where[0])).body]
        if bodies[0].startswith(b"PK"):
            bodies = [_unzipped(bodies[0])]
    text = b"".join(bodies).lower()
    assert sum(person.lower().encode() in text for person in town.truth.contact_names) > 30


def _unzipped(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(archive.namelist()[0])


@pytest.mark.parametrize(
    ("one", "other", "also"),
    [
        ("grants_gov", "grants_gov_api", ("applicants", "opens_on", "amount_max")),
        # The CSV has sentences where the documents have codes of applicants.
        ("sam_assistance_listings", "sam_listings_api", ()),
    ],
)
def test_two_ways_to_the_same_programmes_agree(fetch: Any, one: str, other: str, also: tuple[str, ...]) -> None:
    columns = ("title", "agency", "kinds", "places", "closes_on", *also)
    by_way = [{row["native_id"]: [row[c] for c in columns] for row in fetch(*REGISTERS[name])[1]} for name in (one, other)]
    assert by_way[0] == by_way[1]


def test_the_extract_is_a_streamed_archive(answer: Any) -> None:
    body = answer(Ask(f"{HOST}{wire_grants_gov.EXTRACTS_PATH}GrantsDBExtract20260630v2.zip")).body
    assert body[6] & 0x08, "sizes stand behind the data"
    assert body[18:26] == bytes(8)


def test_an_empty_document_is_told(fetch: Any) -> None:
    report, _ = fetch(*REGISTERS["sam_listings_api"])
    assert report.outside == {"empty document": 1}
