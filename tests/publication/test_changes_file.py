"""`changes.jsonl`: whoever has the exports before and applies every line has the new ones."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.publication.changes_file import FILE, FOLLOWED, NOT_COMPARED, write_changes
from assets.publication.export import export
from warehouse.tables import BY_NAME, SCHEMA_VERSION

World = dict[str, list[dict[str, Any]]]
Rows = dict[str, dict[str, Any]]
OLD, NEW = "2026-11-21T010000Z-aaaaaaaa", "2026-11-22T010000Z-bbbbbbbb"


def rows_of(con: duckdb.DuckDBPyConnection, folder: Path, table: str) -> Rows:
    """Exported rows of a table as JSON values, by id."""
    files = f"{folder}/opportunity/*/*.parquet" if table == "mart.opportunity" else f"{folder}/{BY_NAME[table].short}.parquet"
    if not list(folder.parent.glob(files.removeprefix(f"{folder.parent}/"))):
        return {}
    (key,) = BY_NAME[table].key
    sql = f"SELECT to_json(r)::VARCHAR FROM read_parquet('{files}', hive_partitioning = true, union_by_name = true) AS r"
    return {row[key]: row for (text,) in con.execute(sql).fetchall() if (row := json.loads(text))}


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """Every line ends in a line feed; str.splitlines would also split at U+2028, which texts may hold."""
    return [json.loads(line) for line in (folder / FILE).read_text("utf-8").split("\n")[:-1]]


def applied(rows: Rows, lines: list[dict[str, Any]], table: str) -> Rows:
    """The rows after the lines of that table, as a program would do it."""
    after = dict(rows)
    for line in lines:
        if line["table"] == BY_NAME[table].short and line["change"] == "removed":
            del after[line["id"]]
        elif line["table"] == BY_NAME[table].short:
            assert (line["change"] == "added") == (line["id"] not in after)
            after[line["id"]] = line["row"]
    return after


def compared(rows: Rows) -> Rows:
    """Without what every row says alike."""
    return {id_: {name: value for name, value in row.items() if name not in NOT_COMPARED} for id_, row in rows.items()}


# --- through the whole export -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_nights(
    _pristine: World, published_tables: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, dict[str, Any]]:
    """Exports of the fixture world, of a night after it, and the manifest of that."""
    folder = tmp_path_factory.mktemp("two-nights")
    export(published_tables, folder / OLD, manifest_facts={"run_id": "aaaaaaaa"})
    shutil.copytree(published_tables, folder / "tables")
    edits: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
        "opportunity": lambda row: None if row["opportunity_id"] == "opp_5" else row | {"score": row["score"] / 3},
        # One turns out to be a person, one moves, of all the others only the day they were last seen and the age of the file are new.
        "organisation": lambda row: (
            row | {"last_seen": "2026-11-22", "stale_days": row["stale_days"] + 1} | CHANGED.get(row["organisation_id"], {})
        ),
        "programme": lambda row: row | {"programme_id": "sam:new", "kinds": ["grant", 'of "all" kinds']},
    }
    for short, edit in edits.items():
        frame = pq.read_table(folder / "tables" / f"{short}.parquet")
        rows = [edited for row in frame.to_pylist() if (edited := edit(row)) is not None]
        schema = frame.schema
        frame = pa.Table.from_pylist([row | {"last_seen": None} if "last_seen" in row else row for row in rows], schema)
        pq.write_table(frame, folder / "tables" / f"{short}.parquet")
    return folder / OLD, folder / NEW, export(
        folder / "tables", folder / NEW, manifest_facts={"run_id": "bbbbbbbb"}, previous=folder / OLD
    )  # fmt: skip


CHANGED: dict[str, dict[str, Any]] = {
    "org_roofer": {"is_natural_person": True, "name": "Jane Roe"},
    "org_library": {"city": "Łódź", "latitude": 0.1 + 0.2},
}


@pytest.mark.parametrize("table", FOLLOWED)
def test_the_old_rows_and_the_changes_are_the_new_rows(
    table: str, two_nights: tuple[Path, Path, dict[str, Any]], duck: duckdb.DuckDBPyConnection
) -> None:
    old, new, _ = two_nights
    before, after = rows_of(duck, old, table), rows_of(duck, new, table)
    assert before != after
    assert compared(applied(before, lines_of(new), table)) == compared(after)


def test_every_kind_of_change_is_told_once_in_order(two_nights: tuple[Path, Path, dict[str, Any]]) -> None:
    lines = lines_of(two_nights[1])
    told = [(line["table"], line["id"], line["change"]) for line in lines]
    assert told == sorted(set(told))
    assert {(table, change) for table, _, change in told} == {
        ("opportunity", "changed"), ("opportunity", "removed"), ("organisation", "changed"), ("organisation", "removed"),
        ("programme", "added"), ("programme", "removed"),
    }  # fmt: skip
    assert {id_ for table, id_, change in told if table == "organisation" and change == "changed"} == {"org_library"}
    assert all(list(line) == ["table", "id", "change", *(["row"] if line["change"] != "removed" else [])] for line in lines)


def test_a_natural_person_leaves_without_a_word(two_nights: tuple[Path, Path, dict[str, Any]]) -> None:
    assert {"table": "organisation", "id": "org_roofer", "change": "removed"} in lines_of(two_nights[1])
    assert "Jane Roe" not in (two_nights[1] / FILE).read_text("utf-8")


def test_the_manifest_says_what_it_may_be_applied_to(two_nights: tuple[Path, Path, dict[str, Any]]) -> None:
    _, new, manifest = two_nights
    found = manifest["changes"]
    assert (found["path"], found["since_version"], found["since_run"]) == (FILE, OLD, "aaaaaaaa")
    assert found["since_schema_version"] == SCHEMA_VERSION
    body = (new / FILE).read_bytes()
    (entry,) = (entry for entry in manifest["files"] if entry["path"] == FILE)
    assert (entry["bytes"], entry["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert entry["rows"] == len(body.splitlines()) > 0


@pytest.mark.parametrize(
    ("before", "reason"),
    [(None, "no version before"), ("1.9.0", "schema 1.9.0"), ("2.0.0", None)],
    ids=["first version", "another major version", "an earlier minor version"],
)
def test_without_a_version_to_follow_there_are_no_lines(
    before: str | None,
    reason: str | None,
    two_nights: tuple[Path, Path, dict[str, Any]],
    tmp_path: Path,
    duck: duckdb.DuckDBPyConnection,
) -> None:
    old, _, manifest = two_nights
    if before:
        text = json.loads((old / "manifest.json").read_text("utf-8")) | {"schema_version": before}
        (tmp_path / "manifest.json").write_text(json.dumps(text), "utf-8")
        shutil.copytree(old / "opportunity", tmp_path / "opportunity")
        for table in ("organisation", "programme"):
            shutil.copy(old / f"{table}.parquet", tmp_path)
    out = tmp_path / "new"
    shutil.copytree(two_nights[1], out)
    entry, told = write_changes(duck, out, manifest["files"], tmp_path if before else None)
    assert (entry["rows"] > 0, told["since_version"] is not None) == (reason is None, reason is None)
    assert (out / FILE).stat().st_size == entry["bytes"]
    assert reason is None or reason in told["reason"]


# --- any two versions ---------------------------------------------------------------------------------------------------

TEXT = st.sampled_from(["", "a", "=1", "é\u2028", 'qu"ote\\', "line\nbreak", "{}", "null"])
VALUES = st.fixed_dictionaries(
    {
        "name": st.none() | TEXT,
        "latitude": st.none() | st.sampled_from([0.1, 1 / 3, -0.0, 1e-12, 51.50740000000001]),
        "sources": st.none() | st.lists(TEXT, max_size=2),
        "record_count": st.none() | st.integers(0, 2),
        "is_natural_person": st.just(False),
        "first_seen": st.sampled_from(["2026-11-21", "2026-11-22"]),
    }
)
VERSION = st.dictionaries(st.sampled_from([f"org_{n}" for n in range(5)]), VALUES)


def write_version(con: duckdb.DuckDBPyConnection, folder: Path, organisations: Rows) -> list[dict[str, Any]]:
    """The Parquet of one version, and its entries of the manifest; no programmes, no opportunities."""
    folder.mkdir(parents=True)
    kinds = [("organisation_id", pa.string()), ("name", pa.string()), ("latitude", pa.float64()), ("sources", pa.list_(pa.string())),
             ("record_count", pa.int32()), ("is_natural_person", pa.bool_()), ("first_seen", pa.string())]  # fmt: skip
    rows = [{"organisation_id": id_, **row} for id_, row in organisations.items()]
    con.register("version_rows", pa.Table.from_pylist(rows, pa.schema(kinds)))
    con.execute(f"COPY (SELECT * REPLACE (first_seen::DATE AS first_seen) FROM version_rows) TO '{folder}/organisation.parquet'")
    entries = [{"path": "organisation.parquet", "table": "core.organisation", "columns": {}}]
    (folder / "manifest.json").write_text(json.dumps({"schema_version": SCHEMA_VERSION, "run": {}, "files": entries}), "utf-8")
    return entries


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=VERSION, after=VERSION)
def test_any_two_versions(
    before: Rows, after: Rows, duck: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("versions")
    write_version(duck, folder / OLD, before)
    write_changes(duck, folder / NEW, write_version(duck, folder / NEW, after), folder / OLD)
    lines = lines_of(folder / NEW)
    assert {line["id"] for line in lines} == {id_ for id_ in before | after if before.get(id_) != after.get(id_)}
    old, new = (rows_of(duck, folder / version, "core.organisation") for version in (OLD, NEW))
    found = applied(old, lines, "core.organisation")
    assert {id_: {name: found[id_][name] for name in new[id_]} for id_ in found} == new
