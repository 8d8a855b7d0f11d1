"""OpenStreetMap: the query no option can break out of, the tags that tell sector and class, and answers that are not whole."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow.parquet as pq
import pytest

from sources import overpass
from sources.frame import read_register
from sources.paging import Answer
from sources.practice import wire_overpass
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.register import Audit, Outside, ReadReport, RegisterError

LARKMERE = [-64.7, 36.4, -64.3, 36.6]
Record = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Record]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads an answer (bytes, or a list of elements) with the given options."""

    def run(body: bytes | list[Any], **options: Any) -> tuple[ReadReport, list[Record]]:
        path = tmp_path / "answer.json"
        path.write_bytes(body if isinstance(body, bytes) else json.dumps({"elements": body}).encode())
        report = read_register(overpass.REGISTER, path, options, tmp_path / "rows.parquet")
        assert report.read == report.kept + len(report.rejected) + sum(report.outside.values())
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def parsed(elements: list[Any], **options: Any) -> list[Any]:
    """Rows, rejected and outside in their order, without the frame's own checks."""
    return list(overpass.REGISTER.parse(io.BytesIO(json.dumps({"elements": elements}).encode()), options, Audit()))


def node(**tags: str) -> Record:
    return {
        "type": "node",
        "id": 123,
        "lat": 36.5,
        "lon": -64.5,
        "tags": {"name": "Otter & Sons", **{k.replace("__", ":"): v for k, v in tags.items()}},
    }


def test_a_box_is_asked_for_key_by_key_and_only_with_centres() -> None:
    text = overpass.query({"bbox": LARKMERE, "keys": ["shop", "craft"]})
    assert (
        text
        == '[out:json][timeout:180];(nwr["shop"](36.4,-64.7,36.6,-64.3);nwr["craft"](36.4,-64.7,36.6,-64.3););out center tags;'
    )


def test_an_area_is_named_by_its_tags_and_its_value_stays_in_its_quotes() -> None:
    text = overpass.query({"area": {"name": 'X"](1);out;\\'}, "keys": ["shop"]})
    assert text == '[out:json][timeout:180];area["name"="X\\"](1);out;\\\\"]->.a;(nwr["shop"](area.a););out center tags;'


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "expected one of"),
        ({"bbox": LARKMERE, "area": {"name": "Larkmere"}}, "expected one of"),
        ({"area": "Larkmere"}, "expected one of"),
        ({"area": {}}, "expected one of"),
        ({"bbox": [1, 2, 3]}, "four numbers"),
        ({"bbox": "(1);out"}, "four numbers"),
        ({"bbox": [-64.3, 36.4, -64.7, 36.6]}, "four numbers"),
        ({"bbox": [1, "nan", 2, 3]}, "four numbers"),
        ({"bbox": LARKMERE, "keys": ['shop"](1);']}, "no OSM key"),
        ({"bbox": LARKMERE, "keys": ["shop\n"]}, "no OSM key"),
        ({"area": {"na me": "x"}}, "no OSM key"),
        ({"area": {"name": "a\nb"}}, "control character"),
    ],
)
def test_options_that_would_break_the_query_are_refused(options: Record, complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        overpass.query(options)


def test_the_conversation_is_one_post() -> None:
    asking = overpass.pages("https://osm.example/api", {"bbox": LARKMERE})
    ask = next(asking)
    assert (ask.url, ask.json) == ("https://osm.example/api", None)
    assert ask.form is not None and ask.form["data"] == overpass.query({"bbox": LARKMERE})
    with pytest.raises(StopIteration):
        asking.send(Answer(ask.url, 200, b'{"elements": []}'))


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b'{"elements": [], "remark": "runtime error: Query timed out in \\"query\\" after 181 seconds."}', "partial.*timed out"),
        (b"<html>The server is probably too busy</html>", "no JSON"),
        (b'{"version": 0.6}', "no list `elements`"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_an_answer_that_is_not_whole_is_neither_kept_nor_read(read: Read, body: bytes, complaint: str) -> None:
    asking = overpass.pages("https://osm.example/api", {"bbox": LARKMERE})
    next(asking)
    with pytest.raises(RegisterError, match=complaint):
        asking.send(Answer("https://osm.example/api", 200, body))
    with pytest.raises(RegisterError, match=complaint):
        read(body)


@pytest.mark.parametrize(
    ("tags", "sector", "codes"),
    [
        ({"shop": "bakery"}, "private", ["shop=bakery"]),
        ({"amenity": "cafe", "shop": "bakery;deli"}, "private", ["shop=bakery", "shop=deli", "amenity=cafe"]),
        ({"shop": "yes", "craft": "carpenter"}, "private", ["craft=carpenter", "shop=yes"]),
        ({"office": "ngo"}, "nonprofit", ["office=ngo"]),
        (
            {"amenity": "social_facility", "social_facility": "food_bank"},
            "nonprofit",
            ["social_facility=food_bank", "amenity=social_facility"],
        ),
        ({"amenity": "place_of_worship"}, "nonprofit", ["amenity=place_of_worship"]),
        ({"shop": "charity"}, "nonprofit", ["shop=charity"]),
        ({"office": "government"}, "public", ["office=government"]),
        ({"amenity": "library"}, "public", ["amenity=library"]),
        ({"amenity": "school"}, "public", ["amenity=school"]),
        ({"amenity": "school", "operator__type": "private"}, "private", ["amenity=school"]),
        ({"amenity": "community_centre", "operator__type": "charity"}, "nonprofit", ["amenity=community_centre"]),
    ],
)
def test_tags_tell_sector_and_class(tags: dict[str, str], sector: str, codes: list[str]) -> None:
    [row] = parsed([node(**tags)])
    assert (row["sector"], row["class_scheme"], row["class_codes"]) == (sector, "OSM", codes)


def test_what_a_row_holds(read: Read) -> None:
    element = node(
        shop="bakery", alt_name="Otter's;The Otter", addr__housenumber="12", addr__street="Quay Street", addr__city="Larkmere",
        addr__postcode="ZZ1 4AB", website="https://otter.example/", ref__edubase="123456",
    )  # fmt: skip
    element = {"type": "way", "id": 77, "center": {"lat": 36.5, "lon": -64.25}, "tags": element["tags"]}
    report, [row] = read([element], country="GB")
    known = {key: value for key, value in row.items() if value}
    assert known == {
        "native_id": "way/77", "name": "Otter & Sons", "other_names": ["Otter's", "The Otter"], "sector": "private",
        "street": "12 Quay Street", "city": "Larkmere", "postcode": "ZZ1 4AB", "country": "GB", "latitude": 36.5, "longitude": -64.25,
        "website": "https://otter.example/", "class_scheme": "OSM", "class_codes": ["shop=bakery"], "status": "active",
        "identifiers": ["GB-EDU-123456"], "record_url": "https://www.openstreetmap.org/way/77",
    }  # fmt: skip
    assert report.unknown_columns == ()


@pytest.mark.parametrize(
    "tag", ["phone", "email", "contact:phone", "contact:website", "operator", "operator:phone", "description", "owner"]
)
def test_who_runs_a_place_and_how_to_reach_them_is_never_read(tag: str) -> None:
    [row] = parsed([node(shop="bakery", **{tag: "Amelia Quillfeather +1 501-555-0142"})])
    assert "Quillfeather" not in str(row) and "555" not in str(row)


@pytest.mark.parametrize(
    ("element", "why"),
    [
        ({**node(shop="bakery"), "tags": {"shop": "bakery"}}, "no name"),
        ({"type": "node", "id": 5, "tags": None}, "no name"),
        (node(shop="bakery", name="  "), "no name"),
        (node(highway="primary"), "no key that tells what it does"),
        (node(shop="no"), "no key that tells what it does"),
        (node(amenity="parking"), "no organisation"),
        ({"type": "area", "id": 5, "tags": {"name": "Larkmere"}}, "not a node, way or relation"),
    ],
)
def test_elements_that_are_no_body_are_left_out_and_counted(element: Record, why: str) -> None:
    left_out, row = parsed([element, {**node(shop="bakery"), "id": 9}])
    assert left_out == Outside(why) and row["native_id"] == "node/9"


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        ("node", "no type or no id"),
        ({"type": "node"}, "no type or no id"),
        ({**node(shop="x"), "tags": ["shop"]}, "tags are no mapping"),
        ({**node(shop="x"), "lat": "north"}, "lat or lon is no number"),
    ],
)
def test_a_broken_element_is_set_aside_and_the_rest_is_read(element: Any, rule: str) -> None:
    rejected, row = parsed([element, {**node(shop="bakery"), "id": 9}])
    assert (rejected.row_number, rejected.rule) == (1, rule) and row["native_id"] == "node/9"


def test_the_practice_town_answers_as_overpass_does(read: Read) -> None:
    town = build_town(size=0.1)
    route = wire_overpass.routes(town)[wire_overpass.PATH]

    def ask(query: str) -> Any:
        return route(Request(wire_overpass.PATH, {}, urlencode({"data": query}).encode(), {}, "http://127.0.0.1:1"))

    everything = ask(overpass.query({"area": {"name": "Larkmere"}}))
    report, rows = read(everything.body, country="US")
    assert report.read > 150 and report.rejected == [] and set(report.outside) == {"no name", "no organisation"}
    assert {row["sector"] for row in rows} == {"private", "nonprofit", "public"}
    assert {row["native_id"].split("/")[0] for row in rows} == {"node", "way", "relation"}
    assert all(row["latitude"] and row["street"] and row["country"] == "US" for row in rows)
    assert b"+1 501-555-01" in everything.body and b"@example.org" in everything.body
    assert not re.search("501-555|@example", str(rows))
    assert not any(person.casefold() in str(rows).casefold() for person in town.truth.contact_names)

    _, near = read(ask(overpass.query({"bbox": [-64.51, 36.49, -64.49, 36.51]})).body)
    assert 0 < len(near) < len(rows) / 2 and {row["postcode"] for row in near} == {"00101"}
    assert ask("out;").status == 400
