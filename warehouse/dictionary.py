"""The data dictionary, from the registry: as a table people can query and as a page people can read.

Definitions do not belong here; they are in `columns.py`, `tables.py` and `ddl.py`. After changing those, write the
page anew with `python -m warehouse.dictionary`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse import ddl, parquet
from warehouse.columns import COLUMNS
from warehouse.model import Table
from warehouse.tables import BY_NAME, SCHEMA_VERSION, TABLES

PAGE = Path("docs/data-dictionary.md")

_HEAD = f"""# Data dictionary

Every published table and column, schema version {SCHEMA_VERSION}. Written from the registry (`warehouse/columns.py`,
`warehouse/tables.py`) by `python -m warehouse.dictionary`: change the registry, not this page. The same rows are in
`meta.data_dictionary`, and every table and column of `partners.duckdb` carries its line as a comment.

`core` holds what the registers say, `mart` what follows from it, `meta` how it came about. **key**: part of the primary
key; **required**: never NULL. An arrow names the table whose key the column holds.
"""


def rows() -> list[dict[str, Any]]:
    """Rows of `meta.data_dictionary`, one per column of each table, in registry order."""
    return [
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
    parts.append("\n## Views\n\n| view | answers |\n|---|---|\n")
    parts += [f"| {view.name} | {_cell(view.meaning)} |\n" for view in ddl.VIEWS]
    return "".join(parts)


def write_markdown(path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(render_markdown(), encoding="utf-8")


def _meaning(table: Table, name: str) -> str:
    """Meaning, allowed values, and the table whose key the column holds."""
    column = COLUMNS[name]
    parts = [column.meaning]
    if column.values:
        parts.append(f"One of: {', '.join(column.values)}.")
    parts += [f"→ {foreign.table}" for foreign in table.foreign_keys if foreign.columns == (name,)]
    return " ".join(parts)


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
