WITH resting AS (
    SELECT source, CAST(count(*) AS INTEGER) AS opportunity_count
    FROM (SELECT unnest(sources) AS source FROM mart.opportunity) GROUP BY source
)
SELECT s.source, s.file_number, s.register_title, s.fetch_status, s.fetched_on, s.stale_days,
       s.fetch_status IN ('last_good', 'missing') OR coalesce(s.stale_days, 0) > 0 AS is_stale,
       s.kept_count, s.rejected_count, coalesce(r.opportunity_count, 0) AS opportunity_count, l.licence, s.message
FROM meta.source_run AS s
LEFT JOIN resting AS r USING (source)
LEFT JOIN meta.licence AS l USING (source)
ORDER BY s.source, s.file_number
