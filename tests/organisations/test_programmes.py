"""Programmes in one schema: what each is about, when it has closed, and which is never put forward.

The topics are the test's own, so that tuning `programme_topic.csv` changes nothing here.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from assets.organisations import reference
from assets.organisations.programmes import build_programmes
from assets.organisations.records import RegisterRows
from warehouse.tables import BY_NAME

AS_OF = "2026-11-21"
TOPICS = [
    {"topic_id": "weirs", "pattern": r"\bweirs?\b", "exclude": "wind"},
    {"topic_id": "otters", "pattern": "otter|l'outre", "exclude": ""},
    {"topic_id": "weirs", "pattern": "windlass", "exclude": ""},
    {"topic_id": "looms", "pattern": r"^[^\n]*loom", "exclude": ""},
    {"topic_id": "barred_place", "pattern": "on the moon", "exclude": ""},
    {"topic_id": "barred_narrow", "pattern": "laser", "exclude": ""},
]
LOAN = {
    "title": "Weir loans",
    "kinds": ["loan"],
    "applicants": ["business"],
    "country": "US",
    "currency": "USD",
    "status": "open",
}

#: label -> (row, what the programme says)
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # --- topics
    "topic in the title": (LOAN, {"topics": ["weirs"], "partner_exclusion": None, "status": "open", "industry_id": "government"}),
    "topic in the objective": ({**LOAN, "title": "Loans", "objective": "To mend a\nWEIR."}, {"topics": ["weirs"]}),
    "several topics, sorted": ({**LOAN, "objective": "For Otters"}, {"topics": ["otters", "weirs"]}),
    "a quote in a pattern": ({**LOAN, "title": "Prix de l'Outre"}, {"topics": ["otters"]}),
    "a word inside another word": ({**LOAN, "title": "Weird loans"}, {"topics": [], "partner_exclusion": "topic_unknown"}),
    "an exclusion": ({**LOAN, "title": "Weir and wind loans"}, {"topics": []}),
    "an exclusion of one line of a topic": ({**LOAN, "title": "Weir and windlass loans"}, {"topics": ["weirs"]}),
    "a pattern for the title": ({**LOAN, "title": "Hand loom loans"}, {"topics": ["looms"]}),
    "a pattern for the title is not asked of the objective": ({**LOAN, "objective": "For looms"}, {"topics": ["weirs"]}),
    "no objective": ({**LOAN, "objective": None}, {"topics": ["weirs"], "objective": None}),
    # --- closed
    "closed yesterday": (
        {**LOAN, "closes_on": date(2026, 11, 20)}, {"status": "closed", "partner_exclusion": "closed", "topics": ["weirs"]},
    ),
    "closes today": ({**LOAN, "closes_on": date(2026, 11, 21)}, {"status": "open", "partner_exclusion": None}),
    "closed by the register": ({**LOAN, "status": "closed"}, {"status": "closed", "partner_exclusion": "closed"}),
    # --- never put forward
    "barred": ({**LOAN, "objective": "Weirs on the Moon"}, {"partner_exclusion": "place", "topics": ["weirs"]}),
    "barred twice": ({**LOAN, "objective": "Laser weirs on the moon"}, {"partner_exclusion": "narrow"}),
    "no help to apply for": ({**LOAN, "kinds": ["insurance", "other"]}, {"partner_exclusion": "no_help_to_apply_for"}),
    "no kind of help at all": ({**LOAN, "kinds": []}, {"partner_exclusion": "no_help_to_apply_for"}),
    "help among other things": ({**LOAN, "kinds": ["insurance", "training"]}, {"partner_exclusion": None}),
    "closed comes before barred": (
        {**LOAN, "title": "Laser weirs", "closes_on": date(2020, 1, 1), "kinds": []}, {"partner_exclusion": "closed"},
    ),
    "barred comes before no help": ({**LOAN, "title": "Laser weirs", "kinds": []}, {"partner_exclusion": "narrow"}),
    # --- places
    "rural by its title": ({**LOAN, "title": "Rural weir loans"}, {"places": ["rural"]}),
    "rural beside a place": ({**LOAN, "title": "Rural weirs", "places": ["Lark County"]}, {"places": ["Lark County", "rural"]}),
    "rural in the objective only": ({**LOAN, "objective": "Rural weirs"}, {"places": []}),
    "rural by its agency and objective": (
        {**LOAN, "agency": "Rural Weir Service", "objective": "Weirs in rural areas"}, {"places": ["rural"]},
    ),
    "a rural agency's programme for everywhere": (
        {**LOAN, "agency": "Rural Weir Service", "objective": "Weirs in urban and rural areas"}, {"places": []},
    ),
    "a rural agency that names no place": ({**LOAN, "agency": "Rural Weir Service"}, {"places": []}),
    # --- what is carried over
    "fields of the register": (
        {**LOAN, "agency": "Weir Office", "opens_on": date(2026, 1, 1), "amount_min": 5, "amount_max": 9,
         "record_url": "https://own.example/9"},
        {"agency": "Weir Office", "opens_on": date(2026, 1, 1), "amount_min": 5, "amount_max": 9, "currency": "USD",
         "register_url": "https://own.example/9", "applicants": ["business"], "kinds": ["loan"], "country": "US",
         "licence": "licence of tests", "stale_days": 3, "source": "tests"},
    ),
}  # fmt: skip

Register = Callable[..., RegisterRows]
Programme = dict[str, Any]


@pytest.fixture(autouse=True)
def own_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    """The topics above in place of the project's."""
    monkeypatch.setattr(reference, "rows", lambda _package, _name: TOPICS)


def build(inputs: list[RegisterRows], folder: Path, as_of: str = AS_OF) -> list[Programme]:
    """The programmes as they stand in the table."""
    assert (
        build_programmes(inputs, as_of, folder / "programme.parquet") == pq.read_metadata(folder / "programme.parquet").num_rows
    )
    return pq.read_table(folder / "programme.parquet").to_pylist()


def test_each_programme_says(register_rows: Register, tmp_path: Path) -> None:
    rows = [{**row, "native_id": label} for label, (row, _) in CASES.items()]
    built = build([register_rows(rows, tmp_path / "r.parquet", "tests", programmes=True)], tmp_path)
    assert [programme["programme_id"] for programme in built] == sorted(f"tests:{label}" for label in CASES)
    found = {programme["native_id"]: programme for programme in built}
    said = {label: {column: found[label][column] for column in expected} for label, (_, expected) in CASES.items()}
    assert said == {label: expected for label, (_, expected) in CASES.items()}


@pytest.mark.parametrize(
    ("pattern", "address"),
    [("https://register.example/{native_id}", "https://register.example/99.1"), (None, None)],
)
def test_a_programme_can_be_checked_at_its_register(
    register_rows: Register, tmp_path: Path, pattern: str | None, address: str | None
) -> None:
    given = register_rows([{**LOAN, "native_id": "99.1"}], tmp_path / "r.parquet", "tests", pattern, programmes=True)
    # Found an empty text where neither the row nor the register gives an address.
    assert build([given], tmp_path)[0]["register_url"] == address


def test_without_a_programme_register_the_table_is_there_and_empty(tmp_path: Path) -> None:
    assert build([], tmp_path) == []
    assert pq.read_schema(tmp_path / "programme.parquet").names == list(BY_NAME["core.programme"].columns)


def test_row_and_register_order_change_no_byte(register_rows: Register, tmp_path: Path) -> None:
    rows = [{**row, "native_id": label} for label, (row, _) in CASES.items()]
    written = set()
    for seed, names in ((1, ("sam", "town")), (2, ("town", "sam"))):
        shuffled = random.Random(seed).sample(rows, len(rows))
        inputs = [register_rows(shuffled, tmp_path / f"{name}.parquet", name, programmes=True) for name in names]
        assert len(build(inputs, tmp_path)) == 2 * len(rows)
        written.add((tmp_path / "programme.parquet").read_bytes())
    assert len(written) == 1
