"""What a list of records tells of its own fields, without labels: more agreement never weighs less, and nothing is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from assets.linkage.adaptation import FIELDS, Adaptation, adapt, from_rows
from assets.linkage.features import NAMES

#: What a feature says where nothing is known.
UNKNOWN = {"street": 0.5, "site_and_name": 0.5, "distance": -float(np.log10(2.0))}


def rows(count: int, **values: object) -> np.ndarray:
    """Pairs that say nothing but what is given."""
    x = np.zeros((count, len(NAMES)), np.float32)
    for name, value in {**UNKNOWN, **values}.items():
        x[:, NAMES.index(name)] = value
    return x


@pytest.fixture(scope="module")
def nurseries() -> Adaptation:
    """A list in which the phone settles everything: the sure matches share it under names of every kind."""
    rng = np.random.default_rng(3)
    matches = rows(600, name_letters=rng.random(600), name_any_order=rng.random(600), phone=3)
    strangers = rows(3_000, name_letters=rng.random(3_000) * 0.9, name_any_order=rng.random(3_000) * 0.9, phone=-2)
    x = np.concatenate([matches, strangers])
    log_odds = np.concatenate([np.full(600, 3.0), np.full(3_000, -4.0)])
    return adapt(x, log_odds, np.ones(len(x)), np.ones(len(x)))


def test_what_settles_a_list_weighs_most_in_it(nurseries: Adaptation) -> None:
    told = nurseries.shares(rows(1, phone=3))
    assert told["phone"][0] > 2
    assert told["phone"][0] > 3 * abs(nurseries.shares(rows(1, name_letters=0.9, name_any_order=0.9))["name"][0])


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_more_agreement_never_weighs_less(nurseries: Adaptation, field: str) -> None:
    known = nurseries.weights[field][1:]
    assert list(known) == sorted(known)
    assert nurseries.weights[field][0] == 0


def test_of_a_pair_that_says_nothing_only_its_name_counts(nurseries: Adaptation) -> None:
    told = nurseries.shares(rows(2))
    assert {field for field, values in told.items() if np.any(values != 0)} <= {"name"}


def test_shares_and_prior_add_up(nurseries: Adaptation) -> None:
    x = rows(4, phone=3, postcode=3, city=1, street=0.9, house_number=2)
    own = nurseries.prior + np.sum(list(nurseries.shares(x).values()), axis=0)
    assert np.allclose(nurseries.mix(np.zeros(4), x), nurseries.share * own)


def test_it_is_kept_and_read_back(nurseries: Adaptation) -> None:
    assert from_rows(dict(reversed(nurseries.as_rows()))) == nurseries


def test_a_short_list_teaches_little() -> None:
    x = rows(10, phone=3)
    assert adapt(x, np.full(10, 3.0), np.ones(10), np.ones(10)).share < 0.05
