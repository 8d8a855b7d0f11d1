"""What a CSV must mind because a spreadsheet may open it, and how a reader takes it back.

Belongs here: the guard before texts a spreadsheet would run, and the joining of lists, for everybody who writes or reads
our CSV. Does not: which columns a file has. `docs/exports.md` says the same in words.
"""

from __future__ import annotations

import re

#: A spreadsheet runs a cell that starts with one of these as a formula; register texts are anybody's texts.
FORMULA_START = r"^[=+@\t\r-]"
#: What gets a single quote before it in the exports. Texts that begin with a quote of their own get one too, so that to strip
#: one leading quote always gives the text back.
GUARDED_START = r"^['=+@\t\r-]"
LIST_SEPARATOR = "; "
#: An empty item of a list; without it, no list and a list of one empty text would look the same.
EMPTY_ITEM = r"\e"

_ITEM = re.compile(r"(?:\\.|[^;\\])+", re.DOTALL)


def guard(text: str) -> str:
    """The text as a CSV cell holds it: no cell starts with what a spreadsheet runs."""
    return f"'{text}" if re.match(GUARDED_START, text) else text


def unguard(cell: str) -> str:
    """The text of a cell: one leading quote, where there is one, is not part of it."""
    return cell.removeprefix("'")


def join_list(items: list[str]) -> str:
    r"""A list as one text: `; ` between items; in an item `\` is `\\` and `;` is `\;`; an empty item is `\e`."""
    return LIST_SEPARATOR.join(item.replace("\\", "\\\\").replace(";", "\\;") or EMPTY_ITEM for item in items)


def split_list(text: str) -> list[str]:
    """The items of a text made by `join_list`."""
    items = _ITEM.findall(text)
    return [_item(item if place == 0 else item[1:]) for place, item in enumerate(items)]


def _item(text: str) -> str:
    return "" if text == EMPTY_ITEM else re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
