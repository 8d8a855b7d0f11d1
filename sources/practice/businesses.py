"""Founding one business: its name, its address, its licences and permits.

Belongs here: what a single licence holder looks like in the licence file. Does not: how many there are (`crowd.py`),
which are planted (`planted.py`).
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from sources.practice import naming
from sources.practice.ledger import Ledger
from sources.practice.model import ANCHOR, Business, Licence
from sources.practice.places import Place, choose_place, choose_street
from sources.practice.words import class_words, words

# The register began then: accounts older than that all carry its first day, as in real files.
_FIRST_DAY = date(1990, 1, 1)
_UNUSUAL_CLASS = 0.2  # share of licences under a later class word of the activity
_RENAMED_PERMIT = 0.18  # share of further rows with the name written otherwise
_MOVED_PERMIT = 0.1  # the same for the street
_BAD_ZIP = 0.003
_REPEATED_ROW = 0.0015


def open_business(
    ledger: Ledger,
    rng: random.Random,
    activity: str,
    *,
    name: str | None = None,
    place: Place | None = None,
    street: str | None = None,
    key: str | None = None,
    may_be_person: bool = False,
    is_person: bool = False,
    messy: bool = True,
) -> Business:
    """Found a business and enter it in the ledger.

    `name`, `place` and `street` are invented where not given; a given name is not checked against others. `key` joins
    the licences to an organisation that already exists. `is_person` marks a given name as a sole trader's own,
    `may_be_person` leaves it to chance. `messy=False` leaves out spoilt ZIP codes and repeated rows.
    """
    rules = words()["activities"][activity]
    is_person = is_person or (may_be_person and rng.random() < rules.get("persons", 0))
    if name is None:
        name = _person_name(ledger, rng) if is_person else _firm_name(ledger, rng, rules)
    place = place or choose_place(rng)
    street = street or choose_street(rng, place)
    rows = [_licence(rng, activity, name, street, place)]
    for other, chance in rules.get("also", {}).items():
        if rng.random() < chance:
            rows.append(_licence(rng, other, name, street, place))
    rows += _permits(rng, rules, name, street, place)
    if messy and rng.random() < _BAD_ZIP:
        rows = [row._replace(zip=_spoilt(rng, row.zip)) for row in rows]
    if messy and rng.random() < _REPEATED_ROW:
        rows.append(rows[-1])
    business = Business(
        key=key or ledger.new_key("business"),
        name=name,
        activity=activity,
        place=place,
        street=street,
        is_natural_person=is_person,
        licences=tuple(rows),
    )
    ledger.businesses.append(business)
    return business


def licence_date(rng: random.Random) -> str:
    """A start date as the city writes it: `m/d/yy`, no leading zeros, most of them recent."""
    days = int((ANCHOR - _FIRST_DAY).days * rng.random() ** 2.2)
    started = _FIRST_DAY if rng.random() < 0.05 else ANCHOR - timedelta(days=days)
    return f"{started.month}/{started.day}/{started:%y}"


def _person_name(ledger: Ledger, rng: random.Random) -> str:
    while not ledger.names.take(name := naming.person(rng)):
        pass
    return name


def _firm_name(ledger: Ledger, rng: random.Random, rules: dict[str, Any]) -> str:
    style = rules["style"]
    forms = words()["legal_forms"][style]
    name = ledger.names.invent(rng, words()["patterns"][style], noun=rng.choice(rules["nouns"]))
    return name + rng.choices(list(forms), weights=list(forms.values()))[0]


def _licence(rng: random.Random, activity: str, name: str, street: str, place: Place) -> Licence:
    classes = class_words(activity)
    later = len(classes) > 1 and rng.random() < _UNUSUAL_CLASS
    category = words()["activities"][activity]["category"]
    return _row(rng, rng.choice(classes[1:]) if later else classes[0], category, name, street, place)


def _permits(rng: random.Random, rules: dict[str, Any], name: str, street: str, place: Place) -> list[Licence]:
    rows = []
    for permit, chance in words()["permit_sets"].get(rules.get("permits", ""), {}).items():
        if rng.random() >= chance:
            continue
        written = naming.retold(rng, name) if rng.random() < _RENAMED_PERMIT else name
        where = naming.street_retold(rng, street) if rng.random() < _MOVED_PERMIT else street
        rows.append(_row(rng, permit, "PERMITS", written, where, place))
    return rows


def _row(rng: random.Random, classification: str, category: str, name: str, street: str, place: Place) -> Licence:
    # The city's export lost accents in some rows and never had them in others.
    written = naming.scarred(name) if rng.random() < 0.4 else naming.plain(name)
    return Licence(
        classification=classification,
        category=category,
        business=naming.glued(written),
        address=street,
        city=place.city.upper(),
        zip=place.postcode,
        account_start_date=licence_date(rng),
    )


def _spoilt(rng: random.Random, postcode: str) -> str:
    """ZIP codes as hurried clerks and spreadsheets leave them: zeros eaten, a digit too many, ZIP+4, none at all."""
    plus_four = f"{postcode}-{rng.randrange(1000, 9999)}"
    return rng.choice((postcode.lstrip("0"), postcode[1:], f"{postcode}1", plus_four, ""))
