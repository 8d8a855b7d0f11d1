"""Australian charity register (ACNC): every registered charity as one CSV, weekly, found through the portal's package list.

Traps: flags are `Y` or blank and the spelling mistakes of their columns are the register's own; headers come with underscores
or with blanks; rows of charities the regulator hides have no ABN and often no name; hidden addresses leave the states a
charity works in; people stand among the other names and in care-of lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from sources.acnc_columns import FIELDS, FLAGS, MANDATORY, STATES
from sources.address import places_only, web_address
from sources.csv_records import Cells, csv_records, iso_day
from sources.paging import Ask, Locating
from sources.persons import is_person
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    for number, cells in csv_records(stream, "acnc", audit, FIELDS, MANDATORY):
        if isinstance(cells, Rejected):
            yield cells
        elif cells["ABN"] is None or cells["Charity_Legal_Name"] is None:
            yield Outside("withheld by the register")
        elif not re.fullmatch(r"\d{11}", abn := cells["ABN"].replace(" ", "")):
            yield Rejected(number, abn[:40], "the ABN is not 11 digits", "ABN", abn[:40])
        elif (cells["Country"] or "Australia").lower() != "australia":
            yield Outside("address outside Australia")
        else:
            yield _row(abn, cells)


def _row(abn: str, cells: Cells) -> dict[str, Any]:
    lines = places_only(cells.get(f"Address_Line_{n}") for n in (1, 2, 3))
    size = (cells.get("Charity_Size") or "").lower()
    return {
        "native_id": abn,
        "name": cells["Charity_Legal_Name"],
        "other_names": _other_names(cells),
        "sector": "nonprofit",
        # A line with a number is the street or box; others name a building or a department.
        "street": next((line for line in lines if re.search(r"\d", line)), lines[0] if lines else None),
        "city": cells["Town_City"],
        "state": cells["State"] or _only_state(cells),
        "postcode": cells["Postcode"],
        "country": "AU",
        "website": web_address(cells.get("Charity_Website")),
        "class_scheme": "ACNC",
        "class_codes": [flag for flag in FLAGS if cells.get(flag) == "Y"],
        "identifiers": [f"AU-ABN-{abn}"],
        "status": "active",  # the file holds registered charities only
        "started_on": iso_day(cells.get("Registration_Date"), "%d/%m/%Y"),
        "size_band": size if size in ("small", "medium", "large") else "unknown",
    }


def _only_state(cells: Cells) -> str | None:
    """The state a charity without address works in, where it is only one."""
    states = [state for state in STATES if cells.get(f"Operates_in_{state}") == "Y"]
    return states[0] if len(states) == 1 else None


def _other_names(cells: Cells) -> list[str]:
    """Names other than the legal one; neither remarks about former numbers nor people."""
    found = [name.strip() for name in (cells.get("Other_Organisation_Names") or "").split(",")]
    legal = (cells["Charity_Legal_Name"] or "").lower()
    return sorted({n for n in found if n and n.lower() != legal and not re.search(r"\bABN\b", n) and not is_person(n)})


def locate(url: str, _options: Options, _as_of: date) -> Locating:
    """Address of the CSV in the portal's package reply. Raises RegisterError where it lists none."""
    answer = yield Ask(url)
    try:
        resources = answer.json()["result"]["resources"]
        return [next(str(r["url"]) for r in resources if "datadotgov_main" in r["url"] and r["url"].lower().endswith(".csv"))]
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise RegisterError(
            "acnc: the package reply lists no result.resources[] whose url is a datadotgov_main….csv. The portal may have "
            "renamed the file; download it by hand and use `path:`."
        ) from error


REGISTER = RecordRegister(
    name="acnc",
    title="ACNC Charity Register",
    publisher="Australian Charities and Not-for-profits Commission",
    licence="CC-BY-3.0-AU",
    licence_url="https://creativecommons.org/licenses/by/3.0/au/",
    attribution="Source: ACNC Registered Charities, Australian Charities and Not-for-profits Commission, CC BY 3.0 AU.",
    url="https://data.gov.au/data/api/3/action/package_show?id=b050b242-4487-4306-abf5-07ca073e5594",
    locate=locate,
    cadence="weekly",
    org_id_scheme="AU-ABN",
    floor=40_000,
    ceiling=200_000,
    host_delay_s=2.0,
    record_url="https://www.acnc.gov.au/charity/charities?search={native_id}",
    personal_fields=("Address_Line_1 to 3: c/o names", "Other_Organisation_Names: people"),
    parse=_parse,
    fields=FIELDS,
    mandatory=MANDATORY,
)
