"""Fixtures of this folder: the practice nights of `practice_story.py`, a data folder of a test's own, a warehouse of pairs."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from warehouse import ddl, versions
from warehouse.build import DATABASE
from warehouse.tables import BY_SHORT


@pytest.fixture(scope="session")
def story_kit() -> ModuleType:
    """The helper module beside this file; loaded by path, since the test folders are no packages, and once a session."""
    if "practice_story" not in sys.modules:
        spec = importlib.util.spec_from_file_location("practice_story", Path(__file__).with_name("practice_story.py"))
        assert spec is not None and spec.loader is not None
        sys.modules["practice_story"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["practice_story"])
    return sys.modules["practice_story"]


@pytest.fixture(scope="session")
def story(
    story_kit: ModuleType, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, dagster_in_memory: None
) -> Any:
    """The nights; the other only where the tests that look at them are run too."""
    whole = any(item.path.name == "test_whole_run.py" for item in request.session.items)
    return story_kit.story(tmp_path_factory.getbasetemp() / "practice-story", whole=whole)


@pytest.fixture(scope="session")
def printed(story: Any) -> str:
    """What `partners run` printed on the first night, line breaks for the terminal's width taken out."""
    return " ".join(story.first_night.split())


@pytest.fixture
def first_home(story: Any, printed: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The home of the first night, for tests that only read; commands find it."""
    story.live_at(story.home, monkeypatch)
    return story.home


@pytest.fixture
def home_after_a_night(story: Any, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A copy of the first night's home, for tests that go on from there; commands find it."""
    home = story.home.copy_to(tmp_path / "data")
    story.live_at(home, monkeypatch)
    return home


@pytest.fixture
def new_home(story: Any, story_kit: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A home where nothing has run yet; commands find it."""
    home = story_kit.make_home(tmp_path)
    story.live_at(home, monkeypatch)
    return home


@pytest.fixture(scope="session")
def match_warehouse(_pristine: dict[str, list[dict[str, Any]]]) -> Callable[..., Path]:
    """(folder, name of each record, pairs, …) -> the database of a warehouse that holds them, for the commands about pairs.

    `pairs` are {(record, record): (decision, probability)}, `fields` the rows of `core.match_feature` by pair, `owners` the
    organisation of a record (`org_<record>` unless it is given), `listed` organisations an opportunity names, `changes` what
    differs in a record or organisation.
    """

    def make(
        folder: Path,
        names: Mapping[str, str],
        pairs: Mapping[tuple[str, str], tuple[str, float]],
        *,
        fields: Mapping[tuple[str, str], Sequence[tuple[Any, ...]]] | None = None,
        owners: Mapping[str, str] | None = None,
        listed: Collection[str] = (),
        changes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Path:
        owner = {record: (owners or {}).get(record, f"org_{record}") for record in names}
        like_record, like_body = _pristine["organisation_record"][0], _pristine["organisation"][0]
        like_pair, like_list = _pristine["match_evidence"][0], _pristine["opportunity"][0]
        change = dict(changes or {})
        rows: dict[str, list[dict[str, Any]]] = {
            "organisation_record": [
                {**like_record, "record_id": record, "name": name, "match_name": name.lower(), **change.get(record, {})}
                for record, name in names.items()
            ],
            "bridge": [{"record_id": record, "organisation_id": owner[record]} for record in names],
            "organisation": [
                {
                    **like_body, "organisation_id": body, "display_name": body.title(),
                    "record_count": list(owner.values()).count(body) or 1, **change.get(body, {}),
                }
                for body in sorted({*owner.values(), *(id_ for id_ in change if id_.startswith("org_"))})
            ],
            "match_evidence": [
                {**like_pair, "record_id_a": a, "record_id_b": b, "decision": decision, "probability": p, "rule": f"rule_{decision}"}
                for (a, b), (decision, p) in pairs.items()
            ],
            "opportunity": [{**like_list, "opportunity_id": f"opp_{body}", "business_id": body} for body in listed],
        }  # fmt: skip
        database = folder / DATABASE
        with duckdb.connect(str(database)) as con:
            for short, content in rows.items():
                con.execute(f"CREATE SCHEMA IF NOT EXISTS {BY_SHORT[short].schema}")
                con.execute(ddl.create_table_sql(BY_SHORT[short]))
                columns = BY_SHORT[short].columns
                marks = ", ".join("?" * len(columns))
                for row in content:
                    con.execute(f"INSERT INTO {BY_SHORT[short].name} VALUES ({marks})", [row[column] for column in columns])
            con.execute(ddl.create_table_sql(BY_SHORT["match_feature"]))
            for (a, b), told in (fields or {}).items():
                con.executemany("INSERT INTO core.match_feature VALUES (?, ?, ?, ?, ?, ?, ?)", [[a, b, *row] for row in told])
        return database

    return make


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Path]:
    """(database) -> the folder of profile `practice`, the test's own, where commands find that database published."""

    def go(database: Path) -> Path:
        monkeypatch.setenv("PARTNERS_DATA", str(tmp_path))
        link = versions.link_of(tmp_path / "practice", "warehouse")
        link.parent.mkdir(parents=True)
        versions.switch(link, database)
        return tmp_path / "practice"

    return go
