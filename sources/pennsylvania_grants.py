"""Pennsylvania grants: programmes of the Commonwealth's agencies as its grants site loads them, one JSON reply.

All text, many blanks, trailing spaces; the same word in several forms (`Grant `, `grant`). Awards are digits or a sentence,
which says nothing here. A closing day of 2099 or later stands for a programme that is always open. Where the people served
live in named counties only, the programme is for those; otherwise for the state.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, BinaryIO

from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected
from sources.text import clean, iso_day, money, plain

#: Words in a kind of funding -> form of help, first that fits. Tax credits and bonds are none of ours.
KINDS = (("guarantee", "guarantee"), ("loan", "loan"), ("grant", "grant"), ("reimbursement", "payment"), ("rebate", "payment"))

#: Beginnings of applicant words, lower case -> who may apply.
APPLICANTS = (
    ("municipality", "public"), ("public agency", "public"), ("local government", "public"), ("school", "public"),
    ("institutions of higher education", "public"), ("nonprofit", "nonprofit"), ("non-profit", "nonprofit"),
    ("business", "business"), ("for-profit", "business"), ("individual", "individual"), ("native american", "tribal"),
)  # fmt: skip
STATUS = {"Accepting applications": "open", "Closed": "closed"}

FIELDS = (
    "FAQs", "additionalResources", "anticipatedFunding", "anticipatedFundingDate", "applicantCategory", "applicantType",
    "category", "closeDate", "decisionDate", "eligibility", "fundingSource", "fundingType", "grantCycle", "issuingAgency",
    "issuingAgencyGrantNumber", "issuingAgencyUrl", "last_modified", "linkToApply", "matchingFundsRequirements",
    "maximumAward", "minimumAward", "openDate", "overview", "pointOfContact", "populationServedGeography",
    "populationServedType", "processSteps", "reportingMonitoring", "shortDescription", "shortIssuingAgency", "slug", "status",
    "title", "totalFundsToBeAwarded",
)  # fmt: skip

_ALWAYS_OPEN = "2099"
_COUNTIES = re.compile(r"([a-z, ]+) count(?:y|ies)\.?")


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    reply = json.load(stream)
    if not isinstance(reply, dict) or not isinstance(reply.get("grants"), list):
        raise RegisterError("pennsylvania_grants: expected JSON with a list `grants`; the site may have moved its data.")
    for number, record in enumerate(reply["grants"], start=1):
        audit.saw(record)
        native_id, title = clean(record.get("slug")), plain(record.get("title"))
        if native_id is None or title is None:
            yield Rejected(number, native_id, "no slug or no title", "slug" if native_id is None else "title")
        else:
            yield {"native_id": native_id, "title": title, **_row(record)}


def _row(record: dict[str, Any]) -> dict[str, Any]:
    closes = iso_day(record.get("closeDate"))
    return {
        "agency": clean(record.get("issuingAgency")),
        "kinds": sorted({_first(KINDS, word) for word in _split(record.get("fundingType"))}),
        "objective": plain(record.get("overview")) or plain(record.get("shortDescription")),
        "applicants": sorted({_applicant(word) for word in _applicant_words(record)}),
        "country": "US",
        "places": _places(record.get("populationServedGeography")),
        "opens_on": iso_day(record.get("openDate")),
        "closes_on": closes if closes and closes < _ALWAYS_OPEN else None,
        "amount_min": money(record.get("minimumAward")) or None,
        "amount_max": money(record.get("maximumAward")) or None,
        "currency": "USD",
        "status": STATUS.get(clean(record.get("status")) or "", "unknown"),
        "record_url": next((u for u in (_page(record), record.get("issuingAgencyUrl")) if u and u.startswith("http")), None),
    }


def _page(record: dict[str, Any]) -> str | None:
    """The programme's own page, first of its resources. The link to apply is the log-in page of the state."""
    resources = record.get("additionalResources") or [{}]
    return clean(resources[0].get("url"))


def _split(text: str | None) -> list[str]:
    return [word for part in re.split(r"[;,]|\band\b", (clean(text) or "").lower()) if (word := clean(part))]


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((kind for word, kind in table if word in text), "other")


def _applicant_words(record: dict[str, Any]) -> list[str]:
    return _split(record.get("applicantCategory")) or _split(record.get("applicantType"))


def _applicant(text: str) -> str:
    return next((kind for start, kind in APPLICANTS if text.startswith(start)), "other")


def _places(text: str | None) -> list[str]:
    """FIPS codes where the text is a list of counties and nothing else, otherwise the state's code."""
    if found := _COUNTIES.fullmatch((clean(text) or "").lower()):
        codes = [_county_codes().get(name) for name in _split(found[1])]
        if codes and all(codes):
            return sorted(code for code in codes if code)
    return ["US-PA"]


@cache
def _county_codes() -> dict[str, str]:
    """Name without `County`, lower case -> FIPS code."""
    table = csv.DictReader(files("sources.reference").joinpath("us_counties.csv").read_text("utf-8").splitlines())
    return {row["county_name"].lower().removesuffix(" county"): row["fips"] for row in table if row["state"] == "PA"}


REGISTER = RecordRegister(
    name="pennsylvania_grants",
    title="Pennsylvania grants",
    publisher="Commonwealth of Pennsylvania",
    licence="unstated",
    licence_url="https://www.pa.gov/grants",
    attribution="Source: Commonwealth of Pennsylvania, grants.",
    yields="programme",
    url="https://egrants-apibeta.azurewebsites.net/api/grants/",
    cadence="weekly",
    floor=20,
    ceiling=20_000,
    personal_fields=("pointOfContact",),
    parse=_parse,
    fields=FIELDS,
    mandatory=("slug", "title", "status", "fundingType", "closeDate"),
)
