"""Fixtures of this folder: a scripted web server on 127.0.0.1 and a watch whose sleeps are instant."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="session")
def loopback_kit() -> ModuleType:
    """The helper module beside this file; loaded by path, since the test folders are no packages."""
    spec = importlib.util.spec_from_file_location("loopback_kit", Path(__file__).with_name("loopback.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def loopback(loopback_kit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server that answers by script; a proxy of the machine does not stand between it and the test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with loopback_kit.serving() as server:
        yield server


@pytest.fixture
def reply(loopback_kit: ModuleType) -> Any:
    """The class of one scripted answer."""
    return loopback_kit.Reply


@pytest.fixture
def watch(loopback_kit: ModuleType) -> Any:
    """A clock whose sleeps are instant."""
    return loopback_kit.Watch()
