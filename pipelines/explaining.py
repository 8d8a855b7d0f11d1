"""Takes a published opportunity apart, or says why two bodies are not put together. Reads the warehouse, changes nothing."""

from __future__ import annotations

import duckdb
from rich.console import Console
from rich.table import Table
from rich.text import Text

_CRITERIA = """
SELECT criterion, sub_score, weight, contribution FROM mart.opportunity_criterion
WHERE opportunity_id = ? ORDER BY contribution DESC, criterion
"""
_FACTS = """
SELECT criterion, side, record_id, field, value, url FROM mart.opportunity_evidence
WHERE opportunity_id = ? ORDER BY criterion, evidence_number
"""
_FORM = """
SELECT m.model_name, m.model_note
FROM mart.opportunity AS o JOIN mart.collaboration_model AS m USING (collaboration_model) WHERE opportunity_id = ?
"""
_RISKS = """
SELECT t.tag_name, r.why, r.mitigation
FROM mart.opportunity_risk AS r
JOIN mart.opportunity AS o USING (opportunity_id)
JOIN mart.tag AS t ON t.tag_kind = 'risk' AND t.tag = r.risk
WHERE opportunity_id = ? ORDER BY list_position(o.risk_flags, r.risk)
"""
_MEASURES = """
SELECT metric, unit, target, baseline_needed FROM mart.opportunity_measure WHERE opportunity_id = ? ORDER BY measure_number
"""
_BODY = """
SELECT display_name, partner_exclusion, region_id IS NOT NULL, sector = 'private' FROM core.organisation WHERE organisation_id = ?
UNION ALL
SELECT title, partner_exclusion, true, false FROM core.programme WHERE programme_id = ?
"""
_TOGETHER = """
SELECT 1 FROM mart.opportunity WHERE business_id = ? AND ? IN (partner_organisation_id, partner_programme_id)
"""


def explain(console: Console, con: duckdb.DuckDBPyConnection, opportunity_id: str) -> None:
    """Prints the sentence, the criteria and the facts with their records, what to settle first and what to count.

    Raises LookupError for an id not published.
    """
    found = con.execute(
        "SELECT explanation, score, pilot FROM mart.opportunity WHERE opportunity_id = ?", [opportunity_id]
    ).fetchone()
    if found is None:
        raise LookupError(f"{opportunity_id} is not in the published version; ids begin with opp_.")
    console.print(Text(f"{found[0]}\nFirst step: {found[2]}\nScore {found[1]:.2f}:"))
    table = Table(box=None)
    for column in ("criterion", "value", "weight", "adds"):
        table.add_column(column, justify="left" if column == "criterion" else "right")
    criteria = con.execute(_CRITERIA, [opportunity_id]).fetchall()
    for criterion, value, weight, adds in criteria:
        table.add_row(criterion, "not known" if value is None else f"{value:.2f}", f"{weight:.2f}", f"{adds:.3f}")
    console.print(table)
    if known := sum(weight for _, value, weight, _ in criteria if value is not None):
        console.print(Text(f"Each adds value × weight ÷ {known:.2f}, the weight of all that is known."))
    for criterion, side, record, field, value, url in con.execute(_FACTS, [opportunity_id]).fetchall():
        console.print(Text(f"  {criterion:<13} {side:<9} {field} = {value}   [{record}] {url or ''}"))
    _print_advice(console, con, opportunity_id)


def _print_advice(console: Console, con: duckdb.DuckDBPyConnection, opportunity_id: str) -> None:
    """The form it could take, then risks with what to do about them, then measures with first targets."""
    for name, note in con.execute(_FORM, [opportunity_id]).fetchall():
        console.print(Text(f"The form it could take: {name}. {note}"))
    if risks := con.execute(_RISKS, [opportunity_id]).fetchall():
        console.print(Text("Settle first:"))
    for name, why, mitigation in risks:
        console.print(Text(f"  {name}. {why} {mitigation}"))
    console.print(Text("Count:"))
    for metric, unit, target, baseline in con.execute(_MEASURES, [opportunity_id]).fetchall():
        console.print(Text(f"  {metric} ({unit}): {target}. {baseline}"))


def why_not(con: duckdb.DuckDBPyConnection, business: str, partner: str) -> str:
    """The first reason that keeps a business and a partner apart, in words."""
    for body in (business, partner):
        row = con.execute(_BODY, [body, body]).fetchone()
        if row is None:
            return f"{body} is not in the warehouse."
        name, exclusion, in_region, is_business = row
        if is_business != (body == business):
            return f"{name} is {'a business' if is_business else 'no business'}: give the business first, then the partner."
        if exclusion:
            return f"{name} is never put forward: {exclusion}."
        if not in_region:
            return f"{name} is not in a region of the profile."
    if con.execute(_TOGETHER, [business, partner]).fetchone():
        return "They are put together: see mart.opportunity."
    return (
        "Both may be put forward, but not together: another partner fits this business better, a conflict of mission keeps "
        "them apart, they may be one body, people/declined.csv names them, or the partner already stands in as many lists as "
        "the profile allows."
    )
