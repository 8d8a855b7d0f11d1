-- Who may be put together: businesses and partners of the regions. Inputs: organisation, goal(goal_id, resource_id),
-- wish(business_id, goal_id; no business_id: every business), as_of(). Outputs: business, cell, partner.
-- Businesses of one activity, place and standing see the same partners, so they are scored once, as a cell.

CREATE TABLE business AS
SELECT
    *, dense_rank() OVER (ORDER BY region_id, activity_id, latitude, longitude, ready, at_home, wanted) AS cell_id
FROM (
    SELECT organisation_id, region_id, activity_id, latitude, longitude,
           -- A flat is no place to offer jobs, rooms or storage in, and neither is a van.
           regexp_matches(coalesce(street, ''), '(?i)\b(apt|apartment|lot|trlr)\b') OR regexp_matches(name, '(?i)\bmobile (auto|car|mechanic|diesel|tire|truck|service|repair|weld|groom|detail|wash|notary|massage|vet)|\bon the go\b') AS at_home,
           CASE WHEN started_on IS NULL THEN NULL WHEN started_on <= as_of() - INTERVAL 1 YEAR THEN 1.0 ELSE 0.6 END AS ready,
           -- Resources that serve the goals of the business and of its chamber.
           coalesce(w.wanted, []) AS wanted
    FROM organisation
    LEFT JOIN (
        SELECT o.organisation_id, list(DISTINCT g.resource_id ORDER BY g.resource_id) AS wanted
        FROM organisation o JOIN wish w ON w.business_id IS NULL OR w.business_id = o.organisation_id JOIN goal g USING (goal_id)
        WHERE o.sector = 'private' GROUP BY o.organisation_id
    ) w USING (organisation_id)
    WHERE sector = 'private' AND region_id IS NOT NULL AND partner_exclusion IS NULL AND NOT is_natural_person AND status <> 'inactive'
);

CREATE TABLE cell AS
SELECT DISTINCT cell_id, region_id, activity_id, latitude, longitude, ready, at_home, wanted FROM business;

CREATE TABLE partner AS
SELECT
    organisation_id, region_id, activity_id, sector, size_band,
    -- What a charity is taken for may be wrong: it picks its class itself.
    CASE WHEN sector = 'nonprofit' THEN activity_confidence ELSE 1.0 END AS sure,
    -- Pupils too young for work or placements.
    activity_id IN ('school', 'public_school') AND regexp_matches(upper(name), '\b(PRIMARY|C ?P|INFANTS?|JUNIORS?|NURSERY|PREP(ARATORY)?|JMI|ELEMENTARY)\b') AS is_primary,
    -- A post-office box says where the letters go, not where the body works.
    CASE WHEN regexp_matches(coalesce(street, ''), '(?i)^p\.? ?o\.? ?(box|drawer)') THEN NULL ELSE latitude END AS latitude,
    CASE WHEN regexp_matches(coalesce(street, ''), '(?i)^p\.? ?o\.? ?(box|drawer)') THEN NULL ELSE longitude END AS longitude,
    -- A small business gets furthest with a partner that has staff but still answers the phone.
    CASE size_band WHEN 'micro' THEN 0.5 WHEN 'small' THEN 0.9 WHEN 'medium' THEN 1.0 WHEN 'large' THEN 0.7 END AS capacity,
    CASE
        WHEN last_filed_on IS NOT NULL THEN CASE WHEN last_filed_on >= as_of() - INTERVAL 30 MONTH THEN 1.0 ELSE 0.4 END
        WHEN sector = 'public' AND status = 'active' THEN 0.8
        -- Too new to have filed: real, but not yet proven.
        WHEN started_on > as_of() - INTERVAL 18 MONTH THEN 0.5
    END AS ready
FROM organisation
WHERE (sector IN ('nonprofit', 'public') OR {cross_industry}) AND region_id IS NOT NULL AND partner_exclusion IS NULL AND NOT is_natural_person
  AND status <> 'inactive';
