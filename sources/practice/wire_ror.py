"""Research bodies as ROR v2 records in a ZIP, and the record search of the archive that names the ZIP.

Belongs here: the ROR and archive formats. Does not: which bodies there are (`research.yaml`).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

from sources.practice.model import ResearchBody
from sources.practice.places import STATE

_MEMBER = "v1.0-2026-06-30-ror-data.json"
_RELEASED = (2026, 6, 30, 0, 0, 0)
# Beyond the ids GeoNames has given out.
_GEONAMES_BASE = 990_000_000


def ror_archive(bodies: Sequence[ResearchBody]) -> bytes:
    """ZIP with one member holding the records of `bodies`, in that order. Same records, same bytes."""
    records = [ror_record(body, bodies) for body in bodies]
    text = json.dumps(records, indent=4, ensure_ascii=False)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        # A fixed date: by default a member carries the time of writing.
        writer.writestr(zipfile.ZipInfo(_MEMBER, _RELEASED), text, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def archive_search(archive: bytes, archive_url: str) -> bytes:
    """Answer of the archive's record search: one hit whose last file is the ZIP at `archive_url`."""
    file = {
        "id": "practice-file",
        "key": _MEMBER.replace(".json", ".zip"),
        "size": len(archive),
        "checksum": f"md5:{hashlib.md5(archive, usedforsecurity=False).hexdigest()}",
        "links": {"self": archive_url},
    }
    record = {
        "id": 1,
        "created": "2026-06-30T00:00:00+00:00",
        "modified": "2026-06-30T00:00:00+00:00",
        "metadata": {
            "title": "ROR Data (practice)",
            "publication_date": "2026-06-30",
            "version": "v1.0",
            "license": {"id": "cc-zero"},
        },
        "files": [file],
        "state": "done",
    }
    return json.dumps({"hits": {"hits": [record], "total": 1}, "aggregations": {}, "links": {}}).encode()


def ror_record(body: ResearchBody, everybody: Sequence[ResearchBody]) -> dict[str, Any]:
    """One v2 record. `everybody` is where its relatives are looked up."""
    facts = body.facts
    names = [{"value": facts["name"], "types": ["ror_display", "label"], "lang": "en"}]
    names += [{"value": alias, "types": ["alias"], "lang": None} for alias in facts["aliases"]]
    if facts["acronym"]:
        names.append({"value": facts["acronym"], "types": ["acronym"], "lang": "en"})
    is_funder = "funder" in facts["types"]
    funder_id = f"00000{body.key[-4:]}"
    return {
        "admin": {
            "created": {"date": "2019-01-15", "schema_version": "1.0"},
            "last_modified": {"date": "2026-06-30", "schema_version": "2.1"},
        },
        "domains": [f"{body.slug}.example"],
        "established": facts["established"],
        "external_ids": [{"all": [funder_id], "preferred": None, "type": "fundref"}] if is_funder else [],
        "id": address(body),
        "links": [{"type": "website", "value": f"https://www.{body.slug}.example/"}],
        "locations": [_location(body)],
        "names": sorted(names, key=lambda name: str(name["value"])),
        "relationships": _relationships(body, everybody),
        "status": facts.get("status", "active"),
        "types": facts["types"],
    }


def address(body: ResearchBody) -> str:
    """The id as ROR writes it."""
    return f"https://ror.org/{body.ror_id}"


def _location(body: ResearchBody) -> dict[str, Any]:
    """City only, as in ROR: no street, no postcode."""
    details = {
        "continent_code": "NA",
        "continent_name": "North America",
        "country_code": "US",
        "country_name": "United States",
        "country_subdivision_code": STATE,
        "country_subdivision_name": "Zedland",
        "lat": body.place.latitude,
        "lng": body.place.longitude,
        "name": body.place.city,
    }
    return {"geonames_details": details, "geonames_id": _GEONAMES_BASE + int(body.place.postcode)}


def _relationships(body: ResearchBody, everybody: Sequence[ResearchBody]) -> list[dict[str, str]]:
    found = []
    for other in sorted(everybody, key=lambda other: other.ror_id):
        if body.facts.get("parent") == other.slug:
            found.append({"type": "parent", "label": other.facts["name"], "id": address(other)})
        if other.facts.get("parent") == body.slug:
            found.append({"type": "child", "label": other.facts["name"], "id": address(other)})
    return found
