"""The files people take away: same bytes every time, safe in a spreadsheet, nobody's private person in them."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from assets.publication.export import CSV_NOTE, ExportError, csv_value, export, region_dataset
from warehouse import parquet
from warehouse.columns import COLUMNS
from warehouse.tables import BY_NAME, SCHEMA_VERSION, TABLES

World = dict[str, list[dict[str, Any]]]
FACTS = {"run_id": "6f0d1c2b3a", "profile": "test"}
PARQUET_OF_REGION = "opportunity/region_id=us-ar-little-rock/opportunity.parquet"
CSV_OF_REGION = "regions/us-ar-little-rock/opportunity.csv"
JSON_OF_REGION = "regions/us-ar-little-rock/opportunity.jsonl"


@pytest.fixture(scope="module")
def exported(published_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports") / "version"
    export(published_tables, folder, manifest_facts=FACTS)
    return folder


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_export_holds_these_files_and_no_others(exported: Path) -> None:
    whole = ("organisation", "programme", "coverage", "collaboration_model", "tag", "licence")
    expected = {f"{name}.{kind}" for name in whole for kind in ("parquet", "csv")}
    expected |= {
        "opportunity_criterion.parquet",
        "opportunity_evidence.parquet",
        "opportunity_risk.parquet",
        "opportunity_measure.parquet",
        "data-dictionary.csv",
        "manifest.json",
        "datapackage.json",
        "changes.jsonl",
    }
    tables = (
        *whole,
        "opportunity",
        "data_dictionary",
        *(f"opportunity_{of}" for of in ("criterion", "evidence", "risk", "measure")),
    )
    expected |= {f"schemas/{name}.json" for name in tables}
    for region in ("us-ar-little-rock", "gb-liverpool"):
        expected.add(f"opportunity/region_id={region}/opportunity.parquet")
        expected |= {f"regions/{region}/opportunity.{kind}" for kind in ("csv", "jsonl", "geojson")}
        expected |= {f"regions/{region}/organisation.geojson", f"regions/{region}/opportunities.xlsx"}
    assert set(files_of(exported)) == expected


def test_the_manifest_vouches_for_every_other_file(exported: Path) -> None:
    entries = {entry["path"]: entry for entry in manifest(exported)["files"]}
    files = files_of(exported)
    assert set(entries) == set(files) - {"manifest.json", "datapackage.json"}
    for path, entry in entries.items():
        assert entry["sha256"] == hashlib.sha256(files[path]).hexdigest()
        assert entry["bytes"] == len(files[path])
        columns = list(entry["columns"].items())
        if path.endswith(".parquet"):
            read = pq.ParquetFile(exported / path)
            assert (entry["rows"], [name for name, _ in columns]) == (read.metadata.num_rows, read.schema_arrow.names)
            assert columns == [(name, COLUMNS[name].type) for name, _ in columns]
        elif path.endswith(".csv"):
            rows = read_csv(exported / path)
            assert (entry["rows"], [name for name, _ in columns]) == (len(rows), list(rows[0]))
        elif path.endswith("opportunity.jsonl"):
            lines = [json.loads(line) for line in files[path].decode().splitlines()]
            assert (entry["rows"], [name for name, _ in columns]) == (len(lines), list(lines[0]))
        assert entry["format"] == path.rpartition(".")[2]


def test_the_manifest_tells_version_date_run_terms_and_the_escape(exported: Path) -> None:
    found = manifest(exported)
    assert found["schema_version"] == SCHEMA_VERSION
    assert found["as_of"] == "2026-11-21"
    assert found["run"] == FACTS
    assert [source["attribution"] for source in found["sources"]] == ["City of Little Rock"]
    assert found["notes"]["csv"] == CSV_NOTE
    assert "single quote" in CSV_NOTE


@pytest.mark.parametrize("threads", [1, 2])
def test_another_run_on_shuffled_tables_gives_the_same_bytes(
    exported: Path, published_tables: Path, tmp_path: Path, threads: int
) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    for table in TABLES:
        frame = pq.read_table(parquet.path_of(published_tables, table))
        order = list(range(frame.num_rows))
        random.Random(threads).shuffle(order)
        pq.write_table(frame.take(order), parquet.path_of(tables, table))
    export(tables, tmp_path / "again", manifest_facts={"run_id": "another"}, threads=threads)
    first, again = files_of(exported), files_of(tmp_path / "again")
    assert manifest(tmp_path / "again") == manifest(exported) | {"run": {"run_id": "another"}}
    assert {path for path in first if first[path] != again[path]} == {"manifest.json", "datapackage.json"}


def test_opportunities_stand_by_industry_and_rank_in_every_format(exported: Path) -> None:
    expected = ["opp_4", "opp_1", "opp_2", "opp_3"]
    assert pq.ParquetFile(exported / PARQUET_OF_REGION).read()["opportunity_id"].to_pylist() == expected
    assert [row["opportunity_id"] for row in read_csv(exported / CSV_OF_REGION)] == expected
    lines = (exported / JSON_OF_REGION).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["opportunity_id"] for line in lines] == expected


def test_the_folder_of_opportunities_is_one_table_for_pandas_and_duckdb(exported: Path, duck: duckdb.DuckDBPyConnection) -> None:
    frame = pd.read_parquet(exported / "opportunity")
    assert sorted(frame.columns) == sorted(BY_NAME["mart.opportunity"].columns)
    assert frame["region_id"].value_counts().to_dict() == {"us-ar-little-rock": 4, "gb-liverpool": 1}
    query = f"SELECT region_id, count(*) FROM '{exported}/opportunity/*/*.parquet' GROUP BY ALL ORDER BY ALL"
    assert duck.execute(query).fetchall() == [("gb-liverpool", 1), ("us-ar-little-rock", 4)]


def test_json_lines_keep_lists_nulls_and_texts_as_registered(exported: Path) -> None:
    rows = [json.loads(line) for line in (exported / JSON_OF_REGION).read_text(encoding="utf-8").splitlines()]
    assert rows[0]["business_name"] == "=HYPERLINK(1)"
    assert rows[0]["risk_flags"] == ["size_imbalance", "+late"]
    assert rows[0]["precedent"] is None
    assert rows[0]["first_seen"] == "2026-11-21"


def test_csv_is_rfc_4180(exported: Path) -> None:
    data = (exported / CSV_OF_REGION).read_bytes()
    assert data.count(b"\r\n") == 5  # header and four rows; line feeds inside cells stay alone
    assert data.endswith(b"\r\n")
    row = read_csv(exported / CSV_OF_REGION)[1]
    assert row["explanation"] == 'They "fit",\nand are near.'
    assert row["risk_flags"] == "size_imbalance; +late"
    assert row["precedent"] == ""
    assert read_csv(exported / "regions/gb-liverpool/opportunity.csv")[0]["business_name"] == "Café “Silver”, Sons"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        *((f"{start}1+1", f"'{start}1+1") for start in ("=", "+", "-", "@", "\t", "\r", "'")),
        *((text, text) for text in ("1=1", "a@b", " =1", "Café", "\n=1")),
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(duck: duckdb.DuckDBPyConnection, text: str, cell: str) -> None:
    single = f"SELECT {csv_value('name')} FROM (SELECT $1 AS name)"
    joined = f"SELECT {csv_value('sources')} FROM (SELECT [$1, 'b'] AS sources)"
    assert duck.execute(single, [text]).fetchall() == [(cell,)]
    assert duck.execute(joined, [text]).fetchall() == [(f"{cell}; b",)]


def test_numbers_are_not_mistaken_for_formulas(duck: duckdb.DuckDBPyConnection) -> None:
    query = f"SELECT {csv_value('longitude')} FROM (SELECT CAST(-92.3 AS DOUBLE) AS longitude)"
    assert duck.execute(query).fetchall() == [(-92.3,)]


def test_natural_persons_and_organisations_of_nowhere_stay_at_home(exported: Path) -> None:
    ids = set(pq.read_table(exported / "organisation.parquet")["organisation_id"].to_pylist())
    assert ids == {row["organisation_id"] for row in read_csv(exported / "organisation.csv")}
    assert ids.isdisjoint({"org_person", "org_far"})
    assert {"org_bakery", "org_shelter", "org_gone"} <= ids  # of a region; by a location only; no partner, but known
    for path in exported.rglob("*.parquet"):
        assert "John Q Smith" not in str(pq.ParquetFile(path).read().to_pylist()), path
    assert not any(b"John Q Smith" in data for path, data in files_of(exported).items() if not path.endswith(".parquet"))


def test_an_organisation_named_by_an_opportunity_is_exported_wherever_it_is(
    published_world: World, published_tables: Path, write_tables: Callable[..., None], tmp_path: Path
) -> None:
    tables = Path(shutil.copytree(published_tables, tmp_path / "tables"))
    published_world["opportunity"][0]["partner_organisation_id"] = "org_far"
    write_tables(published_world, tables, ["opportunity"])
    export(tables, tmp_path / "out", manifest_facts=FACTS)
    assert "org_far" in pq.read_table(tmp_path / "out" / "organisation.parquet")["organisation_id"].to_pylist()


@pytest.mark.parametrize("region", ["../../etc", "Little Rock", "LITTLE", "a/b", "a=b", "", "ü", "a\n"])
def test_a_region_that_cannot_name_a_folder_is_refused(region: str) -> None:
    with pytest.raises(ExportError, match="cannot name a folder"):
        region_dataset(region)


def test_a_bad_region_is_refused_before_anything_is_written(
    published_world: World, published_tables: Path, write_tables: Callable[..., None], tmp_path: Path
) -> None:
    tables = Path(shutil.copytree(published_tables, tmp_path / "tables"))
    published_world["opportunity"][0]["region_id"] = "../outside"
    write_tables(published_world, tables, ["opportunity"])
    with pytest.raises(ExportError, match="cannot name a folder"):
        export(tables, tmp_path / "out", manifest_facts=FACTS)
    assert files_of(tmp_path / "out") == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "tables"]


def test_a_folder_in_use_is_refused(published_tables: Path, tmp_path: Path) -> None:
    (tmp_path / "organisation.csv").write_text("of another run")
    with pytest.raises(ExportError, match="not empty"):
        export(published_tables, tmp_path, manifest_facts=FACTS)


def test_missing_tables_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(parquet.TableFileError, match=r"organisation\.parquet.*licence\.parquet"):
        export(tmp_path / "none", tmp_path / "out", manifest_facts=FACTS)


def test_the_run_must_be_one(
    published_world: World, published_tables: Path, write_tables: Callable[..., None], tmp_path: Path
) -> None:
    tables = Path(shutil.copytree(published_tables, tmp_path / "tables"))
    published_world["run"].append(published_world["run"][0] | {"run_id": "another"})
    write_tables(published_world, tables, ["run"])
    with pytest.raises(ExportError, match=r"meta\.run holds 2 rows"):
        export(tables, tmp_path / "out", manifest_facts=FACTS)
