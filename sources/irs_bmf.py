"""IRS Exempt Organizations Business Master File: every body exempt from US federal income tax, one CSV a state, monthly.

Only what is special about this register is here. Codes are those of the IRS publication `eo_info.pdf`; the care-of name
(`ICO`) names a private person in two of three rows and is never read.
"""

from __future__ import annotations

from sources.register import CsvRegister, Options

HEADER = (
    "EIN", "NAME", "ICO", "STREET", "CITY", "STATE", "ZIP", "GROUP", "SUBSECTION", "AFFILIATION", "CLASSIFICATION", "RULING",
    "DEDUCTIBILITY", "FOUNDATION", "ACTIVITY", "ORGANIZATION", "STATUS", "TAX_PERIOD", "ASSET_CD", "INCOME_CD",
    "FILING_REQ_CD", "PF_FILING_REQ_CD", "ACCT_PD", "ASSET_AMT", "INCOME_AMT", "REVENUE_AMT", "NTEE_CD", "SORT_NAME",
)  # fmt: skip

# SUBSECTION 03 is charitable, 92 and FOUNDATION 02-04 are private foundations; the rest serve their own members, veterans'
# posts (19) included.
# An empty shell files as having no income, carries no class, and is not a church (which need not file).
SELECT = r"""
SELECT
    file_row,
    EIN AS native_id,
    NAME AS name,
    -- A sort name may be a trustee's, an officer's or a contact's: a private person, dropped at the door. Or it is a line of the
    -- address (a building, a box, a mail slot), which is no name of the body.
    CASE WHEN SORT_NAME IS NULL OR regexp_matches(SORT_NAME,
            '\b(TTEE|TRUSTEES?|SOLE M(BR|EMBER)|EXECUTOR|AGENT|ATTN|TREAS(URER)?|SEC(RETAR)?Y|PRESIDENT|CHAIR(MAN|WOMAN)?)\b|^%')
        OR regexp_matches(SORT_NAME, '^(P ?O )?BOX \d|\bSLOT \d|\b(CENTRE|PLAZA|TOWERS?|BUILDING|BLDG)( APTS?)?$') THEN []
         ELSE [SORT_NAME] END AS other_names,
    'nonprofit' AS sector,
    STREET AS street, CITY AS city, STATE AS state, left(ZIP, 5) AS postcode,
    'US' AS country,
    'NTEE' AS class_scheme,
    -- A third of the rows have no NTEE code; the foundation code then tells churches and schools.
    CASE
        WHEN NTEE_CD IS NOT NULL THEN [upper(NTEE_CD)]
        WHEN FOUNDATION = '10' THEN ['X20']
        WHEN FOUNDATION = '11' THEN ['B20']
        ELSE []
    END AS class_codes,
    ['US-EIN-' || EIN] AS identifiers,
    CASE STATUS WHEN '25' THEN 'inactive' WHEN '01' THEN 'active' WHEN '02' THEN 'active' ELSE 'unknown' END AS status,
    try_strptime(nullif(RULING, '000000'), '%Y%m')::DATE AS started_on,
    last_day(try_strptime(TAX_PERIOD, '%Y%m')::DATE) AS last_filed_on,
    CASE WHEN INCOME_CD = '0' AND FILING_REQ_CD <> '01' THEN NULL ELSE TRY_CAST(INCOME_AMT AS BIGINT) END AS income_amount,
    CASE WHEN income_amount IS NOT NULL THEN 'USD' END AS income_currency,
    CASE
        WHEN INCOME_CD IN ('1', '2', '3') THEN 'micro'
        WHEN INCOME_CD IN ('4', '5') THEN 'small'
        WHEN INCOME_CD IN ('6', '7') THEN 'medium'
        WHEN INCOME_CD IN ('8', '9') THEN 'large'
        WHEN FILING_REQ_CD = '02' AND TAX_PERIOD IS NOT NULL THEN 'micro'
        ELSE 'unknown'
    END AS size_band,
    list_filter([
        CASE WHEN SUBSECTION = '06' THEN 'business_league' END,
        CASE WHEN SUBSECTION IN ('07', '08', '10', '19') THEN 'lodge_or_social_club' END,
        CASE WHEN SUBSECTION NOT IN ('03', '04', '06', '07', '08', '10', '19', '92') THEN 'mutual_benefit' END,
        CASE WHEN SUBSECTION = '92' OR FOUNDATION IN ('02', '03', '04') THEN 'private_foundation' END,
        CASE WHEN INCOME_CD = '0' AND NTEE_CD IS NULL AND TAX_PERIOD IS NULL AND FOUNDATION <> '10' THEN 'empty_shell' END
    ], lambda f: f IS NOT NULL) AS flags,
    -- A group exemption: one ruling for a centre (6, or 8 where it is no church) and its subordinates (9) and intermediates (7).
    CASE WHEN "GROUP" <> '0000' THEN 'US-GEN-' || "GROUP" END AS group_code,
    CASE WHEN AFFILIATION IN ('7', '9') AND group_code IS NOT NULL THEN [group_code] END AS parent_identifiers,
    CASE WHEN len(parent_identifiers) > 0 THEN 'group_member' END AS parent_kind,
    CASE WHEN AFFILIATION IN ('6', '8') THEN group_code END AS centre_of
FROM raw
"""


def _header(_options: Options) -> tuple[str, ...]:
    return HEADER


def _select(_options: Options) -> str:
    return SELECT


REGISTER = CsvRegister(
    name="irs_bmf",
    title="IRS Exempt Organizations Business Master File",
    publisher="US Internal Revenue Service",
    licence="US-PD",
    licence_url="https://www.usa.gov/government-works",
    attribution="Source: Internal Revenue Service, Exempt Organizations Business Master File Extract.",
    url="https://www.irs.gov/pub/irs-soi/eo_{state}.csv",
    cadence="monthly",
    org_id_scheme="US-EIN",
    floor=200,
    ceiling=2_500_000,
    host_delay_s=2.0,
    record_url="https://apps.irs.gov/app/eos/detailsPage?ein={native_id}&name=&type=CHARITIES",
    personal_fields=("ICO",),
    header=_header,
    select=_select,
)
