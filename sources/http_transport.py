"""How one request is sent politely: in its turn, after its host's rest, again if a fault may pass, and never for too long.

Belongs here: pacing, following, retries, time. Does not: whether a host wants to be asked (`http_admission.py`), where it
may send us (`http_redirects.py`), what is taken of the body (`http_body.py`), the wording of failures (`http_errors.py`).
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError as TransportError

from sources.http_connection import Gate, GatedAdapter
from sources.http_errors import FetchError, HttpStatusError, RetryableError, TooSlow, root_cause, shown
from sources.http_redirects import Session, check_address, next_hop
from sources.http_request import Outgoing

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Statuses that may pass: too many requests, and faults of a server or of what stands before it.
_PASSING = frozenset({429, 500, 502, 503, 504})
_MAX_REDIRECTS = 5
_FIRST_BACKOFF_S = 2.0
_LONGEST_BACKOFF_S = 60.0
#: No file is waited for longer than this. To come back sooner than a host asks is rude, so then we give up at once.
_LONGEST_WAIT_S = 600.0
_PIECE_BYTES = 64 * 1024

#: The delay to keep before a hop (seconds), or an exception where it may not be taken.
Admit = Callable[[Outgoing], float]


class Transport:
    """Sends requests one after another and remembers, per host, when its last answer ended."""

    def __init__(
        self,
        agent: str,
        *,
        gate: Gate,
        tries: int,
        connect_timeout_s: float,
        read_timeout_s: float,
        jitter: random.Random,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._session = Session()
        self._session.headers["User-Agent"] = agent
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, GatedAdapter(gate))
        self._gate = gate
        self._tries = tries
        self._timeouts = (connect_timeout_s, read_timeout_s)
        self._jitter = jitter
        self._clock = clock
        self._sleep = sleep
        self._last_answer_ended: dict[str, float] = {}

    def patiently(self, attempt: Callable[[], _T], deadline: float) -> _T:
        """`attempt`, again and again with growing waits, until it succeeds, fails for good, or has had its tries or time."""
        tried = 0
        while True:
            try:
                return attempt()
            except RetryableError as passing:
                tried += 1
                asked_s = passing.wait_s or 0.0
                backoff_s = min(_FIRST_BACKOFF_S * 2 ** (tried - 1), _LONGEST_BACKOFF_S)
                wait_s = max(asked_s, backoff_s * (1 + self._jitter.random() / 2))
                if tried >= self._tries or asked_s > _LONGEST_WAIT_S or self._clock() + wait_s > deadline:
                    # A chained exception would bring back the full address, keys included.
                    raise passing.failure from None
                _log.warning("%s Try %d of %d follows in %.0f s.", passing.failure, tried + 1, self._tries, wait_s)
                self._sleep(wait_s)

    @contextmanager
    def follow(self, request: Outgoing, admit: Admit) -> Iterator[tuple[requests.Response, str]]:
        """The answer after all redirects, and its address; every hop is admitted first.

        Raises `FetchError`, or `RetryableError` for `patiently` to deal with.
        """
        start = request.url
        for _ in range(_MAX_REDIRECTS + 1):
            check_address(request.url)
            self._gate.refuse_private(str(urlsplit(request.url).hostname))
            with self._send(request, admit(request)) as response:
                following = next_hop(self._session, request, response, self._gate.private_hosts)
                if following is None:
                    yield response, request.url
                    return
            request = following
        raise FetchError(
            f"{shown(start)} redirects more than {_MAX_REDIRECTS} times, last to {shown(request.url)}; open it in a browser "
            "and set `url:` in the profile to where the file really is."
        )

    def pieces(self, response: requests.Response, request: Outgoing) -> Iterator[bytes]:
        """The body, decompressed, as it comes in. Raises `TooSlow`, and urllib3's errors where it ends too early."""
        # read1 hands over what one read of the socket brought. `iter_content` waits for a full piece, and a server that
        # drips a byte a minute would hold us for weeks before any limit was looked at.
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            self._in_time(request)
            yield piece

    @contextmanager
    def _send(self, request: Outgoing, delay_s: float) -> Iterator[requests.Response]:
        """One request once the host has had its rest. A fault that may pass, here or in the body, is a `RetryableError`."""
        host = str(urlsplit(request.url).hostname)
        self._rest(host, delay_s)
        left_s = request.deadline - self._clock()
        if left_s <= 0:
            raise TooSlow(request.url, request.max_seconds)
        connect_s, read_s = self._timeouts
        try:
            with (
                self._gate.limit(left_s),
                self._session.request(
                    request.method,
                    request.url,
                    data=request.body,
                    headers={**request.headers, **request.conditions},
                    stream=True,
                    allow_redirects=False,
                    timeout=(min(connect_s, left_s), min(read_s, left_s)),
                ) as response,
            ):
                if response.status_code in _PASSING:
                    wait_s = _retry_after_s(response.headers)
                    note = "" if wait_s is None else f" and asks for {wait_s:.0f} s of patience"
                    raise RetryableError(HttpStatusError(request.url, response.status_code, note), wait_s)
                yield response
                if self._gate.cut:  # a body whose length nobody announced ends like a whole one when it is cut
                    raise TooSlow(request.url, request.max_seconds)
        except (requests.ConnectionError, requests.Timeout, TransportError) as error:
            self._in_time(request)
            failure = FetchError(
                f"No whole answer came from {shown(request.url)} ({root_cause(error)}); check the address and this machine's "
                "network, or run again later."
            )
            if request.method == "POST" and not isinstance(error, requests.ConnectionError):
                raise failure from None  # it may have been carried out: only what surely was not is sent again
            raise RetryableError(failure) from None
        except requests.RequestException as error:
            raise FetchError(f"{shown(request.url)} cannot be asked for ({type(error).__name__}); check the address.") from None
        finally:
            self._last_answer_ended[host] = self._clock()

    def _rest(self, host: str, delay_s: float) -> None:
        """Wait until the host's last answer ended `delay_s` ago."""
        if host in self._last_answer_ended:
            rest_s = self._last_answer_ended[host] + delay_s - self._clock()
            if rest_s > 0:
                self._sleep(rest_s)

    def _in_time(self, request: Outgoing) -> None:
        if self._gate.cut or self._clock() > request.deadline:
            raise TooSlow(request.url, request.max_seconds) from None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds the answer asks us to wait; None where it says nothing that can be read.

    A date is measured against the server's own clock (the `Date` header), since ours may be off.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
