"""Dagster sees the whole pipeline: five stages of described assets, a nightly job, a schedule, checks that stop publication."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from assets.entities import resolve
from assets.entities.assets import MATCH_TABLES
from assets.night import Night
from assets.opportunities import assets as opportunities
from assets.opportunities import rank
from pipelines import definitions
from pipelines.definitions import build_defs
from pipelines.jobs import NIGHTLY
from pipelines.nights import make_night
from pipelines.run import run_nightly
from sources.practice.wire import IRS_PATH, practice_files
from warehouse import parquet
from warehouse.tables import BY_NAME, TABLES

STAGES = {"snapshots", "organisations", "entities", "opportunities", "publication"}
AS_OF = date(2026, 11, 22)


def _night(home: Any, run: str = "a" * 32, as_of: date = AS_OF) -> Night:
    return make_night(home.profile, run_id=run, as_of=as_of, now_utc=datetime(2026, 11, 22, 5, tzinfo=UTC))


def _materialise(home: Any, night: Night, *keys: Sequence[str]) -> dg.ExecuteInProcessResult:
    """Makes these assets alone, without raising."""
    assets: Any = build_defs(profile=home.profile).assets
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            assets,
            selection=[dg.AssetKey(key) for key in keys],
            resources={"night": night},
            instance=instance,
            raise_on_error=False,
        )


def _failures(result: dg.ExecuteInProcessResult) -> str:
    """The errors of the steps that failed, causes included."""
    errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    return " ".join(error.to_string() for error in errors if error)


# --- what is there --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def graph() -> Any:
    """The assets of the shipped definitions."""
    return build_defs().resolve_asset_graph()


@pytest.mark.parametrize("name", ["practice", "little-rock", "liverpool", "chicago"])
def test_the_definitions_of_every_shipped_profile_load(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNERS_PROFILE", name)
    dg.Definitions.validate_loadable(build_defs())


def test_the_module_dagster_loads_offers_definitions() -> None:
    assert isinstance(definitions.defs, dg.Definitions)


def test_assets_stand_in_the_five_stages(graph: Any) -> None:
    assert {graph.get(key).group_name for key in graph.get_all_asset_keys()} == STAGES


def test_every_asset_says_what_it_is(graph: Any) -> None:
    said = {key.to_user_string(): graph.get(key).description for key in graph.get_all_asset_keys()}
    assert len(said) > len(TABLES)
    assert [key for key, words in said.items() if not words or len(words.split()) < 3] == []


def test_every_published_table_is_an_asset(graph: Any) -> None:
    made = {".".join(key.path) for key in graph.get_all_asset_keys()}
    assert {table.name for table in TABLES} <= made


def test_publishing_waits_for_everything(graph: Any) -> None:
    published = dg.AssetKey(["version", "published"])
    ancestors = {key for key in graph.get_all_asset_keys() if key != published and _leads_to(graph, key, published)}
    assert ancestors == set(graph.get_all_asset_keys()) - {published}


def _leads_to(graph: Any, key: dg.AssetKey, target: dg.AssetKey) -> bool:
    return any(child == target or _leads_to(graph, child, target) for child in graph.get(key).child_keys)


def test_audit_and_exports_block_and_every_register_is_checked(graph: Any) -> None:
    blocking = {key.name for key in graph.asset_check_keys if graph.get_check_spec(key).blocking}
    checked = {key.asset_key.to_user_string() for key in graph.asset_check_keys}
    assert blocking == {"audit", "exports_equal_tables"}
    assert {"in_good_order", "no_drift"} <= {key.name for key in graph.asset_check_keys}
    assert {"meta/quality_check", "rows/irs_bmf", "rows/practice", "rows/ror", "rows/sam_assistance_listings"} <= checked


def test_the_nightly_job_is_everything() -> None:
    defs = build_defs()
    assert set(defs.resolve_job_def(NIGHTLY).asset_layer.executable_asset_keys) == set(
        defs.resolve_asset_graph().get_all_asset_keys()
    )


def test_the_schedule_keeps_the_profiles_hour(story_kit: Any, tmp_path: Path) -> None:
    home = story_kit.make_home(tmp_path, schedule={"cron": "45 3 * * 1-5", "timezone": "America/Chicago"})
    schedule = build_defs(profile=home.profile).resolve_schedule_def("every_night")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("45 3 * * 1-5", "America/Chicago")
    assert schedule.job_name == NIGHTLY
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_assets_are_those_of_the_profiles_registers(story_kit: Any, tmp_path: Path) -> None:
    home = story_kit.make_home(tmp_path)
    sources = [{"name": source.name, "url": source.url} for source in home.profile.sources[:2]]
    graph = build_defs(profile=story_kit.make_home(tmp_path, sources=sources).profile).resolve_asset_graph()
    found = {key.path[1] for key in graph.get_all_asset_keys() if key.path[0] == "snapshots"}
    assert found == {"irs_bmf", "practice", "changes"}


# --- one asset alone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "files"),
    [
        ([("core", "programme")], ["programme"]),
        (
            [tuple(table.split(".")) for table in MATCH_TABLES],
            ["match_evidence", "match_feature", "match_weight", "match_epoch"],
        ),
        (
            [("core", short) for short in resolve.TABLES],
            ["organisation", "bridge", "identifier", "location"],
        ),
    ],
    ids=["programmes", "matches", "organisations"],
)
def test_one_asset_can_be_made_alone_from_an_earlier_nights_files(
    keys: list[tuple[str, str]], files: list[str], home_after_a_night: Any, story_kit: Any
) -> None:
    before = story_kit.last_run(home_after_a_night.root)
    night = _night(home_after_a_night)
    assert _materialise(home_after_a_night, night, *keys).success
    for name in files:
        made, known = night.folder / f"{name}.parquet", before / f"{name}.parquet"
        assert made.read_bytes() == known.read_bytes(), name
    assert not (night.folder / "opportunity.parquet").exists()


def test_an_asset_whose_input_nobody_made_says_what_to_run(new_home: Any) -> None:
    result = _materialise(new_home, _night(new_home), *(tuple(table.split(".")) for table in MATCH_TABLES))
    assert not result.success
    assert "organisation_record.parquet has not been made yet; run the asset organisation_record first" in _failures(result)


# --- nothing wrong is published -------------------------------------------------------------------------------------


FAULTS = {
    "mart.opportunity key_unique": (
        "opportunity",
        "SELECT * FROM {old} UNION ALL FROM (SELECT * FROM {old} ORDER BY opportunity_id LIMIT 1)",
    ),
    "mart.opportunity evidence_exists": ("opportunity_evidence", "SELECT * FROM {old} WHERE opportunity_id > 'opp_1'"),
    "mart.opportunity_criterion contributions_sum_to_score": (
        "opportunity_criterion",
        "SELECT * REPLACE (contribution / 2 AS contribution) FROM {old}",
    ),
}


def _rewrite(folder: Path, short: str, sql: str) -> None:
    """Replaces a table of a run by what the SQL makes of it, `{old}`."""
    path = folder / f"{short}.parquet"
    old = path.with_suffix(".old")
    path.rename(old)
    with parquet.connect() as con:
        parquet.write(con, sql.replace("{old}", parquet.read_sql(old)), BY_NAME[f"mart.{short}"], path)


def test_a_failed_audit_publishes_nothing_and_names_all_that_failed(
    home_after_a_night: Any, story_kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_after_a_night
    last_night = story_kit.last_run(home.root)

    def faulty(inputs: Any, into: Path, **settings: Any) -> dict[str, int]:
        """Last night's opportunities again, with faults."""
        shorts = [table.split(".")[1] for table in opportunities.TABLES]
        for short in shorts:
            shutil.copyfile(last_night / f"{short}.parquet", into / f"{short}.parquet")
        for short, sql in FAULTS.values():
            _rewrite(into, short, sql)
        return dict.fromkeys(shorts, 1)

    monkeypatch.setattr(rank, "rank", faulty)
    late_stages = dg.define_asset_job(NIGHTLY, dg.AssetSelection.groups("opportunities", "publication"))
    monkeypatch.setattr(definitions, "nightly_job", lambda: late_stages)  # the stages before have their files from last night
    published = {part: sorted(os.listdir(home.root / part)) for part in ("warehouse", "exports", "report")}
    link = os.readlink(home.warehouse)
    outcome = run_nightly(home.profile, AS_OF)
    assert not outcome.success
    assert [named for named in FAULTS if not any("audit" in failure and named in failure for failure in outcome.failures)] == []
    assert {part: sorted(os.listdir(home.root / part)) for part in ("warehouse", "exports", "report")} == published
    assert os.readlink(home.warehouse) == link


# --- registers that fail --------------------------------------------------------------------------------------------


@pytest.fixture
def home_with_file(story: Any, story_kit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Makes a home whose only register, of charities, is a file on disk."""

    def make(cut_to: int | None = None) -> Any:
        """The file holds so many rows of the town's, or all 222."""
        lines = practice_files(story_kit.town())[IRS_PATH].split(b"\r\n")
        (tmp_path / "charities.csv").write_bytes(b"\r\n".join(lines if cut_to is None else lines[: cut_to + 1]) + b"\r\n")
        home = story_kit.make_home(tmp_path, sources=[{"name": "irs_bmf", "path": str(tmp_path / "charities.csv")}])
        story.live_at(home, monkeypatch)
        return home

    return make


KEYS = (("snapshots", "irs_bmf"), ("rows", "irs_bmf"))


def test_a_register_cut_short_gives_way_to_its_last_good_snapshot(home_with_file: Any) -> None:
    home = home_with_file()
    assert _materialise(home, _night(home, as_of=date(2026, 11, 20)), *KEYS).success
    home_with_file(cut_to=150)
    night = _night(home, "b" * 32)
    assert _materialise(home, night, *KEYS).success
    read = json.loads((night.folder / "rows" / "irs_bmf.json").read_text())
    assert [(file["taken"]["fetch_status"], file["read"]) for file in read] == [("last_good", 222)]
    message = read[0]["taken"]["message"]
    assert "150 rows, fewer than its floor of 200" in message and "stands in for it" in message
    with duckdb.connect() as con:
        assert con.execute(
            f"SELECT count(*) FROM {parquet.read_sql(night.folder / 'rows' / 'irs_bmf-1.parquet')}"
        ).fetchall() == [(222,)]


@pytest.mark.parametrize(
    ("cut_to", "said"),
    [(150, "150 rows, fewer than its floor of 200"), (0, "0 rows, fewer than its floor of 200")],
)
def test_a_register_cut_short_on_the_first_night_says_what_to_do(cut_to: int, said: str, home_with_file: Any) -> None:
    home = home_with_file(cut_to)
    message = _missing(home)
    assert said in message
    assert "Look at the file; if the register really is that small, set `floor:`" in message


def _missing(home: Any) -> str:
    """What is said of the one register, which the run goes on without."""
    night = _night(home)
    assert _materialise(home, night, *KEYS).success
    (file,) = json.loads((night.folder / "rows" / "irs_bmf.json").read_text())
    assert (file["taken"]["fetch_status"], file["rows"], file["read"]) == ("missing", None, 0)
    return str(file["taken"]["message"])


def test_a_register_that_is_not_there_says_what_to_do(home_with_file: Any, tmp_path: Path) -> None:
    home = home_with_file()
    (tmp_path / "charities.csv").unlink()
    outcome = run_nightly(home.profile, AS_OF)
    assert not outcome.success
    told = " ".join(outcome.failures)
    assert "charities.csv is not there; download" in told and "or correct `path:` in the profile" in told
    assert not home.warehouse.exists()


def test_columns_of_another_file_say_what_was_found_and_expected(home_with_file: Any, tmp_path: Path) -> None:
    home = home_with_file()
    text = io.StringIO()
    csv.writer(text).writerows([["EIN", "TITLE"], *[["000000001", "NOBODY"]] * 300])
    (tmp_path / "charities.csv").write_text(text.getvalue())
    message = _missing(home)
    assert "NAME" in message and "TITLE" in message
