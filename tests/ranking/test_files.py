"""Two tables as files: what is read out of them, what is written, and what is refused before anything is."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from assets.ranking import bodies
from assets.ranking.engine import Scorer
from assets.ranking.files import rank_files, usable_edges
from assets.ranking.ontology import load
from assets.ranking.picking import Caps
from assets.ranking.reading import read_bodies, read_edges
from warehouse.lists import ListFileError

COLUMNS = [
    "business_id", "partner_id", "rank", "score", "fit_exchange", "fit_cause", "precedent", "place", "capacity", "readiness",
    "give", "get", "partnership_type", "explanation", "evidence_coverage",
]  # fmt: skip
BUSINESSES = """id,name,class_text,latitude,longitude
b1,Mill Lane Bakery,bakery,53.40,-2.98
b2,Quay Opticians,optician,53.41,-2.99
b3,Corner Wine Bar,bar,53.40,-2.97
"""
PARTNERS = """id,name,class_text,latitude,longitude,income_gbp
p1,Ash Road Food Bank,food bank,53.42,-2.98,400000
p2,Sight for All,charity for blind people,53.39,-2.98,
p3,Night Shelter,homeless shelter,,,2000000
p4,Oddments,,,,
"""


def file(path: Path, text: str | bytes) -> Path:
    """A file of this content."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture
def lists(tmp_path: Path) -> tuple[Path, Path]:
    """Both sides as CSV."""
    return file(tmp_path / "businesses.csv", BUSINESSES), file(tmp_path / "partners.csv", PARTNERS)


def written(path: Path) -> pa.Table:
    """The table in a file."""
    return pa.parquet.read_table(path) if path.suffix == ".parquet" else pa.csv.read_csv(path)


def row(tmp_path: Path, header: str, line: str) -> dict[str, Any]:
    """The only body of a file with this header and line."""
    return dict(read_bodies(file(tmp_path / "one.csv", f"{header}\n{line}\n")).to_pylist()[0])


# --- out ------------------------------------------------------------------------------------------------------------


def test_csv_and_parquet_hold_the_same_in_and_out(lists: tuple[Path, Path], tmp_path: Path) -> None:
    parquet = []
    for path in lists:
        parquet.append(path.with_suffix(".parquet"))
        pa.parquet.write_table(pa.csv.read_csv(path), parquet[-1])
    found = []
    for given in (lists, parquet):
        for name in ("ranked.csv", "ranked.parquet"):
            rank_files(*given, tmp_path / name)
            found.append(written(tmp_path / name))
    assert all(table.column_names == COLUMNS for table in found)
    order = [(r["business_id"], r["rank"]) for r in found[1].to_pylist()]
    assert order == sorted(order)
    assert found[1].num_rows > 3
    assert found[1].equals(found[3])
    assert (
        found[0].to_pylist()
        == found[2].to_pylist()
        == [{**r, "get": r["get"] or ""} for r in pa.table({c: found[1][c] for c in COLUMNS}).to_pylist()]
    )


def test_every_pair_that_may_meet_is_written_where_all_are_asked_for(lists: tuple[Path, Path], tmp_path: Path) -> None:
    """Of nine pairs of known kinds the bar and the shelter must not meet, and who is of no known kind meets nobody."""
    ranked = rank_files(*lists, tmp_path / "all.parquet", top=None)
    rows = written(tmp_path / "all.parquet").to_pylist()
    pairs = {(r["business_id"], r["partner_id"]) for r in rows}
    assert pairs == {(b, p) for b in ("b1", "b2", "b3") for p in ("p1", "p2", "p3")} - {("b3", "p3")}
    assert ranked.pairs == len(rows) == 8
    assert ranked.unknown == (0, 1)
    for business in ("b1", "b2", "b3"):
        mine = [(r["rank"], -r["score"], r["partner_id"]) for r in rows if r["business_id"] == business]
        assert [rank for rank, *_ in mine] == list(range(1, len(mine) + 1))
        assert [key for _, *key in mine] == sorted(key for _, *key in mine)


def test_what_is_not_known_is_empty(lists: tuple[Path, Path], tmp_path: Path) -> None:
    rank_files(*lists, tmp_path / "all.csv", top=None)
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as opened:
        rows = {(r["business_id"], r["partner_id"]): r for r in csv.DictReader(opened)}
    shelter, sight = rows["b1", "p3"], rows["b1", "p2"]
    assert (shelter["place"], shelter["precedent"], shelter["readiness"], sight["capacity"]) == ("", "", "", "")
    assert float(shelter["capacity"]) == 1.0
    assert float(shelter["evidence_coverage"]) == pytest.approx(0.12 + 0.33 + 0.08)


def test_caps_and_length_are_those_asked_for(lists: tuple[Path, Path], tmp_path: Path) -> None:
    rank_files(*lists, tmp_path / "one.parquet", top=1, caps=Caps(1, per_partner=1))
    rows = written(tmp_path / "one.parquet").to_pylist()
    assert [r["rank"] for r in rows] == [1] * len(rows)
    assert len({r["partner_id"] for r in rows}) == len(rows) == len({r["business_id"] for r in rows})


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_formula_stays_a_text(start: str, tmp_path: Path) -> None:
    """A spreadsheet gets it with a quote before it, Parquet as it was; inside a sentence it starts nothing."""
    name = f"{start}HYPERLINK(1)"
    business = file(tmp_path / "b.csv", f'id,name,class_text\n"{name}","{name}",bakery\n')
    partner = file(tmp_path / "p.csv", PARTNERS)
    for output, id_, sentence in (("r.csv", f"'{name}", f"'{name} (bakery)"), ("r.parquet", name, f"{name} (bakery)")):
        rank_files(business, partner, tmp_path / output)
        rows = written(tmp_path / output).to_pylist()
        assert {r["business_id"] for r in rows} == {id_}
        assert all(r["explanation"].startswith(sentence) for r in rows)
        assert {r["partner_id"] for r in rows} <= {"p1", "p2", "p3"}


def test_edges_speak_for_who_is_like_those_that_worked_together(lists: tuple[Path, Path], tmp_path: Path) -> None:
    bakeries = "".join(
        f"p4,x{n},{lane} Bakery\n" for n, lane in enumerate(("Mill Lane", "Mill Road", "Hill Lane", "Mill", "Lane"))
    )
    edges = file(tmp_path / "e.csv", f"from_id,to_id,to_name\n{bakeries}")
    rank_files(*lists, tmp_path / "all.parquet", edges, top=None)
    told = {r["business_id"]: r for r in written(tmp_path / "all.parquet").to_pylist() if r["partner_id"] == "p4"}
    assert told["b1"]["precedent"] > told["b2"]["precedent"]
    assert told["b1"]["explanation"].endswith(" Organisations like it already work with Oddments.")


SAID: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "all is known", "bakery,53.4,-2.98", "food bank,53.42,-2.98", "transactional",
        "Mill Lane (bakery) could offer unsold bread and cakes to Number Nine (food bank or pantry, about 2 km away), which hands out food "
        "to people who cannot afford it; in return the business would get less food to throw away.",
    ),
    ("no place", "bakery,,", "food bank,,", "transactional", "to Number Nine (food bank or pantry), which hands out food"),
    (
        "kinds known to work together", "optician,,", "charity for blind people,,", "transactional",
        f"Elsewhere, such businesses {load().practices['optician']['sight_charity'].words}.",
    ),
    (
        "a shared cause", "pet grooming,,", "horse riding charity,,", "transactional",
        f"Both care about {load().causes['animals'].words}.",
    ),
    ("next door", "bakery,53.4,-2.98", "food bank,53.4,-2.98", "transactional", "(food bank or pantry, about 1 km away)"),
)  # fmt: skip


@pytest.mark.parametrize(("business", "partner", "kind", "says"), [s[1:] for s in SAID], ids=[s[0] for s in SAID])
def test_the_sentence_says_what_is_known(business: str, partner: str, kind: str, says: str, tmp_path: Path) -> None:
    header = "id,name,class_text,latitude,longitude\n"
    sides = (
        file(tmp_path / "b.csv", f"{header}b,Mill Lane,{business}\n"),
        file(tmp_path / "p.csv", f"{header}p,Number Nine,{partner}\n"),
    )
    rank_files(*sides, tmp_path / "r.parquet")
    (found,) = written(tmp_path / "r.parquet").to_pylist()
    assert says in found["explanation"]
    assert found["partnership_type"] == kind
    assert found["give"] in found["explanation"]


def test_an_american_list_is_told_in_american_words_and_miles(tmp_path: Path) -> None:
    business = file(tmp_path / "b.csv", "id,name,naics,latitude,longitude\nb,Garage Row,811111,34.7,-92.3\n")
    partner = file(tmp_path / "p.csv", "id,name,ntee,latitude,longitude\np,Garage Friends,J22,34.8,-92.3\n")
    rank_files(business, partner, tmp_path / "r.parquet")
    (found,) = written(tmp_path / "r.parquet").to_pylist()
    # Names are left as they are.
    assert found["explanation"].startswith("Garage Row (auto repair shop) could offer")
    assert "to Garage Friends (job training organization, about 7 miles away)" in found["explanation"]


def test_a_rival_is_no_partner(tmp_path: Path) -> None:
    business = file(tmp_path / "b.csv", "id,name,class_text\nb,Otter Therapy,psychotherapist\n")
    partner = file(tmp_path / "p.csv", "id,name,class_text\np1,Heron,counselling centre\np2,Wren,mental health charity\n")
    rank_files(business, partner, tmp_path / "r.parquet", top=None)
    assert [r["partner_id"] for r in written(tmp_path / "r.parquet").to_pylist()] == ["p2"]


def test_what_is_done_elsewhere_is_said_only_of_the_thing_it_is_about(tmp_path: Path) -> None:
    """A bakery's shelf for growers has nothing to do with stale bread for a city farm's animals."""
    practice = load().practices["bakery"]["farm_charity"]
    assert (practice.of("surplus_food"), practice.of("outlet")) == (practice.words, None)
    business = file(tmp_path / "b.csv", "id,name,class_text\nb,Mill Lane,bakery\n")
    partner = file(tmp_path / "p.csv", "id,name,class_text\np,Number Nine,agricultural society\n")
    rank_files(business, partner, tmp_path / "r.parquet", top=None)
    (found,) = written(tmp_path / "r.parquet").to_pylist()
    assert found["give"] == "a shelf by the counter"
    assert "Elsewhere" not in found["explanation"]


# --- in -------------------------------------------------------------------------------------------------------------

WAYS_OF_WRITING: tuple[tuple[str, str, str], ...] = (
    ("order of columns", "name,sic,id", "Mill Lane,10710,b1"),
    ("case of headers", "ID,Name,SIC", "b1,Mill Lane,10710"),
    ("blanks around a header", " id, name , sic", "b1,Mill Lane,10710"),
    ("columns of somebody's own", "id,colour,name,sic,colour", "b1,red,Mill Lane,10710,blue"),
    ("semicolons between cells", "id;name;sic", "b1;Mill Lane;10710"),
    ("tabs between cells", "id\tname\tsic", "b1\tMill Lane\t10710"),
    ("a mark at the start", "\ufeffid,name,sic", "b1,Mill Lane,10710"),
    ("quotes", '"id","name","sic"', '"b1","Mill Lane","10710"'),
)


@pytest.mark.parametrize(("header", "line"), [w[1:] for w in WAYS_OF_WRITING], ids=[w[0] for w in WAYS_OF_WRITING])
def test_a_file_may_be_written_in_many_ways(header: str, line: str, tmp_path: Path) -> None:
    found = row(tmp_path, header, line)
    assert list(found) == bodies.SCHEMA.names
    assert {name: value for name, value in found.items() if value is not None} == {
        "id": "b1",
        "name": "Mill Lane",
        "sic": "10710",
    }


@pytest.mark.parametrize(
    "codes", ["10710;47730", "10710; 47730", '"10710,47730"', '"10710, 47730"', "10710|47730", "10710 47730"]
)
def test_several_codes_stand_in_one_cell(codes: str, tmp_path: Path) -> None:
    path = file(tmp_path / "b.csv", f"id,name,sic\nb1,Somebody,{codes}\nb2,Somebody Else,{codes}\n")
    kinds = set(Scorer(read_bodies(path), read_bodies(path)).businesses["sic"].to_pylist())
    assert len(kinds) == 1
    assert set(str(kinds.pop()).replace(";", " ").replace(",", " ").replace("|", " ").split()) == {"10710", "47730"}


def test_parquet_may_hold_lists_of_codes_and_numbers_as_ids(tmp_path: Path) -> None:
    table = pa.table({"ID": [7, 8], "name": ["Mill Lane", "Quay"], "sic": [["10710", "47730"], []], "employees": [3, None]})
    pa.parquet.write_table(table, tmp_path / "b.parquet")
    rows = read_bodies(tmp_path / "b.parquet").to_pylist()
    assert [(r["id"], r["sic"], r["employees"]) for r in rows] == [("7", "10710; 47730", 3.0), ("8", None, None)]


@pytest.mark.parametrize("written_as", ["", "n/a", "1,2", "1.234,5", "-400", "nan", "inf", "-inf", "five"])
def test_a_number_that_is_none_is_unknown(written_as: str, tmp_path: Path) -> None:
    assert row(tmp_path, "id,name,income_gbp", f'b1,Mill Lane,"{written_as}"')["income_gbp"] is None


@pytest.mark.parametrize(
    ("written_as", "value"), [("£5,000", 5000.0), ("$ 1,234,567.50", 1234567.5), ("0", 0.0), (" 12 ", 12.0), ("€80000", 80000.0)]
)
def test_money_may_be_written_as_people_do(written_as: str, value: float, tmp_path: Path) -> None:
    assert row(tmp_path, "id,name,income_gbp", f'b1,Mill Lane,"{written_as}"')["income_gbp"] == value


@pytest.mark.parametrize("cell", ["NULL", "nan", "N/A", "none", "-"])
def test_a_cell_that_says_nothing_is_empty_but_names_are_left_alone(cell: str, tmp_path: Path) -> None:
    found = row(tmp_path, "id,name,country,naics,postcode", f"{cell},{cell},{cell},311811,72201")
    # The code is one only American lists have.
    assert (found["id"], found["name"], found["country"]) == (cell, cell, "US")
    assert found["latitude"] == pytest.approx(34.75, abs=0.05)


@pytest.mark.parametrize(("latitude", "longitude"), [("91", "0"), ("0", "-181"), ("530000", "-290000"), ("", "1"), ("N53", "W3")])
def test_a_place_on_no_globe_is_unknown(latitude: str, longitude: str, lists: tuple[Path, Path], tmp_path: Path) -> None:
    business = file(tmp_path / "b.csv", f"id,name,class_text,latitude,longitude\nb1,Mill Lane,bakery,{latitude},{longitude}\n")
    rank_files(business, lists[1], tmp_path / "r.parquet")
    found = written(tmp_path / "r.parquet")
    assert found.num_rows
    assert found["place"].null_count == found.num_rows


def test_a_cell_may_hold_what_parts_cells_and_lines(tmp_path: Path) -> None:
    found = row(tmp_path, "id,name,description", 'b1,"Mill, ""Lane""; Sons","two\nlines"')
    assert (found["name"], found["description"]) == ('Mill, "Lane"; Sons', "two\nlines")


def test_edges_need_two_columns_and_are_sorted(tmp_path: Path) -> None:
    edges = read_edges(file(tmp_path / "e.csv", "to_id,from_id,Kind\np2,b2,grant\np1,b1,\n")).to_pylist()
    assert [(e["from_id"], e["to_id"], e["kind"], e["date"]) for e in edges] == [
        ("b1", "p1", None, None),
        ("b2", "p2", "grant", None),
    ]


# --- what is refused ------------------------------------------------------------------------------------------------

REFUSED: tuple[tuple[str, str, str | bytes, str], ...] = (
    ("no column id", "b.csv", "name,sic\nMill Lane,10710\n", "lacks the column id; it has name, sic"),
    ("no column id or name", "b.csv", "firm,sic\nMill Lane,10710\n", "lacks the column id and name"),
    ("a header alone", "b.csv", "id,name\n", "has no lines under its header"),
    ("nothing at all", "b.csv", "", "lacks the column id and name; it has none"),
    ("an id that is missing", "b.csv", "id,name\nb1,Mill Lane\n ,Quay\n", "1 lines have no id"),
    ("a name that is missing", "b.csv", "id,name\nb1,Mill Lane\nb2,\n", "1 lines have no name"),
    ("no text", "b.csv", bytes(range(256)) * 40, "it is not UTF-8"),
    ("spreadsheet", "b.csv", b"PK\x03\x04\x14\x00\x06\x00" * 40, "it is a workbook or a ZIP. Save it as CSV UTF-8"),
    ("UTF-16", "b.csv", "id,name\nb1,Mill Lane\n".encode("utf-16"), "it is UTF-16. Save it as CSV UTF-8"),
    ("a comma too many in one of many lines", "b.csv", "id,name,sic\n" + "b1,Quay,10710\n" * 99 + "b2,Mill, Lane,10710\n", "Line: 101"),
    ("a line cut short", "b.csv", "id,name,sic\nb1,Quay,10710\nb2,Mill\n", "Line: 3; .*; Expected Number of Columns: 3 Found: 2"),
    ("another encoding", "b.csv", "id,name\nb1,Café\n".encode("latin-1"), "cannot be read as CSV"),
    ("text called Parquet", "b.parquet", "id,name\nb1,Mill Lane\n", "cannot be read as Parquet"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "content", "says"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_file_that_cannot_be_used_is_refused(
    name: str, content: str | bytes, says: str, lists: tuple[Path, Path], tmp_path: Path
) -> None:
    """Nothing is written, and what stood there before still stands."""
    kept = file(tmp_path / "ranked.csv", "as it was")
    before = sorted(tmp_path.iterdir())
    bad = file(tmp_path / name, content)
    with pytest.raises(ListFileError, match=says):
        rank_files(bad, lists[1], kept)
    with pytest.raises(ListFileError, match=name):
        rank_files(lists[0], bad, kept)
    assert kept.read_text("utf-8") == "as it was"
    assert sorted(tmp_path.iterdir()) == sorted([*before, bad])


@pytest.mark.parametrize(
    ("output", "says"),
    [("nowhere/r.csv", "lies in no folder"), ("r.xlsx", "ends in .csv or .parquet"), ("partners.csv", "would be lost")],
)
def test_an_output_that_cannot_be_written_is_refused_first(
    output: str, says: str, lists: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(ListFileError, match=says):
        rank_files(*lists, tmp_path / output)
    assert lists[1].read_text("utf-8") == PARTNERS


def test_a_run_that_breaks_off_leaves_nothing_half_written(
    lists: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Callable[[], None]:
        raise KeyboardInterrupt

    monkeypatch.setattr("assets.ranking.files.table", broken)
    kept = file(tmp_path / "ranked.csv", "as it was")
    with pytest.raises(KeyboardInterrupt):
        rank_files(*lists, kept)
    assert kept.read_text("utf-8") == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["businesses.csv", "partners.csv", "ranked.csv"]


@pytest.mark.parametrize(
    ("row", "near"),
    [
        pytest.param("L1 1AA,,,,", (53.4, -2.98), id="the middle of a sector"),
        pytest.param("l11aa,,,,", (53.4, -2.98), id="written otherwise"),
        pytest.param("L1 1AA,55.1,-3.2,,", (55.1, -3.2), id="a point wins"),
        pytest.param("72201,,,US,", (34.75, -92.28), id="a ZIP"),
        pytest.param("72201-1234,,,U.S.A.,", (34.75, -92.28), id="a long ZIP"),
        pytest.param("72201,,,,311811", (34.75, -92.28), id="a ZIP of one with an American code"),
        pytest.param("2139,,,US,", (42.36, -71.10), id="a ZIP that lost its zero"),
        pytest.param("02139.0,,,US,", (42.36, -71.10), id="a ZIP that was a number"),
        pytest.param("72201,,,,", None, id="five figures of anywhere"),
        pytest.param("72201,,,DE,311811", None, id="five figures of Germany"),
        pytest.param("nowhere,,,US,", None, id="no postcode"),
    ],
)
def test_a_british_postcode_and_a_zip_code_are_places(row: str, near: tuple[float, float] | None, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(f"id,name,postcode,latitude,longitude,country,naics\nb1,Bakery,{row}\n", "utf-8")
    (body,) = read_bodies(tmp_path / "b.csv").to_pylist()
    if near is None:
        assert body["latitude"] is None
        assert body["longitude"] is None
    else:
        assert (body["latitude"], body["longitude"]) == pytest.approx(near, abs=0.05)


def test_of_lines_with_one_id_the_fullest_is_taken_in_whatever_order(tmp_path: Path) -> None:
    lines = ["b2,Quay,", "b1,Mill Lane,10710", "b2,Dock,47782", "b1,Mill Lane,10710"]
    for turn in (lines, lines[::-1]):
        (tmp_path / "b.csv").write_text("\n".join(["id,name,sic", *turn, ""]), "utf-8")
        heard: list[str] = []
        found = read_bodies(tmp_path / "b.csv", heard.append).to_pylist()
        assert [(body["id"], body["name"], body["sic"]) for body in found] == [
            ("b1", "Mill Lane", "10710"),
            ("b2", "Dock", "47782"),
        ]
        assert "2 lines repeat an id" in heard[0]


# --- what is told ---------------------------------------------------------------------------------------------------


def test_dates_and_ends_of_edges_that_are_of_no_use_are_told(lists: tuple[Path, Path], tmp_path: Path) -> None:
    """A date after the day the list is made for is as good as none: it would make all others old."""
    lines = "p1,b1,Grant,31/05/2023\np1,b2,grant,spring\np2,b2,grant,2203\nzz,b1,grant,2020\np3,zz,grant,2023-99-99\n"
    heard: list[str] = []
    edges = read_edges(file(tmp_path / "e.csv", f"from_id,to_id,kind,date\n{lines}"))
    used = usable_edges(edges, read_bodies(lists[0]), read_bodies(lists[1]), date(2026, 11, 23), heard.append)
    dates = {(e["from_id"], e["to_id"]): e["date"] for e in used.to_pylist()}
    unread = {("p1", "b2"): None, ("p2", "b2"): None, ("p3", "zz"): None}
    assert dates == {("p1", "b1"): "2023-05-31", **unread, ("zz", "b1"): "2020"}
    assert [line.split(" (")[0] for line in heard] == [
        "2 of 5 edges have a date that cannot be read",
        "1 of 5 edges have a date after 2026-11-23",
        "1 of 5 edges name none of the partners",
        "1 of 5 edges name none of the businesses",
    ]


def test_kinds_of_edges_have_one_spelling(lists: tuple[Path, Path], tmp_path: Path) -> None:
    edges = file(tmp_path / "e.csv", "from_id,to_id,kind\nb1,p1, Linked Charity \nb2,p2,SAME-BODY\n")
    rank_files(*lists, tmp_path / "all.parquet", edges, top=None)
    met = {(r["business_id"], r["partner_id"]) for r in written(tmp_path / "all.parquet").to_pylist()}
    assert met == {("b1", "p2"), ("b1", "p3"), ("b2", "p1"), ("b2", "p3"), ("b3", "p1"), ("b3", "p2")}


def test_businesses_without_a_partner_and_ids_of_two_bodies_are_counted(lists: tuple[Path, Path], tmp_path: Path) -> None:
    business = file(tmp_path / "b.csv", "id,name,class_text\np1,Ready Money,pawnbroker\np2,Mill Lane Bakery,bakery\n")
    ranked = rank_files(business, lists[1], tmp_path / "r.parquet", top=None)
    assert (ranked.alone, ranked.doubted, ranked.unknown[0]) == (1, 2, 0)
    assert {r["partner_id"] for r in written(tmp_path / "r.parquet").to_pylist()} == {"p1", "p2", "p3"}


def test_an_output_nobody_may_write_is_refused(lists: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pyarrow.csv.CSVWriter", denied)
    with pytest.raises(ListFileError, match="r.csv cannot be written: Permission denied"):
        rank_files(*lists, tmp_path / "r.csv")


@pytest.mark.parametrize(
    ("latitude", "longitude", "told"),
    [
        ("53.41", "-2.98", (53.41, -2.98)),
        ("53,41", "-2,98", (53.41, -2.98)),
        ("334500", "390500", None),
        ("91", "-2.98", None),
        ("0", "0", None),
        ("north", "west", None),
    ],
)
def test_a_point_on_no_globe_gives_way_to_the_postcode(
    latitude: str, longitude: str, told: tuple[float, float] | None, tmp_path: Path
) -> None:
    header = "id,name,postcode,latitude,longitude\n"
    (plain,) = read_bodies(file(tmp_path / "a.csv", f"{header}b,Mill Lane,L1 8JQ,,\n")).to_pylist()
    (found,) = read_bodies(file(tmp_path / "b.csv", f'{header}b,Mill Lane,L1 8JQ,"{latitude}","{longitude}"\n')).to_pylist()
    assert (found["latitude"], found["longitude"]) == (told or (plain["latitude"], plain["longitude"]))
    assert plain["latitude"] == pytest.approx(53.4, abs=0.05)


@pytest.mark.parametrize(
    ("column", "cell", "read"),
    [
        ("SIC code", "10710", "10710"),
        ("sic", '"=""10710"""', "10710"),
        ("sic", "10710/47240", "10710; 47240"),
        ("sic", "10.71/1", "10.71/1"),
        ("NAICS Codes", "31-33", "31"),
        ("naics", "722511/722513", "722511; 722513"),
        ("ZIP code", "72201", "72201"),
        ("started_on", "31/05/2023", "2023-05-31"),
        ("last_filed_on", "2023-99-99", None),
        ("name", '"Mill\nLane"', "Mill Lane"),
    ],
)
def test_columns_and_cells_are_read_as_people_write_them(column: str, cell: str, read: str | None, tmp_path: Path) -> None:
    name = "" if column == "name" else ",Mill Lane"
    header = "id" if column == "name" else "id,name"
    found = read_bodies(file(tmp_path / "a.csv", f"{header},{column}\nb{name},{cell}\n")).to_pylist()[0]
    known = {"SIC code": "sic", "NAICS Codes": "naics", "ZIP code": "postcode"}.get(column, column)
    assert found[known] == read


def test_a_day_to_come_says_nothing(tmp_path: Path) -> None:
    found = read_bodies(file(tmp_path / "a.csv", "id,name,last_filed_on\na,Mill,2031-01-01\nb,Quay,2026-01-01\n"))
    ready = bodies.readiness(found, date(2026, 11, 23))
    assert np.isnan(ready[0]) and ready[1] == 1


def test_columns_that_are_not_read_and_ids_that_repeat_are_named(tmp_path: Path) -> None:
    heard: list[str] = []
    read_bodies(file(tmp_path / "a.csv", "id,name,Telefax,Colour\nb7,Mill Lane,1,2\nb7,Mill Lane,1,2\n"), heard.append)
    assert [line.removeprefix(f"{tmp_path / 'a.csv'}: ") for line in heard] == [
        "nothing is made of Telefax, Colour",
        "1 lines repeat an id (b7, say); of each id the fullest line is taken",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nid;name;sic\nb;Mill, Lane;10710\n",
        'id,name,"a; b; c; d",sic\nb,"Mill, Lane",1,10710\n',
    ],
)
def test_what_parts_the_cells_is_told_or_seen(text: str, tmp_path: Path) -> None:
    found = read_bodies(file(tmp_path / "a.csv", text)).to_pylist()[0]
    assert (found["name"], found["sic"]) == ("Mill, Lane", "10710")


def test_empty_lines_of_a_spreadsheet_are_no_bodies(tmp_path: Path) -> None:
    found = read_bodies(file(tmp_path / "a.csv", "id,name,sic\nb,Mill Lane,10710\n,,\n,,\n"))
    assert found["id"].to_pylist() == ["b"]


@pytest.mark.parametrize(
    ("status", "works"),
    [
        ("Liquidation", False), ("Struck off", False), ("Ceased trading", False), ("Permanently closed", False),
        ("Active - Proposal to Strike off", True),
    ],
)  # fmt: skip
def test_who_works_no_longer_is_put_forward_to_nobody(status: str, works: bool, tmp_path: Path) -> None:
    business = file(tmp_path / "b.csv", f"id,name,sic,status\nb1,Mill Lane,10710,{status}\nb2,Ash Road,10710,Active\n")
    partner = file(tmp_path / "p.csv", "id,name,class_text\np,Number Nine,food bank\n")
    rank_files(business, partner, tmp_path / "r.parquet", top=None)
    assert {row["business_id"] for row in written(tmp_path / "r.parquet").to_pylist()} == ({"b1", "b2"} if works else {"b2"})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
@pytest.mark.parametrize("output", ["r.csv", "r.parquet"])
def test_a_full_disk_is_told_and_what_was_written_before_stays(output: str, lists: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / output).write_text("of yesterday")
    (tmp_path / f".{output}.draft").symlink_to("/dev/full")
    with pytest.raises(ListFileError, match=f"{output} cannot be written: .*No space left on device.* room on its disk"):
        rank_files(*lists, tmp_path / output)
    assert (tmp_path / output).read_text() == "of yesterday"
    assert sorted(path.name for path in tmp_path.glob(".*")) == []
