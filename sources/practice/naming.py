"""Invented names, and the ways registers mangle them.

Belongs here: filling name patterns, keeping names apart, and the noise one register adds to a name or street another
register writes cleanly. Does not: which organisations exist.
"""

from __future__ import annotations

import random
import re
import unicodedata

from sources.practice.words import words

_LISTS = {
    "first": "first_names",
    "last": "last_names",
    "place": "place_names",
    "thing": "things",
    "colour": "colours",
    "quality": "qualities",
    "initials": "initials",
    "virtue": "virtues",
    "saint": "saints",
    "school": "schools",
    "level": "school_levels",
    "street": "streets",
    "head": "coined_heads",
    "tail": "coined_tails",
}
_FORMS = {"LLC", "INC", "CO", "CORP", "PLLC", "PA", "LLP", "PLC", "LP", "THE", "AND"}
_SHORT_WORDS = {
    "COMMUNITY": "COMM",
    "CENTER": "CTR",
    "FOUNDATION": "FDN",
    "ASSOCIATION": "ASSN",
    "SERVICES": "SVCS",
    "MINISTRIES": "MIN",
    "DEVELOPMENT": "DEV",
    "HOSPITAL": "HOSP",
    "UNIVERSITY": "UNIV",
    "INSTITUTE": "INST",
    "NEIGHBORHOOD": "NBHD",
    "COUNTY": "CO",
}
_LONG_STREETS = {
    "ST": "STREET",
    "AVE": "AVENUE",
    "RD": "ROAD",
    "DR": "DRIVE",
    "LN": "LANE",
    "BLVD": "BOULEVARD",
    "CT": "COURT",
    "PKWY": "PKY",
}


class _Slots(dict[str, str]):
    """Values for a pattern, drawn when the pattern asks: `{last}` and `{last2}` never get the same word."""

    def __init__(self, rng: random.Random, given: dict[str, str]) -> None:
        super().__init__(given)
        self._rng = rng

    def __missing__(self, slot: str) -> str:
        if slot == "number":
            value = str(self._rng.randrange(10, 980))
        elif slot == "house":
            value = str(self._rng.randrange(100, 4000))
        elif slot == "coined":
            value = self._rng.choice(words()["coined_heads"]) + self._rng.choice(words()["coined_tails"])
        else:
            pool: list[str] = words()[_LISTS[slot.rstrip("23")]]
            value = self._rng.choice(pool)
            while value in self.values():
                value = self._rng.choice(pool)
        self[slot] = value
        return value


def fill(pattern: str, rng: random.Random, **given: str) -> str:
    """A name from a pattern, e.g. `{last} & SONS {noun}`. Slots not given are drawn from the word lists."""
    return pattern.format_map(_Slots(rng, given))


def person(rng: random.Random) -> str:
    """A sole trader's own name."""
    middle = rng.choice(("", "", "", "{} ".format(rng.choice("ABCDEGHJKLMRST"))))
    return f"{rng.choice(words()['first_names'])} {middle}{rng.choice(words()['last_names'])}"


def contact(rng: random.Random) -> str:
    """A contact person: family names nobody else in town has, so that a leak is seen."""
    return f"{rng.choice(words()['first_names'])} {rng.choice(words()['contact_last_names'])}"


class NameRegister:
    """Names already given. Two bodies never share one by chance, only where a look-alike is planted."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str) -> bool:
        """Reserve a name; False where another body has it, legal form and punctuation aside."""
        core = " ".join(word for word in re.findall(r"[A-Z0-9]+", plain(name)) if word not in _FORMS)
        if core in self._taken:
            return False
        self._taken.add(core)
        return True

    def invent(self, rng: random.Random, patterns: list[str], **given: str) -> str:
        """A free name from one of the patterns. A town too big for them gets names with a place word, then numbers."""
        for attempt in range(30):
            name = fill(rng.choice(patterns), rng, **given)
            if attempt > 20:
                name = f"{name} OF {rng.choice(words()['place_names'])}"
            if self.take(name):
                return name
        number = 2
        while not self.take(f"{name} {number}"):
            number += 1
        return f"{name} {number}"


def plain(text: str) -> str:
    """Accents taken off: `CAFÉ` -> `CAFE`."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def scarred(text: str) -> str:
    """Accented letters as an export that lost them writes them: `CAFÉ` -> `CAF` and U+FFFD."""
    return re.sub(r"[^\x00-\x7f]", "\ufffd", text)


def glued(text: str) -> str:
    """A name as two fields of 30 and 20 characters, each trimmed, glued without the blank between."""
    return text[:30].rstrip() + text[30:50].rstrip()


def retold(rng: random.Random, name: str) -> str:
    """The same name as another register might write it: one or two of the usual liberties, never another name."""
    changes = [_drop_form, _swap_and, _drop_the, _shorten, _drop_marks]
    for change in rng.sample(changes, k=rng.choice((1, 2, 2))):
        name = change(name)
    return name


def _drop_form(name: str) -> str:
    return re.sub(r",? (LLC|INC|CO|CORP|PLLC|PA|LLP|PLC|LP)$", "", name)


def _swap_and(name: str) -> str:
    return name.replace(" & ", " AND ") if " & " in name else name.replace(" AND ", " & ")


def _drop_the(name: str) -> str:
    return name.removeprefix("THE ")


def _shorten(name: str) -> str:
    first, *rest = name.split(" ")
    return " ".join([first, *(_SHORT_WORDS.get(word, word) for word in rest)])


def _drop_marks(name: str) -> str:
    return re.sub(r"['.,]", "", name)


def street_retold(rng: random.Random, street: str) -> str:
    """The same address in another hand: ST for STREET, a suite left out or written otherwise."""
    if rng.random() < 0.5:
        street = re.sub(r" (STE|UNIT|#) ?(\d+)$", rng.choice(("", r" #\2", r" SUITE \2")), street)
    return " ".join(_LONG_STREETS.get(word, word) for word in street.split(" ")) if rng.random() < 0.6 else street


def mistyped(rng: random.Random, word: str) -> str:
    """Two neighbouring letters swapped, as in the town names of hurried clerks."""
    at = rng.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
