"""Grants.gov for the practice town: the daily extract and the search API, both of the town's grant programmes.

Belongs here: the two formats. Does not: which programmes there are (`programmes.yaml`). The archive is written as a stream,
so that its local headers know no sizes; there is none on Sundays, so that a run may have to look back a day. Descriptions
are escaped twice in the extract and not at all in the API.
"""

from __future__ import annotations

import html
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

from sources.practice.model import Programme, Town
from sources.practice.serving import Reply, Request, Route

EXTRACTS_PATH = "/grants_gov/extracts/"
API_PATH = "/grants_gov_api"
_MEMBER = "GrantsDBExtract20260630v2.xml"
_NAME = re.compile(r"GrantsDBExtract(\d{8})v2\.zip$")
_SUNDAY = 6
#: When a forecast says that its call will open.
_FORECAST_OPENS = date(2026, 10, 1)
_APPLICANTS = {
    "small": "23", "profit": "22", "nonprofit": "12", "public": "02", "state": "00", "tribe": "07", "individual": "21",
    "anyone": "99",
}  # fmt: skip


def routes(town: Town) -> dict[str, Route]:
    """The dated archives, search2 and fetchOpportunity."""
    programmes = {opportunity_id(p): p for p in town.programmes if any("GRANTS" in kind for kind in p.types)}

    @cache
    def archive() -> bytes:
        return _archive(_xml(list(programmes.values())))

    def extract(request: Request) -> Reply:
        found = _NAME.search(request.path)
        if found is None or datetime.strptime(found[1], "%Y%m%d").weekday() == _SUNDAY:  # noqa: DTZ007 - a day
            return Reply(b"", "application/xml", status=404)
        return Reply(archive(), "application/zip")

    def search(request: Request) -> Reply:
        asked = json.loads(request.body)
        words = str(asked.get("keyword", "")).lower()
        hits = [_hit(p) for p in programmes.values() if words in f"{p.title} {p.purpose}".lower()]
        start, rows = int(asked.get("startRecordNum", 0)), int(asked.get("rows", 25))
        return _reply({"hitCount": len(hits), "startRecord": start, "oppHits": hits[start : start + rows]})

    def fetch(request: Request) -> Reply:
        found = programmes.get(str(json.loads(request.body).get("opportunityId")))
        return _reply(_details(found) if found else {})

    return {
        f"{EXTRACTS_PATH}*": extract,
        f"{API_PATH}/search2": search,
        f"{API_PATH}/fetchOpportunity": fetch,
    }


def opportunity_id(programme: Programme) -> str:
    """`99.050` → `399050`."""
    return "3" + programme.number.replace(".", "")


def _is_forecast(programme: Programme) -> bool:
    return programme.opens_on is None and programme.number.endswith("5")


def _reply(data: dict[str, Any]) -> Reply:
    return Reply(json.dumps({"errorcode": 0, "msg": "Webservice Succeeds", "data": data}).encode(), "application/json")


def _description(programme: Programme) -> str:
    return f"<p>{html.escape(f'To {programme.purpose}.')}</p><p>Awards &amp; terms: see the notice.</p>"


def _contact(programme: Programme) -> tuple[str, str, str]:
    """Name, mail and telephone of the person behind a programme."""
    name = programme.contact.title()
    return name, f"{name.lower().replace(' ', '.')}@example.org", "555-0100"


# --- the extract -----------------------------------------------------------------------------------------------------
def _xml(programmes: list[Programme]) -> bytes:
    """Synopses first, then forecasts."""
    ordered = sorted(programmes, key=lambda p: (_is_forecast(p), p.number))
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append('<Grants xmlns="http://apply.grants.gov/system/OpportunityDetail-V1.0">')
    for programme in ordered:
        tag = f"Opportunity{'Forecast' if _is_forecast(programme) else 'Synopsis'}Detail_1_0"
        lines.append(f"<{tag}>")
        lines += [f"<{name}>{html.escape(value, quote=False)}</{name}>" for name, value in _elements(programme)]
        lines.append(f"</{tag}>")
    return "\n".join([*lines, "</Grants>"]).encode()


def _elements(programme: Programme) -> Iterator[tuple[str, str]]:
    name, mail, telephone = _contact(programme)
    low, high = programme.amount or (0, 0)
    yield "OpportunityID", opportunity_id(programme)
    yield "OpportunityTitle", programme.title
    yield "OpportunityNumber", f"{programme.short_name}-26-{programme.number[-3:]}"
    yield "OpportunityCategory", "D"
    yield "FundingInstrumentType", "G"
    yield "CFDANumbers", programme.number
    for kind in programme.applicants:
        yield "EligibleApplicants", _APPLICANTS[kind]
    yield "AgencyCode", programme.short_name
    yield "AgencyName", programme.agency.title()
    yield "PostDate", _day(programme.published_on)
    if programme.closes_on:
        yield "CloseDate", _day(programme.closes_on)
    yield "LastUpdatedDate", "06152026"
    if _is_forecast(programme):
        yield "EstimatedSynopsisPostDate", _day(_FORECAST_OPENS)
    yield "AwardCeiling", str(high) if high else "none"
    yield "AwardFloor", str(low) if high else "none"
    # Once more than XML asks for; the line that writes it escapes it again.
    yield "Description", html.escape(_description(programme))
    yield "Version", "Synopsis 1"
    yield "CostSharingOrMatchingRequirement", "No"
    yield "GrantorContactEmail", mail
    if _is_forecast(programme):
        yield "GrantorContactName", name
        yield "GrantorContactPhoneNumber", telephone
    else:
        yield "GrantorContactText", f"{name}&lt;br/&gt;Phone {telephone}"


def _day(day: date) -> str:
    return f"{day:%m%d%Y}"


class _OneWay:
    """A file that can only be written to, which makes `zipfile` put sizes behind the data."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


def _archive(xml: bytes) -> bytes:
    sink = _OneWay()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as writer:  # type: ignore[call-overload]
        writer.writestr(zipfile.ZipInfo(_MEMBER, (2026, 6, 30, 4, 0, 0)), xml, zipfile.ZIP_DEFLATED)
    return b"".join(sink.parts)


# --- the API ---------------------------------------------------------------------------------------------------------
def _hit(programme: Programme) -> dict[str, Any]:
    return {
        "id": opportunity_id(programme),
        "number": f"{programme.short_name}-26-{programme.number[-3:]}",
        "title": html.escape(programme.title),
        "agencyCode": programme.short_name,
        "agency": programme.agency.title(),
        "openDate": f"{programme.published_on:%m/%d/%Y}",
        "closeDate": f"{programme.closes_on:%m/%d/%Y}" if programme.closes_on else "",
        "oppStatus": "forecasted" if _is_forecast(programme) else "closed" if programme.deadline == "closed" else "posted",
        "docType": "forecast" if _is_forecast(programme) else "synopsis",
        "cfdaList": [programme.number],
    }


def _details(programme: Programme) -> dict[str, Any]:
    name, mail, telephone = _contact(programme)
    low, high = programme.amount or (0, 0)
    text = {
        "opportunityId": int(opportunity_id(programme)),
        "agencyDetails": {"agencyName": programme.agency.title(), "agencyCode": programme.short_name},
        "agencyContactName": name,
        "agencyContactPhone": telephone,
        "agencyContactEmail": mail,
        "agencyAddressDesc": mail,
        "awardCeiling": str(high) if high else "none",
        "awardFloor": str(low) if high else "none",
        "applicantTypes": [{"id": _APPLICANTS[kind], "description": kind} for kind in programme.applicants],
        "fundingInstruments": [{"id": "G", "description": "Grant"}],
        "postingDateStr": f"{programme.published_on:%Y-%m-%d}-00-00-00",
    }
    if programme.closes_on:
        text["responseDateStr"] = f"{programme.closes_on:%Y-%m-%d}-00-00-00"
    part = "forecast" if _is_forecast(programme) else "synopsis"
    if _is_forecast(programme):
        text["estSynopsisPostingDateStr"] = f"{_FORECAST_OPENS:%Y-%m-%d}-00-00-00"
    return {
        "id": int(opportunity_id(programme)),
        "opportunityNumber": f"{programme.short_name}-26-{programme.number[-3:]}",
        "opportunityTitle": programme.title,
        "owningAgencyCode": programme.short_name,
        "opportunityCategory": {"category": "D", "description": "Discretionary"},
        part: {**text, f"{part}Desc": _description(programme)},
        "cfdas": [{"cfdaNumber": programme.number}],
    }
