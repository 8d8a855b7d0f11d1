"""The Night of a run as a Dagster resource. Apart from `nights.py`, so that commands without a run need not wait for Dagster."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg

from assets.night import Night
from pipelines.nights import make_night, one_at_a_time
from pipelines.profile import Profile


def night_resource(
    profile: Profile, as_of: date | None = None, *, anew: bool = False, offline: bool = False, accept_fewer: bool = False
) -> dg.ResourceDefinition:
    """The Night as a Dagster resource: made when a run starts, closed when it ends. `as_of` defaults to today."""

    @dg.resource(description="What this run knows: profile, date, folders.")
    def night(context: dg.InitResourceContext) -> Iterator[Night]:
        now = datetime.now(UTC)  # the one reading of the clock
        run_id = context.run.run_id if context.run else uuid.uuid4().hex
        made = make_night(
            profile, run_id=run_id, as_of=as_of or now.date(), now_utc=now, anew=anew, offline=offline, accept_fewer=accept_fewer
        )
        with one_at_a_time(made.root):
            made.drop_old_runs()
            try:
                yield made
            finally:
                made.close()

    return night
