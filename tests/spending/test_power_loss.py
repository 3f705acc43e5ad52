"""The power goes after any change to the disk: lockfile and clips are the old ones or the new ones, never torn."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from seedance_spec.clips.store import Store
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from tests.lab.disk import Disk, Happened
from tests.lab.recorder import recording
from tests.support.facts import an_attempt

DRAWS = 6
CLIP = bytes(range(256)) * 64


def _after_each_change(root: Path, events: Sequence[Happened]) -> Iterator[dict[str, bytes]]:
    """Every disk that a power loss may leave after every prefix of what happened: name below the root → content."""
    for count in range(len(events) + 1):
        disk = Disk(Path(os.path.realpath(root)))
        for event in events[:count]:
            disk.apply(event)
        for _, files in disk.crashes(Random(count), draws=DRAWS):
            yield {os.path.relpath(path, os.path.realpath(root)): content for path, content in files.items()}


def _bought(name: str) -> Facts:
    return Facts.of(an_attempt(attempt_id=name))


def test_a_lockfile_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    """Two merges are recorded: whatever survives parses to nothing, to the first fact, or to both."""
    (tmp_path / "specs").mkdir()
    lockfile = LockFile(
        tmp_path / "specs" / "seedance.lock", root=tmp_path, write_lock=tmp_path / ".seedance" / "flock"
    )
    with recording(tmp_path) as events:
        lockfile.merge(_bought("a" * 56))
        first = (tmp_path / "specs" / "seedance.lock").read_bytes()
        lockfile.merge(_bought("b" * 56))
    both = (tmp_path / "specs" / "seedance.lock").read_bytes()

    found = {files.get("specs/seedance.lock") for files in _after_each_change(tmp_path, events)}

    assert found == {None, first, both}


def test_a_merge_that_has_returned_is_on_the_disk(tmp_path: Path) -> None:
    """After the last change every disk that a power loss may leave holds the fact."""
    (tmp_path / "specs").mkdir()
    lockfile = LockFile(
        tmp_path / "specs" / "seedance.lock", root=tmp_path, write_lock=tmp_path / ".seedance" / "flock"
    )
    with recording(tmp_path) as events:
        lockfile.merge(_bought("a" * 56))
    written = (tmp_path / "specs" / "seedance.lock").read_bytes()

    last = list(_after_each_change(tmp_path, events))[-DRAWS:]

    assert {files["specs/seedance.lock"] for files in last} == {written}


def test_a_clip_under_its_digest_is_whole(tmp_path: Path) -> None:
    """A clip that is admitted to the store is nowhere torn: its name appears with all its bytes, or not."""
    store = Store(tmp_path / ".seedance" / "store")
    with recording(tmp_path) as events:
        part = store.open_part("attempt-1")
        for at in range(0, len(CLIP), 4096):
            part.append(CLIP[at : at + 4096])
        digest = store.admit(part, "mp4", kept_as="attempt-1")

    seen = 0
    for files in _after_each_change(tmp_path, events):
        for name, content in files.items():
            if name.endswith(".mp4"):
                seen += 1
                assert sha256(content).hexdigest() == digest

    assert seen > 0


def test_the_replay_would_notice_a_missing_fsync(tmp_path: Path) -> None:
    """The same recording without its fsyncs of files leaves torn files: the check above can fail."""
    store = Store(tmp_path / ".seedance" / "store")
    with recording(tmp_path) as events:
        part = store.open_part("attempt-1")
        part.append(CLIP)
        digest = store.admit(part, "mp4")
    careless = [event for event in events if event.op != "sync"]

    clips = [
        content
        for files in _after_each_change(tmp_path, careless)
        for name, content in files.items()
        if name.endswith(".mp4")
    ]

    assert any(sha256(content).hexdigest() != digest for content in clips)


@pytest.mark.parametrize("survives", ["nothing more", "names without bytes", "bytes without names", "everything"])
def test_what_was_fsynced_is_on_every_disk(survives: str) -> None:
    """The model itself: bytes and names that were made durable are there, whatever else is lost."""
    disk = Disk(Path("/d"))
    for op, inode, path, data in (
        ("create", 7, "/d/f", b""),
        ("write", 7, "/d/f", b"old"),
        ("sync", 7, "/d/f", b""),
        ("syncdir", 1, "/d", b""),
        ("write", 7, "/d/f", b"new"),
    ):
        disk.apply(Happened(op=op, inode=inode, offset=0, path=path, target="", data=data))

    left = dict(disk.crashes(Random(0), draws=0))[survives]

    assert left == {"/d/f": b"new" if survives in {"bytes without names", "everything"} else b"old"}
