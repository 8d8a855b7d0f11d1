-- Who worked together before: dealings of a business with a charity or public body, and how far they speak for others like them.
-- Inputs: organisation, relationship, known_partnership(business_id, partner_id, known_as, since, number), partner, activity_industry.
-- Outputs: dealing (a row a dealing), precedent_of(activity_id, partner_id, precedent, dealings: the ids of the three that speak most),
-- precedent_words(activity_id, partner_id, first_words).

CREATE TABLE dealing AS
WITH told AS (
    SELECT relationship_id AS dealing_id, relationship_kind AS dealing_kind, from_organisation_id AS one, to_organisation_id AS other,
           agreed_on AS dealt_on, register_url AS url
    FROM relationship WHERE relationship_kind IN {dealings}
    UNION ALL
    SELECT 'known:' || business_id || ':' || partner_id, known_as, business_id, partner_id, try_cast(since AS DATE), NULL FROM known_partnership
)
SELECT
    t.dealing_id, t.dealing_kind, t.dealt_on, t.url, b.organisation_id AS business_id, b.activity_id AS business_activity_id,
    b.display_name AS business_name, p.organisation_id AS partner_id, p.activity_id AS partner_activity_id, p.display_name AS partner_name
FROM told t
JOIN organisation b ON b.organisation_id IN (t.one, t.other) AND b.sector = 'private'
JOIN organisation p ON p.organisation_id IN (t.one, t.other) AND p.sector <> 'private'
WHERE NOT b.is_natural_person AND NOT p.is_natural_person;

-- A business of the same kind speaks fully, one of the same industry half; a partner of the same kind a bit more than half.
CREATE TABLE precedent_of AS
WITH like_business AS (
    SELECT a.activity_id, d.dealing_id, d.partner_id, d.partner_activity_id,
           CASE WHEN d.business_activity_id = a.activity_id THEN 1.0 ELSE 0.5 END AS likeness
    FROM dealing d
    JOIN activity_industry i ON i.activity_id = d.business_activity_id
    JOIN activity_industry a ON a.industry_id = i.industry_id
),
speaks AS (
    SELECT l.activity_id, p.organisation_id AS partner_id, l.dealing_id, l.likeness AS value
    FROM like_business l JOIN partner p ON p.organisation_id = l.partner_id
    UNION ALL
    SELECT l.activity_id, p.organisation_id, l.dealing_id, 0.6 * l.likeness
    FROM like_business l JOIN partner p ON p.activity_id = l.partner_activity_id AND p.organisation_id <> l.partner_id
),
most AS (
    SELECT activity_id, partner_id, list({'value': value, 'dealing_id': dealing_id} ORDER BY value DESC, dealing_id)[1:3] AS best
    FROM speaks GROUP BY activity_id, partner_id
)
-- One like dealing is a sign, three are a habit.
SELECT activity_id, partner_id,
       round(0.6 * best[1].value + 0.25 * coalesce(best[2].value, 0) + 0.15 * coalesce(best[3].value, 0), 4)::DOUBLE AS precedent,
       [b.dealing_id FOR b IN best] AS dealings
FROM most
UNION ALL
-- A partner that works with businesses, but with none of this kind.
SELECT a.activity_id, d.partner_id, 0.0, []
FROM (SELECT DISTINCT partner_id FROM dealing) d CROSS JOIN activity_industry a
ANTI JOIN speaks s ON s.activity_id = a.activity_id AND s.partner_id = d.partner_id;

-- The one that speaks most, where it is a business of the same kind with this very partner.
CREATE TABLE precedent_words AS
SELECT p.activity_id, p.partner_id, d.business_name || ' already works with it' AS first_words
FROM precedent_of p
JOIN dealing d ON d.dealing_id = p.dealings[1] AND d.partner_id = p.partner_id AND d.business_activity_id = p.activity_id;
