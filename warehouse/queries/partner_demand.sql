SELECT region_id, partner_kind, coalesce(partner_organisation_id, partner_programme_id) AS partner_id,
       min(partner_name) AS partner_name, min(partner_sector) AS partner_sector,
       CAST(count(DISTINCT business_id) AS INTEGER) AS business_count, min(rank_in_region) AS best_rank_in_region,
       max(score) AS best_score
FROM mart.opportunity
GROUP BY ALL
ORDER BY region_id, business_count DESC, partner_id
