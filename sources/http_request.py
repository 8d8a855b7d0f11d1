"""One request as the HTTP layer passes it on, from what a caller wants to what is sent.

Belongs here: `Outgoing`, and what stands in its headers and body. Does not: what callers ask with (`paging.Ask`), sending
(`http_transport.py`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sources.paging import Ask
from sources.robots import PRODUCT


@dataclass(frozen=True)
class Outgoing:
    """Where, how, and within which limits."""

    url: str
    deadline: float
    """On the session's clock; waits, tries and all redirects end by then."""
    max_seconds: float
    """What the deadline was when the request began, for people."""
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """May hold a key: sent to the first host, never to one it redirects to."""
    conditions: Mapping[str, str] = field(default_factory=dict)
    """Go along to wherever the file lives."""
    delay_s: float = 1.0
    allowed_hosts: tuple[str, ...] = ()
    """Shell patterns of hosts besides its own that the first one may redirect to."""


def outgoing_of(
    ask: Ask, conditions: Mapping[str, str], delay_s: float, now: float, max_seconds: float, allowed_hosts: Collection[str]
) -> Outgoing:
    """What is sent for `ask`. Only a GET is conditional: any other answer depends on more than its address."""
    body, type_header = body_of(ask)
    method = method_of(ask)
    return Outgoing(
        url=ask.url,
        deadline=now + max_seconds,
        max_seconds=max_seconds,
        method=method,
        body=body,
        headers={**type_header, **ask.headers},
        conditions=conditions if method == "GET" else {},
        delay_s=delay_s,
        allowed_hosts=tuple(allowed_hosts),
    )


def body_of(ask: Ask) -> tuple[bytes | None, dict[str, str]]:
    """The body of a POST and the header that names its type; no body for a GET.

    >>> body_of(Ask("https://example.org", form={"q": "a b"}))
    (b'q=a+b', {'Content-Type': 'application/x-www-form-urlencoded'})
    """
    if ask.json is not None:
        return json.dumps(ask.json, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
    if ask.form is not None:
        return urlencode(ask.form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return None, {}


def method_of(ask: Ask) -> str:
    """GET, HEAD, or POST where there is a body."""
    return "HEAD" if ask.head else "GET" if ask.json is None and ask.form is None else "POST"


def user_agent(version: str, contact: str) -> str:
    """Who we say we are: `partner-discovery/0.1.0 (+data@chamber.example)`. Raises `ValueError` on an odd contact."""
    contact = contact.strip()
    if not (contact.isascii() and contact.isprintable()):
        raise ValueError(
            f"The contact {contact!r} cannot stand in an HTTP header; set PARTNERS_CONTACT to an e-mail address or a "
            "web address in plain ASCII."
        )
    return f"{PRODUCT}/{version} (+{contact})" if contact else f"{PRODUCT}/{version}"
