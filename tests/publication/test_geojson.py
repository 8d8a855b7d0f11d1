"""Maps as RFC 7946 has them: longitude first, six decimals, one feature a line; and nobody shown who must not be."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.publication import geojson
from assets.publication.export import ORGANISATIONS
from warehouse import parquet
from warehouse.tables import TABLES

PLACES = {
    "org_bakery": (34.7464812345, -92.2895948765, "point"),
    "org_roofer": (34.75, -92.25, "zip"),
    "org_foodbank": (34.66, -92.38, "postcode"),
    "org_library": (34.74, -92.27, "point"),
    "org_person": (34.7, -92.2, "point"),
    "org_shelter": (34.1, -92.9, "city"),
    "org_cafe": (53.4, -2.97, "postcode"),
    "org_far": (61.2, -149.9, "city"),
}
SOURCES = [{"attribution": "City of “Little Rock”"}]
LITTLE_ROCK, LIVERPOOL = "us-ar-little-rock", "gb-liverpool"


@pytest.fixture(scope="module")
def tables(_pristine: Any, published_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world with places; the library is a refuge, the shelter has a second house in Liverpool."""
    folder = tmp_path_factory.mktemp("placed")
    rows = {short: copy.deepcopy(_pristine[short]) for short in ("organisation", "location")}
    for row in rows["organisation"]:
        if row["organisation_id"] in PLACES:
            row |= dict(zip(("latitude", "longitude", "location_precision"), PLACES[row["organisation_id"]], strict=True))
        if row["organisation_id"] in ("org_bakery", "org_library"):
            row |= {"street": "1 Main St", "postcode": "72201"}
        if row["organisation_id"] == "org_library":
            row["activity_id"] = "refuge"
    rows["location"][0] |= {"latitude": 53.41, "longitude": -2.98, "location_precision": "sector"}
    for table in TABLES:
        if table.short not in rows:
            parquet.path_of(folder, table).symlink_to(parquet.path_of(published_tables, table))
        else:
            parquet.write_rows(rows[table.short], table, parquet.path_of(folder, table))
    return folder


@pytest.fixture(scope="module")
def read(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], tuple[dict[str, Any], bytes]]:
    """(region, file) -> the map, and its bytes."""
    folder = tmp_path_factory.mktemp("maps")

    def made(region: str, file: str) -> tuple[dict[str, Any], bytes]:
        path = folder / region / file
        with parquet.connect() as con:
            for table in TABLES:
                parquet.create_view(con, table, parquet.path_of(tables, table))
            count = geojson.write(con, geojson.MAPS[file][1], region, path, as_of="2026-11-21", sources=SOURCES)
        found = json.loads(path.read_text("utf-8"))
        assert count == len(found["features"])
        return found, path.read_bytes()

    return made


def by_id(found: dict[str, Any]) -> dict[str, Any]:
    return {feature["id"]: feature for feature in found["features"]}


def test_a_map_is_what_rfc_7946_says(read: Callable[..., Any]) -> None:
    for file in geojson.MAPS:
        found, _ = read(LITTLE_ROCK, file)
        assert (found["type"], found["attributions"], "crs" in found) == ("FeatureCollection", ["City of “Little Rock”"], False)
        assert [f["id"] for f in found["features"]] == sorted(f["id"] for f in found["features"])
        for feature in found["features"]:
            assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "Point")
            longitude, latitude = feature["geometry"]["coordinates"]
            assert -93 < longitude < -92 and 34 < latitude < 35
            assert longitude == round(longitude, 6) and latitude == round(latitude, 6)
            assert feature["properties"]["sources"] and feature["properties"]["licences"]


def test_organisations_of_the_region_are_shown_with_what_their_point_stands_for(read: Callable[..., Any]) -> None:
    found = by_id(read(LITTLE_ROCK, "organisation.geojson")[0])
    assert set(found) == {"org_bakery", "org_roofer", "org_foodbank"}  # no person, no refuge, nobody without a place
    assert found["org_bakery"]["geometry"]["coordinates"] == [-92.289595, 34.746481]
    assert {id_: f["properties"]["location_precision"] for id_, f in found.items()} == {
        "org_bakery": "point", "org_roofer": "zip", "org_foodbank": "postcode",
    }  # fmt: skip


def test_a_house_in_the_region_counts_before_the_head_office(read: Callable[..., Any]) -> None:
    found = by_id(read(LIVERPOOL, "organisation.geojson")[0])
    assert set(found) == {"org_cafe", "org_shelter"}
    assert found["org_shelter"]["geometry"]["coordinates"] == [-2.98, 53.41]
    assert found["org_shelter"]["properties"]["location_precision"] == "sector"


def test_an_opportunity_stands_at_the_business_and_knows_where_the_partner_is(read: Callable[..., Any]) -> None:
    found = by_id(read(LITTLE_ROCK, "opportunity.geojson")[0])
    assert set(found) == {"opp_1", "opp_2", "opp_3", "opp_4"}
    assert found["opp_1"]["geometry"]["coordinates"] == [-92.289595, 34.746481]
    partner = ("partner_longitude", "partner_latitude", "partner_location_precision")
    assert [found["opp_1"]["properties"][name] for name in partner] == [-92.38, 34.66, "postcode"]
    assert [found["opp_2"]["properties"][name] for name in partner] == [None] * 3  # a refuge
    assert [found["opp_3"]["properties"][name] for name in partner] == [None] * 3  # a programme


def test_a_map_is_the_same_to_the_byte_and_has_a_feature_a_line(read: Callable[..., Any]) -> None:
    found, first = read(LITTLE_ROCK, "opportunity.geojson")
    assert read(LITTLE_ROCK, "opportunity.geojson")[1] == first
    assert sum(line.startswith(b'{"type":"Feature",') for line in first.splitlines()) == len(found["features"])


def test_a_region_without_places_has_an_empty_map(published_tables: Path, tmp_path: Path) -> None:
    with parquet.connect() as con:
        for table in TABLES:
            parquet.create_view(con, table, parquet.path_of(published_tables, table))
        for file, (_, sql) in geojson.MAPS.items():
            assert geojson.write(con, sql, LITTLE_ROCK, tmp_path / file, as_of="2026-11-21", sources=[]) == 0
            assert json.loads((tmp_path / file).read_text("utf-8"))["features"] == []


def test_tables_of_organisations_tell_the_town_of_a_refuge_and_no_more(tables: Path) -> None:
    with parquet.connect() as con:
        for table in TABLES:
            parquet.create_view(con, table, parquet.path_of(tables, table))
        told = (
            "SELECT street, postcode, latitude, longitude, location_precision, city IS NULL FROM ({}) WHERE organisation_id = ?"
        )
        for organisation, expected in (
            ("org_library", (None, None, None, None, "none", False)),
            ("org_bakery", ("1 Main St", "72201", 34.7464812345, -92.2895948765, "point", False)),
        ):
            assert con.execute(told.format(ORGANISATIONS), [organisation]).fetchall() == [expected]
