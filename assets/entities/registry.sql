-- What stays behind of earlier nights. Inputs: bridge, as_of(), ways(organisation_id, heir), and of the last published version
-- past_bridge, past_membership, past_organisation.

-- Records that belonged to a body and do not tonight, with the last night they did.
CREATE TABLE former_membership AS
SELECT record_id, organisation_id, max(last_seen) AS last_seen
FROM (
    SELECT record_id, organisation_id, last_seen FROM past_membership
    UNION ALL
    SELECT record_id, organisation_id, o.last_seen FROM past_bridge JOIN past_organisation o USING (organisation_id)
)
ANTI JOIN bridge USING (record_id, organisation_id)
GROUP BY record_id, organisation_id;

-- A row for each id that lives no longer, so that whoever wrote it down finds what became of it. Its place, activity and standing are
-- yesterday's and are dropped; of a natural person nothing is kept but the id and its days.
CREATE TABLE tombstone AS
SELECT
    p.organisation_id,
    CASE WHEN p.is_natural_person THEN '(no longer listed)' ELSE p.name END AS name,
    CASE WHEN p.is_natural_person THEN '(no longer listed)' ELSE p.display_name END AS display_name,
    []::VARCHAR[] AS other_names, p.sector, p.is_natural_person, 'none' AS location_precision, 'none' AS activity_basis,
    'inactive' AS status, 'unknown' AS size_band, CASE WHEN w.heir IS NULL THEN 'no_longer_listed' ELSE 'merged' END AS partner_exclusion,
    0 AS record_count, w.heir AS merged_into, p.first_seen, p.last_seen, 0 AS stale_days, p.sources, p.licences
FROM past_organisation p
LEFT JOIN ways w USING (organisation_id)
ANTI JOIN bridge USING (organisation_id);
