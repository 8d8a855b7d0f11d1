"""What is said of a pair: who gives what, what kind of partnership that is, and one plain sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ranking import dialect, fit, ontology
from assets.ranking.engine import Doubles, Ints, Scorer

#: From this fit of causes on the sentence says what both care about.
SHARED_CAUSE = 0.4
#: From this precedent on it says that bodies like the business work with the partner: names about as near as those of two farms.
WORKED_TOGETHER = 0.5
#: Work done together, not handed over: what is given binds both for longer.
TOGETHER = (
    "jobs",
    "placements",
    "care_jobs",
    "commercial_route",
    "materials_market",
    "planning_help",
    "teaching",
    "arts_lessons",
)
TOGETHER_GOT = ("research", "student_projects")


@dataclass(frozen=True)
class Words:
    """Columns of texts, a row a pair; null where there is nothing to say."""

    give: pa.Array
    get: pa.Array
    partnership_type: pa.Array
    explanation: pa.Array


def say(scorer: Scorer, business: Ints, partner: Ints, known: Mapping[str, Doubles]) -> Words:
    """The words for pairs of rows of the scorer's tables; `known` are their criteria (`Scorer.subscores`)."""
    # What is said of two kinds is made once.
    across = len(scorer.offered)
    code = scorer.kind_of[business].astype(np.int64) * across + scorer.offered_of[partner]
    once, back = np.unique(code, return_inverse=True)
    pairs = ((once // across).astype(np.int32), (once % across).astype(np.int32))
    told = fit.explain(scorer.kinds, scorer.offered, pairs)
    told = told.append_column("partnership_type", _types(told)).take(pa.array(back))
    names = [
        table["name"].take(pa.array(rows)).to_pylist()
        for table, rows in ((scorer.businesses, business), (scorer.partners, partner))
    ]
    activities = [activity[rows] for activity, rows in zip(scorer.activity, (business, partner), strict=True)]
    kinds = [_kinds(each) for each in activities]
    book = ontology.load().practices
    known_for = [
        practice.of(give) if (practice := book.get(one, {}).get(other)) else None
        for one, other, give in zip(*(each.tolist() for each in activities), told["give_resource_id"].to_pylist(), strict=True)
    ]
    km = scorer.kilometres(business, partner)
    countries = scorer.businesses["country"].take(pa.array(business)).to_pylist()
    give, why, get = (_local(told[c].to_pylist(), countries) for c in ("give", "why", "get"))
    cause = [ontology.load().causes[c].words if c else None for c in told["cause_id"].to_pylist()]
    sentences = [
        _sentence(*said)
        for said in zip(
            *names,
            *(_local(each, countries) for each in kinds),
            give,
            why,
            get,
            _local(cause, countries),
            _local(known_for, countries),
            *(known[c].tolist() for c in ("fit_cause", "precedent")),
            km.tolist(),
            countries,
            strict=True,
        )
    ]
    return Words(
        pa.array(give, pa.string()), pa.array(get, pa.string()), told["partnership_type"], pa.array(sentences, pa.string())
    )


def _local(texts: list[str | None], countries: list[str | None]) -> list[str | None]:
    """Hand-written texts as they are said where each business is."""
    return [
        dialect.american(text) if text and country == dialect.AMERICA else text
        for text, country in zip(texts, countries, strict=True)
    ]


def _types(told: pa.Table) -> pa.Array:
    """philanthropic (one gives), transactional (both give something particular) or integrative (work done together)."""
    common = pa.array([name for name, resource in ontology.load().resources.items() if resource.common])
    got = pc.and_(pc.is_valid(told["get_resource_id"]), pc.invert(pc.is_in(told["get_resource_id"], common)))
    together = pc.or_(
        pc.is_in(told["give_resource_id"], pa.array(TOGETHER)), pc.is_in(told["get_resource_id"], pa.array(TOGETHER_GOT))
    )
    return pc.if_else(got, pc.if_else(together, "integrative", "transactional"), "philanthropic")


@cache
def activity_names() -> dict[str, str]:
    """activity_id -> what people call it."""
    return {row["activity_id"]: row["activity_name"] for row in ontology.rows("sources.reference", "activities.csv")}


def _kinds(activities: np.ndarray) -> list[str | None]:
    return [activity_names().get(activity) for activity in activities.tolist()]


def _sentence(
    business: str, partner: str, business_kind: str | None, partner_kind: str | None, give: str | None, why: str | None,
    get: str | None, cause: str | None, known_for: str | None, shared: float, past: float, km: float, country: str | None,
) -> str:  # fmt: skip
    """As in `opportunity.sql`: what goes there, how near, why it is wanted, what comes back, what such bodies do
    together elsewhere or what both care about."""
    away = None if np.isnan(km) else dialect.far(km, country)
    told = ", ".join(part for part in (partner_kind, away) if part)
    parts = [
        f"{business}{f' ({business_kind})' if business_kind else ''} could offer {give or 'its help'} "
        f"to {partner}{f' ({told})' if told else ''}"
    ]
    if give and why:
        parts.append(f", which {why}")
    parts.append(f"; in return the business would get {get}." if get else ".")
    if known_for:
        parts.append(f" Elsewhere, such businesses {known_for}.")
    elif cause and shared >= SHARED_CAUSE:
        parts.append(f" Both care about {cause}.")
    if past >= WORKED_TOGETHER:
        parts.append(f" Organisations like it already work with {partner}.")
    return "".join(parts)
