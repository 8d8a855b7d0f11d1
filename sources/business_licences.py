"""Business licences as cities publish them, and any other list of organisations: one module, a column mapping per list.

A city is a YAML file in `sources/cities/` (or the same keys in a profile): where its columns are, how it writes dates,
which of its class words mean which activity. `city_register` turns it into a register named after the city. A CSV export, the
JSON pages of a Socrata portal (`socrata.py`) and GeoJSON are read by the same mapping (`licence_files.py`).

Options of the source: `expired: active` keeps what the file says of licences whose term is over (for a sample of old terms);
where a column `expires_on` is mapped they are otherwise inactive. `where` and `page_size` are those of `socrata.pages`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from sources import socrata
from sources.city_mapping import City, CityColumns, known_cities, load_city
from sources.licence_files import read_records
from sources.licence_rows import rows
from sources.register import Audit, Options, Outside, RecordRegister, Rejected

__all__ = ["City", "CityColumns", "city_register", "known_cities", "load_city"]


def city_register(city: City | str | Mapping[str, Any]) -> RecordRegister:
    """The register of one city's licences."""
    city = load_city(city) if isinstance(city, str) else city if isinstance(city, City) else City.model_validate(city)
    return RecordRegister(
        name=city.city,
        title=city.title,
        publisher=city.publisher,
        licence=city.licence,
        licence_url=city.licence_url,
        attribution=city.attribution,
        url=city.url,
        pages=socrata.pages if socrata.is_resource(city.url) else None,
        record_url=city.record_url,
        floor=city.floor,
        ceiling=3_000_000,
        unique_ids=False,
        lists_premises=True,
        personal_fields=(*city.personal, *city.columns.owner_names),
        fields=tuple(dict.fromkeys(city.layout.spelling.values())),
        mandatory=city.columns.name[:1],
        parse=partial(_parse, city),
    )


def _parse(city: City, stream: BinaryIO, options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    return rows(city, partial(read_records, stream, city.layout), options, audit)
