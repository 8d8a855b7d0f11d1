"""The telling part of a synthetic name: "Dunya", "Harkness & Sons", "The Crooked Kettle", "St Mary's".

Belongs here: how such parts are made and which trades like which. Does not: the word that says what a body is, which
`synthetic_bodies.py` adds, and how a list spells the whole (`synthetic_records.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import synthetic_words as words
from synthetic_places import Premises, pick, pick_common

#: How the telling part of a name is made, as shares.
CORES_OF_TRADE: dict[str, dict[str, int]] = {
    "food": {"pair": 24, "foreign": 11, "possessive": 17, "sound": 20, "surname": 4, "place": 12, "numbered": 6, "joined": 6},
    "shop": {"pair": 18, "surname": 17, "sound": 20, "place": 20, "possessive": 10, "letters": 7, "joined": 8},
    "service": {"pair": 15, "surname": 22, "sound": 18, "place": 25, "possessive": 8, "letters": 7, "joined": 5},
    "firm": {"surname": 28, "partners": 12, "sound": 24, "letters": 12, "pair": 12, "place": 7, "joined": 5},
    "charity": {"place": 50, "pair": 16, "sound": 12, "saint": 10, "person": 7, "numbered": 2, "foreign": 3},
    "worship": {"saint": 52, "place": 36, "pair": 6, "sound": 6},
    "school": {"person": 40, "place": 36, "saint": 18, "surname": 6},
    "childcare": {"pair": 38, "possessive": 14, "place": 18, "person": 10, "saint": 8, "sound": 12},
    "public": {"place": 86, "person": 8, "pair": 6},
    "lodging": {"place": 40, "pair": 32, "foreign": 8, "surname": 20},
    "bank": {"place": 50, "pair": 20, "surname": 30},
    "fuel": {"sound": 35, "place": 35, "surname": 30},
}  # fmt: skip


def by_share(shares: dict[str, int]) -> tuple[str, ...]:
    """The keys, each as often as its share: drawing one is then drawing an index."""
    return tuple(key for key, share in shares.items() for _ in range(share))


#: trade: the styles of its names, each as often as its share
STYLES = {trade: by_share(shares) for trade, shares in CORES_OF_TRADE.items()}


def _sound(rng: Random, place: Premises) -> str:
    return "".join(pick(rng, words.SOUNDS) for _ in range(2 + (rng.random() < 0.5))).capitalize()


def _pair(rng: Random, place: Premises) -> str:
    noun = pick(rng, words.NOUNS)
    chance = rng.random()
    if chance < 0.25:
        return f"The {pick(rng, words.ADJECTIVES)} {noun}"
    if chance < 0.35:
        return f"{noun} & {pick(rng, words.NOUNS)}"
    return f"{pick(rng, words.ADJECTIVES)} {noun}"


def _joined(rng: Random, place: Premises) -> str:
    """Two words that some write as one: "QuickStop"."""
    return f"{pick(rng, words.ADJECTIVES)}{pick(rng, words.NOUNS)}"


def _possessive(rng: Random, place: Premises) -> str:
    owner = pick(rng, words.FIRST_NAMES)
    return f"{owner} {pick(rng, words.SURNAMES)}'s" if rng.random() < 0.15 else f"{owner}'s"


def _place(rng: Random, place: Premises) -> str:
    street = place.street
    chance = rng.random()
    if chance < 0.45:
        return street.area
    if chance < 0.65:
        return place.town.name
    return f"{street.name} {street.type_full}" if chance < 0.8 else street.name


def _surname(rng: Random, place: Premises) -> str:
    surname = pick_common(rng, words.SURNAMES)
    chance = rng.random()
    if chance < 0.2:
        return (
            f"{pick(rng, words.LETTERS)} {surname}"
            if chance < 0.12
            else f"{pick(rng, words.LETTERS)}{pick(rng, words.LETTERS)} {surname}"
        )
    return f"{surname} & Sons" if chance < 0.28 else surname


def _saint(rng: Random, place: Premises) -> str:
    saint = pick_common(rng, words.SAINTS)
    return f"St {saint}{'s' if rng.random() < 0.1 else chr(39) + 's' if rng.random() < 0.7 else ''}"


#: The telling part of a name in each style, for a body at these premises.
TELLING: dict[str, Callable[[Random, Premises], str]] = {
    "sound": _sound,
    "pair": _pair,
    "joined": _joined,
    "possessive": _possessive,
    "place": _place,
    "surname": _surname,
    "saint": _saint,
    "partners": lambda rng, place: f"{pick(rng, words.SURNAMES)} & {pick(rng, words.SURNAMES)}",
    "person": lambda rng, place: f"{pick(rng, words.FIRST_NAMES)} {pick(rng, words.SURNAMES)}",
    "foreign": lambda rng, place: pick(rng, words.FOREIGN),
    "letters": lambda rng, place: "".join(pick(rng, words.LETTERS) for _ in range(2 + (rng.random() < 0.7))),
    "numbered": lambda rng, place: pick(rng, words.NUMBERED_NAMES).format(pick(rng, words.NOUNS)),
}


def near_sound(rng: Random, word: str) -> str:
    """`word` with one letter exchanged: "Wong" → "Wang"."""
    at = int(rng.random() * len(word))
    return word[:at] + pick(rng, tuple("aeiou") if word[at] in "aeiou" else tuple("bdgmnprst")) + word[at + 1 :]
