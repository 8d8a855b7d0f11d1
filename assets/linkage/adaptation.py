"""Fits the model to one body of records, without labels: how much a field tells differs from list to list.

In a list of nurseries an address and a phone settle who is who; in a list of restaurants of hotels they do not. From the pairs
the model is sure of, the share of agreement at each step of each field is counted among matches and among strangers, and the
logarithm of the ratio is the weight of that step (Fellegi and Sunter 1969). The weights are mixed with the model's own word and
the counting repeated. Pure: features in, an `Adaptation` out. Once an epoch, so that a night changes no weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.linkage.arrays import Floats
from assets.linkage.features import NAMES

#: Most that the list's own weights count; the rest is the trained model. Of the labelled sets 0.2 to 0.6 do about as well.
MOST_SHARE = 0.4
#: So many matches must be expected for the weights to count half of that; small lists teach little.
HALF_AT = 100.0
#: Rounds of counting; a fourth changes next to nothing.
ROUNDS = 3
#: Added to every step, spread as all pairs are, so that a rare step does not weigh too much.
SMOOTHING = 5.0
#: Bounds of one weight in log-odds.
LEAST, MOST = -6.0, 9.0
#: Fields that tell the same thing twice (where it is; how to reach it): the strongest counts fully, the others a quarter.
GROUPS = (("address", "postcode", "city", "distance"), ("phone", "website"))
AGAIN = 0.25
Doubles = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int16]

_AT = {name: place for place, name in enumerate(NAMES)}


def _name(x: Floats) -> Steps:
    alike = np.clip((np.maximum(x[:, _AT["name_letters"]], x[:, _AT["name_any_order"]]) * 6).astype(np.int16), 0, 5)
    contained = x[:, _AT["name_cover_more"]] >= 0.9
    step = alike + 2 + 2 * contained
    step = np.where(x[:, _AT["name_numbers"]] <= -2, 1, step)
    return np.where(x[:, _AT["name_same"]] > 0, np.where(x[:, _AT["name_places"]] < 1, 11, 10), step).astype(np.int16)


def _address(x: Floats) -> Steps:
    house, street = x[:, _AT["house_number"]], x[:, _AT["street"]]
    there = street > 0.8
    step = np.select(
        [house == 2, house == 1, house == 0], [np.where(there, 6, 5), 4, np.where(there, 3, 1)], np.where(there, 2, 1)
    )
    return np.where((street == 0.5) & (house == 0), 0, step).astype(np.int16)


def _ordinal(name: str, unknown: int, first: int) -> Callable[[Floats], Steps]:
    def step(x: Floats) -> Steps:
        value = x[:, _AT[name]]
        return np.where(value == unknown, 0, value - first + 1 - (value > unknown)).astype(np.int16)

    return step


def _distance(x: Floats) -> Steps:
    value = x[:, _AT["distance"]]
    known = np.abs(value + np.log10(np.float32(2.0))) > 1e-6
    return np.where(known, 1 + np.searchsorted([0.0, 0.4, 0.8, 1.3], value), 0).astype(np.int16)


#: Field -> (feature that stands for it in explanations, its steps: 0 is not known, then rising with agreement).
FIELDS: dict[str, tuple[str, Callable[[Floats], Steps]]] = {
    "name": ("name_letters", _name),
    "address": ("house_number", _address),
    "postcode": ("postcode", _ordinal("postcode", 0, -1)),
    "phone": ("phone", _ordinal("phone", 0, -2)),
    "website": ("website", _ordinal("website", 0, -2)),
    "city": ("city", _ordinal("city", 0, -1)),
    "distance": ("distance", _distance),
}


@dataclass(frozen=True)
class Adaptation:
    """Weights of one list: field -> weight of each step, the prior log-odds, and how much they count beside the model."""

    weights: dict[str, tuple[float, ...]]
    prior: float
    share: float

    def shares(self, x: Floats) -> dict[str, Doubles]:
        """What each field adds to the log-odds of each row; with the prior they add up to the list's own word."""
        raw = {}
        for field, (_, step) in FIELDS.items():
            table = np.array(self.weights[field])
            raw[field] = table[np.minimum(step(x), len(table) - 1)]
        for group in GROUPS:
            values = np.column_stack([raw[field] for field in group])
            counted = AGAIN * values
            rows = np.arange(len(values))
            for strongest, sign in ((values.argmax(1), 1), (values.argmin(1), -1)):
                counted[rows, strongest] += (1 - AGAIN) * np.where(sign * values[rows, strongest] > 0, values[rows, strongest], 0)
            for place, field in enumerate(group):
                raw[field] = counted[:, place]
        return raw

    def mix(self, log_odds: Doubles, x: Floats) -> Doubles:
        """The model's log-odds mixed with the list's own."""
        own = self.prior + np.sum(list(self.shares(x).values()), axis=0)
        return np.asarray((1 - self.share) * log_odds + self.share * own)

    def as_rows(self) -> list[tuple[str, float]]:
        """Key and number of each weight (`field|step`), of the prior and of the share, for keeping."""
        steps = [(f"{field}|{step:02d}", w) for field, table in self.weights.items() for step, w in enumerate(table)]
        return [*steps, ("prior", self.prior), ("share", self.share)]


def from_rows(rows: Mapping[str, float]) -> Adaptation:
    """What `as_rows` gave, in any order."""
    tables = {field: tuple(rows[key] for key in sorted(rows) if key.startswith(f"{field}|")) for field in FIELDS}
    return Adaptation(tables, rows["prior"], rows["share"])


def adapt(x: Floats, log_odds: Doubles, limit: Doubles, weight: Doubles) -> Adaptation:
    """Fits pairs to themselves: their features, the model's log-odds, the most each may keep under the rules, and how many
    candidates each stands for (the gate keeps some pairs and a sample of the others)."""
    steps = {field: step(x) for field, (_, step) in FIELDS.items()}
    p = np.minimum(1 / (1 + np.exp(-log_odds)), limit)
    for _ in range(ROUNDS):
        fitted = _count(steps, p, weight)
        p = np.minimum(1 / (1 + np.exp(-fitted.mix(log_odds, x))), limit)
    return fitted


def _count(steps: dict[str, Steps], p: Doubles, weight: Doubles) -> Adaptation:
    expected = float((weight * p).sum())
    tables = {}
    for field, step in steps.items():
        size = int(step.max(initial=0)) + 1
        both = np.bincount(step, weights=weight, minlength=size) + 1
        both = SMOOTHING * both / both.sum()
        same = np.bincount(step, weights=weight * p, minlength=size) + both
        other = np.bincount(step, weights=weight * (1 - p), minlength=size) + both
        ratio = np.clip(np.log(same / same.sum()) - np.log(other / other.sum()), LEAST, MOST)
        # What is not known tells nothing; of what is known, more agreement never weighs less.
        rising = _rising(ratio[1:], (same + other)[1:])
        tables[field] = (0.0, *(round(float(r), 4) for r in rising))
    prior = expected / float(weight.sum()) if len(p) else 0.0
    prior = min(max(prior, 1e-6), 1 - 1e-6)
    return Adaptation(
        tables, round(float(np.log(prior / (1 - prior))), 4), round(MOST_SHARE * expected / (expected + HALF_AT), 4)
    )


def _rising(values: Doubles, weights: Doubles) -> list[float]:
    """The nearest rising sequence: neighbours that fall are pooled (Ayer et al. 1955)."""
    pools: list[list[float]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        pools.append([value, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            high, low = pools.pop(-2), pools.pop()
            total = high[1] + low[1]
            pools.append([(high[0] * high[1] + low[0] * low[1]) / total, total, high[2] + low[2]])
    return [value for value, _, many in pools for _ in range(int(many))]
