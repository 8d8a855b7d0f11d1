"""Where a register may send us on to.

Belongs here: which addresses are web addresses at all, and which redirects are followed. Does not: following them
(`http_transport.py`), private addresses (`http_connection.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fnmatch import fnmatchcase
from urllib.parse import urljoin, urlsplit

import requests

from sources.http_errors import FetchError, RedirectRefused, shown
from sources.http_request import Outgoing

#: Of the redirects there are, those that keep the method. A form sent anywhere else would arrive without its body.
_KEEPS_METHOD = frozenset({307, 308})


class Session(requests.Session):
    """A session that never looks past a redirect: left alone, `requests` reads its whole body, whatever the size."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: redirects are followed by `Transport`, which asks robots.txt first."""

    def location(self, response: requests.Response) -> str | None:
        """Where `response` redirects to, or None where it does not."""
        return super().get_redirect_target(response)


def check_address(url: str) -> None:
    """Raise `FetchError` where `url` is not an http or https address with a host."""
    try:
        parts = urlsplit(url)
        readable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # odd brackets, or a port that is no number
        readable = False
    if not readable:
        raise FetchError(f"{shown(url)} is no http or https address; correct `url:`, or use `path:` for a local file.")


def next_hop(session: Session, request: Outgoing, response: requests.Response, private_hosts: Collection[str]) -> Outgoing | None:
    """The request that follows where `response` is a redirect, else None. Raises `FetchError`.

    Followed: to the same host (`www.` or not) or one that fits `request.allowed_hosts`, and over TLS. Only a host the
    profile calls private may go without TLS, and nobody may leave it.
    """
    try:
        location = session.location(response)
        if location is None:
            return None
        url = urljoin(request.url, location)
        keeps_key = not session.should_strip_auth(request.url, url)
        check_address(url)
    except ValueError:
        raise FetchError(
            f"{shown(request.url)} redirects to an address that cannot be read; open it in a browser and set "
            "`url:` in the profile to where the file really is."
        ) from None
    here, there = urlsplit(request.url), urlsplit(url)
    if there.scheme == "http" and (here.scheme == "https" or there.hostname not in private_hosts):
        raise RedirectRefused(
            f"{shown(request.url)} redirects to {shown(url)}, which is not encrypted: anybody on the way could change the "
            "file. Look for an https address on the publisher's page and set `url:` in the profile."
        )
    if not _allowed(str(here.hostname), str(there.hostname), request.allowed_hosts):
        raise RedirectRefused(
            f"{shown(request.url)} redirects to another host, {shown(url)}. If that is the publisher's, name {there.hostname} "
            "under `allowed_hosts:` of the source; else look for the file's new address on the publisher's page."
        )
    if request.method == "POST" and response.status_code not in _KEEPS_METHOD:
        raise RedirectRefused(
            f"{shown(request.url)} answers a question with a redirect to {shown(url)} (HTTP {response.status_code}); the service "
            "has moved: look for its new address on the publisher's page and set `url:` in the profile."
        )
    return replace(request, url=url, headers=request.headers if keeps_key else {})


def _allowed(here: str, there: str, patterns: Collection[str]) -> bool:
    same = here.removeprefix("www.") == there.removeprefix("www.")
    return same or any(fnmatchcase(there, pattern.lower()) for pattern in patterns)
