"""Writing an answer down: atomic, disposable, only below a .seedance/ that is there. What cannot be kept is let go."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.folders import folder
from seedance_spec.plan_cache.kept import ANSWER, name_of, packed
from seedance_spec.plan_cache.recall import FOLDER
from seedance_spec.plan_cache.sight import look, older

MOST_ANSWERS = 8
"""Kept at a time: one for each way of asking that a person or a script really uses."""

_FILE_MODE, _FOLDER_MODE = 0o600, 0o700
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_STAMP = "stamp"


def stamp(root: Path) -> int | None:
    """The time by the clock of the project's disk, in nanoseconds: to be taken before anything is read. None where no
    answer can be kept: no .seedance/, a link in its place, a disk that cannot be written.
    """
    try:
        with folder(root, FOLDER[:1]), folder(root, FOLDER, mode=_FOLDER_MODE) as held:
            descriptor = os.open(_STAMP, _WRITE, _FILE_MODE, dir_fd=held)
            try:
                os.pwrite(descriptor, b".", 0)
                return os.fstat(descriptor).st_mtime_ns
            finally:
                os.close(descriptor)
    except (OSError, StoreFault):
        return None


def keep(
    root: Path, asked: bytes, paths: Sequence[bytes], said: Sequence[str], *, since: int, kind: str = ANSWER
) -> bool:
    """Remember what was said, with how `paths` look. Nothing is kept unless all of them are older than `since`, the
    stamp: whatever changed while they were read is newer. Never raises for what the disk refuses.
    """
    sights = look(paths)
    if not older(sights, since):
        return False
    with suppress(OSError, StoreFault), folder(root, FOLDER) as held:
        _replace(held, name_of(asked, kind), packed(asked, paths, sights, said))
        _forget_the_oldest(held, kind)
        return True
    return False


def _replace(held: int, name: str, data: bytes) -> None:
    """Not made durable: an answer that a power cut tears has a wrong checksum, and costs one reading."""
    draft = f"{name}.{os.urandom(6).hex()}.tmp"
    descriptor = os.open(draft, _WRITE | os.O_EXCL, _FILE_MODE, dir_fd=held)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.rename(draft, name, src_dir_fd=held, dst_dir_fd=held)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft, dir_fd=held)
        raise


def _forget_the_oldest(held: int, kind: str) -> None:
    """Drafts that a sudden end left count as answers here, and go as those do."""
    names = [name for name in os.listdir(held) if name.startswith(f"{kind}-")]
    by_age = sorted(names, key=lambda name: os.stat(name, dir_fd=held, follow_symlinks=False).st_mtime_ns)
    for name in by_age[:-MOST_ANSWERS]:
        os.unlink(name, dir_fd=held)
