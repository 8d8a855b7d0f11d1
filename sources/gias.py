"""Get Information about Schools (GIAS): every school and college of England, open and closed, one CSV a day.

Traps: the file is Windows-1252 and its name holds the date of a day that may be missing, so the last 31 are tried; schools
closed long ago stay in it (kept as inactive); schools abroad and on the Channel Islands are listed too.

Sector: what the state funds is public. Independent schools are mostly charities (some are firms; the register does not say
which), as are non-maintained special schools: nonprofit, so that they are judged as partners and not as businesses.
The names of head teachers and proprietors and the telephones are never read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, BinaryIO

from sources.address import places_only, web_address
from sources.csv_records import Cells, csv_records, iso_day
from sources.gias_columns import COLUMNS, PERSONAL
from sources.paging import Ask, Locating
from sources.postcodes import uk_postcode
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected

MANDATORY = (
    "URN", "EstablishmentName", "TypeOfEstablishment (name)", "EstablishmentTypeGroup (name)", "EstablishmentStatus (name)",
    "Street", "Town", "Postcode",
)  # fmt: skip

#: Types of establishment that lie outside the United Kingdom.
ABROAD = {"British schools overseas", "Offshore schools", "Service children's education"}

#: Stands for the day in the file's address, as 20260630.
_DAY = "YYYYMMDD"
_DAYS_BACK = 30


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    for number, cells in csv_records(stream, "gias", audit, COLUMNS, MANDATORY):
        if isinstance(cells, Rejected):
            yield cells
            continue
        urn = cells["URN"]
        if urn is None or not urn.isdigit():
            yield Rejected(number, urn, "the URN is not all digits", "URN", urn)
        elif cells["TypeOfEstablishment (name)"] in ABROAD:
            yield Outside("school abroad")
        else:
            yield _row(urn, cells)


def _row(urn: str, cells: Cells) -> dict[str, Any]:
    kind, phase, ukprn = cells["TypeOfEstablishment (name)"], cells.get("PhaseOfEducation (name)"), cells.get("UKPRN")
    trust = cells.get("Trusts (code)")
    lines = places_only(cells.get(name) for name in ("Street", "Locality", "Address3"))
    return {
        "native_id": urn,
        "name": cells["EstablishmentName"],
        "sector": _sector(cells),
        "street": lines[0] if lines else None,
        "city": cells["Town"],
        "postcode": uk_postcode(cells["Postcode"]),
        "country": "GB",
        "website": web_address(cells.get("SchoolWebsite")),
        "description": ", ".join(part for part in (phase, kind) if part and part != "Not applicable") or None,
        "class_scheme": "GIAS",
        "class_codes": [kind] if kind else [],
        "identifiers": [f"GB-EDU-{urn}", *([f"GB-UKPRN-{ukprn}"] if ukprn and ukprn.isdigit() else [])],
        # "Open, but proposed to close" is open; "Proposed to open" is not yet.
        "status": "active" if (cells["EstablishmentStatus (name)"] or "").startswith("Open") else "inactive",
        "started_on": iso_day(cells.get("OpenDate"), "%d-%m-%Y"),
        # An academy trust runs several schools; the register gives its own number of the trust and its name.
        "parent_identifiers": [f"GIAS-TRUST-{trust}"] if trust else [],
        "parent_name": cells.get("Trusts (name)") if trust else None,
        "parent_kind": "group_member" if trust else None,
    }


def _sector(cells: Cells) -> str:
    if cells["TypeOfEstablishment (name)"] == "Non-maintained special school":
        return "nonprofit"
    by_group = {"Independent schools": "nonprofit", "Online provider": "private"}
    return by_group.get(cells["EstablishmentTypeGroup (name)"] or "", "public")


def locate(url: str, _options: Options, as_of: date) -> Locating:
    """Address of the newest file of the last 31 days. Raises RegisterError where there is none."""
    if _DAY not in url:
        return [url]
    for back in range(_DAYS_BACK + 1):
        day_url = url.replace(_DAY, (as_of - timedelta(days=back)).strftime("%Y%m%d"))
        if (yield Ask(day_url, head=True, may_be_missing=True)).found:
            return [day_url]
    raise RegisterError(
        f"gias: no file of the last {_DAYS_BACK + 1} days up to {as_of} at {url}. The publisher may have moved it; download it "
        "by hand from get-information-schools.service.gov.uk/Downloads and use `path:`."
    )


REGISTER = RecordRegister(
    name="gias",
    title="Get Information about Schools",
    publisher="Department for Education",
    licence="OGL-UK-3.0",
    licence_url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    attribution="Contains Department for Education data from Get Information about Schools, Open Government Licence v3.0.",
    url=f"https://ea-edubase-api-prod.azurewebsites.net/edubase/downloads/public/edubasealldata{_DAY}.csv",
    locate=locate,
    cadence="daily",
    org_id_scheme="GB-EDU",
    floor=20_000,  # a chamber may read one area alone; the full file has 50,000 rows
    ceiling=100_000,
    host_delay_s=1.0,
    record_url="https://www.get-information-schools.service.gov.uk/Establishments/Establishment/Details/{native_id}",
    personal_fields=PERSONAL,
    parse=_parse,
    fields=COLUMNS,
    mandatory=MANDATORY,
)
