"""What to tell a person when the disk is at fault: no space left, or no permission to write.

Belongs here: recognising both, and the words. Does not: freeing space (people decide what goes) nor whether a run may go on.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from warehouse import versions

#: How the system, SQLite and DuckDB say it.
_FULL = ("No space left on device", "database or disk is full", "Disk quota exceeded")
#: What SQLite says of a full disk, among other things.
_UNCLEAR = "disk I/O error"
_FORBIDDEN = ("Permission denied", "Read-only file system", "readonly database", "unable to open database file")
_PARTS = ("snapshots", "rows", "runs", "history", *versions.LINKS)
_MB = 1_000_000


def not_writable(root: Path) -> list[Path]:
    """Folders a run writes to and this user cannot; the nearest one that exists where they are not there yet."""
    records = Path(os.environ.get("DAGSTER_HOME") or root.parent / ".dagster")
    folders = [records, root, *(root / part for part in _PARTS if (root / part).exists())]
    nearest = dict.fromkeys(_nearest(folder) for folder in folders)
    return [folder for folder in nearest if not os.access(folder, os.W_OK | os.X_OK)]


def may_not_write(folders: Iterable[Path]) -> str:
    """The words for folders that cannot be written to."""
    return (
        f"no permission to write to {', '.join(map(str, folders))} (user {os.getuid()}); run as the user who owns it, "
        "or name another place in PARTNERS_DATA, and run again."
    )


def told(failures: list[str], root: Path) -> list[str]:
    """The failures, with what to do about the disk before them where that is the reason."""
    text = "\n".join(failures)
    if any(word in text for word in _FULL) or (_UNCLEAR in text and _free(root) < max(_needed(root), _MB)):
        return [no_space(root), *failures]
    if any(word in text for word in _FORBIDDEN) and (folders := not_writable(root)):
        return [may_not_write(folders), *failures]
    return failures


def no_space(root: Path) -> str:
    """How much is left, how much a run takes, and what can go."""
    needed, free = _needed(root), _free(root)
    missing = f"free {_ceil(max(needed - free, _MB))} MB" if needed else "free some"
    takes = f", the published version and its tables take {_ceil(needed)} MB" if needed else ""
    return (
        f"no space left on the disk of {_nearest(root)} ({free // _MB} MB free{takes}); {missing} and run again: "
        "lower publishing.keep_versions and keep_runs in the profile, or `partners snapshots prune`."
    )


def _nearest(path: Path) -> Path:
    """The path, or the first folder above it that is there."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _free(root: Path) -> int:
    return shutil.disk_usage(_nearest(root)).free


def _needed(root: Path) -> int:
    """What a run takes: the published version and the tables of a run, the largest one, since those cut short are smaller."""
    published = (versions.link_of(root, part).resolve() for part in versions.LINKS)
    version = sum(_size(target.parent if target.is_file() else target) for target in published if target.exists())
    return version + max((_size(run) for run in (root / "runs").glob("*") if run.is_dir()), default=0)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _ceil(size: int) -> int:
    """Bytes as megabytes, the next above."""
    return -(-size // _MB)
