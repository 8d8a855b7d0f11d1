"""What stands behind an opportunity: a score that follows from its parts, facts that lead to a row of a register, sources named.

Belongs here: rules about criteria, evidence, sources and what is counted from them. Does not: who may be put forward, and the
ranks (`rules.py`), nor how many there must be (`floors.py`).
"""

from __future__ import annotations

from assets.publication.rule import Rule
from warehouse.columns import CRITERIA

#: Contributions may be rounded one by one: six of them stay within this of the score, and no real fault is so small.
SCORE_TOLERANCE = 0.0005

CONTRIBUTIONS_SUM_TO_SCORE = f"""
SELECT opportunity_id AS example
FROM mart.opportunity LEFT JOIN (
  SELECT opportunity_id, sum(contribution) AS total FROM mart.opportunity_criterion GROUP BY opportunity_id
) USING (opportunity_id)
WHERE total IS NULL OR abs(total - score) > {SCORE_TOLERANCE}"""

# Unknown sub-scores are left out of the weighted mean: they add nothing, and their weight goes to the others.
CONTRIBUTION_IS_ITS_SHARE = f"""
SELECT opportunity_id || ' / ' || criterion AS example
FROM (
  SELECT *, sum(weight) FILTER (sub_score IS NOT NULL) OVER (PARTITION BY opportunity_id) AS known_weight
  FROM mart.opportunity_criterion
) WHERE abs(contribution - coalesce(weight * sub_score / known_weight, 0)) > {SCORE_TOLERANCE}"""

CRITERIA_ARE_THE_COLUMNS = f"""
SELECT opportunity_id || ' / ' || told.criterion AS example
FROM (
  SELECT opportunity_id, unnest({list(CRITERIA)}) AS criterion, unnest([{", ".join(CRITERIA)}]) AS sub_score FROM mart.opportunity
) AS told LEFT JOIN mart.opportunity_criterion AS c USING (opportunity_id, criterion)
WHERE c.opportunity_id IS NULL OR told.sub_score IS DISTINCT FROM c.sub_score"""

EVIDENCE_EXISTS = """
SELECT opportunity_id AS example FROM mart.opportunity ANTI JOIN mart.opportunity_evidence USING (opportunity_id)"""

EVIDENCE_IS_ABOUT_A_KNOWN_SCORE = """
SELECT e.opportunity_id || ' / ' || e.criterion || ' / ' || e.evidence_number AS example
FROM mart.opportunity_evidence AS e
ANTI JOIN (SELECT * FROM mart.opportunity_criterion WHERE sub_score IS NOT NULL) AS c USING (opportunity_id, criterion)"""

#: Every row a fact may be taken from. A partnership people wrote down has no register, so no address either.
_ROWS = """
WITH source_row AS (
  SELECT record_id, register_url FROM core.organisation_record
  UNION ALL SELECT relationship_id, register_url FROM core.relationship
  UNION ALL SELECT programme_id, register_url FROM core.programme
)
SELECT e.opportunity_id || ' / ' || e.criterion || ' / ' || e.evidence_number || ' (' || e.record_id || ')' AS example
FROM mart.opportunity_evidence AS e """
EVIDENCE_LEADS_TO_A_ROW = (
    _ROWS + "ANTI JOIN source_row USING (record_id) WHERE record_id IS NOT NULL AND NOT starts_with(record_id, 'known:')"
)
EVIDENCE_URL_IS_THE_REGISTERS = _ROWS + "JOIN source_row USING (record_id) WHERE e.url IS DISTINCT FROM register_url"

EVIDENCE_IS_OF_ITS_SIDE = """
SELECT e.opportunity_id || ' / ' || e.criterion || ' / ' || e.evidence_number || ' (' || e.record_id || ')' AS example
FROM mart.opportunity_evidence AS e
JOIN mart.opportunity AS m USING (opportunity_id)
LEFT JOIN core.bridge AS b USING (record_id)
LEFT JOIN core.programme AS p ON p.programme_id = e.record_id
WHERE (b.record_id IS NOT NULL
       AND b.organisation_id IS DISTINCT FROM CASE e.side WHEN 'business' THEN m.business_id ELSE m.partner_organisation_id END)
   OR (p.programme_id IS NOT NULL AND (e.side <> 'partner' OR m.partner_programme_id IS DISTINCT FROM p.programme_id))"""

NO_EVIDENCE_ON_NATURAL_PERSON = """
SELECT e.opportunity_id || ' / ' || e.criterion || ' / ' || e.evidence_number AS example
FROM mart.opportunity_evidence AS e
JOIN core.bridge USING (record_id) JOIN core.organisation AS o USING (organisation_id)
WHERE o.is_natural_person"""

SOURCES_ARE_BOTH_SIDES = """
SELECT m.opportunity_id AS example
FROM mart.opportunity AS m
JOIN core.organisation AS b ON b.organisation_id = m.business_id
LEFT JOIN core.organisation AS o ON o.organisation_id = m.partner_organisation_id
LEFT JOIN core.programme AS p ON p.programme_id = m.partner_programme_id
WHERE NOT list_has_all(m.sources, b.sources || coalesce(o.sources, [p.source]))
   OR NOT list_has_all(m.licences, b.licences || coalesce(o.licences, [p.licence]))
   OR len(m.sources) = 0 OR len(m.licences) = 0"""

LICENCE_KNOWN = """
SELECT licence AS example FROM (SELECT DISTINCT unnest(licences) AS licence FROM mart.opportunity)
ANTI JOIN meta.licence USING (licence)"""

SOURCE_HAS_TERMS = """
SELECT source AS example FROM (SELECT DISTINCT unnest(sources) AS source FROM mart.opportunity)
ANTI JOIN meta.licence USING (source)"""

COVERAGE_IS_COUNTED = """
SELECT region_id || ' / ' || industry_id AS example
FROM mart.coverage FULL JOIN (
  SELECT region_id, industry_id, count(*) AS found,
         count(DISTINCT coalesce(partner_organisation_id, partner_programme_id)) AS partners
  FROM mart.opportunity GROUP BY region_id, industry_id
) USING (region_id, industry_id)
WHERE opportunity_count IS DISTINCT FROM coalesce(found, 0) OR partner_count IS DISTINCT FROM coalesce(partners, 0)"""

_LIST, _PART, _FACT = "mart.opportunity", "mart.opportunity_criterion", "mart.opportunity_evidence"
RULES: tuple[Rule, ...] = (
    Rule("contributions_sum_to_score", _PART, "contributions sum to the score", CONTRIBUTIONS_SUM_TO_SCORE),
    Rule(
        "contribution_is_its_share",
        _PART,
        "a contribution is sub-score × weight over the weights of what is known",
        CONTRIBUTION_IS_ITS_SHARE,
    ),
    Rule(
        "criteria_are_the_columns",
        _PART,
        "each criterion has a row, with the sub-score mart.opportunity shows",
        CRITERIA_ARE_THE_COLUMNS,
    ),
    Rule("evidence_exists", _LIST, "at least one fact stands behind the opportunity", EVIDENCE_EXISTS),
    Rule(
        "evidence_is_about_a_known_score",
        _FACT,
        "the criterion of a fact has a sub-score in mart.opportunity_criterion",
        EVIDENCE_IS_ABOUT_A_KNOWN_SCORE,
    ),
    Rule(
        "evidence_leads_to_a_row",
        _FACT,
        "record_id is in core.organisation_record, core.relationship or core.programme",
        EVIDENCE_LEADS_TO_A_ROW,
    ),
    Rule("evidence_url_is_the_registers", _FACT, "url is the register_url of that row", EVIDENCE_URL_IS_THE_REGISTERS),
    Rule(
        "evidence_is_of_its_side",
        _FACT,
        "a record belongs to the organisation of the side it speaks for, a programme is the partner",
        EVIDENCE_IS_OF_ITS_SIDE,
    ),
    Rule("no_evidence_on_natural_person", _FACT, "no fact is a record of a natural person", NO_EVIDENCE_ON_NATURAL_PERSON),
    Rule("sources_are_both_sides", _LIST, "sources and licences of both sides are named", SOURCES_ARE_BOTH_SIDES),
    Rule("licence_known", _LIST, "every licence named is in meta.licence", LICENCE_KNOWN),
    Rule("source_has_terms", _LIST, "every source named has its terms in meta.licence", SOURCE_HAS_TERMS),
    Rule(
        "coverage_is_counted",
        "mart.coverage",
        "opportunity_count and partner_count are what mart.opportunity holds, in every region × industry",
        COVERAGE_IS_COUNTED,
    ),
)
