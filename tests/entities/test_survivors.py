"""What a body takes from which of its records, why, and what the others say."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.catalogue import registers

#: what is told -> (two records of one body that differ, field, {value: (chosen, why)})
CASES: dict[str, tuple[dict[str, dict[str, Any]], str, dict[str, tuple[bool, str | None]]]] = {
    "all say the same": (
        {"town:a1": {"name": "ALDER INN"}, "town:a2": {"name": "ALDER INN"}},
        "name", {"ALDER INN": (True, "only_value")},
    ),
    "a register of law before a licence": (
        {"irs_bmf:b1": {"name": "BIRCH INN"}, "town:b2": {"name": "BIRCH INN CAFE"}},
        "name", {"BIRCH INN": (True, "source_order"), "BIRCH INN CAFE": (False, None)},
    ),
    "the licence begun later": (
        {"town:c1": {"name": "CEDAR INN", "started_on": date(2024, 1, 1)},
         "town:c2": {"name": "THE CEDAR INN", "started_on": date(2010, 1, 1)}},
        "name", {"CEDAR INN": (True, "newer"), "THE CEDAR INN": (False, None)},
    ),
    "the register fetched later": (
        {"town:d1": {"name": "DAMSON INN", "website": "https://old.example", "stale_days": 9},
         "town:d2": {"name": "DAMSON INN", "website": "https://new.example"}},
        "website", {"https://new.example": (True, "newer"), "https://old.example": (False, None)},
    ),
    "the record that says more": (
        {"town:e1": {"name": "ELDER INN"},
         "town:e2": {"name": "THE ELDER INN", "description": "Beds and beer."}},
        "name", {"THE ELDER INN": (True, "more_complete"), "ELDER INN": (False, None)},
    ),
    "nothing to tell them apart": (
        {"town:f1": {"name": "FIR INN"}, "town:f2": {"name": "THE FIR INN"}},
        "name", {"FIR INN": (True, "smaller_record_id"), "THE FIR INN": (False, None)},
    ),
    "a street before a post box": (
        {"irs_bmf:g1": {"name": "GORSE INN", "street": "PO BOX 8"}, "town:g2": {"name": "GORSE INN"}},
        "street", {"12 MILL ST": (True, "tells_more"), "PO BOX 8": (False, None)},
    ),
    "an activity before none": (
        {"town:h1": {"name": "HAZEL INN", "activity_id": "other", "activity_basis": "none", "activity_confidence": 0.0},
         "town:h2": {"name": "HAZEL INN"}},
        "activity_id", {"bakery": (True, "tells_more"), "other": (False, None)},
    ),
    "an income only one of them knows": (
        {"irs_bmf:i1": {"name": "IVY INN"},
         "ror:i2": {"name": "IVY INN", "income_amount": 5_000, "income_currency": "USD", "size_band": "micro"}},
        "income_amount", {"USD 5000": (True, "only_value")},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(settle: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All of them at once, with a body of one record beside."""
    everybody = {record: row for records, _, _ in CASES.values() for record, row in records.items()}
    bodies = [list(records) for records, _, _ in CASES.values()]
    return settle({**everybody, "town:z": {"name": "ZINNIA NAILS"}}, bodies, tmp_path_factory.mktemp("survivors"))


@pytest.fixture(scope="module")
def values(made: Any) -> list[dict[str, Any]]:
    """Rows of `organisation_value`."""
    return made.rows("organisation_value")


@pytest.mark.parametrize("case", CASES)
def test_a_value_is_chosen_for_a_reason(made: Any, values: list[dict[str, Any]], case: str) -> None:
    records, field, expected = CASES[case]
    owner = made.owner[min(records)]
    found = [row for row in values if row["organisation_id"] == owner and row["field"] == field]
    assert {row["value"]: (row["is_chosen"], row["chosen_because"]) for row in found} == expected
    for row in found:
        assert row["record_id"] in records and row["record_id"].startswith(row["source"] + ":")


def test_what_is_chosen_is_what_the_organisation_says(made: Any, values: list[dict[str, Any]]) -> None:
    bodies = {row["organisation_id"]: row for row in made.rows("organisation")}
    fields = {
        "name",
        "sector",
        "status",
        "description",
        "street",
        "city",
        "state",
        "postcode",
        "region_id",
        "activity_id",
        "website",
    }
    chosen = {(row["organisation_id"], row["field"]): row["value"] for row in values if row["is_chosen"]}
    several = {id_ for id_, row in bodies.items() if row["record_count"] > 1}
    for id_ in several:
        for field in fields:
            assert chosen.get((id_, field)) == bodies[id_][field], (id_, field)
        income = bodies[id_]["income_amount"]
        assert chosen.get((id_, "income_amount")) == (income and f"{bodies[id_]['income_currency']} {income}")
    assert {id_ for id_, _ in chosen} == several, "a body of one record has nothing to choose"


def test_conflicts_are_one_statement_away(made: Any) -> None:
    file = made.folder / "organisation_value.parquet"
    found = duckdb.sql(
        f"SELECT organisation_id, field FROM '{file}' GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL"
    ).fetchall()  # fmt: skip
    told = {(made.owner[next(iter(records))], field) for records, field, expected in CASES.values() if len(expected) > 1}
    assert told <= set(found)


def test_the_source_order_names_registers_that_exist_and_everyone_else() -> None:
    with Path(str(files("assets.entities") / "source_order.csv")).open(encoding="utf-8") as file:
        order = list(csv.DictReader(file))
    named = {row["source"] for row in order}
    assert "*" in named and named - {"*"} <= set(registers())
    for column in ("identity", "place", "website", "activity", "income"):
        assert min(int(row[column]) for row in order) == 1
