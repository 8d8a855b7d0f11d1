"""The cases planted on purpose: twins across registers, look-alikes, chances.

Belongs here: what the product must find or must not fall for, with the truth entered in the ledger. Does not: the crowd
around it (`crowd.py`), research bodies (`research.py`).
"""

from __future__ import annotations

import random
from itertools import combinations

from sources.practice import naming
from sources.practice.businesses import open_business
from sources.practice.exempts import found_exempt
from sources.practice.ledger import Ledger
from sources.practice.model import Business
from sources.practice.places import FAR_PLACES, choose_near, choose_street
from sources.practice.words import words


def plant(ledger: Ledger) -> None:
    """Plant every case. Even the smallest town has at least one of each."""
    _licensed_charities(ledger, ledger.chance("licensed charities"))
    _namesakes_elsewhere(ledger, ledger.chance("namesakes"))
    _chapters(ledger, ledger.chance("chapters"))
    _holdings(ledger, ledger.chance("holdings"))
    _chains(ledger, ledger.chance("chains"))
    _neighbours(ledger, ledger.chance("neighbours"))
    _foundations(ledger, ledger.chance("foundations"))
    _namesake_persons(ledger, ledger.chance("namesake persons"))
    _chances(ledger, ledger.chance("chances"))


def _licensed_charities(ledger: Ledger, rng: random.Random) -> None:
    """One body in two registers: under its own name in another hand, or a trade name its tax record also knows."""
    for kind, activity, count, trade_word in words()["licensed_charities"]:
        for _ in range(ledger.planted(count)):
            place = choose_near(rng)
            street = choose_street(rng, place)
            trade = (
                ledger.names.invent(rng, ["{colour} {thing} {noun}", "{virtue} {noun}"], noun=trade_word) if trade_word else ""
            )
            # One in four has its post sent elsewhere.
            mail = street if rng.random() < 0.75 else None
            charity = found_exempt(ledger, rng, kind, place=place, street=mail, sort_name=trade, solid=True)
            name = trade or naming.retold(rng, charity.row.name)
            if trade_word == "THRIFT" and rng.random() < 0.3:
                name = f"{trade} STORE"
            where = naming.street_retold(rng, street)
            open_business(ledger, rng, activity, name=name, place=place, street=where, key=charity.key, messy=False)


def _namesakes_elsewhere(ledger: Ledger, rng: random.Random) -> None:
    """The same name in town and in the next county, nothing else in common."""
    for activity in words()["namesake_trades"]:
        for _ in range(ledger.planted(1)):
            here = open_business(ledger, rng, activity, place=choose_near(rng), messy=False)
            there = open_business(ledger, rng, activity, name=here.name, place=rng.choice(FAR_PLACES), messy=False)
            ledger.must_not_match.append((here.key, there.key))
    for kind in words()["namesake_charities"]:
        for _ in range(ledger.planted(1)):
            ours = found_exempt(ledger, rng, kind, place=choose_near(rng))
            theirs = found_exempt(ledger, rng, kind, name=ours.row.name, place=rng.choice(FAR_PLACES))
            ledger.must_not_match.append((ours.key, theirs.key))


def _chapters(ledger: Ledger, rng: random.Random) -> None:
    """Chapters of one order: same name, same group number; only the sort name tells them apart."""
    for kind, name in (
        ("numbered_lodge", "ANCIENT ORDER OF RIVER OTTERS"),
        ("labour_union", "UNITED PIPE AND BOILER WORKERS"),
        ("veterans_post", "COMRADES OF THE OLD GUARD"),
        ("pta", "PTA ZZ CONGRESS OF PARENTS"),
    ):
        chapters = [found_exempt(ledger, rng, kind, name=name, place=choose_near(rng)) for _ in range(max(2, ledger.planted(3)))]
        ledger.must_not_match.extend((one.key, other.key) for one, other in combinations(chapters, 2))


def _holdings(ledger: Ledger, rng: random.Random) -> None:
    """A firm and the company that owns its premises, at one address."""
    for activity in words()["holding_trades"]:
        for _ in range(ledger.planted(1)):
            firm = open_business(ledger, rng, activity, place=choose_near(rng), messy=False)
            name = f"{_bare(firm)} HOLDINGS LLC"
            ledger.names.take(name)
            holding = open_business(ledger, rng, "landlord", name=name, place=firm.place, street=firm.street, messy=False)
            ledger.must_not_match.append((firm.key, holding.key))


def _chains(ledger: Ledger, rng: random.Random) -> None:
    """Sites of a chain: numbered, at different addresses, each its own organisation."""
    for chain, activity in words()["chains"].items():
        numbers = rng.sample(range(2, 90 + 10 * ledger.planted(1)), max(2, ledger.planted(4)))
        sites = [
            open_business(ledger, rng, activity, name=f"{chain} #{number}", place=choose_near(rng), messy=False)
            for number in numbers
        ]
        ledger.must_not_match.extend((one.key, other.key) for one, other in combinations(sites, 2))


def _neighbours(ledger: Ledger, rng: random.Random) -> None:
    """Two tenants of one house in kindred trades."""
    for first, second in words()["neighbours"]:
        for _ in range(ledger.planted(1)):
            one = open_business(ledger, rng, first, place=choose_near(rng), messy=False)
            other = open_business(ledger, rng, second, place=one.place, street=one.street, messy=False)
            ledger.must_not_match.append((one.key, other.key))


def _foundations(ledger: Ledger, rng: random.Random) -> None:
    """A body and the foundation that raises money for it, at one address."""
    for kind in words()["parents"]:
        for _ in range(ledger.planted(1)):
            parent = found_exempt(ledger, rng, kind, place=choose_near(rng), solid=True)
            name = f"{parent.row.name.removesuffix(' INC')} FOUNDATION"
            ledger.names.take(name)
            child = found_exempt(ledger, rng, "fundraising_group", name=name, place=parent.place, street=parent.row.street)
            ledger.must_not_match.append((parent.key, child.key))


def _namesake_persons(ledger: Ledger, rng: random.Random) -> None:
    """Two sole traders who happen to share a name; nothing but the name says they are one."""
    for _ in range(ledger.planted(2)):
        while not ledger.names.take(name := naming.person(rng)):
            pass
        near, far = choose_near(rng), rng.choice(FAR_PLACES)
        landlord = open_business(ledger, rng, "landlord", name=name, place=near, is_person=True, messy=False)
        barber = open_business(ledger, rng, "hair_salon", name=name, place=far, is_person=True, messy=False)
        ledger.must_not_match.append((landlord.key, barber.key))


def _chances(ledger: Ledger, rng: random.Random) -> None:
    """A business and a body that could help each other, in one ZIP code, both in good standing."""
    for activity, kind, count in words()["chances"]:
        for _ in range(ledger.planted(count)):
            place = choose_near(rng)
            business = open_business(ledger, rng, activity, place=place, messy=False)
            partner = found_exempt(ledger, rng, kind, place=place, solid=True)
            ledger.chances.append((business.key, partner.key))


def _bare(firm: Business) -> str:
    """The firm's name without its legal form."""
    for form in (" LLC", " INC", " CO", " CORP"):
        if firm.name.endswith(form):
            return firm.name.removesuffix(form)
    return firm.name
