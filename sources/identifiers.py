"""Identifiers of organisations in the one form in which they can be compared (org-id.guide: scheme, hyphen, number).

Belongs here: the canonical form of an identifier. Does not: finding one in a register's row. The schemes and the form of
their numbers are in `reference/org_id_prefixes.csv`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

#: An identifier under any scheme of org-id.guide: country or `X` code, list, number.
ANY_SCHEME = re.compile(r"[A-Z]{2}-[A-Z0-9_]+-\S+")

#: What a publisher of 360Giving data gives to an organisation that has no public number.
PRIVATE = "360G-"


def normal(identifier: str) -> str | None:
    """An identifier in canonical form; None where its number cannot be one of its scheme, or it has no scheme.

    Charity numbers lose leading zeros and tell their regulator (`SC…` is Scottish whatever list it is put on), company numbers
    are padded to eight characters, EINs lose their hyphen. Private identifiers of 360Giving, and schemes that are not in our
    table, pass as they are.

    >>> normal("gb-chc-0263294"), normal("GB-COH-sc12345"), normal("US-EIN-71-0236856"), normal("GB-COH-n/a")
    ('GB-CHC-263294', 'GB-COH-SC012345', 'US-EIN-710236856', None)
    """
    text = identifier.strip()
    if text.upper().startswith(PRIVATE):
        return text
    scheme, number = _parts(text)
    if scheme is None:
        return text if ANY_SCHEME.fullmatch(text) else None
    number = re.sub(r"\s", "", number)
    if scheme in CHARITIES:
        scheme = next((other for prefix, other in REGULATORS.items() if number.upper().startswith(prefix)), scheme)
    number = FORM.get(scheme, str.upper)(number)
    return f"{scheme}-{number}" if _patterns()[scheme].fullmatch(number) and number.strip("0") else None


def numbered(scheme: str, number: Any) -> str | None:
    """The identifier of a number under a scheme, in canonical form; None where there is no number, or none of that scheme.

    >>> numbered("GB-COH", 2511501), numbered("GB-CHC", "SC 000117"), numbered("GB-CHC", None)
    ('GB-COH-02511501', 'GB-SC-SC000117', None)
    """
    return normal(f"{scheme}-{number}") if number else None


def _parts(text: str) -> tuple[str | None, str]:
    """Scheme and number; the scheme is None if it is not in our table."""
    upper = text.upper()
    scheme = next((known for known in _patterns() if upper.startswith(f"{known}-")), None)
    return scheme, text[len(scheme) + 1 :] if scheme else text


def _company(number: str) -> str:
    """`1234567` → `01234567`, `sc12345` → `SC012345`; a number that is not letters and digits stays, in capitals."""
    found = re.fullmatch(r"([A-Z]{2}|)([0-9]+)", number.upper())
    return found[1] + found[2].zfill(8 - len(found[1])) if found else number.upper()


def _scottish(number: str) -> str:
    """`117` or `sc000117` → `SC000117`."""
    digits = number.upper().removeprefix("SC")
    return f"SC{digits.zfill(6)}"


def _ror(number: str) -> str:
    """The last part of `https://ror.org/03yrm5c26`."""
    return number.lower().rsplit("/", 1)[-1]


CHARITIES = frozenset({"GB-CHC", "GB-NIC", "GB-SC"})
#: Beginning of a charity number -> the regulator that gives it; the others are of England and Wales.
REGULATORS = {"SC": "GB-SC", "NIC": "GB-NIC"}

#: How each scheme's numbers, without blanks, are brought to one form; the others are put into capitals.
FORM: dict[str, Callable[[str], str]] = {
    "GB-CHC": lambda number: number.lstrip("0"),
    "GB-COH": _company,
    "GB-NIC": lambda number: number.upper().removeprefix("NIC"),
    "GB-SC": _scottish,
    "US-EIN": lambda number: number.replace("-", ""),
    "XI-GRID": str.lower,
    "XI-ROR": _ror,
}


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    text = files("sources.reference").joinpath("org_id_prefixes.csv").read_text("utf-8")
    return {row["scheme"]: re.compile(row["pattern"]) for row in csv.DictReader(text.splitlines())}
