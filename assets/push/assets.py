"""Dagster assets of the push: after publication, and on nights in which nothing changed for what has not arrived yet.

A push that fails fails no run, since the version is published; the check `arrived` says what to do.
"""

from __future__ import annotations

import dagster as dg

from assets.night import Night
from assets.push import delivery
from assets.push.delivery import Delivery
from assets.push.sending import NothingPublished

GROUP = "publication"
#: Made by the gate (`assets/snapshots/assets.py`) on a night in which the published version stands.
STANDS = ["version", "stands"]


def _build(name: str, after: list[str], description: str) -> dg.AssetsDefinition:
    key = ["version", name]

    @dg.asset(
        key=key,
        deps=[after],
        group_name=GROUP,
        description=description,
        check_specs=[
            dg.AssetCheckSpec("arrived", asset=key, description="The published version is in every place the profile names.")
        ],
    )
    def pushed(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
        done = _deliver(night)
        failed = [d for d in done if not d.arrived]
        return dg.MaterializeResult(
            metadata={d.name: d.message for d in done},
            check_results=[
                dg.AssetCheckResult(
                    check_name="arrived",
                    passed=not failed,
                    severity=dg.AssetCheckSeverity.ERROR,
                    metadata={d.name: d.message for d in failed},
                )
            ],
        )

    return pushed


def _deliver(night: Night) -> list[Delivery]:
    """All deliveries that are due. A run that asks nobody tells nobody; a fault on this side is told like one on the other."""
    if night.offline:
        return []
    try:
        return delivery.deliver(night.root, night.profile, night.push, night.webhook, keep_versions=night.keep_versions)
    except (OSError, NothingPublished) as error:
        return [Delivery("push", "", night.version, False, str(error))]


def build_assets() -> list[dg.AssetsDefinition]:
    """Both assets, for a profile that asks for a push or a webhook."""
    return [
        _build("pushed", ["version", "published"], "The published version, sent to the places of the profile; the webhook told."),
        _build("outstanding_push", STANDS, "What has not arrived yet of the version that stands, sent again."),
    ]
