"""Walks through the pairs nobody could decide, one key a pair; every answer is written at once.

Belongs here: which pairs come first, the keys, the walk. Does not: what a pair looks like (`match_explaining.py`), nor how
an answer is kept (`assets/entities/decision_file.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import typer
from rich.console import Console
from rich.text import Text

from assets.entities.decision_file import (
    CANNOT_LINK,
    MUST_LINK,
    Decision,
    DecisionsFileError,
    append_decision,
    drop_last,
    make_decision,
)
from assets.entities.decisions import Decisions, read_decisions, settled
from pipelines.match_explaining import show_pair
from pipelines.match_story import match_story

SAME, DIFFERENT, UNDO, SKIP, QUIT, HELP = "sdunq?"
KEYS = "s same body · d different bodies · n skip · u undo · q quit · ? help"
LAST_KEYS = "That was the last pair. u undo · q finish · ? help"
HELP_TEXT = """\
  s  same body: the two records become one organisation
  d  different bodies: they never become one, whatever joins them
  n  skip: the pair comes back the next time
  u  undo: take the last answer back and show its pair again
  q  quit: what is answered is kept
Evidence: `adds` is how far a field moves the odds towards one body (+) or two (-); 0.7 doubles them, 2.3 makes them tenfold."""

# A wrong merge or split of a body that stands in a list is seen by a chamber; then the size of what hangs on it; then
# how little the model knows.
_UNDECIDED = """
WITH listed AS (
    SELECT business_id AS organisation_id FROM mart.opportunity
    UNION
    SELECT partner_organisation_id FROM mart.opportunity WHERE partner_organisation_id IS NOT NULL
)
SELECT e.record_id_a, e.record_id_b, e.probability
FROM core.match_evidence AS e
JOIN core.bridge AS ba ON ba.record_id = e.record_id_a
JOIN core.bridge AS bb ON bb.record_id = e.record_id_b
JOIN core.organisation AS a ON a.organisation_id = ba.organisation_id
JOIN core.organisation AS b ON b.organisation_id = bb.organisation_id
LEFT JOIN listed AS la ON la.organisation_id = ba.organisation_id
LEFT JOIN listed AS lb ON lb.organisation_id = bb.organisation_id
WHERE e.decision = 'review'
ORDER BY la.organisation_id IS NULL AND lb.organisation_id IS NULL,
         greatest(array_position($sizes, a.size_band), array_position($sizes, b.size_band)) DESC,
         a.record_count + b.record_count DESC,
         abs(e.probability - 0.5), e.record_id_a, e.record_id_b
"""
#: Smallest first; a size that is not known is taken for the smallest.
_SIZES = ["unknown", "micro", "small", "medium", "large"]


class Candidate(NamedTuple):
    """A pair left for a person to judge."""

    record_id_a: str
    record_id_b: str
    probability: float

    @property
    def pair(self) -> tuple[str, str]:
        """The two records, smaller id first."""
        return self.record_id_a, self.record_id_b


def undecided_pairs(con: duckdb.DuckDBPyConnection, decisions: Decisions) -> list[Candidate]:
    """Pairs the run left for a person and people's decisions do not settle, most consequential first."""
    found = [Candidate(*row) for row in con.execute(_UNDECIDED, {"sizes": _SIZES}).fetchall()]
    known = settled(decisions, (candidate.pair for candidate in found))
    return [candidate for candidate in found if candidate.pair not in known]


def read_key() -> str:
    """One key press where a person sits at a terminal, else the first letter of a line; `q` at the end of either."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip()[:1].lower() if line else QUIT
    try:
        return typer.getchar().lower()
    except (EOFError, KeyboardInterrupt):  # Ctrl-D, Ctrl-C: every answer is on disk already
        return QUIT


def review(
    console: Console,
    con: duckdb.DuckDBPyConnection,
    file: Path,
    *,
    who: str,
    today: date,
    limit: int | None = None,
    press: Callable[[], str] = read_key,
) -> int:
    """Asks about each pair, writes answers to `file`; returns how many were given. Raises DecisionsFileError."""
    decisions = read_decisions(file)
    for problem in decisions.problems:
        console.print(Text(f"{file.name}: {problem}", style="yellow"))
    queue = undecided_pairs(con, decisions)[:limit]
    if not queue:
        console.print("Nothing to review: no pair of the published version waits for a person.")
        return 0
    answers = _walk(console, con, file, queue, who, today, press)
    same = sum(answer.decision == MUST_LINK for answer in answers)
    console.print(f"Decided {len(answers)} of {len(queue)}: {same} same, {len(answers) - same} different.")
    if answers:
        console.print(Text(f"They stand in {file} and apply from the next run."), soft_wrap=True)
    return len(answers)


def _walk(
    console: Console,
    con: duckdb.DuckDBPyConnection,
    file: Path,
    queue: list[Candidate],
    who: str,
    today: date,
    press: Callable[[], str],
) -> list[Decision]:
    """The answers given and not taken back."""
    given: list[tuple[int, Decision]] = []  # with the place in the queue, to go back to
    place = 0
    while place < len(queue) or given:
        if place == len(queue):  # the last answer, too, can be taken back
            if _ask(console, press, LAST_KEYS, (UNDO, QUIT)) == QUIT:
                break
            place = _undo(console, file, given, place)
            continue
        candidate = queue[place]
        # Read anew each time: an earlier answer, or somebody else at work, may have settled the pair.
        decisions = read_decisions(file)
        if settled(decisions, [candidate.pair]):
            place += 1
            continue
        console.print(Text(f"\n{place + 1} of {len(queue)}   probability {candidate.probability:.2f}", style="bold"))
        show_pair(console, match_story(con, *candidate.pair, decisions))
        key = _ask(console, press, KEYS, (SAME, DIFFERENT, UNDO, SKIP, QUIT))
        if key == QUIT:
            break
        if key == UNDO:
            place = _undo(console, file, given, place)
            continue
        if key in (SAME, DIFFERENT):
            kind = MUST_LINK if key == SAME else CANNOT_LINK
            decision = make_decision(*candidate.pair, kind, who, today)
            append_decision(file, decision)
            given.append((place, decision))
        place += 1
    return [decision for _, decision in given]


def _ask(console: Console, press: Callable[[], str], prompt: str, wanted: tuple[str, ...]) -> str:
    """One of the wanted keys; any other asks again."""
    while True:
        console.print(Text(f"{prompt} > ", style="dim"), end="")
        key = press()
        console.print(Text(key if key.isprintable() else ""))
        if key == HELP:
            console.print(Text(HELP_TEXT))
        elif key in wanted:
            return key


def _undo(console: Console, file: Path, given: list[tuple[int, Decision]], place: int) -> int:
    """Takes the last answer back; returns the place to go on from."""
    if not given:
        console.print("Nothing to undo: this review has given no answer yet.")
        return place
    back, decision = given.pop()
    try:
        drop_last(file, decision)
    except DecisionsFileError as error:
        console.print(Text(str(error), style="red"))
        return place
    return back
