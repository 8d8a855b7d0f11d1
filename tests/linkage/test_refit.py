"""The shipped model fitted to people's decisions: only where there are enough, and never so that agreement counts less than nothing."""

from __future__ import annotations

import numpy as np
import pytest

from assets.linkage.model import read_model
from assets.linkage.refit import ENOUGH, LEAST_SCALE, refit, step_of


@pytest.mark.parametrize(("decisions", "step"), [(0, 0), (99, 0), (100, 2), (149, 2), (150, 3)])
def test_decisions_count_in_steps(decisions: int, step: int) -> None:
    assert step_of(decisions) == step


def _answers(count: int, shift: float, scale: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    z = rng.normal(0, 3, count)
    return z, rng.random(count) < 1 / (1 + np.exp(-(scale * z + shift)))


def test_a_model_that_is_too_sure_is_calmed() -> None:
    model = refit(read_model(), *_answers(2_000, shift=-1.0, scale=0.5))
    assert 0.4 < model.scale < 0.6
    assert -1.2 < model.shift < -0.8


@pytest.mark.parametrize("same", [np.ones(ENOUGH, dtype=bool), np.zeros(ENOUGH, dtype=bool), np.arange(60) % 2 == 0])
def test_too_few_or_one_sided_decisions_change_nothing(same: np.ndarray) -> None:
    model = read_model()
    assert refit(model, np.linspace(-3, 3, len(same)), same) is model


def test_answers_against_all_agreement_leave_it_counting() -> None:
    z, same = _answers(400, shift=0.0, scale=-2.0)
    assert refit(read_model(), z, same).scale == LEAST_SCALE


def test_shares_still_add_up_to_the_log_odds() -> None:
    model = refit(read_model(), *_answers(2_000, shift=-1.0, scale=0.5))
    x = np.random.default_rng(2).normal(0, 1, (5, len(model_features()))).astype(np.float32)
    base, shares = model.contributions(x)
    assert np.allclose(base + shares.sum(1), model.log_odds(x))


def model_features() -> tuple[str, ...]:
    """Names of the columns of a model's input."""
    from assets.linkage.features import NAMES

    return NAMES
