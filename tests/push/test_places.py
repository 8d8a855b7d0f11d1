"""A version arrives whole in every kind of place, or is not seen there; what arrived is not sent twice; no secret is told."""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from assets.push import places, sending
from assets.push.settings import PushTarget
from warehouse import versions

Publish = Callable[..., Path]
SECRET = "hunter2-Z9/long+enough"


def _versions(corner: Any) -> set[str]:
    return {name.split("/")[0] for name in corner.read() if "/" in name}


# --- every kind -----------------------------------------------------------------------------------------------------


def test_versions_arrive_whole_are_not_sent_twice_and_make_room_where_asked(corner: Any, publish: Publish) -> None:
    root = publish()
    (told,) = corner.push(root)
    assert told.arrived, told.message
    assert told.message.startswith("13 files sent")
    latest = corner.latest()
    version = versions.current(versions.link_of(root, "exports")).name  # type: ignore[union-attr]
    assert (latest["version"], latest["profile"], latest["as_of"]) == (version, "practice", "2026-11-20")
    files = corner.read()
    source = root / "exports" / version
    for path in (p for p in source.rglob("*") if p.is_file() and p.name != "COMPLETE"):
        assert files[f"{version}/exports/{path.relative_to(source)}"] == path.read_bytes()
    assert sending.published_version(root, "practice").manifest_sha256 == latest["manifest_sha256"]
    assert not any("COMPLETE" in name or name.endswith(".part") for name in files)

    assert corner.push(root) == []  # nothing is outstanding
    (told,) = corner.push(root, only_outstanding=False)
    assert told.message == "0 files sent (0.0 MB), 13 were there"

    corner.push(publish(1), keep_versions=1)  # nothing is removed unasked
    assert corner.latest()["as_of"] == "2026-11-21" and len(_versions(corner)) == 2
    (told,) = corner.push(publish(2), target=corner.target.model_copy(update={"prune": True}))
    assert "1 old versions removed" in told.message
    assert {name[:10] for name in _versions(corner)} == {"2026-11-21", "2026-11-22"}
    assert corner.latest()["as_of"] == "2026-11-22"


def test_report_and_warehouse_go_where_asked(folder: Any, publish: Publish) -> None:
    folder.push(publish(), target=folder.target.model_copy(update={"parts": ("report", "warehouse")}))
    assert {name.split("/")[1] for name in folder.read() if name.count("/") > 1} == {"report", "warehouse"}
    assert folder.latest()["manifest"] is None


def test_two_profiles_do_not_share_a_place(folder: Any, publish: Publish) -> None:
    root = publish()
    folder.push(root)
    before = folder.read()
    with places.opened(folder.target, folder.environ) as place:
        place.replace("latest.json", before["latest.json"].replace(b"practice", b"other-town"))
    (told,) = folder.push(root, only_outstanding=False)
    assert not told.arrived
    assert "latest.json there belongs to 'other-town', not to 'practice'" in told.message


# --- faults ---------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends."""


@pytest.mark.parametrize(("kind", "after"), [("folder", 0), ("folder", 6), ("folder", 12), ("bucket", 6), ("sftp", 11)])
def test_killed_between_two_files_the_reader_keeps_the_old_version_and_the_next_run_goes_on(
    kind: str, after: int, request: pytest.FixtureRequest, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    corner = request.getfixturevalue(kind)
    corner.push(publish(0))
    root = publish(1)
    place = {"folder": places.Folder, "bucket": places.Bucket, "sftp": places.Sftp}[kind]
    put, done = place.put, []

    def dying(self: Any, local: Path, name: str) -> None:
        if len(done) == after:
            raise Killed
        put(self, local, name)
        done.append(name)

    monkeypatch.setattr(place, "put", dying)
    with pytest.raises(Killed):
        corner.push(root)
    assert corner.latest()["as_of"] == "2026-11-20"
    monkeypatch.setattr(place, "put", put)
    (told,) = corner.push(root)
    assert told.arrived
    assert corner.latest()["as_of"] == "2026-11-21"
    sent = int(told.message.split()[0])
    # SFTP tells no hashes: what the index, written after ten files, had not named yet is sent again.
    assert sent == (3 if kind == "sftp" else 13 - after)


def test_killed_before_the_pointer_moves_only_the_pointer_is_left_to_do(
    folder: Any, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.push(publish(0))
    root = publish(1)
    with monkeypatch.context() as patch:
        patch.setattr(sending, "_latest", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            folder.push(root)
    assert folder.latest()["as_of"] == "2026-11-20"
    (told,) = folder.push(root)
    assert told.message == "0 files sent (0.0 MB), 13 were there"
    assert folder.latest()["as_of"] == "2026-11-21"


def _fail(corner: Any, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the place run full, or its connection be cut, in the middle of the version."""
    if corner.target.kind == "s3":
        monkeypatch.setattr("s3fs.core.S3FileSystem.retries", 1)
        stored = sum(map(len, corner.server.objects.values()))
        corner.server.room = stored + 10_000 if fault == "full" else None
        corner.server.cut_after = len(corner.server.puts) + 5 if fault == "cut" else None
    elif corner.target.kind == "sftp":
        corner.server.room = corner.server.written + 10_000 if fault == "full" else None
        corner.server.cut_after = corner.server.written + 10_000 if fault == "cut" else None
    else:
        copy, copied = LocalFileSystem.put_file, []

        def failing(self: Any, source: str, target: str, *rest: Any, **more: Any) -> None:
            if len(copied) == 5:
                Path(target).write_bytes(Path(source).read_bytes()[:7])  # a piece of it
                raise OSError(errno.ENOSPC if fault == "full" else errno.EIO, "No space left" if fault == "full" else "I/O error")
            copied.append(target)
            copy(self, source, target, *rest, **more)

        monkeypatch.setattr(LocalFileSystem, "put_file", failing)


def _mend(corner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if corner.server is None:
        monkeypatch.undo()
    else:
        corner.server.room = corner.server.cut_after = None


@pytest.mark.parametrize("fault", ["full", "cut"])
def test_a_push_that_breaks_off_is_told_and_goes_on_the_next_night(
    fault: str, corner: Any, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    corner.push(publish(0))
    root = publish(1)
    _fail(corner, fault, monkeypatch)
    (told,) = corner.push(root)
    assert not told.arrived
    assert told.message.startswith(f"{corner.target.to}: ") and "is not sent again" in told.message
    if fault == "full" and corner.target.kind != "sftp":  # SFTP only says "Failure"
        assert "no room left there" in told.message and "make room" in told.message
    _mend(corner, monkeypatch)
    assert corner.latest()["as_of"] == "2026-11-20"
    (told,) = corner.push(root)
    assert told.arrived, told.message
    assert 0 < int(told.message.split()[0]) < 13
    assert corner.latest()["as_of"] == "2026-11-21"


def test_a_file_that_changed_on_the_way_does_not_pass(
    bucket: Any, folder: Any, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = publish()
    bucket.server.wrong_etag = True
    (told,) = bucket.push(root)
    assert "did not arrive as it was sent" in told.message and bucket.latest() is None
    copy = LocalFileSystem.put_file

    def flipping(self: Any, source: str, target: str, *rest: Any, **more: Any) -> None:
        copy(self, source, target, *rest, **more)
        Path(target).write_bytes(bytes(len(Path(target).read_bytes())))

    monkeypatch.setattr(LocalFileSystem, "put_file", flipping)
    (told,) = folder.push(root)
    assert "reads back otherwise than it was written" in told.message and folder.latest() is None


def test_a_file_in_parts_has_the_etag_s3_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MD5 of the parts' MD5s and their number; worked out with md5sum for parts of 4, 4 and 1 bytes."""
    path = tmp_path / "file"
    path.write_bytes(b"abcdefghi")
    assert places.etag_of(path) == "8aa99b1f439ff71293e95357bac6fd94"
    monkeypatch.setattr(places, "S3_PART", 4)
    assert places.etag_of(path) == "8c7423f079d1d123f65ff1de7afac977-3"


def test_a_folder_that_is_not_there_may_be_a_share_that_is_not_mounted(folder: Any, publish: Publish) -> None:
    (told,) = folder.push(publish(), target=PushTarget(name="share", to=f"{folder.target.to}/nowhere"))
    assert "there is no folder" in told.message and "mount the share, or make the folder once by hand" in told.message


def test_what_is_half_there_and_old_goes_when_pruning(folder: Any, publish: Publish) -> None:
    share = Path(folder.target.address.path)
    (share / "2026-11-01T020000Z-0000000b" / "exports").mkdir(parents=True)
    (share / "2026-11-01T020000Z-0000000b" / "exports" / "half").write_text("x")
    (share / "holiday photos").mkdir()
    (share / "holiday photos" / "1.jpg").write_text("x")
    folder.push(publish(), target=folder.target.model_copy(update={"prune": True}))
    assert sorted(p.name for p in share.iterdir()) == ["2026-11-20T020000Z-0000000a", "holiday photos", "latest.json"]


# --- credentials ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["wrong-Password-1", None])
def test_wrong_credentials_are_told_without_being_told(
    wrong: str | None, bucket: Any, sftp: Any, publish: Publish, caplog: pytest.LogCaptureFixture, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    for name in ("HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nobody"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    root = publish()
    for corner in (bucket, sftp):
        names = [name for name in corner.environ if not name.endswith("_KEY")]
        environ = corner.environ | dict.fromkeys(names, wrong) if wrong else {}
        (told,) = corner.push(root, environ=environ)
        assert not told.arrived
        assert all(name in told.message for name in names), told.message
        assert corner.read() == {} if corner is bucket else not corner.server.puts
        assert str(wrong) not in told.message
    _nowhere(wrong or SECRET, caplog, root)


def test_no_secret_is_written_anywhere(
    corner: Any,
    publish: Publish,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    root = publish()
    corner.push(root)
    root = publish(1)
    _fail(corner, "full", monkeypatch)
    told = corner.push(root)
    assert [d.arrived for d in told] == [False]
    assert ("[secret]" in told[0].message) == (corner.target.kind == "s3")  # our store quotes it when it is full
    assert SECRET not in " ".join(d.message for d in told)
    assert not any(SECRET.encode() in content for content in corner.read().values())
    printed = capfd.readouterr()
    assert SECRET not in printed.out + printed.err
    _nowhere(SECRET, caplog, root)


def _nowhere(secret: str, caplog: pytest.LogCaptureFixture, root: Path) -> None:
    """The secret is in no log line and no file of the profile."""
    assert [
        r.name for r in caplog.records if secret in r.getMessage() and r.name.split(".")[0] in ("assets", "partners", "paramiko")
    ] == []
    files = [path for path in root.rglob("*") if path.is_file()]
    assert root / "pushed.json" in files
    assert [path for path in files if secret.encode() in path.read_bytes()] == []


def test_half_a_key_is_no_key(bucket: Any, publish: Publish) -> None:
    del bucket.environ["PARTNERS_PUSH_MY_STORE_SECRET"]
    (told,) = bucket.push(publish())
    assert "only one of PARTNERS_PUSH_MY_STORE_KEY and PARTNERS_PUSH_MY_STORE_SECRET is set" in told.message


@pytest.mark.parametrize(("library", "kind"), [("s3fs", "bucket"), ("paramiko", "sftp")])
def test_a_library_that_is_missing_says_how_to_get_it(
    library: str, kind: str, request: pytest.FixtureRequest, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    corner = request.getfixturevalue(kind)
    monkeypatch.setitem(__import__("sys").modules, library, None)
    (told,) = corner.push(publish())
    assert f"{library} is not installed; run pip install --editable '.[push]' --constraint constraints.txt" in told.message


# --- hosts ----------------------------------------------------------------------------------------------------------


def test_an_unknown_host_is_refused_with_its_fingerprint(sftp: Any, publish: Publish) -> None:
    sftp.more["known_hosts"].write_text("")
    root = publish()
    (told,) = sftp.push(root)
    assert sftp.server.host_key.fingerprint in told.message and "ask whoever runs the server" in told.message
    line = told.message.partition("the line: ")[2]
    sftp.more["known_hosts"].write_text(line + "\n")
    (told,) = sftp.push(root)
    assert told.arrived, told.message


def test_a_host_whose_key_has_changed_is_refused(sftp: Any, servers: Any, publish: Publish) -> None:
    sftp.more["known_hosts"].write_text(sftp.server.known_hosts_line(servers.paramiko.ECDSAKey.generate()))
    (told,) = sftp.push(publish())
    assert "has changed" in told.message and sftp.server.host_key.fingerprint in told.message
    assert sftp.server.puts == []


def test_what_is_remembered_names_places_and_no_more(folder: Any, publish: Publish) -> None:
    root = publish()
    folder.push(root)
    found = json.loads((root / "pushed.json").read_text())
    assert set(found) == {"share"}
    assert set(found["share"]) == {"to", "version", "at_utc", "failed"}
