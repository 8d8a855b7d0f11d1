"""What people decided about pairs of records, made free of contradictions: the newer word wins, and cannot_link wins.

Belongs here: what the lines of `people/match_decisions.csv` mean together. Does not: how the file is written
(`decision_file.py`), and what clustering does with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from assets.entities.chains import Pair, chain, groups
from assets.entities.decision_file import CANNOT_LINK, MUST_LINK, Decision, read_lines


@dataclass(frozen=True)
class Decisions:
    """Decisions that hold, one a pair, sorted by pair; no chain of must_link joins a cannot_link pair."""

    must_link: tuple[Decision, ...] = ()
    cannot_link: tuple[Decision, ...] = ()
    problems: tuple[str, ...] = ()
    """What was set aside and why, for a person to mend; names the lines."""


def read_decisions(path: Path) -> Decisions:
    """The decisions of a file; none where there is no file. Raises DecisionsFileError where it cannot be read at all."""
    return combine(*read_lines(path))


def combine(lines: Iterable[Decision], problems: Iterable[str] = ()) -> Decisions:
    """What the lines say together; `problems` come before those found here.

    Of one pair the decision of the latest day holds. Both decisions on that day, or a must_link chain between two records
    that a cannot_link keeps apart, contradict each other: cannot_link holds, the contradiction is reported.
    """
    found = list(problems)
    of_pair: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for decision in lines:
        of_pair[decision.pair].append(decision)
    holding = [_latest(of_pair[pair], found) for pair in sorted(of_pair)]
    cannot = [d for d in holding if d.decision == CANNOT_LINK]
    must = _without_forbidden_chains([d for d in holding if d.decision == MUST_LINK], cannot, found)
    return Decisions(tuple(must), tuple(cannot), tuple(found))


def of_known_records(decisions: Decisions, known: Collection[str]) -> Decisions:
    """Those whose records both are among `known`; the others are reported, and hold again should the record come back."""
    problems = list(decisions.problems)
    for decision in sorted((*decisions.must_link, *decisions.cannot_link), key=lambda d: (d.line, d.pair)):
        problems += [
            f"line {decision.line} is not applied: no register holds the record {record}."
            for record in decision.pair
            if record not in known
        ]
    must = tuple(d for d in decisions.must_link if all(record in known for record in d.pair))
    cannot = tuple(d for d in decisions.cannot_link if all(record in known for record in d.pair))
    return Decisions(must, cannot, tuple(problems))


def decided(decisions: Decisions, a: str, b: str) -> Decision | None:
    """What was said about this very pair, in whichever order."""
    pair = tuple(sorted((a, b)))
    return next((d for d in (*decisions.cannot_link, *decisions.must_link) if d.pair == pair), None)


def settled(decisions: Decisions, pairs: Iterable[Pair]) -> dict[Pair, str]:
    """pair -> `must_link` or `cannot_link`, for the pairs that were decided or follow from what was said of others."""
    group = groups(d.pair for d in decisions.must_link)
    apart = {frozenset(group.get(record, record) for record in d.pair) for d in decisions.cannot_link}
    found = {}
    for pair in pairs:
        sides = frozenset(group.get(record, record) for record in pair)
        if len(sides) == 1:
            found[pair] = MUST_LINK
        elif sides in apart:
            found[pair] = CANNOT_LINK
    return found


def _latest(lines: list[Decision], problems: list[str]) -> Decision:
    """The line that holds of all lines on one pair; the last of the file where several agree."""
    day = max(d.decided_on for d in lines)
    latest = [d for d in lines if d.decided_on == day]
    apart = [d for d in latest if d.decision == CANNOT_LINK]
    if apart and len(apart) < len(latest):
        a, b = latest[0].pair
        problems.append(
            f"lines {_numbers(latest)} say both {MUST_LINK} and {CANNOT_LINK} of {a} and {b} on {day}; {CANNOT_LINK} holds. "
            "Remove the wrong line, or add one with a later date."
        )
        return apart[-1]
    return latest[-1]


def _without_forbidden_chains(must: Iterable[Decision], cannot: Iterable[Decision], problems: list[str]) -> list[Decision]:
    """The must_links that join no cannot_link pair, sorted by pair. Newer ones go first, so the oldest of a chain gives way."""
    forbidden: dict[str, dict[str, Decision]] = defaultdict(dict)
    for decision in cannot:
        forbidden[decision.record_id_a][decision.record_id_b] = decision
        forbidden[decision.record_id_b][decision.record_id_a] = decision
    body: dict[str, frozenset[str]] = {}
    kept: dict[tuple[str, str], Decision] = {}
    for link in sorted(must, key=lambda d: (-d.decided_on.toordinal(), d.pair)):
        ones, others = (body.get(record, frozenset({record})) for record in link.pair)
        clashes = sorted({rule for one in ones for other, rule in forbidden.get(one, {}).items() if other in others})
        if clashes:
            problems.append(_forbidden_chain(link, clashes[0], kept))
            continue
        kept[link.pair] = link
        joined = ones | others
        body |= dict.fromkeys(joined, joined)
    return [kept[pair] for pair in sorted(kept)]


def _forbidden_chain(link: Decision, rule: Decision, kept: dict[tuple[str, str], Decision]) -> str:
    steps = chain([*kept, link.pair], *rule.pair)
    lines = [link if (min(s), max(s)) == link.pair else kept[min(s), max(s)] for s in steps]
    return (
        f"lines {_numbers(lines)} together make one body of {rule.record_id_a} and {rule.record_id_b}, which line {rule.line} "
        f"keeps apart; {CANNOT_LINK} holds and line {link.line}, the oldest of them, is not applied. Remove the wrong line."
    )


def _numbers(lines: Iterable[Decision]) -> str:
    numbers = [str(n) for n in sorted({d.line for d in lines})]
    return numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"
