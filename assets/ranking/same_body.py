"""Which businesses and partners of two lists are one body, and so no partners: by name, company number or id.

Belongs here: what the lists themselves say. Does not: kin that edges tell of (`engine.py`), record linkage (`assets/linkage`),
which knows addresses and spellings and needs minutes for what is asked here in a second.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from assets.organisations.reference import rows
from sources.identifiers import normal, numbered

_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class SameBodies:
    """What two lists have in common."""

    pairs: frozenset[tuple[int, int]]
    """Rows (business, partner) of one body."""
    doubted: int
    """Ids that stand in both lists for names that share no word: taken for two bodies, as lists are often numbered from 1."""


def same_bodies(businesses: pa.Table, partners: pa.Table) -> SameBodies:
    """One body: the same name but for legal form and spelling, the same British company number, or the same id.

    An equal id that is no org-id counts only where the names share a word.
    """
    names = [[plain_name(name) for name in table["name"].to_pylist()] for table in (businesses, partners)]
    by_id = _equal(*([[id_] for id_ in table["id"].to_pylist()] for table in (businesses, partners)))
    one = {(b, p) for b, p in by_id if set(names[0][b].split()) & set(names[1][p].split())}
    one |= _equal(*(_official_ids(table) for table in (businesses, partners)))
    alike = _equal(*([[name.replace(" ", "")] for name in side] for side in names))
    return SameBodies(frozenset(one | alike), len(by_id - one - alike))


def plain_name(name: str | None) -> str:
    """A name in small letters without accents, punctuation, a "the" before it and legal forms behind it.

    >>> plain_name("The Café & Bar Co. Ltd"), plain_name("Limited")
    ('cafe and bar', 'limited')
    """
    text = unicodedata.normalize("NFKD", (name or "").casefold()).replace("&", " and ").replace("'", "").replace(".", "")
    words = _NO_WORD.sub(" ", "".join(c for c in text if not unicodedata.combining(c))).split()
    if words[:1] == ["the"] and len(words) > 1:
        words = words[1:]
    while ending := next((n for n in (4, 3, 2, 1) if len(words) > n and tuple(words[-n:]) in _legal_forms()), 0):
        words = words[:-ending]
    return " ".join(words)


@cache
def _legal_forms() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(line["written"].split()) for line in rows("assets.linkage", "words/legal_form.csv"))


def _official_ids(bodies: pa.Table) -> list[set[str | None]]:
    pairs = zip(bodies["id"].to_pylist(), bodies["company_number"].to_pylist(), strict=True)
    return [{normal(id_), numbered("GB-COH", company)} for id_, company in pairs]


def _equal(businesses: Iterable[Collection[str | None]], partners: Iterable[Collection[str | None]]) -> set[tuple[int, int]]:
    """Rows of both sides that have a text in common."""
    held: dict[str, list[int]] = {}
    for row, texts in enumerate(partners):
        for text in filter(None, texts):
            held.setdefault(text, []).append(row)
    return {(row, other) for row, texts in enumerate(businesses) for text in filter(None, texts) for other in held.get(text, ())}
