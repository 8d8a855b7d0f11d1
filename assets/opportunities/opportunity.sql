-- Chosen pairs in words. Inputs: chosen(opportunity_id, ranks), shortlist, organisation, programme, affinity, the ontology's tables,
-- region(region_id, region_name), industry, earlier(opportunity_id, first_seen), as_of(). Output: opportunity
-- without its risks, benefits and themes (advice.sql).

CREATE TABLE told_affinity AS
SELECT a.* REPLACE (said_in(c.country, a.give) AS give, said_in(c.country, a.why) AS why, said_in(c.country, a.get) AS get), c.country
FROM affinity a CROSS JOIN (SELECT DISTINCT country FROM region) c;

CREATE MACRO postcode_in(country) AS CASE WHEN country = 'US' THEN 'ZIP code' ELSE 'postcode' END;

CREATE TABLE opportunity AS
WITH pair AS (
    SELECT
        s.*, ch.* EXCLUDE (opportunity_id), b.display_name AS business_name, b.industry_id, b.website AS business_website, b.city AS business_city,
        b.postcode AS business_postcode, b.register_url AS business_register_url, b.sources AS business_sources, b.licences AS business_licences,
        b.stale_days AS business_stale_days, g.country, said_in(g.country, kb.activity_name) AS business_kind
    FROM chosen ch
    JOIN shortlist s USING (opportunity_id)
    JOIN region g USING (region_id)
    JOIN organisation b ON b.organisation_id = s.business_id
    JOIN activity kb ON kb.activity_id = b.activity_id
),
with_organisation AS (
    SELECT
        p.*, o.display_name AS partner_name, o.sector AS partner_sector, o.industry_id AS partner_industry_id, o.website AS partner_website,
        o.city AS partner_city,
        -- Where a refuge is, is nobody's business.
        CASE WHEN o.activity_id <> 'refuge' THEN o.postcode END AS partner_postcode, o.register_url AS partner_register_url, o.sources AS partner_sources,
        o.licences AS partner_licences, o.stale_days AS partner_stale_days,
        a.give, a.get, a.get_resource_id, a.g, a.h, a.give_common, a.get_common, a.cause_id,
        CASE
            WHEN p.scope = 'cross_industry' THEN 'transactional'
            WHEN a.give_resource_id IN ('jobs', 'placements', 'care_jobs', 'commercial_route', 'materials_market', 'planning_help', 'teaching', 'arts_lessons') AND NOT a.get_common AND a.h >= 0.25 THEN 'integrative'
            WHEN a.get_resource_id IN ('research', 'student_projects') AND a.h >= 0.4 THEN 'integrative'
            WHEN a.get_common OR a.h < 0.4 * a.g THEN 'philanthropic'
            ELSE 'transactional'
        END AS partnership_type,
        CASE WHEN a.get_common THEN r.area ELSE rg.area END AS partnership_area,
        said_in(p.country, r.pilot) AS pilot,
        -- The sentence: what goes there and why it is wanted, what comes back, what such bodies do together elsewhere or what both care about, how near.
        p.business_name || ' (' || p.business_kind || ') could offer ' || a.give || ' to ' || o.display_name
        -- A kind known only from a register's code, a purpose in words or a name that might mislead is said to be so.
        || CASE WHEN o.activity_basis = 'class' THEN ' (registered as ' ELSE ' (' END || said_in(p.country, k.activity_name)
        || CASE WHEN o.activity_basis = 'description' THEN ' by its own account' WHEN o.activity_basis = 'name' AND o.activity_confidence < 0.9 THEN ' by its name' ELSE '' END
        -- Postcode centres say little about streets, so the sentence claims no more than the postcodes do.
        || CASE WHEN o.activity_id = 'refuge' THEN '' WHEN p.distance_km IS NULL THEN coalesce(', in ' || o.city, '') WHEN o.postcode = p.business_postcode THEN ', same ' || postcode_in(p.country)
                ELSE ', ' || far_in(p.country, p.distance_km) || ' by ' || postcode_in(p.country) END
        || CASE WHEN o.activity_basis = 'name' AND o.activity_confidence >= 0.9 THEN '), which ' ELSE '), a kind of body that ' END
        || a.why || '; in return the business would get ' || a.get || '.'
        || CASE WHEN n.words IS NOT NULL THEN ' Elsewhere, such businesses ' || said_in(p.country, n.words) || '.'
                WHEN p.fit_cause >= CASE p.scope WHEN 'cross_industry' THEN 0.6 ELSE 0.4 END AND c.cause_words IS NOT NULL THEN CASE p.scope WHEN 'cross_industry' THEN ' Both serve ' ELSE ' Both care about ' END || said_in(p.country, c.cause_words) || '.' ELSE '' END
        || coalesce(' ' || d.first_words || '.', '')
        || CASE WHEN f.programme_id IS NULL THEN '' ELSE ' “' || f.title || '”' || coalesce(' of the ' || f.agency, '') || ' might help to pay for it.' END AS explanation,
        greatest(r.economic, rg.economic * sqrt(least(1, a.h))) AS value_economic,
        greatest(r.social, rg.social * sqrt(least(1, a.h))) AS value_social,
        greatest(r.environmental, rg.environmental * sqrt(least(1, a.h))) AS value_environmental,
        greatest(r.knowledge, rg.knowledge * sqrt(least(1, a.h))) AS value_knowledge
    FROM pair p
    JOIN organisation o ON o.organisation_id = p.partner_id
    JOIN activity k ON k.activity_id = o.activity_id
    JOIN told_affinity a ON a.country = p.country AND a.business_activity_id = p.business_activity_id AND a.partner_activity_id = p.partner_activity_id
    JOIN resource r ON r.resource_id = a.give_resource_id
    JOIN resource rg ON rg.resource_id = a.get_resource_id
    LEFT JOIN cause c ON c.cause_id = a.cause_id
    LEFT JOIN practice n ON n.business_activity_id = p.business_activity_id AND n.partner_activity_id = p.partner_activity_id AND p.scope = 'cross_sector'
        AND coalesce(n.about = a.give_resource_id, true)
    LEFT JOIN programme f ON f.programme_id = p.funding_programme_id
    LEFT JOIN precedent_words d ON d.activity_id = p.business_activity_id AND d.partner_id = p.partner_id
    WHERE p.partner_kind = 'organisation'
),
with_programme AS (
    SELECT
        p.* REPLACE ('programme' AS give_resource_id), g.title AS partner_name, 'public' AS partner_sector, g.industry_id AS partner_industry_id,
        NULL AS partner_website, NULL AS partner_city, NULL AS partner_postcode, g.register_url AS partner_register_url, [g.source] AS partner_sources,
        [g.licence] AS partner_licences, g.stale_days AS partner_stale_days,
        said_in(p.country, t.give) AS give,
        CASE WHEN list_contains(g.kinds, 'grant') THEN 'a grant' WHEN list_contains(g.kinds, 'loan') THEN 'a loan'
             WHEN list_contains(g.kinds, 'guarantee') THEN 'a bank loan that the agency guarantees' WHEN list_contains(g.kinds, 'contract') THEN 'public contracts'
             WHEN list_contains(g.kinds, 'training') THEN 'training' WHEN list_contains(g.kinds, 'goods') THEN 'goods or equipment'
             ELSE 'advice and support' END AS get,
        CASE WHEN len(list_intersect(g.kinds, ['grant', 'loan', 'guarantee'])) > 0 THEN 'finance' WHEN list_contains(g.kinds, 'training') THEN 'training'
             WHEN list_contains(g.kinds, 'contract') THEN 'contracts' ELSE 'business_advice' END AS get_resource_id,
        'transactional' AS partnership_type, 'alliance' AS partnership_area,
        CASE WHEN list_contains(g.kinds, 'guarantee') AND NOT list_contains(g.kinds, 'grant')
             THEN 'Read the listing and ask the firm''s own bank whether it lends under it; the agency can name lenders that do.'
             ELSE 'Read the listing, ring the agency and ask whether a firm like this one would qualify.' END AS pilot,
        p.business_name || ' (' || p.business_kind || ') could look into “' || g.title || '”' || coalesce(', offered by ' || g.agency, '') || ': '
        || CASE WHEN list_contains(g.kinds, 'grant') THEN 'a grant' WHEN list_contains(g.kinds, 'loan') THEN 'a loan'
             WHEN list_contains(g.kinds, 'guarantee') THEN 'a bank loan that the agency guarantees' WHEN list_contains(g.kinds, 'contract') THEN 'public contracts'
             WHEN list_contains(g.kinds, 'training') THEN 'training' WHEN list_contains(g.kinds, 'goods') THEN 'goods or equipment'
             ELSE 'advice and support' END || ' for ' || said_in(p.country, t.give)
        || '. ' || CASE WHEN list_contains(g.applicants, 'small_business') THEN 'Small businesses may apply.' ELSE 'Businesses may apply.' END AS explanation,
        r.economic AS value_economic, r.social AS value_social, r.environmental AS value_environmental, r.knowledge AS value_knowledge
    FROM pair p
    JOIN programme g ON g.programme_id = p.partner_id
    JOIN topic t ON 'programme:' || t.topic_id = p.partner_activity_id
    JOIN resource r ON r.resource_id = 'finance'
    WHERE p.partner_kind = 'programme'
),
every AS (
    SELECT * FROM with_organisation
    UNION ALL BY NAME
    SELECT * FROM with_programme
)
SELECT
    e.opportunity_id, e.scope, e.region_id, rn.region_name, e.business_id, e.business_name, e.business_activity_id,
    e.industry_id, i.industry_name, e.partner_kind,
    CASE WHEN e.partner_kind = 'organisation' THEN e.partner_id END AS partner_organisation_id,
    CASE WHEN e.partner_kind = 'programme' THEN e.partner_id END AS partner_programme_id,
    e.partner_name, e.partner_sector, e.partner_industry_id, e.partner_activity_id, e.funding_programme_id,
    e.give, e.get, e.give_resource_id, e.get_resource_id, e.partnership_type, e.partnership_area,
    CASE WHEN e.partner_kind = 'programme' THEN 'programme_application'
         -- Finding out something has an end; people and skills go on.
         WHEN e.partnership_type = 'integrative' AND list_has_any([e.give_resource_id, e.get_resource_id], ['commercial_route', 'materials_market', 'research', 'student_projects', 'public_site'])
         THEN 'joint_project'
         WHEN e.partnership_type = 'integrative' THEN 'strategic_alliance'
         WHEN e.partnership_type = 'transactional' THEN 'exchange_agreement' ELSE 'giving_agreement' END AS collaboration_model,
    round(e.value_economic, 2) AS value_economic, round(e.value_social, 2) AS value_social,
    round(e.value_environmental, 2) AS value_environmental, round(e.value_knowledge, 2) AS value_knowledge,
    e.score, e.fit_exchange, e.fit_cause, e.precedent, e.place, e.capacity, e.readiness, e.evidence_coverage,
    e.rank_in_region, e.rank_in_industry, e.rank_in_sector, e.rank_for_business,
    CASE WHEN e.partner_activity_id <> 'refuge' THEN e.distance_km END AS distance_km,
    greatest(e.business_stale_days, e.partner_stale_days) AS stale_days, e.explanation, e.pilot,
    e.business_website, e.business_city, e.business_postcode, e.business_register_url, e.partner_website, e.partner_city, e.partner_postcode,
    e.partner_register_url, coalesce(f.first_seen, as_of()) AS first_seen,
    list_sort(list_distinct(e.business_sources || e.partner_sources)) AS sources,
    list_sort(list_distinct(e.business_licences || e.partner_licences)) AS licences
FROM every e
JOIN region rn USING (region_id)
JOIN industry i ON i.industry_id = e.industry_id
LEFT JOIN earlier f USING (opportunity_id);

CREATE TABLE criterion_row AS
SELECT s.opportunity_id, c.criterion, c.sub_score, w.weight, c.contribution
FROM (SELECT s.* FROM shortlist s JOIN chosen USING (opportunity_id)) s,
LATERAL (VALUES
    ('fit_exchange', s.fit_exchange, s.part_fit_exchange), ('fit_cause', s.fit_cause, s.part_fit_cause),
    ('precedent', s.precedent, s.part_precedent), ('place', s.place, s.part_place), ('capacity', s.capacity, s.part_capacity),
    ('readiness', s.readiness, s.part_readiness)) AS c(criterion, sub_score, contribution)
JOIN weight w USING (criterion);

-- The record that speaks for an organisation: one with its activity, the smallest id among them.
CREATE TABLE spokesman AS
SELECT b.organisation_id, min(r.record_id) AS record_id
FROM bridge b JOIN organisation_record r USING (record_id) JOIN organisation o USING (organisation_id)
WHERE r.activity_id = o.activity_id AND r.sector = o.sector
GROUP BY b.organisation_id;

CREATE TABLE evidence_row AS
WITH side AS (
    SELECT o.opportunity_id, 'business' AS side, o.business_id AS organisation_id FROM opportunity o
    UNION ALL
    SELECT o.opportunity_id, 'partner', o.partner_organisation_id FROM opportunity o WHERE o.partner_organisation_id IS NOT NULL
),
fact AS (
    SELECT s.opportunity_id, s.side, r.record_id, r.register_url AS url, f.criterion, f.field, f.value
    FROM side s
    JOIN spokesman k USING (organisation_id)
    JOIN organisation_record r USING (record_id)
    JOIN organisation g USING (organisation_id),
    LATERAL (VALUES
        ('fit_exchange', CASE WHEN r.activity_basis = 'name' THEN 'name' ELSE 'class_codes' END,
            CASE WHEN r.activity_basis = 'name' THEN r.name ELSE coalesce(r.class_scheme || ' ' || array_to_string(r.class_codes, ', '), r.name) END),
        ('fit_cause', 'activity_id', g.activity_id),
        -- Both fits of a charity are times this (`bodies.sql`).
        ('fit_exchange', 'activity_confidence', CASE WHEN s.side = 'partner' AND g.sector = 'nonprofit' THEN g.activity_confidence::VARCHAR END),
        ('place', 'postcode', coalesce(g.postcode, g.city)),
        ('capacity', 'size_band', CASE WHEN s.side = 'partner' AND g.size_band <> 'unknown' THEN g.size_band END),
        ('readiness', CASE WHEN g.last_filed_on IS NOT NULL THEN 'last_filed_on' ELSE 'started_on' END, coalesce(g.last_filed_on, g.started_on)::VARCHAR)
    ) AS f(criterion, field, value)
    WHERE f.value IS NOT NULL
    UNION ALL
    SELECT o.opportunity_id, 'partner', d.dealing_id, d.url, 'precedent', d.dealing_kind,
           d.business_name || ' and ' || d.partner_name || coalesce(', ' || d.dealt_on::VARCHAR, '')
    FROM opportunity o
    JOIN precedent_of p ON p.activity_id = o.business_activity_id AND p.partner_id = o.partner_organisation_id
    JOIN dealing d ON list_contains(p.dealings, d.dealing_id)
    UNION ALL
    SELECT o.opportunity_id, 'partner', g.programme_id, g.register_url, f.criterion, f.field, f.value
    FROM opportunity o JOIN programme g ON g.programme_id = o.partner_programme_id,
    LATERAL (VALUES ('fit_exchange', 'topics', array_to_string(g.topics, ', ')), ('fit_cause', 'title', g.title),
                    ('readiness', 'applicants', array_to_string(g.applicants, ', '))) AS f(criterion, field, value)
)
SELECT f.opportunity_id, f.criterion, row_number() OVER (PARTITION BY f.opportunity_id, f.criterion ORDER BY f.side, f.record_id, f.field)::INTEGER AS evidence_number,
       f.side, f.record_id, f.field, f.value, f.url
FROM fact f
JOIN criterion_row c USING (opportunity_id, criterion)
WHERE c.sub_score IS NOT NULL;

CREATE TABLE coverage AS
SELECT b.region_id, b.industry_id, i.industry_name, count(*)::INTEGER AS business_count,
       coalesce(max(x.partners), 0)::INTEGER AS partner_count, coalesce(max(x.opportunities), 0)::INTEGER AS opportunity_count
FROM (SELECT region_id, industry_id FROM organisation
      WHERE sector = 'private' AND region_id IS NOT NULL AND partner_exclusion IS NULL AND NOT is_natural_person) b
JOIN industry i USING (industry_id)
LEFT JOIN (SELECT region_id, industry_id, count(DISTINCT coalesce(partner_organisation_id, partner_programme_id)) AS partners, count(*) AS opportunities
           FROM opportunity GROUP BY ALL) x USING (region_id, industry_id)
GROUP BY b.region_id, b.industry_id, i.industry_name;
