"""The registry as SQL text: quoting, conditions, CREATE and COMMENT ON of tables, views and macros.

Running the SQL does not belong here (`build.py` does), nor any name that the registry does not know. Only what DuckDB
1.1 to 2.0 all read is used: no COMMENT ON SCHEMA, no typed macro, no type newer than 1.0.
"""

from __future__ import annotations

from warehouse.columns import COLUMNS
from warehouse.model import Column, Macro, Table, View


def identifier(name: str) -> str:
    """Quote a name of the registry: some (`get`, `place`) are words of SQL."""
    return '"' + name.replace('"', '""') + '"'


def identifiers(names: tuple[str, ...]) -> str:
    """Quoted names, comma between."""
    return ", ".join(identifier(name) for name in names)


def literal(text: str) -> str:
    """Quote a text, for the few places that take no bound parameter (COPY's path, COMMENT, CHECK)."""
    return "'" + text.replace("'", "''") + "'"


def cast(name: str) -> str:
    """A column brought to its registered type under its own name."""
    return f"CAST({identifier(name)} AS {COLUMNS[name].type}) AS {identifier(name)}"


def values_condition(column: Column) -> str | None:
    """Condition that the column holds one of its allowed values; None where any value is allowed."""
    if not column.values:
        return None
    return f"{identifier(column.name)} IN ({', '.join(literal(value) for value in column.values)})"


def check_condition(column: Column) -> str | None:
    """The column's own condition, its name filled in; None where there is none."""
    return None if column.check is None else column.check.format(identifier(column.name))


def column_comment(column: Column) -> str:
    """Meaning, unit and allowed values in one line, as shown by every client that shows comments."""
    parts = [column.meaning]
    if column.unit:
        parts.append(f"Unit: {column.unit}.")
    if column.values:
        parts.append(f"One of: {', '.join(column.values)}.")
    return " ".join(parts)


def create_table_sql(table: Table, *, keyed: bool = True) -> str:
    """CREATE TABLE with PRIMARY KEY, NOT NULL and CHECK; foreign keys cannot cross schemas and are the audit's.

    Without the key where rows are loaded first: `add_key_sql` then builds the index in one go, in half the time.
    """
    lines = []
    for name in table.columns:
        column = COLUMNS[name]
        parts = [identifier(name), column.type]
        if name in table.key or name in table.required:
            parts.append("NOT NULL")
        parts += [f"CHECK ({condition})" for condition in (values_condition(column), check_condition(column)) if condition]
        lines.append(" ".join(parts))
    if keyed:
        lines.append(f"PRIMARY KEY ({identifiers(table.key)})")
    if table.check:
        lines.append(f"CHECK ({table.check})")
    return f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(lines) + "\n)"


def add_key_sql(table: Table) -> str:
    """ALTER TABLE … ADD PRIMARY KEY."""
    return f"ALTER TABLE {table.name} ADD PRIMARY KEY ({identifiers(table.key)})"


def comment_sql(table: Table) -> str:
    """COMMENT ON the table (its grain) and on every column (`column_comment`), as one script."""
    statements = [f"COMMENT ON TABLE {table.name} IS {literal(table.grain)}"]
    statements += [
        f"COMMENT ON COLUMN {table.name}.{identifier(name)} IS {literal(column_comment(COLUMNS[name]))}" for name in table.columns
    ]
    return ";\n".join(statements) + ";"


def create_view_sql(view: View) -> str:
    """CREATE VIEW and the comments on it and its columns, as one script."""
    statements = [f"CREATE VIEW {view.name} AS {view.sql}", f"COMMENT ON VIEW {view.name} IS {literal(view.meaning)}"]
    statements += [
        f"COMMENT ON COLUMN {view.name}.{identifier(column.name)} IS {literal(column_comment(column))}" for column in view.columns
    ]
    return ";\n".join(statements) + ";"


def create_macro_sql(macro: Macro) -> str:
    """CREATE MACRO … AS TABLE and its comment, as one script."""
    return (
        f"CREATE MACRO {macro.signature} AS TABLE {macro.sql};\nCOMMENT ON MACRO TABLE {macro.name} IS {literal(macro.comment)};"
    )
