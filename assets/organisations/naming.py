"""Names as people read them and names of people: pure functions on one name at a time.

Does not belong here: comparing names (the `entities` stage) and what a name says about an activity (`name_activity.csv`).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from sources.persons import census_names, is_given

# Lower-case words inside a name, and words that stay in capitals although they look like words.
_SMALL = {"a", "an", "and", "at", "by", "de", "del", "for", "from", "in", "la", "of", "on", "or", "the", "to", "with"}
_CAPITALS = frozenset(
    "AA AAA ABC AC AIDS ALS AM AME AMVETS AR ATM BBQ BMW CASA CDC CDL CME CNA COGIC CPA CVS DBA DDS DJ DVM FFA FM "
    "GMC HIV HVAC IHOP II III IT IV JROTC KFC LGBTQ LLC LLP LP LPN MD MS NAACP NBA NE NFL NW PA PC PLC PLLC PO PTA "
    "PTO PTSA RN ROTC RV SE STEM SW TV UALR UAMS UK UPS US USA VFW YMCA YWCA".split()
)
_VOWELS = set("AEIOUY")
_ABBREVIATIONS = {
    "ST",
    "DR",
    "MR",
    "MRS",
    "JR",
    "SR",
    "MT",
    "FT",
    "CTR",
    "DEPT",
    "SVC",
    "SVCS",
    "BLVD",
    "CNTR",
    "MGMT",
    "PKWY",
}

_TITLES = {"DR", "MR", "MRS", "MS", "MISS", "REV", "ATTY", "PROF"}
_SUFFIXES = frozenset(
    "JR SR II III IV MD DO DDS DMD OD DC DVM DPM PHD PSYD EDD CPA ESQ RN APRN LPN LCSW LPC LMFT LMT PT OT SLP MA MS "
    "CFP ATTORNEY LAW AT".split()
)

#: Census surnames are listed by frequency. Without a middle initial to vouch for it, a rarer one is no proof: the tail
#: of the list is full of ordinary words.
_COMMON_SURNAMES = 45_000
_FREQUENT_SURNAMES = 2_000
_VERY_FREQUENT_SURNAMES = 150
_SURNAMES_THAT_ARE_WORDS = frozenset(
    "BAKER BELL BLACK BROOKS BROWN BUTLER CARPENTER CARTER COOK COOPER CRUZ FISHER FORD FOX GRAY GREEN HILL HUNTER KING LONG "
    "MARSHALL MASON MILLER PARKER PORTER PRICE RAY REED ROSE STONE TAYLOR TURNER WALKER WARD WELLS WEST WHITE "
    "WOOD WOODS YOUNG".split()
)


def display_name(name: str) -> str:
    """The name as a person would write it; for reading, never for matching.

    >>> display_name("ARKANSAS CHILDREN'S HOSPITAL FOUNDATION INC")
    "Arkansas Children's Hospital Foundation Inc"
    >>> display_name("THE BOOKWORM OF LITTLE ROCK LLC")
    'The Bookworm of Little Rock LLC'
    >>> display_name("Clinton School of Public Service")
    'Clinton School of Public Service'
    >>> display_name("Autism Initiatives,")
    'Autism Initiatives'
    >>> display_name("Ferry Lane Pantry(part of Larkmere Pan")
    'Ferry Lane Pantry'
    """
    text = " ".join(name.replace("�", "").split())
    # What is left behind where a form cut a name short or parted it from its address.
    text = re.sub(r"\s*\([^)]*$", "", text) or text
    text = text.rstrip(" ,;:-") or text
    if any(c.islower() for c in text):
        return text
    words = text.split(" ")
    return " ".join(_display_word(w, first=i == 0, last=i == len(words) - 1) for i, w in enumerate(words))


def _display_word(word: str, *, first: bool, last: bool) -> str:
    bare = re.sub(r"[^A-Z0-9]", "", word)
    unpronounceable = bare.isalpha() and 2 <= len(bare) <= 5 and not _VOWELS & set(bare) and bare not in _ABBREVIATIONS
    if bare in _CAPITALS or unpronounceable:
        return word
    if word.lower() in _SMALL and not first and not last:
        return word.lower()
    if re.fullmatch(r"[A-Z]{1,2}&[A-Z]S?|([A-Z]\.)+[A-Z]?\.?", word):
        return word
    parts = [_capitalise(p) for p in re.split(r"([-/(])", word)]
    return "".join(parts)


def _capitalise(part: str) -> str:
    lowered = part.lower()
    mc = re.fullmatch(r"(mc|o')([a-z].+)", lowered)
    if mc and len(mc[2]) > 2:
        return mc[1].capitalize() + mc[2].capitalize()
    # The first letter, wherever digits or quotes stand before it; a plural or possessive after a number stays small.
    match = re.match(r"([^a-z]*)([a-z])(.*)", lowered, flags=re.S)
    if match is None or re.match(r"\d+('?s|st|nd|rd|th)\b", lowered):
        return lowered
    return match[1] + match[2].upper() + match[3]


@cache
def _trade_words() -> frozenset[str]:
    """Words that are census names too, but in a business's name almost always mean the trade."""
    return frozenset(files("assets.organisations").joinpath("trade_words.txt").read_text("utf-8").split())


def _given(word: str) -> bool:
    return is_given(word.removeprefix("D'").replace("'", ""))


def _surname(word: str, limit: int = _COMMON_SURNAMES) -> bool:
    return all(part in census_names("all.last", limit) for part in word.replace("'", "").split("-"))


def is_person_name(name: str, *, usual: bool = False) -> bool:
    """Whether a business's registered name is only a person's name: a sole trader, a landlord, a couple.

    Names come from the US Census of 1990 (package `names`). A legal form or a word of a trade makes it a firm. `usual`:
    the register's class is one where persons are the rule (letting property), so one known half of the name is enough.

    >>> [is_person_name(n) for n in ("DOYLE ROGERS", "SMITH, JOHN A", "DR. TOM GULLEY", "JOHN & MARY SMITH")]
    [True, True, True, True]
    >>> [is_person_name(n) for n in ("ANDREA'S", "GORDON'S LAWN CARE", "JC JONES LLC", "ROSE NAILS", "SUBWAY")]
    [False, False, False, False, False]
    """
    text = name.upper().replace(".", " ")
    if re.search(r"[0-9#@/+|!]|'S\b|\bTHE\b|\bOF\b", text):
        return False
    text = re.sub(r",\s*(JR|SR|II|III|IV)\s*$", "", text)
    if text.count(",") == 1 and not re.search(r",\s*(JR|SR|II|III|IV|MD|DDS|CPA|DVM|OD|DC|PHD|ESQ)\b", text):
        surname, rest = text.split(",")
        text = f"{rest} {surname}"
    halves = [_person_words(half) for half in re.split(r"\s&\s|\sAND\s", text.replace(",", " "))]
    if len(halves) > 2 or not all(halves):
        return False
    if len(halves) == 2 and len(halves[0]) == 1:
        return _given(halves[0][0]) and _is_full_name(halves[1], usual)
    return all(_is_full_name(half, usual) for half in halves)


def _person_words(text: str) -> list[str]:
    words = re.findall(r"[A-Z'][A-Z'-]*", text)
    while words and words[0] in _TITLES:
        words = words[1:]
    while words and words[-1] in _SUFFIXES:
        words = words[:-1]
    return words


def _is_full_name(words: list[str], usual: bool) -> bool:
    if not 2 <= len(words) <= 4 or set(words) & _trade_words() or any(w.startswith("'") or w.endswith("'") for w in words):
        return False
    first, *middle, last = words
    if len(last) < 2:
        return False
    if len(middle) == 1 and len(middle[0]) == 1:  # DERRELL A COLEMAN: the form itself says person
        return len(first) > 1 and (_given(first) or _surname(last))
    if len(first) == 1:  # J SMITH is no proof; J ALLEN SMITH is
        return bool(middle) and _given(middle[0]) and _surname(last)
    if usual and len(words) == 2:
        return _given(first) or _surname(last, _FREQUENT_SURNAMES)
    if len(words) == 2 and len(first) > 3 and last not in _SURNAMES_THAT_ARE_WORDS and not _surname(first):
        # PRIYA BARNES: a first name the census of 1990 hardly knew, before a surname that is no word of English.
        return (_given(first) and _surname(last)) or _surname(last, _VERY_FREQUENT_SURNAMES)
    return _given(first) and _surname(last) and all(len(m) == 1 or _given(m) or _surname(m) for m in middle)
