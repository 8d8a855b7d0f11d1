"""The registry as SQL text: quoting, conditions, CREATE TABLE, COMMENT ON, and the views analysts start from.

Running the SQL does not belong here (`build.py` does), nor any name that the registry does not know. Only what DuckDB
1.1 to 2.0 all read is used: no COMMENT ON SCHEMA, no typed macro, no type newer than 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.columns import COLUMNS
from warehouse.model import Column, Table


@dataclass(frozen=True)
class View:
    """A named question about published tables; `sql` names no catalogue, so it works under any alias of the file."""

    name: str
    meaning: str
    sql: str


#: Readers see twenty per cell: about what a chamber's officer reads in one sitting.
TOP_OPPORTUNITY = """
SELECT region_name, industry_name, rank_in_industry, business_name, business_city, partner_name, partner_kind,
       partner_sector, "give", "get", partnership_type, score, evidence_coverage, distance_km, risk_flags, explanation,
       pilot, business_website, partner_website, scope, region_id, industry_id, opportunity_id
FROM mart.opportunity
WHERE rank_in_industry <= 20
ORDER BY region_id, industry_id, rank_in_industry, opportunity_id
"""

#: A benefit is what a side receives and, after a colon, what it is good for.
CASE_CARD = """
WITH benefit AS (
    SELECT opportunity_id, side, string_agg(tag_name, ', ' ORDER BY tag) AS words
    FROM (
        SELECT opportunity_id, 'business' AS side, unnest(business_benefits) AS tag FROM mart.opportunity
        UNION ALL
        SELECT opportunity_id, 'partner', unnest(partner_benefits) FROM mart.opportunity
    ) AS drawn
    JOIN mart.tag AS t USING (tag)
    WHERE t.tag_kind = 'benefit'
    GROUP BY opportunity_id, side
)
SELECT o.opportunity_id, o.region_id, o.rank_in_region,
       o.industry_name AS sector,
       o.business_name AS business,
       o.partner_name AS partner,
       o.explanation AS synergy,
       o."get" || coalesce(': ' || b.words, '') AS business_benefit,
       o."give" || coalesce(': ' || p.words, '') AS partner_benefit
FROM mart.opportunity AS o
LEFT JOIN benefit AS b ON b.opportunity_id = o.opportunity_id AND b.side = 'business'
LEFT JOIN benefit AS p ON p.opportunity_id = o.opportunity_id AND p.side = 'partner'
ORDER BY o.region_id, o.rank_in_region, o.opportunity_id
"""

OPPORTUNITY_REASON = """
SELECT c.opportunity_id, o.business_name, o.partner_name, c.criterion, c.sub_score, c.weight, c.contribution,
       e.evidence_number, e.side, e.field, e.value, e.url
FROM mart.opportunity_criterion AS c
JOIN mart.opportunity AS o USING (opportunity_id)
LEFT JOIN mart.opportunity_evidence AS e USING (opportunity_id, criterion)
ORDER BY c.opportunity_id, c.contribution DESC, c.criterion, e.evidence_number
"""

PARTNER_DEMAND = """
SELECT region_id, partner_kind, coalesce(partner_organisation_id, partner_programme_id) AS partner_id,
       min(partner_name) AS partner_name, min(partner_sector) AS partner_sector,
       count(DISTINCT business_id) AS business_count, min(rank_in_region) AS best_rank_in_region,
       max(score) AS best_score
FROM mart.opportunity
GROUP BY ALL
ORDER BY region_id, business_count DESC, partner_id
"""

ORGANISATION_ID_NOW = """
SELECT organisation_id AS issued_id,
       CASE WHEN record_count > 0 THEN organisation_id ELSE merged_into END AS organisation_id,
       CASE WHEN record_count > 0 THEN 'living' ELSE partner_exclusion END AS standing
FROM core.organisation
ORDER BY issued_id
"""

VIEWS: tuple[View, ...] = (
    View(
        "core.organisation_id_now",
        "Any id ever issued and the living organisation it stands for; NULL where it is no longer listed.",
        ORGANISATION_ID_NOW,
    ),
    View(
        "mart.top_opportunity",
        "The first twenty opportunities of each region × industry, as a person reads them.",
        TOP_OPPORTUNITY,
    ),
    View(
        "mart.case_card",
        "The case card: sector, business, partner, synergy and both benefits, after id, region and rank.",
        CASE_CARD,
    ),
    View(
        "mart.opportunity_reason",
        "Why: each criterion of an opportunity beside the facts it rests on.",
        OPPORTUNITY_REASON,
    ),
    View("mart.partner_demand", "How many businesses of a region each partner is put forward to.", PARTNER_DEMAND),
)


def identifier(name: str) -> str:
    """Quote a name of the registry: some (`get`, `place`) are words of SQL."""
    return '"' + name.replace('"', '""') + '"'


def identifiers(names: tuple[str, ...]) -> str:
    """Quoted names, comma between."""
    return ", ".join(identifier(name) for name in names)


def literal(text: str) -> str:
    """Quote a text, for the few places that take no bound parameter (COPY's path, COMMENT, CHECK)."""
    return "'" + text.replace("'", "''") + "'"


def cast(name: str) -> str:
    """A column brought to its registered type under its own name."""
    return f"CAST({identifier(name)} AS {COLUMNS[name].type}) AS {identifier(name)}"


def values_condition(column: Column) -> str | None:
    """Condition that the column holds one of its allowed values; None where any value is allowed."""
    if not column.values:
        return None
    return f"{identifier(column.name)} IN ({', '.join(literal(value) for value in column.values)})"


def check_condition(column: Column) -> str | None:
    """The column's own condition, its name filled in; None where there is none."""
    return None if column.check is None else column.check.format(identifier(column.name))


def column_comment(column: Column) -> str:
    """Meaning, unit and allowed values in one line, as shown by every client that shows comments."""
    parts = [column.meaning]
    if column.unit:
        parts.append(f"Unit: {column.unit}.")
    if column.values:
        parts.append(f"One of: {', '.join(column.values)}.")
    return " ".join(parts)


def create_table_sql(table: Table) -> str:
    """CREATE TABLE with PRIMARY KEY, NOT NULL and CHECK; foreign keys cannot cross schemas and are the audit's."""
    lines = []
    for name in table.columns:
        column = COLUMNS[name]
        parts = [identifier(name), column.type]
        if name in table.key or name in table.required:
            parts.append("NOT NULL")
        parts += [f"CHECK ({condition})" for condition in (values_condition(column), check_condition(column)) if condition]
        lines.append(" ".join(parts))
    lines.append(f"PRIMARY KEY ({identifiers(table.key)})")
    if table.check:
        lines.append(f"CHECK ({table.check})")
    return f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(lines) + "\n)"


def comment_sql(table: Table) -> str:
    """COMMENT ON the table (its grain) and on every column (`column_comment`), as one script."""
    statements = [f"COMMENT ON TABLE {table.name} IS {literal(table.grain)}"]
    statements += [
        f"COMMENT ON COLUMN {table.name}.{identifier(name)} IS {literal(column_comment(COLUMNS[name]))}" for name in table.columns
    ]
    return ";\n".join(statements) + ";"


def create_view_sql(view: View) -> str:
    """CREATE VIEW and its comment, as one script."""
    return f"CREATE VIEW {view.name} AS {view.sql};\nCOMMENT ON VIEW {view.name} IS {literal(view.meaning)};"
