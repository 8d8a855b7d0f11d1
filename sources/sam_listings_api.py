"""SAM.gov Assistance Listings by the addresses of its own web pages: the same programmes as the weekly CSV, in JSON, no key.

A search page gives the ids of programmes and agencies, a dictionary the codes' words; then one document an agency and one a
programme (some 2,900 requests, most of an hour). Some documents come back empty. Addresses and fields as in the code of OMB's
Federal Program Inventory; the documented API needs a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from sources.paging import Answer, Ask, KeptPage, Paging, kept_pages
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected
from sources.sam_words import agency_name, clean_words, kind_of_help, located_in, who_may_apply, window
from sources.text import clean, plain

#: Ids a search page may have; all programmes fit on one today.
_SIZE = 10_000
#: A search with more pages than this has no end; there are some 2,900 programmes.
_MAX_SEARCH_PAGES = 20
#: Fields of a programme's `data`, read or not.
FIELDS = (
    "_id", "alternativeNames", "assistance", "authorizations", "compliance", "contacts", "eligibility", "financial",
    "fiscalYear", "functionalCodes", "isFunded", "objective", "organizationId", "postAward", "programNumber", "projects",
    "publishedDate", "relatedPrograms", "status", "subjectTerms", "title", "usage", "website",
)  # fmt: skip
_NUMBER = re.compile(r"\d{2}\.[0-9A-Z]{3}")


def pages(url: str, _options: Options) -> Paging:
    """The dictionary, the ids, every agency and every programme. Raises RegisterError where the search reply has no ids."""
    yield Ask(f"{url}/fac/v1/programs/dictionaries?ids=assistance_type,applicant_types&size=&filterElementIds=&keyword=")
    programmes: dict[str, None] = {}
    agencies: set[str] = set()
    for page in range(_MAX_SEARCH_PAGES):
        query = f"index=cfda&page={page}&mode=search&size={_SIZE}&is_active=true"
        results = _results((yield Ask(f"{url}/sgs/v1/search/?{query}", keep=False)))
        agencies |= {str(o["organizationId"]) for result in results for o in result.get("organizationHierarchy") or ()}
        known = len(programmes)
        programmes |= dict.fromkeys(result["_id"] for result in results)
        if len(results) < _SIZE or len(programmes) == known:
            break
    for agency in sorted(agencies):
        yield Ask(f"{url}/federalorganizations/v1/organizations/{agency}", may_be_missing=True)
    for programme in programmes:
        yield Ask(f"{url}/fac/v1/programs/{programme}", may_be_missing=True)


def _results(answer: Answer) -> list[dict[str, Any]]:
    """Hits of a search page; a page after the last one has none."""
    try:
        reply = answer.json()
        found = reply["_embedded"]["results"] if "_embedded" in reply else []
        return [{**result, "_id": str(result["_id"])} for result in found]
    except (ValueError, KeyError, TypeError) as error:
        raise RegisterError(
            "sam_listings_api: the search reply has no _embedded.results with _id. Take the weekly CSV instead (register "
            "`sam_assistance_listings`)."
        ) from error


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    words: dict[str, dict[str, str]] = {"assistance_type": {}, "applicant_types": {}}
    agencies: dict[str, str] = {}
    number = 0
    for page in kept_pages(stream):
        reply = _json(page)
        embedded = reply.get("_embedded")
        if isinstance(embedded, dict):
            words |= {table["id"]: _by_code(table) for table in embedded.get("jSONObjectList") or ()}
        elif embedded:
            org = embedded[0]["org"]
            name = clean(org.get("agencyName")) or clean(org.get("name")) or ""
            # Some names stand in capitals and backwards, as in the CSV; the others are as a person writes them.
            agencies[str(org["orgKey"])] = (agency_name(name) or "") if name.isupper() else name
        elif not all(words.values()):
            raise RegisterError("sam_listings_api: no dictionary of codes before the first programme; fetch all pages again.")
        else:
            number += 1
            yield _programme(number, reply, words, agencies, audit)


def _json(page: KeptPage) -> Mapping[str, Any]:
    """The page's object; an empty one where SAM sent an empty body."""
    reply = page.answer().json() if page.body.strip() else {}
    if not isinstance(reply, dict):
        raise RegisterError(f"sam_listings_api: {page.url or 'the file'} is no reply of the API; expected a JSON object.")
    return reply


def _programme(
    number: int, reply: Mapping[str, Any], words: Mapping[str, Mapping[str, str]], agencies: Mapping[str, str], audit: Audit
) -> dict[str, Any] | Rejected | Outside:
    data = reply.get("data") or {}
    if not data:
        return Outside("empty document")
    audit.saw(data)
    code, title = clean_words(data.get("programNumber")), clean_words(plain(data.get("title")))
    if code is None or not _NUMBER.fullmatch(code) or title is None:
        rule = "no title" if title is None else "program number is not of the form NN.NNN"
        return Rejected(number, code, rule, "title" if title is None else "programNumber", code)
    eligibility = (data.get("eligibility") or {}).get("applicant") or {}
    objective = clean_words(plain(data.get("objective")))
    obligations = (data.get("financial") or {}).get("obligations") or ()
    kinds = [
        words.get("assistance_type", {}).get(str(o.get("assistanceType")), "") for o in obligations if o.get("assistanceType")
    ]
    applicants = [words.get("applicant_types", {}).get(str(code), "") for code in eligibility.get("types") or ()]
    return {
        "native_id": code,
        "title": title,
        "agency": agencies.get(str(data.get("organizationId"))) or None,
        "kinds": sorted({kind_of_help(word) for word in kinds}),
        "objective": objective,
        "applicants": sorted({who_may_apply(word) for word in applicants}),
        "country": "US",
        "places": located_in(f"{plain((eligibility.get('additionalInfo') or {}).get('content')) or ''} {objective or ''}"),
        **window((data.get("assistance") or {}).get("deadlines")),
        "currency": "USD",
        "status": "open",
        "record_url": f"https://sam.gov/fal/{reply['id']}/view" if reply.get("id") else None,
    }


def _by_code(table: Mapping[str, Any]) -> dict[str, str]:
    """Element id and code -> word. What lies under an element (`Project Grants (Fellowships)`) counts as that element."""
    found: dict[str, str] = {}
    for element in table["elements"]:
        for one in (element, *(element.get("elements") or ())):
            found |= {str(one["element_id"]): element["value"], str(one["code"]): element["value"]}
    return found


REGISTER = RecordRegister(
    name="sam_listings_api",
    title="SAM.gov Assistance Listings, by document",
    publisher="US General Services Administration",
    licence="US-PD",
    licence_url="https://www.usa.gov/government-works",
    attribution="Source: SAM.gov Assistance Listings, US General Services Administration.",
    yields="programme",
    url="https://sam.gov/api/prod",
    pages=pages,
    max_pages=6_000,
    max_seconds=3 * 3600.0,
    cadence="weekly",
    floor=1_500,
    ceiling=10_000,
    record_url="https://sam.gov/search/?index=cfda&q={native_id}",
    personal_fields=("contacts",),
    parse=_parse,
    fields=FIELDS,
    mandatory=("programNumber", "title", "eligibility", "financial"),
)
