"""Linkage of files: what is read, what is written, and what is said of a file that cannot be used."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.linkage.engine import Order
from assets.linkage.files import connect, read_records, resolve_files
from warehouse.lists import ListFileError

#: Two registers of one town; the grill and the boat trust are in both.
CHARITIES = """record_id,source,name,other_names,address,city,postcode,country,lat,lon,identifiers
c:1,charities,Otterburn Boat Trust,The Boaters; Otterburn Afloat,5 Canal Wharf,Leeds,LS11 5PS,GB,53.79,-1.55,GB-CHC-1|GB-COH-7
c:2,charities,Kelso Archers,,77 Moor Road,Leeds,LS6 4BG,GB,,,GB-CHC-2
"""
LICENCES = """name,record_id,address,city,postcode,country,colour
OTTERBURN BOAT TRUST LTD,t:1,5 Canal Wharf,Leeds,LS11 5PS,GB,red
Lark Grill,t:2,9 Mill Street,Leeds,LS2 9AA,GB,blue
Lark Grill,t:3,9 Mill St,Leeds,LS2 9AA,GB,
,t:4,no name,Leeds,LS2 9AA,GB,
"""


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The two registers: CSV and, with lists for lists, Parquet."""
    folder = tmp_path_factory.mktemp("lists' folder")
    (folder / "licences.csv").write_text(LICENCES, "utf-8")
    rows: list[dict[str, Any]] = list(csv.DictReader(CHARITIES.splitlines()))
    for row in rows:
        row["other_names"] = [name.strip() for name in row["other_names"].split(";") if name]
        row["identifiers"] = row["identifiers"].split("|")
        row["lat"], row["lon"] = (float(row[c]) if row[c] else None for c in ("lat", "lon"))
    pq.write_table(pa.Table.from_pylist(rows), folder / "charities.parquet")
    return [folder / "charities.parquet", folder / "licences.csv"]


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def written(lists: Sequence[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, list[str]]:
    """(folder of all that a run writes, what it returns, what it told)."""
    folder, told = tmp_path_factory.mktemp("written"), list[str]()
    resolved = resolve_files(
        lists, folder / "clusters.csv", evidence=folder / "pairs.csv", candidates=folder / "candidates.parquet", tell=told.append
    )
    return folder, resolved, told


def test_every_record_is_written_once_with_its_organisation(written: tuple[Path, Any, list[str]]) -> None:
    rows = _csv(written[0] / "clusters.csv")
    assert {row["record_id"]: row["organisation_id"] for row in rows} == {
        "c:1": "c:1", "t:1": "c:1", "c:2": "c:2", "t:2": "t:2", "t:3": "t:2", "t:4": "t:4",
    }  # fmt: skip
    assert [row["record_id"] for row in rows] == ["c:1", "c:2", "t:1", "t:2", "t:3", "t:4"]


def test_a_record_alone_is_sure_and_the_others_are_as_sure_as_their_pairs(written: tuple[Path, Any, list[str]]) -> None:
    sure = {row["record_id"]: float(row["probability"]) for row in _csv(written[0] / "clusters.csv")}
    pair = next(row for row in _csv(written[0] / "pairs.csv") if (row["record_id_a"], row["record_id_b"]) == ("t:2", "t:3"))
    assert sure["c:2"] == 1
    assert sure["t:2"] == sure["t:3"] == float(pair["probability"])


def test_evidence_names_what_decided(written: tuple[Path, Any, list[str]]) -> None:
    rows = _csv(written[0] / "pairs.csv")
    assert list(rows[0]) == ["record_id_a", "record_id_b", "probability", "decided_by", "same_organisation"]
    joined = {(row["record_id_a"], row["record_id_b"]) for row in rows if row["same_organisation"] == "true"}
    assert joined == {("c:1", "t:1"), ("t:2", "t:3")}


def test_candidates_are_at_least_what_was_joined(written: tuple[Path, Any, list[str]]) -> None:
    rows = pq.read_table(written[0] / "candidates.parquet").to_pylist()
    pairs = [(row["record_id_a"], row["record_id_b"]) for row in rows]
    assert {("c:1", "t:1"), ("t:2", "t:3")} <= set(pairs)
    assert all(a < b for a, b in pairs) and len(pairs) == len(set(pairs))


def test_what_a_run_came_to(written: tuple[Path, Any, list[str]]) -> None:
    _, resolved, told = written
    assert (resolved.records, resolved.organisations, resolved.giants) == (6, 4, ())
    assert told[0].endswith("licences.csv: nothing is made of colour")
    assert told[1:3] == ["1 records have no name and stay alone", "5 records read"]
    assert len(told) >= 4


def test_files_in_any_order_and_form_give_the_same(
    lists: Sequence[Path], written: tuple[Path, Any, list[str]], tmp_path: Path
) -> None:
    (tmp_path / "charities.csv").write_text(CHARITIES, "utf-8")
    resolve_files([lists[1], tmp_path / "charities.csv"], tmp_path / "clusters.parquet")
    as_rows = pq.read_table(tmp_path / "clusters.parquet").to_pylist()
    assert [{key: str(value) for key, value in row.items()} for row in as_rows] == [
        {**row, "probability": str(float(row["probability"]))} for row in _csv(written[0] / "clusters.csv")
    ]


def test_orders_and_thresholds_of_the_user_hold(lists: Sequence[Path], tmp_path: Path) -> None:
    order = Order(must_link=[("c:2", "t:3")], cannot_link=[("c:1", "t:1")])
    resolve_files(lists, tmp_path / "clusters.csv", order=order, threshold=0.999999)
    found = {row["record_id"]: row["organisation_id"] for row in _csv(tmp_path / "clusters.csv")}
    assert found == {"c:1": "c:1", "t:1": "t:1", "c:2": "c:2", "t:3": "c:2", "t:2": "t:2", "t:4": "t:4"}


def test_what_is_read_of_csv_and_parquet(lists: Sequence[Path], tmp_path: Path) -> None:
    (tmp_path / "charities.csv").write_text(CHARITIES, "utf-8")
    sql = "SELECT record_id, source, other_names, identifiers, lat, phone FROM raw ORDER BY record_id"
    said = []
    for path in (lists[0], tmp_path / "charities.csv"):
        con = connect()
        read_records(con, [path])
        said.append(con.execute(sql).fetchall())
        con.close()
    assert said[0] == said[1]
    assert said[0] == [
        ("c:1", "charities", ["The Boaters", "Otterburn Afloat"], ["GB-CHC-1", "GB-COH-00000007"], 53.79, None),
        ("c:2", "charities", [], ["GB-CHC-2"], None, None),
    ]


FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "no file": ({}, r"absent\.csv is not there"),
    "no record_id": ({"a.csv": "name,town\nOtter,Leeds\n"}, r"a\.csv lacks the column record_id; it has name, town"),
    "no name": ({"a.csv": "record_id,title\n1,Otter\n"}, r"a\.csv lacks the column name; it has record_id, title"),
    "nobody": ({"a.csv": "record_id,name\n"}, "no records with a name were found; expected at least one line under the header"),
    "nobody with a name": ({"a.csv": "record_id,name\n1,\n"}, "no records with a name were found"),
    "twice in a file": ({"a.csv": "record_id,name\n1,Otter\n1,Wren\n"}, "record_id 1 stands on two lines, in .*a.csv; expected a different one"),
    "twice in two files": (
        {"a.csv": "record_id,name\n1,Otter\n", "b.csv": "record_id,name\n1,Wren\n"}, "record_id 1 stands on two lines, in .*a.csv and .*b.csv",
    ),
    "not Parquet": ({"a.parquet": "record_id,name\n1,Otter\n"}, r"a\.parquet cannot be read as Parquet"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_cannot_be_used_is_told(fault: str, tmp_path: Path) -> None:
    texts, said = FAULTS[fault]
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    paths = [tmp_path / name for name in texts] or [tmp_path / "absent.csv"]
    with pytest.raises(ListFileError, match=said):
        resolve_files(paths, tmp_path / "clusters.csv")
    assert not (tmp_path / "clusters.csv").exists()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("GB-CHC-1098765", ["GB-CHC-1098765"]),
        ("GB-CHC:1098765", ["GB-CHC-1098765"]),
        ("gb-coh-sc123456, GB-COH=7654321", ["GB-COH-SC123456", "GB-COH-07654321"]),
        ("US-EIN-71-0236904", ["US-EIN-710236904"]),
        ("AU-ABN-51 824 753 556", ["AU-ABN-51824753556"]),
        ("71-0236904", ["71-0236904"]),
        ("https://ror.org/05a28rw58", ["https://ror.org/05a28rw58"]),
        *(
            (nothing, [])
            for nothing in ("N/A", "#N/A", "nan", "NULL", r"\N", "-", "0", "None", "Exempt", "GB-COH:", "US-EIN:000000000")
        ),
    ],
)
def test_an_identifier_has_one_spelling_and_a_placeholder_is_none(written: str, read: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'RECORD_ID,Name,Identifiers\n1,Otter,"{written}"\n', "utf-8")
    with connect() as con:
        read_records(con, [tmp_path / "a.csv"])
        assert con.execute("SELECT identifiers FROM raw").fetchall() == [(read,)]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [("GB-CHC-1", "GB-COH-2", True), ("GB-CHC-1", "GB-CHC-2", False), ("1098765", "07654321", True), ("71-2", "71-3", True)],
)
def test_only_two_numbers_of_one_scheme_forbid(one: str, other: str, together: bool, tmp_path: Path) -> None:
    rows = [f"{n},Mill Lane Bakery,2 Mill Lane,LS1 2AB,0113 496 0000,{i}" for n, i in enumerate((one, other))]
    (tmp_path / "a.csv").write_text("\n".join(["record_id,name,address,postcode,phone,identifiers", *rows, ""]), "utf-8")
    assert resolve_files([tmp_path / "a.csv"], tmp_path / "o.csv").organisations == (1 if together else 2)


@pytest.mark.parametrize("place", ["nan,1", "inf,1", "999,1", "0,0", "x,1", "53,"])
def test_what_is_no_place_is_unknown(place: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"record_id,name,lat,lon\n1,Otter,{place}\n2,Wren,53,-1\n", "utf-8")
    with connect() as con:
        read_records(con, [tmp_path / "a.csv"])
        assert con.execute("SELECT lat, lon FROM raw ORDER BY record_id").fetchall() == [(None, None), (53.0, -1.0)]


@pytest.mark.parametrize(
    ("output", "evidence", "said"),
    [
        ("a.csv", None, "is one of the files to be read and would be lost"),
        ("o.csv", "a.csv", "is one of the files to be read and would be lost"),
        ("o.csv", "o.csv", "is to hold two tables"),
        ("o.xlsx", None, r"give a name that ends in \.csv or \.parquet"),
        ("none/o.csv", None, "it lies in no folder"),
    ],
)
def test_nothing_that_is_read_is_written_over(output: str, evidence: str | None, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("record_id,name\n1,Otter\n", "utf-8")
    with pytest.raises(ListFileError, match=said):
        resolve_files([tmp_path / "a.csv"], tmp_path / output, tmp_path / evidence if evidence else None)
    assert (tmp_path / "a.csv").read_text("utf-8") == "record_id,name\n1,Otter\n"


def test_a_decision_about_nobody_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("record_id,name\n1,Otter\n2,Wren\n", "utf-8")
    told: list[str] = []
    resolve_files([tmp_path / "a.csv"], tmp_path / "o.csv", order=Order(must_link=[("1", "666")]), tell=told.append)
    assert "a decision is about 666, which is no record of these files; it does nothing" in told


def saved(path: Path, text: str) -> Path:
    """The file, with this text in it."""
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("GB-COH-SC12345", "GB-COH-SC012345", True),
        ("GB-SC-SC12345", "GB-SC-SC012345", True),
        ("GB-CHC-01012345", "GB-CHC-1012345", True),
        ("GB-CHC-1012345-0", "GB-CHC-1012345", True),
        ("US-EIN-12345678", "US-EIN-012345678", True),
        ("US-EIN-01-2345678", "US-EIN-012345678", True),
        ("GB-COH-01234567.0", "GB-COH-01234567", True),
        ("7", "7", False),
        ("M0012", "M0012", False),
        ("Not registered", "not registered", False),
        ("see website", "see website", False),
        ("GB-CHC-Not applicable", "GB-CHC-Not applicable", False),
        ("GB-COH-99999999", "GB-COH-99999999", False),
        ("360G-", "360G-", False),
    ],
)
def test_an_identifier_joins_as_its_register_spells_it_and_no_words_or_line_numbers_do(
    one: str, other: str, same: bool, tmp_path: Path
) -> None:
    rows = f"a,Amber Scaffolding,Leeds,{one}\nb,Birch Bakery,Hull,{other}\n"
    records = saved(tmp_path / "a.csv", f"record_id,name,city,identifiers\n{rows}")
    assert resolve_files([records], tmp_path / "o.csv").organisations == (1 if same else 2)


def test_names_and_towns_that_say_nothing_join_nobody(tmp_path: Path) -> None:
    rows = "a,N/A,Leeds\nb,n/a,Leeds\nc,Unknown,\nd,unknown,\ne,Brightwell Joinery,N/A\nf,Brightwell Joinery Ltd,n/a\n"
    resolved = resolve_files([saved(tmp_path / "a.csv", f"record_id,name,city\n{rows}")], tmp_path / "o.csv")
    assert (resolved.records, resolved.organisations) == (6, 5)


def test_another_name_that_says_nothing_joins_nobody(tmp_path: Path) -> None:
    rows = "a,Amber Scaffolding,N/A\nb,Birch Bakery,n/a\n"
    assert (
        resolve_files([saved(tmp_path / "a.csv", f"record_id,name,other_names\n{rows}")], tmp_path / "o.csv").organisations == 2
    )


def test_a_country_is_the_same_however_it_is_spelled(tmp_path: Path) -> None:
    rows = "a,Brightwell Joinery,Leeds,GB\nb,Brightwell Joinery Ltd,Leeds,UK\n"
    records = saved(tmp_path / "a.csv", f"record_id,name,city,country\n{rows}")
    assert resolve_files([records], tmp_path / "o.csv").organisations == 1


def test_columns_are_known_by_their_usual_names(tmp_path: Path) -> None:
    rows = "a,Grace Church,1 Oak St,74101,OK\nb,Grace Church,9 Elm St,45402,OH\n"
    records = saved(tmp_path / "a.csv", f"record_id,name,Street,ZIP,State\n{rows}")
    assert resolve_files([records], tmp_path / "o.csv").organisations == 2


def test_empty_lines_of_a_spreadsheet_are_no_records_and_a_body_without_an_id_is_named(tmp_path: Path) -> None:
    header = "record_id,name,city\n"
    resolved = resolve_files([saved(tmp_path / "a.csv", f"{header}a,Otter Trust,Hull\n,,\n,,\n")], tmp_path / "o.csv")
    assert resolved.records == 1
    with pytest.raises(ListFileError, match="1 lines have a name and no record_id, 'Heron Trust' among them"):
        resolve_files([saved(tmp_path / "b.csv", f"{header}a,Otter Trust,Hull\n,Heron Trust,\n")], tmp_path / "o.csv")


@pytest.mark.parametrize("name", ["list[1].csv", "li*.csv", "list?.csv"])
def test_a_file_with_the_signs_of_a_pattern_in_its_name_is_read_and_no_neighbour(name: str, tmp_path: Path) -> None:
    saved(tmp_path / "list1.csv", "record_id,name\nwrong,Birch\n")
    resolve_files([saved(tmp_path / name, "record_id,name\nright,Amber\n")], tmp_path / "o.csv")
    assert "right" in (tmp_path / "o.csv").read_text() and "wrong" not in (tmp_path / "o.csv").read_text()


def _organisations(rows: str, tmp_path: Path, header: str = "record_id,name,address,city,postcode") -> dict[str, str]:
    records = saved(tmp_path / "a.csv", f"{header}\n{rows}")
    resolve_files([records], tmp_path / "o.csv")
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as lines:
        return {row["record_id"]: row["organisation_id"] for row in csv.DictReader(lines)}


def test_a_parent_and_its_child_do_not_meet_in_a_third_record(tmp_path: Path) -> None:
    place = "5 Mill Lane,Ripley,DE5 3CC"
    names = ("Oakfield Hospice", "Oakfield Hospice Trading Limited", "Oakfield Hospice Tradng", "Oakfeild Hospice")
    found = _organisations("".join(f"{n},{name},{place}\n" for n, name in enumerate(names)), tmp_path)
    assert found["0"] != found["1"]


def test_one_name_in_towns_of_one_name_in_two_states_is_two_bodies(tmp_path: Path) -> None:
    rows = "1,First Baptist Church,100 Main St,Springfield,IL,62701\n2,First Baptist Church,100 Main St,Springfield,MO,65801\n"
    assert len({*_organisations(rows, tmp_path, "record_id,name,address,city,region,postcode").values()}) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Oakfield Hospice", "Oakfield Hospice Lottery Limited"),
        ("Ripley Men's Hockey Club", "Ripley Women's Hockey Club"),
    ],
)
def test_sisters_and_children_at_one_address_stay_apart(one: str, other: str, tmp_path: Path) -> None:
    place = "5 Mill Lane,Ripley,DE5 3CC"
    assert len({*_organisations(f"1,{one},{place}\n2,{other},{place}\n", tmp_path).values()}) == 2


@pytest.mark.parametrize(
    ("header", "one", "other", "bodies"),
    [
        ("name,postcode", "Red Lion,LS29 9AB", "Red Lion,DE1 2CD", 2),
        ("name,city", "Castle Roofing,Leeds", "Castle Roofing,Leicester", 2),
        ("name,city", "Castle Roofing,Leeds", '"Castle Roofing","Leeds, West Yorkshire"', 1),
        ("name,city,phone", "Castle Roofing,Leeds,000-000-0000", "Castle Roofs,Leicester,000-000-0000", 2),
        ("name,city,phone", "Castle Roofing,Leeds,01234567890", "Castle Roofs,Leicester,01234567890", 2),
        ("name,city,phone", "Castle Roofing,Leeds,0113 496 0823", "Castle Roofing,Pudsey,0113 496 0823", 1),
    ],
)
def test_where_a_body_is_and_its_phone_count_when_they_say_something(
    header: str, one: str, other: str, bodies: int, tmp_path: Path
) -> None:
    assert len({*_organisations(f"1,{one}\n2,{other}\n", tmp_path, f"record_id,{header}").values()}) == bodies


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "o.csv").symlink_to("/dev/full")
    with pytest.raises(ListFileError, match="o.csv cannot be written: .*room on its disk"):
        resolve_files([saved(tmp_path / "a.csv", "record_id,name\na,Otter Trust\n")], tmp_path / "o.csv")
