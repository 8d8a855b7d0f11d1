"""Packed files that arrive: what is refused before it is kept."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from assets.snapshots.plausible import refuse_what_is_no_data
from sources.http import FetchError

LIMIT = 100_000_000
ROWS = b"id,name\n1,Bakery\n" * 100


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def linked() -> bytes:
    """A ZIP with a symbolic link."""
    link = zipfile.ZipInfo("data.csv")
    link.external_attr = 0o120777 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


def lying() -> bytes:
    """A ZIP whose directory says that its member is small."""
    whole = packed(("a.csv", bytes(1_000_000)))
    return whole.replace((1_000_000).to_bytes(4, "little"), (500_000).to_bytes(4, "little"))


def _refuse(content: bytes, tmp_path: Path, limit: int = LIMIT) -> None:
    path = tmp_path / "arrived"
    path.write_bytes(content)
    refuse_what_is_no_data(path, "https://town.example/a.zip", max_unpacked=limit)


ONCE = packed(("a.csv", ROWS))
TWICE = packed(("inner.zip", ONCE), ("readme.txt", b"x"))


@pytest.mark.parametrize(
    "content",
    [
        ONCE,
        TWICE,
        packed(("folder/a.csv", ROWS), ("folder/", b"")),
        packed(("a.csv", ROWS), method=zipfile.ZIP_STORED),
        packed(("a.csv.gz", gzip.compress(ROWS))),
        packed(("zeros.csv", bytes(40_000_000))),  # a small file may repeat itself
        gzip.compress(ROWS),
        gzip.compress(ROWS) + gzip.compress(ROWS),
        b"PKEY,name\n1,Bakery\n",
    ],
    ids=["zip", "zip in a zip", "folder", "stored", "gzip in a zip", "zeros", "gzip", "gzip of two", "a column called PKEY"],
)
def test_what_registers_send_passes(content, tmp_path):
    _refuse(content, tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (ONCE[:-30], "cut short"),
        (ONCE[: len(ONCE) // 2], "cut short"),
        (b"PK\x03\x04" + b"x" * 100, "cut short"),
        (ONCE[:4] + b"\xff" * 26 + ONCE[30:], "cut short"),
        (packed(), "without a file"),
        (packed(("folder/", b"")), "without a file"),
        (packed(("../../etc/passwd", b"x")), "outside its folder"),
        (packed(("/etc/passwd", b"x")), "outside its folder"),
        (packed(("c:/windows/x", b"x")), "outside its folder"),
        (packed(("a\\..\\..\\x", b"x")), "outside its folder"),
        (linked(), "outside its folder"),
        (packed(*((f"{n}.csv", b"") for n in range(1_001))), "holds 1,001 files"),
        (packed(("outer.zip", TWICE)), "packed more than twice"),
        (packed(("outer.zip", packed(("a.csv.gz", gzip.compress(ROWS))))), "packed more than twice"),
        (packed(("zeros.csv", bytes(60_000_000))), "200 times"),
        (packed(("inner.zip", packed(("zeros.csv", bytes(60_000_000))))), "200 times"),
        (packed(*((f"{n}.csv", bytes(20_000_000)) for n in range(3))), "200 times"),
        (gzip.compress(bytes(60_000_000)), "200 times"),
        (packed(("zeros.gz", gzip.compress(bytes(60_000_000)))), "200 times"),
        (gzip.compress(gzip.compress(ROWS)), "gzip of another"),
        (gzip.compress(ONCE), "gzip of another"),
        (gzip.compress(ROWS)[:-4], "cut short"),
        (b"\x1f\x8b" + b"x" * 100, "cut short"),
    ],
)
def test_what_no_register_sends_is_refused(content, reason, tmp_path):
    with pytest.raises(FetchError, match=rf"^https://town\.example/a\.zip .*{reason}"):
        _refuse(content, tmp_path)


@pytest.mark.parametrize("content", [ONCE, gzip.compress(ROWS), TWICE])
def test_the_register_s_limit_counts_what_it_unpacks_to(content, tmp_path):
    with pytest.raises(FetchError, match="more than the 1,000 bytes allowed" if content is not TWICE else "allowed"):
        _refuse(content, tmp_path, limit=1_000 if content is not TWICE else 200)


def test_a_size_that_is_a_lie_unpacks_to_no_more_than_it_says(tmp_path):
    _refuse(lying(), tmp_path)
    with zipfile.ZipFile(tmp_path / "arrived") as archive, archive.open("a.csv") as member, pytest.raises(zipfile.BadZipFile):
        member.read()


def test_an_encrypted_file_is_refused(tmp_path):
    content = bytearray(ONCE)
    for place in (ONCE.index(b"PK\x03\x04") + 6, ONCE.index(b"PK\x01\x02") + 8):
        content[place] |= 1
    with pytest.raises(FetchError, match="encrypted"):
        _refuse(bytes(content), tmp_path)
