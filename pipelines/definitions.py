"""What Dagster sees: assets, checks, the nightly job, its schedule. The one place that builds Definitions.

`PARTNERS_PROFILE` names the profile (default: the practice town). `build_defs(**overrides)` builds them for tests and for the
`partners` command.
"""

from __future__ import annotations

import os
from datetime import date

import dagster as dg

from assets.entities import assets as entities
from assets.opportunities import assets as opportunities
from assets.organisations import assets as organisations
from assets.publication import assets as publication
from assets.push import assets as push
from assets.snapshots import assets as snapshots
from pipelines.jobs import nightly_job, nightly_schedule
from pipelines.night_resource import night_resource
from pipelines.nights import source_orders
from pipelines.profile import Profile, load_profile

DEFAULT_PROFILE = "practice"


def build_defs(
    *,
    profile: Profile | None = None,
    as_of: date | None = None,
    anew: bool = False,
    offline: bool = False,
    accept_fewer: bool = False,
    night: object | None = None,
    logger: dg.LoggerDefinition | None = None,
) -> dg.Definitions:
    """Definitions for a profile. `as_of` fixes the date the run speaks for, `anew` makes a version although nothing has changed,
    `offline` replays a past night, `accept_fewer` publishes although far less is left; `night` replaces the resource (tests),
    `logger` the console's.
    """
    profile = profile or load_profile(os.environ.get("PARTNERS_PROFILE", DEFAULT_PROFILE))
    orders = source_orders(profile)
    pushes = bool(profile.publishing.push or profile.publishing.webhook)
    job = nightly_job()
    return dg.Definitions(
        assets=[
            *snapshots.build_assets(orders, stands=push.STANDS if pushes else None),
            *organisations.build_assets(orders),
            *entities.build_assets(orders),
            *opportunities.ASSETS,
            *publication.ASSETS,
            *(push.build_assets() if pushes else ()),
        ],
        jobs=[job],
        schedules=[nightly_schedule(profile, job)],
        resources={"night": night or night_resource(profile, as_of, anew=anew, offline=offline, accept_fewer=accept_fewer)},
        executor=dg.in_process_executor,
        loggers={"console": logger} if logger else None,
    )


defs = build_defs()
