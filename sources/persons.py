"""Names that can only be a person's, where a register writes people and bodies into the same cell.

Belongs here: the question at the door, answered on the safe side. Does not: whether a business is a sole trader, which is judged
with more care once all registers are one (`assets/organisations/naming.py`).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import names as census


def is_person(name: str) -> bool:
    """Two or three words of which the first is a given name and the last a surname: rather lose a name than keep a person.

    >>> [is_person(name) for name in ("Rosa Simpson", "MARY Q SMITH", "Otter Trust", "Smith")]
    [True, True, False, False]
    """
    words = re.findall(r"[A-Z'-]+\.?", name.upper())
    return len(words) in (2, 3) and is_given(words[0]) and words[-1] in census_names("all.last")


def is_given(word: str) -> bool:
    """Whether a word in capitals is a first name of the census."""
    return word in census_names("male.first") or word in census_names("female.first")


@cache
def census_names(kind: str, limit: int | None = None) -> frozenset[str]:
    """Names of the US census of 1990, in capitals: `male.first`, `female.first` or `all.last`; with `limit` the most frequent."""
    lines = Path(census.__file__).with_name(f"dist.{kind}").read_text("ascii").splitlines()
    return frozenset(line.split()[0] for line in lines[:limit])
