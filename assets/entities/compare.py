"""Measures candidate pairs in batches: Arrow columns in, Arrow columns out. Pure; no DuckDB, no decisions.

A later engine for a whole country runs the same function on its own batches.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
from rapidfuzz import fuzz, process

#: Words that make a different body of an otherwise equal name: parent and foundation, firm and its holding, sisters.
DISTINGUISHING = frozenset(
    "foundation fund endowment trust holdings holding properties property investments rentals rental leasing real estate "
    "realty trading auxiliary alumni boosters booster pta pto federation union local lodge chapter post unit troop group "
    "association north south east west northwest southwest downtown midtown ii iii iv".split()
)
_DIGITS = re.compile(r"\d+")


def compare(pairs: pa.RecordBatch | pa.Table) -> pa.Table:
    """`name_similarity`, `street_similarity` (NULL where a street is missing) and `conflict` for each pair, in order.

    Needs columns name_a, name_b (reduced names), street_a, street_b. Similarities are 0..1: the token-sorted ratio for names
    (word order does not count) and the token-set ratio for streets (a missing quadrant does not count). `conflict` is true
    where the names differ in a number or in a word that makes a different body.
    """
    names_a, names_b = pairs.column("name_a").to_pylist(), pairs.column("name_b").to_pylist()
    streets_a, streets_b = pairs.column("street_a").to_pylist(), pairs.column("street_b").to_pylist()
    name = process.cpdist(names_a, names_b, scorer=fuzz.token_sort_ratio, dtype=np.float64) / 100
    street = process.cpdist(streets_a, streets_b, scorer=fuzz.token_set_ratio, dtype=np.float64) / 100
    missing = [not a or not b for a, b in zip(streets_a, streets_b, strict=True)]
    conflict = [conflicting(a, b) for a, b in zip(names_a, names_b, strict=True)]
    return pa.table(
        {
            "name_similarity": pa.array(np.round(name, 4)),
            "street_similarity": pa.array(np.round(street, 4), mask=np.array(missing, dtype=bool)),
            "conflict": pa.array(conflict, pa.bool_()),
        }
    )


def conflicting(a: str, b: str) -> bool:
    """Whether two reduced names differ in a number or in a word that makes a different body.

    >>> conflicting("arkansas childrens hospital", "arkansas childrens hospital foundation")
    True
    >>> conflicting("lodge 12", "lodge 14"), conflicting("joes diner", "joe s diner")
    (True, False)
    """
    if a == b:
        return False
    words_a, words_b = set(a.split()), set(b.split())
    different = words_a ^ words_b
    return bool(different & DISTINGUISHING) or sorted(_DIGITS.findall(a)) != sorted(_DIGITS.findall(b))
