"""What one look over a whole list tells about its single rows.

Belongs here: the newest term of each account, ordinals of exact repeats, lost blanks, the file's own day. Does not: rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sources.city_mapping import City
from sources.licence_cells import cell, classes_of, day, known_by, stable_hash, standing
from sources.licence_files import Record
from sources.register import Rejected

NOT_NEWEST = "earlier or further licence of an account"

#: Names cut into two fields and glued again: the blank at the seam is lost where the first field ended in one.
#: It is put back only where both halves are words this file uses on their own far more often than the glued word.
_SEAM_RATIO = 3
_SEAM_MINIMUM = 3

#: One start date in a thousand may lie after the day of the file: terms paid in advance, slips of the pen.
_AHEAD = 1_000


class Term(NamedTuple):
    """One licence of an account; the greatest is the newest."""

    active: bool
    expires: str
    started: str
    number: int
    """Its row in the file."""
    classes: tuple[str, ...]


@dataclass
class Survey:
    """What is known of the whole file."""

    newest: dict[str, Term] = field(default_factory=dict)
    """Account -> its newest term, with the classes of all that ran at the same time."""
    ordinals: Mapping[int, int] = field(default_factory=dict)
    mended: Mapping[str, str] = field(default_factory=dict)
    """Name -> the name with its lost blank put back."""
    day: str | None = None
    """ISO day up to which the file tells: the newest start of a term but for one in a thousand."""

    def ordinal(self, number: int) -> str:
        """What is put behind the id of row `number` where the same row came before: '' or `-2`, `-3` …"""
        return f"-{self.ordinals[number]}" if number in self.ordinals else ""


def survey(city: City, records: Iterable[Record | Rejected]) -> Survey:
    """One look over the whole file."""
    terms: dict[str, list[Term]] = defaultdict(list)
    repeats: list[tuple[str, tuple[str, ...], int]] = []
    names: set[str] = set()
    starts: Counter[str] = Counter()
    for number, record in enumerate(records, start=1):
        if isinstance(record, Rejected):
            continue
        key = known_by(city, record)
        if key is None:
            repeats.append((stable_hash(city, record), _rest(city, record), number))
        if city.columns.expires_on:
            term = _term(city, record, number)
            starts[term.started] += 1
            if key and city.columns.account:
                terms[key].append(term)
        if city.lost_blank_at and (name := record.get(city.columns.name[0])):
            names.add(name)
    del starts[""]
    found = Survey(ordinals=_ordinals(repeats), mended=_mended(names, city.lost_blank_at), day=_file_day(starts))
    found.newest = {key: _newest(of_one, found.day) for key, of_one in terms.items()}
    return found


def _rest(city: City, record: Record) -> tuple[str, ...]:
    columns = (city.columns.city, city.columns.postcode, *city.extra_columns)
    return tuple(str(record.get(column) or "") for column in columns if column)


def _ordinals(repeats: list[tuple[str, tuple[str, ...], int]]) -> dict[int, int]:
    """Row -> its place among the rows of the same hash, where it is not the first. Ordered by content, not by place."""
    seen: Counter[str] = Counter()
    found = {}
    for hashed, _, number in sorted(repeats):
        seen[hashed] += 1
        if seen[hashed] > 1:
            found[number] = seen[hashed]
    return found


def _term(city: City, record: Record, number: int) -> Term:
    expires, started = (
        day(cell(city, record, column), city.date_format) or "" for column in (city.columns.expires_on, city.columns.started_on)
    )
    return Term(standing(city, record) == "active", expires, started, number, classes_of(city, record))


def _file_day(starts: Counter[str]) -> str | None:
    ahead = starts.total() // _AHEAD
    for start in sorted(starts, reverse=True):
        ahead -= starts[start]
        if ahead < 0:
            return start
    return None


def _newest(terms: list[Term], file_day: str | None) -> Term:
    """The newest term, running ones first; with its own classes and those of the licences held at the same time."""
    newest = max(terms, key=lambda t: (t.active and t.expires >= (file_day or ""), *t[1:3], t.active, t.classes, t.number))
    beside = [t for t in terms if t.expires >= newest.started and t.started <= newest.expires and t.active == newest.active]
    beside.sort(key=lambda t: (t.expires, t.started, t.classes), reverse=True)
    return newest._replace(classes=tuple(dict.fromkeys((*newest.classes, *(c for t in beside for c in t.classes)))))


def _mended(names: set[str], cut: int | None) -> dict[str, str]:
    """Names whose lost blank can be put back with confidence."""
    if cut is None:
        return {}
    seam = cut - 1
    uses = Counter(word for name in names if len(name) <= seam for word in name.split(" "))
    found = {}
    for name in names:
        head, tail = name[:seam], name[seam:]
        first, second = head.rpartition(" ")[2], tail.partition(" ")[0]
        # A single letter at the seam is a name cut short, not a lost blank.
        if len(second) <= 1 or (len(first) <= 1 and first != "&"):
            continue
        rarer = min(uses[first], uses[second])
        if rarer >= _SEAM_MINIMUM and rarer > _SEAM_RATIO * uses[first + second]:
            found[name] = f"{head} {tail}"
    return found
