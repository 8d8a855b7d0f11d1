"""California Grants Portal: every grant and loan of the state's agencies, one JSON dump of the open data portal (CKAN), daily.

The dump is `fields` and `records` (lists in the order of the fields). Texts hold no-break blanks; days are times whose clock
is now UTC, now Pacific, or words (`Ongoing`, `Summer 2025`). `EstAmounts` is one award, `EstAvailFunds` all of them together;
a least award of $0 or $1 stands for none. Everything here is for bodies or places in California.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected
from sources.text import clean, iso_day, money, plain

KINDS = {"Grant": "grant", "Loan": "loan"}
APPLICANTS = {
    "Business": "business",
    "Individual": "individual",
    "Nonprofit": "nonprofit",
    "Public Agency": "public",
    "Tribal Government": "tribal",
}
STATUS = {"active": "open", "closed": "closed", "forecasted": "unknown"}

FIELDS = (
    "_id", "PortalID", "GrantID", "Status", "LastUpdated", "ChangeNotes", "AgencyDept", "Title", "Type", "LOI", "Categories",
    "CategorySuggestion", "Purpose", "Description", "ApplicantType", "ApplicantTypeNotes", "Geography", "FundingSource",
    "FundingSourceNotes", "MatchingFunds", "MatchingFundsNotes", "EstAvailFunds", "EstAwards", "EstAmounts", "FundingMethod",
    "FundingMethodNotes", "OpenDate", "ApplicationDeadline", "AwardPeriod", "ExpAwardDate", "ElecSubmission", "GrantURL",
    "AgencyURL", "AgencySubscribeURL", "GrantEventsURL", "ContactInfo", "AwardStats",
)  # fmt: skip

_BETWEEN = re.compile(r"Between (\$[\d,.]+) and (\$[\d,.]+)")


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    dump = json.load(stream)
    try:
        names = [field["id"] for field in dump["fields"]]
        records = list(dump["records"])
    except (KeyError, TypeError) as error:
        raise RegisterError(
            "california_grants: expected JSON with `fields` and `records`, the datastore dump of data.ca.gov with format=json."
        ) from error
    for number, values in enumerate(records, start=1):
        if len(values) != len(names):
            yield Rejected(number, None, f"{len(values)} values where the dump has {len(names)} fields")
            continue
        record = dict(zip(names, values, strict=True))
        audit.saw(record)
        native_id, title = clean(record.get("PortalID")), clean(record.get("Title"))
        if native_id is None or title is None:
            yield Rejected(number, native_id, "no portal id or no title", "PortalID" if native_id is None else "Title")
        else:
            yield {"native_id": native_id, "title": title, **_row(record)}


def _row(record: dict[str, str | None]) -> dict[str, Any]:
    low, high = _amounts(record.get("EstAmounts"))
    page = clean(record.get("GrantURL")) or clean(record.get("AgencyURL")) or ""
    return {
        "agency": clean(record.get("AgencyDept")),
        "kinds": sorted({KINDS.get(word, "other") for word in _split(record.get("Type"))}),
        "objective": plain(record.get("Purpose")) or plain(record.get("Description")),
        "applicants": sorted({APPLICANTS.get(word, "other") for word in _split(record.get("ApplicantType"))}),
        "country": "US",
        "places": ["US-CA"],
        "opens_on": iso_day(record.get("OpenDate")),
        "closes_on": iso_day(record.get("ApplicationDeadline")),
        "amount_min": low,
        "amount_max": high,
        "currency": "USD",
        "status": STATUS.get(record.get("Status") or "", "unknown"),
        "record_url": page if page.startswith("http") else None,
    }


def _split(text: str | None) -> list[str]:
    return [word for part in (clean(text) or "").split(";") if (word := clean(part))]


def _amounts(text: str | None) -> tuple[int | None, int | None]:
    """Least and largest award of `Between $500 and $10,000` or `$10,000`; unknown for a sentence."""
    text = clean(text) or ""
    if found := _BETWEEN.fullmatch(text):
        low, high = money(found[1]), money(found[2])
        return (low if low and low > 1 else None), high
    return money(text), money(text)


REGISTER = RecordRegister(
    name="california_grants",
    title="California Grants Portal",
    publisher="California State Library",
    licence="unstated",
    licence_url="https://data.ca.gov/dataset/california-grants-portal",
    attribution="Source: California Grants Portal, California State Library.",
    yields="programme",
    url="https://data.ca.gov/datastore/dump/111c8c88-21f6-453c-ae2c-b4785a0624f5?format=json",
    cadence="daily",
    floor=20,
    ceiling=20_000,
    personal_fields=("ContactInfo", "ElecSubmission"),
    parse=_parse,
    fields=FIELDS,
    mandatory=("PortalID", "Title", "Status", "Type", "ApplicantType", "ApplicationDeadline"),
)
