-- Rows of every register → core.organisation_record. Run statement by statement by records.py.
-- Inputs: register_row (sources' rows with source, licence, stale_days, register_url), the tables of places.py, activity,
-- class_activity, permit, name_fact (display name and person flag of each distinct name).
-- {…} are SQL expressions built from our own tables by records.py.

-- Sector per record: a licence may be held by a charity, a congregation or a public body.
CREATE TABLE sectored AS
SELECT
    * REPLACE (CASE
        WHEN sector = 'private' AND regexp_matches(upper(name), {public_pattern}) THEN 'public'
        WHEN sector = 'private' AND regexp_matches(upper(name), {nonprofit_pattern}) THEN 'nonprofit'
        ELSE sector
    END AS sector),
    upper(strip_accents(name)) AS upper_name,
    -- No blank at the end where there is no other name: patterns say where a name ends.
    upper(strip_accents(array_to_string(list_prepend(name, other_names), ' '))) AS upper_names
FROM register_row;

-- What the class says: exact codes and prefixes, longest first; permits say nothing.
CREATE TABLE class_found AS
SELECT s.record_id, arg_max(c.activity_id, (CASE WHEN c.by_prefix THEN 10 * length(c.code) ELSE 0 END - s.position)::BIGINT * 1000 + c.tie) AS activity_id
FROM (
    SELECT record_id, sector, class_scheme, unnest(class_codes) AS code, unnest(range(len(class_codes))) AS position FROM sectored
) AS s
JOIN (SELECT *, row_number() OVER (ORDER BY scheme, sector, code, activity_id) % 1000 AS tie FROM class_activity) AS c
    ON c.scheme = s.class_scheme AND (c.sector IN (s.sector, 'any') OR s.class_scheme LIKE 'licence:%')
    AND (c.code = s.code OR (c.by_prefix AND starts_with(s.code, c.code)))
GROUP BY s.record_id;

-- What the name says, per side; distinct names only, so that each pattern is tried once a name.
CREATE TABLE name_said AS
SELECT
    upper_names,
    {business_any} AS business_any, {business_any_confidence} AS business_any_confidence,
    {business_override} AS business_override, {business_override_confidence} AS business_override_confidence,
    {premises_activity_id} AS premises, {premises_confidence} AS premises_confidence,
    {nonprofit_any} AS nonprofit_any, {nonprofit_any_confidence} AS nonprofit_any_confidence,
    {nonprofit_override} AS nonprofit_override, {nonprofit_override_confidence} AS nonprofit_override_confidence,
    {public_any} AS public_any, {public_any_confidence} AS public_any_confidence,
    {public_override} AS public_override, {public_override_confidence} AS public_override_confidence
FROM (SELECT DISTINCT upper_names FROM sectored);

-- Where neither tells, a charity's own account of what it does may; it is long and says much in passing, so only there.
CREATE TABLE description_said AS
SELECT record_id, {described_as} AS activity_id
FROM (
    SELECT s.record_id, upper(strip_accents(left(s.description, 240))) AS words
    FROM sectored s
    LEFT JOIN class_found a USING (record_id)
    LEFT JOIN activity ga ON ga.activity_id = a.activity_id
    LEFT JOIN name_said n USING (upper_names)
    WHERE s.sector = 'nonprofit' AND s.description IS NOT NULL AND n.nonprofit_any IS NULL AND coalesce(ga.is_generic, true)
      -- The objects of a deed say what a body may do, not what it does.
      AND NOT regexp_matches(upper(left(s.description, 400)), '^(THE )?(CHARITABLE )?OBJECTS (OF THE|ARE)|WITHOUT PREJUDICE TO THE GENERALITY')
);

-- Free words of a chamber's own categories are judged like names.
CREATE TABLE words_said AS
SELECT record_id, CASE sector WHEN 'private' THEN {words_business} WHEN 'nonprofit' THEN {words_nonprofit} ELSE {words_public} END AS activity_id
FROM (SELECT record_id, sector, upper(strip_accents(array_to_string(class_codes, ' '))) AS words FROM sectored WHERE class_scheme = 'WORDS');

CREATE TABLE tagged AS
SELECT
    s.*,
    coalesce(a.activity_id, w.activity_id) AS class_activity_id,
    e.activity_id AS description_activity_id,
    CASE
        WHEN s.sector = 'nonprofit' THEN coalesce(n.nonprofit_override, CASE WHEN a.activity_id IS NULL OR ga.is_generic OR ga.side <> 'nonprofit' THEN n.nonprofit_any END)
        -- A food register knows pubs, hotels, supermarkets and vans for what they are; of the rest the name tells more. Words of
        -- other trades mean nothing there (Abbey Lawns Care Home is no landscaper).
        WHEN s.sector = 'private' AND s.class_scheme = 'FHRS' THEN CASE WHEN coalesce(a.activity_id, '') NOT IN ('bar', 'hotel', 'grocer', 'food_truck', 'farm') OR a.activity_id = 'hotel' AND n.premises = 'bar'
            -- A bingo hall has a bar, and is none.
            OR n.premises IN ('betting_shop', 'adult_venue') THEN n.premises END
        WHEN s.sector = 'private' THEN coalesce(n.business_override, CASE WHEN a.activity_id IS NULL OR ga.is_generic THEN n.business_any END)
        ELSE coalesce(n.public_override, CASE WHEN a.activity_id IS NULL OR ga.side <> 'public' THEN n.public_any END)
    END AS name_activity_id,
    CASE
        WHEN s.sector = 'nonprofit' THEN CASE WHEN n.nonprofit_override IS NOT NULL THEN n.nonprofit_override_confidence ELSE n.nonprofit_any_confidence END
        WHEN s.sector = 'private' AND s.class_scheme = 'FHRS' THEN n.premises_confidence
        WHEN s.sector = 'private' THEN CASE WHEN n.business_override IS NOT NULL THEN n.business_override_confidence ELSE n.business_any_confidence END
        WHEN n.public_override IS NOT NULL THEN n.public_override_confidence
        ELSE n.public_any_confidence
    END AS name_confidence,
    CASE WHEN s.sector = 'nonprofit' THEN n.nonprofit_any END AS named_activity_id
FROM sectored s
LEFT JOIN class_found a USING (record_id)
LEFT JOIN words_said w USING (record_id)
LEFT JOIN description_said e USING (record_id)
LEFT JOIN activity ga ON ga.activity_id = coalesce(a.activity_id, w.activity_id)
LEFT JOIN name_said n USING (upper_names);

-- Every postcode with the place it lies in: itself, else (in Britain) its sector, else its outcode.
CREATE TABLE postcode_place AS
SELECT d.country, d.postcode, p.* EXCLUDE (country, place)
FROM (
    SELECT country, postcode, unnest([1, 2, 3]) AS nearness,
           unnest([postcode, regexp_extract(postcode, '^(.+ [0-9])[A-Z]{2}$', 1), regexp_extract(postcode, '^([A-Z0-9]+) ', 1)]) AS place
    FROM (SELECT DISTINCT country, postcode FROM sectored WHERE postcode IS NOT NULL)
) d
JOIN place p ON p.country = d.country AND p.place = d.place
QUALIFY row_number() OVER (PARTITION BY d.country, d.postcode ORDER BY d.nearness) = 1;

-- A coalition, or a state-wide association, speaks for a kind of body and is not one; a foundation collects for one.
CREATE TABLE called AS
SELECT
    * EXCLUDE (called_activity_id) REPLACE (
        coalesce(called_activity_id, name_activity_id) AS name_activity_id,
        CASE WHEN called_activity_id IS NULL THEN name_confidence ELSE 0.85 END AS name_confidence
    )
FROM (
    SELECT
        t.*,
        CASE
            WHEN t.sector = 'nonprofit' AND coalesce(k.side, 'nonprofit') = 'nonprofit' AND NOT list_contains({keeps_its_kind}, coalesce(t.name_activity_id, t.class_activity_id, ''))
                AND (regexp_matches(t.upper_name, '\b(COALITION|ALLIANCE|NETWORK|FEDERATION|ADVOCATES|POLICY|IMPROVING|AWARENESS)\b')
                     OR (contains(t.upper_name, upper(coalesce(z.state_name, '?'))) AND regexp_matches(t.upper_name, '\b(ASSOCIATION|ASSN|COUNCIL|CONFERENCE)\b')))
                THEN 'umbrella_body'
            WHEN t.sector = 'nonprofit' AND regexp_matches(t.upper_name, '\bFOUNDATION( INC| INCORPORATED)?$')
                AND list_contains({foundation_collects}, coalesce(t.name_activity_id, t.class_activity_id, '')) THEN 'fundraising_group'
        END AS called_activity_id
    FROM tagged t
    LEFT JOIN activity k ON k.activity_id = t.name_activity_id
    LEFT JOIN us_state z ON z.state = t.state
);

-- A class of the other side (a daycare licence held by a church) does not describe the body; its name or nothing does.
CREATE TABLE placed AS
SELECT
    t.*,
    CASE
        WHEN t.name_activity_id IS NOT NULL THEN t.name_activity_id
        -- Academies of every sort carry university codes; one with students and laboratories says so in its name.
        WHEN t.class_activity_id = 'university' AND NOT regexp_matches(t.upper_names, 'UNIVERSIT|COLLEGE|POLYTECHNIC') THEN 'student_services'
        WHEN t.description_activity_id IS NOT NULL THEN t.description_activity_id
        WHEN t.class_activity_id = 'public_university' AND NOT regexp_matches(t.upper_names, 'UNIVERSIT|POLYTECHNIC|SCHOOL OF|INSTITUTE' || CASE t.country WHEN 'GB' THEN '' ELSE '|COLLEGE' END)
            THEN 'other_nonprofit'  -- a British college is a school as often as not
        WHEN g.side = CASE t.sector WHEN 'private' THEN 'business' ELSE t.sector END THEN t.class_activity_id
        WHEN t.sector = 'nonprofit' THEN 'other_nonprofit'
        WHEN t.sector = 'public' THEN 'government_agency'
        ELSE 'other_business'
    END AS activity_id,
    CASE
        WHEN t.name_activity_id IS NOT NULL THEN 'name'
        WHEN t.description_activity_id IS NOT NULL THEN 'description'
        WHEN g.side = CASE t.sector WHEN 'private' THEN 'business' ELSE t.sector END THEN 'class'
        ELSE 'none'
    END AS activity_basis,
    p.county_name,
    p.area_code,
    p.city AS place_city,
    coalesce(t.latitude, p.latitude) AS at_latitude,
    coalesce(t.longitude, p.longitude) AS at_longitude,
    CASE
        WHEN t.latitude IS NOT NULL AND t.street IS NULL THEN 'city'
        WHEN t.latitude IS NOT NULL THEN 'point'
        WHEN p.latitude IS NOT NULL THEN p.location_precision
        ELSE 'none'
    END AS location_precision
FROM called t
LEFT JOIN activity g ON g.activity_id = t.class_activity_id
LEFT JOIN postcode_place p ON p.country = t.country AND p.postcode = t.postcode;

-- First region of the profile whose official code, postcode, county or (where the postcode tells nothing) city it has.
CREATE TABLE region_found AS
SELECT record_id, min_by(region_id, region_number) AS region_id
FROM (
    SELECT d.record_id, r.region_id, r.region_number FROM placed d JOIN area_within a ON a.code = d.area_code JOIN region_code r ON r.code = a.within_code
    UNION ALL
    SELECT d.record_id, r.region_id, r.region_number FROM placed d JOIN region_postcode r ON starts_with(d.postcode, r.prefix) AND (NOT r.whole OR d.postcode = r.prefix)
    UNION ALL
    SELECT d.record_id, r.region_id, r.region_number FROM placed d JOIN region_county r ON lower(d.county_name) = lower(r.county_name) AND d.state = r.state
    UNION ALL
    SELECT d.record_id, r.region_id, r.region_number FROM placed d JOIN region_city r ON lower(d.city) = lower(r.city) AND coalesce(d.state = r.state, true) AND d.country = r.country
    WHERE d.county_name IS NULL
)
GROUP BY record_id;

CREATE TABLE organisation_record AS
WITH named AS (
    SELECT
        d.*,
        f.display_name,
        f.names_officer,
        d.sector = 'private' AND (f.is_person OR (d.activity_id = 'landlord' AND f.is_usual_person)) AS is_natural_person,
        -- Reduced for comparison: folded, `&` spelled out, no punctuation, no legal form at the end.
        {spelled_out} AS folded, z.state_name
    FROM placed d LEFT JOIN us_state z ON z.state = d.state JOIN name_fact f
        ON f.name = d.name AND f.source_mended IS NOT DISTINCT FROM d.mended_name AND f.chapter_name IS NOT DISTINCT FROM d.chapter_name
),
reduced AS (
    SELECT *, coalesce(nullif(trim(regexp_replace(regexp_replace(folded, {legal_form_end}, ''), '^the ', '')), ''), folded) AS bare
    FROM named
)
SELECT
    n.record_id, n.source, n.native_id, n.name, n.display_name,
    -- A state's code stands for its name (CENTRAL AR is CENTRAL ARKANSAS), once CO and PA as legal forms are gone.
    trim(replace(' ' || n.bare || ' ', ' ' || lower(coalesce(n.state, '?')) || ' ', ' ' || lower(coalesce(n.state_name, n.state, '?')) || ' ')) AS match_name,
    nullif(regexp_extract(n.folded, {legal_form_end}, 1), '') AS legal_form,
    CASE WHEN n.names_officer THEN [] ELSE list_sort(n.other_names) END AS other_names,
    n.sector, n.is_natural_person,
    n.street,
    coalesce(n.place_city, n.city) AS city,
    n.state, n.postcode, n.country, n.county_name, n.area_code,
    n.at_latitude AS latitude, n.at_longitude AS longitude, n.location_precision,
    r.region_id,
    n.website,
    nullif(regexp_extract(lower(n.website), '^(?:[a-z]+://)?(?:www\.)?([a-z0-9.-]+\.[a-z]{2,})', 1), '') AS website_domain,
    n.description, n.class_scheme, n.class_codes,
    n.activity_id, n.activity_basis,
    CASE n.activity_basis
        WHEN 'name' THEN n.name_confidence
        WHEN 'description' THEN 0.6
        WHEN 'class' THEN CASE
            WHEN a.is_generic THEN 0.5
            -- A charity picks its class itself, and a slip of it is seldom noticed: a name that says the same vouches for it, one
            -- that says something else speaks against it.
            WHEN n.sector = 'nonprofit' AND n.named_activity_id IS NULL THEN 0.8
            WHEN n.sector = 'nonprofit' AND n.named_activity_id <> n.activity_id THEN 0.65
            ELSE 0.95 END
        ELSE 0.0
    END AS activity_confidence,
    a.industry_id,
    n.status, n.started_on, n.last_filed_on, n.income_amount, n.income_currency,
    coalesce(n.size_band, 'unknown') AS size_band,
    CASE
        WHEN n.status = 'inactive' THEN 'inactive'
        WHEN n.is_natural_person THEN 'natural_person'
        WHEN len(n.flags) > 0 THEN n.flags[1]
        WHEN n.sector = 'private' AND {is_chain} THEN 'chain'
        WHEN n.sector = 'private' AND regexp_matches(n.upper_name, {holding_pattern}) THEN 'holding_company'
        WHEN n.activity_id = 'landlord' THEN 'landlord'
        WHEN n.activity_id = 'department_store' THEN 'chain'
        WHEN n.activity_id IN ('membership_body', 'campaign_group') THEN n.activity_id
        WHEN n.activity_id = 'grantmaker' THEN 'private_foundation'
        WHEN n.activity_id IN ('other_nonprofit', 'other_business') THEN 'activity_unknown'
    END AS partner_exclusion,
    list_sort(n.identifiers) AS identifiers,
    list_sort(n.parent_identifiers) AS parent_identifiers, n.parent_name, n.parent_kind, n.centre_of,
    n.register_url, n.licence, n.stale_days
FROM reduced n
LEFT JOIN region_found r USING (record_id)
JOIN activity a ON a.activity_id = n.activity_id;
