"""Fixtures of this folder: hand-made records brought through the whole stage, and the practice town brought that far."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.entities.decisions import Decisions
from assets.entities.matching import CLUSTER_FILE, find_matches
from assets.entities.resolve import TABLES, build_organisations
from assets.organisations.records import LEGAL_FORM_END, RegisterRows, build_records
from pipelines.profile import load_profile
from sources.catalogue import register_for
from sources.frame import read_register
from sources.practice.model import Licence, RecordKey, Town
from sources.practice.town import build_town
from sources.practice.wire import IRS_PATH, LICENCES_PATH, ROR_ARCHIVE_PATH, practice_files
from warehouse import ddl, parquet
from warehouse.tables import BY_NAME
from warehouse.views import VIEWS

Row = dict[str, Any]

#: Registers that keep their ids apart, here as in a night.
UNIQUE = ("irs_bmf", "ror")
FIRST_NIGHT = date(2026, 11, 21)
#: Where a record lies unless it says otherwise.
HOME = {"street": "12 MILL ST", "city": "Larkmere", "state": "ZZ", "postcode": "00101", "country": "US"}


@dataclass(frozen=True)
class Resolved:
    """What the stage made of some records."""

    folder: Path

    def rows(self, table: str) -> list[Row]:
        """Rows of one of the tables written."""
        return pq.read_table(self.folder / f"{table}.parquet").to_pylist()

    @cached_property
    def owner(self) -> dict[str, str]:
        """record_id -> organisation_id."""
        return {row["record_id"]: row["organisation_id"] for row in self.rows("bridge")}

    @property
    def groups(self) -> set[frozenset[str]]:
        """Records of each organisation."""
        found: dict[str, set[str]] = defaultdict(set)
        for record, owner in self.owner.items():
            found[owner].add(record)
        return {frozenset(records) for records in found.values()}

    @property
    def rules(self) -> dict[frozenset[str], str]:
        """The rule behind each pair that was, or came near to being, one organisation."""
        return {frozenset((row["record_id_a"], row["record_id_b"])): row["rule"] for row in self.rows("match_evidence")}

    def organisation(self, record: str) -> Row:
        """The organisation a record belongs to."""
        owner = self.owner[record]
        return next(row for row in self.rows("organisation") if row["organisation_id"] == owner)


def _record(record_id: str, row: Mapping[str, Any]) -> Row:
    """A full record: `name` and what differs from a private shop at home. The name to compare is the name in small letters."""
    source, native_id = record_id.split(":")
    official = source in UNIQUE
    record: Row = {
        **dict.fromkeys(BY_NAME["core.organisation_record"].columns),
        "record_id": record_id, "source": source, "native_id": native_id, "display_name": row["name"].title(),
        "match_name": row["name"].lower(), "other_names": [], "sector": "nonprofit" if official else "private",
        "is_natural_person": False, **HOME, "location_precision": "zip", "class_codes": [], "activity_id": "bakery",
        "activity_basis": "class", "activity_confidence": 0.95, "industry_id": "food_retail", "status": "active",
        "size_band": "unknown", "licence": f"licence of {source}", "stale_days": 0,
        "identifiers": [f"US-EIN-{native_id}"] if source == "irs_bmf" else [],
    }  # fmt: skip
    unknown = set(row) - set(record)
    assert not unknown, f"no such columns: {unknown}"
    return record | dict(row)


def _resolve(
    records: Mapping[str, Mapping[str, Any]] | Sequence[tuple[str, Mapping[str, Any]]],
    folder: Path,
    published: Path | None = None,
    as_of: date = FIRST_NIGHT,
) -> Resolved:
    _write_records(records, folder)
    return _run(folder, published, as_of)


def _write_records(records: Mapping[str, Mapping[str, Any]] | Sequence[tuple[str, Mapping[str, Any]]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    items = records.items() if isinstance(records, Mapping) else records
    rows = [_record(record_id, row) for record_id, row in items]
    parquet.write_rows(rows, BY_NAME["core.organisation_record"], folder / "organisation_record.parquet")


def _run(folder: Path, published: Path | None, as_of: date) -> Resolved:
    records = folder / "organisation_record.parquet"
    find_matches(records, UNIQUE, (), Decisions(), published, as_of, folder, folder.parent / f"{folder.name}.state")
    build_organisations(records, folder / CLUSTER_FILE, UNIQUE, published, as_of, folder)
    return Resolved(folder)


def _settle(
    records: Mapping[str, Mapping[str, Any]],
    bodies: Iterable[Iterable[str]],
    folder: Path,
    published: Path | None = None,
    as_of: date = FIRST_NIGHT,
) -> Resolved:
    _write_records(records, folder)
    cluster = {record: record for record in records} | {record: min(body) for body in bodies for record in body}
    pq.write_table(pa.table({"record_id": list(cluster), "cluster": list(cluster.values())}), folder / CLUSTER_FILE)
    build_organisations(folder / "organisation_record.parquet", folder / CLUSTER_FILE, UNIQUE, published, as_of, folder)
    return Resolved(folder)


@pytest.fixture(scope="session")
def settle() -> Callable[..., Resolved]:
    """(records, those that are one body, folder, published=none, as_of=first night) -> what the stage makes of them.

    For tests of what comes after matching: who is one body is told, not found.
    """
    return _settle


@pytest.fixture(scope="session")
def resolve() -> Callable[..., Resolved]:
    """(records, folder, published=none, as_of=first night) -> what the stage makes of them."""
    return _resolve


def _publish(resolved: Resolved) -> Path:
    file = resolved.folder / "partners.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("CREATE SCHEMA core")
        for name in TABLES:
            con.execute(ddl.create_table_sql(BY_NAME[f"core.{name}"]))
            con.execute(f"INSERT INTO core.{name} SELECT * FROM {parquet.read_sql(resolved.folder / f'{name}.parquet')}")
        con.execute(next(ddl.create_view_sql(view) for view in VIEWS if view.name == "core.organisation_id_now"))
    return file


@pytest.fixture(scope="session")
def publish() -> Callable[[Resolved], Path]:
    """What the stage made -> the warehouse file a next night finds; keys and checks enforced."""
    return _publish


@dataclass(frozen=True)
class ResolvedTown:
    """The practice town as the stage sees it, beside the truth about it."""

    town: Town
    resolved: Resolved
    truth: Mapping[str, str]
    """record_id -> key of the real organisation behind it."""
    is_person: Mapping[str, bool]
    """record_id of a licence -> whether its holder was taken for a natural person."""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> ResolvedTown:
    """The practice town, half as large, read by the real connectors from the very bytes it serves."""
    folder = tmp_path_factory.mktemp("town")
    built, profile = build_town(seed=23, size=0.5), load_profile("practice")
    files, inputs = practice_files(built), []
    for name, path in (("irs_bmf", IRS_PATH), ("practice", LICENCES_PATH), ("ror", ROR_ARCHIVE_PATH)):
        (folder / name).write_bytes(files[path])
        options = next(source.options for source in profile.sources if source.name == name)
        read_register(register_for(name), folder / name, options, folder / f"{name}.parquet")
        inputs.append(RegisterRows(name, folder / f"{name}.parquet", "CC0-1.0", None, stale_days=0))
    build_records(inputs, profile.regions, profile.places, folder / "organisation_record.parquet")
    records = pq.read_table(folder / "organisation_record.parquet").to_pylist()
    return ResolvedTown(
        built,
        _run(folder, None, FIRST_NIGHT),
        _truth(built, records),
        {row["record_id"]: row["is_natural_person"] for row in records if row["source"] == "practice"},
    )


def _truth(town: Town, records: Sequence[Row]) -> dict[str, str]:
    """Owner of each record; a licence, which has no number, is known by class, name, street and day."""
    owners: dict[Any, str] = {_known_by(key): owner for key, owner in town.truth.clusters.items()}
    return {
        row["record_id"]: owners[row["record_id"]]
        if row["record_id"] in owners
        else owners[row["class_codes"][0], row["name"], row["street"], row["started_on"]]
        for row in records
    }


def _known_by(key: RecordKey) -> Any:
    if not isinstance(key, Licence):
        return key
    day = datetime.strptime(key.account_start_date, "%m/%d/%y").date()
    return key.classification, key.business, key.address, day


# --- links between bodies --------------------------------------------------------------------------------------------
_LEGAL_FORM = re.compile(LEGAL_FORM_END)


@pytest.fixture(scope="session")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Path]]:
    """(records, record -> organisation where it is not `org_<native id>`) -> the tables links are found in."""
    folder = tmp_path_factory.mktemp("bodies")

    def write(records: Mapping[str, Mapping[str, Any]], merged: Mapping[str, str] | None = None) -> dict[str, Path]:
        rows = [_body(record_id, row) for record_id, row in records.items()]
        owner = {row["record_id"]: (merged or {}).get(row["record_id"], f"org_{row['native_id']}") for row in rows}
        of_its_own = {"record_count": 1, "merged_into": None, "first_seen": FIRST_NIGHT, "last_seen": FIRST_NIGHT}
        mains = {
            owner[r["record_id"]]: {**r, **of_its_own, "sources": [r["source"]], "licences": [r["licence"]]}
            for r in reversed(rows)
        }
        tables = {
            "organisation_record": rows,
            "bridge": [{"record_id": record, "organisation_id": of} for record, of in owner.items()],
            "organisation": [{**row, "organisation_id": of} for of, row in mains.items()],
            "identifier": [
                {"organisation_id": of, "identifier": i, "scheme": "-".join(i.split("-")[:2]), "source": source}
                for of, i, source in sorted({(owner[r["record_id"]], i, r["source"]) for r in rows for i in r["identifiers"]})
            ],
        }
        files = {name: folder / f"{name}.parquet" for name in tables}
        for name, table in tables.items():
            parquet.write_rows(table, BY_NAME[f"core.{name}"], files[name])
        return files

    return write


def _body(record_id: str, row: Mapping[str, Any]) -> Row:
    """A record of a body in the region, its name reduced as the stage before does it."""
    name = row["name"].lower().replace("&", "and")
    form = _LEGAL_FORM.search(name)
    reduced = {"match_name": _LEGAL_FORM.sub("", name), "legal_form": form[1] if form else None}
    return _record(record_id, {"region_id": "r1", "identifiers": [], "parent_identifiers": [], **reduced, **row})
