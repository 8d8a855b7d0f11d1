"""The knowledge of trade: consistent, without rivals, seen alike from both sides, and sensible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files

import duckdb
import pytest

from assets.organisations.reference import rows
from assets.ranking import ontology, trade
from warehouse import parquet

INDUSTRY = {r["activity_id"]: r["industry_id"] for r in rows("sources.reference", "activities.csv") if r["side"] == "business"}
#: The two criteria that know only kinds, in the proportion of the shipped weights; what is not known is left out of the mean.
SCORE = "(fit_exchange * 0.35 + coalesce(fit_cause * 0.2, 0)) / (0.35 + 0.2 * (fit_cause IS NOT NULL)::INTEGER)"


def _score(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    for name in names:
        con.execute(files("assets.opportunities").joinpath(name).read_text("utf-8"))


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """The knowledge of trade and both fits of kinds; only to be read."""
    with parquet.connect() as con:
        ontology.as_tables(con)
        trade.as_tables(con)
        _score(con, "affinity.sql", "trade.sql")
        yield con


@pytest.fixture(scope="module")
def partners(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Kinds of partner of every kind of business, best first."""
    found = con.execute(
        f"SELECT business_activity_id, list(partner_activity_id ORDER BY round({SCORE}, 4) DESC, partner_activity_id) "
        "FROM trade_affinity GROUP BY 1"
    )
    return dict(found.fetchall())


# --- the file -------------------------------------------------------------------------------------------------------


def test_the_shipped_file_is_consistent_and_covers_every_kind() -> None:
    shipped = trade.load()
    assert shipped.problems() == []
    assert set(shipped.businesses) == set(INDUSTRY)


def test_nothing_is_written_in_vain() -> None:
    shipped = trade.load()
    entries = shipped.businesses.values()
    supplied = {g for e in entries for g in e.supplies}
    bought = {g for e in entries for g in e.buys} | set(shipped.any.buys)
    served = [c for e in entries for c in e.customers]
    assert supplied == bought == set(shipped.goods)
    assert {c for c in shipped.customers if served.count(c) < 2} == set()
    assert {g.family for g in shipped.goods.values()} | {"introductions"} == set(shipped.families)


def test_the_words_of_what_is_offered_hold_from_both_sides() -> None:
    """They follow both “could offer” and “would get”, so “its” would mean now one firm, now the other."""
    shipped = trade.load()
    said = [words for e in shipped.businesses.values() for _, words in e.supplies.values()] + [
        g.name for g in shipped.goods.values()
    ]
    assert [words for words in said if "its" in words.split()] == []


def test_families_speak_the_ontology_s_words() -> None:
    known = ontology.load().resources.values()
    for family in trade.load().families.values():
        assert family.area in {r.area for r in known}
        assert set(family.benefits) <= {b for r in known for b in r.benefits}
        assert set(family.measures) <= {m for r in known for m in r.measures}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t["businesses"].pop("bakery"), "bakery has no entry"),
        (lambda t: t["businesses"].update(wizard={}), "businesses names 'wizard', which is no kind of business"),
        (lambda t: t["rivals"].update(more=["wizard", "bakery"]), "rivals.more names 'wizard'"),
        (lambda t: t["minds"].update(noise=["bakery"]), "minds names 'noise', which is no brake"),
        (lambda t: t["any"]["buys"].update(spells=0.2), "any buys 'spells', which is not defined"),
        (lambda t: t["goods"]["bread"].update(family="magic"), "of family 'magic', which is not defined"),
        (lambda t: t["businesses"]["bakery"]["supplies"].update(spells=0.2), "bakery uses 'spells', which is not defined"),
        (lambda t: t["businesses"]["bakery"]["customers"].update(elves=0.2), "bakery serves 'elves', which is not defined"),
        (lambda t: t["businesses"]["bakery"]["buys"].update(bread=0.2), "bakery buys 'bread', which it sells"),
        (lambda t: t["businesses"].update(pawnbroker={"buys": {"bread": 0.2}}), "pawnbroker is put forward to nobody"),
    ],
    ids=["missing kind", "unknown kind", "rival", "brake", "any", "family", "good", "customers", "core trade", "braked kind"],
)
def test_an_inconsistency_is_named(change: Callable[[dict], object], complaint: str) -> None:  # type: ignore[type-arg]
    changed = trade.load().model_dump()
    change(changed)
    assert [p for p in trade.Trade.model_validate(changed).problems() if complaint in p]


# --- the fit of kinds -----------------------------------------------------------------------------------------------


def test_it_has_the_columns_of_affinity(con: duckdb.DuckDBPyConnection) -> None:
    columns = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
    assert con.execute(columns, ["trade_affinity"]).fetchall() == con.execute(columns, ["affinity"]).fetchall()


def test_its_values_are_shares_on_the_level_of_affinity(con: duckdb.DuckDBPyConnection) -> None:
    levels = {}
    for table in ("affinity", "trade_affinity"):
        pairs, distinct, lowest, highest, middle, low_cause, high_cause = con.execute(
            "SELECT count(*), count(DISTINCT (business_activity_id, partner_activity_id)), min(fit_exchange), max(fit_exchange), "
            f"median(fit_exchange), min(fit_cause), max(fit_cause) FROM {table}"
        ).fetchall()[0]
        assert pairs == distinct > 1_000
        assert 0 < lowest < highest == 1
        assert 0 <= low_cause < high_cause <= 1
        levels[table] = middle
    assert levels["trade_affinity"] == pytest.approx(levels["affinity"], abs=0.1)


def test_everything_named_is_known(con: duckdb.DuckDBPyConnection) -> None:
    unknown = con.execute(
        "SELECT count(*) FROM trade_affinity a LEFT JOIN trade_resource g ON g.resource_id = a.give_resource_id "
        "LEFT JOIN trade_resource h ON h.resource_id = a.get_resource_id LEFT JOIN trade_cause c USING (cause_id) "
        "WHERE g.resource_id IS NULL OR h.resource_id IS NULL OR (a.cause_id IS NOT NULL AND c.cause_id IS NULL) "
        "OR a.give = '' OR a.why = '' OR a.get = '' OR a.give IS NULL OR a.why IS NULL OR a.get IS NULL"
    )
    assert unknown.fetchall() == [(0,)]
    # Both kinds of resource can stand in one table.
    assert con.execute("SELECT count(*) FROM resource JOIN trade_resource USING (resource_id)").fetchall() == [(0,)]


def test_no_rivals_nobody_of_the_same_industry_and_nobody_with_a_brake_between_them(partners: dict[str, list[str]]) -> None:
    shipped = trade.load()
    brakes = {kind: set(entry.brakes) for kind, entry in ontology.load().businesses.items()}
    for business, kinds in partners.items():
        for partner in kinds:
            assert INDUSTRY[business] != INDUSTRY[partner], (business, partner)
            assert not [name for name, group in shipped.rivals.items() if {business, partner} <= set(group)], (business, partner)
            for one, other in ((business, partner), (partner, business)):
                assert not [b for b in brakes[one] if other in shipped.minds.get(b, [])], (business, partner)


def test_nobody_buys_what_it_sells_itself(con: duckdb.DuckDBPyConnection) -> None:
    shipped = trade.load()
    for kind, got in con.execute("SELECT DISTINCT business_activity_id, get_resource_id FROM trade_affinity").fetchall():
        assert got.removeprefix("trade:") not in shipped.businesses[kind].supplies, (kind, got)


def test_each_sees_the_other(con: duckdb.DuckDBPyConnection) -> None:
    one_sided = con.execute(
        "SELECT count(*) FROM trade_affinity a ANTI JOIN trade_affinity b "
        "ON b.business_activity_id = a.partner_activity_id AND b.partner_activity_id = a.business_activity_id "
        "AND b.give_resource_id = a.get_resource_id AND b.g = a.h AND b.h = a.g"
    )
    assert one_sided.fetchall() == [(0,)]


def test_what_everybody_buys_carries_no_match(con: duckdb.DuckDBPyConnection, partners: dict[str, list[str]]) -> None:
    assert con.execute("SELECT count(*) FROM trade_affinity WHERE give_common").fetchall() == [(0,)]
    # A florist keeps books like everyone else; that is no reason to ring this one rather than the next.
    assert "florist" not in partners["accountant"]


def test_a_supplier_and_its_buyer_are_not_marked_down_for_having_other_customers(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute(
        "SELECT fit_cause FROM trade_affinity WHERE business_activity_id = 'laundry' AND partner_activity_id = 'nursing_home'"
    ).fetchall() == [(None,)]


def test_order_and_threads_change_nothing() -> None:
    """As `affinity`: the same bits whatever the order of the rows."""
    results = []
    for threads, order in ((1, "ORDER BY ALL"), (2, "ORDER BY ALL DESC")):
        with parquet.connect() as con:
            con.execute(f"SET threads = {threads}")
            trade.as_tables(con)
            for table in ("trade_supply", "trade_buy", "trade_customer", "trade_apart"):
                con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {table} {order}")
            _score(con, "trade.sql")
            results.append(con.execute("SELECT * FROM trade_affinity ORDER BY 1, 2").fetchall())
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "business",
    [
        "tobacco_shop",
        "gun_dealer",
        "pawnbroker",
        "high_cost_lender",
        "debt_collector",
        "bail_bonds",
        "betting_shop",
        "other_business",
    ],
)
def test_this_business_is_put_forward_to_nobody_and_nobody_to_it(business: str, partners: dict[str, list[str]]) -> None:
    assert business not in partners
    assert not [b for b, kinds in partners.items() if business in kinds]


# --- judgement ------------------------------------------------------------------------------------------------------

#: A business and a kind of partner that must be among its ten best; written from general knowledge of the trades.
SENSIBLE = [
    ("bakery", "cafe"),
    ("butcher", "restaurant"),
    ("farm", "restaurant"),
    ("florist", "funeral_home"),
    ("florist", "photographer"),
    ("photographer", "real_estate_agency"),
    ("laundry", "hotel"),
    ("builder", "architect"),
    ("interior_designer", "woodworker"),
    ("landscaper", "garden_centre"),
    ("mortgage_lender", "real_estate_agency"),
    ("storage_company", "real_estate_agency"),
    ("accountant", "law_firm"),
    ("hair_salon", "beauty_supplier"),
    ("haulier", "tyre_shop"),
    ("courier", "online_shop"),
    ("recycler", "manufacturer"),
    ("cleaning_company", "janitorial_supplier"),
    ("toy_shop", "childcare"),
    ("sports_shop", "fitness_centre"),
    ("theatre", "restaurant"),
    ("drinks_maker", "bar"),
    ("print_shop", "event_promoter"),
    ("food_maker", "packaging_maker"),
    ("craft_maker", "clothing_shop"),
]


@pytest.mark.parametrize(("business", "partner"), SENSIBLE, ids=[f"{b}-{p}" for b, p in SENSIBLE])
def test_a_sensible_partner_is_among_the_ten_best_kinds(business: str, partner: str, partners: dict[str, list[str]]) -> None:
    assert partner in partners[business][:10]


@pytest.mark.parametrize(
    ("business", "partner"),
    [
        ("restaurant", "caterer"),  # one industry
        ("bar", "liquor_store"),
        ("clothing_shop", "second_hand_shop"),
        ("hardware_shop", "building_supplier"),
        ("print_shop", "screen_printer"),
        ("law_firm", "title_company"),
        ("fuel_station", "convenience_store"),
        ("fitness_centre", "dance_school"),
        ("bar", "childcare"),  # a brake
        ("tattoo_studio", "dance_school"),
    ],
)
def test_these_two_never_meet(business: str, partner: str, partners: dict[str, list[str]]) -> None:
    assert partner not in partners[business]
    assert business not in partners[partner]


#: Pairs of firms named in the requirements, as kinds: a business and the kinds that stand for its partner. Not those for which we have
#: no kind (bloggers, payment firms), nor those of one industry.
NAMED = [
    ("bakery", {"software_company", "courier"}),
    ("bakery", {"drinks_maker"}),
    ("accountant", {"software_company"}),
    ("accountant", {"it_services", "software_company"}),
    ("manufacturer", {"software_company"}),
    ("manufacturer", {"energy_supplier", "solar_installer"}),
    ("manufacturer", {"haulier"}),
    ("haulier", {"software_company"}),
    ("haulier", {"general_shop", "furniture_shop", "online_shop", "wholesaler"}),
    ("online_shop", {"software_company", "data_processor"}),
    ("department_store", {"data_processor"}),
    ("general_shop", {"software_company"}),
    ("general_shop", {"farm"}),
    ("restaurant", {"courier"}),
    ("restaurant", {"farm"}),
    ("clothing_shop", {"recycler"}),
    ("clothing_shop", {"toy_shop"}),
    ("software_company", {"marketing_agency"}),
    ("software_company", {"manufacturer"}),
    ("fitness_centre", {"caterer", "food_maker"}),
    ("cafe", {"book_shop"}),
    ("book_shop", {"spa", "fitness_centre"}),
    ("marketing_agency", {"builder", "farm"}),
    ("marketing_agency", {"general_shop", "clothing_shop"}),
    ("food_maker", {"packaging_maker"}),
    ("food_maker", {"recycler"}),
    ("data_processor", {"for_profit_hospital", "doctor", "manufacturer", "department_store"}),
    ("cleaning_company", {"software_company"}),
]


def test_most_pairs_named_in_the_requirements_are_among_the_ten_best_kinds(partners: dict[str, list[str]]) -> None:
    found = [business for business, kinds in NAMED if kinds & set(partners[business][:10])]
    assert len(found) / len(NAMED) >= 0.6
