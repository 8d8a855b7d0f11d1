"""What must hold of the finished tables: the product's own rules, and those the registry implies.

Belongs here: one short SQL text a rule. Does not: what stands behind an opportunity (`rules_of_proof.py`), how much may be lost
in a night (`floors.py`), running the rules and judging the result (`audit.py`).

A rule is a SELECT with one column, `example`: one row for each thing that breaks it. Tables are named as in the
warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator

from assets.publication import rules_of_proof
from assets.publication.rule import Rule
from warehouse import ddl
from warehouse.columns import COLUMNS
from warehouse.model import ForeignKey, Table
from warehouse.tables import BY_NAME

_SIDES = """
WITH side AS (
  SELECT opportunity_id, region_id, business_id AS organisation_id FROM mart.opportunity
  UNION ALL
  SELECT opportunity_id, region_id, partner_organisation_id FROM mart.opportunity
  WHERE partner_organisation_id IS NOT NULL
)
SELECT opportunity_id || ' (' || organisation_id || ')' AS example
FROM side JOIN core.organisation AS o USING (organisation_id)
WHERE """

BUSINESS_IS_PRIVATE = """
SELECT opportunity_id AS example
FROM mart.opportunity AS m JOIN core.organisation AS o ON m.business_id = o.organisation_id
WHERE o.sector <> 'private'"""

PARTNER_IS_OF_THE_SCOPE = """
SELECT opportunity_id AS example
FROM mart.opportunity AS m LEFT JOIN core.organisation AS o ON m.partner_organisation_id = o.organisation_id
WHERE (coalesce(o.sector, 'public') = 'private') <> (m.scope = 'cross_industry')
   OR m.partner_sector <> coalesce(o.sector, 'public') OR (m.scope = 'cross_industry' AND o.industry_id = m.industry_id)"""

NO_NATURAL_PERSON = _SIDES + "o.is_natural_person"
NO_INACTIVE = _SIDES + "o.status = 'inactive'"
NO_EXCLUDED = _SIDES + "o.partner_exclusion IS NOT NULL"
NO_MERGED_AWAY = _SIDES + "o.merged_into IS NOT NULL"
IN_REGION = (
    _SIDES
    + """o.region_id IS DISTINCT FROM side.region_id AND NOT EXISTS (
  SELECT 1 FROM core.location AS l WHERE l.organisation_id = side.organisation_id AND l.region_id = side.region_id)"""
)

NO_EXCLUDED_PROGRAMME = """
SELECT opportunity_id || ' (' || p.programme_id || ')' AS example
FROM mart.opportunity AS m
JOIN core.programme AS p ON p.programme_id IN (m.partner_programme_id, m.funding_programme_id)
WHERE p.partner_exclusion IS NOT NULL"""

RANK_FOR_BUSINESS_FOLLOWS_SCORE = """
SELECT opportunity_id AS example FROM mart.opportunity
QUALIFY score > lag(score) OVER (PARTITION BY scope, business_id ORDER BY rank_for_business, opportunity_id)"""

RISK_FLAGS_ARE_THE_RISKS = """
SELECT opportunity_id AS example
FROM mart.opportunity LEFT JOIN (
  SELECT opportunity_id, list(risk ORDER BY risk) AS risks FROM mart.opportunity_risk GROUP BY opportunity_id
) USING (opportunity_id)
WHERE list_sort(risk_flags) <> coalesce(risks, [])"""

TAG_KNOWN = """
SELECT DISTINCT tag_kind || ' ' || tag AS example FROM (
  SELECT 'risk' AS tag_kind, unnest(risk_flags) AS tag FROM mart.opportunity
  UNION ALL SELECT 'theme', unnest(themes) FROM mart.opportunity
  UNION ALL SELECT 'benefit', unnest(business_benefits) FROM mart.opportunity
  UNION ALL SELECT 'benefit', unnest(partner_benefits) FROM mart.opportunity
) ANTI JOIN mart.tag USING (tag_kind, tag)"""

TWO_TO_FOUR_MEASURES = """
SELECT opportunity_id AS example
FROM mart.opportunity LEFT JOIN mart.opportunity_measure USING (opportunity_id)
GROUP BY opportunity_id
HAVING count(measure_number) NOT BETWEEN 2 AND 4 OR max(measure_number) <> count(measure_number)"""

RECORD_IN_BRIDGE_ONCE = """
SELECT record_id AS example FROM core.organisation_record LEFT JOIN core.bridge USING (record_id)
GROUP BY record_id HAVING count(organisation_id) <> 1"""

# Ids people wrote down are followed in one step.
MERGED_INTO_LIVES = """
SELECT o.organisation_id || ' (' || o.merged_into || ')' AS example
FROM core.organisation AS o JOIN core.organisation AS heir ON heir.organisation_id = o.merged_into
WHERE heir.record_count = 0"""

RECORD_COUNT_IS_BRIDGED = """
SELECT organisation_id AS example FROM core.organisation LEFT JOIN core.bridge USING (organisation_id)
GROUP BY organisation_id, record_count HAVING count(record_id) <> record_count"""

READ_IS_KEPT_AND_REJECTED = """
SELECT source || ' / ' || file_number AS example FROM meta.source_run
WHERE read_count <> kept_count + rejected_count + outside_count"""

PLACE_KNOWN = """
SELECT record_id AS example FROM core.organisation_record
WHERE country IN ('GB', 'US') AND postcode IS NOT NULL AND area_code IS NULL AND county_name IS NULL"""

ONE_RUN = "SELECT count(*) || ' rows' AS example FROM meta.run HAVING count(*) <> 1"
LIST_NOT_EMPTY = "SELECT 'no row' AS example FROM mart.opportunity HAVING count(*) = 0"


def _rank_rule(rank: str, group: tuple[str, ...]) -> Rule:
    keys = ", ".join(group)
    sql = f"""
SELECT concat_ws(' / ', {keys}) AS example FROM mart.opportunity GROUP BY {keys}
HAVING min({rank}) <> 1 OR max({rank}) <> count(*) OR count(DISTINCT {rank}) <> count(*)"""
    return Rule(
        f"{rank}_counts_up",
        "mart.opportunity",
        f"{rank} is 1..n without gap or repeat in each {' × '.join(group)}",
        sql,
    )


_LIST = "mart.opportunity"
PRODUCT_RULES: tuple[Rule, ...] = (
    Rule("business_is_private", _LIST, "the business is a private organisation in core.organisation", BUSINESS_IS_PRIVATE),
    Rule(
        "partner_is_of_the_scope",
        _LIST,
        "the partner is nonprofit or public in core.organisation, or a business of another industry, as the scope says",
        PARTNER_IS_OF_THE_SCOPE,
    ),
    Rule("no_natural_person", _LIST, "no side is a natural person", NO_NATURAL_PERSON),
    Rule("no_inactive", _LIST, "no side is inactive", NO_INACTIVE),
    Rule("no_excluded", _LIST, "no side is excluded (partner_exclusion)", NO_EXCLUDED),
    Rule("no_merged_away", _LIST, "no side was merged into another organisation", NO_MERGED_AWAY),
    Rule("no_excluded_programme", _LIST, "no programme is excluded (partner_exclusion)", NO_EXCLUDED_PROGRAMME),
    Rule("in_region", _LIST, "both sides have a location in the opportunity's region", IN_REGION),
    _rank_rule("rank_in_region", ("scope", "region_id")),
    _rank_rule("rank_in_industry", ("scope", "region_id", "industry_id")),
    _rank_rule("rank_in_sector", ("scope", "region_id", "partner_sector")),
    _rank_rule("rank_for_business", ("scope", "business_id")),
    Rule(
        "rank_for_business_follows_score",
        _LIST,
        "a better score has the better rank_for_business; the other ranks are of varied lists",
        RANK_FOR_BUSINESS_FOLLOWS_SCORE,
    ),
    Rule("risk_flags_are_the_risks", _LIST, "risk_flags are the risks of mart.opportunity_risk", RISK_FLAGS_ARE_THE_RISKS),
    Rule("tag_known", _LIST, "every benefit, theme and risk has its words in mart.tag", TAG_KNOWN),
    Rule("two_to_four_measures", _LIST, "there are two to four measures, numbered from 1", TWO_TO_FOUR_MEASURES),
    Rule("list_not_empty", _LIST, "there is an opportunity at all", LIST_NOT_EMPTY, "warning"),
    Rule(
        "record_in_bridge_once",
        "core.bridge",
        "every record belongs to exactly one organisation",
        RECORD_IN_BRIDGE_ONCE,
    ),
    Rule("merged_into_lives", "core.organisation", "merged_into leads to a living organisation in one step", MERGED_INTO_LIVES),
    Rule(
        "record_count_is_bridged",
        "core.organisation",
        "record_count is the number of its records in core.bridge, 0 for an id that lives no longer",
        RECORD_COUNT_IS_BRIDGED,
    ),
    Rule(
        "read_is_kept_and_rejected",
        "meta.source_run",
        "rows read are rows kept, rows rejected and rows left out",
        READ_IS_KEPT_AND_REJECTED,
    ),
    Rule(
        "place_known",
        "core.organisation_record",
        "a British or US postcode lies in an official area we know",
        PLACE_KNOWN,
        "warning",
    ),
    Rule("one_run", "meta.run", "there is one row, the run that publishes", ONE_RUN),
    *rules_of_proof.RULES,
)


_MEANINGS = {
    "required": "never NULL: {}",
    "values": "only allowed values in: {}",
    "column_check": "in range: {}",
    "row_check": "{}",
}


def registry_rules(table: Table) -> Iterator[Rule]:
    """What the registry says of one table: key, NOT NULL, allowed values, conditions, foreign keys."""
    key = "concat_ws(' / ', " + ", ".join(f"coalesce({ddl.identifier(k)}::VARCHAR, 'NULL')" for k in table.key) + ")"
    yield Rule(
        "key_unique",
        table.name,
        f"{', '.join(table.key)} is unique",
        f"SELECT {key} AS example FROM {table.name} GROUP BY {ddl.identifiers(table.key)} HAVING count(*) > 1",
    )
    columns = [COLUMNS[name] for name in table.columns]
    conditions = {
        "required": {name: f"{ddl.identifier(name)} IS NOT NULL" for name in (*table.key, *table.required)},
        "values": {column.name: condition for column in columns if (condition := ddl.values_condition(column))},
        "column_check": {column.name: condition for column in columns if (condition := ddl.check_condition(column))},
        "row_check": {"row": table.check} if table.check else {},
    }
    for check_name, of_column in conditions.items():
        if of_column:
            # A condition that is NULL holds, as in SQL's CHECK; the names of the columns at fault go with the key.
            faults = [f"CASE WHEN NOT ({condition}) THEN '{name}' END" for name, condition in of_column.items()]
            sql = f"""
SELECT {key} || ' (' || fault || ')' AS example
FROM (SELECT *, concat_ws(', ', {", ".join(faults)}) AS fault FROM {table.name}) WHERE fault <> ''"""
            meaning = table.check if check_name == "row_check" else ", ".join(of_column)
            yield Rule(check_name, table.name, _MEANINGS[check_name].format(meaning), sql)
    for foreign in table.foreign_keys:
        yield _foreign_key_rule(table, foreign, key)


def _foreign_key_rule(table: Table, foreign: ForeignKey, key: str) -> Rule:
    pairs = zip(foreign.columns, BY_NAME[foreign.table].key, strict=True)
    on = " AND ".join(f"child.{ddl.identifier(own)} = parent.{ddl.identifier(other)}" for own, other in pairs)
    present = " AND ".join(f"child.{ddl.identifier(name)} IS NOT NULL" for name in foreign.columns)
    values = " || ' / ' || ".join(ddl.identifier(name) for name in foreign.columns)
    return Rule(
        f"foreign_key_{'_'.join(foreign.columns)}",
        table.name,
        f"{', '.join(foreign.columns)} is in {foreign.table}",
        f"SELECT {key} || ' (' || {values} || ')' AS example "
        f"FROM {table.name} AS child ANTI JOIN {foreign.table} AS parent ON {on} WHERE {present}",
    )
