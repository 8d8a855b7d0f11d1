"""One row from the premises of a food hygiene rating, as files and API both give them.

Belongs here: what the fields mean. Does not: the formats (`fhrs.py`, `fhrs_api.py`), whose premises they are (`fhrs_names.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sources.fhrs_names import sector_of
from sources.postcodes import uk_postcode
from sources.register import Rejected

RECORD_URL = "https://ratings.food.gov.uk/business/{native_id}"


def premises(number: int, fields: Mapping[str, str | None]) -> dict[str, Any] | Rejected:
    """One row from an establishment's fields, names in lower case, those of Geocode among them."""
    text = {name: " ".join((value or "").split()) or None for name, value in fields.items()}
    native_id, name = text.get("fhrsid"), text.get("businessname")
    if native_id is None or not native_id.isdigit():
        return Rejected(number, native_id, "the id is no number", "FHRSID", native_id)
    if name is None:
        return Rejected(number, native_id, "no name", "BusinessName")
    type_id = text.get("businesstypeid")
    street, city = _street_and_city([text.get(f"addressline{line}") for line in (1, 2, 3, 4)])
    latitude, longitude = _degrees(text.get("latitude")), _degrees(text.get("longitude"))
    return {
        "native_id": native_id,
        "name": name,
        "sector": sector_of(name, type_id or ""),
        "street": street,
        # Mobile and home caterers give no address: they are where their authority is.
        "city": city or text.get("localauthorityname"),
        "postcode": uk_postcode(text.get("postcode")),
        "country": "GB",
        "latitude": latitude if longitude is not None else None,
        "longitude": longitude if latitude is not None else None,
        "class_scheme": "FHRS",
        "class_codes": [type_id] if type_id else [],
        "status": "active",  # premises that close are taken out of the file
        "record_url": RECORD_URL.format(native_id=native_id),
    }


def _street_and_city(lines: list[str | None]) -> tuple[str | None, str | None]:
    """Most authorities write the town in the third line and the county, or the town once more, in the fourth."""
    city = lines[2] or next((line for line in reversed(lines[1:]) if line), None)
    street = [line for line in lines[:3] if line and line != city]
    return ", ".join(street) or None, city


def _degrees(text: str | None) -> float | None:
    degrees = float(text) if text and re.fullmatch(r"-?\d{1,3}(\.\d+)?", text) else 0.0
    return degrees or None  # zero is how some write that they do not know
