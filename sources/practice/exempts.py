"""Founding one exempt organisation: its row in the IRS business master file.

Belongs here: what a single exempt organisation looks like there. Does not: how many there are (`crowd.py`), which are
planted (`planted.py`).
"""

from __future__ import annotations

import math
import random
from typing import Any

from sources.practice import naming
from sources.practice.ledger import Ledger
from sources.practice.model import Exempt, ExemptRow
from sources.practice.places import STATE, Place, choose_place, choose_street
from sources.practice.words import exempt_kind

_BLANK_NTEE = 0.06
_HAS_CONTACT = 0.65
_UNKNOWN_PLUS_FOUR = 0.05
_MISTYPED_CITY = 0.012
_PO_BOX = 0.14
_LOSS = 0.02  # share of filers whose revenue is below zero
_POSTCARD_BELOW = 50_000  # yearly income under which only a postcard is filed, and amounts stand as 0
_PERIODS = ("202412", "202412", "202412", "202506", "202512", "202512", "202409", "202312", "202212")
_NAME_WIDTH = 70
_FIELD_WIDTH = 35


def found_exempt(
    ledger: Ledger,
    rng: random.Random,
    kind: str,
    *,
    name: str | None = None,
    place: Place | None = None,
    street: str | None = None,
    sort_name: str | None = None,
    key: str | None = None,
    solid: bool = False,
    rules: dict[str, Any] | None = None,
) -> Exempt:
    """Found an exempt organisation of a kind of exempt.yaml and enter it in the ledger.

    A given name is not checked against others. `solid=True`: its purpose is known, it has income and files. `rules`
    replaces some of the kind's rules. `key` joins the row to an organisation that already exists.
    """
    kept = {**exempt_kind(kind), **(rules or {})}
    if name is None and "sort" in kept:
        name = rng.choice(kept["names"])  # chapters share the name of their order; the sort name tells them apart
    elif name is None:
        name = ledger.names.invent(rng, kept["names"]) + rng.choice((" INC", " INC", "", "", "", ""))
    if sort_name is None:
        sort_name = ledger.names.invent(rng, [kept["sort"]]) if "sort" in kept else ""
    place = place or choose_place(rng)
    po_box = f"PO BOX {rng.randrange(10, 9000)}" if rng.random() < _PO_BOX else None
    city = place.city.upper()
    row = ExemptRow(
        ein=ledger.new_ein(rng),
        name=naming.plain(name)[:_NAME_WIDTH],
        ico=_contact(ledger, rng, name),
        street=(street or po_box or choose_street(rng, place))[:_FIELD_WIDTH],
        city=naming.mistyped(rng, city) if not solid and rng.random() < _MISTYPED_CITY else city,
        state=STATE,
        zip=f"{place.postcode}-{'0000' if rng.random() < _UNKNOWN_PLUS_FOUR else rng.randrange(1000, 9999)}",
        group=kept["group"],
        subsection=kept["subsection"],
        affiliation="3" if kept["group"] == "0000" else "9",
        classification=kept["class"],
        ruling=_ruling(rng),
        deductibility=kept["deductible"],
        foundation=kept["foundation"],
        activity="000000000",
        organization=rng.choice(("1", "1", "1", "1", "5")),
        status="01",
        ntee_cd=_purpose(rng, kept, solid),
        sort_name=naming.plain(sort_name)[:_FIELD_WIDTH].rstrip(),
        **_money(rng, kept, solid),
    )
    body = Exempt(key=key or ledger.new_key("exempt"), kind=kind, place=place, row=row)
    ledger.exempt.append(body)
    return body


def _contact(ledger: Ledger, rng: random.Random, name: str) -> str:
    draw = rng.random()
    if draw > _HAS_CONTACT:
        # A few rows repeat the organisation, or hold the sign alone.
        return rng.choice(("", "", "", "", "%", f"% {name[:30].rstrip()}"))
    who = naming.contact(rng)
    ledger.contact_names.add(who)
    return f"% {who}"


def _purpose(rng: random.Random, kept: dict[str, Any], solid: bool) -> str:
    if not solid and rng.random() < kept.get("blank_ntee", _BLANK_NTEE):
        return ""
    code = str(rng.choice(kept["ntee"])) if isinstance(kept["ntee"], list) else str(kept["ntee"])
    return f"{code}0" if code and rng.random() < 0.12 else code


def _ruling(rng: random.Random) -> str:
    return f"{2025 - int(70 * rng.random() ** 1.7)}{rng.randrange(1, 13):02d}"


def _money(rng: random.Random, kept: dict[str, Any], solid: bool) -> dict[str, str]:
    """The filing fields: period, bands, forms and amounts, which hang together."""
    nothing = {"asset_cd": "0", "income_cd": "0", "pf_filing_req_cd": "0", "acct_pd": "12"}
    if kept.get("church") and not solid:  # congregations need not file
        return {
            **nothing,
            "tax_period": "",
            "filing_req_cd": "06",
            "asset_amt": "",
            "income_amt": "",
            "revenue_amt": "",
        }
    if kept.get("shell"):
        return {
            **nothing,
            "tax_period": "",
            "filing_req_cd": "02",
            "asset_amt": "",
            "income_amt": "",
            "revenue_amt": "",
        }
    # Incomes of a kind spread over about a factor of three either way.
    income = int(1000 * kept["income"] * math.exp(rng.gauss(0, 0.4 if solid else 0.8)))
    period = rng.choice(_PERIODS[:5] if solid else _PERIODS)
    if income < _POSTCARD_BELOW and not solid:
        return {
            **nothing,
            "tax_period": period,
            "filing_req_cd": "02",
            "asset_amt": "0",
            "income_amt": "0",
            "revenue_amt": "0",
        }
    assets = int(income * math.exp(rng.gauss(0, 0.9)))
    private = kept["foundation"] == "04"
    revenue = (
        "" if private else str(-income // 20 if not solid and rng.random() < _LOSS else int(income * rng.uniform(0.85, 1.0)))
    )
    return {
        "tax_period": period,
        "asset_cd": band(assets),
        "income_cd": band(income),
        "filing_req_cd": "00" if private else "01",
        "pf_filing_req_cd": "1" if private else "0",
        "acct_pd": period[4:],
        "asset_amt": str(assets),
        "income_amt": str(income),
        "revenue_amt": revenue,
    }


def band(amount: int) -> str:
    """Code of the size band of an amount, as ASSET_CD and INCOME_CD use it: 0 none … 9 fifty million and over."""
    edges = (1, 10_000, 25_000, 100_000, 500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000)
    return str(sum(amount >= edge for edge in edges))
