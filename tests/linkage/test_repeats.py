"""Rows that repeat what one row says: linked once, written with it, and kept apart where people say so."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from assets.linkage.engine import Order
from assets.linkage.files import resolve_files

#: More than a block of so short a list may hold.
MANY = 125


def _resolved(folder: Path, rows: list[tuple[str, ...]], order: Order | None = None) -> tuple[dict[str, str], list[str]]:
    """(record_id -> organisation_id, what was told) of rows of name, address, postcode and identifiers, numbered from r000."""
    with (folder / "r.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["record_id", "name", "address", "postcode", "identifiers"])
        lines.writerows([f"r{n:03}", *row] for n, row in enumerate(rows))
    told: list[str] = []
    resolved = resolve_files(
        [folder / "r.csv"], folder / "o.csv", evidence=folder / "e.csv", order=order or Order(), tell=told.append
    )
    with (folder / "o.csv").open(encoding="utf-8", newline="") as file:
        found = {row["record_id"]: row["organisation_id"] for row in csv.DictReader(file)}
    assert len(found) == resolved.records == len(rows)
    assert len(set(found.values())) == resolved.organisations
    return found, told


SAID_OFTEN: dict[str, tuple[list[tuple[str, ...]], int]] = {
    "one identifier and name, many addresses": (
        [("Quillet Aid", f"{n} Mill Lane", "LS1 4AB", "GB-CHC-202918") for n in range(MANY)], 1,
    ),
    "the same without an identifier": ([("Quillet Aid", "4 Mill Lane", "LS1 4AB", "")] * MANY, 1),
    "the same in other letters": (
        [("Quillet Aid" if n % 2 else " QUILLET AID ", "4 Mill Lane", "LS1 4AB", "") for n in range(MANY)], 1,
    ),
    "a name alone is no body": ([("Village Hall", "", "", "")] * MANY, MANY),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "bodies"), SAID_OFTEN.values(), ids=list(SAID_OFTEN))
def test_what_many_rows_say_is_one_body(rows: list[tuple[str, ...]], bodies: int, tmp_path: Path) -> None:
    found, told = _resolved(tmp_path, rows)
    assert len(set(found.values())) == bodies
    assert (f"{MANY - bodies:,} rows say what another says and go with it" in told) is (bodies == 1)


def test_a_repeat_goes_where_the_row_it_repeats_goes(tmp_path: Path) -> None:
    often = [("Quillet Aid", "4 Mill Lane", "LS1 4AB", "GB-CHC-202918")] * MANY
    found, _ = _resolved(tmp_path, [*often, ("Quillet Aid Ltd", "4 Mill Ln", "LS1 4AB", "")])
    assert set(found.values()) == {"r000"}
    with (tmp_path / "e.csv").open(encoding="utf-8", newline="") as file:
        pairs = [row for row in csv.DictReader(file) if row["decided_by"] == "same_row"]
    assert {(row["record_id_a"], row["same_organisation"]) for row in pairs} == {("r000", "true")}
    assert len(pairs) == MANY - 1


def test_what_people_keep_apart_is_no_repeat(tmp_path: Path) -> None:
    often = [("Quillet Aid", "4 Mill Lane", "LS1 4AB", "")] * MANY
    found, _ = _resolved(tmp_path, often, Order(cannot_link=(("r000", "r007"),)))
    assert found["r007"] != found["r000"]
    assert len(set(found.values())) == 2


def test_an_identifier_of_too_many_names_is_told_and_joins_nobody(tmp_path: Path) -> None:
    names = [
        (f"{first}{second}{third} Works", f"{n} Long Road", f"LS{n % 30 + 1} {n % 9}AB", "GB-COH-12345678")
        for n, (first, second, third) in enumerate(
            (a, b, c)
            for a in ("Bel", "Cor", "Dun", "Fel", "Gil")
            for b in ("ad", "em", "is", "ol", "um")
            for c in ("ric", "son", "tex", "vik", "zon")
        )
    ]
    found, told = _resolved(tmp_path, names)
    assert any("GB-COH-12345678 stands on 125 rows that differ" in line for line in told)
    assert len(set(found.values())) > 1
