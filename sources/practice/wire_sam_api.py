"""The town's assistance listings as SAM.gov's own pages load them: documents in JSON, and the folder list of the weekly CSV.

Belongs here: those two. Does not: the 38 columns of the CSV (`wire_sam.py`). One programme's document is an empty body, as
happens there; codes of applicants and of help stand for words of the dictionary.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import Any

from sources.practice.model import Programme, Town
from sources.practice.serving import Reply, Request, Route
from sources.practice.wire_sam import SAM_COLUMNS, sam_row
from sources.practice.words import read

API_PATH = "/sam_listings_api"
FILES_PATH = "/sam_assistance_listings/api"
_EMPTY = "0" * 32
#: Kind of help -> (element, element under it that programmes name, code).
_HELP = {
    "FORMULA GRANTS": ("0001", "0001001", "A"),
    "PROJECT GRANTS": ("0003", "0003008", "B"),
    "DIRECT PAYMENTS FOR A SPECIFIED USE": ("0005", "0005001", "C"),
    "DIRECT LOANS": ("0009", "0009001", "E"),
    "GUARANTEED/INSURED LOANS": ("0011", "0011001", "F"),
    "SALE, EXCHANGE, OR DONATION OF PROPERTY OR GOODS": ("0015", "0015001", "H"),
    "ADVISORY SERVICES AND COUNSELING": ("0021", "0021001", "K"),
    "DISSEMINATION OF TECHNICAL INFORMATION": ("0023", "0023001", "L"),
    "TRAINING": ("0025", "0025001", "M"),
    "SALARIES AND EXPENSES": ("0090", "0090001", "Z"),
}


def routes(town: Town) -> dict[str, Route]:
    """Dictionary, search, agencies and programmes; the folder list and the files in it."""
    programmes = {_id(p.number): p for p in sorted(town.programmes, key=lambda p: p.number)}
    agencies = {_agency_id(p): p for p in programmes.values()}

    def search(request: Request) -> Reply:
        page, size = int(request.query["page"]), int(request.query["size"])
        results: list[dict[str, Any]] = [
            {"_id": key, "organizationHierarchy": [{"organizationId": _agency_id(p)}]} for key, p in programmes.items()
        ]
        results.append({"_id": _EMPTY, "organizationHierarchy": None})
        return _json({"_embedded": {"results": results[page * size : (page + 1) * size]}, "page": {"number": page}})

    def agency(request: Request) -> Reply:
        programme = agencies[request.path.rsplit("/", 1)[-1]]
        name = f"{programme.agency}, {programme.department}"
        return _json({"_embedded": [{"org": {"orgKey": int(_agency_id(programme)), "name": name, "modStatus": "ACTIVE"}}]})

    def programme(request: Request) -> Reply:
        found = programmes.get(request.path.rsplit("/", 1)[-1])
        return Reply(b"", "application/json") if found is None else _json(_document(found))

    def listed(request: Request) -> Reply:
        return _json({"_embedded": {"customS3ObjectSummaryList": [_file(request.query["domain"], day) for day in (7, 14, 21)]}})

    def download(_request: Request) -> Reply:
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        rows.writerows([SAM_COLUMNS, *(sam_row(p) for p in programmes.values())])
        return Reply(text.getvalue().encode("cp1252"), "text/csv")

    return {
        f"{API_PATH}/fac/v1/programs/dictionaries": lambda _request: _json(_dictionary()),
        f"{API_PATH}/sgs/v1/search/": search,
        f"{API_PATH}/federalorganizations/v1/organizations/*": agency,
        f"{API_PATH}/fac/v1/programs/*": programme,
        f"{FILES_PATH}/listfiles": listed,
        f"{FILES_PATH}/download/*": download,
    }


def _json(value: Any) -> Reply:
    return Reply(json.dumps(value).encode(), "application/json")


def _id(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()[:32]


def _agency_id(programme: Programme) -> str:
    return str(500_000_000 + int(hashlib.sha256(programme.agency.encode()).hexdigest()[:6], 16))


def _file(folder: str, day: int) -> dict[str, str]:
    """A file of the folder `…/2026/06-Jun`; its name carries year, month and day."""
    year, month = folder.split("/")[-2], folder.split("/")[-1][:2]
    name = f"AssistanceListings_DataGov_PUBLIC_WEEKLY_{year}{month}{day:02d}.csv"
    return {"key": f"{folder}/{name}", "displayKey": name, "dateModified": "Jun 30, 2026"}


def _dictionary() -> dict[str, Any]:
    help_elements = [
        {"element_id": top, "code": code, "value": word, "elements": [{"element_id": below, "code": code, "value": word.title()}]}
        for word, (top, below, code) in _HELP.items()
    ]
    words = read("practice/programmes.yaml")["applicant_words"]
    applicants = [
        {"element_id": f"{100 + number:04d}", "code": str(10 + number), "value": word, "elements": None}
        for number, word in enumerate(words.values())
    ]
    tables = [{"id": "assistance_type", "elements": help_elements}, {"id": "applicant_types", "elements": applicants}]
    return {"_embedded": {"jSONObjectList": tables}}


def _document(programme: Programme) -> dict[str, Any]:
    name = programme.contact.title()
    kinds = list(read("practice/programmes.yaml")["applicant_words"])
    place = "" if programme.where == "nation" else f" Only applicants located in {programme.where} may apply."
    days = {"start": str(programme.opens_on), "end": str(programme.closes_on)}
    helps = [_HELP.get(kind.replace(" / ", "/"), _HELP["SALARIES AND EXPENSES"])[1] for kind in programme.types]
    data = {
        "programNumber": programme.number,
        "title": programme.title,
        "alternativeNames": [programme.short_name],
        "organizationId": _agency_id(programme),
        "objective": f"<p>To {programme.purpose}.{place}</p>",
        "assistance": {"deadlines": {"flag": "yes", "list": [days]} if programme.closes_on else {"flag": "no", "list": []}},
        "eligibility": {"applicant": {"types": [f"{100 + kinds.index(kind):04d}" for kind in programme.applicants]}},
        "financial": {"obligations": [{"assistanceType": code, "values": []} for code in helps]},
        "contacts": {
            "headquarters": [{"fullName": name, "email": f"{name.lower().replace(' ', '.')}@example.org", "phone": "555-0101"}]
        },
    }
    return {"id": _id(programme.number), "data": data}
