"""What is taken of a body: within limits, hashed on the way, and continued where a connection broke.

Belongs here: sizes, swelling and resuming. Does not: sending (`http_transport.py`), time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import BinaryIO

import requests

from sources.archive import MAX_RATIO, RATIO_MATTERS_FROM_BYTES
from sources.http_errors import FetchError, RetryableError, TooLarge, shown

_VALIDATORS = ("ETag", "Last-Modified")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Body:
    """The bytes of one answer as they come in, over several tries where the connection breaks."""

    def __init__(self, sink: BinaryIO, max_bytes: int) -> None:
        self._sink = sink
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self.headers: Mapping[str, str] = {}
        """Of the answer with which the body began."""
        self._total: int | None = None
        self._resume_by: str | None = None
        self.size = 0

    @property
    def sha256(self) -> str:
        """Hash of the whole body, all its parts together."""
        return self._digest.hexdigest()

    @property
    def resuming(self) -> bool:
        """Whether the next try asks only for what is missing."""
        return self.size > 0 and self._resume_by is not None

    def conditions(self, first_time: Mapping[str, str]) -> Mapping[str, str]:
        """Headers of the next try: those of a first one, or those that ask for the rest of what has begun to come."""
        if not self.resuming:
            return first_time
        # If-Range has the server send everything where the file has changed since. Parts are counted in packed bytes where
        # a server packs, so it is asked not to.
        return {"Range": f"bytes={self.size}-", "If-Range": str(self._resume_by), "Accept-Encoding": "identity"}

    def begin(self, response: requests.Response) -> None:
        """Make room for a whole body, whatever came before."""
        self._sink.seek(0)
        self._sink.truncate()
        self._digest = hashlib.sha256()
        self.size = 0
        self._total = None
        self.headers = response.headers
        self._resume_by = _resume_by(response)

    def resume(self, response: requests.Response) -> None:
        """Make ready for the rest of the body. Raises `RetryableError` where it is not the rest of the same file."""
        told = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        same = all(response.headers.get(name, self.headers.get(name)) == self.headers.get(name) for name in _VALIDATORS)
        if told is None or int(told[1]) != self.size or not same or "Content-Encoding" in response.headers:
            self._resume_by = None  # the next try asks for everything
            raise RetryableError(
                FetchError(
                    f"{shown(response.url)} did not send the rest of the file that had begun to come; run again later, or "
                    "download the file by hand and set `path:` in the profile."
                )
            )
        self._total = None if told[2] == "*" else int(told[2])

    def take(self, response: requests.Response, pieces: Iterator[bytes]) -> None:
        """Write `pieces`. Raises `TooLarge`, and `RetryableError` where a part was shorter than what was missing."""
        for piece in pieces:
            self.size += len(piece)
            self._check_size(response)
            self._digest.update(piece)
            self._sink.write(piece)
        if self._total is not None and self.size < self._total:
            raise RetryableError(
                FetchError(f"{shown(response.url)} sent {self.size:,} of {self._total:,} bytes and no more; run again later.")
            )

    def _check_size(self, response: requests.Response) -> None:
        """Counts what is written: a small answer may unpack to a huge file."""
        if self.size > self._max_bytes:
            raise TooLarge(
                f"{shown(response.url)} is larger than the {self._max_bytes:,} bytes allowed; raise the register's "
                "`max_bytes` if it has really grown, else check that the address is the right file."
            )
        packed = "Content-Encoding" in response.headers
        if packed and self.size > RATIO_MATTERS_FROM_BYTES and self.size > MAX_RATIO * response.raw.tell():
            raise TooLarge(
                f"{shown(response.url)} unpacks to more than {MAX_RATIO} times its size, as no register does; look where it "
                "came from before you ask for it again."
            )


def _resume_by(response: requests.Response) -> str | None:
    """The validator by which the rest may be asked for; None where parts of two versions could be put together."""
    etag, last_modified = (response.headers.get(name) for name in _VALIDATORS)
    if "Content-Encoding" in response.headers or response.headers.get("Accept-Ranges") == "none":
        return None
    if etag:
        return None if etag.startswith("W/") else etag
    try:  # a date says enough only where the file was no longer being written (RFC 9110, section 8.8.2.2)
        age = parsedate_to_datetime(response.headers.get("Date", "")) - parsedate_to_datetime(last_modified or "")
    except (TypeError, ValueError):
        return None
    return last_modified if age >= timedelta(minutes=1) else None
