"""What the town's public bodies buy, on a stand-in for Contracts Finder: OCDS 1.1 release packages with a cursor.

Belongs here: this format. Does not: what is bought (`uk_programmes.yaml`) or the businesses of the town.

Every contract has a call for tenders; each second one was awarded as well, to a business of the town in a fitting trade. One
call was corrected by a later notice. Traps kept: windows longer than 15 days are refused, raw control characters inside
strings, ids of the service's own beside company numbers, contact points.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sources.practice.abroad import UK_TOWN, uk_postcode
from sources.practice.model import ANCHOR, Business, Town
from sources.practice.serving import Reply, Request, Route
from sources.practice.uk_schemes import Contact, contacts
from sources.practice.words import read

SEARCH_PATH = "/contracts_finder/Published/Notices/OCDS/Search"
_PER_PAGE = 4
_MAX_DAYS = 15
_PLACES = ({"postalCode": "L1 8JQ"}, {"region": "North West"}, {"countryName": "England"}, {"countryName": "United Kingdom"})
Release = dict[str, Any]


def routes(town: Town) -> dict[str, Route]:
    """Address of the search."""

    @cache
    def everything() -> list[Release]:
        return sorted(_releases(town), key=lambda release: str(release["date"]), reverse=True)

    def search(request: Request) -> Reply:
        query = request.query
        first, last = (date.fromisoformat(query[f"published{end}"]) for end in ("From", "To"))
        if (last - first).days >= _MAX_DAYS:
            return Reply(b'{"message": "the window is too long"}', "application/json", 400)
        stages = query.get("stages", "planning,tender,award").split(",")
        found = [r for r in everything() if first.isoformat() <= r["date"][:10] <= last.isoformat() and r["tag"][0] in stages]
        start = int(query.get("cursor") or 0)
        address = f"{request.base_url}{SEARCH_PATH}"
        package: dict[str, Any] = {
            "uri": address,
            "publishedDate": f"{ANCHOR}T09:00:00Z",
            "publisher": {"name": "Practice Contracts Finder"},
            "license": "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
            "releases": found[start : start + _PER_PAGE],
        }
        if start + _PER_PAGE < len(found):
            kept = "&".join(f"{name}={value}" for name, value in query.items() if name != "cursor")
            package["links"] = {"next": f"{address}?{kept}&cursor={start + _PER_PAGE}"}
        # A tab stands raw inside a string, as where a buyer pasted from a spreadsheet.
        return Reply(json.dumps(package).replace("\\t", "\t").encode(), "application/json; charset=utf-8")

    return {SEARCH_PATH: search}


def _releases(town: Town) -> Iterator[Release]:
    table = read("practice/uk_programmes.yaml")
    people = contacts(town)
    for number, facts in enumerate(table["contracts"], start=1):
        buyer = _buyer(table["buyers"][number % len(table["buyers"])], next(people))
        published = ANCHOR - timedelta(days=3 * number)
        call = _call(number, facts, buyer, published)
        yield call
        if number == 1:
            # Longer open than first told; the same procurement, so the same ocid.
            later = {**call["tender"], "title": f"{facts['title']} (corrected)"}
            yield {**call, "id": f"{call['id']}-2", "date": f"{published + timedelta(days=1)}T10:00:00Z", "tender": later}
        if number % 2 == 0:
            yield _award(number, facts, buyer, _winner(town, facts["trade"]), next(people), published + timedelta(days=2))


def _buyer(name: str, contact: Contact) -> dict[str, Any]:
    return {
        "id": f"GB-CFS-{uuid5(NAMESPACE_URL, name).int % 1_000_000}",
        "name": name,
        "roles": ["buyer"],
        "identifier": {"legalName": name},
        "address": {"streetAddress": "1 Practice Square", "locality": UK_TOWN, "countryName": "England"},
        "contactPoint": {"name": contact.name, "email": contact.mail, "telephone": contact.phone},
    }


def _call(number: int, facts: dict[str, Any], buyer: dict[str, Any], published: date) -> Release:
    ocid = f"ocds-practice-{number:04d}"
    low, high = facts["value"]
    tender = {
        "id": f"practice-{number:04d}",
        "title": facts["title"],
        "description": f"{facts['text']}\tLots are allowed.",
        "status": "active",
        "minValue": {"amount": low, "currency": "GBP"},
        "value": {"amount": high, "currency": "GBP"},
        # Open for years, so that the town does not age with the calendar.
        "tenderPeriod": {"startDate": f"{published}T09:00:00Z", "endDate": f"{published + timedelta(days=365 * 4)}T23:59:59Z"},
        "items": [
            {
                "id": "1",
                "classification": {"scheme": "CPV", "id": facts["cpv"]},
                "deliveryAddresses": [_PLACES[number % len(_PLACES)]],
            }
        ],
        "suitability": {"sme": facts["sme"], "vcse": facts["vcse"]},
        "mainProcurementCategory": "services",
    }
    return {
        "ocid": ocid,
        "id": f"{ocid}-1",
        "date": f"{published}T09:00:00Z",
        "tag": ["tender"],
        "initiationType": "tender",
        "parties": [buyer],
        "buyer": {"id": buyer["id"], "name": buyer["name"]},
        "tender": tender,
    }


def _award(
    number: int, facts: dict[str, Any], buyer: dict[str, Any], winner: Business, contact: Contact, published: date
) -> Release:
    call = _call(number, facts, buyer, published)
    supplier = {
        "id": f"GB-CFS-{500_000 + number}",
        "name": winner.name.title(),
        "roles": ["supplier"],
        "identifier": {"scheme": "GB-COH", "id": f"{number:08d}", "legalName": winner.name.title()},
        "address": {
            "streetAddress": winner.street.title(),
            "locality": UK_TOWN,
            "postalCode": uk_postcode(winner.place),
            "countryName": "England",
        },
        "contactPoint": {"name": contact.name, "email": contact.mail, "telephone": contact.phone},
    }
    award = {
        "id": f"practice-{number:04d}-1",
        "status": "active",
        "date": f"{published}T00:00:00Z",
        "value": {"amount": facts["value"][1] - 1, "currency": "GBP"},
        "suppliers": [{"id": supplier["id"], "name": supplier["name"]}],
    }
    # A procurement of its own, or the award would take the call back.
    ocid = f"ocds-practice-{1_000 + number:04d}"
    tender = {**call["tender"], "status": "complete", "title": f"{facts['title']}, last period"}
    changed = {"ocid": ocid, "id": f"{ocid}-1", "tag": ["award"], "parties": [buyer, supplier], "tender": tender}
    return {**call, **changed, "awards": [award]}


def _winner(town: Town, trade: list[str]) -> Business:
    """The first firm of the trade by name; never a person who trades under the own name."""
    fitting = [business for business in town.businesses if business.activity in trade and not business.is_natural_person]
    return min(fitting, key=lambda business: business.name)
