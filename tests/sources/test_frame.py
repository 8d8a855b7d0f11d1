"""Any register's file becomes the common frame: header found, bad rows set aside, same bytes whatever the row order.

The registers here are invented; the real ones have a test file each.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources import frame
from sources.frame import read_register
from sources.register import (
    ORGANISATION_ROW,
    PROGRAMME_ROW,
    Audit,
    CsvRegister,
    Options,
    Outside,
    ReadReport,
    RecordRegister,
    Register,
    RegisterError,
    Rejected,
)

META: dict[str, Any] = {
    "name": "guilds",
    "title": "Guilds of Quillmere",
    "publisher": "Quillmere Town Hall",
    "licence": "CC0-1.0",
    "licence_url": "https://quillmere.example/terms",
    "attribution": "Quillmere Town Hall.",
}
GUILDS = CsvRegister(
    **META,
    header=lambda _options: ("Guild No", "Full Name", "Town"),
    select=lambda _options: 'SELECT file_row, "Guild No" AS native_id, "Full Name" AS name, "Town" AS city FROM raw',
)
HEADER = b"Guild No,Full Name,Town\n"
ONE_ROW = [("7", "Weavers", "Quillmere")]

Row = dict[str, Any]
Read = Callable[..., tuple[ReadReport, list[Row]]]


def record_register(
    parse: Callable[[BinaryIO, Options, Audit], Iterator[Row | Rejected | Outside]], **more: Any
) -> RecordRegister:
    """A register read row by row."""
    return RecordRegister(**{**META, **more}, parse=parse)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads bytes as a register; gives the report and the rows kept."""

    def run(data: bytes, register: Register = GUILDS) -> tuple[ReadReport, list[Row]]:
        file, into = tmp_path / "file", tmp_path / "rows.parquet"
        file.write_bytes(data)
        report = read_register(register, file, {}, into)
        return report, pq.read_table(into).to_pylist()

    return run


def told(rows: list[Row]) -> list[tuple[str, str, str]]:
    """What the invented register tells of each row."""
    return [(row["native_id"], row["name"], row["city"]) for row in rows]


def long_lines() -> list[bytes]:
    """25,000 rows, 5 MB: more than one block of the reader, with a line break in every row."""
    return [b'%d,"%s\n%s",Quillmere\n' % (number, b"W" * 100, b"W" * 100) for number in range(1, 25_001)]


# --- header ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HEADER + b"7,Weavers,Quillmere\n", id="as the register writes it"),
        pytest.param(b"GUILD_NO,full name,TOWN\n7,Weavers,Quillmere\n", id="other case and spacing"),
        pytest.param(b" Guild-No. , Full  Name ,town\n7,Weavers,Quillmere\n", id="punctuation"),
        pytest.param(b"Town,Guild No,Full Name\nQuillmere,7,Weavers\n", id="other order"),
        pytest.param(b"\xef\xbb\xbf" + HEADER + b"7,Weavers,Quillmere\n", id="byte order mark"),
        pytest.param(b"Guild No,Full Name,Town\r\n7,Weavers,Quillmere", id="carriage returns and no last line end"),
        pytest.param(HEADER + b' 7 ,"Weavers  "," Quillmere"\n', id="blanks around values"),
        pytest.param(HEADER + b"\n7,Weavers,Quillmere\n\n", id="empty lines"),
    ],
)
def test_the_header_is_found_by_its_letters_and_digits(read: Read, data: bytes) -> None:
    report, rows = read(data)
    assert told(rows) == ONE_ROW
    assert (report.read, report.kept, report.rejected, report.unknown_columns) == (1, 1, [], ())


def test_a_missing_column_stops_the_file_and_is_named_with_what_was_found(read: Read, tmp_path: Path) -> None:
    with pytest.raises(RegisterError) as error:
        read(b"Guild No,Burgh\n7,Quillmere\n")
    for words in ("guilds", "['Full Name', 'Town'] are missing", "Found: Guild No, Burgh", "Expected: Guild No, Full Name, Town"):
        assert words in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"], "neither rows nor a scratch file are left behind"


def test_a_column_nobody_knows_is_reported_and_does_no_harm(read: Read) -> None:
    report, rows = read(b"Guild No,Patron,Full Name,Town,Motto\n7,Ann,Weavers,Quillmere,Hold\n")
    assert told(rows) == ONE_ROW
    assert report.unknown_columns == ("Patron", "Motto")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(b"\n\n", id="empty lines"),
        pytest.param(b"<!DOCTYPE html><html><body>Sorry, not found</body></html>", id="web page in one line"),
        pytest.param(b"<!DOCTYPE html>\n<html>\n<body>Sorry, not, found</body></html>\n", id="web page"),
        pytest.param(b"Guild No;Full Name;Town\n7;Weavers;Quillmere\n", id="semicolons"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_was_expected(read: Read, data: bytes) -> None:
    with pytest.raises(RegisterError, match=r"^guilds: .*[Ee]xpected.*Guild No, Full Name, Town"):
        read(data)


def test_a_file_with_a_header_alone_has_no_rows(read: Read) -> None:
    report, rows = read(HEADER)
    assert (report.read, report.kept, rows) == (0, 0, [])


# --- text ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_both_utf_8_and_windows_text_are_read(read: Read, encoding: str) -> None:
    _, rows = read(HEADER + "7,Confrérie “du Blé”,Quillmère\n".encode(encoding))
    assert told(rows) == [("7", "Confrérie “du Blé”", "Quillmère")]


def test_a_windows_letter_deep_in_the_file_is_read_too(read: Read) -> None:
    # Looked for in the first megabyte alone, it came up in the second block as an error of DuckDB, not of the register.
    _, rows = read(HEADER + b"".join(long_lines()) + "99999,Café,Quillmere\n".encode("cp1252"))
    assert rows[-1]["name"] == "Café"


def test_bytes_that_are_no_text_are_a_register_error(read: Read) -> None:
    # 0x81 has no meaning in Windows-1252 either; found a bare UnicodeDecodeError, which no stand-in snapshot catches.
    with pytest.raises(RegisterError, match="guilds"):
        read(HEADER + b"7,Caf\x81,Quillmere\n")


def test_commas_quotes_and_line_breaks_inside_a_cell_stay(read: Read) -> None:
    _, rows = read(HEADER + b'7,"Weavers, ""Old"" & Sons","Mill\nLane"\n8,Tanners,Quillmere\n')
    assert told(rows) == [("7", 'Weavers, "Old" & Sons', "Mill\nLane"), ("8", "Tanners", "Quillmere")]


def test_what_a_register_does_not_tell_is_null_or_an_empty_list(read: Read) -> None:
    _, rows = read(HEADER + b"7,Weavers,  \n")
    empty = {field.name: [] if pa.types.is_list(field.type) else None for field in ORGANISATION_ROW}
    assert rows == [{**empty, "native_id": "7", "name": "Weavers"}]


# --- rows set aside --------------------------------------------------------------------------------------------------
def test_lines_of_the_wrong_length_are_set_aside_with_their_place_and_first_cell_only(read: Read) -> None:
    # Found every broken line of the first block reported twice: both passes over the file note it.
    report, rows = read(HEADER + b'1,Weavers,A\n2,Jane Doe\n"3",Tanners,C\n"4",Jane Roe,D,12 Low St\n5,Dyers,E\n')
    assert [row["native_id"] for row in rows] == ["1", "3", "5"]
    assert report.rejected == [
        Rejected(2, "2", "2 cells where the header has 3"),
        Rejected(4, "4", "4 cells where the header has 3"),
    ]
    assert (report.read, report.kept) == (5, 3)


def test_a_broken_line_far_down_has_its_own_row_number(read: Read) -> None:
    lines = long_lines()
    lines[23_999] = b"broken\n"
    report, _ = read(HEADER + b"".join(lines))
    assert report.rejected == [Rejected(24_000, "broken", "1 cells where the header has 3")]
    assert (report.read, report.kept) == (25_000, 24_999)


def test_rows_without_id_or_name_are_set_aside(read: Read) -> None:
    report, rows = read(HEADER + b"1,Weavers,A\n,Tanners,B\n3,,C\n , ,D\n")
    assert told(rows) == [("1", "Weavers", "A")]
    assert report.rejected == [Rejected(2, None, "no id"), Rejected(3, "3", "no name"), Rejected(4, None, "no id")]


def test_a_row_number_counts_the_broken_lines_before_it(read: Read) -> None:
    # Rejected promises the place in the file; found 2 here, since broken lines never reach the table that is numbered.
    report, _ = read(HEADER + b"1,Weavers,A\nbroken\n3,,C\n")
    assert Rejected(3, "3", "no name") in report.rejected


def test_of_rows_that_share_an_id_the_same_one_is_kept_whatever_the_order(read: Read) -> None:
    lines = [b"7,Weavers,Quillmere\n", b"7,Weavers,Aldmoor\n", b"7,Old Weavers,Quillmere\n", b"8,Tanners,Aldmoor\n"]
    kept = set()
    for seed in range(3):
        shuffled = random.Random(seed).sample(lines, len(lines))
        report, rows = read(HEADER + b"".join(shuffled))
        kept.add(tuple(told(rows)))
        assert [(r.native_id, r.rule) for r in report.rejected] == [("7", "id occurs more than once")] * 2
        assert (report.read, report.kept) == (4, 2)
    assert len(kept) == 1


def test_row_order_changes_no_byte_of_what_is_written(tmp_path: Path) -> None:
    lines = [b"%d,Guild %d,Town %d\n" % (number, number % 40, number % 7) for number in range(300)] * 2
    written = set()
    for seed in range(3):
        file, into = tmp_path / f"{seed}.csv", tmp_path / f"{seed}.parquet"
        file.write_bytes(HEADER + b"".join(random.Random(seed).sample(lines, len(lines))))
        report = read_register(GUILDS, file, {}, into)
        assert (report.read, report.kept) == (600, 300)
        written.add(into.read_bytes())
    assert len(written) == 1


def test_a_quote_in_the_folder_name_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / "o'brien"
    folder.mkdir()
    (folder / "file").write_bytes(HEADER + b"7,Weavers,Quillmere\n")
    assert read_register(GUILDS, folder / "file", {}, folder / "rows.parquet").kept == 1


# --- registers read row by row ---------------------------------------------------------------------------------------
def test_a_row_by_row_register_is_batched_typed_and_judged_alike(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "BATCH_ROWS", 2)

    def parse(stream: BinaryIO, _options: Options, _audit: Audit) -> Iterator[Row | Rejected]:
        assert stream.read() == b"the file"
        yield {"native_id": "b", "name": "Weavers", "started_on": "1907-01-31", "other_names": None}
        yield Rejected(2, "x", "no good")
        yield {"native_id": "a", "name": "Tanners", "latitude": 51.5, "class_codes": ["G1", "G2"], "income_amount": 12}
        yield {"native_id": "c", "name": None}
        yield {"native_id": "b", "name": "Weavers", "started_on": "1907-01-31"}

    report, rows = read(b"the file", record_register(parse))
    assert [row["native_id"] for row in rows] == ["a", "b"]
    assert (rows[0]["latitude"], rows[0]["class_codes"], rows[0]["income_amount"]) == (51.5, ["G1", "G2"], 12)
    assert (rows[1]["started_on"], rows[1]["other_names"]) == (date(1907, 1, 31), [])
    reasons = sorted((r.native_id, r.rule) for r in report.rejected)
    assert reasons == [("b", "id occurs more than once"), ("c", "no name"), ("x", "no good")]
    assert (report.read, report.kept) == (5, 2)


def test_a_programme_needs_a_title_instead_of_a_name(read: Read) -> None:
    def parse(_stream: BinaryIO, _options: Options, _audit: Audit) -> Iterator[Row | Rejected]:
        yield {"native_id": "p1", "title": "Loom loans", "kinds": ["loan"]}
        yield {"native_id": "p2", "title": None}

    report, rows = read(b"", record_register(parse, yields="programme"))
    assert list(rows[0]) == PROGRAMME_ROW.names
    assert [(row["native_id"], row["kinds"]) for row in rows] == [("p1", ["loan"])]
    assert report.rejected == [Rejected(2, "p2", "no title")]


def test_a_column_the_frame_does_not_have_is_an_error_in_the_parse(read: Read) -> None:
    def parse(_stream: BinaryIO, _options: Options, _audit: Audit) -> Iterator[Row | Rejected]:
        yield {"native_id": "a", "name": "Weavers", "shoe_size": 9}

    # An error inside a parse came out as one of DuckDB: no stand-in snapshot is tried for that.
    with pytest.raises(RegisterError, match="shoe_size"):
        read(b"", record_register(parse))


def test_a_register_of_no_known_shape_is_refused(read: Read) -> None:
    with pytest.raises(TypeError, match="guilds: neither"):
        read(b"", Register(**META))


def test_rows_left_out_and_rows_set_aside_keep_their_places(read: Read) -> None:
    # Found places that counted only the rows kept.
    def parse(_stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[Row | Rejected | Outside]:
        for row in ({"native_id": "a", "name": "Weavers"}, {"native_id": "b", "name": None}):
            audit.saw(row)
            yield Outside("other town")
            yield row

    report, _ = read(b"", record_register(parse, fields=("native_id",), mandatory=("native_id",)))
    assert (report.read, report.kept, report.outside) == (4, 1, {"other town": 2})
    assert report.rejected == [Rejected(4, "b", "no name")]
    assert report.unknown_columns == ("name",)


def test_a_file_whose_records_lack_a_mandatory_field_is_refused(read: Read) -> None:
    def parse(_stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[Row | Rejected | Outside]:
        audit.saw(["id"])
        yield {"native_id": "a", "name": "Weavers"}

    with pytest.raises(RegisterError, match=r"guilds: no record has town. Found: id. Expected: id, town"):
        read(b"", record_register(parse, fields=("id", "town"), mandatory=("id", "town")))


# --- what a SELECT may say besides -----------------------------------------------------------------------------------
STREAMED = replace(GUILDS, row_wise=True, reads=("Guild No", "Full Name"), select=lambda _options: OUTSIDE)
OUTSIDE = """
SELECT file_row, "Guild No" AS native_id, "Full Name" AS name, ['x', NULL] AS other_names,
       CASE WHEN "Full Name" = 'Tanners' THEN 'smells' END AS outside
FROM raw
"""


def test_rows_left_out_by_a_select_are_counted_and_neither_kept_nor_judged(read: Read) -> None:
    report, rows = read(HEADER + b"1,Weavers,A\n1,Tanners,B\nbroken\n,Tanners,C\n4,,D\n", STREAMED)
    assert [row["name"] for row in rows] == ["Weavers"]
    assert report.outside == {"smells": 2}
    assert report.rejected == [Rejected(3, "broken", "1 cells where the header has 3"), Rejected(5, "4", "no name")]
    assert (report.read, report.kept) == (5, 1)


def test_how_many_kept_rows_tell_each_column(read: Read) -> None:
    report, _ = read(HEADER + b"1,Weavers,A\n2,Dyers,\n3,,C\n")
    assert (report.filled["native_id"], report.filled["city"], report.filled["other_names"], report.filled["state"]) == (
        2,
        1,
        0,
        0,
    )
    assert set(report.filled) == set(ORGANISATION_ROW.names)


def test_an_id_of_an_earlier_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_bytes(HEADER + b"1,Weavers,A\n2,Dyers,B\n")
    (tmp_path / "2.csv").write_bytes(HEADER + b"3,Tanners,C\n2,Dyers,B\n2,Dyers,B\n")
    read_register(GUILDS, tmp_path / "1.csv", {}, tmp_path / "1.parquet")
    report = read_register(GUILDS, tmp_path / "2.csv", {}, tmp_path / "2.parquet", [tmp_path / "1.parquet"])
    assert pq.read_table(tmp_path / "2.parquet")["native_id"].to_pylist() == ["3"]
    assert sorted((row.native_id, row.rule) for row in report.rejected) == [
        ("2", "id is in an earlier file of the source"),
        ("2", "id occurs more than once"),
    ]


def test_nul_characters_are_dropped_everywhere(read: Read) -> None:
    def parse(_stream: BinaryIO, _options: Options, _audit: Audit) -> Iterator[Row | Rejected | Outside]:
        yield {"native_id": "a", "name": "Wea\0vers", "other_names": ["Loo\0ms"]}

    _, [row] = read(b"", record_register(parse))
    assert (row["name"], row["other_names"]) == ("Weavers", ["Looms"])
    assert told(read(HEADER + b"7,Wea\0vers,Quill\0mere\n")[1]) == ONE_ROW


def test_a_streamed_register_begins_anew_where_the_encoding_turns_out_wrong(read: Read) -> None:
    lines = b"".join(b"%d,Weavers %d,A\n" % (number, number) for number in range(1, 150_001))
    report, rows = read(HEADER + lines + b"broken\n" + "999999,Café,A\n".encode("cp1252"), STREAMED)
    assert (report.read, report.kept, len(report.rejected)) == (150_002, 150_001, 1)
    assert rows[-1]["name"] == "Café"
    assert [row["native_id"] for row in rows] == sorted(row["native_id"] for row in rows)


def test_tab_separated_text_has_no_quotes(read: Read) -> None:
    register = replace(GUILDS, delimiter="\t")
    report, rows = read(b'Guild No\tFull Name\tTown\n7\t"Weavers\tQuillmere\n8\tSay ""x"", ok\tB\n9\tA\tB\tC\n', register)
    assert told(rows) == [("7", '"Weavers', "Quillmere"), ("8", 'Say ""x"", ok', "B")]
    assert report.rejected == [Rejected(3, "9", "4 cells where the header has 3")]


# --- archives --------------------------------------------------------------------------------------------------------
def packed(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of these members."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_the_last_fitting_member_of_a_zip_is_read(read: Read) -> None:
    members = {"data/guilds-2025.csv": b"", "data/Guilds-2026.CSV": HEADER + b"7,Weavers,Quillmere\n", "z.txt": b"no"}
    assert told(read(packed(members), replace(GUILDS, member="guilds-*.csv"))[1]) == ONE_ROW


WHOLE = packed({"guilds.csv": HEADER + b"7,Weavers,Quillmere\n" * 5_000})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"PK\x03\x04\x14\x00\x00\x00", r"damaged ZIP.*Expected a whole archive holding \*\.csv", id="begun"),
        pytest.param(WHOLE[:-40], r"damaged ZIP", id="cut"),
        pytest.param(WHOLE.replace(WHOLE[60:90], bytes(30)), r"guilds: file (is a damaged|cannot be read)", id="spoilt inside"),
        pytest.param(packed({"readme.txt": b"x"}), r"holds readme\.txt\. Expected a member \*\.csv", id="other content"),
        pytest.param(packed({}), r"holds nothing\. Expected a member", id="empty"),
        pytest.param(packed({"../guilds.csv": HEADER}), r"names a file outside its folder.*refused", id="climbs out"),
        pytest.param(packed({"/etc/guilds.csv": HEADER}), r"names a file outside its folder", id="absolute"),
        pytest.param(packed({"C:\\guilds.csv": HEADER}), r"names a file outside its folder", id="another drive"),
        pytest.param(packed({f"{n}.csv": b"" for n in range(1_001)}), r"holds 1001 files", id="too many"),
        pytest.param(packed({"guilds.csv": HEADER}, zipfile.ZIP_LZMA), r"packed in an unusual way", id="unusual packing"),
        pytest.param(
            packed({"guilds.csv": b"7,Weavers,Quillmere\n" * 3_000_000}), r"would unpack \d+ bytes to 60000000", id="bomb"
        ),
    ],
)
def test_an_archive_that_is_not_in_order_is_refused(read: Read, tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(RegisterError, match=words):
        read(data)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_rows_too_wide_for_the_usual_memory_are_sorted_with_more(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    judge = frame.judge

    def narrow(*given: Any) -> Any:
        tried.append(given[-1].execute("SELECT current_setting('memory_limit')").fetchall()[0][0])
        if len(tried) == 1:
            raise duckdb.OutOfMemoryException("failed to pin block")
        return judge(*given)

    monkeypatch.setattr(frame, "judge", narrow)
    assert told(read(HEADER + b"7,Weavers,Quillmere\n")[1]) == ONE_ROW
    assert tried == ["152.5 MiB", "953.6 MiB"]
