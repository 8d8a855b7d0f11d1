"""What one run needs to know, as plain values: every asset reads it, none changes it.

Belongs here: the run's date, folders, sources in order and settings, and where a table of an earlier stage lies. Does not:
reading a profile (`pipelines` builds a Night from it) or any work of a stage.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from assets.opportunities.lists import Caps
from assets.organisations.places import PlaceFact, RegionFact
from assets.push.settings import PushTarget, Webhook
from assets.snapshots.store import SnapshotStore
from assets.snapshots.take import FileOption
from sources.answers import AnswerMemory
from sources.business_licences import City
from sources.http import PoliteSession
from sources.practice.server import serve
from sources.register import Register
from warehouse import versions

#: An address that begins so is served by the practice town while the run fetches.
PRACTICE = "practice:"


@dataclass(frozen=True)
class SourceOrder:
    """One register as this chamber wants it."""

    register: Register
    files: Sequence[FileOption]
    options: Mapping[str, Any]
    record_url: str | None
    max_age_days: int | None = None
    allowed_hosts: Sequence[str] = ()
    private_hosts: Sequence[str] = ()
    settings: str = ""
    """The source as the profile writes it; a change of it makes its rows anew."""

    @property
    def name(self) -> str:
        """Short name of the source."""
        return self.register.name


@dataclass(frozen=True, kw_only=True)
class Night:
    """One run: who, where, when, and with what settings."""

    run_id: str
    profile: str
    chamber: str
    as_of: date
    started_at_utc: datetime
    code_version: str
    root: Path
    """`$PARTNERS_DATA/<profile>`; nothing outside it is written."""
    regions: Sequence[RegionFact]
    places: Sequence[PlaceFact]
    sources: Sequence[SourceOrder]
    cities: Sequence[City]
    weights: Mapping[str, float]
    caps: Caps
    priorities: Sequence[str] = ()
    """Goals the chamber has for every business."""
    report_top_per_industry: int
    keep_versions: int
    keep_runs: int
    keep_history_days: int = 400
    """Days for which changes of opportunities, and each day's list, are kept."""
    push: Sequence[PushTarget] = ()
    """Places that get what is published."""
    webhook: Webhook | None = None
    settings: str = ""
    """Hash of the whole profile."""
    code: str = ""
    """Hash of every file of this project."""
    anew: bool = False
    """True to make a new version although nothing has changed."""
    offline: bool = False
    """True to replay a past night from its snapshots; nothing is asked of anyone."""
    accept_fewer: bool = False
    """True to publish although far less is left than the published version holds."""
    practice_seed: int | None = None
    practice_size: float = 1.0
    _open: ExitStack = field(default_factory=ExitStack, repr=False)

    # --- folders ---------------------------------------------------------------------------------------------------
    @property
    def people(self) -> Path:
        """Files people edit: declined.csv and, later, decisions and stages."""
        return self.root / "people"

    @property
    def folder(self) -> Path:
        """This run's tables."""
        return self.root / "runs" / self.run_id

    @property
    def version(self) -> str:
        """Name of the version this run publishes."""
        return versions.version_name(self.started_at_utc, self.run_id)

    @property
    def published(self) -> Path | None:
        """The DuckDB file of the last published version, by its lasting path."""
        return versions.current(versions.link_of(self.root, "warehouse"))

    def write_to(self, file: str) -> Path:
        """Where this run writes a file; its folder exists."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def read_from(self, file: str) -> Path:
        """A file an earlier stage wrote: in this run, or else in the newest earlier run, so that one asset can be run alone.

        Raises FileNotFoundError saying which asset to run first.
        """
        own = self.folder / file
        if own.exists():
            return own
        earlier = [run / file for run in self.folder.parent.glob("*") if (run / file).exists()]
        if not earlier:
            raise FileNotFoundError(
                f"{file} has not been made yet; run the asset {Path(file).stem} first, or the whole nightly job."
            )
        return max(earlier, key=lambda p: (p.stat().st_mtime_ns, str(p)))

    def drop_old_runs(self) -> None:
        """Removes runs beyond the profile's number, this one counted once it has begun: nights that fail tidy nothing up.

        The run of the published version stays, since single assets are made again from its tables.
        """
        others = sorted(
            (p for p in self.folder.parent.glob("*") if p.is_dir() and p != self.folder),
            key=lambda p: (p.stat().st_mtime_ns, p.name),
        )
        published = self.published
        for old in others[: max(0, len(others) + self.folder.exists() - self.keep_runs)]:
            if published is None or not published.parent.name.endswith(versions.run_part(old.name)):
                shutil.rmtree(old)

    @property
    def checked(self) -> Path:
        """Note of the latest night in which nothing had changed."""
        return self.root / "checked.json"

    def note_checked(self, version: str) -> None:
        """Writes down that tonight's registers are those `version` was made of."""
        draft = self.checked.with_suffix(".draft")
        draft.write_text(json.dumps({"version": version, "as_of": self.as_of.isoformat(), "run_id": self.run_id}), "utf-8")
        draft.replace(self.checked)

    # --- the outside world -----------------------------------------------------------------------------------------
    @cached_property
    def store(self) -> SnapshotStore:
        """Bytes as fetched."""
        return SnapshotStore(self.root / "snapshots")

    @cached_property
    def http(self) -> PoliteSession:
        """The one session of the run; it remembers when each host was last asked."""
        practice = {"127.0.0.1"} if self.practice_seed is not None else set()
        return PoliteSession(
            self.code_version, private_hosts=practice.union(*(o.private_hosts for o in self.sources)),
            memory=AnswerMemory(self.root / "snapshots" / "answers"),
        )  # fmt: skip

    @cached_property
    def practice_base(self) -> str:
        """Address of the practice town, which is served from now until `close`."""
        return self._open.enter_context(serve(self.practice_seed if self.practice_seed is not None else 7, self.practice_size))

    def address(self, url: str) -> str:
        """`url`, with the practice town's address in place of `practice:`."""
        return self.practice_base + url.removeprefix(PRACTICE) if url.startswith(PRACTICE) else url

    def close(self) -> None:
        """Ends what the run started (the practice town's server)."""
        self._open.close()
