"""How one request is sent politely: under our own name, in its turn, by leave of robots.txt, again if a fault may pass.

Belongs here: pacing, robots.txt, redirects, retries. Does not: what a caller wants with the body and how much of it is
taken (`http.py`), the wording of failures (`http_errors.py`).
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError as TransportError

from sources.http_errors import FetchError, HttpStatusError, RetryableError, RobotsRefused, TooSlow, root_cause, shown
from sources.robots import PRODUCT, ROBOTS_BYTES, RobotsRules

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Statuses that may pass: too many requests, and faults of a server or of what stands before it.
_PASSING = frozenset({429, 500, 502, 503, 504})
_MAX_REDIRECTS = 5
_FIRST_BACKOFF_S = 2.0
_LONGEST_BACKOFF_S = 60.0
#: No file is waited for longer than this. To come back sooner than a host asks is rude, so then we give up at once.
_LONGEST_WAIT_S = 600.0
_CONNECT_TIMEOUT_S = 10.0
#: Some registers build their export on request and are silent while they do.
_READ_TIMEOUT_S = 60.0
_ROBOTS_DELAY_S = 1.0
_ROBOTS_SECONDS = 60.0
_PIECE_BYTES = 64 * 1024


def user_agent(version: str, contact: str) -> str:
    """Who we say we are: `partner-discovery/0.1.0 (+data@chamber.example)`. Raises `ValueError` on an odd contact."""
    contact = contact.strip()
    if not (contact.isascii() and contact.isprintable()):
        raise ValueError(
            f"The contact {contact!r} cannot stand in an HTTP header; set PARTNERS_CONTACT to an e-mail address or a "
            "web address in plain ASCII."
        )
    return f"{PRODUCT}/{version} (+{contact})" if contact else f"{PRODUCT}/{version}"


class _Session(requests.Session):
    """A session that never looks past a redirect: left alone, `requests` reads its whole body, whatever the size."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: redirects are followed by `Transport`, which asks robots.txt first."""

    def location(self, response: requests.Response) -> str | None:
        """Where `response` redirects to, or None where it does not."""
        return super().get_redirect_target(response)


class Transport:
    """Sends GET requests one after another and remembers, per host, its rules and when its last answer ended."""

    def __init__(
        self,
        agent: str,
        *,
        tries: int,
        jitter: random.Random,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._session = _Session()
        self._session.headers["User-Agent"] = agent
        self._tries = tries
        self._jitter = jitter
        self._clock = clock
        self._sleep = sleep
        self._last_answer_ended: dict[str, float] = {}
        self._rules_of: dict[str, RobotsRules] = {}

    def patiently(self, attempt: Callable[[], _T]) -> _T:
        """`attempt`, again and again with growing waits, until it succeeds, fails for good or has had its tries."""
        tried = 0
        while True:
            try:
                return attempt()
            except RetryableError as passing:
                tried += 1
                asked_s = passing.wait_s or 0.0
                if tried >= self._tries or asked_s > _LONGEST_WAIT_S:
                    # A chained exception would bring back the full address, keys included.
                    raise passing.failure from None
                backoff_s = min(_FIRST_BACKOFF_S * 2 ** (tried - 1), _LONGEST_BACKOFF_S)
                wait_s = max(asked_s, backoff_s * (1 + self._jitter.random() / 2))
                _log.warning("%s Try %d of %d follows in %.0f s.", passing.failure, tried + 1, self._tries, wait_s)
                self._sleep(wait_s)

    @contextmanager
    def answer(
        self, url: str, delay_s: float, headers: Mapping[str, str], conditions: Mapping[str, str]
    ) -> Iterator[tuple[requests.Response, str]]:
        """The answer to a GET after all redirects, and its address; robots.txt is asked at every hop.

        `headers` may hold a key and go to the first host only; `conditions` go along to wherever the file lives.
        Raises `RobotsRefused`, `FetchError`, or `RetryableError` for `patiently` to deal with.
        """
        with self._follow(url, lambda hop: self._admit(hop, delay_s), headers, conditions) as found:
            yield found

    def pieces(self, response: requests.Response, max_seconds: float) -> Iterator[bytes]:
        """The body, decompressed, as it comes in. Raises `TooSlow`, and urllib3's errors where it ends too early."""
        deadline = self._clock() + max_seconds
        # read1 hands over what one read of the socket brought. `iter_content` waits for a full piece, and a server that
        # drips a byte a minute would hold us for weeks before any limit was looked at.
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            if self._clock() > deadline:
                raise TooSlow(
                    f"{shown(response.url)} was still sending when its {max_seconds:.0f} s were over; run again later, "
                    "or download the file by hand and set `path:` in the profile."
                )
            yield piece

    @contextmanager
    def _follow(
        self, url: str, admit: Callable[[str], float], headers: Mapping[str, str], conditions: Mapping[str, str]
    ) -> Iterator[tuple[requests.Response, str]]:
        """`answer` for any rule of admission: `admit` gives the delay before a hop, or raises."""
        start = url
        for _ in range(_MAX_REDIRECTS + 1):
            _check(url)
            with self._get(url, admit(url), {**headers, **conditions}) as response:
                try:
                    target = self._session.location(response)
                    following = None if target is None else urljoin(url, target)
                    keep = following is None or not self._session.should_strip_auth(url, following)
                except ValueError:
                    raise FetchError(
                        f"{shown(url)} redirects to an address that cannot be read; open it in a browser and set "
                        "`url:` in the profile to where the file really is."
                    ) from None
                if following is None:
                    yield response, url
                    return
            headers = headers if keep else {}
            url = following
        raise FetchError(
            f"{shown(start)} redirects more than {_MAX_REDIRECTS} times, last to {shown(url)}; open it in a browser "
            "and set `url:` in the profile to where the file really is."
        )

    @contextmanager
    def _get(self, url: str, delay_s: float, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        """One GET once the host has had its rest. A fault that may pass, here or in the body, is a `RetryableError`."""
        host = str(urlsplit(url).hostname)
        if host in self._last_answer_ended:
            rest_s = self._last_answer_ended[host] + delay_s - self._clock()
            if rest_s > 0:
                self._sleep(rest_s)
        try:
            with self._session.get(
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S),
            ) as response:
                if response.status_code in _PASSING:
                    wait_s = _retry_after_s(response.headers)
                    note = "" if wait_s is None else f" and asks for {wait_s:.0f} s of patience"
                    raise RetryableError(HttpStatusError(url, response.status_code, note), wait_s)
                yield response
        except (requests.ConnectionError, requests.Timeout, TransportError) as error:
            failure = FetchError(
                f"No whole answer came from {shown(url)} ({root_cause(error)}); check the address and this machine's "
                "network, or run again later."
            )
            raise RetryableError(failure) from None
        except requests.RequestException as error:
            raise FetchError(f"{shown(url)} cannot be asked for ({type(error).__name__}); check the address.") from None
        finally:
            self._last_answer_ended[host] = self._clock()

    def _admit(self, url: str, delay_s: float) -> float:
        """Seconds to keep between two requests to the host of `url`; raises `RobotsRefused` where it may not be had."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        if origin not in self._rules_of:
            try:
                self._rules_of[origin] = self.patiently(lambda: self._read_rules(origin))
            except FetchError as error:
                self._rules_of[origin] = RobotsRules.unknown(str(error))
        rules = self._rules_of[origin]
        if (objection := rules.objection(url)) is not None:
            raise RobotsRefused(
                f"{shown(url)} was not fetched. {objection} To have it, ask the publisher for leave, or download the "
                "file by hand and set `path:` in the profile."
            )
        return max(delay_s, rules.crawl_delay_s)

    def _read_rules(self, origin: str) -> RobotsRules:
        """The host's robots.txt. A 4xx means it has none, save 429: that host is too busy to tell us."""
        with self._follow(f"{origin}/robots.txt", lambda _: _ROBOTS_DELAY_S, {}, {}) as (response, url):
            if 400 <= response.status_code < 500:
                return RobotsRules.from_bytes(b"")
            if response.status_code != requests.codes.ok:
                raise HttpStatusError(url, response.status_code)
            content = b""
            for piece in self.pieces(response, _ROBOTS_SECONDS):
                content += piece
                if len(content) >= ROBOTS_BYTES:
                    break
            return RobotsRules.from_bytes(content[:ROBOTS_BYTES])


def _check(url: str) -> None:
    """Raise `FetchError` where `url` is not an http or https address with a host."""
    try:
        parts = urlsplit(url)
        readable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # odd brackets, or a port that is no number
        readable = False
    if not readable:
        raise FetchError(f"{shown(url)} is no http or https address; correct `url:`, or use `path:` for a local file.")


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
