"""Organisations known by one line of text only: affiliations of authors and employers typed into a form, with known truth.

    Dept. of CS, University of Norland at Tarnfield, 12 Mill Road, Tarnfield, ND 58010, USA

Belongs here: universities, institutes and companies, those that look alike, and how people write them into the field `name`; no
other column is filled. A cluster is a whole organisation with its departments and sites. A campus of a state's university, an
institute of an academy and a research centre of a large company in a city of its own are each an organisation. Does not: records
with addresses and telephones (`synthetic_bodies.py`), words (`synthetic_affiliation_words.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import synthetic_affiliation_words as terms
import synthetic_words as words
from synthetic_affiliation_words import Country
from synthetic_places import between, pick, pick_common
from synthetic_records import TYPO, Row, in_case, typo

#: How the bodies of a family stand to each other: `rival` is another university of the city, `cousin` another of the state.
KINDS = ("plain", "campus", "cousin", "rival", "institute", "lab")

BODIES_PER_CITY = 3  # so that a city's name says little: most have a university, some rivals, an institute or a company
BODIES_PER_STATE = 25  # a state has one system of universities, far oftener than in life: its campuses are what is learnt from
LEAST_CITIES, LEAST_STATES = 60, 12
#: Strings of one organisation: most have two to six, a few have forty. Same string twice is written once: it teaches nothing.
STRINGS = (1,) * 8 + (2,) * 22 + (3,) * 15 + (4,) * 12 + (6,) * 13 + (9,) * 12 + (13,) * 9 + (20,) * 5 + (30,) * 3 + (44,)
TRIES = 3  # draws for one more string that the organisation has not yet

MAIN_NAME = 0.72  # of records, those with one of the two commonest forms of the name
UNIT = 0.55  # of affiliations, those with a department; employers half of it
SECOND_UNIT = 0.15  # "X Lab, Department of Y", "Department of X and Institute for Y"
NATIVE_UNIT = 0.6  # departments in the country's language
UNIT_ALONE = 0.015  # the department and the city without the organisation; never a plain "Department of X"
CITY_ALONE = 0.004
OTHER_EMPLOYER = 0.01  # "X and Y": two organisations in one line; the first is meant
ACRONYM = 0.05  # instead of the name
ACRONYM_AFTER = 0.04  # "Norland Institute of Technology (NIT)"
SHORT_WORD = 0.2  # "Univ.", "U.", "Inst."
THE = 0.06  # "The University of Norland"
BRITISH = 0.5  # of words that two countries spell otherwise: "Center", "Centre"
NO_COMMAS = 0.04
STRAY_MARK = 0.03  # a leading comma, a blank before a comma, a dash written as an HTML entity
EMAIL = 0.06  # of affiliations with an address
ACCENTS_LOST = 0.4  # "ü" as "u" or "ue"
EMPLOYER_SHARE = 0.2  # short lines from forms, the others are from papers
SECOND_SITE = 0.12  # universities and centres with a site in another city, which stay one organisation


@dataclass(frozen=True, slots=True)
class City:
    """A city of a country; `code`, short for its `state`, is empty where addresses do without."""

    name: str
    country: Country
    state: str
    code: str


@dataclass(slots=True)
class Organisation:
    """An organisation: the `names` it goes by, the commonest two first, its departments and where it is."""

    names: tuple[str, ...]
    city: City
    kind: str = "plain"
    acronyms: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()  # what its departments are for, with the short form
    units: tuple[str, ...] = ()  # departments with names of their own
    street: str = ""
    postcode: str = ""
    other_site: City | None = None
    named_city: bool = field(default=False)  # the name says the city, so that lines repeat it less often


class Affiliations:
    """Draws families of organisations that look alike, in cities that have several."""

    def __init__(self, rng: Random, entities: int) -> None:
        """States and cities enough for `entities` organisations, each name once."""
        self.rng = rng
        self.places: set[str] = set()
        self.names: set[str] = set()
        self.states = [
            (self._place(terms.STATE_ENDS), pick(rng, terms.COUNTRIES))
            for _ in range(max(LEAST_STATES, entities // BODIES_PER_STATE))
        ]
        self.cities = [self._city() for _ in range(max(LEAST_CITIES, entities // BODIES_PER_CITY))]

    def family(self) -> list[Organisation]:
        """The next family: one organisation or more, none with a name that an earlier one has."""
        family: list[Organisation] = []
        while not family:
            family = [body for body in self._family() if self._is_new(body)]
        return family

    def _family(self) -> list[Organisation]:
        city = pick(self.rng, self.cities)
        chance = self.rng.random()
        if chance < 0.36:
            return self.city_universities(city)
        if chance < 0.5:
            return self.state_system(city)
        if chance < 0.62:
            return [self.named_university(city)]
        if chance < 0.72:
            return self.academy(city)
        return self.company(city)

    def _is_new(self, body: Organisation) -> bool:
        """Whether the commonest name is still free; the names that are not are taken from the body, the others are now its."""
        if body.names[0] in self.names:
            return False
        body.names = tuple(name for name in body.names if name not in self.names)
        self.names.update(body.names)
        return True

    def _city(self) -> City:
        number = int(self.rng.random() * len(self.states))
        state, country = self.states[number]
        code = country.codes[number % len(country.codes)] if country.codes else ""
        return City(self._place(country.city_ends), country, state, code)

    def _place(self, ends: Sequence[str]) -> str:
        """The name of a place that no other has."""
        rng = self.rng
        while True:
            name = pick(rng, terms.FRONTS) + pick(rng, words.TOWN_STARTS) + pick(rng, terms.MIDDLES) + pick(rng, ends)
            if name not in self.places:
                self.places.add(name)
                return name

    # Families.
    def city_universities(self, city: City) -> list[Organisation]:
        """ "Kelborn University" and, in the same city, "Kelborn University of Technology"."""
        rng, native = self.rng, terms.UNIVERSITY.get(city.country.language, ())
        forms = ["University of {c}", "{c} University"]
        rng.shuffle(forms)
        forms = [*(native[:1] if rng.random() < 0.5 else ()), *forms, *native]
        family = [self._university(tuple(form.format(c=city.name) for form in dict.fromkeys(forms)), city, "plain", True)]
        rivals = list(terms.RIVALS)
        rng.shuffle(rivals)
        for english in rivals[: int(rng.random() ** 1.5 * 4)]:
            also = terms.TECHNICAL.get(city.country.language, ()) if english is terms.RIVALS[0] else ()
            surname = pick(rng, words.SURNAMES)
            names = tuple(form.format(c=city.name, s=surname) for form in (*english, *also))
            family.append(self._university(names, city, "rival", True))
        return family

    def state_system(self, city: City) -> list[Organisation]:
        """ "University of Norland" in several cities, each its own, beside "Norland State University"."""
        rng = self.rng
        state = city.state
        if f"University of {state}" in self.names:
            return []
        alike = [other for other in self.cities if other.state == state]
        family: list[Organisation] = []
        for place in dict.fromkeys([city, *(pick(rng, alike) for _ in range(1 + int(rng.random() ** 1.5 * 5)))]):
            names = [form.format(s=state, c=place.name, i=state[0]) for form in terms.CAMPUS]
            if not family:  # the first campus is often called by the state alone
                names.insert(1, f"University of {state}")
            acronym = f"U{state[0]}{''.join(part[0] for part in place.name.split())}"
            campus = self._university(tuple(names), place, "campus", True)
            campus.acronyms = (acronym, acronym, f"U{state[0]} {place.name}")
            family.append(campus)
        for form in rng.sample(terms.COUSINS, int(rng.random() * 4)):
            family.append(self._university(tuple(one.format(s=state) for one in form), pick(rng, alike), "cousin", False))
        return family

    def named_university(self, city: City) -> Organisation:
        """A university named after a person."""
        surname, other = pick(self.rng, words.SURNAMES), pick(self.rng, words.SURNAMES)
        forms = pick(self.rng, terms.NAMED)
        return self._university(tuple(form.format(n=surname, o=other, c=city.name) for form in forms), city, "plain", False)

    def academy(self, city: City) -> list[Organisation]:
        """Institutes of one academy or society, each its own; or one research centre with sites in several cities."""
        rng = self.rng
        stem = pick(rng, words.TOWN_STARTS) + pick(rng, ("ian", "ish", "ese"))
        if rng.random() < 0.35:
            topic = pick(rng, terms.TOPICS)
            forms = pick(rng, (terms.CENTRE, terms.LABORATORY))
            centre = self._organisation(tuple(form.format(n=stem, t=topic) for form in forms), city, "plain")
            centre.other_site = pick(rng, self.cities)
            return [centre]
        body = pick(rng, terms.ACADEMIES).format(n=stem, s=pick(rng, words.SURNAMES))
        short = _initials(body)
        family = []
        for topic in rng.sample(terms.TOPICS, 1 + int(rng.random() ** 1.3 * 5)):
            names = tuple(form.format(t=topic, a=body, x=short) for form in terms.INSTITUTE)
            place = city if rng.random() < 0.5 else pick(rng, self.cities)
            family.append(self._organisation(names, place, "institute"))
        return family

    def company(self, city: City) -> list[Organisation]:
        """A company and, where it is a large one, its research centres in other cities."""
        rng = self.rng
        chance = rng.random()
        core = (
            "".join(pick(rng, words.SOUNDS) for _ in range(2 + (rng.random() < 0.5))).capitalize()
            if chance < 0.45
            else "".join(pick(rng, words.LETTERS) for _ in range(3))
            if chance < 0.6
            else f"{pick(rng, words.ADJECTIVES)}{pick(rng, words.NOUNS).lower()}"
            if chance < 0.8
            else pick(rng, words.SURNAMES)
        )
        trade = pick(rng, terms.COMPANY_TRADES)
        whole = f"{core} {trade}".strip()
        legal = pick(rng, terms.COMPANY_LEGAL)
        labs = rng.random() < 0.45
        names = [whole, f"{whole} {legal[0]}", f"{whole} {pick(rng, legal)}", core]
        head = self._organisation(tuple(names + [f"{core} {form}" for form in terms.HEAD_LABS] if labs else names), city, "plain")
        head.fields, head.units = (), tuple(rng.sample(terms.COMPANY_UNITS, 1 + int(rng.random() * 3))) if labs else ()
        if not labs or rng.random() < 0.4:
            return [head]
        family = [head]
        for place in dict.fromkeys(pick(rng, self.cities) for _ in range(1 + int(rng.random() ** 1.5 * 4))):
            site = place.name if rng.random() < 0.6 else pick(rng, words.TOWN_STARTS) + pick(rng, words.TOWN_ENDS_UK)
            forms = tuple(form.format(n=core, c=site, legal=f"{core} {legal[0]}") for form in pick(rng, terms.LABS))
            if place is not city:
                lab = self._organisation(forms, place, "lab")
                lab.fields, lab.named_city = (), site == place.name
                family.append(lab)
        return family

    # One organisation.
    def _university(self, names: tuple[str, ...], city: City, kind: str, named_city: bool) -> Organisation:
        university = self._organisation(names, city, kind)
        rng = self.rng
        university.named_city = named_city
        university.fields = tuple({pick_common(rng, terms.FIELDS): None for _ in range(1 + int(rng.random() * 6))})
        university.units = tuple(
            form.format(
                n=pick(rng, words.SURNAMES), t=pick(rng, terms.TOPICS), l="".join(pick(rng, words.LETTERS) for _ in "abc")
            )
            for form in rng.sample(terms.OWN_UNITS, int(rng.random() * 3))
        )
        if rng.random() < SECOND_SITE:
            university.other_site = pick(rng, self.cities)
        return university

    def _organisation(self, names: tuple[str, ...], city: City, kind: str) -> Organisation:
        rng = self.rng
        street = f"{between(rng, 1, 900)} {pick(rng, words.STREET_NAMES_US)} {pick(rng, ('Road', 'Street', 'Avenue', 'Drive'))}"
        if city.country.language in terms.NATIVE_STREETS:
            street = pick(rng, terms.NATIVE_STREETS[city.country.language]).format(
                s=pick(rng, words.SURNAMES), n=between(rng, 1, 190)
            )
        if rng.random() < 0.15:
            street = f"P.O. Box {between(rng, 10, 9999)}"
        postcode = "".join(
            str(between(rng, 0, 10)) if mark == "#" else pick(rng, words.LETTERS) if mark == "@" else mark
            for mark in city.country.postcode
        )
        short = _initials(names[0])
        acronyms = (short,) if 3 <= len(short) <= 6 else ()
        return Organisation(names, city, kind, acronyms=acronyms, street=street, postcode=postcode)


def write_affiliations(rng: Random, body: Organisation, others: Sequence[Organisation]) -> list[Row]:
    """The records of one organisation, all different lines; `others` are what a line may name beside it."""
    lines: dict[str, str] = {}
    for _ in range(pick(rng, STRINGS)):
        for _ in range(TRIES):
            source = "employers" if rng.random() < EMPLOYER_SHARE else "papers"
            line = _employer(rng, body) if source == "employers" else _affiliation(rng, body, others)
            if line not in lines:
                lines[line] = source
                break
    return [(source, line, (), *("",) * 7, None, None, ()) for line, source in lines.items()]


def _affiliation(rng: Random, body: Organisation, others: Sequence[Organisation]) -> str:
    """A line as papers print it: department, organisation, address, city and country, or any of them."""
    city = body.other_site if body.other_site and rng.random() < 0.35 else body.city
    chance = rng.random()
    if chance < CITY_ALONE:
        return f"{city.name}, {pick(rng, city.country.names)}"
    if body.units and chance < CITY_ALONE + UNIT_ALONE:
        return f"{pick(rng, body.units)}, {city.name}, {pick(rng, city.country.names)}"
    name, unit = _name(rng, body), _unit(rng, body) if rng.random() < UNIT else ""
    if unit and rng.random() < SECOND_UNIT and (second := _unit(rng, body)) != unit:
        unit = pick(rng, ("{}, {}", "{}, {}", "{} and {}", "{} & {}")).format(unit, second)
    line = pick(rng, terms.ORDERS).format(u=unit, n=name) if unit else name
    if rng.random() < OTHER_EMPLOYER:
        line += f" and {pick(rng, pick(rng, others).names[:2])}"
    where = _where(rng, body, city)
    return _surface(rng, ", ".join(filter(None, (line, where))), bool(where))


def _where(rng: Random, body: Organisation, city: City) -> str:
    """What follows the organisation: nothing, the country, the city, the whole address."""
    country, chance = pick(rng, city.country.names), rng.random()
    if chance < (0.3 if body.named_city else 0.18):
        return ""
    if chance < 0.42:
        return pick(rng, (city.state, city.code)) if city.code and rng.random() < 0.15 else country
    state = city.state if city.code and rng.random() < 0.15 else city.code
    if chance < 0.54:
        return f"{city.name}, {state}" if state else city.name
    if chance < 0.82:
        return ", ".join(filter(None, (city.name, state if rng.random() < 0.6 else "", country)))
    form = pick(rng, terms.STATE_ADDRESSES if state else terms.ADDRESSES)
    text = form.format(c=city.name, s=state, z=body.postcode, k=country)
    if rng.random() < 0.55 and city is body.city:
        text = f"{body.street}, {text}"
    if rng.random() < EMAIL * 4:
        people = ",".join(pick(rng, words.SURNAMES).lower() for _ in range(between(rng, 1, 4)))
        host = (body.acronyms[0] if body.acronyms else body.city.name).lower().replace(" ", "")
        text += (
            f"; {pick(rng, ('E-mail', 'e-mail', 'Email'))}: {people if ',' not in people else '{' + people + '}'}@cs.{host}.edu"
        )
    return text


def _employer(rng: Random, body: Organisation) -> str:
    """A line as people type it into a form: short, in any case."""
    name = _name(rng, body)
    unit = _unit(rng, body) if rng.random() < UNIT / 2 else ""
    line = (
        pick(rng, ("{n} - {u}", "{u}, {n}", "{n} {u}", "{n} ({u})", "{u} @ {n}", "{n}/{u}")).format(n=name, u=unit)
        if unit
        else name
    )
    if rng.random() < 0.3:
        line += pick(rng, (", {}", " {}", " - {}", " ({})")).format(body.city.name)
    return in_case(_surface(rng, line, place=False), pick(rng, ("as is", "as is", "as is", "as is", "lower", "upper")))


def _name(rng: Random, body: Organisation) -> str:
    """One of the names, with its words shortened or its acronym beside it."""
    if body.acronyms and rng.random() < ACRONYM:
        short = pick(rng, body.acronyms)
        return ".".join(short) + "." if short.isalpha() and rng.random() < 0.1 else short
    name = pick(rng, body.names[:2] if rng.random() < MAIN_NAME else body.names)
    if rng.random() < SHORT_WORD:
        long, short = pick(rng, terms.SHORT_WORDS)
        name = name.replace(long, short)
    if name.startswith("University") and rng.random() < THE * 2:
        name = f"The {name}"
    if body.acronyms and rng.random() < ACRONYM_AFTER:
        name += pick(rng, (" ({})", " - {}", ", {}")).format(body.acronyms[0])
    return name


def _unit(rng: Random, body: Organisation) -> str:
    """A department, in English or in the country's language, or one with a name of its own; "" where there is none."""
    if body.units and (not body.fields or rng.random() < 0.3):
        return pick(rng, body.units)
    if not body.fields:
        return ""
    full, short = pick(rng, body.fields)
    native = terms.NATIVE_UNITS.get(body.city.country.language)
    if native and rng.random() < NATIVE_UNIT * 0.5:
        return pick(rng, native)
    if short and rng.random() < 0.25:
        return pick(rng, terms.SHORT_UNITS).format(short)
    unit = pick_common(rng, terms.UNITS).format(full)
    return unit.replace(" and ", " & ") if rng.random() < 0.3 else unit


def _surface(rng: Random, line: str, place: bool) -> str:
    """What typing and copying do to a line; `place` tells that it ends with one, which a lost beginning needs."""
    if rng.random() < BRITISH:
        line = line.replace("Center", "Centre")
    if not line.isascii() and rng.random() < ACCENTS_LOST:
        line = line.translate(terms.PLAIN_LETTERS if rng.random() < 0.5 else terms.GERMAN_LETTERS)
    if rng.random() < NO_COMMAS:
        line = line.replace(",", "")
    if rng.random() < STRAY_MARK:
        line = pick(
            rng,
            (
                f", {line}" if place else line,
                line.replace(", ", " , ", 1),
                line.replace(" - ", " &ndash; "),
                line.replace(", ", ","),
            ),
        )
    return typo(rng, line) if rng.random() < TYPO else line


def _initials(name: str) -> str:
    """ "Norland Institute of Technology" → "NIT"."""
    return "".join(word[0] for word in name.replace(",", " ").split() if word[0].isupper())
