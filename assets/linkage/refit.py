"""Fits the shipped model to a user's own decisions: a scale and a shift of its log-odds, no more. Pure.

More would need more decisions than people make, and a model bent by a few answers would surprise the next time. The scale stays
above nought, so that more agreement still never lowers a probability.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from assets.linkage.model import Model

#: Decisions needed, and of each kind; below, chance would move the model more than knowledge.
ENOUGH, ENOUGH_OF_EACH = 100, 25
#: Decisions are fitted to in steps, so that an answer more does not change every probability of the next night.
STEP = 50
#: How strongly the fit is held to the shipped model: as if so many decisions had agreed with it.
PRIOR = 20.0
#: Newton's method is there within a handful of rounds; the bound only guards against standing still.
ROUNDS = 50
#: The least scale: agreement must go on counting.
LEAST_SCALE = 0.2


def step_of(decisions: int) -> int:
    """The step so many decisions have reached: a fit is due when it changes."""
    return decisions // STEP if decisions >= ENOUGH else 0


def refit(model: Model, log_odds: npt.NDArray[np.float64], same: npt.NDArray[np.bool_]) -> Model:
    """The model fitted to pairs whose log-odds it gave and people's answers; the model itself where there are too few.

    Logistic regression of the answers on the log-odds (Platt 1999) with a Gaussian prior around scale 1 and shift 0.
    """
    z, y = log_odds, same.astype(np.float64)
    if len(same) < ENOUGH or min(y.sum(), len(y) - y.sum()) < ENOUGH_OF_EACH:
        return model
    x = np.column_stack([z, np.ones(len(z))])
    centre = np.array([1.0, 0.0])
    held = np.diag([PRIOR * max(float(np.mean(z * z)), 1.0), PRIOR]) / 4
    w = centre.copy()
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (y - p) - held @ (w - centre)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + held, slope)
        w = w + step
        if float(np.abs(step).max()) < 1e-9:
            break
    # Rounded, so that the same decisions give the same model on any machine.
    scale, shift = max(round(float(w[0]), 4), LEAST_SCALE), round(float(w[1]), 4)
    return replace(model, scale=scale, shift=shift) if math.isfinite(shift) else model
