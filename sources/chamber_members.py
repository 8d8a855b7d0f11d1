"""A chamber's own list of members, a CSV it keeps in a spreadsheet.

Header: member_id,name,trading_name,street,city,postcode,country,website,category,consent (and state). Only `name` must be there;
`options: {columns: {name: Company, …}}` says what the columns of another file are called, `country:`, `state:` and `city:` fill
what a file leaves out. Where there is a column `consent`, only members who said yes are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from sources.chamber_address import country_code, tidy_postcode, tidy_state
from sources.chamber_csv import columns_of, read_rows
from sources.chamber_member import stable_id, typed_address
from sources.register import Audit, Options, Outside, RecordRegister, Rejected

COLUMNS = (
    "member_id", "name", "trading_name", "street", "city", "state", "postcode", "country", "website", "category", "consent",
)  # fmt: skip
#: Columns such lists often have, by letters and digits; never read.
PERSONAL = (
    "contact", "contactname", "contactperson", "firstname", "lastname", "owner", "phone", "telephone", "mobile", "fax", "email",
)  # fmt: skip
_YES = frozenset("yes y true 1 x ok oui sí ja".split())


def _parse(stream: BinaryIO, options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    columns = columns_of("chamber_members", COLUMNS, options)
    for number, row in read_rows(stream, "chamber_members", columns, ("name",), audit):
        if "consent" in audit.seen and (row["consent"] or "").casefold() not in _YES:
            yield Outside("no consent")
        elif not row["name"]:
            yield Rejected(number, row["member_id"], "no name", "name")
        else:
            yield _row(row, options)


def _row(row: dict[str, str | None], options: Options) -> dict[str, Any]:
    country = country_code(row["country"]) or options.get("country")
    categories = [word for part in re.split("[;,|]", row["category"] or "") if (word := part.strip())]
    return {
        "native_id": row["member_id"] or stable_id(row["name"], row["street"], row["postcode"]),
        "name": row["name"],
        "other_names": [row["trading_name"]] if row["trading_name"] not in (None, row["name"]) else [],
        "sector": "private",
        "street": row["street"],
        "city": row["city"] or options.get("city"),
        "state": None if country == "GB" else tidy_state(row["state"]) or options.get("state"),
        "postcode": tidy_postcode(row["postcode"]),
        "country": country,
        "website": typed_address(row["website"]),
        "class_scheme": "WORDS" if categories else None,
        "class_codes": categories,
        "status": "active",
    }


REGISTER = RecordRegister(
    name="chamber_members",
    title="Member list of the chamber",
    publisher="The chamber",
    licence="by consent of the chamber",
    licence_url="",
    attribution="Member list of the chamber, used with its consent.",
    cadence="as kept",
    ceiling=100_000,
    personal_fields=PERSONAL,
    parse=_parse,
    fields=(*COLUMNS, *PERSONAL),
    mandatory=("name",),
)
