"""The real files of the British programme and grant registers, where they are at hand: read whole, almost every row kept.

The files are not part of the project; `PARTNERS_REAL` says where they lie. Without them these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources import govuk, threesixtygiving
from sources.frame import read_register
from sources.register import ReadReport, RecordRegister

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("PARTNERS_REAL") or ROOT.parent / "shared" / "real")

Read = Callable[[RecordRegister, str], tuple[ReadReport, dict[str, dict[str, Any]]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a real file; gives the report and the rows by id. Skips where the file is not there."""

    def run(register: RecordRegister, name: str) -> tuple[ReadReport, dict[str, dict[str, Any]]]:
        if not (REAL / name).is_file():
            pytest.skip(f"{REAL / name} is not there; set PARTNERS_REAL to the folder of the real files")
        report = read_register(register, REAL / name, {}, tmp_path / "rows.parquet")
        return report, {row["native_id"]: row for row in pq.read_table(tmp_path / "rows.parquet").to_pylist()}

    return run


@pytest.mark.parametrize(
    ("name", "grants", "persons", "known"),
    [
        ("threesixtygiving/a002400000KeYdsAAF.json", 379, 0, 0.0),  # this funder knows everybody by ids of its own
        ("threesixtygiving/a002400000OiDBQAA3.json", 4_116, 0, 0.999),
        ("threesixtygiving/a002400000nO46WAAS.json", 870, 0, 0.92),
        ("threesixtygiving/awefw001p00000zgyHZAAY.json", 154, 99, 1.0),
        ("threesixtygiving/datagetter_validfile.json", 125, 0, 0.2),
        ("threesixtygiving/datagetter_valid.xlsx", 125, 0, 0.2),
        ("overlap/liverpool/360giving_grants_L_postcodes.json", 159, 0, 0.95),
    ],
)
def test_every_grant_is_read_and_every_link_kept(read: Read, name: str, grants: int, persons: int, known: float) -> None:
    report, rows = read(threesixtygiving.REGISTER, name)
    assert (report.read, sum(report.outside.values()), report.rejected) == (grants, persons, [])
    assert all(
        row["receiver_name"] and row["giver_name"] and row["agreed_on"] and row["amount"] is not None for row in rows.values()
    )
    assert sum(row["receiver_identifier"] is not None for row in rows.values()) >= known * len(rows)
    # A mail address; some names hold an @ of their own (`Free@Last`).
    assert not re.search(r"\w@\w+\.\w", json.dumps(list(rows.values()), default=str))


def test_the_workbook_and_the_json_of_the_same_grants_give_the_same_rows(read: Read) -> None:
    _, from_json = read(threesixtygiving.REGISTER, "threesixtygiving/datagetter_validfile.json")
    _, from_workbook = read(threesixtygiving.REGISTER, "threesixtygiving/datagetter_valid.xlsx")
    assert from_json == from_workbook


def test_facts_seen_in_the_grants(read: Read) -> None:
    _, liverpool = read(threesixtygiving.REGISTER, "overlap/liverpool/360giving_grants_L_postcodes.json")
    squash = liverpool["360G-ptc-gr-01782"]
    assert (squash["receiver_name"], squash["receiver_identifier"], squash["receiver_postcode"]) == (
        "Squash Nutrition", "GB-COH-06285509", "L8 8EQ",
    )  # fmt: skip
    assert (squash["giver_identifier"], squash["amount"], squash["places"]) == ("GB-CHC-1159982", 3239, ["E01006518"])
    _, wolfson = read(threesixtygiving.REGISTER, "threesixtygiving/a002400000KeYdsAAF.json")
    assert wolfson["360G-wolfson-19747"]["agreed_on"] == date(2014, 6, 5), "the day comes first"


def test_the_example_scheme(read: Read) -> None:
    _, rows = read(govuk.REGISTER, "govuk/specialist_document__business-finance-support-scheme.json")
    (row,) = rows.values()
    assert (row["title"], row["agency"], row["kinds"]) == ("Big Issue Invest", "Big Issue Invest", ["loan", "other"])
    assert (row["amount_min"], row["amount_max"], row["status"]) == (20_000, 3_000_000, "open")
    assert row["applicants"] == ["business", "nonprofit", "small_business"]


@pytest.mark.parametrize("kind", ["european-structural-investment-funds", "international-development-funding"])
def test_other_documents_are_left_out_with_their_type(read: Read, kind: str) -> None:
    report, rows = read(govuk.REGISTER, f"govuk/specialist_document__{kind}.json")
    assert (rows, report.rejected, sum(report.outside.values())) == ({}, [], 1)
