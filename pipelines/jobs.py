"""Jobs and schedules: what runs together, and when. Each is built from the profile; none holds logic."""

from __future__ import annotations

import dagster as dg

from pipelines.profile import Profile

NIGHTLY = "nightly"


def nightly_job() -> dg.UnresolvedAssetJobDefinition:
    """Everything, from fetching to publishing, in one process: on two cores a process per step costs more than the work."""
    return dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        description="Fetch the registers, find organisations, rank partnerships, audit, publish.",
        executor_def=dg.in_process_executor,
    )


def nightly_schedule(profile: Profile, job: dg.UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """The job at the profile's hour; running as soon as a daemon runs."""
    return dg.ScheduleDefinition(
        name="every_night",
        job=job,
        cron_schedule=profile.schedule.cron,
        execution_timezone=profile.schedule.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Nightly run of {profile.chamber}.",
    )
