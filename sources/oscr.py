"""Scottish Charity Register (OSCR): every charity registered in Scotland, a ZIP with one CSV, daily.

Only what is special about this register is here. Purposes are a comma list whose items stand in single quotes where they
hold commas. `Principal Office/Trustees Address` is a trustee's home where a charity has no office, so it is never read: the
postcode alone places a charity. Names of some small charities are withheld; numbers now and then repeat (both are set aside).
"""

from __future__ import annotations

from sources.address import uk_postcode_sql, web_address_sql
from sources.register import CsvRegister, Options
from sources.size import size_band_sql

HEADER = (
    "Charity Number", "Charity Name", "Registered Date", "Known As", "Charity Status", "Notes", "Postcode",
    "Constitutional Form", "Previous Constitutional Form 1", "Geographical Spread", "Main Operating Location", "Purposes",
    "Beneficiaries", "Activities", "Objectives", "Principal Office/Trustees Address", "Website", "Most recent year income",
    "Most recent year expenditure", "Mailing cycle", "Year End", "Date annual return received", "Next year end date",
    "Donations and legacies income", "Charitable activities income", "Other trading activities income", "Investments income",
    "Other income", "Raising funds spending", "Charitable activities spending", "Other spending", "Parent charity name",
    "Parent charity number", "Parent charity country of registration", "Designated religious body", "Regulatory Type",
)  # fmt: skip

# Registered dates carried a time of day until 2019.
SELECT = rf"""
SELECT
    file_row,
    upper("Charity Number") AS native_id,
    "Charity Name" AS name,
    CASE WHEN "Known As" IS NULL OR lower("Known As") = lower("Charity Name") THEN [] ELSE ["Known As"] END AS other_names,
    'nonprofit' AS sector,
    {uk_postcode_sql("Postcode")} AS postcode,
    'GB' AS country,
    {web_address_sql("Website")} AS website,
    Objectives AS description,
    'OSCR' AS class_scheme,
    [lower(trim(item, ' ''')) FOR item IN regexp_extract_all(coalesce(Purposes, ''), '''[^'']*''|[^,]+')
     IF trim(item, ' ''') <> ''] AS class_codes,
    CASE WHEN regexp_full_match(native_id, 'SC[0-9]{{6}}') THEN ['GB-SC-' || native_id] ELSE [] END AS identifiers,
    CASE "Charity Status" WHEN 'Active' THEN 'active' WHEN 'Removed' THEN 'inactive' ELSE 'unknown' END AS status,
    try_strptime(left("Registered Date", 10), '%d/%m/%Y')::DATE AS started_on,
    try_strptime(left("Year End", 10), '%d/%m/%Y')::DATE AS last_filed_on,
    round(TRY_CAST("Most recent year income" AS DOUBLE))::BIGINT AS income_amount,
    CASE WHEN income_amount IS NOT NULL THEN 'GBP' END AS income_currency,
    {size_band_sql("income_amount")} AS size_band,
    -- A parent is given by its number, in Scotland or in the country that is named; of other countries we know no numbers.
    upper(trim("Parent charity number")) AS number,
    contains(lower("Parent charity country of registration"), 'england') AS is_english,
    CASE
        WHEN regexp_full_match(number, 'SC[0-9]{{6}}') THEN 'GB-SC-' || number
        WHEN is_english AND regexp_full_match(number, '[1-9][0-9]{{5,6}}') THEN 'GB-CHC-' || number
    END AS parent,
    CASE WHEN parent IS NOT NULL AND parent <> 'GB-SC-' || native_id THEN [parent] END AS parent_identifiers,
    CASE WHEN len(parent_identifiers) > 0 THEN "Parent charity name" END AS parent_name,
    CASE WHEN len(parent_identifiers) > 0 THEN 'parent' END AS parent_kind
FROM raw
"""


def _header(_options: Options) -> tuple[str, ...]:
    return HEADER


def _select(_options: Options) -> str:
    return SELECT


REGISTER = CsvRegister(
    name="oscr",
    title="Scottish Charity Register",
    publisher="Office of the Scottish Charity Regulator",
    licence="OGL-UK-2.0",
    licence_url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/2/",
    attribution=(
        "Contains information from the Scottish Charity Register supplied by the Office of the Scottish Charity Regulator and "
        "licensed under the Open Government Licence v.2.0."
    ),
    url="https://www.oscr.org.uk/download/charity-register",
    cadence="daily",
    org_id_scheme="GB-SC",
    floor=15_000,
    ceiling=40_000,
    host_delay_s=2.0,
    record_url="https://www.oscr.org.uk/about-charities/search-the-register/charity-details?number={native_id}",
    personal_fields=("Principal Office/Trustees Address", "Notes"),
    header=_header,
    select=_select,
)
