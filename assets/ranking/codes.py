"""Register class codes → activities, through the tables of `sources/reference/classes`.

Belongs here: splitting a cell into codes and looking each up, exactly or by its longest known prefix. Does not: free words of a
class or a description (`tagger.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from assets.organisations.reference import rows

#: Tags of bodies: which row is of which activity, how surely.
TAGS = pa.schema([("row", pa.int32()), ("activity_id", pa.string()), ("confidence", pa.float64())])
#: Column of a body → class system, and what a code of that system looks like once blanks and dots are gone.
SYSTEMS = {
    "sic": ("SIC-2007", r"\d{2,5}"),
    "naics": ("NAICS-2022", r"\d{2,6}"),
    "ntee": ("NTEE", r"[A-Z]\d{0,2}[A-Z]?\d?"),
    "icnptso": ("ICNPTSO", r"[A-Z]\d{0,5}"),
    "ukcat": ("UKCAT", r"[A-Z]{2}\d{0,3}"),
}
#: Sectors of the class tables that describe a side, the likelier first: more partners are charities than public bodies.
SECTORS = {"business": ("private",), "partner": ("nonprofit", "public")}
#: A register gives a body's codes by hand and by its own rules; what it files under is what the body is.
CODE_CONFIDENCE = 1.0
#: Words tell a trade this surely or not at all; and what is left of the other trades of a code where they tell one.
SURE, OVERRULED = 0.5, 0.1
#: Activity → business, nonprofit or public.
SIDES = {line["activity_id"]: line["side"] for line in rows("sources.reference", "activities.csv")}
_SEPARATORS = re.compile(r"[;,|\s]+")
_PUNCTUATION = re.compile(r"[./]")


def of_codes(bodies: pa.Table, side: str, said: Mapping[int, frozenset[str]] = MappingProxyType({})) -> pa.Table:
    """Activities named by the class codes of `bodies`, as `TAGS` sorted by row and activity.

    `side` is "business" or "partner". Columns sic, naics, ntee, icnptso and ukcat are read where present: text, several codes
    parted by `;`, `,`, `|` or a blank. A code of no known class, or of the other side, says nothing. Where the column `sector`
    says "public", a partner's code is first looked up among those of public bodies. `said` are the activities that words of a row
    tell surely: of trades that share a code they choose. Raises ValueError for another `side`.
    """
    if side not in SECTORS:
        raise ValueError(f"side must be one of {', '.join(SECTORS)}; found {side!r}")
    public = bodies["sector"].to_pylist() if "sector" in bodies.column_names else [None] * bodies.num_rows
    found: dict[tuple[int, str], float] = {}
    for column, (system, shape) in SYSTEMS.items():
        if column not in bodies.column_names:
            continue
        for row, cell in enumerate(bodies[column].to_pylist()):
            sectors = SECTORS[side][::-1] if public[row] == "public" else SECTORS[side]
            for code in _codes(cell, shape):
                for activity, confidence in _chosen(system, code, sectors, said.get(row, frozenset())):
                    found[(row, activity)] = max(confidence, found.get((row, activity), 0.0))
    ordered = sorted(found)
    return pa.table(
        {
            "row": [row for row, _ in ordered],
            "activity_id": [activity for _, activity in ordered],
            "confidence": [found[key] for key in ordered],
        },
        schema=TAGS,
    )


def sure_of(tags: pa.Table) -> dict[int, frozenset[str]]:
    """What the tags of each row tell surely, for `of_codes`."""
    told: dict[int, set[str]] = {}
    for tag in tags.filter(pc.greater_equal(tags["confidence"], SURE)).to_pylist():
        told.setdefault(tag["row"], set()).add(tag["activity_id"])
    return {row: frozenset(activities) for row, activities in told.items()}


def _chosen(system: str, code: str, sectors: tuple[str, ...], said: frozenset[str]) -> list[tuple[str, float]]:
    """Kinds of a code; where words name some of them, the body is hardly one of the others: a florist sells no pets."""
    known = activities_of(system, code, sectors)
    named = said.intersection(activity for activity, *_ in known)
    return [
        (activity, min(sure, OVERRULED) if named and apart and activity not in named else sure) for activity, sure, apart in known
    ]


@cache
def activities_of(system: str, code: str, sectors: tuple[str, ...]) -> tuple[tuple[str, float, bool], ...]:
    """The activity of a code, and other kinds that share it (`shared_codes.csv`): florists and pet shops, hair and nails.

    Each with its confidence, and whether who is another of them is not this one; a pub is often a restaurant besides.
    """
    first = activity_of(system, code, sectors)
    main = ((first, CODE_CONFIDENCE, True),) if first else ()
    return main + tuple(
        (line["activity_id"], float(line["confidence"]), line["relation"] == "or")
        for line in rows("assets.ranking", "shared_codes.csv")
        if line["system"] == system
        and code.startswith(line["code"])
        and line["activity_id"] != first
        and (SIDES[line["activity_id"]] == "business") == (sectors == SECTORS["business"])
    )


@cache
def activity_of(system: str, code: str, sectors: tuple[str, ...]) -> str | None:
    """The activity of a code in the first of `sectors` that knows it: an exact line wins, then the longest prefix."""
    for sector in sectors:
        exact, prefixes = _table(system, sector)
        if code in exact:
            return exact[code]
        for length in range(len(code), 0, -1):
            if code[:length] in prefixes:
                return prefixes[code[:length]]
    return None


def _codes(cell: str | None, shape: str) -> Iterator[str]:
    """The codes in a cell; words beside them ("47110 - Retail sale …") are no codes."""
    for part in _SEPARATORS.split(cell or ""):
        code = _PUNCTUATION.sub("", part).upper()
        if re.fullmatch(shape, code):
            yield code


@cache
def _table(system: str, sector: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Codes that must be equal and codes that are a beginning, each with its activity, where that is of the sector's side."""
    side = "business" if sector == "private" else sector
    exact: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for line in rows("sources.reference", f"classes/{system}.csv"):
        if line["sector"] in (sector, "any") and SIDES[line["activity_id"]] == side:
            (exact if line["match"] == "exact" else prefixes)[line["code"]] = line["activity_id"]
    return MappingProxyType(exact), MappingProxyType(prefixes)
