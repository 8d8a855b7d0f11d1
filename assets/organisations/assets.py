"""Dagster assets of stage 2: rows of each register, then one schema for all: organisation records, programmes, accounts."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from assets.assets import table_metadata, table_spec
from assets.night import Night, SourceOrder
from assets.organisations import accounts, reading
from assets.organisations.programmes import build_programmes
from assets.organisations.records import RegisterRows, build_records
from assets.snapshots.assets import taken_path

GROUP = "organisations"


def rows_path(source: str) -> str:
    """File of a run that says what reading a source came to."""
    return f"rows/{source}.json"


def build_rows_asset(order: SourceOrder) -> dg.AssetsDefinition:
    """The asset that reads one register's bytes into rows, bad rows set aside."""
    register = order.register

    @dg.asset(
        key=["rows", register.name],
        deps=[["snapshots", register.name]],
        group_name=GROUP,
        description=f"Rows of {register.title}, mapped to the common frame; bad rows set aside with their reason.",
        check_specs=[
            dg.AssetCheckSpec("row_floor", asset=["rows", register.name], blocking=True,
                              description=f"At least {register.floor:,} rows, or the last good snapshot is used."),
        ],
        kinds={"parquet"},
    )  # fmt: skip
    def rows(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
        mine = next(s for s in night.sources if s.name == register.name)
        taken = reading.load_taken(night.read_from(taken_path(register.name)))
        files = reading.read_source(night, mine, taken)
        reading.save(files, night.write_to(rows_path(register.name)))
        read = sum(f.report.read for f in files)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": sum(f.report.kept for f in files),
                "rows_read": read,
                "rows_set_aside": sum(len(f.report.rejected) for f in files),
                "columns_not_seen_before": ", ".join(c for f in files for c in f.report.unknown_columns) or "none",
            },
            check_results=[dg.AssetCheckResult(check_name="row_floor", passed=read >= register.floor, metadata={"rows": read})],
        )

    return rows


def _inputs(night: Night, yields: str) -> list[RegisterRows]:
    """What the rows of each source share; sources that have no page per row point to the register's own address."""
    found = []
    for order in night.sources:
        if order.register.yields == yields:
            for file in reading.load(night.read_from(rows_path(order.name))):
                found.append(
                    RegisterRows(
                        source=order.name,
                        file=night.read_from(f"rows/{order.name}-{file['taken']['file_number']}.parquet"),
                        licence=order.register.licence,
                        record_url=order.record_url
                        or order.register.record_url
                        or order.register.url
                        or order.register.licence_url,
                        stale_days=file["taken"]["stale_days"] or 0,
                    )
                )
    return found


def build_assets(orders: Sequence[SourceOrder]) -> list[dg.AssetsDefinition]:
    """All assets of the stage."""
    organisations = [["rows", o.name] for o in orders if o.register.yields == "organisation"]
    programmes = [["rows", o.name] for o in orders if o.register.yields == "programme"]

    @dg.multi_asset(specs=[table_spec("core.organisation_record", GROUP, organisations)], name="organisation_record")
    def organisation_record(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
        count = build_records(
            _inputs(night, "organisation"),
            night.regions,
            night.places,
            night.write_to("organisation_record.parquet"),
            night.cities,
        )
        return dg.MaterializeResult(metadata=table_metadata("core.organisation_record", count))

    @dg.multi_asset(specs=[table_spec("core.programme", GROUP, programmes)], name="programme")
    def programme(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
        count = build_programmes(_inputs(night, "programme"), night.as_of.isoformat(), night.write_to("programme.parquet"))
        return dg.MaterializeResult(metadata=table_metadata("core.programme", count))

    tables = ("meta.source_run", "meta.licence", "core.rejected_row")

    @dg.multi_asset(specs=[table_spec(t, GROUP, [*organisations, *programmes]) for t in tables], name="register_accounts")
    def register_accounts(night: dg.ResourceParam[Night]):  # type: ignore[no-untyped-def]
        read = {o.name: reading.load(night.read_from(rows_path(o.name))) for o in night.sources}
        night.folder.mkdir(parents=True, exist_ok=True)
        for table, count in accounts.write_accounts(night.sources, read, night.folder).items():
            yield dg.MaterializeResult(asset_key=table.split("."), metadata=table_metadata(table, count))

    return [*(build_rows_asset(order) for order in orders), organisation_record, programme, register_accounts]
