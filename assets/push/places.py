"""Places that take files: a folder, a bucket, a folder behind SFTP. All are reached through fsspec; here is what differs.

Belongs here: connecting with credentials of the environment, checking that a file arrived whole, replacing a small file in one
step, and errors in words that hold no secret. Does not: what is sent, and in which order (`sending.py`).
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import fsspec

from assets.push.settings import PushTarget
from warehouse.parquet import sync

INSTALL = "pip install --editable '.[push]' --constraint constraints.txt"

#: Files of twice this size or more go to a bucket in parts of it (s3fs's own rule and default).
S3_PART = 50 * 2**20
#: An index or `latest.json` larger than this is not one of ours.
MAX_JSON = 20_000_000
#: Secrets of the standard AWS variables; an answer that quotes them is not repeated.
_AWS_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
#: Names of what paramiko and botocore raise where credentials are missing or wrong; neither need be installed.
_LOGIN_FAILURES = frozenset(
    {"NoCredentialsError", "AuthenticationException", "BadAuthenticationType", "PasswordRequiredException"}
)
_MD5 = re.compile(r"[0-9a-f]{32}(-\d+)?")


class PushError(Exception):
    """Nothing, or not all, arrived. Says what happened and what to do, and holds no secret."""


class Place(Protocol):
    """Where versions are sent. Names are relative to the place's address, parts joined by `/`."""

    def sizes(self, folder: str) -> dict[str, int]:
        """Bytes of each file below a folder, by name relative to it."""

    def put(self, local: Path, name: str) -> None:
        """Sends a file and makes sure that it arrived whole."""

    def holds(self, local: Path, name: str) -> bool:
        """Whether the file of the same size that is there is the same, as far as the place can tell."""

    def replace(self, name: str, content: bytes) -> None:
        """Writes a small file so that a reader sees the old one or the new one."""

    def json(self, name: str) -> dict[str, Any] | None:
        """A small file of ours; None where there is none or it is something else."""

    def folders(self) -> list[str]:
        """Names of the folders right below the address."""

    def remove(self, folder: str) -> None:
        """Removes a folder and everything in it."""


class _Fsspec:
    """What all three do alike."""

    def __init__(self, fs: Any, base: str) -> None:
        self.fs = fs
        self.base = base.rstrip("/")

    def path(self, name: str) -> str:
        return f"{self.base}/{name}"

    def sizes(self, folder: str) -> dict[str, int]:
        start = self.path(folder) + "/"
        found = self.fs.find(start.rstrip("/"), detail=True)
        return {name[name.index(start) + len(start) :]: int(info["size"]) for name, info in found.items() if start in name}

    def put(self, local: Path, name: str) -> None:
        self.fs.put_file(str(local), self.path(name))
        arrived = int(self.fs.info(self.path(name))["size"])
        if arrived != local.stat().st_size:
            raise PushError(f"{name} arrived with {arrived:,} bytes of {local.stat().st_size:,}; it is sent again the next time")

    def holds(self, local: Path, name: str) -> bool:
        return False

    def replace(self, name: str, content: bytes) -> None:
        folder, _, file = self.path(name).rpartition("/")
        draft = f"{folder}/.{file}.part"
        self.fs.makedirs(folder, exist_ok=True)
        self.fs.pipe_file(draft, content)
        if int(self.fs.info(draft)["size"]) != len(content):
            raise PushError(f"{name} did not arrive whole; it is sent again the next time")
        self.fs.mv(draft, self.path(name))

    def json(self, name: str) -> dict[str, Any] | None:
        path = self.path(name)
        try:
            if int(self.fs.info(path)["size"]) > MAX_JSON:
                return None
            found = json.loads(self.fs.cat_file(path))
        except (FileNotFoundError, ValueError):  # none yet, or not JSON
            return None
        return found if isinstance(found, dict) else None

    def folders(self) -> list[str]:
        found = self.fs.ls(self.base, detail=True)
        return sorted(info["name"].rstrip("/").rpartition("/")[2] for info in found if info["type"] == "directory")

    def remove(self, folder: str) -> None:
        self.fs.rm(self.path(folder), recursive=True)


class Folder(_Fsspec):
    """A folder of this machine, or one mounted on it. It must be there: an absent one may be a share that is not mounted."""

    def put(self, local: Path, name: str) -> None:
        Path(self.path(name)).parent.mkdir(parents=True, exist_ok=True)
        super().put(local, name)
        sync(Path(self.path(name)))
        if not self.holds(local, name):
            raise PushError(f"{name} reads back otherwise than it was written; check the disk of {self.base}")

    def holds(self, local: Path, name: str) -> bool:
        return sha256_of(local) == sha256_of(Path(self.path(name)))


class Bucket(_Fsspec):
    """A bucket of an S3-compatible store, which tells a hash of what it holds and replaces a file in one step by itself."""

    def put(self, local: Path, name: str) -> None:
        self.fs.put_file(str(local), self.path(name), chunksize=S3_PART)
        head = self._head(name)
        if int(head["ContentLength"]) != local.stat().st_size or _tells_otherwise(head, local):
            raise PushError(f"{name} did not arrive as it was sent; it is sent again the next time")

    def holds(self, local: Path, name: str) -> bool:
        head = self._head(name)
        return str(head.get("ETag", "")).strip('"') == etag_of(local)

    def replace(self, name: str, content: bytes) -> None:
        self.fs.pipe_file(self.path(name), content)

    def _head(self, name: str) -> Mapping[str, Any]:
        bucket, key, _ = self.fs.split_path(self.path(name))
        found: Mapping[str, Any] = self.fs.call_s3("head_object", Bucket=bucket, Key=key)
        return found

    def folders(self) -> list[str]:
        try:
            return super().folders()
        except FileNotFoundError:  # a prefix with nothing under it does not exist
            return []


class Sftp(_Fsspec):
    """A folder behind SFTP; it tells sizes and no hashes."""

    def replace(self, name: str, content: bytes) -> None:
        try:
            super().replace(name, content)
        except OSError as error:
            if "unsupported" not in str(error).lower():
                raise
            # A server without OpenSSH's rename cannot replace in one step: for a moment there is no such file.
            self.fs.ftp.remove(self.path(name))
            self.fs.ftp.rename(self.path(name).rpartition("/")[0] + f"/.{name.rpartition('/')[2]}.part", self.path(name))


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def etag_of(path: Path) -> str:
    """ETag that S3 gives the file as we send it: its MD5; of a file in parts, the MD5 of the parts' and their number."""
    if path.stat().st_size < 2 * S3_PART:
        return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    with path.open("rb") as file:
        parts = [hashlib.md5(part, usedforsecurity=False).digest() for part in iter(lambda: file.read(S3_PART), b"")]
    return f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"


def _tells_otherwise(head: Mapping[str, Any], local: Path) -> bool:
    """Whether the store's hash speaks against the file; under a key of one's own (KMS) the ETag is no hash."""
    etag = str(head.get("ETag", "")).strip('"')
    ours = head.get("ServerSideEncryption") in (None, "AES256") and not head.get("SSECustomerAlgorithm")
    return ours and _MD5.fullmatch(etag) is not None and etag != etag_of(local)


@contextmanager
def opened(target: PushTarget, environ: Mapping[str, str]) -> Iterator[Place]:
    """The place a profile names, connected. Everything that goes wrong in it is raised as a PushError without secrets."""
    secrets = [environ.get(name, "") for name in (*target.variables, *_AWS_SECRETS)]
    place: Any = None
    try:
        place = _OPEN[target.kind](target, environ)
        yield place
    except PushError as error:
        raise PushError(without(secrets, f"{target.to}: {error}")) from None
    except Exception as error:  # of four libraries, whose errors have no common kind: it is put into words and passed on
        raise PushError(without(secrets, f"{target.to}: {_in_words(error, target)}")) from None
    finally:
        if isinstance(place, Sftp):
            place.fs.close()


def without(secrets: list[str], text: str) -> str:
    """The text on one line, each secret in it blanked."""
    found = sorted(filter(None, secrets), key=len, reverse=True)
    text = re.sub("|".join(map(re.escape, found)), "[secret]", text) if found else text
    return " ".join(text.split())


def _open_folder(target: PushTarget, environ: Mapping[str, str]) -> Folder:
    path = Path(target.address.path)
    if not path.is_dir():
        raise PushError(f"there is no folder {path}; mount the share, or make the folder once by hand")
    return Folder(fsspec.filesystem("file"), str(path))


def _open_bucket(target: PushTarget, environ: Mapping[str, str]) -> Bucket:
    _needs("s3fs")
    key, secret = (environ.get(name) for name in target.variables)
    if bool(key) != bool(secret):
        raise PushError(f"only one of {' and '.join(target.variables)} is set; set both, or neither to use the AWS_… variables")
    fs = fsspec.filesystem(
        "s3",
        key=key,
        secret=secret,
        endpoint_url=target.options.get("endpoint_url"),
        client_kwargs={"region_name": target.options["region"]} if "region" in target.options else {},
        config_kwargs={"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2, "mode": "standard"}},
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    return Bucket(fs, target.address.netloc + target.address.path)


def _open_sftp(target: PushTarget, environ: Mapping[str, str]) -> Sftp:
    _needs("paramiko")
    from assets.push.sftp import CheckedSFTP

    password, key_file = (environ.get(name) for name in target.variables)
    user = target.options.get("username") or target.address.username
    known_hosts = target.options.get("known_hosts")
    login: dict[str, Any] = {"username": user} if user else {}
    if key_file:
        login |= {"key_filename": str(Path(key_file).expanduser()), "passphrase": password, "allow_agent": False}
    elif password:
        login |= {"password": password, "allow_agent": False, "look_for_keys": False}
    fs = CheckedSFTP(
        target.address.hostname or "",
        port=int(target.options.get("port") or target.address.port or 22),
        known_hosts=Path(str(known_hosts)).expanduser() if known_hosts else None,
        **login,
    )
    return Sftp(fs, target.address.path)


_OPEN = {"file": _open_folder, "s3": _open_bucket, "sftp": _open_sftp}


def _needs(library: str) -> None:
    try:
        __import__(library)
    except ModuleNotFoundError:
        raise PushError(f"{library} is not installed; run {INSTALL}") from None


def _in_words(error: Exception, target: PushTarget) -> str:
    """What happened and what to do, for the errors people meet."""
    kind = type(error).__name__
    said = str(error) or kind
    if kind == "UntrustedHost":
        return said
    no_login = kind in _LOGIN_FAILURES or "No authentication methods" in said  # paramiko has no kind of its own for that one
    if no_login or (isinstance(error, PermissionError) and target.kind == "s3"):
        other = "the AWS_… variables" if target.kind == "s3" else "the SSH agent or a key in ~/.ssh"
        return f"refused ({said}); check {' and '.join(target.variables)}, or {other}, and what that user may do there"
    if isinstance(error, PermissionError):
        return f"no permission ({said}); let the user who runs this write there"
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or re.search(r"no space|storage ?full|quota", said, re.I):
        return f"no room left there ({said}); make room, or set `prune: true`; what is there already is not sent again"
    return f"{kind}: {said}; what arrived is not sent again"
