"""What the practice town is made of: records as plain values, and the truth about them.

Belongs here: the shapes. Does not: how they come about (`town.py` and the modules it calls) or the bytes (`wire.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sources.practice.places import Place

#: Every date of the town is told from here, never from the clock.
ANCHOR = date(2026, 6, 30)


class Licence(NamedTuple):
    """One row of the licence file, values as they stand there."""

    classification: str
    category: str
    business: str
    address: str
    city: str
    zip: str
    account_start_date: str


class ExemptRow(NamedTuple):
    """One row of the exempt organisations file; fields as in its header, in its order."""

    ein: str
    name: str
    ico: str
    street: str
    city: str
    state: str
    zip: str
    group: str
    subsection: str
    affiliation: str
    classification: str
    ruling: str
    deductibility: str
    foundation: str
    activity: str
    organization: str
    status: str
    tax_period: str
    asset_cd: str
    income_cd: str
    filing_req_cd: str
    pf_filing_req_cd: str
    acct_pd: str
    asset_amt: str
    income_amt: str
    revenue_amt: str
    ntee_cd: str
    sort_name: str


@dataclass(frozen=True)
class Business:
    """A licence holder and all its rows. A charity with a licence has one too, under the charity's key."""

    key: str
    name: str
    activity: str
    """`activity_id` of sources/reference/activities.csv."""
    place: Place
    street: str
    is_natural_person: bool
    licences: tuple[Licence, ...]


@dataclass(frozen=True)
class Exempt:
    """An exempt organisation: its kind (see exempt.yaml) and its row."""

    key: str
    kind: str
    place: Place
    row: ExemptRow


@dataclass(frozen=True)
class Programme:
    """A federal-style assistance listing."""

    number: str
    title: str
    purpose: str
    agency: str
    department: str
    short_name: str
    types: tuple[str, ...]
    applicants: tuple[str, ...]
    """Keys of `applicant_words` in programmes.yaml."""
    amount: tuple[int, int] | None
    deadline: str
    """none | open | closed, as of `ANCHOR`."""
    opens_on: date | None
    closes_on: date | None
    where: str
    """`nation`, or the place it is limited to."""
    published_on: date
    contact: str
    """A person, named in the file and never to be read from it."""

    @property
    def is_open_to_business(self) -> bool:
        """True where a firm may apply, wherever it is and whether or not the deadline has passed."""
        return bool({"small", "profit", "anyone"} & set(self.applicants))


@dataclass(frozen=True)
class ResearchBody:
    """A body as ROR lists it."""

    key: str
    slug: str
    ror_id: str
    """Last part of the ROR address, e.g. `0abc12345`."""
    facts: Mapping[str, Any]
    """Its entry in research.yaml."""
    place: Place


#: `irs_bmf:<EIN>`, `ror:<id>`, or for licences, which have no id, the row itself.
RecordKey = str | Licence


@dataclass(frozen=True)
class Truth:
    """What an honest resolver and ranker should find."""

    clusters: Mapping[RecordKey, str]
    """Record -> key of the real organisation behind it."""
    must_not_match: tuple[tuple[str, str], ...]
    """Organisation keys that look alike: no record of the one may be merged with a record of the other."""
    chances: tuple[tuple[str, str], ...]
    """(business key, partner key): pairs placed near each other that a good ranking brings forward."""
    natural_persons: frozenset[str]
    """Keys of sole traders under their own name."""
    contact_names: frozenset[str]
    """People the registers name as contacts. None of them may appear anywhere in the product."""

    def records_of(self, key: str) -> list[RecordKey]:
        """Every record of an organisation."""
        return [record for record, owner in self.clusters.items() if owner == key]


@dataclass(frozen=True)
class Town:
    """The whole town. Same seed and size, same town."""

    seed: int
    size: float
    businesses: tuple[Business, ...]
    exempt: tuple[Exempt, ...]
    programmes: tuple[Programme, ...]
    research: tuple[ResearchBody, ...]
    truth: Truth
