"""Partnerships a chamber knows of between a business and another body, a CSV it keeps in a spreadsheet.

Header: business_name,business_identifier,partner_name,partner_identifier,since,what,source_url; the two names must be there.
Identifiers are in org-id.guide form (`US-EIN-…`), `since` is a year, a month or a day (`2021`, `2021-05`, `2021-05-31`), `what`
says in a few words what the two do together. `options: {columns: …}` says what the columns of another file are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from sources.chamber_csv import columns_of, read_rows
from sources.chamber_member import stable_id, web_address
from sources.chamber_members import PERSONAL
from sources.identifiers import normal
from sources.register import Audit, Options, Outside, RecordRegister, Rejected

COLUMNS = ("business_name", "business_identifier", "partner_name", "partner_identifier", "since", "what", "source_url")


def _parse(stream: BinaryIO, options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    columns = columns_of("known_partnerships", COLUMNS, options)
    for number, row in read_rows(stream, "known_partnerships", columns, ("business_name", "partner_name"), audit):
        fault = _fault(row)
        yield Rejected(number, None, fault[1], fault[0], row[fault[0]]) if fault else _row(row)


def _fault(row: dict[str, str | None]) -> tuple[str, str] | None:
    """Column and rule of what keeps a row from being used; a chamber mends its own list."""
    for column in ("business_name", "partner_name"):
        if not row[column]:
            return column, f"no {column}"
    for column in ("business_identifier", "partner_identifier"):
        if row[column] and normal(row[column] or "") is None:
            return column, "identifier is not in org-id.guide form"
    if row["since"] and not _day(row["since"]):
        return "since", "date is no year, YYYY-MM or YYYY-MM-DD"
    if row["source_url"] and not web_address(row["source_url"]):
        return "source_url", "no web address"
    return None


def _row(row: dict[str, str | None]) -> dict[str, Any]:
    return {
        "native_id": stable_id(
            row["business_identifier"] or row["business_name"], row["partner_identifier"] or row["partner_name"], row["what"]
        ),
        "kind": "partnership",
        "giver_name": row["business_name"],
        "giver_identifier": normal(row["business_identifier"] or ""),
        "receiver_name": row["partner_name"],
        "receiver_identifier": normal(row["partner_identifier"] or ""),
        "title": row["what"],
        "agreed_on": _day(row["since"]),
        "record_url": web_address(row["source_url"]),
    }


def _day(text: str | None) -> str | None:
    """The first day of the year or month, or the day; None where it is none."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text or "")
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)).isoformat()
    except ValueError:
        return None


REGISTER = RecordRegister(
    name="known_partnerships",
    title="Partnerships known to the chamber",
    publisher="The chamber",
    licence="by consent of the chamber",
    licence_url="",
    attribution="Partnerships known to the chamber.",
    yields="edge",
    cadence="as kept",
    ceiling=100_000,
    personal_fields=PERSONAL,
    parse=_parse,
    fields=(*COLUMNS, *PERSONAL),
    mandatory=("business_name", "partner_name"),
)
