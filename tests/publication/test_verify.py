"""`partners verify`: a sound version passes; every fault planted in one is told, and all of them at once."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from assets.publication.export import export
from assets.publication.verify import NothingPublished, _xlsx, published_version, verify
from pipelines.cli import app
from warehouse import versions

VERSION = "2026-11-21T020000Z-6f0d1c2b"
REGION = "regions/us-ar-little-rock"


@pytest.fixture(scope="module")
def sound(published_tables: Path, published_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a profile with the world published once."""
    root = tmp_path_factory.mktemp("verify") / "practice"
    folder = versions.start(root, "exports", VERSION)
    export(published_tables, folder, manifest_facts={"run_id": "6f0d1c2b3a", "profile": "practice"})
    database = versions.start(root, "warehouse", VERSION) / published_database.name
    shutil.copy2(published_database, database)
    (versions.start(root, "report", VERSION) / "index.html").write_text("<p>")
    for part in versions.LINKS:
        versions.complete(versions.folder_of(root, part, VERSION))
    versions.publish(root, VERSION)
    return root


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(sound, tmp_path / "practice", symlinks=True))


def exports(root: Path) -> Path:
    return versions.folder_of(root, "exports", VERSION)


def edit_manifest(root: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = exports(root) / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), "utf-8")


def entry(manifest: dict[str, Any], path: str) -> dict[str, Any]:
    return next(found for found in manifest["files"] if found["path"] == path)


def change_a_letter(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data and len(old) == len(new)
    path.write_bytes(data.replace(old, new))


def rewrite(root: Path, sql: str) -> None:
    database = versions.target_of(root, "warehouse", VERSION)
    database.chmod(0o644)
    with duckdb.connect(str(database)) as con:
        con.execute(sql)
    database.chmod(0o444)


def check(root: Path) -> list[str]:
    return verify(root, VERSION, is_current=True)


def test_a_sound_version_has_nothing_wrong(sound: Path) -> None:
    assert published_version(sound) == VERSION
    assert check(sound) == []


def test_one_changed_byte_is_told(root: Path) -> None:
    change_a_letter(exports(root) / "organisation.csv", b"Community", b"Kommunity")
    assert check(root) == ["exports: organisation.csv was changed: its sha256 is not the one manifest.json says"]


Fault = tuple[Callable[[Path], Any], str]


def database(root: Path) -> Path:
    return versions.target_of(root, "warehouse", VERSION)


def rows_of(path: str) -> Fault:
    return lambda r: edit_manifest(r, lambda m: entry(m, path).update(rows=77)), f"exports: {path} holds"


#: Faults that do not hide one another.
TOGETHER: tuple[Fault, ...] = (
    (lambda r: (exports(r) / "licence.csv").unlink(), "exports: licence.csv is not there"),
    (lambda r: (exports(r) / REGION / "notes.txt").write_text("x"), f"exports: {REGION}/notes.txt is there"),
    (lambda r: (exports(r) / "more").symlink_to("/nowhere"), "exports: more is there"),
    (lambda r: os.truncate(exports(r) / "licence.parquet", 20), "licence.parquet cannot be read"),
    (
        lambda r: change_a_letter(exports(r) / "programme.csv", b"Loans", b"loans"),
        "exports: programme.csv was changed: its sha256 is not the one manifest.json says",
    ),
    (lambda r: edit_manifest(r, lambda m: m["run"].update(run_id="other")), "the manifest is of run other"),
    (
        lambda r: edit_manifest(r, lambda m: entry(m, "coverage.csv")["columns"].update(more="VARCHAR")),
        "coverage.csv has other columns",
    ),
    rows_of("tag.csv"),
    rows_of("tag.parquet"),
    *(
        rows_of(f"{REGION}/{name}")
        for name in ("opportunity.csv", "opportunity.jsonl", "opportunity.geojson", "opportunities.xlsx")
    ),
    (lambda r: None, "exports: datapackage.json and manifest.json differ on tag.csv"),
    (lambda r: (exports(r) / "COMPLETE").unlink(), "has no marker COMPLETE"),
    (lambda r: shutil.rmtree(r / "report" / VERSION), "report:"),
    (lambda r: rewrite(r, "DELETE FROM mart.coverage"), "rows by the manifest; its table has 0"),
    (lambda r: rewrite(r, "DROP TABLE mart.collaboration_model"), "warehouse: mart.collaboration_model is not there"),
    (
        lambda r: rewrite(r, "ALTER TABLE meta.source_column ADD COLUMN more INTEGER"),
        "meta.source_column has other columns than meta.data_dictionary says: more",
    ),
    (
        lambda r: rewrite(r, "CREATE TABLE core.guest (a INTEGER)"),
        "core.guest is there; meta.data_dictionary does not tell of it",
    ),
    (lambda r: database(r).chmod(0o644), "can be written to"),
)

#: Faults after which no more can be told of that part.
ALONE: dict[str, Fault] = {
    "no manifest": (lambda r: (exports(r) / "manifest.json").unlink(), "manifest.json cannot be read"),
    "half a manifest": (lambda r: edit_manifest(r, lambda m: m.pop("files")), "manifest.json lacks files"),
    "no package": (lambda r: (exports(r) / "datapackage.json").unlink(), "datapackage.json is not there"),
    "a broken package": (lambda r: (exports(r) / "datapackage.json").write_text("{}"), "datapackage.json cannot be read"),
    "no warehouse": (lambda r: database(r).unlink(), "partners.duckdb is not there"),
    "a warehouse cut short": (
        lambda r: (database(r).chmod(0o644), os.truncate(database(r), 5_000)),
        "partners.duckdb cannot be read",
    ),
    "a stray log": (lambda r: database(r).with_name("partners.duckdb.wal").write_bytes(b"x"), "lies beside the file"),
}


def test_everything_wrong_is_told_at_once(root: Path) -> None:
    for plant, _ in TOGETHER:
        plant(root)
    found = check(root)
    assert [told for _, told in TOGETHER if not any(told in line for line in found)] == [], found


@pytest.mark.parametrize("fault", ALONE)
def test_a_fault_that_hides_others_is_told(fault: str, root: Path) -> None:
    plant, told = ALONE[fault]
    plant(root)
    found = check(root)
    assert [line for line in found if told in line], found


def test_rows_of_a_workbook_are_counted_across_pieces(tmp_path: Path) -> None:
    """The mark of a row may lie across two pieces of what is read."""
    path = tmp_path / "opportunities.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b"x" * ((1 << 20) - 2) + b"<row 1" + b"<row 2" * 8)
    assert _xlsx(duckdb.connect(), path) == (8, None)


def test_links_must_point_to_one_version(root: Path) -> None:
    shutil.copytree(exports(root), root / "exports" / "2026-11-22T020000Z-aaaaaaaa")
    versions.switch(root / "exports" / "latest", root / "exports" / "2026-11-22T020000Z-aaaaaaaa")
    assert [line for line in check(root) if "expected 2026-11-21" in line]
    assert verify(root, VERSION, is_current=False) == []


def test_nothing_published_is_said(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="partners run"):
        published_version(tmp_path)


# --- the command ------------------------------------------------------------------------------------------------------


def run(root: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> tuple[int, str]:
    monkeypatch.setenv("PARTNERS_DATA", str(root.parent))
    done = CliRunner().invoke(app, ["verify", "--profile", "practice", *more], terminal_width=200)
    return done.exit_code, " ".join(done.output.split())


def test_the_command_says_that_all_is_well(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run(sound, monkeypatch)
    assert (code, VERSION in said, "is whole" in said) == (0, True, True)
    assert run(sound, monkeypatch, "--version", VERSION)[0] == 0


def test_the_command_ends_with_1_and_tells_all_that_is_wrong(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (exports(root) / "tag.csv").unlink()
    (exports(root) / "extra.csv").write_text("x")
    code, said = run(root, monkeypatch)
    assert code == 1
    assert all(words in said for words in ("tag.csv is not there", "extra.csv is there", "2 things wrong"))


def test_the_command_names_what_a_version_that_is_not_there_lacks(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run(sound, monkeypatch, "--version", "2020-01-01T000000Z-aaaaaaaa")
    assert (code, said.count("is not there") >= 3) == (1, True)


def test_the_command_says_when_nothing_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run(tmp_path / "practice", monkeypatch)
    assert (code, "no published version" in said) == (1, True)
