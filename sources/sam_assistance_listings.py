"""SAM.gov Assistance Listings: every grant, loan and service programme of the US federal government, one CSV, weekly.

The file is cp1252, quotes every cell and holds line breaks and JSON inside cells. The contact of the head office
(`Headquarters Office (152)`) names officials and is never read. Deadlines are JSON in a cell; most listings give none.

The newest weekly file is looked for in the folder list of its month. Should SAM.gov refuse (it turns away some data centres),
set `url:` to the older copy at
https://s3.amazonaws.com/falextracts/Assistance%20Listings/datagov/AssistanceListings_DataGov_PUBLIC_CURRENT.csv
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, BinaryIO

from sources.paging import Ask, Locating
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected
from sources.sam_words import agency_name, clean_words, kind_of_help, located_in, split_words, who_may_apply, window

#: The 38 columns of the file.
FIELDS = (
    "Program Title", "Program Number", "Popular Name (020)", "Federal Agency (030)", "Authorization (040)", "Objectives (050)",
    "Types of Assistance (060)", "Uses and Use Restrictions (070)", "Applicant Eligibility (081)",
    "Beneficiary Eligibility (082)", "Credentials/Documentation (083)", "Preapplication Coordination (091)",
    "Application Procedures (092)", "Award Procedure (093)", "Deadlines (094)",
    "Range of Approval/Disapproval Time (095)", "Appeals (096)", "Renewals (097)",
    "Formula and Matching Requirements (101)", "Length and Time Phasing of Assistance (102)", "Reports (111)", "Audits (112)",
    "Records (113)", "Account Identification (121)", "Obligations (122)", "Range and Average of Financial Assistance (123)",
    "Program Accomplishments (130)", "Regulations, Guidelines, and Literature (140)", "Regional or Local Office (151)",
    "Headquarters Office (152)", "Website Address (153)", "Related Programs (160)", "Examples of Funded Projects (170)",
    "Criteria for Selecting Proposals (180)", "Published Date", "Parent Shortname", "URL", "Recovery",
)  # fmt: skip
#: Only columns that are read.
REQUIRED = (
    "Program Title", "Program Number", "Federal Agency (030)", "Objectives (050)", "Types of Assistance (060)",
    "Applicant Eligibility (081)", "Deadlines (094)", "URL",
)  # fmt: skip

_NUMBER = re.compile(r"^\d{2}\.[0-9A-Z]{3}$")
#: A weekly file in the folder list, under whatever key and path.
_WEEKLY = re.compile(r"AssistanceListings_DataGov_PUBLIC_WEEKLY_(\d{8})\.csv$")


def locate(url: str, _options: Options, as_of: date) -> Locating:
    """Address of the newest weekly file of this month or the last. An `url` that is no folder list is the file itself.

    The reply's shape is not documented: any text in it that ends in the name of a weekly file counts. Raises RegisterError
    where there is none.
    """
    if "/listfiles" not in url:
        return [url]
    for day in (as_of, as_of.replace(day=1) - timedelta(days=1)):
        folder = url.replace("YYYY/MM-Mon", f"{day:%Y/%m-%b}")
        answer = yield Ask(folder, keep=False, may_be_missing=True)
        try:
            names = sorted(_weekly_names(answer.json())) if answer.found else []
        except ValueError:
            names = []  # a web page in place of the list
        if names:
            return [f"{folder.replace('/listfiles?domain=', '/download/')}/{names[-1]}?privacy=Public"]
    raise RegisterError(
        f"sam_assistance_listings: {url} lists no weekly file for {as_of:%b %Y} or the month before. Expected names such as "
        "AssistanceListings_DataGov_PUBLIC_WEEKLY_20260814.csv: set `url:` to the older copy (docs/profile.md), or use `path:`."
    )


def _weekly_names(listed: Any) -> Iterator[str]:
    """Names of weekly files anywhere in a JSON value; they end in their date, so the last by name is the newest."""
    if isinstance(listed, dict | list):
        for part in listed.values() if isinstance(listed, dict) else listed:
            yield from _weekly_names(part)
    elif isinstance(listed, str) and (found := _WEEKLY.search(listed)):
        yield found[0]


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    reader = csv.DictReader(io.TextIOWrapper(stream, encoding="cp1252", errors="replace", newline=""))
    reader.fieldnames = [_KNOWN.get(_key(name), name) for name in reader.fieldnames or []]
    missing = [c for c in REQUIRED if c not in reader.fieldnames]
    if missing:
        raise RegisterError(
            f"sam_assistance_listings: columns {missing} are missing; found {list(reader.fieldnames)[:6]}… "
            "Expected the 38-column Assistance Listings CSV: check that the file is the weekly `datagov` extract."
        )
    audit.saw(reader.fieldnames)
    for number, row in enumerate(reader, start=1):
        code, title = clean_words(row["Program Number"]), clean_words(row["Program Title"])
        if code is None or not _NUMBER.match(code):
            yield Rejected(number, code, f"program number {code!r} is not of the form NN.NNN")
        elif title is None:
            yield Rejected(number, code, "no title")
        else:
            yield {
                "native_id": code,
                "title": title,
                "agency": agency_name(row["Federal Agency (030)"]),
                "kinds": sorted({kind_of_help(t) for t in split_words(row["Types of Assistance (060)"])}),
                "objective": clean_words(row["Objectives (050)"]),
                "applicants": sorted({who_may_apply(t) for t in split_words(row["Applicant Eligibility (081)"])}),
                "country": "US",
                "places": located_in(f"{row['Applicant Eligibility (081)']} {row['Objectives (050)']}"),
                **_window(row["Deadlines (094)"]),
                "currency": "USD",
                "status": "open",
                "record_url": (row["URL"] or "").strip() or None,
            }


def _key(name: str) -> str:
    """A header cell by its letters and digits, so that a mark of the encoding or another blank does not matter."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


_KNOWN = {_key(name): name for name in FIELDS}


def _window(text: str | None) -> dict[str, str | None]:
    """The days of `{"flag": "yes", "list": [{"start": …, "end": …}]}`; a sentence says nothing."""
    try:
        return window(json.loads(text or "{}"))
    except json.JSONDecodeError:
        return {}


REGISTER = RecordRegister(
    name="sam_assistance_listings",
    title="SAM.gov Assistance Listings",
    publisher="US General Services Administration",
    licence="US-PD",
    licence_url="https://www.usa.gov/government-works",
    attribution="Source: SAM.gov Assistance Listings, US General Services Administration.",
    yields="programme",
    url="https://sam.gov/api/prod/fileextractservices/v1/api/listfiles?domain=Assistance%20Listings/datagov/YYYY/MM-Mon",
    locate=locate,
    cadence="weekly",
    floor=1_500,
    ceiling=10_000,
    record_url="https://sam.gov/search/?index=cfda&q={native_id}",
    personal_fields=("Headquarters Office (152)", "Regional or Local Office (151)"),
    parse=_parse,
    fields=FIELDS,
)
