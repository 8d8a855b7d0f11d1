-- What became of every opportunity since the last published version, and why. Inputs: now_ and past_ opportunity, organisation, bridge,
-- programme, relationship; past_change (mart.opportunity_change of that version); told and past_told(what, business_id, partner_id: what
-- people wrote down); as_of(), keep_days(), changed_settings() (keys of the profile, a list), code_changed(). Output: change_row.

-- A list is read a page of ten at a time: a rank has moved when it left its page by a page, and by a fifth, since far down nobody
-- counts. A business's own list holds ten or so: three places show. Scores have four digits; a hundredth is the least that can be felt.
CREATE MACRO rank_moved(one, other) AS abs(one - other) >= 10 AND abs(one - other) >= 0.2 * least(one, other);
CREATE MACRO has_moved(score, other_score, region, other_region, industry, other_industry, business, other_business) AS
    round(abs(score - other_score), 4) >= 0.01 OR rank_moved(region, other_region) OR rank_moved(industry, other_industry)
    OR abs(business - other_business) >= 3;

-- --- who differs -------------------------------------------------------------------------------------------------------------

CREATE TABLE turned_record AS
SELECT organisation_id, min(record_id) FILTER (what = 'came') AS came, min(record_id) FILTER (what = 'went') AS went,
       min(record_id) FILTER (what = 'moved') AS moved
FROM (
    SELECT n.organisation_id, n.record_id, CASE WHEN p.record_id IS NULL THEN 'came' ELSE 'moved' END AS what
    FROM now_bridge n LEFT JOIN past_bridge p USING (record_id) WHERE p.organisation_id IS DISTINCT FROM n.organisation_id
    UNION ALL
    SELECT p.organisation_id, p.record_id, CASE WHEN n.record_id IS NULL THEN 'went' ELSE 'moved' END
    FROM past_bridge p LEFT JOIN now_bridge n USING (record_id) WHERE p.organisation_id IS DISTINCT FROM n.organisation_id
)
GROUP BY organisation_id;

-- A body or programme in which something differs that the ranking reads. What is worked out from a register's words may differ because
-- the working out does: where code or settings changed, only a difference in the words themselves is the body's own.
CREATE TABLE changed_body AS
SELECT organisation_id AS body_id, fields,
       CASE WHEN r.moved IS NOT NULL THEN 'merge_or_split' WHEN born OR r.came IS NOT NULL THEN 'new_record'
            WHEN died OR r.went IS NOT NULL THEN 'record_gone' ELSE 'changed_field' END AS change_cause,
       coalesce(r.moved, r.came, r.went) AS record_id
FROM (
    SELECT organisation_id, p.organisation_id IS NULL AS born, n.organisation_id IS NULL AS died,
           CASE WHEN born OR died THEN [] ELSE list_filter([{organisation_fields}], lambda f: f IS NOT NULL) END AS fields,
           born OR died OR {organisation_own} AS own
    FROM (FROM now_organisation WHERE record_count > 0) n
    FULL JOIN (FROM past_organisation WHERE record_count > 0) p USING (organisation_id)
)
LEFT JOIN turned_record r USING (organisation_id)
WHERE born OR died OR len(fields) > 0 AND (own OR r.organisation_id IS NOT NULL OR NOT (code_changed() OR len(changed_settings()) > 0))
UNION ALL
SELECT programme_id, CASE WHEN born OR died THEN [] ELSE fields END,
       CASE WHEN closed THEN 'deadline_passed' WHEN born THEN 'new_record' WHEN died THEN 'record_gone' ELSE 'changed_field' END,
       CASE WHEN closed OR born OR died THEN programme_id END
FROM (
    SELECT programme_id, p.programme_id IS NULL AS born, n.programme_id IS NULL AS died,
           coalesce(coalesce(n.closes_on, p.closes_on) < as_of() AND p.partner_exclusion IS DISTINCT FROM 'closed', false) AND NOT born AS closed,
           list_filter([{programme_fields}], lambda f: f IS NOT NULL) AS fields, {programme_own} AS own
    FROM now_programme n FULL JOIN past_programme p USING (programme_id)
)
WHERE born OR died OR closed OR len(fields) > 0 AND (own OR NOT (code_changed() OR len(changed_settings()) > 0));

-- Links between two bodies that came or went: kin are not put together.
CREATE TABLE changed_link AS
SELECT one, other, change_cause, min(relationship_id) AS record_id
FROM (
    SELECT relationship_id, CASE WHEN p.relationship_id IS NULL THEN 'new_record' ELSE 'record_gone' END AS change_cause,
           unnest([coalesce(n.from_organisation_id, p.from_organisation_id), coalesce(n.to_organisation_id, p.to_organisation_id)]) AS one,
           unnest([coalesce(n.to_organisation_id, p.to_organisation_id), coalesce(n.from_organisation_id, p.from_organisation_id)]) AS other
    FROM now_relationship n FULL JOIN past_relationship p USING (relationship_id)
    WHERE n.relationship_id IS NULL OR p.relationship_id IS NULL
)
WHERE one <> other
GROUP BY one, other, change_cause;

-- What people wrote down or struck out since.
CREATE TABLE changed_told AS
(SELECT 'written' AS how, * FROM told EXCEPT SELECT 'written', * FROM past_told)
UNION ALL
(SELECT 'struck out', * FROM past_told EXCEPT SELECT 'struck out', * FROM told);

-- --- which opportunities differ -------------------------------------------------------------------------------------------------

-- The list as the day found it: what an earlier run of today has told is undone, so that a day has one row an opportunity.
CREATE TABLE start_of_day AS
SELECT opportunity_id, scope, region_id, industry_id, business_id, business_name, partner_kind, partner_organisation_id,
       partner_programme_id, partner_name, score, rank_in_region, rank_in_industry, rank_for_business
FROM past_opportunity
ANTI JOIN (FROM past_change WHERE changed_on = as_of()) USING (opportunity_id)
UNION ALL
SELECT coalesce(old_opportunity_id, opportunity_id), scope, region_id, industry_id, business_id, business_name, partner_kind,
       partner_organisation_id, partner_programme_id, partner_name, score_before, rank_in_region_before, rank_in_industry_before,
       rank_for_business_before
FROM past_change WHERE changed_on = as_of() AND change <> 'new';

-- Under one id, or followed through a merger of a side: the better one goes on where two of yesterday's became one.
CREATE TABLE pair AS
SELECT opportunity_id, opportunity_id AS past_id FROM now_opportunity SEMI JOIN start_of_day USING (opportunity_id)
UNION ALL
SELECT n.opportunity_id, s.opportunity_id
FROM start_of_day s
LEFT JOIN now_organisation b ON b.organisation_id = s.business_id
LEFT JOIN now_organisation p ON p.organisation_id = s.partner_organisation_id
JOIN now_opportunity n
  ON n.scope = s.scope AND n.region_id = s.region_id AND n.business_id = coalesce(b.merged_into, s.business_id)
 AND coalesce(n.partner_organisation_id, n.partner_programme_id)
     = coalesce(p.merged_into, s.partner_organisation_id, s.partner_programme_id)
WHERE s.opportunity_id NOT IN (SELECT opportunity_id FROM now_opportunity)
  AND n.opportunity_id NOT IN (SELECT opportunity_id FROM start_of_day)
QUALIFY row_number() OVER (PARTITION BY n.opportunity_id ORDER BY s.score DESC, s.opportunity_id) = 1;

CREATE TABLE different AS
WITH matched AS (
    FROM pair
    UNION ALL
    SELECT opportunity_id, NULL FROM now_opportunity ANTI JOIN pair USING (opportunity_id)
    UNION ALL
    SELECT opportunity_id, opportunity_id FROM start_of_day WHERE opportunity_id NOT IN (SELECT past_id FROM pair)
)
SELECT
    opportunity_id,
    CASE WHEN s.opportunity_id IS NULL THEN 'new' WHEN n.opportunity_id IS NULL THEN 'gone' ELSE 'moved' END AS change,
    CASE WHEN n.opportunity_id <> s.opportunity_id THEN s.opportunity_id END AS old_opportunity_id,
    {identity},
    -- The ids it had are those whose bodies are gone.
    coalesce(s.business_id, n.business_id) AS former_business_id,
    coalesce(s.partner_organisation_id, s.partner_programme_id, n.partner_organisation_id, n.partner_programme_id) AS former_partner_id,
    {before_and_after}
FROM matched m
LEFT JOIN now_opportunity n USING (opportunity_id)
LEFT JOIN start_of_day s ON s.opportunity_id = m.past_id
WHERE n.opportunity_id IS DISTINCT FROM s.opportunity_id
   OR has_moved(n.score, s.score, n.rank_in_region, s.rank_in_region, n.rank_in_industry, s.rank_in_industry, n.rank_for_business,
                s.rank_for_business);

-- --- why ------------------------------------------------------------------------------------------------------------------------

CREATE TABLE reason AS
WITH side AS (
    SELECT d.opportunity_id, d.change, x.*, row_number() OVER (
        PARTITION BY d.opportunity_id
        ORDER BY list_position(CASE d.change WHEN 'new' THEN ['merge_or_split', 'new_record', 'record_gone', 'changed_field']
                               ELSE ['deadline_passed', 'merge_or_split', 'record_gone', 'new_record', 'changed_field'] END, x.change_cause),
                 x.side) AS place
    FROM different d
    JOIN (
        SELECT d.opportunity_id, 'business' AS side, b.* FROM different d JOIN changed_body b ON b.body_id = d.former_business_id
        UNION ALL
        SELECT d.opportunity_id, 'partner', b.* FROM different d JOIN changed_body b ON b.body_id = d.former_partner_id
    ) x USING (opportunity_id)
),
known AS (
    SELECT
        d.opportunity_id,
        -- Criteria that differ, where both versions hold the pair.
        CASE WHEN n.opportunity_id IS NULL OR p.opportunity_id IS NULL THEN []
             ELSE list_filter([{criteria}], lambda f: f IS NOT NULL) END AS criteria,
        -- What is true of the two themselves, not of the lists they stand in.
        d.change <> 'moved' OR len(criteria) > 0 OR d.old_opportunity_id IS NOT NULL AS itself,
        d.change = 'gone' AND EXISTS (
            FROM told t WHERE t.business_id = d.business_id AND t.partner_id = d.former_partner_id)
        OR EXISTS (
            FROM changed_told t
            WHERE t.business_id = d.business_id AND (
                d.change = 'new' AND t.how = 'struck out' AND t.partner_id = d.former_partner_id
                OR t.what = 'goal' AND (d.change <> 'moved' OR list_contains(criteria, 'fit_exchange'))
                OR t.what = 'member' AND NOT itself))
        OR criteria = ['precedent'] AND EXISTS (FROM changed_told t WHERE t.what = 'known') AS by_people
    FROM different d
    LEFT JOIN now_opportunity n USING (opportunity_id)
    LEFT JOIN past_opportunity p ON p.opportunity_id = coalesce(d.old_opportunity_id, d.opportunity_id)
)
SELECT
    d.opportunity_id,
    CASE
        WHEN k.by_people THEN 'decided_by_people'
        WHEN d.old_opportunity_id IS NOT NULL THEN 'merge_or_split'
        WHEN k.itself AND s.change_cause IS NOT NULL THEN s.change_cause
        WHEN l.change_cause IS NOT NULL THEN l.change_cause
        WHEN len(changed_settings()) > 0 THEN 'setting_change'
        WHEN code_changed() THEN 'code_change'
        WHEN k.criteria = ['readiness'] THEN 'time_passed'
        ELSE 'displaced'
    END AS why,
    CASE WHEN why = s.change_cause THEN CASE WHEN why = z.change_cause THEN 'both' ELSE s.side END WHEN why = l.change_cause THEN 'both' END AS side,
    CASE WHEN why = s.change_cause THEN list_sort(list_distinct(s.fields || CASE WHEN why = z.change_cause THEN z.fields ELSE [] END))
         WHEN why = 'setting_change' THEN changed_settings()
         ELSE k.criteria END AS changed_fields,
    CASE WHEN why = s.change_cause THEN coalesce(s.record_id, z.record_id) WHEN why = l.change_cause THEN l.record_id END AS changed_record_id
FROM different d
JOIN known k USING (opportunity_id)
LEFT JOIN side s ON s.opportunity_id = d.opportunity_id AND s.place = 1
LEFT JOIN side z ON z.opportunity_id = d.opportunity_id AND z.place = 2
LEFT JOIN changed_link l
  ON l.one = d.business_id AND l.other = d.partner_organisation_id AND l.change_cause = CASE d.change WHEN 'gone' THEN 'new_record' WHEN 'new' THEN 'record_gone' END;

-- --- tonight's and the past's ---------------------------------------------------------------------------------------------------

CREATE TABLE change_row AS
WITH tonight AS (
    SELECT d.*, as_of() AS changed_on,
           -- What did not move since an earlier run of today keeps the cause it had then.
           CASE WHEN e.kept THEN e.change_cause ELSE r.why END AS change_cause,
           CASE WHEN e.kept THEN e.side ELSE r.side END AS side,
           CASE WHEN e.kept THEN e.changed_fields ELSE r.changed_fields END AS changed_fields,
           CASE WHEN e.kept THEN e.changed_record_id ELSE r.changed_record_id END AS changed_record_id
    FROM different d
    JOIN reason r USING (opportunity_id)
    LEFT JOIN (
        SELECT c.*,
               p.opportunity_id IS NOT DISTINCT FROM n.opportunity_id AND NOT coalesce(
                   has_moved(n.score, p.score, n.rank_in_region, p.rank_in_region, n.rank_in_industry, p.rank_in_industry,
                             n.rank_for_business, p.rank_for_business), false) AS kept
        FROM past_change c
        LEFT JOIN past_opportunity p USING (opportunity_id)
        LEFT JOIN now_opportunity n USING (opportunity_id)
        WHERE c.changed_on = as_of()
    ) e USING (opportunity_id)
)
FROM (
    SELECT {columns} FROM tonight
    UNION ALL
    SELECT {columns} FROM past_change WHERE changed_on <> as_of()
)
WHERE changed_on > as_of() - keep_days()
  -- Whoever turns out to be a person by name is forgotten here too.
  AND business_id NOT IN (SELECT organisation_id FROM now_organisation WHERE is_natural_person)
  AND coalesce(partner_organisation_id, '') NOT IN (SELECT organisation_id FROM now_organisation WHERE is_natural_person);
