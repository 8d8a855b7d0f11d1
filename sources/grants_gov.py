"""Grants.gov daily extract: every funding opportunity of the US federal government, one ZIP of one big XML, each morning.

The file holds closed opportunities too (82,230 of them in 2026, against some 900 forecasts) and tells open from closed by
dates alone. Dates are `MMDDYYYY`, amounts digits or `none`, descriptions HTML escaped twice. Seven days are kept under
dated names. Layout: GrantsDBExtract_schema.xsd, release 15.2; codes: lookup tables of Grants.gov.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import IO, Any, BinaryIO

from lxml import etree

from sources.paging import Ask, Locating
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected
from sources.text import clean, money, plain, us_day

#: Funding instrument -> form of help. A cooperative agreement is a grant the agency takes part in.
KINDS = {"G": "grant", "CA": "grant", "PC": "contract"}

#: Eligible applicant -> who may apply. 20 is private, 06 public higher education; 08 are housing authorities.
APPLICANTS = {
    **dict.fromkeys(("00", "01", "02", "04", "05", "06", "08"), "public"),
    **dict.fromkeys(("07", "11"), "tribal"),
    **dict.fromkeys(("12", "13", "20"), "nonprofit"),
    "21": "individual",
    "22": "business",
    "23": "small_business",
    "99": "anyone",
}

PERSONAL = (
    "GrantorContactEmail", "GrantorContactEmailDescription", "GrantorContactName", "GrantorContactPhoneNumber",
    "GrantorContactText",
)  # fmt: skip
READ = frozenset((
    "AgencyName", "ArchiveDate", "AwardCeiling", "AwardFloor", "CloseDate", "Description", "EligibleApplicants",
    "EstimatedSynopsisCloseDate", "EstimatedSynopsisPostDate", "FundingInstrumentType", "OpportunityID", "OpportunityTitle",
    "PostDate",
))  # fmt: skip
FIELDS = (
    *sorted(READ), *PERSONAL, "AdditionalInformationOnEligibility", "AdditionalInformationText", "AdditionalInformationURL",
    "AgencyCode", "CFDANumbers", "CategoryExplanation", "CategoryOfFundingActivity", "CloseDateExplanation",
    "CostSharingOrMatchingRequirement", "EstimatedAwardDate", "EstimatedProjectStartDate",
    "EstimatedSynopsisCloseDateExplanation", "EstimatedTotalProgramFunding", "ExpectedNumberOfAwards", "FiscalYear",
    "LastUpdatedDate", "OpportunityCategory", "OpportunityCategoryExplanation", "OpportunityNumber", "Version",
)  # fmt: skip

_SPACE = "{http://apply.grants.gov/system/OpportunityDetail-V1.0}"
_FORECAST = f"{_SPACE}OpportunityForecastDetail_1_0"
#: Days a dated file stays on the server.
_DAYS_KEPT = 7
#: The 2026 file unpacks to 320 MB; one that unpacks to more than this is refused.
_MAX_UNPACKED = 3_000_000_000


def locate(url: str, _options: Options, as_of: date) -> Locating:
    """Address of the newest extract: `YYYYMMDD` in `url` becomes the run's day, or the last one before it with a file."""
    for back in range(_DAYS_KEPT + 1):
        dated = url.replace("YYYYMMDD", f"{as_of - timedelta(days=back):%Y%m%d}")
        answer = yield Ask(dated, head=True, keep=False, may_be_missing=True)
        if answer.found:
            return [dated]
    raise RegisterError(
        f"grants_gov: no extract of the {_DAYS_KEPT} days before {as_of} at {url}. Expected one a day: look at "
        "https://www.grants.gov/xml-extract for a new address (`url:`), or download it by hand and use `path:`."
    )


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    with _unpacked(stream) as xml:
        for number, (is_forecast, record) in enumerate(_records(xml, audit), start=1):
            native_id, title = _first(record, "OpportunityID"), plain(_first(record, "OpportunityTitle"))
            if native_id is None or not native_id.isdigit():
                yield Rejected(number, native_id, "opportunity id is no number", "OpportunityID", native_id)
            elif title is None:
                yield Rejected(number, native_id, "no title", "OpportunityTitle")
            else:
                yield {"native_id": native_id, "title": title, **_row(record, is_forecast)}


def _row(record: Mapping[str, list[str]], is_forecast: bool) -> dict[str, Any]:
    opens, closes = ("EstimatedSynopsisPostDate", "EstimatedSynopsisCloseDate") if is_forecast else ("PostDate", "CloseDate")
    return {
        "agency": plain(_first(record, "AgencyName")),
        "kinds": sorted({KINDS.get(code, "other") for code in record.get("FundingInstrumentType", ())}),
        "objective": plain(_first(record, "Description")),
        "applicants": sorted({APPLICANTS.get(code, "other") for code in record.get("EligibleApplicants", ())}),
        "country": "US",
        "opens_on": us_day(_first(record, opens)),
        # Old opportunities may name no closing day; nobody can apply after the day of archiving.
        "closes_on": us_day(_first(record, closes)) or us_day(_first(record, "ArchiveDate")),
        "amount_min": money(_first(record, "AwardFloor")) or None,  # 0 says that no floor is set
        "amount_max": money(_first(record, "AwardCeiling")) or None,
        "currency": "USD",
        "status": "unknown" if is_forecast else "open",
    }


def _first(record: Mapping[str, list[str]], name: str) -> str | None:
    return record.get(name, [None])[0]


def _records(xml: IO[bytes], audit: Audit) -> Iterator[tuple[bool, dict[str, list[str]]]]:
    """Each opportunity as (is a forecast, field -> values), in constant memory. Raises RegisterError for a DTD."""
    tags = (f"{_SPACE}OpportunitySynopsisDetail_1_0", _FORECAST)
    # A record is flat and its text short, so the parser's own limits on depth and length stay on.
    for _, element in etree.iterparse(xml, tag=tags, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False):
        if element.getroottree().docinfo.internalDTD is not None:
            raise RegisterError("grants_gov: the XML brings a DTD, which the extract never does; download it again.")
        record: dict[str, list[str]] = {}
        for child in element.iterchildren(tag=etree.Element):
            value = clean(child.text)
            audit.saw((name := etree.QName(child).localname,))
            if name in READ and value:
                record.setdefault(name, []).append(value)
        yield element.tag == _FORECAST, record
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


@contextmanager
def _unpacked(stream: BinaryIO) -> Iterator[IO[bytes]]:
    """The XML: the file itself, or the one inside a ZIP. Raises RegisterError where there is none or it is too big."""
    head = stream.read(2)
    stream.seek(0)
    if head != b"PK":
        yield stream
        return
    with zipfile.ZipFile(stream) as archive:
        members = sorted(info.filename for info in archive.infolist() if info.filename.lower().endswith(".xml"))
        if not members:
            raise RegisterError(f"grants_gov: no .xml in the ZIP, found {archive.namelist()[:5]}; expected a GrantsDBExtract.")
        size = archive.getinfo(members[-1]).file_size
        if size > _MAX_UNPACKED:
            raise RegisterError(f"grants_gov: {members[-1]} unpacks to {size:,} bytes, more than {_MAX_UNPACKED:,}.")
        with archive.open(members[-1]) as xml:
            yield xml


REGISTER = RecordRegister(
    name="grants_gov",
    title="Grants.gov opportunities, daily extract",
    publisher="US Department of Health and Human Services",
    licence="US-PD",
    licence_url="https://www.usa.gov/government-works",
    attribution="Source: Grants.gov.",
    yields="programme",
    url="https://prod-grants-gov-chatbot.s3.amazonaws.com/extracts/GrantsDBExtractYYYYMMDDv2.zip",
    locate=locate,
    cadence="daily",
    floor=10_000,
    ceiling=200_000,
    record_url="https://www.grants.gov/search-results-detail/{native_id}",
    personal_fields=PERSONAL,
    parse=_parse,
    fields=FIELDS,
    mandatory=("OpportunityID", "OpportunityTitle", "LastUpdatedDate"),
)
