"""What hosts answered before, kept from night to night, so that the next one asks only whether it has changed.

Belongs here: robots.txt files and small answers that lead to a file, one file per address. Does not: registers' files
(`assets/snapshots`), when a remembered answer may still be used (`http_admission.py`, `http.py`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from sources.http_errors import shown


@dataclass(frozen=True)
class Remembered:
    """One answer (HTTP 200) as it was."""

    body: bytes
    etag: str | None
    last_modified: str | None
    asked_at: float
    """Seconds since 1970 when the host last vouched for it, with 200 or 304."""

    @property
    def conditions(self) -> dict[str, str]:
        """Headers that ask for the body only where it has changed."""
        return conditions(self.etag, self.last_modified)


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers of a conditional request; none where there is nothing to go by."""
    named = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in named.items() if value}


class AnswerMemory:
    """Answers by address. One run at a time writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, address: str) -> Remembered | None:
        """What `address` answered last; None where nothing is known or the file is damaged."""
        try:
            told = json.loads(self._path(address).read_text("utf-8"))
            body = base64.b64decode(told["body"], validate=True)
            remembered = Remembered(body, told["etag"], told["last_modified"], float(told["asked_at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return remembered if hashlib.sha256(body).hexdigest() == told.get("sha256") else None

    def keep(self, address: str, answer: Remembered) -> None:
        """Remember `answer` in one step; of the address nothing secret is written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        told = {
            "url": shown(address),
            "asked_at": answer.asked_at,
            "etag": answer.etag,
            "last_modified": answer.last_modified,
            "sha256": hashlib.sha256(answer.body).hexdigest(),
            "body": base64.b64encode(answer.body).decode("ascii"),
        }
        path = self._path(address)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
        draft.replace(path)

    def _path(self, address: str) -> Path:
        return self._folder / f"{hashlib.sha256(address.encode()).hexdigest()[:32]}.json"
