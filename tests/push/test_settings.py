"""A profile says where to push and never with which password."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from assets.push.settings import PushTarget, Webhook
from pipelines.profile import Publishing

FOLDER = {"name": "share", "to": "file:///srv/share/partners"}
STORE = {"name": "my-store", "to": "s3://town/partners"}
SFTP = {"name": "council", "to": "sftp://town@files.example/in/partners"}


def test_exports_are_pushed_and_nothing_removed_unless_asked() -> None:
    target = PushTarget.model_validate(FOLDER)
    assert (target.parts, target.prune, target.options) == (("exports",), False, {})


@pytest.mark.parametrize(
    ("entry", "variables"),
    [
        (FOLDER, ()),
        (STORE, ("PARTNERS_PUSH_MY_STORE_KEY", "PARTNERS_PUSH_MY_STORE_SECRET")),
        (SFTP, ("PARTNERS_PUSH_COUNCIL_PASSWORD", "PARTNERS_PUSH_COUNCIL_KEY_FILE")),
    ],
)
def test_variables_are_named_after_the_place(entry: dict[str, Any], variables: tuple[str, ...]) -> None:
    assert PushTarget.model_validate(entry).variables == variables


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (STORE | {"options": {"secret": "hunter2"}}, "set PARTNERS_PUSH_MY_STORE_KEY or PARTNERS_PUSH_MY_STORE_SECRET in the environment"),
        (STORE | {"options": {"aws_session_token": "hunter2"}}, "'aws_session_token' has no place in a file"),
        (SFTP | {"password": "hunter2"}, "set PARTNERS_PUSH_COUNCIL_PASSWORD or PARTNERS_PUSH_COUNCIL_KEY_FILE in the environment"),
        (SFTP | {"options": {"key_filename": "hunter2"}}, "'key_filename' has no place in a file"),
        (SFTP | {"to": "sftp://town:hunter2@files.example/in"}, "holds a password; take it out"),
        (STORE | {"options": {"endpoint_url": "https://me:hunter2@store.example"}}, "holds a user or password; take it out"),
    ],
)  # fmt: skip
def test_a_secret_in_the_file_is_refused_and_not_repeated(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PushTarget.model_validate(entry)
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (FOLDER | {"to": "/srv/share"}, "write file:///folder, s3://bucket/prefix or sftp://user@host/path"),
        (FOLDER | {"to": "ftp://files.example/in"}, "write file:///folder, s3://bucket/prefix or sftp://user@host/path"),
        (FOLDER | {"to": "file://srv/share"}, "three slashes"),
        (FOLDER | {"to": "file:///srv/../etc"}, "without `..`"),
        (SFTP | {"to": "sftp://files.example"}, "the whole path of a folder"),
        (SFTP | {"to": "sftp://files.example:many/in"}, "is no address"),
        (STORE | {"to": "s3:///partners"}, "write s3://bucket/prefix"),
        (STORE | {"options": {"port": 22}}, "'port' is not one for s3://; known: endpoint_url, region"),
        (SFTP | {"options": {"port": "22"}}, "port must be a number"),
        (STORE | {"options": {"endpoint_url": "http://store.example"}}, "use https, or list it in `private_hosts`"),
        (FOLDER | {"parts": []}, "at least 1 item"),
        (FOLDER | {"parts": ["exports", "exports"]}, "each part once"),
        (FOLDER | {"parts": ["people"]}, "'exports', 'report' or 'warehouse'"),
        (FOLDER | {"name": "Share!"}, "pattern"),
        (FOLDER | {"folder": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_work_is_refused(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PushTarget.model_validate(entry)
    assert said in str(refused.value)


@pytest.mark.parametrize("change", [{"name": "share"}, {"to": FOLDER["to"] + "/"}])
def test_each_place_is_named_once(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="occurs more than once"):
        Publishing.model_validate({"push": [FOLDER, STORE | change]})


@pytest.mark.parametrize(
    "entry",
    [
        {"url": "https://app.example/new"},
        {"url": "http://127.0.0.1:8080/new"},
        {"url": "http://app.lan/new", "private_hosts": ["app.lan"]},
    ],
)
def test_a_webhook_over_tls_or_at_home(entry: dict[str, Any]) -> None:
    assert Webhook.model_validate(entry).url == entry["url"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"url": "http://app.example/new"}, "use https"),
        ({"url": "https://me:pw@app.example/new"}, "user or password"),
        ({"url": "gopher://app.example"}, "write https://host/path"),
        ({"url": "https://app.example", "secret": "hunter2"}, "set PARTNERS_WEBHOOK_SECRET in the environment"),
    ],
)
def test_a_webhook_that_is_refused(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Webhook.model_validate(entry)
    assert said in str(refused.value) and "hunter2" not in str(refused.value)
