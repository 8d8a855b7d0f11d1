"""The bodies of the synthetic world, and the families of bodies that look alike and are not one.

Belongs here: what is true of a body (name, premises, telephone, website, identifier) and how it stands to others, its `kind`.
Does not: what a register makes of it (`synthetic_records.py`). A family is made at once, because what teaches a model most is a
pair of neighbours that differ in one thing: the number, the branch, the word that makes it the child.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

import synthetic_words as words
from synthetic_names import STYLES, TELLING, by_share, near_sound
from synthetic_places import Premises, Town, World, between, nearby, pick, pick_common, premises, same_building

#: How the bodies of a family stand to each other. `plain` stands alone or is the one the others lean on.
KINDS = (
    "plain",
    "branch",
    "child",
    "sister",
    "cohoused",
    "agent",
    "serial",
    "namesake",
    "successor",
    "inside",
    "neighbour",
    "rival",
    "site",
)

WEBSITE_RATE = 0.6  # lists of charities give a website for two in three
NO_PHONE_RATE = 0.08
SECOND_PHONE_RATE = 0.15  # a mobile, a bookings line, a new number
SHARED_PHONE_RATE = 0.35  # bodies of one house or one parent answered by one switchboard
ALIAS_RATE = 0.08  # trades under a name that shares nothing with the registered one
PREVIOUS_NAME_RATE = 0.05  # renamed in the years registers look back on
MOVED_RATE = 0.05  # and moved; registers keep the old address for a year or two
#: Bodies without a shop front move more (the address of a small charity is its secretary's home), and grant and register lists
#: keep every address they ever gave; permits are renewed.
MOVED_RATE_OF_LENS = {"grants": 0.35, "register": 0.2, "licences": 0.08}
#: A company or charity may not take a name that another has, and avoids its neighbour's: what has it in one town is one body.
OWN_NAMED = {"firm", "charity"}
STAYING = {"branch", "site"}  # one of several premises under one name: another address there is mostly another body
#: Where a moved body came from. Three in four stay in the town, so that a rare name there outweighs another address.
MOVED_FROM = ("street", "district", "town", "neighbour")
WEBSITE_RATE_OF_GRANTED_HOUSE = 0.9  # strangers in a community house: each has its own website, the strongest sign they are two
IDENTIFIER_RATE = 0.5  # has an official number at all; few sources print it
SAME_STREET_RATE = 0.4  # of branches in one town: the next one stands 100–900 m along the same street
SAME_TOWN_RATE = 0.65  # chains of the training world are dense on purpose: branches far apart are easy
CENTRAL_PHONE_RATE = 0.15  # chains that print one number for all branches
CHILD_AT_PARENT_RATE = 0.7  # "X Trading Ltd" is mostly at X
TOO_II_RATE = 0.08  # sites with a second house next door: "Gardens I", "Gardens II"
SISTER_ORDINALS = "1st 2nd 3rd 4th 5th 6th 7th".split()  # "2nd Marlton Scouts"
SISTER_MARKS = (
    "1 2 3 4 5 6 7".split(),
    "I II III IV V VI VII".split(),
    "(A) (B) (C) (D) (E) (F) (G)".split(),
    "No.1 No.2 No.3 No.4 No.5 No.6 No.7".split(),
    "North South East West Central One Two".split(),
    ["", *"2 3 4 5 6 7".split()],
    "2019 2020 2021 2022 2023 2024 2025".split(),
    "Alpha Beta Gamma Delta Omega Sigma Zeta".split(),
)
HOME_SITE_RATE = 0.2  # sites that are a child minder's home: "Agency FCCH-Hilda Perez"
FUNDED_RATE = 0.2  # independent nurseries that a funder's list names as its own site


@dataclass(slots=True)
class Body:
    """A body. `core` tells it apart, `generic` says what it is; `agency` operates a site; `label` is a branch's place."""

    core: str
    generic: str
    trade: str
    place: Premises
    legal: str = ""
    generic_first: bool = False
    phones: tuple[str, ...] = ()
    domain: str = ""
    identifier: str = ""
    kind: str = "plain"
    agency: str = ""
    label: str = ""
    aliases: tuple[str, ...] = ()
    old_place: Premises | None = None

    @property
    def name(self) -> str:
        """The whole name without its legal form."""
        if not self.generic:
            return self.core
        return f"{self.generic} {self.core}" if self.generic_first else f"{self.core} {self.generic}"


#: What the lists of one lens are about, as shares.
TRADES_OF_LENS: dict[str, dict[str, int]] = {
    "map": {
        "food": 30,
        "shop": 22,
        "service": 18,
        "public": 9,
        "worship": 4,
        "school": 4,
        "lodging": 5,
        "bank": 4,
        "fuel": 2,
        "charity": 2,
    },
    "guide": {"food": 92, "lodging": 8},
    "grants": {"charity": 84, "worship": 6, "school": 4, "childcare": 6},
    "register": {"firm": 58, "charity": 16, "food": 8, "shop": 7, "service": 7, "worship": 2, "childcare": 2},
    "licences": {"food": 32, "shop": 20, "service": 18, "firm": 14, "lodging": 4, "fuel": 5, "childcare": 4, "bank": 3},
    "care": {"childcare": 62, "school": 26, "charity": 8, "worship": 4},
}
#: Families drawn, as shares. Most bodies stand alone; look-alikes are far more than in life: they are what is learnt from.
FAMILIES_OF_LENS: dict[str, dict[str, int]] = {
    "map": {
        "single": 52,
        "chain": 9,
        "neighbours": 9,
        "cohoused": 6,
        "inside": 6,
        "rivals": 5,
        "namesakes": 4,
        "successor": 4,
        "parent": 3,
    },
    "guide": {"single": 74, "chain": 5, "rivals": 7, "namesakes": 6, "inside": 3, "successor": 3, "cohoused": 2},
    "grants": {
        "single": 52,
        "namesakes": 9,
        "parent": 9,
        "cohoused": 16,
        "neighbours": 6,
        "rivals": 4,
        "successor": 2,
        "sisters": 2,
    },
    "register": {
        "single": 48,
        "parent": 10,
        "sisters": 8,
        "agents": 8,
        "serial": 7,
        "namesakes": 6,
        "cohoused": 5,
        "chain": 3,
        "rivals": 3,
        "successor": 2,
    },
    "licences": {
        "single": 54,
        "chain": 9,
        "cohoused": 7,
        "successor": 6,
        "inside": 6,
        "rivals": 5,
        "sisters": 4,
        "namesakes": 4,
        "serial": 3,
        "parent": 2,
    },
    "care": {"single": 55, "sites": 14, "rivals": 8, "chain": 6, "inside": 5, "neighbours": 4, "cohoused": 4, "parent": 4},
}
LEGAL_OF_TRADE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "firm": (("Ltd", "Ltd", "Ltd", "Ltd", "LLP", "plc"), ("Inc", "LLC", "LLC", "Corp", "Co")),
    "charity": (("", "", "Ltd", "CIC", "CIO", "Trust"), ("", "", "Inc", "Inc", "Corp")),
    "childcare": (("", "Ltd"), ("", "Inc", "Inc")),
    "worship": (("",), ("", "Inc")), "school": (("", "Trust"), ("",)), "public": (("",), ("",)),
}  # fmt: skip
_LEGAL_OF_SHOPS = (("", "", "Ltd"), ("", "", "Inc", "LLC"))


_TRADES = {lens: by_share(shares) for lens, shares in TRADES_OF_LENS.items()}
_FAMILIES = {lens: by_share(shares) for lens, shares in FAMILIES_OF_LENS.items()}


@dataclass(slots=True)
class Maker:
    """Draws families of bodies. Agencies and agents are kept by town, so that hundreds share one."""

    rng: Random
    world: World
    agent_places: dict[int, Premises] = field(default_factory=dict)
    operators: dict[int, list[Body]] = field(default_factory=dict)
    neighbour_towns: dict[int, Town] = field(default_factory=dict)
    own_names: set[tuple[int, str]] = field(default_factory=set)

    def family(self) -> list[Body]:
        """The next family: one body or more."""
        bodies: list[Body] = []
        while not bodies:
            town = self.world.town(self.rng)
            drawn = _MAKERS[pick(self.rng, _FAMILIES[town.lens])](self, town, pick(self.rng, _TRADES[town.lens]))
            bodies = [body for body in drawn if self._may_be_called(body)]
        for body in bodies:
            self._history(body)
        return bodies

    def _may_be_called(self, body: Body) -> bool:
        """Whether the name is free in the town; branches and namesakes share theirs on purpose."""
        if body.trade not in OWN_NAMED or body.kind in {"branch", "site", "namesake"}:
            return True
        own = (id(body.place.town), body.name.casefold())
        free = own not in self.own_names
        self.own_names.add(own)
        return free

    # One body.
    def single(self, town: Town, trade: str) -> list[Body]:
        """A body that stands alone, as most do."""
        body = self.body(town, trade)
        if trade == "childcare" and town.lens == "care" and self.rng.random() < FUNDED_RATE:
            body.agency = self._agency(town).core
        return [body]

    def body(self, town: Town, trade: str, place: Premises | None = None, kind: str = "plain") -> Body:
        """A new body of a trade, at `place` or anywhere in the town."""
        rng = self.rng
        place = place or premises(rng, town)
        style = pick(rng, STYLES[trade])
        core = TELLING[style](rng, place)
        generic = pick_common(rng, words.TRADES[trade][0])
        # A name like "The Crooked Kettle" or "La Cabaña" needs no trade; "Marlton" does.
        if style in {"pair", "foreign", "possessive", "sound", "numbered", "joined"} and rng.random() < 0.4 and trade != "firm":
            generic = ""
        body = Body(core, generic, trade, place, kind=kind)
        body.generic_first = bool(generic) and trade in {"food", "shop"} and style in {"sound", "foreign"} and rng.random() < 0.4
        body.legal = self._legal(trade, town)
        return self._reach(body)

    def _legal(self, trade: str, town: Town) -> str:
        return pick(self.rng, LEGAL_OF_TRADE.get(trade, _LEGAL_OF_SHOPS)[town.country != "GB"])

    def _reach(self, body: Body) -> Body:
        """Gives telephones, a website and an official number."""
        rng = self.rng
        if rng.random() >= NO_PHONE_RATE:
            body.phones = (
                (self._phone(body.place.town), self._phone(body.place.town))
                if rng.random() < SECOND_PHONE_RATE
                else (self._phone(body.place.town),)
            )
        if rng.random() < WEBSITE_RATE:
            body.domain = _domain(rng, body)
        if rng.random() < IDENTIFIER_RATE:
            body.identifier = _identifier(rng, body)
        return body

    def _phone(self, town: Town) -> str:
        rng = self.rng
        if town.country == "GB":
            return f"07{between(rng, 10**8, 10**9)}" if rng.random() < 0.12 else f"{town.dial}{between(rng, 200_000, 999_999)}"
        # Few exchanges a town, so that the first digits are shared by strangers.
        return f"{town.dial}{220 + between(rng, 0, 40) * 7 + int(town.dial) % 7}{between(rng, 0, 10_000):04d}"

    def _history(self, body: Body) -> None:
        """Other names, and the address before."""
        rng = self.rng
        if rng.random() < ALIAS_RATE:
            body.aliases += (
                TELLING[pick(rng, ("pair", "sound", "possessive", "joined"))](rng, body.place)
                + " "
                + pick_common(rng, words.TRADES[body.trade][0]),
            )
        if rng.random() < PREVIOUS_NAME_RATE:
            new_core = TELLING[pick(rng, STYLES[body.trade])](rng, body.place)
            body.aliases += (f"{new_core} {body.generic}".strip(),)
        rate = MOVED_RATE if body.kind in STAYING else MOVED_RATE_OF_LENS.get(body.place.town.lens, MOVED_RATE)
        if rng.random() < rate:
            body.old_place = self._old_place(body.place)

    def _old_place(self, place: Premises) -> Premises:
        """Where a body at `place` was before: in the street, the postal district, the town or the nearest other town."""
        rng, town = self.rng, place.town
        origin = pick(rng, MOVED_FROM)
        if origin == "street":
            return nearby(rng, place, 50, 600)
        if origin == "district":
            return premises(rng, town, [street for street in town.streets if street.district == place.street.district])
        return premises(rng, town if origin == "town" else self._neighbour(town))

    def _neighbour(self, town: Town) -> Town:
        """The nearest other town of the same country; the town itself where there is none."""
        if id(town) not in self.neighbour_towns:
            others = [other for other in self.world.towns if other is not town and other.country == town.country]
            self.neighbour_towns[id(town)] = min(
                others, key=lambda other: (other.lat - town.lat) ** 2 + (other.lon - town.lon) ** 2, default=town
            )
        return self.neighbour_towns[id(town)]

    # Families.
    def chain(self, town: Town, trade: str) -> list[Body]:
        """Branches: one name and website, other numbers; many in one street or one quarter."""
        rng = self.rng
        own_name = trade in {"food", "shop", "service", "firm", "lodging", "childcare"} and rng.random() < 0.6
        brand = self.body(town, trade).name if own_name else pick(rng, words.BRANDS)
        descriptor = pick(rng, words.BRAND_DESCRIPTORS) if rng.random() < 0.3 else ""
        first = self._reach(Body(brand, descriptor, trade, premises(rng, town), kind="branch"))
        first.label, first.legal = _label(rng, first.place), self._legal(trade, town)
        central = first.phones[:1] if rng.random() < CENTRAL_PHONE_RATE else ()
        branches = [first]
        for _ in range(1 + int(rng.random() ** 2 * 10)):
            where = town if rng.random() < SAME_TOWN_RATE else self.world.town(rng)
            last = branches[-1].place
            if where is last.town and rng.random() < SAME_STREET_RATE:
                place = nearby(rng, last, 100, 900)
            else:
                place = premises(rng, where)
            phones = central or (self._phone(where),)
            branches.append(replace(first, place=place, phones=phones, label=_label(rng, place), identifier=""))
        return branches

    def parent(self, town: Town, trade: str) -> list[Body]:
        """A body and its children: "X Trading Ltd", "X Foundation", "Friends of X"."""
        rng = self.rng
        parent = self.body(town, trade)
        family = [parent]
        for _ in range(1 + int(rng.random() ** 3 * 3)):
            form = pick(rng, words.CHILD_FORMS)
            family.append(self._leaning(parent, form, "child", CHILD_AT_PARENT_RATE))
        return family

    def inside(self, town: Town, trade: str) -> list[Body]:
        """A body and another within it: a hotel's restaurant, a church's hall, a bank's cash machine, a school's parents."""
        trade = trade if trade in words.INSIDE_FORMS else pick(self.rng, tuple(words.INSIDE_FORMS))
        outer = self.body(town, trade)
        return [outer, self._leaning(outer, pick(self.rng, words.INSIDE_FORMS[trade]), "inside", 0.9)]

    def _leaning(self, body: Body, form: str, kind: str, at_rate: float) -> Body:
        """A body named after another, mostly at its address, sometimes with its telephone and website."""
        rng = self.rng
        name = form.format(name=body.name, core=body.core)
        legal = name.rpartition(" ")[2] if name.endswith(" Ltd") else ""
        place = same_building(rng, body.place) if rng.random() < at_rate else nearby(rng, body.place, 20, 700)
        leaning = self._reach(Body(name.removesuffix(" Ltd"), "", body.trade, place, legal, kind=kind))
        if rng.random() < SHARED_PHONE_RATE:
            leaning.phones = body.phones
        if rng.random() < 0.5:
            leaning.domain = body.domain
        return leaning

    def sisters(self, town: Town, trade: str) -> list[Body]:
        """Companies or groups told apart by a number or a letter only, mostly at one address."""
        rng = self.rng
        first = self.body(town, trade)
        count = 2 + int(rng.random() ** 2 * 5)
        front = rng.random() < 0.2
        marks = SISTER_ORDINALS if front else pick(rng, SISTER_MARKS)
        family = []
        for mark in marks[:count]:
            name = f"{mark} {first.name}" if front else f"{first.name} {mark}"
            place = same_building(rng, first.place) if rng.random() < 0.75 else nearby(rng, first.place, 10, 500)
            sister = self._reach(Body(name.strip(), "", trade, place, first.legal, kind="sister"))
            if rng.random() < 0.6:
                sister.phones, sister.domain = first.phones, first.domain
            family.append(sister)
        return family

    def cohoused(self, town: Town, trade: str) -> list[Body]:
        """Strangers in one building: a mall, a community centre, an office block; now and then with one switchboard."""
        rng = self.rng
        granted_house = town.lens == "grants"  # a community house
        first = self.body(town, trade, kind="cohoused")
        family = [first]
        for _ in range(1 + int(rng.random() ** 1.5 * 6)):
            other = trade if rng.random() < 0.5 else pick(rng, _TRADES["grants"] if granted_house else words.BUILDING_TENANTS)
            tenant = self.body(town, other, same_building(rng, first.place), "cohoused")
            if rng.random() < 0.12:
                tenant.phones = first.phones
            family.append(tenant)
        if granted_house:
            for body in family:
                body.domain = body.domain or (_domain(rng, body) if rng.random() < WEBSITE_RATE_OF_GRANTED_HOUSE else "")
        return family

    def agents(self, town: Town, trade: str) -> list[Body]:
        """Companies registered with the town's formation agent, whose address hundreds share."""
        place = self.agent_places.get(id(town))
        if place is None:
            surname, other = pick(self.rng, words.SURNAMES), pick(self.rng, words.SURNAMES)
            care_of = pick(self.rng, words.AGENT_NAMES).format(town=town.name, surname=surname, other=other)
            place = self.agent_places[id(town)] = replace(premises(self.rng, town), building=f"c/o {care_of}")
        return [
            self.body(town, "firm", place if self.rng.random() < 0.7 else same_building(self.rng, place), "agent")
            for _ in range(2)
        ]

    def serial(self, town: Town, trade: str) -> list[Body]:
        """One director's companies: one surname, several trades, one address."""
        rng = self.rng
        first = self.body(town, "firm", kind="serial")
        core = first.core
        family = [first]
        for generic in rng.sample(words.TRADES["firm"][0], 1 + int(rng.random() * 4)):
            if generic != first.generic:
                company = replace(
                    first, core=core, generic=generic, identifier="", domain=first.domain if rng.random() < 0.5 else ""
                )
                company.identifier = _identifier(rng, company)
                family.append(company)
        return family

    def namesakes(self, town: Town, trade: str) -> list[Body]:
        """The same common name in other towns, with or without the town in it, and sometimes in another part of the same one."""
        rng = self.rng
        common = words.COMMON_NAMES.get(trade, ())
        shared = bool(common) and rng.random() < 0.7
        name = pick(rng, common) if shared else self.body(town, trade).name
        form = pick(rng, words.PLACE_NAME_FORMS) if rng.random() < 0.5 else "{name}"
        family = []
        used: list[Town] = []
        for _ in range(2 + int(rng.random() ** 2 * 8)):
            where = self.world.town(rng) if rng.random() < 0.7 or not shared else town
            # A name of its own comes twice in the country, not twice in a town: there it is a body that moved.
            if not shared and any(where is other for other in used):
                continue
            used.append(where)
            place = premises(rng, where)
            area = where.name if rng.random() < 0.6 else place.street.area
            family.append(
                self._reach(
                    Body(form.format(name=name, place=area), "", trade, place, kind="namesake", legal=self._legal(trade, where))
                )
            )
        return family

    def successor(self, town: Town, trade: str) -> list[Body]:
        """The same premises, before and after: another body of the same trade behind the same door."""
        before = self.body(town, trade, kind="successor")
        after = self.body(town, trade, before.place, "successor")
        if self.rng.random() < 0.1:  # the telephone line came with the lease
            after.phones = before.phones
        return [before, after]

    def neighbours(self, town: Town, trade: str) -> list[Body]:
        """Bodies named after one quarter or street: "Tarnworth Dental Practice", "Tarnworth Library"."""
        rng = self.rng
        first = self.body(town, trade, kind="neighbour")
        street = first.place.street
        core = pick(rng, (street.area, street.area, f"{street.name} {street.type_full}", street.name))
        first.core = core
        family = [first]
        for _ in range(1 + int(rng.random() ** 2 * 4)):
            other = trade if rng.random() < 0.35 else pick(rng, _TRADES[town.lens])
            neighbour = self.body(town, other, nearby(rng, first.place, 20, 600), "neighbour")
            neighbour.core, neighbour.generic = core, neighbour.generic or pick_common(rng, words.TRADES[other][0])
            if neighbour.generic != first.generic:
                family.append(neighbour)
        return family

    def rivals(self, town: Town, trade: str) -> list[Body]:
        """Two of a trade near each other whose names sound alike: one letter, one word, the same second half."""
        rng = self.rng
        first = self.body(town, trade, kind="rival")
        rival = self.body(town, trade, nearby(rng, first.place, 10, 700) if rng.random() < 0.7 else None, "rival")
        start, _, rest = first.core.partition(" ")
        swap = pick(rng, words.ADJECTIVES if rng.random() < 0.5 else words.SURNAMES)
        last = first.core.rpartition(" ")[0]
        rival.core = pick(
            rng,
            (
                f"{swap} {rest}",
                f"{last or start} {pick(rng, words.NOUNS)}",
                near_sound(rng, start) + (f" {rest}" if rest else ""),
            ),
        ).strip()
        rival.generic, rival.generic_first = first.generic, first.generic_first
        return [first] if rival.core.casefold() == first.core.casefold() else [first, rival]

    def sites(self, town: Town, trade: str) -> list[Body]:
        """The sites of one operator, which lists name by the operator, by the site or by both."""
        rng = self.rng
        known = len(self.operators.get(id(town), ()))
        agency = self._agency(town)
        trade = "school" if "School" in agency.core else trade
        family = [agency] if len(self.operators[id(town)]) > known else []  # the operator's own office, once
        for _ in range(2 + int(rng.random() ** 2 * 12)):
            place = premises(rng, town)
            style = pick(rng, ("person", "person", "place", "pair", "surname", "saint"))
            core, generic = TELLING[style](rng, place), pick_common(rng, words.SITE_KINDS)
            if trade != "school" and rng.random() < HOME_SITE_RATE:
                core, generic = f"FCCH-{pick(rng, words.FIRST_NAMES)} {pick(rng, words.SURNAMES)}", ""
            site = self._reach(Body(core, generic, trade, place, kind="site", agency=agency.core, domain=agency.domain))
            site.domain = agency.domain
            if rng.random() < 0.15:
                site.phones = agency.phones
            family.append(site)
            if generic and rng.random() < TOO_II_RATE:
                site.core = f"{core} I"
                family.append(self._reach(replace(site, core=f"{core} II", place=nearby(rng, place, 5, 60), kind="sister")))
        return family

    def _agency(self, town: Town) -> Body:
        """One of the town's operators of sites; a new one until there are enough."""
        rng = self.rng
        known = self.operators.setdefault(id(town), [])
        if len(known) < 3 + len(town.streets) // 25:
            name = pick(rng, words.SITE_AGENCIES).format(
                town=town.name,
                saint=f"St. {pick(rng, words.SAINTS)}",
                adjective=pick(rng, words.ADJECTIVES),
                noun=pick(rng, words.NOUNS),
                surname=pick(rng, words.SURNAMES),
            )
            known.append(self._reach(Body(name, "", "charity", premises(rng, town))))
        return pick(rng, known)


_MAKERS: dict[str, Callable[[Maker, Town, str], list[Body]]] = {
    "single": Maker.single,
    "chain": Maker.chain,
    "parent": Maker.parent,
    "inside": Maker.inside,
    "sisters": Maker.sisters,
    "cohoused": Maker.cohoused,
    "agents": Maker.agents,
    "serial": Maker.serial,
    "namesakes": Maker.namesakes,
    "successor": Maker.successor,
    "neighbours": Maker.neighbours,
    "rivals": Maker.rivals,
    "sites": Maker.sites,
}


# What goes with a body.
def _label(rng: Random, place: Premises) -> str:
    """What tells a branch from the next: quarter, street or town."""
    return pick(
        rng,
        (
            place.street.area,
            place.street.area,
            place.street.name,
            f"{place.street.name} {place.street.type_full}",
            place.town.name,
        ),
    )


def _domain(rng: Random, body: Body) -> str:
    letters = "".join(filter(str.isalnum, body.name.lower())).encode("ascii", "ignore").decode()
    ending = ".org.uk" if body.trade in {"charity", "worship"} else ".co.uk"
    if body.place.town.country != "GB":
        ending = ".org" if body.trade in {"charity", "worship", "school"} else ".com"
    return f"{letters[:22]}{ending}" if rng.random() < 0.94 else f"{letters[:9]}{between(rng, 10, 99)}{ending}"


def _identifier(rng: Random, body: Body) -> str:
    country = body.place.town.country
    if country == "GB":
        return (
            f"GB-CHC-{between(rng, 200_000, 1_210_000)}"
            if body.trade in {"charity", "worship"}
            else f"GB-COH-{between(rng, 10**6, 15 * 10**6):08d}"
        )
    return f"US-EIN-{between(rng, 10**8, 10**9)}" if country == "US" else f"CA-CRA_ACR-{between(rng, 10**8, 10**9)}RR0001"
