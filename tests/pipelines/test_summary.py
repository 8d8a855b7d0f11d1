"""The summary of a run tells of businesses with charities and public bodies; businesses with businesses have lists of their own."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import duckdb
from rich.console import Console

from assets.entities.decision_file import FILE, MUST_LINK, append_decision, make_decision
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


def test_decisions_without_effect_are_told(tmp_path: Path) -> None:
    file = tmp_path / FILE
    append_decision(file, make_decision("lic:1", "lic:2", MUST_LINK, "Maria", date(2026, 11, 20), "same door"))
    append_decision(file, make_decision("lic:1", "lic:9", MUST_LINK, "Maria", date(2026, 11, 20), "same door"))
    printed = StringIO()
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA core")
        con.execute("CREATE TABLE core.organisation_record AS SELECT unnest(['lic:1', 'lic:2']) AS record_id")
        summary._unheeded(Console(file=printed, width=120), con, file)
        assert "match_decisions.csv 1 have no effect:" in printed.getvalue()
        assert "line 3 is not applied: no register holds the record lic:9." in printed.getvalue()
        con.execute("INSERT INTO core.organisation_record VALUES ('lic:9')")
        summary._unheeded(Console(file=(silent := StringIO())), con, file)
    assert silent.getvalue() == ""
