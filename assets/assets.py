"""What the assets of every stage share: how an asset describes the table it made. The assets themselves are one level down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from warehouse.columns import COLUMNS
from warehouse.tables import BY_NAME


def column_schema(table_name: str) -> dg.TableSchema:
    """The table's columns, types and meanings as Dagster shows them."""
    table = BY_NAME[table_name]
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=name,
                type=COLUMNS[name].type,
                description=COLUMNS[name].meaning,
                constraints=dg.TableColumnConstraints(
                    nullable=name not in (*table.key, *table.required), unique=table.key == (name,)
                ),
            )
            for name in table.columns
        ]
    )


def table_metadata(table_name: str, row_count: int, **more: Any) -> Mapping[str, Any]:
    """Metadata of a materialised table."""
    return {"dagster/row_count": row_count, "dagster/column_schema": column_schema(table_name), **more}


def table_spec(table_name: str, group: str, deps: list[Any] | None = None) -> dg.AssetSpec:
    """The spec of an asset that is one published table: key, description (its grain), group."""
    table = BY_NAME[table_name]
    return dg.AssetSpec(
        key=[table.schema, table.short], group_name=group, deps=deps or [], description=table.grain, kinds={"duckdb", "parquet"},
        metadata={"dagster/column_schema": column_schema(table_name), "key": ", ".join(table.key)},
    )  # fmt: skip
