-- Business with business joins the fit of kinds: from here on a partner may be a business too. Inputs: trade_affinity (trade.sql) and the
-- tables of trade.py. Changes: affinity, resource, cause, benefit_of, measure_of.

INSERT INTO affinity BY NAME SELECT * FROM trade_affinity;
INSERT INTO resource BY NAME SELECT * EXCLUDE (benefits, measures) FROM trade_resource;
INSERT INTO cause BY NAME SELECT cause_id, cause_words, 1.0 AS telling FROM trade_cause;
INSERT INTO benefit_of BY NAME SELECT resource_id, unnest(benefits) AS benefit FROM trade_resource;
INSERT INTO measure_of BY NAME
SELECT resource_id, unnest(range(1, len(measures) + 1)) AS place_in_line, unnest(measures) AS measure FROM trade_resource;
