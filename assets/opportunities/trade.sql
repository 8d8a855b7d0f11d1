-- How well two kinds of business complete each other, before anything is known about the firms themselves.
-- Inputs: the tables of trade.py. Output: trade_affinity, with the columns of `affinity` (affinity.sql); both sides are businesses.
-- Every number is a function of single rows (max, ordered picks), so no thread count or row order can change it.

-- A good that many kinds buy is less telling, and so are customers whom many kinds serve. What `any` buys is not counted.
CREATE TABLE trade_rarity AS
WITH used AS (
    SELECT 'trade:' || good_id AS resource_id, count(*) AS uses FROM trade_buy WHERE NOT common AND weight >= 0.3 GROUP BY good_id
    UNION ALL
    SELECT 'introduction:' || customer_id, count(*) FROM trade_customer WHERE weight >= 0.3 GROUP BY customer_id
)
SELECT r.resource_id, round(sqrt(0.25 + 0.75 * ln((n.kinds + 1.0) / (coalesce(u.uses, 0) + 1.0)) / ln(n.kinds + 1.0)), 6) AS weight
FROM trade_resource r
CROSS JOIN (SELECT count(DISTINCT activity_id) AS kinds FROM trade_buy) n
LEFT JOIN used u USING (resource_id);

CREATE TABLE trade_sale AS
SELECT
    s.activity_id AS seller_id, b.activity_id AS buyer_id, s.good_id, s.words AS supply, b.words AS why, f.orders || ' ' || s.words AS orders, f.seeks,
    b.common,
    -- What nearly every firm buys counts as little as what nearly every firm gives to a charity (affinity.sql).
    round(s.weight * b.weight * w.weight * CASE WHEN b.common THEN 0.45 ELSE 1.0 END, 6) AS value
FROM trade_supply s
JOIN trade_buy b USING (good_id)
JOIN trade_family f USING (good_id)
JOIN trade_rarity w ON w.resource_id = 'trade:' || good_id
ANTI JOIN trade_apart a ON a.activity_id = s.activity_id AND a.other_activity_id = b.activity_id;

CREATE TABLE trade_sharing AS
SELECT a.activity_id AS one_id, b.activity_id AS other_id, customer_id, c.cause_words AS customers, round(a.weight * b.weight * w.weight, 6) AS value,
       row_number() OVER (PARTITION BY a.activity_id, b.activity_id ORDER BY round(a.weight * b.weight * w.weight, 6) DESC, customer_id) AS place_in_line
FROM trade_customer a
JOIN trade_customer b USING (customer_id)
JOIN trade_cause c ON c.cause_id = 'customers:' || customer_id
JOIN trade_rarity w ON w.resource_id = 'introduction:' || customer_id
ANTI JOIN trade_apart x ON x.activity_id = a.activity_id AND x.other_activity_id = b.activity_id;

-- Everything one kind can do for another, the particular before the common, best first. A supplier gains a buyer, which is worth
-- less than the goods are to the buyer; introductions may come to nothing.
CREATE TABLE trade_flow AS
SELECT *, row_number() OVER (PARTITION BY from_id, to_id ORDER BY common, value DESC, resource_id) AS place_in_line
FROM (
    SELECT seller_id AS from_id, buyer_id AS to_id, 'trade:' || good_id AS resource_id, supply AS words, why, value, common FROM trade_sale
    UNION ALL
    SELECT buyer_id, seller_id, 'order:' || good_id, orders, seeks, round(0.6 * value, 6), common FROM trade_sale
    UNION ALL
    SELECT one_id, other_id, 'introduction:' || customer_id, 'introductions to ' || customers, 'serves them too', round(0.5 * value, 6), false
    FROM trade_sharing
);

-- Best exchange counts fully, the second a quarter, as in affinity.sql.
CREATE TABLE trade_affinity AS
WITH chain AS (
    -- One buys from the other something that not everybody buys.
    SELECT seller_id AS one_id, buyer_id AS other_id FROM trade_sale WHERE NOT common
    UNION
    SELECT buyer_id, seller_id FROM trade_sale WHERE NOT common
),
joined AS (
    SELECT
        g1.from_id AS business_activity_id, g1.to_id AS partner_activity_id, g1.resource_id AS give_resource_id, g1.words AS give, g1.why,
        g1.common AS give_common, h1.resource_id AS get_resource_id,
        CASE WHEN h1.resource_id = g1.resource_id THEN 'introductions of the same kind' ELSE h1.words END AS get, h1.common AS get_common,
        least(1.0, g1.value + 0.25 * coalesce(g2.value, 0)) AS g,
        least(1.0, h1.value + 0.25 * coalesce(h2.value, 0)) AS h,
        'customers:' || c1.customer_id AS cause_id, chain.one_id IS NOT NULL AS sold,
        -- A kind that serves firms alone has no customers listed: whether it shares any is not known.
        CASE WHEN cb.activity_id IS NOT NULL AND cp.activity_id IS NOT NULL
             THEN least(1.0, coalesce(c1.value, 0) + 0.25 * coalesce(c2.value, 0)) END AS cause
    FROM trade_flow g1
    JOIN trade_flow h1 ON h1.from_id = g1.to_id AND h1.to_id = g1.from_id AND h1.place_in_line = 1
    LEFT JOIN trade_flow g2 ON g2.from_id = g1.from_id AND g2.to_id = g1.to_id AND g2.place_in_line = 2
    LEFT JOIN trade_flow h2 ON h2.from_id = g1.to_id AND h2.to_id = g1.from_id AND h2.place_in_line = 2
    LEFT JOIN trade_sharing c1 ON c1.one_id = g1.from_id AND c1.other_id = g1.to_id AND c1.place_in_line = 1
    LEFT JOIN trade_sharing c2 ON c2.one_id = g1.from_id AND c2.other_id = g1.to_id AND c2.place_in_line = 2
    LEFT JOIN (SELECT DISTINCT activity_id FROM trade_customer) cb ON cb.activity_id = g1.from_id
    LEFT JOIN (SELECT DISTINCT activity_id FROM trade_customer) cp ON cp.activity_id = g1.to_id
    LEFT JOIN chain ON chain.one_id = g1.from_id AND chain.other_id = g1.to_id
    WHERE g1.place_in_line = 1
),
raw AS (
    SELECT *, g + 0.6 * h + 0.7 * sqrt(g * h) AS exchange FROM joined
),
fit AS (
    SELECT * EXCLUDE (exchange), round(exchange / (SELECT max(exchange) FROM raw), 4) AS fit_exchange FROM raw
)
SELECT
    * EXCLUDE (cause, sold),
    -- Shared customers speak for a pair. That a supplier and its buyer share few speaks against nobody: a laundry has no guests.
    CASE WHEN NOT sold OR cause >= fit_exchange THEN round(cause, 4) END AS fit_cause
FROM fit
-- Something particular must change hands one way or the other; judged alike from both sides, so that each sees the other.
WHERE NOT give_common AND (greatest(g, h) >= 0.3 OR (greatest(g, h) >= 0.15 AND coalesce(cause, 0) >= 0.4));
