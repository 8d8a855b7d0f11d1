"""SAM.gov Assistance Listings: every grant, loan and service programme of the US federal government, one CSV, weekly.

The file is cp1252, quotes every cell and holds line breaks and JSON inside cells. The contact of the head office
(`Headquarters Office (152)`) names officials and is never read. Deadlines
are JSON in a cell; most listings give none.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from sources.register import Options, RecordRegister, RegisterError, Rejected

#: Only columns that are read; the file has 38.
REQUIRED = (
    "Program Title", "Program Number", "Federal Agency (030)", "Objectives (050)", "Types of Assistance (060)",
    "Applicant Eligibility (081)", "Deadlines (094)", "URL",
)  # fmt: skip

#: Types of assistance (element names of SAM's `assistance_type` dictionary) -> form of help.
KINDS = {
    "FORMULA GRANTS": "grant",
    "PROJECT GRANTS": "grant",
    "DIRECT PAYMENTS FOR A SPECIFIED USE": "payment",
    "DIRECT PAYMENTS WITH UNRESTRICTED USE": "payment",
    "DIRECT LOANS": "loan",
    "GUARANTEED / INSURED LOANS": "guarantee",
    "INSURANCE": "insurance",
    "SALE, EXCHANGE, OR DONATION OF PROPERTY OR GOODS": "goods",
    "USE OF PROPERTY, FACILITIES, OR EQUIPMENT": "goods",
    "PROVISION OF SPECIALIZED SERVICES": "service",
    "ADVISORY SERVICES AND COUNSELING": "service",
    "DISSEMINATION OF TECHNICAL INFORMATION": "service",
    "TRAINING": "training",
}

#: Beginnings of applicant types (SAM's `applicant_types` dictionary, lower case) -> who may apply.
APPLICANTS = (
    ("small business", "small_business"),
    ("profit organization", "business"),
    ("for-profit", "business"),
    ("anyone", "anyone"),
    ("individual", "individual"),
    ("minority group", "minority_group"),
    ("private nonprofit", "nonprofit"),
    ("public nonprofit", "nonprofit"),
    ("quasi-public nonprofit", "nonprofit"),
    ("nonprofit", "nonprofit"),
    ("state", "public"),
    ("local", "public"),
    ("city", "public"),
    ("county", "public"),
    ("other public", "public"),
    ("special district", "public"),
    ("independent school", "public"),
    ("government", "public"),
    ("federally recognized", "tribal"),
    ("federal", "public"),
    ("interstate", "public"),
    ("intrastate", "public"),
    ("u.s. territories", "public"),
    ("native american", "tribal"),
    ("indian", "tribal"),
)

_NUMBER = re.compile(r"^\d{2}\.[0-9A-Z]{3}$")
_LOCATED_IN = re.compile(r"located in ((?:[A-Z][a-z]+ )+County)")
_NOTHING = {"", "not applicable", "no current data available", "n/a"}


def _parse(stream: BinaryIO, _options: Options) -> Iterator[dict[str, Any] | Rejected]:
    reader = csv.DictReader(io.TextIOWrapper(stream, encoding="cp1252", errors="replace", newline=""))
    missing = [c for c in REQUIRED if c not in (reader.fieldnames or [])]
    if missing:
        raise RegisterError(
            f"sam_assistance_listings: columns {missing} are missing; found {list(reader.fieldnames or [])[:6]}… "
            "Expected the 38-column Assistance Listings CSV: check that the file is the weekly `datagov` extract."
        )
    for number, row in enumerate(reader, start=1):
        code, title = _clean(row["Program Number"]), _clean(row["Program Title"])
        if code is None or not _NUMBER.match(code):
            yield Rejected(number, code, f"program number {code!r} is not of the form NN.NNN")
        elif title is None:
            yield Rejected(number, code, "no title")
        else:
            yield {
                "native_id": code,
                "title": title,
                "agency": _agency(row["Federal Agency (030)"]),
                "kinds": sorted({KINDS.get(t.strip().upper(), "other") for t in _split(row["Types of Assistance (060)"])}),
                "objective": _clean(row["Objectives (050)"]),
                "applicants": sorted({_applicant(t) for t in _split(row["Applicant Eligibility (081)"])}),
                "country": "US",
                "places": sorted(set(_LOCATED_IN.findall(f"{row['Applicant Eligibility (081)']} {row['Objectives (050)']}"))),
                **_window(row["Deadlines (094)"]),
                "currency": "USD",
                "status": "open",
                "record_url": (row["URL"] or "").strip() or None,
            }


def _clean(text: str | None) -> str | None:
    """Text with white space collapsed and lost curly quotes (`?` between letters) mended; None where it says nothing."""
    text = re.sub(r"(?<=[A-Za-z])\?(?=[a-z])", "’", " ".join((text or "").split()))
    text = text.replace(" ? ", " – ")
    return None if text.lower() in _NOTHING else text


def _window(text: str | None) -> dict[str, str | None]:
    """First and last day to apply of the latest round, from `{"flag": "yes", "list": [{"start": …, "end": …}]}`.

    A sentence, or a day that does not exist, says nothing: such a round is passed over.
    """
    try:
        rounds = json.loads(text or "{}")["list"]
    except (json.JSONDecodeError, TypeError, KeyError):
        return {}
    dated = [r for r in rounds if isinstance(r, dict) and _day(r.get("end"))] if isinstance(rounds, list) else []
    latest = max(dated, key=lambda r: str(r["end"]), default=None)
    return {} if latest is None else {"opens_on": _day(latest.get("start")), "closes_on": _day(latest["end"])}


def _day(text: object) -> str | None:
    """An ISO date, or None."""
    try:
        return date.fromisoformat(str(text)).isoformat()
    except ValueError:
        return None


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip().lower() not in _NOTHING]


def _applicant(text: str) -> str:
    low = text.lower()
    return next((kind for start, kind in APPLICANTS if low.startswith(start)), "other")


def _agency(text: str | None) -> str | None:
    """`SUB-AGENCY, DEPARTMENT OF X` or `SUB-AGENCY, X, DEPARTMENT OF` → `Sub-Agency`: what a person would call it."""
    cleaned = _clean(text)
    if cleaned is None:
        return None
    first = cleaned.split(",")[0].strip()
    small = {"of", "the", "and", "for", "on", "in", "to"}
    words = [w.lower() if w.lower() in small and i else w if "(" in w else w.capitalize() for i, w in enumerate(first.split())]
    return " ".join(words)


REGISTER = RecordRegister(
    name="sam_assistance_listings",
    title="SAM.gov Assistance Listings",
    publisher="US General Services Administration",
    licence="US-PD",
    licence_url="https://www.usa.gov/government-works",
    attribution="Source: SAM.gov Assistance Listings, US General Services Administration.",
    yields="programme",
    url="https://s3.amazonaws.com/falextracts/Assistance%20Listings/datagov/AssistanceListings_DataGov_PUBLIC_CURRENT.csv",
    cadence="weekly",
    floor=50,
    ceiling=10_000,
    record_url="https://sam.gov/search/?index=cfda&q={native_id}",
    personal_fields=("Headquarters Office (152)", "Regional or Local Office (151)"),
    parse=_parse,
)
