"""Floors: what fell by more than half since the published version stops the next one, unless somebody accepts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assets.publication import audit, floors
from warehouse import parquet
from warehouse.tables import BY_NAME

COUNTED = ("core.organisation", "core.programme", "mart.opportunity")
#: In the fixture world: ten organisations, a programme, four opportunities in Little Rock and one in Liverpool.
NOW = {"organisations": 10, "programmes": 1, "opportunities of us-ar-little-rock": 4, "opportunities of gb-liverpool": 1}


@pytest.fixture(scope="module")
def con(published_tables: Path, published_database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a night, with what the published version holds."""
    with parquet.connect() as con:
        for name in COUNTED:
            parquet.create_view(con, BY_NAME[name], parquet.path_of(published_tables, BY_NAME[name]))
        floors.count_published(con, published_database)
        yield con


def test_the_published_version_is_counted_by_region(con: duckdb.DuckDBPyConnection, published_database: Path) -> None:
    floors.count_published(con, published_database)
    assert dict(con.execute("FROM published_count").fetchall()) == NOW


@pytest.mark.parametrize(
    ("counted", "before", "named"),
    [
        ("organisations", 100, "organisations: 10 of 100"),
        ("organisations", 99, None),  # too few to say
        ("opportunities of gb-liverpool", 2_000, "opportunities of gb-liverpool: 1 of 2000"),
        ("opportunities of gb-leeds", 101, "opportunities of gb-leeds: 0 of 101"),  # a region that is gone
        ("programmes", 2, None),
    ],
)
def test_a_fall_by_more_than_half_is_found(counted: str, before: int, named: str | None, con: duckdb.DuckDBPyConnection) -> None:
    floors.count_published(con, None)
    con.execute("INSERT INTO published_count VALUES (?, ?)", [counted, before])
    finding = audit.check(con, floors.rule())
    assert finding.passed == (named is None)
    assert named is None or named in finding.detail
    assert finding.passed or "`partners run --accept-fewer`" in finding.detail


@pytest.mark.parametrize(("before", "passed"), [(100, True), (102, True), (103, False)])
def test_half_is_enough(before: int, passed: bool, con: duckdb.DuckDBPyConnection) -> None:
    floors.count_published(con, None)
    con.execute("INSERT INTO published_count VALUES ('programmes', ?)", [before])
    con.execute("CREATE OR REPLACE TEMP VIEW of_51 AS SELECT range AS n FROM range(51)")
    sql = floors.rule().sql.replace("FROM core.programme", "FROM of_51")
    assert (con.execute(sql).fetchall() == []) == passed


def test_before_the_first_publication_there_is_no_floor(published_tables: Path) -> None:
    (finding,) = [f for f in audit.audit(published_tables) if f.check_name == "no_great_loss"]
    assert finding.passed


def test_who_accepts_it_publishes_and_is_told(con: duckdb.DuckDBPyConnection) -> None:
    floors.count_published(con, None)
    con.execute("INSERT INTO published_count VALUES ('organisations', 1000)")
    finding = audit.check(con, floors.rule(accept_fewer=True))
    assert not finding.passed and "organisations: 10 of 1000" in finding.detail
    audit.require_passed([finding])
    with pytest.raises(audit.AuditFailed, match="no_great_loss"):
        audit.require_passed([audit.check(con, floors.rule())])
