"""Contracts Finder, awards: who got a public contract, one link from buyer to supplier for each award and supplier.

The same service and packages as `contracts_finder.py`; only the stage differs. Suppliers are found among the parties of a
release, whose contact points are never read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from sources import uk_regions
from sources.contracts_finder import RECORD_URL, SUPERSEDED, Row, delivery_places, register
from sources.contracts_finder_pages import Release, amount, buyer, day, pages, party, releases
from sources.identifiers import numbered
from sources.postcodes import uk_postcode
from sources.register import Audit, Options, Outside, Rejected
from sources.text import clean, plain


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[Row]:
    newest: dict[str, Row] = {}
    for number, release in enumerate(releases(stream, audit), start=1):
        links = list(_awards(number, release))
        if not links:
            yield Outside("no award")
        for link in links:
            if isinstance(link, dict):
                if link["native_id"] in newest:
                    yield SUPERSEDED
                newest[link["native_id"]] = link
            else:
                yield link
    yield from newest.values()


def _awards(number: int, release: Release) -> Iterator[Row]:
    """One link for each supplier of each award."""
    ocid, tender, giver = release.get("ocid"), release.get("tender") or {}, buyer(release)
    for award in release.get("awards") or []:
        try:
            agreed_on = day(award.get("date") or (award.get("contractPeriod") or {}).get("startDate") or release.get("date"))
        except ValueError as error:
            yield Rejected(number, ocid, "unreadable date", "awards.date", str(error))
            continue
        value, currency = amount(award.get("value"))
        for place, supplier in enumerate(award.get("suppliers") or [], start=1):
            receiver = party(release, supplier)
            address = receiver.get("address") or {}
            yield {
                "native_id": f"{ocid}/{award.get('id')}/{place}",
                "kind": "contract",
                "giver_name": clean(giver.get("name")),
                "giver_identifier": _identifier(giver),
                "receiver_name": clean(receiver.get("name") or supplier.get("name")),
                "receiver_identifier": _identifier(receiver),
                "receiver_city": clean(address.get("locality")),
                "receiver_postcode": uk_postcode(address.get("postalCode")) or clean(address.get("postalCode")),
                "receiver_country": _country(address.get("countryName")),
                "title": clean(tender.get("title") or award.get("title")),
                "description": plain(tender.get("description") or award.get("description")),
                "amount": value,
                "currency": currency,
                "agreed_on": agreed_on,
                "places": delivery_places(tender),
                "record_url": RECORD_URL.format(ocid),
            }


_SCHEMES = ("GB-CHC", "GB-COH", "GB-NIC", "GB-SC")


def _identifier(body: Release) -> str | None:
    """Company or charity number in org-id form; the service's own ids (`GB-CFS`) identify nobody elsewhere."""
    for told in (body.get("identifier") or {}, *(body.get("additionalIdentifiers") or [])):
        if told.get("scheme") in _SCHEMES and (found := numbered(told["scheme"], told.get("id"))):
            return found
    return None


def _country(name: Any) -> str | None:
    """GB for a nation or region of the UK, or where none is told; None for what may be abroad."""
    return "GB" if not name or uk_regions.codes_of(str(name)) is not None else None


REGISTER = register(
    name="contracts_finder_awards", title="Contracts Finder: awards", yields="edge", pages=pages("award"), parse=_parse
)
