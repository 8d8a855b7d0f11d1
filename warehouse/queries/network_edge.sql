-- Kin and dealings whose other side is a body outside the file count where a register gives its identifier: a name alone may be
-- a person's, and is not the same body twice.
WITH known AS (
    SELECT r.relationship_id AS edge_id, r.relationship_kind AS edge_kind, r.relationship_basis AS edge_basis,
           coalesce(r.from_organisation_id, r.from_identifier) AS from_node_id,
           coalesce(r.to_organisation_id, r.to_identifier) AS to_node_id,
           r.relationship_kind NOT IN ('partnership', 'same_company', 'sister', 'branch_of_same_name') AS is_directed,
           r.amount, r.currency
    FROM core.relationship AS r
    LEFT JOIN core.organisation AS f ON f.organisation_id = r.from_organisation_id
    LEFT JOIN core.organisation AS t ON t.organisation_id = r.to_organisation_id
    WHERE NOT coalesce(f.is_natural_person, false) AND NOT coalesce(t.is_natural_person, false)
)
SELECT opportunity_id AS edge_id, 'opportunity' AS edge_kind, 'ranked' AS edge_basis, business_id AS from_node_id,
       coalesce(partner_organisation_id, partner_programme_id) AS to_node_id, false AS is_directed, region_id, score,
       CAST(NULL AS BIGINT) AS amount, CAST(NULL AS VARCHAR) AS currency
FROM mart.opportunity
UNION ALL
SELECT edge_id, edge_kind, edge_basis, from_node_id, to_node_id, is_directed, CAST(NULL AS VARCHAR), CAST(NULL AS DOUBLE),
       amount, currency
FROM known
WHERE from_node_id IS NOT NULL AND to_node_id IS NOT NULL AND from_node_id <> to_node_id
