"""Fixtures of this folder: a small published version, servers on 127.0.0.1, and a place of each kind to push it to."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assets.push import delivery
from assets.push.settings import PushTarget
from warehouse import versions

VERSIONS = tuple(f"2026-11-{day}T020000Z-0000000a" for day in (20, 21, 22))
SECRET = "hunter2-Z9/long+enough"
KEY = "AKIDEXAMPLEPUSH"


def _load(name: str, path: Path) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def servers() -> ModuleType:
    """The helper module beside this file."""
    return _load("push_servers", Path(__file__).with_name("servers.py"))


@pytest.fixture(scope="session")
def loopback_kit() -> ModuleType:
    """The scripted web server of the tests of `sources`."""
    return _load("push_loopback", Path(__file__).parents[1] / "sources" / "loopback.py")


@pytest.fixture
def loopback(loopback_kit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A web server that answers by script."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with loopback_kit.serving() as server:
        yield server


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., Path]:
    """(number of the night) -> the profile's root, where that version is published: 13 exported files, a report, a warehouse."""
    root = tmp_path / "data" / "practice"

    def go(night: int = 0) -> Path:
        version = VERSIONS[night]
        files = []
        for part in versions.LINKS:
            folder = versions.start(root, part, version)
            if part == "exports":
                for number in range(12):
                    path = folder / f"opportunity/region_id=r{number}/opportunity.parquet"
                    path.parent.mkdir(parents=True)
                    path.write_bytes(f"night {night} region {number} ".encode() * (1000 if number == 9 else 10))
                    files.append({"path": str(path.relative_to(folder)), "table": "mart.opportunity", "rows": number})
                files.append({"path": "licence.csv", "table": "meta.licence", "rows": 4})
                manifest = {"schema_version": "2.3.0", "as_of": version[:10], "run": {"run_id": f"run-{night}"}, "files": files}
                (folder / "manifest.json").write_text(json.dumps(manifest))
            else:
                (folder / ("partners.duckdb" if part == "warehouse" else "index.html")).write_text(f"{part} of night {night}")
            versions.complete(folder)
        versions.publish(root, version)
        return root

    return go


@dataclass
class Corner:
    """A place of one kind: its entry in the profile, its credentials, and a look at what lies there."""

    target: PushTarget
    environ: dict[str, str]
    read: Callable[[], dict[str, bytes]]
    """Every file there, by name below the address."""
    server: Any = None
    more: dict[str, Any] = field(default_factory=dict)

    def push(self, root: Path, **changes: Any) -> list[delivery.Delivery]:
        settings: dict[str, Any] = {"keep_versions": 2, "environ": self.environ, "clock": clock, **changes}
        target = settings.pop("target", self.target)
        return delivery.deliver(root, "practice", [target], None, **settings)

    def latest(self) -> dict[str, Any] | None:
        """What a reader finds; it fails where the version is not whole, by the hashes that are told there."""
        files = self.read()
        if "latest.json" not in files:
            return None
        latest: dict[str, Any] = json.loads(files["latest.json"])
        index = files[latest["index"]]
        assert hashlib.sha256(index).hexdigest() == latest["index_sha256"]
        for name, fact in json.loads(index)["files"].items():
            content = files[f"{latest['version']}/{name}"]
            assert (len(content), hashlib.sha256(content).hexdigest()) == (fact["bytes"], fact["sha256"])
        return latest


def clock() -> datetime:
    """Always the same moment."""
    return datetime(2026, 11, 22, 3, tzinfo=UTC)


def _below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Corner:
    """A shared folder."""
    share = tmp_path / "share"
    share.mkdir()
    return Corner(PushTarget(name="share", to=f"file://{share}"), {}, lambda: _below(share))


@pytest.fixture
def bucket(servers: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Corner]:
    """A bucket with a prefix."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with servers.small_s3(KEY, SECRET) as server:
        target = PushTarget(name="my-store", to="s3://town/partners", options={"endpoint_url": server.url, "region": "us-east-1"})
        environ = {"PARTNERS_PUSH_MY_STORE_KEY": KEY, "PARTNERS_PUSH_MY_STORE_SECRET": SECRET}
        start = "town/partners/"
        yield Corner(
            target,
            environ,
            lambda: {name.removeprefix(start): body for name, body in server.objects.items() if name.startswith(start)},
            server,
        )


@pytest.fixture
def sftp(servers: ModuleType, tmp_path: Path) -> Iterator[Corner]:
    """A folder behind SFTP, whose host is known."""
    behind = tmp_path / "behind"
    behind.mkdir()
    with servers.small_sftp(behind, "town", SECRET) as server:
        known = tmp_path / "known_hosts"
        known.write_text(server.known_hosts_line())
        target = PushTarget(
            name="council", to=f"sftp://town@127.0.0.1:{server.port}/in/partners", options={"known_hosts": str(known)}
        )
        environ = {"PARTNERS_PUSH_COUNCIL_PASSWORD": SECRET}
        yield Corner(target, environ, lambda: _below(behind / "in" / "partners"), server, {"known_hosts": known})


@pytest.fixture(params=["folder", "bucket", "sftp"])
def corner(request: pytest.FixtureRequest) -> Corner:
    """Each kind of place in turn."""
    found: Corner = request.getfixturevalue(request.param)
    return found
