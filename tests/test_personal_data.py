"""Nobody named who must not be: people who speak for a body never pass the door, sole traders go no further than `core`.

The practice town plants contact people, telephones and e-mails in every register whose real format has room for them. Each
register is fetched from it over HTTP and read; then a whole night with all registers is run, and everything it made is searched.

The snapshots of a night hold the registers' bytes as they were fetched, contacts included: that is by design, since a night must be
proved and replayed from them. They are no part of what is published and are not searched here but for one thing: that the contacts
are indeed in them, or the tests would look for what was never there.
"""

from __future__ import annotations

import functools
import html
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import yaml

from assets.organisations.records import RegisterRows, build_records
from assets.snapshots.store import SnapshotStore
from assets.snapshots.take import TakenFile, take
from pipelines.profile import PROFILES, Region, Source, load_profile
from pipelines.run import run_nightly
from sources.business_licences import known_cities, load_city
from sources.catalogue import registers
from sources.frame import read_register
from sources.http import PoliteSession
from sources.identifiers import normal
from sources.practice import (
    wire,
    wire_acnc,
    wire_ccew,
    wire_ccni,
    wire_chamber,
    wire_chamber_lists,
    wire_companies_house,
    wire_contracts_finder,
    wire_fhrs,
    wire_find_a_grant,
    wire_gias,
    wire_govuk,
    wire_grants_gov,
    wire_growthzone,
    wire_nz_charities,
    wire_oscr,
    wire_overpass,
    wire_overture,
    wire_sam_api,
    wire_socrata,
    wire_state_grants,
    wire_threesixtygiving,
)
from sources.practice.model import ANCHOR, Town
from sources.practice.server import serve
from sources.practice.town import build_town
from sources.register import ReadReport, Register, TablesRegister

SEED, SIZE = 7, 0.2
NAME, PHONE, MAIL = "name", "phone", "mail"
LARKMERE = [-65.0, 36.0, -64.0, 37.0]


@dataclass(frozen=True)
class Served:
    """Where the practice town serves a register, and what is planted there."""

    register: str
    path: str
    carries: frozenset[str]
    """Kinds of contact in the bytes: name, phone, mail. A name in an address of mail counts as one."""
    options: dict[str, Any] = field(default_factory=dict)
    sole_traders: bool = False
    """True where the real register can hold people who trade under their own name."""
    rejects: frozenset[str] = frozenset()
    """Rules by which planted faults are set aside."""
    label: str = ""
    """Tells two of the same register apart."""

    @property
    def source(self) -> str:
        """Name of the source here."""
        return self.label or self.register


def _chamber(label: str, path: str, *carries: str, **options: Any) -> Served:
    wanted = {"consent": True, "kind": label, "country": "US", **options}
    return Served("chamber_directory", path, frozenset(carries), wanted, True, label=f"chamber_{label}")


ALL, NONE = frozenset({NAME, PHONE, MAIL}), frozenset[str]()
NOBODY = {
    "little_rock": "the city's export has seven columns, none of them about people",
    "practice": "the layout of Little Rock",
    "ror": "records of bodies; ROR collects nothing about people",
}
"""Registers whose format has no place for a contact, and why."""

SERVED = (
    Served("acnc", wire_acnc.PACKAGE_PATH, frozenset({NAME})),
    Served("california_grants", wire_state_grants.CALIFORNIA_PATH, ALL),
    Served("ccew", f"{wire_ccew.FOLDER}/publicextract.{{table}}.zip", ALL),
    Served("ccni", f"{wire_ccni.PATH}?homePageId=1&pageNumber=1", ALL),
    _chamber("growthzone", wire_growthzone.PATH, *ALL, details=True),
    _chamber("json_ld", wire_chamber.JSON_LD_PATH, *ALL),
    _chamber("selectors", wire_chamber.BESPOKE_PATH, *ALL, selectors=wire_chamber.BESPOKE_SELECTORS,
             next='a:-soup-contains("Next Page")'),
    _chamber("json_api", wire_chamber.API_PATH, PHONE),
    Served("chamber_members", wire_chamber_lists.MEMBERS_PATH, ALL, sole_traders=True),
    Served("chicago", wire_socrata.RESOURCE_PATH, frozenset({NAME}), sole_traders=True),
    Served("companies_house", wire_companies_house.PAGE, frozenset({NAME})),
    Served("contracts_finder", wire_contracts_finder.SEARCH_PATH, ALL, {"as_of": ANCHOR.isoformat()}),
    Served("contracts_finder_awards", wire_contracts_finder.SEARCH_PATH, ALL, {"as_of": ANCHOR.isoformat()}),
    Served("fhrs", wire_fhrs.FOLDER, ALL, {"authorities": [wire_fhrs.AUTHORITY]}, sole_traders=True),
    Served("fhrs_api", wire_fhrs.API_PATH, ALL, sole_traders=True),
    Served("find_a_grant", wire_find_a_grant.LIST_PATH, ALL),
    Served("gias", re.sub(r"\d{8}", "YYYYMMDD", wire_gias.PATH), frozenset({NAME, PHONE})),
    Served("govuk", f"{wire_govuk.SEARCH_PATH}?filter_format=business_finance_support_scheme&count=10", ALL),
    Served("grants_gov", f"{wire_grants_gov.EXTRACTS_PATH}GrantsDBExtractYYYYMMDDv2.zip", ALL),
    Served("grants_gov_api", wire_grants_gov.API_PATH, ALL),
    Served("irs_bmf", wire.IRS_PATH, frozenset({NAME})),
    Served("known_partnerships", wire_chamber_lists.PARTNERSHIPS_PATH, frozenset({NAME})),
    Served("little_rock", wire.LICENCES_PATH, NONE, sole_traders=True),
    Served("new_york", wire_socrata.NEW_YORK_PATH, frozenset({PHONE}), sole_traders=True),
    Served("nz_charities", wire_nz_charities.ROOT, frozenset({NAME})),  # phones and e-mails are not even asked for
    Served("oscr", wire_oscr.PATH, frozenset({NAME, PHONE}), rejects=frozenset({"id occurs more than once"})),
    Served("overpass", wire_overpass.PATH, ALL, {"bbox": LARKMERE}, sole_traders=True),
    Served("overture", wire_overture.PATH, ALL, {"bbox": LARKMERE}, sole_traders=True),
    Served("pennsylvania_grants", wire_state_grants.PENNSYLVANIA_PATH, ALL),
    Served("practice", wire.LICENCES_PATH, NONE, sole_traders=True),
    Served("ror", wire.ROR_SEARCH_PATH, NONE, {"country": "US", "state": "ZZ"}),
    Served("sam_assistance_listings", f"{wire_sam_api.FILES_PATH}/listfiles?domain=Assistance%20Listings/datagov/YYYY/MM-Mon", ALL),
    Served("sam_listings_api", wire_sam_api.API_PATH, ALL),
    Served("san_francisco", wire_socrata.SAN_FRANCISCO_PATH, frozenset({NAME}), sole_traders=True),
    Served("threesixtygiving", wire_threesixtygiving.REGISTRY_PATH, ALL,
           {"publishers": ["360G-practice0", "360G-practice1", "360G-practice2"]}),
)  # fmt: skip
_BY_SOURCE = {served.source: served for served in SERVED}
each_source = pytest.mark.parametrize("source", _BY_SOURCE)


# --- each register by itself ------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def larkmere() -> Town:
    """The town behind the registers, and the truth about it."""
    return build_town(SEED, SIZE)


@pytest.fixture(scope="session")
def surnames(larkmere: Town) -> list[str]:
    """Family names of the contacts, in small letters. Nobody else in town has one, so whatever holds one has let a contact
    through, in whichever order and case, in an address of mail or of the web."""
    families = sorted({name.split()[-1].lower() for name in larkmere.truth.contact_names})
    assert len(families) > 20
    return families


_PHONE = re.compile(r"0151 ?496 ?\d{4}|\b555[- ]01\d\d\b|501\)?[- ]?555[- ]?\d{4}")
_MAIL = re.compile(r"\w@\w[\w-]*\.\w+")


def _contacts(text: str, surnames: list[str]) -> dict[str, set[str]]:
    """Kinds of contact in a text, with what was found of each."""
    small = text.lower()
    found = {NAME: {name for name in surnames if name in small}, PHONE: set(_PHONE.findall(text)), MAIL: set(_MAIL.findall(text))}
    return {kind: contacts for kind, contacts in found.items() if contacts}


@dataclass(frozen=True)
class Read:
    """What a register's module made of the town's bytes."""

    register: Register
    taken: list[TakenFile]
    reports: list[ReadReport]
    files: list[Path]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of all its files."""
        return [row for file in self.files for row in pq.read_table(file).to_pylist()]


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Read]]:
    """(source) -> its register, fetched and read as a night does, once."""
    folder = tmp_path_factory.mktemp("registers")
    http = PoliteSession("0", private_hosts={"127.0.0.1"}, seed=1, sleep=lambda _: None)
    with serve(SEED, SIZE) as town:
        yield functools.cache(lambda source: _read(_BY_SOURCE[source], town, http, folder))


def _read(served: Served, town: str, http: PoliteSession, folder: Path) -> Read:
    source = Source(name=served.register, url=town + served.path, options=served.options, share_alike=True)
    register = source.register
    taken = take(
        register, source.files(), store=SnapshotStore(folder / served.source), http=http, as_of=ANCHOR, options=served.options,
        now_utc=datetime(2026, 6, 30, 1, tzinfo=UTC),
    )  # fmt: skip
    paths = {file.slot: file.path for file in taken if file.path is not None}
    assert len(paths) == len(taken), [file.message for file in taken]
    reports, rows = [], []
    parts: list[Path | dict[str, Path]] = [paths] if isinstance(register, TablesRegister) else [*paths.values()]
    for number, part in enumerate(parts, start=1):
        rows.append(folder / f"{served.source}-{number}.parquet")
        reports.append(read_register(register, part, served.options, rows[-1]))
    return Read(register, taken, reports, rows)


def test_every_register_is_served_by_the_town() -> None:
    """A new register needs a line in the table above, and a wire in `sources/practice/`."""
    assert {served.register for served in SERVED} == set(registers())


@each_source
def test_every_row_is_accounted_for(source: str, read: Callable[[str], Read]) -> None:
    reports = read(source).reports
    assert all(report.kept for report in reports)
    assert all(report.read == report.kept + len(report.rejected) + sum(report.outside.values()) for report in reports)
    assert {rejected.rule for report in reports for rejected in report.rejected} == _BY_SOURCE[source].rejects


@each_source
def test_every_identifier_is_in_the_one_form(source: str, read: Callable[[str], Read]) -> None:
    """Else two registers would speak of one body and nobody would notice."""
    rows = read(source).rows
    found = {
        i for row in rows for i in (*(row.get("identifiers") or ()), row.get("giver_identifier"), row.get("receiver_identifier"))
    }
    assert {i for i in found if i is not None and normal(i) != i} == set()


@each_source
def test_the_contacts_are_in_the_bytes(source: str, read: Callable[[str], Read], surnames: list[str]) -> None:
    """Else the next test would pass by an empty wire."""
    texts = [_text_of(file.path.read_bytes()) for file in read(source).taken if file.path is not None]
    assert set(_contacts("\n".join(texts), surnames)) == _BY_SOURCE[source].carries


def _text_of(data: bytes) -> str:
    """All that stands in a file, whatever it is packed in."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "\n".join(_text_of(archive.read(name)) for name in archive.namelist())
    if data.startswith(b"PAR1"):
        return str(pq.read_table(io.BytesIO(data)).to_pylist())
    return data.decode("utf-8", errors="replace")


@each_source
def test_no_contact_passes_the_door(source: str, read: Callable[[str], Read], surnames: list[str]) -> None:
    found_in = read(source)
    columns: dict[str, list[str]] = {}
    for row in found_in.rows:
        for column, value in row.items():
            columns.setdefault(column, []).append(str(value))
    columns["rejected"] = [str(rejected) for report in found_in.reports for rejected in report.rejected]
    columns["outside"] = [why for report in found_in.reports for why in report.outside]
    columns["messages"] = [str(file.message) for file in found_in.taken]
    found = {column: _contacts("\n".join(values), surnames) for column, values in columns.items()}
    assert {column: contacts for column, contacts in found.items() if contacts} == {}


@each_source
def test_a_register_tells_which_of_its_fields_are_about_people(source: str) -> None:
    served = _BY_SOURCE[source]
    register = registers()[served.register]
    assert bool(register.personal_fields) == (register.name not in NOBODY)
    assert not (served.carries and register.name in NOBODY)


# --- sole traders -----------------------------------------------------------------------------------------------------
def _persons(town: Town) -> set[str]:
    """Names that only sole traders carry, in capitals."""
    firms = {business.name for business in town.businesses if not business.is_natural_person}
    return {business.name for business in town.businesses if business.key in town.truth.natural_persons} - firms


@pytest.fixture(scope="session")
def records(read: Callable[[str], Read], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What `core.organisation_record` would hold of all registers of businesses."""
    rows = [
        RegisterRows(f"{served.source}{number}", file, "licence", None, stale_days=0)
        for served in SERVED
        if served.sole_traders
        for number, file in enumerate(read(served.source).files)
    ]
    regions = [Region(id="lark", name="Larkmere", state="ZZ", cities=["Larkmere"])]
    into = tmp_path_factory.mktemp("records") / "records.parquet"
    build_records(rows, regions, [], into, [load_city(city) for city in known_cities()])
    return pq.read_table(into).to_pylist()


@pytest.mark.parametrize("source", [served.source for served in SERVED if served.sole_traders])
def test_sole_traders_are_kept_and_marked(source: str, records: list[dict[str, Any]], larkmere: Town) -> None:
    persons = _persons(larkmere)
    served = [row for row in records if row["source"] == f"{source}0" and row["name"].upper() in persons]
    assert served, "the town serves sole traders in this register"
    assert [row["name"] for row in served if not row["is_natural_person"]] == []
    assert {row["partner_exclusion"] for row in served} <= {"natural_person", "inactive"}
    assert {row["status"] for row in served if row["partner_exclusion"] == "inactive"} <= {"inactive"}


def test_registers_without_sole_traders_serve_none(read: Callable[[str], Read], larkmere: Town) -> None:
    persons = _persons(larkmere)
    names = {
        served.source: {str(row.get("name") or row.get("receiver_name") or "").upper() for row in read(served.source).rows}
        for served in SERVED
        if not served.sole_traders
    }
    assert {source: found & persons for source, found in names.items() if found & persons} == {}


# --- a whole night with every register --------------------------------------------------------------------------------
REGIONS = [
    {"id": "us-zz-larkmere", "name": "Larkmere", "country": "US", "state": "ZZ", "cities": ["Larkmere"]},
    {"id": "gb-larkmere", "name": "Larkmere in England", "country": "GB", "cities": ["Larkmere"], "postcodes": ["ZZ*"]},
]


#: Registers left out of it: the same bodies in the same rows as another one, by an API or under another name.
TWINS = {"fhrs_api", "grants_gov_api", "little_rock", "sam_listings_api"}


@dataclass(frozen=True)
class Night:
    """What a night with every register made."""

    root: Path

    @property
    def warehouse(self) -> Path:
        """The published DuckDB file."""
        return self.root / "warehouse" / "partners.duckdb"


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory, dagster_in_memory: None) -> Night:
    """A profile with all registers, run once."""
    folder = tmp_path_factory.mktemp("everything")
    one_of_each = {served.register: served for served in SERVED if served.register not in TWINS}.values()
    settings = {
        **yaml.safe_load((PROFILES / "practice.yaml").read_text("utf-8")),
        "name": "everything",
        "practice": {"seed": SEED, "size": SIZE},
        "regions": REGIONS,
        "sources": [_source(served) for served in one_of_each],
    }
    path = folder / "everything.yaml"
    path.write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARTNERS_DATA", str(folder / "data"))
        patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        outcome = run_nightly(load_profile(path), ANCHOR)
    assert outcome.success, outcome.failures
    return Night(outcome.root)


def _source(served: Served) -> dict[str, Any]:
    register = registers()[served.register]
    chosen = {"name": served.register, "url": f"practice:{served.path}", "options": served.options, "floor": 1}
    return chosen | ({"share_alike": True} if register.share_alike else {})


@pytest.fixture(scope="session")
def searched(night: Night) -> dict[str, str]:
    """Everything the night made for readers: its text by name of table or file."""
    found = {}
    with duckdb.connect(str(night.warehouse), read_only=True) as con:
        tables = con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        found = {table: _values(con, table) for (table,) in tables}
    with duckdb.connect() as con:
        for file in sorted((night.root / "exports" / "latest").rglob("*")):
            if file.is_file():
                packed = file.suffix == ".parquet"
                found[f"exports/{file.name}"] = _values(con, f"'{file}'") if packed else _text_of(file.read_bytes())
    for file in sorted((night.root / "report" / "latest").rglob("*.html")):
        found[f"report/{file.name}"] = html.unescape(file.read_text("utf-8"))
    return found


def _values(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """What stands in any column of a table, once each."""
    columns = [column for column, *_ in con.execute(f"DESCRIBE FROM {table}").fetchall()]
    each = ", ".join(f'list(DISTINCT "{column}"::VARCHAR)' for column in columns)
    lists = con.execute(f"SELECT {each} FROM {table}").fetchall()[0]
    return "\n".join(value for values in lists for value in values or () if value is not None)


def test_every_register_took_part(night: Night) -> None:
    with duckdb.connect(str(night.warehouse), read_only=True) as con:
        told = dict(con.execute("SELECT source, sum(kept_count) FROM meta.source_run GROUP BY 1").fetchall())
    assert {source for source, kept in told.items() if kept} == {served.register for served in SERVED} - TWINS


def test_the_search_looks_at_every_kind_of_output(searched: dict[str, str]) -> None:
    kinds = {name.partition(".")[0] if "/" not in name else Path(name).suffix for name in searched}
    assert kinds == {"core", "mart", "meta", ".parquet", ".csv", ".jsonl", ".json", ".geojson", ".xlsx", ".html", ""}
    partners = {name for name, text in searched.items() if "larkmere" in text.lower()}
    assert {"core.organisation", "mart.opportunity", "exports/organisation.csv", "exports/organisation.parquet"} <= partners


def test_no_contact_is_named_anywhere(searched: dict[str, str], surnames: list[str]) -> None:
    found = {name: _contacts(text, surnames) for name, text in searched.items()}
    assert {name: contacts for name, contacts in found.items() if contacts} == {}


def test_sole_traders_are_named_in_core_only(searched: dict[str, str], larkmere: Town) -> None:
    persons = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(_persons(larkmere))), re.IGNORECASE)
    named = {name: {match[0].upper() for match in persons.finditer(text)} for name, text in searched.items()}
    assert len(named["core.organisation_record"]) > 20
    assert {name: found for name, found in named.items() if found and not name.startswith("core.")} == {}
