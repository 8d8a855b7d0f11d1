"""Regions and nations of the United Kingdom by the names registers write, as official GSS codes.

Belongs here: names of nations and the nine English regions. Does not: towns and postcodes (`reference/`).
Codes: ONS Register of Geographic Codes, Open Government Licence v3.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ENGLAND, WALES, SCOTLAND, NORTHERN_IRELAND = "E92000001", "W92000004", "S92000003", "N92000002"
NATIONS = frozenset({ENGLAND, WALES, SCOTLAND, NORTHERN_IRELAND})
#: The nine regions of England.
ENGLISH_REGIONS = tuple(f"E1200000{number}" for number in range(1, 10))

#: Name in small letters without blanks and marks -> codes; none for a name that stands for the whole country.
_CODES: dict[str, tuple[str, ...]] = {
    "england": (ENGLAND,),
    "wales": (WALES,),
    "scotland": (SCOTLAND,),
    "northernireland": (NORTHERN_IRELAND,),
    "northeast": ("E12000001",),
    "northwest": ("E12000002",),
    "yorkshireandthehumber": ("E12000003",),
    "eastmidlands": ("E12000004",),
    "westmidlands": ("E12000005",),
    "midlands": ("E12000004", "E12000005"),
    "eastofengland": ("E12000006",),
    "eastern": ("E12000006",),
    "london": ("E12000007",),
    "southeast": ("E12000008",),
    "southwest": ("E12000009",),
    "national": (),
    "unitedkingdom": (),
    "uk": (),
    "greatbritain": (ENGLAND, WALES, SCOTLAND),
}


def codes_of(name: str) -> tuple[str, ...] | None:
    """GSS codes of a nation or region; () for the whole country; None for a name that is neither.

    >>> codes_of("Yorkshire and the Humber"), codes_of("National"), codes_of("Atlantis")
    (('E12000003',), (), None)
    """
    key = re.sub(r"[^a-z]", "", name.lower())
    return _CODES.get(key, _CODES.get(key.removesuffix("england")))


def places(codes: Iterable[str]) -> list[str]:
    """Sorted codes without those another one covers; none where together they are the whole country.

    >>> places(["E12000002", "E92000001"]), places([*ENGLISH_REGIONS, "W92000004"]), places(NATIONS)
    (['E92000001'], ['E92000001', 'W92000004'], [])
    """
    found = set(codes)
    if found >= set(ENGLISH_REGIONS):
        found.add(ENGLAND)
    if ENGLAND in found:
        found -= set(ENGLISH_REGIONS)
    return [] if found >= NATIONS else sorted(found)
