-- One row per organisation out of its records. Inputs: record, bridge(record_id, organisation_id), unique_source, first_seen.
-- Main record: an official register before a licence, then the more telling one, then the older, then the smaller id.

CREATE TABLE member AS
SELECT
    b.organisation_id, r.*,
    row_number() OVER (PARTITION BY b.organisation_id ORDER BY
        u.source IS NULL, r.is_natural_person, r.sector = 'private', r.activity_basis = 'none', r.activity_id = 'landlord',
        r.activity_confidence DESC,
        coalesce(r.started_on, DATE '9999-12-31'), r.record_id) AS place_in_line,
    row_number() OVER (PARTITION BY b.organisation_id ORDER BY
        r.region_id IS NULL, r.street IS NULL, regexp_matches(coalesce(r.street, ''), '(?i)^p\.? ?o\.? ?(box|drawer)'),
        u.source IS NULL, coalesce(r.started_on, DATE '9999-12-31'), r.record_id) AS address_in_line
FROM bridge b JOIN record r USING (record_id) LEFT JOIN unique_source u USING (source);

CREATE TABLE main AS SELECT * FROM member WHERE place_in_line = 1;
CREATE TABLE home AS SELECT * FROM member WHERE address_in_line = 1;

-- Activity: of the records on the main record's side of the sector line, the most telling one.
CREATE TABLE doing AS
SELECT m.organisation_id, m.activity_id, m.activity_basis, m.activity_confidence, m.industry_id, m.class_scheme, m.class_codes
FROM member m JOIN main USING (organisation_id)
WHERE m.sector = main.sector
QUALIFY row_number() OVER (PARTITION BY m.organisation_id ORDER BY m.activity_basis = 'none', m.activity_id = 'landlord', m.activity_confidence DESC,
                           m.place_in_line) = 1;

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

CREATE TABLE organisation AS
SELECT
    m.organisation_id, m.name, m.display_name,
    list_filter(g.all_names, lambda n: n <> m.name) AS other_names,
    m.sector, m.is_natural_person,
    h.street, h.city, h.state, h.postcode, h.country, h.county_name, h.area_code, h.latitude, h.longitude, h.location_precision, h.region_id,
    w.website, w.website_domain, m.description,
    d.class_scheme, d.class_codes, d.activity_id, d.activity_basis, d.activity_confidence, d.industry_id,
    CASE WHEN g.all_inactive THEN 'inactive' ELSE m.status END AS status,
    g.started_on, g.last_filed_on, m.income_amount, m.income_currency, m.size_band,
    CASE
        WHEN g.all_inactive THEN 'inactive'
        WHEN m.is_natural_person THEN 'natural_person'
        WHEN m.sector = 'private' AND g.any_chain THEN 'chain'
        WHEN m.sector = 'private' AND g.all_passive THEN m.partner_exclusion
        WHEN m.sector = 'private' AND m.partner_exclusion IN ('landlord', 'activity_unknown') AND d.activity_basis <> 'none' AND d.activity_id <> 'landlord' THEN NULL
        WHEN m.partner_exclusion IS NULL AND s.organisation_id IS NOT NULL THEN 'collects_for_another'
        ELSE m.partner_exclusion
    END AS partner_exclusion,
    m.register_url, g.record_count, NULL AS merged_into,
    coalesce(f.first_seen, {as_of}::DATE) AS first_seen, {as_of}::DATE AS last_seen,
    g.stale_days, g.sources, g.licences
FROM main m
JOIN home h USING (organisation_id)
JOIN doing d USING (organisation_id)
JOIN gathered g USING (organisation_id)
LEFT JOIN first_seen f USING (organisation_id)
LEFT JOIN supporter s USING (organisation_id)
LEFT JOIN (SELECT organisation_id, min_by(website, place_in_line) AS website, min_by(website_domain, place_in_line) AS website_domain
           FROM member WHERE website IS NOT NULL GROUP BY organisation_id) w USING (organisation_id);

CREATE TABLE identifier AS
SELECT organisation_id, identifier, regexp_extract(identifier, '^([A-Z]+-[A-Z]+)-', 1) AS scheme, min(source) AS source
FROM (SELECT organisation_id, source, unnest(identifiers) AS identifier FROM member)
GROUP BY ALL;

CREATE TABLE location AS
SELECT *, row_number() OVER (PARTITION BY organisation_id ORDER BY first_line, street, postcode, city)::INTEGER AS location_number
FROM (
    SELECT organisation_id, street, city, state, postcode, country, county_name, area_code, latitude, longitude, location_precision, region_id,
           min(source) AS source, min(address_in_line) AS first_line
    FROM member
    GROUP BY ALL
);
