"""Dagster assets of stage 5: audit, warehouse file, exports, report, and the switch that publishes them together.

Everything is built aside in a new version's folders; only `published` moves the links, and only after a passed audit.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.assets import table_metadata, table_spec
from assets.night import Night
from assets.opportunities.changes import RANKED_WITH
from assets.organisations.row_cache import RowCache
from assets.publication import audit, export, export_check, report
from assets.snapshots.assets import CHANGES
from assets.snapshots.changes import INPUTS
from warehouse import build, dictionary, history, parquet, versions
from warehouse.tables import BY_NAME, SCHEMA_VERSION, TABLES

GROUP = "publication"
#: Rows read from bytes that no run has used for two weeks are forgotten; reading them again is a matter of seconds.
UNUSED_ROWS_S = 14 * 86_400
CHECKED = [t.name.split(".") for t in TABLES if t.name not in ("meta.run", "meta.quality_check", "meta.data_dictionary")]
META = ("meta.run", "meta.data_dictionary")


def _tables(night: Night) -> Path:
    """This run's folder with every table in it: those a run of single assets did not make come from earlier runs."""
    for table in TABLES:
        own = night.folder / f"{table.short}.parquet"
        if not own.exists() and table.name not in META and table.name != "meta.quality_check":
            shutil.copyfile(night.read_from(own.name), night.write_to(own.name))
    return night.folder


def _blocking(check_name: str, failed: Sequence[audit.Finding]) -> dg.AssetCheckResult:
    """The check's result, with everything that failed at once."""
    failures = "\n".join(f"- {f.table_name} {f.check_name}: {f.detail}" for f in failed) or "none"
    return dg.AssetCheckResult(check_name=check_name, passed=not failed, metadata={"failures": dg.MetadataValue.md(failures)})


@dg.multi_asset(specs=[table_spec(t, GROUP, [CHANGES]) for t in META], name="run_facts")
def run_facts(night: dg.ResourceParam[Night]) -> Iterator[dg.MaterializeResult]:
    """Who ran when, and what every column means."""
    run = BY_NAME["meta.run"]
    row = {
        "run_id": night.run_id,
        "profile": night.profile,
        "as_of": night.as_of,
        "started_at_utc": night.started_at_utc.replace(tzinfo=None),
        "published_at_utc": datetime.now(UTC).replace(tzinfo=None),
        "code_version": night.code_version,
        "schema_version": SCHEMA_VERSION,
    }
    yield dg.MaterializeResult(
        asset_key=["meta", "run"],
        metadata=table_metadata("meta.run", parquet.write_rows([row], run, night.write_to("run.parquet"))),
    )
    count = dictionary.write_dictionary(night.write_to("data_dictionary.parquet"))
    yield dg.MaterializeResult(asset_key=["meta", "data_dictionary"], metadata=table_metadata("meta.data_dictionary", count))


@dg.multi_asset(
    specs=[table_spec("meta.quality_check", GROUP, [*CHECKED, *(t.split(".") for t in META)])],
    check_specs=[
        dg.AssetCheckSpec("audit", asset=["meta", "quality_check"], blocking=True,
                          description="Keys, references, ranks, scores, evidence and floors hold; else nothing is published."),
    ],
    name="quality_check",
)  # fmt: skip
def quality_check(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
    """The audit of every table, before anything is published."""
    findings = audit.audit(_tables(night), night.published, accept_fewer=night.accept_fewer)
    count = audit.write_quality_check(findings, night.write_to("quality_check.parquet"))
    failed = [f for f in findings if not f.passed and f.severity == "error"]
    return dg.MaterializeResult(
        metadata=table_metadata("meta.quality_check", count, checks=len(findings), failed=len(failed)),
        check_results=[_blocking("audit", failed)],
    )


@dg.asset(key=["version", "warehouse"], deps=[["meta", "quality_check"]], group_name=GROUP, kinds={"duckdb"})
def warehouse_file(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
    """The DuckDB file of this version: keys, checks and comments enforced, read-only."""
    folder = versions.start(night.root, "warehouse", night.version)
    path = build.build(_tables(night), folder)
    for name in (INPUTS, RANKED_WITH):
        shutil.copyfile(night.read_from(name), folder / name)
    versions.complete(folder)
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(path), "bytes": path.stat().st_size})


@dg.asset(
    key=["version", "exports"],
    deps=[["meta", "quality_check"]],
    group_name=GROUP,
    kinds={"parquet", "csv", "json"},
    check_specs=[
        dg.AssetCheckSpec("exports_equal_tables", asset=["version", "exports"], blocking=True,
                          description="The files, read back, hold the rows of the tables; else nothing is published."),
    ],
)  # fmt: skip
def exports(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
    """Parquet, CSV, JSON Lines, workbooks and maps, the changes since, and a manifest of sizes, hashes and licences."""
    folder = versions.start(night.root, "exports", night.version)
    manifest = export.export(
        _tables(night),
        folder,
        manifest_facts={
            "run_id": night.run_id,
            "profile": night.profile,
            "code_version": night.code_version,
            "started_at_utc": night.started_at_utc.isoformat(),
        },
        previous=versions.current(versions.link_of(night.root, "exports")),
    )
    failed = [f for f in export_check.compare(_tables(night), folder, manifest["files"]) if not f.passed]
    if not failed:
        versions.complete(folder)
    return dg.MaterializeResult(
        metadata={"path": dg.MetadataValue.path(folder), "files": len(manifest["files"])},
        check_results=[_blocking("exports_equal_tables", failed)],
    )


@dg.asset(key=["version", "report"], deps=[["meta", "quality_check"]], group_name=GROUP, kinds={"html"})
def report_page(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
    """The page a chamber's director opens in the morning."""
    folder = versions.start(night.root, "report", night.version)
    path = report.write_report(_tables(night), folder, chamber=night.chamber, top_per_industry=night.report_top_per_industry)
    versions.complete(folder)
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(path), "bytes": path.stat().st_size})


@dg.asset(
    key=["version", "published"],
    deps=[["version", "warehouse"], ["version", "exports"], ["version", "report"]],
    group_name=GROUP,
)
def published(night: dg.ResourceParam[Night]) -> dg.MaterializeResult:
    """The links that readers follow, switched to this version; versions and runs beyond the profile's number are removed."""
    if (before := night.published) is not None:
        history.keep_day(night.root, before)  # a run killed after the switch has not
    versions.publish(night.root, night.version)
    history.keep_day(night.root, versions.target_of(night.root, "warehouse", night.version))
    history.forget(night.root, night.as_of, night.keep_history_days)
    for part in versions.LINKS:
        versions.prune(night.root / part, night.keep_versions)
    night.drop_old_runs()
    RowCache(night.root / "rows").prune(night.started_at_utc.timestamp() - UNUSED_ROWS_S)
    night.checked.unlink(missing_ok=True)
    return dg.MaterializeResult(
        metadata={
            "version": night.version,
            "warehouse": dg.MetadataValue.path(versions.link_of(night.root, "warehouse")),
            "exports": dg.MetadataValue.path(versions.link_of(night.root, "exports")),
            "report": dg.MetadataValue.path(versions.link_of(night.root, "report") / "index.html"),
        }
    )


ASSETS = [run_facts, quality_check, warehouse_file, exports, report_page, published]
