"""Every register the project knows, by the name profiles and tables use for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sources import (
    acnc,
    california_grants,
    ccew,
    ccni,
    chamber_directory,
    chamber_members,
    companies_house,
    contracts_finder,
    contracts_finder_awards,
    fhrs,
    fhrs_api,
    find_a_grant,
    gias,
    govuk,
    grants_gov,
    grants_gov_api,
    irs_bmf,
    known_partnerships,
    nz_charities,
    oscr,
    overpass,
    overture,
    pennsylvania_grants,
    ror,
    sam_assistance_listings,
    sam_listings_api,
    threesixtygiving,
)
from sources.business_licences import city_register, known_cities
from sources.register import Register

#: One module a register; each has a `REGISTER`. Cities' licences are mappings in `sources/cities/` instead.
MODULES = (
    acnc, california_grants, ccew, ccni, chamber_directory, chamber_members, companies_house, contracts_finder,
    contracts_finder_awards, fhrs, fhrs_api, find_a_grant, gias, govuk, grants_gov, grants_gov_api, irs_bmf, known_partnerships,
    nz_charities, oscr, overpass, overture, pennsylvania_grants, ror, sam_assistance_listings, sam_listings_api, threesixtygiving,
)  # fmt: skip


@cache
def registers() -> Mapping[str, Register]:
    """name -> register, cities included."""
    every = [module.REGISTER for module in MODULES] + [city_register(city) for city in known_cities()]
    return {register.name: register for register in sorted(every, key=lambda r: r.name)}


def register_for(name: str, city: Mapping[str, Any] | None = None) -> Register:
    """The register called `name`; `city` is a column mapping written in the profile itself.

    Raises KeyError with the known names where there is no such register.
    """
    if city is not None:
        return city_register({"city": name, **city})
    known = registers()
    if name not in known:
        raise KeyError(f"no register is called {name!r}; known: {', '.join(sorted(known))}")
    return known[name]
