SELECT funder_id, min(funder_name) AS funder_name, relationship_kind, currency,
       count(*) AS award_count, count(DISTINCT recipient_id) AS recipient_count,
       count(DISTINCT to_organisation_id) AS organisation_count, count(amount) AS known_amount_count,
       CAST(sum(amount) AS BIGINT) AS amount_total, max(amount) AS amount_largest,
       min(agreed_on) AS first_agreed_on, max(agreed_on) AS last_agreed_on
FROM core.funding
WHERE funder_id IS NOT NULL
GROUP BY funder_id, relationship_kind, currency
ORDER BY funder_id, relationship_kind, currency
