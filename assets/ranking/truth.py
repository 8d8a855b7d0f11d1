"""Known partnerships as a yardstick: which pairs of two tables they join, what was known before a day, and what came after it.

Belongs here: reading edges as pairs, the split in time, seeded draws. Does not: scores (`engine.py`), nor what is made of the
pairs (`evaluation.py`, `weights.py`).
"""

from __future__ import annotations

import hashlib
import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.ranking.engine import KIN

#: Ids of the partners of each business, both in the order of ids.
Pairs = Mapping[str, tuple[str, ...]]
#: Share of the dated edges that are truth where no day is given: as in the ranking study.
TRUTH_SHARE = 0.2
_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:[ T].*)?")


class TruthError(Exception):
    """Known partnerships cannot be used for this; the message says what was found, what is needed and what to do."""


@dataclass(frozen=True)
class Split:
    """Known partnerships on both sides of a day."""

    day: date | None
    """None where no edge has a date: then all are truth and nothing is history."""
    history: pa.Table
    """Edges before the day, kin left out."""
    kin: pa.Table
    """Edges between bodies that are not independent, whatever their date."""
    truth: Pairs
    """Partnerships from the day on, of businesses that had none before it."""
    joined: int
    """Partnerships between a listed business and a listed partner."""
    unlisted: int
    """Edges that name a body which is in neither list."""
    unplaced: int
    """Edges that may lie on either side of the day; they are left out, and so are their businesses."""
    known_before: int
    """Businesses with a partnership from the day on that are no queries, as they had or may have had one before."""


def pairs_of(edges: pa.Table, businesses: pa.Table, partners: pa.Table) -> Pairs:
    """The partnerships that edges tell of, in whichever direction; kin are none."""
    listed = _listed(businesses, partners)
    return _grouped([pair for edge in _partnerships(edges).to_pylist() for pair in _joined(edge, listed)])


def split(edges: pa.Table, businesses: pa.Table, partners: pa.Table, day: date | None = None) -> Split:
    """History and truth. Without `day` the one from which on about a fifth of the joined, dated edges are truth.

    A date may be a year or a month; one that straddles the day is left out, since nobody knows on which side it lies. Raises
    TruthError for a date that cannot be read, and for a `day` where no edge has a date.
    """
    partnerships, listed = _partnerships(edges), _listed(businesses, partners)
    rows = partnerships.to_pylist()
    spans = [_span(row.get("date")) for row in rows]
    pairs = [_joined(row, listed) for row in rows]
    if any(spans):
        day = day or _usual_day([span[0] for span, found in zip(spans, pairs, strict=True) if span and found])
    elif day:
        raise TruthError(f"no edge has a date, so they cannot be split at {day}; fill in the column date or leave --split out.")
    # Without a day every edge is truth; with one, an edge is before it, after it, or cannot be told.
    before = np.array([bool(day and span and span[1] < day) for span in spans], dtype=bool)
    after = np.array([day is None or bool(span and span[0] >= day) for span in spans], dtype=bool)
    warm = {row[end] for row, late in zip(rows, after, strict=True) if not late for end in ("from_id", "to_id")}
    new = _grouped([pair for found, late in zip(pairs, after, strict=True) if late for pair in found])
    return Split(
        day,
        partnerships.filter(pa.array(before)),
        edges.filter(pa.array(is_kin(edges), pa.bool_())),
        {business: theirs for business, theirs in new.items() if business not in warm},
        len({pair for found in pairs for pair in found}),
        sum(not found for found in pairs),
        int((~before & ~after).sum()),
        len(warm & set(new)),
    )


def draws(seed: int, identifier: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Numbers from 0 to 1 that depend on the seed and on one id, not on which other bodies there are or where it stands."""
    digest = hashlib.blake2b(f"{seed}|{identifier}".encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big")).random(shape)


def _listed(businesses: pa.Table, partners: pa.Table) -> tuple[set[str], set[str]]:
    return set(businesses["id"].to_pylist()), set(partners["id"].to_pylist())


def _joined(edge: Mapping[str, str], listed: tuple[set[str], set[str]]) -> list[tuple[str, str]]:
    """(business, partner) of an edge: none, one, or both ways round where both bodies stand in both lists."""
    ends = (edge["from_id"], edge["to_id"]), (edge["to_id"], edge["from_id"])
    return [(b, p) for b, p in ends if b in listed[0] and p in listed[1] and b != p]


def _grouped(pairs: list[tuple[str, str]]) -> Pairs:
    found: dict[str, list[str]] = {}
    for business, partner in sorted(set(pairs)):
        found.setdefault(business, []).append(partner)
    return {business: tuple(theirs) for business, theirs in found.items()}


def is_kin(edges: pa.Table) -> list[bool]:
    """Which edges join bodies that are not independent."""
    return [kind in KIN for kind in edges["kind"].to_pylist()] if "kind" in edges.column_names else [False] * edges.num_rows


def _partnerships(edges: pa.Table) -> pa.Table:
    return edges.filter(pa.array([not kin for kin in is_kin(edges)], pa.bool_()))


def _span(written: str | None) -> tuple[date, date] | None:
    """First and last day a date can mean. Raises TruthError for one that is no ISO date, month or year."""
    if not (written or "").strip():
        return None
    text = str(written).strip()
    found = _DATE.fullmatch(text)
    try:
        year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        first = date(year, month or 1, day or 1)
    except ValueError:
        raise TruthError(f"the date {text!r} of an edge cannot be read; write 2024-05-31, 2024-05 or 2024.") from None
    return first, first if day else date(year, month or 12, monthrange(year, month or 12)[1])


def _usual_day(days: list[date]) -> date | None:
    """The day, among those there are but the first, from which on the share of edges is nearest to `TRUTH_SHARE`."""
    different, times = np.unique(np.array(days, dtype="datetime64[D]"), return_counts=True)
    share = times[::-1].cumsum()[::-1] / max(len(days), 1)
    first = min(1, len(different) - 1)
    return different[first + np.abs(share[first:] - TRUTH_SHARE).argmin()].item() if days else None
