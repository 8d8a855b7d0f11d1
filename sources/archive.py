"""Opens what a download holds: the file itself, or one member of a ZIP, streamed and within limits.

Belongs here: choosing a member and refusing archives no register would send. Does not: what the bytes mean (`bulk.py`).

Members are never written to disk under their own names and never read whole. `zipfile` stops at the size a member declares
and checks its CRC, so the declared sizes are what limits need to look at.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from sources.register import RegisterError

#: Largest member read: ten times the largest known (Companies House in one file, 2.5 GB).
MAX_UNPACKED_BYTES = 25_000_000_000
#: Text of registers packs 5 to 25 times; a bomb a thousand times. Small members may repeat themselves and are let be.
MAX_RATIO = 200
RATIO_MATTERS_FROM_BYTES = 50_000_000
#: Archives of registers hold one to ten files.
MAX_MEMBERS = 1_000
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


@contextmanager
def open_data(source: str, path: Path, member: str) -> Iterator[BinaryIO]:
    """The bytes of `path`, or where it is a ZIP those of its member fitting the shell pattern `member`, the last by name.

    `source` is the name of the register, for messages. Raises RegisterError for an archive that is damaged, unsafe or holds
    no such member.
    """
    with path.open("rb") as file:
        packed = file.read(2) == b"PK"
        file.seek(0)
        if not packed:
            yield file
            return
        try:
            with zipfile.ZipFile(file) as archive, archive.open(_chosen(source, path, archive, member)) as data:
                yield cast(BinaryIO, data)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise RegisterError(
                f"{source}: {path.name} is a damaged ZIP ({error}). Expected a whole archive holding {member}. Download it again."
            ) from error


def _chosen(source: str, path: Path, archive: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    """The member to read. Raises RegisterError where there is none or the archive is unsafe."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise _unsafe(source, path, f"holds {len(members)} files, more than {MAX_MEMBERS}")
    for info in members:
        if leads_outside(info):
            raise _unsafe(source, path, f"names a file outside its folder ({info.filename[:60]!r})")
    fitting = [m for m in members if not m.is_dir() and fnmatchcase(PurePosixPath(m.filename).name.lower(), member.lower())]
    if not fitting:
        raise RegisterError(
            f"{source}: {path.name} holds {', '.join(m.filename for m in members[:6]) or 'nothing'}. Expected a member {member}. "
            "It may be another download of the same publisher; check `url:` or `path:`."
        )
    chosen = max(fitting, key=lambda info: info.filename.lower())
    if chosen.flag_bits & _ENCRYPTED or chosen.compress_type not in _PACKINGS:
        raise _unsafe(source, path, f"holds {chosen.filename} encrypted or packed in an unusual way")
    swollen = chosen.file_size > RATIO_MATTERS_FROM_BYTES and chosen.file_size > MAX_RATIO * max(1, chosen.compress_size)
    if chosen.file_size > MAX_UNPACKED_BYTES or swollen:
        raise _unsafe(source, path, f"would unpack {chosen.compress_size} bytes to {chosen.file_size}")
    return chosen


def leads_outside(info: zipfile.ZipInfo) -> bool:
    """Whether a member's name leads out of the folder it would be unpacked to, or is a link."""
    name = info.filename.replace("\\", "/")
    return name.startswith("/") or ":" in name.split("/")[0] or ".." in name.split("/") or stat.S_ISLNK(info.external_attr >> 16)


def _unsafe(source: str, path: Path, found: str) -> RegisterError:
    return RegisterError(
        f"{source}: {path.name} {found}. Expected a plain ZIP of the register's own file; this one is refused. "
        "Look where it came from before you download it again."
    )
