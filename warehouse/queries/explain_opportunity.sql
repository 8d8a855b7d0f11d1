-- Each part looks up the one opportunity by its key; a view of all parts would have to tell every opportunity first.
WITH asked AS MATERIALIZED (
    SELECT * FROM mart.opportunity WHERE opportunity_id = id
), line AS (
    SELECT 1 AS part_number, 1 AS item_number, 'pair' AS part, 'business' AS item, CAST(NULL AS DOUBLE) AS points,
           business_name AS said, business_register_url AS url
    FROM asked
    UNION ALL
    SELECT 1, 2, 'pair', 'partner', NULL, partner_name, partner_register_url FROM asked
    UNION ALL
    SELECT 2, 1, 'score', 'explanation', score, explanation, NULL FROM asked
    UNION ALL
    SELECT 3, row_number() OVER (ORDER BY c.contribution DESC, c.criterion), 'criterion', c.criterion, c.contribution,
           CASE WHEN c.sub_score IS NULL THEN 'not known' ELSE printf('%.2f', c.sub_score) END
               || ', weight ' || printf('%.2f', c.weight),
           NULL
    FROM mart.opportunity_criterion AS c JOIN asked USING (opportunity_id)
    UNION ALL
    SELECT 4, row_number() OVER (ORDER BY e.criterion, e.evidence_number), 'evidence', e.criterion, NULL,
           e.side || ': ' || e.field || ' = ' || e."value" || coalesce(' [' || e.record_id || ']', ''), e.url
    FROM mart.opportunity_evidence AS e JOIN asked USING (opportunity_id)
    UNION ALL
    SELECT 5, list_position(a.risk_flags, r.risk), 'risk', r.risk, NULL, r.why || ' ' || r.mitigation, NULL
    FROM mart.opportunity_risk AS r JOIN asked AS a USING (opportunity_id)
    UNION ALL
    SELECT 6, m.measure_number, 'measure', m.metric || ' (' || m.unit || ')', NULL, m.target || '. ' || m.baseline_needed, NULL
    FROM mart.opportunity_measure AS m JOIN asked USING (opportunity_id)
    UNION ALL
    SELECT 7, 1, 'start', 'form', NULL, m.model_name || '. ' || m.model_note, NULL
    FROM asked JOIN mart.collaboration_model AS m USING (collaboration_model)
    UNION ALL
    SELECT 7, 2, 'start', 'first step', NULL, pilot, NULL FROM asked
)
SELECT CAST(row_number() OVER (ORDER BY part_number, item_number, item) AS INTEGER) AS line_number, part, item, points, said, url
FROM line
ORDER BY line_number
