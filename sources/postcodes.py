"""Postcodes in the one form every register's rows use.

Belongs here: how a postcode is written. Does not: where it lies (`sources/reference`).
"""

from __future__ import annotations

import re

_UK = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9][A-Z]{2})")
_US = re.compile(r"([0-9]{5})(?:-[0-9]{4})?")


def uk_postcode(text: str | None) -> str | None:
    """A UK postcode with its one blank; None for what is none.

    >>> [uk_postcode(t) for t in ("l18jq", " L1  8JQ", "EC1A 1BB", "Liverpool", "L1", None)]
    ['L1 8JQ', 'L1 8JQ', 'EC1A 1BB', None, None, None]
    """
    found = _UK.fullmatch(re.sub(r"[^A-Z0-9]", "", (text or "").upper()))
    return f"{found[1]} {found[2]}" if found else None


def us_postcode(text: str | None) -> str | None:
    """The five digits of a ZIP code or ZIP+4; None for anything else, as zeros eaten by a spreadsheet cannot be put back.

    >>> [us_postcode(t) for t in ("72201", "72201-4321", "7220", "722011", None)]
    ['72201', '72201', None, None, None]
    """
    found = _US.fullmatch(text or "")
    return found[1] if found else None


def postcode(text: str | None, country: str) -> str | None:
    """The postcode as its country (ISO alpha-2) writes it; elsewhere than in the UK and the US as it stands."""
    by_country = {"GB": uk_postcode, "US": us_postcode}
    return by_country[country](text) if country in by_country else text
