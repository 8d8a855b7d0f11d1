"""What the practice town does wrong on order, injected over real loopback HTTP, and what becomes of the night: no fault loses a
good snapshot, hangs, or passes as success.

The long versions (real time-outs, thousands of pages, hundreds of nights) are `make soak`.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from assets.night import Night, SourceOrder
from assets.opportunities.lists import Caps
from assets.organisations.reading import ReadFile, read_source
from assets.snapshots.assets import take_source
from assets.snapshots.take import FileOption
from sources.answers import AnswerMemory
from sources.catalogue import register_for
from sources.http import PoliteSession
from sources.practice.faults import FAULTS, Fault, Faults
from sources.practice.faults_in_files import (
    changing,
    first_rows,
    gzip_bomb,
    in_zip,
    log_in_page,
    renaming,
    with_cp1252_dashes,
    zip_bomb,
)
from sources.practice.server import serve

FIRST_NIGHT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SEED, SIZE = 7, 0.5
#: No case may hold the night for longer, whatever the far end does: time-outs add up to a second, the rest is a busy machine.
LONGEST_S = 5.0
#: How long a far end that answers may take to; one that is told to be silent is not waited for.
PATIENCE_S, NO_PATIENCE_S = 5.0, 0.3
SILENT = {"silence", "silence once", "stall in the body"}

# --- the registers ---------------------------------------------------------------------------------------------------

IRS, ROBOTS = "/irs_bmf/eo_zz.csv", "/robots.txt"
ROR, ROR_ZIP = "/ror/api/records/", "/ror/files/ror-data.zip"
FHRS = "/fhrs/OpenDataFiles/FHRS999en-GB.xml"
FHRS_API = "/fhrs_api/Establishments"
OSCR = "/oscr/download/charity-register"
CCEW = "/ccew/data/json/publicextract.charity.zip"
CCEW_CLASSES = "/ccew/data/json/publicextract.charity_classification.zip"
GOVUK, GOVUK_PAGES = "/govuk/api/search.json", "/govuk/api/content/business-finance-support/*"


@dataclass(frozen=True)
class Setting:
    """How a register is had from the town."""

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    floor: int | None = None
    """Half a town holds fewer rows than some registers must."""


SETTINGS = {
    "irs_bmf": Setting(IRS),
    "ror": Setting(ROR, {"country": "US", "state": "ZZ"}),
    "fhrs": Setting("/fhrs/OpenDataFiles", {"authorities": "999"}),
    "fhrs_api": Setting(FHRS_API, {"page_size": 40}, floor=100),
    "oscr": Setting(OSCR, floor=100),
    "ccew": Setting("/ccew/data/json/publicextract.{table}.zip", floor=100),
    "govuk": Setting(f"{GOVUK}?filter_format=business_finance_support_scheme&count=20"),
}
#: Enough for any register of the town, and soon over where paging has no end.
MAX_PAGES = 60


def order_of(source: str, base: str, allowed_hosts: tuple[str, ...] = ()) -> SourceOrder:
    """The register as a profile would order it from the town."""
    register, setting = register_for(source), SETTINGS[source]
    register = replace(register, host_delay_s=0.0, max_pages=MAX_PAGES, floor=setting.floor or register.floor)
    slots = list(getattr(register, "tables", ["file-1"]))
    return SourceOrder(
        register=register,
        files=[FileOption(slot=slot, url=base + setting.url.format(table=slot)) for slot in slots],
        options=setting.options,
        record_url=None,
        allowed_hosts=allowed_hosts,
    )


# --- the nights ------------------------------------------------------------------------------------------------------


class Hasty(PoliteSession):
    """A session with short time-outs, whose waits are instant."""

    def __init__(self, root: Path, now: datetime, longest_s: float, patience_s: float) -> None:
        self._longest_s = longest_s
        super().__init__(
            "0.1.0", private_hosts={"127.0.0.1"}, memory=AnswerMemory(root / "snapshots" / "answers"), tries=2,
            connect_timeout_s=1.0, read_timeout_s=patience_s, seed=1, sleep=lambda _: None, wall_clock=now.timestamp,
        )  # fmt: skip

    def send(self, *args: Any, max_seconds: float, **more: Any) -> Any:
        return super().send(*args, max_seconds=min(max_seconds, self._longest_s), **more)


class Nights:
    """One source, fetched and read one night after the other."""

    def __init__(self, root: Path, order: SourceOrder, longest_s: float = 60.0, patience_s: float = PATIENCE_S) -> None:
        """`longest_s`: what a request may take, all tries together; `patience_s`: how long the far end may say nothing."""
        self.root = root
        self.order = order
        self.longest_s = longest_s
        self.patience_s = patience_s
        self.seconds = 0.0

    def pass_by(self, number: int, *, offline: bool = False) -> ReadFile:
        """What the source's first file came to on that night (1 is the first)."""
        now = FIRST_NIGHT + timedelta(days=number - 1, minutes=number)
        night = Night(
            run_id=f"night-{number}", profile="faults", chamber="Larkmere", as_of=now.date(), started_at_utc=now,
            code_version="0.1.0", root=self.root, regions=(), places=(), sources=(self.order,), cities=(), weights={}, caps=Caps(10, 3, 2, 20, 2),
            report_top_per_industry=1, keep_versions=1, keep_runs=1, offline=offline,
        )  # fmt: skip
        vars(night)["http"] = Hasty(self.root, now, self.longest_s, self.patience_s)
        self.store = night.store
        started = time.monotonic()
        self.read = read_source(night, self.order, take_source(night, self.order))
        self.seconds = time.monotonic() - started
        return self.read[0]

    def latest(self) -> str | None:
        """Hash of the snapshot that stands for the first file."""
        found = self.store.latest(self.order.name, self.order.files[0].slot)
        return found.record.sha256 if found else None


@pytest.fixture(scope="module")
def faults() -> Faults:
    """The order of the town that is served."""
    return Faults()


@pytest.fixture(scope="module")
def base(faults: Faults) -> Iterator[str]:
    """The town."""
    with pytest.MonkeyPatch.context() as patch, serve(SEED, SIZE, faults=faults) as address:
        patch.setenv("NO_PROXY", "127.0.0.1")
        zip_bomb(), gzip_bomb()  # are made once, and not while a client waits
        yield address


@pytest.fixture(scope="module")
def good_night(base: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, ReadFile]]:
    """The first night of a source, all being well: its folder, not to be changed, and what it came to. Made once a source."""
    made: dict[str, tuple[Path, ReadFile]] = {}

    def good(source: str) -> tuple[Path, ReadFile]:
        if source not in made:
            root = tmp_path_factory.mktemp(source)
            read = Nights(root, order_of(source, base)).pass_by(1)
            assert (read.taken.fetch_status, read.taken.message) == ("fetched", None)
            made[source] = root, read
        return made[source]

    return good


def packed(change: Callable[[bytes], bytes]) -> Fault:
    """`change` for what is in the ZIP."""
    return changing(in_zip(change))


# --- the table -------------------------------------------------------------------------------------------------------

#: What becomes of the night where no good one was before, and where one was.
REFUSED = ("missing", "last_good")
USED = ("fetched", "fetched")
UNCHANGED = ("fetched", "not_modified")


@dataclass(frozen=True)
class Case:
    """One fault at one address of one register."""

    source: str
    fault: str | Fault
    becomes: tuple[str, str]
    says: str = ""
    """A piece of the message; in the register's own words where the file is used."""
    at: str = ""
    """Where the fault lies, if not at the register's own address."""
    about: str = ""
    """What a fault without a name is called."""
    allowed_hosts: tuple[str, ...] = ()
    longest_s: float = 60.0
    """What a request may take; far less than an hour where that is what ends it."""

    @property
    def patience_s(self) -> float:
        """How long the far end may say nothing."""
        return NO_PATIENCE_S if self.fault in SILENT else PATIENCE_S

    def __str__(self) -> str:
        place = "robots.txt" if self.at == ROBOTS else self.at.rsplit("/", 1)[-1] if self.at else ""
        words = [self.source, self.about or str(self.fault), f"at {place}" if place else "", *self.allowed_hosts]
        return " ".join(word for word in words if word)


CASES = [
    # The server and the way.
    Case("irs_bmf", "429 once", UNCHANGED),
    Case("irs_bmf", "429 for ever", REFUSED, "HTTP 429 and asks for 7 s of patience"),
    Case("irs_bmf", "429 for an hour", REFUSED, "asks for 3600 s of patience"),
    Case("irs_bmf", "500 once", UNCHANGED),
    Case("irs_bmf", "500 for ever", REFUSED, "HTTP 500"),
    Case("irs_bmf", "404", REFUSED, "HTTP 404"),
    Case("irs_bmf", "silence", REFUSED, "No whole answer"),
    Case("irs_bmf", "silence once", UNCHANGED),
    Case("irs_bmf", "hang up", REFUSED, "No whole answer"),
    Case("irs_bmf", "stall in the body", REFUSED, "No whole answer"),
    Case("irs_bmf", "slow drip", REFUSED, "was still not there whole when its", longest_s=0.7),
    Case("irs_bmf", "cut", REFUSED, "No whole answer"),
    Case("irs_bmf", "cut once", USED),
    Case("irs_bmf", "redirect loop", REFUSED, "redirects more than 5 times"),
    Case("irs_bmf", "redirect to a private address", REFUSED, "redirects to another host"),
    Case("irs_bmf", "redirect to a private address", REFUSED, "lies in a private network", allowed_hosts=("10.*",)),
    Case("irs_bmf", "redirect to the cloud's own address", REFUSED, "not encrypted", allowed_hosts=("*",)),
    Case("irs_bmf", "redirect to another host", REFUSED, "name elsewhere.example under `allowed_hosts:`"),
    Case("irs_bmf", "redirect to a file", REFUSED, "is no http or https address"),
    Case("irs_bmf", "robots disallow", REFUSED, "robots.txt disallows", at=ROBOTS),
    Case("irs_bmf", "500 for ever", REFUSED, "robots.txt could not be read", at=ROBOTS),
    Case("irs_bmf", "silence", REFUSED, "robots.txt could not be read", at=ROBOTS),
    Case("irs_bmf", "404", UNCHANGED, at=ROBOTS),
    # Another file, or a damaged one. What a file is, is told by its bytes: servers often name the wrong type.
    Case("irs_bmf", "HTML type", UNCHANGED),
    Case("irs_bmf", "log-in page", REFUSED, "is a web page"),
    Case("irs_bmf", "log-in page as JSON", REFUSED, "is a web page"),
    Case("irs_bmf", "empty", REFUSED, "is empty"),
    Case("irs_bmf", "half", REFUSED, "fewer than its floor of 200"),
    Case("irs_bmf", "a few rows", REFUSED, "5 rows, fewer than its floor of 200"),
    Case("irs_bmf", "zip bomb", REFUSED, "unpacks to more than"),
    Case("irs_bmf", "gzip bomb", REFUSED, "unpacks to more than"),
    Case("irs_bmf", "gzip bomb as encoding", REFUSED, "unpacks to more than"),
    Case("irs_bmf", "nested zip", REFUSED, "packed more than twice over"),
    Case("irs_bmf", "path traversal", REFUSED, "names a file outside its folder"),
    # A changed layout.
    Case("irs_bmf", "changed header", REFUSED, "columns ['EIN', 'NAME'"),
    Case("irs_bmf", renaming(b"EIN,", b"EMPLOYER,"), REFUSED, "columns ['EIN'] are missing", about="renamed column"),
    Case("irs_bmf", "added column", USED, "SURPRISE"),
    Case("irs_bmf", "BOM", USED),
    Case("irs_bmf", "cp1252", USED),
    Case("irs_bmf", "NULs", USED),
    Case("irs_bmf", "duplicate keys", USED, "id occurs more than once"),
    # A search that leads to a ZIP.
    Case("ror", "500 for ever", REFUSED, "HTTP 500"),
    Case("ror", "log-in page as JSON", REFUSED, "the search reply has no hits"),
    Case("ror", "half", REFUSED, "the search reply has no hits"),
    Case("ror", "half", REFUSED, "cut short, damaged", at=ROR_ZIP),
    Case("ror", "log-in page", REFUSED, "is a web page", at=ROR_ZIP),
    Case("ror", "zip bomb", REFUSED, "unpacks to more than", at=ROR_ZIP),
    Case("ror", "path traversal", REFUSED, "names a file outside its folder", at=ROR_ZIP),
    Case("ror", packed(lambda _: b"[]"), REFUSED, "no record has", at=ROR_ZIP, about="no records"),
    Case("ror", packed(lambda body: body[:-99]), REFUSED, "ror", at=ROR_ZIP, about="cut JSON"),
    Case(
        "ror", packed(lambda body: body.replace(b'"locations"', b'"places"')), REFUSED, "locations", at=ROR_ZIP, about="renamed"
    ),
    # XML.
    Case("fhrs", "half", REFUSED, "no whole XML", at=FHRS),
    Case("fhrs", "cut once", USED, at=FHRS),
    Case("fhrs", "log-in page", REFUSED, "is a web page", at=FHRS),
    Case("fhrs", "entity bomb", REFUSED, "fhrs", at=FHRS),
    Case("fhrs", "external entity", REFUSED, "DTD", at=FHRS),
    Case("fhrs", renaming(b"BusinessName", b"TradingName"), REFUSED, "BusinessName", at=FHRS, about="renamed tag"),
    # CSV in a ZIP.
    Case("oscr", "half", REFUSED, "cut short, damaged"),
    Case("oscr", packed(first_rows), REFUSED, "5 rows, fewer than its floor of 100", about="a few rows"),
    Case("oscr", packed(with_cp1252_dashes), USED, about="cp1252"),
    Case("oscr", packed(lambda body: body.replace(b"Charity Name", b"Title")), REFUSED, "'Charity Name'", about="renamed"),
    # Several tables.
    Case("ccew", "half", REFUSED, "cut short, damaged", at=CCEW),
    Case("ccew", packed(first_rows), REFUSED, "fewer than its floor of 100", at=CCEW, about="a few rows"),
    Case("ccew", packed(lambda b: b.replace(b'"charity_name"', b'"n"')), REFUSED, "charity_name", at=CCEW, about="renamed"),
    Case("ccew", "500 for ever", UNCHANGED, at=CCEW_CLASSES),
    # Pages.
    Case("govuk", "log-in page", REFUSED, "is no search reply"),
    Case("govuk", "robots disallow", REFUSED, "robots.txt disallows", at=ROBOTS),
    Case("govuk", "500 for ever", REFUSED, "HTTP 500", at=GOVUK_PAGES),
    Case("govuk", "cut", REFUSED, "No whole answer", at=GOVUK_PAGES),
    Case("govuk", "cut once", UNCHANGED, at=GOVUK_PAGES),
    Case("govuk", "404", REFUSED, "not one page came", at=GOVUK_PAGES),
    Case("govuk", "same page for ever", REFUSED, "paging has no end"),
    Case("fhrs_api", "same page for ever", REFUSED, "paging has no end"),
    Case("fhrs_api", "new pages for ever", REFUSED, f"more than {MAX_PAGES} requests"),
    Case("fhrs_api", "shrinking total", USED),
    Case("govuk", "shrinking total", UNCHANGED),
    Case("fhrs_api", log_in_page("application/json"), REFUSED, "is no JSON", about="log-in page"),
]


def test_every_fault_of_the_town_is_in_the_table() -> None:
    assert set(FAULTS) == {case.fault for case in CASES if isinstance(case.fault, str)}


@pytest.fixture
def case(request: pytest.FixtureRequest, faults: Faults) -> Iterator[Case]:
    """One row of the table; the town is well again after it."""
    yield request.param
    faults.clear()


def _order(faults: Faults, case: Case) -> None:
    faults.set(case.at or SETTINGS[case.source].url.partition("?")[0], case.fault)


def _said(read: ReadFile) -> str:
    """All that the run is told of a file."""
    rules = [row.rule for row in read.report.rejected]
    return " ".join([read.taken.message or "", *read.report.unknown_columns, *rules])


def _rows(read: ReadFile) -> Any:
    assert read.rows is not None
    return pq.read_table(read.rows)


@pytest.mark.parametrize("case", CASES, ids=str, indirect=True)
def test_a_fault_on_the_first_night(case: Case, base: str, faults: Faults, good_night: Any, tmp_path: Path) -> None:
    # Rows once read are known by their bytes; sharing them saves reading the good file again and again.
    (tmp_path / "rows").symlink_to(good_night(case.source)[0] / "rows")
    nights = Nights(tmp_path, order_of(case.source, base, case.allowed_hosts), case.longest_s, case.patience_s)
    _order(faults, case)
    read = nights.pass_by(1)
    assert (read.taken.fetch_status, case.says in _said(read)) == (case.becomes[0], True), _said(read)
    assert nights.seconds < LONGEST_S
    assert nights.store.verify() == []
    if case.becomes == REFUSED:
        assert (read.rows, nights.latest()) == (None, None)
        assert "No earlier snapshot stands in for it" in _said(read)
    else:
        assert read.report.kept == good_night(case.source)[1].report.kept
    faults.clear()
    assert nights.pass_by(2).taken.fetch_status in ("fetched", "not_modified")
    assert _rows(nights.read[0]).equals(_rows(good_night(case.source)[1]))


@pytest.mark.parametrize("case", CASES, ids=str, indirect=True)
def test_a_fault_between_two_good_nights(case: Case, base: str, faults: Faults, good_night: Any, tmp_path: Path) -> None:
    before, good = good_night(case.source)
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    nights = Nights(tmp_path, order_of(case.source, base, case.allowed_hosts), case.longest_s, case.patience_s)
    _order(faults, case)
    read = nights.pass_by(2)
    assert (read.taken.fetch_status, case.says in _said(read)) == (case.becomes[1], True), _said(read)
    assert nights.seconds < LONGEST_S
    assert nights.store.verify() == []
    assert read.report.kept == good.report.kept
    if case.becomes == REFUSED:
        assert (read.taken.sha256, read.taken.stale_days) == (good.taken.sha256, 1)
        assert nights.latest() == good.taken.sha256
        assert "The snapshot of 2026-11-20 stands in for it (1 days old)" in _said(read)
    else:
        assert (read.taken.stale_days, nights.latest()) == (0, read.taken.sha256)
    faults.clear()
    after = nights.pass_by(3)
    assert after.taken.fetch_status in ("fetched", "not_modified")
    assert (after.taken.stale_days, after.taken.message) == (0, None)
    assert [file.taken.fetch_status in ("fetched", "not_modified") for file in nights.read] == [True] * len(nights.read)
    assert _rows(after).equals(_rows(good))


# --- what the table does not show ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["500 for ever", packed(lambda _: b"{}")], ids=["not fetched", "not readable"])
def test_only_the_table_at_fault_gives_way(
    fault: str | Fault, base: str, faults: Faults, good_night: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(faults.clear)
    before, good = good_night("ccew")
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    nights = Nights(tmp_path, order_of("ccew", base))
    faults.set(CCEW_CLASSES, fault)
    read = nights.pass_by(2)
    states = {file.taken.slot: file.taken.fetch_status for file in nights.read}
    assert states.pop("charity_classification") == "last_good"
    assert set(states.values()) == {"not_modified"}
    assert _rows(read).equals(_rows(good))


@pytest.mark.parametrize("source", ["irs_bmf", "ccew"])
def test_a_replay_with_a_stricter_reader_withdraws_nothing(source: str, base: str, good_night: Any, tmp_path: Path) -> None:
    before, good = good_night(source)
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    order = order_of(source, base)
    nights = Nights(tmp_path, replace(order, register=replace(order.register, floor=1_000_000)))
    assert nights.pass_by(1, offline=True).taken.fetch_status == "missing"
    assert nights.latest() == good.taken.sha256
