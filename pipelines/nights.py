"""Makes a `Night` out of a profile: the one place where the clock, the environment and the profile meet.

Belongs here: folders, dates, the lock that keeps two runs of one profile apart. Does not: what a run does, nor Dagster, which
takes a second to import (`night_resource.py`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock, Timeout

from assets.night import PRACTICE, Night, SourceOrder
from assets.opportunities.lists import Caps
from pipelines.profile import Profile, Source
from sources.business_licences import City
from sources.register import Register

#: Where data goes unless the environment says otherwise.
DATA_VARIABLE = "PARTNERS_DATA"


class AlreadyRunning(Exception):
    """Another run of the same profile holds the lock."""


def data_dir() -> Path:
    """`$PARTNERS_DATA`, or `data/` in the current folder."""
    return Path(os.environ.get(DATA_VARIABLE, "data")).resolve()


def root_of(profile: Profile) -> Path:
    """Folder of one profile's state; one profile never reads another's."""
    return data_dir() / profile.name


def code_version() -> str:
    """Version of this project, as installed."""
    try:
        return version("partner-discovery")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0+checkout"


@cache
def code_hash() -> str:
    """Hash of every file a run's tables follow from: code, SQL, mappings, reference tables."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for package in ("assets", "pipelines", "sources", "warehouse"):
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def source_orders(profile: Profile) -> list[SourceOrder]:
    """The profile's registers in order."""
    return [_order(source) for source in profile.sources]


def _order(source: Source) -> SourceOrder:
    files = source.files()
    practice = any(file.url and file.url.startswith(PRACTICE) for file in files)
    return SourceOrder(
        register=_invented(source.register) if practice else source.register,
        files=files,
        options=source.options,
        record_url=source.record_url,
        max_age_days=source.max_age_days,
        allowed_hosts=source.allowed_hosts,
        private_hosts=source.private_hosts,
        settings=source.model_dump_json(),
    )


def make_night(
    profile: Profile,
    *,
    run_id: str,
    as_of: date,
    now_utc: datetime,
    anew: bool = False,
    offline: bool = False,
    accept_fewer: bool = False,
) -> Night:
    """Everything a run needs to know."""
    return Night(
        run_id=run_id,
        profile=profile.name,
        chamber=profile.chamber,
        as_of=as_of,
        started_at_utc=now_utc,
        code_version=code_version(),
        root=root_of(profile),
        regions=profile.regions,
        places=profile.places,
        sources=source_orders(profile),
        cities=[City.model_validate({"city": s.name, **s.city}) for s in profile.sources if s.city],
        weights=profile.weights,
        caps=Caps(**profile.lists.model_dump()),
        priorities=profile.priorities,
        report_top_per_industry=profile.publishing.report_top_per_industry,
        keep_versions=profile.publishing.keep_versions,
        keep_runs=profile.publishing.keep_runs,
        keep_history_days=profile.publishing.keep_history_days,
        push=profile.publishing.push,
        webhook=profile.publishing.webhook,
        settings=hashlib.sha256(profile.model_dump_json().encode()).hexdigest(),
        code=code_hash(),
        anew=anew,
        offline=offline,
        accept_fewer=accept_fewer,
        practice_seed=profile.practice.seed if profile.practice else None,
        practice_size=profile.practice.size if profile.practice else 1.0,
    )


def _invented(register: Register) -> Register:
    """The register as the practice town serves it: nothing in it is its publisher's, and every table says so."""
    return replace(
        register,
        publisher="this project (practice town, fictional)",
        licence="CC0-1.0",
        licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
        attribution="Practice data made by this project; no such town exists.",
    )


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Holds the profile's lock; the system lets go of it when the process ends, however it ends.

    Raises AlreadyRunning where another run holds it.
    """
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / ".run.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(f"another run is writing to {root}; wait for it to end, or stop it, and start again.") from None
    try:
        yield
    finally:
        lock.release()
