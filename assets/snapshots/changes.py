"""Whether tonight's inputs differ from those of the published version: where they do not, that version stands.

Belongs here: what a run's tables follow from, and comparing two nights. Does not: bringing files in (`take.py`).

What counts: the bytes of every register and how stale they are, the profile, the code, the files people edit. Of the date
only what it decides counts: a programme that has opened or closed since, and an age at which facts are looked at again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from assets.night import Night
from assets.snapshots.take import TakenFile

#: File in a version's warehouse folder that says what the version follows from.
INPUTS = "inputs.json"

#: `last_seen`, `readiness` and the like follow the calendar slowly; after a week a version is made anew in any case.
REFRESH_DAYS = 7


def inputs_of(night: Night, taken: Mapping[str, Sequence[TakenFile]]) -> dict[str, Any]:
    """What tonight's tables follow from, as plain values."""
    return {
        "as_of": night.as_of.isoformat(),
        "profile": night.settings,
        "code": night.code,
        "people": {path.name: _sha256(path) for path in sorted(night.people.glob("*.csv"))},
        "files": [
            [source, file.slot, file.sha256, file.stale_days, file.fetch_status in ("last_good", "missing")]
            for source, files in sorted(taken.items())
            for file in files
        ],
    }


def version_that_stands(night: Night, inputs: Mapping[str, Any]) -> str | None:
    """Name of the published version where tonight's inputs would give the same tables; None where they may differ."""
    published = night.published
    if published is None or not published.with_name(INPUTS).is_file():
        return None
    before = json.loads(published.with_name(INPUTS).read_text("utf-8"))
    same = {k: v for k, v in before.items() if k != "as_of"} == {k: v for k, v in inputs.items() if k != "as_of"}
    since = date.fromisoformat(before["as_of"])
    if not same or not 0 <= (night.as_of - since).days < REFRESH_DAYS or _programmes_turned(published, since, night.as_of):
        return None
    return published.parent.name


def _programmes_turned(warehouse: Path, since: date, until: date) -> bool:
    """Whether a programme has opened or closed after `since`, up to `until`."""
    con = duckdb.connect(str(warehouse), read_only=True)
    try:
        row = con.execute(
            "SELECT count(*) FROM core.programme WHERE closes_on >= $1 AND closes_on < $2 OR opens_on > $1 AND opens_on <= $2",
            [since, until],
        ).fetchone()
    finally:
        con.close()
    return bool(row and row[0])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
