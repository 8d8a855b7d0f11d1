-- Degrees are added up as whole millionths: sums of doubles would depend on the order of the rows.
WITH located AS (
    SELECT l.postcode, l.latitude, l.longitude
    FROM core.location AS l
    JOIN core.organisation AS o USING (organisation_id)
    WHERE l.postcode IS NOT NULL AND l.latitude IS NOT NULL AND l.longitude IS NOT NULL
      AND l.location_precision IN ('point', 'postcode', 'sector', 'zip')
      AND o.activity_id IS DISTINCT FROM 'refuge' AND NOT o.is_natural_person
), named AS (
    SELECT upper(replace(postcode, ' ', '')) AS postcode_key, latitude, longitude FROM located
    UNION ALL
    SELECT upper(split_part(postcode, ' ', 1)), latitude, longitude FROM located WHERE contains(postcode, ' ')
)
SELECT postcode_key,
       sum(CAST(round(latitude * 1000000) AS BIGINT)) / count(*) / 1000000 AS latitude,
       sum(CAST(round(longitude * 1000000) AS BIGINT)) / count(*) / 1000000 AS longitude,
       count(*) AS location_count
FROM named
GROUP BY postcode_key
