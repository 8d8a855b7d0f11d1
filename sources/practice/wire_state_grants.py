"""The town's programmes as two state grant portals would publish them: California's dump and Pennsylvania's one reply.

Belongs here: the two formats. Does not: which programmes there are (`programmes.yaml`). Kept from the real ones: no-break
blanks, words in place of days and amounts, trailing blanks, contact people.
"""

from __future__ import annotations

import json
from typing import Any

from sources.california_grants import FIELDS as CALIFORNIA_FIELDS
from sources.pennsylvania_grants import FIELDS as PENNSYLVANIA_FIELDS
from sources.practice.model import Programme, Town
from sources.practice.serving import Reply, Route

CALIFORNIA_PATH = "/california_grants/datastore/dump/grants"
PENNSYLVANIA_PATH = "/pennsylvania_grants/api/grants/"
_DEPENDS = "Dependant on number of submissions received, application process, etc."
_CALIFORNIAN = {
    "small": "Business", "profit": "Business", "nonprofit": "Nonprofit", "public": "Public Agency", "state": "Public Agency",
    "tribe": "Tribal Government", "individual": "Individual", "anyone": "Other Legal Entity",
}  # fmt: skip
_PENNSYLVANIAN = {**_CALIFORNIAN, "public": "Municipality", "tribe": "Native American Tribal Organization or Government"}


def routes(town: Town) -> dict[str, Route]:
    """One address a state."""
    programmes = sorted((p for p in town.programmes if p.where == "nation"), key=lambda p: p.number)
    return {
        CALIFORNIA_PATH: lambda _request: _json(_dump([_californian(n, p) for n, p in enumerate(programmes, start=1)])),
        PENNSYLVANIA_PATH: lambda _request: _json({"grants": [_pennsylvanian(p) for p in programmes]}),
    }


def _json(value: Any) -> Reply:
    return Reply(json.dumps(value).encode(), "application/json")


def _contact(programme: Programme) -> tuple[str, str]:
    name = programme.contact.title()
    return name, f"{name.lower().replace(' ', '.')}@example.org"


def _kind(programme: Programme) -> str:
    return "Loan" if any("LOAN" in kind for kind in programme.types) else "Grant"


def _dump(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Fields and lists of values, as CKAN writes them."""
    fields = [{"id": name, "type": "int" if name == "_id" else "text"} for name in CALIFORNIA_FIELDS]
    return {"fields": fields, "records": [[record.get(name) for name in CALIFORNIA_FIELDS] for record in records]}


def _californian(number: int, programme: Programme) -> dict[str, Any]:
    name, mail = _contact(programme)
    low, high = programme.amount or (0, 0)
    return {
        "_id": number,
        "PortalID": str(100_000 + int(programme.number[-3:])),
        "Status": "closed" if programme.deadline == "closed" else "active",
        "LastUpdated": "2026-06-30 17:33:20",
        "AgencyDept": programme.agency.title(),
        "Title": programme.title.replace(" ", "\xa0", 1),
        "Type": _kind(programme),
        "Categories": "Housing, Community and Economic Development",
        "Purpose": f"To {programme.purpose}.\xa0 \xa0",
        "ApplicantType": "; ".join(dict.fromkeys(_CALIFORNIAN[kind] for kind in programme.applicants)),
        "Geography": "Statewide",
        "EstAvailFunds": f"${high * 10:,}" if high else None,
        "EstAmounts": f"Between ${low:,} and ${high:,}" if high else _DEPENDS,
        "OpenDate": f"{programme.opens_on} 07:00:00" if programme.opens_on else "Summer 2026",
        "ApplicationDeadline": f"{programme.closes_on} 23:59:00" if programme.closes_on else "Ongoing",
        "ElecSubmission": f"email: {mail};",
        "GrantURL": f"https://{programme.short_name.lower()}.example/{programme.number}",
        "AgencyURL": f"https://{programme.short_name.lower()}.example/",
        "ContactInfo": f"name: {name}; email: {mail}; tel: 1-555-0102;",
    }


def _pennsylvanian(programme: Programme) -> dict[str, Any]:
    """Every field is there, most of them blank."""
    name, mail = _contact(programme)
    low, high = programme.amount or (0, 0)
    told: dict[str, Any] = {
        "slug": f"{programme.short_name.lower()}{int(programme.number[-3:])}",
        "last_modified": "2026-06-30T16:00:58Z",
        "title": programme.title,
        "status": "Closed" if programme.deadline == "closed" else "Accepting applications",
        "populationServedGeography": "Statewide ",
        "issuingAgency": programme.agency.title(),
        "overview": f"To {programme.purpose}.<br />",
        "openDate": f"{programme.opens_on}T12:00:00-00:00" if programme.opens_on else "",
        "closeDate": f"{programme.closes_on or '2999-12-31'}T12:00:00-00:00",
        "applicantCategory": "; ".join(dict.fromkeys(_PENNSYLVANIAN[kind] for kind in programme.applicants)),
        "fundingType": f"{_kind(programme)} ",
        "minimumAward": str(low) if high else "No minimum",
        "maximumAward": str(high) if high else "Varies ",
        "linkToApply": "https://grants.example/Login",
        "issuingAgencyUrl": f"https://{programme.short_name.lower()}.example/",
        "issuingAgencyGrantNumber": int(programme.number[-3:]),
        "pointOfContact": {"name": f"{name}, 555-0103, {mail}"},
        "processSteps": [],
        "additionalResources": [],
        "FAQs": [],
    }
    return {field: told.get(field, "") for field in PENNSYLVANIA_FIELDS}
