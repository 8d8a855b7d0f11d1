"""Gives clusters ids that last: by overlap with the nights before, else minted from the strongest stable fact. Pure.

An id is decided by who shares most records with it, so adding, moving or correcting records does not change it.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

#: Official schemes, strongest first: the first one a cluster has seeds a new id.
SCHEMES = ("US-EIN", "GB-CHC", "GB-SC", "GB-NIC", "GB-COH", "AU-ABN", "XI-ROR")


@dataclass(frozen=True)
class Change:
    """One thing that happened to an id."""

    kind: str
    old_id: str | None
    new_id: str | None
    reason: str


@dataclass(frozen=True)
class Registry:
    """What the last published version said: record -> organisation, and when each organisation was first seen."""

    bridge: Mapping[str, str]
    first_seen: Mapping[str, date]


def assign(
    clusters: Mapping[str, str], identifiers: Mapping[str, Iterable[str]], registry: Registry
) -> tuple[dict[str, str], list[Change]]:
    """(cluster -> organisation_id, changes) for `clusters` (record_id -> cluster) and each record's org-ids.

    The largest shared membership keeps an id; ties go to the older organisation, then to the smaller id, then to the smaller
    cluster key. Whoever is left mints a new id.
    """
    members: dict[str, list[str]] = defaultdict(list)
    shared: Counter[tuple[str, str]] = Counter()
    for record, key in sorted(clusters.items()):
        members[key].append(record)
        if record in registry.bridge:
            shared[key, registry.bridge[record]] += 1
    ids: dict[str, str] = {}
    taken: set[str] = set()
    order = sorted(shared.items(), key=lambda kv: (-kv[1], registry.first_seen.get(kv[0][1], date.max), kv[0][1], kv[0][0]))
    for (key, old), _ in order:
        if key not in ids and old not in taken:
            ids[key] = old
            taken.add(old)
    known = taken | set(registry.bridge.values())
    for key in sorted(members):
        if key not in ids:
            ids[key] = _mint(members[key], identifiers, known)
            known.add(ids[key])
    return ids, _changes(ids, clusters, shared, registry)


def _mint(records: list[str], identifiers: Mapping[str, Iterable[str]], known: set[str]) -> str:
    """`org_` and 12 hex digits of a hash of the strongest identifier, or of the smallest record_id where there is none."""
    official = sorted({i for r in records for i in identifiers.get(r, ())}, key=lambda i: (_strength(i), i))
    anchor = official[0] if official else min(records)
    attempt = 0
    while True:
        text = anchor if attempt == 0 else f"{anchor}#{attempt}"
        minted = "org_" + hashlib.sha256(text.encode()).hexdigest()[:12]
        if minted not in known:
            return minted
        attempt += 1  # the id went to another part of a body that was split


def _strength(identifier: str) -> int:
    return next((n for n, scheme in enumerate(SCHEMES) if identifier.startswith(scheme + "-")), len(SCHEMES))


def _changes(
    ids: Mapping[str, str], clusters: Mapping[str, str], shared: Counter[tuple[str, str]], registry: Registry
) -> list[Change]:
    living = set(ids.values())
    heirs: dict[str, set[str]] = defaultdict(set)
    origins: dict[str, set[str]] = defaultdict(set)
    for key, old in shared:
        heirs[old].add(ids[key])
        origins[ids[key]].add(old)
    changes = []
    for old in sorted(set(registry.bridge.values()) - living):
        if heirs[old]:
            changes += [
                Change("merged", old, new, "its records now belong to another organisation") for new in sorted(heirs[old])
            ]
        else:
            changes.append(Change("removed", old, None, "none of its records is in the registers any more"))
    known = set(registry.bridge.values())
    for new in sorted(living - known):
        sources = sorted(origins[new] & living)
        if sources:
            changes += [Change("split", old, new, "some of its records now stand alone") for old in sources]
        elif not origins[new]:
            changes.append(Change("added", None, new, "first record seen"))
    return changes
