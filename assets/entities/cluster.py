"""Joins decided pairs into clusters, never two bodies that a register keeps apart. Pure; ids of records in, clusters out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def cluster(records: Iterable[str], matches: Iterable[tuple[str, str, float]], official: Mapping[str, str]) -> dict[str, str]:
    """record_id -> smallest record_id of its cluster.

    `matches` are (record_id_a, record_id_b, probability); surer pairs join first. `official` gives the register a record
    comes from where that register guarantees its ids: two records of one such register are never joined, whatever chain of
    pairs would lead from one to the other. Input order changes nothing.
    """
    parent = {record: record for record in sorted(records)}
    registers = {record: {official[record]} if record in official else set() for record in parent}

    def root(record: str) -> str:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for a, b, _ in sorted(matches, key=lambda m: (-m[2], m[0], m[1])):
        first, second = sorted((root(a), root(b)))
        if first != second and not registers[first] & registers[second]:
            parent[second] = first
            registers[first] |= registers.pop(second)
    return {record: root(record) for record in parent}
