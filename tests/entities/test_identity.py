"""Ids that last: kept where records stay together, minted where they are new, and every change of an id told."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.entities.identity import Change, Registry, assign, follow, model_changed

#: The same examples every time, however slow the machine.
PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
RECORDS = [f"r{number}" for number in range(8)]
DAYS = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]

#: record -> old organisation; some records are new.
bridges = st.dictionaries(st.sampled_from(RECORDS), st.sampled_from(["org_a", "org_b", "org_c", "org_d"]))
#: record -> group it is in tonight; some records are gone.
groups = st.dictionaries(st.sampled_from(RECORDS), st.integers(0, 4), min_size=1)
seen = st.dictionaries(st.sampled_from(["org_a", "org_b", "org_c", "org_d"]), st.sampled_from(DAYS))
official = st.dictionaries(st.sampled_from(RECORDS), st.lists(st.sampled_from(["US-EIN-1", "US-EIN-2", "XI-ROR-1"]), max_size=2))


#: record -> organisations of earlier nights it may claim back.
formers = st.dictionaries(
    st.sampled_from(RECORDS), st.lists(st.sampled_from(["org_c", "org_d", "org_e"]), min_size=1, unique=True)
)


def clusters_of(grouping: dict[str, int]) -> dict[str, str]:
    """record -> smallest record of its group, as `cluster` gives it."""
    return {record: min(other for other in grouping if grouping[other] == group) for record, group in grouping.items()}


def registry(
    bridge: dict[str, str], first_seen: dict[str, date] | None = None, former: dict[str, list[str]] | None = None
) -> Registry:
    """What was last published."""
    known = former or {}
    issued = {*bridge.values(), *(old for ids in known.values() for old in ids)}
    return Registry(bridge, first_seen or dict.fromkeys(issued, DAYS[0]), known)


def last_id(before: Registry, record: str) -> str | None:
    """The organisation a record belonged to when it was last seen."""
    return before.bridge.get(record) or next(iter(before.former.get(record, ())), None)


def told(changes: list[Change]) -> list[tuple[str, str | None, str | None]]:
    """Changes without their reasons, sorted."""
    return sorted(((c.kind, c.old_id, c.new_id) for c in changes), key=str)


# --- properties ------------------------------------------------------------------------------------------------------
@PROPERTY
@given(bridges, groups, official, seen)
def test_every_cluster_has_an_id_of_its_own(
    bridge: dict[str, str], grouping: dict[str, int], identifiers: dict[str, list[str]], first_seen: dict[str, date]
) -> None:
    clusters = clusters_of(grouping)
    ids, _ = assign(clusters, identifiers, registry(bridge, first_seen))
    assert set(ids) == set(clusters.values())
    assert len(set(ids.values())) == len(ids)


@PROPERTY
@given(bridges, groups)
def test_an_organisation_with_the_same_records_keeps_its_id(bridge: dict[str, str], grouping: dict[str, int]) -> None:
    clusters = clusters_of(grouping)
    ids, _ = assign(clusters, {}, registry(bridge))
    for old in set(bridge.values()):
        before = {record for record, id_ in bridge.items() if id_ == old}
        keys = {clusters.get(record) for record in before}
        if len(keys) == 1 and {record for record, key in clusters.items() if key in keys} == before:
            assert ids[keys.pop() or ""] == old


@PROPERTY
@given(groups, official, st.integers(0, 2))
def test_a_night_without_change_changes_no_id(grouping: dict[str, int], identifiers: dict[str, list[str]], day: int) -> None:
    clusters = clusters_of(grouping)
    first, added = assign(clusters, identifiers, Registry({}, {}))
    bridge = {record: first[key] for record, key in clusters.items()}
    second, changes = assign(clusters, identifiers, registry(bridge, dict.fromkeys(bridge.values(), DAYS[day])))
    assert (second, changes) == (first, [])
    assert told(added) == sorted((("added", None, id_) for id_ in first.values()), key=str)


@PROPERTY
@given(bridges, groups, official, seen, formers, st.randoms(use_true_random=False))
def test_neither_input_order_nor_names_of_clusters_change_anything(
    bridge: dict[str, str],
    grouping: dict[str, int],
    identifiers: dict[str, list[str]],
    first_seen: dict[str, date],
    former: dict[str, list[str]],
    chance: random.Random,
) -> None:
    def turned(mapping: dict[str, Any]) -> dict[str, Any]:
        return dict(chance.sample(sorted(mapping.items()), len(mapping)))

    clusters = clusters_of(grouping)
    renamed = {record: f"cluster {9 - grouping[record]}" for record in grouping}
    backwards = {record: list(reversed(found)) for record, found in identifiers.items()}
    ids, changes = assign(clusters, identifiers, Registry(bridge, first_seen, former))
    other_ids, other_changes = assign(
        turned(renamed), turned(backwards), Registry(turned(bridge), turned(first_seen), turned(former))
    )
    assert other_changes == changes
    assert {record: other_ids[key] for record, key in renamed.items()} == {record: ids[key] for record, key in clusters.items()}


@PROPERTY
@given(bridges, groups, formers, seen)
def test_every_id_lives_or_its_end_is_told_and_every_new_id_is_announced(
    bridge: dict[str, str], grouping: dict[str, int], former: dict[str, list[str]], first_seen: dict[str, date]
) -> None:
    clusters = clusters_of(grouping)
    before = Registry(bridge, first_seen, former)
    ids, changes = assign(clusters, {}, before)
    living, old = set(ids.values()), set(bridge.values())
    ended = {c.old_id for c in changes if c.kind in ("merged", "removed")}
    assert old - living <= ended and not ended & living
    assert {c.new_id for c in changes if c.kind in ("split", "added", "returned")} == living - old
    for change in changes:
        heirs = {ids[clusters[r]] for r in clusters if last_id(before, r) == change.old_id}
        if change.kind in ("merged", "moved", "split") or (change.kind == "returned" and change.old_id):
            assert change.new_id in heirs
        if change.kind == "removed":
            assert (heirs, change.new_id) == (set(), None)
        assert change.reason


@PROPERTY
@given(bridges, groups, formers, official)
def test_no_record_changes_its_organisation_without_a_word(
    bridge: dict[str, str], grouping: dict[str, int], former: dict[str, list[str]], identifiers: dict[str, list[str]]
) -> None:
    clusters = clusters_of(grouping)
    before = registry(bridge, former=former)
    ids, changes = assign(clusters, identifiers, before)
    pairs = {(c.old_id, c.new_id) for c in changes}
    for record, key in clusters.items():
        assert last_id(before, record) in (None, ids[key]) or (last_id(before, record), ids[key]) in pairs


# --- cases -----------------------------------------------------------------------------------------------------------
def test_a_merge_keeps_the_id_with_more_records() -> None:
    ids, changes = assign(dict.fromkeys("abc", "a"), {}, registry({"a": "org_1", "b": "org_2", "c": "org_2"}))
    assert ids == {"a": "org_2"}
    assert told(changes) == [("merged", "org_1", "org_2")]


@pytest.mark.parametrize(
    ("first_seen", "kept"),
    [
        ({"org_1": DAYS[1], "org_2": DAYS[0]}, "org_2"),  # the older one
        ({"org_1": DAYS[0], "org_2": DAYS[0]}, "org_1"),  # then the smaller id
        ({"org_2": DAYS[2]}, "org_2"),  # one whose first day nobody knows comes last
    ],
)
def test_a_merge_of_equals_keeps_the_older_id(first_seen: dict[str, date], kept: str) -> None:
    ids, changes = assign({"a": "a", "b": "a"}, {}, Registry({"a": "org_1", "b": "org_2"}, first_seen))
    assert ids == {"a": kept}
    gone = "org_1" if kept == "org_2" else "org_2"
    assert told(changes) == [("merged", gone, kept)]


def test_a_split_leaves_the_id_with_the_larger_part_and_mints_one_for_the_rest() -> None:
    ids, changes = assign({"a": "a", "b": "b", "c": "b"}, {}, registry(dict.fromkeys("abc", "org_1")))
    assert ids["b"] == "org_1"
    assert told(changes) == [("split", "org_1", ids["a"])]


def test_both_parts_of_a_split_with_one_official_number_have_ids_of_their_own() -> None:
    identifiers = {"a": ["US-EIN-1"], "b": ["US-EIN-1"]}
    first, _ = assign({"a": "a", "b": "a"}, identifiers, Registry({}, {}))
    ids, changes = assign({"a": "a", "b": "b"}, identifiers, registry({"a": first["a"], "b": first["a"]}))
    assert ids["a"] == first["a"]
    assert ids["b"] != first["a"]
    assert told(changes) == [("split", first["a"], ids["b"])]


def test_an_organisation_whose_records_are_gone_is_told() -> None:
    ids, changes = assign({"b": "b"}, {}, registry({"a": "org_1", "b": "org_2"}))
    assert ids == {"b": "org_2"}
    assert told(changes) == [("removed", "org_1", None)]


def test_an_organisation_torn_apart_leads_to_one_heir_and_the_others_are_told() -> None:
    bridge = {"a": "org_1", "b": "org_1", "c": "org_2", "d": "org_2", "e": "org_3", "f": "org_3"}
    clusters = {"a": "a", "c": "a", "d": "a", "b": "b", "e": "b", "f": "b"}
    ids, changes = assign(clusters, {}, registry(bridge))
    assert ids == {"a": "org_2", "b": "org_3"}
    assert told(changes) == [("merged", "org_1", "org_2"), ("moved", "org_1", "org_3")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": ["US-EIN-1"]}, {"a": ["XI-ROR-9", "US-EIN-1"]}),  # the strongest number decides
        ({"a": ["US-EIN-1"]}, {"b": ["US-EIN-1"]}),  # whichever record brings it
        ({"a": ["ZZ-NEW-1"], "b": []}, {"b": ["ZZ-NEW-1"]}),
    ],
)
def test_an_id_is_minted_from_the_strongest_number_a_body_has(one: dict[str, list[str]], other: dict[str, list[str]]) -> None:
    clusters = {"a": "a", "b": "a"}
    assert assign(clusters, one, Registry({}, {}))[0] == assign(clusters, other, Registry({}, {}))[0]
    assert assign(clusters, one, Registry({}, {}))[0] != assign(clusters, {}, Registry({}, {}))[0]


def test_a_minted_id_has_the_form_every_table_expects() -> None:
    ids, _ = assign({"a": "a", "b": "b"}, {"a": ["US-EIN-1"]}, Registry({}, {}))
    assert all(len(id_) == 16 and id_.startswith("org_") and int(id_[4:], 16) >= 0 for id_ in ids.values())


# --- ids that come back ----------------------------------------------------------------------------------------------
#: what happens -> (bridge of last night, former ids, clusters of tonight, identifiers, ids of tonight, changes)
RETURNS: dict[str, tuple[dict[str, str], dict[str, list[str]], dict[str, str], dict[str, list[str]], dict[str, str], list[Any]]] = {
    "a record that was gone brings its organisation back": (
        {"b": "org_2"}, {"a": ["org_1"]}, {"a": "a", "b": "b"}, {}, {"a": "org_1", "b": "org_2"}, [("returned", None, "org_1")],
    ),
    "among the records of another body it merges into it": (
        {"b": "org_2"}, {"a": ["org_1"]}, {"a": "b", "b": "b"}, {}, {"b": "org_2"}, [("merged", "org_1", "org_2")],
    ),
    "those who were there last night come before those who were gone": (
        {"b": "org_1"}, {"a": ["org_1"], "c": ["org_1"]}, {"a": "a", "b": "b", "c": "a"}, {}, {"b": "org_1"},
        [("split", "org_1", "*")],
    ),
    "what was merged by mistake gets its own id back": (
        {"a": "org_2", "b": "org_2"}, {"a": ["org_1"]}, {"a": "a", "b": "b"}, {}, {"a": "org_1", "b": "org_2"},
        [("returned", "org_2", "org_1")],
    ),
    "a register that renumbers its rows keeps the ids its official numbers seeded": (
        {"old:1": "org_170917c7e3b8"}, {}, {"new:1": "new:1"}, {"new:1": ["US-EIN-1"]}, {"new:1": "org_170917c7e3b8"}, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RETURNS)
def test_an_id_comes_back_to_its_own(case: str) -> None:
    bridge, former, clusters, identifiers, expected, events = RETURNS[case]
    ids, changes = assign(clusters, identifiers, registry(bridge, former=former))
    assert {key: ids[key] for key in expected} == expected
    minted = set(ids.values()) - set(expected.values())
    assert told(changes) == [(kind, old, minted.pop() if new == "*" else new) for kind, old, new in events]


def test_a_body_that_led_somewhere_leads_there_still_when_one_of_its_records_turns_up_elsewhere() -> None:
    before = Registry({"b": "org_2", "c": "org_3"}, {}, {"a": ["org_1"]}, heirs={"org_1": "org_2"})
    _, changes = assign({"a": "c", "b": "b", "c": "c"}, {}, before)
    assert told(changes) == [("moved", "org_1", "org_3")]


@pytest.mark.parametrize(
    ("changes", "living", "ways"),
    [
        ([("merged", "1", "2")], {"2"}, {"1": "2"}),
        ([("merged", "1", "2"), ("merged", "2", "3")], {"3"}, {"1": "3", "2": "3"}),  # a chain is followed to its end
        ([("merged", "1", "2"), ("removed", "2", None)], set(), {"1": None, "2": None}),
        ([("merged", "1", "2"), ("removed", "2", None), ("returned", None, "2")], {"2"}, {"1": "2"}),
        ([("removed", "1", None), ("merged", "1", "2")], {"2"}, {"1": "2"}),  # gone, and found among the records of another
        ([("merged", "1", "2"), ("returned", "2", "1"), ("merged", "2", "1")], {"1"}, {"2": "1"}),  # there and back
        ([("merged", "1", "2"), ("returned", "2", "1"), ("removed", "1", None)], {"2"}, {"1": None}),
        ([("moved", "1", "2"), ("split", "1", "3"), ("added", None, "4"), ("model", None, None)], {"1", "2", "3", "4"}, {}),
    ],
)
def test_an_old_id_leads_to_the_living_one(changes: list[Any], living: set[str], ways: dict[str, str | None]) -> None:
    assert follow(changes, living) == ways


def test_a_new_epoch_of_the_model_is_told_by_name() -> None:
    change = model_changed("a1", "b2")
    assert (change.kind, change.old_id, change.new_id) == ("model", None, None)
    assert "a1" in change.reason and "b2" in change.reason
