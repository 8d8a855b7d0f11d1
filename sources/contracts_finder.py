"""Contracts Finder, calls for tenders: what public bodies in England and the UK government want to buy.

An API of OCDS 1.1 release packages; how they are asked for, and with which options, stands in `contracts_finder_pages.py`.
Several notices may speak of one procurement: the newest counts, and an award takes the call back.
The service answers 403, not 429, to a client that asks too fast, and then for five minutes: hence the long delay. Contact
points are never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from sources import uk_regions
from sources.contracts_finder_pages import FIELDS, MANDATORY, PERSONAL, Release, amount, buyer, day, pages, releases
from sources.places import uk_place
from sources.register import Audit, Options, Outside, RecordRegister, Rejected
from sources.text import clean, plain

_URL = "https://www.contractsfinder.service.gov.uk/Published/Notices/OCDS/Search"
#: Where a person can check a notice; `{}` is its ocid.
RECORD_URL = "https://www.contractsfinder.service.gov.uk/Published/OCDS/Record/{}"
#: A row whose procurement or award another notice tells of later.
SUPERSEDED = Outside("superseded by a later notice")
#: Ten pages a minute; being asked to wait costs five.
_DELAY_S = 6.0

Row = dict[str, Any] | Rejected | Outside


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[Row]:
    newest: dict[str, Row] = {}
    for number, release in enumerate(releases(stream, audit), start=1):
        row = _tender(number, release)
        if isinstance(row, dict) or (isinstance(row, Outside) and release.get("ocid") in newest):
            # A later award or cancellation takes the call back as well.
            if release["ocid"] in newest:
                yield SUPERSEDED
            newest[release["ocid"]] = row
        else:
            yield row
    yield from newest.values()


def _tender(number: int, release: Release) -> Row:
    ocid, tags, tender = release.get("ocid"), set(release.get("tag") or ()), release.get("tender") or {}
    title = clean(tender.get("title"))
    if not ocid or not title:
        return Rejected(number, ocid, "no ocid or no tender.title", "ocid" if title else "tender.title")
    if not any(str(tag).startswith("tender") for tag in tags):
        return Outside("planned only" if "planning" in tags else "no call for tenders")
    period = tender.get("tenderPeriod") or {}
    try:
        opens_on, closes_on = day(period.get("startDate") or release.get("date")), day(period.get("endDate"))
    except ValueError as error:
        return Rejected(number, ocid, "unreadable date", "tender.tenderPeriod", str(error))
    (low, _), (high, currency) = amount(tender.get("minValue")), amount(tender.get("value"))
    suitable = tender.get("suitability") or {}
    told = (("business", True), ("nonprofit", suitable.get("vcse")), ("small_business", suitable.get("sme")))
    return {
        "native_id": ocid,
        "title": title,
        "agency": clean(buyer(release).get("name")),
        "kinds": ["contract"],
        "objective": plain(tender.get("description")),
        "applicants": [kind for kind, fits in told if fits],
        "country": "GB",
        "places": delivery_places(tender),
        "opens_on": opens_on,
        "closes_on": closes_on,
        "amount_min": low,
        "amount_max": high,
        "currency": currency,
        "status": {"active": "open", "planned": "unknown"}.get(tender.get("status") or "active", "closed"),
        "record_url": RECORD_URL.format(ocid),
    }


def delivery_places(tender: Release) -> list[str]:
    """Where the work is done: districts of the postcodes named, else regions or nations; none for the whole country."""
    addresses = [a for item in tender.get("items") or [] for a in item.get("deliveryAddresses") or []]
    return uk_regions.places(code for address in addresses for code in _codes(address))


def _codes(address: Mapping[str, Any]) -> tuple[str, ...]:
    place = uk_place(address.get("postalCode") or "")
    if place and place.district_code:
        return (place.district_code,)
    told = (uk_regions.codes_of(address.get(field) or "") for field in ("region", "countryName"))
    return next((codes for codes in told if codes is not None), ())


def register(**special: Any) -> RecordRegister:
    """A register over this service."""
    return RecordRegister(
        publisher="UK Cabinet Office",
        licence="OGL-UK-3.0",
        licence_url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        attribution="Contains public sector information licensed under the Open Government Licence v3.0.",
        url=_URL,
        cadence="daily",
        floor=20,
        ceiling=50_000,
        host_delay_s=_DELAY_S,
        personal_fields=PERSONAL,
        fields=FIELDS,
        mandatory=MANDATORY,
        **special,
    )


REGISTER = register(
    name="contracts_finder", title="Contracts Finder: open calls", yields="programme", pages=pages("tender"), parse=_parse
)
