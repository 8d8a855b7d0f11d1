"""Food hygiene ratings (FSA): every place in the UK that sells or serves food, one XML file a local authority, daily.

The file is one line; a value that is missing is a missing tag or `xsi:nil`. `ItemCount` tells how many premises belong in it.
Businesses run from a home have no address, mobile ones no postcode; a chain has a row for each of its premises. Scotland rates by
another scheme (FHIS), which makes no difference here: ratings are not read.

Options: `authorities`, the `LocalAuthorityIdCode` of one authority or a list of them (Liverpool 414, Manchester 415).
`url` is the folder of the files, or one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from lxml import etree

from sources.fhrs_premises import RECORD_URL, premises
from sources.paging import Locating
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected

#: Fields of one establishment, read or not.
FIELDS = (
    "FHRSID", "LocalAuthorityBusinessID", "BusinessName", "BusinessType", "BusinessTypeID", "AddressLine1", "AddressLine2",
    "AddressLine3", "AddressLine4", "PostCode", "RatingValue", "RatingKey", "RatingDate", "LocalAuthorityCode",
    "LocalAuthorityName", "LocalAuthorityWebSite", "LocalAuthorityEmailAddress", "Scores", "SchemeType", "NewRatingPending",
    "Geocode", "ChangesByServerID", "Phone", "RightToReply",
)  # fmt: skip

#: How premises are told; the rest of an establishment may be missing.
MANDATORY = ("FHRSID", "BusinessName", "BusinessTypeID", "PostCode")


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    expected, number = None, 0
    try:
        for element in _elements(stream):
            if element.tag == "ItemCount":
                expected = element.text
                continue
            number += 1
            audit.saw(child.tag for child in element if isinstance(child.tag, str))
            yield premises(number, {e.tag.lower(): e.text for e in element.iter(etree.Element) if isinstance(e.tag, str)})
    except etree.XMLSyntaxError as error:
        raise RegisterError(f"fhrs: no whole XML after {number:,} premises ({error}). Download the file again.") from error
    if expected != str(number):
        raise RegisterError(
            f"fhrs: the file holds {number:,} premises where its ItemCount says {expected}. It is cut short or has a new layout; "
            "download it again."
        )


def _elements(stream: BinaryIO) -> Iterator[etree._Element]:
    """ItemCount and every establishment; each is forgotten once it has been looked at."""
    found = etree.iterparse(
        stream, tag=("ItemCount", "EstablishmentDetail"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    for _, element in found:
        if element.getroottree().docinfo.doctype:
            raise RegisterError("fhrs: the XML brings a DTD of its own; ratings never do. The download is not the FSA's file.")
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and (before := element.getprevious()) is not None:
            parent.remove(before)


def locate(url: str, options: Options, _as_of: date) -> Locating:
    """One address an authority; nothing has to be asked. Raises RegisterError where none is named."""
    yield from ()
    if url.endswith(".xml"):
        return [url]
    named = options.get("authorities") or []
    codes = [str(code) for code in (named if isinstance(named, list | tuple) else [named])]
    if not codes or not all(re.fullmatch(r"\d{2,4}", code) for code in codes):
        raise RegisterError(
            f"fhrs: found `authorities: {named}`; expected LocalAuthorityIdCodes such as 414. They are listed at "
            "https://api.ratings.food.gov.uk/Authorities (header x-api-version: 2)."
        )
    return [f"{url.rstrip('/')}/FHRS{code}en-GB.xml" for code in codes]


REGISTER = RecordRegister(
    name="fhrs",
    title="Food Hygiene Rating Scheme",
    publisher="Food Standards Agency",
    licence="OGL-UK-3.0",
    licence_url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    attribution="Contains Food Hygiene Rating data © Food Standards Agency and local authorities, Open Government Licence v3.0.",
    url="https://ratings.food.gov.uk/OpenDataFiles",
    locate=locate,
    cadence="daily",
    floor=100,
    ceiling=700_000,
    record_url=RECORD_URL,
    personal_fields=("Phone", "LocalAuthorityEmailAddress"),
    # one id, one premises: a chain has many
    parse=_parse,
    fields=FIELDS,
    mandatory=MANDATORY,
)
