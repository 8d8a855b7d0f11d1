-- How common words, names, phones and sites are among the records a new epoch begins with. Input: the tables of comparable.sql.
-- Rare things identify, common ones do not: 171 active charities are called "Village Hall". What one record alone has is left out.

CREATE OR REPLACE TABLE word_use AS SELECT word, count(DISTINCT rid)::INTEGER AS uses FROM form_word GROUP BY word HAVING count(DISTINCT rid) > 1;
CREATE OR REPLACE TABLE address_word_use AS SELECT word, count(*)::INTEGER AS uses FROM address_word GROUP BY word HAVING count(*) > 1;
CREATE OR REPLACE TABLE name_use AS
SELECT name, count(DISTINCT place)::INTEGER AS places
FROM (
    SELECT f.name, hash(coalesce(nullif(c.postcode, ''), c.cell::VARCHAR, c.city)) AS place
    FROM form f JOIN comparable c USING (rid)
    WHERE f.name IN (SELECT name FROM form GROUP BY name HAVING count(*) > 1)
) GROUP BY name HAVING count(DISTINCT place) > 1;
CREATE OR REPLACE TABLE phone_use AS SELECT phone, count(*)::INTEGER AS uses FROM comparable WHERE phone <> '' GROUP BY phone HAVING count(*) > 1;
CREATE OR REPLACE TABLE domain_use AS
SELECT website_domain, count(*)::INTEGER AS uses FROM comparable WHERE website_domain <> '' GROUP BY website_domain HAVING count(*) > 1;

-- Words that three or more bodies of one district carry: of the pairs there, how rarely two strangers share it.
CREATE OR REPLACE TABLE word_here AS
SELECT district, word, greatest(ln(bodies / (uses - 1)) / ln(bodies), 0) AS here
FROM (
    SELECT district, word, count(DISTINCT rid) AS uses FROM form_word JOIN (SELECT rid, district FROM comparable WHERE district <> '') USING (rid)
    GROUP BY ALL HAVING count(*) > 2 AND count(DISTINCT rid) > 2
)
JOIN (SELECT district, count(*) AS bodies FROM comparable GROUP BY district) USING (district);
