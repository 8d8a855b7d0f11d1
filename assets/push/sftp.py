"""SFTP that checks the host's key. fsspec's own accepts any key it is shown, and so anybody in the middle.

Imported only where a profile pushes over SFTP, since paramiko is an optional dependency.
"""

from __future__ import annotations

import logging
from pathlib import Path

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

_CONNECT_TIMEOUT_S = 20.0
_ANSWER_TIMEOUT_S = 60.0

# It logs whole tracebacks of what is raised as well; what matters is said once, by whoever catches it.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class UntrustedHost(paramiko.SSHException):
    """The host showed a key that is not the one known for it; the message says what to do."""


class _Refuse(paramiko.MissingHostKeyPolicy):
    def __init__(self, known_hosts: Path) -> None:
        self._known_hosts = known_hosts

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        raise UntrustedHost(
            f"the key of {hostname} is not known. It shows {key.get_name()} {key.fingerprint}: ask whoever runs the server if "
            f"that is right, and only then add to {self._known_hosts} the line: {hostname} {key.get_name()} {key.get_base64()}"
        )


class CheckedSFTP(SFTPFileSystem):
    """fsspec's SFTP with known hosts from a file (default `~/.ssh/known_hosts`), read and never written.

    Raises UntrustedHost for a key that is unknown or has changed.
    """

    cachable = False

    def __init__(self, host: str, *, known_hosts: Path | None = None, **ssh_kwargs: object) -> None:
        self._known_hosts = known_hosts or Path("~/.ssh/known_hosts").expanduser()
        super().__init__(host, **ssh_kwargs)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        if self._known_hosts.is_file():
            self.client.load_system_host_keys(str(self._known_hosts))
        self.client.set_missing_host_key_policy(_Refuse(self._known_hosts))
        waits = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout"), _CONNECT_TIMEOUT_S)
        try:
            self.client.connect(self.host, **waits, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()
        except paramiko.BadHostKeyException as error:
            self.client.close()
            raise UntrustedHost(
                f"the key of {self.host} has changed: {error.key.get_name()} {error.key.fingerprint} instead of "
                f"{error.expected_key.fingerprint}. Somebody may be in the middle: ask whoever runs the server, and only if the "
                f"new one is right put it in place of the old in {self._known_hosts}"
            ) from None
        except Exception:
            self.client.close()
            raise
        channel = self.ftp.get_channel()
        if channel is not None:
            channel.settimeout(_ANSWER_TIMEOUT_S)

    def close(self) -> None:
        """Ends the connection."""
        self.client.close()
