"""Runs the nightly job in this process and tells how it went. Used by the `partners` command; cron needs nothing else."""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from pipelines import disk
from pipelines.definitions import build_defs
from pipelines.jobs import NIGHTLY
from pipelines.nights import data_dir, root_of
from pipelines.profile import Profile
from pipelines.progress import progress_logger
from warehouse import versions

#: Dagster's own settings for runs started here: telemetry off, history kept beside the data.
SETTINGS = Path(__file__).with_name("dagster.yaml")


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    success: bool
    run_id: str
    root: Path
    failures: list[str]
    nothing_changed: bool = False
    """True where tonight's registers are those of the published version, which stands."""
    warnings: tuple[str, ...] = ()
    """Checks that did not hold and did not stop the run."""


def run_nightly(
    profile: Profile,
    as_of: date | None = None,
    console: Console | None = None,
    *,
    anew: bool = False,
    offline: bool = False,
    accept_fewer: bool = False,
) -> Outcome:
    """Runs the whole job. A failure is told, not raised; nothing is then published. The options: see `build_defs`."""
    root = root_of(profile)
    if folders := disk.not_writable(root):
        return Outcome(False, "", root, [disk.may_not_write(folders)])
    defs = build_defs(
        profile=profile,
        as_of=as_of,
        anew=anew,
        offline=offline,
        accept_fewer=accept_fewer,
        logger=progress_logger(console or Console(quiet=True)),
    )
    try:
        outcome = _execute(defs, root)
    except (OSError, SQLAlchemyError) as error:  # Dagster's own records lie on the same disk as the data
        outcome = Outcome(False, "", root, [str(error).splitlines()[0]])
    return replace(outcome, failures=disk.told(outcome.failures, root))


def _execute(defs: dg.Definitions, root: Path) -> Outcome:
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    # Where nothing has changed the audit is skipped with all that follows it; Dagster warns of that once a step.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    with _instance() as instance:
        result = defs.resolve_job_def(NIGHTLY).execute_in_process(
            instance=instance, raise_on_error=False, run_config={"loggers": {"console": {}}}
        )
        failures = [
            f"{event.step_key or 'run'}: {_told(error)}"
            for event in result.all_events
            if (error := getattr(event.event_specific_data, "error", None)) is not None
            and (event.is_step_failure or event.event_type is dg.DagsterEventType.PIPELINE_FAILURE)
        ]
        failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
        blocking = [e for e in failed if e.blocking]
        failures += [f"check {e.check_name} of {e.asset_key.to_user_string()} failed: {_words(e)}" for e in blocking]
        told = [f"{e.asset_key.path[-1]}: {_words(e)}" for e in failed if not e.blocking]
        if not result.success:
            failures += told  # what went wrong with a register may be why nothing could be made
        skipped = any(
            e.event_type is dg.DagsterEventType.STEP_SKIPPED and e.step_key == "version__published" for e in result.all_events
        )
    return Outcome(
        result.success,
        result.run_id,
        root,
        failures,
        nothing_changed=result.success and skipped,
        warnings=tuple(told),
    )


def _told(error: Any) -> str:
    """What the code at fault said; Dagster wraps it in words of its own."""
    while error.cause is not None:
        error = error.cause
    return str(error.message).strip()


def _words(evaluation: dg.AssetCheckEvaluation) -> str:
    return "; ".join(f"{k}: {getattr(v, 'value', v)}" for k, v in evaluation.metadata.items())


def _instance() -> dg.DagsterInstance:
    """A Dagster instance beside the data, unless DAGSTER_HOME names another."""
    home = Path(os.environ.get("DAGSTER_HOME") or data_dir() / ".dagster")
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        shutil.copyfile(SETTINGS, settings)
    return dg.DagsterInstance.from_config(str(home))


def published_warehouse(profile: Profile) -> Path | None:
    """The DuckDB file of the last published version."""
    return versions.current(versions.link_of(root_of(profile), "warehouse"))
