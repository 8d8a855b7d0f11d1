SELECT region_id, industry_id, max(business_count) AS business_count, count(*) AS programme_count,
       count(*) FILTER (names_industry) AS own_programme_count,
       count(*) FILTER (taker_count = 0) AS untaken_programme_count,
       max(taker_count) AS most_taker_count
FROM mart.programme_reach
GROUP BY region_id, industry_id
ORDER BY region_id, industry_id
