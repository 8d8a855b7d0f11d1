"""A chamber's GrowthZone directory: index, lists of cards, and a page for each member with its people on it.

Belongs here: the markup and how pages are linked. Does not: who the members are (`chamber_cards.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sources.practice.chamber_cards import Card, html_page, members_of, slug
from sources.practice.model import Town
from sources.practice.serving import Reply, Request, Route

#: Where the chamber's site links to; `HOST` in a page stands for its host.
PATH = "/chamber/list"


def routes(town: Town) -> dict[str, Route]:
    """The index, lists by letter and by category, and a page for each member."""
    cards = members_of(town, 0)
    letters = sorted({card.name[0].lower() for card in cards})
    categories = sorted({card.category for card in cards})
    pages = {f"/member/{card.slug}": _details(card) for card in cards}
    for letter in letters:
        pages[f"/searchalpha/{letter}"] = _list(letter.upper(), [card for card in cards if card.name[0].lower() == letter])
    for number, category in enumerate(categories, start=1):
        pages[f"/ql/{slug(category)}-{number}"] = _list(category, [card for card in cards if card.category == category])
    pages[""] = _index(letters, categories)

    def serve(request: Request) -> Reply:
        body = pages.get(request.path.removeprefix(PATH))
        host = request.base_url.partition("://")[2]
        return html_page(body.replace("HOST", host)) if body is not None else Reply(b"<h1>Not found</h1>", "text/html", 404)

    return {PATH: serve, f"{PATH}/*": serve}


def _index(letters: Sequence[str], categories: Sequence[str]) -> str:
    """Links by letter and by category. One goes nowhere, one to another host, and some leave out the scheme."""
    alphabet = "".join(f'<a href="{PATH}/searchalpha/{letter}">{letter}</a>' for letter in letters)
    by_category = "".join(
        f'<a href="//HOST{PATH}/ql/{slug(category)}-{number}">{escape(category)}</a>'
        for number, category in enumerate(categories, start=1)
    )
    return f"""<div class="gz-alphanumeric-btn"><a href="#!">All</a>{alphabet}</div>
<div class="row gz-cards gz-directory-cards gz-no-cards">{by_category}
<a href="https://elsewhere.example/list/ql/advert-1">Advertisement</a></div>"""


def _list(title: str, cards: Sequence[Card]) -> str:
    return f'<div class="gz-pagetitle"><h1>{escape(title)}</h1></div>' + "".join(_card(card) for card in cards)


def _card(card: Card) -> str:
    return f"""<div class="gz-list-card-wrapper col-sm-6">
<div class="card gz-results-card gz-web-participation-20" data-memid="{card.number}">
<div class="card-body"><h5 class="card-title gz-card-title" itemprop="name">
<a href="//HOST{PATH}/member/{card.slug}">{escape(card.name)}</a></h5>
<ul class="list-group list-group-flush"><li class="list-group-item gz-card-address">{_address(card)}</li>
<li class="list-group-item gz-card-phone"><a href="tel:{card.phone}">{card.phone}</a></li>
<li class="list-group-item gz-card-contact"><a href="mailto:{card.mail}">{escape(card.person)}</a></li></ul></div></div></div>"""


def _details(card: Card) -> str:
    return f"""<div class="gz-details-head"><h1 itemprop="name">{escape(card.name)}</h1>
<span class="gz-cat">{escape(card.category)}</span></div>
<ul><li class="list-group-item gz-card-address">{_address(card)}</li><li class="list-group-item gz-card-phone">{card.phone}</li>
<li class="list-group-item gz-card-website"><a href="{card.website}">Visit Website</a></li></ul>
<p class="gz-description">Member of the chamber. Write to {card.mail} or call {card.phone}.</p>
<div class="gz-member-reps"><h5 class="gz-member-repname">{escape(card.person)}</h5><span>{card.phone}</span></div>"""


def _address(card: Card) -> str:
    place = card.business.place
    return f"""<span class="gz-street-address" itemprop="streetAddress">{escape(card.business.street)}</span>
<div itemprop="citystatezip"><span itemprop="addressLocality">{place.city}</span> <span itemprop="addressRegion">ZZ</span>
<span itemprop="postalCode">{place.postcode}</span></div>"""
