"""Versions of what is published: their names, the marker of a whole one, the links readers follow.

Belongs here: folders, links and markers under a profile's root. Does not: what is in the folders (`build.py`, the
exports and the report write that).

    <root>/warehouse/<version>/partners.duckdb     <root>/warehouse/partners.duckdb -> <version>/partners.duckdb
    <root>/exports/<version>/…                     <root>/exports/latest            -> <version>
    <root>/report/<version>/…                      <root>/report/latest             -> <version>

Nothing in a version changes once its marker is written, so a reader that follows a link sees one whole version, and
one that holds the old one open keeps it. One run at a time writes below a root; the caller sees to that.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from warehouse.build import DATABASE
from warehouse.parquet import sync

#: Written last into a version's folder: a folder without it belongs to a run that was killed.
MARKER = "COMPLETE"
#: Parts of a version and the link of each, in the order of switching. The warehouse comes last: the run reads its own
#: past from there, so a night killed between two switches still counts as not published and is simply made again.
LINKS = {"exports": "latest", "report": "latest", "warehouse": DATABASE}

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z-[0-9A-Za-z]{8}")


class VersionError(Exception):
    """A version or link is not in the state the step needs; says what was found and what to do."""


def version_name(now: datetime, run_id: str) -> str:
    """`YYYY-MM-DDTHHMMSSZ-<first 8 letters or digits of the run id>`: sorts by time, and tells which run made it."""
    if now.tzinfo is None:
        raise ValueError(f"version_name needs a time with a time zone, got {now.isoformat()}; use datetime.now(UTC).")
    run = run_part(run_id)
    if len(run) < 8:
        raise ValueError(f"version_name needs a run id of 8 or more letters and digits, got {run_id!r}.")
    return f"{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}-{run}"


def run_part(run_id: str) -> str:
    """What of a run's id stands at the end of the version it made."""
    return re.sub("[^0-9A-Za-z]", "", run_id)[:8]


def folder_of(root: Path, part: str, version: str) -> Path:
    """Folder of one part of a version."""
    return root / part / version


def link_of(root: Path, part: str) -> Path:
    """The link readers follow for one part."""
    return root / part / LINKS[part]


def target_of(root: Path, part: str, version: str) -> Path:
    """What the link of a part points to in a version: the database file, or the folder."""
    folder = folder_of(root, part, version)
    return folder / DATABASE if part == "warehouse" else folder


def start(root: Path, part: str, version: str) -> Path:
    """An empty folder for one part of a new version; what killed runs left half-built beside it is removed first.

    Raises `VersionError` if the version is already complete, since a published version never changes.
    """
    if not _VERSION.fullmatch(version):
        raise VersionError(f"{version!r} is not a version name; make it with version_name().")
    folder = folder_of(root, part, version)
    if is_complete(folder):
        raise VersionError(f"{folder} is already complete and is never written again; start a new run.")
    remove_half_built(folder.parent)
    folder.mkdir(parents=True)
    return folder


def complete(folder: Path) -> None:
    """Mark a version's folder whole: everything in it is synced to disk first, then the marker is."""
    for path in sorted(folder.rglob("*")):
        sync(path)
    (folder / MARKER).touch()
    sync(folder / MARKER)
    sync(folder)
    sync(folder.parent)


def is_complete(folder: Path) -> bool:
    """Whether the folder holds a whole version."""
    return (folder / MARKER).is_file()


def remove_half_built(part_folder: Path) -> list[str]:
    """Remove versions without a marker, and temporary links; returns their names. Other folders are left alone."""
    if not part_folder.is_dir():
        return []
    half_built = [path for path in _versions(part_folder) if not is_complete(path)]
    for path in half_built:
        shutil.rmtree(path)
    links = [path for path in sorted(part_folder.glob(".*.next")) if path.is_symlink()]
    for path in links:
        path.unlink()
    return [path.name for path in half_built + links]


def switch(link: Path, target: Path) -> None:
    """Point the link at the target in one step; there is no moment without a link.

    The link is relative, so that a root can be moved or mounted elsewhere.
    Raises `VersionError` where the target is not there, or something other than a link stands in the link's place.
    """
    if not target.exists():
        raise VersionError(f"{link} cannot point to {target}, which does not exist; build it first.")
    if link.exists() and not link.is_symlink():
        raise VersionError(f"{link} is not a link; move it away, the run puts a link to the newest version there.")
    temporary = link.with_name(f".{link.name}.next")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(os.path.relpath(target, link.parent))
    temporary.replace(link)
    sync(link.parent)


def current(link: Path) -> Path | None:
    """What the link points to, as a path that a later switch does not change; None before the first publication.

    Raises `VersionError` for a link to nowhere: to go on as if nothing had ever been published would mint every id
    anew.
    """
    if not link.is_symlink():
        return None
    target = link.parent / link.readlink()
    if not target.exists():
        raise VersionError(f"{link} points to {target}, which is gone; restore it, or remove the link to start afresh.")
    return target


def clear_wal(link: Path) -> list[Path]:
    """Remove write-ahead logs beside the link and beside its target; returns what was removed.

    A client that opened the file read-write and died leaves one, and DuckDB replays it on whatever the name means next:
    clients before 2.0 put it beside the link (foreign rows in the next night), 2.0 beside the target.
    """
    places = [link, *([link.parent / link.readlink()] if link.is_symlink() else [])]
    stray = [path for path in (place.with_name(f"{place.name}.wal") for place in places) if path.exists()]
    for path in stray:
        path.unlink()
    return stray


def publish(root: Path, version: str) -> None:
    """Switch exports, report and warehouse to a version that is complete in all three.

    A run killed between two switches leaves whole versions everywhere, and the next one switches all three again.
    Raises `VersionError` naming every part that is not complete; nothing is switched then.
    """
    lacking = [str(folder_of(root, part, version)) for part in LINKS if not is_complete(folder_of(root, part, version))]
    if lacking:
        raise VersionError(f"{version} is not published: {', '.join(lacking)} lack {MARKER}. Finish them, then publish.")
    database = link_of(root, "warehouse")
    clear_wal(database)
    for part in LINKS:
        switch(link_of(root, part), target_of(root, part, version))
    clear_wal(database)


def prune(part_folder: Path, keep: int, protect: Collection[str] = ()) -> list[str]:
    """Remove all but the newest `keep` complete versions and return their names.

    Never removed: those named in `protect`, and the one a link in the folder points to.
    """
    if keep < 1:
        raise ValueError(f"prune must keep at least one version, got keep={keep}.")
    linked = {path.readlink().parts[0] for path in part_folder.iterdir() if path.is_symlink()}
    whole = [path for path in _versions(part_folder) if is_complete(path)]
    removed = [path for path in whole[:-keep] if path.name not in linked and path.name not in protect]
    for path in removed:
        (path / MARKER).unlink()  # first, so that a removal cut short never passes for a whole version
        shutil.rmtree(path)
    return [path.name for path in removed]


def _versions(part_folder: Path) -> list[Path]:
    """Version folders, oldest first."""
    return sorted(path for path in part_folder.iterdir() if _VERSION.fullmatch(path.name) and not path.is_symlink())


def is_version(name: str) -> bool:
    """Whether a folder of this name can be a version."""
    return _VERSION.fullmatch(name) is not None
