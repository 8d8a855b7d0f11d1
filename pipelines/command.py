"""What every `partners` command has alike: where it prints, the option that names a profile, and how a profile is taken.

Belongs here: only what several command modules need. Does not: any command.
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pipelines.profile import Profile, ProfileError, load_profile

ProfileOption = Annotated[str, typer.Option("--profile", "-p", help="Name or path of a profile.", envvar="PARTNERS_PROFILE")]
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def failed(message: str, code: int = 1) -> typer.Exit:
    """Prints what went wrong and returns the exception that ends the command: `raise failed(…) from None`."""
    errors.print(Text(message, style="red"), soft_wrap=True)
    return typer.Exit(code)


def profile_of(name: str) -> Profile:
    """The profile of that name or path; ends the command with 2 where it cannot be used."""
    try:
        return load_profile(name)
    except ProfileError as error:
        raise failed(str(error), 2) from None
