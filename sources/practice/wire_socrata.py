"""The town's licences on a Socrata portal: JSON pages and what is known of a data set; in Chicago's columns the CSV export too.

Belongs here: the format. Does not: the businesses, the columns of other cities (`socrata_cities.py`). Each business holds two
terms of its licence, so that the older one must step back; where the owner is a person, LEGAL NAME says who. The API leaves out
what is null and calls two columns otherwise than the export.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import cycle

from sources.business_licences import load_city
from sources.practice.model import ANCHOR, Business, Town
from sources.practice.serving import Reply, Request, Route
from sources.practice.socrata_cities import NEW_YORK, SAN_FRANCISCO, new_york, san_francisco

DATASET = "r5kz-chrr"
RESOURCE_PATH = f"/socrata/resource/{DATASET}.json"
NEW_YORK_PATH = f"/socrata/resource/{NEW_YORK}.json"
SAN_FRANCISCO_PATH = f"/socrata/resource/{SAN_FRANCISCO}.json"
ABOUT_PATH = f"/socrata/api/views/{DATASET}.json"
EXPORT_PATH = f"/socrata/api/views/{DATASET}/rows.csv"

_COLUMNS = (
    "ID", "LICENSE ID", "ACCOUNT NUMBER", "SITE NUMBER", "LEGAL NAME", "DOING BUSINESS AS NAME", "ADDRESS", "CITY", "STATE",
    "ZIP CODE", "WARD", "PRECINCT", "WARD PRECINCT", "POLICE DISTRICT", "LICENSE CODE", "LICENSE DESCRIPTION",
    "BUSINESS ACTIVITY ID", "BUSINESS ACTIVITY", "LICENSE NUMBER", "APPLICATION TYPE", "APPLICATION CREATED DATE",
    "APPLICATION REQUIREMENTS COMPLETE", "PAYMENT DATE", "CONDITIONAL APPROVAL", "LICENSE TERM START DATE",
    "LICENSE TERM EXPIRATION DATE", "LICENSE APPROVED FOR ISSUANCE", "DATE ISSUED", "LICENSE STATUS",
    "LICENSE STATUS CHANGE DATE", "SSA", "LATITUDE", "LONGITUDE", "LOCATION",
)  # fmt: skip
_API_NAMES = {"LICENSE TERM START DATE": "license_start_date", "LICENSE TERM EXPIRATION DATE": "expiration_date"}
_DATES = ("LICENSE TERM START DATE", "LICENSE TERM EXPIRATION DATE")
#: What the API gives where no `$limit` is asked for.
_USUAL_LIMIT = 1_000
_THIS_YEAR = ANCHOR.year

Row = dict[str, str]


def routes(town: Town) -> dict[str, Route]:
    """Pages and metadata of each city's data set, and Chicago's export."""

    @cache
    def rows() -> list[Row]:
        return list(_rows(town))

    def export(_request: Request) -> Reply:
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows())
        return Reply(text.getvalue().encode(), "text/csv; charset=utf-8")

    return {
        **_data_set(DATASET, lambda: [_api_row(row) for row in rows()], _COLUMNS),
        **_data_set(NEW_YORK, lambda: list(new_york(town))),
        **_data_set(SAN_FRANCISCO, lambda: list(san_francisco(town))),
        EXPORT_PATH: export,
    }


def _data_set(dataset: str, make: Callable[[], list[Row]], columns: Sequence[str] = ()) -> dict[str, Route]:
    """Pages of a data set and what is known of it."""
    rows = cache(make)

    def page(request: Request) -> Reply:
        limit, offset = int(request.query.get("$limit", _USUAL_LIMIT)), int(request.query.get("$offset", 0))
        # Without an order rows come as they please: here the other way round on every second page.
        step = 1 if request.query.get("$order") or (offset // limit) % 2 == 0 else -1
        return Reply(json.dumps(rows()[::step][offset : offset + limit]).encode(), "application/json;charset=utf-8")

    def about(_request: Request) -> Reply:
        fields = [{"name": name, "fieldName": _api_name(name), "dataTypeName": "text"} for name in columns]
        found = {"id": dataset, "name": "Business Licenses (practice)", "rowsUpdatedAt": 1_782_777_600, "columns": fields}
        return Reply(json.dumps(found).encode(), "application/json;charset=utf-8")

    return {f"/socrata/resource/{dataset}.json": page, f"/socrata/api/views/{dataset}.json": about}


def _rows(town: Town) -> Iterator[Row]:
    owners = cycle(sorted(town.truth.contact_names))
    for number, business in enumerate(sorted(town.businesses, key=lambda b: b.key)):
        legal = (
            business.name if business.is_natural_person else next(owners) if number % 3 == 0 else f"{business.name} HOLDING INC"
        )
        for year in (_THIS_YEAR - 2, _THIS_YEAR):
            yield _row(business, number, legal, year)


def _row(business: Business, number: int, legal: str, year: int) -> Row:
    activity = load_city("chicago").classes.get(business.activity, [""])[0]
    at_home = business.is_natural_person
    row = {
        "ID": f"{7_000_000 + number}-{year}0216",
        "LICENSE ID": str(7_000_000 + number),
        "ACCOUNT NUMBER": str(900_000 + number),
        "SITE NUMBER": "1",
        "LEGAL NAME": legal,
        "DOING BUSINESS AS NAME": business.name,
        "ADDRESS": "[REDACTED FOR PRIVACY]" if at_home else business.street,
        "CITY": business.place.city.upper(),
        "STATE": "ZZ",
        "ZIP CODE": business.place.postcode,
        "LICENSE DESCRIPTION": "Home Occupation" if at_home else "Limited Business License",
        "BUSINESS ACTIVITY": f"{activity} | Payment Center" if activity and number % 7 == 0 else activity,
        "APPLICATION TYPE": "RENEW",
        "LICENSE TERM START DATE": f"02/16/{year}",
        "LICENSE TERM EXPIRATION DATE": f"02/15/{year + 2}",
        "LICENSE STATUS": "AAI" if number % 20 else "AAC",
    }
    if not at_home:
        row |= {"LATITUDE": f"{business.place.latitude:.9f}", "LONGITUDE": f"{business.place.longitude:.9f}"}
    return row


def _api_name(name: str) -> str:
    return _API_NAMES.get(name, name.lower().replace(" ", "_"))


def _api_row(row: Row) -> Row:
    """The row as the API has it: field names, ISO dates, nothing where the cell is blank."""
    found = {_api_name(name): cell for name, cell in row.items() if cell}
    for name in _DATES:
        month, day, year = row[name].split("/")
        found[_api_name(name)] = f"{year}-{month}-{day}T00:00:00.000"
    return found
