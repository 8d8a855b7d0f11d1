"""Overture places: points, categories old and new, the box that spares reading, and files that are none."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources import overture
from sources.frame import read_register
from sources.practice import wire_overture
from sources.practice.serving import Request
from sources.practice.town import build_town
from sources.register import Audit, Outside, ReadReport, RegisterError, Rejected

Record = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Record]]]
NEWER = pa.schema(
    [
        *(field for field in wire_overture.SCHEMA if field.name != "categories"),
        ("basic_category", pa.string()),
        (
            "taxonomy",
            pa.struct([("primary", pa.string()), ("hierarchy", pa.list_(pa.string())), ("alternates", pa.list_(pa.string()))]),
        ),
        ("operating_status", pa.string()),
    ]
)


def place(number: int = 1, **changed: Any) -> Record:
    longitude, latitude = changed.pop("at", (-64.5, 36.5))
    return {
        "id": f"place-{number}",
        "geometry": struct.pack("<BIdd", 1, 1, longitude, latitude),
        "bbox": {"xmin": longitude, "xmax": longitude, "ymin": latitude, "ymax": latitude},
        "names": {"primary": "Otter & Sons", "common": [("cy", "Dyfrgi")], "rules": [{"value": "Otter's"}]},
        "categories": {"primary": "bakery", "alternate": ["cafe"]},
        "confidence": 0.9,
        "websites": ["https://otter.example/"],
        "addresses": [
            {"freeform": "12 Quay St", "locality": "Larkmere", "postcode": "00101", "region": "US-ZZ", "country": "US"}
        ],
        **changed,
    }


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads places (or the bytes of a file) with the given options."""

    def run(
        places: bytes | list[Record], schema: pa.Schema = wire_overture.SCHEMA, group: int = 2, **options: Any
    ) -> tuple[ReadReport, list[Record]]:
        path = tmp_path / "places.parquet"
        if isinstance(places, bytes):
            path.write_bytes(places)
        else:
            pq.write_table(pa.Table.from_pylist(places, schema=schema), path, row_group_size=group)
        report = read_register(overture.REGISTER, path, options, tmp_path / "rows.parquet")
        assert report.read == report.kept + len(report.rejected) + sum(report.outside.values())
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def parsed(places: list[Record], schema: pa.Schema = wire_overture.SCHEMA, **options: Any) -> list[Any]:
    """Rows, rejected and outside in their order, without the frame's own checks."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(places, schema=schema), file)
    return list(overture.REGISTER.parse(file, options, Audit()))


def test_what_a_row_holds(read: Read) -> None:
    report, [row] = read(
        [place(phones=["+15015550142"], emails=["amelia@example.org"], socials=["https://social.example/amelia"])]
    )
    assert {key: value for key, value in row.items() if value} == {
        "native_id": "place-1", "name": "Otter & Sons", "other_names": ["Dyfrgi", "Otter's"], "sector": "private", "street": "12 Quay St",
        "city": "Larkmere", "state": "ZZ", "postcode": "00101", "country": "US", "latitude": 36.5, "longitude": -64.5,
        "website": "https://otter.example/", "class_scheme": "OVERTURE", "class_codes": ["bakery", "cafe"], "status": "unknown",
    }  # fmt: skip
    assert report.unknown_columns == ()


@pytest.mark.parametrize(
    ("category", "sector"),
    [
        ("bakery", "private"),
        ("food_banks", "nonprofit"),
        ("mosque", "nonprofit"),
        ("library", "public"),
        ("elementary_school", "public"),
        (None, "private"),
    ],
)
def test_the_category_tells_the_sector(category: str | None, sector: str) -> None:
    [row] = parsed([place(categories={"primary": category, "alternate": None})])
    assert row["sector"] == sector


def test_the_newer_columns_stand_in_for_categories() -> None:
    taxonomy = {"primary": "food_banks", "hierarchy": ["organization"], "alternates": ["charity_organization"]}
    new = place(basic_category="social_service", taxonomy=taxonomy, operating_status="open")
    shut = place(2, basic_category="bakery", operating_status="permanently_closed")
    row, closed = parsed([new, shut], NEWER)
    assert row["class_codes"] == ["food_banks", "social_service", "charity_organization"] and row["sector"] == "nonprofit"
    assert row["status"] == "active" and closed == Outside("closed")


@pytest.mark.parametrize(
    ("geometry", "kept"),
    [
        (struct.pack("<BIdd", 1, 1, -64.5, 36.5), True),
        (struct.pack(">BIdd", 0, 1, -64.5, 36.5), True),
        (struct.pack("<BIdd", 1, 2, -64.5, 36.5), False),
        (b"\x01\x01", False),
        (None, False),
    ],
)
def test_a_point_is_read_in_either_byte_order_and_nothing_else_is(geometry: bytes | None, kept: bool) -> None:
    [row] = parsed([place(geometry=geometry)])
    if kept:
        assert (row["longitude"], row["latitude"]) == (-64.5, 36.5)
    else:
        assert row == Rejected(1, "place-1", "geometry is no WKB point", "geometry")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"confidence": 0.49}, "confidence too low"),
        ({"confidence": None}, "confidence too low"),
        ({"names": {"primary": None}}, "no name"),
        ({"names": None}, "no name"),
        ({"categories": {"primary": "river"}}, "no organisation"),
    ],
)
def test_places_that_are_not_sure_or_no_body_are_left_out(changed: Record, why: str) -> None:
    left_out, row = parsed([place(**changed), place(2)])
    assert left_out == Outside(why) and row["native_id"] == "place-2"


def test_a_chamber_sets_how_sure_a_place_must_be() -> None:
    assert isinstance(parsed([place(confidence=0.3)], min_confidence=0.2)[0], dict)
    with pytest.raises(RegisterError, match="0 to 1"):
        parsed([place()], min_confidence="high")


def test_row_groups_outside_the_box_are_counted_and_not_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    read_groups: list[list[int]] = []
    whole = pq.ParquetFile.iter_batches
    monkeypatch.setattr(
        pq.ParquetFile, "iter_batches", lambda self, *a, **k: read_groups.append(k["row_groups"]) or whole(self, *a, **k)
    )
    places = [place(n, at=(longitude, 36.5)) for n, longitude in enumerate((-64.50, -64.49, -64.51, -3.0, -3.01, -3.02))]
    report, rows = read(places, bbox=[-64.505, 36.4, -64.3, 36.6])
    assert [row["native_id"] for row in rows] == ["place-0", "place-1"]
    assert report.read == 6 and report.outside == {"outside the box": 4}
    assert read_groups == [[0], [1]], "the third group lies elsewhere as a whole"


@pytest.mark.parametrize("cut", [b"PAR1", b"<html>", b""])
def test_a_file_that_is_no_parquet_is_refused(read: Read, cut: bytes) -> None:
    with pytest.raises(RegisterError, match="no Parquet"):
        read(cut)


def test_another_theme_is_refused(read: Read) -> None:
    with pytest.raises(RegisterError, match=r"\['confidence'.*theme=places"):
        read([{"id": "1"}], pa.schema([("id", pa.string()), ("geometry", pa.binary()), ("names", pa.string())]))


def test_the_practice_town_as_a_release(read: Read) -> None:
    town = build_town(size=0.1)
    body = wire_overture.routes(town)[wire_overture.PATH](Request(wire_overture.PATH, {}, b"", {}, "http://127.0.0.1:1")).body
    report, rows = read(body)
    assert report.read > 100 and report.kept > 0.8 * report.read and report.rejected == []
    assert set(report.outside) == {"no name", "confidence too low"}
    assert {row["sector"] for row in rows} == {"private", "nonprofit", "public"}
    stored = str(pq.read_table(pa.BufferReader(body)).to_pylist())
    assert "@example.org" in stored and "+1501555" in stored
    assert not re.search(r"@example|\+1501555|social\.example", str(rows))
    assert not any(person.casefold() in str(rows).casefold() for person in town.truth.contact_names)
