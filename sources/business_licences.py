"""Business licences as cities publish them: one module, a column mapping per city.

A city is a YAML file in `sources/cities/` (or the same keys in a profile): where its columns are, how it writes dates,
which of its class words mean which activity. `city_register` turns it into a register named after the city.

Licences carry no id of their own in most exports, so a row is known by a hash of its stable columns (class, name, street,
start date), taken raw, and by its ordinal among exact repeats.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from sources.register import CsvRegister

#: Names cut into two fields and glued again: the blank at the seam is lost where the first field ended in one.
#: It is put back only where both halves are words this file uses on their own far more often than the glued word.
_SEAM_RATIO = 3
_SEAM_MINIMUM = 3


@cache
def _business_activities() -> frozenset[str]:
    text = files("sources.reference").joinpath("activities.csv").read_text("utf-8")
    return frozenset(row["activity_id"] for row in csv.DictReader(text.splitlines()) if row["side"] == "business")


class CityColumns(BaseModel):
    """Which column of the city's file holds what."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    class_: str = Field(alias="class")
    name: str
    street: str
    city: str
    postcode: str
    started_on: str | None = None


class City(BaseModel):
    """One city's licence file."""

    model_config = ConfigDict(extra="forbid")
    city: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    publisher: str
    licence: str
    licence_url: str
    attribution: str
    columns: CityColumns
    extra_columns: list[str] = []
    date_format: str = "%m/%d/%Y"
    state: str
    country: str = "US"
    lost_blank_at: int | None = None
    """Length of the first of two glued name fields, where the export does that."""
    classes: dict[str, list[str]] = {}
    """activity_id -> class words."""
    permits: list[str] = []
    """Class words that say nothing about the main activity."""
    url: str | None = None
    floor: int = 100

    @field_validator("classes")
    @classmethod
    def _known_activities(cls, classes: dict[str, list[str]]) -> dict[str, list[str]]:
        unknown = sorted(set(classes) - _business_activities())
        if unknown:
            raise ValueError(f"no activities of a business: {', '.join(unknown)}; see sources/reference/activities.csv")
        return classes

    @property
    def class_scheme(self) -> str:
        """Name of the city's class system in `class_scheme` columns."""
        return f"licence:{self.city}"


@cache
def load_city(name: str) -> City:
    """The mapping of a city the project knows. Raises FileNotFoundError for one it does not."""
    return City.model_validate(yaml.safe_load(files("sources").joinpath("cities", f"{name}.yaml").read_text("utf-8")))


def known_cities() -> list[str]:
    """Short names of the cities in `sources/cities/`, sorted."""
    return sorted(p.name.removesuffix(".yaml") for p in files("sources").joinpath("cities").iterdir() if p.name.endswith(".yaml"))


def city_register(city: City | str | Mapping[str, Any]) -> CsvRegister:
    """The register of one city's licences."""
    city = load_city(city) if isinstance(city, str) else city if isinstance(city, City) else City.model_validate(city)
    header = (*city.columns.model_dump(by_alias=True, exclude_none=True).values(), *city.extra_columns)
    return CsvRegister(
        name=city.city,
        title=city.title,
        publisher=city.publisher,
        licence=city.licence,
        licence_url=city.licence_url,
        attribution=city.attribution,
        url=city.url,
        floor=city.floor,
        ceiling=500_000,
        unique_ids=False,
        header=lambda _options: header,
        select=lambda _options: _select(city),
    )


def _select(city: City) -> str:
    c = city.columns
    started = f'"{c.started_on}"' if c.started_on else "NULL"
    stable = ", ".join(f"coalesce({col}, '')" for col in (f'"{c.class_}"', f'"{c.name}"', f'"{c.street}"', started))
    rest = ", ".join(f"coalesce(\"{col}\", '')" for col in (c.city, c.postcode, *city.extra_columns))
    return f"""
WITH row AS (
    SELECT *, left(sha256(concat_ws(chr(31), {stable})), 16) AS stable_hash,
           row_number() OVER (PARTITION BY {stable} ORDER BY {rest}) AS ordinal
    FROM raw
),
{_names(city)}
SELECT
    file_row,
    stable_hash || CASE WHEN ordinal > 1 THEN '-' || ordinal ELSE '' END AS native_id,
    "{c.name}" AS name,
    CASE WHEN mended IS NULL THEN [] ELSE [mended] END AS other_names,
    'private' AS sector,
    "{c.street}" AS street, "{c.city}" AS city, '{city.state}' AS state,
    nullif(regexp_extract("{c.postcode}", '^([0-9]{{5}})(-[0-9]{{4}})?$', 1), '') AS postcode,
    '{city.country}' AS country,
    '{city.class_scheme}' AS class_scheme,
    CASE WHEN "{c.class_}" IS NULL THEN [] ELSE ["{c.class_}"] END AS class_codes,
    'active' AS status,
    try_strptime({started}, '{city.date_format}')::DATE AS started_on
FROM row LEFT JOIN mended_name ON raw_name = "{c.name}"
"""


def _names(city: City) -> str:
    """CTE `mended_name(raw_name, mended)`: names whose lost blank can be put back with confidence."""
    if city.lost_blank_at is None:
        return "mended_name AS (SELECT NULL::VARCHAR AS raw_name, NULL::VARCHAR AS mended WHERE false)"
    seam = city.lost_blank_at - 1
    name = f'"{city.columns.name}"'
    return f"""
raw_name AS (SELECT DISTINCT {name} AS raw_name FROM raw WHERE {name} IS NOT NULL),
word AS (
    SELECT word, count(*) AS uses FROM (
        SELECT unnest(string_split(raw_name, ' ')) AS word FROM raw_name WHERE length(raw_name) <= {seam})
    GROUP BY word
),
seam AS (
    SELECT raw_name, left(raw_name, {seam}) AS head, substr(raw_name, {seam} + 1) AS tail,
           regexp_extract(left(raw_name, {seam}), '[^ ]+$') AS head_word,
           regexp_extract(substr(raw_name, {seam} + 1), '^[^ ]+') AS tail_word
    FROM raw_name WHERE length(raw_name) > {seam}
),
mended_name AS (
    SELECT raw_name, head || ' ' || tail AS mended
    FROM seam
    JOIN word h ON h.word = head_word
    JOIN word t ON t.word = tail_word
    LEFT JOIN word g ON g.word = head_word || tail_word
    -- A single letter at the seam is a name cut short, not a lost blank.
    WHERE length(tail_word) > 1 AND (length(head_word) > 1 OR head_word = '&')
      AND least(h.uses, t.uses) >= {_SEAM_MINIMUM} AND least(h.uses, t.uses) > {_SEAM_RATIO} * coalesce(g.uses, 0)
)"""
