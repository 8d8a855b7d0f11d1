WITH asked AS (
    SELECT least(CAST(record_a AS VARCHAR), CAST(record_b AS VARCHAR)) AS id_a,
           greatest(CAST(record_a AS VARCHAR), CAST(record_b AS VARCHAR)) AS id_b
), side AS (
    SELECT id_a AS record_id, 1 AS item_number, 'a' AS item FROM asked
    UNION ALL
    SELECT id_b, 2, 'b' FROM asked
), known AS (
    SELECT s.item_number, s.item, s.record_id, r.name, r.postcode, r.city, r.register_url, b.organisation_id
    FROM side AS s
    LEFT JOIN core.organisation_record AS r ON r.record_id = s.record_id
    LEFT JOIN core.bridge AS b ON b.record_id = s.record_id
), line AS (
    SELECT 1 AS part_number, item_number, 'record' AS part, item, CAST(NULL AS DOUBLE) AS points,
           record_id || ': ' || CASE WHEN name IS NULL THEN 'not in this file' ELSE concat_ws(', ', name, postcode, city) END AS said, register_url AS url
    FROM known
    UNION ALL
    SELECT 2, item_number, 'organisation', item, NULL, coalesce(organisation_id, 'none'), NULL FROM known
    UNION ALL
    SELECT 3, 1, 'verdict', coalesce(e.decision, 'not compared closely'), e.probability,
           coalesce('decided by ' || e."rule", 'no evidence is kept of this very pair'),
           NULL
    FROM asked AS a LEFT JOIN core.match_evidence AS e ON e.record_id_a = a.id_a AND e.record_id_b = a.id_b
    UNION ALL
    SELECT 4, row_number() OVER (ORDER BY abs(f.log_odds) DESC, f.field), 'field', f.field, f.log_odds,
           CASE WHEN f.field = 'base' THEN 'before anything is compared'
                ELSE f.agreement || ': ' || coalesce(f.value_a, '—') || ' | ' || coalesce(f.value_b, '—') END,
           NULL
    FROM asked AS a JOIN core.match_feature AS f ON f.record_id_a = a.id_a AND f.record_id_b = a.id_b
)
SELECT CAST(row_number() OVER (ORDER BY part_number, item_number) AS INTEGER) AS line_number, part, item, points, said, url
FROM line
ORDER BY line_number
