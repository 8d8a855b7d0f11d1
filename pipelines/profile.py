"""The chamber's profile: one YAML file that says who, where, which registers, how to weigh, when to run.

Belongs here: its shape, its checks, and turning text with `${VARIABLE:-default}` into paths. Does not: reading registers or
running anything. Every error names the key and the mend.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from assets.push.settings import PushTarget, Webhook
from assets.ranking import ontology
from assets.ranking.engine import WEIGHTS
from assets.snapshots.take import FileOption
from sources.catalogue import register_for
from sources.register import Register, TablesRegister
from warehouse.columns import CRITERIA

#: Where profiles of the project live; a name without a slash is looked up here.
PROFILES = Path(__file__).parent / "profiles"

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


class ProfileError(Exception):
    """The profile cannot be used; the message names each key at fault and the mend."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


# YAML reads 72201 as a number and 01234 as an octal one: codes are text.
Code = Annotated[str, BeforeValidator(_as_text)]


class Place(_Part):
    """A postcode the reference tables do not know (new, or of the practice town)."""

    postcode: Code
    city: str
    county: str
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Region(_Part):
    """A place the chamber works in. An organisation is in the first region whose code, postcode, county or city it has."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    level: str = "city"
    country: str = Field(default="US", pattern=r"^[A-Z]{2}$")
    state: str | None = None
    cities: list[str] = []
    counties: list[str] = []
    """Counties of `state`, as the postcode tables write them (`Pulaski County`)."""
    postcodes: list[Code] = []
    """Postcodes, or beginnings of them ending in `*`."""
    codes: list[Code] = []
    """Official codes of the places that make up the region: county FIPS (`05119`), GSS of a district, region or nation
    (`E08000012`), ISO 3166-2 of a state (`US-AR`). An organisation is placed by the code of its postcode."""
    rural: bool = False
    """True where programmes for rural places are open to its businesses."""

    @model_validator(mode="after")
    def _somewhere(self) -> Region:
        if not (self.codes or self.cities or self.counties or self.postcodes):
            raise ValueError(
                "give at least one of `codes`, `counties`, `postcodes` and `cities`, or nothing is ever found in the region"
            )
        if self.counties and not self.state:
            raise ValueError("`counties` need their `state`: many states have a county of the same name")
        return self


class Source(_Part):
    """One register and how this chamber gets it."""

    name: str
    url: str | list[str] | None = None
    path: str | list[str] | None = None
    """A file downloaded by hand; wins over `url`. For a register of several tables a pattern with `{table}`."""
    options: dict[str, Any] = {}
    city: dict[str, Any] | None = None
    """Column mapping of a licence file the project does not know."""
    record_url: str | None = None
    floor: int | None = Field(default=None, ge=1)
    """Fewer rows than this are a cut-off file; wins over the register's own, which speaks of the whole register."""
    max_age_days: int | None = Field(default=None, ge=1)
    """A snapshot older than this no longer stands in for a register that fails; the register then drops out."""
    share_alike: bool = False
    """Must be true for a register whose licence binds every database derived from it (OpenStreetMap)."""
    allowed_hosts: list[str] = []
    """Hosts besides the address's own to which the register may send us, e.g. `*.example.org`."""
    private_hosts: list[str] = []
    """Hosts inside the chamber's own network that may be asked; no other private address ever is."""

    @property
    def register(self) -> Register:
        """Metadata and parse of the register."""
        found = register_for(self.name, self.city)
        return found if self.floor is None else replace(found, floor=self.floor)

    @model_validator(mode="after")
    def _known(self) -> Source:
        try:
            register = self.register
        except KeyError as error:
            raise ValueError(str(error.args[0])) from None
        if not (self.url or self.path or register.url):
            raise ValueError(f"{self.name} has no default address: give `url:` or `path:`")
        if register.share_alike and not self.share_alike:
            raise ValueError(
                f"{self.name} is under {register.licence}, which binds every database made with it; write `share_alike: true` "
                "beside it if the chamber accepts that"
            )
        return self

    def files(self) -> list[FileOption]:
        """Where each file is to be had. A register of several tables has one file a table, named after it."""
        register = self.register
        if isinstance(register, TablesRegister):
            return [f for table in register.tables if (f := self._table_file(register, table)) is not None]
        if self.path:
            return [FileOption(slot=f"file-{n}", path=Path(p)) for n, p in enumerate(_listed(self.path), start=1)]
        urls = [u.format_map(_Blank(self.options)) for u in _listed(self.url or register.url or "")]
        return [FileOption(slot=f"file-{n}", url=u) for n, u in enumerate(urls, start=1)]

    def _table_file(self, register: TablesRegister, table: str) -> FileOption | None:
        """One table's file; an optional table whose file is not in the folder is left out."""
        if self.path is None:
            url = _listed(self.url or register.url or "")[0]
            return FileOption(slot=table, url=url.format_map(_Blank({**self.options, "table": table})))
        path = Path(_listed(self.path)[0].format_map(_Blank({**self.options, "table": table})))
        left_out = register.tables[table].optional and not path.is_file()
        return None if left_out else FileOption(slot=table, path=path)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


class _Blank(dict[str, Any]):
    """Options for `{name}` in an address; a missing one is an error that says so."""

    def __missing__(self, key: str) -> str:
        raise ProfileError(f"the address needs `options: {{{key}: …}}` of the source")


class Lists(_Part):
    """How long and how varied the lists are."""

    per_business: int = Field(default=10, ge=1, le=100)
    per_resource: int = Field(default=3, ge=1)
    """At most so many opportunities of one business that give the same thing."""
    per_partner_activity: int = Field(default=2, ge=1)
    """At most so many partners of one kind in a business's list."""
    per_partner: int = Field(default=20, ge=1)
    """One partner is put forward to at most so many businesses."""
    programmes: int = Field(default=2, ge=0)
    """At most so many programmes in a business's list."""
    members_first: bool = False
    """Whether members (`people/members.csv`) are served first and head every list."""
    cross_industry: bool = False
    """Whether businesses are also put forward to businesses of other industries, in lists of their own."""


class Schedule(_Part):
    """When the nightly run starts."""

    cron: str = "0 2 * * *"
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone; give one like `America/Chicago` or `UTC`")
        return value


class Publishing(_Part):
    """What is kept and shown."""

    keep_versions: int = Field(default=14, ge=1)
    keep_runs: int = Field(default=3, ge=1)
    keep_history_days: int = Field(default=400, ge=1)
    """Days for which changes of opportunities, and each day's list, are kept."""
    report_top_per_industry: int = Field(default=60, ge=1, le=500)
    push: list[PushTarget] = []
    """Places that get each published version."""
    webhook: Webhook | None = None
    """An address that is told of each version once it is in all of them."""

    @field_validator("push")
    @classmethod
    def _each_once(cls, value: list[PushTarget]) -> list[PushTarget]:
        _unique("name", [target.name for target in value])
        _unique("to", [target.to.rstrip("/") for target in value])
        return value


class Practice(_Part):
    """Turns the practice town on: its registers are served on this machine while the run fetches."""

    seed: int = 7
    size: float = Field(default=1.0, gt=0, le=20)


class Profile(_Part):
    """One chamber's set-up."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    chamber: str
    regions: list[Region] = Field(min_length=1)
    places: list[Place] = []
    sources: list[Source] = Field(min_length=1)
    weights: dict[str, float] = dict(WEIGHTS)
    priorities: list[str] = []
    """What the chamber wants most for its members: goals of `assets/ranking/ontology/goals.yaml`."""
    lists: Lists = Lists()
    schedule: Schedule = Schedule()
    publishing: Publishing = Publishing()
    practice: Practice | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        _unique("regions", [r.id for r in self.regions])
        _unique("sources", [s.name for s in self.sources])
        if unknown := set(self.priorities) - set(ontology.load().goals):
            raise ValueError(
                f"priorities: {sorted(unknown)[0]!r} is no goal; goals are {', '.join(sorted(ontology.load().goals))}"
            )
        if set(self.weights) != set(CRITERIA):
            raise ValueError(f"weights: give exactly {', '.join(CRITERIA)}; found {', '.join(self.weights)}")
        if any(w < 0 for w in self.weights.values()) or abs(sum(self.weights.values()) - 1) > 1e-9:
            raise ValueError(f"weights: each at least 0, together 1; they sum to {sum(self.weights.values()):.4f}")
        return self


def _unique(key: str, values: list[str]) -> None:
    repeated = sorted({v for v in values if values.count(v) > 1})
    if repeated:
        raise ValueError(f"{key}: {', '.join(repeated)} occurs more than once; remove one")


class _Yaml(yaml.SafeLoader):
    """YAML where a number with a leading zero is text: 00101 is a postcode, not the octal of 65."""


_Yaml.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:int"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))


def expand(value: Any, key: str = "") -> Any:
    """`${NAME:-default}` in every text of a YAML value; `key` says where it stands.

    Raises ProfileError for a variable with neither value nor default.
    """
    if isinstance(value, dict):
        return {k: expand(v, f"{key}.{k}" if key else str(k)) for k, v in value.items()}
    if isinstance(value, list):
        return [expand(v, f"{key}.{n}" if key else str(n)) for n, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        found = os.environ.get(match[1]) or match[2]
        if found is None:
            raise ProfileError(f"{key}: the environment variable {match[1]} is not set; set it or write ${{{match[1]}:-default}}")
        return found

    return _VARIABLE.sub(replace, value)


def profile_path(name_or_path: str | Path) -> Path:
    """The file of a profile given by path or by the name of one in `pipelines/profiles/`."""
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml") or path.exists():
        return path
    return PROFILES / f"{name_or_path}.yaml"


def load_profile(name_or_path: str | Path) -> Profile:
    """Reads and checks a profile. Raises ProfileError naming each key at fault."""
    path = profile_path(name_or_path)
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in PROFILES.glob("*.yaml")))
        raise ProfileError(f"there is no profile {path}; known names: {known}; or give the path of a YAML file")
    try:
        data = yaml.load(path.read_text("utf-8"), _Yaml)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ProfileError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(data, dict):
        raise ProfileError(f"{path} holds no keys; start from {PROFILES / 'practice.yaml'}")
    try:
        return Profile.model_validate(expand(data))
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, e['loc'])) or 'profile'}: {e['msg']}" for e in error.errors()]
        raise ProfileError(f"{path} cannot be used:\n" + "\n".join(lines)) from error
