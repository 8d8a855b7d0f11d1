"""Tells an address of a new version: a small JSON, signed, so that the receiver knows who sent it and that it is fresh.

X-Partners-Delivery: <version>               the same for every attempt at one version
X-Partners-Timestamp: <seconds since 1970>   when this attempt was signed
X-Partners-Signature: sha256=<hex>           HMAC-SHA256 of `<timestamp>.<body>` under the shared secret
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable

import requests

from assets.push.places import PushError, without
from assets.push.sending import Published
from assets.push.settings import WEBHOOK_SECRET, Webhook

_PAUSES_S = (1.0, 4.0, 15.0)
"""Before each further attempt; so there are four."""
_TIMEOUT_S = (10.0, 20.0)
"""To connect, and between bytes of the answer."""
_MOST_READ = 300
"""Bytes of an unwelcome answer that are looked at."""
#: A shorter secret can be guessed from one signed message.
MIN_SECRET = 16


def body_of(published: Published) -> bytes:
    """What is told; the same bytes for the same version."""
    content = {
        "schema_version": published.schema_version,
        "profile": published.profile,
        "version": published.version,
        "as_of": published.as_of,
        "run_id": published.run_id,
        "manifest_sha256": published.manifest_sha256,
        "counts": published.counts,
    }
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Value of `X-Partners-Signature`."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def notify(
    webhook: Webhook,
    published: Published,
    secret: str,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Tells the address. Tries again after no answer, a 429 or a 5xx; raises PushError when it was not told in the end."""
    if len(secret) < MIN_SECRET:
        raise PushError(f"{webhook.url}: set {WEBHOOK_SECRET} in the environment, {MIN_SECRET} characters or more, to sign with")
    body = body_of(published)
    problem = ""
    for pause in (*_PAUSES_S, None):
        problem, lasting = _attempt(webhook.url, body, secret, published.version, str(int(clock())))
        if not problem:
            return
        if lasting or pause is None:
            break
        sleep(pause)
    raise PushError(without([secret], f"{webhook.url}: {problem}"))


def _attempt(url: str, body: bytes, secret: str, delivery: str, timestamp: str) -> tuple[str, bool]:
    """(what went wrong or nothing, whether another attempt would go the same way)."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "partner-discovery",
        "X-Partners-Delivery": delivery,
        "X-Partners-Timestamp": timestamp,
        "X-Partners-Signature": signature(secret, timestamp, body),
    }
    try:
        # `auth` that adds nothing keeps requests from adding a password of ~/.netrc.
        with requests.post(
            url, data=body, headers=headers, timeout=_TIMEOUT_S, allow_redirects=False, stream=True, auth=lambda request: request
        ) as answer:
            if answer.ok and not answer.is_redirect:
                return "", False
            if 300 <= answer.status_code < 400:
                return f"answered {answer.status_code}; a redirect is not followed: write the last address into the profile", True
            said = answer.raw.read1(_MOST_READ).decode("utf-8", "replace")
            lasting = answer.status_code < 500 and answer.status_code != 429
            return f"answered {answer.status_code}: {said!r}; look at the receiver's log", lasting
    except (requests.ConnectionError, requests.Timeout) as error:
        return f"no answer ({type(error).__name__}); is the receiver running?", False
    except (requests.RequestException, OSError) as error:
        return f"{type(error).__name__}: {error}", True
