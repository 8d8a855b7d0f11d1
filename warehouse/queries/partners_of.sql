SELECT role, scope, rank, other_id, other_name, other_kind, other_sector, gives, gets, score, distance_km, explanation,
       other_website, opportunity_id
FROM mart.organisation_partner
WHERE organisation_id = id
ORDER BY role, scope, rank
