"""Research Organization Registry (ROR): universities, hospitals, laboratories and research agencies, schema v2.

Read as the JSON list of a dump, the ZIP that holds it, or the `items` of an API reply. ROR knows the city, not the street.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from sources.identifiers import numbered
from sources.paging import Ask, Locating
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected

#: ROR type -> sector. A record with several types takes the first that is listed here, in this order: a funder or
#: facility says how a body works, not who owns it.
SECTORS = {
    "company": "private",
    "nonprofit": "nonprofit",
    "government": "public",
    "education": "public",
    "facility": "public",
}

#: ROR tells namesakes apart by a country in brackets; the name itself does not have it.
_COUNTRY = re.compile(r" \((United Kingdom|United States|Australia|New Zealand)\)$")

#: Fields of a v2 record, read or not.
FIELDS = (
    "admin", "domains", "established", "external_ids", "id", "links", "locations", "names", "relationships", "status", "types",
)  # fmt: skip

#: Larger than any dump so far (2026: about 350 MB); a ZIP that unpacks to more is refused.
_MAX_UNPACKED = 2_000_000_000


def _parse(stream: BinaryIO, options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    country, state = options.get("country"), options.get("state")
    for number, record in enumerate(_records(stream), start=1):
        audit.saw(record)
        row = _row(record)
        if row is None:
            yield Rejected(number, record.get("id"), "no id or no name of type ror_display")
        elif row["country"] != (country or row["country"]) or row["state"] != (state or row["state"]):
            yield Outside("elsewhere")  # a dump holds the world
        else:
            yield row


def _records(stream: BinaryIO) -> list[dict[str, Any]]:
    """The list of records in a dump, a ZIP of one, or an API reply."""
    head = stream.read(4)
    stream.seek(0)
    if head[:2] == b"PK":
        with _archive(stream) as archive:
            members = sorted(m for m in archive.namelist() if m.endswith(".json"))
            if not members:
                raise RegisterError(f"ror: no .json in the ZIP, found {archive.namelist()[:5]}; expected a ROR v2 data dump.")
            info = archive.getinfo(members[-1])
            if info.file_size > _MAX_UNPACKED:
                raise RegisterError(f"ror: {members[-1]} unpacks to {info.file_size:,} bytes, more than {_MAX_UNPACKED:,}.")
            data = json.loads(archive.read(info))
    else:
        try:
            data = json.load(stream)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise RegisterError(f"ror: the file is no JSON ({error}); expected a ROR v2 data dump.") from error
    records = data.get("items") if isinstance(data, dict) else data
    if not isinstance(records, list) or not all(isinstance(r, dict) and "names" in r for r in records[:1]):
        raise RegisterError("ror: expected a list of ROR schema v2 records (`names`, `types`, `locations`); is this a v1 dump?")
    return records


def _archive(stream: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except zipfile.BadZipFile as error:
        raise RegisterError(f"ror: the ZIP cannot be opened ({error}); download it again.") from error


def _row(record: dict[str, Any]) -> dict[str, Any] | None:
    names = record.get("names") or []
    display = next((n["value"] for n in names if "ror_display" in n.get("types", [])), None)
    ror_id = str(record.get("id") or "").rsplit("/", 1)[-1]
    if not display or not ror_id:
        return None
    types = record.get("types") or []
    place = ((record.get("locations") or [{}])[0]).get("geonames_details") or {}
    links = {link.get("type"): link.get("value") for link in record.get("links") or []}
    established = record.get("established")
    return {
        "native_id": ror_id,
        "name": _COUNTRY.sub("", display),
        "other_names": sorted({n["value"] for n in names if n["value"] != display and "acronym" not in n.get("types", [])}),
        "sector": _sector(types, links.get("website") or ""),
        "city": place.get("name"),
        "state": place.get("country_subdivision_code"),
        "country": place.get("country_code"),
        "latitude": place.get("lat"),
        "longitude": place.get("lng"),
        "website": links.get("website"),
        "class_scheme": "ROR",
        "class_codes": list(types),
        "identifiers": [f"XI-ROR-{ror_id}"],
        "status": "active" if record.get("status") == "active" else "inactive",
        "started_on": f"{established:04d}-01-01" if isinstance(established, int) and established > 0 else None,
        "parent_identifiers": _parents(record),
        "parent_kind": "parent" if _parents(record) else None,
        "record_url": f"https://ror.org/{ror_id}",
    }


def _parents(record: dict[str, Any]) -> list[str]:
    """Org-ids of the bodies it is part of. ROR tells of children too, but those tell of their parents themselves."""
    ids = (str(r.get("id") or "") for r in record.get("relationships") or [] if r.get("type") == "parent")
    return sorted({found for ror_id in ids if (found := numbered("XI-ROR", ror_id))})


def _sector(types: list[str], website: str) -> str:
    if types == ["facility"] and ".com" in website:
        return "private"  # a laboratory that trades; public ones live under .edu, .gov or .org
    return next((sector for kind, sector in SECTORS.items() if kind in types), "nonprofit")


def locate(url: str, _options: Options, _as_of: date) -> Locating:
    """Address of the newest dump in a Zenodo record search reply. Raises RegisterError where there is none."""
    answer = yield Ask(url)
    try:
        return [str(answer.json()["hits"]["hits"][0]["files"][-1]["links"]["self"])]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise RegisterError(
            "ror: the search reply has no hits.hits[0].files[-1].links.self; download the dump by hand and use `path:`."
        ) from error


REGISTER = RecordRegister(
    name="ror",
    title="Research Organization Registry",
    publisher="ROR",
    licence="CC0-1.0",
    licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
    attribution="Research organisations: ROR (ror.org), CC0.",
    url="https://zenodo.org/api/records/?communities=ror-data&sort=mostrecent",
    locate=locate,
    cadence="monthly",
    org_id_scheme="XI-ROR",
    floor=5,
    ceiling=300_000,
    record_url="https://ror.org/{native_id}",
    parse=_parse,
    fields=FIELDS,
    mandatory=("id", "names", "types", "locations"),
)
