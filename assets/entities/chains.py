"""Chains of pairs: which records hang together, and by which pairs one leads to another. Pure.

What a pair means (a match, a person's decision) does not belong here.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

Pair = tuple[str, str]


def groups(pairs: Iterable[Pair]) -> dict[str, str]:
    """record -> smallest record of the group that the pairs join it to; records without a pair are not in it."""
    near = _neighbours(pairs)
    group: dict[str, str] = {}
    for start in sorted(near):
        if start not in group:
            group |= dict.fromkeys(_walk(near, start), start)
    return group


def chain(pairs: Iterable[Pair], start: str, end: str) -> list[Pair]:
    """The fewest pairs that lead from `start` to `end`, in that order and direction; [] where none do. Ties by record."""
    before = _walk(_neighbours(pairs), start)
    if start == end or end not in before:
        return []
    steps = []
    while end != start:
        steps.append((before[end], end))
        end = before[end]
    return steps[::-1]


def _neighbours(pairs: Iterable[Pair]) -> dict[str, set[str]]:
    near: dict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        near[a].add(b)
        near[b].add(a)
    return dict(near)


def _walk(near: dict[str, set[str]], start: str) -> dict[str, str]:
    """Every record that can be reached -> the one before it on a shortest way; `start` stands before itself."""
    before = {start: start}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for record in sorted(near.get(here, ())):
            if record not in before:
                before[record] = here
                waiting.append(record)
    return before
