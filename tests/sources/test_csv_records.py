"""Rows of a delimited file as dicts, and the cells charity registers share: widths, encodings, headers, sizes, addresses."""

from __future__ import annotations

import io
import time

import duckdb
import pytest

from sources.address import places_only, uk_postcode_sql, web_address, web_address_sql
from sources.csv_records import Cells, csv_records, iso_day
from sources.postcodes import uk_postcode
from sources.register import Audit, RegisterError, Rejected
from sources.size import size_band, size_band_sql

KNOWN = ("Id", "Name", "Total income")


def records(body: bytes, *, by_prefix: bool = False) -> list[Cells | Rejected]:
    audit = Audit(KNOWN)
    return [cells for _, cells in csv_records(io.BytesIO(body), "test", audit, KNOWN, ("Id", "Name"), by_prefix=by_prefix)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\xef\xbb\xbfId,Name\r\n1, Caf\xc3\xa9 \r\n", {"Id": "1", "Name": "Café"}),
        (b"Id,Name\r1,Caf\xe9\r", {"Id": "1", "Name": "Café"}),
        (b"Id,Name\n1,Caf\x81\xe9\n", {"Id": "1", "Name": "Caf\ufffdé"}),
        (b" ID ,name_\n1,O\0tter\n", {"Id": "1", "Name": "Otter"}),
        (b'Id,Name\n\n1,"two\nlines"\n', {"Id": "1", "Name": "two\nlines"}),
        (b"Id,Name,Colour\n1,,red\n", {"Id": "1", "Name": None, "Colour": "red"}),
    ],
)
def test_encodings_headers_and_blanks(body: bytes, expected: Cells) -> None:
    assert records(body) == [expected]


def test_rows_of_another_width_are_set_aside_with_their_first_cell_only() -> None:
    assert records(b"Id,Name\n1,Otter\n2\n3,Badger,jane@example.org\n") == [
        {"Id": "1", "Name": "Otter"},
        Rejected(2, "2", "1 cells where the header has 2"),
        Rejected(3, "3", "3 cells where the header has 2"),
    ]


def test_a_prefix_serves_only_a_column_not_there_by_its_whole_name() -> None:
    assert records(b"Id,Name,Total income (GBP)\n1,A,5\n", by_prefix=True) == [{"Id": "1", "Name": "A", "Total income": "5"}]
    both = {"Id": "1", "Name": "A", "Total income": "5", "Total income last year": "4"}
    assert records(b"Id,Name,Total income last year,Total income\n1,A,4,5\n", by_prefix=True) == [both]
    assert records(b"Id,Name,Total income (GBP)\n1,A,5\n") == [{"Id": "1", "Name": "A", "Total income (GBP)": "5"}]


@pytest.mark.parametrize("body", [b"", b"Id\n1\n", b"<html>\n", b'Id,Name\n1,"' + b"x" * 200_000])
def test_what_is_no_such_file_is_refused(body: bytes) -> None:
    with pytest.raises(RegisterError, match="test: "):
        records(body)


def test_the_callers_stream_stays_open() -> None:
    stream = io.BytesIO(b"Id,Name\n1,A\n")
    list(csv_records(stream, "test", Audit(), KNOWN, KNOWN[:2]))
    assert not stream.closed


@pytest.mark.parametrize(
    ("text", "day"),
    [("13/12/2013", "2013-12-13"), ("1 March 2019", "2019-03-01"), ("31/02/2019", None), ("", None), (None, None)],
)
def test_days(text: str | None, day: str | None) -> None:
    assert iso_day(text, "%d/%m/%Y", "%d %B %Y") == day


INCOMES = {
    None: "unknown",
    -1: "unknown",
    0: "micro",
    9_999: "micro",
    10_000: "small",
    99_999: "small",
    100_000: "medium",
    1_000_000: "large",
}
POSTCODES = ("l18jq", " L1  8JQ", "EC1A 1BB", "Liverpool", "L1", "", None)
ADDRESSES = (
    "www.otters.example",
    "http://a.example/x?y=1",
    "http://190 St Vincent St",
    "http://Otters",
    "a@otters.example",
    "none",
    "",
    None,
)


def in_sql(expression: str, values: list[object]) -> list[object]:
    return [duckdb.execute(f"SELECT {expression} FROM (SELECT ? AS cell)", [value]).fetchall()[0][0] for value in values]


def test_python_and_sql_say_the_same() -> None:
    assert [size_band(income) for income in INCOMES] == list(INCOMES.values())
    assert in_sql(size_band_sql("cell::BIGINT"), [*INCOMES]) == list(INCOMES.values())
    assert in_sql(uk_postcode_sql("cell::VARCHAR"), [*POSTCODES]) == [uk_postcode(text) for text in POSTCODES]
    assert [web_address(text) for text in ADDRESSES] == [*ADDRESSES[:2], None, None, None, None, None, None]
    assert in_sql(web_address_sql("cell::VARCHAR"), [*ADDRESSES]) == [web_address(text) for text in ADDRESSES]


@pytest.mark.parametrize(
    "line",
    ["C/O Jane Doe", "c/o: Jane Doe", "C/- Jane Doe", "Care of Jane Doe", "Mrs Jane Doe", "FAO Jane Doe", "The Secretary", " "],
)
def test_lines_that_name_a_person_are_dropped(line: str) -> None:
    assert places_only([line, "4 Quay St", None]) == ["4 Quay St"]


def test_lines_that_only_look_like_it_stay() -> None:
    lines = ["Revel House", "Mission Hall", "Missenden Road", "Co. Antrim", "Attenborough Close"]
    assert places_only(lines) == lines


def test_a_hostile_cell_takes_no_time() -> None:
    started = time.perf_counter()
    assert web_address("a." * 60_000 + "@") is None
    assert len(places_only(["c/" * 60_000])) == 1
    assert time.perf_counter() - started < 1
