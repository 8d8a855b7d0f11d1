-- Pairs of records worth comparing. Input: record (core.organisation_record), unique_source(source).
-- Output: candidate(record_id_a, record_id_b), a < b, each pair once.

CREATE TABLE compared AS
SELECT
    r.record_id, r.source, u.source IS NOT NULL AS has_unique_id, r.match_name, r.legal_form, r.website_domain,
    r.postcode, r.city, r.state, r.identifiers,
    -- Only names of the body itself: a chapter's or branch's name beside a national name does not identify it.
    lower(regexp_replace(regexp_replace(strip_accents(coalesce(r.street, '')), '[^A-Za-z0-9 ]', ' ', 'g'), '\s+', ' ', 'g')) AS street_folded
FROM record r LEFT JOIN unique_source u USING (source)
WHERE NOT r.is_natural_person;

CREATE TABLE addressed AS
SELECT
    *,
    nullif(regexp_extract(street_folded, '^(?:p ?o ?(?:box|drawer) )?([0-9]+)', 1), '') AS house_number,
    regexp_matches(street_folded, '^p ?o ?(box|drawer)') AS is_box,
    -- Street without number, unit and the spellings of its kind: what two writers of one address agree on.
    trim(regexp_replace(regexp_replace(regexp_replace(street_folded, '^[0-9]+ ', ''),
        ' (ste|suite|unit|apt|rm|room|bldg|fl|floor|no|space|lot) ?[a-z0-9]*( .*)?$', ''),
        '\b(street|st|avenue|ave|av|road|rd|drive|dr|boulevard|blvd|lane|ln|court|ct|circle|cir|place|pl|parkway|pkwy|pky|highway|hwy|north|south|east|west|n|s|e|w)\b', '', 'g')) AS street_core
FROM compared;

-- How many records carry each word: rare words identify, common ones do not.
CREATE TABLE word AS
SELECT record_id, word, count(*) OVER (PARTITION BY word) AS uses
FROM (SELECT DISTINCT record_id, unnest(string_split(match_name, ' ')) AS word FROM addressed)
WHERE length(word) > 1;

CREATE TABLE rare_word AS
SELECT record_id, word FROM word
QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY uses, word) <= 2;

CREATE TABLE block AS
SELECT 'name' AS family, match_name || '|' || coalesce(state, '') AS key, record_id FROM addressed
UNION ALL
SELECT 'address', concat_ws('|', house_number, trim(street_core), postcode), record_id FROM addressed
WHERE house_number IS NOT NULL AND postcode IS NOT NULL
UNION ALL
SELECT 'word_postcode', w.word || '|' || a.postcode, w.record_id FROM rare_word w JOIN addressed a USING (record_id) WHERE a.postcode IS NOT NULL
UNION ALL
SELECT 'domain', website_domain, record_id FROM addressed WHERE website_domain IS NOT NULL
UNION ALL
SELECT 'identifier', unnest(identifiers), record_id FROM addressed;

-- A block larger than the cap says nothing (a mall's address, a chain's name); its pairs come from the other families.
CREATE TABLE candidate AS
WITH sized AS (
    SELECT *, count(*) OVER (PARTITION BY family, key) AS size FROM block
)
SELECT DISTINCT least(x.record_id, y.record_id) AS record_id_a, greatest(x.record_id, y.record_id) AS record_id_b
FROM sized x
JOIN sized y ON x.family = y.family AND x.key = y.key AND x.record_id < y.record_id
JOIN addressed a ON a.record_id = x.record_id
JOIN addressed b ON b.record_id = y.record_id
WHERE x.size <= {cap}
  -- A register that guarantees its ids never lists one body twice.
  AND NOT (a.has_unique_id AND a.source = b.source);

CREATE TABLE pair AS
SELECT
    c.record_id_a, c.record_id_b, a.match_name AS name_a, b.match_name AS name_b,
    a.street_core AS street_a, b.street_core AS street_b,
    a.house_number = b.house_number AND a.is_box = b.is_box AS same_house_number,
    a.is_box <> b.is_box AS box_and_street,
    a.postcode = b.postcode AS same_postcode,
    lower(a.city) = lower(b.city) AS same_city,
    a.website_domain = b.website_domain AS same_domain,
    a.match_name = b.match_name AS same_name,
    a.legal_form IS NOT NULL AND a.legal_form = b.legal_form AS same_legal_form,
    len(list_intersect(a.identifiers, b.identifiers)) > 0 AS same_identifier,
    a.source <> b.source AND (a.has_unique_id OR b.has_unique_id) AS across_registers
FROM candidate c
JOIN addressed a ON a.record_id = c.record_id_a
JOIN addressed b ON b.record_id = c.record_id_b;

-- Names that more than one body of a register with unique ids carries in a state do not identify a body.
CREATE TABLE shared_name AS
SELECT match_name, state FROM addressed WHERE has_unique_id GROUP BY source, match_name, state HAVING count(*) > 1;
