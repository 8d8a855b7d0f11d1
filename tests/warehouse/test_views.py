"""Views and macros: documented to the last column, true, and readable by other versions of DuckDB and by analysts' tools."""

from __future__ import annotations

import csv
import io
import math
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse import ddl, views
from warehouse.macros import MACROS
from warehouse.model import Macro, View
from warehouse.tables import BY_NAME
from warehouse.views import VIEWS

Con = duckdb.DuckDBPyConnection

#: A call of each macro that has an answer in the fixture world.
CALLS = {
    "partners_of": "partners_of('org_foodbank')",
    "partners_of_members": "partners_of_members(['org_cafe', 'org_bakery', 'org_nobody'], best := 1)",
    "partners_near": "partners_near('l14hy', 5)",
    "new_since": "new_since('2026-11-21')",
    "funded_by": "funded_by('a fund')",
    "explain_opportunity": "explain_opportunity('opp_1')",
    "explain_match": "explain_match('little_rock:4', 'little_rock:11')",
}


@pytest.fixture(scope="module")
def con(published_database: Path) -> Any:
    with duckdb.connect(str(published_database), read_only=True) as con:
        yield con


def described(con: Con, source: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind, *_ in con.execute(f"DESCRIBE FROM {source}").fetchall()]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_the_columns_it_is_documented_with(view: View, con: Con) -> None:
    assert described(con, view.name) == [(column.name, column.type) for column in view.columns]
    assert all(column.meaning for column in view.columns) and view.meaning.endswith(".")
    schema, short = view.name.split(".")
    comments = con.execute(
        "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?", [schema, short]
    ).fetchall()
    assert dict(comments) == {column.name: ddl.column_comment(column) for column in view.columns}


@pytest.mark.parametrize("macro", MACROS, ids=lambda macro: macro.name)
def test_a_macro_has_the_columns_and_parameters_it_is_documented_with(macro: Macro, con: Con) -> None:
    assert described(con, CALLS[macro.name]) == [(column.name, column.type) for column in macro.columns]
    [(comment, parameters)] = con.execute(
        "SELECT comment, parameters FROM duckdb_functions() WHERE function_name = ? AND NOT internal", [macro.name]
    ).fetchall()
    assert comment == macro.comment
    assert parameters == [declared.split()[0] for declared, _ in macro.parameters]
    assert all(f"{name}: " in comment for name in parameters)


def test_every_file_of_sql_is_a_view_or_a_macro() -> None:
    assert {path.stem for path in views.QUERIES.iterdir()} == {query.name.split(".")[-1] for query in (*VIEWS, *MACROS)}
    assert not {view.name for view in VIEWS} & set(BY_NAME)


def test_partners_of_one_body_are_those_of_its_own_side(con: Con) -> None:
    rows = con.execute("SELECT role, rank, other_id, gives, gets FROM partners_of('org_foodbank')").fetchall()
    assert rows == [
        ("partner", 1, "org_bakery", "a good name", "unsold bread"),
        ("partner", 2, "org_roofer", "a good name", "unsold bread"),
    ]
    ranks = "SELECT count(*) FROM mart.organisation_partner p JOIN mart.opportunity o USING (opportunity_id) "
    assert con.execute(ranks + "WHERE role = 'business' AND rank <> rank_for_business").fetchall() == [(0,)]
    assert con.execute("FROM partners_of('org_nobody')").fetchall() == []


def test_members_get_their_best(con: Con) -> None:
    rows = con.execute(f"SELECT member_id, partner_id FROM {CALLS['partners_of_members']}").fetchall()
    assert rows == [("org_bakery", "org_foodbank"), ("org_cafe", "org_shelter")]


@pytest.fixture(scope="module")
def streets(published_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A copy of the world in which the bakery is 1.1 km north of the shelter's postcode, and the roofer 11 km."""
    copy = tmp_path_factory.mktemp("streets") / "partners.duckdb"
    copy.write_bytes(published_database.read_bytes())
    with duckdb.connect(str(copy)) as con:
        for business, latitude in (("org_bakery", 53.41), ("org_roofer", 53.5)):
            con.execute(
                "UPDATE core.organisation SET latitude = ?, longitude = -2.98, location_precision = 'point' WHERE organisation_id = ?",
                [latitude, business],
            )
        yield con


@pytest.mark.parametrize(
    ("near", "km", "found"),
    [
        ("'L1 4HY'", 5, {("org_bakery", 1.1)}),
        ("'l14hy'", 20, {("org_bakery", 1.1), ("org_roofer", 11.1)}),
        ("'L1'", 5, {("org_bakery", 1.1)}),
        ("'L1 4HY'", 1, set()),
        ("'ZZ9 9ZZ'", 100, set()),
        ("72201", 100, set()),
    ],
)
def test_near_a_postcode_means_within_the_distance(near: str, km: int, found: set[tuple[str, float]], streets: Con) -> None:
    rows = streets.execute(f"SELECT DISTINCT business_id, km_away FROM partners_near({near}, {km})").fetchall()
    assert set(rows) == found


def test_new_since_takes_the_day_in(con: Con) -> None:
    assert len(con.execute("FROM new_since('2026-11-21')").fetchall()) == 5
    assert con.execute("FROM new_since(DATE '2026-11-22')").fetchall() == []


def test_an_opportunity_explained_adds_up_to_its_score(con: Con) -> None:
    lines = con.execute("SELECT line_number, part, points FROM explain_opportunity('opp_1')").fetchall()
    assert [number for number, _, _ in lines] == list(range(1, len(lines) + 1))
    [score] = [points for _, part, points in lines if part == "score"]
    assert math.isclose(math.fsum(points for _, part, points in lines if part == "criterion"), score, abs_tol=1e-9)
    assert {part for _, part, _ in lines} == {"pair", "score", "criterion", "evidence", "risk", "measure", "start"}


def test_a_match_is_explained_in_either_order(con: Con) -> None:
    one, other = (
        con.execute(f"FROM explain_match('{a}', '{b}')").fetchall()
        for a, b in (("little_rock:4", "little_rock:11"), ("little_rock:11", "little_rock:4"))
    )
    assert one == other
    assert ("verdict", "match", 0.99) in [line[1:4] for line in one]
    assert [line[2] for line in one if line[1] == "field"] == ["name", "base", "phone"]
    nobody = con.execute("SELECT said FROM explain_match('x', 'y')").fetchall()
    assert nobody[0] == ("x: not in this file",)


def test_money_is_added_up_by_currency_and_funder(con: Con) -> None:
    rows = con.execute("SELECT funder_id, funder_name, award_count, amount_total, currency FROM core.funder").fetchall()
    assert rows == [("name:a fund", "A Fund", 1, 20_000, "USD")]
    assert con.execute("SELECT recipient_name FROM funded_by('A FUND')").fetchall() == [("Arkansas Foodbank",)]


def test_a_programme_reaches_those_it_is_put_forward_to(con: Con) -> None:
    rows = con.execute("SELECT programme_id, industry_id, taker_count FROM mart.programme_reach WHERE taker_count > 0").fetchall()
    assert rows == [("sam:59.012", "food_service", 1)]


def test_the_network_is_closed_and_without_persons(con: Con) -> None:
    ends = "SELECT from_node_id AS node_id FROM mart.network_edge UNION SELECT to_node_id FROM mart.network_edge"
    nodes = "SELECT node_id FROM mart.network_node"
    assert con.execute(f"({ends}) EXCEPT ({nodes})").fetchall() == con.execute(f"({nodes}) EXCEPT ({ends})").fetchall() == []
    assert con.execute("SELECT count(*), count(DISTINCT edge_id) FROM mart.network_edge").fetchall() == [(5, 5)]
    persons = (
        "SELECT 1 FROM mart.network_node n JOIN core.organisation o ON o.organisation_id = n.node_id WHERE o.is_natural_person"
    )
    assert con.execute(persons).fetchall() == []


def test_what_is_given_is_needed_on_the_other_side(con: Con) -> None:
    rows = con.execute(
        "SELECT resource_id, offering_count, needing_count, surplus_count FROM mart.resource_gap WHERE region_id = 'us-ar-little-rock'"
    ).fetchall()
    assert rows == [("credibility", 3, 2, 1), ("surplus_food", 2, 3, -1)]


def test_a_portfolio_tells_what_rests_on_few(con: Con) -> None:
    rows = con.execute(
        "SELECT organisation_id, role, opportunity_count, portfolio_hhi_partner, top_share, dependency_ratio, is_concentrated "
        "FROM mart.portfolio ORDER BY ALL"
    ).fetchall()
    of_pairs = con.execute("SELECT count(*) + count(partner_organisation_id) FROM mart.opportunity").fetchall()[0][0]
    assert sum(row[2] for row in rows) == of_pairs
    alone = [row for row in rows if row[2] == 1]
    assert alone and all(row[3:] == (1.0, 1.0, 1.0, True) for row in alone)
    for _, _, count, hhi, top, dependency, concentrated in rows:
        assert 1 / count - 1e-3 <= hhi <= top <= 1 and 0 <= dependency <= 1
        assert concentrated == (hhi > 0.25)


def test_without_a_partner_businesses_lack_what_it_alone_gives(con: Con) -> None:
    rows = con.execute(
        "SELECT partner_id, business_count, lacking_count, stranded_count, replaceable_share FROM mart.scenario ORDER BY ALL"
    ).fetchall()
    assert sum(row[1] for row in rows) == con.execute("SELECT count(*) FROM mart.opportunity").fetchall()[0][0]
    for partner, businesses, lacking, stranded, replaceable in rows:
        assert stranded <= lacking <= businesses and replaceable == round((businesses - lacking) / businesses, 4)
        left = con.execute(
            "SELECT count(*) FROM mart.opportunity o WHERE coalesce(partner_organisation_id, partner_programme_id) = $partner "
            "AND NOT EXISTS (FROM mart.opportunity x WHERE x.business_id = o.business_id AND x.scope = o.scope "
            "AND x.region_id = o.region_id AND x.opportunity_id <> o.opportunity_id)",
            {"partner": partner},
        ).fetchall()[0][0]
        assert stranded == left


# --- the tools analysts have ------------------------------------------------------------------------------------------


def test_the_command_line_of_another_version_reads_views_and_macros(published_database: Path) -> None:
    client = Path(sysconfig.get_path("scripts")) / "duckdb"
    sources = [*(view.name for view in VIEWS), *CALLS.values()]
    queries = [f"SELECT '{view.split('(')[0]}' AS source, count(*) AS n FROM {view}" for view in sources]
    version = "SELECT 'version' AS source, version() AS n"
    command = [client, "-readonly", "-csv", "-noheader", published_database, "-c", ";".join([version, *queries])]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    found = dict(csv.reader(io.StringIO(printed)))
    assert found.pop("version") != f"v{duckdb.__version__}", "the two are one version; this test then shows less"
    with duckdb.connect(str(published_database), read_only=True) as con:
        assert found == {s.split("(")[0]: str(con.execute(f"SELECT count(*) FROM {s}").fetchall()[0][0]) for s in sources}


def test_pandas_and_polars_take_rows_and_lists(con: Con) -> None:
    query = "SELECT opportunity_id, score, risk_flags, first_seen FROM mart.opportunity ORDER BY opportunity_id"
    frame, other = con.sql(query).df(), con.sql(query).pl()
    assert list(frame.columns) == list(other.columns) and len(frame) == len(other) == 5
    assert list(frame["risk_flags"][0]) == other["risk_flags"][0].to_list() == ["size_imbalance", "+late"]
    assert frame["score"].tolist() == other["score"].to_list()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Ibis 12.0 with DuckDB 2.0 and pandas 3
def test_ibis_reads_tables_and_views(published_database: Path) -> None:
    import ibis

    con = ibis.duckdb.connect(str(published_database), read_only=True)
    pairs = con.table("opportunity", database="mart")
    best = pairs.filter(pairs.rank_in_region <= 1).order_by("region_id").select("business_id").to_pandas()
    assert best["business_id"].tolist() == ["org_cafe", "org_bakery"]
    assert con.table("network_node", database="mart").count().execute() > 0
    con.disconnect()
