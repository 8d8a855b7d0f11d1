"""The features of a pair of records: their names, what they mean, and the numbers for batches of pairs.

Every feature means the same on any data set, and every one but those marked free rises with agreement, so that a model can be
held to "more agreement never lowers a probability".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.linkage.arrays import Floats, Ints, Records
from assets.linkage.name_features import measure_names
from assets.linkage.place_features import measure_places


@dataclass(frozen=True)
class Feature:
    """One number of a pair. `rises` is 1 where more means more agreement, -1 where less does, 0 where it may go either way."""

    name: str
    field: str
    rises: int
    says: str


FEATURES = (
    Feature("name_letters", "name", 1, "similarity of the names without blanks, 0 to 1"),
    Feature("name_start", "name", 1, "Jaro-Winkler similarity of the names, which counts beginnings more"),
    Feature("name_any_order", "name", 1, "similarity of the names with their words sorted"),
    Feature("name_cover_less", "name_words", 1, "share of a name, weighed, that the other has too, of the side with less"),
    Feature("name_cover_more", "name_words", 1, "the same of the side with more: 1 where one name contains the other"),
    Feature("name_shared", "name_words", 1, "how much the shared words tell; 1 is a word only one record has"),
    Feature("name_shared_here", "name_words", 1, "the same, where both lie in one district, by what the words tell apart there"),
    Feature("name_left_less", "name_words", -1, "how much the words tell that only one side has, the side with less"),
    Feature("name_left_more", "name_words", 0, "the same of the side with more"),
    Feature("name_local", "name_words", 0, "how much the words left over tell that name the place of either"),
    Feature("name_initials", "name", 1, "one name is the initials of the other"),
    Feature("name_same", "name", 1, "the names are written alike"),
    Feature("name_places", "name", -1, "logarithm of the places where a body of this name is found"),
    Feature("name_numbers", "name_numbers", 1, "numbers left over in the names: on no side, one, both; or one marked number"),
    Feature("name_child", "name_words", 1, "words left over that name a part or supporter of a body: on no side, one, both"),
    Feature("name_supporter", "name_words", 1, "words left over that name who collects for a body: on no side, one, both"),
    Feature("name_sister", "name_words", 1, "words left over that tell sisters apart: on no side, one, both"),
    Feature("legal_form", "legal_form", 1, "legal form: another, not known, the same"),
    Feature("name_in_address", "address", 0, "share of a name that is found in the other's address"),
    Feature("street", "address", 1, "similarity of the streets, 0 to 1"),
    Feature("street_rare", "address", 1, "weight of the words both addresses share"),
    Feature("house_number", "address", 1, "house number: another, not known, next door, the same"),
    Feature("unit", "address", 1, "unit, flat or suite: another, not known, the same"),
    Feature("postcode", "postcode", 1, "postcode: elsewhere, not known, same district, one letter off, the same"),
    Feature("placed", "city", 0, "how many of the two say where they are"),
    Feature("city", "city", 1, "town: another, not known, the same"),
    Feature("region", "city", 1, "region: another, not known, the same"),
    Feature("country", "city", 1, "country: another, not known, the same"),
    Feature("distance", "distance", 1, "minus the logarithm of the kilometres between them"),
    Feature("phone", "phone", 1, "phone: another, one digit off, not known, shared by many, by some, theirs"),
    Feature("website", "website", 1, "web site: another, not known, shared by many, by some, theirs"),
    Feature("site_and_name", "website", 1, "how much of the one side's web site the other's name spells"),
)  # fmt: skip
#: Names of the features in the order of the columns of `measure`.
NAMES = tuple(f.name for f in FEATURES)


def measure(r: Records, a: Ints, b: Ints) -> Floats:
    """A row of `FEATURES` for each pair of rids. Where a body goes by several names the two most alike are compared."""
    form_a, form_b, pair = _forms(r, a, b)
    names = measure_names(r, form_a, form_b)
    if len(pair) != len(a):
        best = _best(names, form_a, form_b, pair, len(a))
        names = {name: values[best] for name, values in names.items()}
    places = measure_places(r, a, b)
    return np.column_stack([names[f] if f in names else places[f] for f in NAMES])


def _forms(r: Records, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """Every form of a with every form of b, and which pair each belongs to."""
    many = r.forms[a].astype(np.int64) * r.forms[b]
    pair = np.repeat(np.arange(len(a)), many)
    nth = np.arange(len(pair)) - np.repeat(np.cumsum(many) - many, many)
    across = r.forms[b][pair]
    return (
        (r.first_form[a][pair] + nth // across).astype(np.int32),
        (r.first_form[b][pair] + nth % across).astype(np.int32),
        pair.astype(np.int32),
    )


def _best(names: dict[str, Floats], form_a: Ints, form_b: Ints, pair: Ints, count: int) -> Ints:
    """The row of each pair whose names are most alike; ties go to the earlier forms."""
    alike = names["name_letters"] + names["name_cover_less"] + names["name_cover_more"]
    order = np.lexsort((form_b, form_a, -alike, pair))
    first = np.searchsorted(pair[order], np.arange(count))
    return order[first].astype(np.int32)
