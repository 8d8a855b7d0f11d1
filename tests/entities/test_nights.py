"""Identity over many nights: what a published version hands to the next one, and thirty nights of change."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.entities.identity import Change, Registry, assign
from assets.entities.registry import PAST, hand_on, open_past, read_registry

FIRST = date(2026, 11, 21)


def rows(file: Path, sql: str) -> list[Any]:
    """Rows of a published version."""
    with duckdb.connect(str(file), read_only=True) as con:
        return con.execute(sql).fetchall()


# --- through the stage -----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def nights(settle: Callable[..., Any], publish: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Four nights in a small town, each built on the one before: (what the stage made, its warehouse file)."""
    mill, cafe, inn = {"name": "OTTER MILL"}, {"name": "WREN CAFE"}, {"name": "LARK INN"}
    person = {"name": "JOHN Q SMITH", "is_natural_person": True, "street": "1 KILN LN"}
    towns: list[tuple[dict[str, dict[str, Any]], list[str]]] = [
        ({"town:0": mill, "town:1": mill, "town:2": cafe, "town:3": inn, "town:5": person}, ["town:0", "town:1"]),
        # The inn and the person go, a deli comes, and the café is taken for the mill.
        ({"town:0": mill, "town:1": mill, "town:2": cafe, "town:4": {"name": "MOSS DELI"}}, ["town:0", "town:1", "town:2"]),
        # The deli goes while nothing else happens.
        ({"town:0": mill, "town:1": mill, "town:2": cafe}, ["town:0", "town:1", "town:2"]),
        # The inn is back, and the café stands alone again.
        ({"town:0": mill, "town:1": mill, "town:2": cafe, "town:3": inn}, ["town:0", "town:1"]),
    ]
    made: list[Any] = []
    for number, (town, one_body) in enumerate(towns):
        folder = tmp_path_factory.mktemp(f"night{number}")
        found = settle(town, [one_body], folder, made[-1][1] if made else None, FIRST + timedelta(days=number))
        made.append((found, publish(found)))
    return made


def test_an_id_lives_as_long_as_its_records_and_comes_back_with_them(nights: list[Any]) -> None:
    first, second, _, fourth = (found.owner for found, _ in nights)
    assert second["town:0"] == second["town:1"] == second["town:2"] == first["town:1"]
    assert {record: fourth[record] for record in ("town:1", "town:2", "town:3")} == {
        record: first[record] for record in ("town:1", "town:2", "town:3")
    }


def test_every_night_adds_its_changes_to_one_list(nights: list[Any]) -> None:
    owner = nights[0][0].owner
    mill, cafe, inn, person = (owner[f"town:{n}"] for n in (1, 2, 3, 5))
    deli = nights[1][0].owner["town:4"]
    days = [FIRST + timedelta(days=n) for n in range(4)]
    told = [
        *((day, "added", None, id_) for day, id_ in ((days[0], x) for x in sorted((mill, cafe, inn, person)))),
        *((days[1], "removed", gone, None) for gone in sorted((inn, person))),
        (days[1], "merged", cafe, mill),
        (days[1], "added", None, deli),
        (days[2], "removed", deli, None),
        *sorted([(days[3], "returned", mill, cafe), (days[3], "returned", None, inn)], key=lambda row: row[2] or ""),
    ]
    changes = nights[-1][0].rows("identity_changelog")
    assert [(c["changed_on"], c["change_kind"], c["old_id"], c["new_id"]) for c in changes] == told
    assert [c["change_number"] for c in changes] == list(range(1, len(told) + 1))


def test_an_id_that_lives_no_longer_stays_behind_and_says_what_became_of_it(nights: list[Any]) -> None:
    owner = nights[0][0].owner
    left = {row["organisation_id"]: row for row in nights[2][0].rows("organisation") if row["record_count"] == 0}
    assert {row["name"] for row in left.values()} == {"WREN CAFE", "LARK INN", "MOSS DELI", "(no longer listed)"}
    cafe, inn, person = left[owner["town:2"]], left[owner["town:3"]], left[owner["town:5"]]
    assert (cafe["merged_into"], cafe["partner_exclusion"]) == (owner["town:1"], "merged")
    assert (inn["merged_into"], inn["partner_exclusion"], inn["last_seen"]) == (None, "no_longer_listed", FIRST)
    assert not any(row["region_id"] or row["street"] or row["postcode"] or row["website"] for row in left.values())
    assert (person["display_name"], person["is_natural_person"], person["other_names"]) == ("(no longer listed)", True, [])


def test_one_statement_follows_any_id_ever_issued(nights: list[Any]) -> None:
    owner = nights[0][0].owner
    found = rows(nights[2][1], "SELECT issued_id, organisation_id, standing FROM core.organisation_id_now")
    standing = {id_: (now, what) for id_, now, what in found}
    assert standing[owner["town:1"]] == (owner["town:1"], "living")
    assert standing[owner["town:2"]] == (owner["town:1"], "merged")
    assert standing[owner["town:3"]] == (None, "no_longer_listed")
    assert len(standing) == 5


def test_first_and_last_days_last(nights: list[Any]) -> None:
    days = {row["name"]: (row["first_seen"], row["last_seen"]) for row in nights[-1][0].rows("organisation")}
    assert days["LARK INN"] == (FIRST, FIRST + timedelta(days=3))
    assert days["MOSS DELI"] == (FIRST + timedelta(days=1), FIRST + timedelta(days=1))
    assert days["(no longer listed)"] == (FIRST, FIRST)


def test_nothing_published_yet_is_an_empty_registry() -> None:
    with duckdb.connect() as con:
        open_past(con, None)
        assert read_registry(con) == Registry({}, {})


def test_a_version_from_before_there_was_a_memory_keeps_its_ids_and_leaves_its_changelog(
    nights: list[Any], tmp_path: Path
) -> None:
    old = tmp_path / "old.duckdb"
    with duckdb.connect(str(old)) as con:
        con.execute(f"ATTACH '{nights[0][1]}' AS new (READ_ONLY)")
        con.execute("CREATE SCHEMA core")
        for name in ("organisation", "bridge", "identity_changelog"):
            con.execute(f"CREATE TABLE core.{name} AS FROM new.core.{name}")
    with duckdb.connect() as con:
        open_past(con, old)
        assert read_registry(con).bridge == nights[0][0].owner
        assert con.execute("SELECT count(*) FROM past_changelog").fetchall() == [(0,)]


# --- thirty nights ---------------------------------------------------------------------------------------------------
NIGHTS, BODIES = 30, 400


@dataclass
class Registers:
    """What the registers say of bodies that are nobody's secret here: record -> body, changed a little every night."""

    chance: random.Random
    listed: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    next_number: int = 0

    def record(self, body: str | None = None) -> None:
        """A new record, of a new body unless one is named."""
        self.next_number += 1
        self.listed[f"r{self.next_number:06d}"] = body or f"body {self.next_number}"

    def night(self) -> None:
        """Records come, go, return and are corrected; bodies appear, end, merge and split. About one record in ten has a share."""
        for _ in range(8):
            self.record()
            self.record(self.chance.choice(sorted(set(self.listed.values()))))
        for record in self.chance.sample(sorted(self.listed), 12):
            self.gone[record] = self.listed.pop(record)
        for record in self.chance.sample(sorted(self.gone), len(self.gone) // 3):
            self.listed[record] = self.gone.pop(record)
        bodies = sorted(set(self.listed.values()))
        for _ in range(3):
            one, other, third = self.chance.sample(bodies, 3)
            moved = self.chance.choice(sorted(self.listed))
            for record, body in list(self.listed.items()):
                if body == one:  # merged into another
                    self.listed[record] = other
                elif body == third and self.chance.random() < 0.5:  # half of it stands alone
                    self.listed[record] = f"{third}, part of night {self.next_number}"
            self.listed[moved] = other


@dataclass(frozen=True)
class Night:
    """One simulated night, and what came of it."""

    owner: dict[str, str]
    """record -> organisation."""
    groups: set[frozenset[str]]
    last_id: dict[str, str]
    """record -> organisation it belonged to when it was last listed before this night."""
    changes: list[Change]
    standing: dict[str, tuple[str | None, int]]
    """Every id in the table of organisations -> (merged_into, records)."""


LIVING = """
CREATE TABLE organisation AS
SELECT b.organisation_id, 'N' AS name, 'N' AS display_name, 'private' AS sector, false AS is_natural_person,
       count(*)::INTEGER AS record_count, NULL::VARCHAR AS merged_into, coalesce(min(p.first_seen), as_of()) AS first_seen,
       as_of() AS last_seen, []::VARCHAR[] AS sources, []::VARCHAR[] AS licences
FROM bridge b LEFT JOIN past_organisation p USING (organisation_id) GROUP BY ALL
"""


@pytest.fixture(scope="module")
def story() -> list[Night]:
    """The thirty nights, each reading what the one before handed on."""
    chance = random.Random(7)
    registers = Registers(chance)
    for _ in range(BODIES):
        registers.record()
        for _ in range(chance.choice((0, 0, 1, 2, 4))):
            registers.record(f"body {registers.next_number}")
    with duckdb.connect(config={"threads": 1}) as con:
        return list(_live(con, registers, chance))


def _live(con: duckdb.DuckDBPyConnection, registers: Registers, chance: random.Random) -> Iterator[Night]:
    open_past(con, None)
    last_id: dict[str, str] = {}
    for number in range(NIGHTS):
        listed = chance.sample(sorted(registers.listed.items()), len(registers.listed))
        registry = read_registry(con)
        ids, changes = assign(dict(listed), {}, registry)
        again, changes_again = assign(dict(sorted(listed)), {}, registry)
        assert (again, changes_again) == (ids, changes), "input order changes nothing"
        owner = {record: ids[body] for record, body in listed}
        con.execute(f"CREATE OR REPLACE MACRO as_of() AS DATE '{FIRST + timedelta(days=number)}'")
        con.execute("CREATE TABLE bridge AS SELECT unnest($r) AS record_id, unnest($o) AS organisation_id",
                    {"r": list(owner), "o": list(owner.values())})  # fmt: skip
        con.execute(LIVING)
        hand_on(con, changes, set(ids.values()))
        con.execute("INSERT INTO organisation BY NAME SELECT * EXCLUDE (other_names, location_precision, activity_basis, status, "
                    "size_band, partner_exclusion, stale_days) FROM tombstone")  # fmt: skip
        found = con.execute("SELECT organisation_id, merged_into, record_count FROM organisation").fetchall()
        groups: dict[str, set[str]] = defaultdict(set)
        for record, id_ in owner.items():
            groups[id_].add(record)
        yield Night(owner, {frozenset(g) for g in groups.values()}, dict(last_id), changes, {i: (m, n) for i, m, n in found})
        last_id |= owner
        for here, name in PAST.items():
            con.execute(f"DROP {'VIEW' if number == 0 else 'TABLE'} {here}")
            con.execute(f"ALTER TABLE {name.split('.')[1]} RENAME TO {here}")
        con.execute("DROP TABLE tombstone")
        registers.night()


def test_no_record_changes_its_id_without_a_word(story: list[Night]) -> None:
    silent, changed = [], 0
    for night in story:
        told = {(c.old_id, c.new_id) for c in night.changes}
        for record, id_ in night.owner.items():
            before = night.last_id.get(record)
            if before not in (None, id_):
                changed += 1
                silent += [(record, before, id_)] if (before, id_) not in told else []
    assert silent == []
    assert changed > 150, "the nights were busy"


def test_every_id_that_begins_or_ends_is_told(story: list[Night]) -> None:
    kinds = {c.kind for night in story for c in night.changes}
    assert kinds == {"added", "removed", "merged", "moved", "split", "returned"}
    before: set[str] = set()
    for night in story:
        living = set(night.owner.values())
        assert living - before == {c.new_id for c in night.changes if c.kind in ("added", "split", "returned")}
        assert before - living <= {c.old_id for c in night.changes if c.kind in ("removed", "merged")}
        before = living


def test_bodies_that_do_not_change_keep_their_ids(story: list[Night]) -> None:
    same = kept = 0
    for before, night in pairwise(story):
        for group in before.groups & night.groups:
            record = min(group)
            same += 1
            kept += before.owner[record] == night.owner[record]
    assert same > NIGHTS * BODIES // 2
    assert kept / same >= 0.999


def test_every_id_ever_issued_leads_to_a_living_one_or_is_no_longer_listed(story: list[Night]) -> None:
    issued: set[str] = set()
    for night in story:
        issued |= set(night.owner.values())
        assert set(night.standing) == issued
        for heir, count in night.standing.values():
            assert heir is None or (count == 0 and night.standing[heir][1] > 0)
    ended = {heir for heir, count in story[-1].standing.values() if count == 0}
    assert len(ended) > 10, "some were merged, some are gone"


def test_an_id_is_never_given_to_another_body(story: list[Night]) -> None:
    had: dict[str, set[str]] = defaultdict(set)
    for night in story:
        for id_ in {c.new_id for c in night.changes if c.kind in ("added", "split")}:
            assert id_ not in had, "minted twice"
        for id_ in {c.new_id for c in night.changes if c.kind == "returned"}:
            assert had[id_ or ""] & {record for record, owner in night.owner.items() if owner == id_}
        for record, id_ in night.owner.items():
            had[id_].add(record)


def test_a_body_that_returns_as_it_was_has_its_old_id(story: list[Night]) -> None:
    gone: dict[frozenset[str], str] = {}
    returned = 0
    for before, night in pairwise(story):
        ended = {c.old_id for c in night.changes if c.kind == "removed"}
        gone |= {group: before.owner[min(group)] for group in before.groups if before.owner[min(group)] in ended}
        for group in night.groups & set(gone):
            assert night.owner[min(group)] == gone.pop(group)
            returned += 1
    assert returned > 10
