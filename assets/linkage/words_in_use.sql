-- How common words, names, phones and sites are among the records of the epoch. Input: the tables of comparable.sql.
-- Rare things identify, common ones do not: 171 active charities are called "Village Hall".

CREATE TABLE word_use AS SELECT word, count(DISTINCT rid)::INTEGER AS uses FROM form_word GROUP BY word;
CREATE TABLE address_word_use AS SELECT word, count(*)::INTEGER AS uses FROM address_word GROUP BY word;
CREATE TABLE name_use AS
SELECT f.name, count(DISTINCT f.rid)::INTEGER AS uses, count(DISTINCT coalesce(nullif(c.outcode, ''), c.cell::VARCHAR, c.city))::INTEGER AS places
FROM form f JOIN comparable c USING (rid) GROUP BY f.name HAVING count(DISTINCT f.rid) > 1;
CREATE TABLE phone_use AS SELECT phone, count(*)::INTEGER AS uses FROM comparable WHERE phone <> '' GROUP BY phone HAVING count(*) > 1;
CREATE TABLE domain_use AS SELECT website_domain, count(*)::INTEGER AS uses FROM comparable WHERE website_domain <> '' GROUP BY website_domain HAVING count(*) > 1;
CREATE TABLE postcode_use AS SELECT postcode, count(*)::INTEGER AS uses FROM comparable WHERE postcode <> '' GROUP BY postcode HAVING count(*) > 1;
