"""The data dictionary, from the registry: as a table people can query and as a page people can read.

Definitions do not belong here; they are in `columns.py`, `tables.py`, `views.py` and `macros.py`. After changing those, write the
page anew with `python -m warehouse.dictionary`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse import parquet
from warehouse.columns import COLUMNS
from warehouse.macros import MACROS
from warehouse.model import Column, Macro, Table, View
from warehouse.tables import BY_NAME, SCHEMA_VERSION, TABLES
from warehouse.views import VIEWS

PAGE = Path("docs/data-dictionary.md")

_HEAD = f"""# Data dictionary

Every published table, view, macro and column, schema version {SCHEMA_VERSION}. Written from the registry (`warehouse/columns.py`,
`warehouse/tables.py`) by `python -m warehouse.dictionary`: change the registry, not this page. The same rows are in
`meta.data_dictionary`, and every table and column of `partners.duckdb` carries its line as a comment.

`core` holds what the registers say, `mart` what follows from it, `meta` how it came about. **key**: part of the primary
key; **required**: never NULL. An arrow names the table whose key the column holds. Views and macros stand at the end.
"""

_VIEWS_HEAD = """
## Views

Questions people ask, ready to select from; `docs/sql-cookbook.md` shows how. Each is sorted.
"""

_MACROS_HEAD = """
## Macros

Questions with parameters: `FROM partners_near('72201', 3)`. They need the file opened directly, or `USE` after ATTACH.
"""


def rows() -> list[dict[str, Any]]:
    """Rows of `meta.data_dictionary`, one per column of each table, view and macro, in registry order."""
    of_tables = [
        {
            "table_name": table.name,
            "column_number": number,
            "column_name": name,
            "data_type": COLUMNS[name].type,
            "is_key": name in table.key,
            "is_required": name in table.key or name in table.required,
            "unit": COLUMNS[name].unit,
            "meaning": _meaning(table, name),
            "example": COLUMNS[name].example,
        }
        for table in TABLES
        for number, name in enumerate(table.columns, start=1)
    ]
    queries: list[View | Macro] = [*VIEWS, *MACROS]
    of_queries = [
        {
            "table_name": query.name,
            "column_number": number,
            "column_name": column.name,
            "data_type": column.type,
            "is_key": False,
            "is_required": False,
            "unit": column.unit,
            "meaning": _with_values(column),
            "example": column.example,
        }
        for query in queries
        for number, column in enumerate(query.columns, start=1)
    ]
    return of_tables + of_queries


def write_dictionary(path: Path) -> int:
    """Write `data_dictionary.parquet` and return its rows."""
    return parquet.write_rows(rows(), BY_NAME["meta.data_dictionary"], path)


def render_markdown() -> str:
    """The whole dictionary as one Markdown page."""
    parts = [_HEAD]
    by_table: dict[str, list[dict[str, Any]]] = {}
    for row in rows():
        by_table.setdefault(row["table_name"], []).append(row)
    for table in TABLES:
        parts.append(f"\n## {table.name}\n\n{table.grain}\n")
        if table.check:
            parts.append(f"\nHolds for every row: `{table.check}`\n")
        parts.append("\n| column | type | role | unit | meaning | example |\n|---|---|---|---|---|---|\n")
        parts += [_line(row) for row in by_table[table.name]]
    parts.append(_VIEWS_HEAD)
    for view in VIEWS:
        parts += [f"\n### {view.name}\n\n{view.meaning}\n", *_query_table(by_table[view.name])]
    parts.append(_MACROS_HEAD)
    for macro in MACROS:
        told = [f"- `{declared.split()[0]}`: {meaning}\n" for declared, meaning in macro.parameters]
        parts += [f"\n### {macro.signature}\n\n{macro.meaning}\n\n", *told, *_query_table(by_table[macro.name])]
    return "".join(parts)


def write_markdown(path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(render_markdown(), encoding="utf-8")


def _meaning(table: Table, name: str) -> str:
    """Meaning, allowed values, and the table whose key the column holds."""
    arrows = [f"→ {foreign.table}" for foreign in table.foreign_keys if foreign.columns == (name,)]
    return " ".join([_with_values(COLUMNS[name]), *arrows])


def _with_values(column: Column) -> str:
    return f"{column.meaning} One of: {', '.join(column.values)}." if column.values else column.meaning


def _query_table(rows_of_it: list[dict[str, Any]]) -> list[str]:
    """Columns of a view or macro; they have no role, and their examples are those of the tables."""
    head = "\n| column | type | unit | meaning |\n|---|---|---|---|\n"
    cells = ([row["column_name"], row["data_type"], row["unit"] or "", row["meaning"]] for row in rows_of_it)
    return [head, *("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in cells)]


def _line(row: dict[str, Any]) -> str:
    role = "key" if row["is_key"] else "required" if row["is_required"] else ""
    example = f"`{row['example']}`" if row["example"] else ""
    cells = (row["column_name"], row["data_type"], role, row["unit"] or "", row["meaning"], example)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |\n"


def _cell(text: str) -> str:
    """Text that does not end its cell."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write_markdown()
