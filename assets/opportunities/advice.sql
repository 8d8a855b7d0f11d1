-- What to know and to do about each opportunity. Inputs: opportunity, criterion_row, organisation, programme, the ontology's tables,
-- the tables of advice.py, as_of(). Outputs: risk_row, measure_row, told (opportunity with risk_flags, benefits and themes).

-- What both sides are, beside the opportunity.
CREATE TABLE fact AS
SELECT
    o.opportunity_id, o.partner_kind, o.partner_sector, o.partner_name, o.business_name, o.business_activity_id, o.partner_activity_id,
    o.give, o.get, o.give_resource_id, o.get_resource_id, o.partnership_type, o.stale_days, o.evidence_coverage, o.partner_postcode,
    said_in(b.country, k.activity_name) AS partner_activity, b.size_band AS business_size, p.size_band AS partner_size, p.last_filed_on, g.closes_on,
    c.criterion, least(1, c.contribution / nullif(o.score, 0)) AS share
FROM opportunity o
JOIN organisation b ON b.organisation_id = o.business_id
LEFT JOIN organisation p ON p.organisation_id = o.partner_organisation_id
LEFT JOIN programme g ON g.programme_id = o.partner_programme_id
LEFT JOIN activity k ON k.activity_id = o.partner_activity_id
LEFT JOIN (
    SELECT opportunity_id, criterion, contribution
    FROM criterion_row
    QUALIFY row_number() OVER (PARTITION BY opportunity_id ORDER BY contribution DESC, criterion) = 1
) c USING (opportunity_id);

-- Which risks hold, and the thing that brings them where it is a thing.
CREATE TABLE risk_sign AS
SELECT f.opportunity_id, r.risk, string_agg(CASE r.direction WHEN 'give' THEN f.give ELSE f.get END, ' and ' ORDER BY r.direction DESC) AS thing
FROM fact f
JOIN risk_of r ON (r.direction = 'give' AND r.resource_id = f.give_resource_id) OR (r.direction = 'get' AND r.resource_id = f.get_resource_id)
GROUP BY f.opportunity_id, r.risk
UNION ALL
-- 0.7: what a body mainly works for, not what it also cares about.
SELECT DISTINCT f.opportunity_id, r.risk, NULL
FROM fact f
JOIN cause_of c ON c.activity_id = f.partner_activity_id AND c.weight >= 0.7
JOIN risk_cause r USING (cause_id)
ANTI JOIN risk_of n ON n.risk = r.risk AND n.direction = 'not_give' AND n.resource_id = f.give_resource_id
UNION ALL
-- 0.8: what a business offers with such a weight it lives by. A programme of training or advice takes no trade away.
SELECT DISTINCT f.opportunity_id, t.risk, NULL
FROM fact f
JOIN own_trade t USING (get_resource_id)
JOIN offer o ON o.activity_id = f.business_activity_id AND o.resource_id = t.resource_id AND o.weight >= 0.8
WHERE f.partner_kind = 'organisation'
UNION ALL
SELECT f.opportunity_id, s.risk, NULL
FROM fact f, LATERAL (VALUES
    ('check_eligibility', f.partner_kind = 'programme'),
    ('closing_soon', f.closes_on <= as_of() + INTERVAL 30 DAY),
    ('deadline_unknown', f.partner_kind = 'programme' AND f.closes_on IS NULL),
    ('public_procurement_rules', f.partner_kind = 'organisation' AND f.partner_sector = 'public'),
    -- The businesses of a chamber are small unless a register says otherwise. Two bands apart is a hundred times the income.
    ('size_imbalance', CASE WHEN f.business_size = 'unknown' THEN f.partner_size = 'large'
        ELSE abs(list_position(['micro', 'small', 'medium', 'large'], f.business_size)
               - list_position(['micro', 'small', 'medium', 'large'], f.partner_size)) >= 2 END),
    -- As the criterion readiness has it.
    ('late_filing', f.last_filed_on < as_of() - INTERVAL 30 MONTH),
    ('stale_source', f.stale_days > 45),
    ('one_source_only', f.evidence_coverage < 0.5 OR f.share >= 0.7),
    ('coordination_cost', f.partnership_type = 'integrative'),
    ('one_sided', f.partnership_type = 'philanthropic')
) AS s(risk, holds)
WHERE s.holds;

CREATE MACRO size_words(band) AS
    CASE band WHEN 'micro' THEN 'very small' WHEN 'small' THEN 'small' WHEN 'medium' THEN 'middle-sized' WHEN 'large' THEN 'large' ELSE 'of unknown size' END;

CREATE MACRO day_words(day) AS strftime(day, '%-d %B %Y');

-- Names come last: a name with braces in it is left as it is.
CREATE TABLE risk_row AS
SELECT
    s.opportunity_id, s.risk, r.risk_number, r.mitigation,
    list_reduce(
        [[r.why, ''], ['{closes_on}', coalesce(day_words(f.closes_on), '')], ['{filed_on}', coalesce(day_words(f.last_filed_on), '')],
         ['{stale_days}', f.stale_days::VARCHAR],
         ['{coverage}', round(100 * f.evidence_coverage)::INTEGER::VARCHAR], ['{share}', coalesce(round(100 * f.share)::INTEGER::VARCHAR, '')],
         ['{criterion}', coalesce(w.words, '')], ['{business_size}', size_words(f.business_size)], ['{partner_size}', size_words(f.partner_size)],
         ['{partner_kind}', coalesce(f.partner_activity, '')], ['{postcode}', coalesce(f.partner_postcode, '')],
         ['{thing}', coalesce(s.thing, '')], ['{give}', f.give], ['{get}', f.get], ['{business}', f.business_name], ['{partner}', f.partner_name]],
        lambda text, slot: [replace(text[1], slot[1], slot[2]), '']
    )[1] AS why
FROM risk_sign s
JOIN risk r USING (risk)
JOIN fact f USING (opportunity_id)
LEFT JOIN (VALUES ('fit_exchange', 'what they could exchange'), ('fit_cause', 'a cause in common'), ('precedent', 'others who did the same'),
                  ('place', 'how near they are'), ('capacity', 'the size of the partner'), ('readiness', 'their standing')) AS w(criterion, words) USING (criterion);

-- What is given is counted first, then what comes back; nothing is counted twice.
CREATE TABLE measure_row AS
SELECT opportunity_id, row_number() OVER (PARTITION BY opportunity_id ORDER BY direction, place_in_line)::INTEGER AS measure_number,
       m.metric, m.unit, m.side, m.baseline_needed, m.target
FROM (
    SELECT o.opportunity_id, x.direction, l.place_in_line, l.measure
    FROM opportunity o, LATERAL (VALUES (1, o.give_resource_id), (2, o.get_resource_id)) AS x(direction, resource_id)
    JOIN measure_of l ON l.resource_id = x.resource_id
    QUALIFY row_number() OVER (PARTITION BY o.opportunity_id, l.measure ORDER BY x.direction) = 1
)
JOIN measure m USING (measure);

-- Each side draws what it receives brings. Good is done for both where what changes hands does much (0.6) for people or nature; a
-- public programme exists for it. What a programme receives from a business is a case of its purpose, no resource.
CREATE TABLE benefit_row AS
SELECT DISTINCT o.opportunity_id, s.side, b.benefit
FROM opportunity o, LATERAL (VALUES ('business', o.get_resource_id), ('partner', o.give_resource_id)) AS s(side, resource_id)
JOIN benefit_of b USING (resource_id)
UNION
SELECT o.opportunity_id, s.side, 'social_impact'
FROM opportunity o CROSS JOIN (VALUES ('business'), ('partner')) AS s(side)
WHERE (o.partner_kind = 'programme' AND s.side = 'partner')
   OR EXISTS (SELECT 1 FROM resource r WHERE r.resource_id IN (o.give_resource_id, o.get_resource_id) AND greatest(r.social, r.environmental) >= 0.6);

CREATE TABLE theme_row AS
SELECT DISTINCT o.opportunity_id, t.theme, t.theme_number
FROM opportunity o JOIN theme_of t ON t.resource_id IN (o.give_resource_id, o.get_resource_id)
UNION
SELECT DISTINCT o.opportunity_id, t.theme, t.theme_number
FROM opportunity o
JOIN (SELECT activity_id, cause_id, weight FROM cause_of UNION ALL SELECT 'programme:' || topic_id, cause_id, weight FROM topic_cause) c
    ON c.activity_id = o.partner_activity_id AND c.weight >= 0.7
JOIN theme_of t USING (cause_id);

CREATE TABLE told AS
SELECT
    o.*,
    coalesce(r.flags, []) AS risk_flags,
    coalesce(b.business_benefits, []) AS business_benefits, coalesce(b.partner_benefits, []) AS partner_benefits,
    coalesce(t.themes, []) AS themes
FROM opportunity o
LEFT JOIN (SELECT opportunity_id, list(risk ORDER BY risk_number) AS flags FROM risk_row GROUP BY opportunity_id) r USING (opportunity_id)
LEFT JOIN (
    SELECT opportunity_id, list(benefit ORDER BY benefit) FILTER (side = 'business') AS business_benefits,
           list(benefit ORDER BY benefit) FILTER (side = 'partner') AS partner_benefits
    FROM benefit_row GROUP BY opportunity_id
) b USING (opportunity_id)
LEFT JOIN (SELECT opportunity_id, list(theme ORDER BY theme_number) AS themes FROM theme_row GROUP BY opportunity_id) t USING (opportunity_id);
