SELECT funder_name, relationship_kind, recipient_name, to_organisation_id, recipient_industry_id, to_city, title,
       programme_title, amount, currency, agreed_on, register_url, relationship_id
FROM core.funding
WHERE funder_id = funder OR contains(lower(funder_name), lower(funder))
ORDER BY agreed_on DESC NULLS LAST, relationship_id
