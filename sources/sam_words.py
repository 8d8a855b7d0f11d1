"""Words of SAM.gov in ours: kinds of help, applicants, agencies, and what stands for nothing. Shared by its CSV and its API.

Belongs here: vocabulary. Does not: either format.
"""

from __future__ import annotations

import re
from typing import Any

from sources.text import iso_day

#: Types of assistance (element names of SAM's `assistance_type` dictionary) -> form of help. Formula grants are shared out among
#: states, whoever the listing says may benefit: nobody else can apply for one.
KINDS = {
    "FORMULA GRANTS": "formula_grant",
    "PROJECT GRANTS": "grant",
    "DIRECT PAYMENTS FOR A SPECIFIED USE": "payment",
    "DIRECT PAYMENTS WITH UNRESTRICTED USE": "payment",
    "DIRECT LOANS": "loan",
    "GUARANTEED/INSURED LOANS": "guarantee",
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

#: Capitalised words before `County`: `McHenry County`, `St. Clair County`, `Prince George's County`.
_LOCATED_IN = re.compile(r"located in ((?:[A-Z][A-Za-z.'’-]* )+County)")
_NOTHING = {"", "not applicable", "no current data available", "n/a"}


def kind_of_help(text: str) -> str:
    """Our word for a type of assistance, whatever stands around its slash."""
    return KINDS.get(re.sub(r"\s*/\s*", "/", text.strip().upper()), "other")


def who_may_apply(text: str) -> str:
    """Our word for an applicant type."""
    low = text.lower()
    return next((kind for start, kind in APPLICANTS if low.startswith(start)), "other")


def agency_name(text: str | None) -> str | None:
    """`SUB-AGENCY, DEPARTMENT OF X` or `SUB-AGENCY, X, DEPARTMENT OF` → `Sub-Agency`: what a person would call it.

    A department by itself keeps that word: `EDUCATION, DEPARTMENT OF` → `Department of Education`.
    """
    cleaned = clean_words(text)
    if cleaned is None:
        return None
    whole_department = re.fullmatch(r"([^,]+), (DEPARTMENT OF(?: THE)?)", cleaned)
    first = f"{whole_department[2]} {whole_department[1]}" if whole_department else cleaned.split(",")[0].strip()
    small = {"of", "the", "and", "for", "on", "in", "to"}
    words = [w.lower() if w.lower() in small and i else w if "(" in w else w.capitalize() for i, w in enumerate(first.split())]
    return " ".join(words)


def clean_words(text: str | None) -> str | None:
    """Text with white space collapsed and lost curly quotes (`?` between letters) mended; None where it says nothing."""
    text = re.sub(r"(?<=[A-Za-z])\?(?=[a-z])", "’", " ".join((text or "").split()))
    text = text.replace(" ? ", " – ")
    return None if text.lower() in _NOTHING else text


def split_words(text: str | None) -> list[str]:
    """Parts between semicolons, placeholders left out."""
    return [part.strip() for part in (text or "").split(";") if part.strip().lower() not in _NOTHING]


def located_in(text: str) -> list[str]:
    """Names of the counties a listing is limited to, sorted. SAM has no field for that; the sentence says `located in`."""
    return sorted(set(_LOCATED_IN.findall(text)))


def window(deadlines: Any) -> dict[str, str | None]:
    """First and last day to apply of the latest round of `{"list": [{"start": …, "end": …}]}`, as columns of a programme.

    A round without an end, or with a day that does not exist, is passed over.
    """
    rounds = deadlines.get("list") if isinstance(deadlines, dict) else None
    dated = [r for r in rounds if isinstance(r, dict) and iso_day(r.get("end"))] if isinstance(rounds, list) else []
    latest = max(dated, key=lambda r: str(r["end"]), default=None)
    return {} if latest is None else {"opens_on": iso_day(latest.get("start")), "closes_on": iso_day(latest["end"])}
