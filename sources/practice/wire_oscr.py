"""The town's charities as OSCR publishes its register: a ZIP with one CSV.

Belongs here: the framing, quirks included (two headers with a leading blank, lists with single quotes, a NUL, a number that
stands there twice). Does not: the charities (`charities.py`).
"""

from __future__ import annotations

import csv
import io
import zipfile
from functools import cache

from sources.oscr import HEADER
from sources.practice.abroad import UK_TOWN, uk_postcode
from sources.practice.charities import Charity, charities
from sources.practice.model import ANCHOR, Town
from sources.practice.serving import Reply, Request, Route

PATH = "/oscr/download/charity-register"
_MEMBER = "CharityExport-30-Jun-2026.csv"
_LEADING_BLANK = ("Next year end date", "Donations and legacies income")
_COLUMNS = [f" {name}" if name in _LEADING_BLANK else name for name in HEADER]

#: NTEE letter -> purposes as the cell has them.
_PURPOSES = {
    "A": "'The advancement of the arts, heritage, culture or science'",
    "B": "The advancement of education,'The advancement of the arts, heritage, culture or science'",
    "C": "The advancement of environmental protection or improvement",
    "D": "The advancement of animal welfare",
    "E": "The advancement of health,The saving of lives",
    "K": "The prevention or relief of poverty",
    "N": "The advancement of public participation in sport",
    "S": "The advancement of citizenship or community development",
    "X": "The advancement of religion",
}
_ELSE = "'The relief of those in need by reason of age, ill-health, disability, financial hardship or other disadvantage'"


def routes(town: Town) -> dict[str, Route]:
    """The download address."""

    @cache
    def archive() -> bytes:
        return _archive(town)

    def download(_request: Request) -> Reply:
        return Reply(archive(), "application/zip", headers={"content-disposition": "attachment; filename=CharityExport.zip"})

    return {PATH: download}


def _archive(town: Town) -> bytes:
    rows = [_row(charity) for charity in charities(town)]
    rows.append(rows[0])  # the register repeats a number now and then
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # A fixed date: by default a member carries the time of writing.
        member = zipfile.ZipInfo(_MEMBER, (ANCHOR.year, ANCHOR.month, ANCHOR.day, 1, 10, 0))
        archive.writestr(member, text.getvalue().encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _row(charity: Charity) -> dict[str, str]:
    return {
        "Charity Number": f"SC{990_000 + charity.number}",
        "Charity Name": charity.name,
        "Registered Date": charity.registered_on.strftime("%d/%m/%Y"),
        "Charity Status": "Active",
        "Notes": f"Correspondence to {charity.contact}, {charity.phone}" if charity.number % 9 == 0 else "",
        "Postcode": uk_postcode(charity.place),
        "Constitutional Form": "SCIO (Scottish Charitable Incorporated Organisation)",
        "Geographical Spread": "A specific local point, community or neighbourhood",
        "Main Operating Location": UK_TOWN,
        "Purposes": _PURPOSES.get(charity.purpose, _ELSE),
        "Beneficiaries": "Children/young people,'No specific group, or for the benefit of the community'",
        "Activities": "It carries out activities or services itself",
        "Objectives": f"To serve the people of {UK_TOWN}.\0" if charity.number == 1 else f"To serve the people of {UK_TOWN}.",
        "Principal Office/Trustees Address": f"c/o {charity.contact}, {charity.street}, {UK_TOWN}",
        "Most recent year income": "" if charity.income is None else str(charity.income),
        "Year End": "31/03/2026",
        " Next year end date": "31/03/2027",
        "Regulatory Type": "Standard",
    }
