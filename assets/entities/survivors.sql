-- One row per organisation out of its records, and what its records say beside it.
-- Inputs: record, bridge(record_id, organisation_id), source_order, past_organisation, as_of().
--
-- Which record speaks for which part of an organisation; the first difference decides:
--   identity  name, sector, status, description   source order, tells more  |
--   place     address, coordinates, region        tells more, source order  | then newer, then more complete,
--   activity  activity, classes                   tells more, source order  | then the smaller record_id
--   website   website                             source order              |
--   income    income, currency, size band         source order              |
-- Source order: `source_order.csv`, 1 is asked first, `*` is any register not named there. Newer: the register fetched later, then
-- the record filed or begun later. What is not chosen is kept in `organisation_value`.

CREATE TABLE member AS
SELECT
    b.organisation_id, r.*, coalesce(r.last_filed_on, r.started_on, DATE '0001-01-01') AS newest,
    (r.street IS NOT NULL)::INTEGER + (r.postcode IS NOT NULL)::INTEGER + (r.website IS NOT NULL)::INTEGER + (r.description IS NOT NULL)::INTEGER
        + (r.income_amount IS NOT NULL)::INTEGER + (r.started_on IS NOT NULL)::INTEGER + (len(r.class_codes) > 0)::INTEGER AS known_count,
    CASE WHEN o.source IS NULL THEN e ELSE o END AS asked
FROM bridge b
JOIN record r USING (record_id)
LEFT JOIN source_order o ON o.source = r.source
CROSS JOIN (FROM source_order WHERE source = '*') e;

-- How much a record tells, each as a list of faults: the smaller list tells more.
CREATE MACRO faults_of_activity(basis, activity, confidence) AS
    [(basis = 'none')::INTEGER, (activity IS NOT DISTINCT FROM 'landlord')::INTEGER, (100 - 100 * coalesce(confidence, 0))::INTEGER];
CREATE MACRO faults_of_place(region, street) AS
    [(region IS NULL)::INTEGER, (street IS NULL)::INTEGER, regexp_matches(coalesce(street, ''), '(?i)^p\.? ?o\.? ?(box|drawer)')::INTEGER];

-- Everyone who could speak for a part, in order. `faults` are looked at before the source order, `faults_then` after it.
CREATE TABLE line (
    part VARCHAR, organisation_id VARCHAR, record_id VARCHAR, faults INTEGER[], source_order INTEGER, faults_then INTEGER[],
    stale_days INTEGER, newest DATE, known_count INTEGER, turn BIGINT
);
CREATE VIEW candidate AS
SELECT 'identity' AS part, organisation_id, record_id, []::INTEGER[] AS faults, asked.identity AS source_order,
    [is_natural_person::INTEGER, (sector = 'private')::INTEGER] || faults_of_activity(activity_basis, activity_id, activity_confidence) AS faults_then,
    stale_days, newest, known_count
FROM member;

CREATE MACRO in_line() AS TABLE
    SELECT *, row_number() OVER (PARTITION BY part, organisation_id
        ORDER BY faults, source_order, faults_then, stale_days, newest DESC, known_count DESC, record_id)
    FROM candidate;
INSERT INTO line FROM in_line();
CREATE TABLE main AS SELECT m.* FROM member m SEMI JOIN (FROM line WHERE part = 'identity' AND turn = 1) USING (record_id);

CREATE OR REPLACE VIEW candidate AS
SELECT 'place' AS part, organisation_id, record_id, faults_of_place(region_id, street) AS faults, asked.place AS source_order, []::INTEGER[] AS faults_then,
    stale_days, newest, known_count
FROM member
UNION ALL
-- A charity that runs a shop does what the charity does: first those on the main record's side of the sector line.
SELECT 'activity', organisation_id, m.record_id,
    [(m.sector <> main.sector)::INTEGER] || faults_of_activity(m.activity_basis, m.activity_id, m.activity_confidence), m.asked.activity, [],
    m.stale_days, m.newest, m.known_count
FROM member m JOIN main USING (organisation_id)
UNION ALL
SELECT 'website', organisation_id, record_id, [], asked.website, [], stale_days, newest, known_count FROM member WHERE website IS NOT NULL
UNION ALL
SELECT 'income', organisation_id, record_id, [], asked.income, [], stale_days, newest, known_count FROM member WHERE income_amount IS NOT NULL;
INSERT INTO line FROM in_line();

CREATE TABLE gathered AS
SELECT
    organisation_id,
    count(*)::INTEGER AS record_count,
    list_sort(list_distinct(list(source ORDER BY source))) AS sources,
    list_sort(list_distinct(list(licence ORDER BY licence))) AS licences,
    list_sort(list_distinct(flatten(list(list_append(other_names, name) ORDER BY record_id)))) AS all_names,
    max(stale_days) AS stale_days,
    min(started_on) AS started_on,
    max(last_filed_on) AS last_filed_on,
    bool_and(status = 'inactive') AS all_inactive,
    bool_or(partner_exclusion = 'chain') AS any_chain,
    bool_and(coalesce(partner_exclusion IN ('landlord', 'holding_company', 'activity_unknown'), false)) AS all_passive
FROM member GROUP BY organisation_id;

-- `X Foundation` beside `X` collects for it: the one to meet is X. Two words must agree in full, three as a beginning.
CREATE TABLE supporter AS
SELECT DISTINCT f.organisation_id
FROM (
    SELECT organisation_id, state, trim(regexp_replace(match_name, ' (foundation|trust fund|endowment|auxiliary)$', '')) AS supported
    FROM main WHERE sector = 'nonprofit' AND regexp_matches(match_name, ' (foundation|trust fund|endowment|auxiliary)$')
) f
JOIN main m ON m.organisation_id <> f.organisation_id AND m.state = f.state AND m.sector IN ('nonprofit', 'public') AND (
    (m.match_name = f.supported AND len(string_split(f.supported, ' ')) >= 2)
    OR (starts_with(m.match_name, f.supported || ' ') AND len(string_split(f.supported, ' ')) >= 3
        AND NOT regexp_matches(m.match_name, ' (foundation|trust fund|endowment|auxiliary)$')));

-- The record that speaks for each part.
CREATE VIEW speaker AS
SELECT l.part, m.* FROM line l JOIN member m USING (record_id) WHERE l.turn = 1;

CREATE TABLE organisation AS
SELECT
    m.organisation_id, m.name, m.display_name,
    list_filter(g.all_names, lambda n: n <> m.name) AS other_names,
    m.sector, m.is_natural_person,
    h.street, h.city, h.state, h.postcode, h.country, h.county_name, h.area_code, h.latitude, h.longitude, h.location_precision, h.region_id,
    w.website, w.website_domain, m.description,
    d.class_scheme, d.class_codes, d.activity_id, d.activity_basis, d.activity_confidence, d.industry_id,
    CASE WHEN g.all_inactive THEN 'inactive' ELSE m.status END AS status,
    g.started_on, g.last_filed_on, i.income_amount, i.income_currency, coalesce(i.size_band, m.size_band) AS size_band,
    CASE
        WHEN g.all_inactive THEN 'inactive'
        WHEN m.is_natural_person THEN 'natural_person'
        WHEN m.sector = 'private' AND g.any_chain THEN 'chain'
        WHEN m.sector = 'private' AND g.all_passive THEN m.partner_exclusion
        WHEN m.sector = 'private' AND m.partner_exclusion IN ('landlord', 'activity_unknown') AND d.activity_basis <> 'none' AND d.activity_id <> 'landlord' THEN NULL
        WHEN m.partner_exclusion IS NULL AND s.organisation_id IS NOT NULL THEN 'collects_for_another'
        ELSE m.partner_exclusion
    END AS partner_exclusion,
    m.register_url, g.record_count, NULL::VARCHAR AS merged_into,
    coalesce(f.first_seen, as_of()) AS first_seen, as_of() AS last_seen,
    g.stale_days, g.sources, g.licences
FROM main m
JOIN speaker h ON h.part = 'place' AND h.organisation_id = m.organisation_id
JOIN speaker d ON d.part = 'activity' AND d.organisation_id = m.organisation_id
LEFT JOIN speaker w ON w.part = 'website' AND w.organisation_id = m.organisation_id
LEFT JOIN speaker i ON i.part = 'income' AND i.organisation_id = m.organisation_id
JOIN gathered g ON g.organisation_id = m.organisation_id
LEFT JOIN past_organisation f ON f.organisation_id = m.organisation_id
LEFT JOIN supporter s ON s.organisation_id = m.organisation_id;

-- What the records of a body say where there are two or more: each value once, held by the first in line who says so.
CREATE TABLE organisation_value AS
WITH said AS (
    SELECT l.*, m.source, v.field, v.value
    FROM line l
    JOIN (SELECT organisation_id FROM gathered WHERE record_count > 1) USING (organisation_id)
    JOIN member m ON m.record_id = l.record_id,
    LATERAL (VALUES
        ('identity', 'name', m.name), ('identity', 'sector', m.sector), ('identity', 'status', m.status), ('identity', 'description', m.description),
        ('place', 'street', m.street), ('place', 'city', m.city), ('place', 'state', m.state), ('place', 'postcode', m.postcode),
        ('place', 'region_id', m.region_id), ('activity', 'activity_id', m.activity_id), ('website', 'website', m.website),
        ('income', 'income_amount', m.income_currency || ' ' || m.income_amount)
    ) AS v(part, field, value)
    WHERE v.part = l.part AND v.value IS NOT NULL
),
once AS (
    SELECT * FROM said QUALIFY row_number() OVER (PARTITION BY organisation_id, field, value ORDER BY turn) = 1
),
beside AS (
    SELECT *, lead({'faults': faults, 'source_order': source_order, 'faults_then': faults_then, 'stale_days': stale_days, 'newest': newest,
                    'known_count': known_count}) OVER (PARTITION BY organisation_id, field ORDER BY turn) AS runner_up
    FROM once
)
SELECT
    organisation_id, field, value, record_id, source, turn = 1 AS is_chosen,
    CASE
        WHEN turn > 1 THEN NULL
        WHEN runner_up IS NULL THEN 'only_value'
        WHEN faults <> runner_up.faults THEN 'tells_more'
        WHEN source_order <> runner_up.source_order THEN 'source_order'
        WHEN faults_then <> runner_up.faults_then THEN 'tells_more'
        WHEN stale_days <> runner_up.stale_days OR newest <> runner_up.newest THEN 'newer'
        WHEN known_count <> runner_up.known_count THEN 'more_complete'
        ELSE 'smaller_record_id'
    END AS chosen_because
FROM beside;

CREATE TABLE identifier AS
SELECT organisation_id, identifier, regexp_extract(identifier, '^([A-Z]+-[A-Z]+)-', 1) AS scheme, min(source) AS source
FROM (SELECT organisation_id, source, unnest(identifiers) AS identifier FROM member)
GROUP BY ALL;

CREATE TABLE location AS
SELECT *, row_number() OVER (PARTITION BY organisation_id ORDER BY first_line, street, postcode, city)::INTEGER AS location_number
FROM (
    SELECT m.organisation_id, street, city, state, postcode, country, county_name, area_code, latitude, longitude, location_precision, region_id,
           min(m.source) AS source, min(l.turn) AS first_line
    FROM member m JOIN line l ON l.part = 'place' AND l.record_id = m.record_id
    GROUP BY ALL
);
