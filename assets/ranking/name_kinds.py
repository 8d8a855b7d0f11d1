"""What kind of body a name tells of: "Hollow Oak Farm" a farm, "Hebron Volunteer Fire Company" a fire service.

Belongs here: folding a name to plain words, and the words that tell a kind. Does not: activities with offers and needs (the
ontology and the tagger), or how alike two bodies are (`likeness.py`). The kinds are coarse on purpose: they only have to tell
apart whom funders tell apart, and they are all a name holds where a register gives no code.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

#: Words by kind, singular; a star stands for any ending. Written from general knowledge of names in Britain, Ireland and the
#: United States. Faith is told by the building or office, never by the creed: no creed is a weight of its own.
KINDS: dict[str, str] = {
    "school": "school academy university college learning education* preschool montessori student campus",
    "children": "child* childcare daycare kid nursery youth boy girl tot toddler* playgroup",
    "faith": "church chapel temple mosque synagogue ministr* parish congregation tabernacle cathedral diocese",
    "emergency": "fire vfd volunteer rescue ambulance ems lifeboat",
    "health": "hospital health* medical clinic hospice nursing pharma* dental dentist* wellness cancer recovery care therap* "
    "surg* pediatric* physician surgery optician",
    "farm": "farm farming orchard vineyard winery dairy agri* poultry acre livestock grain ranch stable equine seed sod cattle "
    "grower",
    "arts": "art museum theatre theater symphony orchestra opera ballet dance music choral chorus choir gallery film cultural "
    "concert historical historic heritage preservation festival player library",
    "local government": "county city town mayor commission* sheriff* police board court department dept authority municipal* "
    "council government office borough village",
    "housing": "housing home apartment apt village habitat shelter manor tower garden terrace place realty property developer lp "
    "lllp partnership associate residen* house court lettings",
    "association": "foundation association assn society coalition trust league ymca ywca friend alliance charit* community "
    "center centre institute network service fund project program programme initiative club",
    "nature": "river* watershed bay conservancy conservation environment* land forest* wildlife stream creek nature ecolog* park "
    "soil woodland animal",
    "energy": "energy solar power electric renewable fuel gas oil wind utility propane",
    "technology": "technolog* tech system software bio* lab laborator* science scientific diagnostic cyber digital data "
    "engineering research innovation nano* robotic analytic genomic",
    "building": "construction contractor contracting builder building plumbing roofing hvac heating mechanical excavating paving "
    "landscap* painting concrete design architect* joinery",
    "transport": "transport* trucking logistic limo* cab taxi auto* motor air airport aviation marine port shipping line freight "
    "rail* transit leasing bus haulage garage",
    "food": "restaurant cafe grill brew* bakery food pizza kitchen catering coffee seafood market grocer* distill* inn tavern "
    "hotel suite pub butcher*",
    "making": "manufacturing mfg product industry steel metal machine tool packaging plastic printing paper fabricat* glass "
    "cabinet* chemical equipment supply",
    "law": "law legal justice court mediation advocate violence victim abuse crime solicitor",
    "work": "workforce job employment career training goodwill labor labour apprentice* union trade",
    "firm": "llc ltd limited lp llp plc corp corporation company co enterprise group holding partner consulting consultant "
    "solution international global studio shop store salon bank capital pc venture investment",
    "finance": "bank* financial credit capital investment insurance mortgage saving",
}


def name_words(text: str | None) -> list[str]:
    """The words of a name or text, folded to plain lower case, in their order; one-letter words and bare numbers left out."""
    plain = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode().lower()
    return [word for word in re.findall(r"[a-z0-9]+", plain.replace("'", "")) if len(word) > 1 and not word.isdigit()]


@cache
def singular(word: str) -> str:
    """A word without its plural ending: farms -> farm, industries -> industry, glass stays."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def word_kinds(word: str) -> tuple[str, ...]:
    """The kinds one folded word tells, in the order of `KINDS`."""
    return tuple(kind for kind, (whole, starts) in _table().items() if singular(word) in whole or word.startswith(starts))


@cache
def _table() -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    table = {}
    for kind, listed in KINDS.items():
        words = listed.split()
        starts = tuple(word[:-1] for word in words if word.endswith("*"))
        table[kind] = (frozenset(word for word in words if not word.endswith("*")), starts)
    return table
