"""Faults of a service that answers page by page: paging that has no end, totals that change while we page.

Belongs here: JSON pages to worse pages. Does not: faults of one answer (`faults_in_files.py`, `faults_on_the_way.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Set
from dataclasses import replace
from itertools import count
from typing import Any

from sources.practice.serving import Reply, Request, Route

#: What services call their number of rows, and of pages.
_ROWS = frozenset({"total", "totalCount", "hitCount", "@odata.count"})
_PAGES = frozenset({"totalPages"})
_MANY = 1_000_000


def same_page(route: Route) -> Route:
    """The first page, whatever page is asked for, and a million to come."""
    asked_first: list[Request] = []

    def faulty(request: Request) -> Reply:
        asked_first.append(request)
        return _with_totals(route(asked_first[0]), lambda _: _MANY)

    return faulty


def new_pages(route: Route) -> Route:
    """The first page in ever new words, and a million to come."""
    asked_first: list[Request] = []

    def faulty(request: Request) -> Reply:
        asked_first.append(request)
        reply = _with_totals(route(asked_first[0]), lambda _: _MANY)
        page = json.loads(reply.body)
        page["note"] = f"answer {len(asked_first)}"
        return replace(reply, body=json.dumps(page).encode())

    return faulty


def shrinking_total(route: Route) -> Route:
    """One row fewer with every answer: bodies leave the register while it is read."""
    asked = count()

    def faulty(request: Request) -> Reply:
        less = next(asked)
        return _with_totals(route(request), lambda total: total - less, _ROWS)

    return faulty


def _with_totals(reply: Reply, change: Callable[[int], int], totals: Set[str] = _ROWS | _PAGES) -> Reply:
    """`reply` with `change` made to its `totals`."""
    if reply.status != 200:
        return reply

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: change(v) if k in totals and isinstance(v, int) else changed(v) for k, v in value.items()}
        return value

    return replace(reply, body=json.dumps(changed(json.loads(reply.body))).encode())
