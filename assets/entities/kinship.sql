-- Kin inferred from names at one place → inferred_link. Inputs: organisation_record, bridge, organisation, identifier,
-- platform (domains that host many sites), dependant (what a name may add to that of the body it depends on; `is_above`: the one
-- with the longer name is the parent).
-- Names alone never link: every rule asks for the same door or the same website too. Natural persons are nobody's kin.

-- Every name an organisation goes by in a register. The name to compare has no legal form and its words spelled out.
CREATE TABLE known_as AS
SELECT DISTINCT
    b.organisation_id, r.match_name, r.legal_form, r.sector, o.region_id,
    CASE
        -- A British postcode is a few doors; elsewhere it takes the number of the house or box too.
        WHEN r.country = 'GB' AND regexp_full_match(r.postcode, '[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}') THEN 'GB ' || r.postcode
        WHEN r.country <> 'GB' AND r.postcode IS NOT NULL AND regexp_matches(r.street, '[0-9]') THEN concat_ws(' ', r.country, r.postcode,
            CASE WHEN regexp_matches(r.street, '(?i)^p\.? ?o\.? ?(box|drawer)') THEN 'box' END, regexp_extract(r.street, '[0-9]+'))
    END AS door,
    -- A site that hosts anybody's page is nobody's own.
    CASE WHEN p.domain IS NULL AND q.domain IS NULL THEN r.website_domain END AS site
FROM organisation_record r
JOIN bridge b USING (record_id)
JOIN organisation o USING (organisation_id)
LEFT JOIN platform p ON p.domain = r.website_domain
LEFT JOIN platform q ON q.domain = regexp_extract(r.website_domain, '\.(.+)$', 1)
WHERE NOT r.is_natural_person AND NOT o.is_natural_person AND r.match_name <> '';

-- What ties two bodies together besides the name. Fifty bodies at one door are an agent's address or a mall, and tell nothing.
CREATE TABLE tied AS
SELECT * FROM (
    SELECT DISTINCT organisation_id, match_name, sector, tie, of FROM (
        SELECT *, door AS tie, 'address' AS of FROM known_as WHERE door IS NOT NULL
        UNION ALL
        SELECT *, site, 'website' FROM known_as WHERE site IS NOT NULL))
QUALIFY count(DISTINCT organisation_id) OVER (PARTITION BY tie) <= 50;

-- Names that tell: two words, or one that a single organisation has.
CREATE TABLE telling AS
SELECT match_name FROM known_as GROUP BY match_name
HAVING contains(match_name, ' ') OR (length(match_name) >= 4 AND count(DISTINCT organisation_id) = 1);

-- A variable, so that the pattern is a constant and is compiled once. The longest ending wins, as it begins first.
SET VARIABLE dependant_end = (SELECT ' (' || string_agg(words, '|' ORDER BY words) || ')$' FROM dependant);

-- Parent and child: `X` and `X Trading`, `X Foundation`, `Friends of X`; above: `X Holdings` and `X`. Where several
-- of that name share the place (locals of a union at its head office) it stays open which of them is meant.
CREATE TABLE stem AS
SELECT t.organisation_id, t.tie, t.of, d.what, d.is_above, left(t.match_name, length(t.match_name) - length(d.words) - 1) AS match_name
FROM (SELECT *, regexp_extract(match_name, getvariable('dependant_end'), 1) AS words FROM tied) t
JOIN dependant d USING (words)
UNION ALL
SELECT organisation_id, tie, of, 'supporters', false, regexp_extract(match_name, '^friends of (?:the )?(.+)$', 1)
FROM tied WHERE starts_with(match_name, 'friends of ');

CREATE TABLE kin AS
SELECT
    'parent' AS kind, s.what || ' by its name, same ' || s.of AS reason, 1 AS precedence,
    CASE WHEN s.is_above THEN s.organisation_id ELSE p.organisation_id END AS from_id,
    CASE WHEN s.is_above THEN p.organisation_id ELSE s.organisation_id END AS to_id
FROM stem s
JOIN (SELECT match_name, tie, min(organisation_id) AS organisation_id FROM tied GROUP BY ALL HAVING count(*) = 1) p USING (match_name, tie)
JOIN telling USING (match_name)
UNION ALL
-- Departments: a public body whose name begins with that of another at the same place and says what part of it it is.
SELECT 'parent', 'department by its name, same ' || c.of, 2, p.organisation_id, c.organisation_id
FROM tied c
JOIN tied p ON p.tie = c.tie AND p.sector = 'public' AND starts_with(c.match_name, p.match_name || ' ')
JOIN telling ON telling.match_name = p.match_name
WHERE c.sector = 'public' AND regexp_matches(c.match_name, '\b(department|division|bureau|directorate|school of|faculty|library|fire|police)\b');

-- Sisters: names that differ in a number or letter at the end, at one place. The first of them stands for all; it may have none (`X`,
-- `X II`), though not beside high numbers: those are of posts and lodges, and `American Legion` is any of them.
CREATE TABLE numbered AS
SELECT
    organisation_id, tie, of, regexp_replace(found.stem, ' (no|number)$', '') AS stem,
    coalesce(try_cast(found.mark AS INTEGER), list_position(['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x'], found.mark),
             ascii(found.mark) - ascii('a') + 1) AS number
FROM (SELECT *, regexp_extract(match_name, '^(.*[a-z]{2,}.*) ([0-9]{1,5}|[a-h]|i|ii|iii|iv|v|vi|vii|viii|ix|x)$', ['stem', 'mark']) AS found FROM tied)
WHERE found.mark <> '';

CREATE TABLE sister AS
SELECT * FROM numbered
UNION
SELECT t.organisation_id, t.tie, t.of, t.match_name, 0
FROM tied t JOIN (SELECT DISTINCT stem, tie FROM numbered WHERE number BETWEEN 2 AND 20) n ON n.stem = t.match_name AND n.tie = t.tie;

INSERT INTO kin
SELECT 'sister', 'names differ in a number or letter, same ' || of, 3, eldest, organisation_id
FROM (SELECT *, first(organisation_id) OVER w AS eldest, first(number) OVER w AS eldest_number
      FROM sister WINDOW w AS (PARTITION BY stem, tie ORDER BY number, organisation_id))
WHERE number <> eldest_number;

-- Branches: one name and one website, or one registered name of a firm, in one region. The smallest id stands for all.
CREATE TABLE branch AS
SELECT DISTINCT organisation_id, match_name, region_id, 'website' AS of, site AS common FROM known_as
WHERE site IS NOT NULL AND region_id IS NOT NULL
UNION
SELECT DISTINCT organisation_id, match_name, region_id, 'legal name', legal_form FROM known_as
WHERE sector = 'private' AND legal_form IS NOT NULL AND region_id IS NOT NULL;

INSERT INTO kin
SELECT 'branch_of_same_name', 'same name and ' || of, 4, head, organisation_id
FROM (SELECT *, min(organisation_id) OVER (PARTITION BY match_name, region_id, of, common) AS head FROM branch)
WHERE organisation_id <> head;

-- No branches of each other: two bodies with a number each on one official list, and two at one door (one body, not recognised as such).
CREATE TABLE fact AS
SELECT organisation_id, scheme AS fact FROM identifier UNION SELECT organisation_id, tie FROM tied WHERE of = 'address';

CREATE TABLE no_branch AS
SELECT DISTINCT k.kind, k.from_id, k.to_id
FROM kin k
JOIN fact a ON a.organisation_id = k.from_id
JOIN fact b ON b.organisation_id = k.to_id AND b.fact = a.fact
WHERE k.kind = 'branch_of_same_name';

CREATE TABLE inferred_link AS
SELECT
    k.kind || ':' || k.from_id || ':' || k.to_id AS relationship_id, 'inferred' AS source, k.from_id || ':' || k.to_id AS native_id,
    k.kind AS relationship_kind, 'inferred' AS relationship_basis, k.reason,
    f.name AS from_name, f.organisation_id AS from_organisation_id, t.name AS to_name, t.organisation_id AS to_organisation_id,
    t.city AS to_city, t.postcode AS to_postcode, t.country AS to_country, []::VARCHAR[] AS places, t.register_url,
    array_to_string(list_sort(list_distinct(list_concat(f.licences, t.licences))), ' + ') AS licence,
    greatest(f.stale_days, t.stale_days) AS stale_days
FROM kin k
ANTI JOIN no_branch USING (kind, from_id, to_id)
JOIN organisation f ON f.organisation_id = k.from_id
JOIN organisation t ON t.organisation_id = k.to_id
WHERE k.from_id <> k.to_id
QUALIFY row_number() OVER (PARTITION BY least(k.from_id, k.to_id), greatest(k.from_id, k.to_id) ORDER BY k.precedence, k.reason, k.from_id) = 1;
