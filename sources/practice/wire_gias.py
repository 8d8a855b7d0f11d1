"""The town's schools as GIAS publishes its register: a Windows-1252 CSV under a dated name.

Belongs here: the framing; the file of the day before the last stands there, today's does not. Does not: the schools.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import cycle

from sources.gias_columns import COLUMNS
from sources.practice.abroad import UK_TOWN, uk_postcode
from sources.practice.model import ANCHOR, Exempt, Town
from sources.practice.serving import Reply, Route

PATH = f"/gias/edubasealldata{ANCHOR - timedelta(days=1):%Y%m%d}.csv"
_KINDS = {"school", "school_support", "childcare_charity", "university", "pta"}
#: Type, group, phase and status, in turn.
_LOOKS = (
    ("Community school", "Local authority maintained schools", "Primary", "Open"),
    ("Academy converter", "Academies", "Secondary", "Open, but proposed to close"),
    ("Other independent school", "Independent schools", "Not applicable", "Open"),
    ("Community school", "Local authority maintained schools", "Primary", "Closed"),
    ("Non-maintained special school", "Special schools", "Not applicable", "Open"),
    ("British schools overseas", "Other types", "Not applicable", "Open"),
)


def routes(town: Town) -> dict[str, Route]:
    """The one file there is; another day's is not found."""

    @cache
    def file() -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n", restval="")
        writer.writeheader()
        writer.writerows(_rows(town))
        return text.getvalue().encode("cp1252")

    return {PATH: lambda _request: Reply(file(), "text/csv")}


def _rows(town: Town) -> Iterator[dict[str, str]]:
    bodies = sorted((body for body in town.exempt if body.kind in _KINDS), key=lambda body: body.row.ein)
    heads = cycle(sorted(town.truth.contact_names))
    for number, (body, look, head) in enumerate(zip(bodies, cycle(_LOOKS), heads, strict=False), start=1):
        yield _row(number, body, look, head)


def _row(number: int, body: Exempt, look: tuple[str, str, str, str], head: str) -> dict[str, str]:
    kind, group, phase, status = look
    first, last = head.split(" ", 1)
    return {
        "URN": str(990_000 + number),
        "LA (code)": "990",
        "LA (name)": UK_TOWN,
        "EstablishmentNumber": str(1000 + number),
        "EstablishmentName": f"École {body.row.name.title()}" if number == 1 else body.row.name.title(),
        "TypeOfEstablishment (name)": kind,
        "EstablishmentTypeGroup (name)": group,
        "EstablishmentStatus (name)": status,
        "PhaseOfEducation (name)": phase,
        "OpenDate": f"01-09-{body.row.ruling[:4]}",
        "UKPRN": str(10_990_000 + number),
        "Street": body.row.street.title(),
        "Town": UK_TOWN,
        "Postcode": uk_postcode(body.place),
        "SchoolWebsite": f"www.school{number}.example",
        "TelephoneNum": f"0151496{number:04d}",
        "HeadTitle (name)": "Mrs",
        "HeadFirstName": first,
        "HeadLastName": last,
        "HeadPreferredJobTitle": "Headteacher",
        "PropsName": head if group == "Independent schools" else "",
    }
