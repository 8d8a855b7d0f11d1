"""The DuckDB file people query: complete, constrained, commented, read-only, readable under any name."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse import build, ddl, parquet
from warehouse.columns import COLUMNS
from warehouse.model import View
from warehouse.tables import BY_SHORT, TABLES
from warehouse.views import VIEWS

World = dict[str, list[dict[str, Any]]]


def test_every_table_is_loaded_whole_and_in_its_schema(published_database: Path, published_tables: Path) -> None:
    with duckdb.connect(str(published_database), read_only=True) as con:
        for table in TABLES:
            source = parquet.read_sql(parquet.path_of(published_tables, table))
            columns = ddl.identifiers(table.columns)
            difference = f"SELECT {columns} FROM {table.name} EXCEPT ALL SELECT {columns} FROM {source}"
            assert con.execute(difference).fetchall() == [], table.name
            counts = con.execute(f"SELECT (SELECT count(*) FROM {table.name}), (SELECT count(*) FROM {source})")
            loaded, expected = counts.fetchall()[0]
            assert loaded == expected > 0, table.name


def test_every_table_column_and_view_carries_its_comment(published_database: Path) -> None:
    with duckdb.connect(str(published_database), read_only=True) as con:
        tables = dict(con.execute("SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()").fetchall())
        columns = con.execute(
            "SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns() "
            "WHERE table_name NOT IN (SELECT view_name FROM duckdb_views())"
        ).fetchall()
        views = dict(
            con.execute("SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal").fetchall()
        )
    assert tables == {table.name: table.grain for table in TABLES}
    expected = {(table.name, name): ddl.column_comment(COLUMNS[name]) for table in TABLES for name in table.columns}
    assert {(table, name): comment for table, name, comment in columns} == expected
    assert views == {view.name: view.meaning for view in VIEWS}


def test_comments_tell_unit_and_allowed_values() -> None:
    assert ddl.column_comment(COLUMNS["stale_days"]).endswith("Unit: days.")
    assert ddl.column_comment(COLUMNS["sector"]).endswith("One of: private, public, nonprofit.")


@pytest.mark.parametrize("alias", ["partners", "last_night"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_views_answer_whatever_the_file_is_called(published_database: Path, alias: str, view: View) -> None:
    with parquet.connect() as con:
        con.execute(f"ATTACH '{published_database}' AS {alias} (READ_ONLY)")
        assert con.execute(f"SELECT * FROM {alias}.{view.name}").fetchall()


def test_the_case_card_has_its_six_columns(published_database: Path) -> None:
    with duckdb.connect(str(published_database), read_only=True) as con:
        description = con.execute("SELECT * FROM mart.case_card").description or []
        benefits = con.execute("SELECT business_benefit, partner_benefit FROM mart.case_card WHERE opportunity_id = 'opp_1'")
        assert benefits.fetchall() == [("a good name: credibility", "unsold bread: resource amplification, social impact")]
    card = ["sector", "business", "partner", "synergy", "business_benefit", "partner_benefit"]
    assert [column[0] for column in description] == ["opportunity_id", "region_id", "rank_in_region", *card]


def test_the_file_is_read_only_and_alone_in_its_folder(published_database: Path) -> None:
    assert stat.S_IMODE(published_database.stat().st_mode) == 0o444
    assert list(published_database.parent.iterdir()) == [published_database]


def test_the_file_is_in_the_format_old_clients_read(published_database: Path) -> None:
    with parquet.connect() as con:
        con.execute(f"ATTACH '{published_database}' AS p (READ_ONLY)")
        found = con.execute("SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = 'p'").fetchall()
    assert found[0][0].startswith("v1.0.0")


def test_missing_tables_are_all_named_and_nothing_is_built(tmp_path: Path) -> None:
    with pytest.raises(parquet.TableFileError, match=r"organisation_record\.parquet.*licence\.parquet"):
        build.build(tmp_path / "tables", tmp_path / "version")
    assert not (tmp_path / "version").exists()


def first(world: World, short: str) -> dict[str, Any]:
    return world[short][0]


FAULTS: dict[str, tuple[str, Callable[[World], object]]] = {
    "a key twice": ("bridge", lambda w: w["bridge"].append(first(w, "bridge"))),
    "a required column empty": ("programme", lambda w: first(w, "programme").update(title=None)),
    "a value that is not allowed": ("organisation", lambda w: first(w, "organisation").update(sector="secret")),
    "a number out of range": ("opportunity", lambda w: first(w, "opportunity").update(score=1.2)),
    "a row that contradicts itself": (
        "opportunity",
        lambda w: first(w, "opportunity").update(partner_kind="programme"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_tables_refuse_what_the_registry_forbids(
    fault: str, published_world: World, write_tables: Callable[..., None], tmp_path: Path
) -> None:
    """Each table alone, as `build` creates and loads it."""
    short, plant = FAULTS[fault]
    table = BY_SHORT[short]
    columns = ddl.identifiers(table.columns)
    path = parquet.path_of(tmp_path, table)
    with parquet.connect() as con:
        con.execute(f"CREATE SCHEMA {table.schema}; {ddl.create_table_sql(table)}")
        load = f"INSERT INTO {table.name} SELECT {columns} FROM {parquet.read_sql(path)}"
        write_tables(published_world, tmp_path, [short])
        con.execute(load)
        con.execute(f"DELETE FROM {table.name}")
        plant(published_world)
        write_tables(published_world, tmp_path, [short])
        with pytest.raises(duckdb.ConstraintException):
            con.execute(load)


def test_a_table_that_breaks_its_definition_stops_the_build_and_leaves_no_file(
    published_world: World, write_tables: Callable[..., None], tmp_path: Path
) -> None:
    published_world["bridge"].append(first(published_world, "bridge"))
    write_tables(published_world, tmp_path / "tables")
    with pytest.raises(build.BuildError, match=r"core\.bridge could not be loaded .*bridge\.parquet"):
        build.build(tmp_path / "tables", tmp_path / "version")
    assert list((tmp_path / "version").iterdir()) == []
