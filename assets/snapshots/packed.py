"""Whether a packed file (ZIP, gzip) that arrived is whole and safe to open.

Belongs here: what can be told without knowing the register: cut short, unpacking to too much, packed too deep, names that lead
elsewhere. Does not: which member holds the rows (`sources/archive.py`), web pages and empty files (`plausible.py`).
"""

from __future__ import annotations

import errno
import gzip
import lzma
import shutil
import struct
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sources.archive import MAX_MEMBERS, MAX_RATIO, RATIO_MATTERS_FROM_BYTES, leads_outside
from sources.http import FetchError

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_GZIP = b"\x1f\x8b"
_PIECE_BYTES = 1 << 20
#: Registers put a workbook into a ZIP, at most.
_MAX_DEPTH = 1
#: What the standard library raises where packed bytes are not what they say; RuntimeError for encrypted ones.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OSError,
)  # fmt: skip


def refuse_unsafe_packing(path: Path, name: str, max_unpacked: int) -> None:
    """Raise `FetchError`, speaking of `name`, where `path` is a ZIP or gzip that is damaged, unsafe or too large unpacked."""
    with path.open("rb") as file:
        _Packed(name, max_unpacked, path.stat().st_size).check(file, depth=0)


@dataclass(frozen=True)
class _Packed:
    """One file that arrived, and what it may come to."""

    name: str
    max_unpacked: int
    packed_bytes: int

    def check(self, file: IO[bytes], depth: int) -> None:
        """Look into `file`, packed or not, `depth` packings below the one that arrived."""
        head = file.read(4)
        file.seek(0)
        if depth > _MAX_DEPTH and _is_packed(head):
            raise self._refused("is packed more than twice over")
        try:
            if head in _ZIP:
                self._check_zip(file, depth)
            elif head.startswith(_GZIP):
                self._check_gzip(file)
        except _DAMAGE as error:
            if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
                raise  # the disk is at fault; a seek to an impossible place is EINVAL, a bad gzip has no number
            raise FetchError(
                f"{self.name} is cut short, damaged or encrypted ({type(error).__name__}: {error}); the last good file stays in "
                "use. Run again, or download it by hand and set `path:` in the profile."
            ) from None

    def _check_zip(self, file: IO[bytes], depth: int) -> None:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if not members:
                raise self._refused("is a ZIP without a file in it")
            if len(members) > MAX_MEMBERS:
                raise self._refused(f"holds {len(members):,} files, more than {MAX_MEMBERS:,}")
            for member in archive.infolist():
                if leads_outside(member):
                    raise self._refused(f"names a file outside its folder ({member.filename[:60]!r})")
            # `zipfile` never unpacks more than a member declares, so what they declare is what limits look at.
            self._limit(sum(member.file_size for member in members))
            for member in members:
                with archive.open(member) as inner:
                    if not _is_packed(inner.read(4)):
                        continue
                # A nested archive must be searched from its end; it fits on disk, for its size was counted above.
                with archive.open(member) as inner, tempfile.TemporaryFile() as copy:
                    shutil.copyfileobj(inner, copy, _PIECE_BYTES)
                    copy.seek(0)
                    self.check(copy, depth + 1)

    def _check_gzip(self, file: IO[bytes]) -> None:
        """A gzip says nothing of its size that could be trusted: it is unpacked to nowhere, once, as it arrives."""
        size = 0
        with gzip.GzipFile(fileobj=file) as unpacked:
            while piece := unpacked.read(_PIECE_BYTES):
                if size == 0 and _is_packed(piece[:4]):
                    raise self._refused("is a gzip of another packed file")
                size += len(piece)
                self._limit(size)

    def _limit(self, size: int) -> None:
        if size > self.max_unpacked:
            raise self._refused(f"unpacks to more than the {self.max_unpacked:,} bytes allowed")
        if size > RATIO_MATTERS_FROM_BYTES and size > MAX_RATIO * self.packed_bytes:
            raise self._refused(f"unpacks to more than {MAX_RATIO} times its {self.packed_bytes:,} bytes")

    def _refused(self, found: str) -> FetchError:
        return FetchError(
            f"{self.name} {found}, as no register's file does; it was not kept. Look where it came from before you download "
            "it again."
        )


def _is_packed(head: bytes) -> bool:
    return head[:4] in _ZIP or head.startswith(_GZIP)
