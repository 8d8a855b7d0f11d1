-- Readers see twenty per cell: about what a chamber's officer reads in one sitting.
SELECT region_name, industry_name, rank_in_industry, business_name, business_city, partner_name, partner_kind,
       partner_sector, "give", "get", partnership_type, score, evidence_coverage, distance_km, risk_flags, explanation,
       pilot, business_website, partner_website, scope, region_id, industry_id, opportunity_id
FROM mart.opportunity
WHERE rank_in_industry <= 20
ORDER BY region_id, industry_id, rank_in_industry, opportunity_id
