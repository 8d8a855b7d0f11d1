"""The town's licences as two other cities lay out theirs on a Socrata portal: New York and San Francisco, API field names.

Belongs here: their rows. Does not: pages and metadata (`wire_socrata.py`), the businesses. New York writes persons `LAST, FIRST`
and gives a telephone; San Francisco names the owner and the address that letters go to.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from sources.business_licences import load_city
from sources.practice.model import ANCHOR, Business, Town

NEW_YORK, SAN_FRANCISCO = "w7w3-xahh", "g8m3-pdis"
Row = dict[str, str]


def new_york(town: Town) -> Iterator[Row]:
    """A row a business."""
    for number, business in enumerate(sorted(town.businesses, key=lambda b: b.key)):
        house, _, street = business.street.partition(" ")
        yield {
            "license_nbr": f"{1_000_000 + number}-DCA",
            "business_name": _last_first(business.name) if business.is_natural_person else business.name,
            "license_type": "Individual" if business.is_natural_person else "Business",
            "license_status": "Active",
            "license_creation_date": "2019-02-16T00:00:00.000",
            "lic_expir_dd": f"{ANCHOR.year + 1}-02-28T00:00:00.000",
            "business_category": _first_class("new_york", business),
            "contact_phone": f"501555{100 + number % 100:04d}",
            "address_building": house,
            "address_street_name": street,
            "address_city": business.place.city.upper(),
            "address_state": "ZZ",
            "address_zip": business.place.postcode,
            "latitude": f"{business.place.latitude:.6f}",
            "longitude": f"{business.place.longitude:.6f}",
        }


def san_francisco(town: Town) -> Iterator[Row]:
    """A row a business. The owner is the sole trader, now and then another person, or a firm."""
    people = cycle(sorted(town.truth.contact_names))
    for number, business in enumerate(sorted(town.businesses, key=lambda b: b.key)):
        person = next(people)
        owner = business.name if business.is_natural_person else person if number % 3 == 0 else f"{business.name} Holding Inc"
        yield {
            "uniqueid": f"{1_000_000 + number}-06-001",
            "certificate_number": str(1_000_000 + number),
            "ownership_name": owner,
            "dba_name": business.name,
            "full_business_address": business.street,
            "city": business.place.city,
            "state": "ZZ",
            "business_zip": business.place.postcode,
            "dba_start_date": "2015-03-01T00:00:00.000",
            "location_start_date": "2015-03-01T00:00:00.000",
            "mailing_address_1": f"C/O {person}",
            "mail_city": business.place.city,
            "mail_zipcode": business.place.postcode,
            "mail_state": "ZZ",
            "naic_code": _first_class("san_francisco", business),
        }


def _first_class(city: str, business: Business) -> str:
    return load_city(city).classes.get(business.activity, [""])[0]


def _last_first(name: str) -> str:
    given, last = name.rsplit(" ", 1)
    return f"{last}, {given}"
