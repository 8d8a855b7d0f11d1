"""The first gate: short lists need none, a body without a name never passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.linkage import gate
from assets.linkage.model import read_model

HERE = {"city": "Larkmere", "postcode": "72201", "phone": "5015550101", "address": "12 Mill St"}


@pytest.fixture(scope="module")
def glance(prepare: Callable[..., Any]) -> gate.Glance:
    """Two strangers, two alike, one without a name; in the order of their ids."""
    return gate.look(
        prepare(
            {
                "a": {"name": "Heron Bakery", **HERE},
                "b": {
                    "name": "Otter Law Firm",
                    "city": "Farford",
                    "postcode": "91001",
                    "phone": "5015550199",
                    "address": "9 Elm Rd",
                },
                "c": {"name": "Heron Bakery", **HERE},
                "d": {"name": " "},
            }
        ).con
    )


PAIRS = np.array([[0, 1], [0, 2], [0, 3]], np.int32)


@pytest.mark.parametrize(
    ("records", "expected"), [(gate.SMALL_LIST, [True, True, False]), (gate.SMALL_LIST + 1, [False, True, False])]
)
def test_a_short_list_is_compared_in_full(glance: gate.Glance, records: int, expected: list[bool]) -> None:
    found = gate.passed(glance, PAIRS[:, 0], PAIRS[:, 1], np.zeros(3, np.uint32), read_model().gate, records)
    assert found.tolist() == expected
