"""The town's charities as the Charity Commission publishes its register: one ZIP a table, each holding one JSON array.

Belongs here: the framing, quirks included (BOM, CRLF, the comma that leads the next line, raw non-ASCII). Does not: the charities
(`charities.py`).

Traps kept: an organisation number that is not the registered one, a linked charity that shares its parent's number, a charity
that was removed, a name damaged in the register itself.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from sources.practice.abroad import UK_COUNTY, UK_TOWN, uk_postcode
from sources.practice.charities import Charity, charities
from sources.practice.model import ANCHOR, Town
from sources.practice.serving import Reply, Route

FOLDER = "/ccew/data/json"
_EXTRACT = {"date_of_extract": f"{ANCHOR}T00:00:00"}

#: NTEE letter -> what (1), who (2) and how (3) by the Commission's codes.
_CODES = {
    "A": (109,), "B": (102, 201), "C": (112,), "D": (111,), "E": (103, 203), "K": (105, 207), "N": (110, 201), "X": (108,),
    "T": (101, 302),
}  # fmt: skip
_ELSE = (101, 207, 306)
_KINDS = {1: "What", 2: "Who", 3: "How"}

_Rows = Iterator[dict[str, Any]]


def routes(town: Town) -> dict[str, Route]:
    """The address of each table."""

    def download(table: str, rows: Callable[[Iterable[Charity]], _Rows]) -> Route:
        @cache
        def archive() -> bytes:
            return _archive(table, rows(charities(town)))

        return lambda _request: Reply(archive(), "application/x-zip-compressed")

    return {f"{FOLDER}/publicextract.{table}.zip": download(table, rows) for table, rows in _TABLES.items()}


def _archive(table: str, rows: _Rows) -> bytes:
    lines = "\r\n,".join(json.dumps(_EXTRACT | row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # A fixed date: by default a member carries the time of writing.
        member = zipfile.ZipInfo(f"publicextract.{table}.json", (ANCHOR.year, ANCHOR.month, ANCHOR.day, 2, 0, 0))
        archive.writestr(member, f"[{lines}\r\n]".encode("utf-8-sig"), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _key(charity: Charity, linked: int = 0) -> dict[str, Any]:
    return {
        "organisation_number": 5_990_000 + 10 * charity.number + linked,
        "registered_charity_number": charity.english_number,
        "linked_charity_number": linked,
    }


def _charity(every: Iterable[Charity]) -> _Rows:
    for charity in every:
        yield _one(charity, charity.name)
        if charity.number % 20 == 0:
            yield _one(charity, f"{charity.name.upper()} BEQUEST OF ·500", linked=1)


def _one(charity: Charity, name: str, linked: int = 0) -> dict[str, Any]:
    removed = charity.number % 25 == 0
    return _key(charity, linked) | {
        "charity_name": name,
        "charity_type": None if linked else "CIO",
        "charity_registration_status": "Removed" if removed else "Registered",
        "date_of_registration": f"{charity.registered_on}T00:00:00",
        "date_of_removal": f"{ANCHOR}T00:00:00" if removed else None,
        "charity_reporting_status": "Removed" if removed else "Submission Received",
        "latest_acc_fin_period_start_date": "2025-04-01T00:00:00",
        "latest_acc_fin_period_end_date": "2026-03-31T00:00:00",
        "latest_income": charity.income,
        "latest_expenditure": charity.income,
        "charity_contact_address1": f"C/O {charity.contact}",
        "charity_contact_address2": charity.street,
        "charity_contact_address3": UK_TOWN.upper(),
        "charity_contact_address4": UK_COUNTY,
        "charity_contact_address5": None,
        "charity_contact_postcode": uk_postcode(charity.place),
        "charity_contact_phone": charity.phone,
        "charity_contact_email": charity.email,
        "charity_contact_web": None,
        "charity_company_registration_number": str(700_000 + charity.number) if charity.number % 3 == 0 else None,
        "charity_insolvent": False,
        "charity_in_administration": False,
        "charity_previously_excepted": False,
        "charity_is_cdf_or_cif": None,
        "charity_is_cio": True,
        "cio_is_dissolved": False,
        "date_cio_dissolution_notice": None,
        "charity_activities": f"We serve the people of {UK_TOWN}.",
        "charity_gift_aid": True,
        "charity_has_land": False,
    }


def _classification(every: Iterable[Charity]) -> _Rows:
    for charity in every:
        for code in _CODES.get(charity.purpose, _ELSE):
            yield _key(charity) | {
                "classification_code": code,
                "classification_type": _KINDS[code // 100],
                "classification_description": f"Code {code}",
            }


def _other_names(every: Iterable[Charity]) -> _Rows:
    for charity in every:
        if charity.number % 10 == 0:
            names = {"charity_name_id": charity.number, "charity_name_type": "Working name"}
            yield _key(charity) | names | {"charity_name": f"  Friends of {charity.name}"}


def _governing_document(every: Iterable[Charity]) -> _Rows:
    for charity in every:
        objects = {"charitable_objects": f"TO RELIEVE NEED IN {UK_TOWN.upper()}", "area_of_benefit": None}
        yield _key(charity) | {"governing_document_description": "CIO - FOUNDATION"} | objects


def _annual_return(every: Iterable[Charity]) -> _Rows:
    for charity in every:
        number = {name: value for name, value in _key(charity).items() if name != "linked_charity_number"}
        yield number | {"fin_period_order_number": 1, "grant_making_is_main_activity": charity.purpose == "T"}


_TABLES: dict[str, Callable[[Iterable[Charity]], _Rows]] = {
    "charity": _charity,
    "charity_classification": _classification,
    "charity_other_names": _other_names,
    "charity_governing_document": _governing_document,
    "charity_annual_return_parta": _annual_return,
}
