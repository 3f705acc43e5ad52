"""Folders held by descriptor, so that no planted link is ever followed (D10). No clip and no network may enter."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from seedance_spec.clips.faults import StoreFault

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LINK = frozenset({errno.ELOOP, errno.ENOTDIR})


@contextmanager
def disk_faults(what: str) -> Iterator[None]:
    """Whatever the system refuses in here becomes a StoreFault that says what was being done."""
    try:
        yield
    except OSError as error:
        full = error.errno in _FULL
        why = "the disk is full" if full else (error.strerror or str(error))
        raise StoreFault(f"{what}: {why}", disk_full=full) from error


@contextmanager
def folder(anchor: Path, names: Sequence[str], *, mode: int | None = None) -> Iterator[int]:
    """A descriptor of the folder `names` below `anchor`; missing ones are made where `mode` is given.

    `anchor` is the user's own choice and may be reached through links; below it none is followed. Raises
    FileNotFoundError, and StoreFault where a link or a file stands in the way.
    """
    held = os.open(anchor, _FOLDER)
    try:
        for depth, name in enumerate(names):
            deeper = _step(held, name, "/".join(names[: depth + 1]), mode)
            os.close(held)
            held = deeper
        yield held
    finally:
        os.close(held)


def _step(held: int, name: str, shown: str, mode: int | None) -> int:
    if mode is not None:
        with suppress(FileExistsError):
            os.mkdir(name, mode, dir_fd=held)
            os.fsync(held)
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=held)
    except OSError as error:
        if error.errno in _LINK:
            raise StoreFault(f"{shown} is a link or a file where a folder must be: nothing is written there") from error
        raise


def plain_file(held: int, name: str) -> os.stat_result | None:
    """What `name` is, if it is a file and no link; else None."""
    try:
        found = os.stat(name, dir_fd=held, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def open_plain(held: int, name: str, flags: int) -> int:
    """Open a file that exists. A link, a pipe or a device is refused without touching it."""
    descriptor = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=held)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise StoreFault(f"{name} is not a file")
    return descriptor


@contextmanager
def replacing(held: int, name: str, mode: int) -> Iterator[int]:
    """A new file that takes the place of `name` when the block ends well: durable, and whole or not at all.

    A link that was planted at `name` is replaced, not followed.
    """
    draft = f".{os.urandom(8).hex()}.tmp"
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=held)
    try:
        yield descriptor
        os.fsync(descriptor)
        os.rename(draft, name, src_dir_fd=held, dst_dir_fd=held)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=held)
        raise
    finally:
        os.close(descriptor)
    os.fsync(held)
