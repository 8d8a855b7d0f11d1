"""Measuring a pair: how alike names and streets are, and which small differences make another body."""

from __future__ import annotations

import pyarrow as pa
import pytest

from assets.entities.compare import compare, conflicting

#: Two reduced names, whether they cannot be one body.
CONFLICTS = [
    ("otter hospital", "otter hospital", False),
    ("otter hospital", "otter hospital foundation", True),
    ("otter hospital", "otter hospital endowment fund", True),
    ("otter mill", "otter mill holdings", True),
    ("otter mill", "otter mill properties", True),
    ("otter mill", "otter mill real estate", True),
    ("otter school", "otter school pta", True),
    ("order of otters lodge", "order of otters", True),
    ("weir county otter union", "weir county otter", True),
    ("north weir clinic", "south weir clinic", True),
    ("north weir clinic", "weir clinic", True),
    ("otter works ii", "otter works iii", True),
    ("lodge 12", "lodge 14", True),
    ("lodge 12", "lodge 12", False),
    ("12 lodge street", "lodge 12 street", False),
    ("lodge 1 2", "lodge 12", True),
    ("studio 54", "studio", True),
    ("route 66 grill 2", "route 66 grill", True),
    ("joes diner", "joe s diner", False),
    ("otter bakery", "otter bakery shop", False),
    ("otter foundation", "otter foundation inc", False),
    ("otter family centre", "otter families centre", False),
]

PAIRS = pa.table(
    {
        "name_a": ["otter bakery", "bakery otter", "otter bakery", "otter bakery", "otter", "lodge 12", ""],
        "name_b": ["otter bakery", "otter bakery", "otter bakry", "wren laundry", "otter foundation", "lodge 14", "otter"],
        "street_a": ["main", "n main", None, "", "main", None, "main"],
        "street_b": ["main", "main", "main", "main", "weir", None, "main"],
    }
)


@pytest.mark.parametrize(("a", "b", "conflict"), CONFLICTS)
def test_a_number_or_a_telling_word_makes_another_body(a: str, b: str, conflict: bool) -> None:
    assert conflicting(a, b) is conflict
    assert conflicting(b, a) is conflict


def test_pairs_are_measured_in_order() -> None:
    measured = compare(PAIRS)
    assert measured.column_names == ["name_similarity", "street_similarity", "conflict"]
    name = measured.column("name_similarity").to_pylist()
    assert name[0] == name[1] == 1, "word order does not count"
    assert 0.9 < name[2] < 1, "one letter hardly does"
    assert name[3] < 0.5
    assert name[6] == 0
    assert measured.column("conflict").to_pylist() == [False, False, False, False, True, True, False]


def test_a_missing_street_is_unknown_and_a_missing_quadrant_is_nothing() -> None:
    street = compare(PAIRS).column("street_similarity").to_pylist()
    assert street[:4] == [1, 1, None, None]
    assert street[4] < 0.5
    assert street[5] is None


def test_measures_are_the_same_either_way_round_and_in_any_batch() -> None:
    turned = PAIRS.rename_columns(["name_b", "name_a", "street_b", "street_a"])
    assert compare(turned).equals(compare(PAIRS))
    one_by_one = pa.concat_tables(compare(PAIRS.slice(row, 1)) for row in range(PAIRS.num_rows))
    assert one_by_one.combine_chunks().equals(compare(PAIRS).combine_chunks())
    assert compare(PAIRS.combine_chunks().to_batches()[0]).equals(compare(PAIRS))


def test_no_pairs_give_no_measures() -> None:
    measured = compare(PAIRS.slice(0, 0))
    assert (measured.num_rows, measured.schema) == (0, compare(PAIRS).schema)
