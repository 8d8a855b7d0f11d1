"""Picks varied lists out of scored pairs: no resource, kind of partner or single partner fills a list. Pure.

Two steps: `choose` decides which pairs are published at all (each business's own list), `varied_order` puts a list in an
order whose first pages are varied. Both look at pairs best first, ties by id, so input order changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Pair(NamedTuple):
    """A scored pair, as far as variety is concerned."""

    opportunity_id: str
    score: float
    business_id: str
    partner_id: str
    partner_name: str
    """Lower-case name: branches under one name count as one partner where they would stand side by side."""
    partner_activity_id: str
    resource_id: str
    is_programme: bool
    business_name: str
    """Lower-case name: branches under one name count as one business."""
    business_activity_id: str
    goes_first: bool = False
    """Whether the business is a member and members go first."""


class Caps(NamedTuple):
    """How often something may occur; see `Lists` in the profile."""

    per_business: int
    per_resource: int
    per_partner_activity: int
    per_partner: int
    programmes: int
    members_first: bool = False
    cross_industry: bool = False


#: A page is what a person takes in at once; the first pages of a list are varied, the rest is by score alone.
PAGE = 10
VARIED_PAGES = 10
#: On one page: one partner, kind of partner, kind of business, resource and business name at most so often.
ON_A_PAGE = {"partner": 1, "partner_activity": 2, "business_activity": 4, "resource": 2, "business": 1, "programme": 2}
#: On a page of a list across industries every kind of match stands once.
ONCE_A_PAGE = dict.fromkeys(ON_A_PAGE, 1)


def best_first(pairs: Iterable[Pair]) -> list[Pair]:
    """By score, ties by id; behind members where those go first."""
    return sorted(pairs, key=lambda p: (not p.goes_first, -p.score, p.opportunity_id))


def choose(pairs: Iterable[Pair], caps: Caps) -> list[tuple[Pair, int]]:
    """(pair, rank_for_business) of the pairs to publish, best first.

    A pair is taken when its business's list has room, holds few enough of the same resource and kind of partner, and its
    partner is not already put forward to `per_partner` businesses: a food bank cannot answer three hundred bakeries.
    """
    business: Counter[str] = Counter()
    partner: Counter[str] = Counter()
    within: Counter[tuple[str, str, str]] = Counter()
    chosen = []
    for pair in best_first(pairs):
        limits = (
            (
                within,
                (pair.business_id, "resource", pair.resource_id),
                caps.programmes if pair.is_programme else caps.per_resource,
            ),
            (within, (pair.business_id, "activity", pair.partner_activity_id), caps.per_partner_activity),
            (within, (pair.business_id, "partner", pair.partner_name), 1),
        )
        if business[pair.business_id] >= caps.per_business or (
            not pair.is_programme and partner[pair.partner_id] >= caps.per_partner
        ):
            continue
        if any(counter[key] >= limit for counter, key, limit in limits):
            continue
        business[pair.business_id] += 1
        partner[pair.partner_id] += 1
        for counter, key, _ in limits:
            counter[key] += 1
        chosen.append((pair, business[pair.business_id]))
    return chosen


def varied_order(pairs: Sequence[Pair], on_a_page: Mapping[str, int]) -> list[Pair]:
    """The pairs of one list in reading order: page after page of varied pairs, then the rest by score."""
    waiting = best_first(pairs)
    ordered: list[Pair] = []
    for _ in range(VARIED_PAGES):
        page, waiting = _fill_page(waiting, on_a_page)
        ordered += page
    return ordered + waiting


def _fill_page(waiting: list[Pair], on_a_page: Mapping[str, int]) -> tuple[list[Pair], list[Pair]]:
    """(the next page, what is left): best first, passing over pairs that would repeat what the page already holds."""
    page: list[Pair] = []
    passed: list[Pair] = []
    used: Counter[tuple[str, str]] = Counter()
    for position, pair in enumerate(waiting):
        if len(page) == PAGE:
            return page, passed + waiting[position:]
        keys = [
            ("partner", pair.partner_name),
            ("partner_activity", pair.partner_activity_id),
            ("business_activity", pair.business_activity_id),
            ("business", pair.business_name),
            ("programme", "any") if pair.is_programme else ("resource", pair.resource_id),
        ]
        if all(used[key] < on_a_page[key[0]] for key in keys):
            page.append(pair)
            used.update(keys)
        else:
            passed.append(pair)
    return page, passed
