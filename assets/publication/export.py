"""The files people and programs take away: Parquet, CSV for spreadsheets, JSON lines for apps, and one manifest.

Belongs here: which rows and columns leave the house, in which formats, and the manifest that vouches for them. Does
not: how a file is written (`warehouse.parquet`) and when readers are switched over (`warehouse.versions`).

    opportunity/region_id=<id>/opportunity.parquet     only Parquet, so that any reader can open the folder as one table
    regions/<id>/opportunity.csv, opportunity.jsonl    the same rows for people and apps
    <table>.parquet, <table>.csv, data-dictionary.csv, manifest.json

Natural persons never leave: no organisation row of theirs is exported, and the audit keeps them out of everything else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse import ddl, parquet
from warehouse.columns import COLUMNS
from warehouse.spreadsheets import FORMULA_START
from warehouse.tables import BY_NAME, SCHEMA_VERSION, TABLES

MANIFEST = "manifest.json"
LIST_SEPARATOR = "; "
#: RFC 4180: comma, double quotes, header, lines ending in CR LF.
CSV = "FORMAT csv, HEADER, NULLSTR '', NEW_LINE '\r\n'"
JSON_LINES = "FORMAT json"

CSV_NOTE = (
    "UTF-8 without byte order mark, RFC 4180 (comma, double quotes, CR LF, header). NULL is an empty cell, an empty "
    f'text is "". Lists are joined with "{LIST_SEPARATOR}". A text that starts with = + - @, tab or carriage return '
    "has a single quote put before it, so that a spreadsheet shows it instead of running it as a formula; strip that "
    "quote, or read the Parquet or JSON lines files, to have the text as registered."
)
PARQUET_NOTE = "The Parquet files under opportunity/ hold region_id in the name of their folder (hive partitioning)."

_REGION = re.compile(r"[a-z0-9-]+")

#: Organisations of the profile's regions, and those an opportunity names from elsewhere.
ORGANISATIONS = """
SELECT * FROM core.organisation
WHERE NOT is_natural_person AND (
  region_id IS NOT NULL
  OR organisation_id IN (SELECT organisation_id FROM core.location WHERE region_id IS NOT NULL)
  OR organisation_id IN (SELECT business_id FROM mart.opportunity)
  OR organisation_id IN (SELECT partner_organisation_id FROM mart.opportunity))"""

OF_REGION = "SELECT * FROM mart.opportunity WHERE region_id = $region"


class ExportError(Exception):
    """The export cannot be made as asked; says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class Dataset:
    """One table to take away: the rows, the order they stand in (total), and where each format goes."""

    table: str
    sql: str
    order: tuple[str, ...]
    parquet: str | None = None
    csv: str | None = None
    json_lines: str | None = None
    partition: tuple[str, ...] = ()
    """Columns that Parquet readers take from the folder's name."""
    parameters: Mapping[str, str] | None = None


def _whole(table: str, *, csv: bool = True) -> Dataset:
    """A table exported as it is, in key order."""
    short = BY_NAME[table].short
    return Dataset(table, f"SELECT * FROM {table}", BY_NAME[table].key, f"{short}.parquet", f"{short}.csv" if csv else None)


DATASETS = (
    Dataset("core.organisation", ORGANISATIONS, ("organisation_id",), "organisation.parquet", "organisation.csv"),
    _whole("core.programme"),
    _whole("mart.coverage"),
    _whole("mart.collaboration_model"),
    _whole("mart.tag"),
    _whole("meta.licence"),
    _whole("mart.opportunity_criterion", csv=False),
    _whole("mart.opportunity_evidence", csv=False),
    _whole("mart.opportunity_risk", csv=False),
    _whole("mart.opportunity_measure", csv=False),
    Dataset(
        "meta.data_dictionary",
        "SELECT * FROM meta.data_dictionary",
        ("table_name", "column_number"),
        csv="data-dictionary.csv",
    ),
)


def region_dataset(region_id: str) -> Dataset:
    """The opportunities of one region, best first within each industry.

    Raises `ExportError` for an id that is not lower-case letters, digits and hyphens, since it becomes the name of a
    folder.
    """
    if not _REGION.fullmatch(region_id):
        raise ExportError(
            f"region_id {region_id!r} cannot name a folder; expected lower-case letters, digits and hyphens only. "
            "Rename the region in the profile."
        )
    return Dataset(
        "mart.opportunity",
        OF_REGION,
        ("industry_id", "rank_in_industry", "opportunity_id"),
        f"opportunity/region_id={region_id}/opportunity.parquet",
        f"regions/{region_id}/opportunity.csv",
        f"regions/{region_id}/opportunity.jsonl",
        ("region_id",),
        {"region": region_id},
    )


def export(tables_dir: Path, out_dir: Path, *, manifest_facts: Mapping[str, Any], threads: int | None = None) -> dict[str, Any]:
    """Write every export below `out_dir`, which must be empty or not there, and return the manifest.

    `manifest_facts` (JSON values: run id, wall times, profile …) stand under `run` in the manifest; all else depends
    on the tables alone, to the byte. Raises `TableFileError` for missing tables, `ExportError` for a folder in use, a
    region id that cannot name a folder, or a `meta.run` that does not hold exactly one row.
    """
    if out_dir.exists() and any(out_dir.iterdir()):
        raise ExportError(f"{out_dir} is not empty; exports go into a new folder, so that no file of another run stays.")
    parquet.require_all(tables_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    with parquet.connect(threads) as con:
        for table in TABLES:
            parquet.create_view(con, table, parquet.path_of(tables_dir, table))
        as_of = _as_of(con)
        regions = con.execute("SELECT DISTINCT region_id FROM mart.opportunity ORDER BY region_id").fetchall()
        datasets = [*(region_dataset(str(region)) for (region,) in regions), *DATASETS]
        files = [entry for dataset in datasets for entry in _write(con, dataset, out_dir)]
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "as_of": as_of,
            "run": dict(manifest_facts),
            "notes": {"csv": CSV_NOTE, "parquet": PARQUET_NOTE},
            "sources": _sources(con),
            "files": sorted(files, key=lambda entry: str(entry["path"])),
        }
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (out_dir / MANIFEST).write_text(text, encoding="utf-8")
    return manifest


def csv_value(name: str) -> str:
    """SQL for one column as a CSV cell: lists joined, texts that a spreadsheet would run made harmless."""
    quoted = ddl.identifier(name)
    kind = COLUMNS[name].type
    if kind not in ("VARCHAR", "VARCHAR[]"):
        return quoted
    text = quoted if kind == "VARCHAR" else f"array_to_string({quoted}, {ddl.literal(LIST_SEPARATOR)})"
    start = ddl.literal(FORMULA_START)
    return f"CASE WHEN regexp_matches({text}, {start}) THEN '''' || {text} ELSE {text} END AS {quoted}"


def _write(con: duckdb.DuckDBPyConnection, dataset: Dataset, out_dir: Path) -> Iterable[dict[str, Any]]:
    """Write the dataset in each of its formats; yields the manifest's entry of each file."""
    columns = BY_NAME[dataset.table].columns
    in_file = tuple(name for name in columns if name not in dataset.partition)
    formats: list[tuple[str | None, str, tuple[str, ...], Callable[[str], str], bool]] = [
        (dataset.parquet, parquet.PARQUET, in_file, ddl.identifier, False),
        (dataset.csv, CSV, columns, csv_value, True),
        (dataset.json_lines, JSON_LINES, columns, ddl.identifier, False),
    ]
    for name, options, names, expression, as_text in formats:
        if name is None:
            continue
        cells = ", ".join(expression(column) for column in names)
        # Sorted by the values in the table, not by the cells made of them: every format has its rows in the same order.
        order = ", ".join(f"source.{ddl.identifier(column)}" for column in dataset.order)
        select = f"SELECT {cells} FROM ({dataset.sql}) AS source ORDER BY {order}"
        path = out_dir / name
        rows = parquet.copy(con, select, path, options, dataset.parameters)
        yield {
            "path": name,
            "table": dataset.table,
            "rows": rows,
            "bytes": path.stat().st_size,
            "sha256": _sha256(path),
            "columns": {c: COLUMNS[c].type.removesuffix("[]") if as_text else COLUMNS[c].type for c in names},
        }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_of(con: duckdb.DuckDBPyConnection) -> str:
    rows = con.execute("SELECT as_of FROM meta.run").fetchall()
    if len(rows) != 1:
        raise ExportError(f"meta.run holds {len(rows)} rows, expected one: the run that publishes. Write run.parquet anew.")
    return str(rows[0][0])


def _sources(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Terms of every source of the run: whoever passes the files on must show the attributions."""
    columns = BY_NAME["meta.licence"].columns
    rows = con.execute(f"SELECT {ddl.identifiers(columns)} FROM meta.licence ORDER BY source").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]
