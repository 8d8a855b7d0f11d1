"""Fixtures of this folder: the practice nights of `practice_story.py`, and a data folder of a test's own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


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
def story(story_kit: ModuleType, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The nights; the other and the killed ones only where the tests that look at them are run too."""
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
