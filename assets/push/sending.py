"""Sends a published version to a place so that whoever follows `latest.json` there always finds a whole version.

    <address>/<version>/<part>/…                 the files, first
    <address>/<version>/.partners-push.json      what arrived, with hashes; `complete` when all did
    <address>/latest.json                        which version to read; replaced last

Belongs here: the order of writing, what need not be sent again, removing old versions there. Does not: connecting
(`places.py`), or when to push and what to remember of it (`delivery.py`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from assets.push.places import Place, PushError, sha256_of
from assets.push.settings import PushTarget
from warehouse import versions
from warehouse.tables import SCHEMA_VERSION

INDEX = ".partners-push.json"
LATEST = "latest.json"
MANIFEST = "manifest.json"
#: The index is written after so many files or bytes: a push that is cut off sends at most so much twice.
_INDEX_EVERY_FILES = 10
_INDEX_EVERY_BYTES = 16 * 2**20


class NothingPublished(Exception):
    """There is no version to push yet."""


@dataclass(frozen=True)
class Published:
    """The version readers see, as its manifest tells of it."""

    root: Path
    profile: str
    version: str
    as_of: str
    run_id: str
    manifest_sha256: str
    counts: dict[str, int]
    """Rows of each exported table."""
    schema_version: str = SCHEMA_VERSION


@dataclass(frozen=True)
class Sent:
    """What a push came to."""

    files: int
    bytes: int
    there_before: int
    """Files that had arrived earlier."""
    pruned: tuple[str, ...] = ()


def published_version(root: Path, profile: str) -> Published:
    """Facts of the published version. Raises NothingPublished where there is none."""
    database = versions.current(versions.link_of(root, "warehouse"))
    if database is None:
        raise NothingPublished(f"nothing is published under {root} yet; run `partners run` first")
    version = database.parent.name
    content = (versions.folder_of(root, "exports", version) / MANIFEST).read_bytes()
    manifest = json.loads(content)
    return Published(
        root=root,
        profile=profile,
        version=version,
        as_of=manifest["as_of"],
        run_id=manifest["run"]["run_id"],
        manifest_sha256=hashlib.sha256(content).hexdigest(),
        counts=_counts(manifest["files"]),
        schema_version=manifest["schema_version"],
    )


def _counts(files: list[dict[str, Any]]) -> dict[str, int]:
    """Rows of each table; a table in several formats is counted once, one in several files is added up."""
    by_format: dict[tuple[str, str], int] = {}
    for file in files:
        if file.get("table") and isinstance(file.get("rows"), int):
            key = (str(file["table"]), Path(str(file["path"])).suffix)
            by_format[key] = by_format.get(key, 0) + int(file["rows"])
    tables = sorted({table for table, _ in by_format})
    most = {table: max(rows for (name, _), rows in by_format.items() if name == table) for table in tables}
    return {table: by_format.get((table, ".parquet"), most[table]) for table in tables}


def send(place: Place, target: PushTarget, published: Published, *, keep_versions: int, now_utc: datetime) -> Sent:
    """Sends what is not there yet, then points `latest.json` at it. Raises PushError, or what the place's library raises."""
    version = published.version
    _refuse_others(place, published)
    index = place.json(f"{version}/{INDEX}") or {}
    arrived: dict[str, Any] = dict(index.get("files") or {})
    sizes = place.sizes(version)
    files = _files(published, target)
    sent = sent_bytes = waiting_files = waiting_bytes = 0
    for name, local in files.items():
        size = local.stat().st_size
        fact = {"bytes": size, "sha256": sha256_of(local)}
        if sizes.get(name) == size and (arrived.get(name) == fact or place.holds(local, f"{version}/{name}")):
            arrived[name] = fact
            continue
        place.put(local, f"{version}/{name}")
        arrived[name] = fact
        sent, sent_bytes = sent + 1, sent_bytes + size
        waiting_files, waiting_bytes = waiting_files + 1, waiting_bytes + size
        if waiting_files >= _INDEX_EVERY_FILES or waiting_bytes >= _INDEX_EVERY_BYTES:
            place.replace(f"{version}/{INDEX}", _index(published, arrived, complete=False))
            waiting_files = waiting_bytes = 0
    whole = _index(published, {name: arrived[name] for name in files}, complete=True)
    place.replace(f"{version}/{INDEX}", whole)
    place.replace(LATEST, _latest(published, target, whole, now_utc))
    pruned = _prune(place, keep_versions, version) if target.prune else ()
    return Sent(sent, sent_bytes, len(files) - sent, pruned)


def _files(published: Published, target: PushTarget) -> dict[str, Path]:
    """Files to send, by their name there; the mark of a whole version is this machine's own affair."""
    found: dict[str, Path] = {}
    for part in target.parts:
        folder = versions.folder_of(published.root, part, published.version)
        if not versions.is_complete(folder):
            raise PushError(f"{folder} is not whole; run `partners run --anew`")
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / versions.MARKER):
            found[f"{part}/{path.relative_to(folder).as_posix()}"] = path
    return found


def _refuse_others(place: Place, published: Published) -> None:
    latest = place.json(LATEST)
    if latest is not None and latest.get("profile") != published.profile:
        raise PushError(
            f"{LATEST} there belongs to {latest.get('profile') or 'something else'!r}, not to {published.profile!r}; "
            "give each profile a folder or prefix of its own"
        )


def _index(published: Published, files: dict[str, Any], *, complete: bool) -> bytes:
    return _json({"profile": published.profile, "version": published.version, "complete": complete, "files": files})


def _latest(published: Published, target: PushTarget, index: bytes, now_utc: datetime) -> bytes:
    exports = "exports" in target.parts
    return _json(
        {
            "schema_version": published.schema_version,
            "profile": published.profile,
            "version": published.version,
            "as_of": published.as_of,
            "run_id": published.run_id,
            "parts": list(target.parts),
            "manifest": f"{published.version}/exports/{MANIFEST}" if exports else None,
            "manifest_sha256": published.manifest_sha256 if exports else None,
            "index": f"{published.version}/{INDEX}",
            "index_sha256": hashlib.sha256(index).hexdigest(),
            "pushed_at_utc": now_utc.isoformat(timespec="seconds"),
        }
    )


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _prune(place: Place, keep: int, current: str) -> tuple[str, ...]:
    """Removes half-sent versions older than this one, and whole ones beyond the newest `keep`; nothing else is touched."""
    found = [name for name in place.folders() if versions.is_version(name) and name <= current]
    whole = [name for name in found if (place.json(f"{name}/{INDEX}") or {}).get("complete") is True]
    removed = [name for name in found if name != current and name not in whole[-keep:]]
    for name in removed:
        place.remove(name)
    return tuple(removed)
