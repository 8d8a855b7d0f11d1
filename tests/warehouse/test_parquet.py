"""Writing tables as Parquet: registry columns and types, key order, the same bytes however the rows came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from warehouse import parquet
from warehouse.columns import COLUMNS
from warehouse.tables import BY_NAME, TABLES

BRIDGE = BY_NAME["core.bridge"]
REJECTED = BY_NAME["core.rejected_row"]


World = dict[str, list[dict[str, Any]]]
Values = Callable[..., list[tuple[Any, ...]]]
Described = Callable[[Path], list[tuple[str, str]]]


@pytest.fixture
def values(duck: duckdb.DuckDBPyConnection) -> Values:
    """Rows of a file, in the order they stand in it."""
    return lambda path, sql="*": duck.execute(f"SELECT {sql} FROM {parquet.read_sql(path)}").fetchall()


@pytest.fixture
def described(duck: duckdb.DuckDBPyConnection) -> Described:
    """Names and types of a file's columns."""
    query = "DESCRIBE SELECT * FROM {}"
    return lambda path: [row[:2] for row in duck.execute(query.format(parquet.read_sql(path))).fetchall()]


def test_columns_come_in_registry_order_and_type_and_others_are_left_out(
    tmp_path: Path, duck: duckdb.DuckDBPyConnection, values: Values, described: Described
) -> None:
    path = tmp_path / "rejected_row.parquet"
    select = "SELECT 1 AS other, 'no name' AS rule, 'name' AS field, NULL AS value, NULL AS native_id, 7 AS row_number, '1' AS file_number, 's' AS source;"
    assert parquet.write(duck, select, REJECTED, path) == 1
    assert described(path) == [(name, COLUMNS[name].type) for name in REJECTED.columns]
    assert values(path) == [("s", 1, 7, None, "no name", "name", None)]


def test_rows_stand_in_the_order_of_the_registered_type(tmp_path: Path, duck: duckdb.DuckDBPyConnection, values: Values) -> None:
    path = tmp_path / "rejected_row.parquet"
    select = """
SELECT 's' AS source, 1 AS file_number, n AS row_number, NULL AS native_id, 'r' AS rule, NULL AS field, NULL AS value
FROM (VALUES ('10'), ('9')) AS t(n)"""
    parquet.write(duck, select, REJECTED, path)
    assert values(path, "row_number") == [(9,), (10,)]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return many_rows(tmp_path_factory.mktemp("reference") / "bridge.parquet", threads=1, order="n")


def many_rows(path: Path, threads: int, order: str) -> bytes:
    """130,000 rows make two row groups, which is where threads could show."""
    select = f"SELECT 'r:' || n AS record_id, 'o' || n % 99 AS organisation_id FROM range(130000) AS t(n) ORDER BY {order}"
    with parquet.connect(threads) as con:
        assert parquet.write(con, select, BRIDGE, path) == 130_000
    assert pq.ParquetFile(path).num_row_groups == 2
    return path.read_bytes()


@pytest.mark.parametrize(("threads", "order"), [(1, "hash(n)"), (2, "n"), (8, "hash(n)"), (8, "-n")])
def test_bytes_do_not_depend_on_row_order_or_threads(tmp_path: Path, reference: bytes, threads: int, order: str) -> None:
    assert many_rows(tmp_path / "bridge.parquet", threads, order) == reference


@pytest.mark.parametrize(("condition", "parameters"), [("record_id = ?", ["r:2"]), ("record_id = $wanted", {"wanted": "r:2"})])
def test_values_are_bound(
    tmp_path: Path, duck: duckdb.DuckDBPyConnection, values: Values, condition: str, parameters: Any
) -> None:
    path = tmp_path / "bridge.parquet"
    select = f"SELECT * FROM (VALUES ('r:1', 'o1'), ('r:2', 'o2')) AS t(record_id, organisation_id) WHERE {condition}"
    assert parquet.write(duck, select, BRIDGE, path, parameters) == 1
    assert values(path) == [("r:2", "o2")]


def test_missing_columns_are_named_with_what_was_found_and_expected(tmp_path: Path, duck: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(parquet.TableFileError) as raised:
        parquet.write(duck, "SELECT 'r:1' AS record_id, 2 AS extra", BRIDGE, tmp_path / "bridge.parquet")
    message = str(raised.value)
    assert "lacks organisation_id" in message
    assert "Found: record_id, extra" in message
    assert "Expected: record_id, organisation_id" in message


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, duck: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "rejected_row.parquet"
    parquet.empty(REJECTED, path)
    before = path.read_bytes()
    select = "SELECT 's' AS source, 1 AS file_number, 'seven' AS row_number, NULL AS native_id, 'r' AS rule, NULL AS field, NULL AS value"
    with pytest.raises(duckdb.ConversionException):
        parquet.write(duck, select, REJECTED, path)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_an_empty_table_has_the_registry_columns(tmp_path: Path, described: Described) -> None:
    for table in TABLES:
        path = parquet.path_of(tmp_path, table)
        assert parquet.empty(table, path) == 0
        assert described(path) == [(name, COLUMNS[name].type) for name in table.columns], table.name


def test_rows_may_be_none_at_all(tmp_path: Path, values: Values) -> None:
    path = tmp_path / "bridge.parquet"
    assert parquet.write_rows([], BRIDGE, path) == 0
    assert values(path) == []


def test_times_are_written_as_utc_whatever_the_machine_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, published_world: World, values: Values
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    path = tmp_path / "run.parquet"
    run = published_world["run"][0] | {"published_at_utc": datetime(2026, 11, 21, 2, 30, tzinfo=UTC)}
    parquet.write_rows([run], BY_NAME["meta.run"], path)
    assert values(path, "published_at_utc") == [(datetime(2026, 11, 21, 2, 30),)]


def test_every_missing_table_is_named(tmp_path: Path) -> None:
    parquet.empty(BRIDGE, parquet.path_of(tmp_path, BRIDGE))
    with pytest.raises(parquet.TableFileError) as raised:
        parquet.require_all(tmp_path)
    assert all(f"{table.short}.parquet" in str(raised.value) for table in TABLES if table is not BRIDGE)
    assert "bridge.parquet" not in str(raised.value)
