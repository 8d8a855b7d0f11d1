"""Fixtures of this folder: a hand-made world small enough to reckon with, and a way to rank it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.opportunities import rank
from assets.opportunities.lists import Caps
from assets.opportunities.people import Told
from assets.organisations.reference import rows
from assets.ranking import ontology
from pipelines.profile import Region
from warehouse import parquet
from warehouse.columns import CRITERIA
from warehouse.tables import BY_NAME

Row = dict[str, Any]

AS_OF = date(2026, 11, 22)
INPUTS = ("organisation", "organisation_record", "bridge", "match_evidence", "relationship", "programme")
#: Adds up to 1, each criterion with a weight of its own, so that a mix-up of two shows.
WEIGHTS = dict(zip(CRITERIA, (0.35, 0.2, 0.15, 0.12, 0.08, 0.1), strict=True))
#: So wide that no list is cut short.
NOBODY_SAID = Told()
LOOSE = Caps(per_business=100, per_resource=100, per_partner_activity=100, per_partner=100, programmes=100)
REGIONS = [Region(id=name, name=name.title(), state="AR", counties=["Pulaski County"]) for name in ("here", "there")]
#: Latitude and longitude of everybody who lives nowhere in particular; 0.1 degrees north of it are about 11 km away.
CENTRE = (34.7, -92.3)


def organisation(name: str, sector: str, activity: str, region: str | None = "here", **changes: Any) -> Row:
    """A solid, active body at the centre of its region; its id is its name in lower case, `org_food_bank`."""
    return {
        "organisation_id": "org_" + name.lower().replace(" ", "_"), "name": name.upper(), "display_name": name, "other_names": [],
        "sector": sector, "is_natural_person": False, "street": f"1 {name.upper()} ST", "city": "Little Rock", "state": "AR", "postcode": "72201",
        "country": "US", "county_name": "Pulaski County", "area_code": "05119", "latitude": CENTRE[0], "longitude": CENTRE[1], "location_precision": "zip",
        "region_id": region, "website": None, "website_domain": None, "description": None, "class_scheme": "TEST",
        "class_codes": [activity], "activity_id": activity, "activity_basis": "class", "activity_confidence": 0.95,
        "industry_id": _INDUSTRY[activity], "status": "active", "started_on": date(2010, 1, 1),
        "last_filed_on": None if sector == "private" else date(2025, 12, 31), "income_amount": None, "income_currency": None,
        "size_band": "unknown" if sector == "private" else "small", "partner_exclusion": None, "register_url": "https://register.example/1",
        "record_count": 1, "merged_into": None, "first_seen": AS_OF, "last_seen": AS_OF, "stale_days": 0, "sources": ["test"],
        "licences": ["US-PD"], **changes,
    }  # fmt: skip


def programme(number: str, title: str, topics: Sequence[str], applicants: Sequence[str], **changes: Any) -> Row:
    """An open grant for the whole country."""
    return {
        "programme_id": f"test:{number}", "source": "test", "native_id": number, "title": title, "agency": "Office of Trade",
        "kinds": ["grant"], "objective": None, "applicants": list(applicants), "industries": [], "topics": list(topics),
        "industry_id": "government",
        "country": "US", "places": [], "opens_on": None, "closes_on": None, "amount_min": None, "amount_max": None, "currency": "USD",
        "status": "open", "partner_exclusion": None, "register_url": "https://listing.example/1", "licence": "US-PD", "stale_days": 0,
        **changes,
    }  # fmt: skip


_INDUSTRY = {row["activity_id"]: row["industry_id"] for row in rows("sources.reference", "activities.csv")}


@dataclass
class World:
    """What goes into the stage. Tests change a copy."""

    organisations: list[Row]
    programmes: list[Row]
    reviews: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of organisation ids whose records may be of one body."""
    links: list[tuple[str, str, str]] = field(default_factory=list)
    """(kind, organisation id, organisation id) of what links bodies that are not one."""

    def change(self, organisation_id: str, **changes: Any) -> None:
        """Sets columns of one organisation."""
        next(row for row in self.organisations if row["organisation_id"] == organisation_id).update(changes)

    def tables(self) -> dict[str, list[Row]]:
        """The input tables; every organisation has one record, `test:<organisation_id>`."""
        columns = BY_NAME["core.organisation_record"].columns
        records = []
        for row in self.organisations:
            own = {"record_id": f"test:{row['organisation_id']}", "source": "test", "native_id": row["organisation_id"],
                   "match_name": row["name"].lower(), "legal_form": None, "identifiers": [], "parent_identifiers": [], "parent_name": None,
                   "parent_kind": None, "centre_of": None, "licence": "US-PD"}  # fmt: skip
            records.append({name: own[name] if name in own else row[name] for name in columns})
        return {
            "organisation": self.organisations,
            "organisation_record": records,
            "bridge": [
                {"record_id": f"test:{row['organisation_id']}", "organisation_id": row["organisation_id"]}
                for row in self.organisations
            ],
            "match_evidence": [_review(*pair) for pair in self.reviews],
            "relationship": [_link(*link) for link in self.links],
            "programme": self.programmes,
        }


def _review(one: str, other: str) -> Row:
    first, second = sorted((f"test:{one}", f"test:{other}"))
    return {
        "record_id_a": first, "record_id_b": second, "decision": "review", "probability": 0.6, "rule": "same_name_nearby",
        "name_similarity": 1.0, "street_similarity": None, "same_house_number": None, "same_postcode": True, "same_city": True,
        "same_domain": None,
    }  # fmt: skip


def _link(kind: str, one: str, other: str) -> Row:
    return {
        **dict.fromkeys(BY_NAME["core.relationship"].columns), "relationship_id": f"{kind}:{one}:{other}", "source": "test",
        "native_id": f"{one}:{other}", "relationship_kind": kind, "relationship_basis": "official", "from_organisation_id": one,
        "to_name": other, "to_organisation_id": other, "licence": "US-PD", "stale_days": 0,
    }  # fmt: skip


@dataclass(frozen=True)
class Ranking:
    """What came out of the stage."""

    folder: Path
    tables: Mapping[str, list[Row]]

    @property
    def opportunities(self) -> list[Row]:
        """Rows of mart.opportunity."""
        return self.tables["opportunity"]

    def pairs(self) -> set[tuple[str, str]]:
        """(business, partner) of every opportunity."""
        return {(row["business_id"], row["partner_organisation_id"] or row["partner_programme_id"]) for row in self.opportunities}

    def bodies(self) -> set[str]:
        """Everybody on either side."""
        return {body for pair in self.pairs() for body in pair}

    def pair(self, business: str, partner: str) -> Row:
        """The opportunity of a business and a partner."""
        return next(
            row
            for row in self.opportunities
            if (row["business_id"], row["partner_organisation_id"] or row["partner_programme_id"]) == (business, partner)
        )

    def criteria(self, business: str, partner: str) -> dict[str, Row]:
        """Its criteria by name."""
        wanted = self.pair(business, partner)["opportunity_id"]
        return {row["criterion"]: row for row in self.tables["opportunity_criterion"] if row["opportunity_id"] == wanted}


def small_world() -> World:
    """Thirteen organisations of two regions and four programmes."""
    north: dict[str, Any] = {"latitude": CENTRE[0] + 0.1, "postcode": "72118"}
    return World(
        [
            organisation("Corner Bakery", "private", "bakery"),
            organisation("Page Turner", "private", "book_shop"),
            organisation("Stone and Reed", "private", "law_firm"),
            organisation("Last Orders", "private", "bar"),
            organisation("Smoke House", "private", "tobacco_shop"),
            organisation("Hill Builders", "private", "builder", "there"),
            organisation("Food Bank", "nonprofit", "food_bank"),
            organisation("North Pantry", "nonprofit", "food_bank", **north),
            organisation("Legal Aid", "nonprofit", "legal_aid", size_band="unknown", last_filed_on=None),
            organisation("Clean Start", "nonprofit", "addiction_charity"),
            organisation("First Readers", "nonprofit", "literacy_charity"),
            organisation("Central Library", "public", "public_library", last_filed_on=None, size_band="unknown"),
            organisation("Roof for All", "nonprofit", "home_repair_charity", "there"),
        ],
        [
            programme("1", "Small Shops Grant", ["small_business"], ["small_business", "nonprofit"]),
            programme("2", "Charity Building Fund", ["small_business"], ["nonprofit", "public"]),
            programme(
                "3", "Old Shops Grant", ["small_business"], ["small_business"], status="closed", partner_exclusion="closed"
            ),
            programme("4", "Food Waste Loans", ["food_waste"], ["small_business"], kinds=["loan"]),
        ],
    )


@pytest.fixture
def world() -> World:
    """`small_world`, free to change."""
    return small_world()


class Ranker:
    """Ranks a world; each call writes to a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._runs = folder, 0

    def __call__(
        self,
        world: World,
        *,
        weights: Mapping[str, float] = WEIGHTS,
        caps: Caps = LOOSE,
        told: Told = NOBODY_SAID,
        earlier: Mapping[str, date] | None = None,
        as_of: date = AS_OF,
    ) -> Ranking:
        """Writes the inputs, runs the stage, reads what it made."""
        self._runs += 1
        folder = self._folder / str(self._runs)
        for name, content in world.tables().items():
            parquet.write_rows(content, BY_NAME[f"core.{name}"], folder / "in" / f"{name}.parquet")
        (folder / "out").mkdir()
        counts = rank.rank(
            {name: folder / "in" / f"{name}.parquet" for name in INPUTS},
            folder / "out",
            regions=REGIONS,
            weights=weights,
            caps=caps,
            told=told,
            earlier=earlier or {},
            as_of=as_of,
        )
        with parquet.connect() as con:
            tables = {
                name: con.sql(f"FROM {parquet.read_sql(folder / 'out' / f'{name}.parquet')}").to_arrow_table() for name in counts
            }
        return Ranking(folder / "out", {name: table.to_pylist() for name, table in tables.items()})


@pytest.fixture
def rank_world(tmp_path: Path) -> Ranker:
    """`rank.rank` on a `World`."""
    return Ranker(tmp_path)


@pytest.fixture(scope="session")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Ranker:
    """The same, for rankings that several tests look at."""
    return Ranker(tmp_path_factory.mktemp("ranked"))


@pytest.fixture(scope="session")
def small() -> Callable[[], World]:
    """`small_world`, likewise."""
    return small_world


@pytest.fixture(scope="session")
def ranked(ranker: Ranker) -> Ranking:
    """The world as it is, ranked; only to be read."""
    return ranker(small_world())


@pytest.fixture(scope="session")
def kinds() -> Iterator[duckdb.DuckDBPyConnection]:
    """The ontology's tables and the fits of kinds made of them."""
    with parquet.connect() as con:
        ontology.as_tables(con)
        con.execute(files("assets.opportunities").joinpath("affinity.sql").read_text("utf-8"))
        yield con
