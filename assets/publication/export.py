"""The files people and programs take away: Parquet, CSV, JSON Lines, workbooks, maps, and what vouches for them.

Belongs here: which rows and columns leave the house, in which formats, and the manifest that vouches for them. Does
not: how a file is written (`warehouse.parquet`) and when readers are switched over (`warehouse.versions`).

    opportunity/region_id=<id>/opportunity.parquet     only Parquet, so that any reader can open the folder as one table
    regions/<id>/opportunity.csv, opportunity.jsonl    the same rows for people and apps
    regions/<id>/opportunities.xlsx, *.geojson         the same for an officer (`workbook.py`) and on a map (`geojson.py`)
    <table>.parquet, <table>.csv, data-dictionary.csv, schemas/<table>.json, manifest.json, datapackage.json
    changes.jsonl                                      what differs from the version before (`changes_file.py`)

Natural persons never leave: no organisation row of theirs is exported, and the audit keeps them out of everything else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from assets.publication import changes_file, datapackage, geojson, schemas, workbook
from warehouse import ddl, parquet
from warehouse.columns import COLUMNS
from warehouse.spreadsheets import EMPTY_ITEM, GUARDED_START, LIST_SEPARATOR
from warehouse.tables import BY_NAME, SCHEMA_VERSION, TABLES

MANIFEST = "manifest.json"
#: Format of a file, by the end of its name -> its media type.
MEDIA_TYPES = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "json": "application/schema+json",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: RFC 4180: comma, double quotes, header, lines ending in CR LF.
CSV = "FORMAT csv, HEADER, NULLSTR '', NEW_LINE '\r\n'"
JSON_LINES = "FORMAT json"

CSV_NOTE = (
    "UTF-8 without byte order mark, RFC 4180 (comma, double quotes, CR LF, header). NULL is an empty cell, an empty "
    f'text is "". Lists are joined with "{LIST_SEPARATOR}"; in an item, a backslash is written \\\\, a semicolon \\;, and an '
    f"empty item {EMPTY_ITEM}. A text that starts with = + - @, tab, carriage return or a single quote has a single quote put "
    "before it, so that a spreadsheet shows it instead of running it as a formula. To have every text as registered, take "
    "one leading single quote, where there is one, off every text and list."
)
PARQUET_NOTE = "The Parquet files under opportunity/ hold region_id in the name of their folder (hive partitioning)."

#: Files written at once: sorting and packing take turns on two cores, whatever the machine.
_WRITERS = 2

#: Two tables of millions of rows are sorted at once; spilling them to disk would take much longer.
_MEMORY_LIMIT = "2GB"

#: What the manifest says of one file.
Entry = dict[str, Any]

_REGION = re.compile(r"[a-z0-9-]+")

#: Organisations of the profile's regions, and those an opportunity names from elsewhere. Where a refuge is is not told, though a
#: register may: its town is enough.
ORGANISATIONS = """
SELECT * REPLACE (
    CASE WHEN activity_id IS DISTINCT FROM 'refuge' THEN street END AS street,
    CASE WHEN activity_id IS DISTINCT FROM 'refuge' THEN postcode END AS postcode,
    CASE WHEN activity_id IS DISTINCT FROM 'refuge' THEN latitude END AS latitude,
    CASE WHEN activity_id IS DISTINCT FROM 'refuge' THEN longitude END AS longitude,
    CASE WHEN activity_id IS DISTINCT FROM 'refuge' THEN location_precision ELSE 'none' END AS location_precision
)
FROM core.organisation
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
    also: tuple[str, ...] = ()
    """Columns the rows have besides the table's own."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a row, in order."""
        return BY_NAME[self.table].columns + self.also


def _whole(table: str) -> Dataset:
    """A table exported as it is, in key order."""
    short = BY_NAME[table].short
    return Dataset(table, f"SELECT * FROM {table}", BY_NAME[table].key, f"{short}.parquet", f"{short}.csv")


#: What a row rests on: every exported row made of registers names it.
RESTS_ON = ("sources", "licences")


def _of_opportunity(table: str) -> Dataset:
    """A table about opportunities, only in Parquet; each row with what its opportunity rests on."""
    short = BY_NAME[table].short
    sql = f"SELECT part.*, o.sources, o.licences FROM {table} AS part JOIN mart.opportunity AS o USING (opportunity_id)"
    return Dataset(table, sql, BY_NAME[table].key, f"{short}.parquet", also=RESTS_ON)


#: Counts of a cell rest on every register that was read.
COVERAGE = """
SELECT c.*, t.sources, t.licences
FROM mart.coverage AS c
CROSS JOIN (SELECT list(DISTINCT source ORDER BY source) AS sources, list(DISTINCT licence ORDER BY licence) AS licences
            FROM meta.licence) AS t"""

DATASETS = (
    Dataset("core.organisation", ORGANISATIONS, ("organisation_id",), "organisation.parquet", "organisation.csv"),
    _whole("core.programme"),
    Dataset("mart.coverage", COVERAGE, BY_NAME["mart.coverage"].key, "coverage.parquet", "coverage.csv", also=RESTS_ON),
    _whole("mart.collaboration_model"),
    _whole("mart.tag"),
    _whole("meta.licence"),
    _of_opportunity("mart.opportunity_criterion"),
    _of_opportunity("mart.opportunity_evidence"),
    _of_opportunity("mart.opportunity_risk"),
    _of_opportunity("mart.opportunity_measure"),
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


def export(
    tables_dir: Path,
    out_dir: Path,
    *,
    manifest_facts: Mapping[str, Any],
    threads: int | None = None,
    previous: Path | None = None,
) -> dict[str, Any]:
    """Write every export below `out_dir`, which must be empty or not there, and return the manifest.

    `previous` is the folder of the published exports, which `changes.jsonl` tells the difference from.

    `manifest_facts` (JSON values: run id, wall times, profile …) stand under `run` in the manifest; all else depends
    on the tables alone, to the byte. Raises `TableFileError` for missing tables, `ExportError` for a folder in use, a
    region id that cannot name a folder, or a `meta.run` that does not hold exactly one row.
    """
    if out_dir.exists() and any(out_dir.iterdir()):
        raise ExportError(f"{out_dir} is not empty; exports go into a new folder, so that no file of another run stays.")
    parquet.require_all(tables_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    with parquet.connect(threads) as con:
        con.execute(f"SET memory_limit = '{_MEMORY_LIMIT}'")
        for table in TABLES:
            parquet.create_view(con, table, parquet.path_of(tables_dir, table))
        as_of = _as_of(con)
        sources = _sources(con)
        found = con.execute("SELECT DISTINCT region_id FROM mart.opportunity ORDER BY region_id").fetchall()
        regions = [str(region) for (region,) in found]
        by_region = {region: region_dataset(region) for region in regions}
        datasets = [*by_region.values(), *DATASETS]
        of_regions = [partial(_write, dataset=replace(d, csv=None, json_lines=None), out_dir=out_dir) for d in by_region.values()]
        files = _side_by_side(con, of_regions)
        if regions:
            _read_by_region(con, out_dir)
        others = [partial(_write, dataset=dataset, out_dir=out_dir) for dataset in DATASETS]
        for region, dataset in by_region.items():
            others.append(partial(_write, dataset=replace(dataset, parquet=None), out_dir=out_dir))
            others.append(partial(_write_views, region_id=region, out_dir=out_dir, as_of=as_of, sources=sources))
        files += _side_by_side(con, others)
        files += [_write_schema(dataset, out_dir) for dataset in {d.table: d for d in datasets}.values()]
        entry, changes = changes_file.write_changes(con, out_dir, files, previous)
        files.append(entry)
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "as_of": as_of,
            "run": dict(manifest_facts),
            "notes": {"csv": CSV_NOTE, "parquet": PARQUET_NOTE},
            "sources": sources,
            "changes": changes,
            "files": sorted(files, key=lambda entry: str(entry["path"])),
        }
    _write_json(datapackage.package(manifest), out_dir / datapackage.FILE)
    _write_json(manifest, out_dir / MANIFEST)
    return manifest


def _read_by_region(con: duckdb.DuckDBPyConnection, out_dir: Path) -> None:
    """Take opportunities from the Parquet files just written: a region's rows lie together there, and are strewn in the table."""
    columns = ddl.identifiers(BY_NAME["mart.opportunity"].columns)
    files = ddl.literal(str(out_dir / "opportunity" / "*" / "opportunity.parquet"))
    source = f"read_parquet({files}, hive_partitioning = true, hive_types = {{'region_id': VARCHAR}})"
    con.execute(f"CREATE OR REPLACE VIEW mart.opportunity AS SELECT {columns} FROM {source}")


def _side_by_side(con: duckdb.DuckDBPyConnection, parts: Sequence[Callable[..., Iterable[Entry]]]) -> list[Entry]:
    """The entries of all parts, in the order of the parts, each made with a connection of its own."""

    def make(part: Callable[..., Iterable[Entry]]) -> list[Entry]:
        with con.cursor() as own:
            return list(part(own))

    with ThreadPoolExecutor(_WRITERS) as pool:
        return [entry for entries in pool.map(make, parts) for entry in entries]


#: `spreadsheets.join_list`'s treatment of one item, in SQL.
_ITEM = rf"lambda item: CASE item WHEN '' THEN '{EMPTY_ITEM}' ELSE replace(replace(item, '\', '\\'), ';', '\;') END"


def csv_value(name: str) -> str:
    """SQL for one column as a CSV cell: `spreadsheets.join_list` and `spreadsheets.guard`, for millions of rows."""
    quoted = ddl.identifier(name)
    kind = COLUMNS[name].type
    if kind not in ("VARCHAR", "VARCHAR[]"):
        return quoted
    text = quoted if kind == "VARCHAR" else f"array_to_string(list_transform({quoted}, {_ITEM}), {ddl.literal(LIST_SEPARATOR)})"
    start = ddl.literal(GUARDED_START)
    return f"CASE WHEN regexp_matches({text}, {start}) THEN '''' || {text} ELSE {text} END AS {quoted}"


def _write(con: duckdb.DuckDBPyConnection, dataset: Dataset, out_dir: Path) -> Iterable[Entry]:
    """Write the dataset in each of its formats; yields the manifest's entry of each file."""
    columns = dataset.columns
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
        types = {c: COLUMNS[c].type.removesuffix("[]") if as_text else COLUMNS[c].type for c in names}
        yield file_entry(out_dir, name, dataset.table, rows, types)


def _write_views(
    con: duckdb.DuckDBPyConnection, region_id: str, out_dir: Path, as_of: str, sources: list[dict[str, Any]]
) -> Iterable[Entry]:
    """Write the workbook and the maps of a region, which have headings and properties instead of the table's columns."""
    folder = f"regions/{region_id}"
    name = f"{folder}/{workbook.FILE}"
    rows = workbook.write(con, region_id, out_dir / name, as_of=date.fromisoformat(as_of), sources=sources)
    yield file_entry(out_dir, name, "mart.opportunity", rows, {})
    for file, (table, sql) in geojson.MAPS.items():
        rows = geojson.write(con, sql, region_id, out_dir / folder / file, as_of=as_of, sources=sources)
        yield file_entry(out_dir, f"{folder}/{file}", table, rows, {})


def _write_schema(dataset: Dataset, out_dir: Path) -> dict[str, Any]:
    """Write the JSON Schema of a row of the dataset."""
    table = BY_NAME[dataset.table]
    name = f"schemas/{table.short}.json"
    _write_json(schemas.json_schema(table, dataset.columns), out_dir / name)
    return file_entry(out_dir, name, table.name, None, {})


def file_entry(out_dir: Path, name: str, table: str, rows: int | None, columns: Mapping[str, str]) -> dict[str, Any]:
    """What the manifest says of a file that is written; `rows` is None where it holds none, `columns` {} where it has its own."""
    path = out_dir / name
    kind = path.suffix.removeprefix(".")
    return {
        "path": name,
        "table": table,
        "format": kind,
        "mediatype": MEDIA_TYPES[kind],
        "rows": rows,
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
        "columns": dict(columns),
    }


def _write_json(content: Mapping[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
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
