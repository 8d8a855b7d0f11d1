"""A city's licence file through its mapping: rows, lasting ids, lost blanks, dates and postcodes. The city is invented."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from sources.business_licences import City, city_register, known_cities, load_city
from sources.catalogue import register_for, registers
from sources.frame import read_register
from sources.register import RegisterError

COLUMNS = ("Kind", "Trading As", "Street", "Town", "Postal", "Since", "Group")
MAPPING: dict[str, Any] = {
    "city": "wrenhollow",
    "title": "Wrenhollow trade permits",
    "publisher": "Wrenhollow Town Hall",
    "licence": "CC0-1.0",
    "licence_url": "https://wrenhollow.example/terms",
    "attribution": "Wrenhollow Town Hall.",
    "columns": {
        "class": "Kind",
        "name": "Trading As",
        "street": "Street",
        "city": "Town",
        "postcode": "Postal",
        "started_on": "Since",
    },
    "extra_columns": ["Group"],
    "date_format": "%m/%d/%y",
    "state": "ZZ",
    "lost_blank_at": 30,
}
BAKER = ("BREAD", "OTTER BAKERY", "5 LOCK LN", "WRENHOLLOW", "00111", "7/4/09", "SHOPS")

#: What the first of the two name fields holds when it is full but for its last blank: 29 letters.
HEAD = "LARKFIELD & SONS FINE KITCHEN"
HEAD_AND = "LARKFIELD BROTHERS DAUGHTER &"
HEAD_LETTER = "LARKFIELD & SONS AND COUSIN K"

Row = dict[str, Any]
Licence = Sequence[str]
Read = Callable[..., list[Row]]


def wire(rows: Sequence[Licence], columns: Sequence[str] = COLUMNS) -> bytes:
    """The rows as the town exports them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([columns, *rows])
    return text.getvalue().encode()


def baker(**changed: str) -> Licence:
    """The baker's licence with some cells changed."""
    return tuple(changed.get(column.replace(" ", "_"), cell) for column, cell in zip(COLUMNS, BAKER, strict=True))


def named(*names: str) -> list[Licence]:
    """A licence for each name, each at its own address."""
    return [baker(Trading_As=name, Street=f"{number} LOCK LN") for number, name in enumerate(names)]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads licences with the invented mapping, or another; gives the rows in order of their ids."""

    def run(rows: Sequence[Licence], mapping: dict[str, Any] = MAPPING, columns: Sequence[str] = COLUMNS) -> list[Row]:
        (tmp_path / "file.csv").write_bytes(wire(rows, columns))
        report = read_register(city_register(mapping), tmp_path / "file.csv", {}, tmp_path / "rows.parquet")
        assert (report.kept, report.rejected) == (len(rows), [])
        return pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_a_licence_field_by_field(read: Read) -> None:
    (row,) = read([BAKER])
    assert len(row.pop("native_id")) == 16
    # No city's licence says who a body belongs to.
    assert [row.pop(f"parent_{part}") for part in ("identifiers", "name", "kind")] + [row.pop("centre_of")] == [
        [],
        None,
        None,
        None,
    ]
    assert row == {
        "name": "OTTER BAKERY",
        "other_names": [],
        "sector": "private",
        "street": "5 LOCK LN",
        "city": "WRENHOLLOW",
        "state": "ZZ",
        "postcode": "00111",
        "country": "US",
        "latitude": None,
        "longitude": None,
        "website": None,
        "description": None,
        "class_scheme": "licence:wrenhollow",
        "class_codes": ["BREAD"],
        "identifiers": [],
        "status": "active",
        "started_on": date(2009, 7, 4),
        "last_filed_on": None,
        "income_amount": None,
        "income_currency": None,
        "size_band": None,
        "flags": [],
        "record_url": None,
    }


CELLS: tuple[tuple[str, str, str, Any], ...] = (
    ("Postal", "00111", "postcode", "00111"),
    ("Postal", "00111-4321", "postcode", "00111"),
    ("Postal", "111", "postcode", None),  # zeros eaten by a spreadsheet
    ("Postal", "0111", "postcode", None),
    ("Postal", "001111", "postcode", None),
    ("Postal", "00111-43", "postcode", None),
    ("Postal", "AB1 2CD", "postcode", None),
    ("Postal", "", "postcode", None),
    ("Since", "12/31/99", "started_on", date(1999, 12, 31)),
    ("Since", "07/04/09", "started_on", date(2009, 7, 4)),
    ("Since", "13/1/09", "started_on", None),
    ("Since", "2/30/09", "started_on", None),
    ("Since", "soon", "started_on", None),
    ("Since", "", "started_on", None),
    ("Kind", "", "class_codes", []),
    ("Kind", "BREAD, CAKES & PIES", "class_codes", ["BREAD, CAKES & PIES"]),
    ("Street", "", "street", None),
    ("Town", "", "city", None),
)


def test_cells_that_hurried_clerks_write(read: Read) -> None:
    licences = [baker(Trading_As=f"BAKERY {place}", **{wrote: cell}) for place, (wrote, cell, _, _) in enumerate(CELLS)]
    by_name = {row["name"]: row for row in read(licences)}
    found = tuple((wrote, cell, column, by_name[f"BAKERY {n}"][column]) for n, (wrote, cell, column, _) in enumerate(CELLS))
    assert found == CELLS


# --- ids ------------------------------------------------------------------------------------------------------------
def test_exact_repeats_are_kept_apart_by_their_ordinal(read: Read) -> None:
    first, second, third = (row["native_id"] for row in read([BAKER] * 3))
    assert (second, third) == (f"{first}-2", f"{first}-3")


SAME_ID: tuple[tuple[dict[str, str], bool], ...] = (
    ({"Postal": "00112"}, True),
    ({"Town": "STONEQUAY"}, True),
    ({"Group": "PERMITS"}, True),
    ({"Kind": "CAKES"}, False),
    ({"Trading_As": "OTTER BAKERY LLC"}, False),
    ({"Street": "6 LOCK LN"}, False),
    ({"Since": "7/4/10"}, False),
)


def test_an_id_rests_on_class_name_street_and_date_alone(read: Read) -> None:
    number = {row["native_id"] for row in read([BAKER])}
    found = tuple((changed, {row["native_id"] for row in read([baker(**changed)])} == number) for changed, _ in SAME_ID)
    assert found == SAME_ID


def test_cells_that_move_between_columns_do_not_make_one_id(read: Read) -> None:
    rows = read([baker(Trading_As="OTTER", Street="BAKERY5"), baker(Trading_As="OTTERBAKERY", Street="5")])
    assert len({row["native_id"] for row in rows}) == 2


def test_rows_and_ids_do_not_depend_on_row_order(read: Read) -> None:
    licences = [*named("OTTER BAKERY", "WREN CAFE", HEAD + "REPAIR"), BAKER, BAKER, baker(Postal="00112"), baker(Group="PERMITS")]
    licences += named(*(f"{word} {number}" for word in ("KITCHEN", "REPAIR") for number in range(4)))
    seen = [read(random.Random(seed).sample(licences, len(licences))) for seed in range(2)]
    assert all(rows == seen[0] for rows in seen)
    assert [row["other_names"] for row in seen[0] if row["name"].startswith(HEAD)] == [[f"{HEAD} REPAIR"]]


# --- lost blanks ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "words", "mended"),
    [
        pytest.param(HEAD + "REPAIR", {"KITCHEN": 4, "REPAIR": 4}, HEAD + " REPAIR", id="both halves are well known"),
        pytest.param(HEAD + "REPAIR LLC", {"KITCHEN": 3, "REPAIR": 3}, HEAD + " REPAIR LLC", id="just known enough"),
        pytest.param(HEAD + "REPAIR", {"KITCHEN": 4, "REPAIR": 2}, None, id="second half too rare"),
        pytest.param(HEAD + "REPAIR", {"KITCHEN": 2, "REPAIR": 4}, None, id="first half too rare"),
        pytest.param(HEAD + "WARE", {"KITCHEN": 6, "WARE": 6, "KITCHENWARE": 2}, None, id="the glued word is a word"),
        pytest.param(HEAD + "WARE", {"KITCHEN": 7, "WARE": 7, "KITCHENWARE": 2}, HEAD + " WARE", id="but a far rarer one"),
        pytest.param(HEAD + "S LLC", {"KITCHEN": 4, "S": 4}, None, id="a single letter after the seam"),
        pytest.param(HEAD_LETTER + "REPAIR", {"K": 4, "REPAIR": 4}, None, id="a single letter before the seam"),
        pytest.param(HEAD_AND + "REPAIR", {"&": 4, "REPAIR": 4}, HEAD_AND + " REPAIR", id="an ampersand before the seam"),
        pytest.param(HEAD + " REPAIR", {"KITCHEN": 4, "REPAIR": 4}, None, id="no blank is lost"),
        pytest.param(HEAD, {"KITCHEN": 4, "REPAIR": 4}, None, id="the name ends at the seam"),
        pytest.param("FINE KITCHENREPAIR", {"KITCHEN": 4, "REPAIR": 4}, None, id="glued elsewhere"),
    ],
)
def test_a_lost_blank_is_put_back_only_when_sure(read: Read, name: str, words: dict[str, int], mended: str | None) -> None:
    assert {len(head) for head in (HEAD, HEAD_AND, HEAD_LETTER)} == {29}
    others = named(*(f"{word} {number}" for word, uses in words.items() for number in range(uses)))
    row = next(row for row in read([baker(Trading_As=name), *others]) if row["name"] == name)
    assert row["other_names"] == ([] if mended is None else [mended])
    assert row["name"] == name, "what the file says stays"


def test_a_city_whose_file_glues_nothing_mends_nothing(read: Read) -> None:
    mapping = {**MAPPING, "lost_blank_at": None}
    rows = read(
        [*named(HEAD + "REPAIR"), *named(*["KITCHEN A", "KITCHEN B", "KITCHEN C", "REPAIR A", "REPAIR B", "REPAIR C"])], mapping
    )
    assert [row["other_names"] for row in rows] == [[]] * 7


# --- mappings -------------------------------------------------------------------------------------------------------
def test_a_file_without_a_start_date_is_read(read: Read) -> None:
    without = {k: v for k, v in MAPPING["columns"].items() if k != "started_on"}
    (row,) = read([BAKER[:5]], {**MAPPING, "columns": without, "extra_columns": []}, COLUMNS[:5])
    assert (row["name"], row["started_on"]) == ("OTTER BAKERY", None)


def test_a_city_of_ten_lines_with_what_its_columns_offer(tmp_path: Path) -> None:
    """Everything optional at once: several names and classes, parts of a street, positions, identifiers, status, income."""
    mapping = {
        **{key: MAPPING[key] for key in ("city", "title", "publisher", "licence", "licence_url", "attribution")},
        "country": "GB",
        "sector": "nonprofit",
        "columns": {
            "id": "Ref", "name": ["Trading", "Legal"], "class": ["Kind", "Sort"], "street": ["No", "Road"], "city": "Town",
            "postcode": "Post", "latitude": "Lat", "longitude": "Lon", "website": "Web", "description": "About", "status": "State",
            "started_on": "Since", "org_id": "Org", "income": "Income", "last_filed_on": "Filed",
        },
        "identifiers": {"GB-COH": "Company"},
        "statuses": {"active": ["1"], "inactive": ["0"]},
        "missing": ["N/A"],
        "class_separator": ";",
        "currency": "GBP",
        "date_format": "%d.%m.%Y",
        "classes": {"food_bank": ["PANTRY"]},
    }  # fmt: skip
    columns = ("Ref", "Trading", "Legal", "Kind", "Sort", "No", "Road", "Town", "Post", "Lat", "Lon", "Web", "About", "State",
               "Since", "Org", "Income", "Filed", "Company")  # fmt: skip
    cells = ("R 1", "Otter Pantry", "Otters Ltd", "PANTRY; CAFE", "PANTRY", "5", "Lock Lane", "Larkmere", "zz14ab", "53.4", "-2.9",
             "N/A", "Bread", "0", "31.12.2001", "GB-CHC-100001", "5721.0", "2018-04-05", "251.0")  # fmt: skip
    blank = ("R 2", "", "Wren Ltd", *[""] * 16)
    (tmp_path / "file.csv").write_bytes(wire([cells, blank], columns))
    read_register(city_register(mapping), tmp_path / "file.csv", {}, tmp_path / "rows.parquet")
    full, empty = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert {name: value for name, value in full.items() if value not in (None, [])} == {
        "native_id": "R 1", "name": "Otter Pantry", "other_names": ["Otters Ltd"], "sector": "nonprofit", "street": "5 Lock Lane",
        "city": "Larkmere", "postcode": "ZZ1 4AB", "country": "GB", "latitude": 53.4, "longitude": -2.9, "description": "Bread",
        "class_scheme": "licence:wrenhollow", "class_codes": ["PANTRY", "CAFE"], "identifiers": ["GB-CHC-100001", "GB-COH-00000251"],
        "status": "inactive", "started_on": date(2001, 12, 31), "last_filed_on": date(2018, 4, 5), "income_amount": 5721,
        "income_currency": "GBP",
    }  # fmt: skip
    assert (empty["name"], empty["status"], empty["identifiers"], empty["income_currency"]) == ("Wren Ltd", "unknown", [], None)


GEOJSON = {**MAPPING, "columns": {"name": "Name", "class": "Kind", "postcode": "Post", "id": "Ref"}, "extra_columns": []}


def features(*properties: dict[str, Any], coordinates: Any = (-64.5, 36.5)) -> bytes:
    """The list as a map layer."""
    point = {"type": "Point", "coordinates": coordinates}
    found = [{"type": "Feature", "properties": one, "geometry": point} for one in properties]
    return json.dumps({"type": "FeatureCollection", "features": found}).encode()


@pytest.mark.parametrize(
    ("coordinates", "place"),
    [((-64.5, 36.5), (36.5, -64.5)), ((-64.5, 36.5, 12), (36.5, -64.5)), ((), (None, None)), ((-64.5, 236.5), (None, None)),
     ((0, 0), (None, None))],
)  # fmt: skip
def test_a_map_layer_is_read_by_the_same_mapping(tmp_path: Path, coordinates: Any, place: Any) -> None:
    (tmp_path / "layer").write_bytes(
        features({"Name": "Otter ", "Kind": "BREAD", "Post": "00111", "Ref": 7}, coordinates=coordinates)
    )
    report = read_register(city_register(GEOJSON), tmp_path / "layer", {}, tmp_path / "rows.parquet")
    (row,) = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert (row["native_id"], row["name"], row["postcode"], row["class_codes"]) == ("7", "Otter", "00111", ["BREAD"])
    assert ((row["latitude"], row["longitude"]), report.unknown_columns) == (place, ())


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no header line"),
        (b"<html>Sign in</html>", "are missing"),
        (wire([BAKER[:6]], ("Kind", "Holder", "Street", "Town", "Postal", "Since")), r"\['Trading As', 'Group'\] are missing"),
        (b'{"message": "Not found"}', "Not found"),
        (b'[{"Kind": "BREAD"}', "no whole JSON"),
        (b'[{"Kind": "BREAD"}]', "no record has Trading As"),
    ],
)
def test_a_file_that_is_not_the_list_is_refused(tmp_path: Path, body: bytes, says: str) -> None:
    (tmp_path / "file").write_bytes(body)
    with pytest.raises(RegisterError, match=says):
        read_register(city_register(MAPPING), tmp_path / "file", {}, tmp_path / "rows.parquet")


def test_a_line_of_another_width_is_set_aside_and_the_rest_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(wire([BAKER, BAKER[:3], baker(Kind="CAKES")]))
    report = read_register(city_register(MAPPING), tmp_path / "file", {}, tmp_path / "rows.parquet")
    assert (report.read, report.kept) == (3, 2)
    assert [(bad.row_number, bad.rule) for bad in report.rejected] == [(2, "3 cells where the header has 7")]


def test_header_names_differ_in_case_and_signs_and_new_columns_are_told(tmp_path: Path) -> None:
    header = ("\ufeffKIND", "trading_as", "Street ", "town", "Postal", "SINCE", "group", "Colour")
    (tmp_path / "file").write_bytes(wire([(*BAKER, "red")], header))
    report = read_register(city_register(MAPPING), tmp_path / "file", {}, tmp_path / "rows.parquet")
    assert (report.kept, report.unknown_columns) == (1, ("Colour",))


def test_a_profile_may_bring_a_city_of_its_own() -> None:
    register = register_for("wrenhollow", {k: v for k, v in MAPPING.items() if k != "city"})
    assert (register.name, register.unique_ids, register.yields) == ("wrenhollow", False, "organisation")


@pytest.mark.parametrize(
    ("changed", "at_fault"),
    [
        ({"colums": {}}, "colums"),
        ({"columns": {**MAPPING["columns"], "postal": "Postal"}}, r"columns\.postal"),
        ({"columns": {"class": "Kind"}}, r"columns\.name"),
        ({"city": "Wren Hollow"}, "city"),
    ],
)
def test_a_mapping_with_a_mistake_is_refused_by_its_key(changed: dict[str, Any], at_fault: str) -> None:
    with pytest.raises(ValidationError, match=at_fault):
        City.model_validate({**MAPPING, **changed})


def test_every_city_the_project_knows_is_a_register_under_its_own_name() -> None:
    assert known_cities() == sorted(known_cities())
    for name in known_cities():
        register = registers()[name]
        assert (register.name, load_city(name).class_scheme) == (name, f"licence:{name}")


def test_an_unknown_register_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"'wrenhollow'; known: .*irs_bmf, .*ror"):
        register_for("wrenhollow")
