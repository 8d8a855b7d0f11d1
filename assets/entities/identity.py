"""Gives clusters ids that last, and tells every change of an id. Pure: records and earlier ids in, ids and changes out.

Belongs here: who keeps, gets back or mints an id, and what that means for the ids of the nights before. Does not: reading or
writing tables (`registry.py`), deciding which records are one body (`cluster.py`).

An id is decided by who shares most records with it, so adding, moving or correcting records does not change it. An id once
used is never given to another body: it lives, leads to the body that took its records over, or is no longer listed; and it
comes back to its own records when they do.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

#: Official schemes, strongest first: the first one a cluster has seeds a new id.
SCHEMES = ("US-EIN-", "GB-CHC-", "GB-SC-", "GB-NIC-", "GB-COH-", "AU-ABN-", "XI-ROR-")

#: Kinds of change in the order a night tells them.
KINDS = ("model", "removed", "merged", "moved", "split", "returned", "added")


class Change(NamedTuple):
    """One thing that happened to an id.

    | kind | old_id | new_id |
    |---|---|---|
    | added | | an id nobody had before |
    | removed | an id none of whose records is listed any more | |
    | merged | an id that lives no longer | the body with most of its records |
    | moved | the body some records belonged to | the living body they belong to now |
    | split | the body some records belonged to | the new id they have now |
    | returned | the body its records belonged to meanwhile, if any | an id that lives again |
    | model | | | (a new epoch of the model; the changes of that night follow from it)
    """

    kind: str
    old_id: str | None
    new_id: str | None
    reason: str


@dataclass(frozen=True)
class Registry:
    """What earlier nights said."""

    bridge: Mapping[str, str]
    """record -> organisation, of the last published version."""
    first_seen: Mapping[str, date]
    """organisation -> the night it was minted; every id ever issued."""
    former: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """record -> organisations it may claim back, latest first: the last one of a record that was gone, and any that ended while
    the record belonged to it."""
    heirs: Mapping[str, str] = field(default_factory=dict)
    """merged organisation -> the one it led to on the last night."""


def model_changed(before: str, now: str) -> Change:
    """The entry for a new epoch of the model, told before the night's other changes; `before` and `now` name the epochs."""
    return Change("model", None, None, f"the model went from epoch {before} to {now}; changes of this night may follow from it")


def assign(
    clusters: Mapping[str, str], identifiers: Mapping[str, Iterable[str]], registry: Registry
) -> tuple[dict[str, str], list[Change]]:
    """(cluster -> organisation_id, changes) for `clusters` (record_id -> cluster) and each record's org-ids.

    1. The cluster with most of an id's records of last night keeps the id. Ties go to the older organisation, then to the
       smaller id; between parts of one body to the part with more records that never had another id, then to the smallest
       record.
    2. Clusters left over get back an id their records had on an earlier night, in the same order, if nobody has it.
    3. Then the id that their strongest official number seeded, if nobody has it: the register may have renumbered its rows.
    4. Whoever is left mints a new one.

    Input order changes nothing, nor do the names of the clusters.
    """
    ids = _unchanged(clusters, registry.bridge)
    taken = set(ids.values())
    open_records = sorted(record for record, key in clusters.items() if key not in ids)
    members: dict[str, list[str]] = defaultdict(list)
    for record in open_records:
        members[clusters[record]].append(record)
    bridge, former = registry.bridge, registry.former
    _claim(((clusters[r], bridge[r], r) for r in open_records if r in bridge), registry, ids, taken)
    # Records of last night have a memory too: a body wrongly merged gets its own id back when it is set apart again.
    memories = [(clusters[r], old, r) for r in open_records for old in former.get(r, ())]
    _claim(((key, old, r) for key, old, r in memories if key not in ids and old not in taken), registry, ids, taken)
    issued = set(registry.first_seen) | set(bridge.values())
    for key, records in members.items():  # in order of their smallest records
        if key not in ids:
            ids[key] = _seeded(records, identifiers, issued, taken)
            taken.add(ids[key])
    return ids, _changes(ids, clusters, registry, issued)


def _unchanged(clusters: Mapping[str, str], bridge: Mapping[str, str]) -> dict[str, str]:
    """cluster -> id, where nobody else has a claim: its known records are of one body, whose records are nowhere else.

    `_claim` would give these ids just so; they are nearly all of a night, and need no sorting.
    """
    claimed: dict[str, str] = {}
    claimant: dict[str, str] = {}
    disputed: set[str] = set()
    for record, key in clusters.items():
        old = bridge.get(record)
        if old is not None and (claimed.setdefault(key, old) != old or claimant.setdefault(old, key) != key):
            disputed |= {claimed[key], old}
    return {key: old for key, old in claimed.items() if old not in disputed}


def _claim(claims: Iterable[tuple[str, str, str]], registry: Registry, ids: dict[str, str], taken: set[str]) -> None:
    """Adds to `ids` and `taken` what the `claims` (cluster, id, record; sorted by record) lead to, by rule 1 of `assign`."""
    shared: Counter[tuple[str, str]] = Counter()
    loyal: Counter[tuple[str, str]] = Counter()
    smallest: dict[str, str] = {}
    for key, old, record in claims:
        shared[key, old] += 1
        loyal[key, old] += record not in registry.former
        smallest.setdefault(key, record)
    order = sorted(
        (-count, registry.first_seen.get(old, date.max), old, -loyal[key, old], smallest[key], key)
        for (key, old), count in shared.items()
    )
    for _, _, old, _, _, key in order:
        if key not in ids and old not in taken:
            ids[key] = old
            taken.add(old)


def _seeded(records: Sequence[str], identifiers: Mapping[str, Iterable[str]], issued: set[str], taken: set[str]) -> str:
    """`org_` and 12 hex digits of a hash of the strongest identifier, or of the smallest record_id where there is none."""
    official = [(_strength(i), i) for r in records for i in identifiers.get(r, ())]
    strength, anchor = min(official) if official else (len(SCHEMES), min(records))
    seeded = _hashed(anchor)
    if strength < len(SCHEMES) and seeded not in taken:
        return seeded
    attempt = 0
    while seeded in issued or seeded in taken:
        attempt += 1  # the id went to another part of a body that was split
        seeded = _hashed(f"{anchor}#{attempt}")
    return seeded


def _hashed(text: str) -> str:
    return "org_" + hashlib.sha256(text.encode()).hexdigest()[:12]


def _strength(identifier: str) -> int:
    for strength, scheme in enumerate(SCHEMES):
        if identifier.startswith(scheme):
            return strength
    return len(SCHEMES)


def _changes(ids: Mapping[str, str], clusters: Mapping[str, str], registry: Registry, issued: set[str]) -> list[Change]:
    """Every change of an id, in the order of `KINDS`, then by id."""
    living, before = set(ids.values()), set(registry.bridge.values())
    moves: Counter[tuple[str, str]] = Counter()
    for record, key in clusters.items():
        old = registry.bridge.get(record) or next(iter(registry.former.get(record, ())), None)
        if old is not None and old != ids[key]:
            moves[old, ids[key]] += 1
    heirs = _heirs(moves, living, registry)
    changes = [
        Change("removed", old, None, "none of its records is in the registers any more") for old in before - living - set(heirs)
    ]
    told: set[str] = set()
    for (old, new), count in moves.items():
        if heirs.get(old) == new:
            changes.append(Change("merged", old, new, f"{_records(count)} now belong to another organisation"))
        elif old not in living or new in before:
            changes.append(Change("moved", old, new, f"{_records(count)} now belong to another organisation"))
        elif new in issued:
            changes.append(Change("returned", old, new, f"{_records(count)} are an organisation of their own again"))
            told.add(new)
        else:
            changes.append(Change("split", old, new, f"{_records(count)} now stand alone"))
            told.add(new)
    changes += [
        Change("returned", None, new, "its records are in the registers again") for new in (living & issued) - before - told
    ]
    # Sorted as plain texts first: on a first night this is everyone, and comparing whole changes takes several times as long.
    changes += [Change("added", None, new, "first record seen") for new in sorted(living - issued - told)]
    return sorted(changes, key=lambda c: (KINDS.index(c.kind), c.old_id or "", c.new_id or ""))


def _heirs(moves: Mapping[tuple[str, str], int], living: set[str], registry: Registry) -> dict[str, str]:
    """Who takes over an id that lives no longer and leads nowhere yet: most of its records, then the older, then by id."""
    order = sorted(moves, key=lambda move: (-moves[move], registry.first_seen.get(move[1], date.max), move[1]))
    found: dict[str, str] = {}
    for old, new in order:
        if old not in living and old not in registry.heirs:
            found.setdefault(old, new)
    return found


def _records(count: int) -> str:
    return "one of its records" if count == 1 else f"{count:,} of its records"


def follow(changes: Iterable[tuple[str, str | None, str | None]], living: set[str]) -> dict[str, str | None]:
    """Where every id that lives no longer leads: the living id at the end of its mergers, or None where its records are gone.

    `changes` are (kind, old_id, new_id) of all nights, oldest first. An id merges into one that lived that night, which may
    merge itself on a later one; so the way leads forward in time and ends.
    """
    heirs: dict[str, str | None] = {}
    for kind, old, new in changes:
        if kind in ("merged", "removed") and old is not None:
            heirs[old] = new
        elif kind == "returned" and new is not None:
            heirs.pop(new, None)

    def end(old: str) -> str | None:
        at = heirs[old]
        while at is not None and at not in living:
            at = heirs.get(at)
        return at

    return {old: end(old) for old in sorted(heirs) if old not in living}
