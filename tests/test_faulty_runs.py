"""Whole nights with a register at fault: the run goes on and publishes, and everyone who asks is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from assets.night import Night
from pipelines import night_resource, nights
from pipelines.profile import PROFILES, Profile, load_profile
from pipelines.run import Outcome, published_warehouse, run_nightly
from sources.answers import AnswerMemory
from sources.http import PoliteSession
from sources.practice.faults import Faults
from sources.practice.server import serve

IRS, ROR_ZIP = "/irs_bmf/eo_zz.csv", "/ror/files/ror-data.zip"
SEED = 7
#: A small town is published in a few seconds.
SIZE = 0.05
FIRST_NIGHT = date(2026, 11, 21)


@dataclass(frozen=True)
class Runs:
    """Nightly runs of a profile whose registers the small town serves."""

    profile: Profile
    faults: Faults
    patch: pytest.MonkeyPatch

    def run(self, number: int) -> Outcome:
        """One night (1 is the first), at two in the morning."""
        as_of = FIRST_NIGHT + timedelta(days=number - 1)

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime(as_of.year, as_of.month, as_of.day, 2, tzinfo=UTC)

        self.patch.setattr(night_resource, "datetime", Clock)
        return run_nightly(self.profile, as_of)

    def told(self, sql: str) -> list[tuple[Any, ...]]:
        """What the published warehouse says."""
        with duckdb.connect(str(published_warehouse(self.profile)), read_only=True) as con:
            return con.execute(sql).fetchall()

    @property
    def report(self) -> str:
        """The published report page."""
        return (nights.root_of(self.profile) / "report" / "latest" / "index.html").read_text("utf-8")


def _session(night: Night) -> PoliteSession:
    """The night's session, in less of a hurry to be polite."""
    memory = AnswerMemory(night.root / "snapshots" / "answers")
    return PoliteSession("0.1.0", private_hosts={"127.0.0.1"}, memory=memory, tries=2, sleep=lambda _: None)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dagster_in_memory: None) -> Iterator[Runs]:
    """The practice profile with three registers."""
    http = cached_property(_session)
    http.__set_name__(Night, "http")
    monkeypatch.setattr(Night, "http", http)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PARTNERS_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    faults = Faults()
    with serve(SEED, SIZE, faults=faults) as base:
        settings = yaml.safe_load((PROFILES / "practice.yaml").read_text("utf-8"))
        del settings["practice"]
        settings["sources"] = [
            {**source, "url": source["url"].replace("practice:", base), "private_hosts": ["127.0.0.1"], "floor": 5}
            for source in settings["sources"]
            if source["name"] in ("irs_bmf", "practice", "ror")
        ]
        path = tmp_path / "practice.yaml"
        path.write_text(yaml.safe_dump(settings), "utf-8")
        yield Runs(load_profile(path), faults, monkeypatch)


STATES = "SELECT source, fetch_status, kept_count > 0, coalesce(message, '') FROM meta.source_run ORDER BY source"
STALE = "SELECT source, min(stale_days), max(stale_days) FROM core.organisation_record GROUP BY 1 ORDER BY 1"


def test_a_run_goes_on_without_a_faulty_register_and_then_with_yesterdays(runs: Runs) -> None:
    runs.faults.set(ROR_ZIP, "log-in page")
    first = runs.run(1)
    assert (first.success, first.failures) == (True, [])
    irs, licences, ror = runs.told(STATES)
    assert (irs[1:3], licences[1:3], ror[1:3]) == (("fetched", True), ("fetched", True), ("missing", False))
    assert "is a web page" in ror[3]
    assert [warning for warning in first.warnings if warning.startswith("ror: ") and "is a web page" in warning]
    assert "Nothing could be read from this register" in runs.report
    assert runs.told(STALE) == [("irs_bmf", 0, 0), ("practice", 0, 0)]

    runs.faults.set(IRS, "500 for ever")
    second = runs.run(2)
    assert (second.success, second.failures, second.nothing_changed) == (True, [], False)
    irs, licences, ror = runs.told(STATES)
    assert (irs[1:3], licences[1:3], ror[1:3]) == (("last_good", True), ("not_modified", True), ("missing", False))
    assert "HTTP 500" in irs[3] and "stands in for it (1 days old)" in irs[3]
    assert [warning for warning in second.warnings if warning.startswith("irs_bmf: ") and "HTTP 500" in warning]
    assert "Last fetched in good order 1 day before this report" in runs.report
    assert runs.told(STALE) == [("irs_bmf", 1, 1), ("practice", 0, 0)]
    assert runs.told("SELECT count(*) > 0 FROM mart.opportunity WHERE stale_days = 1") == [(True,)]
