"""What a chamber of the town keeps in spreadsheets: its members and the partnerships it knows of, saved as CSV by Excel.

Belongs here: the two files. Does not: who the members are (`chamber_cards.py`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from sources.practice.chamber_cards import members_of
from sources.practice.model import Town
from sources.practice.serving import Reply, Request, Route

MEMBERS_PATH = "/chamber_lists/members.csv"
PARTNERSHIPS_PATH = "/chamber_lists/partnerships.csv"
MEMBER_COLUMNS = (
    "Member ID", "Name", "Trading name", "Contact", "Phone", "Email", "Street", "City", "State", "Postcode", "Country",
    "Website", "Category", "Consent",
)  # fmt: skip
PARTNERSHIP_COLUMNS = (
    "business_name", "business_identifier", "partner_name", "partner_identifier", "since", "what", "source_url", "contact",
)  # fmt: skip
#: One member in so many has not said yes.
_SILENT = 12
_PARTNERSHIPS = 20


def routes(town: Town) -> dict[str, Route]:
    """Both files."""

    def members(_request: Request) -> Reply:
        # As Excel saves "CSV UTF-8" where a comma is the decimal sign.
        return Reply(_csv(MEMBER_COLUMNS, _members(town), ";").encode("utf-8-sig"), "text/csv")

    def partnerships(_request: Request) -> Reply:
        # As Excel saves "CSV" elsewhere.
        return Reply(_csv(PARTNERSHIP_COLUMNS, _partnerships(town), ",").encode("cp1252"), "text/csv")

    return {MEMBERS_PATH: members, PARTNERSHIPS_PATH: partnerships}


def _members(town: Town) -> Iterable[Sequence[str]]:
    for number, card in enumerate(members_of(town, 4), start=1):
        place = card.business.place
        consent = "" if number % _SILENT == 0 else "Yes"
        yield (
            f"M{card.number}", card.name, "", card.person, card.phone, card.mail, card.business.street, place.city, "ZZ",
            place.postcode, "USA", card.website, card.category, consent,
        )  # fmt: skip


def _partnerships(town: Town) -> Iterable[Sequence[str]]:
    names = {business.key: business.name for business in town.businesses}
    partners = {body.key: (body.row.name, f"US-EIN-{body.row.ein}") for body in town.exempt}
    known = [pair for pair in town.truth.chances if pair[0] in names and pair[1] in partners]
    people = sorted(town.truth.contact_names)
    for number, (business, partner) in enumerate(known[:_PARTNERSHIPS]):
        name, identifier = partners[partner]
        source = f"https://chamber.example/news/{number + 1}"
        yield (
            names[business],
            "",
            name,
            identifier,
            f"{2015 + number % 10}",
            "Café – food and rooms given",
            source,
            people[number],
        )


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
