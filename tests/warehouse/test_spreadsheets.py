"""CSV cells: harmless in a spreadsheet, and what was put around a text can be taken off again."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assets.publication.export import CSV, csv_value
from warehouse import parquet
from warehouse.spreadsheets import guard, join_list, split_list, unguard

#: What a spreadsheet runs, what we write around it, and ordinary letters.
TEXTS = st.text(st.sampled_from("='+-@\t\r\n;\\ e,\"aé")) | st.text()


@given(TEXTS)
@example("'=1")
@example("''")
def test_the_guard_comes_off_again_and_no_cell_can_run(text: str) -> None:
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(TEXTS))
@example([])
@example([""])
@example(["\\e", ""])
@example(["a; b", "a\\"])
def test_a_joined_list_comes_apart_again(items: list[str]) -> None:
    assert split_list(join_list(items)) == items
    assert split_list(unguard(guard(join_list(items)))) == items


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        (["a", "b c"], "a; b c"),
        (["Smith; Sons", "b"], r"Smith\; Sons; b"),
        (["back\\slash"], r"back\\slash"),
        (["", "b"], r"\e; b"),
    ],
)
def test_lists_read_as_people_write_them(items: list[str], text: str) -> None:
    assert join_list(items) == text


@pytest.fixture(scope="module")
def written(duck: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Any]], list[list[str]]]:
    """(rows of a text and a list) -> the cells of the CSV the exports make of them."""
    path: Path = tmp_path_factory.mktemp("csv") / "cells.csv"

    def write(rows: list[Any]) -> list[list[str]]:
        duck.execute("CREATE OR REPLACE TEMP TABLE cells (place INTEGER, name VARCHAR, sources VARCHAR[])")
        duck.executemany("INSERT INTO cells VALUES (?, ?, ?)", [[n, *row] for n, row in enumerate(rows)])
        parquet.copy(duck, f"SELECT {csv_value('name')}, {csv_value('sources')} FROM cells ORDER BY place", path, CSV)
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file, strict=True))[1:]

    return write


def test_the_sql_of_the_exports_does_the_same(written: Callable[[list[Any]], list[list[str]]]) -> None:
    texts = ["=1+1", "'=1", "''x", "plain", "a;b", "\\", "\\e", "", "-", "@x", "\tx", "é\nü", 'a"b']
    rows = [(text, [text, other]) for text in texts for other in texts] + [("x", [])]
    cells = written(rows)
    assert [unguard(cell) for cell, _ in cells] == [text for text, _ in rows]
    assert [split_list(unguard(cell)) for _, cell in cells] == [items for _, items in rows]
    assert [cell for pair in cells for cell in pair if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert cells == [[guard(text), guard(join_list(items))] for text, items in rows]
