"""`partners sql`: reads and nothing else; tables, CSV and JSON as other programs read them; errors in one line, no traceback."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipelines import sql
from pipelines.cli import app

REPO = Path(__file__).parents[2]

Ask = Callable[..., Result]


@pytest.fixture
def ask(publish: Callable[[Path], Path], published_database: Path, tmp_path: Path) -> Ask:
    """(arguments of `partners sql`) -> what came of it, asked of the fixture world."""
    publish(published_database)

    def go(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, ["sql", "--profile", "practice", *arguments], input=stdin)

    return go


READS = {
    "SELECT": "SELECT 1 AS n",
    "WITH": "WITH x AS (SELECT 1 AS n) SELECT * FROM x;",
    "FROM": "FROM mart.coverage",
    "VALUES": "VALUES (1)",
    "DESCRIBE": "DESCRIBE mart.opportunity",
    "SHOW": "SHOW ALL TABLES",
    "SUMMARIZE": "SUMMARIZE mart.coverage",
    "EXPLAIN": "EXPLAIN SELECT 1",
    "a view": "FROM mart.network_edge",
    "a macro": "FROM partners_of('org_bakery')",
    "a comment": "-- what is there\nSELECT 1",
}


@pytest.mark.parametrize("query", READS.values(), ids=READS)
def test_what_reads_is_answered(query: str, ask: Ask) -> None:
    result = ask("-", stdin=query)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip()


#: Each with what must be said. {file} is a file that is there; {new} is one that is not.
REFUSED = {
    "COPY to a file": ("COPY mart.coverage TO '{new}'", "only reads"),
    "COPY from a file": ("COPY mart.coverage FROM '{file}'", "only reads"),
    "EXPORT": ("EXPORT DATABASE '{new}'", "only reads"),
    "ATTACH": ("ATTACH '{new}' AS other", "only reads"),
    "DETACH": ("DETACH partners", "only reads"),
    "USE": ("USE memory", "only reads"),
    "a CSV": ("SELECT * FROM read_csv('{file}')", "disabled by configuration"),
    "a file by name": ("FROM '{file}'", "does not exist"),
    "a text": ("FROM read_text('{file}')", "disabled by configuration"),
    "a folder": ("FROM glob('{file}*')", "disabled by configuration"),
    "a web page": ("FROM read_csv('http://127.0.0.1:9/x.csv')", "Error"),
    "a file in a subquery": ("SELECT (SELECT content FROM read_text('{file}'))", "disabled by configuration"),
    "a file through query()": ("FROM query('SELECT * FROM read_text(''{file}'')')", "disabled by configuration"),
    "INSTALL": ("INSTALL httpfs", "only reads"),
    "LOAD": ("LOAD icu", "only reads"),
    "SET": ("SET threads = 1", "only reads"),
    "RESET": ("RESET threads", "only reads"),
    "PRAGMA": ("PRAGMA database_list", "only reads"),
    "CALL": ("CALL pragma_version()", "only reads"),
    "CHECKPOINT": ("CHECKPOINT", "only reads"),
    "UPDATE": ("UPDATE mart.coverage SET business_count = 0", "only reads"),
    "INSERT": ("INSERT INTO core.bridge VALUES ('a', 'b')", "only reads"),
    "DELETE": ("DELETE FROM core.bridge", "only reads"),
    "DROP": ("DROP TABLE core.bridge", "only reads"),
    "CREATE TEMP TABLE": ("CREATE TEMP TABLE t AS SELECT 1", "only reads"),
    "CREATE MACRO": ("CREATE TEMP MACRO m() AS 1", "only reads"),
    "a write inside WITH": ("WITH x AS (DELETE FROM core.bridge RETURNING *) FROM x", "read-only"),
    "EXPLAIN ANALYZE of a COPY": ("EXPLAIN ANALYZE COPY mart.coverage TO '{new}'", "disabled by configuration"),
    "a PIVOT that makes a type": ("PIVOT mart.coverage ON industry_id USING max(business_count)", "name its values"),
    "two statements": ("SELECT 1; SELECT 2", "One query at a time"),
    "a second one that writes": ("SELECT 1; DROP TABLE core.bridge", "One query at a time"),
    "nothing": ("  -- nothing\n", "One query at a time"),
    "a Python variable": ("FROM asking", "does not exist"),
    "no such table": ("FROM mart.nothing", "Table with name nothing does not exist"),
    "no SQL": ("SELEC 1", "syntax error"),
    "a command of DuckDB's own shell": (".tables", "syntax error"),
    "an error in a row": ("SELECT CAST(business_name AS INTEGER) FROM mart.opportunity", "Conversion Error"),
}


@pytest.mark.parametrize("label", REFUSED)
def test_what_does_not_read_is_refused_in_words(label: str, ask: Ask, tmp_path: Path, published_database: Path) -> None:
    query, said = REFUSED[label]
    secret, new = tmp_path / "secret.txt", tmp_path / "new"
    secret.write_text("name\nhidden words\n")
    before = published_database.read_bytes()
    result = ask(query.format(file=secret, new=new))
    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.output and "hidden words" not in result.output
    assert not new.exists() and published_database.read_bytes() == before


@pytest.mark.parametrize(
    "query",
    [
        "COPY (SELECT 1) TO '{new}'",
        "ATTACH '{new}' AS other",
        "FROM read_text('{file}')",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "UPDATE mart.coverage SET business_count = 0",
        "DROP VIEW mart.top_opportunity",
    ],
)
def test_the_connection_holds_without_the_first_fence(query: str, published_database: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        sql._connect(published_database, str(tmp_path / "spill")) as con,
        pytest.raises(duckdb.Error, match=r"(?i)disabled|locked|read-only|cannot execute|cannot"),
    ):
        con.execute(query.format(file=tmp_path / "file", new=tmp_path / "new"))
    assert not (tmp_path / "new").exists()


#: Every kind of value a query can give, with its CSV cell and its JSON value.
VALUES: dict[str, tuple[str, str, object]] = {
    "integer": ("-3", "-3", -3),
    "double": ("2.5::DOUBLE", "2.5", 2.5),
    "decimal": ("1.50", "1.50", 1.5),
    "huge integer": ("170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727", 2**127 - 1),
    "infinite": ("'inf'::DOUBLE", "inf", None),
    "boolean": ("true", "true", True),
    "null": ("NULL", "", None),
    "date": ("DATE '2026-01-02'", "2026-01-02", "2026-01-02"),
    "moment": ("TIMESTAMP '2026-01-02 03:04:05'", "2026-01-02T03:04:05", "2026-01-02T03:04:05"),
    "letters": ("'Café Ω 日本'", "Café Ω 日本", "Café Ω 日本"),
    "line break, quote, comma": ("""'a"b,' || chr(10) || 'c'""", 'a"b,\nc', 'a"b,\nc'),
    "formula": ("'=1+1'", "'=1+1", "=1+1"),
    "formula that begins with a minus": ("'-x'", "'-x", "-x"),
    "quote first": ("'''t is'", "''t is", "'t is"),
    "texts": ("['a;b', '=c']", r"a\;b; =c", ["a;b", "=c"]),
    "numbers": ("[1, 2]", "[1, 2]", [1, 2]),
    "struct": ("{'day': DATE '2026-01-02'}", '{"day": "2026-01-02"}', {"day": "2026-01-02"}),
    "bytes": ("'\\xAB'::BLOB", "ab", "ab"),
}


def test_csv_and_json_hold_every_kind_of_value(ask: Ask) -> None:
    query = "SELECT " + ", ".join(f'{expression} AS "{name}"' for name, (expression, _, _) in VALUES.items())
    [row] = list(csv.DictReader(io.StringIO(ask("--format", "csv", query).stdout)))
    assert row == {name: cell for name, (_, cell, _) in VALUES.items()}
    [found] = json.loads(ask("--format", "json", query).stdout)
    assert found == {name: value for name, (_, _, value) in VALUES.items()}


def test_json_is_an_array_with_a_row_a_line(ask: Ask) -> None:
    lines = ask("-f", "json", "SELECT opportunity_id FROM mart.opportunity ORDER BY 1").stdout.splitlines()
    assert lines[0] == "[" and lines[-1] == "]" and len(lines) == 7
    assert json.loads(lines[1].rstrip(",")) == {"opportunity_id": "opp_1"}
    assert json.loads(ask("-f", "json", "FROM mart.coverage WHERE false").stdout) == []


def test_columns_of_one_name_all_reach_json(ask: Ask) -> None:
    assert json.loads(ask("-f", "json", "SELECT 1 AS a, 2 AS a, 3 AS a_2").stdout) == [{"a": 1, "a_2": 2, "a_2_2": 3}]


def test_a_table_says_how_many_rows_it_leaves_out(ask: Ask) -> None:
    result = ask("SELECT n FROM range(1200) AS r(n) ORDER BY n", "--limit", "2")
    assert [line.strip() for line in result.stdout.splitlines() if "─" not in line] == ["n", "0", "1"]
    assert "1,198 rows more" in result.stderr and "--limit 1200" in result.stderr
    assert "more" not in ask("SELECT 1", "--limit", "1").output


def test_a_table_in_a_pipe_is_plain_and_a_row_a_line(ask: Ask) -> None:
    result = ask("SELECT repeat('wide ', 100) || chr(27) || '[31m' || chr(10) || 'red' AS text")
    [row] = [line for line in result.stdout.splitlines() if line.startswith("wide")]
    assert row.rstrip().endswith("[31m red") and row.count("wide") == 100
    assert "\x1b" not in result.stdout


def test_the_query_comes_from_standard_input_where_none_is_given(ask: Ask) -> None:
    assert ask("-f", "csv", stdin="SELECT 'é' AS x;\n").stdout == "x\né\n"
    assert ask("-f", "csv", "-", stdin="SELECT 1 AS x").stdout == "x\n1\n"
    wrong = ask(stdin=b"\xff")
    assert wrong.exit_code == 1 and "not UTF-8" in wrong.stderr


def test_before_the_first_night_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNERS_DATA", str(tmp_path))
    result = CliRunner().invoke(app, ["sql", "SELECT 1"])
    assert result.exit_code == 1 and "run `partners run` first" in result.output


def test_utf8_comes_out_wherever_it_is_run(publish: Callable[[Path], Path], published_database: Path, tmp_path: Path) -> None:
    publish(published_database)
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "sql", "--profile", "practice", "-f", "csv", "SELECT '日本' AS x"],
        cwd=REPO, env={"PARTNERS_DATA": str(tmp_path), "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout == "x\n日本\n".encode()
