"""How registers write the bodies of the synthetic world: every list has its columns and its habits.

Belongs here: the lists of each lens and the ways a name, an address, a telephone number or a postcode comes to differ between two
records of one body. Does not: what is true of a body (`synthetic_bodies.py`) or of a place (`synthetic_places.py`). Rates are
chances per record unless they say otherwise; they were set by reading true pairs of published lists side by side.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from random import Random

import synthetic_words as words
from synthetic_bodies import Body
from synthetic_places import Premises, Street, pick

# What happens to a name.
ALIAS_USED = 0.3  # of records of a body with another name, those that use it
DROP_GENERIC = 0.07  # "Cafe Dunya" → "Dunya"
ADD_DESCRIPTOR = 0.08  # "Baron Dental" → "Baron Dental Care & Implant Clinic"
ADD_PLACE = 0.05  # quarter, street or town; more where the list is of branches
BRANCH_PLACE = 0.17
ACRONYM = 0.012  # instead of the name; twice as often in brackets after it
REORDER = 0.015  # "Grill Room Four Seasons", "Rutter, Nina School"
THE = 0.04  # "The" put before, left out, or put at the end
ABBREVIATE = 0.06  # a word: "Ctr"
EXCHANGE = 0.03  # a word of the same meaning: "Center", "Daycare"
AND_SIGN = 0.25  # & for and, or the other way round, where there is one
NO_APOSTROPHE = 0.25  # where there is one
SAINT_WRITTEN_OUT = 0.15  # "Saint Mary's"; "St." twice as often
SPLIT_JOINED = 0.45  # "QuickStop" → "Quick Stop"; "Quickstop" a quarter
JOIN_WORDS = 0.015  # "Quick Stop" → "Quickstop"
FIGURES = 0.3  # "Twelve" → "12" where there is such a word
ACCENTS_LOST = 0.45  # replaced by the plain letter; dropped altogether a fifth as often ("Caf Lumire")
TYPO = 0.03  # one letter lost, doubled, exchanged or swapped
OTHER_NAME = 0.5  # of lists with such a column, records that give the other names

# What happens to an address.
OLD_ADDRESS = 0.35  # of records of a body that moved
NUMBER_CHANGED = 0.025  # 21 Castle Street and 24 Castle Street in two lists of one restaurant
CORNER = 0.02  # the same door counted to the street round the corner
DIRECTION_LOST = 0.06  # "1972 N. Hillhurst Ave." → "1972 Hillhurst Ave."
TYPE_LOST = 0.03  # "224 N. Central"
STREET_TYPO = 0.02
RANGE_CUT = 0.4  # "109-115" → "109"
UNIT_SHOWN = 0.75
BUILDING_SHOWN = 0.7
AREA_SHOWN = 0.05  # the quarter after the street, or instead of the town
POSTCODE_WRONG = 0.02
PLUS4_RATE = 0.12  # of American postcodes: nine figures
PHONE_WRONG = 0.015
SECOND_PHONE_USED = 0.3
FAR_POINT = 0.08  # points put on the map by hand, hundreds of metres away
PLATFORM_PAGE = 0.05  # a page at a platform in place of the website
AGENCY_PAGE = 0.3  # of sites, those that leave their operator's website out


@dataclass(frozen=True, slots=True)
class Source:
    """A list's columns (chances that a cell is filled) and habits."""

    name: str
    case: str = "as is"  # "upper" or "lower"
    steady: float = 0.35  # prints the name as the body itself writes it
    legal: float = 0.1  # prints the legal form
    address: float = 1.0
    number: float = 0.97  # of addresses, those with a number
    street_first: bool = False  # "Hunter Square, 2"
    street: int = 0  # 0 "Street", 1 "St", 2 "St."
    commas: float = 0.5
    cross: float = 0.0  # "at St. George St", "near Hudson St."
    city: float = 1.0
    region: float = 0.0
    postcode: float = 0.9
    postcode_mangled: float = 0.03  # only the first half, or badly spaced
    whole_address: bool = False  # town and postcode inside the address, their own columns empty
    phone: float = 0.0
    phone_form: int = 0
    website: float = 0.0
    point: float = 0.0
    point_noise: float = 20.0  # metres, standard deviation
    identifiers: float = 0.0
    other_names: float = 0.0
    descriptors: float = 1.0  # how much likelier than others to add words or places
    agency: str = "dash"  # sites: "dash", "join", "site", "swap"
    cut: int = 0  # longest name


#: The lists of each lens. Names of lists repeat between towns, as one national register covers them all.
SOURCES: dict[str, tuple[Source, ...]] = {
    "map": (
        Source("open_map", steady=0.6, address=0.5, street_first=True, postcode=0.25, point=1.0, point_noise=12, descriptors=0.4),
        Source(
            "check_ins",
            steady=0.45,
            address=0.7,
            number=0.85,
            street=1,
            cross=0.3,
            postcode=0.5,
            postcode_mangled=0.15,
            point=1.0,
            point_noise=45,
            descriptors=1.5,
        ),
        Source("reviews", steady=0.55, address=0.95, postcode=0.93, point=1.0, point_noise=35, descriptors=1.6, phone=0.1),
    ),
    "guide": (
        Source("guide", steady=0.6, case="lower", street=2, cross=0.3, postcode=0.0, phone=1.0, phone_form=1, descriptors=0.5),
        Source("second_guide", steady=0.6, case="lower", street=2, postcode=0.0, phone=1.0, phone_form=2, descriptors=1.3),
    ),
    "grants": (
        Source("grants", steady=0.15, legal=0.15, commas=0.1, postcode=0.98, website=0.75),
        Source("community_fund", steady=0.15, legal=0.6, commas=0.9, region=0.7, postcode=0.98, descriptors=1.3),
        Source("trust_awards", legal=0.3, address=0.3, number=0.6, city=0.7, postcode=0.4, identifiers=0.15),
        Source(
            "charity_register", case="upper", legal=0.9, postcode=0.97, phone=0.5, website=0.5, identifiers=0.5, other_names=0.6
        ),
    ),
    "register": (
        Source("companies", case="upper", legal=1.0, commas=0.8, region=0.5, postcode=0.98, identifiers=0.35),
        Source(
            "charity_register", case="upper", legal=0.9, postcode=0.97, phone=0.5, website=0.5, identifiers=0.4, other_names=0.6
        ),
        Source("tax_list", case="upper", legal=0.8, street=1, commas=0.0, region=1.0, postcode=0.99, cut=30, identifiers=0.2),
        Source(
            "directory",
            legal=0.25,
            street=1,
            phone=0.9,
            phone_form=3,
            website=0.6,
            postcode=0.8,
            descriptors=1.5,
            other_names=0.2,
        ),
        Source("council_list", legal=0.4, whole_address=True, commas=0.9),
        Source("members", legal=0.3, address=0.8, postcode=0.85, phone=0.7, phone_form=4, website=0.8),
    ),
    "licences": (
        Source("permits", case="upper", legal=0.8, street=1, commas=0.0, city=0.6, region=0.6, postcode=0.8, cut=30),
        Source(
            "licences", case="upper", legal=0.5, street=1, phone=0.4, phone_form=5, point=0.4, point_noise=60, other_names=0.3
        ),
        Source("inspections", legal=0.2, postcode=0.9, point=0.7, point_noise=30),
        Source("violations", case="upper", legal=0.5, whole_address=True, street=1, commas=0.3),
        Source("directory", legal=0.25, street=1, phone=0.9, phone_form=3, website=0.6, postcode=0.8, descriptors=1.5),
    ),
    "care": (
        Source(
            "portal",
            steady=0.25,
            legal=0.15,
            street=2,
            city=0.0,
            postcode=0.0,
            phone=0.93,
            phone_form=6,
            agency="dash",
            descriptors=0.7,
        ),
        Source(
            "agency_sites",
            steady=0.25,
            legal=0.1,
            street=1,
            city=0.0,
            postcode=0.97,
            phone=0.9,
            phone_form=6,
            agency="join",
            website=0.3,
            descriptors=0.7,
        ),
        Source(
            "funded_places",
            steady=0.25,
            case="upper",
            legal=0.2,
            street=1,
            commas=0.0,
            city=0.0,
            postcode=0.98,
            phone=0.9,
            phone_form=6,
            agency="join",
        ),
        Source(
            "school_finder",
            steady=0.25,
            street=2,
            city=0.0,
            postcode=0.97,
            phone=0.95,
            phone_form=6,
            agency="site",
            descriptors=0.6,
        ),
        Source(
            "helper_list", steady=0.25, legal=0.2, city=0.2, postcode=0.95, phone=0.85, phone_form=6, agency="dash", website=0.3
        ),
        Source("programmes", street=1, city=0.6, postcode=0.7, phone=0.7, phone_form=2, agency="swap"),
        Source("accredited", legal=0.5, city=0.9, region=0.9, postcode=0.9, phone=0.6, phone_form=3, agency="site"),
    ),
}
#: Records of one body: most have one or two; people re-apply and sites have several programmes, so some have many.
RECORDS: dict[str, tuple[int, ...]] = {
    "map": (1,) * 46 + (2,) * 30 + (3,) * 18 + (4,) * 5 + (6,),
    "guide": (1,) * 66 + (2,) * 33 + (3,),
    "grants": (1,) * 60 + (2,) * 30 + (3,) * 9 + (5,),
    "register": (1,) * 46 + (2,) * 30 + (3,) * 15 + (4,) * 6 + (6,) * 2 + (9,),
    "licences": (1,) * 42 + (2,) * 26 + (3,) * 16 + (4,) * 8 + (6,) * 5 + (8,) * 2 + (12,),
    "care": (1,) * 36 + (2,) * 27 + (3,) * 10 + (4,) * 12 + (5,) * 6 + (6,) * 4 + (8,) * 3 + (12,) * 2,
}

_DIRECTIONS = {"N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "SW": "Southwest"}
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FIGURES = "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th".split()
_WRITTEN_OUT = dict(zip(_FIGURES, words.ORDINALS, strict=True))
_EXPANSIONS = {short: full for full, short in words.ABBREVIATIONS.items()}
#: source, name, other_names, address, city, region, postcode, country, phone, website, lat, lon, identifiers
Row = tuple[str, str, tuple[str, ...], str, str, str, str, str, str, str, float | None, float | None, tuple[str, ...]]


def write_records(rng: Random, body: Body) -> list[Row]:
    """The records of one body, one or more, each by a list that covers its town."""
    lens = body.place.town.lens
    return [write_record(rng, body, pick(rng, SOURCES[lens])) for _ in range(pick(rng, RECORDS[lens]))]


def write_record(rng: Random, body: Body, source: Source) -> Row:
    """What `source` prints about `body`."""
    place = body.old_place if body.old_place and rng.random() < OLD_ADDRESS else body.place
    name, first_line = write_name(rng, body, source)
    others: tuple[str, ...] = ()
    if body.aliases and source.other_names and rng.random() < OTHER_NAME:
        others = tuple(alias for alias in body.aliases if alias != name)
    address, city, region, postcode = write_address(rng, place, source, first_line)
    phone = website = ""
    if body.phones and rng.random() < source.phone:
        number = body.phones[-1] if rng.random() < SECOND_PHONE_USED else body.phones[0]
        phone = write_phone(rng, number, place.town.country, source.phone_form)
    if body.domain and rng.random() < source.website:
        website = write_website(rng, body)
    lat = lon = None
    if rng.random() < source.point:
        noise = (source.point_noise if rng.random() >= FAR_POINT else 200.0) / 111_195
        lat, lon = round(place.lat + rng.gauss(0, noise), 6), round(place.lon + rng.gauss(0, noise) * 1.5, 6)
    identifiers = (body.identifier,) if body.identifier and rng.random() < source.identifiers else ()
    return (source.name, name, others, address, city, region, postcode, place.town.country, phone, website, lat, lon, identifiers)


# Names.
def write_name(rng: Random, body: Body, source: Source) -> tuple[str, str]:
    """The name as printed, and what of it slipped into the address (the site, where the name holds the operator)."""
    steady = rng.random() < source.steady
    text, first_line = body.name if steady else _choose_name(rng, body, source), ""
    if body.agency:
        text, first_line = _site_name(rng, body, text, source)
    if not steady:
        text = _surface(rng, text)
    if body.legal and rng.random() < source.legal:
        form = words.LEGAL_FORMS[body.legal]
        legal = form[0] if rng.random() < 0.55 else pick(rng, form)
        text = f"{text}{legal}" if legal.startswith(",") else f"{text} {legal}"
    if rng.random() < TYPO:
        text = typo(rng, text)
    if not text.isascii() and rng.random() < ACCENTS_LOST:
        plain = unicodedata.normalize("NFKD", text) if rng.random() < 0.8 else text
        text = plain.encode("ascii", "ignore").decode()
    if source.cut:
        text = text[: source.cut].rstrip()
    return in_case(text, source.case), first_line


def _choose_name(rng: Random, body: Body, source: Source) -> str:
    """One of the names a body goes by."""
    if body.aliases and rng.random() < ALIAS_USED:
        return pick(rng, body.aliases)
    name, town = body.name, body.place.town
    if body.label and rng.random() < BRANCH_PLACE * source.descriptors:
        # Without its descriptor about half of the time: "Bean Republic Old Tarnby".
        name = body.core if rng.random() < 0.5 else name
        return pick(rng, ("{} {}", "{} - {}", "{} ({})", "{} {}", "{} at {}", "{}, {}")).format(name, body.label)
    chance = rng.random()
    if chance < DROP_GENERIC:
        return body.core if len(body.core) > 3 else name
    if chance < DROP_GENERIC + ADD_DESCRIPTOR * source.descriptors:
        generics, descriptors = words.TRADES[body.trade]
        more = pick(rng, descriptors) if body.generic else pick(rng, generics)
        return f"{name} {more}"
    chance = rng.random()
    if chance < ADD_PLACE * source.descriptors:
        label = pick(rng, (town.name, town.name, body.place.street.area, body.place.street.name))
        return (
            pick(rng, ("{} {}", "{} ({})", "{} of {}", "{} - {}", "{1} {0}", "{} on {}")).format(name, label)
            if label not in name
            else name
        )
    if chance > 1 - 3 * ACRONYM and body.kind != "sister":  # an acronym would lose the one mark that tells sisters apart
        parts = [
            word
            for word in name.replace("&", " ").split()
            if word[0].isalpha() and word.lower() not in {"of", "the", "and", "at"}
        ]
        if len(parts) >= 3:
            short = "".join(word[0] for word in parts).upper()
            return short if chance > 1 - ACRONYM else f"{name} ({short})"
    return name


def _site_name(rng: Random, body: Body, text: str, source: Source) -> tuple[str, str]:
    """A site by its operator, by itself, or by both; lists keep to their habit most of the time."""
    agency = body.agency
    habit = source.agency if rng.random() < 0.75 else pick(rng, ("dash", "join", "site", "swap"))
    if body.trade == "school" and habit in {"join", "site"} and rng.random() < 0.6:
        first, space, last = body.core.partition(" ")
        text = f"{last}, {first}" if space and habit == "join" else last or first  # "FULTON, ROBERT" and plain "Fulton"
    elif rng.random() < 0.06:
        text += pick(rng, (" (Blended)", " I/T", " - Head Start", " CPC", " C.A.", " (at Main Campus)"))
    if habit == "site":
        return text, ""
    if habit == "swap":
        return agency, text
    return (f"{agency} - {text}", "") if habit == "dash" else (f"{agency} {text}", "")


def _surface(rng: Random, text: str) -> str:
    """The same name, spelt another way."""
    if "&" in text and rng.random() < AND_SIGN:
        text = text.replace("&", "and")
    elif " and " in text and rng.random() < AND_SIGN:
        text = text.replace(" and ", pick(rng, (" & ", " & ", " + ")))
    if "'" in text and rng.random() < NO_APOSTROPHE:
        text = text.replace("'", "") if rng.random() < 0.8 else text.replace("'s", "")
    if text.startswith("St ") and (chance := rng.random()) < 3 * SAINT_WRITTEN_OUT:
        text = ("Saint" if chance < SAINT_WRITTEN_OUT else "St.") + text[2:]
    joined = _INNER_CAPITAL.search(text)
    if joined and (chance := rng.random()) < SPLIT_JOINED * 1.25:
        at = joined.start()
        text = f"{text[:at]} {text[at:]}" if chance < SPLIT_JOINED else text[:at] + text[at].lower() + text[at + 1 :]
    if rng.random() < 2 * (ABBREVIATE + EXCHANGE):
        text = _other_words(rng, text)
    chance = rng.random()
    if chance < THE:
        without = text.removeprefix("The ")
        text = f"The {text}" if without == text else without if rng.random() < 0.7 else f"{without}, The"
    elif chance < THE + REORDER and " " in text:
        first, _, rest = text.partition(" ")
        text = f"{rest} {first}" if rng.random() < 0.6 else f"{rest}, {first}"
    elif chance > 1 - JOIN_WORDS:
        first, _, rest = text.partition(" ")
        text = first + rest.lower() if len(first) > 2 and " " not in rest else f"{first}{rest}" if len(first) < 6 else text
    return text


def _other_words(rng: Random, text: str) -> str:
    """One word shortened, exchanged for its like or written in figures: the first that can be, from a random one on."""
    parts = text.split()
    start = int(rng.random() * len(parts))
    for place in [*range(start, len(parts)), *range(start)]:
        word = parts[place]
        other = (
            words.EXCHANGES.get(word)
            if rng.random() < EXCHANGE / (ABBREVIATE + EXCHANGE)
            else words.ABBREVIATIONS.get(word) or _EXPANSIONS.get(word)
        )
        if other is None and word in words.NUMBER_WORDS and rng.random() < FIGURES:
            other = words.NUMBER_WORDS[word]
        if other:
            parts[place] = other + "." if rng.random() < 0.15 and len(other) < 5 else other
            return " ".join(parts)
    for phrase, other in (
        ("Day Care", "Daycare"),
        ("Medical Centre", "Medical Practice"),
        ("Elementary School", "School"),
        ("Community Centre", "Comm. Ctr."),
    ):
        if phrase in text:
            return text.replace(phrase, other)
    return text


def typo(rng: Random, text: str) -> str:
    """One letter lost, doubled, exchanged or swapped with the next."""
    if len(text) < 4:
        return text
    at = 1 + int(rng.random() * (len(text) - 2))
    chance = rng.random()
    if chance < 0.3:
        return text[:at] + text[at + 1 :]
    if chance < 0.5:
        return text[:at] + text[at] + text[at:]
    if chance < 0.75:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + pick(rng, tuple("aeiounrstlm")) + text[at + 1 :]


def in_case(text: str, case: str) -> str:
    """`text` in a list's case."""
    return text.upper() if case == "upper" else text.lower() if case == "lower" else text


# Addresses.
def write_street(rng: Random, street: Street, form: int) -> str:
    """A street's name: 0 written out, 1 "St", 2 "St."."""
    name = street.name
    if name in _WRITTEN_OUT and rng.random() < 0.3:
        name = _WRITTEN_OUT[name]
    if rng.random() < STREET_TYPO:
        name = typo(rng, name)
    kind = (
        ""
        if rng.random() < TYPE_LOST
        else (street.type_full if form == 0 else street.type_short if form == 1 else f"{street.type_short}.")
    )
    text = f"{name} {kind}".rstrip()
    if street.direction and rng.random() >= DIRECTION_LOST:
        direction = (
            _DIRECTIONS[street.direction]
            if form == 0 and rng.random() < 0.4
            else street.direction + ("." if form == 2 or rng.random() < 0.3 else "")
        )
        text = f"{direction} {text}" if street.direction_first else f"{text} {direction}"
    return text


def write_number(rng: Random, number: str) -> str:
    """A house number, sometimes a little off, a range cut or spaced otherwise."""
    if "-" in number:
        if rng.random() < RANGE_CUT:
            return number.partition("-")[0]
        return number.replace("-", pick(rng, ("-", "-", " - ", "/", " -")))
    if rng.random() < NUMBER_CHANGED and number.isdigit():
        return str(max(1, int(number) + pick(rng, (-3, -2, -1, 1, 2, 3, 4, 10))))
    return number


def write_address(rng: Random, place: Premises, source: Source, first_line: str) -> tuple[str, str, str, str]:
    """Address, city, region and postcode; `first_line` is what goes before the street."""
    town, street = place.town, place.street
    city = town.name if rng.random() < source.city else ""
    region = town.region if rng.random() < source.region else ""
    postcode = write_postcode(rng, place, source) if rng.random() < source.postcode else ""
    if rng.random() >= source.address and not first_line:
        return "", in_case(city, source.case), region, postcode
    number = write_number(rng, place.number) if place.number and rng.random() < source.number else ""
    other = town.streets[(street.number + 1 + int(rng.random() * 4)) % len(town.streets)]
    if rng.random() < CORNER:
        street, number = other, str(1 + int(rng.random() * 60))
    form = source.street if rng.random() < 0.85 else int(rng.random() * 3)
    road = write_street(rng, street, form)
    line = (f"{road}, {number}" if number else road) if source.street_first else f"{number} {road}".strip()
    if rng.random() < source.cross:
        line += _cross(
            rng, write_street(rng, other, form), write_street(rng, town.streets[(other.number + 1) % len(town.streets)], form)
        )
    comma = ", " if rng.random() < source.commas else " "
    before: list[str] = [first_line] if first_line else []
    after: list[str] = []
    if place.building and (not number or rng.random() < BUILDING_SHOWN):
        before.append(place.building)
    if place.unit and rng.random() < UNIT_SHOWN:
        (after if town.country != "GB" and rng.random() < 0.7 else before).append(place.unit)
    if rng.random() < AREA_SHOWN:
        if city and rng.random() < 0.3:
            city = street.area
        else:
            after.append(street.area)
    line = comma.join([*before, line, *after])
    if source.whole_address:
        line, city, region, postcode = comma.join(filter(None, (line, town.name, region, postcode))), "", "", ""
    elif city and rng.random() < 0.04:
        line += f"{comma}{city}"
    return in_case(line, source.case), in_case(city, source.case), region, postcode


def _cross(rng: Random, one: str, other: str) -> str:
    """The street it is at, as guides and maps say it."""
    return pick(
        rng, (", at {}", ", at {}", " near {}", ", {}", " between {} and {}", " btwn {} & {}", " @ {}", ", in {}")
    ).format(one, other)


def write_postcode(rng: Random, place: Premises, source: Source) -> str:
    """A postcode with what lists do to it."""
    postcode = place.postcode
    chance = rng.random()
    if chance < POSTCODE_WRONG:
        at = len(postcode) - 1 - int(rng.random() * 3)
        postcode = postcode[:at] + pick(rng, tuple("0123456789" if postcode[at].isdigit() else "ABDEFGHJLN")) + postcode[at + 1 :]
    elif " " in postcode and chance < POSTCODE_WRONG + source.postcode_mangled:
        outward, _, inward = postcode.partition(" ")
        postcode = pick(
            rng,
            (
                outward,
                f"{outward}{inward}",
                f"{outward[:2]} {outward[2:]} {inward[:1]}",
                postcode.lower(),
                f"{outward} {inward[:1]}",
            ),
        )
    elif place.plus4 and rng.random() < PLUS4_RATE:
        postcode = f"{postcode}-{place.plus4}" if rng.random() < 0.8 else postcode + place.plus4
    return postcode


# Reaching them.
def write_phone(rng: Random, number: str, country: str, form: int) -> str:
    """National digits in one of seven ways; 6 leaves the area out, as lists of one city do."""
    if rng.random() < PHONE_WRONG:
        at = len(number) - 1 - int(rng.random() * 4)
        number = number[:at] + pick(rng, tuple("0123456789")) + number[at + 1 :]
    if rng.random() < 0.1:
        form = int(rng.random() * 6)
    if country == "GB":
        area, rest = number[:5], number[5:]
        return (
            number,
            f"{area} {rest}",
            f"({area}) {rest}",
            f"+44 {area[1:]} {rest}",
            f"{area} {rest[:3]} {rest[3:]}",
            f"+44{number[1:]}",
            rest,
        )[form]
    area, exchange, line = number[:3], number[3:6], number[6:]
    return (
        number,
        f"{area}/{exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"({area}) {exchange}-{line}",
        f"+1 {area} {exchange} {line}",
        f"{area}.{exchange}.{line}",
        f"{exchange}{line}",
    )[form]


def write_website(rng: Random, body: Body) -> str:
    """The website with or without its trimmings, or a page at a platform."""
    if body.agency and rng.random() < AGENCY_PAGE:
        return ""
    if rng.random() < PLATFORM_PAGE:
        return f"https://www.facebook.com/{body.domain.partition('.')[0]}"
    page = f"/{body.label.lower().replace(' ', '-')}" if body.label and rng.random() < 0.4 else ""
    return (
        pick(rng, ("http://www.", "www.", "https://", "http://", "", "https://www."))
        + body.domain
        + page
        + ("/" if rng.random() < 0.15 else "")
    )
