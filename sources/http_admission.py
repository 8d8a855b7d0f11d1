"""Whether a host wants to be asked: its robots.txt is read before anything else, and remembered.

Belongs here: fetching robots.txt and how long it holds. Does not: what its rules say (`robots.py`).

RFC 9309: a 4xx means there are no rules; a host that cannot be reached, or answers 5xx, forbids everything, save that what it
allowed in the last 24 hours still holds.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import requests

from sources.answers import AnswerMemory, Remembered
from sources.http_errors import FetchError, HttpStatusError, PrivateAddress, RobotsRefused, shown
from sources.http_request import Outgoing
from sources.http_transport import Transport
from sources.robots import ROBOTS_BYTES, RobotsRules

_ROBOTS_DELAY_S = 1.0
#: For all tries together; a host that needs longer for its rules is left alone tonight.
_ROBOTS_SECONDS = 120.0
#: RFC 9309, section 2.4: rules are not used for longer than this without asking again.
_HOLDS_S = 24 * 3600.0
#: RFC 9309, section 2.3.1.2: robots.txt may live anywhere, so its redirects lead to any public host.
_ANYWHERE = ("*",)


class Admission:
    """Reads each host's robots.txt once a day and says what may be asked of it."""

    def __init__(
        self,
        transport: Transport,
        *,
        memory: AnswerMemory | None,
        key: Callable[[str], str],
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        """`key` gives the name under which an address is remembered."""
        self._transport = transport
        self._memory = memory
        self._key = key
        self._clock = clock
        self._wall_clock = wall_clock
        self._rules_of: dict[str, tuple[RobotsRules, float]] = {}

    def delay(self, request: Outgoing) -> float:
        """Seconds to keep between two requests to the host; raises `RobotsRefused` where the address may not be had."""
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        rules, asked_at = self._rules_of.get(origin, (None, 0.0))
        if rules is None or self._wall_clock() - asked_at > _HOLDS_S:
            rules, asked_at = self._rules(f"{origin}/robots.txt")
            self._rules_of[origin] = rules, asked_at
        if (objection := rules.objection(request.url)) is not None:
            raise RobotsRefused(
                f"{shown(request.url)} was not fetched. {objection} To have it, ask the publisher for leave, or download the "
                "file by hand and set `path:` in the profile."
            )
        return max(request.delay_s, rules.crawl_delay_s)

    def _rules(self, url: str) -> tuple[RobotsRules, float]:
        """The rules at `url`, and when the host last vouched for them."""
        known = self._memory.recall(self._key(url)) if self._memory else None
        deadline = self._clock() + _ROBOTS_SECONDS
        conditions = known.conditions if known else {}
        request = Outgoing(url, deadline, _ROBOTS_SECONDS, conditions=conditions, allowed_hosts=_ANYWHERE)
        try:
            answer = self._transport.patiently(lambda: self._read(request, known), deadline)
        except PrivateAddress:
            raise  # says more than that its rules are unknown
        except FetchError as error:
            if known is None or self._wall_clock() - known.asked_at > _HOLDS_S:
                return RobotsRules.unknown(str(error)), self._wall_clock()
            answer = known
        else:
            if self._memory is not None:
                self._memory.keep(self._key(url), answer)
        return RobotsRules.from_bytes(answer.body), answer.asked_at

    def _read(self, request: Outgoing, known: Remembered | None) -> Remembered:
        """The host's robots.txt. A 4xx means it has none, save 429: that host is too busy to tell us."""
        now = self._wall_clock()
        with self._transport.follow(request, lambda _: _ROBOTS_DELAY_S) as (response, url):
            etag, last_modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
            if response.status_code == requests.codes.ok:
                return Remembered(self._beginning(response, request), etag, last_modified, now)
            if 400 <= response.status_code < 500:
                return Remembered(b"", None, None, now)
            if response.status_code == requests.codes.not_modified and known is not None and request.conditions:
                # A 304 need not repeat what the 200 said.
                return Remembered(known.body, etag or known.etag, last_modified or known.last_modified, now)
            raise HttpStatusError(url, response.status_code)

    def _beginning(self, response: requests.Response, request: Outgoing) -> bytes:
        """As much as a crawler has to read: robots.txt may be endless."""
        content = b""
        for piece in self._transport.pieces(response, request):
            content += piece
            if len(content) >= ROBOTS_BYTES:
                break
        return content[:ROBOTS_BYTES]
