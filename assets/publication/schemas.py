"""What a row of an exported file looks like, said twice from the registry: JSON Schema (2020-12) and Frictionless Table Schema.

Belongs here: how a type, condition or list of values of `warehouse/columns.py` reads in each. Does not: which files there are
(`export.py`) and the package around them (`datapackage.py`).
"""

from __future__ import annotations

import json
import re
from typing import Any

from warehouse.columns import COLUMNS
from warehouse.ddl import column_comment
from warehouse.model import Column, Table
from warehouse.tables import SCHEMA_VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: DuckDB type -> what its JSON looks like.
_JSON_TYPES: dict[str, dict[str, Any]] = {
    "VARCHAR": {"type": "string"},
    "VARCHAR[]": {"type": "array", "items": {"type": "string"}},
    "BIGINT": {"type": "integer"},
    "INTEGER": {"type": "integer"},
    "DOUBLE": {"type": "number"},
    "BOOLEAN": {"type": "boolean"},
    "DATE": {"type": "string", "format": "date"},
    "TIMESTAMP": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$"},
}
#: DuckDB type -> type of Table Schema.
_FIELD_TYPES = {
    "VARCHAR": "string",
    "VARCHAR[]": "array",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}
_NUMBER = r"-?\d+(?:\.\d+)?"
_BETWEEN = re.compile(rf"\{{\}} BETWEEN ({_NUMBER}) AND ({_NUMBER})")
_AT_LEAST = re.compile(rf"\{{\}} >= ({_NUMBER})")


def json_schema(table: Table, columns: tuple[str, ...]) -> dict[str, Any]:
    """JSON Schema of one row of `table` with these columns. Columns it does not name are allowed: minor versions add some."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:partner-discovery:{SCHEMA_VERSION}:{table.name}",
        "title": table.name,
        "description": table.grain,
        "type": "object",
        "properties": {name: _property(COLUMNS[name], required=is_required(table, name)) for name in columns},
        "required": list(columns),
    }


def table_schema(table: Table, columns: tuple[str, ...], *, lists_as_text: bool) -> dict[str, Any]:
    """Table Schema of a file with these columns; without foreign keys, which name other files.

    `lists_as_text`: the file is a CSV, where lists are joined to one text. The key is left out where a column of it is.
    """
    schema: dict[str, Any] = {
        "fields": [_field(COLUMNS[name], required=is_required(table, name), as_text=lists_as_text) for name in columns]
    }
    if set(table.key) <= set(columns):
        schema["primaryKey"] = list(table.key)
    if lists_as_text:
        schema["missingValues"] = [""]
    return schema


def is_required(table: Table, name: str) -> bool:
    """Whether the column is never NULL in the table."""
    return name in table.key or name in table.required


def limits(column: Column) -> dict[str, int | float]:
    """The column's condition as `minimum` and `maximum`.

    Raises ValueError for a condition of another form: a schema that left it out would promise less than the warehouse keeps.
    """
    if column.check is None:
        return {}
    if found := _BETWEEN.fullmatch(column.check):
        return {"minimum": _number(found[1]), "maximum": _number(found[2])}
    if found := _AT_LEAST.fullmatch(column.check):
        return {"minimum": _number(found[1])}
    raise ValueError(
        f"{column.name} has the condition {column.check!r}; expected '{{}} BETWEEN a AND b' or '{{}} >= a'. "
        "Teach schemas.limits the new form."
    )


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _property(column: Column, *, required: bool) -> dict[str, Any]:
    made = {**_JSON_TYPES[column.type], "description": column_comment(column), **limits(column)}
    if column.values:
        made["enum"] = [*column.values, *([] if required else [None])]
    if not required:
        made["type"] = [made["type"], "null"]
    example = _example(column)
    return made if example is None else {**made, "examples": [example]}


def _example(column: Column) -> Any:
    """The registry's example as a value of the column's type; None where it stands for a list or is not given."""
    if column.example is None or column.type.endswith("[]"):
        return None
    return column.example if column.type in ("VARCHAR", "DATE", "TIMESTAMP") else json.loads(column.example)


def _field(column: Column, *, required: bool, as_text: bool) -> dict[str, Any]:
    joined = as_text and column.type.endswith("[]")
    constraints: dict[str, Any] = {"required": True} if required and not joined else {}  # an empty list is an empty cell
    constraints |= limits(column)
    if column.values:
        constraints["enum"] = list(column.values)
    field = {
        "name": column.name,
        "type": "string" if joined else _FIELD_TYPES[column.type],
        "description": column_comment(column) + (" A list: its items are joined by '; '." if joined else ""),
    }
    return {**field, "constraints": constraints} if constraints else field
