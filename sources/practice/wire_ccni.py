"""The town's charities as CCNI exports its register: one CSV with a BOM, in the newer layout.

Belongs here: the framing, quirks included (back-ticks, lists split on commas, company numbers without prefix). Does not: the
charities (`charities.py`).
"""

from __future__ import annotations

import csv
import io
from functools import cache

from sources.practice.abroad import UK_COUNTY, UK_TOWN, uk_postcode
from sources.practice.charities import Charity, charities
from sources.practice.model import Town
from sources.practice.serving import Reply, Route

PATH = "/ccni/api/charity-search/exportSearchResultsToCsv/"
_COLUMNS = (
    "Reg charity number,Sub charity number,Charity name,Other name,Date registered,Status,Date for financial year ending,Total "
    "income,Total spending,Charitable spending,Income generation and governance,Retained for future use,Public address,"
    "Website,Email,Telephone,Company number,What the charity does,Who the charity helps,How the charity works,Charitable "
    "purposes,Type of governing document,Financial period start,Financial period end,Employed staff,UK and Ireland volunteers"
).split(",")

#: NTEE letter -> values as the cell has them: a comma and a blank belong to a value.
_PURPOSES = {
    "B": "The advancement of education",
    "C": "The advancement of environmental protection or improvement",
    "D": "The advancement of animal welfare",
    "E": "The advancement of health or the saving of lives",
    "K": "The prevention or relief of poverty",
    "X": "The advancement of religion,The advancement of human rights, conflict resolution or reconciliation",
}
_ELSE = "The advancement of citizenship or community development,The prevention or relief of poverty"


def routes(town: Town) -> dict[str, Route]:
    """The export address."""

    @cache
    def export() -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n", restval="")
        writer.writeheader()
        writer.writerows(_row(charity) for charity in charities(town))
        return text.getvalue().encode("utf-8-sig")

    return {PATH: lambda _request: Reply(export(), "text/csv")}


def _row(charity: Charity) -> dict[str, str]:
    return {
        "Reg charity number": str(199_000 + charity.number),
        "Sub charity number": "0",
        "Charity name": charity.name.replace("'", "`"),
        "Date registered": charity.registered_on.strftime("%d/%m/%Y"),
        "Status": "Up-to-date",
        "Date for financial year ending": "31 March 2026",
        "Total income": "" if charity.income is None else str(charity.income),
        "Public address": f"C/o {charity.contact}, {charity.street}, {UK_TOWN}, Co. {UK_COUNTY}, {uk_postcode(charity.place)}",
        "Email": charity.email,
        "Telephone": charity.phone,
        "Company number": str(700_000 + charity.number) if charity.number % 3 == 0 else "0",
        "What the charity does": _PURPOSES.get(charity.purpose, _ELSE),
        "Who the charity helps": "General public,Youth (14-25 year olds)",
        "How the charity works": "Advice/advocacy/information,Community development",
        "Charitable purposes": f"To serve the town`s people of {UK_TOWN}, whoever they are.",
        "Type of governing document": "Constitution",
        "Financial period start": "1 April 2025",
        "Financial period end": "31 March 2026",
    }
