-- Each opportunity twice, once from either side, so that one id finds all there is for a business or for a partner.
-- A partner's ranks are counted in the branch itself: over its own key, so that DuckDB asks for one partner's rows only.
SELECT business_id AS organisation_id, business_name AS organisation_name, 'business' AS role, scope, rank_for_business AS rank,
       coalesce(partner_organisation_id, partner_programme_id) AS other_id, partner_name AS other_name,
       partner_kind AS other_kind, partner_sector AS other_sector, "give" AS gives, "get" AS gets, score, distance_km,
       explanation, partner_website AS other_website, region_id, opportunity_id
FROM mart.opportunity
UNION ALL
SELECT partner_organisation_id, partner_name, 'partner', scope,
       CAST(row_number() OVER (
           PARTITION BY partner_organisation_id, scope ORDER BY score DESC, opportunity_id) AS INTEGER),
       business_id, business_name, 'organisation', 'private', "get", "give", score, distance_km,
       explanation, business_website, region_id, opportunity_id
FROM mart.opportunity
WHERE partner_organisation_id IS NOT NULL
