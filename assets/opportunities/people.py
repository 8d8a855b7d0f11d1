"""What people of the chamber told us, as files they edit: pairs they turned down, partnerships they know
of, members and goals.

Belongs here: reading and checking those files. Does not: what is made of them (`shortlist.sql`, `precedent.sql`).
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.ranking.ontology import load

#: What a known partnership is called where the file does not say.
PARTNERSHIP = "partnership"


class ToldFileError(Exception):
    """A file of people cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True, order=True)
class Known:
    """A partnership that exists: ids of both, what it is, and since when (ISO date, or empty)."""

    business_id: str
    partner_id: str
    kind: str
    since: str


@dataclass(frozen=True)
class Told:
    """All of it. A goal without a business is one of every business of the chamber."""

    declined: Sequence[tuple[str, str]] = ()
    known_partnerships: Sequence[Known] = ()
    members: Sequence[str] = ()
    goals: Sequence[tuple[str | None, str]] = ()


def read_people(folder: Path, priorities: Sequence[str] = ()) -> Told:
    """What the files of a folder say; `priorities` are goals the chamber has for every business. Raises ToldFileError."""
    return Told(
        read_declined(folder / "declined.csv"),
        read_known_partnerships(folder / "known_partnerships.csv"),
        read_members(folder / "members.csv"),
        [*((None, goal) for goal in sorted(set(priorities))), *read_goals(folder / "goals.csv", load().goals)],
    )


def read_declined(path: Path) -> list[tuple[str, str]]:
    """(business_id, partner_id) of pairs people turned down. Columns: business_id, partner_id; any others are theirs."""
    return sorted({(row["business_id"], row["partner_id"]) for row in _rows(path)})


def read_known_partnerships(path: Path) -> list[Known]:
    """Partnerships people know of. Columns: business_id, partner_id and, where known, kind and since; any others are theirs."""
    found: dict[tuple[str, str], Known] = {}
    for row in _rows(path):
        known = Known(row["business_id"], row["partner_id"], row.get("kind") or PARTNERSHIP, row.get("since") or "")
        pair = (known.business_id, known.partner_id)
        # Of two lines for one pair the first in order holds, however the file is sorted.
        found[pair] = min(known, found.get(pair, known))
    return sorted(found.values())


def read_members(path: Path) -> list[str]:
    """Businesses that are members of the chamber. Column: business_id; any others are theirs."""
    return sorted({row["business_id"] for row in _rows(path, ("business_id",))})


def read_goals(path: Path, known: Collection[str]) -> list[tuple[str, str]]:
    """(business_id, goal) of what businesses want most. Columns: business_id, goal; any others are theirs.

    Raises:
        ToldFileError: a goal is none of those in `known`.
    """
    found = sorted({(row["business_id"], row["goal"]) for row in _rows(path, ("business_id", "goal"))})
    if unknown := sorted({goal for _, goal in found} - set(known)):
        raise ToldFileError(f"{path} names the goal {unknown[0]!r}; goals are {', '.join(sorted(known))}.")
    return found


def _rows(path: Path, needed: Sequence[str] = ("business_id", "partner_id")) -> list[dict[str, str]]:
    """The lines of a file that fill the needed columns; none where there is no file."""
    if not path.is_file():
        return []
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ToldFileError(f"{path} is not UTF-8 ({error}); save it as CSV UTF-8.") from error
    reader = csv.DictReader(lines)
    missing = set(needed) - set(reader.fieldnames or [])
    if missing:
        raise ToldFileError(
            f"{path} lacks the columns {', '.join(sorted(missing))}; found {', '.join(reader.fieldnames or ['nothing'])}. "
            f"Its first line must hold {','.join(needed)} (and whatever else you note)."
        )
    rows = [{key: (value or "").strip() for key, value in row.items() if isinstance(value, str | None) and key} for row in reader]
    return [row for row in rows if all(row[column] for column in needed)]
