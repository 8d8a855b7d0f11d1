"""Reads and checks the ontology: hand-written YAML about kinds of bodies, as DuckDB tables.

Belongs here: its shape and its consistency. Does not: the judgement itself (`ontology/*.yaml`) or scoring (`affinity.sql`).
Tables made: resource, offer, need, cause_of, practice, rival, brake, sensitive, cause, topic_fit, topic, topic_pays, goal.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Annotated, Any, NamedTuple

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from assets.organisations.reference import rows
from assets.ranking.yaml_file import read_yaml

Weight = Annotated[float, Field(ge=0, le=1)]
#: Added to the share of all bodies that are of a kind: the rarest kinds would else count most, by their rarity alone.
LEAST_COMMON = 0.02


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Resource(_Part):
    """What one organisation has and another lacks."""

    name: str
    area: str
    value: tuple[Weight, Weight, Weight, Weight]
    pilot: str | None = None
    benefits: list[str]
    measures: list[str]
    common: bool = False
    left_over: bool = False


class Business(_Part):
    """A kind of business: offers with words, needs, causes, brakes."""

    offers: dict[str, tuple[Weight, str]] = {}
    needs: dict[str, Weight] = {}
    causes: dict[str, Weight] = {}
    brakes: list[str] = []


class Partner(_Part):
    """A kind of charity or public body: needs and offers with words, causes, sensitivities, and who sells the same service."""

    common: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Of all charities and public bodies, what share is of this kind."""
    offers: dict[str, tuple[Weight, str]] = {}
    needs: dict[str, tuple[Weight, str]] = {}
    causes: dict[str, Weight] = {}
    sensitive: list[str] = []
    rivals: list[str] = []


class Cause(_Part):
    """What organisations care about, and how much it says that two of them do."""

    words: str
    telling: Weight


class Topic(_Part):
    """A topic of public programmes: which businesses it serves."""

    industries: dict[str, Weight] = {}
    activities: dict[str, Weight] = {}
    give: str
    pays_for: list[str] = []
    causes: dict[str, Weight] = {}


class Practice(NamedTuple):
    """What share of such businesses' partnerships are with such bodies, what the two do together, and the one resource that is
    about, if it is only one."""

    share: Weight
    words: str
    about: str | None = None

    def of(self, give: str | None) -> str | None:
        """The words, where `give` is what they are about."""
        return self.words if self.about in (None, give) else None


class Goal(_Part):
    """What a business or a chamber may want most."""

    name: str
    resources: list[str]


class Ontology(_Part):
    """All of it, checked against itself and the activities."""

    resources: dict[str, Resource]
    causes: dict[str, Cause]
    brakes: dict[str, str]
    businesses: dict[str, Business]
    partners: dict[str, Partner]
    practices: dict[str, dict[str, Practice]]
    """Business activity -> partner activity: what such bodies are known to do together."""
    programme_topics: dict[str, Topic]
    goals: dict[str, Goal]

    def known(self, business: str, partner: str) -> float:
        """How well two kinds are known to work together, 0..1: how much oftener than such bodies being about would make it.

        A third of a baker's partners may be churches only because a third of all charities are: the share of partnerships is held
        against the share of bodies, and five times as often comes to five sixths.
        """
        practice = self.practices.get(business, {}).get(partner)
        if practice is None:
            return 0.0
        oftener = practice.share / (self.partners[partner].common + LEAST_COMMON)
        return round(oftener / (oftener + 1), 6)

    def problems(self) -> list[str]:
        """Names used but not defined, and activities without an entry."""
        sides = {r["activity_id"]: r["side"] for r in rows("sources.reference", "activities.csv")}
        found = []
        for activity, side in sides.items():
            book = self.businesses if side == "business" else self.partners
            if activity not in book:
                found.append(f"activity {activity} ({side}) has no entry")
        for kind, book in (("businesses", self.businesses), ("partners", self.partners)):
            for activity, entry in book.items():
                used: list[tuple[str, Collection[str]]] = [(r, self.resources) for r in (*entry.offers, *entry.needs)]
                used += [(c, self.causes) for c in entry.causes]
                used += [(b, self.brakes) for b in (entry.brakes if isinstance(entry, Business) else entry.sensitive)]
                found += [f"{kind}.{activity} uses {name!r}, which is not defined" for name, known in used if name not in known]
                if activity != "any" and activity not in sides:
                    found.append(f"{kind}.{activity} is not an activity")
        for activity, entry in self.partners.items():
            found += [f"partners.{activity} has the rival {r!r}" for r in entry.rivals if sides.get(r) != "business"]
        for business, practices in self.practices.items():
            wrong = [business] if sides.get(business) != "business" else []
            wrong += [partner for partner in practices if sides.get(partner, "business") == "business"]
            found += [f"practices.{business} names activity {name!r}" for name in wrong]
            abouts = {p.about for p in practices.values()} - {None, *self.resources}
            found += [f"practices.{business} is about {about!r}, which is not defined" for about in sorted(filter(None, abouts))]
        industries = {r["industry_id"] for r in rows("sources.reference", "industries.csv")} | {"any"}
        for topic, entry_ in self.programme_topics.items():
            found += [f"topic {topic} names industry {i!r}" for i in entry_.industries if i not in industries]
            found += [f"topic {topic} names activity {a!r}" for a in entry_.activities if sides.get(a) != "business"]
            found += [f"topic {topic} names cause {c!r}" for c in entry_.causes if c not in self.causes]
            found += [f"topic {topic} names resource {r!r}" for r in entry_.pays_for if r not in self.resources]
        found += [
            f"goal {name} names resource {r!r}" for name, g in self.goals.items() for r in g.resources if r not in self.resources
        ]
        return found


@cache
def load() -> Ontology:
    """The shipped ontology. Raises ValueError listing every inconsistency."""
    ontology = Ontology.model_validate({name: read_yaml("ontology", f"{name}.yaml") for name in Ontology.model_fields})
    if problems := ontology.problems():
        raise ValueError("the ontology contradicts itself:\n  " + "\n  ".join(problems))
    return ontology


def as_tables(con: duckdb.DuckDBPyConnection) -> None:
    """The ontology as tables in `con`; what `any` says holds wherever an activity says nothing of its own."""
    o = load()
    put_table(con, "resource", [
        {"resource_id": k, "resource_name": r.name, "area": r.area, "pilot": r.pilot, "common": r.common,
         "left_over": r.left_over,
         "economic": r.value[0], "social": r.value[1], "environmental": r.value[2], "knowledge": r.value[3]}
        for k, r in o.resources.items()
    ])  # fmt: skip
    offers, needs, causes, brakes, sensitive = [], [], [], [], []
    for side, book in (("business", o.businesses), ("partner", o.partners)):
        for activity, entry in book.items():
            if activity == "any":
                continue
            # `any` fills in only what an entry leaves open; a kind with nothing of its own stays without anything.
            common = book["any"] if entry.offers or entry.needs else type(entry)()
            for resource, (weight, words) in {**common.offers, **entry.offers}.items():
                offers.append({"side": side, "activity_id": activity, "resource_id": resource, "weight": weight, "words": words})
            for resource, need in {**common.needs, **entry.needs}.items():
                weight, words = need if isinstance(need, tuple) else (need, "")
                needs.append({"side": side, "activity_id": activity, "resource_id": resource, "weight": weight, "words": words})
            causes += [{"side": side, "activity_id": activity, "cause_id": c, "weight": w} for c, w in entry.causes.items()]
            if isinstance(entry, Business):
                brakes += [{"activity_id": activity, "brake_id": b} for b in entry.brakes]
            else:
                sensitive += [{"activity_id": activity, "brake_id": b} for b in entry.sensitive]
    put_table(con, "offer", offers)
    put_table(con, "need", needs)
    put_table(con, "cause_of", causes)
    put_table(con, "practice", [
        {"business_activity_id": b, "partner_activity_id": p, "known": o.known(b, p), "words": known.words, "about": known.about}
        for b, practices in o.practices.items() for p, known in practices.items()
    ])  # fmt: skip
    put_table(con, "rival", [
        {"business_activity_id": rival, "partner_activity_id": kind} for kind, p in o.partners.items() for rival in p.rivals
    ])  # fmt: skip
    put_table(con, "brake", brakes)
    put_table(con, "sensitive", sensitive)
    put_table(con, "cause", [{"cause_id": k, "cause_words": c.words, "telling": c.telling} for k, c in o.causes.items()])
    put_table(con, "topic", [{"topic_id": k, "give": t.give} for k, t in o.programme_topics.items()])
    put_table(con, "topic_pays", [{"topic_id": k, "resource_id": r} for k, t in o.programme_topics.items() for r in t.pays_for])
    put_table(con, "topic_cause", [
        {"topic_id": k, "cause_id": c, "weight": w} for k, t in o.programme_topics.items() for c, w in t.causes.items()
    ])  # fmt: skip
    put_table(con, "topic_fit", _topic_fits(o))
    put_table(con, "goal", [{"goal_id": k, "resource_id": r} for k, g in o.goals.items() for r in g.resources])


def _topic_fits(o: Ontology) -> list[dict[str, Any]]:
    """(topic, activity, fit): the activity's own word, else its industry's, else that of every industry."""
    found = []
    for row in rows("sources.reference", "activities.csv"):
        if row["side"] != "business" or not (o.businesses[row["activity_id"]].offers):
            continue
        for topic, t in o.programme_topics.items():
            fit = t.activities.get(row["activity_id"], t.industries.get(row["industry_id"], t.industries.get("any", 0.0)))
            if fit > 0:
                found.append({"topic_id": topic, "activity_id": row["activity_id"], "fit": fit})
    return found


def put_table(con: duckdb.DuckDBPyConnection, name: str, content: list[dict[str, Any]]) -> None:
    """A table in `con` out of rows of hand-written knowledge."""
    con.register("given_rows", pa.Table.from_pylist(content))
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM given_rows")
    con.unregister("given_rows")
