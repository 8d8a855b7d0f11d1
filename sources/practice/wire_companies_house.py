"""The town's companies as Companies House publishes them: a page with links, ZIPs in parts and as one file.

Belongs here: the framing, quirks included (header unquoted with fourteen leading blanks, body all quoted, CRLF, `None Supplied`).
Does not: the bodies. Charities that are companies too stand here under the numbers `wire_ccew.py` gives them; sole traders are
no companies.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from functools import cache
from itertools import cycle

from sources.companies_house import HEADER
from sources.practice.abroad import UK_COUNTY, UK_TOWN, uk_postcode
from sources.practice.charities import Charity, charities
from sources.practice.model import Business, Town
from sources.practice.serving import Reply, Request, Route

FOLDER = "/companies_house"
PAGE = f"{FOLDER}/en_output.html"
_MONTH = "2026-06-01"
_PARTS = 2
_WITH_BLANK = {"CompanyNumber", "RegAddress.AddressLine2", "ConfStmtLastMadeUpDate", "PreviousName_2.CONDATE"}
HEADER_LINE = ",".join(
    f" {name}" if name in _WITH_BLANK or (name.startswith("PreviousName") and name.endswith("CompanyName")) else name
    for name in HEADER
)

_SIC = {
    "restaurant": "56101 - Licenced restaurants", "cafe": "56102 - Unlicenced restaurants and cafes",
    "caterer": "56210 - Event catering activities", "bar": "56302 - Public houses and bars",
    "bakery": "10710 - Manufacture of bread; manufacture of fresh pastry goods and cakes",
    "grocer": "47110 - Retail sale in non-specialised stores with food, beverages or tobacco predominating",
    "clothing_shop": "47710 - Retail sale of clothing in specialised stores",
    "hair_salon": "96020 - Hairdressing and other beauty treatment",
    "builder": "41202 - Construction of domestic buildings", "electrician": "43210 - Electrical installation",
    "plumber": "43220 - Plumbing, heat and air-conditioning installation", "law_firm": "69102 - Solicitors",
    "accountant": "69201 - Accounting and auditing activities",
    "landlord": "68209 - Other letting and operating of own or leased real estate",
    "consultant": "70229 - Management consultancy activities other than financial management",
    "it_services": "62020 - Information technology consultancy activities", "print_shop": "18129 - Printing n.e.c.",
    "haulier": "49410 - Freight transport by road", "cleaning_company": "81210 - General cleaning of buildings",
}  # fmt: skip
_ACCOUNTS = ("MICRO ENTITY", "TOTAL EXEMPTION FULL", "NO ACCOUNTS FILED", "SMALL", "FULL", "DORMANT", "GROUP")
_STATUS = ("Active",) * 18 + ("Active - Proposal to Strike off", "Liquidation")

Company = dict[str, str]


def routes(town: Town) -> dict[str, Route]:
    """The page, the parts it links to and the one file."""

    @cache
    def rows() -> list[Company]:
        return [*companies(town), *_charities(town)]

    def page(_request: Request) -> Reply:
        links = "".join(f'<li><a href="{name}">{name} (1Mb)</a></li>' for name in (_name("AsOneFile"), *parts))
        return Reply(f"<html><body><ul>{links}</ul></body></html>".encode(), "text/html")

    def part(number: int) -> Route:
        return lambda _request: Reply(_archive(_name("", number), rows()[number - 1 :: _PARTS]), "application/zip")

    parts = {_name("", number): part(number) for number in range(1, _PARTS + 1)}
    whole = {_name("AsOneFile"): lambda _request: Reply(_archive(_name("AsOneFile"), rows()), "application/zip")}
    return {PAGE: page, **{f"{FOLDER}/{name}": route for name, route in (parts | whole).items()}}


def companies(town: Town) -> Iterator[Company]:
    """Every business of the town that is no sole trader."""
    people = cycle(sorted(town.truth.contact_names))
    firms = [business for business in town.businesses if not business.is_natural_person]
    for place, (business, person) in enumerate(zip(firms, people, strict=False)):
        yield _company(place, business, person)


def _company(place: int, business: Business, person: str) -> Company:
    number = f"{9_900_000 + place:08d}"
    return (
        dict.fromkeys(HEADER, "")
        | {
            "CompanyName": business.name.upper(),
            "CompanyNumber": number,
            "RegAddress.CareOf": person if place % 5 == 0 else "",
            "RegAddress.AddressLine1": f"C/O {person} {business.street}" if place % 7 == 0 else business.street,
            "RegAddress.PostTown": UK_TOWN.upper(),
            "RegAddress.County": UK_COUNTY.upper(),
            "RegAddress.Country": ("ENGLAND", "UNITED KINGDOM", "")[place % 3],
            "RegAddress.PostCode": uk_postcode(business.place),
            "CompanyCategory": "Community Interest Company" if place % 40 == 0 else "Private Limited Company",
            "CompanyStatus": _STATUS[place % len(_STATUS)],
            "IncorporationDate": _day(business.licences[0].account_start_date),
            "Accounts.LastMadeUpDate": "" if place % 7 == 2 else "31/03/2026",
            "Accounts.AccountCategory": _ACCOUNTS[place % len(_ACCOUNTS)],
            "SICCode.SicText_1": _SIC.get(business.activity, "None Supplied"),
            "SICCode.SicText_2": "99999 - Dormant Company" if place % 7 == 5 else "",
            "PreviousName_1.CONDATE": "02/09/2010" if place % 30 == 0 else "",
            "PreviousName_1.CompanyName": f"OLD {business.name.upper()}" if place % 30 == 0 else "",
        }
        | _common(number)
    )


def _day(american: str) -> str:
    """`4/10/14` as `10/04/2014`; the town's licences begin in 1990."""
    month, day, year = american.split("/")
    return f"{int(day):02d}/{int(month):02d}/{1900 if int(year) >= 90 else 2000}"[:-2] + f"{int(year):02d}"


def _charities(town: Town) -> Iterator[Company]:
    """Charities with a company number, as charitable companies; no address, as forms of charities have none here."""
    for charity in charities(town):
        if charity.number % 3 == 0:
            yield _charity(charity)


def _charity(charity: Charity) -> Company:
    number = f"{700_000 + charity.number:08d}"
    return (
        dict.fromkeys(HEADER, "")
        | {
            "CompanyName": charity.name.upper(),
            "CompanyNumber": number,
            "CompanyCategory": "PRI/LBG/NSC (Private, Limited by guarantee, no share capital, use of 'Limited' exemption)",
            "CompanyStatus": "Active",
            "IncorporationDate": f"{charity.registered_on:%d/%m/%Y}",
            "Accounts.AccountCategory": "NO ACCOUNTS FILED",
            "SICCode.SicText_1": "None Supplied",
        }
        | _common(number)
    )


def _common(number: str) -> Company:
    zeros = ("Mortgages.NumMortCharges", "Mortgages.NumMortOutstanding", "Mortgages.NumMortPartSatisfied")
    partners = ("Mortgages.NumMortSatisfied", "LimitedPartnerships.NumGenPartners", "LimitedPartnerships.NumLimPartners")
    return dict.fromkeys((*zeros, *partners), "0") | {
        "CountryOfOrigin": "United Kingdom",
        "URI": f"http://business.data.gov.uk/id/company/{number}",
    }


def body_lines(rows: Iterator[Company] | list[Company]) -> str:
    """The rows as the file has them: every cell quoted, CRLF."""
    text = io.StringIO()
    csv.DictWriter(text, HEADER, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _name(kind: str, part: int | None = None) -> str:
    return f"BasicCompanyData{kind}-{_MONTH}{f'-part{part}_{_PARTS}' if part else ''}.zip"


def _archive(name: str, rows: list[Company]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # A fixed date: by default a member carries the time of writing.
        member = zipfile.ZipInfo(name.replace(".zip", ".csv"), (2026, 6, 2, 9, 0, 0))
        archive.writestr(member, f"{HEADER_LINE}\r\n{body_lines(rows)}".encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
