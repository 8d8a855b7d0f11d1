-- Words as numbers. Input: the tables of comparable.sql and the uses of the epoch (words_in_use.sql). `{records}` is the number of
-- records of the epoch. Output: vocabulary and address_vocabulary, numbered from the rarest on; form_id and address_id (row, id),
-- where row is a fid or a rid; located (a row a record: where it is).

CREATE OR REPLACE TABLE vocabulary AS
SELECT
    (row_number() OVER (ORDER BY coalesce(u.uses, 1), w.word) - 1)::INTEGER AS id, w.word, coalesce(u.uses, 1)::INTEGER AS uses,
    -- As a share of the most a word can tell: one that a single record carries weighs 1.
    (ln({records} + 1) - ln(coalesce(u.uses, 1))) / ln({records} + 1) AS weight,
    coalesce(CASE d.kind WHEN 'child' THEN 1 WHEN 'sister' THEN 2 WHEN 'supporter' THEN 8 WHEN 'purpose' THEN 32 WHEN 'vehicle' THEN 64 END, 0)
        -- Numbers of up to three figures (and words that end in one) count sisters; of longer ones, which are years and numbers of
        -- shops and lodges, only two that are no years tell bodies apart.
        + CASE WHEN regexp_matches(w.word, '^[a-z]*[0-9]{1,3}(st|nd|rd|th)?$') THEN 4 ELSE 0 END
        + CASE WHEN regexp_matches(w.word, '^[0-9]{4,}$') AND NOT regexp_matches(w.word, '^(19|20)[0-9]{2}$') THEN 16 ELSE 0 END
        + CASE WHEN regexp_matches(w.word, '^[a-z]$') THEN 2 ELSE 0 END AS kind
FROM (SELECT DISTINCT word FROM form_word) w LEFT JOIN word_use u USING (word) LEFT JOIN distinguishing d USING (word);

CREATE OR REPLACE TABLE form_id AS
SELECT fid AS row, id, position::INTEGER AS position FROM form_word JOIN vocabulary USING (word);

CREATE OR REPLACE TABLE address_vocabulary AS
SELECT
    (row_number() OVER (ORDER BY coalesce(u.uses, 1), w.word) - 1)::INTEGER AS id, w.word,
    (ln({records} + 1) - ln(coalesce(u.uses, 1))) / ln({records} + 1) AS weight,
    NOT regexp_matches(w.word, '[0-9]') AND length(w.word) >= 3 AS names_street
FROM (SELECT DISTINCT word FROM address_word) w LEFT JOIN address_word_use u USING (word);

CREATE OR REPLACE TABLE address_id AS SELECT rid AS row, id FROM address_word JOIN address_vocabulary USING (word);

-- The rarest word of the address that is no number names the street best.
CREATE OR REPLACE TABLE located AS
SELECT
    c.rid, city, postcode, outcode, phone, website_domain, cell, shifted_cell, district, house_numbers[1] AS house_number, v.word AS street_word
FROM comparable c
LEFT JOIN (SELECT row AS rid, min(id) AS id FROM address_id JOIN address_vocabulary USING (id) WHERE names_street GROUP BY row) s USING (rid)
LEFT JOIN address_vocabulary v ON v.id = s.id;

-- Words of the address and town that some name has too, numbers aside.
CREATE OR REPLACE TABLE place_id AS
SELECT DISTINCT rid AS row, v.id
FROM (SELECT rid, unnest(string_split(address_folded || ' ' || city, ' ')) AS word FROM comparable) JOIN vocabulary v USING (word)
WHERE v.kind & 4 = 0;
