-- A benefit is what a side receives and, after a colon, what it is good for.
WITH benefit AS (
    SELECT opportunity_id, side, string_agg(tag_name, ', ' ORDER BY tag) AS words
    FROM (
        SELECT opportunity_id, 'business' AS side, unnest(business_benefits) AS tag FROM mart.opportunity
        UNION ALL
        SELECT opportunity_id, 'partner', unnest(partner_benefits) FROM mart.opportunity
    ) AS drawn
    JOIN mart.tag AS t USING (tag)
    WHERE t.tag_kind = 'benefit'
    GROUP BY opportunity_id, side
)
SELECT o.opportunity_id, o.region_id, o.rank_in_region,
       o.industry_name AS sector,
       o.business_name AS business,
       o.partner_name AS partner,
       o.explanation AS synergy,
       o."get" || coalesce(': ' || b.words, '') AS business_benefit,
       o."give" || coalesce(': ' || p.words, '') AS partner_benefit
FROM mart.opportunity AS o
LEFT JOIN benefit AS b ON b.opportunity_id = o.opportunity_id AND b.side = 'business'
LEFT JOIN benefit AS p ON p.opportunity_id = o.opportunity_id AND p.side = 'partner'
ORDER BY o.region_id, o.rank_in_region, o.opportunity_id
