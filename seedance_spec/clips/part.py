"""A download on its way to the store: one open file that survives whatever happens to us. No network may enter."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from hashlib import sha256
from types import TracebackType
from typing import Self

from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.folders import disk_faults

_BLOCK = 1 << 20


class Part:
    """Bytes that are not yet known to be whole. Closing keeps them: what was paid for is never deleted by itself.

    Made by `Store.open_part`, which holds the file locked for this process. All methods but `size` block; they raise
    StoreFault where the disk refuses.
    """

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size

    @property
    def size(self) -> int:
        """How many bytes are here."""
        return self._size

    @property
    def descriptor(self) -> int:
        """The open file, for the store and the checks of this room."""
        return self._descriptor

    def reserve(self, length: int) -> None:
        """Learn now whether the disk has room for `length` bytes, before bandwidth is spent on them.

        The room is given back at once: the file's size is the record of what has arrived.
        """
        if length <= self._size or not hasattr(os, "posix_fallocate"):
            return
        with disk_faults(f"{_megabytes(length)} cannot be kept"):
            try:
                os.posix_fallocate(self._descriptor, 0, length)
            finally:
                os.ftruncate(self._descriptor, self._size)

    def append(self, data: bytes | bytearray) -> None:
        """Add bytes at the end. What of them arrived on the disk before it refused stays."""
        rest = memoryview(data)
        with disk_faults("the clip cannot be kept"):
            while rest:
                written = os.pwrite(self._descriptor, rest, self._size)
                self._size += written
                rest = rest[written:]

    def cut(self, size: int) -> None:
        """Forget everything from `size` on."""
        with disk_faults("the clip cannot be kept"):
            os.ftruncate(self._descriptor, size)
        self._size = min(self._size, size)

    def read(self, offset: int, count: int) -> bytes:
        return os.pread(self._descriptor, count, offset)

    def sha256(self) -> str:
        """The digest of what lies on the disk, read back: 64 hex."""
        return digest_of(self.read)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def hold(descriptor: int, name: str) -> None:
    """Lock an open part for this process. Raises StoreFault where another one, or another task, holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreFault(f"{name} is being downloaded by another process", busy=True) from error


def digest_of(read: Callable[[int, int], bytes]) -> str:
    """SHA-256 of a whole file by its reader: 64 hex."""
    digest, at = sha256(), 0
    while block := read(at, _BLOCK):
        digest.update(block)
        at += len(block)
    return digest.hexdigest()


def _megabytes(length: int) -> str:
    return f"{length / 1_000_000:.1f} MB"
