"""`partners verify`: is what was published still what lies on the disk? What is checked is in `assets/publication/verify.py`."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.text import Text

from assets.publication import verify as verifying
from pipelines.command import ProfileOption, console, errors, failed, profile_of
from pipelines.nights import root_of
from warehouse.versions import VersionError


def verify(
    profile: ProfileOption = "practice",
    version: Annotated[
        str | None, typer.Option(help="Name of a version's folder (default: the published one, its links too).")
    ] = None,
) -> None:
    """Check a published version: tables, files, hashes, rows, columns, links. Ends with 1 where something is wrong."""
    started = time.monotonic()
    root = root_of(profile_of(profile))
    try:
        chosen = version or verifying.published_version(root)
        problems = verifying.verify(root, chosen, is_current=version is None)
    except (verifying.NothingPublished, VersionError) as error:
        raise failed(str(error)) from None
    for problem in problems:
        errors.print(Text(problem, style="red"), soft_wrap=True)
    if problems:
        count = f"{len(problems)} thing{'' if len(problems) == 1 else 's'}"
        errors.print(Text(f"{chosen}: {count} wrong. `partners run --anew` makes a new version.", style="bold red"))
        raise typer.Exit(1)
    console.print(f"{chosen} is whole: warehouse, exports and links as published ({time.monotonic() - started:.1f} s).")
