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
    return len(words) in (2, 3) and words[0] in _census("female.first", "male.first") and words[-1] in _census("all.last")


@cache
def _census(*kinds: str) -> frozenset[str]:
    folder = Path(census.__file__).parent
    return frozenset(line.split()[0] for kind in kinds for line in (folder / f"dist.{kind}").read_text("ascii").splitlines())
