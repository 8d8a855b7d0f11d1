"""Explicit rules over the model: what no score may join, whatever else agrees, and the one thing that joins whatever the score.

Pure: features in, the rule of each pair out.

The rules name the kinds of false match that a study of labelled data found to be most of all: parts taken for the whole, numbered
sisters taken for one another, and strangers at one address.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assets.linkage.arrays import Floats
from assets.linkage.features import NAMES

#: The rule that decided about a pair, by number; 0 is none.
RULES = (
    "model", "parent_and_child", "numbered_sisters", "nothing_in_common", "many_branches", "names_differ", "two_premises",
    "other_place", "one_shop",
)  # fmt: skip
#: A name is contained in another when this share of its rarer words is found there (the rest being slips of the pen).
CONTAINED = 0.9
#: Below both, two names have nothing in common but chance letters.
STRANGE_WORDS, STRANGE_LETTERS = 0.25, 0.6
#: Steps of the features `phone` and `website` from which they speak for one body.
TELLING = 2
#: Both names have this much of their own that the other lacks, and share less than COMMON_WORDS of what they say: "Hoskyn Law
#: Firm" and "Gibson Law Firm" at one address are two.
OWN_WORDS, COMMON_WORDS, COMMON_LETTERS = 0.5, 0.6, 0.75
#: What two names share is no more than a word of their trade or place, and they are not written alike either.
TRADE_WORDS, TRADE_LETTERS = 0.5, 0.7
#: Two doors of one building need names this alike.
DOOR_LETTERS = 0.85
#: What a name must tell to stand for one body in two houses: more than one rare word.
TELLING_NAME = 1.4
#: One name says this much that the other does not, while what they share is no telling name.
TENANT_WORDS = 1.5
#: Streets less alike than this are two.
OTHER_STREET = 0.7
#: Half of what a name says; and what one word that is left over can tell at most.
HALF, ONE_WORD = 0.5, 0.75
#: What "north" or "women" can tell where few records make every word a rare one.
SISTER_WORD = 1.0
#: A name found in this many places is a chain's; two of its houses are two branches.
CHAIN_PLACES = 6
#: Less than 200 m apart (as the feature `distance` has it) is one place.
ONE_PLACE = 0.7
#: The most a pair keeps under each rule. A barred pair is never joined or sent to a person; names that differ leave a doubt that
#: other records of the two may settle. Two premises are branches; that one of them was left is seldom, and nothing tells when.
MOST = np.array([1.0, 0.05, 0.05, 0.05, 0.05, 0.35, 0.15, 0.35, 1.0])
#: The least: one number in the books of a chain, at one door, is one shop, whatever its licences call it.
LEAST = np.array([0.0] * 8 + [0.9])
BARRED = 0.05
#: Two records that say nothing of where they are: a name alone is worth this share of what the model gives it.
NAME_ALONE = 0.85

_AT = {name: place for place, name in enumerate(NAMES)}


def barred_by(x: Floats, one_list: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.int8]:
    """The number in `RULES` of what keeps each pair apart, or joins it (`one_shop`); 0 where nothing does.

    `one_list` marks pairs of one list of premises: a body has a row there for each of its houses.
    """

    def f(name: str) -> Floats:
        return x[:, _AT[name]]

    contained = f("name_cover_more") >= CONTAINED
    supporter = (f("name_supporter") == -1) & (f("name_cover_more") >= HALF) & (f("name_left_less") <= ONE_WORD)
    child = ((f("name_child") == -1) & contained) | supporter
    # Two firms of one house are "Maple Court Ltd" and "Maple Court 2 Ltd"; of a grocer and "Grocer II" behind one door a person
    # must say whether the sign was changed.
    one_number = (f("name_numbers") == -1) & contained
    one_door = (
        (f("house_number") == 2)
        & (f("street") >= OTHER_STREET)
        & (f("unit") >= 0)
        & (f("city") >= 0)
        & (f("postcode") >= 0)
        & (f("legal_form") < 1)
    )
    sisters = (
        ((f("name_numbers") == -2) & ((f("name_cover_more") >= HALF) | (f("name_letters") >= COMMON_LETTERS)))
        | (one_number & ~one_door)
        | ((f("name_sister") == -2) & (f("name_cover_less") >= HALF) & (f("name_left_less") <= SISTER_WORD))
    )
    # "Super 8" and "Super8".
    sisters &= f("name_letters") < 1
    telling = (f("phone") >= TELLING) | (f("website") >= TELLING) | (f("name_initials") == 1)
    strange = (f("name_cover_more") < STRANGE_WORDS) & (f("name_letters") < STRANGE_LETTERS) & (f("name_initials") == 0)
    strangers = strange & ~telling
    branches = (
        (f("name_places") >= np.log(CHAIN_PLACES))
        & (f("house_number") == -1)
        & (f("postcode") < 3)
        & (f("phone") < TELLING)
        & (f("distance") < ONE_PLACE)
        & (f("name_numbers") < 2)
    )
    own = (f("name_left_less") >= OWN_WORDS) & (f("name_cover_more") < COMMON_WORDS) & (f("name_letters") < COMMON_LETTERS)
    trade_only = (f("name_shared_here") < TRADE_WORDS) & (f("name_letters") < TRADE_LETTERS)
    other_door = (f("unit") == -1) & (f("name_cover_less") < CONTAINED) & (f("name_letters") < DOOR_LETTERS)
    # A hotel and its restaurant answer one phone: strange names under one number are a question for a person.
    # "Crisis" that says nowhere where it is need not be the Crisis Centre of Bristol.
    nowhere = (f("placed") == 1) & (f("name_cover_less") < CONTAINED)
    # An American postcode holds many streets, a British one a few houses of one.
    other_house = (f("house_number") == -1) & ((f("postcode") < 3) | (f("street") < OTHER_STREET)) & (f("distance") < ONE_PLACE)
    # Towns of two names may be one, where one house and a telling name say so and no postcode or state speaks against it; a Main
    # Street with a First Church is in every town.
    any_town = (f("house_number") < 2) | (f("name_shared_here") < TELLING_NAME)
    two_towns = (f("postcode") == 1) | ((f("postcode") == 0) & (any_town | (f("region") == -1)))
    # Springfield of Illinois and of Missouri.
    other_state = (f("city") >= 0) & (f("region") == -1) & (f("postcode") == -1) & (f("distance") < ONE_PLACE)
    other_town = (f("city") == -1) & ((f("postcode") == -1) | (two_towns & (f("distance") < ONE_PLACE)))
    # The Red Lion of LS29 and of DE1, where nobody says the town.
    other_district = (f("city") == 0) & (f("postcode") == -1) & (f("name_cover_more") >= HALF) & (f("distance") < ONE_PLACE)
    other_town = (other_town | other_state | other_district) & ~telling
    # A mall and its tenant: "Park Plaza" and "Chick-fil-A Park Plaza" at one address.
    says_more = (
        (f("placed") == 2)
        & (f("name_left_more") >= TENANT_WORDS)
        & (f("name_shared_here") < TELLING_NAME)
        & (f("name_letters") < COMMON_LETTERS)
    )
    # In two houses only a telling name or a registered one makes one body: "Silver Spoon LLC", not "The Bakery".
    plain_name = other_house & (f("name_shared_here") < TELLING_NAME) & (f("legal_form") < 1)
    other_form = (f("legal_form") == -1) & other_house
    # "Hoskyn & Company Inc" and "Hoskyn Logistics LLC" at one door, on one telephone: two firms of one house.
    two_forms = (f("legal_form") == -1) & (f("name_cover_less") < CONTAINED) & (f("name_letters") < COMMON_LETTERS)
    differ = (
        ((own | trade_only | other_door | nowhere | other_form | plain_name | says_more) & ~telling)
        | two_forms
        # The band's boosters and the school's parents: two who collect for one body.
        | (f("name_supporter") == -2)
        | (one_number & one_door & (f("name_letters") < 1))
        | (strange & telling)
    )
    premises = np.zeros(len(x), dtype=bool) if one_list is None else one_list
    # One long number in a chain's books is one shop, whatever house a slip of the pen gives it.
    premises = premises & (f("house_number") == -1) & (f("distance") < ONE_PLACE) & (f("name_numbers") < 2)
    one_shop = (
        (f("name_numbers") >= 1)
        & (f("house_number") == 2)
        & (f("street") >= OTHER_STREET)
        & (f("city") >= 0)
        & (f("name_cover_less") >= HALF)
    )
    said = [child, sisters, strangers, branches, premises, differ, other_town, one_shop]
    return np.select(said, [1, 2, 3, 4, 6, 5, 7, 8], 0).astype(np.int8)


def most(x: Floats, rule: npt.NDArray[np.int8]) -> npt.NDArray[np.float64]:
    """The highest probability each pair may keep."""
    return np.asarray(MOST[rule] * np.where(x[:, _AT["placed"]] == 0, NAME_ALONE, 1.0))


def limited(p: npt.NDArray[np.float64], x: Floats, rule: npt.NDArray[np.int8]) -> npt.NDArray[np.float64]:
    """Probabilities under the rules."""
    return np.maximum(np.minimum(np.where(x[:, _AT["placed"]] == 0, p * NAME_ALONE, p), MOST[rule]), LEAST[rule])
