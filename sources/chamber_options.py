"""The options of a chamber's directory, checked before anything is asked for.

Belongs here: which options there are and what they default to. Does not: what they mean for a page (`chamber_directory.py`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sources import chamber_growthzone
from sources.chamber_selectors import Selectors
from sources.register import Options, RegisterError

#: Link to the next page of a list (HTML standard, link types).
NEXT = 'a[rel~="next"], link[rel~="next"]'


class Directory(BaseModel):
    """The options, checked."""

    model_config = ConfigDict(extra="forbid")
    consent: Literal[True]
    kind: Literal["growthzone", "json_ld", "selectors", "json_api"]
    selectors: Selectors | None = None
    walk: Literal["categories", "alphabet", "next"] = "categories"
    lists: str | None = None
    next: str | None = None
    details: bool | str = False
    country: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    state: str | None = None
    city: str | None = None
    as_of: str | None = None
    """The run's date, which every register is told; it means nothing here."""

    @model_validator(mode="after")
    def _whole(self) -> Directory:
        if (self.kind == "selectors") != (self.selectors is not None):
            raise ValueError("`selectors:` goes with `kind: selectors`, and the other way round")
        if self.details is True and self.kind != "growthzone":
            raise ValueError("`details: true` is for GrowthZone; give a CSS selector of the links to members' pages")
        return self

    @property
    def list_links(self) -> str:
        """Selector of links to further list pages."""
        walked = chamber_growthzone.WALKS[self.walk] if self.kind == "growthzone" else None
        return ", ".join(selector for selector in (self.lists or walked, self.next or NEXT) if selector)

    @property
    def member_links(self) -> str:
        """Selector of links to members' own pages, '' for none."""
        return self.details if isinstance(self.details, str) else chamber_growthzone.MEMBERS if self.details else ""


def directory_of(options: Options) -> Directory:
    """The options, checked. Raises RegisterError without the chamber's consent, or where they are not usable."""
    if options.get("consent") is not True:
        raise RegisterError(
            f"chamber_directory: option `consent` is {options.get('consent')!r}; expected true. Ask the chamber whether its "
            "directory may be read (its terms and robots.txt hold in any case), then set `options: {consent: true}`."
        )
    try:
        return Directory.model_validate(dict(options))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'options'}: {e['msg']}" for e in error.errors())
        raise RegisterError(
            f"chamber_directory: the options cannot be used ({faults}); see the head of chamber_directory.py."
        ) from error
