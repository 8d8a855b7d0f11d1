"""What became of every opportunity, and why: one small world on two nights, one difference at a time."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from assets.opportunities import changes
from assets.opportunities.changes import COMPARED, RANKED_WITH, RankedWith, write_changes
from warehouse import build
from warehouse.columns import CHANGE_CAUSES, COLUMNS, CRITERIA
from warehouse.tables import BY_NAME, BY_SHORT

Row = dict[str, Any]
World = dict[str, list[Row]]

FIRST = date(2026, 11, 21)
SECOND = FIRST + timedelta(days=1)
SETTINGS = {"weights": {"place": 0.15}, "lists": {"per_business": 10}}
YESTERDAY = RankedWith("a", SETTINGS, [])
SHORTS = [BY_NAME[name].short for name in COMPARED]
#: What `mart.opportunity_change` tells first.
TOLD = ("opportunity_id", "change", "change_cause", "side", "changed_fields", "changed_record_id")


@dataclass
class Night:
    """A night: its tables, and what else its ranking followed from."""

    world: World
    code: str = "a"
    settings: dict[str, Any] = field(default_factory=lambda: dict(SETTINGS))
    told: list[tuple[str, str, str | None]] = field(default_factory=list)

    def row(self, short: str, id_: str) -> Row:
        """The row with that key."""
        (key,) = BY_SHORT[short].key
        return next(row for row in self.world[short] if row[key] == id_)

    def change(self, short: str, id_: str, **values: Any) -> None:
        """Other values in the row with that key."""
        self.row(short, id_).update(values)

    def drop(self, short: str, id_: str) -> None:
        """The row with that key is gone."""
        self.world[short].remove(self.row(short, id_))

    def add(self, short: str, like: str, **values: Any) -> None:
        """A row like the one with that key."""
        self.world[short].append(copy.deepcopy(self.row(short, like)) | values)

    def score(self, *ids: str, **sub_scores: float) -> None:
        """Other sub-scores of those opportunities, and with them another score."""
        for id_ in ids:
            self.change("opportunity", id_, score=self.row("opportunity", id_)["score"] - 0.05, **sub_scores)

    def bury(self, id_: str, heir: str | None = None) -> None:
        """An organisation lives no longer; its records are the heir's, or gone."""
        exclusion = "merged" if heir else "no_longer_listed"
        self.change("organisation", id_, record_count=0, merged_into=heir, partner_exclusion=exclusion, status="inactive")
        for link in [link for link in self.world["bridge"] if link["organisation_id"] == id_]:
            if heir:
                link["organisation_id"] = heir
            else:
                self.world["bridge"].remove(link)


def nothing(_: Night) -> None:
    """The same again."""


def noise(n: Night) -> None:
    n.change("opportunity", "opp_1", score=n.row("opportunity", "opp_1")["score"] - 0.009, rank_in_region=10, rank_for_business=3)
    n.change("organisation", "org_bakery", size_band="medium", last_seen=SECOND)


def a_business_opens(n: Night) -> None:
    n.add("organisation", "org_bakery", organisation_id="org_new")
    n.world["bridge"].append({"record_id": "little_rock:99", "organisation_id": "org_new"})
    n.add("opportunity", "opp_1", opportunity_id="opp_new", business_id="org_new")


def a_charity_closes(n: Night) -> None:
    n.bury("org_library")
    n.drop("opportunity", "opp_2")


def a_charity_turns_out_a_league(n: Night) -> None:
    n.change("organisation", "org_library", partner_exclusion="business_league", name="LIBRARY LEAGUE")
    n.drop("opportunity", "opp_2")


def a_charity_grows(n: Night) -> None:
    n.change("organisation", "org_foodbank", size_band="large", income_amount=20_000_000)
    n.score("opp_1", "opp_4", capacity=0.7)


def a_kind_is_doubted(n: Night) -> None:
    n.change("organisation", "org_foodbank", activity_confidence=0.8)
    n.score("opp_1", fit_cause=0.2)


def a_second_record_tells_more(n: Night) -> None:
    n.world["bridge"].append({"record_id": "irs:7", "organisation_id": "org_library"})
    n.change("organisation", "org_library", size_band="medium")
    n.score("opp_2", capacity=0.2)


def two_are_merged(n: Night) -> None:
    n.bury("org_bakery", heir="org_roofer")
    n.drop("opportunity", "opp_1")  # the heir has one with the foodbank already
    n.change("opportunity", "opp_2", opportunity_id="opp_heir", business_id="org_roofer")
    n.drop("opportunity", "opp_3")


def one_is_split(n: Night) -> None:
    n.add("organisation", "org_foodbank", organisation_id="org_part")
    next(link for link in n.world["bridge"] if link["record_id"] == "little_rock:11")["organisation_id"] = "org_part"
    n.add("opportunity", "opp_2", opportunity_id="opp_part", partner_organisation_id="org_part")


def a_programme_closes(n: Night) -> None:
    n.change("programme", "sam:59.012", closes_on=FIRST, status="closed", partner_exclusion="closed")
    n.drop("opportunity", "opp_3")


def a_programme_is_dropped(n: Night) -> None:
    n.world["programme"][0]["programme_id"] = "sam:other"
    n.drop("opportunity", "opp_3")


def people_decline(n: Night) -> None:
    n.told = [("declined", "org_bakery", "org_library")]
    n.drop("opportunity", "opp_2")


def people_think_again(n: Night) -> None:
    n.told = []
    n.add("opportunity", "opp_1", opportunity_id="opp_new", partner_organisation_id="org_gone")


def people_have_a_goal(n: Night) -> None:
    n.told = [("goal", "org_bakery", "credibility")]
    n.score("opp_1", fit_exchange=0.95)


def people_know_of_a_partnership(n: Night) -> None:
    n.told = [("known", "org_cafe", "org_shelter")]
    n.drop("opportunity", "opp_5")
    n.score("opp_1", precedent=0.6)


def a_parent_is_told(n: Night) -> None:
    kin = {"relationship_id": "irs:kin", "relationship_kind": "parent"}
    sides = {"from_organisation_id": "org_library", "to_organisation_id": "org_bakery"}
    n.world["relationship"].append(n.world["relationship"][0] | kin | sides)
    n.drop("opportunity", "opp_2")


def weights_change(n: Night) -> None:
    n.settings["weights"] = {"place": 0.2}
    n.score("opp_1")
    n.change("organisation", "org_bakery", name="BAKERY OF THE COMMUNITY")  # not why


def code_changes(n: Night) -> None:
    n.code = "b"
    n.change("organisation", "org_library", activity_id="school")  # worked out anew, from the same words
    n.drop("opportunity", "opp_2")


def time_passes(n: Night) -> None:
    n.score("opp_1", readiness=0.4)


def others_come_before(n: Night) -> None:
    n.change("opportunity", "opp_1", rank_in_region=11)
    n.change("opportunity", "opp_3", rank_for_business=6)
    n.drop("opportunity", "opp_4")
    n.score("opp_5", precedent=0.3)


CASES: list[tuple[Callable[[Night], None], list[tuple[Any, ...]]]] = [
    (nothing, []),
    (noise, []),
    (a_business_opens, [("opp_new", "new", "new_record", "business", [], "little_rock:99")]),
    (a_charity_closes, [("opp_2", "gone", "record_gone", "partner", [], "little_rock:5")]),
    (
        a_charity_turns_out_a_league,
        [("opp_2", "gone", "changed_field", "partner", ["name", "partner_exclusion"], None)],
    ),
    (
        a_charity_grows,
        [(opp, "moved", "changed_field", "partner", ["income_amount", "size_band"], None) for opp in ("opp_1", "opp_4")],
    ),
    (a_kind_is_doubted, [("opp_1", "moved", "changed_field", "partner", ["activity_confidence"], None)]),
    (a_second_record_tells_more, [("opp_2", "moved", "new_record", "partner", ["size_band"], "irs:7")]),
    (
        two_are_merged,
        [
            ("opp_1", "gone", "merge_or_split", "business", [], "little_rock:1"),
            ("opp_3", "gone", "merge_or_split", "business", [], "little_rock:1"),
            ("opp_heir", "moved", "merge_or_split", "business", [], "little_rock:1"),
        ],
    ),
    (one_is_split, [("opp_part", "new", "merge_or_split", "partner", [], "little_rock:11")]),
    (a_programme_closes, [("opp_3", "gone", "deadline_passed", "partner", ["partner_exclusion"], "sam:59.012")]),
    (a_programme_is_dropped, [("opp_3", "gone", "record_gone", "partner", [], "sam:59.012")]),
    (people_decline, [("opp_2", "gone", "decided_by_people", None, [], None)]),
    (people_think_again, [("opp_new", "new", "decided_by_people", None, [], None)]),
    (people_have_a_goal, [("opp_1", "moved", "decided_by_people", None, ["fit_exchange"], None)]),
    (
        people_know_of_a_partnership,
        [
            ("opp_1", "moved", "decided_by_people", None, ["precedent"], None),
            ("opp_5", "gone", "decided_by_people", None, [], None),
        ],
    ),
    (a_parent_is_told, [("opp_2", "gone", "new_record", "both", [], "irs:kin")]),
    (weights_change, [("opp_1", "moved", "setting_change", None, ["weights"], None)]),
    (code_changes, [("opp_2", "gone", "code_change", None, [], None)]),
    (time_passes, [("opp_1", "moved", "time_passed", None, ["readiness"], None)]),
    (
        others_come_before,
        [
            ("opp_1", "moved", "displaced", None, [], None),
            ("opp_3", "moved", "displaced", None, [], None),
            ("opp_4", "gone", "displaced", None, [], None),
            ("opp_5", "moved", "displaced", None, ["precedent"], None),
        ],
    ),
]


def changes_of(
    home: Path, folders: Mapping[str, Path], published: Path | None, now: RankedWith, as_of: date = SECOND, keep_days: int = 400
) -> list[Row]:
    """Rows of the table, in order; `folders` say where each table of tonight lies, by short name."""
    tables = {name: folders[BY_NAME[name].short] / f"{BY_NAME[name].short}.parquet" for name in COMPARED}
    into = home / "opportunity_change.parquet"
    count = write_changes(tables, published, now, as_of=as_of, keep_days=keep_days, into=into)
    rows = pq.read_table(into).to_pylist()
    assert len(rows) == count
    return rows


@pytest.fixture
def world(_pristine: World) -> World:
    """The tables that are compared, free to change."""
    return {short: copy.deepcopy(_pristine[short]) for short in SHORTS}


@pytest.fixture
def tell(
    tmp_path: Path, _pristine: World, published_tables: Path, published_database: Path, write_tables: Callable[..., None]
) -> Callable[..., list[Row]]:
    """(tonight, …) -> rows of the table, in order; the fixture world's own row of the first night left out unless `all_rows`."""

    def go(
        night: Night, *, as_of: date = SECOND, keep_days: int = 400, published: Path | None = published_database,
        past: RankedWith | None = YESTERDAY, all_rows: bool = False,
    ) -> list[Row]:  # fmt: skip
        home = tmp_path / f"night-{len(list(tmp_path.iterdir()))}"
        home.mkdir()
        if published is not None:
            (home / build.DATABASE).symlink_to(published)
            if past is not None:
                past.write(home / RANKED_WITH)
        differing = [short for short in SHORTS if night.world[short] != _pristine[short]]
        write_tables(night.world, home, differing)
        folders = {short: home if short in differing else published_tables for short in SHORTS}
        now = RankedWith(night.code, night.settings, night.told)
        link = home / build.DATABASE if published is not None else None
        rows = changes_of(home, folders, link, now, as_of, keep_days)
        return rows if all_rows else [row for row in rows if row["opportunity_id"] != "opp_past"]

    return go


# --- every case in its own corner of one world ---------------------------------------------------------------------------

#: Ids, of one's own or of others: every case has its own bodies, so that all can stand in one world.
IDS = {
    name
    for name in COLUMNS
    if name in ("record_id", "merged_into") or name.endswith(("organisation_id", "opportunity_id", "programme_id"))
}
IDS |= {"business_id", "relationship_id"}


def corner(case: str, world: World) -> World:
    """The world with ids of that case."""
    return {
        short: [{k: f"{case}/{v}" if k in IDS and v is not None else v for k, v in row.items()} for row in rows]
        for short, rows in world.items()
    }


def spread(case: str, lines: list[tuple[str, str, str | None]]) -> list[tuple[str, str, str | None]]:
    """What people said, of the bodies of that case."""
    return [(what, f"{case}/{business}", partner and f"{case}/{partner}") for what, business, partner in lines]


def together(worlds: Iterable[World]) -> World:
    """One world of all."""
    listed = list(worlds)
    return {short: [row for world in listed for row in world[short]] for short in SHORTS}


@pytest.fixture(scope="module")
def told_of(
    _pristine: World, published_tables: Path, tmp_path_factory: pytest.TempPathFactory, write_tables: Callable[..., None]
) -> dict[str, list[Row]]:
    """Rows of the table by case. What changes nothing but its own corner is told in one night."""
    folder = tmp_path_factory.mktemp("corners")
    quiet = {short: _pristine[short] for short in SHORTS}
    nights = {differ.__name__: Night(copy.deepcopy(quiet)) for differ, _ in CASES}
    for differ, _ in CASES:
        differ(nights[differ.__name__])
    shutil.copytree(published_tables, folder / "tables")
    write_tables(together(corner(case, quiet) for case in nights), folder / "tables")
    published = build.build(folder / "tables", folder)
    said = spread("people_think_again", [("declined", "org_bakery", "org_gone")])
    RankedWith("a", SETTINGS, said).write(folder / RANKED_WITH)

    # A known partnership is a precedent for others too.
    alone = [
        [case] for case, night in nights.items()
        if (night.code, night.settings) != ("a", SETTINGS) or "known" in {what for what, _, _ in night.told}
    ]  # fmt: skip
    found: dict[str, list[Row]] = {case: [] for case in nights}
    for number, cases in enumerate([[case for case in nights if [case] not in alone], *alone]):
        home = folder / f"night-{number}"
        write_tables(together(corner(case, nights[case].world if case in cases else quiet) for case in nights), home)
        told = [line for case in cases for line in spread(case, nights[case].told)]
        told += [] if "people_think_again" in cases else said
        now = RankedWith(nights[cases[0]].code, nights[cases[0]].settings, told)
        for row in changes_of(home, dict.fromkeys(SHORTS, home), published, now):
            if row["opportunity_id"] != "opp_past":
                found[row["opportunity_id"].split("/")[0]].append(row)
    return found


@pytest.mark.parametrize(("differ", "expected"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_one_difference_and_the_change_it_causes(
    differ: Callable[[Night], None], expected: list[tuple[Any, ...]], told_of: dict[str, list[Row]]
) -> None:
    rows = told_of[differ.__name__]
    bare = [tuple(v.split("/", 1)[-1] if isinstance(v, str) else v for v in (row[name] for name in TOLD)) for row in rows]
    assert bare == expected
    assert all(row["changed_on"] == SECOND for row in rows)


def test_every_cause_has_a_case() -> None:
    assert {row[2] for _, rows in CASES for row in rows} == set(CHANGE_CAUSES) == set(COLUMNS["change_cause"].values)


def test_what_the_ranking_reads_are_columns() -> None:
    said, worked_out = changes.ORGANISATION_SAID, changes.ORGANISATION_WORKED_OUT
    assert set(said + worked_out) <= set(BY_NAME["core.organisation"].columns)
    assert set(changes.PROGRAMME_SAID + changes.PROGRAMME_WORKED_OUT) <= set(BY_NAME["core.programme"].columns)
    assert set(CRITERIA) <= set(BY_NAME["mart.opportunity"].columns)
    # A column that the ranking reads and the feed does not compare would move scores without a cause.
    read = set(re.findall(r"[a-z_]+", files("assets.opportunities").joinpath("bodies.sql").read_text("utf-8")))
    assert read & set(BY_NAME["core.organisation"].columns) <= {*said, *worked_out, "organisation_id"}


def test_a_change_tells_what_was_and_what_is(world: World, tell: Callable[..., list[Row]]) -> None:
    night = Night(world)
    before = dict(night.row("opportunity", "opp_2"))
    two_are_merged(night)
    night.change("opportunity", "opp_heir", score=0.5, rank_in_region=2, rank_for_business=1)
    gone, _, moved = tell(night)
    assert (gone["score_after"], gone["rank_in_region_after"], gone["business_id"]) == (None, None, "org_bakery")
    assert (moved["old_opportunity_id"], moved["business_id"], moved["partner_name"]) == (
        "opp_2",
        "org_roofer",
        "Central Library",
    )
    assert (moved["score_before"], moved["score_after"]) == (before["score"], 0.5)
    assert (moved["rank_for_business_before"], moved["rank_for_business_after"]) == (before["rank_for_business"], 1)


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [(1, 10, False), (1, 11, True), (60, 50, True), (60, 51, False), (500, 599, False), (500, 600, True)],
)
def test_a_rank_moves_by_a_page_and_a_fifth(before: int, after: int, moved: bool, duck: duckdb.DuckDBPyConnection) -> None:
    script = changes._script()
    duck.execute("BEGIN")
    duck.execute(script[: script.index("CREATE MACRO has_moved")])
    assert duck.execute("SELECT rank_moved($1, $2)", [before, after]).fetchall() == [(moved,)]
    duck.execute("ROLLBACK")


def test_a_first_version_has_no_changes(world: World, tell: Callable[..., list[Row]]) -> None:
    assert tell(Night(world), published=None, all_rows=True) == []


def test_past_changes_are_handed_on_as_long_as_the_profile_says(world: World, tell: Callable[..., list[Row]]) -> None:
    night = Night(world)
    for days, kept in ((1, []), (2, ["opp_past"])):
        assert [row["opportunity_id"] for row in tell(night, keep_days=days, all_rows=True)] == kept


def test_a_past_night_run_again_hands_on_and_compares_nothing(world: World, tell: Callable[..., list[Row]]) -> None:
    night = Night(world)
    night.drop("opportunity", "opp_2")
    assert [row["opportunity_id"] for row in tell(night, as_of=FIRST - timedelta(days=5), all_rows=True)] == ["opp_past"]


def test_who_turns_out_to_be_a_person_is_forgotten(world: World, tell: Callable[..., list[Row]]) -> None:
    night = Night(world)
    night.change("organisation", "org_bakery", is_natural_person=True)
    night.world["opportunity"] = [row for row in night.world["opportunity"] if row["business_id"] != "org_bakery"]
    assert tell(night, all_rows=True) == []


def test_a_version_that_kept_nothing_is_of_other_code(world: World, tell: Callable[..., list[Row]]) -> None:
    night = Night(world, told=[("declined", "org_cafe", "org_shelter")])
    night.drop("opportunity", "opp_2")
    assert [row["change_cause"] for row in tell(night, past=None)] == ["code_change"]


def test_a_second_run_of_a_day_tells_the_day_as_one(
    world: World, _pristine: World, tell: Callable[..., list[Row]], tmp_path: Path, write_tables: Callable[..., None]
) -> None:
    """Three came about in the first run; of them the second undoes one, one goes further, one stays as it was."""
    first = Night(world)
    back = dict(first.row("opportunity", "opp_3"))
    first.score("opp_1", capacity=0.7)
    first.change("organisation", "org_foodbank", size_band="large")
    first.drop("opportunity", "opp_2")
    first.drop("opportunity", "opp_3")
    told = tell(first)
    assert [(row["opportunity_id"], row["change"]) for row in told] == [("opp_1", "moved"), ("opp_2", "gone"), ("opp_3", "gone")]

    run = [row | {"as_of": SECOND} for row in _pristine["run"]]
    write_tables(_pristine | first.world | {"opportunity_change": told, "run": run}, tmp_path / "first_run")
    published = build.build(tmp_path / "first_run", tmp_path / "first_version")
    assert tell(first, published=published) == told, "the same again changes nothing"

    second = Night(world, code="b")
    second.world["opportunity"].append(back)
    second.score("opp_1", fit_cause=0.1)
    further, as_it_was = tell(second, published=published)
    assert (further["opportunity_id"], further["change_cause"]) == ("opp_1", "code_change")
    assert further["score_before"] == told[0]["score_before"]
    assert further["score_after"] == pytest.approx(told[0]["score_after"] - 0.05)
    assert as_it_was == told[1]
