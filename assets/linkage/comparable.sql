-- What of a record is compared. Input: raw(record_id, source, name, other_names[], address, city, region, postcode, country,
-- phone, website, lat, lon, identifiers[]), the word tables abbreviation, address_abbreviation, legal_form, platform.
-- Output: comparable (a row a record, numbered by rid in the order of record_id), form (a row for each name a record goes by),
-- form_word (its words in canonical spelling) and address_word.

-- Most texts are plain after the first step and are spared the rest.
CREATE OR REPLACE MACRO unpunctuated(text) AS CASE
    WHEN regexp_matches(text, '[^a-z0-9 ]|  |^ | $') THEN trim(regexp_replace(
        regexp_replace(replace(replace(text, '&', ' and '), '+', ' and '), '[''’`´.]', '', 'g'), '[^\p{L}\p{N}]+', ' ', 'g'))
    ELSE text
END;
-- Letters that lose no accent (Ł, Ø), and the wide ones of East Asian keyboards.
CREATE OR REPLACE MACRO plain_letters(text) AS CASE
    WHEN regexp_matches(text, '[łøđ\x{FF10}-\x{FF5A}]') THEN translate(text, 'łøđ０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ', 'lod0123456789abcdefghijklmnopqrstuvwxyz')
    ELSE text
END;
CREATE OR REPLACE MACRO folded(text) AS unpunctuated(plain_letters(lower(strip_accents(coalesce(text, '')))));

CREATE OR REPLACE TABLE comparable AS
WITH cleaned AS (
    SELECT
        (row_number() OVER (ORDER BY record_id) - 1)::INTEGER AS rid, record_id, coalesce(source, '') AS source, name,
        coalesce(other_names, []) AS other_names,
        -- "9601 Main St #500" names a door as "9601 Main St Ste 500" does.
        folded(CASE WHEN contains(address, '#') THEN regexp_replace(address, '# *([0-9A-Za-z])', ' unit \1', 'g') ELSE address END) AS address_folded, 
        -- "Leeds, West Yorkshire" is Leeds.
        folded(split_part(city, ',', 1)) AS city, folded(region) AS region, upper(coalesce(country, '')) AS country,
        regexp_replace(upper(coalesce(nullif(postcode, ''),
            -- A postcode written into the address line.
            regexp_extract(upper(coalesce(address, '')), '\b([A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2})\s*$', 1))), '[^A-Z0-9]', '', 'g') AS code,
        regexp_replace(coalesce(phone, ''), '[^0-9]', '', 'g') AS digits,
        regexp_extract(lower(coalesce(website, '')), '^(?:https?://)?(?:www\.)?([^/?#: ]+)', 1) AS host,
        lat, lon, coalesce(identifiers, []) AS identifiers
    FROM raw
)
SELECT
    rid, record_id, source, name, other_names, city, region, country, lat, lon, identifiers,
    -- Squares of .01 degrees north by .0167 east (about a kilometre), and the same moved by half a square.
    CASE WHEN lat IS NOT NULL AND lon IS NOT NULL THEN floor(lat * 100)::BIGINT * 100000 + floor(lon * 60)::BIGINT END AS cell,
    CASE WHEN lat IS NOT NULL AND lon IS NOT NULL THEN 50000000000 + floor(lat * 100 + 0.5)::BIGINT * 100000 + floor(lon * 60 + 0.5)::BIGINT END AS shifted_cell,
    -- Units say which door, not which house; ordinals are names of streets and floors.
    regexp_extract_all(regexp_replace(address_folded,
        '\b(?:unit|units|suite|ste|flat|apt|apartment|room|rm|office|floor|fl|flr|level|box|no|bldg|building|hwy|highway|route|rte)\s*[a-z]?[0-9]+[a-z]?\b', ' ', 'g'),
        '\b([0-9]{1,6})[a-z]?\b', 1) AS house_numbers,
    regexp_extract_all(address_folded, '\b(?:unit|suite|ste|flat|apt|apartment|room|rm|office|box)\s*([a-z]?[0-9]+[a-z]?)\b', 1) AS units,
    address_folded,
    CASE WHEN regexp_matches(code, '^[0-9]{9}$') THEN code[1:5] ELSE code END AS postcode,
    CASE
        WHEN regexp_matches(code, '^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$') THEN code[1:length(code) - 3]
        WHEN length(code) <= 4 THEN code
        ELSE code[1:3]
    END AS outcode,
    -- What counts as its neighbourhood: postal district, or square, or town.
    coalesce(nullif(outcode, ''), cell::VARCHAR, city) AS district,
    -- "000-000-0000" and "1234567890" are what a form was given instead of a number.
    CASE
        WHEN length(digits) < 7 OR regexp_matches(digits, '0{6}$|^0?123456789?0?$') OR len(list_distinct(string_split(digits[-7:], ''))) = 1 THEN ''
        ELSE right(digits, 9)
    END AS phone,
    CASE WHEN host LIKE '%.%' AND p.domain IS NULL AND q.domain IS NULL THEN host ELSE '' END AS website_domain
FROM cleaned
LEFT JOIN platform p ON p.domain = host
LEFT JOIN platform q ON q.domain = regexp_extract(host, '\.(.+)$', 1);

-- Every name of a body, and whether a number in it is marked (`hashed`): as registered, other names, both halves of "X trading as Y", and what stands before brackets.
CREATE OR REPLACE TABLE form AS
WITH written AS (
    SELECT rid, unnest(list_prepend(name, other_names)) AS written FROM comparable
),
halves AS (
    SELECT rid, written AS text FROM written
    UNION ALL
    SELECT rid, trim(unnest(regexp_split_to_array(written, '(?i)[\s(]+(?:t/a|d/b/a|dba|trading as|known as|a\.?k\.?a\.?|formerly|doing business as)\s+')), ' ()')
    FROM written WHERE regexp_matches(written, '(?i)[\s(](?:t/a|d/b/a|dba|trading as|known as|a\.?k\.?a\.?|formerly|doing business as)\s')
    UNION ALL
    -- "Winston's Wish (A grief support programme for children)", "Older People's Action in the Locality (OPAL)": what stands in
    -- brackets is no part of the name. A place or a partner in brackets is.
    SELECT rid, outside FROM (
        SELECT rid, regexp_extract(written, '^([^()]+?)\s*\(([^()]+)\)\s*$', ['outside', 'inside']) AS part, UNNEST(part)
        FROM written WHERE written LIKE '%(%'
    )
    WHERE len(string_split(inside, ' ')) >= 4 OR (len(inside) >= 3 AND lower(inside) = lower(array_to_string([
        word[1] FOR word IN string_split(replace(outside, '-', ' '), ' ') IF lower(word) NOT IN ('and', 'of', 'the', 'for', 'in', 'at', 'on', 'to', '&', 'a')
    ], '')))
),
cut AS (
    -- A name without a letter or figure stays as it is; a legal ending or a number glued to a word ("HOLDINGSLLC", "HOME2") is cut loose.
    -- Whose hotel it is is no part of its name ("Courtyard by Marriott").
    SELECT rid, hashed, CASE WHEN contains(text, ' by ') THEN regexp_replace(text, ' by (?:marriott|hilton|wyndham|hyatt|radisson|ihg|choice)( hotels?)?\b', '') ELSE text END AS text
    FROM (
    SELECT rid, hashed, CASE WHEN regexp_matches(text, '[a-z]{3}[0-9]') THEN regexp_replace(text, '([a-z]{3})([0-9])', '\1 \2', 'g') ELSE text END AS text
    FROM (
        SELECT rid, contains(text, '#') AS hashed, regexp_replace(coalesce(nullif(folded(text), ''), lower(trim(text))), '([a-z]{4,})(llc|ltd)$', '\1 \2') AS text
        FROM halves WHERE trim(text) <> ''
    ))
),
ended AS (
    SELECT rid, hashed, text, l.last_word IS NOT NULL AS may_end_legally
    FROM cut LEFT JOIN (SELECT DISTINCT regexp_extract(written, '[^ ]+$') AS last_word FROM legal_form) l
    ON l.last_word = string_split(text, ' ')[-1]
),
reduced AS (
    SELECT rid, hashed, regexp_replace(text, '^the ', '') AS full_text, regexp_replace(text, '^the ', '') AS body, NULL AS ending
    FROM ended WHERE NOT may_end_legally
    UNION ALL
    SELECT
        rid, hashed, regexp_replace(text, '^the ', ''), trim(regexp_replace(regexp_replace(text, '(?: (?:' || {legal_forms} || '))+$', ''), '^the ', '')),
        regexp_extract(text, ' (' || {legal_forms} || ')$', 1)
    FROM ended WHERE may_end_legally
)
SELECT (row_number() OVER (ORDER BY rid, name) - 1)::INTEGER AS fid, * FROM (
    SELECT rid, CASE WHEN body = '' THEN full_text ELSE body END AS name, min(l.legal_form) AS legal_form, bool_or(hashed) AS hashed
    FROM reduced LEFT JOIN legal_form l ON l.written = ending
    GROUP BY ALL
);

CREATE OR REPLACE TABLE form_word AS
SELECT fid, rid, min(position) AS position, word
FROM (
    SELECT fid, rid, position, unnest(string_split(coalesce(a.long,
        CASE WHEN length(word) > 3 AND word[-1:] = 's' AND word[-2:] NOT IN ('ss', 'us', 'is') THEN word[1:-2] ELSE word END), ' ')) AS word
    FROM (SELECT fid, rid, unnest(string_split(name, ' ')) AS word, unnest(range(len(string_split(name, ' ')))) AS position FROM form) w
    LEFT JOIN abbreviation a ON a.short = w.word
)
WHERE word NOT IN ('and', 'of', 'the', 'for', 'in', 'at', 'on', 'to', 'an', 'de', 'la', 'le', 'du', 'und', 'der', 'des', 'di', 'del', 'et')
GROUP BY fid, rid, word;

CREATE OR REPLACE TABLE address_word AS
SELECT DISTINCT rid, coalesce(a.long, w.word) AS word
FROM (SELECT rid, unnest(string_split(address_folded, ' ')) AS word FROM comparable WHERE address_folded <> '') w
LEFT JOIN address_abbreviation a ON a.short = w.word;
