"""`datapackage.json`: the manifest said as a Frictionless Data Package (v1), for tools that others have.

Belongs here: how a manifest's entry becomes a resource. Does not: what a column is (`schemas.py`), nor any fact the manifest
does not have: both tell of the same files, and `verify.py` compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from assets.publication import schemas
from warehouse.columns import COLUMNS
from warehouse.tables import BY_NAME

FILE = "datapackage.json"
#: Tables all of whose foreign keys lead to exported rows. An organisation's `merged_into` may lead to one of another region.
CLOSED = ("mart.opportunity", "mart.collaboration_model")
#: Formats whose rows have the table's columns; workbook and maps have headings and properties of their own.
TABULAR = ("csv", "parquet", "jsonl")


def package(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The package's descriptor; `run` holds what the manifest's does (run id, code version, name of the profile)."""
    sources = manifest["sources"]
    run = manifest["run"]
    profile = re.sub(r"[^-a-z0-9._]", "-", str(run.get("profile", "")).lower()).strip("-")
    return {
        "profile": "data-package",
        "name": f"partner-discovery-{profile}" if profile else "partner-discovery",
        "title": "Partner discovery: opportunities between businesses, charities, public bodies and programmes",
        "schema_version": manifest["schema_version"],
        "as_of": manifest["as_of"],
        "run": run,
        "licenses": _licences(sources),
        "sources": [{"title": source["register_title"], **source} for source in sources],
        "resources": [_resource(entry, manifest["files"]) for entry in manifest["files"]],
    }


def resource_name(path: str) -> str:
    """Name of a file's resource, from its path: lower case, of the characters the standard allows, and unique as the path is."""
    return re.sub(r"[^-a-z0-9._]", "-", path.lower())


def _licences(sources: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Every licence once, by name; names are those of the registers, cleaned to what the standard allows."""
    found = {source["licence"]: source["licence_url"] for source in sources}
    return [
        {"name": re.sub(r"[^-a-zA-Z0-9._]", "-", licence), "path": url, "title": licence}
        for licence, url in sorted(found.items())
    ]


def _resource(entry: Mapping[str, Any], files: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    made = {
        "name": resource_name(entry["path"]),
        "path": entry["path"],
        "profile": "data-resource",
        "format": entry["format"],
        "mediatype": entry["mediatype"],
        "bytes": entry["bytes"],
        "hash": f"sha256:{entry['sha256']}",
    }
    if entry["rows"] is not None:
        made["rows"] = entry["rows"]
    table = BY_NAME.get(entry["table"])
    if table is None or entry["format"] not in TABULAR or not set(entry["columns"]) <= set(COLUMNS):
        return made
    is_csv = entry["format"] == "csv"
    schema = schemas.table_schema(table, tuple(entry["columns"]), lists_as_text=is_csv)
    if is_csv:
        made |= {"profile": "tabular-data-resource", "encoding": "utf-8", "dialect": {"lineTerminator": "\r\n"}}
        foreign = _foreign_keys(entry, files)
        if foreign:
            schema["foreignKeys"] = foreign
    return {**made, "description": table.grain, "schema": schema}


def _foreign_keys(entry: Mapping[str, Any], files: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Keys of the table that lead to another CSV of the package; to itself is "" in the standard."""
    if entry["table"] not in CLOSED:
        return []
    csv_of = {file["table"]: file["path"] for file in files if file["format"] == "csv"}
    keys = []
    for foreign in BY_NAME[entry["table"]].foreign_keys:
        if foreign.table in csv_of:
            own = foreign.table == entry["table"]
            target = {"resource": "" if own else resource_name(csv_of[foreign.table])}
            keys.append({"fields": list(foreign.columns), "reference": {**target, "fields": list(BY_NAME[foreign.table].key)}})
    return keys
