"""Grants.gov by its API: the opportunities a search finds, with their details. For a few hundred; `grants_gov` has them all.

Options, as the API names them: `keyword`, `oppNum`, `agencies`, `fundingCategories`, `eligibilities`, `fundingInstruments`
(several values as a list or joined by `|`), and `oppStatuses` (default `forecasted|posted`). Every reply has status 200:
what went wrong stands in `errorcode`. Amounts are digits or `none`; the days of a search hit are `MM/DD/YYYY`, those of
the details `2025-04-22-00-00-00`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from sources.grants_gov import APPLICANTS, KINDS
from sources.paging import Answer, Ask, Paging, kept_pages
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected
from sources.text import iso_day, money, plain, us_day

SEARCH_OPTIONS = ("keyword", "oppNum", "agencies", "fundingCategories", "eligibilities", "fundingInstruments", "oppStatuses")
#: Hits a search page may have.
_ROWS = 250
#: Status of a hit that is no forecast -> ours.
_STATUS = {"posted": "open", "closed": "closed", "archived": "closed"}
#: Fields of hits and of details, read or not; the contacts lie deeper, in `synopsis` and `forecast`.
FIELDS = (
    "agency", "agencyCode", "agencyName", "alnist", "cfdaList", "closeDate", "number", "openDate", "oppStatus", "title",
    "agencyDetails", "assistCompatible", "assistURL", "cfdas", "closedOpportunityPkgs", "docType", "draftMode", "errorMessages",
    "flag2006", "forecast", "forecastHistCount", "id", "listed", "modifiedComments", "opportunityCategory",
    "opportunityHistoryDetails", "opportunityNumber", "opportunityPkgs", "opportunityTitle", "originalDueDate",
    "originalDueDateDesc", "owningAgencyCode", "publisherUid", "relatedOpps", "revision", "synopsis",
    "synopsisAttachmentFolders", "synopsisDocumentURLs", "synopsisHistCount", "synopsisModifiedFields", "topAgencyDetails",
)  # fmt: skip


def pages(url: str, options: Options) -> Paging:
    """Search pages until all hits are there, then the details of each. Raises RegisterError for a search that goes wrong."""
    wanted = {name: _joined(options[name]) for name in SEARCH_OPTIONS if name in options}
    found: list[int] = []
    total = 1
    while len(found) < total:
        query = {"oppStatuses": "forecasted|posted", **wanted, "rows": _ROWS, "startRecordNum": len(found)}
        hits, total = _hits((yield Ask(f"{url}/search2", json=query)))
        if not hits:
            break
        found += hits
    for number in dict.fromkeys(found):
        yield Ask(f"{url}/fetchOpportunity", json={"opportunityId": number})


def _joined(value: Any) -> str:
    return "|".join(str(v) for v in value) if isinstance(value, list) else str(value)


def _hits(answer: Answer) -> tuple[list[int], int]:
    """Ids on one search page, and how many there are on all."""
    try:
        reply = answer.json()
        if reply["errorcode"] == 0:
            return [int(hit["id"]) for hit in reply["data"]["oppHits"]], int(reply["data"]["hitCount"])
    except (ValueError, TypeError, KeyError) as error:
        raise RegisterError(
            f"grants_gov_api: the search reply cannot be read ({type(error).__name__}: {error}). Expected JSON with errorcode, "
            "data.hitCount and data.oppHits: check `url`, or take the daily extract (register `grants_gov`)."
        ) from error
    raise RegisterError(
        f"grants_gov_api: the search answers with error code {reply['errorcode']} ({reply.get('msg')}). Expected 0: check the "
        "options of the source."
    )


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    """One row a hit. Where the details did not come (taken off meanwhile, an error code), it has what the hit tells."""
    hits: dict[str, Mapping[str, Any]] = {}
    details: dict[str, Mapping[str, Any]] = {}
    for page in kept_pages(stream):
        reply = page.answer().json()
        data = reply.get("data", reply) or {}
        hits |= {str(hit["id"]): hit for hit in data.get("oppHits", ())}
        if "id" in data:
            details[str(data["id"])] = data
    for number, native_id in enumerate(dict.fromkeys([*hits, *details]), start=1):
        hit, data = hits.get(native_id, {}), details.get(native_id, {})
        audit.saw(hit.keys() | data.keys())
        title = plain(data.get("opportunityTitle") or hit.get("title"))
        if title is None:
            yield Rejected(number, native_id, "no title", "opportunityTitle")
        else:
            yield {"native_id": native_id, "title": title, **_row(data, hit)}


def _row(data: Mapping[str, Any], hit: Mapping[str, Any]) -> dict[str, Any]:
    """The details, with the status and agency as the search gave them where it did."""
    is_forecast = hit.get("oppStatus") == "forecasted" or not (hit or data.get("synopsis"))
    text: Mapping[str, Any] = data.get("synopsis") or data.get("forecast") or {}
    # The first day of a forecast is that of the forecast, not of the call.
    opens = (
        iso_day(text.get("estSynopsisPostingDateStr"))
        if is_forecast
        else iso_day(text.get("postingDateStr")) or us_day(hit.get("openDate"))
    )
    closes = iso_day(text.get("estApplicationResponseDateStr" if is_forecast else "responseDateStr")) or us_day(
        hit.get("closeDate")
    )
    agency = (text.get("agencyDetails") or data.get("agencyDetails") or {}).get("agencyName")
    return {
        "agency": plain(hit.get("agency") or hit.get("agencyName") or agency),
        "kinds": sorted({KINDS.get(one["id"], "other") for one in text.get("fundingInstruments") or ()}),
        "objective": plain(text.get("synopsisDesc") or text.get("forecastDesc")),
        "applicants": sorted({APPLICANTS.get(one["id"], "other") for one in text.get("applicantTypes") or ()}),
        "country": "US",
        "opens_on": opens,
        "closes_on": closes or iso_day(text.get("archiveDateStr")),
        "amount_min": money(text.get("awardFloor")) or None,
        "amount_max": money(text.get("awardCeiling")) or None,
        "currency": "USD",
        "status": "unknown" if is_forecast else _STATUS.get(str(hit.get("oppStatus")), "open"),
    }


REGISTER = RecordRegister(
    name="grants_gov_api",
    title="Grants.gov opportunities, by search",
    publisher="US Department of Health and Human Services",
    licence="US-PD",
    licence_url="https://www.usa.gov/government-works",
    attribution="Source: Grants.gov.",
    yields="programme",
    url="https://api.grants.gov/v1/api",
    pages=pages,
    max_pages=4_000,
    max_seconds=3 * 3600.0,
    cadence="daily",
    ceiling=10_000,
    host_delay_s=0.2,
    record_url="https://www.grants.gov/search-results-detail/{native_id}",
    personal_fields=(
        "synopsis.agencyContactEmail", "synopsis.agencyContactName", "synopsis.agencyContactPhone",
        "synopsis.agencyContactDesc", "synopsis.agencyAddressDesc", "forecast.agencyContactEmail",
        "forecast.agencyContactName", "forecast.agencyContactPhone",
    ),
    parse=_parse,
    fields=FIELDS,
    mandatory=("id",),
)  # fmt: skip
