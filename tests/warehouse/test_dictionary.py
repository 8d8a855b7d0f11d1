"""The data dictionary: nothing published is undocumented, and the page in `docs/` is the one the registry renders."""

from __future__ import annotations

from pathlib import Path

from warehouse import dictionary, parquet
from warehouse.macros import MACROS
from warehouse.tables import TABLES
from warehouse.views import VIEWS

REPO = Path(__file__).parents[2]


def test_the_page_in_docs_is_up_to_date() -> None:
    page = (REPO / dictionary.PAGE).read_text(encoding="utf-8")
    assert page == dictionary.render_markdown(), "the registry changed: run `python -m warehouse.dictionary`"


def test_every_column_of_every_table_view_and_macro_has_a_row_with_a_meaning() -> None:
    rows = dictionary.rows()
    documented = [(row["table_name"], row["column_name"]) for row in rows]
    of_tables = [(table.name, name) for table in TABLES for name in table.columns]
    assert documented == of_tables + [(query.name, column.name) for query in (*VIEWS, *MACROS) for column in query.columns]
    assert all(row["meaning"] for row in rows)


def test_the_page_names_every_table_view_and_macro() -> None:
    page = dictionary.render_markdown()
    missing = [named.name for named in (*TABLES, *VIEWS, *MACROS) if named.name not in page]
    assert missing == []


def test_keys_references_and_allowed_values_are_told() -> None:
    rows = {(row["table_name"], row["column_name"]): row for row in dictionary.rows()}
    key = rows["core.bridge", "record_id"]
    assert key["is_key"] and key["is_required"]
    assert key["meaning"].endswith("→ core.organisation_record")
    assert "One of: private, public, nonprofit." in rows["core.organisation", "sector"]["meaning"]
    assert not rows["core.organisation", "website"]["is_required"]


def test_a_bar_in_a_text_does_not_end_its_cell() -> None:
    table_lines = [line for line in dictionary.render_markdown().splitlines() if line.startswith("|")]
    cells = {line.replace("\\|", "").count("|") for line in table_lines}
    assert cells == {7, 5}  # six columns for tables, four for views and macros


def test_the_table_of_it_holds_the_same_rows(tmp_path: Path) -> None:
    path = tmp_path / "data_dictionary.parquet"
    assert dictionary.write_dictionary(path) == len(dictionary.rows())
    with parquet.connect() as con:
        found = con.execute(f"SELECT table_name, column_name, meaning FROM {parquet.read_sql(path)}").fetchall()
    assert sorted(found) == sorted((row["table_name"], row["column_name"], row["meaning"]) for row in dictionary.rows())
