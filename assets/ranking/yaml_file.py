"""Reads the YAML files of this package. What they mean is with whoever asks for one."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

#: Safe either way; the one in C is seven times as fast (0.25 s for all files of this package), and not in every build of PyYAML.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(*path: str) -> Any:
    """What a file below `assets/ranking` holds."""
    text = files("assets.ranking").joinpath(*path).read_text("utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - both loaders are the safe ones
