SELECT first_seen, region_name, industry_name, rank_in_industry, business_id, business_name, partner_name, partner_kind,
       partner_sector, "give", "get", score, explanation, opportunity_id
FROM mart.opportunity
WHERE first_seen >= CAST(since AS DATE)
ORDER BY first_seen DESC, score DESC, opportunity_id
