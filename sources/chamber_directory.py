"""A chamber's member directory on the web: GrowthZone / ChamberMaster, JSON-LD, a site of its own, or a JSON API.

Options: `consent: true` (the chamber has agreed that its directory is read; terms and robots.txt differ per chamber),
`kind: growthzone | json_ld | selectors | json_api`, `selectors:` (for that kind, see `chamber_selectors.py`), `walk: categories |
alphabet | next` (GrowthZone: how its lists are linked), `next:` and `lists:` (CSS selectors of links to further list pages),
`details: true` or a CSS selector of links to the members' own pages, and `country:`, `state:`, `city:` where pages leave them
out.

A member stands on several lists and on its own page: what all of them say is put together to one row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlencode, urlsplit

from bs4 import BeautifulSoup

from sources import chamber_growthzone, chamber_json_api, chamber_json_ld, chamber_selectors
from sources.chamber_address import country_code, tidy_postcode, tidy_state
from sources.chamber_member import Member, same_host, web_address
from sources.chamber_options import Directory, directory_of
from sources.paging import Ask, KeptPage, Paging, kept_pages
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected


def pages(url: str, options: Options) -> Paging:
    """List after list, each once, then the members' own pages where asked for; links to other hosts are not followed."""
    directory = directory_of(options)
    if directory.kind == "json_api":
        yield from _api_pages(url)
        return
    lists, details = [url], dict[str, None]()
    for address in lists:  # grows while it is walked
        answer = yield Ask(address)
        page = BeautifulSoup(answer.text(), "html.parser")
        lists += [link for link in _links(page, directory.list_links, address, url) if link not in lists]
        details |= dict.fromkeys(_links(page, directory.member_links, address, url))
    for address in details:
        if address not in lists:
            yield Ask(address, may_be_missing=True)


def _api_pages(url: str) -> Paging:
    first = yield Ask(url)
    parts = urlsplit(url)
    for number in range(2, chamber_json_api.last_page(first.body) + 1):
        query = {**dict(parse_qsl(parts.query)), "page": str(number)}
        yield Ask(parts._replace(query=urlencode(query)).geturl())


def _links(page: BeautifulSoup, selector: str, address: str, start: str) -> list[str]:
    """Addresses of the links found, in their order, those to other hosts and to nowhere (`#!`) left out."""
    found = [web_address(str(tag.get("href") or ""), address) for tag in page.select(selector)] if selector else []
    return list(dict.fromkeys(link for link in found if link and same_host(link, start)))


def _parse(stream: BinaryIO, options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    directory = directory_of(options)
    # By id and name: two names under one id are not put together, and the frame sets one of them aside.
    found: dict[tuple[str, str], Member] = {}
    number, events = 0, False
    for page in kept_pages(stream):
        events = events or b"gz-events-card" in page.body
        for member in _members(page, directory):
            number += 1
            if isinstance(member, str):
                yield Rejected(number, None, member)
            elif not member.name or not member.native_id:
                yield Rejected(number, member.native_id, "no name", "name")
            else:
                audit.saw(("name",))
                key = (member.native_id, member.name.casefold())
                found[key] = found[key].joined(member) if key in found else member
    if not number:
        what = "cards of events, so this is the events list" if events else "no cards of members"
        raise RegisterError(
            f"chamber_directory: found {what}. Expected those of a {directory.kind} member directory; give the "
            "address of the list of members (GrowthZone: it ends in /list) or another `kind:`."
        )
    for (native_id, _), member in found.items():
        yield _row(native_id, member, directory)


def _members(page: KeptPage, directory: Directory) -> Iterator[Member | str]:
    if directory.kind == "json_api":
        yield from chamber_json_api.members(page.body)
        return
    soup = BeautifulSoup(page.answer().text(), "html.parser")
    if directory.selectors:
        yield from chamber_selectors.members(soup, page.url, directory.selectors)
    elif directory.kind == "growthzone":
        yield from chamber_growthzone.members(soup, page.url)
    else:
        yield from chamber_json_ld.members(soup, page.url)


def _row(native_id: str, member: Member, directory: Directory) -> dict[str, Any]:
    country = country_code(member.address.country) or directory.country
    return {
        "native_id": native_id,
        "name": member.name,
        "other_names": sorted(set(member.other_names) - {member.name or ""}),
        "sector": "private",
        "street": member.address.street,
        "city": member.address.city or directory.city,
        "state": None if country == "GB" else tidy_state(member.address.state) or directory.state,
        "postcode": tidy_postcode(member.address.postcode),
        "country": country,
        "latitude": member.latitude,
        "longitude": member.longitude,
        "website": member.website,
        "description": member.description,
        "class_scheme": "SCHEMA.ORG" if member.types else "WORDS" if member.categories else None,
        "class_codes": list(member.types or member.categories),
        "status": "active",
        "record_url": member.link,
    }


REGISTER = RecordRegister(
    name="chamber_directory",
    title="Member directory of a chamber of commerce",
    publisher="The chamber",
    licence="by consent of the chamber",
    licence_url="",
    attribution="Member directory of the chamber, read with its consent.",
    pages=pages,
    cadence="weekly",
    ceiling=50_000,
    host_delay_s=2.0,
    personal_fields=("contact name", "representatives", "phone", "fax", "e-mail", "telephone", "employee", "founder"),
    parse=_parse,
    mandatory=("name",),
)
