"""A webhook is told once a version, signed and dated, when the version is in every place."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.push import delivery, sending, webhook
from assets.push.places import PushError
from assets.push.settings import PushTarget, Webhook

SECRET = "a shared secret of some length"
DOCS = Path(__file__).parents[2] / "docs" / "push.md"


@pytest.fixture
def published(publish: Callable[..., Path]) -> sending.Published:
    """The version that is told of."""
    return sending.published_version(publish(), "practice")


@pytest.fixture
def tell(loopback: Any, published: sending.Published) -> Callable[..., list[float]]:
    """(replies) -> the pauses that were made while telling it."""

    def go(*replies: Any, secret: str = SECRET) -> list[float]:
        pauses: list[float] = []
        hook = Webhook(url=loopback.answers("/new", *replies))
        webhook.notify(hook, published, secret, clock=lambda: 1_795_316_400.7 + len(pauses), sleep=pauses.append)
        return pauses

    return go


@pytest.fixture
def receiver() -> Callable[..., bool]:
    """The receiver's check, as docs/push.md shows it."""
    (code,) = [b for b in re.findall(r"^```python\n(.*?)^```", DOCS.read_text("utf-8"), flags=re.M | re.S) if "def " in b]
    room: dict[str, Any] = {}
    exec(code, room)
    return room["is_genuine"]  # type: ignore[no-any-return]


def test_what_is_told_is_small_and_names_the_version(tell: Any, loopback: Any, loopback_kit: Any, published: Any) -> None:
    assert tell(loopback_kit.Reply()) == []
    (asked,) = loopback.asked("/new")
    assert asked.method == "POST" and len(asked.body) < 2_000
    assert json.loads(asked.body) == {
        "schema_version": "2.3.0", "profile": "practice", "version": published.version, "as_of": "2026-11-20", "run_id": "run-0",
        "manifest_sha256": published.manifest_sha256, "counts": {"meta.licence": 4, "mart.opportunity": 66},
    }  # fmt: skip
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert headers["x-partners-delivery"] == published.version
    assert headers["x-partners-timestamp"] == "1795316400"
    assert SECRET not in str(headers) + asked.body.decode()


def test_the_signature_is_hmac_sha256() -> None:
    """By `printf '1795316400.{}' | openssl dgst -sha256 -hmac key`."""
    assert (
        webhook.signature("key", "1795316400", b"{}") == "sha256=27f8f2fe820d64a3f3a17ef506e9b87ca443b1b5f587b777dec4f40db5f58825"
    )


def test_a_receiver_tells_true_from_false(tell: Any, loopback: Any, loopback_kit: Any, receiver: Any) -> None:
    tell(loopback_kit.Reply())
    (asked,) = loopback.asked("/new")
    headers = {name.title(): value for name, value in asked.headers.items()}
    assert receiver(SECRET, headers, asked.body, now=1_795_316_500)
    assert not receiver("another secret", headers, asked.body, now=1_795_316_500)
    assert not receiver(SECRET, headers, asked.body + b" ", now=1_795_316_500)
    assert not receiver(SECRET, headers, asked.body, now=1_795_317_500), "an old one, sent again"
    assert not receiver(SECRET, headers | {"X-Partners-Timestamp": "1795317499"}, asked.body, now=1_795_317_500)


@pytest.mark.parametrize(
    ("replies", "pauses"),
    [
        ([{"status": 503}, {"status": 200}], [1.0]),
        ([{"hang_up": True}, {"status": 429}, {"status": 204}], [1.0, 4.0]),
    ],
)
def test_it_is_tried_again(
    replies: list[dict[str, Any]], pauses: list[float], tell: Any, loopback: Any, loopback_kit: Any, receiver: Any
) -> None:
    assert tell(*(loopback_kit.Reply(**reply) for reply in replies)) == pauses
    asked = loopback.asked("/new")
    assert len(asked) == len(replies)
    signed = {a.headers["x-partners-timestamp"] for a in asked}
    assert len(signed) == len(replies), "each attempt is signed anew"
    assert len({a.headers["x-partners-delivery"] for a in asked}) == 1


@pytest.mark.parametrize(
    ("reply", "attempts", "said"),
    [
        ({"status": 500, "body": b"x" * 100_000}, 4, "answered 500: 'xxx"),
        ({"status": 401, "body": SECRET.encode()}, 1, "answered 401: '[secret]'"),
        ({"status": 302, "headers": {"Location": "/elsewhere"}}, 1, "a redirect is not followed"),
        ({"hang_up": True}, 4, "is the receiver running?"),
    ],
)
def test_what_is_not_taken_is_told(
    reply: dict[str, Any], attempts: int, said: str, tell: Any, loopback: Any, loopback_kit: Any
) -> None:
    with pytest.raises(PushError) as error:
        tell(loopback_kit.Reply(**reply))
    assert said in str(error.value) and len(str(error.value)) < 600
    assert SECRET not in str(error.value)
    assert len(loopback.asked("/new")) == attempts
    assert loopback.asked("/elsewhere") == []


def test_an_answer_without_end_is_not_waited_for(tell: Any, loopback_kit: Any) -> None:
    started = time.monotonic()
    tell(loopback_kit.Reply(drip_s=0.5))
    assert time.monotonic() - started < 5


def test_a_short_secret_signs_nothing(tell: Any, loopback: Any, loopback_kit: Any) -> None:
    with pytest.raises(PushError, match="set PARTNERS_WEBHOOK_SECRET in the environment, 16 characters or more"):
        tell(loopback_kit.Reply(), secret="short")
    assert loopback.asked("/new") == []


def test_it_is_told_once_and_when_the_version_is_everywhere(
    publish: Any, loopback: Any, loopback_kit: Any, folder: Any, tmp_path: Path
) -> None:
    root = publish()
    hook = Webhook(url=loopback.answers("/new", loopback_kit.Reply()))
    absent = PushTarget(name="absent", to=f"file://{tmp_path / 'absent'}")
    environ = {"PARTNERS_WEBHOOK_SECRET": SECRET}

    def deliver() -> dict[str, bool]:
        done = delivery.deliver(root, "practice", [absent, folder.target], hook, keep_versions=2, environ=environ)
        return {d.name: d.arrived for d in done}

    assert deliver() == {"absent": False, "share": True, "(webhook)": False}
    assert [d.message for d in delivery.standing(root, "practice", [absent], hook)][1].endswith("has not reached absent")
    assert loopback.asked("/new") == []
    (tmp_path / "absent").mkdir()
    assert deliver() == {"absent": True, "(webhook)": True}
    assert deliver() == {}
    assert len(loopback.asked("/new")) == 1
    publish(1)
    assert deliver() == {"absent": True, "share": True, "(webhook)": True}
