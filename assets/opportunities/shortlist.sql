-- The best partners of every business, scored. Inputs: organisation, programme, match_evidence, bridge, relationship, affinity, topic_fit,
-- topic, topic_cause, cause_of, declined(business_id, partner_id), dealing, precedent_of, weight(criterion, weight), as_of().

-- Pairs that may be one body under two names, and kin, are never put together.
CREATE TABLE not_independent AS
SELECT DISTINCT unnest([a.organisation_id, b.organisation_id]) AS business_id, unnest([b.organisation_id, a.organisation_id]) AS partner_id
FROM match_evidence e
JOIN bridge a ON a.record_id = e.record_id_a
JOIN bridge b ON b.record_id = e.record_id_b
WHERE a.organisation_id <> b.organisation_id
UNION
SELECT unnest([from_organisation_id, to_organisation_id]), unnest([to_organisation_id, from_organisation_id])
FROM relationship
WHERE relationship_kind IN {kinship} AND from_organisation_id IS NOT NULL AND to_organisation_id IS NOT NULL
UNION
-- One door is one house: a tenant, an arm, or the same body once more. A British postcode is a handful of doors.
SELECT b.organisation_id, p.organisation_id
FROM organisation b
JOIN organisation p ON p.postcode = b.postcode
    AND (lower(trim(p.street)) = lower(trim(b.street)) OR (b.country = 'GB' AND length(replace(b.postcode, ' ', '')) >= 5))
WHERE b.sector = 'private' AND p.organisation_id <> b.organisation_id
UNION
-- Who works together already needs no introduction.
SELECT business_id, partner_id FROM known_partnership;

-- Programmes a business of an activity may apply to, each under the topic that fits it best. `Anyone` in a federal listing
-- seldom means a firm, so a business must be named. A programme about something particular is not for every small business.
CREATE TABLE open_programme AS
SELECT
    f.activity_id, p.programme_id, f.topic_id, f.fit, list_contains(p.places, 'rural') AS rural,
    p.country, p.industries, list_filter(p.places, lambda c: c <> 'rural') AS places,
    -- What a programme works for and what it wants from a business are one thing: its topic.
    f.fit AS fit_cause,
    CASE WHEN list_contains(p.applicants, 'small_business') THEN 1.0 ELSE 0.8 END AS ready
FROM (SELECT programme_id, applicants, country, places, industries, len(list_filter(topics, lambda t: NOT list_contains({wide_topics}, t))) AS particular,
             topics, unnest(topics) AS topic_id FROM programme
      WHERE partner_exclusion IS NULL AND len(list_intersect(applicants, ['small_business', 'business'])) > 0) p
JOIN topic_fit f ON f.topic_id = p.topic_id AND f.fit >= 0.3
WHERE (p.particular = 0 OR NOT list_contains({wide_topics}, p.topic_id))
  -- Research on farming is not for every firm that does research: all that a programme is about must be the business's.
  AND NOT EXISTS (
      SELECT 1 FROM (SELECT unnest(p.topics) AS topic_id) t
      WHERE NOT list_contains({wide_topics}, t.topic_id)
        AND NOT EXISTS (SELECT 1 FROM topic_fit a WHERE a.topic_id = t.topic_id AND a.activity_id = f.activity_id AND a.fit >= 0.3)
  )
QUALIFY row_number() OVER (PARTITION BY f.activity_id, p.programme_id ORDER BY f.fit DESC, f.topic_id) = 1;

CREATE MACRO distance_km(lat_a, lon_a, lat_b, lon_b) AS
    -- Straight distance on the sphere (haversine); `least` passes over NULL, so an unknown place is asked for first.
    CASE WHEN lat_a IS NULL OR lat_b IS NULL THEN NULL ELSE round(2 * 6371 * asin(sqrt(least(1.0, pow(sin(radians(lat_b - lat_a) / 2), 2)
        + cos(radians(lat_a)) * cos(radians(lat_b)) * pow(sin(radians(lon_b - lon_a) / 2), 2)))), 1) END;

CREATE MACRO both_ready(one, other) AS
    CASE WHEN one IS NULL THEN other WHEN other IS NULL THEN one ELSE (one + other) / 2 END;

-- Everything that can be said about a cell and a partner. Programmes are open to the whole country: neither near nor far.
CREATE VIEW cell_candidate AS
SELECT
    c.cell_id, CASE WHEN p.sector = 'private' THEN 'cross_industry' ELSE 'cross_sector' END AS scope, 'organisation' AS partner_kind,
    p.organisation_id AS partner_id, p.activity_id AS partner_activity_id,
    a.give_resource_id,
    -- An exchange that serves a stated goal comes nearly a third of the way to a perfect one.
    CASE WHEN list_has_any(c.wanted, [a.give_resource_id, a.get_resource_id]) THEN round(0.3 + 0.7 * p.sure * a.fit_exchange, 4)
         ELSE round(p.sure * a.fit_exchange, 4) END AS fit_exchange,
    round(p.sure * a.fit_cause, 4) AS fit_cause, distance_km(c.latitude, c.longitude, p.latitude, p.longitude) AS distance_km,
    -- exp(-km / 10): the decay of the ranking study.
    round(exp(-distance_km(c.latitude, c.longitude, p.latitude, p.longitude) / 10), 4) AS place,
    p.capacity, both_ready(p.ready, c.ready) AS readiness, d.precedent
FROM cell c
JOIN affinity a ON a.business_activity_id = c.activity_id
JOIN partner p ON p.activity_id = a.partner_activity_id AND p.region_id = c.region_id
LEFT JOIN precedent_of d ON d.activity_id = c.activity_id AND d.partner_id = p.organisation_id
WHERE NOT (c.at_home AND a.give_resource_id IN ('jobs', 'placements', 'premises', 'storage', 'exhibition_space', 'outlet'))
  AND NOT (p.is_primary AND a.give_resource_id IN ('jobs', 'placements'))
UNION ALL
SELECT
    c.cell_id, 'cross_sector', 'programme', o.programme_id, 'programme:' || o.topic_id, 'programme', o.fit, o.fit_cause, NULL, 0.5, NULL, o.ready, NULL
FROM cell c
JOIN open_programme o ON o.activity_id = c.activity_id
JOIN activity_industry i ON i.activity_id = c.activity_id AND (len(o.industries) = 0 OR list_contains(o.industries, i.industry_id))
JOIN region g ON g.region_id = c.region_id AND g.country = o.country AND (g.rural OR NOT o.rural)
    AND (len(o.places) = 0 OR len(list_intersect(o.places, g.counties)) > 0
         OR len(list_intersect(o.places, (SELECT list(code ORDER BY code) FROM region_area r WHERE r.region_id = g.region_id))) > 0)
-- Help for any small business steps back where the trade has a programme of its own.
QUALIFY NOT list_contains({wide_topics}, o.topic_id)
    OR coalesce(max(o.fit) FILTER (NOT list_contains({wide_topics}, o.topic_id)) OVER (PARTITION BY c.cell_id), 0) < 0.5;

-- A criterion that is not known is left out of the mean: its weight counts neither above nor below the line.
CREATE VIEW cell_score AS
WITH w AS (
    SELECT max(weight) FILTER (criterion = 'fit_exchange') AS exchange, max(weight) FILTER (criterion = 'fit_cause') AS cause,
           max(weight) FILTER (criterion = 'precedent') AS precedent, max(weight) FILTER (criterion = 'place') AS place, max(weight) FILTER (criterion = 'capacity') AS capacity,
           max(weight) FILTER (criterion = 'readiness') AS readiness
    FROM weight
),
weighed AS (
    SELECT e.*,
        w.exchange * (e.fit_exchange IS NOT NULL)::INTEGER + w.cause * (e.fit_cause IS NOT NULL)::INTEGER
            + w.precedent * (e.precedent IS NOT NULL)::INTEGER + w.place * (e.place IS NOT NULL)::INTEGER
            + w.capacity * (e.capacity IS NOT NULL)::INTEGER + w.readiness * (e.readiness IS NOT NULL)::INTEGER AS known_weight,
        coalesce(e.fit_exchange * w.exchange, 0) AS by_exchange, coalesce(e.fit_cause * w.cause, 0) AS by_cause,
        coalesce(e.precedent * w.precedent, 0) AS by_precedent, coalesce(e.place * w.place, 0) AS by_place, coalesce(e.capacity * w.capacity, 0) AS by_capacity,
        coalesce(e.readiness * w.readiness, 0) AS by_readiness
    FROM cell_candidate e CROSS JOIN w
)
SELECT
    * EXCLUDE (known_weight, by_exchange, by_cause, by_precedent, by_place, by_capacity, by_readiness),
    round(known_weight, 4) AS evidence_coverage,
    round(by_exchange / known_weight, 6) AS part_fit_exchange, round(by_cause / known_weight, 6) AS part_fit_cause,
    round(by_precedent / known_weight, 6) AS part_precedent, round(by_place / known_weight, 6) AS part_place, round(by_capacity / known_weight, 6) AS part_capacity,
    round(by_readiness / known_weight, 6) AS part_readiness,
    round((by_exchange + by_cause + by_precedent + by_place + by_capacity + by_readiness) / known_weight, 4) AS score
FROM weighed
WHERE known_weight > 0;

-- The best of each kind per cell, ties to the smaller id. Only (score, id) is held while picking, so memory stays small.
CREATE TABLE picked AS
SELECT cell_id, scope, partner_kind, unnest(best).partner_id AS partner_id
FROM (
    SELECT cell_id, scope, partner_kind, min({'falling': -score, 'partner_id': partner_id}, {depth}) AS best
    FROM cell_score GROUP BY cell_id, scope, partner_kind
);

CREATE TABLE cell_partner AS
SELECT s.* FROM cell_score s JOIN picked USING (cell_id, scope, partner_kind, partner_id);

-- The grant or loan that could pay for what a business would give: the best fitting one open to it, ties to the smaller id.
CREATE TABLE funding AS
SELECT c.cell_id, t.resource_id, c.partner_id AS funding_programme_id
FROM cell_candidate c
JOIN topic_pays t ON 'programme:' || t.topic_id = c.partner_activity_id
JOIN programme g ON g.programme_id = c.partner_id AND len(list_intersect(g.kinds, ['grant', 'loan', 'guarantee'])) > 0
WHERE c.partner_kind = 'programme' AND c.fit_exchange >= 0.5
QUALIFY row_number() OVER (PARTITION BY c.cell_id, t.resource_id ORDER BY c.fit_exchange DESC, c.partner_id) = 1;

CREATE TABLE shortlist AS
SELECT
    'opp_' || left(sha256(concat_ws('|', s.scope, b.region_id, b.organisation_id, s.partner_id)), 16) AS opportunity_id,
    b.organisation_id AS business_id, b.region_id, b.activity_id AS business_activity_id, s.*, f.funding_programme_id
FROM cell_partner s
JOIN business b USING (cell_id)
LEFT JOIN funding f ON f.cell_id = s.cell_id AND f.resource_id = s.give_resource_id AND s.partner_kind = 'organisation'
ANTI JOIN not_independent n ON n.business_id = b.organisation_id AND n.partner_id = s.partner_id
ANTI JOIN declined d ON d.business_id = b.organisation_id AND d.partner_id = s.partner_id
WHERE s.partner_id <> b.organisation_id;
