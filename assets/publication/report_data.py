"""What the report page holds: the rows chosen from the published tables, and the shape the page's script reads them in.

Belongs here: the queries behind the page. Does not: HTML and sentences (`report.py`), looks, behaviour and words for
codes (`report_page/`), ranking. Nothing here reads a run id or a wall time, and every query has a total order: the same
tables give the same page. Why single rows were set aside is not read either: such a reason may quote a private person.
"""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import duckdb

#: Opportunities of a region that are shown whatever their industry: the strip of ten best and a screen or two after it.
REGION_TOP = 40

#: Characters of a fact that are shown; a register's essay about itself is cut, its entry is linked.
FACT_LENGTH = 240

#: Tables the page reads, by the name of their Parquet file.
TABLES = (
    "collaboration_model",
    "coverage",
    "licence",
    "opportunity",
    "opportunity_criterion",
    "opportunity_evidence",
    "opportunity_measure",
    "opportunity_risk",
    "programme",
    "run",
    "source_run",
    "tag",
)

Row = dict[str, Any]

# An address is linked only when it is plainly one of the web; anything else (`javascript:`, a local path) becomes NULL.
WEB_LINK = r"""
CREATE TEMP MACRO web_link(address) AS CASE WHEN regexp_full_match(address, '(?i)https?://[^\s"<>]+') THEN address END
"""

# Businesses with businesses have ranks of their own, which one page cannot mix with these; they are in tables and exports.
SHOWN = """
CREATE TEMP TABLE shown AS
SELECT * FROM opportunity
WHERE scope = 'cross_sector' AND (rank_in_industry <= $top_per_industry OR rank_in_region <= $region_top)
"""

OPPORTUNITIES = """
SELECT
    shown.opportunity_id AS id,
    shown.region_id AS region,
    shown.industry_id AS industry,
    business_name,
    business_activity_id AS business_activity,
    business_city,
    business_postcode,
    web_link(business_website) AS business_website,
    web_link(business_register_url) AS business_register_url,
    partner_name,
    CASE partner_kind WHEN 'programme' THEN 'programme' ELSE partner_sector END AS partner_kind,
    partner_activity_id AS partner_activity,
    partner_city,
    partner_postcode,
    offered.agency AS partner_agency,
    web_link(partner_website) AS partner_website,
    web_link(partner_register_url) AS partner_register_url,
    funding.title AS funding_title,
    web_link(funding.register_url) AS funding_url,
    give,
    get,
    partnership_type,
    partnership_area,
    collaboration_model,
    business_benefits,
    partner_benefits,
    themes,
    round(value_economic, 2) AS value_economic,
    round(value_social, 2) AS value_social,
    round(value_environmental, 2) AS value_environmental,
    round(value_knowledge, 2) AS value_knowledge,
    round(score, 4) AS score,
    round(evidence_coverage, 3) AS evidence_coverage,
    rank_in_region,
    rank_in_industry,
    round(distance_km, 1) AS distance_km,
    risk_flags,
    shown.stale_days,
    explanation,
    pilot,
    first_seen = $as_of AS is_new,
    sources
FROM shown
LEFT JOIN programme AS offered ON offered.programme_id = partner_programme_id
LEFT JOIN programme AS funding ON funding.programme_id = funding_programme_id
ORDER BY shown.region_id, rank_in_region, shown.opportunity_id
"""

# Heaviest first; NULL sub-scores stay NULL, which the page words as "not known".
CRITERIA = """
SELECT opportunity_id, criterion, round(sub_score, 3), round(weight, 4), round(contribution, 4)
FROM opportunity_criterion SEMI JOIN shown USING (opportunity_id)
ORDER BY opportunity_id, weight DESC, criterion
"""

EVIDENCE = """
SELECT
    opportunity_id,
    criterion,
    side,
    field,
    CASE WHEN length(value) > $length THEN left(value, $length - 1) || '…' ELSE value END AS value,
    split_part(record_id, ':', 1) AS source,
    web_link(url) AS url
FROM opportunity_evidence SEMI JOIN shown USING (opportunity_id)
ORDER BY opportunity_id, criterion, evidence_number
"""

# In the order of risk_flags, most pressing first.
RISKS = """
SELECT opportunity_id, risk, why, mitigation
FROM opportunity_risk JOIN shown USING (opportunity_id)
ORDER BY opportunity_id, list_position(risk_flags, risk), risk
"""

MEASURES = """
SELECT opportunity_id, metric, unit, side, baseline_needed, target
FROM opportunity_measure SEMI JOIN shown USING (opportunity_id)
ORDER BY opportunity_id, measure_number
"""

MODELS = """
SELECT collaboration_model, model_name AS name, model_note AS note, integration, risk_level, complexity, grows_into
FROM collaboration_model ORDER BY collaboration_model
"""

TAGS = "SELECT tag, tag_name AS name, tag_note AS note FROM tag WHERE tag_kind = $kind ORDER BY tag"

REGIONS = """
SELECT
    region_id AS id,
    coalesce(min(opportunity.region_name), region_id) AS name,
    coalesce(min(counted.business_count), 0)::BIGINT AS business_count,
    count(DISTINCT coalesce(partner_organisation_id, partner_programme_id)) AS partner_count,
    count(opportunity_id) AS opportunity_count
FROM opportunity
FULL JOIN (
    SELECT region_id, sum(business_count) AS business_count FROM coverage GROUP BY region_id
) AS counted USING (region_id)
GROUP BY region_id
ORDER BY name, id
"""

COVERAGE = """
SELECT industry_id, industry_name, business_count, partner_count, opportunity_count
FROM coverage WHERE region_id = $region ORDER BY industry_name, industry_id
"""

# One line per register, however many files it came in: the oldest file says how fresh the register is.
SOURCES = """
SELECT
    source,
    min(source_run.register_title) AS register_title,
    min(fetched_on) AS fetched_on,
    list(DISTINCT fetch_status ORDER BY fetch_status) AS fetch_statuses,
    coalesce(max(stale_days), 0) AS stale_days,
    sum(read_count)::BIGINT AS read_count,
    sum(kept_count)::BIGINT AS kept_count,
    sum(rejected_count)::BIGINT AS rejected_count,
    coalesce(list(DISTINCT message ORDER BY message) FILTER (message IS NOT NULL), []) AS messages,
    min(publisher) AS publisher,
    min(licence) AS licence,
    web_link(min(licence_url)) AS licence_url,
    min(attribution) AS attribution,
    coalesce(bool_or(share_alike), false) AS share_alike
FROM source_run LEFT JOIN licence USING (source)
GROUP BY source
ORDER BY kept_count DESC, source
"""


class ReportError(Exception):
    """The tables a report needs are not there or say nothing; the message names what to do."""


class ReportTables:
    """The published tables of one run, asked for what the page shows."""

    def __init__(self, con: duckdb.DuckDBPyConnection, tables_dir: Path, top_per_industry: int) -> None:
        """Open the tables and choose the rows to show.

        Raises:
            ReportError: a table's file is missing, or `run` does not hold exactly one row.
        """
        missing = [f"{name}.parquet" for name in TABLES if not (tables_dir / f"{name}.parquet").is_file()]
        if missing:
            raise ReportError(
                f"The report needs {', '.join(missing)} in {tables_dir}; not found there. "
                "Finish a run (`partners run`), or name the folder that holds its tables."
            )
        self._con = con
        for name in TABLES:
            con.read_parquet(str(tables_dir / f"{name}.parquet")).create_view(name)
        con.execute(WEB_LINK)
        con.execute(SHOWN, {"top_per_industry": top_per_industry, "region_top": REGION_TOP})
        dates = con.execute("SELECT as_of FROM run").fetchall()
        if len(dates) != 1:
            raise ReportError(
                f"run.parquet in {tables_dir} holds {len(dates)} rows; a report speaks for exactly one run. "
                "Finish a run (`partners run`) and use its folder."
            )
        self.as_of: date = dates[0][0]
        """The date the run speaks for."""

    def regions(self) -> list[Row]:
        """Regions with an opportunity or a count: id, name, business_count, partner_count, opportunity_count."""
        return self._rows(REGIONS)

    def coverage(self, region_id: str) -> list[Row]:
        """The region's industries: industry_name, business_count, partner_count, opportunity_count."""
        return self._rows(COVERAGE, {"region": region_id})

    def sources(self) -> list[Row]:
        """Registers, the one most rows come from first, with counts, freshness and licence."""
        return self._rows(SOURCES)

    def opportunities(self) -> Row:
        """The opportunities shown and their facts, as `{columns, rows}`.

        A fact that backs many pairs is written once, in `facts`; an opportunity's `evidence` holds the criterion
        and the fact's place in that list. So it is with `measures`.
        """
        criteria: dict[str, list[list[Any]]] = {}
        for opportunity_id, *criterion in self._con.execute(CRITERIA).fetchall():
            criteria.setdefault(opportunity_id, []).append(criterion)
        facts: dict[tuple[Any, ...], int] = {}
        evidence: dict[str, list[tuple[str, int]]] = {}
        for opportunity_id, code, *fact in self._con.execute(EVIDENCE, {"length": FACT_LENGTH}).fetchall():
            place = facts.setdefault(tuple(fact), len(facts))
            evidence.setdefault(opportunity_id, []).append((code, place))
        risks: dict[str, list[list[Any]]] = {}
        for opportunity_id, *risk in self._con.execute(RISKS).fetchall():
            risks.setdefault(opportunity_id, []).append(risk)
        things: dict[tuple[Any, ...], int] = {}
        measures: dict[str, list[int]] = {}
        for opportunity_id, *thing in self._con.execute(MEASURES).fetchall():
            measures.setdefault(opportunity_id, []).append(things.setdefault(tuple(thing), len(things)))
        shown = self._rows(OPPORTUNITIES, {"as_of": self.as_of})
        for row in shown:
            row["criteria"] = criteria.get(row["id"], [])
            row["evidence"] = evidence.get(row["id"], [])
            row["risks"] = risks.get(row["id"], [])
            row["measures"] = measures.get(row["id"], [])
        return {
            # On a chamber's first morning every row is new, and saying so of each would say nothing.
            "some_new": len({row["is_new"] for row in shown}) > 1,
            "facts": {"columns": ["side", "field", "value", "source", "url"], "rows": list(facts)},
            "measures": {"columns": ["metric", "unit", "side", "baseline", "target"], "rows": list(things)},
            "opportunities": {
                "columns": list(shown[0]) if shown else [],
                "rows": [list(row.values()) for row in shown],
            },
        }

    def words(self) -> Row:
        """Plain words the tables hold of their own codes, in the shape of `words.yaml`."""
        models = self._rows(MODELS)
        words: Row = {"collaboration_model": {model.pop("collaboration_model"): model for model in models}}
        for kind in ("benefit", "risk", "theme"):
            words[kind] = {tag.pop("tag"): tag for tag in self._rows(TAGS, {"kind": kind})}
        return words

    def names(self, thing: Literal["activity", "industry"]) -> dict[str, str]:
        """Plain names by id, from our reference table of activities or industries."""
        path = files("sources.reference") / {"activity": "activities.csv", "industry": "industries.csv"}[thing]
        sql = f"SELECT {thing}_id, {thing}_name FROM read_csv($path, all_varchar = true)"
        return dict(self._con.execute(sql, {"path": str(path)}).fetchall())

    def _rows(self, sql: str, parameters: Row | None = None) -> list[Row]:
        result = self._con.execute(sql, parameters or {})
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
