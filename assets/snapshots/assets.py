"""Dagster assets of stage 1: one per register, the bytes of tonight (or the last good ones) with their fetch record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

import dagster as dg

from assets.night import PRACTICE, Night, SourceOrder
from assets.snapshots.take import FileOption, TakenFile, take

GROUP = "snapshots"


def taken_path(source: str) -> str:
    """File of a run that says which bytes it uses of a source."""
    return f"snapshots/{source}.json"


def build_snapshot_asset(order: SourceOrder) -> dg.AssetsDefinition:
    """The asset that brings in one register's files."""
    register = order.register

    @dg.asset(
        key=["snapshots", register.name],
        group_name=GROUP,
        description=f"Bytes of {register.title} as fetched. {register.attribution} Licence: {register.licence}.",
        metadata={
            "publisher": register.publisher,
            "cadence": register.cadence,
            "licence": dg.MetadataValue.url(register.licence_url),
        },
        kinds={"http"},
    )
    def snapshot(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
        mine = next(s for s in night.sources if s.name == register.name)
        taken = take_source(night, mine)
        path = night.write_to(taken_path(register.name))
        path.write_text(json.dumps([asdict(t) for t in taken], default=str, indent=1), "utf-8")
        return dg.MaterializeResult(
            metadata={
                "files": len(taken),
                "bytes": sum(t.bytes or 0 for t in taken),
                "fetch_status": ", ".join(t.fetch_status for t in taken),
                "stale_days": max((t.stale_days or 0 for t in taken), default=0),
                "message": " ".join(t.message for t in taken if t.message) or "in good order",
            },
            data_version=dg.DataVersion("-".join((t.sha256 or "missing")[:16] for t in taken)),
        )

    return snapshot


def take_source(night: Night, order: SourceOrder) -> list[TakenFile]:
    """Tonight's files of one source. The practice town lies on this machine: no delay between requests is owed to it."""
    practice = any(url and url.startswith(PRACTICE) for url, _ in order.locations)
    register = replace(order.register, host_delay_s=0.0) if practice else order.register
    files = [
        FileOption(slot=f"file-{number}", url=night.address(url) if url else None, path=path)
        for number, (url, path) in enumerate(order.locations, start=1)
    ]
    return take(register, files, store=night.store, http=night.http, as_of=night.as_of, now_utc=night.started_at_utc)


def build_assets(orders: Sequence[SourceOrder]) -> list[dg.AssetsDefinition]:
    """All assets of the stage."""
    return [build_snapshot_asset(order) for order in orders]
