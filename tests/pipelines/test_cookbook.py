"""The SQL cookbook: every query runs as printed, on the practice town and on the fixture world, and gives the columns it promises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "sql-cookbook.md"
QUERIES = {
    int(number): (question, sql)
    for number, question, sql in re.findall(r"^### (\d+)\. (.*?)\n+```sql\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.M | re.S)
}

#: Number: what the answer holds, beside which nothing is promised.
PROMISED = {
    1: "region_name rank_in_region business_name partner_name score explanation",
    2: "rank_in_industry business_name partner_name give get distance_km risk_flags",
    3: "role rank other_name other_kind gives gets score",
    4: "member_id business_name rank_for_business partner_name score",
    5: "km_away business_name business_postcode rank_for_business partner_name score",
    6: "first_seen business_name partner_name score explanation",
    7: "title amount_max currency pair_count best_rank_in_region",
    8: "business_name partner_name give value_environmental distance_km score",
    9: "line_number part item points said url",
    10: "line_number part item points said",
    11: "rank_in_industry industry_name business_name partner_name score evidence_coverage",
    12: "risk tag_name opportunity_count mitigation",
    13: "sector partner_exclusion organisation_count",
    14: "region_id resource_id resource_example offering_count needing_count surplus_count",
    15: "region_id partner_name partner_sector business_count best_rank_in_region",
    16: "region_id display_name sector activity_id size_band",
    17: "region_id industry_name business_count partner_count opportunity_count",
    18: "funder_name relationship_kind award_count recipient_count amount_total currency last_agreed_on",
    19: "funder_name recipient_name title amount currency agreed_on",
    20: "region_id industry_id business_count programme_count own_programme_count untaken_programme_count most_taker_count",
    21: "region_id programme_id title agency largest_industry_count",
    22: "node_kind name sector opportunity_count relationship_count",
    23: "source target label weight",
    24: "source file_number fetch_status fetched_on stale_days is_stale opportunity_count message",
    25: "source licence share_alike attribution opportunity_count",
}
#: Number: why the practice town has no row.
EMPTY_IN_THE_TOWN = {
    18: "the town publishes no grants or contracts",
    19: "the same",
}


def columns_and_rows(con: duckdb.DuckDBPyConnection, number: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    found = con.execute(QUERIES[number][1])
    return [column[0] for column in found.description or []], found.fetchall()


def test_there_are_twenty_five_numbered_in_turn() -> None:
    assert list(QUERIES) == list(PROMISED) == list(range(1, 26))
    assert len({sql for _, sql in QUERIES.values()}) == 25


@pytest.mark.parametrize("number", PROMISED, ids=lambda number: f"{number} {QUERIES[number][0]}")
def test_a_query_answers_in_the_town(number: int, first_home: Any) -> None:
    with duckdb.connect(str(first_home.warehouse), read_only=True) as con:
        columns, rows = columns_and_rows(con, number)
    assert columns == PROMISED[number].split()
    assert bool(rows) == (number not in EMPTY_IN_THE_TOWN)


@pytest.mark.parametrize("number", PROMISED, ids=lambda number: f"{number} {QUERIES[number][0]}")
def test_a_query_runs_where_the_file_is_attached_and_used(number: int, published_database: Path) -> None:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{published_database}' AS partners (READ_ONLY)")
        con.execute("USE partners")
        columns, _ = columns_and_rows(con, number)
    assert columns == PROMISED[number].split()


def test_the_same_question_gets_the_same_answer_on_any_number_of_threads(first_home: Any) -> None:
    answers = []
    for threads in (1, 4):
        # Set on the open file: other tests of this process hold it open with the usual number.
        with duckdb.connect(str(first_home.warehouse), read_only=True) as con:
            con.execute(f"SET threads = {threads}")
            answers.append({number: columns_and_rows(con, number) for number in PROMISED})
            con.execute("RESET threads")
    assert answers[0] == answers[1]
