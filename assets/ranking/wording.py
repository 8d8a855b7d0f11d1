"""What is said of a pair: who gives what, what kind of partnership that is, and one plain sentence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ranking import fit, ontology
from assets.ranking.engine import Doubles, Ints, Scorer

#: From this fit of causes on the sentence says what both care about.
SHARED_CAUSE = 0.6
#: Work done together, not handed over: what is given binds both for longer.
TOGETHER = ("jobs", "commercial_route", "planning_help", "teaching", "arts_lessons")
TOGETHER_GOT = ("research", "student_projects")


@dataclass(frozen=True)
class Words:
    """Columns of texts, a row a pair; null where there is nothing to say."""

    give: pa.ChunkedArray
    get: pa.ChunkedArray
    partnership_type: pa.Array
    explanation: pa.Array


def say(scorer: Scorer, business: Ints, partner: Ints, cause: Doubles) -> Words:
    """The words for pairs of rows of the scorer's tables; `cause` is their fit of causes."""
    kind = scorer.kind_of[business]
    # What is said of a kind and a partner is made once.
    code = kind.astype(np.int64) * scorer.partners.num_rows + partner
    once, back = np.unique(code, return_inverse=True)
    pairs = ((once // scorer.partners.num_rows).astype(np.int32), (once % scorer.partners.num_rows).astype(np.int32))
    told = fit.explain(scorer.kinds, scorer.offered, pairs)
    told = told.append_column("partnership_type", _types(told)).take(pa.array(back))
    names = [
        table["name"].take(pa.array(rows)).to_pylist()
        for table, rows in ((scorer.businesses, business), (scorer.partners, partner))
    ]
    known_as = [_known_as(activity[rows]) for activity, rows in zip(scorer.activity, (business, partner), strict=True)]
    km = scorer.kilometres(business, partner)
    sentences = [
        _sentence(*said)
        for said in zip(
            *names,
            *known_as,
            *(told[c].to_pylist() for c in ("give", "why", "get", "cause_id")),
            cause.tolist(),
            km.tolist(),
            strict=True,
        )
    ]
    return Words(told["give"], told["get"], told["partnership_type"], pa.array(sentences, pa.string()))


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


def _known_as(activities: np.ndarray) -> list[str]:
    return [f" ({activity_names()[a]})" if a in activity_names() else "" for a in activities.tolist()]


def _sentence(
    business: str, partner: str, business_kind: str, partner_kind: str, give: str | None, why: str | None, get: str | None,
    cause: str | None, shared: float, km: float,
) -> str:  # fmt: skip
    parts = [f"{business}{business_kind} could offer {give or 'its help'} to {partner}{partner_kind}"]
    if give and why:
        parts.append(f", which {why}")
    parts.append(f"; in return it would get {get}." if get else ".")
    if cause and shared >= SHARED_CAUSE:
        parts.append(f" Both care about {ontology.load().causes[cause]}.")
    if not np.isnan(km):
        parts.append(f" They are about {max(1, round(km))} km apart.")
    return "".join(parts)
