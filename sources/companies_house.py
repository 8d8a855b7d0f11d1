"""Companies House basic company data: every live company of the United Kingdom, monthly, 55 columns, in one ZIP or in parts.

Traps: fourteen header cells begin with a blank; `None Supplied` stands for no SIC code, and a few companies still have four-digit
codes of SIC 2003, which are left out; the address is the registered office, often an accountant's, and not the place of
trade; charities and universities are among the companies, some without any address; bodies registered before 1981
elsewhere carry 01/01/1981 as their date. Address lines that begin with C/O lose the name that follows.

Options: `postcode_areas: [L, CH]` keeps companies whose registered office is in one of these postcode areas; without it all
are kept.
"""

from __future__ import annotations

import re
from datetime import date
from string import Template
from urllib.parse import urljoin

from bs4 import BeautifulSoup

from sources.address import uk_postcode_sql
from sources.paging import Ask, Locating
from sources.register import CsvRegister, Options, RegisterError

HEADER = (
    "CompanyName", "CompanyNumber", "RegAddress.CareOf", "RegAddress.POBox", "RegAddress.AddressLine1", "RegAddress.AddressLine2",
    "RegAddress.PostTown", "RegAddress.County", "RegAddress.Country", "RegAddress.PostCode", "CompanyCategory", "CompanyStatus",
    "CountryOfOrigin", "DissolutionDate", "IncorporationDate", "Accounts.AccountRefDay", "Accounts.AccountRefMonth",
    "Accounts.NextDueDate", "Accounts.LastMadeUpDate", "Accounts.AccountCategory",
    "Returns.NextDueDate", "Returns.LastMadeUpDate", "Mortgages.NumMortCharges", "Mortgages.NumMortOutstanding",
    "Mortgages.NumMortPartSatisfied", "Mortgages.NumMortSatisfied",
    "SICCode.SicText_1", "SICCode.SicText_2", "SICCode.SicText_3", "SICCode.SicText_4", "LimitedPartnerships.NumGenPartners",
    "LimitedPartnerships.NumLimPartners", "URI",
    *(f"PreviousName_{number}.{what}" for number in range(1, 11) for what in ("CONDATE", "CompanyName")),
    "ConfStmtNextDueDate", "ConfStmtLastMadeUpDate",
)  # fmt: skip

_PREVIOUS = tuple(f"PreviousName_{number}.CompanyName" for number in range(1, 11))
READS = (
    "CompanyName", "CompanyNumber", "RegAddress.AddressLine1", "RegAddress.AddressLine2", "RegAddress.PostTown",
    "RegAddress.Country", "RegAddress.PostCode", "CompanyCategory", "CompanyStatus", "IncorporationDate",
    "Accounts.LastMadeUpDate", "Accounts.AccountCategory",
    "SICCode.SicText_1", "SICCode.SicText_2", "SICCode.SicText_3", "SICCode.SicText_4", *_PREVIOUS,
)  # fmt: skip

# Charities by their form; companies that may leave out `Limited` (PRI/LBG) may not hand out profits either. Of other companies
# limited by guarantee, membership bodies (SIC 94) and social work without a home (SIC 88) count as nonprofit; flat management
# companies and the like do not, and neither does a community interest company, which trades.
SELECT = r"""
WITH row AS (
    SELECT *,
        CASE WHEN length(CompanyNumber) < 8 THEN lpad(CompanyNumber, 8, '0') ELSE CompanyNumber END AS number,
        $line_1 AS line_1,
        $line_2 AS line_2,
        list_filter([$sic], lambda c: c IS NOT NULL) AS codes
    FROM raw
)
SELECT
    file_row,
    number AS native_id,
    CompanyName AS name,
    -- Five million lists are a cost, and few companies ever changed their name.
    CASE WHEN "PreviousName_1.CompanyName" IS NULL THEN []
         ELSE list_filter([$previous], lambda n: n IS NOT NULL) END AS other_names,
    CASE
        WHEN CompanyCategory IN ('Charitable Incorporated Organisation', 'Scottish Charitable Incorporated Organisation',
                                 'Royal Charter Company') OR starts_with(CompanyCategory, 'PRI/LBG/NSC') THEN 'nonprofit'
        WHEN starts_with(CompanyCategory, 'PRI/LTD BY GUAR/NSC') AND left(codes[1], 2) IN ('88', '94') THEN 'nonprofit'
        ELSE 'private'
    END AS sector,
    nullif(concat_ws(', ', nullif(line_1, ''), nullif(line_2, '')), '') AS street,
    "RegAddress.PostTown" AS city,
    $postcode AS postcode,
    -- Overseas companies with a branch here are in the register too.
    CASE WHEN postcode IS NOT NULL OR "RegAddress.Country" IS NULL OR "RegAddress.Country" IN (
        'ENGLAND', 'ENGLAND & WALES', 'GREAT BRITAIN', 'NORTHERN IRELAND', 'SCOTLAND', 'UNITED KINGDOM', 'WALES')
        THEN 'GB' END AS country,
    'SIC-2007' AS class_scheme,
    codes AS class_codes,
    ['GB-COH-' || number] AS identifiers,
    CASE
        WHEN CompanyStatus = 'Active' THEN 'active'
        -- Proposals to strike off are often withdrawn; companies under an arrangement or a receiver of one charge still trade.
        WHEN CompanyStatus IS NULL OR starts_with(CompanyStatus, 'Active') OR starts_with(CompanyStatus, 'Live')
             OR upper(CompanyStatus) LIKE '%VOLUNTARY ARRANGEMENT%' THEN 'unknown'
        ELSE 'inactive'
    END AS status,
    CASE WHEN IncorporationDate <> '01/01/1981' OR regexp_full_match(number, '[0-9]+')
         THEN try_strptime(IncorporationDate, '%d/%m/%Y')::DATE END AS started_on,
    try_strptime("Accounts.LastMadeUpDate", '%d/%m/%Y')::DATE AS last_filed_on,
    -- Which accounts a company may file depends on its size; full accounts any company may file.
    CASE
        WHEN "Accounts.AccountCategory" = 'MICRO ENTITY' THEN 'micro'
        WHEN "Accounts.AccountCategory" IN ('SMALL', 'TOTAL EXEMPTION SMALL', 'TOTAL EXEMPTION FULL', 'UNAUDITED ABRIDGED',
                                            'AUDITED ABRIDGED', 'ABBREVIATED') THEN 'small'
        WHEN "Accounts.AccountCategory" = 'MEDIUM' THEN 'medium'
        WHEN "Accounts.AccountCategory" = 'GROUP' THEN 'large'
        ELSE 'unknown'
    END AS size_band,
    $outside AS outside
FROM row
"""

_AREA = re.compile(r"[A-Z]{1,2}")
_FILE = re.compile(r"BasicCompanyData(?:AsOneFile)?-(\d{4}-\d{2}-\d{2})(?:-part(\d+)_(\d+))?\.zip$")


def _select(options: Options) -> str:
    parts = {
        "line_1": _without_care_of('"RegAddress.AddressLine1"'),
        "line_2": _without_care_of('"RegAddress.AddressLine2"'),
        "sic": ", ".join(_sic(f'"SICCode.SicText_{number}"') for number in range(1, 5)),
        "previous": ", ".join(f'"{name}"' for name in _PREVIOUS),
        "postcode": uk_postcode_sql('"RegAddress.PostCode"'),
        "outside": _outside(options),
    }
    return Template(SELECT).substitute(parts)


def _sic(column: str) -> str:
    """SQL for the five digits of `64205 - Activities of …`; NULL for `None Supplied` and the four digits of SIC 2003."""
    return f"CASE WHEN substr({column}, 6, 3) = ' - ' THEN left({column}, 5) END"


def _without_care_of(column: str) -> str:
    """SQL for an address line without the name it is in care of: `C/O A PERSON 7 HIGH ST` is `7 HIGH ST`."""
    return f"CASE WHEN starts_with({column}, 'C/O') THEN regexp_replace({column}, '^[^0-9]*', '') ELSE {column} END"


def _outside(options: Options) -> str:
    """SQL for why a company is left out. Raises RegisterError where `postcode_areas` is no list of areas."""
    areas = options.get("postcode_areas")
    if areas is None:
        return "NULL"
    if not isinstance(areas, list) or not areas or not all(isinstance(a, str) and _AREA.fullmatch(a) for a in areas):
        raise RegisterError(
            f"companies_house: postcode_areas is {areas!r}. Expected a list of areas such as [L, CH]. Correct the profile."
        )
    kept, postcode = ", ".join(f"'{area}'" for area in areas), '"RegAddress.PostCode"'
    return (
        f"CASE WHEN {postcode} IS NULL THEN 'no postcode' "
        f"WHEN regexp_extract(upper({postcode}), '^[A-Z]{{1,2}}') NOT IN ({kept}) THEN 'other postcode area' END"
    )


def _locate(url: str, _options: Options, _today: date) -> Locating:
    """The parts of the newest month on the download page, or the one file where there are none."""
    page = yield Ask(url, keep=False)
    links = [str(a["href"]) for a in BeautifulSoup(page.text(), "html.parser").select('a[href$=".zip"]')]
    files = [(found, urljoin(page.url, link)) for link in links if (found := _FILE.search(link))]
    newest = max((found[1] for found, _ in files), default=None)
    if newest is None:
        raise RegisterError(
            f"companies_house: {page.url} links to no BasicCompanyData ZIP; found {links[:5]}. Expected "
            "BasicCompanyData-YYYY-MM-DD-partN_M.zip. Open the page in a browser and correct `url:`."
        )
    parts = {int(found[2]): (int(found[3]), link) for found, link in files if found[1] == newest and found[2]}
    if not parts:
        return [link for found, link in files if found[1] == newest][:1]
    expected = max(total for total, _ in parts.values())
    if sorted(parts) != list(range(1, expected + 1)):
        raise RegisterError(
            f"companies_house: {page.url} links to parts {sorted(parts)} of {newest}. Expected 1 to {expected}. The page may "
            "be in the middle of an update; try again later."
        )
    return [parts[number][1] for number in sorted(parts)]


REGISTER = CsvRegister(
    name="companies_house",
    title="Companies House free company data product",
    publisher="Companies House",
    licence="Crown copyright, free to reuse",
    licence_url="https://www.gov.uk/guidance/companies-house-data-products",
    attribution="Contains Companies House data, Crown copyright.",
    url="http://download.companieshouse.gov.uk/en_output.html",
    locate=_locate,
    cadence="monthly",
    org_id_scheme="GB-COH",
    floor=100_000,
    ceiling=8_000_000,
    host_delay_s=2.0,
    record_url="https://find-and-update.company-information.service.gov.uk/company/{native_id}",
    personal_fields=("RegAddress.CareOf",),
    header=lambda _options: HEADER,
    select=_select,
    member="BasicCompanyData*.csv",
    reads=READS,
    row_wise=True,
)
