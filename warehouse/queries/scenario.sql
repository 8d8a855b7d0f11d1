-- What a business would get from each of its partners, and from how many of them.
WITH pair AS (
    SELECT region_id, scope, business_id, coalesce(partner_organisation_id, partner_programme_id) AS partner_id, partner_kind,
           partner_name, score, get_resource_id,
           count(*) OVER (PARTITION BY region_id, scope, business_id) AS of_business,
           count(*) OVER (PARTITION BY region_id, scope, business_id, get_resource_id) AS of_resource
    FROM mart.opportunity
)
SELECT region_id, scope, partner_id, partner_kind, min(partner_name) AS partner_name,
       count(*) AS business_count,
       count(*) FILTER (of_resource = 1) AS lacking_count,
       count(*) FILTER (of_business = 1) AS stranded_count,
       round(count(*) FILTER (of_resource > 1) / count(*), 4) AS replaceable_share
FROM pair
GROUP BY region_id, scope, partner_id, partner_kind
