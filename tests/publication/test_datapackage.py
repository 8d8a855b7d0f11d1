"""`datapackage.json` and the JSON Schemas: true of the files, made of the registry, read by tools of others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from frictionless import Package
from jsonschema import Draft202012Validator, FormatChecker

from assets.publication import datapackage, schemas
from assets.publication.export import DATASETS, JSON_LINES, export
from warehouse import ddl, parquet
from warehouse.columns import COLUMNS
from warehouse.model import Column
from warehouse.tables import BY_NAME, SCHEMA_VERSION, TABLES

FACTS = {"run_id": "6f0d1c2b3a", "profile": "little-rock", "code_version": "0.1.0"}


@pytest.fixture(scope="module")
def exported(published_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "version"
    export(published_tables, folder, manifest_facts=FACTS)
    return folder


@pytest.fixture(scope="module")
def package(exported: Path) -> dict[str, Any]:
    return json.loads((exported / datapackage.FILE).read_text("utf-8"))


@pytest.fixture(scope="module")
def manifest(exported: Path) -> dict[str, Any]:
    return json.loads((exported / "manifest.json").read_text("utf-8"))


def resources(package: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [resource for resource in package["resources"] if resource["format"] == kind]


# --- the package --------------------------------------------------------------------------------------------------------


def test_frictionless_accepts_the_descriptor(package: dict[str, Any]) -> None:
    report = Package.validate_descriptor(package)
    assert report.flatten(["type", "note"]) == []


def test_frictionless_finds_every_csv_as_described(exported: Path, package: dict[str, Any]) -> None:
    """Bytes, hashes, rows, types, constraints, keys and foreign keys."""
    only = {**package, "resources": resources(package, "csv")}
    assert len(only["resources"]) >= 9
    report = Package.from_descriptor(only, basepath=str(exported)).validate()
    assert report.flatten(["name", "rowNumber", "fieldName", "type", "note"]) == []


def test_frictionless_sees_a_changed_file(exported: Path, package: dict[str, Any], tmp_path: Path) -> None:
    """Else the test above could pass by looking at nothing."""
    folder = Path(shutil.copytree(exported, tmp_path / "copy"))
    organisations, tags = folder / "organisation.csv", folder / "tag.csv"
    organisations.write_bytes(organisations.read_bytes().replace(b"org_bakery", b"org_other1"))
    tags.write_bytes(tags.read_bytes() + b"mood,x,y,z\r\n")
    only = {**package, "resources": resources(package, "csv")}
    found = Package.from_descriptor(only, basepath=str(folder)).validate().flatten(["type"])
    assert {"hash-count", "byte-count", "row-count", "constraint-error", "foreign-key"} <= {kind for (kind,) in found}


def test_every_file_is_a_resource_and_as_the_manifest_says(package: dict[str, Any], manifest: dict[str, Any]) -> None:
    told = {r["path"]: (r["bytes"], r["hash"], r.get("rows"), r["format"], r["mediatype"]) for r in package["resources"]}
    assert told == {
        e["path"]: (e["bytes"], f"sha256:{e['sha256']}", e["rows"], e["format"], e["mediatype"]) for e in manifest["files"]
    }
    names = [resource["name"] for resource in package["resources"]]
    assert len(names) == len(set(names))


def test_the_package_tells_run_version_licences_and_attributions(package: dict[str, Any]) -> None:
    assert (package["schema_version"], package["run"], package["as_of"]) == (SCHEMA_VERSION, FACTS, "2026-11-21")
    assert package["name"] == "partner-discovery-little-rock"
    assert package["licenses"] == [{"name": "US-PD", "path": "https://example.org/terms", "title": "US-PD"}]
    assert [(s["title"], s["attribution"]) for s in package["sources"]] == [("Business licences", "City of Little Rock")]


def test_fields_are_those_of_the_registry(package: dict[str, Any], manifest: dict[str, Any]) -> None:
    table_of = {entry["path"]: entry["table"] for entry in manifest["files"]}
    described = [r for r in package["resources"] if "schema" in r]
    assert {r["format"] for r in described} == {"csv", "parquet", "jsonl"}
    for resource in described:
        table = BY_NAME[table_of[resource["path"]]]
        for field in resource["schema"]["fields"]:
            column = COLUMNS[field["name"]]
            assert field["description"].startswith(ddl.column_comment(column))
            constraints = field.get("constraints", {})
            if not column.type.endswith("[]"):
                assert constraints.get("required", False) == schemas.is_required(table, column.name)
            assert constraints.get("enum", []) == list(column.values)
        assert resource["schema"]["primaryKey"] == list(table.key)


def test_foreign_keys_lead_to_files_of_the_package(package: dict[str, Any]) -> None:
    names = {resource["name"] for resource in package["resources"]} | {""}
    keys = {
        (resource["name"], key["fields"][0]): key["reference"]
        for resource in package["resources"]
        for key in resource.get("schema", {}).get("foreignKeys", ())
    }
    assert {reference["resource"] for reference in keys.values()} <= names
    of_region = "regions-gb-liverpool-opportunity.csv"
    assert keys[of_region, "business_id"] == {"resource": "organisation.csv", "fields": ["organisation_id"]}
    assert keys["collaboration_model.csv", "grows_into"]["resource"] == ""


# --- JSON Schemas ---------------------------------------------------------------------------------------------------------


def validator(folder: Path, short: str) -> Draft202012Validator:
    schema = json.loads((folder / "schemas" / f"{short}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def test_the_json_lines_are_as_their_schema_says(exported: Path) -> None:
    check = validator(exported, "opportunity")
    for path in sorted(exported.glob("regions/*/opportunity.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert rows and [error.message for row in rows for error in check.iter_errors(row)] == []


def test_every_exported_table_has_a_schema_that_its_rows_keep(exported: Path, tmp_path: Path) -> None:
    for dataset in DATASETS:
        short = BY_NAME[dataset.table].short
        check = validator(exported, short)
        if dataset.parquet is None:
            continue
        path = tmp_path / f"{short}.jsonl"
        with parquet.connect() as con:
            assert parquet.copy(con, f"SELECT * FROM {parquet.read_sql(exported / dataset.parquet)}", path, JSON_LINES) > 0
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [f"{short}: {error.message}" for row in rows for error in check.iter_errors(row)] == []
        assert all(list(row) == list(check.schema["properties"]) for row in rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": 1.5}, "1.5 is greater than the maximum"),
        ({"scope": "other"}, "'other' is not one of"),
        ({"business_name": None}, "None is not of type 'string'"),
        ({"first_seen": "21/11/2026"}, "is not a 'date'"),
        ({"sources": "little_rock"}, "'little_rock' is not of type 'array'"),
        ({"rank_in_region": 0}, "less than the minimum"),
    ],
)
def test_a_row_that_breaks_the_schema_is_told(exported: Path, change: dict[str, Any], message: str) -> None:
    path = exported / "regions/gb-liverpool/opportunity.jsonl"
    row = json.loads(path.read_text("utf-8").splitlines()[0])
    assert [e.message for e in validator(exported, "opportunity").iter_errors(row | change) if message in e.message]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.short)
def test_every_column_of_the_registry_has_a_schema(table: Any) -> None:
    """A new type or form of condition must be taught, or this fails."""
    made = schemas.json_schema(table, table.columns)
    Draft202012Validator.check_schema(made)
    assert list(made["properties"]) == list(table.columns) == made["required"]
    for name, told in made["properties"].items():
        nullable = "null" in told["type"]
        assert nullable != schemas.is_required(table, name)
        assert all(Draft202012Validator(told).is_valid(value) for value in told.get("examples", ()))
    assert [field["name"] for field in schemas.table_schema(table, table.columns, lists_as_text=True)["fields"]] == list(
        table.columns
    )


@pytest.mark.parametrize(
    ("check", "found"),
    [(None, {}), ("{} >= 1", {"minimum": 1}), ("{} BETWEEN -90 AND 90", {"minimum": -90, "maximum": 90}),
     ("{} BETWEEN 0.5 AND 1", {"minimum": 0.5, "maximum": 1})],
)  # fmt: skip
def test_conditions_become_limits(check: str | None, found: dict[str, float]) -> None:
    assert schemas.limits(Column("x", "DOUBLE", "x", check=check)) == found


def test_a_condition_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected '\{\} BETWEEN a AND b'"):
        schemas.limits(Column("x", "DOUBLE", "x", check="{} <> 3"))


# --- what rows rest on ----------------------------------------------------------------------------------------------------


#: Words of this project, not of a register; and the list of the registers' terms itself.
OURS = ("mart.collaboration_model", "mart.tag", "meta.licence", "meta.data_dictionary")


@pytest.mark.parametrize("dataset", [d for d in DATASETS if d.table not in OURS], ids=lambda dataset: dataset.table)
def test_every_row_made_of_registers_names_sources_and_licences(
    exported: Path, dataset: Any, duck: duckdb.DuckDBPyConnection
) -> None:
    source, licence = ("source", "licence") if "source" in dataset.columns else ("sources", "licences")
    wanted = (
        f"SELECT count(*), count(*) FILTER (length({source}) > 0 AND length({licence}) > 0) FROM '{exported / dataset.parquet}'"
    )
    rows, named = duck.execute(wanted).fetchall()[0]
    assert rows == named > 0
