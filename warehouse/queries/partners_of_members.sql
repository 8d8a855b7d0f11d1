SELECT n.issued_id AS member_id, o.business_name, o.scope, o.rank_for_business,
       coalesce(o.partner_organisation_id, o.partner_programme_id) AS partner_id, o.partner_name, o.partner_kind,
       o.partner_sector, o."give", o."get", o.score, o.distance_km, o.explanation, o.opportunity_id
FROM core.organisation_id_now AS n
JOIN mart.opportunity AS o ON o.business_id = n.organisation_id
WHERE list_contains(member_ids, n.issued_id) AND o.rank_for_business <= best
ORDER BY member_id, o.scope, o.rank_for_business, o.opportunity_id
