"""Joining decided pairs: every record in one cluster, and no two bodies of a register that keeps its ids apart in the same."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.entities.cluster import cluster

#: The same examples every time, however slow the machine.
PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
RECORDS = [f"r{number}" for number in range(9)]
Pairs = list[tuple[str, str, float]]

records = st.sampled_from(RECORDS)
#: Pairs of different records in either order, the same pair more than once, few probabilities so that ties occur.
pairs: st.SearchStrategy[Pairs] = st.lists(
    st.tuples(records, records, st.sampled_from([0.9, 0.95, 0.99])).filter(lambda pair: pair[0] != pair[1]), max_size=16
)
#: Some records come from one of two registers that guarantee their ids.
registers: st.SearchStrategy[dict[str, str]] = st.dictionaries(records, st.sampled_from(["irs", "ror"]))


def connected(nodes: Iterable[str], edges: Iterable[tuple[str, str, float]]) -> dict[str, str]:
    """Smallest reachable record of each, found by walking: slow, and plainly right."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for a, b, _ in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    smallest = {}
    for node in nodes:
        reached, waiting = {node}, [node]
        while waiting:
            new = neighbours[waiting.pop()] - reached
            reached |= new
            waiting += new
        smallest[node] = min(reached)
    return smallest


def members(clusters: Mapping[str, str]) -> list[list[str]]:
    """Records of each cluster."""
    found: dict[str, list[str]] = defaultdict(list)
    for record, key in sorted(clusters.items()):
        found[key].append(record)
    return list(found.values())


@PROPERTY
@given(pairs)
def test_without_official_ids_clusters_are_the_connected_components(matches: Pairs) -> None:
    assert cluster(RECORDS, matches, {}) == connected(RECORDS, matches)


@PROPERTY
@given(pairs, registers)
def test_every_record_is_in_one_cluster_named_after_its_smallest_record(matches: Pairs, official: dict[str, str]) -> None:
    clusters = cluster(RECORDS, matches, official)
    assert sorted(clusters) == RECORDS
    assert all(clusters[min(group)] == min(group) for group in members(clusters))
    whole = connected(RECORDS, matches)
    assert all(whole[record] == whole[key] for record, key in clusters.items()), "only what pairs connect is joined"


@PROPERTY
@given(pairs, registers)
def test_two_bodies_of_one_register_are_never_joined(matches: Pairs, official: dict[str, str]) -> None:
    for group in members(cluster(RECORDS, matches, official)):
        sources = [official[record] for record in group if record in official]
        assert len(sources) == len(set(sources)), group


@PROPERTY
@given(pairs, registers)
def test_nothing_is_left_apart_that_could_be_joined(matches: Pairs, official: dict[str, str]) -> None:
    clusters = cluster(RECORDS, matches, official)
    held = {key: {official[record] for record in RECORDS if clusters[record] == key and record in official} for key in RECORDS}
    for a, b, _ in matches:
        first, second = clusters[a], clusters[b]
        assert first == second or held[first] & held[second], (a, b)


@PROPERTY
@given(pairs, registers, st.randoms(use_true_random=False))
def test_input_order_changes_nothing(matches: Pairs, official: dict[str, str], chance: random.Random) -> None:
    shuffled = chance.sample(matches, len(matches))
    turned = dict(chance.sample(sorted(official.items()), len(official)))
    assert cluster(chance.sample(RECORDS, len(RECORDS)), shuffled, turned) == cluster(RECORDS, matches, official)


def test_a_licence_that_fits_two_bodies_of_a_register_goes_to_the_surer_one() -> None:
    official = {"irs:1": "irs", "irs:2": "irs"}
    matches = [("irs:1", "town:9", 0.90), ("irs:2", "town:9", 0.98)]
    clusters = cluster(["irs:1", "irs:2", "town:9"], matches, official)
    assert members(clusters) == [["irs:1"], ["irs:2", "town:9"]]


def test_a_chain_of_pairs_does_not_lead_from_one_body_to_the_other() -> None:
    official = {"irs:1": "irs", "irs:2": "irs"}
    matches = [("irs:1", "town:1", 0.99), ("town:1", "town:2", 0.95), ("irs:2", "town:2", 0.9)]
    assert members(cluster(["irs:1", "irs:2", "town:1", "town:2"], matches, official)) == [
        ["irs:1", "town:1", "town:2"],
        ["irs:2"],
    ]


def test_bodies_of_different_registers_may_be_one() -> None:
    matches = [("irs:1", "ror:1", 0.9)]
    assert members(cluster(["irs:1", "ror:1"], matches, {"irs:1": "irs", "ror:1": "ror"})) == [["irs:1", "ror:1"]]
