-- Rows of link registers (grants, contracts, partnerships) → edge_link. Inputs: edge, identifier, organisation.
-- A side is one of ours by its official identifier, else by its name where one organisation of the region alone has it.

CREATE TABLE by_identifier AS
SELECT identifier, min(organisation_id) AS organisation_id FROM identifier GROUP BY identifier HAVING count(DISTINCT organisation_id) = 1;

CREATE MACRO folded(name) AS trim(regexp_replace(regexp_replace(lower(strip_accents(replace(name, '&', ' and '))), '[''’.`]', '', 'g'), '[^a-z0-9]+', ' ', 'g'));

CREATE TABLE by_name AS
SELECT name, min(organisation_id) AS organisation_id
FROM (SELECT organisation_id, unnest(list_distinct([folded(n) FOR n IN list_append(other_names, name)])) AS name
      -- Without the ids that live no longer: their names went to another.
      FROM organisation WHERE region_id IS NOT NULL AND NOT is_natural_person AND record_count > 0)
GROUP BY name HAVING count(*) = 1;

CREATE TABLE edge_link AS
SELECT
    e.source || ':' || e.native_id AS relationship_id, e.source, e.native_id, e.kind AS relationship_kind, 'official' AS relationship_basis,
    e.giver_name AS from_name, e.giver_identifier AS from_identifier, coalesce(gi.organisation_id, gn.organisation_id) AS from_organisation_id,
    e.receiver_name AS to_name, e.receiver_identifier AS to_identifier, coalesce(ri.organisation_id, rn.organisation_id) AS to_organisation_id,
    e.receiver_city AS to_city, e.receiver_postcode AS to_postcode, e.receiver_country AS to_country,
    NULL::VARCHAR AS reason, e.title, e.description, e.programme_title, e.amount, e.currency,
    e.agreed_on, e.places, e.register_url, e.licence, e.stale_days
FROM edge e
LEFT JOIN by_identifier gi ON gi.identifier = e.giver_identifier
LEFT JOIN by_name gn ON e.giver_identifier IS NULL AND gn.name = folded(e.giver_name)
LEFT JOIN by_identifier ri ON ri.identifier = e.receiver_identifier
LEFT JOIN by_name rn ON e.receiver_identifier IS NULL AND rn.name = folded(e.receiver_name);
