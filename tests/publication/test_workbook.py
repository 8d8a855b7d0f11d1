"""The officer's workbook: opens, filters, sorts, runs nothing, and is the same file for the same tables."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from assets.publication import workbook, xlsx
from assets.publication.export import export
from assets.publication.xlsx import DATE, TEXT, TWO_DECIMALS, WHOLE, Heading, Sheet, clean_text, write_workbook

AS_OF = date(2026, 11, 21)
HEADINGS = [Heading("Text", 20), Heading("Number", 9, WHOLE), Heading("Score", 9, TWO_DECIMALS), Heading("Day", 11, DATE)]
REGION = "regions/us-ar-little-rock/opportunities.xlsx"


def written(path: Path, rows: list[tuple[Any, ...]], headings: list[Heading] = HEADINGS) -> Path:
    write_workbook(path, [Sheet("Rows", headings, len(rows), iter([rows]))], AS_OF)
    return path


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


def test_a_name_that_looks_like_a_formula_is_a_text(book: Any, tmp_path: Path) -> None:
    cells = [cell for row in book["Opportunities"].iter_rows() for cell in row]
    assert "=HYPERLINK(1)" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n", "d"}
    path = written(tmp_path / "b.xlsx", [("=1+1", 1, 0.5, AS_OF), ("{=A1}", None, None, None), ("-1", 2, 1.0, AS_OF)])
    with zipfile.ZipFile(path) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")


@settings(max_examples=30, deadline=None)
@given(st.text() | st.text(st.sampled_from("=_x041_\x00\x0b\r\n&<>'\"é😀")))
def test_any_text_makes_a_readable_cell(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    cell = load_workbook(written(path, [(text, 1, 0.5, AS_OF)]))["Rows"]["A2"]
    assert (cell.value or "").replace("_x005F_", "_") == clean_text(text)
    assert cell.data_type != "f"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a\x00b\x0bc\x1fd\ufffe", "abcd"),
        ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
        ("x" * 40_000, "x" * 32_767),
        ("😀" * 20_000, "😀" * 16_383),
        ("x" * 20_000 + "=", "x" * 20_000 + "="),
    ],
)
def test_a_cell_holds_what_excel_allows(text: str, cell: str) -> None:
    assert clean_text(text) == cell
    assert len(cell.encode("utf-16-le")) // 2 <= xlsx.MAX_TEXT


def test_the_same_rows_give_the_same_bytes_at_any_hour(tmp_path: Path) -> None:
    rows = [(f"row {n}", n, n / 3, AS_OF) for n in range(50)]
    first = written(tmp_path / "1.xlsx", rows).read_bytes()
    assert written(tmp_path / "2.xlsx", rows).read_bytes() == first
    with zipfile.ZipFile(tmp_path / "1.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 21, 0, 0, 0)}
    properties = load_workbook(tmp_path / "1.xlsx").properties
    assert (properties.created, properties.modified) == (datetime(2026, 11, 21), datetime(2026, 11, 21))


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


def test_a_sheet_with_other_rows_than_it_said_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has 1 rows; expected 2"):
        write_workbook(tmp_path / "b.xlsx", [Sheet("Rows", [Heading("a", 5, TEXT)], 2, iter([[("x",)]]))], AS_OF)
