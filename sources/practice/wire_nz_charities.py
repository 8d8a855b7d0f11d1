"""The town's charities as the OData service of the New Zealand charities register answers.

Belongs here: both envelopes of a reply, `$skip` and `$top`, `/Date(ms)/`; a field not asked for is not sent, an `Officers`
request is answered with people. Does not: the charities (`charities.py`).
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

from sources.practice.abroad import UK_TOWN, nz_postcode
from sources.practice.charities import Charity, charities
from sources.practice.model import Town
from sources.practice.serving import Reply, Request, Route

ROOT = "/nz_charities/"
#: The service gives no more at once than this, whatever `$top` says, so that a small town has several pages.
_CAP = 100
_SECTORS = {
    1: "Arts / culture / heritage",
    5: "Education / training / research",
    9: "Community development",
    14: "Religious activities",
}
_BY_LETTER = {"A": 1, "B": 5, "X": 14}


def routes(town: Town) -> dict[str, Route]:
    """The entity sets Sectors, Organisations and Officers."""

    @cache
    def rows(entity: str) -> list[dict[str, Any]]:
        if entity == "Sectors":
            return [{"SectorId": number, "Name": name} for number, name in _SECTORS.items()]
        make = _organisation if entity == "Organisations" else _officer
        return [make(charity) for charity in charities(town)]

    def answer(request: Request) -> Reply:
        skip, top = int(request.query.get("$skip", 0)), int(request.query.get("$top", _CAP))
        asked = [name for name in request.query.get("$select", "").split(",") if name]
        page = rows(request.path.removeprefix(ROOT))[skip : skip + min(top, _CAP)]
        page = [{name: row[name] for name in asked or row} for row in page]
        # The service uses both envelopes.
        reply = {"d": page} if skip == 0 else {"d": {"results": page}}
        return Reply(json.dumps(reply).encode(), "application/json;charset=utf-8")

    return {ROOT + entity: answer for entity in ("Sectors", "Organisations", "Officers")}


def _organisation(charity: Charity) -> dict[str, Any]:
    return {
        "OrganisationId": charity.number,
        "Name": charity.name,
        "CharityRegistrationNumber": f"CC{990_000 + charity.number}",
        "RegistrationStatus": "Registered",
        "DateRegistered": _milliseconds(charity.registered_on),
        "PostalAddressLine1": f"c/- {charity.contact}" if charity.number % 4 == 0 else charity.street,
        "PostalAddressCity": UK_TOWN,
        "PostalAddressPostcode": nz_postcode(charity.place),
        "WebSiteURL": None,
        "MainSectorId": _BY_LETTER.get(charity.purpose, 9),
        "CharitablePurpose": f"To serve the people of {UK_TOWN}.",
        "CharityEmailAddress": charity.email,
        "Telephone1": charity.phone,
    }


def _officer(charity: Charity) -> dict[str, Any]:
    return {"OfficerId": charity.number, "OrganisationId": charity.number, "FullName": charity.contact}


def _milliseconds(day: date) -> str:
    return f"/Date({(day - date(1970, 1, 1)).days * 86_400_000})/"
