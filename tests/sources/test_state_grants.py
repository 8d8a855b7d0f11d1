"""Two state grant portals: California's lists of values and Pennsylvania's blanks; programmes and people invented."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import california_grants, pennsylvania_grants
from sources.frame import read_register
from sources.register import ReadReport, RecordRegister, RegisterError, Rejected

Row = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Row]]]

CALIFORNIAN = dict.fromkeys(california_grants.FIELDS) | {
    "PortalID": "117",
    "Status": "active",
    "AgencyDept": "Weirs Board",
    "Title": "Otter\xa0Awards",
    "Type": "Grant; Loan",
    "Purpose": "Mends weirs.\xa0 \xa0",
    "Description": "Long.",
    "ApplicantType": "Business; Nonprofit; Tribal Government",
    "EstAvailFunds": "$25,000,000",
    "EstAmounts": "Between $500 and $10,000",
    "OpenDate": "2025-06-11 07:00:00",
    "ApplicationDeadline": "2025-08-07 11:59:00",
    "ElecSubmission": "email: tf@example.org;",
    "GrantURL": "https://weirs.example/otters",
    "ContactInfo": "name: Tallulah Fenwicke; email: tf@example.org; tel: 1-555-0100;",
}
PENNSYLVANIAN = dict.fromkeys(pennsylvania_grants.FIELDS, "") | {
    "slug": "weirs1",
    "title": "Otter Awards",
    "status": "Accepting applications",
    "issuingAgency": "Weirs ",
    "overview": "Mends <b>weirs</b>.<br />Small firms.",
    "openDate": "2024-08-01T12:00:00-00:00",
    "closeDate": "2026-11-15T12:00:00-00:00",
    "applicantCategory": "Municipality; Nonprofit; Business",
    "fundingType": "Grant ",
    "minimumAward": "5000",
    "maximumAward": "50000",
    "issuingAgencyUrl": "https://weirs.example/",
    "issuingAgencyGrantNumber": 1,
    "pointOfContact": {"name": "Tallulah Fenwicke, 555-0100, tf@example.org"},
    "additionalResources": [],
    "processSteps": [],
    "FAQs": [],
}


def california(*records: Row) -> bytes:
    fields = [{"id": name, "type": "text"} for name in records[0]]
    return json.dumps({"fields": fields, "records": [list(r.values()) for r in records]}).encode()


def pennsylvania(*records: Row) -> bytes:
    return json.dumps({"grants": records}).encode()


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(register: RecordRegister, data: bytes) -> tuple[ReadReport, list[Row]]:
        (tmp_path / "grants.json").write_bytes(data)
        report = read_register(register, tmp_path / "grants.json", {}, tmp_path / "rows.parquet")
        assert report.read == report.kept + len(report.rejected)
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


def test_a_californian_grant_field_by_field(read: Read) -> None:
    report, (row,) = read(california_grants.REGISTER, california(CALIFORNIAN))
    assert report.unknown_columns == ()
    assert row == {
        "native_id": "117",
        "title": "Otter Awards",
        "agency": "Weirs Board",
        "kinds": ["grant", "loan"],
        "objective": "Mends weirs.",
        "applicants": ["business", "nonprofit", "tribal"],
        "industries": [],
        "country": "US",
        "places": ["US-CA"],
        "opens_on": date(2025, 6, 11),
        "closes_on": date(2025, 8, 7),
        "amount_min": 500,
        "amount_max": 10_000,
        "currency": "USD",
        "status": "open",
        "record_url": "https://weirs.example/otters",
    }


def test_a_pennsylvanian_grant_field_by_field(read: Read) -> None:
    report, (row,) = read(pennsylvania_grants.REGISTER, pennsylvania(PENNSYLVANIAN))
    assert report.unknown_columns == ()
    assert row == {
        "native_id": "weirs1",
        "title": "Otter Awards",
        "agency": "Weirs",
        "kinds": ["grant"],
        "objective": "Mends weirs. Small firms.",
        "applicants": ["business", "nonprofit", "public"],
        "industries": [],
        "country": "US",
        "places": ["US-PA"],
        "opens_on": date(2024, 8, 1),
        "closes_on": date(2026, 11, 15),
        "amount_min": 5_000,
        "amount_max": 50_000,
        "currency": "USD",
        "status": "open",
        "record_url": "https://weirs.example/",
    }


DEPENDS = "Dependant on number of submissions received, application process, etc."
CALIFORNIA_CASES: tuple[tuple[Row, str, Any], ...] = (
    ({"EstAmounts": DEPENDS}, "amount_max", None),  # not $25,000,000, which is for all awards together
    ({"EstAmounts": "Between $1 and $130,000"}, "amount_min", None),
    ({"EstAmounts": "Between $0 and $375,000"}, "amount_max", 375_000),
    ({"EstAmounts": "$10,000"}, "amount_min", 10_000),
    ({"EstAmounts": None}, "amount_min", None),
    ({"Status": "closed"}, "status", "closed"),
    ({"Status": "forecasted"}, "status", "unknown"),
    ({"Status": None}, "status", "unknown"),
    ({"OpenDate": "Summer 2025"}, "opens_on", None),
    ({"ApplicationDeadline": "Ongoing"}, "closes_on", None),
    ({"ApplicationDeadline": None}, "closes_on", None),
    ({"Purpose": "\xa0  \xa0"}, "objective", "Long."),
    ({"ApplicantType": "Other Legal Entity; Public Agency; Individual"}, "applicants", ["individual", "other", "public"]),
    ({"ApplicantType": None}, "applicants", []),
    ({"GrantURL": None, "AgencyURL": "https://board.example/"}, "record_url", "https://board.example/"),
    ({"GrantURL": "see the notice"}, "record_url", None),
)
PENNSYLVANIA_CASES: tuple[tuple[Row, str, Any], ...] = (
    ({"fundingType": "grant; Loan   "}, "kinds", ["grant", "loan"]),
    ({"fundingType": "Bond; loan guarantee"}, "kinds", ["guarantee", "other"]),
    ({"fundingType": "Tax credit"}, "kinds", ["other"]),
    ({"fundingType": "Disaster reimbursement"}, "kinds", ["payment"]),
    ({"fundingType": ""}, "kinds", []),
    (
        {"applicantCategory": "Business, Individual, Non-Profit, and School"},
        "applicants",
        ["business", "individual", "nonprofit", "public"],
    ),
    (
        {"applicantCategory": "Native American Tribal Organization or Government; Other Legal Entity"},
        "applicants",
        ["other", "tribal"],
    ),
    ({"applicantCategory": " ", "applicantType": "Local government; Otters"}, "applicants", ["other", "public"]),
    ({"applicantCategory": None}, "applicants", []),
    ({"closeDate": "2999-12-31T12:00:00-00:00"}, "closes_on", None),
    ({"closeDate": "2035-12-31T12:00:00-00:00"}, "closes_on", date(2035, 12, 31)),
    ({"closeDate": ""}, "closes_on", None),
    ({"status": "Closed"}, "status", "closed"),
    ({"status": "Paused"}, "status", "unknown"),
    ({"maximumAward": "$400,000 to $600,000"}, "amount_max", None),
    ({"maximumAward": 7500}, "amount_max", 7_500),
    ({"minimumAward": "No minimum"}, "amount_min", None),
    ({"minimumAward": "0"}, "amount_min", None),
    ({"overview": ""}, "objective", None),
    ({"additionalResources": [{"title": "Page", "url": "https://weirs.example/p"}]}, "record_url", "https://weirs.example/p"),
    ({"additionalResources": [{"title": "Page", "url": "on paper"}]}, "record_url", "https://weirs.example/"),
    ({"populationServedGeography": "Philadelphia county"}, "places", ["42101"]),
    (
        {"populationServedGeography": "Lycoming, potter, tioga and union counties."},
        "places",
        ["42081", "42105", "42117", "42119"],
    ),
    ({"populationServedGeography": "All counties in pennsylvania, except philadelphia county."}, "places", ["US-PA"]),
    ({"populationServedGeography": "Otter county"}, "places", ["US-PA"]),
    ({"populationServedGeography": None}, "places", ["US-PA"]),
)


def test_each_californian_field_in_our_words(read: Read) -> None:
    told = [{**CALIFORNIAN, "PortalID": str(100 + n), **changed} for n, (changed, _, _) in enumerate(CALIFORNIA_CASES)]
    _, rows = read(california_grants.REGISTER, california(*told))
    found = tuple((changed, column, row[column]) for (changed, column, _), row in zip(CALIFORNIA_CASES, rows, strict=True))
    assert found == CALIFORNIA_CASES


def test_each_pennsylvanian_field_in_our_words(read: Read) -> None:
    told = [{**PENNSYLVANIAN, "slug": f"weirs{100 + n}", **changed} for n, (changed, _, _) in enumerate(PENNSYLVANIA_CASES)]
    _, rows = read(pennsylvania_grants.REGISTER, pennsylvania(*told))
    found = tuple((changed, column, row[column]) for (changed, column, _), row in zip(PENNSYLVANIA_CASES, rows, strict=True))
    assert found == PENNSYLVANIA_CASES


def test_contacts_are_nowhere_in_what_is_read(read: Read) -> None:
    told = [
        read(california_grants.REGISTER, california(CALIFORNIAN)),
        read(pennsylvania_grants.REGISTER, pennsylvania(PENNSYLVANIAN)),
    ]
    assert not [word for word in ("Fenwicke", "tf@", "555-0100") if word in str([rows for _, rows in told])]


def test_a_row_without_id_or_title_is_set_aside(read: Read) -> None:
    report, _ = read(
        california_grants.REGISTER, california(CALIFORNIAN, {**CALIFORNIAN, "PortalID": None}, {**CALIFORNIAN, "Title": "\xa0"})
    )
    assert report.rejected == [
        Rejected(2, None, "no portal id or no title", "PortalID"),
        Rejected(3, "117", "no portal id or no title", "Title"),
    ]
    report, _ = read(pennsylvania_grants.REGISTER, pennsylvania({**PENNSYLVANIAN, "slug": ""}, PENNSYLVANIAN))
    assert report.rejected == [Rejected(1, None, "no slug or no title", "slug")]


def test_a_californian_row_of_another_length_is_set_aside(read: Read) -> None:
    dump = json.loads(california(CALIFORNIAN, CALIFORNIAN))
    dump["records"][0].pop()
    report, _ = read(california_grants.REGISTER, json.dumps(dump).encode())
    assert report.rejected == [Rejected(1, None, "36 values where the dump has 37 fields")]


@pytest.mark.parametrize(
    ("register", "data", "complaint"),
    [
        (california_grants.REGISTER, b'{"result": {"records": []}}', "expected JSON with `fields` and `records`"),
        (california_grants.REGISTER, b"[]", "expected JSON with `fields` and `records`"),
        (california_grants.REGISTER, b"<html>Sorry</html>", "california_grants: .*cannot be read"),
        (california_grants.REGISTER, california({k: v for k, v in CALIFORNIAN.items() if k != "Status"}), "no record has Status"),
        (pennsylvania_grants.REGISTER, b'{"items": []}', "expected JSON with a list `grants`"),
        (pennsylvania_grants.REGISTER, b"[]", "expected JSON with a list `grants`"),
        (pennsylvania_grants.REGISTER, pennsylvania({"slug": "a", "title": "b"}), "no record has status, fundingType, closeDate"),
    ],
)
def test_another_layout_is_a_register_error(read: Read, register: RecordRegister, data: bytes, complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        read(register, data)


def test_a_new_field_is_told(read: Read) -> None:
    assert read(california_grants.REGISTER, california({**CALIFORNIAN, "Otters": "7"}))[0].unknown_columns == ("Otters",)
    assert read(pennsylvania_grants.REGISTER, pennsylvania({**PENNSYLVANIAN, "otters": 7}))[0].unknown_columns == ("otters",)
