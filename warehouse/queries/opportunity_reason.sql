SELECT c.opportunity_id, o.business_name, o.partner_name, c.criterion, c.sub_score, c.weight, c.contribution,
       e.evidence_number, e.side, e.field, e.value, e.url
FROM mart.opportunity_criterion AS c
JOIN mart.opportunity AS o USING (opportunity_id)
LEFT JOIN mart.opportunity_evidence AS e USING (opportunity_id, criterion)
