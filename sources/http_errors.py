"""What can go wrong on the way to a register's file, and how it is told.

Belongs here: the errors the HTTP layer raises, the advice each carries, and the rule that no secret is ever shown. Does
not: sending requests (`http_transport.py`).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

#: Names of query parameters whose values are credentials: `key`, `apikey`, `subscription-key`, `access_token`, Azure's
#: `sig`, Amazon's `X-Amz-Signature` … `keyword` and the like stay readable.
_SECRET_NAME = re.compile(r"key$|token|secret|passw|pwd$|signature|credential|^sig$|^auth", re.IGNORECASE)
_PARAMETER = re.compile(r"([^&;=]+)=([^&;]*)")

_BY_HAND = "download the file by hand and set `path:` in the profile"
_ADVICE = {
    401: f"the register wants a key or a log-in: ask the publisher, or {_BY_HAND}",
    403: f"the register refuses programs from here: ask the publisher, or {_BY_HAND}",
    404: "the file has moved: look for its new address on the publisher's page and set `url:` in the profile",
    410: "the file is gone for good: look for its successor on the publisher's page and set `url:` in the profile",
    429: "the register is being asked too often: run again later, or raise the register's `host_delay_s`",
}
_SERVER_FAULT = f"the fault is on the register's side: run again later, or {_BY_HAND}"
_ODD_ANSWER = "that brings no file: open the address in a browser and set `url:` in the profile to the file itself"


class FetchError(Exception):
    """A file could not be had. The message says what was found and what to do next, and holds no secret."""


class RobotsRefused(FetchError):
    """The host's robots.txt forbids the address, or could not be read (which forbids everything, RFC 9309)."""


class PrivateAddress(FetchError):
    """The host lies in a private network (loopback, link-local, a company's own) the profile did not name."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} lies in a private network, where no public register is; nothing was asked of it. If it is the chamber's "
            "own server, name it under `private_hosts:` of the source."
        )


class RedirectRefused(FetchError):
    """The register sends us to where it may not: another host, or out of TLS."""


class TooLarge(FetchError):
    """More bytes came, after decompression, than the caller allows."""


class TooSlow(FetchError):
    """The request went on for longer than the caller allows."""

    def __init__(self, url: str, max_seconds: float) -> None:
        super().__init__(
            f"{shown(url)} was still not there whole when its {max_seconds:.0f} s were over; run again later, or {_BY_HAND}."
        )


class HttpStatusError(FetchError):
    """The server answered with a status that brings no file."""

    def __init__(self, url: str, status: int, note: str = "") -> None:
        advice = _ADVICE.get(status, _SERVER_FAULT if status >= 500 else _ODD_ANSWER)
        super().__init__(f"{shown(url)} answered HTTP {status}{note}; {advice}.")
        self.status = status


class RetryableError(Exception):
    """Carries a failure that may pass, and the wait the server asked for, to the loop that tries again.

    Never leaves the HTTP layer.
    """

    def __init__(self, failure: FetchError, wait_s: float | None = None) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.wait_s = wait_s


def shown(url: str) -> str:
    """`url` as it may be logged, stored and published: no user and password, no credential in the query, no fragment.

    >>> shown("https://me:pw@example.org/a.csv?apikey=s3cret&page=2#top")
    'https://example.org/a.csv?apikey=…&page=2'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(an address that cannot be read)"
    query = _PARAMETER.sub(
        lambda pair: f"{pair[1]}=…" if _SECRET_NAME.search(pair[1]) else pair[0],
        parts.query,
    )
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def root_cause(error: BaseException) -> str:
    """The innermost reason of a failed connection, in a few words.

    The outer exceptions of `requests` and `urllib3` quote the whole address, keys included; the innermost one does not.
    """
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return f"{type(error).__name__}: {error}"
