"""Writes a profile for a place by its official code. The template is `pipelines/templates/profile.yaml.j2`.

Belongs here: names, which registers fit a country, the file. Does not: what is known of the place (`official_places.py`),
whether a profile can be used (`profile.py`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from pipelines.official_places import OfficialPlace, UnknownCodeError, official_place
from sources.uk_regions import ENGLAND, NORTHERN_IRELAND, SCOTLAND, WALES

#: Charity registers of the nation; England and Wales have one between them.
_CHARITIES = {ENGLAND: "ccew", WALES: "ccew", SCOTLAND: "oscr", NORTHERN_IRELAND: "ccni"}

#: Counties whose city publishes its licences at an address the project knows (`sources/cities/*.yaml`).
_LICENCES = {"06075": "san_francisco", "17031": "chicago"} | dict.fromkeys(
    ("36005", "36047", "36061", "36081", "36085"), "new_york"
)

#: States with a grants portal the project reads.
_STATE_GRANTS = {"CA": "california_grants", "PA": "pennsylvania_grants"}

#: Letters of a profile's name; it is a folder's name too.
_LONGEST = 60


class NewProfileError(Exception):
    """Nothing was written; the message says why and what to do."""


@dataclass(frozen=True)
class NewProfile:
    """What was written where."""

    path: Path
    place: OfficialPlace
    lists_businesses: bool
    """Whether a register of the profile lists businesses; where none does, the chamber must bring a list."""


def new_profile(code: str, name: str | None = None, output: Path | None = None) -> NewProfile:
    """Writes the profile of the place with this code to `output` (default: named after it, in this folder). Never overwrites.

    `name` is what people call the chamber (default: the place's name). Raises NewProfileError for a code or name that cannot be
    used, or a file that is there already.
    """
    try:
        place = official_place(code)
    except UnknownCodeError as error:
        raise NewProfileError(str(error)) from error
    chamber = _checked(name) if name is not None else place.name
    short = _short(chamber) or _short(place.name)
    path = output or Path(f"{short}.yaml")
    text = profile_text(place, short, chamber)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise NewProfileError(f"{path} is there already; choose another file with --output, or remove it") from None
    except OSError as error:
        raise NewProfileError(f"{path} cannot be written ({error.strerror}); choose another file with --output") from error
    return NewProfile(path, place, place.country == "GB" or place.code in _LICENCES)


def profile_text(place: OfficialPlace, short: str, chamber: str) -> str:
    """The profile as YAML. Lines that are commented out are YAML too, once their `#` is taken away."""
    environment = Environment(  # noqa: S701 - YAML, no HTML; every text goes through `quoted`
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["quoted"] = _quoted
    template = files("pipelines").joinpath("templates", "profile.yaml.j2").read_text("utf-8")
    return environment.from_string(template).render(
        place=place,
        short=short,
        chamber=chamber,
        region_id="-".join([place.country.lower(), *([place.state.lower()] if place.state else []), _short(_local(place))]),
        local=_local(place),
        charities=_CHARITIES.get(place.nation or ""),
        licences=_LICENCES.get(place.code),
        state_grants=_STATE_GRANTS.get(place.state or ""),
        england=place.nation == ENGLAND,
    )


def _local(place: OfficialPlace) -> str:
    """The name without its state."""
    return place.counties[0] if place.counties else place.name


def _checked(name: str) -> str:
    name = name.strip()
    if not name or not name.isprintable():
        raise NewProfileError(f"--name {name!r} is empty or holds a control character; give the chamber's name in plain letters")
    if "${" in name:
        raise NewProfileError(f"--name {name!r} holds `${{`, which a profile reads as an environment variable; leave it out")
    return name


def _short(name: str) -> str:
    """Small letters, digits and hyphens; empty where a name has no Latin letter or digit.

    >>> _short("St. John’s & Ynys Môn"), _short("東京")
    ('st-johns-ynys-mon', '')
    """
    plain = unicodedata.normalize("NFKD", re.sub("['’]", "", name)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].rstrip("-")


def _quoted(text: str) -> str:
    """A YAML text in double quotes: whatever stands in it, it stays text."""
    return json.dumps(text, ensure_ascii=False)
