"""New Zealand charities register: registered charities from an OData v2 service, page by page.

No reply was at hand when this was written: it reads what the service's users describe and refuses anything else. Rows come as
`{"d": […]}` or `{"d": {"results": […]}}`, dates as `/Date(ms)/`. Only the fields read are asked for, so that e-mails and
phones never leave the service; its `Officers` (people) are never asked for. The whole register as one CSV, downloaded by
hand (`Organisations?$format=csv&$returnall=true`), is read too. The address is where post goes; bodies of other countries are
rare and not marked. The service refuses addresses of data centres; an answer that is a web page says so.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import urlencode

from sources.address import places_only, web_address
from sources.csv_records import csv_records
from sources.odata import Row, day_of, rows_of
from sources.paging import Ask, KeptPage, Paging, kept_pages
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected
from sources.text import clean

MANDATORY = ("OrganisationId", "Name", "CharityRegistrationNumber")
ASKED = (
    *MANDATORY, "RegistrationStatus", "DateRegistered", "PostalAddressLine1", "PostalAddressCity", "PostalAddressPostcode",
    "WebSiteURL", "MainSectorId", "CharitablePurpose",
)  # fmt: skip
PERSONAL = ("CharityEmailAddress", "EMailAddress1", "Telephone1")
FIELDS = (
    *ASKED, *PERSONAL, "__metadata", "NZBNNumber", "CompaniesOfficeNumber", "PostalAddressSuburb", "StreetAddressCity",
    "StreetAddressSuburb", "StreetAddressPostcode", "DeregistrationDate", "DeregistrationReasons", "ModifiedOn",
    "AnnualReturnDueDate", "MainActivityId", "MainBeneficiaryId", "PurposeToGiveGrantsAndDonations",
    "OrganisationGeneratesFundsGrantsDonationsToOthers", "OperateOverseas", "PercentageSpentOverseas", "EntityStructure",
    "LegalStructure",
)  # fmt: skip

#: Most rows the service gives at once.
PAGE_ROWS = 1_000


def pages(url: str, _options: Options) -> Paging:
    """The names of the sectors, then organisations until a page is empty. Raises RegisterError where paging does not advance."""
    yield Ask(url + "Sectors?" + urlencode({"$format": "json"}, safe="$"), may_be_missing=True)
    seen, before = 0, None
    while True:
        query = {
            "$format": "json",
            "$select": ",".join(ASKED),
            "$filter": "RegistrationStatus eq 'Registered'",
            "$orderby": "OrganisationId",
            "$top": PAGE_ROWS,
            "$skip": seen,
        }
        rows = rows_of((yield Ask(url + "Organisations?" + urlencode(query, safe="$,'"))).text(), "nz_charities")
        if not rows:
            return
        if rows == before:
            raise RegisterError(f"nz_charities: the page at $skip={seen} repeats the one before; expected the next rows.")
        seen, before = seen + len(rows), rows


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    sectors: dict[str, str] = {}
    number = 0
    for page in kept_pages(stream):
        if "/Sectors?" in page.url:
            sectors = {str(row.get("SectorId")): str(row.get("Name")) for row in rows_of(page.answer().text(), "nz_charities")}
            continue
        for row in _page_rows(page, audit):
            number += 1
            yield row if isinstance(row, Rejected) else _charity(number, row, sectors)


def _page_rows(page: KeptPage, audit: Audit) -> Iterator[Row | Rejected]:
    """Rows of a JSON page, or of a CSV downloaded by hand."""
    text = page.answer().text()
    if page.url or text.lstrip()[:1] in ("{", "[", "<", ""):
        for row in rows_of(text, "nz_charities"):
            audit.saw(row)
            yield row
    else:
        for _, cells in csv_records(io.BytesIO(page.body), "nz_charities", audit, FIELDS, MANDATORY):
            yield cells


def _charity(number: int, row: Row, sectors: Mapping[str, str]) -> dict[str, Any] | Rejected:
    cells = {name: None if row.get(name) is None else str(row[name]) for name in ASKED}
    charity = (cells["CharityRegistrationNumber"] or "").strip().upper()
    if not re.fullmatch(r"CC\d+", charity):
        rule = "the registration number is not CC and digits"
        return Rejected(number, charity or None, rule, "CharityRegistrationNumber", charity or None)
    streets = places_only([cells["PostalAddressLine1"]])
    sector = cells["MainSectorId"] or ""
    return {
        "native_id": charity,
        "name": clean(cells["Name"]),
        "sector": "nonprofit",
        "street": streets[0] if streets else None,
        "city": clean(cells["PostalAddressCity"]),
        "postcode": clean(cells["PostalAddressPostcode"]),
        "country": "NZ",
        "website": web_address(cells["WebSiteURL"]),
        "description": clean(cells["CharitablePurpose"]),
        "class_scheme": "NZ-SECTOR",
        "class_codes": [code for code in (sectors.get(sector), sector) if code],
        "status": "active" if cells["RegistrationStatus"] == "Registered" else "inactive",
        "started_on": day_of(cells["DateRegistered"]),
    }


REGISTER = RecordRegister(
    name="nz_charities",
    title="New Zealand Charities Register",
    publisher="Charities Services, Te Tari Taiwhenua Department of Internal Affairs",
    licence="CC-BY-4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    attribution="Source: Charities Services (New Zealand), Charities Register, CC BY.",
    url="https://www.odata.charities.govt.nz/",
    pages=pages,
    max_pages=200,
    cadence="weekly",
    floor=15_000,
    ceiling=60_000,
    host_delay_s=5.0,
    record_url="https://register.charities.govt.nz/Charity/{native_id}",
    personal_fields=(*PERSONAL, "Officers"),
    parse=_parse,
    fields=FIELDS,
    mandatory=MANDATORY,
)
