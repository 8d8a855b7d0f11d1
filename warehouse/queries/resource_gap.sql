-- A resource changes hands twice in an opportunity: one from the business to the partner, one the other way.
WITH body AS (
    SELECT region_id, opportunity_id, business_id, coalesce(partner_organisation_id, partner_programme_id) AS partner_id,
           give_resource_id, get_resource_id, "give", "get"
    FROM mart.opportunity
), hand AS (
    SELECT region_id, give_resource_id AS resource_id, "give" AS example, business_id AS offering_id, partner_id AS needing_id,
           'business' AS offered_by
    FROM body WHERE give_resource_id <> 'programme'
    UNION ALL
    SELECT region_id, get_resource_id, "get", partner_id, business_id, 'partner'
    FROM body WHERE get_resource_id <> 'programme'
)
SELECT region_id, resource_id, min(example) AS resource_example,
       count(DISTINCT offering_id) AS offering_count, count(DISTINCT needing_id) AS needing_count,
       count(DISTINCT offering_id) - count(DISTINCT needing_id) AS surplus_count,
       count(DISTINCT offering_id) FILTER (offered_by = 'business') AS offering_business_count,
       count(DISTINCT needing_id) FILTER (offered_by = 'partner') AS needing_business_count
FROM hand
GROUP BY region_id, resource_id
ORDER BY region_id, resource_id
