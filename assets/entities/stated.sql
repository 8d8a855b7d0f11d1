-- What registers of organisations state about kin → stated_link. Inputs: organisation_record, bridge, organisation, identifier; by_identifier
-- and by_name of links.sql. From: the body above (parent, main charity, centre of a group); to: the body whose row says so.

-- Who answers to an identifier, or is the centre of a group. Two that call themselves the centre tell nothing.
CREATE TABLE above AS
SELECT identifier, organisation_id FROM by_identifier
UNION ALL
SELECT r.centre_of, min(b.organisation_id)
FROM organisation_record r JOIN bridge b USING (record_id)
WHERE r.centre_of IS NOT NULL
GROUP BY r.centre_of HAVING count(DISTINCT b.organisation_id) = 1;

CREATE TABLE claim AS
SELECT
    r.record_id, r.source, r.native_id, r.parent_kind, r.parent_name, unnest(list_distinct(r.parent_identifiers)) AS parent_identifier,
    r.register_url, r.licence, r.stale_days, b.organisation_id
FROM organisation_record r JOIN bridge b USING (record_id)
WHERE len(r.parent_identifiers) > 0;

-- One company number given by two bodies that stayed apart, say a charity and the company: both are kept, and linked.
CREATE TABLE shared_number AS
SELECT identifier, organisation_id, source, min(organisation_id) OVER (PARTITION BY identifier) AS first_id
FROM identifier WHERE scheme = 'GB-COH';

CREATE TABLE source_term AS
SELECT source, min(licence) AS licence, max(stale_days) AS stale_days FROM organisation_record GROUP BY source;

CREATE TABLE stated_link AS
SELECT
    c.record_id || ':' || c.parent_identifier AS relationship_id, c.source, c.native_id, c.parent_kind AS relationship_kind,
    'official' AS relationship_basis,
    coalesce(c.parent_name, f.name) AS from_name, c.parent_identifier AS from_identifier, f.organisation_id AS from_organisation_id,
    t.name AS to_name, NULL::VARCHAR AS to_identifier, t.organisation_id AS to_organisation_id,
    t.city AS to_city, t.postcode AS to_postcode, t.country AS to_country,
    CASE c.parent_kind
        WHEN 'linked_charity' THEN 'registered under the number of the main charity'
        WHEN 'group_member' THEN 'the register gives its group'
        ELSE 'the register names its parent'
    END AS reason,
    []::VARCHAR[] AS places, c.register_url, c.licence, c.stale_days
FROM claim c
JOIN organisation t USING (organisation_id)
LEFT JOIN above i ON i.identifier = c.parent_identifier
LEFT JOIN by_name n ON i.identifier IS NULL AND n.name = folded(c.parent_name)
LEFT JOIN organisation f ON f.organisation_id = coalesce(i.organisation_id, n.organisation_id)
-- A parent whose record was merged with the child's is the body itself.
WHERE f.organisation_id IS DISTINCT FROM t.organisation_id AND NOT t.is_natural_person
UNION ALL BY NAME
SELECT
    s.source || ':' || s.identifier || ':' || s.organisation_id AS relationship_id, s.source, s.identifier AS native_id,
    'same_company' AS relationship_kind, 'official' AS relationship_basis,
    f.name AS from_name, s.identifier AS from_identifier, f.organisation_id AS from_organisation_id,
    t.name AS to_name, s.identifier AS to_identifier, t.organisation_id AS to_organisation_id,
    t.city AS to_city, t.postcode AS to_postcode, t.country AS to_country,
    'both give this company number' AS reason, []::VARCHAR[] AS places, t.register_url, x.licence, x.stale_days
FROM shared_number s
JOIN source_term x USING (source)
JOIN organisation f ON f.organisation_id = s.first_id
JOIN organisation t ON t.organisation_id = s.organisation_id
WHERE s.organisation_id <> s.first_id AND NOT f.is_natural_person AND NOT t.is_natural_person;
