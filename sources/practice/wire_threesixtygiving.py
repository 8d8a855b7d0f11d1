"""Grants to the town's charities as three funders publish them: JSON, CSV and XLSX, and the register that leads to the files.

Belongs here: these formats. Does not: the charities (`charities.py`).

Traps kept: a form of date for each file, ids a funder made up, keys beyond the standard, text spoilt on the way (`Â£`), grants to
persons, contact columns, pence.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import islice
from string import capwords
from typing import Any

import openpyxl

from sources.practice.abroad import UK_TOWN, uk_postcode
from sources.practice.charities import Charity, charities
from sources.practice.model import ANCHOR, Town
from sources.practice.serving import Reply, Request, Route

FOLDER = "/threesixtygiving"
REGISTRY_PATH = f"{FOLDER}/data.json"
#: Grants of each funder's file.
GRANTS = 40
#: Every so many grants of the JSON file go to a person.
PERSON_EVERY = 10
#: Every so many charities the funder knows only by an id of its own.
_OWN_ID_EVERY = 4
_COLUMNS = (
    "Identifier", "Title", "Description", "Currency", "Amount Awarded", "Award Date", "Recipient Org:Identifier",
    "Recipient Org:Name", "Recipient Org:City", "Recipient Org:Postal Code", "Recipient Org:Contact Name",
    "Recipient Org:Phone Number", "Recipient Org:Email", "Funding Org:Identifier", "Funding Org:Name", "Grant Programme:Title",
    "Beneficiary Location:0:Geographic Code", "Beneficiary Location:1:Geographic Code", "How we heard of it",
)  # fmt: skip
_PURPOSES = ("a minibus", "the salary of a coordinator", "a new kitchen", "holiday activities", "repairs of the roof")
_ZIP_DATE = (2026, 6, 30, 0, 0, 0)


def routes(town: Town) -> dict[str, Route]:
    """Addresses of the three files and of the register of publishers."""
    funders = sorted(capwords(body.row.name) for body in town.exempt if body.kind == "grantmaker")[:3]
    makers: dict[str, tuple[Callable[[str, list[Charity]], bytes], str]] = {
        "grants.json": (_json, "application/json"),
        "grants.csv": (_csv, "text/csv"),
        "grants.xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    }

    @cache
    def body(name: str) -> bytes:
        place = list(makers).index(name)
        receivers = list(islice(charities(town), place * GRANTS, (place + 1) * GRANTS))
        return makers[name][0](funders[place], receivers)

    def file(request: Request) -> Reply:
        name = request.path.rsplit("/", 1)[1]
        return Reply(body(name), makers[name][1])

    def registry(request: Request) -> Reply:
        entries = [
            _entry(funder, number, f"{request.base_url}{FOLDER}/{name}")
            for number, (funder, name) in enumerate(zip(funders, makers, strict=True))
        ]
        return Reply(json.dumps(entries, indent=2).encode(), "application/json")

    return {REGISTRY_PATH: registry, **{f"{FOLDER}/{name}": file for name in makers}}


def _entry(funder: str, number: int, address: str) -> dict[str, Any]:
    """A data set in the register; the last one has only an `accessURL`."""
    return {
        "title": f"Grants of {funder}",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "publisher": {"name": funder, "prefix": f"360G-practice{number}", "org_id": f"GB-CHC-{9_100_000 + number}"},
        "distribution": [{"title": funder, "accessURL" if number == 2 else "downloadURL": address}],
    }


def _grants(funder: str, receivers: Sequence[Charity], day: Callable[[date], Any]) -> list[dict[str, Any]]:
    """Each grant as the cells of `_COLUMNS`."""
    rows = []
    for charity in receivers:
        number = charity.number
        own = number % _OWN_ID_EVERY == 0
        rows.append(
            {
                "Identifier": f"360G-practice-{number:05d}",
                "Title": f"Grant to {charity.name}",
                "Description": f"Towards {_PURPOSES[number % len(_PURPOSES)]} – Â£{number * 50} of it in the first year",
                "Currency": "GBP",
                "Amount Awarded": number * 250 + 0.5,
                "Award Date": day(ANCHOR - timedelta(days=7 * number)),
                "Recipient Org:Identifier": f"360G-practice-org:{number}" if own else f"GB-CHC-{charity.english_number}",
                "Recipient Org:Name": charity.name,
                "Recipient Org:City": UK_TOWN,
                "Recipient Org:Postal Code": uk_postcode(charity.place),
                "Recipient Org:Contact Name": charity.contact,
                "Recipient Org:Phone Number": charity.phone,
                "Recipient Org:Email": charity.email,
                "Funding Org:Identifier": "GB-CHC-9100000",
                "Funding Org:Name": funder,
                "Grant Programme:Title": "Small Practice Grants",
                "Beneficiary Location:0:Geographic Code": "E08000012",
                "Beneficiary Location:1:Geographic Code": "E12000002",
                "How we heard of it": "by post",
            }
        )
    return rows


def _json(funder: str, receivers: Sequence[Charity]) -> bytes:
    grants = [_nested(row) for row in _grants(funder, receivers, lambda day: f"{day}T00:00:00+00:00")]
    for grant in grants[::PERSON_EVERY]:
        organisation = grant.pop("recipientOrganization")[0]
        grant["recipientIndividual"] = {"id": "360G-practice-person", "name": organisation["contactName"]}
    return json.dumps({"grants": grants}, ensure_ascii=False).encode()


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    fields = {"City": "addressLocality", "Identifier": "id", "Geographic Code": "geoCode", "Phone Number": "telephone"}
    groups: dict[str, list[dict[str, Any]]] = {}
    grant: dict[str, Any] = {}
    for title, value in row.items():
        group, _, part = title.rpartition(":")
        name = fields.get(part, _camel(part))
        if not group:
            grant["How we heard of it" if part.startswith("How") else name] = value
        elif group.endswith(":1"):
            groups[_camel(group[:-2])].append({name: value})
        else:
            groups.setdefault(_camel(group.removesuffix(":0")), [{}])[0][name] = value
    return grant | {name.replace("Org", "Organization"): items for name, items in groups.items()}


def _camel(title: str) -> str:
    return re.sub(r" (\w)", lambda found: found[1].upper(), title[0].lower() + title[1:])


def _csv(funder: str, receivers: Sequence[Charity]) -> bytes:
    """Windows-1252 and British dates, as saved from a spreadsheet program."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_grants(funder, receivers, lambda day: f"{day:%d/%m/%Y}"))
    return text.getvalue().encode("cp1252")


def _xlsx(funder: str, receivers: Sequence[Charity]) -> bytes:
    """Date cells, and a sheet of notes before the grants."""
    workbook = openpyxl.Workbook(write_only=True)
    workbook.create_sheet("Notes").append(["Practice data, made up"])
    sheet = workbook.create_sheet("grants")
    sheet.append(_COLUMNS)
    for row in _grants(funder, receivers, lambda day: day):
        sheet.append([row[column] for column in _COLUMNS])
    written = io.BytesIO()
    workbook.save(written)
    return _without_clock(written.getvalue())


def _without_clock(workbook: bytes) -> bytes:
    """The same workbook without the time of writing: same rows, same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-06-30T00:00:00Z", data)
            new.writestr(zipfile.ZipInfo(name, _ZIP_DATE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
