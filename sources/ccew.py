"""Charity Commission for England and Wales: the register of charities, rebuilt every night as one ZIP a table.

Traps: tables are joined on `organisation_number`, which is not the registered number of nearly half of all rows; a registered
number is shared by a charity and its linked ones (`linked_charity_number` above 0), which are kept under an id of both numbers,
tell of the main charity and are no partners by themselves; removed charities stay in the file. The postcode is that of the
contact, often a solicitor's. Some names are damaged in the register itself (`BEQUEST OF ·500`) and are left so: they are only
ever compared.

JSON and TSV extracts are both read; `charity` is needed, the other tables add to it. Where a charity works
(`charity_area_of_operation`) and how many people it employs (`charity_annual_return_partb`) have no column in our rows, so
those tables are known but not asked for.
"""

from __future__ import annotations

from string import Template

from sources.address import place_line_sql, uk_postcode_sql, web_address_sql
from sources.ccew_columns import TABLES
from sources.register import Options, TablesRegister
from sources.size import size_band_sql

# Codes begin with 1 (what), 2 (who) or 3 (how). 101 (general charitable purposes) and 117 (other) say least of what a charity
# does and come after the other whats. 301 and 302 are grants to people and to organisations.
SELECT = r"""
WITH live AS (
    SELECT organisation_number, charity_activities IS NULL AS is_silent FROM charity
    WHERE charity_registration_status <> 'Removed'
),
class AS (
    SELECT organisation_number,
        list(DISTINCT classification_code ORDER BY
            CASE WHEN classification_code IN ('101', '117') THEN '199' ELSE '' END || classification_code) AS codes
    FROM charity_classification SEMI JOIN live USING (organisation_number)
    WHERE classification_code IS NOT NULL GROUP BY organisation_number
),
other_name AS (
    SELECT organisation_number, list(charity_name ORDER BY working DESC, charity_name) AS names
    FROM (SELECT organisation_number, charity_name, max(charity_name_type = 'Working name') AS working
          FROM charity_other_names SEMI JOIN live USING (organisation_number)
          WHERE charity_name IS NOT NULL GROUP BY ALL)
    GROUP BY organisation_number
),
purpose AS (
    SELECT organisation_number, min(charitable_objects) AS objects
    FROM charity_governing_document JOIN live USING (organisation_number) WHERE is_silent GROUP BY organisation_number
),
latest_return AS (
    SELECT organisation_number, bool_or($grant_maker) AS is_grant_maker
    FROM charity_annual_return_parta WHERE fin_period_order_number = '1' GROUP BY organisation_number
),
row AS (
    SELECT *,
        list_filter([$lines], lambda line: line IS NOT NULL) AS lines,
        -- The town has no column of its own: it is the last line that is no county and not the first.
        list_filter(lines[2:], lambda line: NOT regexp_matches(upper(line), '$county'))[-1] AS town,
        TRY_CAST(TRY_CAST(latest_income AS DOUBLE) AS BIGINT) AS income,
        upper(charity_company_registration_number) AS company,
        coalesce(linked_charity_number, '0') <> '0' AS is_linked,
        charity_registration_status = 'Removed' AS is_removed
    FROM charity
)
SELECT
    file_row,
    registered_charity_number || CASE WHEN is_linked THEN '-' || linked_charity_number ELSE '' END AS native_id,
    charity_name AS name,
    list_filter(coalesce(names, []), lambda n: n <> charity_name) AS other_names,
    'nonprofit' AS sector,
    nullif(concat_ws(', ', lines[1], CASE WHEN lines[2] <> town THEN lines[2] END), '') AS street,
    town AS city,
    $postcode AS postcode,
    'GB' AS country,
    $website AS website,
    regexp_replace(coalesce(charity_activities, objects), '\s+', ' ', 'g') AS description,
    'CCEW' AS class_scheme,
    coalesce(codes, []) AS class_codes,
    -- A linked charity has no number of its own.
    CASE WHEN is_linked THEN [] ELSE list_filter([
        'GB-CHC-' || registered_charity_number,
        CASE WHEN regexp_full_match(company, '[0-9]{1,8}') AND ltrim(company, '0') <> '' THEN 'GB-COH-' || lpad(company, 8, '0')
             WHEN regexp_full_match(company, '[A-Z]{2}[0-9]{6}') THEN 'GB-COH-' || company END
    ], lambda i: i IS NOT NULL) END AS identifiers,
    CASE WHEN lower(charity_insolvent) IN ('true', '1') OR lower(cio_is_dissolved) IN ('true', '1') THEN 'inactive'
         WHEN charity_registration_status = 'Registered' THEN 'active' ELSE 'unknown' END AS status,
    TRY_CAST(left(date_of_registration, 10) AS DATE) AS started_on,
    TRY_CAST(left(latest_acc_fin_period_end_date, 10) AS DATE) AS last_filed_on,
    income AS income_amount,
    CASE WHEN income IS NOT NULL THEN 'GBP' END AS income_currency,
    $size AS size_band,
    -- One that only hands out money is no partner to a business, whatever it calls itself.
    CASE WHEN is_linked THEN ['linked_charity']
         WHEN is_grant_maker OR (len(list_filter(codes, lambda c: c[1] = '3')) > 0
              AND len(list_filter(codes, lambda c: c[1] = '3' AND c NOT IN ('301', '302'))) = 0)
         THEN ['private_foundation'] ELSE [] END AS flags,
    CASE WHEN is_linked THEN ['GB-CHC-' || registered_charity_number] END AS parent_identifiers,
    CASE WHEN is_linked THEN 'linked_charity' END AS parent_kind,
    '$page' || organisation_number AS record_url,
    CASE WHEN is_removed THEN 'removed' END AS outside
FROM row
LEFT JOIN class USING (organisation_number)
LEFT JOIN other_name USING (organisation_number)
LEFT JOIN purpose USING (organisation_number)
LEFT JOIN latest_return USING (organisation_number)
"""

#: Lines of an address that are a county or a country, not a town.
_COUNTY = (
    "SHIRE$|^(GREATER|SOUTH|NORTH|EAST|WEST|MID) (MANCHESTER|LONDON|MIDLANDS|SUSSEX|GLAMORGAN|HUMBERSIDE)$|^(CO|COUNTY) DURHAM$|"
    "^TYNE (AND|&) WEAR$|^ISLE OF WIGHT$|^(AVON|CLEVELAND|CLWYD|CORNWALL|CUMBRIA|DEVON|DORSET|DYFED|ESSEX|GWENT|GWYNEDD|HERTS|"
    "KENT|MERSEYSIDE|MIDDLESEX|MIDDX|NORFOLK|POWYS|RUTLAND|SOMERSET|SUFFOLK|SURREY)$|^(ENGLAND|WALES|UK|UNITED KINGDOM)$"
)


#: A charity's page goes by its organisation number.
_PAGE = "https://register-of-charities.charitycommission.gov.uk/charity-search/-/charity-details/"


def _select(_options: Options) -> str:
    return Template(SELECT).substitute(
        grant_maker="lower(grant_making_is_main_activity) IN ('true', '1')",
        lines=", ".join(place_line_sql(f"charity_contact_address{number}") for number in range(1, 6)),
        county=_COUNTY,
        postcode=uk_postcode_sql("charity_contact_postcode"),
        website=web_address_sql("charity_contact_web"),
        size=size_band_sql("income"),
        page=_PAGE,
    )


REGISTER = TablesRegister(
    name="ccew",
    title="Register of charities in England and Wales",
    publisher="Charity Commission for England and Wales",
    licence="OGL-UK-3.0",
    licence_url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    attribution="Contains Charity Commission information licensed under the Open Government Licence v3.0.",
    url="https://ccewuksprdoneregsadata1.blob.core.windows.net/data/json/publicextract.{table}.zip",
    cadence="daily",
    org_id_scheme="GB-CHC",
    floor=100_000,
    ceiling=1_000_000,
    host_delay_s=1.0,
    personal_fields=("charity_contact_phone", "charity_contact_email", "trustee_name"),
    tables=TABLES,
    main="charity",
    select=_select,
)
