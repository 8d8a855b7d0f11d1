"""Chambers of the town on the web: a directory with JSON-LD, one of its own making, and a JSON API.

Belongs here: pages and how they are linked. Does not: who the members are (`chamber_cards.py`). Contact people with phones and
e-mails stand on the pages as they do on real ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from html import escape

from sources.practice.chamber_cards import Card, html_page, members_of, slug
from sources.practice.model import Town
from sources.practice.serving import Reply, Request, Route

JSON_LD_PATH = "/chamber_ld/directory"
BESPOKE_PATH = "/chamber_own/directory.php"
API_PATH = "/chamber_api/api/v1/directory"
#: What the profile of the bespoke site must say.
BESPOKE_SELECTORS = {
    "card": "div.business",
    "name": "h3",
    "description": "#business_description",
    "category": 'span:-soup-contains("Category:")',
    "website": 'span:-soup-contains("Website:") a',
    "address": 'span:-soup-contains("Address:") a',
}
_PAGE = 25


def routes(town: Town) -> dict[str, Route]:
    """The three sites."""
    json_ld, bespoke, api = (members_of(town, share) for share in (1, 2, 3))
    return {
        JSON_LD_PATH: lambda request: _paged(request, json_ld, _json_ld_page),
        BESPOKE_PATH: lambda request: _paged(request, bespoke, _bespoke_page),
        API_PATH: lambda request: _api_page(request, api),
    }


# --- pages with a `next` link ----------------------------------------------------------------------------------------
def _paged(request: Request, cards: Sequence[Card], page: Callable[[Sequence[Card], int, int], str]) -> Reply:
    number = int(request.query.get("page", "1"))
    last = -(-len(cards) // _PAGE)
    return html_page(page(cards[(number - 1) * _PAGE : number * _PAGE], number, last))


def _json_ld_page(cards: Sequence[Card], number: int, last: int) -> str:
    nodes = [
        {
            "@type": ["Bakery", "LocalBusiness"] if card.business.activity == "bakery" else "LocalBusiness",
            "name": card.name,
            "telephone": card.phone,
            "email": card.mail,
            "employee": {"@type": "Person", "name": card.person},
            "url": card.website,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": card.business.street,
                "addressLocality": card.business.place.city,
                "addressRegion": "ZZ",
                "postalCode": card.business.place.postcode,
            },
            "geo": {"latitude": str(card.business.place.latitude), "longitude": card.business.place.longitude},
        }
        for card in cards
    ]
    graph = {"@context": "https://schema.org", "@graph": [{"@type": "Organization", "name": "Chamber of Larkmere"}, *nodes]}
    more = f'<a rel="next" href="?page={number + 1}">Next</a>' if number < last else ""
    return f'<script type="application/ld+json">{json.dumps(graph)}</script>{more}'


def _bespoke_page(cards: Sequence[Card], number: int, last: int) -> str:
    more = f"<a href='?search=&page={number + 1}' class='button' style='float:right';>Next Page</a>" if number < last else ""
    back = f"<a href='?search=&page={number - 1}' class='button' style='float:left;'>Previous Page</a>" if number > 1 else ""
    return more + "".join(_business(card) for card in cards) + back + more


def _business(card: Card) -> str:
    line = f"{card.business.street}  {card.business.place.city}, ZZ USA {card.business.place.postcode}"
    return f"""<div class="business">
  <!-- <div class="business_name">{escape(card.person)}</div><h3>{escape(card.person)}</h3> -->
  <div class="business-content"><h3>{escape(card.name)}</h3><p id="business_description">Member of the chamber</p>
  <div id="business_info"><span>Contact Name: {escape(card.person)}</span><br /><span>Phone: {card.phone}</span><br />
  <span>Email: <a href="mailto: {card.mail}">{card.mail}</a></span><br />
  <span>Website: <a href="{card.website}" target="_blank">site</a></span><br />
  <span>Category: {escape(card.category)}</span><br />
  <span>Address: <a href="https://maps.example/{escape(line)}" target="_blank">{escape(line)}</a></span></div></div></div>"""


# --- JSON API --------------------------------------------------------------------------------------------------------
def _api_page(request: Request, cards: Sequence[Card]) -> Reply:
    number, last = int(request.query.get("page", "1")), -(-len(cards) // _PAGE)
    data = [
        {
            "id": card.number,
            "title": card.name,
            "slug": slug(card.name),
            "directoryDescription": None,
            "address": {
                "street1": card.business.street,
                "street2": "",
                "city": card.business.place.city,
                "state": "ZZ",
                "zip": card.business.place.postcode,
            },
            "phone": card.phone,
            "webUrl": card.website,
            "category": [{"id": 1, "title": card.category}],
            "tier": {"name": "Member"},
            "social": {},
        }
        for card in cards[(number - 1) * _PAGE : number * _PAGE]
    ]
    links = {"last": {"href": f"{request.base_url}{API_PATH}?page={last}"}}
    return Reply(json.dumps({"data": data, "links": links}).encode(), "application/json")
