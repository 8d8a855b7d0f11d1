"""Whether a file that arrived can be a register at all.

Belongs here: what can be told from the first bytes, whatever the register. Does not: packed files (`packed.py`), columns, row
counts and floors, which are the next stage's.
"""

from __future__ import annotations

import re
from pathlib import Path

from assets.snapshots.packed import refuse_unsafe_packing
from sources.http import FetchError

#: How a web page begins, after a byte order mark, blanks, an XML declaration or comments. Log-in walls, maintenance and
#: cookie notices come with status 200 and would else be read as a register of a few odd rows.
_WEB_PAGE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_HEAD_BYTES = 4096


def refuse_what_is_no_data(path: Path, name: str, *, max_unpacked: int, web_page_is_data: bool = False) -> None:
    """Raise `FetchError`, speaking of `name`, where `path` is empty, a web page, or a packed file that is damaged or unsafe.

    `web_page_is_data` for a register that is read from web pages, one of which somebody saved by hand.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise FetchError(f"{name} is empty; look at it in a browser and run again when the register has repaired it.")
    if _WEB_PAGE.match(head) and not web_page_is_data:
        raise FetchError(
            f"{name} is a web page (it begins with {head.strip()[:30]!r}) where a data file was due: a log-in, a "
            "notice, or the file has moved. Open it in a browser and correct `url:`, or use `path:` for a file at hand."
        )
    refuse_unsafe_packing(path, name, max_unpacked)
