"""Dagster assets of stage 1: one per register, the bytes of tonight (or the last good ones) with their fetch record; and the
gate behind them, which lets the rest of the night run only where something has changed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from urllib.parse import urlsplit

import dagster as dg

from assets.night import Night, SourceOrder
from assets.snapshots import changes
from assets.snapshots.take import TakenFile, load_taken, take

GROUP = "snapshots"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: Key of the gate. Everything after it is skipped where it yields nothing.
CHANGES = ["snapshots", "changes"]


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
    """Tonight's files of one source. No delay between requests is owed to this machine, where the practice town lies."""
    files = [replace(file, url=night.address(file.url)) if file.url else file for file in order.files]
    at_home = all(file.url is None or urlsplit(file.url).hostname in LOOPBACK for file in files)
    return take(
        replace(order.register, host_delay_s=0.0) if at_home else order.register,
        files,
        store=night.store,
        http=night.http,
        as_of=night.as_of,
        now_utc=night.started_at_utc,
        options={**order.options, "as_of": night.as_of.isoformat()},
        allowed_hosts=(*order.register.allowed_hosts, *order.allowed_hosts),
        max_age_days=order.max_age_days,
        offline=night.offline,
        anew=night.anew,
    )


def build_changes_asset(orders: Sequence[SourceOrder], stands: Sequence[str] | None = None) -> dg.AssetsDefinition:
    """The gate: yields nothing, and so ends the night, where the published version would only be made again.

    `stands` is the key of an asset that it yields instead, for work that such a night has all the same.
    """
    deps = [["snapshots", order.name] for order in orders]
    specs = [
        dg.AssetSpec(
            CHANGES,
            deps=deps,
            group_name=GROUP,
            skippable=True,
            description="What tonight's tables follow from. Not materialised where the published version follows from the same.",
        )
    ]
    if stands is not None:
        words = "The published version, on a night in which nothing changed. Not materialised where a new one is made."
        specs.append(dg.AssetSpec(stands, deps=deps, group_name=GROUP, skippable=True, description=words))

    @dg.multi_asset(specs=specs, name="__".join(CHANGES))
    def changes_of_the_night(night: dg.ResourceParam[Night]) -> Iterator[dg.MaterializeResult]:
        taken = {o.name: load_taken(night.read_from(taken_path(o.name))) for o in night.sources}
        inputs = changes.inputs_of(night, taken)
        standing = None if night.anew else changes.version_that_stands(night, inputs)
        if standing is None:
            night.write_to(changes.INPUTS).write_text(json.dumps(inputs, indent=1), "utf-8")
            yield dg.MaterializeResult(CHANGES, metadata={"files": sum(len(files) for files in taken.values())})
        else:
            night.note_checked(standing)
            shutil.rmtree(night.folder)  # it holds nothing that the journals of the snapshots do not
            if stands is not None:
                yield dg.MaterializeResult(stands, metadata={"version": standing})

    return changes_of_the_night


def build_assets(orders: Sequence[SourceOrder], stands: Sequence[str] | None = None) -> list[dg.AssetsDefinition]:
    """All assets of the stage; `stands` as for `build_changes_asset`."""
    return [*(build_snapshot_asset(order) for order in orders), build_changes_asset(orders, stands)]
