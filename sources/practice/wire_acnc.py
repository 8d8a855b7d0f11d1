"""The town's charities as the ACNC publishes its register: a package reply of the data portal, and the CSV it leads to.

Belongs here: the two formats, quirks included (charities that the regulator hides, a trailing blank, people among the other
names). Does not: the charities (`charities.py`).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import cache

from sources.acnc_columns import BENEFICIARIES, PURPOSES, STATES
from sources.practice.abroad import UK_TOWN, au_postcode
from sources.practice.charities import Charity, charities
from sources.practice.model import Town
from sources.practice.serving import Reply, Request, Route

PACKAGE_PATH = "/acnc/data/api/3/action/package_show"
FILE_PATH = "/acnc/datadotgov_main.csv"
_COLUMNS = (
    "ABN", "Charity_Legal_Name", "Other_Organisation_Names", "Address_Type", "Address_Line_1", "Address_Line_2",
    "Address_Line_3", "Town_City", "State", "Postcode", "Country", "Charity_Website", "Registration_Date",
    "Date_Organisation_Established", "Charity_Size", "Number_of_Responsible_Persons", "Financial_Year_End",
    *(f"Operates_in_{state}" for state in STATES), "Operating_Countries", "PBI", "HPC", *PURPOSES, *BENEFICIARIES,
)  # fmt: skip

#: NTEE letter -> purpose flag.
_FLAGS = {
    "A": "Advancing_Culture",
    "B": "Advancing_Education",
    "C": "Advancing_natual_environment",
    "D": "Preventing_or_relieving_suffering_of_animals",
    "E": "Advancing_Health",
    "X": "Advancing_Religion",
}


def routes(town: Town) -> dict[str, Route]:
    """The package reply and the file."""

    @cache
    def register() -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n", restval="")
        writer.writeheader()
        writer.writerows(_rows(town))
        return text.getvalue().encode("utf-8-sig")

    def package(request: Request) -> Reply:
        resources = [
            {"format": "XLSX", "url": request.base_url + FILE_PATH.replace(".csv", ".xlsx")},
            {"format": "CSV", "url": request.base_url + FILE_PATH},
        ]
        reply = {"success": True, "result": {"name": "acnc-register", "resources": resources}}
        return Reply(json.dumps(reply).encode(), "application/json")

    return {PACKAGE_PATH: package, FILE_PATH: lambda _request: Reply(register(), "text/csv")}


def _rows(town: Town) -> Iterator[dict[str, str]]:
    yield {"Address_Type": "Business", "Registration_Date": "01/07/2020", "Charity_Size": "Medium", "Operates_in_ACT": "Y"}
    yield from (_row(charity) for charity in charities(town))


def _row(charity: Charity) -> dict[str, str]:
    hides_address = charity.number % 10 == 0
    address = {
        "Address_Line_1": f"C/O {charity.contact}",
        "Address_Line_2": charity.street,
        "Town_City": f"{UK_TOWN} ",
        "State": "NT",
        "Postcode": au_postcode(charity.place),
        "Country": "AUSTRALIA" if charity.number % 2 else "",
    }
    return {
        "ABN": f"99{charity.ein}",
        "Charity_Legal_Name": charity.name,
        "Address_Type": "Business",
        **({} if hides_address else address),
        "Registration_Date": charity.registered_on.strftime("%d/%m/%Y"),
        "Charity_Size": "Small" if (charity.income or 0) < 500_000 else "Medium",
        "Number_of_Responsible_Persons": "4",
        "Financial_Year_End": "30-Jun",
        "Operates_in_NT": "Y",
        _FLAGS.get(charity.purpose, "Advancing_social_or_public_welfare"): "Y",
        "General_Community_in_Australia": "Y",
    }
