"""360Giving: grants as their funders publish them, each a real link from a funder to an organisation.

Every funder has files of its own, JSON, CSV or XLSX (`threesixtygiving_files.py`), with licences of their own (CC BY, OGL or
CC0). A profile gives the address of a file, or names funders by `publishers:` (prefixes of the 360Giving register, e.g.
`360G-wolfson`) whose files the register then leads to.

Traps: dates in three forms; organisation ids with blanks or `n/a` in them; ids a funder made up (`360G-…`), which identify
nobody elsewhere and are not kept; fields beyond the standard; text spoilt before it was published, which is left as it is.
A grant's `url` may be the recipient's web site, so its page in GrantNav is given instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO

from sources.identifiers import PRIVATE, normal, numbered
from sources.paging import Ask, Locating
from sources.postcodes import uk_postcode
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected
from sources.text import clean, money
from sources.threesixtygiving_files import grants

_REGISTER_URL = "https://registry.threesixtygiving.org/data.json"

#: Fields of a grant in version 1.4.3 of the standard, and what the 360Giving data store adds.
FIELDS = (
    "id", "title", "description", "currency", "amountAppliedFor", "amountAwarded", "amountDisbursed", "awardDate", "url",
    "plannedDates", "actualDates", "recipientIndividual", "toIndividualsDetails", "recipientOrganization", "beneficiaryLocation",
    "fundingOrganization", "grantProgramme", "fromOpenCall", "fundingType", "classifications", "relatedDocument",
    "applicationTransaction", "commitmentTransaction", "disbursementTransaction", "relatedActivity", "dateModified", "dataSource",
    "regrantType", "locationScope", "additional_data",
)  # fmt: skip

_UK = {"gb", "uk", "united kingdom", "united kingdon", "great britain", "england", "scotland", "wales", "northern ireland"}
#: Area codes of the Office for National Statistics; K covers more than one nation.
_GSS = re.compile(r"[EWSNK]\d{8}")
#: Names that funders write where the recipient is a person they may not name.
_PERSON = re.compile(r"(an? |the |private )?individuals?( recipient| grant.*)?|anonymous|name withheld|redacted.*", re.IGNORECASE)


def _locate(url: str, options: Options, _as_of: date) -> Locating:
    """`url` itself, or with the option `publishers` the files of those funders in the register of publishers."""
    wanted = {str(prefix).lower() for prefix in options.get("publishers") or ()}
    if not wanted:
        return [url]
    answer = yield Ask(url or _REGISTER_URL, keep=False)
    try:
        files = [(str(entry["publisher"]["prefix"]).lower(), entry["distribution"][0]) for entry in answer.json()]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise RegisterError(
            f"threesixtygiving: {answer.url} is no list with publisher.prefix and distribution[] ({error}); give the files' own "
            "addresses in the profile."
        ) from error
    missing = wanted - {prefix for prefix, _ in files}
    if missing:
        raise RegisterError(f"threesixtygiving: no publisher {sorted(missing)} in {answer.url}; look up the prefix there.")
    addresses = {file.get("downloadURL") or file.get("accessURL") for prefix, file in files if prefix in wanted}
    return sorted(address for address in addresses if address)


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    for number, grant in enumerate(grants(stream), start=1):
        if isinstance(grant, str):
            yield Rejected(number, None, grant)
        else:
            audit.saw(grant)
            yield _row(number, grant)


def _row(number: int, grant: Mapping[str, Any]) -> dict[str, Any] | Rejected | Outside:
    native_id, receiver, giver = (
        _text(grant.get("id")),
        _first(grant, "recipientOrganization"),
        _first(grant, "fundingOrganization"),
    )
    name = _text(receiver.get("name"))
    if grant.get("recipientIndividual") or _PERSON.fullmatch(name or ""):
        return Outside("grant to a private person")
    try:
        agreed_on = _day(grant.get("awardDate"))
    except ValueError:
        return Rejected(number, native_id, "unreadable date", "awardDate", _text(grant.get("awardDate")))
    identifier, told_postcode = _identifier(receiver), _text(receiver.get("postalCode"))
    postcode = uk_postcode(told_postcode) or told_postcode
    return {
        "native_id": native_id,
        "kind": "grant",
        "giver_name": _text(giver.get("name")),
        "giver_identifier": _identifier(giver),
        "receiver_name": name,
        "receiver_identifier": identifier,
        "receiver_city": _text(receiver.get("addressLocality")),
        "receiver_postcode": postcode,
        "receiver_country": _country(receiver.get("addressCountry"), identifier, postcode),
        "title": _text(grant.get("title")),
        "description": _text(grant.get("description")),
        "programme_title": _text(_first(grant, "grantProgramme").get("title")),
        "amount": _amount(grant.get("amountAwarded")),
        "currency": _text(grant.get("currency")),
        "agreed_on": agreed_on,
        "places": sorted({code for place in _all(grant, "beneficiaryLocation") if (code := _gss(place.get("geoCode")))}),
    }


def _all(grant: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    found = grant.get(field)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _first(grant: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    return next(iter(_all(grant, field)), {})


def _text(value: Any) -> str | None:
    return None if value is None else clean(str(value))


def _identifier(body: Mapping[str, Any]) -> str | None:
    """The body's id in org-id form, else one made of its charity or company number; None for an id a funder made up."""
    told = re.sub(r"\s", "", str(body.get("id") or ""))
    found = None if told.upper().startswith(PRIVATE) else normal(told)
    return found or numbered("GB-CHC", body.get("charityNumber")) or numbered("GB-COH", body.get("companyNumber"))


def _country(name: Any, identifier: str | None, postcode: str | None) -> str | None:
    """ISO code. Most funders write no country: then a British id or postcode tells."""
    told = (_text(name) or "").lower()
    if told:
        return "GB" if told in _UK else told.upper() if re.fullmatch("[a-z]{2}", told) else None
    british = (identifier or "").startswith("GB-") or uk_postcode(postcode)
    return "GB" if british else None


def _day(value: Any) -> str | None:
    """`2015-06-10T00:00:00+00:00`, `2020-04-28`, `05/06/2014` (day first) or a date cell. Raises ValueError for anything else."""
    text = _text(value)
    if text is None:
        return None
    if british := re.match(r"(\d\d?)/(\d\d?)/(\d{4})\b", text):
        return date(int(british[3]), int(british[2]), int(british[1])).isoformat()
    return date.fromisoformat(text[:10]).isoformat()


def _amount(value: Any) -> int | None:
    """Whole units; pence cut off."""
    return int(value) if isinstance(value, int | float) else money(_text(value))


def _gss(value: Any) -> str | None:
    code = _text(value) or ""
    return code if _GSS.fullmatch(code) else None


REGISTER = RecordRegister(
    name="threesixtygiving",
    title="360Giving grants",
    publisher="360Giving, on behalf of each funder",
    licence="per publisher, see the file",
    licence_url="https://www.360giving.org/explore/technical/licensing-data/",
    attribution="Grants: the funders named, published to the 360Giving Data Standard.",
    yields="edge",
    locate=_locate,
    cadence="monthly",
    floor=1,
    ceiling=1_000_000,
    host_delay_s=2.0,
    record_url="https://grantnav.threesixtygiving.org/grant/{native_id}",
    personal_fields=(
        "recipientIndividual", "toIndividualsDetails", "recipientOrganization.contactName", "recipientOrganization.telephone",
        "recipientOrganization.email", "fundingOrganization.contactName", "fundingOrganization.telephone",
        "fundingOrganization.email",
    ),
    parse=_parse,
    fields=FIELDS,
    mandatory=("id", "fundingOrganization", "awardDate", "amountAwarded"),
)  # fmt: skip
