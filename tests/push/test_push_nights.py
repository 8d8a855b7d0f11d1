"""Pushing as part of a night: after publication, on nights without changes, and by hand. It never fails a night."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
import yaml
from typer.testing import CliRunner

from assets.push import assets as push_assets
from assets.push.settings import PushTarget
from assets.snapshots import assets as snapshots
from assets.snapshots import changes
from pipelines.cli import app
from pipelines.definitions import build_defs
from pipelines.profile import PROFILES, load_profile

Publish = Callable[..., Path]


@pytest.fixture
def profile_path(tmp_path: Path, folder: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The practice town, pushing to a folder; commands find its data."""
    monkeypatch.setenv("PARTNERS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "160")
    settings = yaml.safe_load((PROFILES / "practice.yaml").read_text("utf-8"))
    settings["publishing"] = {"push": [folder.target.model_dump(mode="json", exclude_defaults=True)]}
    path = tmp_path / "practice.yaml"
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return path


def _partners(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    return result.exit_code, " ".join(result.output.split())


# --- Dagster --------------------------------------------------------------------------------------------------------


def _night(root: Path, folder: Any, stands: bool, offline: bool = False) -> Any:
    run = root / "runs" / "tonight"
    run.mkdir(parents=True, exist_ok=True)

    def write_to(name: str) -> Path:
        return run / name

    return SimpleNamespace(
        root=root, profile="practice", push=[folder.target], webhook=None, keep_versions=2, offline=offline, sources=[], anew=False,
        folder=run, stands=stands, write_to=write_to, note_checked=lambda version: None, version="2026-11-23T020000Z-0000000a",
    )  # fmt: skip


def _run(night: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], list[dg.AssetCheckEvaluation]]:
    """Gate, a publication that does nothing, and the push; returns what was made, and what the checks said."""
    monkeypatch.setattr(changes, "inputs_of", lambda *_: {})
    monkeypatch.setattr(changes, "version_that_stands", lambda night, _: "a version" if night.stands else None)

    @dg.asset(key=["version", "published"], deps=[snapshots.CHANGES])
    def published() -> None:
        """Published by the fixture."""

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [*snapshots.build_assets([], push_assets.STANDS), published, *push_assets.build_assets()],
            resources={"night": night},
            instance=instance,
        )
    assert result.success
    return {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key}, list(
        result.get_asset_check_evaluations()
    )


def test_a_night_pushes_and_a_failure_is_a_check_that_the_next_quiet_night_mends(
    folder: Any, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = publish()
    share = Path(folder.target.address.path)
    share.rmdir()
    made, checks = _run(_night(root, folder, stands=False), monkeypatch)
    assert made == {"changes", "published", "pushed"}
    assert [(c.check_name, c.passed, c.blocking) for c in checks] == [("arrived", False, False)]
    assert "there is no folder" in str(checks[0].metadata["share"].value)
    share.mkdir()
    made, checks = _run(_night(root, folder, stands=True), monkeypatch)
    assert made == {"stands", "outstanding_push"}
    assert [c.passed for c in checks] == [True]
    assert folder.latest()["as_of"] == "2026-11-20"


def test_a_run_that_asks_nobody_tells_nobody(folder: Any, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    made, checks = _run(_night(publish(), folder, stands=False, offline=True), monkeypatch)
    assert "pushed" in made and [c.passed for c in checks] == [True]
    assert folder.read() == {}


def test_a_fault_of_this_side_fails_no_night_either(folder: Any, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    root = publish()
    (root / "exports" / "latest" / "manifest.json").unlink()
    _, checks = _run(_night(root, folder, stands=False), monkeypatch)
    assert [c.passed for c in checks] == [False]
    assert "manifest.json" in str(checks[0].metadata["push"].value)


def test_only_profiles_that_push_have_the_assets(profile_path: Path) -> None:
    def names(profile: Any) -> set[str]:
        graph = build_defs(profile=profile).resolve_asset_graph()
        return {key.path[1] for key in graph.get_all_asset_keys() if key.path[0] == "version"}

    assert names(load_profile(profile_path)) - names(load_profile("practice")) == {"pushed", "stands", "outstanding_push"}


# --- commands -------------------------------------------------------------------------------------------------------


def test_push_by_hand(profile_path: Path, folder: Any, publish: Publish) -> None:
    code, said = _partners("push", "--profile", profile_path)
    assert code == 1 and "nothing is published under" in said
    publish()
    code, said = _partners("push", "--profile", profile_path)
    assert code == 0 and f"Pushed share: {folder.target.to} (13 files sent" in said
    shutil.rmtree(Path(folder.target.address.path))
    code, said = _partners("push", "--profile", profile_path)
    assert code == 3 and "NOT PUSHED share: " in said
    assert "is published here and has not reached share; `partners push` tries again at once, the next night in any case." in said


def test_push_without_a_place_says_what_to_write(publish: Publish) -> None:
    code, said = _partners("push", "--profile", "practice")
    assert code == 2 and "write `push:` under `publishing`" in said


@pytest.mark.parametrize(("offline", "code"), [(False, 3), (True, 0)])
def test_a_night_whose_push_failed_ends_with_3(
    offline: bool, code: int, profile_path: Path, folder: Any, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = publish()
    shutil.rmtree(Path(folder.target.address.path))
    _partners("push", "--profile", profile_path)
    (root / "checked.json").write_text(json.dumps({"version": "v"}))
    outcome = SimpleNamespace(success=True, nothing_changed=True, root=root, warnings=(), failures=[])
    monkeypatch.setattr("pipelines.run.run_nightly", lambda *_, **__: outcome)
    found, said = _partners("run", "--profile", profile_path, *(["--offline"] if offline else []))
    assert found == code
    assert ("NOT PUSHED share: " in said and "make the folder once by hand" in said) != offline


def test_profile_check_shows_where_it_will_push(profile_path: Path, folder: Any) -> None:
    settings = yaml.safe_load(profile_path.read_text())
    store = {"name": "my-store", "to": "s3://town/partners", "parts": ["exports", "warehouse"]}
    settings["publishing"] = {
        "push": [folder.target.model_dump(mode="json", exclude_defaults=True), store],
        "webhook": {"url": "https://app.example/new"},
    }
    profile_path.write_text(yaml.safe_dump(settings))
    code, said = _partners("profile", "check", profile_path)
    assert code == 0
    assert f"Pushes exports to {folder.target.to} (share)." in said
    assert "(my-store; credentials: PARTNERS_PUSH_MY_STORE_KEY, PARTNERS_PUSH_MY_STORE_SECRET)." in said
    assert "sole traders by name among them" in said
    assert "Tells https://app.example/new (signed with PARTNERS_WEBHOOK_SECRET)." in said
    settings["publishing"]["push"][1]["options"] = {"secret": "hunter2"}
    profile_path.write_text(yaml.safe_dump(settings))
    code, said = _partners("profile", "check", profile_path)
    assert code == 2 and "'secret' has no place in a file" in said and "hunter2" not in said


def test_the_examples_of_the_page_can_be_used() -> None:
    text = (Path(__file__).parents[2] / "docs" / "push.md").read_text("utf-8")
    blocks = [yaml.safe_load(part.split("```")[0])["publishing"] for part in text.split("```yaml\n")[1:]]
    targets = [PushTarget.model_validate(entry) for block in blocks for entry in block.get("push", [])]
    assert [target.kind for target in targets] == ["file", "s3", "sftp"]
    assert all(name in text for target in targets for name in target.variables)
