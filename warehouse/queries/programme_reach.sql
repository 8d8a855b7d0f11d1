-- Open to businesses as the ranking sees it: `anyone` in a federal listing seldom means a firm, so a business must be named.
WITH region AS (
    SELECT DISTINCT region_id, country FROM core.organisation WHERE region_id IS NOT NULL AND country IS NOT NULL
), programme AS (
    SELECT r.region_id, p.programme_id, p.title, p.agency, p.industries
    FROM core.programme AS p
    JOIN region AS r ON p.country IS NULL OR p.country = r.country
    WHERE p.status = 'open' AND p.partner_exclusion IS NULL
      AND (list_contains(p.applicants, 'small_business') OR list_contains(p.applicants, 'business'))
), industry AS (
    SELECT region_id, industry_id FROM mart.coverage
    UNION
    SELECT region_id, unnest(industries) FROM programme
), taken AS (
    SELECT region_id, industry_id, business_id, partner_programme_id AS programme_id
    FROM mart.opportunity WHERE partner_programme_id IS NOT NULL
    UNION ALL
    SELECT region_id, industry_id, business_id, funding_programme_id
    FROM mart.opportunity WHERE funding_programme_id IS NOT NULL
), taker AS (
    SELECT region_id, industry_id, programme_id, count(DISTINCT business_id) AS taker_count
    FROM taken GROUP BY region_id, industry_id, programme_id
)
SELECT p.region_id, i.industry_id, p.programme_id, p.title, p.agency, len(p.industries) > 0 AS names_industry,
       coalesce(c.business_count, 0) AS business_count, coalesce(t.taker_count, 0) AS taker_count
FROM programme AS p
JOIN industry AS i ON i.region_id = p.region_id AND (len(p.industries) = 0 OR list_contains(p.industries, i.industry_id))
LEFT JOIN mart.coverage AS c ON c.region_id = p.region_id AND c.industry_id = i.industry_id
LEFT JOIN taker AS t ON t.region_id = p.region_id AND t.industry_id = i.industry_id AND t.programme_id = p.programme_id
ORDER BY p.region_id, i.industry_id, p.programme_id
