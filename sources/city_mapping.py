"""The words of a column mapping: what `sources/cities/*.yaml`, or the `city:` of a profile's source, may say.

Belongs here: the keys, what they mean, which mappings the project knows. Does not: reading a file by them (`licence_files.py`,
`licence_rows.py`).
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sources.licence_files import GEOMETRY, Layout, letters

#: Sector of a list -> side of the activities its classes may mean.
_SIDES = {"private": "business", "nonprofit": "nonprofit", "public": "public"}

#: One column or several.
Columns = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


@cache
def _activities(side: str) -> frozenset[str]:
    text = files("sources.reference").joinpath("activities.csv").read_text("utf-8")
    return frozenset(row["activity_id"] for row in csv.DictReader(text.splitlines()) if row["side"] == side)


class CityColumns(BaseModel):
    """Which column of the file holds what. Where several are given: the first filled one is the name, classes are taken from
    all, the parts of a street or an id are joined."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)
    name: Columns
    class_: Columns = Field(default=(), alias="class")
    street: Columns = ()
    city: str | None = None
    postcode: str | None = None
    state: str | None = None
    started_on: str | None = None
    expires_on: str | None = None
    status: str | None = None
    closed: Columns = ()
    """Columns of which any that is filled means that the business has closed."""
    id: Columns = ()
    account: Columns = ()
    """Who holds a licence where: of the terms and licences of one account the newest is kept, and is known by these."""
    other_names: Columns = ()
    owner_names: Columns = ()
    """Names of owners: another name of the business where it is a firm's, never read where it may be a person's."""
    latitude: str | None = None
    longitude: str | None = None
    point: str = GEOMETRY
    """A GeoJSON point."""
    website: str | None = None
    description: str | None = None
    org_id: str | None = None
    """An identifier in org-id.guide form."""
    income: str | None = None
    """Annual gross income in `currency`."""
    last_filed_on: str | None = None
    """End of the latest period it filed for."""

    def listed(self) -> tuple[str, ...]:
        """Every column, each once."""
        values = self.model_dump(exclude={"point"}, exclude_none=True).values()
        return tuple(dict.fromkeys(name for value in values for name in ((value,) if isinstance(value, str) else value)))


class City(BaseModel):
    """One city's licence file, or another list."""

    model_config = ConfigDict(extra="forbid")
    city: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    publisher: str
    licence: str
    licence_url: str
    attribution: str
    columns: CityColumns
    extra_columns: list[str] = []
    also: dict[str, Columns] = {}
    """Column -> other names it goes by in another version of the file; case, blanks and signs do not matter."""
    optional: list[str] = []
    """Columns some versions of the file lack."""
    known: list[str] = []
    """Columns that are not read."""
    personal: list[str] = []
    """Columns that describe private persons and are never read."""
    date_format: str = "%m/%d/%Y"
    """ISO dates are understood besides."""
    state: str | None = None
    country: str = "US"
    sector: Literal["private", "public", "nonprofit"] = "private"
    identifiers: dict[str, str] = {}
    """Scheme of org-id.guide -> column with the number, e.g. `GB-COH: company_number`."""
    currency: str | None = None
    """ISO code, where a column `income` is mapped."""
    class_separator: str | None = None
    missing: list[str] = []
    """Cells that stand for nothing, e.g. `N/A`."""
    statuses: dict[Literal["active", "inactive"], list[str]] = {}
    """What the column `status` holds for each."""
    last_first: bool = False
    """True where persons are written `SMITH, JOHN`."""
    lost_blank_at: int | None = None
    """Length of the first of two glued name fields, where the export does that."""
    scheme: str | None = None
    """Class system of the classes where they are official codes, e.g. `NAICS-2022`."""
    classes: dict[str, list[str]] = {}
    """activity_id -> class words."""
    permits: list[str] = []
    """Class words that say nothing about the main activity."""
    url: str | None = None
    record_url: str | None = None
    floor: int = 100

    @model_validator(mode="after")
    def _known_activities(self) -> City:
        unknown = sorted(set(self.classes) - _activities(_SIDES[self.sector]))
        if unknown:
            raise ValueError(
                f"classes: no activities of a {_SIDES[self.sector]}: {', '.join(unknown)}; see sources/reference/activities.csv"
            )
        return self

    @property
    def class_scheme(self) -> str:
        """Name of the city's class system in `class_scheme` columns."""
        return self.scheme or f"licence:{self.city}"

    @property
    def layout(self) -> Layout:
        """What its columns are called."""
        own = (*self.columns.listed(), *self.extra_columns, *self.identifiers.values())
        every = dict.fromkeys((*own, *self.known, *self.personal, self.columns.point))
        spelling = {letters(name): name for name in every}
        spelling |= {letters(name): column for column, names in self.also.items() for name in names}
        return Layout(self.city, tuple(name for name in dict.fromkeys(own) if name not in self.optional), spelling)


@cache
def load_city(name: str) -> City:
    """The mapping of a city the project knows. Raises FileNotFoundError for one it does not."""
    return City.model_validate(yaml.safe_load(files("sources").joinpath("cities", f"{name}.yaml").read_text("utf-8")))


def known_cities() -> list[str]:
    """Short names of the cities in `sources/cities/`, sorted."""
    return sorted(p.name.removesuffix(".yaml") for p in files("sources").joinpath("cities").iterdir() if p.name.endswith(".yaml"))
