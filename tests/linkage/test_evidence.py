"""The evidence of a run: a row a pair, a row a pair and field, and what they must add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.linkage import evidence
from assets.linkage.engine import VERDICTS, Order, Pairs
from assets.linkage.evidence import decisions
from assets.linkage.features import measure
from assets.linkage.model import read_model
from assets.linkage.rules import MOST
from warehouse.tables import BY_NAME

HOME = {"address": "12 Mill St", "city": "Larkmere", "postcode": "72201", "country": "US"}
#: Two licences of a grill, a sports bar a letter off, a school and its parents, and strangers.
WORLD: dict[str, dict[str, Any]] = {
    "grill:1": {**HOME, "name": "Lark Grill LLC", "phone": "501-555-0101", "website": "https://lark.example", "lat": 34.7465, "lon": -92.2896},
    "grill:2": {**HOME, "name": "Lark Grille", "phone": "501-555-0101", "website": "https://lark.example", "lat": 34.7465, "lon": -92.2896},
    "moved:1": {**HOME, "name": "Heron Quay Boatyard", "other_names": ["Quayside 7"]},
    "moved:2": {**HOME, "name": "Heron Quay Boatyard", "address": "99 Weir Rd", "postcode": "90210", "city": "Farford"},
    "school:1": {**HOME, "name": "Otter School", "address": "4 Kiln Ln"},
    "school:2": {**HOME, "name": "Otter School PTA", "address": "4 Kiln Ln"},
    "stranger": {"name": "Zinnia"},
}  # fmt: skip


@pytest.fixture(scope="module")
def found(link: Callable[..., Any]) -> Any:
    """The world above; a person keeps the boatyards apart."""
    return link(WORLD, Order(cannot_link=[("moved:1", "moved:2")]))


@pytest.fixture(scope="module")
def pairs(found: Any, model: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """(record, record) -> its row of match_evidence."""
    rows = evidence.pair_table(found.linked, model).to_pylist()
    assert len({(row["record_id_a"], row["record_id_b"]) for row in rows}) == len(rows)
    return {(row["record_id_a"], row["record_id_b"]): row for row in rows}


@pytest.fixture(scope="module")
def fields(found: Any, model: Any) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
    """(record, record) -> field -> its row of match_feature."""
    told: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in evidence.field_table(found.con, found.linked, model).to_pylist():
        told[row["record_id_a"], row["record_id_b"]][row["field"]] = row
    return told


def test_tables_have_the_columns_of_the_warehouse(found: Any, model: Any) -> None:
    made = {
        "core.match_evidence": evidence.pair_table(found.linked, model),
        "core.match_feature": evidence.field_table(found.con, found.linked, model),
    }
    assert {name: tuple(table.column_names) for name, table in made.items()} == {name: BY_NAME[name].columns for name in made}


def test_a_match_says_what_agrees(pairs: dict[tuple[str, str], dict[str, Any]]) -> None:
    row = pairs["grill:1", "grill:2"]
    assert row["probability"] > 0.8 and 0.9 < row["name_similarity"] < 1
    said = {
        key: row[key]
        for key in ("decision", "rule", "street_similarity", "same_house_number", "same_postcode", "same_city", "same_domain")
    }
    assert said == {
        "decision": "match", "rule": "model", "street_similarity": 1.0, "same_house_number": True, "same_postcode": True, "same_city": True, "same_domain": True,
    }  # fmt: skip


def test_what_a_rule_barred_is_shown_as_considered(pairs: dict[tuple[str, str], dict[str, Any]]) -> None:
    row = pairs["school:1", "school:2"]
    assert (row["decision"], row["rule"], row["same_domain"]) == ("no_match", "parent_and_child", None)


def test_what_a_person_keeps_apart_is_no_open_question(pairs: dict[tuple[str, str], dict[str, Any]]) -> None:
    row = pairs["moved:1", "moved:2"]
    assert (row["decision"], row["rule"], row["probability"]) == ("no_match", "cannot_link", 0)
    assert (row["same_house_number"], row["same_postcode"], row["same_city"]) == (False, False, False)


def test_strangers_leave_no_evidence(pairs: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert not any("stranger" in pair for pair in pairs)
    assert {row["rule"] for row in pairs.values()} <= set(VERDICTS)


def test_every_pair_is_explained_field_by_field(
    pairs: dict[tuple[str, str], dict[str, Any]], fields: dict[tuple[str, str], dict[str, dict[str, Any]]]
) -> None:
    assert fields.keys() == pairs.keys()
    assert all(set(rows) == {evidence.BASE, *evidence.FIELDS} for rows in fields.values())
    assert {row["agreement"] for rows in fields.values() for row in rows.values()} <= {"same", "similar", "different", "unknown"}


def test_log_odds_of_a_pair_add_up_to_the_models(
    found: Any, model: Any, fields: dict[tuple[str, str], dict[str, dict[str, Any]]]
) -> None:
    place = {record: rid for rid, record in enumerate(found.linked.ids)}
    for (a, b), rows in fields.items():
        x = measure(found.linked.records, np.array([place[a]], np.int32), np.array([place[b]], np.int32))
        assert sum(row["log_odds"] for row in rows.values()) == pytest.approx(model.log_odds(x)[0], abs=0.01)


@pytest.mark.parametrize(
    ("pair", "field", "value_a", "value_b", "agreement"),
    [
        (("grill:1", "grill:2"), "name", "lark grill", "lark grille", "similar"),
        (("grill:1", "grill:2"), "phone", "015550101", "015550101", "same"),
        (("grill:1", "grill:2"), "website", "lark.example", "lark.example", "same"),
        (("grill:1", "grill:2"), "distance", "34.74650 -92.28960", "34.74650 -92.28960", "same"),
        (("grill:1", "grill:2"), "legal_form", "llc", None, "unknown"),
        (("grill:1", "grill:2"), "address", "12 mill st", "12 mill st", "same"),
        (("moved:1", "moved:2"), "name", "heron quay boatyard / quayside 7", "heron quay boatyard", "same"),
        (("moved:1", "moved:2"), "name_numbers", "7", None, "same"),
        (("moved:1", "moved:2"), "postcode", "72201", "90210", "different"),
        (("moved:1", "moved:2"), "city", "larkmere", "farford", "different"),
        (("moved:1", "moved:2"), "phone", None, None, "unknown"),
        (("moved:1", "moved:2"), "distance", None, None, "unknown"),
        (("school:1", "school:2"), "name", "otter school", "otter school pta", "similar"),
        (("school:1", "school:2"), "base", None, None, "unknown"),
    ],
)
def test_what_each_side_says(
    fields: dict[tuple[str, str], dict[str, dict[str, Any]]],
    pair: tuple[str, str],
    field: str,
    value_a: str | None,
    value_b: str | None,
    agreement: str,
) -> None:
    row = fields[pair][field]
    assert (row["value_a"], row["value_b"], row["agreement"]) == (value_a, value_b, agreement)


def test_a_record_without_a_name_shifts_nobodys_values(link: Callable[..., Any], model: Any) -> None:
    """It sorts before the others; their values must stay theirs."""
    found = link({"blank": {**HOME, "name": "!!!"}, **WORLD})
    rows = evidence.field_table(found.con, found.linked, model).to_pylist()
    said = {
        row["value_a"]
        for row in rows
        if row["record_id_a"] == "grill:1" and row["record_id_b"] == "grill:2" and row["field"] == "name"
    }
    assert said == {"lark grill"}


def test_names_that_differ_are_a_question_only_where_the_model_was_sure() -> None:
    model = read_model()
    ruled = VERDICTS.index("names_differ")
    p = np.array([MOST[ruled], MOST[ruled] - 0.01, model.review_from, model.review_from - 0.01])
    verdict = np.array([ruled, ruled, 0, 0], np.int8)
    a = np.arange(0, 8, 2, dtype=np.int32)
    pairs = Pairs(a, a + 1, p, verdict, np.zeros(4, dtype=bool))
    told = decisions(pairs, np.arange(8, dtype=np.int32), model)["decision"].to_pylist()
    assert told == ["review", "no_match", "review", "no_match"]
