"""What a profile says of a place to push to, and of a webhook. Never a password or key: those come from the environment.

Belongs here: the shape of `publishing.push` and `publishing.webhook`, their checks, and the names of environment variables.
Does not: connecting anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Part = Literal["exports", "report", "warehouse"]

#: What may be set of each kind of place.
OPTIONS: Mapping[str, Mapping[str, type]] = {
    "file": {},
    "s3": {"endpoint_url": str, "region": str},
    "sftp": {"port": int, "username": str, "known_hosts": str},
}
#: Environment variables of each kind of place, after `PARTNERS_PUSH_<NAME>_`.
VARIABLES: Mapping[str, tuple[str, ...]] = {"file": (), "s3": ("KEY", "SECRET"), "sftp": ("PASSWORD", "KEY_FILE")}
WEBHOOK_SECRET = "PARTNERS_WEBHOOK_SECRET"  # noqa: S105 - the variable's name

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SECRETIVE = re.compile(r"pass|secret|key|token|credential|auth", re.IGNORECASE)


class _Strict(BaseModel):
    # A refused value may be a password in the wrong place: it is never shown.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PushTarget(_Strict):
    """One place that gets each published version."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """Short name; environment variables with its credentials are named after it."""
    to: str
    """`file:///folder`, `s3://bucket/prefix` or `sftp://user@host/path`."""
    parts: tuple[Part, ...] = Field(default=("exports",), min_length=1)
    prune: bool = False
    """Whether versions beyond `keep_versions` are removed there too."""
    options: dict[str, str | int] = {}
    private_hosts: tuple[str, ...] = ()
    """Hosts of the chamber's own network whose `endpoint_url` may be plain http."""

    @property
    def kind(self) -> str:
        """`file`, `s3` or `sftp`."""
        return urlsplit(self.to).scheme

    @property
    def address(self) -> SplitResult:
        """`to`, taken apart."""
        return urlsplit(self.to)

    def variable(self, what: str) -> str:
        """Name of the environment variable that holds one of this place's credentials."""
        return f"PARTNERS_PUSH_{self.name.upper().replace('-', '_')}_{what}"

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of all of them."""
        return tuple(self.variable(what) for what in VARIABLES[self.kind])

    @model_validator(mode="before")
    @classmethod
    def _no_secrets(cls, data: Any) -> Any:
        if isinstance(data, dict):
            name = str(data.get("name", "NAME")).upper().replace("-", "_")
            kind = str(data.get("to", "")).partition(":")[0]
            instead = " or ".join(f"PARTNERS_PUSH_{name}_{what}" for what in VARIABLES.get(kind, ()) or VARIABLES["sftp"])
            options = data.get("options")
            _refuse_secrets([*data, *(options if isinstance(options, dict) else ())], instead)
        return data

    @field_validator("to")
    @classmethod
    def _known_place(cls, value: str) -> str:
        try:
            found = urlsplit(value)
            port = found.port
        except ValueError:
            raise ValueError("is no address; write file:///folder, s3://bucket/prefix or sftp://user@host/path") from None
        if found.password is not None:
            raise ValueError("holds a password; take it out and give it in PARTNERS_PUSH_<NAME>_PASSWORD of the environment")
        if found.scheme not in OPTIONS or found.query or found.fragment:
            raise ValueError("write file:///folder, s3://bucket/prefix or sftp://user@host/path, and nothing after it")
        if found.scheme == "file" and (found.netloc or not found.path.strip("/")):
            raise ValueError("a folder is written with three slashes and its whole path: file:///srv/share/partners")
        if found.scheme == "s3" and (not found.netloc or found.username is not None or port is not None):
            raise ValueError("write s3://bucket/prefix; where the store is goes into `options: {endpoint_url: …}`")
        if found.scheme == "sftp" and (not found.hostname or not found.path.strip("/")):
            raise ValueError("write sftp://user@host/path with the whole path of a folder")
        if ".." in found.path.split("/"):
            raise ValueError("write the path without `..`")
        return value

    @model_validator(mode="after")
    def _fitting(self) -> PushTarget:
        if len(set(self.parts)) < len(self.parts):
            raise ValueError("parts: each part once")
        known = OPTIONS[self.kind]
        for key, value in self.options.items():
            if key not in known:
                raise ValueError(f"options: {key!r} is not one for {self.kind}://; known: {', '.join(known) or 'none'}")
            if not isinstance(value, known[key]):
                raise ValueError(f"options: {key} must be {'a number' if known[key] is int else 'text'}")
        endpoint = self.options.get("endpoint_url")
        if endpoint is not None:
            check_url(str(endpoint), self.private_hosts, "options: endpoint_url")
        return self


class Webhook(_Strict):
    """An address that is told of every new version."""

    url: str
    private_hosts: tuple[str, ...] = ()
    """Hosts of the chamber's own network that may be told over plain http."""

    @model_validator(mode="before")
    @classmethod
    def _no_secrets(cls, data: Any) -> Any:
        if isinstance(data, dict):
            _refuse_secrets(data, WEBHOOK_SECRET)
        return data

    @model_validator(mode="after")
    def _safe(self) -> Webhook:
        check_url(self.url, self.private_hosts, "url")
        return self


def check_url(url: str, private_hosts: Collection[str], key: str) -> None:
    """Raises ValueError unless the address is https, or http to this machine or a host listed as private."""
    found = urlsplit(url)
    if found.username is not None or found.password is not None:
        raise ValueError(f"{key} holds a user or password; take it out, credentials come from the environment")
    if not found.hostname or found.scheme not in ("http", "https") or found.fragment:
        raise ValueError(f"{key}: write https://host/path")
    if found.scheme == "http" and found.hostname not in {*LOOPBACK, *private_hosts}:
        raise ValueError(
            f"{key}: {found.hostname} over plain http can be read by others; use https, or list it in `private_hosts`"
        )


def _refuse_secrets(keys: Collection[str], instead: str) -> None:
    for key in keys:
        if _SECRETIVE.search(str(key)):
            raise ValueError(f"{key!r} has no place in a file: take it out and set {instead} in the environment of the run")
