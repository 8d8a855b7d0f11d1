-- What becomes of each measured pair. Input: pair, measured (same order keys), shared_name. Output: decided.
-- A name alone never merges: every rule that says match needs an address, a legal name with its city, a website or an id.
CREATE TABLE decided AS
WITH judged AS (
    SELECT
        p.*, m.name_similarity, m.street_similarity, m.conflict,
        coalesce(p.same_house_number AND coalesce(m.street_similarity, 1) >= 0.85 AND (p.same_postcode OR p.same_city), false) AS same_address,
        s.match_name IS NULL AND len(string_split(p.name_a, ' ')) >= 3 AS telling_name
    FROM pair p
    JOIN measured m USING (record_id_a, record_id_b)
    LEFT JOIN (SELECT DISTINCT match_name FROM shared_name) s ON s.match_name = p.name_a
),
ruled AS (
    SELECT *, CASE
        WHEN same_identifier THEN 'same_identifier'
        WHEN conflict THEN 'names_conflict'
        WHEN same_name AND same_address THEN 'same_name_same_address'
        WHEN name_similarity >= 0.88 AND same_address THEN 'similar_name_same_address'
        WHEN same_domain AND name_similarity >= 0.6 THEN 'same_website_similar_name'
        WHEN same_name AND same_legal_form AND same_city THEN 'same_legal_name_same_city'
        WHEN same_name AND across_registers AND same_city AND telling_name THEN 'same_telling_name_same_city'
        WHEN same_name AND (same_postcode OR same_city) THEN 'same_name_nearby'
        WHEN name_similarity >= 0.92 AND (same_postcode OR box_and_street) THEN 'similar_name_nearby'
        WHEN name_similarity >= 0.75 AND same_address THEN 'alike_name_same_address'
        ELSE 'too_different'
    END AS rule
    FROM judged
)
SELECT
    record_id_a, record_id_b,
    CASE WHEN rule IN ('same_identifier', 'same_name_same_address', 'similar_name_same_address', 'same_website_similar_name',
                       'same_legal_name_same_city', 'same_telling_name_same_city') THEN 'match'
         WHEN rule IN ('same_name_nearby', 'similar_name_nearby', 'alike_name_same_address') THEN 'review'
         ELSE 'no_match' END AS decision,
    CASE rule
        WHEN 'same_identifier' THEN 0.99 WHEN 'same_name_same_address' THEN 0.98 WHEN 'same_website_similar_name' THEN 0.95
        WHEN 'same_legal_name_same_city' THEN 0.94 WHEN 'similar_name_same_address' THEN 0.92 WHEN 'same_telling_name_same_city' THEN 0.90
        WHEN 'same_name_nearby' THEN 0.60 WHEN 'similar_name_nearby' THEN 0.50 WHEN 'alike_name_same_address' THEN 0.45
        WHEN 'names_conflict' THEN 0.10 ELSE 0.05
    END AS probability,
    rule, name_similarity, street_similarity, same_house_number, same_postcode, same_city, same_domain
FROM ruled;
