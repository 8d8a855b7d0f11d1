-- The middle is found first: joined the other way round, the distance from every postcode would be worked out. A degree of
-- latitude is 111.19 km; what lies further north or south needs no sines.
WITH middle AS MATERIALIZED (
    SELECT latitude, longitude FROM mart.postcode_place
    WHERE postcode_key = upper(replace(CAST(near_postcode AS VARCHAR), ' ', ''))
), near AS MATERIALIZED (
    SELECT g.organisation_id,
           2 * 6371 * asin(sqrt(least(1.0, pow(sin(radians(g.latitude - p.latitude) / 2), 2)
               + cos(radians(p.latitude)) * cos(radians(g.latitude)) * pow(sin(radians(g.longitude - p.longitude) / 2), 2)))) AS km
    FROM middle AS p
    JOIN core.organisation AS g ON g.sector = 'private' AND NOT g.is_natural_person AND g.location_precision <> 'city'
        AND g.longitude IS NOT NULL AND abs(g.latitude - p.latitude) <= within_km / 111.1
)
SELECT round(b.km, 1) AS km_away, o.business_id, o.business_name, o.business_activity_id, o.business_postcode, o.scope,
       o.rank_for_business, coalesce(o.partner_organisation_id, o.partner_programme_id) AS partner_id, o.partner_name,
       o.partner_kind, o.partner_sector, o."give", o."get", o.score, o.explanation, o.opportunity_id
FROM near AS b
JOIN mart.opportunity AS o ON o.business_id = b.organisation_id
WHERE b.km <= within_km AND o.rank_for_business <= best
ORDER BY b.km, o.business_id, o.scope, o.rank_for_business, o.opportunity_id
