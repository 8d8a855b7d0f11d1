"""The list of opportunities day by day: dated Parquet that is read as one table, and the questions `docs/history.md` answers."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from warehouse import build, history, parquet
from warehouse.columns import COLUMNS
from warehouse.tables import BY_NAME

REPO = Path(__file__).parents[2]
DAYS = (date(2026, 11, 1), date(2026, 11, 21), date(2026, 11, 22))


def publish(root: Path, day: date, drop: str | None = None) -> Path:
    """A warehouse of the columns the history reads: one of the fixture's opportunities each day, and one that comes and goes."""
    path = root / f"{day}{drop or ''}.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE SCHEMA meta; CREATE SCHEMA mart")
        con.execute("CREATE TABLE meta.run AS SELECT $1::DATE AS as_of", [day])
        con.execute(
            "CREATE TABLE mart.opportunity AS SELECT * FROM (VALUES ('opp_b', 'org_x'), ('opp_a', 'org_x')) t(opportunity_id, business_id)"
        )
        con.execute("DELETE FROM mart.opportunity WHERE opportunity_id = $1", [drop])
    return path


def held(root: Path) -> list[tuple[Any, ...]]:
    """(day, id) of every row of the history."""
    files = f"{history.folder_of(root)}/*/*.parquet"
    sql = (
        f"SELECT as_of, opportunity_id FROM read_parquet('{files}', hive_partitioning = true, union_by_name = true) ORDER BY ALL"
    )
    return duckdb.connect().execute(sql).fetchall()


def test_days_are_one_table_and_the_latest_version_of_a_day_wins(tmp_path: Path) -> None:
    for day in DAYS[:2]:
        history.keep_day(tmp_path, publish(tmp_path, day))
    again = history.keep_day(tmp_path, publish(tmp_path, DAYS[1], drop="opp_b"))
    assert again == tmp_path / "history" / "opportunity" / "as_of=2026-11-21" / "opportunity.parquet"
    assert held(tmp_path) == [(DAYS[0], "opp_a"), (DAYS[0], "opp_b"), (DAYS[1], "opp_a")]
    assert [path.name for path in again.parent.iterdir()] == ["opportunity.parquet"], "nothing half-written is left"


def test_the_same_day_again_gives_the_same_bytes(tmp_path: Path) -> None:
    warehouse = publish(tmp_path, DAYS[0])
    first = history.keep_day(tmp_path, warehouse).read_bytes()
    assert history.keep_day(tmp_path, warehouse).read_bytes() == first


def test_a_day_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    kept = history.keep_day(tmp_path, publish(tmp_path, DAYS[0]))
    before = kept.read_bytes()
    broken = tmp_path / "broken.duckdb"
    with duckdb.connect(str(broken)) as con:
        con.execute("CREATE SCHEMA meta; CREATE TABLE meta.run AS SELECT DATE '2026-11-01' AS as_of")
    with pytest.raises(duckdb.CatalogException):
        history.keep_day(tmp_path, broken)
    assert kept.read_bytes() == before and [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.parametrize(("keep_days", "left"), [(400, DAYS), (21, DAYS[1:]), (22, DAYS), (1, DAYS[2:])])
def test_days_beyond_the_profiles_number_are_removed(keep_days: int, left: tuple[date, ...], tmp_path: Path) -> None:
    for day in DAYS:
        (history.folder_of(tmp_path) / f"as_of={day}").mkdir(parents=True)
    (history.folder_of(tmp_path) / "as_of=mine").mkdir()
    assert history.forget(tmp_path, DAYS[-1], keep_days) == [day for day in DAYS if day not in left]
    assert sorted(path.name for path in history.folder_of(tmp_path).iterdir()) == [
        *(f"as_of={day}" for day in left),
        "as_of=mine",
    ]


# --- the page ----------------------------------------------------------------------------------------------------------


def queries() -> list[tuple[str, str]]:
    """(heading, query) of the page."""
    parts = re.split(r"^#+ (.*)\n", (REPO / "docs" / "history.md").read_text("utf-8"), flags=re.M)[1:]
    return [
        (title, sql)
        for title, text in zip(parts[::2], parts[1::2], strict=True)
        for sql in re.findall(r"^```sql\n(.*?)^```", text, flags=re.M | re.S)
    ]


@pytest.fixture(scope="module")
def kept(published_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root of the fixture world with a history of two days; the second has one opportunity more, and says so."""
    root = tmp_path_factory.mktemp("kept")
    shutil.copytree(published_tables, root / "tables")
    told = root / "tables" / "opportunity_change.parquet"
    gone = pq.read_table(told).to_pylist()
    before = {name: value for name, value in gone[0].items() if name.endswith("_before")}
    new = gone[0] | dict.fromkeys(before) | {name.replace("before", "after"): value for name, value in before.items()}
    new |= {"opportunity_id": "opp_1", "change": "new", "change_cause": "new_record"}
    parquet.write_rows([*gone, new], BY_NAME["mart.opportunity_change"], told)
    version = build.build(root / "tables", root / "warehouse" / "one")
    (root / "warehouse" / build.DATABASE).symlink_to(version.relative_to(root / "warehouse"))
    first = history.keep_day(root, version)
    day_before = first.parent.with_name("as_of=2026-11-20")
    day_before.mkdir()
    rows = f"FROM read_parquet('{first}', hive_partitioning = false) WHERE opportunity_id <> 'opp_1'"
    duckdb.connect().execute(f"COPY ({rows}) TO '{day_before}/opportunity.parquet'")
    return root


@pytest.mark.parametrize(("title", "sql"), queries(), ids=lambda value: value[:40])
def test_every_query_of_the_page_runs_from_the_profiles_folder_and_finds_something(
    title: str, sql: str, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(kept)
    with duckdb.connect("warehouse/partners.duckdb", read_only=True) as con:
        assert con.execute(sql).fetchall() != [], title


def test_the_page_tells_who_was_recommended_on_a_day(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = next(sql for title, sql in queries() if title.startswith("Who was recommended"))
    monkeypatch.chdir(kept)
    seen = {}
    for day in ("2026-11-20", "2026-11-21", "2026-11-30"):
        asked = re.sub(r"DATE '[\d-]+'", f"DATE '{day}'", sql)
        with duckdb.connect("warehouse/partners.duckdb", read_only=True) as con:
            seen[day] = [row[1] for row in con.execute(asked).fetchall()]
    assert seen["2026-11-20"] == ["Central Library", "Small Business Loans"]
    assert seen["2026-11-21"] == seen["2026-11-30"] == ["Arkansas Foodbank", "Central Library", "Small Business Loans"]


def test_the_page_names_every_kind_of_change_and_cause() -> None:
    text = (REPO / "docs" / "history.md").read_text("utf-8")
    for column in ("change", "change_cause"):
        assert {value for value in COLUMNS[column].values if f"`{value}`" not in text} == set()
