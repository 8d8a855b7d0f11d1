"""The word lists of the practice town, read once.

Belongs here: finding and reading the YAML files. Does not: making names of the words (`naming.py`).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# The C loader reads the lists ten times as fast; a PyYAML built without libyaml has only the other one.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: The city mapping is the only place where the class words of the practice licences stand.
CITY_MAPPING = "cities/practice.yaml"


@cache
def read(path: str) -> dict[str, Any]:
    """Contents of a YAML file below `sources/`, e.g. `practice/words.yaml`. Shared: callers must not change it."""
    text = files("sources").joinpath(path).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both loaders are the safe ones
    return loaded


def words() -> dict[str, Any]:
    """Names, streets, activities and look-alikes."""
    return read("practice/words.yaml")


def class_words(activity: str) -> list[str]:
    """Words the licence file uses for an activity, usual one first."""
    classes: list[str] = read(CITY_MAPPING)["classes"][activity]
    return classes


@cache
def exempt_kind(kind: str) -> dict[str, Any]:
    """Rules of one kind of exempt organisation, defaults filled in."""
    table = read("practice/exempt.yaml")
    if kind not in table["kinds"]:
        raise KeyError(f"no kind of exempt organisation {kind!r} in practice/exempt.yaml; it has {sorted(table['kinds'])}")
    return {**table["defaults"], **table["kinds"][kind]}
