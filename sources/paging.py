"""What a register asks for when it is more than one file: conversations without HTTP, and the bundle their answers are kept in.

Belongs here: the words of such a conversation (`Ask`, `Answer`) and reading a bundle of kept pages. Does not: sending
anything (`http.py`), carrying a conversation out within its limits (`collect.py`).

A register's `locate` and `pages` are generators: they yield an `Ask` and are sent the `Answer`, so that they can be read
top to bottom and tested with a list of answers.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

#: Member of a bundle that says, page by page, where each came from.
INDEX = "index.json"


@dataclass(frozen=True)
class Ask:
    """One request of a conversation. GET, or POST where there is a `json` or `form` body."""

    url: str
    json: Any = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    keep: bool = True
    """False for an answer that only leads on (an index of pages) and holds no rows: it is not put in the bundle."""
    may_be_missing: bool = False
    """True where 404 and 410 are answers (a dated file not there yet, a page withdrawn meanwhile): `Answer.found` tells."""
    head: bool = False
    """True to learn only whether the address exists (HEAD)."""


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is decompressed."""

    url: str
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""

    @property
    def found(self) -> bool:
        """False where the address is not there."""
        return self.status < 400

    def text(self) -> str:
        """The body as text: UTF-8, or Windows-1252 where it is not."""
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.body.decode("cp1252", errors="replace")

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is none."""
        return json.loads(self.text())


#: Asks for pages; those with `keep` are kept in the order asked.
Paging = Generator[Ask, Answer, None]
#: Asks its way to the addresses of the file or its parts.
Locating = Generator[Ask, Answer, list[str]]


class KeptPage(NamedTuple):
    """One page of a bundle: where it came from and its bytes."""

    url: str
    body: bytes

    def answer(self) -> Answer:
        """The page as the answer it was."""
        return Answer(self.url, 200, self.body)


def kept_pages(stream: BinaryIO) -> Iterator[KeptPage]:
    """The pages of a bundle in the order asked; a single file downloaded by hand counts as one page without address."""
    head = stream.read(2)
    stream.seek(0)
    if head == b"PK":
        with zipfile.ZipFile(stream) as bundle:
            if INDEX in bundle.namelist():
                for page in json.loads(bundle.read(INDEX)):
                    yield KeptPage(page["url"], bundle.read(page["member"]))
                return
        stream.seek(0)
    yield KeptPage("", stream.read())
