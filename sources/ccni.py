"""Northern Ireland charity register (CCNI): the whole register as one CSV, in an older layout of 20 columns or a newer one.

Traps: apostrophes are written as back-ticks; the postcode is the tail of the public address; a cell of several values is
split on commas, but a comma and a blank belong to a value; company numbers lack their prefix and 0 or 999999 is none.
The wording of the newer columns is not certain, so headers are matched by their beginning too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from sources.address import places_only, web_address
from sources.csv_records import Cells, csv_records, iso_day
from sources.postcodes import uk_postcode
from sources.register import Audit, Options, Outside, RecordRegister, Rejected
from sources.size import size_band
from sources.text import clean, money

MANDATORY = ("Reg charity number", "Charity name", "Status", "Public address", "What the charity does")
FIELDS = (
    *MANDATORY, "Sub charity number", "Other name", "Date registered", "Date for financial year ending", "Total income",
    "Total spending", "Charitable spending", "Income generation and governance", "Retained for future use", "Website", "Email",
    "Telephone", "Company number", "Who the charity helps", "How the charity works", "Charitable purposes",
    "Type of governing document", "Financial period start", "Financial period end", "Total income. Previous financial period.",
    "Employed staff", "UK and Ireland volunteers", "Income from donations and legacies", "Income from charitable activities",
    "Income from other trading activities", "Income from investments", "Income from other", "Total income and endowments",
    "Expenditure on Raising funds", "Expenditure on Charitable activities", "Expenditure on Governance",
    "Expenditure on Other", "Total expenditure", "Assets and liabilities - Total fixed assets",
    "Total net assets and liabilities",
)  # fmt: skip

_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\W*$", re.IGNORECASE)
_COUNTY = re.compile(r"(co\.?|county) \w+|northern ireland|n\.? ?ireland", re.IGNORECASE)


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    for number, cells in csv_records(stream, "ccni", audit, FIELDS, MANDATORY, by_prefix=True):
        if isinstance(cells, Rejected):
            yield cells
            continue
        charity = cells["Reg charity number"]
        if charity is None or not charity.isdigit():
            yield Rejected(number, charity, "the charity number is not all digits", "Reg charity number", charity)
        elif cells.get("Sub charity number") not in (None, "0"):
            yield Outside("part of another charity")
        else:
            yield _row(charity, cells)


def _row(charity: str, cells: Cells) -> dict[str, Any]:
    income = money(cells.get("Total income") or cells.get("Total income and endowments"))
    company = _company(cells.get("Company number"))
    return {
        "native_id": charity,
        "name": _words(cells["Charity name"]),
        "other_names": [name for name in [_words(cells.get("Other name"))] if name],
        "sector": "nonprofit",
        **_address(cells["Public address"]),
        "country": "GB",
        "website": web_address(cells.get("Website")),
        "description": _words(cells.get("Charitable purposes")),
        "class_scheme": "CCNI",
        "class_codes": _values(cells["What the charity does"]),
        "identifiers": [f"GB-NIC-{charity}", *([f"GB-COH-{company}"] if company else [])],
        "status": {None: "unknown", "removed": "inactive"}.get((cells["Status"] or "").lower() or None, "active"),
        "started_on": iso_day(cells.get("Date registered"), "%d/%m/%Y"),
        "last_filed_on": iso_day(cells.get("Date for financial year ending") or cells.get("Financial period end"), "%d %B %Y"),
        "income_amount": income,
        "income_currency": None if income is None else "GBP",
        "size_band": size_band(income),
    }


def _words(text: str | None) -> str | None:
    return clean((text or "").replace("`", "'"))


def _values(text: str | None) -> list[str]:
    """Values of a cell, lower case, each once, in its order."""
    values = [" ".join(value.lower().split()) for value in re.split(r",(?! )", _words(text) or "")]
    return [value for value in dict.fromkeys(values) if value]


def _address(text: str | None) -> dict[str, str | None]:
    """Street, town and postcode; the address may be withheld, or be the postcode alone."""
    address = " ".join((text or "").split())
    found = _POSTCODE.search(address)
    lines = (address[: found.start()] if found else address).split(",")
    places = [place for place in places_only(lines) if not _COUNTY.fullmatch(place)]
    return {
        "street": ", ".join(places[:-1]) or None,
        "city": places[-1] if places else None,
        "postcode": uk_postcode(found[0]) if found else None,
    }


def _company(number: str | None) -> str | None:
    """The eight characters of Companies House: NI and six digits, or eight digits of a company of England and Wales."""
    number = (number or "").upper().replace(" ", "")
    if number.isdigit():
        digits = number.lstrip("0")
        if digits in ("", "999999") or len(digits) > 8:
            return None
        return f"NI{digits:0>6}" if len(digits) <= 6 else f"{digits:0>8}"
    return number if re.fullmatch(r"[A-Z]{2}\d{6}", number) else None


REGISTER = RecordRegister(
    name="ccni",
    title="Register of charities in Northern Ireland",
    publisher="Charity Commission for Northern Ireland",
    licence="OGL-UK-3.0",
    licence_url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    attribution=(
        "Contains information from the Charity Commission for Northern Ireland, licensed under the Open Government Licence v3.0."
    ),
    url=(
        "https://www.charitycommissionni.org.uk/api/charity-search/exportSearchResultsToCsv/"
        "?homePageId=c0884e5e-b621-4563-a378-2b313e15c74a&pageNumber=1&sortOption=Rank%3Basc&searchText="
    ),
    cadence="daily",
    org_id_scheme="GB-NIC",
    floor=4_000,
    ceiling=20_000,
    host_delay_s=2.0,
    record_url="https://www.charitycommissionni.org.uk/charity-details/?regId={native_id}&subId=0",
    personal_fields=("Email", "Telephone"),
    parse=_parse,
    fields=FIELDS,
    mandatory=MANDATORY,
)
