"""Reads and checks the knowledge of trade: hand-written YAML about what businesses are to each other, as DuckDB tables.

Belongs here: its shape, its consistency, and who is kept apart. Does not: the judgement itself (`ontology/trade.yaml`), scoring
(`trade.sql`), or what businesses are to charities (`ontology.py`).
Tables made: trade_resource, trade_supply, trade_buy, trade_customer, trade_family, trade_apart, trade_cause.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

import duckdb
from pydantic import BaseModel, BeforeValidator, ConfigDict

from assets.organisations.reference import rows
from assets.ranking import ontology
from assets.ranking.ontology import Weight, put_table
from assets.ranking.yaml_file import read_yaml


def _said(value: object) -> object:
    """`0.5` is short for `[0.5, ""]`: the good's own words hold."""
    return (value, "") if isinstance(value, int | float) else value


#: A weight and the words of the kind itself; empty where the good's own words hold.
Said = Annotated[tuple[Weight, str], BeforeValidator(_said)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Family(_Part):
    """What is the same for every good of a sort."""

    area: str
    value: tuple[Weight, Weight, Weight, Weight]
    pilot: str
    benefits: list[str]
    measures: list[str]
    order: str
    seeks: str


class Good(_Part):
    """What changes hands between firms: its name, and why a buyer wants it."""

    name: str
    why: str
    family: str


class Anyone(_Part):
    """What every business buys that says nothing of its own on the matter."""

    buys: dict[str, Weight]


class Trader(_Part):
    """A kind of business: what it supplies, what it buys, whom it serves."""

    supplies: dict[str, Said] = {}
    buys: dict[str, Said] = {}
    customers: dict[str, Weight] = {}


class Trade(_Part):
    """All of it, checked against itself and the ontology."""

    families: dict[str, Family]
    goods: dict[str, Good]
    customers: dict[str, str]
    rivals: dict[str, list[str]]
    minds: dict[str, list[str]]
    any: Anyone
    businesses: dict[str, Trader]

    def problems(self) -> list[str]:
        """Names used but not defined, kinds without an entry, and firms said to buy what they sell."""
        kinds = set(_industries())
        known = ontology.load()
        found = [f"{kind} has no entry" for kind in sorted(kinds - set(self.businesses))]
        named = {"businesses": list(self.businesses)} | {f"rivals.{k}": v for k, v in self.rivals.items()}
        named |= {f"minds.{k}": v for k, v in self.minds.items()}
        found += [
            f"{where} names {kind!r}, which is no kind of business"
            for where, who in named.items()
            for kind in who
            if kind not in kinds
        ]
        found += [f"minds names {brake!r}, which is no brake" for brake in self.minds if brake not in known.brakes]
        found += [
            f"good {g!r} is of family {v.family!r}, which is not defined"
            for g, v in self.goods.items()
            if v.family not in self.families
        ]
        found += [f"any buys {g!r}, which is not defined" for g in self.any.buys if g not in self.goods]
        for kind, entry in self.businesses.items():
            found += [f"{kind} uses {g!r}, which is not defined" for g in (*entry.supplies, *entry.buys) if g not in self.goods]
            found += [f"{kind} serves {c!r}, which is not defined" for c in entry.customers if c not in self.customers]
            # A firm does not buy in what it is best at (R63).
            found += [f"{kind} buys {g!r}, which it sells" for g in entry.buys if g in entry.supplies]
            if kind in kinds and not known.businesses[kind].offers and entry != Trader():
                found.append(f"{kind} is put forward to nobody (businesses.yaml), so it may not trade")
        return found

    def apart(self) -> set[tuple[str, str]]:
        """Kinds never put together, both ways round: of one industry, rivals (R16), or one minds a brake of the other."""
        industry = _industries()
        pairs = {(a, b) for a in industry for b in industry if industry[a] == industry[b]}
        for group in self.rivals.values():
            pairs.update((a, b) for a in group for b in group if a != b)
        for kind, entry in ontology.load().businesses.items():
            for brake in entry.brakes:
                pairs.update(pair for other in self.minds.get(brake, []) for pair in ((kind, other), (other, kind)))
        return pairs


def _industries() -> dict[str, str]:
    """Industry of every kind of business."""
    return {r["activity_id"]: r["industry_id"] for r in rows("sources.reference", "activities.csv") if r["side"] == "business"}


@cache
def load() -> Trade:
    """The shipped knowledge of trade. Raises ValueError listing every inconsistency."""
    trade = Trade.model_validate(read_yaml("ontology", "trade.yaml"))
    if problems := trade.problems():
        raise ValueError("trade.yaml contradicts itself:\n  " + "\n  ".join(problems))
    return trade


def as_tables(con: duckdb.DuckDBPyConnection) -> None:
    """The knowledge of trade as tables in `con`.

    `trade_resource` has the columns of the ontology's `resource`, none of its ids, and lists of benefits and measures. Its ids:
    `trade:<good>`, `order:<good>` (what the good's buyer gives in return) and `introduction:<customers>`.
    """
    t = load()
    put_table(con, "trade_resource", resources(t))
    put_table(con, "trade_family", [
        {"good_id": k, "orders": t.families[g.family].order, "seeks": t.families[g.family].seeks} for k, g in t.goods.items()
    ])  # fmt: skip
    put_table(con, "trade_supply", [
        {"activity_id": kind, "good_id": good, "weight": weight, "words": words or t.goods[good].name}
        for kind, entry in t.businesses.items() for good, (weight, words) in entry.supplies.items()
    ])  # fmt: skip
    bought = []
    for kind, entry in t.businesses.items():
        if entry == Trader():
            continue
        for good, (weight, words) in entry.buys.items():
            bought.append(
                {"activity_id": kind, "good_id": good, "weight": weight, "words": words or t.goods[good].why, "common": False}
            )
        for good, weight in t.any.buys.items():
            if good not in entry.buys and good not in entry.supplies:
                bought.append(
                    {"activity_id": kind, "good_id": good, "weight": weight, "words": t.goods[good].why, "common": True}
                )
    put_table(con, "trade_buy", bought)
    put_table(con, "trade_customer", [
        {"activity_id": kind, "customer_id": customer, "weight": weight}
        for kind, entry in t.businesses.items() for customer, weight in entry.customers.items()
    ])  # fmt: skip
    put_table(con, "trade_apart", [{"activity_id": a, "other_activity_id": b} for a, b in sorted(t.apart())])
    put_table(con, "trade_cause", [{"cause_id": f"customers:{k}", "cause_words": words} for k, words in t.customers.items()])


def resources(trade: Trade) -> list[dict[str, Any]]:
    """The rows of `trade_resource`: whatever can be exchanged, with what its family says of it."""
    named = [(f"trade:{k}", g.name, g.family) for k, g in trade.goods.items()]
    named += [(f"order:{k}", f"{trade.families[g.family].order} {g.name}", g.family) for k, g in trade.goods.items()]
    named += [(f"introduction:{k}", f"introductions to {words}", "introductions") for k, words in trade.customers.items()]
    found = []
    for resource, name, family in named:
        f = trade.families[family]
        economic, social, environmental, knowledge = f.value
        found.append({
            "resource_id": resource, "resource_name": name, "area": f.area, "pilot": f.pilot, "common": False,
            "left_over": family == "by_product",
            "economic": economic, "social": social, "environmental": environmental, "knowledge": knowledge,
            "benefits": f.benefits, "measures": f.measures,
        })  # fmt: skip
    return found
