"""The officer's workbook: opens, filters, sorts, runs nothing, and is the same file for the same tables."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from assets.publication import workbook, xlsx
from assets.publication.export import export
from assets.publication.xlsx import DATE, TEXT, TWO_DECIMALS, WHOLE, Heading, Sheet, write_workbook
from warehouse import parquet

AS_OF = date(2026, 11, 21)
HEADINGS = [Heading("Text", 20), Heading("Number", 9, WHOLE), Heading("Score", 9, TWO_DECIMALS), Heading("Day", 11, DATE)]
REGION = "regions/us-ar-little-rock/opportunities.xlsx"


TYPES = {TEXT: "VARCHAR", WHOLE: "BIGINT", TWO_DECIMALS: "DOUBLE", DATE: "DATE"}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with parquet.connect() as con:
        yield con


def written(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    rows: list[tuple[Any, ...]],
    headings: list[Heading] = HEADINGS,
    expected: int | None = None,
) -> Path:
    """A workbook of these rows, sorted by their place in the list."""
    columns = [f"$c{number}::{TYPES[heading.kind]}[]" for number, heading in enumerate(headings)]
    given = {f"c{number}": [row[number] for row in rows] for number in range(len(headings))}
    unnested = ", ".join(f"unnest({column}) AS v{number}" for number, column in enumerate(columns))
    source = f"FROM (SELECT {unnested}, unnest(range({len(rows)})) AS place)"
    cells = [f"v{number}" for number in range(len(headings))]
    count = len(rows) if expected is None else expected
    write_workbook(con, path, [Sheet("Rows", headings, cells, source, "place", given, count)], AS_OF)
    return path


def allowed(text: str) -> str:
    """What a cell is to hold of a text, said another way than in SQL."""
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text).replace("\r\n", "\n").replace("\r", "\n")
    return kept.encode("utf-16-le")[: 2 * xlsx.MAX_TEXT].decode("utf-16-le", "ignore")


def shown(value: str | None) -> str:
    """What Excel shows for the text of a cell."""
    return (value or "").replace("_x005F_", "_")


@pytest.fixture(scope="module")
def book(published_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("workbook") / "version"
    export(published_tables, folder, manifest_facts={"run_id": "1"})
    return load_workbook(folder / REGION)


def table_of(sheet: Any) -> list[dict[str, Any]]:
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_an_officer_finds_sheets_headings_and_a_filter(book: Any) -> None:
    assert book.sheetnames == ["Read me", "Opportunities", "Coverage", "Programmes"]
    sheet = book["Opportunities"]
    assert [cell.value for cell in sheet[1]] == [column.heading.title for column in workbook.OPPORTUNITIES]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.dimensions) == ("A2", "A1:AF5", "A1:AF5")
    assert sheet.column_dimensions["G"].width > 40
    assert "Food" in [row["Industry"] for row in table_of(book["Coverage"])]
    assert [row["Programme"] for row in table_of(book["Programmes"])] == ["Small Business Loans"]


def test_opportunities_stand_best_first_with_real_numbers_and_dates(book: Any) -> None:
    rows = table_of(book["Opportunities"])
    assert [row["Opportunity id"] for row in rows] == ["opp_1", "opp_2", "opp_4", "opp_3"]
    assert rows[0] | {
        "Rank": 1, "Business": "Community Bakery", "Score (0 to 1)": pytest.approx(0.9), "First listed": datetime(2026, 11, 21),
        "Settle first": "size imbalance, late", "Form of working together": "A giving agreement",
        "Could be paid for by": "Small Business Loans", "Sources": "little_rock", "Licences": "US-PD", "Partner website": None,
    } == rows[0]  # fmt: skip
    sheet = book["Opportunities"]
    assert {sheet[cell].number_format for cell in ("F2", "X2")} == {"0.00"}
    assert (sheet["A2"].number_format, sheet["L2"].number_format, sheet["AA2"].number_format) == ("#,##0", "0.0", "yyyy-mm-dd")


def test_the_first_sheet_tells_the_day_the_licences_and_the_words_to_show(book: Any) -> None:
    text = "\n".join(str(cell) for row in book["Read me"].iter_rows(values_only=True) for cell in row)
    assert all(word in text for word in ("2026-11-21", "US-PD", "City of Little Rock", "https://example.org/terms"))


def test_a_name_that_looks_like_a_formula_is_a_text(book: Any, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    cells = [cell for row in book["Opportunities"].iter_rows() for cell in row]
    assert "=HYPERLINK(1)" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n", "d"}
    path = written(con, tmp_path / "b.xlsx", [("=1+1", 1, 0.5, AS_OF), ("{=A1}", None, None, None), ("-1", 2, 1.0, AS_OF)])
    with zipfile.ZipFile(path) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")


@settings(max_examples=30, deadline=None)
@given(st.text() | st.text(st.sampled_from("=_x041_\x00\x0b\r\n&<>'\"é😀")))
def test_any_text_makes_a_readable_cell(
    con: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    cell = load_workbook(written(con, path, [(text, 1, 0.5, AS_OF)]))["Rows"]["A2"]
    assert shown(cell.value) == allowed(text)
    assert cell.data_type != "f"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a\x00b\x0bc\x1fd\ufffe", "abcd"),
        ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
        ("x" * 40_000, "x" * 32_767),
        ("😀" * 20_000, "😀" * 16_383),
        ("x" * 20_000 + "=", "x" * 20_000 + "="),
        ("x" + "é😀" * 11_000 + "&", "x" + "é😀" * 10_922),
    ],
)
def test_a_cell_holds_what_excel_allows(con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, cell: str) -> None:
    found = load_workbook(written(con, tmp_path / "b.xlsx", [(text, 1, 0.5, AS_OF)]))["Rows"]["A2"].value
    assert found == cell == allowed(text)
    assert len(found.encode("utf-16-le")) // 2 <= xlsx.MAX_TEXT


def test_the_same_rows_give_the_same_bytes_at_any_hour(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [(f"row {n}", n, n / 3, AS_OF) for n in range(50)]
    first = written(con, tmp_path / "1.xlsx", rows).read_bytes()
    assert written(con, tmp_path / "2.xlsx", rows).read_bytes() == first
    with zipfile.ZipFile(tmp_path / "1.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = load_workbook(tmp_path / "1.xlsx").properties
    assert (properties.created, properties.modified) == (datetime(2026, 11, 21), datetime(2026, 11, 21))


def test_many_rows_stand_in_order_with_any_number_of_threads(tmp_path: Path) -> None:
    books = []
    for threads in (1, 4):
        with parquet.connect(threads) as con:
            source = "FROM (SELECT 149_999 - range AS place, 'row ' || place AS name FROM range(150_000))"
            sheet = Sheet("Rows", [Heading("a", 5)], ["name"], source, "place", {}, 150_000)
            write_workbook(con, tmp_path / f"{threads}.xlsx", [sheet], AS_OF)
        books.append((tmp_path / f"{threads}.xlsx").read_bytes())
    assert books[0] == books[1]
    with zipfile.ZipFile(tmp_path / "4.xlsx") as archive:
        cells = re.findall(rb'r="A(\d+)" t="inlineStr"><is><t [^>]*>row (\d+)<', archive.read("xl/worksheets/sheet1.xml"))
    assert [(int(row) - 2, int(place)) for row, place in cells] == [(n, n) for n in range(150_000)]


def test_a_region_too_large_for_a_sheet_keeps_the_best_and_says_so(
    published_tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 2)
    manifest = export(published_tables, tmp_path / "out", manifest_facts={"run_id": "1"})
    assert [entry["rows"] for entry in manifest["files"] if entry["path"] == REGION] == [2]
    book = load_workbook(tmp_path / "out" / REGION)
    assert [row["Opportunity id"] for row in table_of(book["Opportunities"])] == ["opp_1", "opp_2"]
    assert "only the best of them are here" in book["Read me"]["B3"].value


def test_only_addresses_of_the_web_are_shown(
    published_world: dict[str, Any], published_tables: Path, write_tables: Callable[..., None], tmp_path: Path
) -> None:
    for path in published_tables.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "opportunity.parquet").unlink()
    row = published_world["opportunity"][0]
    row["business_website"], row["partner_website"] = "javascript:alert(1)", "HTTPS://bank.example"
    write_tables(published_world, tmp_path, ["opportunity"])
    export(tmp_path, tmp_path / "out", manifest_facts={"run_id": "1"})
    found = table_of(load_workbook(tmp_path / "out" / REGION)["Opportunities"])[0]
    assert (found["Business website"], found["Partner website"]) == (None, "HTTPS://bank.example")


def test_a_sheet_with_other_rows_than_it_said_is_an_error(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has 1 rows; expected 2"):
        written(con, tmp_path / "b.xlsx", [("x",)], [Heading("a", 5, TEXT)], expected=2)
