"""The summary of a run tells of businesses with charities and public bodies; businesses with businesses have lists of their own."""

from __future__ import annotations

from io import StringIO

import duckdb
from rich.console import Console

from pipelines import summary


def test_the_ten_best_are_of_one_scope() -> None:
    printed = StringIO()
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA mart")
        con.execute(
            "CREATE TABLE mart.opportunity AS SELECT * FROM (VALUES ('Larkmere', 'cross_sector', 1, 'bread'), "
            "('Larkmere', 'cross_industry', 1, 'coffee')) AS o(region_name, scope, rank_in_region, explanation)"
        )
        summary._best(Console(file=printed), con)
    assert "1. bread" in printed.getvalue()
    assert "coffee" not in printed.getvalue()
