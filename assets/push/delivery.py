"""Pushes the published version to every place of the profile, tells the webhook, and remembers what arrived.

Belongs here: what is outstanding, the order of things, `<root>/pushed.json`. Does not: how a file is sent (`sending.py`).
A place that fails stops no other, and nothing here touches what is published.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.push import places, sending, webhook
from assets.push.places import PushError
from assets.push.sending import Published
from assets.push.settings import WEBHOOK_SECRET, PushTarget, Webhook
from warehouse.parquet import sync

FILE = "pushed.json"
#: Key of the webhook among the places; no place can have this name.
WEBHOOK = "(webhook)"
AGAIN = "`partners push` tries again at once, the next night in any case"


@dataclass(frozen=True)
class Delivery:
    """How one place, or the webhook, stands to the published version."""

    name: str
    to: str
    version: str
    arrived: bool
    message: str
    """What was sent; or what went wrong and what to do."""


def deliver(
    root: Path,
    profile: str,
    targets: Sequence[PushTarget],
    hook: Webhook | None,
    *,
    keep_versions: int,
    only_outstanding: bool = True,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Delivery]:
    """Pushes to all places, or to those the published version has not reached; then tells the webhook, once a version.

    The webhook is told when the version is in every place, so that whoever hears of it finds it. Raises NothingPublished.
    """
    published = sending.published_version(root, profile)
    wanted = {target.name: _address(target) for target in targets} | ({WEBHOOK: hook.url} if hook else {})
    known = {name: fact for name, fact in remembered(root).items() if name in wanted}
    done: list[Delivery] = []

    def attempt(name: str, to: str, work: Callable[[], str]) -> None:
        if known.get(name, {}).get("to") != wanted[name]:
            known[name] = {"to": wanted[name], "version": None}
        try:
            message, arrived = work(), True
            known[name] |= {"version": published.version, "at_utc": clock().isoformat(timespec="seconds"), "failed": None}
        except PushError as error:
            message, arrived = str(error), False
            known[name]["failed"] = {"version": published.version, "message": message}
        done.append(Delivery(name, to, published.version, arrived, message))
        _remember(root, known)

    for target in targets:
        if not (only_outstanding and _has_arrived(known, target.name, wanted[target.name], published.version)):
            attempt(target.name, target.to, lambda t=target: _push(t, published, keep_versions, environ, clock))  # type: ignore[misc]
    if hook and not _has_arrived(known, WEBHOOK, hook.url, published.version):
        attempt(WEBHOOK, hook.url, lambda: _tell(hook, published, [t.name for t in targets], known, wanted, environ))
    return done


def standing(root: Path, profile: str, targets: Sequence[PushTarget], hook: Webhook | None) -> list[Delivery]:
    """What is remembered of each place and the webhook, of the published version. Raises NothingPublished."""
    version = sending.published_version(root, profile).version
    known = remembered(root)
    found = []
    for name, to, address in [
        *((t.name, t.to, _address(t)) for t in targets),
        *([(WEBHOOK, hook.url, hook.url)] if hook else []),
    ]:
        arrived = _has_arrived(known, name, address, version)
        failed = (known.get(name, {}).get("failed") or {}) if known.get(name, {}).get("to") == address else {}
        message = "" if arrived else str(failed.get("message") or "not sent yet")
        found.append(Delivery(name, to, version, arrived, message))
    return found


def remembered(root: Path) -> dict[str, Any]:
    """What arrived where, by name of the place; empty where nothing ever did."""
    path = root / FILE
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def _address(target: PushTarget) -> str:
    """What has to stay the same for a version that arrived to count as being there."""
    return " ".join([target.to, *target.parts, *(f"{key}={value}" for key, value in sorted(target.options.items()))])


def _has_arrived(known: Mapping[str, Any], name: str, address: str, version: str) -> bool:
    fact = known.get(name, {})
    return fact.get("to") == address and fact.get("version") == version and not fact.get("failed")


def _push(
    target: PushTarget, published: Published, keep_versions: int, environ: Mapping[str, str], clock: Callable[[], datetime]
) -> str:
    with places.opened(target, environ) as place:
        sent = sending.send(place, target, published, keep_versions=keep_versions, now_utc=clock())
    words = [f"{sent.files:,} files sent ({sent.bytes / 1e6:,.1f} MB)"]
    words += [f"{sent.there_before:,} were there"] if sent.there_before else []
    words += [f"{len(sent.pruned):,} old versions removed"] if sent.pruned else []
    return ", ".join(words)


def _tell(
    hook: Webhook,
    published: Published,
    names: Sequence[str],
    known: Mapping[str, Any],
    wanted: Mapping[str, str],
    environ: Mapping[str, str],
) -> str:
    waiting = [name for name in names if not _has_arrived(known, name, wanted[name], published.version)]
    if waiting:
        raise PushError(f"{hook.url}: not told yet, since the version has not reached {', '.join(waiting)}")
    webhook.notify(hook, published, environ.get(WEBHOOK_SECRET, ""))
    return "told"


def _remember(root: Path, known: Mapping[str, Any]) -> None:
    draft = (root / FILE).with_suffix(".draft")
    draft.write_text(json.dumps(known, indent=1), "utf-8")
    sync(draft)
    draft.replace(root / FILE)
