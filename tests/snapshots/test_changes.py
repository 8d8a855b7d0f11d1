"""Whether the published version stands: what counts as a change, and what of the calendar does."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from assets.snapshots import changes

AS_OF = date(2026, 11, 21)
VERSION = "2026-11-21T020000Z-0000000a"


@pytest.fixture
def night(tmp_path: Path) -> Any:
    """A night whose registers are those of a published version; a programme of it closes on 24 November."""
    published = tmp_path / "warehouse" / VERSION / "partners.duckdb"
    published.parent.mkdir(parents=True)
    with duckdb.connect(str(published)) as con:
        con.execute("CREATE SCHEMA core")
        con.execute("CREATE TABLE core.programme AS SELECT DATE '2026-11-24' AS closes_on, DATE '2026-01-01' AS opens_on")
    people = tmp_path / "people"
    people.mkdir()
    (people / "declined.csv").write_text("business_id,partner_id\n")
    found = SimpleNamespace(as_of=AS_OF, settings="s", code="c", people=people, published=published)
    (published.parent / changes.INPUTS).write_text(json.dumps(changes.inputs_of(found, TAKEN)))
    return found


def _file(**changed: Any) -> Any:
    return SimpleNamespace(**{"slot": "file-1", "sha256": "a" * 64, "stale_days": 0, "fetch_status": "not_modified", **changed})


TAKEN = {"irs_bmf": [_file()]}


def _stands(night: Any, taken: dict[str, list[Any]] = TAKEN) -> bool:
    return changes.version_that_stands(night, changes.inputs_of(night, taken)) == VERSION


@pytest.mark.parametrize(
    ("changed", "stands"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"as_of": date(2026, 11, 24)}, True, id="three days on: the programme's last day"),
        pytest.param({"as_of": date(2026, 11, 25)}, False, id="the programme has closed"),
        pytest.param({"as_of": date(2026, 11, 28)}, False, id="a week on"),
        pytest.param({"as_of": date(2026, 11, 20)}, False, id="an earlier day"),
        pytest.param({"settings": "other"}, False, id="another profile"),
        pytest.param({"code": "other"}, False, id="other code"),
        pytest.param({"published": None}, False, id="nothing is published"),
    ],
)
def test_what_of_a_night_counts(night: Any, changed: dict[str, Any], stands: bool) -> None:
    vars(night).update(changed)
    assert _stands(night) is stands


@pytest.mark.parametrize(
    ("taken", "stands"),
    [
        pytest.param({"irs_bmf": [_file(fetch_status="fetched")]}, True, id="the same bytes, fetched anew"),
        pytest.param({"irs_bmf": [_file(sha256="b" * 64)]}, False, id="other bytes"),
        pytest.param({"irs_bmf": [_file(fetch_status="last_good")]}, False, id="last good"),
        pytest.param({"irs_bmf": [_file(stale_days=1)]}, False, id="a day staler"),
        pytest.param({"irs_bmf": [_file(), _file(slot="file-2")]}, False, id="one file more"),
        pytest.param({}, False, id="one register less"),
    ],
)
def test_what_of_the_registers_counts(night: Any, taken: dict[str, list[Any]], stands: bool) -> None:
    assert _stands(night, taken) is stands


def test_a_file_people_edit_counts(night: Any) -> None:
    (night.people / "declined.csv").write_text("business_id,partner_id\norg_a,org_b\n")
    assert not _stands(night)
