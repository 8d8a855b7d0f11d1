"""The daily extract of Grants.gov: codes, amounts, text escaped twice, forecasts, and XML that is up to something."""

from __future__ import annotations

import html
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import grants_gov
from sources.frame import read_register
from sources.paging import Answer
from sources.register import Audit, ReadReport, RegisterError, Rejected

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
OPEN = '<Grants xmlns="http://apply.grants.gov/system/OpportunityDetail-V1.0">'
CALL: dict[str, Any] = {
    "OpportunityID": "399001",
    "OpportunityTitle": "Otter Habitat Awards",
    "FundingInstrumentType": ["CA", "G"],
    "EligibleApplicants": ["23", "12", "99"],
    "AgencyName": "Office of Weirs &amp; Locks",
    "PostDate": "01172025",
    "CloseDate": "04222025",
    "LastUpdatedDate": "02032025",
    "AwardCeiling": "2750000",
    "AwardFloor": "875000",
    "Description": "&lt;p&gt;Weirs &amp;amp; locks.&lt;/p&gt;&lt;p&gt;Ask Tallulah.&lt;/p&gt;",
    "ArchiveDate": "05222025",
    "GrantorContactEmail": "tallulah.fenwicke@example.org",
    "GrantorContactText": "Tallulah Fenwicke&lt;br/&gt;Phone 555-0100",
}

Row = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Row]]]


def call(kind: str = "Synopsis", **changed: Any) -> str:
    """One opportunity; a value of None leaves the field out. Values are escaped once, as XML asks."""
    fields = {name: value for name, value in {**CALL, **changed}.items() if value is not None}
    inner = "".join(
        f"<{n}>{html.escape(v, quote=False)}</{n}>" for n, vs in fields.items() for v in ([vs] if isinstance(vs, str) else vs)
    )
    return f"<Opportunity{kind}Detail_1_0>{inner}</Opportunity{kind}Detail_1_0>"


def extract(*calls: str) -> bytes:
    return f"{HEAD}{OPEN}{''.join(calls)}</Grants>".encode()


def zipped(members: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in members.items():
            writer.writestr(name, content)
    return archive.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(data: bytes) -> tuple[ReadReport, list[Row]]:
        (tmp_path / "extract").write_bytes(data)
        report = read_register(grants_gov.REGISTER, tmp_path / "extract", {}, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_an_opportunity_field_by_field(read: Read) -> None:
    report, (row,) = read(extract(call()))
    assert report.unknown_columns == ()
    assert row == {
        "native_id": "399001",
        "title": "Otter Habitat Awards",
        "agency": "Office of Weirs & Locks",
        "kinds": ["grant"],
        "objective": "Weirs & locks. Ask Tallulah.",
        "applicants": ["anyone", "nonprofit", "small_business"],
        "industries": [],
        "country": "US",
        "places": [],
        "opens_on": date(2025, 1, 17),
        "closes_on": date(2025, 4, 22),
        "amount_min": 875_000,
        "amount_max": 2_750_000,
        "currency": "USD",
        "status": "open",
        "record_url": None,
    }


def test_contacts_are_nowhere_in_what_is_read(read: Read) -> None:
    _, rows = read(extract(call()))
    assert not [word for word in ("Fenwicke", "fenwicke", "555-0100", "example.org") if word in str(rows)]


CASES: tuple[tuple[Row, str, Any], ...] = (
    ({"AwardCeiling": "none", "AwardFloor": "none"}, "amount_max", None),
    ({"AwardFloor": "0"}, "amount_min", None),
    ({"CloseDate": None}, "closes_on", date(2025, 5, 22)),  # the day of archiving
    ({"CloseDate": None, "ArchiveDate": None}, "closes_on", None),
    ({"CloseDate": "02302025", "ArchiveDate": None}, "closes_on", None),
    ({"FundingInstrumentType": ["PC", "O"]}, "kinds", ["contract", "other"]),
    ({"FundingInstrumentType": None}, "kinds", []),
    ({"EligibleApplicants": ["00", "06", "08", "05"]}, "applicants", ["public"]),
    ({"EligibleApplicants": ["07", "11", "20", "13"]}, "applicants", ["nonprofit", "tribal"]),
    ({"EligibleApplicants": ["21", "22", "25"]}, "applicants", ["business", "individual", "other"]),
    ({"EligibleApplicants": None}, "applicants", []),
    ({"Description": None}, "objective", None),
    ({"Description": "   "}, "objective", None),
    ({"OpportunityTitle": "Weirs &amp; Locks"}, "title", "Weirs & Locks"),
)


def test_each_field_in_our_words(read: Read) -> None:
    _, rows = read(extract(*(call(OpportunityID=f"{399_000 + n}", **changed) for n, (changed, _, _) in enumerate(CASES))))
    found = tuple((changed, column, row[column]) for (changed, column, _), row in zip(CASES, rows, strict=True))
    assert found == CASES


def test_a_forecast_has_estimated_days_and_is_no_open_call(read: Read) -> None:
    forecast = call("Forecast", CloseDate=None, EstimatedSynopsisPostDate="07012026", EstimatedSynopsisCloseDate="09302026")
    _, (row,) = read(extract(forecast))
    assert (row["status"], row["opens_on"], row["closes_on"]) == ("unknown", date(2026, 7, 1), date(2026, 9, 30))


def test_an_opportunity_without_id_or_title_is_set_aside(read: Read) -> None:
    report, rows = read(
        extract(call(OpportunityID="x1"), call(OpportunityTitle=None), call(OpportunityID=None), call(OpportunityID="7"))
    )
    assert [row["native_id"] for row in rows] == ["7"]
    assert report.rejected == [
        Rejected(1, "x1", "opportunity id is no number", "OpportunityID", "x1"),
        Rejected(2, "399001", "no title", "OpportunityTitle"),
        Rejected(3, None, "opportunity id is no number", "OpportunityID", None),
    ]


def test_a_new_field_is_told_and_a_lost_one_stops_the_source(read: Read) -> None:
    report, _ = read(extract(call(OtterIndex="7")))
    assert report.unknown_columns == ("OtterIndex",)
    with pytest.raises(RegisterError, match="no record has LastUpdatedDate"):
        read(extract(call(LastUpdatedDate=None)))


def test_the_xml_may_be_packed_or_plain(read: Read) -> None:
    plain = extract(call())
    assert read(zipped({"GrantsDBExtract20250304v2.xml": plain, "readme.txt": b"otters"}))[1] == read(plain)[1]


BOMB = '<!DOCTYPE Grants [<!ENTITY a "otter"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        pytest.param(f"{HEAD}{BOMB}{OPEN}{call(OpportunityTitle='T')}</Grants>".encode(), "brings a DTD", id="document type"),
        pytest.param(f"{HEAD}{BOMB}{OPEN}&b;</Grants>".encode(), "no record has OpportunityID", id="entities and nothing else"),
        pytest.param(extract(call())[:-60], "grants_gov: .*cannot be read", id="cut short"),
        pytest.param(zipped({"a.xml": extract(call())})[:-30], "grants_gov: .*cannot be read", id="archive cut short"),
        pytest.param(zipped({"readme.txt": b"otters"}), r"no \.xml in the ZIP, found \['readme\.txt'\]", id="no XML in it"),
        pytest.param(b"<!DOCTYPE html><html><p>Sorry</html>", "grants_gov: ", id="web page"),
        pytest.param(b"", "grants_gov: ", id="nothing at all"),
    ],
)
def test_what_is_no_extract_is_a_register_error(read: Read, data: bytes, complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        read(data)


def test_an_archive_that_unpacks_to_too_much_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants_gov, "_MAX_UNPACKED", 100)
    with pytest.raises(RegisterError, match=r"a\.xml unpacks to [\d,]+ bytes, more than 100"):
        read(zipped({"a.xml": extract(call())}))


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(calls: int) -> int:
        data = io.BytesIO(extract(*[call(Description="otters " * 100)] * calls))
        tracemalloc.start()
        assert sum(1 for _ in grants_gov._parse(data, {}, Audit())) == calls
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(2_000) < peak(200) + 500_000


# --- where the extract lies ------------------------------------------------------------------------------------------
def asked(found: set[str]) -> tuple[list[str], list[str]]:
    """Days asked for, and what `locate` gives, where the server has the files of `found`."""
    conversation, asked_for = grants_gov.locate("https://x.example/GrantsYYYYMMDDv2.zip", {}, date(2026, 3, 2)), []
    try:
        ask = next(conversation)
        while True:
            assert ask.head and ask.may_be_missing and not ask.keep
            asked_for.append(ask.url[-14:-6])
            ask = conversation.send(Answer(ask.url, 200 if asked_for[-1] in found else 404, b""))
    except StopIteration as end:
        return asked_for, end.value


def test_the_newest_file_is_found_going_back_day_by_day() -> None:
    assert asked({"20260302", "20260301"}) == (["20260302"], ["https://x.example/Grants20260302v2.zip"])
    assert asked({"20260228"}) == (["20260302", "20260301", "20260228"], ["https://x.example/Grants20260228v2.zip"])
    assert asked({"20260223"})[1] == ["https://x.example/Grants20260223v2.zip"]


def test_no_file_in_a_week_says_what_to_do() -> None:
    with pytest.raises(RegisterError, match="no extract of the 7 days before 2026-03-02.*`path:`"):
        asked({"20260222"})
