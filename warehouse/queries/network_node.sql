WITH edge_end AS (
    SELECT from_node_id AS node_id, edge_kind FROM mart.network_edge
    UNION ALL
    SELECT to_node_id, edge_kind FROM mart.network_edge
), degree AS (
    SELECT node_id, CAST(count(*) FILTER (edge_kind = 'opportunity') AS INTEGER) AS opportunity_count,
           count(*) FILTER (edge_kind <> 'opportunity') AS relationship_count
    FROM edge_end GROUP BY node_id
), outside AS (
    SELECT node_id, min(name) AS name
    FROM (SELECT from_identifier AS node_id, from_name AS name FROM core.relationship WHERE from_organisation_id IS NULL
          UNION ALL
          SELECT to_identifier, to_name FROM core.relationship WHERE to_organisation_id IS NULL)
    GROUP BY node_id
)
SELECT d.node_id,
       CASE WHEN o.organisation_id IS NOT NULL THEN 'organisation' WHEN p.programme_id IS NOT NULL THEN 'programme'
            ELSE 'outside' END AS node_kind,
       coalesce(o.display_name, p.title, x.name, d.node_id) AS name,
       o.sector, coalesce(o.industry_id, p.industry_id) AS industry_id, o.activity_id, o.region_id, o.size_band,
       d.opportunity_count, d.relationship_count
FROM degree AS d
LEFT JOIN core.organisation AS o ON o.organisation_id = d.node_id
LEFT JOIN core.programme AS p ON p.programme_id = d.node_id
LEFT JOIN outside AS x ON x.node_id = d.node_id
