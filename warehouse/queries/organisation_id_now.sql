SELECT organisation_id AS issued_id,
       CASE WHEN record_count > 0 THEN organisation_id ELSE merged_into END AS organisation_id,
       CASE WHEN record_count > 0 THEN 'living' ELSE partner_exclusion END AS standing
FROM core.organisation
