"""Starts a new register in a checkout: module, sample file, test. The templates are in `pipelines/templates/`."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

#: Template -> where it goes; `{name}` is the register's short name.
_FILES = {
    "register.py.txt": "sources/{name}.py",
    "sample.csv.txt": "tests/sources/samples/{name}.csv",
    "test.py.txt": "tests/sources/test_{name}.py",
}


class ScaffoldError(Exception):
    """Nothing was written; the message says why."""


def scaffold(name: str, root: Path) -> list[Path]:
    """Writes the files of a new register below `root` and returns their paths. Never overwrites.

    Raises ScaffoldError for a name that is no module name, a folder that is no checkout, or files that are there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ScaffoldError(f"{name!r} is no module name; use small letters, digits and underscores, as in food_banks")
    if not (root / "sources" / "register.py").is_file():
        raise ScaffoldError(f"{root.resolve()} is no checkout of this project (it has no sources/register.py); use --root")
    targets = {template: root / target.format(name=name) for template, target in _FILES.items()}
    there = [str(path) for path in targets.values() if path.exists()]
    if there:
        raise ScaffoldError(f"{', '.join(there)} is there already; choose another name, or remove it")
    for template, path in targets.items():
        text = files("pipelines").joinpath("templates", template).read_text("utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{{name}}", name).replace("{{title}}", name.replace("_", " ").capitalize()), "utf-8")
    return list(targets.values())
