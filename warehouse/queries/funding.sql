SELECT r.relationship_id, coalesce(r.from_organisation_id, r.from_identifier, 'name:' || lower(trim(r.from_name))) AS funder_id,
       r.from_name AS funder_name, r.relationship_kind, r.to_name AS recipient_name,
       coalesce(r.to_organisation_id, r.to_identifier, 'name:' || lower(trim(r.to_name))) AS recipient_id,
       r.to_organisation_id, t.industry_id AS recipient_industry_id, r.to_city, r.title, r.programme_title, r.amount, r.currency,
       r.agreed_on, r.register_url, r.source, r.licence
FROM core.relationship AS r
LEFT JOIN core.organisation AS t ON t.organisation_id = r.to_organisation_id
WHERE r.relationship_kind IN ('grant', 'contract')
ORDER BY funder_id, r.agreed_on DESC, r.relationship_id
