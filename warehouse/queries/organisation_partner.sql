-- Each opportunity twice, once from either side, so that one id finds all there is for a business or for a partner. Partners'
-- ranks are counted over keys alone: the texts would make it ten times the work.
WITH counted AS (
    SELECT opportunity_id, CAST(row_number() OVER (
               PARTITION BY partner_organisation_id, scope ORDER BY score DESC, opportunity_id) AS INTEGER) AS rank
    FROM mart.opportunity
    WHERE partner_organisation_id IS NOT NULL
), side AS (
    SELECT business_id AS organisation_id, business_name AS organisation_name, 'business' AS role, scope, rank_for_business AS rank,
           coalesce(partner_organisation_id, partner_programme_id) AS other_id, partner_name AS other_name,
           partner_kind AS other_kind, partner_sector AS other_sector, "give" AS gives, "get" AS gets, score, distance_km,
           explanation, partner_website AS other_website, region_id, opportunity_id
    FROM mart.opportunity
    UNION ALL
    SELECT o.partner_organisation_id, o.partner_name, 'partner', o.scope, c.rank, o.business_id, o.business_name, 'organisation',
           'private', o."get", o."give", o.score, o.distance_km, o.explanation, o.business_website, o.region_id, o.opportunity_id
    FROM mart.opportunity AS o
    JOIN counted AS c USING (opportunity_id)
)
SELECT organisation_id, organisation_name, role, scope, rank, other_id, other_name, other_kind, other_sector, gives, gets, score,
       distance_km, explanation, other_website, region_id, opportunity_id
FROM side
ORDER BY organisation_id, role, scope, rank
