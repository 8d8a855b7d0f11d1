"""The three file forms of the 360Giving standard as one: grants nested as in its JSON.

Belongs here: JSON, CSV and XLSX, told apart by content. Does not: what a grant's fields mean (`threesixtygiving.py`).

A table's headers are titles of the standard joined by `:`, repeated parts numbered (`Beneficiary Location:1:Name`). They are
matched by letters and digits only; some publishers use the field names of the JSON instead, joined by `/`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import ijson  # type: ignore[import-untyped]
import openpyxl

from sources.register import RegisterError

#: Title of a plain column -> field of a grant.
_TITLES = {
    "Identifier": "id",
    "Title": "title",
    "Description": "description",
    "Currency": "currency",
    "Amount Applied For": "amountAppliedFor",
    "Amount Awarded": "amountAwarded",
    "Amount Disbursed": "amountDisbursed",
    "Award Date": "awardDate",
    "URL": "url",
    "From An Open Call?": "fromOpenCall",
    "Last Modified": "dateModified",
    "Data Source": "dataSource",
    "For Regrant Type": "regrantType",
    "Location Scope": "locationScope",
}
#: Title of a group of columns -> field of a grant.
_GROUPS = {
    "Recipient Org": "recipientOrganization",
    "Recipient Ind": "recipientIndividual",
    "Funding Org": "fundingOrganization",
    "Grant Programme": "grantProgramme",
    "Beneficiary Location": "beneficiaryLocation",
    "Planned Dates": "plannedDates",
    "Actual Dates": "actualDates",
    "Classifications": "classifications",
    "Funding Type": "fundingType",
    "Related Document": "relatedDocument",
    "To Individuals Details": "toIndividualsDetails",
}
#: Title of a column within a group -> field, of those that are read.
_PARTS = {
    "Identifier": "id",
    "Name": "name",
    "Title": "title",
    "Charity Number": "charityNumber",
    "Company Number": "companyNumber",
    "City": "addressLocality",
    "Country": "addressCountry",
    "Postal Code": "postalCode",
    "Geographic Code": "geoCode",
}
#: Unpacks to more than any workbook of a funder (a million grants are about 600 MB).
_MAX_UNPACKED = 1_000_000_000


def grants(stream: BinaryIO) -> Iterator[dict[str, Any] | str]:
    """The grants of a file; for a row that holds none, why. Raises RegisterError where the file has none of the forms."""
    head = stream.read(64).removeprefix(codecs.BOM_UTF8).lstrip()
    stream.seek(0)
    if head.startswith(b"PK"):
        yield from _xlsx(stream)
    elif head.startswith((b"{", b"[")):
        yield from _json(stream, whole_list=head.startswith(b"["))
    elif head.startswith(b"<") or not head:
        raise RegisterError(
            f"threesixtygiving: the file starts with {head[:20]!r}; expected 360Giving JSON, CSV or XLSX. A web page came back: "
            "check the address in the profile."
        )
    else:
        yield from _csv(stream)


def _json(stream: BinaryIO, whole_list: bool) -> Iterator[dict[str, Any] | str]:
    """`{"grants": […]}`, or the bare list, one grant at a time."""
    if stream.read(3) != codecs.BOM_UTF8:
        stream.seek(0)
    try:
        for grant in ijson.items(stream, "item" if whole_list else "grants.item", use_float=True):
            yield grant if isinstance(grant, dict) else "no JSON object"
    except ijson.JSONError as error:
        raise RegisterError(f"threesixtygiving: the JSON breaks off or is damaged ({error}); download it again.") from error


def _csv(stream: BinaryIO) -> Iterator[dict[str, Any] | str]:
    reader = csv.reader(io.TextIOWrapper(stream, encoding=_encoding(stream), newline=""))
    try:
        yield from _table(next(reader), reader)
    except csv.Error as error:
        raise RegisterError(f"threesixtygiving: line {reader.line_num} is no CSV ({error}); download the file again.") from error


def _encoding(stream: BinaryIO) -> str:
    """UTF-8 where every byte of the file fits, else Windows-1252, as older spreadsheets save."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while block := stream.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        stream.seek(0)
    return "utf-8-sig"


def _xlsx(stream: BinaryIO) -> Iterator[dict[str, Any] | str]:
    """The rows of every sheet that has an identifier; other sheets are notes."""
    try:
        with zipfile.ZipFile(stream) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > _MAX_UNPACKED:
            raise RegisterError(f"threesixtygiving: the workbook unpacks to {unpacked:,} bytes, more than {_MAX_UNPACKED:,}.")
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise RegisterError(f"threesixtygiving: no XLSX workbook ({error}); download the file again.") from error
    found = False
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # some programs write a size that is smaller than the sheet
        rows = sheet.iter_rows(values_only=True)
        header = [str(cell or "") for cell in next(rows, ())]
        if "id" in {_path(cell)[0] for cell in header}:
            found = True
            yield from _table(header, rows)
    if not found:
        raise RegisterError(
            f"threesixtygiving: no sheet of {workbook.sheetnames[:6]} has a column Identifier in its first row; expected a "
            "360Giving spreadsheet."
        )


def _table(header: list[str], rows: Iterable[Iterable[Any]]) -> Iterator[dict[str, Any] | str]:
    """Grants of a table, blank rows left out."""
    paths = [_path(cell) for cell in header]
    for cells in (list(row) for row in rows):
        filled = [cell not in (None, "") for cell in cells]
        if any(filled[len(paths) :]):
            yield f"{len(cells)} cells where the header has {len(paths)}"
        elif any(filled):
            yield _nested(paths, cells)


def _key(title: str) -> str:
    return re.sub(r"[^a-z0-9]", "", title.lower())


_PLAIN = {_key(name): field for title, field in _TITLES.items() for name in (title, field)}
_GROUPED = {_key(name): field for title, field in _GROUPS.items() for name in (title, field)}
_WITHIN = {_key(name): field for title, field in _PARTS.items() for name in (title, field)}


def _path(title: str) -> tuple[str, int, str]:
    """Field, place in its list, field within it (empty for a plain one) of a column; an unknown title stays as it is."""
    parts = re.split(r"[:/]", title)
    number = next((int(part) for part in parts if part.strip().isdecimal()), 0)
    names = [_key(part) for part in parts if not part.strip().isdecimal()]
    if len(names) == 1:
        return _PLAIN.get(names[0], title), 0, ""
    return _GROUPED.get(names[0], title), number, _WITHIN.get(names[-1], names[-1])


def _nested(paths: list[tuple[str, int, str]], cells: list[Any]) -> dict[str, Any]:
    """A row as the grant its JSON would be. A group without a filled cell is absent."""
    grant: dict[str, Any] = {field: None for field, _, within in paths if not within}
    groups: dict[str, dict[int, dict[str, Any]]] = {}
    for (field, number, within), cell in zip(paths, cells, strict=False):
        if not within:
            grant[field] = cell
        elif cell not in (None, ""):
            groups.setdefault(field, {}).setdefault(number, {})[within] = cell
    return grant | {field: [items[number] for number in sorted(items)] for field, items in groups.items()}
