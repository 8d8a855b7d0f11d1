"""Tables on a console, with no cell cut: folded to the width of a terminal, as wide as they must be in a file or a pipe.

Belongs here: printing a `rich` table. Does not: what is in it.
"""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.table import Table


def print_whole(table: Table, out: TextIO | None = None) -> None:
    """Prints to `out`, or standard output, without styles where that is no terminal."""
    for column in table.columns:
        column.overflow = "fold"
    console = Console(file=out, highlight=False)
    if not console.is_terminal:
        wide = Console(width=10**6).measure(table).maximum
        console = Console(file=out, highlight=False, no_color=True, width=max(console.width, wide))
    console.print(table)
