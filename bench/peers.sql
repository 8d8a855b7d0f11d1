-- The fields the peers compare, made from table `given`: one row a record, NULL where nothing is known.
-- Plain cleaning of the kind any user would do; `ours` reads the records as they are.
CREATE TABLE cleaned AS
WITH
plain AS (
    SELECT
        record_id,
        replace(replace(lower(strip_accents(name)), '&', ' and '), '+', ' and ') AS name,
        lower(strip_accents(address)) AS address,
        lower(strip_accents(city)) AS city,
        upper(regexp_replace(postcode, '[^A-Za-z0-9]', '', 'g')) AS postcode,
        regexp_replace(phone, '[^0-9]', '', 'g') AS phone,
        regexp_extract(lower(website), '^(?:https?://)?(?:www\.)?([^/?#: ]+\.[^/?#: ]+)', 1) AS domain,
        lat,
        lon
    FROM given
),
words AS (
    -- Apostrophes and dots stand inside words; everything else that is no letter or digit stands between them.
    SELECT * REPLACE (
        trim(regexp_replace(regexp_replace(name, '[''’`.]', '', 'g'), '[^a-z0-9]+', ' ', 'g')) AS name,
        trim(regexp_replace(regexp_replace(address, '[''’`.]', '', 'g'), '[^a-z0-9]+', ' ', 'g')) AS address,
        nullif(trim(regexp_replace(city, '[^a-z0-9]+', ' ', 'g')), '') AS city
    )
    FROM plain
),
shortened AS (
    SELECT * REPLACE (
        -- Legal forms and a leading article say little; a name that is nothing else stays.
        coalesce(
            nullif(regexp_replace(regexp_replace(
                name,
                '( (limited|ltd|llp|plc|inc|incorporated|corp|corporation|llc|lp|cic|cio|scio|co|community interest company))+$',
                ''
            ), '^the ', ''), ''),
            nullif(name, '')
        ) AS name,
        nullif(array_to_string(list_transform(string_split(address, ' '), lambda word: coalesce(map {
            'street': 'st', 'road': 'rd', 'avenue': 'ave', 'av': 'ave', 'lane': 'ln', 'drive': 'dr', 'close': 'cl', 'court': 'ct',
            'place': 'pl', 'crescent': 'cres', 'gardens': 'gdns', 'terrace': 'terr', 'square': 'sq', 'boulevard': 'blvd',
            'highway': 'hwy', 'parkway': 'pkwy', 'suite': 'ste', 'floor': 'fl', 'building': 'bldg', 'north': 'n', 'south': 's',
            'east': 'e', 'west': 'w', 'first': '1st', 'second': '2nd', 'third': '3rd', 'fourth': '4th', 'fifth': '5th'
        }[word], word)), ' '), '') AS address,
        -- ZIP+4 to ZIP.
        nullif(CASE WHEN regexp_matches(postcode, '^[0-9]{9}$') THEN left(postcode, 5) ELSE postcode END, '') AS postcode,
        -- The last nine digits leave out country and trunk prefixes; fewer than seven are no number.
        CASE WHEN length(phone) >= 7 THEN right(phone, 9) END AS phone,
        -- Hosts of other people's pages identify nobody.
        CASE WHEN NOT regexp_matches(
            domain,
            '(^|\.)(facebook|instagram|twitter|x|linkedin|youtube|wordpress|blogspot|wixsite|google|yelp|tripadvisor|localgiving'
            || '|gmail|hotmail)\.(com|org|co\.uk)$'
        ) THEN nullif(domain, '') END AS domain
    )
    FROM words
)
SELECT
    row_number() OVER (ORDER BY record_id) - 1 AS row_id,
    *,
    string_split(name, ' ')[1] AS first_word,
    -- Outward code of a British postcode, else the first three characters.
    CASE
        WHEN regexp_matches(postcode, '^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$') THEN left(postcode, -3)
        ELSE left(postcode, 3)
    END AS outward,
    -- Cells of about a kilometre, and the same cells moved by half, so that neighbours share one or the other.
    format('{},{}', floor(lat * 100)::INT, floor(lon * 60)::INT) AS cell,
    format('{},{}', floor(lat * 100 + .5)::INT, floor(lon * 60 + .5)::INT) AS shifted_cell
FROM shortened
ORDER BY row_id;
