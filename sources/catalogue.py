"""Every register the project knows, by the name profiles and tables use for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sources import irs_bmf, ror, sam_assistance_listings
from sources.business_licences import city_register, known_cities
from sources.register import Register


@cache
def registers() -> Mapping[str, Register]:
    """name -> register, cities included."""
    single = (irs_bmf.REGISTER, ror.REGISTER, sam_assistance_listings.REGISTER)
    return {r.name: r for r in (*single, *(city_register(city) for city in known_cities()))}


def register_for(name: str, city: Mapping[str, Any] | None = None) -> Register:
    """The register called `name`; `city` is a licence-file mapping written in the profile itself.

    Raises KeyError with the known names where there is no such register.
    """
    if city is not None:
        return city_register({"city": name, **city})
    known = registers()
    if name not in known:
        raise KeyError(f"no register is called {name!r}; known: {', '.join(sorted(known))}")
    return known[name]
