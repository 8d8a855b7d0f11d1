-- Scores are added up as whole ten-thousandths: sums of doubles would depend on the order of the rows.
WITH side AS (
    SELECT region_id, scope, 'business' AS role, business_id AS organisation_id,
           coalesce(partner_organisation_id, partner_programme_id) AS other_id, partnership_type, get_resource_id AS resource_id,
           CAST(round(score * 10000) AS BIGINT) AS points
    FROM mart.opportunity
    UNION ALL
    SELECT region_id, scope, 'partner', partner_organisation_id, business_id, partnership_type, give_resource_id,
           CAST(round(score * 10000) AS BIGINT)
    FROM mart.opportunity WHERE partner_organisation_id IS NOT NULL
), part AS (
    SELECT region_id, scope, role, organisation_id, other_id, partnership_type, resource_id,
           grouping(other_id, partnership_type, resource_id) AS kept, sum(CAST(points AS BIGINT)) AS points, count(*) AS opportunity_count
    FROM side
    GROUP BY GROUPING SETS (
        (region_id, scope, role, organisation_id, other_id), (region_id, scope, role, organisation_id, partnership_type),
        (region_id, scope, role, organisation_id, resource_id))
), share AS (
    -- Each opportunity is in all three: `kept` says by which of them, as a bit for each column left out.
    SELECT region_id, scope, role, organisation_id,
           sum(CAST(points AS BIGINT)) FILTER (kept = 3) AS total,
           sum(CAST(points * points AS HUGEINT)) FILTER (kept = 3) AS by_partner,
           sum(CAST(points * points AS HUGEINT)) FILTER (kept = 5) AS by_type,
           sum(CAST(points * points AS HUGEINT)) FILTER (kept = 6) AS by_resource,
           max(points) FILTER (kept = 3) AS most_of_one,
           sum(CAST(opportunity_count AS BIGINT)) FILTER (kept = 3) AS opportunity_count,
           count(*) FILTER (kept = 6) AS resource_count,
           count(*) FILTER (kept = 6 AND opportunity_count = 1) AS single_resource_count
    FROM part
    GROUP BY region_id, scope, role, organisation_id
)
SELECT region_id, organisation_id, role, scope, CAST(opportunity_count AS BIGINT) AS opportunity_count,
       round(by_partner / pow(total, 2), 4) AS portfolio_hhi_partner,
       round(by_type / pow(total, 2), 4) AS portfolio_hhi_type,
       round(by_resource / pow(total, 2), 4) AS portfolio_hhi_resource,
       round(most_of_one / total, 4) AS top_share,
       round(single_resource_count / resource_count, 4) AS dependency_ratio,
       by_partner / pow(total, 2) > 0.25 AS is_concentrated
FROM share
WHERE total > 0
