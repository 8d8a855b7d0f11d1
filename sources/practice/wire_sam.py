"""A programme as one row of the assistance listings file: 38 columns, some of them JSON.

Belongs here: the columns and what stands in them. Does not: the file around the rows (`wire.py`).

Traps kept from the real file: JSON text in eleven columns, line breaks inside cells, curly quotes and dashes of the
Windows code page, agencies written backwards (`OFFICE, TRADE, DEPARTMENT OF`), placeholders for missing values, a
named contact.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sources.practice.model import Programme
from sources.practice.words import read

SAM_COLUMNS = [
    "Program Title",
    "Program Number",
    "Popular Name (020)",
    "Federal Agency (030)",
    "Authorization (040)",
    "Objectives (050)",
    "Types of Assistance (060)",
    "Uses and Use Restrictions (070)",
    "Applicant Eligibility (081)",
    "Beneficiary Eligibility (082)",
    "Credentials/Documentation (083)",
    "Preapplication Coordination (091)",
    "Application Procedures (092)",
    "Award Procedure (093)",
    "Deadlines (094)",
    "Range of Approval/Disapproval Time (095)",
    "Appeals (096)",
    "Renewals (097)",
    "Formula and Matching Requirements (101)",
    "Length and Time Phasing of Assistance (102)",
    "Reports (111)",
    "Audits (112)",
    "Records (113)",
    "Account Identification (121)",
    "Obligations (122)",
    "Range and Average of Financial Assistance (123)",
    "Program Accomplishments (130)",
    "Regulations, Guidelines, and Literature (140)",
    "Regional or Local Office (151)",
    "Headquarters Office (152)",
    "Website Address (153)",
    "Related Programs (160)",
    "Examples of Funded Projects (170)",
    "Criteria for Selecting Proposals (180)",
    "Published Date",
    "Parent Shortname",
    "URL",
    "Recovery",
]
_NOT_APPLICABLE = "Not Applicable"
# Second sentences of objectives, dealt out by program number. Their curly marks exist in cp1252 and not in Latin-1.
_MORE = (
    "",
    " Partnerships of firms and charities come first – one application per partnership is enough.",
    " The program’s awards go to places where “nobody else pays” for this kind of work.",
    "\n\nApplicants describe who gains, what it costs and how they will know that it worked.",
    " Awards are small; reporting is short.",
    "\r\nTwo or more local partners must sign the plan.",
)


def sam_row(programme: Programme) -> list[str]:
    """The 38 cells of a programme, in the order of `SAM_COLUMNS`."""
    turn = int(programme.number.removeprefix("99."))
    site = f"{programme.short_name.lower()}.example"
    cells = {
        "Program Title": programme.title,
        "Program Number": programme.number,
        "Popular Name (020)": f"({programme.title.split(' ')[0]} {programme.short_name} Fund)" if turn % 4 == 0 else "",
        "Federal Agency (030)": f"{programme.agency}, {programme.department}",
        "Authorization (040)": _json({"list": [_act(programme)]}),
        "Objectives (050)": _objective(programme, turn),
        "Types of Assistance (060)": ";".join(programme.types),
        "Uses and Use Restrictions (070)": _NOT_APPLICABLE
        if turn % 3
        else "Funds may not replace money already promised by others.",
        "Applicant Eligibility (081)": _eligibility(programme, turn),
        "Beneficiary Eligibility (082)": "N/A" if turn % 5 == 0 else "Residents and employers of the area served.",
        "Credentials/Documentation (083)": _json({"isApplicable": False}),
        "Preapplication Coordination (091)": _json(
            {
                "environmentalImpact": {"reports": [{"isSelected": False, "reportCode": "otherRequired"}]},
                "description": "None needed.",
            }
        ),
        "Application Procedures (092)": _json({"description": "Apply on the agency’s web page."}),
        "Award Procedure (093)": "A panel scores applications; the agency head signs the awards.",
        "Deadlines (094)": _deadlines(programme, turn),
        "Range of Approval/Disapproval Time (095)": "From 60 to 90 days." if turn % 2 else _NOT_APPLICABLE,
        "Appeals (096)": "None",
        "Renewals (097)": _NOT_APPLICABLE,
        "Formula and Matching Requirements (101)": _json(
            {"types": {"moe": False, "formula": "FORMULA GRANTS" in programme.types, "matching": False}}
        ),
        "Length and Time Phasing of Assistance (102)": _json({"awarded": "lump", "description": "One year from the award."}),
        "Reports (111)": _json(
            [{"code": code, "isSelected": code == "progress"} for code in ("program", "cash", "progress", "expenditure")]
        ),
        "Audits (112)": _json({"isApplicable": turn % 2 == 0}),
        "Records (113)": "Keep records for three years after the last report.",
        "Account Identification (121)": "00-0000-0-1-000;",
        "Obligations (122)": _obligations(programme, turn),
        "Range and Average of Financial Assistance (123)": _range(programme),
        "Program Accomplishments (130)": _json({"list": [], "isApplicable": False}),
        "Regulations, Guidelines, and Literature (140)": "See the agency’s “Guide for Applicants”.",
        "Regional or Local Office (151)": _json({"flag": "none"}),
        "Headquarters Office (152)": _office(programme, site),
        "Website Address (153)": f"http://www.{site}",
        "Related Programs (160)": _NOT_APPLICABLE + ".",
        "Examples of Funded Projects (170)": _NOT_APPLICABLE + ".",
        "Criteria for Selecting Proposals (180)": "No Current Data Available",
        "Published Date": f"{programme.published_on:%b %d,%Y}",
        "Parent Shortname": programme.short_name,
        "URL": f"https://sam.example/fal/{hashlib.sha256(programme.number.encode()).hexdigest()[:32]}/view",
        "Recovery": "No",
    }
    return [cells[column] for column in SAM_COLUMNS]


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _act(programme: Programme) -> dict[str, Any]:
    description = f"{programme.title} Act of {programme.published_on.year - 1}"
    return {"act": {"description": description}, "authorizationTypes": {"act": True}}


def _objective(programme: Programme, turn: int) -> str:
    place = "" if programme.where == "nation" else f" Only applicants located in {programme.where} may apply."
    return f"To {programme.purpose}.{place}{_MORE[turn % len(_MORE)]}"


def _eligibility(programme: Programme, turn: int) -> str:
    """Most listings name the kinds of applicants from the official list; every fifth says it in its own words."""
    table = read("practice/programmes.yaml")
    if turn % 5:
        return "; ".join(table["applicant_words"][kind] for kind in programme.applicants)
    first, *rest = (table["applicant_prose"][kind] for kind in programme.applicants)
    kinds = ", and also ".join([first, *(kind[0].lower() + kind[1:] for kind in rest)])
    place = "" if programme.where == "nation" else f" Applicants must be located in {programme.where}."
    return f"{kinds} may apply.{place}"


def _deadlines(programme: Programme, turn: int) -> str:
    if programme.opens_on is None or programme.closes_on is None:
        return _json({"flag": "contact" if turn % 2 else "no", "list": []})
    window = {"start": programme.opens_on.isoformat(), "end": programme.closes_on.isoformat()}
    return _json({"flag": "yes", "description": "One call.", "list": [window]})


def _obligations(programme: Programme, turn: int) -> str:
    spent = 1_000 * (400 + turn)
    kind = programme.types[0].title()
    remark = "" if turn % 3 else "Figures are rounded."
    return f"({kind}) FY 24${spent:,}.00; FY 25 est ${spent:,}.00; FY 26 est ${spent:,}.00; - {remark}\n"


def _range(programme: Programme) -> str:
    if programme.amount is None:
        return "No Data Available. "
    low, high = programme.amount
    return f"${low:,} to ${high:,}.  Average ${(low + high) // 3:,}."


def _office(programme: Programme, site: str) -> str:
    name = programme.contact.title()
    mail = f"{name.lower().replace(' ', '.')}@{site}"
    link = f"< a href='mailto:{mail}'>{mail}</a>"
    return f"{name},1 Capitol Way\n, Larkmere, ZZ 00101 Email:{link}Phone: (000) 555-0100;"
