"""Prints what is known of two records: side by side, field by field, and what it comes to. Facts are in `match_story.py`."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assets.entities.decision_file import CANNOT_LINK, MUST_LINK
from pipelines.match_story import Evidence, MatchStory, Record, shared_traits

#: A contribution this small turns no decision: e^0.1 moves the odds by a tenth.
_NEGLIGIBLE = 0.1
_IN_WORDS = {MUST_LINK: "one body", CANNOT_LINK: "two bodies"}
_DECISION_IN_WORDS = {"match": "one body", "review": "left for a person to judge", "no_match": "two bodies"}


def explain_match(console: Console, story: MatchStory) -> None:
    """Everything: the verdict, both records, the fields, what the decision rests on, people's word, the chain."""
    show_pair(console, story)
    console.print()
    for line in [*_verdict(story), *_word_of_people(story), *_standing(story)]:
        console.print(_text(line))


def show_pair(console: Console, story: MatchStory) -> None:
    """The two records side by side, and how their fields compare."""
    sides = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    sides.add_column("")
    for record in (story.a, story.b):
        sides.add_column(_text(record.record_id), overflow="fold", ratio=1)
    for (label, one), (_, other) in zip(_card(story.a), _card(story.b), strict=True):
        if one or other:
            sides.add_row(Text(label, style="dim"), _text(one), _text(other, "dim" if one == other else ""))
    console.print(sides)
    if story.evidence and story.evidence.fields:
        console.print()
        console.print(_fields(story.evidence))


def _card(record: Record) -> list[tuple[str, str]]:
    """(what, value) of a record; the same rows for every record, "" where a value is not known."""
    place = [record.city, " ".join(part for part in (record.state, record.postcode) if part), record.country]
    return [
        ("name", record.name),
        ("other names", "; ".join(record.other_names)),
        ("street", record.street or ""),
        ("place", ", ".join(part for part in place if part)),
        ("website", record.website or ""),
        ("identifiers", "; ".join(record.identifiers)),
        ("status", record.status if record.started_on is None else f"{record.status}, since {record.started_on}"),
        ("register", record.source),
        ("see", record.register_url or ""),
        ("belongs to", f"{record.organisation_name} ({record.organisation_id}), {_count(record.record_count, 'record')}"),
    ]


def _fields(evidence: Evidence) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("field")
    table.add_column("compares")
    table.add_column("adds", justify="right")
    table.add_column("first record", overflow="fold", ratio=1)
    table.add_column("second record", overflow="fold", ratio=1)
    for row in evidence.fields:
        told = (row.field, row.agreement or "", f"{row.contribution:+.2f}", row.value_a or "–", row.value_b or "–")
        table.add_row(*(_text(cell) for cell in told))
    return table


def _verdict(story: MatchStory) -> list[str]:
    evidence = story.evidence
    if evidence is None:
        shared = shared_traits(story.a, story.b)
        return [
            "The warehouse holds nothing on this pair: no blocking key brought the two together, so they were never compared, "
            "or they were compared and far from alike (only pairs that came near are kept).",
            f"They share {'; '.join(shared)}; a key may still be too common to be followed."
            if shared
            else "They share no word of the name, no identifier, postcode, website or street.",
        ]
    lines = [f"Decided: {_DECISION_IN_WORDS[evidence.decision]}, probability {evidence.probability:.3f}, rule {evidence.rule}."]
    if not evidence.fields:
        return [*lines, "This version was published before the comparison of each field was kept; the next run keeps it."]
    return [*lines, *_rests_on(evidence)]


def _rests_on(evidence: Evidence) -> list[str]:
    telling = [row for row in evidence.fields if abs(row.contribution) >= _NEGLIGIBLE]
    for_it = ", ".join(f"{row.field} ({row.contribution:+.2f})" for row in telling if row.contribution > 0) or "nothing"
    against = ", ".join(f"{row.field} ({row.contribution:+.2f})" for row in telling if row.contribution < 0) or "nothing"
    total = evidence.log_odds
    return [
        f"Speaks for one body: {for_it}. Against: {against}.",
        f"Sum: {evidence.base:+.2f} to begin with, {total - evidence.base:+.2f} from the fields: {total:+.2f} in log-odds, which "
        f"alone is a probability of {_probability(total):.3f}.",
    ]


def _probability(log_odds: float) -> float:
    """The logistic function, in the form that does not overflow."""
    return 0.5 * (1.0 + math.tanh(log_odds / 2.0))


def _word_of_people(story: MatchStory) -> list[str]:
    if story.settled is None:
        return ["People: nobody has said anything about this pair."]
    in_force = story.is_one_organisation == (story.settled == MUST_LINK)
    when = "In force." if in_force else "Not in force yet; it applies from the next run."
    decision = story.decision
    if decision is None or decision.decision != story.settled:
        return [f"People: {_IN_WORDS[story.settled]}, which follows from what was said of other pairs. {when}"]
    why = f": {decision.why}" if decision.why else ""
    return [f"People: {_IN_WORDS[story.settled]}, said by {decision.who} on {decision.decided_on}{why}. {when}"]


def _standing(story: MatchStory) -> list[str]:
    if not story.is_one_organisation:
        note = ""
        if story.evidence and story.evidence.decision == "match":
            note = " The pair matches, but the records around it do not agree, or a decision or register keeps the two apart."
        return [f"Now: two organisations, {story.a.organisation_id} and {story.b.organisation_id}.{note}"]
    lines = [f"Now: one organisation, {story.a.organisation_id}."]
    if not story.chain:
        lines.append("No matched pair joins them any more in this version; core.identity_changelog tells how the id came about.")
    elif len(story.chain) > 1:
        lines.append(f"Joined by way of {_count(len(story.chain) - 1, 'other record')}:")
        lines += [f"  {step.start} – {step.end}  {step.reason}" for step in story.chain]
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _text(value: str, style: str = "") -> Text:
    """Registers' texts as they are, markup and all, but nothing in them that would steer a terminal."""
    return Text("".join(c if c.isprintable() else " " for c in value), style=style)
