"""An address written on one line, as chambers' web pages have it, taken apart as far as that is certain.

`450 W. 33rd Street  New York, NY USA 10001`, `12 Quay Street, Larkmere, ZZ1 4AB`: postcode and state can be told by their form;
the city only where a comma or a double blank parts it from the street. What cannot be told stays in the street.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_COUNTRY_US = r"(?:USA?|U\.S\.A\.|UNITED STATES(?: OF AMERICA)?)?"
_COUNTRY_UK = r"(?:UK|U\.K\.|UNITED KINGDOM|ENGLAND|SCOTLAND|WALES)?"
#: `…, ST [country] [ZIP]`; the ZIP code may be missing.
_US = re.compile(
    rf"(?P<rest>.*?)\s*,\s*(?P<state>(?!U[KS]\b)[A-Z]{{2}})\b[\s,]*{_COUNTRY_US}[\s,]*(?P<zip>\d{{5}})?(?:-\d{{4}})?"
)
#: The postcode ends the line, perhaps before the country.
_UK = re.compile(rf"(?P<rest>.*?)[\s,]+(?P<postcode>[A-Z]{{1,2}}\d[A-Z\d]?\s*\d[A-Z]{{2}})[\s,]*{_COUNTRY_UK}", re.IGNORECASE)


#: Country names on pages -> ISO 3166-1 alpha-2.
COUNTRIES = {
    "us": "US", "usa": "US", "united states": "US", "united states of america": "US",
    "gb": "GB", "uk": "GB", "united kingdom": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "au": "AU", "australia": "AU", "nz": "NZ", "new zealand": "NZ",
}  # fmt: skip


class Address(NamedTuple):
    """What is known of an address; None where it cannot be told."""

    street: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str | None = None

    def filled_from(self, other: Address) -> Address:
        """This address, its gaps filled from the other."""
        return Address(*(mine or theirs for mine, theirs in zip(self, other, strict=True)))


#: Characters; an address on one line is shorter.
_LONGEST = 300
#: Nothing known.
NOWHERE = Address()


def tidy_postcode(text: str | None) -> str | None:
    """A ZIP code without its last four digits, a UK postcode in capitals with one blank; anything else as it is.

    >>> [tidy_postcode(code) for code in ("94119-1345", "zz14ab", "0799")]
    ['94119', 'ZZ1 4AB', '0799']
    """
    code = re.sub(r"\s", "", text or "").upper()
    if re.fullmatch(r"\d{5}-?\d{4}", code):
        return code[:5]
    if re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}", code):
        return f"{code[:-3]} {code[-3:]}"
    return text


def tidy_state(text: str | None) -> str | None:
    """A state's code in capitals; a name as it is."""
    return text.upper() if text and len(text) == 2 else text


def country_code(text: str | None) -> str | None:
    """ISO 3166-1 alpha-2 code of a country's name or code; None where it is neither."""
    known = COUNTRIES.get((text or "").casefold())
    return known or (text if re.fullmatch("[A-Z]{2}", text or "") else None)


def take_apart(line: str) -> Address:
    """The parts of an address that can be told.

    >>> take_apart("3 W. 51st Street  New York, NY USA 10019")
    Address(street='3 W. 51st Street', city='New York', state='NY', postcode='10019', country='US')
    """
    # No longer runs of blanks, and no whole paragraphs: the patterns try every way to part them.
    line = re.sub(r"\s{2,}", "  ", line.replace("\xa0", " ")).strip(" ,")[:_LONGEST]
    if found := _US.fullmatch(line):
        return Address(*_street_and_city(found["rest"]), found["state"], found["zip"], "US")
    if found := _UK.fullmatch(line):
        return Address(*_street_and_city(found["rest"]), None, tidy_postcode(found["postcode"]), "GB")
    return Address(_one_blank(line))


def _street_and_city(text: str) -> tuple[str | None, str | None]:
    text = text.strip(" ,")
    for seam in (r"\s{2,}", r"\s*,\s*"):
        *street, city = re.split(seam, text)
        # `16th Street, Suite 12`: what holds a number is no city.
        if street and not re.search(r"\d", city):
            return _one_blank(", ".join(street)), _one_blank(city)
    # A single part without a number is a city.
    return (_one_blank(text), None) if re.search(r"\d", text) else (None, _one_blank(text))


def _one_blank(text: str) -> str | None:
    return " ".join(text.split()).strip(" ,") or None
