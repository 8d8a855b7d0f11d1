"""What the published warehouse and people's decisions say about two records: are they one body, and why.

Belongs here: the facts of one pair, gathered. Does not: how they are printed (`match_explaining.py`). Changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import duckdb

from assets.entities.chains import chain
from assets.entities.decision_file import Decision
from assets.entities.decisions import Decisions, decided, settled

#: Name of the row of `core.match_feature` that holds what the model assumes before it looks at the pair.
BASE = "base"

_RECORD = """
SELECT r.record_id, r.source, r.name, coalesce(r.other_names, []), r.match_name, r.street, r.city, r.state, r.postcode,
       r.country, r.website, r.website_domain, coalesce(r.identifiers, []), r.status, r.started_on, r.register_url,
       b.organisation_id, o.display_name, o.record_count
FROM core.organisation_record AS r
JOIN core.bridge AS b ON b.record_id = r.record_id
JOIN core.organisation AS o ON o.organisation_id = b.organisation_id
WHERE r.record_id = ?
"""
# An id that was taken over leads to the organisation that lives.
_RECORDS_OF = """
SELECT record_id FROM core.bridge
WHERE organisation_id IN (SELECT coalesce(merged_into, organisation_id) FROM core.organisation WHERE organisation_id = ?)
ORDER BY record_id
"""
_SUREST_PAIR = """
SELECT record_id_a, record_id_b FROM core.match_evidence
WHERE list_contains($ones, record_id_a) AND list_contains($others, record_id_b)
   OR list_contains($others, record_id_a) AND list_contains($ones, record_id_b)
ORDER BY probability DESC, record_id_a, record_id_b
LIMIT 1
"""
_MOST_ALIKE_NAMES = """
SELECT least(a.record_id, b.record_id) AS record_id_a, greatest(a.record_id, b.record_id) AS record_id_b
FROM core.organisation_record AS a, core.organisation_record AS b
WHERE list_contains($ones, a.record_id) AND list_contains($others, b.record_id) AND a.record_id <> b.record_id
ORDER BY jaro_winkler_similarity(a.match_name, b.match_name) DESC, record_id_a, record_id_b
LIMIT 1
"""
_EVIDENCE = "SELECT decision, probability, rule FROM core.match_evidence WHERE record_id_a = ? AND record_id_b = ?"
_FIELDS = """
SELECT field, value_a, value_b, agreement, log_odds FROM core.match_feature
WHERE record_id_a = ? AND record_id_b = ?
ORDER BY abs(log_odds) DESC, field
"""
_HAS_FIELDS = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'core' AND table_name = 'match_feature'"
#: A pair of this probability is one body rather than not, whatever others say of the two.
LIKELY = 0.5
_MATCHES = """
SELECT e.record_id_a, e.record_id_b, e.probability, e.rule
FROM core.match_evidence AS e
JOIN core.bridge AS a ON a.record_id = e.record_id_a
JOIN core.bridge AS b ON b.record_id = e.record_id_b
WHERE e.decision = 'match' AND a.organisation_id = $id AND b.organisation_id = $id
ORDER BY e.record_id_a, e.record_id_b
"""


class Record(NamedTuple):
    """A row of a register, as far as it tells whose it is, and the organisation it belongs to now."""

    record_id: str
    source: str
    name: str
    other_names: list[str]
    match_name: str
    street: str | None
    city: str | None
    state: str | None
    postcode: str | None
    country: str | None
    website: str | None
    website_domain: str | None
    identifiers: list[str]
    status: str
    started_on: date | None
    register_url: str | None
    organisation_id: str
    organisation_name: str
    record_count: int
    """Records of the organisation."""


class FieldEvidence(NamedTuple):
    """How one field of the two compares."""

    field: str
    value_a: str | None
    value_b: str | None
    agreement: str | None
    """same, similar, different or unknown."""
    contribution: float
    """What it adds to the log-odds that they are one body; negative speaks against."""


@dataclass(frozen=True)
class Evidence:
    """What became of the comparison of a pair."""

    decision: str
    """match, review or no_match."""
    probability: float
    rule: str
    fields: tuple[FieldEvidence, ...]
    """Those that weigh most first; empty where the version was published before fields were kept."""
    base: float
    """Log-odds before any field was looked at."""

    @property
    def log_odds(self) -> float:
        """What base and fields add up to: the model's own word, before rules."""
        return math.fsum([self.base, *(f.contribution for f in self.fields)])


class Step(NamedTuple):
    """One pair of a chain, and what joins it."""

    start: str
    end: str
    reason: str


@dataclass(frozen=True)
class MatchStory:
    """All that is known of one pair; `a` is the record with the smaller id, as in the tables."""

    a: Record
    b: Record
    evidence: Evidence | None
    """None where the warehouse holds nothing on the pair."""
    decision: Decision | None
    """What people said of this very pair."""
    settled: str | None
    """`must_link` or `cannot_link` where this decision, or those on other pairs, settle it."""
    chain: tuple[Step, ...]
    """The pairs that join the two where they are one organisation; empty where they are not, or no such pairs are left."""

    @property
    def is_one_organisation(self) -> bool:
        """Whether both records belong to one organisation in the published version."""
        return self.a.organisation_id == self.b.organisation_id


def chosen_pair(con: duckdb.DuckDBPyConnection, one: str, other: str) -> tuple[str, str]:
    """(record_id_a, record_id_b) meant by two ids, each of a record or an organisation.

    For organisations: the pair of their records that was found surest, else the two whose names are most alike. Raises
    LookupError for an id that is neither, and where both mean one and the same record.
    """
    sides = {"ones": _records_of(con, one), "others": _records_of(con, other)}
    if len({*sides["ones"], *sides["others"]}) == 1:
        raise LookupError(f"{one} and {other} mean one and the same record, {sides['ones'][0]}; give two records.")
    found = con.execute(_SUREST_PAIR, sides).fetchone() or con.execute(_MOST_ALIKE_NAMES, sides).fetchone()
    assert found is not None, "two different records make at least one pair"
    return str(found[0]), str(found[1])


def match_story(con: duckdb.DuckDBPyConnection, a: str, b: str, decisions: Decisions) -> MatchStory:
    """The story of two different records, given by their ids in any order. Raises LookupError for an id not published."""
    a, b = sorted((a, b))
    one, other = _record(con, a), _record(con, b)
    return MatchStory(
        one, other, _evidence(con, a, b), decided(decisions, a, b),
        settled(decisions, [(a, b)]).get((a, b)), _chain(con, one, other, decisions),
    )  # fmt: skip


def shared_traits(a: Record, b: Record) -> list[str]:
    """What could have brought two records together for comparison, in words; [] where there is nothing."""
    words = sorted(set(a.match_name.split()) & set(b.match_name.split()))
    identifiers = sorted(set(a.identifiers) & set(b.identifiers))
    traits = [f"the word “{word}” of the name" for word in words] + [f"the identifier {value}" for value in identifiers]
    for what, value, other in (
        ("the postcode", a.postcode, b.postcode),
        ("the website", a.website_domain, b.website_domain),
        ("the street", a.street, b.street),
    ):
        if value and value == other:
            traits.append(f"{what} {value}")
    return traits


def _records_of(con: duckdb.DuckDBPyConnection, body_id: str) -> list[str]:
    if con.execute("SELECT 1 FROM core.bridge WHERE record_id = ?", [body_id]).fetchone():
        return [body_id]
    found = [str(record) for (record,) in con.execute(_RECORDS_OF, [body_id]).fetchall()]
    if not found:
        raise LookupError(
            f"{body_id} has no record in the published version. Record ids read `source:id`, those of organisations begin with "
            "org_; core.identity_changelog tells what became of an id that was issued earlier."
        )
    return found


def _record(con: duckdb.DuckDBPyConnection, record_id: str) -> Record:
    row = con.execute(_RECORD, [record_id]).fetchone()
    if row is None:
        raise LookupError(f"{record_id} is not a record of the published version; record ids read `source:id`.")
    return Record(*row)


def _evidence(con: duckdb.DuckDBPyConnection, a: str, b: str) -> Evidence | None:
    found = con.execute(_EVIDENCE, [a, b]).fetchone()
    if found is None:
        return None
    decision, probability, rule = found
    rows: Sequence[Any] = con.execute(_FIELDS, [a, b]).fetchall() if con.execute(_HAS_FIELDS).fetchone() else []
    fields = [FieldEvidence(*row) for row in rows]
    return Evidence(
        decision, probability, rule,
        tuple(f for f in fields if f.field != BASE),
        math.fsum(f.contribution for f in fields if f.field == BASE),
    )  # fmt: skip


def _chain(con: duckdb.DuckDBPyConnection, a: Record, b: Record, decisions: Decisions) -> tuple[Step, ...]:
    """The fewest pairs between two records of one organisation that each are likelier one body than not; else any that matched.

    A pair may be in one organisation only because of others: then it is they that join it.
    """
    if a.organisation_id != b.organisation_id:
        return ()
    matched = con.execute(_MATCHES, {"id": a.organisation_id}).fetchall()
    said = {d.pair: f"must_link, said by {d.who} on {d.decided_on}" for d in decisions.must_link}
    reasons = {(one, other): f"matched with probability {p:.3f} ({rule})" for one, other, p, rule in matched} | said
    likely = {(one, other) for one, other, p, _ in matched if p >= LIKELY} | said.keys()
    steps = chain(likely, a.record_id, b.record_id) or chain(reasons, a.record_id, b.record_id)
    return tuple(Step(start, end, reasons[min(start, end), max(start, end)]) for start, end in steps)
