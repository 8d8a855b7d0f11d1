"""Explicit rules over the model: what no score may join, whatever else agrees. Pure: features in, the rule of each pair out.

The rules name the kinds of false match that a study of labelled data found to be most of all: parts taken for the whole, numbered
sisters taken for one another, and strangers at one address.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assets.linkage.arrays import Floats
from assets.linkage.features import NAMES

#: The rule that barred a pair, by number; 0 is none.
RULES = ("model", "parent_and_child", "numbered_sisters", "nothing_in_common")
#: A name is contained in another when this share of its rarer words is found there (the rest being slips of the pen).
CONTAINED = 0.9
#: Below both, two names have nothing in common but chance letters.
STRANGE_WORDS, STRANGE_LETTERS = 0.25, 0.6
#: Steps of the features `phone` and `website` from which they speak for one body.
TELLING = 2
#: A barred pair keeps at most this probability: it is shown as considered, and never joined or sent to a person.
BARRED = 0.05

_AT = {name: place for place, name in enumerate(NAMES)}


def barred_by(x: Floats) -> npt.NDArray[np.int8]:
    """The number in `RULES` of what keeps each pair apart; 0 where nothing does."""

    def f(name: str) -> Floats:
        return x[:, _AT[name]]

    contained = f("name_cover_more") >= CONTAINED
    child = (f("name_child") == -1) & contained
    sisters = (f("name_numbers") == -2) | (f("name_sister") == -2) | ((f("name_numbers") == -1) & contained)
    strangers = (
        (f("name_cover_more") < STRANGE_WORDS)
        & (f("name_letters") < STRANGE_LETTERS)
        & (f("name_initials") == 0)
        & (f("phone") < TELLING)
        & (f("website") < TELLING)
    )
    return np.select([child, sisters, strangers], [1, 2, 3], 0).astype(np.int8)
