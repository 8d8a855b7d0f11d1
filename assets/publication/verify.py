"""Re-checks a published version: links and markers, the warehouse file, every exported file. Says all that is wrong.

Belongs here: whether what lies on the disk is what was published. Does not: whether the tables were right (`audit.py`, before
publication) nor that files equal tables value by value (`export_check.py`, likewise): hashes carry both forward.
"""

from __future__ import annotations

import csv
import json
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from assets.publication import datapackage
from assets.publication.export import DATASETS, MANIFEST, OF_REGION, sha256
from warehouse import ddl, versions
from warehouse.build import DATABASE
from warehouse.columns import COLUMNS
from warehouse.tables import SCHEMA_VERSION, TABLES

#: Files of an exports folder that the manifest does not list: itself, its twin, and the marker.
UNLISTED = {MANIFEST, datapackage.FILE, versions.MARKER}
#: How rows are told in what our own writers made.
_ROW, _FEATURE = b"<row ", b'{"type":"Feature",'
_CHUNK = 1 << 20


class NothingPublished(Exception):
    """There is no version to check; says what to do."""


def published_version(root: Path) -> str:
    """Name of the version the warehouse's link points to. Raises `NothingPublished`, or `VersionError` for a link to nowhere."""
    database = versions.current(versions.link_of(root, "warehouse"))
    if database is None:
        raise NothingPublished(f"{root} has no published version; run `partners run` first.")
    return database.parent.name


def verify(root: Path, version: str, *, is_current: bool) -> list[str]:
    """All that is wrong with a version, a line each, in order; [] where nothing is. `is_current`: links must point to it."""
    folders = {part: versions.folder_of(root, part, version) for part in versions.LINKS}
    wrong = list(_links(root, version)) if is_current else []
    wrong += [
        f"{part}: {folder} " + ("has no marker COMPLETE" if folder.is_dir() else "is not there")
        for part, folder in folders.items()
        if not versions.is_complete(folder)
    ]
    manifest, said = _manifest(folders["exports"])
    wrong += said
    wrong += _warehouse(folders["warehouse"], manifest)
    if manifest is not None:
        wrong += _listed(folders["exports"], manifest)
        wrong += _package(folders["exports"], manifest)
        with duckdb.connect() as con:
            for entry in manifest["files"]:
                wrong += _file(con, folders["exports"], entry)
    return wrong


def _links(root: Path, version: str) -> Iterator[str]:
    for part in versions.LINKS:
        link, target = versions.link_of(root, part), versions.target_of(root, part, version)
        if not link.is_symlink():
            yield f"{part}: {link} is not a link; expected one to {version}"
        elif link.parent / link.readlink() != target:
            yield f"{part}: {link} points to {link.readlink()}; expected {version}, as the warehouse's does"


def _manifest(folder: Path) -> tuple[dict[str, Any] | None, list[str]]:
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text("utf-8"))
        needed = {"schema_version", "as_of", "run", "sources", "files"}
        if not needed <= set(found):
            return None, [f"exports: {MANIFEST} lacks {', '.join(sorted(needed - set(found)))}; no export was checked"]
        return found, []
    except (OSError, ValueError) as error:
        return None, [f"exports: {MANIFEST} cannot be read ({error}); no export was checked"]


# --- the warehouse ----------------------------------------------------------------------------------------------------

#: Macros have no schema before their name, and no columns DuckDB would list.
_TOLD = """
SELECT table_name, column_name, data_type FROM meta.data_dictionary WHERE contains(table_name, '.')
ORDER BY table_name, column_number"""
_TABLES = "SELECT schema_name || '.' || table_name AS name FROM duckdb_tables() ORDER BY name"


def _warehouse(folder: Path, manifest: Mapping[str, Any] | None) -> list[str]:
    database = folder / DATABASE
    if not database.is_file():
        return [f"warehouse: {database} is not there"]
    wrong = []
    if database.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        wrong.append(f"warehouse: {DATABASE} can be written to; expected mode 0444")
    wal = database.with_name(f"{DATABASE}.wal")
    if wal.exists():
        wrong.append(f"warehouse: {wal.name} lies beside the file; a client opened it read-write. Remove it.")
        return wrong  # DuckDB would replay it
    try:
        with duckdb.connect(str(database), read_only=True) as con:
            for checks in (_shape(con), _blocks(con), _counts(con, manifest)):
                wrong.extend(checks)
    except duckdb.Error as error:
        wrong.append(f"warehouse: {DATABASE} cannot be read: {str(error).splitlines()[0]}")
    return wrong


def _shape(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Tables and views, columns and types are those the file's own dictionary tells; and the registry's, where it is as old."""
    told: dict[str, list[tuple[str, str]]] = {}
    for name, column, kind in con.execute(_TOLD).fetchall():
        told.setdefault(name, []).append((column, kind))
    (schema,) = con.execute("SELECT min(schema_version) FROM meta.run").fetchall()[0]
    known = TABLES if schema == SCHEMA_VERSION else ()
    registry = {table.name: [(name, COLUMNS[name].type) for name in table.columns] for table in known}
    tables = {name for (name,) in con.execute(_TABLES).fetchall()}
    there = {}
    for name in sorted({*told, *registry, *tables}):
        try:
            there[name] = [(column, kind) for column, kind, *_ in con.execute(f"DESCRIBE {name}").fetchall()]
        except duckdb.Error as error:
            yield f"warehouse: {name} is not there or cannot be read: {str(error).splitlines()[0]}"
    yield from _differences("meta.data_dictionary", told, there)
    if registry:
        yield from _differences("the registry", registry, {name: there[name] for name in there if name in tables})


def _differences(who: str, told: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    for table in sorted(there):
        if table not in told:
            yield f"warehouse: {table} is there; {who} does not tell of it"
        elif told[table] != there[table]:
            differ = [name for name, _ in {*told[table]} ^ {*there[table]}] or ["their order"]
            yield f"warehouse: {table} has other columns than {who} says: {', '.join(sorted(set(differ)))}"


def _blocks(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Reads every value once: DuckDB checks the sum of each block it reads."""
    for (table,) in con.execute(_TABLES).fetchall():
        try:
            con.execute(f"SELECT bit_xor(hash(each)) FROM {table} AS each").fetchall()
        except duckdb.Error as error:
            yield f"warehouse: {table} cannot be read: {str(error).splitlines()[0]}"


def _counts(con: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any] | None) -> Iterator[str]:
    """The manifest's rows are those of the tables, of the same run. Selections are this program's; older schemas had others."""
    if manifest is None:
        return
    run_id, schema = con.execute("SELECT min(run_id), min(schema_version) FROM meta.run").fetchall()[0]
    if manifest["run"].get("run_id") not in (None, run_id):
        yield f"warehouse: run {run_id}; the manifest is of run {manifest['run']['run_id']}"
    if manifest["schema_version"] != schema:
        yield f"warehouse: schema {schema}; the manifest says {manifest['schema_version']}"
    if schema != SCHEMA_VERSION:
        return
    for entry in manifest["files"]:
        try:
            expected = _rows_in_tables(con, entry)
        except duckdb.CatalogException:
            continue  # a table that is gone was told of
        if expected is not None and expected != entry["rows"]:
            yield f"exports: {entry['path']} has {entry['rows']} rows by the manifest; its table has {expected}"


def _rows_in_tables(con: duckdb.DuckDBPyConnection, entry: Mapping[str, Any]) -> int | None:
    """Rows the file should hold; None where its rows are not those of one selection (maps, schemas, the list of changes)."""
    selections = {name: dataset.sql for dataset in DATASETS for name in (dataset.parquet, dataset.csv) if name}
    path = Path(entry["path"])
    if entry["table"] == "mart.opportunity" and path.suffix in (".parquet", ".csv", ".jsonl"):
        region = path.parent.name.removeprefix("region_id=")
        found = con.execute(f"SELECT count(*) FROM ({OF_REGION})", {"region": region}).fetchall()
    elif entry["path"] in selections:
        found = con.execute(f"SELECT count(*) FROM ({selections[entry['path']]})").fetchall()
    else:
        return None
    return int(found[0][0])


# --- the exports ------------------------------------------------------------------------------------------------------


def _listed(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """No file is missing, none too many."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    told = {entry["path"] for entry in manifest["files"]}
    yield from (f"exports: {path} is not there; {MANIFEST} lists it" for path in sorted(told - there))
    yield from (f"exports: {path} is there; {MANIFEST} does not list it" for path in sorted(there - told - UNLISTED))


def _package(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """`datapackage.json` tells the same of every file. Versions from before it was made have none."""
    path = folder / datapackage.FILE
    if not path.is_file():
        if all("format" in entry for entry in manifest["files"]):
            yield f"exports: {datapackage.FILE} is not there"
        return
    try:
        found = json.loads(path.read_text("utf-8"))
        told = {r["path"]: (r["bytes"], r["hash"], r.get("rows")) for r in found["resources"]}
        facts = {key: found.get(key) for key in ("run", "schema_version", "as_of")}
    except (ValueError, KeyError, TypeError) as error:
        yield f"exports: {datapackage.FILE} cannot be read ({error!r})"
        return
    yield from (
        f"exports: {datapackage.FILE} and {MANIFEST} differ in {key}" for key, value in facts.items() if value != manifest[key]
    )
    listed = {e["path"]: (e["bytes"], f"sha256:{e['sha256']}", e["rows"]) for e in manifest["files"]}
    yield from (
        f"exports: {datapackage.FILE} and {MANIFEST} differ on {name}"
        for name in sorted({*told, *listed})
        if told.get(name) != listed.get(name)
    )


def _file(con: duckdb.DuckDBPyConnection, folder: Path, entry: Mapping[str, Any]) -> Iterator[str]:
    """Bytes, hash, rows and columns of one file are as listed."""
    path = folder / entry["path"]
    if not path.is_file():
        return  # told by `_listed`
    if path.stat().st_size != entry["bytes"]:
        yield f"exports: {entry['path']} has {path.stat().st_size} bytes; {MANIFEST} says {entry['bytes']}"
    if sha256(path) != entry["sha256"]:
        yield f"exports: {entry['path']} was changed: its sha256 is not the one {MANIFEST} says"
    if path.suffix in _READERS:
        try:
            rows, columns = _READERS[path.suffix](con, path)
        except (duckdb.Error, OSError, ValueError, csv.Error, zipfile.BadZipFile, KeyError) as error:
            yield f"exports: {entry['path']} cannot be read: {str(error).splitlines()[0]}"
            return
        if rows != entry["rows"]:
            yield f"exports: {entry['path']} holds {rows} rows; {MANIFEST} says {entry['rows']}"
        if columns is not None and columns != list(entry["columns"]):
            yield f"exports: {entry['path']} has other columns than {MANIFEST} says"


_Read = tuple[int, list[str] | None]


def _parquet(_con: duckdb.DuckDBPyConnection, path: Path) -> _Read:
    with pq.ParquetFile(path) as file:
        return file.metadata.num_rows, list(file.schema_arrow.names)


def _csv(con: duckdb.DuckDBPyConnection, path: Path) -> _Read:
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file, strict=True), [])
    columns = ", ".join(f"{ddl.literal(name)}: 'VARCHAR'" for name in names)
    source = (
        f"read_csv({ddl.literal(str(path))}, columns = {{{columns}}}, header = true, delim = ',', quote = '\"', escape = '\"', "
        "new_line = '\\r\\n', auto_detect = false)"
    )
    return int(con.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0]), names


def _json_lines(_con: duckdb.DuckDBPyConnection, path: Path) -> _Read:
    with path.open("rb") as file:
        return _count(file.read, b"\n"), None


def _geojson(_con: duckdb.DuckDBPyConnection, path: Path) -> _Read:
    with path.open("rb") as file:
        return sum(line.startswith(_FEATURE) for line in file), None


def _xlsx(_con: duckdb.DuckDBPyConnection, path: Path) -> _Read:
    """Rows of the second sheet, the opportunities, its heading apart."""
    with zipfile.ZipFile(path) as archive, archive.open("xl/worksheets/sheet2.xml") as sheet:
        return _count(sheet.read, _ROW) - 1, None


def _count(read: Callable[[int], bytes], mark: bytes) -> int:
    """How often the mark occurs, a piece at a time; a mark may lie across two pieces."""
    count, rest = 0, b""
    while piece := read(_CHUNK):
        text = rest + piece
        count += text.count(mark)
        rest = text[len(text) - len(mark) + 1 :] if len(mark) > 1 else b""
    return count


_READERS: Mapping[str, Callable[[duckdb.DuckDBPyConnection, Path], _Read]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".geojson": _geojson,
    ".xlsx": _xlsx,
}
