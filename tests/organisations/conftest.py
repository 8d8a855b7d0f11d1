"""Fixtures of this folder: rows as a register's module yields them, written to a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.organisations.records import RegisterRows
from sources.register import ORGANISATION_ROW, PROGRAMME_ROW

Rows = Sequence[Mapping[str, Any]]


def _write(rows: Rows, schema: pa.Schema, path: Path, source: str, record_url: str | None) -> RegisterRows:
    full = [{field.name: row.get(field.name, [] if pa.types.is_list(field.type) else None) for field in schema} for row in rows]
    unknown = {key for row in rows for key in row} - set(schema.names)
    assert not unknown, f"no such columns: {unknown}"
    pq.write_table(pa.Table.from_pylist(full, schema=schema), path)
    return RegisterRows(source, path, f"licence of {source}", record_url, stale_days=3)


@pytest.fixture(scope="session")
def register_rows() -> Callable[..., RegisterRows]:
    """(rows, path, source, record_url=None, programmes=False) -> rows of one register; keys left out are unknown."""

    def run(rows: Rows, path: Path, source: str, record_url: str | None = None, programmes: bool = False) -> RegisterRows:
        return _write(rows, PROGRAMME_ROW if programmes else ORGANISATION_ROW, path, source, record_url)

    return run
