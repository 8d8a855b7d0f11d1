"""Joins scored pairs into clusters by average linkage inside connected components. Pure: arrays in, arrays out.

A chain of likely pairs does not make one body: two clusters join only while the mean probability of all pairs between them is
high, and never where a person, an identifier or a register keeps two of their records apart.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.linkage.arrays import Ints

#: Pairs below this probability connect nothing.
CONNECTED_FROM = 0.3
#: What a pair inside a component counts that was never a candidate: no key in common is evidence against.
ABSENT = 0.02
#: Components of more records than this are reported; their missing pairs are not measured, they count as ABSENT.
GIANT = 60
#: Share of the mean in the score of a join; the rest is the best pair, so that a body with one odd record holds together.
MEAN_SHARE = 0.75
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Clustering:
    """`label` gives each record the smallest rid of its cluster; `giants` are the sizes of components over GIANT."""

    label: Ints
    giants: tuple[int, ...]


def components(count: int, a: Ints, b: Ints) -> Ints:
    """The smallest member of each record's connected component, by spreading the minimum and halving paths."""
    label = np.arange(count, dtype=np.int32)
    while True:
        low = np.minimum(label[a], label[b])
        before = label.copy()
        np.minimum.at(label, label[a], low)
        np.minimum.at(label, label[b], low)
        label = label[label]
        label = label[label]
        if np.array_equal(label, before):
            return label


def giants(count: int, a: Ints, b: Ints, p: Doubles) -> tuple[int, ...]:
    """Sizes of the components of more than GIANT records, the largest first."""
    sizes = np.bincount(components(count, a[p >= CONNECTED_FROM], b[p >= CONNECTED_FROM]), minlength=count)
    return tuple(sorted((int(s) for s in sizes[sizes > GIANT]), reverse=True))


def missing_pairs(count: int, a: Ints, b: Ints, p: Doubles) -> tuple[Ints, Ints]:
    """Pairs inside components of 3 to GIANT records that are not among (a, b): to be measured before clustering."""
    label = components(count, a[p >= CONNECTED_FROM], b[p >= CONNECTED_FROM])
    order = np.argsort(label, kind="stable").astype(np.int32)
    _, start, size = np.unique(label[order], return_index=True, return_counts=True)
    wanted_a, wanted_b = [], []
    for many in np.unique(size[(size > 2) & (size <= GIANT)]).tolist():
        members = order[start[size == many][:, None] + np.arange(many)]
        i, j = np.triu_indices(many, 1)
        wanted_a.append(members[:, i].ravel())
        wanted_b.append(members[:, j].ravel())
    if not wanted_a:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    x, y = np.concatenate(wanted_a), np.concatenate(wanted_b)
    new = ~np.isin(x.astype(np.int64) * count + y, a.astype(np.int64) * count + b)
    return x[new], y[new]


def cluster(
    count: int,
    a: Ints,
    b: Ints,
    p: Doubles,
    cut: float,
    forced: Iterable[tuple[int, int]] = (),
    kept_apart: Mapping[int, Iterable[int]] | None = None,
    sole: Ints | None = None,
) -> Clustering:
    """Clusters of records 0 … count-1 from pairs a < b with probability p.

    `forced` pairs join whatever their probability: people said so, and free of contradiction. `kept_apart` gives, for a record,
    the records it must never be with (both ways round). `sole` numbers the source of a record where that source lists no body
    twice (-1 elsewhere): a
    cluster holds one record of such a source. `cut` is the least score of a join.
    """
    apart = {k: frozenset(v) for k, v in (kept_apart or {}).items()}
    source = {} if sole is None else {int(r): int(sole[r]) for r in np.flatnonzero(sole >= 0)}
    forced = sorted(forced)
    keep = p >= CONNECTED_FROM
    more_a, more_b = (np.array([f[k] for f in forced], np.int32) for k in (0, 1))
    label = components(count, np.concatenate([a[keep], more_a]), np.concatenate([b[keep], more_b]))
    inside = label[a] == label[b]
    a, b, p = a[inside], b[inside], p[inside]
    order = np.lexsort((b, a, label[a]))
    a, b, p = a[order], b[order], p[order]
    labels, start = np.unique(label[a], return_index=True)
    ends = np.append(start[1:], len(a))
    sizes = np.bincount(label, minlength=count)
    result = np.arange(count, dtype=np.int32)
    must: dict[int, list[tuple[int, int]]] = {}
    for x, y in forced:
        must.setdefault(int(label[x]), []).append((x, y))
    # Two records alone: nothing to average. Pairs that share a sole source never come this far.
    plain = (sizes[labels] == 2) & ~np.isin(labels, label[np.array([*must, *apart], np.int64)])
    two = start[plain]
    joined = two[p[two] >= cut]
    result[b[joined]] = a[joined]
    for name, first, last in zip(labels[~plain].tolist(), start[~plain].tolist(), ends[~plain].tolist(), strict=True):
        groups = _average_link(
            a[first:last].tolist(), b[first:last].tolist(), p[first:last].tolist(), cut, must.pop(name, []), apart, source
        )
        for group in groups:
            result[group] = min(group)
    for pairs in must.values():
        for group in _average_link([], [], [], cut, pairs, apart, source):
            result[group] = min(group)
    return Clustering(result, tuple(sorted((int(s) for s in sizes[sizes > GIANT]), reverse=True)))


def _average_link(
    a: list[int],
    b: list[int],
    p: list[float],
    cut: float,
    forced: list[tuple[int, int]],
    apart: Mapping[int, frozenset[int]],
    source: Mapping[int, int],
) -> list[list[int]]:
    """Agglomeration of one component: the best join first, ties by the smaller records, until none reaches `cut`."""
    members = {x: [x] for x in sorted({*a, *b, *(x for pair in forced for x in pair)})}
    links: dict[int, dict[int, tuple[float, int, float]]] = {x: {} for x in members}
    for x, y, q in zip(a, b, p, strict=True):
        links[x][y] = links[y][x] = (q, 1, q)

    def score(x: int, y: int) -> float:
        total, pairs, best = links[x][y]
        possible = len(members[x]) * len(members[y])
        return MEAN_SHARE * (total + ABSENT * (possible - pairs)) / possible + (1 - MEAN_SHARE) * best

    held = {x: {source[x]} if x in source else set() for x in members}

    def barred(x: int, y: int) -> bool:
        return not held[x].isdisjoint(held[y]) or any(not apart.get(m, frozenset()).isdisjoint(members[y]) for m in members[x])

    def join(x: int, y: int) -> None:
        """y becomes part of x; x < y."""
        for z, (total, pairs, best) in links.pop(y).items():
            if z == x:
                continue
            was = links[x].get(z, (0.0, 0, 0.0))
            links[x][z] = links[z][x] = (was[0] + total, was[1] + pairs, max(was[2], best))
            del links[z][y]
        links[x].pop(y, None)
        members[x] = sorted(members[x] + members.pop(y))
        held[x] |= held.pop(y)

    for x, y in forced:
        i, j = (next(k for k, group in members.items() if r in group) for r in (x, y))
        if i != j:
            join(min(i, j), max(i, j))
    heap = [(-score(x, y), x, y) for x in links for y in links[x] if x < y]
    heap = [entry for entry in heap if -entry[0] >= cut]
    heapq.heapify(heap)
    while heap:
        negative, x, y = heapq.heappop(heap)
        if x not in members or y not in members or y not in links[x] or score(x, y) != -negative or barred(x, y):
            continue
        join(x, y)
        for z in sorted(links[x]):
            better = score(x, z)
            if better >= cut:
                heapq.heappush(heap, (-better, min(x, z), max(x, z)))
    return list(members.values())
