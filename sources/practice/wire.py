"""The town in the wire formats of four registers: the very bytes a live run would fetch.

Belongs here: the CSV files and the list of all files. A row of the programme file is made in `wire_sam.py`, the
research bodies in `wire_ror.py`. Does not: what is in the town (`town.py`), serving it (`server.py`).

Headers, encodings, quoting and line ends are those of the real files (IRS EO BMF extract; business licences as the
portal of Little Rock exports them; SAM.gov assistance listings; ROR data dump v2); every value is invented.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from functools import cache
from types import ModuleType
from typing import Literal, TypeVar

from sources.practice import (
    wire_acnc,
    wire_ccew,
    wire_ccni,
    wire_chamber,
    wire_chamber_lists,
    wire_companies_house,
    wire_contracts_finder,
    wire_fhrs,
    wire_find_a_grant,
    wire_gias,
    wire_govuk,
    wire_grants_gov,
    wire_growthzone,
    wire_nz_charities,
    wire_oscr,
    wire_overpass,
    wire_overture,
    wire_sam_api,
    wire_socrata,
    wire_state_grants,
    wire_threesixtygiving,
)
from sources.practice.model import ExemptRow, Town
from sources.practice.serving import Reply, Request, Route
from sources.practice.wire_ror import archive_search, ror_archive
from sources.practice.wire_sam import SAM_COLUMNS, sam_row

IRS_PATH = "/irs_bmf/eo_zz.csv"
LICENCES_PATH = "/licences/Business_Licenses.csv"
SAM_PATH = "/sam/AssistanceListings_DataGov_PUBLIC_CURRENT.csv"
ROR_ARCHIVE_PATH = "/ror/files/ror-data.zip"
ROR_SEARCH_PATH = "/ror/api/records/"
_TYPES = {
    IRS_PATH: "text/csv",
    LICENCES_PATH: "text/csv; charset=utf-8",
    SAM_PATH: "text/csv",
    ROR_ARCHIVE_PATH: "application/zip",
}

#: Modules beside this one that serve the town in a register's format: each has `routes(town)`.
WIRES: tuple[ModuleType, ...] = (
    wire_acnc,
    wire_ccew,
    wire_ccni,
    wire_chamber,
    wire_chamber_lists,
    wire_companies_house,
    wire_contracts_finder,
    wire_fhrs,
    wire_find_a_grant,
    wire_gias,
    wire_govuk,
    wire_grants_gov,
    wire_growthzone,
    wire_nz_charities,
    wire_oscr,
    wire_overpass,
    wire_overture,
    wire_sam_api,
    wire_socrata,
    wire_state_grants,
    wire_threesixtygiving,
)

IRS_COLUMNS = [name.upper() for name in ExemptRow._fields]
LICENCE_COLUMNS = ["Classification", "Category", "Business", "Address", "City", "Zip", "ACCOUNT START DATE"]

_Row = TypeVar("_Row")


def practice_files(town: Town, shuffle: int | None = None) -> dict[str, bytes]:
    """Every file of the town by its path on the practice server.

    Rows stand in a stable order; `shuffle` (a seed) puts the rows of every file in another, with the same rows in it.
    """
    irs = sorted(body.row for body in town.exempt)
    licences = sorted(row for business in town.businesses for row in business.licences)
    programmes = sorted(town.programmes, key=lambda programme: programme.number)
    bodies = sorted(town.research, key=lambda body: body.ror_id)
    return {
        IRS_PATH: _irs_csv(_ordered(irs, shuffle)),
        LICENCES_PATH: _licences_csv(_ordered(licences, shuffle)),
        SAM_PATH: _sam_csv([sam_row(programme) for programme in _ordered(programmes, shuffle)]),
        ROR_ARCHIVE_PATH: ror_archive(_ordered(bodies, shuffle)),
    }


def town_routes(town: Town, shuffle: int | None = None) -> dict[str, Route]:
    """Every address of the town; `shuffle` as for `practice_files`."""

    @cache
    def bodies() -> dict[str, bytes]:
        return practice_files(town, shuffle)

    def file(request: Request) -> Reply:
        return Reply(bodies()[request.path], _TYPES[request.path])

    def ror_search(request: Request) -> Reply:
        archive = bodies()[ROR_ARCHIVE_PATH]
        return Reply(archive_search(archive, request.base_url + ROR_ARCHIVE_PATH), "application/json")

    routes: dict[str, Route] = dict.fromkeys(_TYPES, file)
    routes[ROR_SEARCH_PATH] = ror_search
    for module in WIRES:
        routes |= module.routes(town)
    return routes


def _irs_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """CRLF on every line, pure ASCII, quotes only where a value holds a comma."""
    return _csv(IRS_COLUMNS, rows, "\r\n", csv.QUOTE_MINIMAL).encode("ascii")


def _licences_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """CRLF between lines and none after the last; UTF-8 that holds U+FFFD."""
    return _csv(LICENCE_COLUMNS, rows, "\r\n", csv.QUOTE_MINIMAL).removesuffix("\r\n").encode("utf-8")


def _sam_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """LF between rows, line breaks inside cells, every cell quoted, Windows code page."""
    return _csv(SAM_COLUMNS, rows, "\n", csv.QUOTE_ALL).encode("cp1252")


def _csv(header: list[str], rows: Iterable[Sequence[str]], line_end: str, quoting: Literal[0, 1]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end, quoting=quoting)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _ordered(rows: Sequence[_Row], shuffle: int | None) -> list[_Row]:
    ordered = list(rows)
    if shuffle is not None:
        random.Random(shuffle).shuffle(ordered)  # noqa: S311 - an order, not a secret
    return ordered
