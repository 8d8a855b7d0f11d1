"""Dagster assets of stage 2: rows of each register, then one schema for all: organisation records, programmes, accounts."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from assets.assets import table_metadata, table_spec
from assets.night import Night, SourceOrder
from assets.organisations import accounts, reading
from assets.organisations.programmes import build_programmes
from assets.organisations.records import RegisterRows, build_records
from assets.snapshots.assets import CHANGES, taken_path
from assets.snapshots.take import load_taken

GROUP = "organisations"


def rows_path(source: str) -> str:
    """File of a run that says what reading a source came to."""
    return f"rows/{source}.json"


def build_rows_asset(order: SourceOrder) -> dg.AssetsDefinition:
    """The asset that reads one register's bytes into rows, bad rows set aside."""
    register = order.register

    @dg.asset(
        key=["rows", register.name],
        deps=[["snapshots", register.name], CHANGES],
        group_name=GROUP,
        description=f"Rows of {register.title}, mapped to the common frame; bad rows set aside with their reason.",
        check_specs=[
            dg.AssetCheckSpec("in_good_order", asset=["rows", register.name],
                              description=f"Tonight's file was used, and held at least {register.floor:,} rows."),
            dg.AssetCheckSpec("no_drift", asset=["rows", register.name],
                              description="No column the module does not know, no jump in how often a field is known."),
        ],
        kinds={"parquet"},
    )  # fmt: skip
    def rows(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
        mine = next(s for s in night.sources if s.name == register.name)
        taken = load_taken(night.read_from(taken_path(register.name)))
        files = reading.read_source(night, mine, taken)
        reading.save(files, night.write_to(rows_path(register.name)))
        drift = accounts.drift_of(
            register.name, reading.load(night.read_from(rows_path(register.name))), accounts.Before(night.published), night.as_of
        )
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": sum(f.report.kept for f in files),
                "rows_read": sum(f.report.read for f in files),
                "rows_set_aside": sum(len(f.report.rejected) for f in files),
                "rows_left_out": sum(sum(f.report.outside.values()) for f in files),
            },
            check_results=[_in_good_order(files), _no_drift(drift)],
        )

    return rows


def _in_good_order(files: Sequence[reading.ReadFile]) -> dg.AssetCheckResult:
    """Failing here does not stop the run: the last good file stands in, or the source is left out."""
    troubled = [f.taken for f in files if f.taken.fetch_status in ("last_good", "missing")]
    missing = any(f.fetch_status == "missing" for f in troubled)
    return dg.AssetCheckResult(
        check_name="in_good_order",
        passed=not troubled,
        severity=dg.AssetCheckSeverity.ERROR if missing else dg.AssetCheckSeverity.WARN,
        metadata={"message": " ".join(f.message or f.fetch_status for f in troubled) or "in good order"},
    )


def _no_drift(drift: Sequence[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name="no_drift",
        passed=not drift,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"message": " ".join(drift) or "none"},
    )


def inputs_of(night: Night, yields: str) -> list[RegisterRows]:
    """What the rows of each source share; sources that have no page per row point to the register's own address."""
    found = []
    for order in night.sources:
        if order.register.yields == yields:
            for file in reading.load(night.read_from(rows_path(order.name))):
                if file["rows"] is not None:
                    found.append(
                        RegisterRows(
                            source=order.name,
                            file=night.read_from(f"rows/{file['rows']}"),
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
            inputs_of(night, "organisation"),
            night.regions,
            night.places,
            night.write_to("organisation_record.parquet"),
            night.cities,
        )
        return dg.MaterializeResult(metadata=table_metadata("core.organisation_record", count))

    @dg.multi_asset(specs=[table_spec("core.programme", GROUP, programmes)], name="programme")
    def programme(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
        count = build_programmes(inputs_of(night, "programme"), night.as_of.isoformat(), night.write_to("programme.parquet"))
        return dg.MaterializeResult(metadata=table_metadata("core.programme", count))

    every = [["rows", o.name] for o in orders]

    @dg.multi_asset(specs=[table_spec(t, GROUP, every) for t in accounts.TABLES], name="register_accounts")
    def register_accounts(night: dg.ResourceParam[Night]):  # type: ignore[no-untyped-def]
        read = {o.name: reading.load(night.read_from(rows_path(o.name))) for o in night.sources}
        night.folder.mkdir(parents=True, exist_ok=True)
        before = accounts.Before(night.published)
        for table, count in accounts.write_accounts(night.sources, read, before, night.as_of, night.folder).items():
            yield dg.MaterializeResult(asset_key=table.split("."), metadata=table_metadata(table, count))

    return [*(build_rows_asset(order) for order in orders), organisation_record, programme, register_accounts]
