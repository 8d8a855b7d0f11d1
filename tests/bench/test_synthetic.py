"""Synthetic records: repeatable, whole, and as hard as they are meant to be.

Belongs here: `bench/synthetic*.py`. Does not: how well a model trained on them does, which `bench/` measures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from math import cos, hypot, radians
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from rapidfuzz import fuzz
from synthetic import RECORDS, TRUTH, WORLDS, generate
from synthetic_affiliations import KINDS as AFFILIATION_KINDS
from synthetic_bodies import KINDS, Body, Maker
from synthetic_places import build_world, first_number, nearby, premises
from synthetic_records import SOURCES, typo, write_name, write_phone

BODIES = 1500


@dataclass
class Made:
    """Records and truth of one run, and both in one list of rows."""

    records: pa.Table
    truth: pa.Table
    rows: list[dict[str, Any]]


@pytest.fixture(scope="module")
def made() -> Made:
    records, truth = generate(BODIES, 7, "mixed")
    return Made(records, truth, [one | other for one, other in zip(records.to_pylist(), truth.to_pylist(), strict=True)])


def by(rows: list[dict[str, Any]], key: str) -> dict[Any, list[dict[str, Any]]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def domain(row: dict[str, Any]) -> str:
    return str(row["website"]).rpartition("//")[2].removeprefix("www.").partition("/")[0]


@pytest.mark.parametrize("world", WORLDS)
def test_the_same_seed_makes_the_same_tables_and_another_does_not(world: str) -> None:
    first, again, other = (generate(80, seed, world) for seed in (3, 3, 4))
    assert first[0].equals(again[0]) and first[1].equals(again[1])
    assert not first[0].equals(other[0])


@pytest.mark.parametrize(("world", "countries"), [("uk", {"GB"}), ("us", {"US", "CA"}), ("mixed", {"GB", "US", "CA"})])
def test_a_world_holds_its_countries(world: str, countries: set[str]) -> None:
    assert set(generate(400, 1, world)[0]["country"].to_pylist()) == countries


@pytest.mark.parametrize(("entities", "world"), [(0, "uk"), (10, "mars")])
def test_what_cannot_be_made_is_refused(entities: int, world: str) -> None:
    with pytest.raises(ValueError, match="expected one of uk, us, mixed, affiliations and at least 1"):
        generate(entities, 1, world)


def test_every_record_has_one_id_one_body_and_a_name(made: Made) -> None:
    assert made.records.schema.equals(RECORDS) and made.truth.schema.equals(TRUTH)
    ids = made.records["record_id"].to_pylist()
    assert ids == made.truth["record_id"].to_pylist() and len(set(ids)) == len(ids)
    assert all(row["record_id"].startswith(row["source"] + ":") and row["name"].strip() for row in made.rows)
    assert {row["source"] for row in made.rows} == {source.name for sources in SOURCES.values() for source in sources}


def test_clusters_are_bodies_of_one_kind_in_one_family(made: Made) -> None:
    clusters = by(made.rows, "cluster_id")
    assert sorted(clusters) == list(range(BODIES))
    assert all(len({(row["kind"], row["family_id"]) for row in rows}) == 1 for rows in clusters.values())
    assert {row["kind"] for row in made.rows} == set(KINDS)
    sizes = Counter(min(len(rows), 7) for rows in clusters.values())
    assert sizes[1] > sizes[2] > sizes[3] > sizes[7] > 0, "most bodies have one or two records, some have many"


def test_nothing_alone_decides(made: Made) -> None:
    """Look-alikes with one name, with one address and with one telephone, and one body under names that share little."""
    shared: Counter[str] = Counter()
    for rows in by(made.rows, "family_id").values():
        for place, one in enumerate(rows):
            for other in rows[:place]:
                same = one["cluster_id"] == other["cluster_id"]
                alike = fuzz.token_sort_ratio(one["name"].lower(), other["name"].lower())
                shared["one body, other name"] += same and alike < 60
                shared["other body, same name"] += not same and alike > 95
                shared["other body, same address"] += not same and one["address"] == other["address"] != ""
                shared["other body, same phone"] += not same and one["phone"] == other["phone"] != ""
                shared["other body, same website"] += not same and domain(one) == domain(other) != ""
    assert min(shared.values()) > 20, shared


def test_branches_of_one_street_are_as_far_apart_as_their_numbers_say() -> None:
    rng = Random(5)
    town = build_world(rng, 500, "uk").town(rng)
    for _ in range(200):
        one = premises(rng, town)
        other = nearby(rng, one, 100, 900)
        metres = 111_195 * hypot(one.lat - other.lat, (one.lon - other.lon) * cos(radians(town.lat)))
        if one.number and other.number:
            assert other.street is one.street
            assert metres == pytest.approx(3 * abs(first_number(one) - first_number(other)), rel=0.01)
            assert 90 < metres < 905


def test_sisters_keep_the_mark_that_tells_them_apart() -> None:
    """Whatever a list does to the name, "X 1" does not become "X": only a typo or a cut may do that."""
    rng = Random(2)
    place = premises(rng, build_world(rng, 500, "uk").town(rng))
    sister = Body("Harkness Lettings 2", "", "firm", place, kind="sister", legal="Ltd")
    plain = replace(SOURCES["register"][0], cut=0)
    kept = sum("2" in write_name(rng, sister, plain)[0].split() for _ in range(300))
    assert kept > 285


@pytest.mark.parametrize(
    ("number", "country", "written"),
    [
        (
            "3102461501",
            "US",
            {"3102461501", "310/246-1501", "310-246-1501", "(310) 246-1501", "+1 310 246 1501", "310.246.1501", "2461501"},
        ),
        (
            "01632960123",
            "GB",
            {"01632960123", "01632 960123", "(01632) 960123", "+44 1632 960123", "01632 960 123", "+441632960123", "960123"},
        ),
    ],
)
def test_telephones_are_written_in_the_ways_lists_write_them(number: str, country: str, written: set[str]) -> None:
    rng = Random(1)
    seen = Counter(write_phone(rng, number, country, form) for form in range(7) for _ in range(60))
    assert written <= set(seen)
    assert sum(seen[text] for text in written) > 0.95 * sum(seen.values()), "a wrong digit is rare"


def test_a_typo_changes_little() -> None:
    rng = Random(1)
    assert typo(rng, "abc") == "abc", "too short to be read through a typo"
    assert all(fuzz.ratio("Golden Heron", typo(rng, "Golden Heron")) > 85 for _ in range(200))


@pytest.mark.parametrize(("lens", "least", "most"), [("grants", 0.25, 0.45), ("register", 0.12, 0.28), ("map", 0.02, 0.08)])
def test_bodies_of_grant_lists_and_registers_move_more_and_mostly_within_their_town(lens: str, least: float, most: float) -> None:
    rng = Random(4)
    maker = Maker(rng, build_world(rng, 3000, "uk"))
    bodies = [body for _ in range(4000) for body in maker.family() if body.place.town.lens == lens]
    moved = [(body.place, body.old_place) for body in bodies if body.old_place]
    assert least < len(moved) / len(bodies) < most
    stayed = sum(place.town is old.town for place, old in moved)
    assert 0.6 < stayed / len(moved) < 0.9
    assert all(place.town.country == old.town.country for place, old in moved)


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    records, truth = generate(600, 3, "affiliations")
    return [one | other for one, other in zip(records.to_pylist(), truth.to_pylist(), strict=True)]


def test_an_affiliation_is_a_name_and_nothing_else(lines: list[dict[str, Any]]) -> None:
    empty = set(RECORDS.names) - {"record_id", "source", "name"}
    assert all(row["name"].strip() and not any(row[column] for column in empty) for row in lines)
    assert len({row["record_id"] for row in lines}) == len(lines)
    assert {row["kind"] for row in lines} == set(AFFILIATION_KINDS)


def test_organisations_have_some_lines_each_its_own(lines: list[dict[str, Any]]) -> None:
    clusters = by(lines, "cluster_id")
    assert sorted(clusters) == list(range(600))
    sizes = sorted(map(len, clusters.values()))
    assert 3 < len(lines) / 600 < 12 and sizes[-1] >= 40 and sizes[300] <= 5, "skewed: the half have few"
    assert all(len({row["name"] for row in rows}) == len(rows) for rows in clusters.values())
    owners = defaultdict(set)
    for row in lines:
        owners[row["name"].casefold()].add(row["cluster_id"])
    assert sum(len(bodies) > 1 for bodies in owners.values()) < len(owners) / 200, "two bodies of one line teach what is not so"


def test_neither_a_city_nor_a_department_tells_an_organisation(lines: list[dict[str, Any]]) -> None:
    """Lines of one family that share most words and are two bodies; lines of one body that share hardly any."""
    alike = unlike = 0
    for rows in by(lines, "family_id").values():
        for place, one in enumerate(rows[:40]):
            for other in rows[:place]:
                score = fuzz.token_set_ratio(one["name"].lower(), other["name"].lower())
                alike += one["cluster_id"] != other["cluster_id"] and score > 80
                unlike += one["cluster_id"] == other["cluster_id"] and score < 60
    departments = {row["cluster_id"] for row in lines if "Department of Computer Science" in row["name"]}
    assert alike > 100 and unlike > 100 and len(departments) > 30
