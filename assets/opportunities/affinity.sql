-- How well two kinds of body fit, before anything is known about the bodies themselves.
-- Inputs: the ontology's tables (ontology.py). Output: affinity(business_activity_id, partner_activity_id, …).
-- Every number is a function of single rows (max, ordered picks), so no thread count or row order can change it.

-- A resource that many kinds of partner want is less telling; one that everybody gives never carries a match alone.
CREATE TABLE rarity AS
SELECT
    r.resource_id,
    CASE WHEN r.common THEN 0.45 ELSE 1.0 END * round(sqrt(0.25 + 0.75 * ln((n.kinds + 1.0) / (coalesce(d.uses, 0) + 1.0)) / ln(n.kinds + 1.0)), 6) AS weight
FROM resource r
CROSS JOIN (SELECT count(DISTINCT activity_id) AS kinds FROM need WHERE side = 'partner') n
LEFT JOIN (
    SELECT resource_id, count(DISTINCT activity_id) AS uses
    FROM (SELECT resource_id, activity_id FROM need WHERE side = 'partner' AND weight >= 0.3
          UNION ALL SELECT resource_id, activity_id FROM offer WHERE side = 'partner' AND weight >= 0.3)
    GROUP BY resource_id
) d USING (resource_id);

-- Every exchange both ways, best first.
CREATE TABLE giving AS
SELECT o.activity_id AS business_activity_id, n.activity_id AS partner_activity_id, o.resource_id, o.words AS give, n.words AS why,
       round(o.weight * n.weight * w.weight, 6) AS value, r.common, r.left_over,
       row_number() OVER (PARTITION BY o.activity_id, n.activity_id ORDER BY round(o.weight * n.weight * w.weight, 6) DESC, o.resource_id) AS place_in_line
FROM offer o JOIN need n ON n.resource_id = o.resource_id AND n.side = 'partner'
JOIN rarity w ON w.resource_id = o.resource_id JOIN resource r ON r.resource_id = o.resource_id
WHERE o.side = 'business';

-- What comes back; less waste only comes back to who gives goods that would else be thrown away.
CREATE TABLE getting AS
SELECT n.activity_id AS business_activity_id, o.activity_id AS partner_activity_id, x.left_over, o.resource_id, o.words AS get,
       round(o.weight * n.weight * w.weight, 6) AS value, r.common,
       row_number() OVER (PARTITION BY n.activity_id, o.activity_id, x.left_over
                          ORDER BY round(o.weight * n.weight * w.weight, 6) DESC, o.resource_id) AS place_in_line
FROM offer o JOIN need n ON n.resource_id = o.resource_id AND n.side = 'business'
JOIN rarity w ON w.resource_id = o.resource_id JOIN resource r ON r.resource_id = o.resource_id
CROSS JOIN (VALUES (true), (false)) AS x(left_over)
WHERE o.side = 'partner' AND (x.left_over OR o.resource_id <> 'waste_saving');

CREATE TABLE sharing AS
-- A cause that many share tells less than one of few: community less than sight.
SELECT b.activity_id AS business_activity_id, p.activity_id AS partner_activity_id, b.cause_id, round(b.weight * p.weight * c.telling, 6) AS value,
       row_number() OVER (PARTITION BY b.activity_id, p.activity_id ORDER BY round(b.weight * p.weight * c.telling, 6) DESC, b.cause_id) AS place_in_line
FROM cause_of b JOIN cause_of p ON p.cause_id = b.cause_id AND p.side = 'partner' JOIN cause c ON c.cause_id = b.cause_id
WHERE b.side = 'business';

-- Best exchange counts fully, the second a quarter: for a list, one clear exchange beats many vague ones.
CREATE TABLE affinity AS
WITH kinds AS (
    SELECT b.activity_id AS business_activity_id, p.activity_id AS partner_activity_id
    FROM (SELECT DISTINCT activity_id FROM offer WHERE side = 'business') b
    CROSS JOIN (SELECT DISTINCT activity_id FROM need WHERE side = 'partner') p
),
joined AS (
    SELECT
        k.*, g1.resource_id AS give_resource_id, g1.give, g1.why, g1.common AS give_common,
        h1.resource_id AS get_resource_id, h1.get, h1.common AS get_common,
        least(1.0, g1.value + 0.25 * coalesce(g2.value, 0)) AS g,
        least(1.0, h1.value + 0.25 * coalesce(h2.value, 0)) AS h,
        c1.cause_id,
        CASE WHEN cb.activity_id IS NOT NULL AND cp.activity_id IS NOT NULL
             -- Kinds known to work together elsewhere have that in common too (`fit.KNOWN`).
             THEN least(1.0, (least(1.0, coalesce(c1.value, 0) + 0.25 * coalesce(c2.value, 0)) + 0.7 * coalesce(n.known, 0)) / 1.5) END AS cause
    FROM kinds k
    JOIN giving g1 ON g1.business_activity_id = k.business_activity_id AND g1.partner_activity_id = k.partner_activity_id AND g1.place_in_line = 1
    JOIN getting h1 ON h1.business_activity_id = k.business_activity_id AND h1.partner_activity_id = k.partner_activity_id AND h1.left_over = g1.left_over AND h1.place_in_line = 1
    LEFT JOIN giving g2 ON g2.business_activity_id = k.business_activity_id AND g2.partner_activity_id = k.partner_activity_id AND g2.place_in_line = 2
    LEFT JOIN getting h2 ON h2.business_activity_id = k.business_activity_id AND h2.partner_activity_id = k.partner_activity_id AND h2.left_over = g1.left_over AND h2.place_in_line = 2
    LEFT JOIN sharing c1 ON c1.business_activity_id = k.business_activity_id AND c1.partner_activity_id = k.partner_activity_id AND c1.place_in_line = 1
    LEFT JOIN sharing c2 ON c2.business_activity_id = k.business_activity_id AND c2.partner_activity_id = k.partner_activity_id AND c2.place_in_line = 2
    LEFT JOIN practice n ON n.business_activity_id = k.business_activity_id AND n.partner_activity_id = k.partner_activity_id
    LEFT JOIN (SELECT DISTINCT activity_id FROM cause_of WHERE side = 'business') cb ON cb.activity_id = k.business_activity_id
    LEFT JOIN (SELECT DISTINCT activity_id FROM cause_of WHERE side = 'partner') cp ON cp.activity_id = k.partner_activity_id
),
raw AS (
    -- Both directions count, and a two-sided exchange more than a one-sided one (R17).
    SELECT *, g + 0.6 * h + 0.7 * sqrt(g * h) AS exchange FROM joined
)
SELECT
    * EXCLUDE (exchange, cause),
    round(exchange / (SELECT max(exchange) FROM raw), 4) AS fit_exchange,
    round(cause, 4) AS fit_cause
FROM raw
WHERE NOT EXISTS (
    SELECT 1 FROM brake b JOIN sensitive s USING (brake_id)
    WHERE b.activity_id = raw.business_activity_id AND s.activity_id = raw.partner_activity_id
)
  AND NOT EXISTS (
    SELECT 1 FROM rival r WHERE r.business_activity_id = raw.business_activity_id AND r.partner_activity_id = raw.partner_activity_id
  )
  -- Something particular to give, and either a clear use for it or a cause both share: a hand-out of goodwill is no reason to ring.
  AND NOT give_common
  AND (g >= 0.3 OR (g >= 0.15 AND coalesce(cause, 0) >= 0.4));
