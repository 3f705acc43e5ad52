"""Who is at work in a project: runs side by side, or one that tidies the store. It ends with the process; no data."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seedance_spec.journal.faults import JournalBusy, JournalFault


@contextmanager
def at_work(lock: Path) -> Iterator[None]:
    """Beside other runs, while nobody deletes or moves stored bytes. Raises JournalBusy where somebody does."""
    with _held(lock, fcntl.LOCK_SH, "prune or verify is at work in this project: try again when it has ended"):
        yield


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """While no run is at work. Raises JournalBusy where one is."""
    with _held(lock, fcntl.LOCK_EX, "another seedance-spec is at work in this project: try again when it has ended"):
        yield


@contextmanager
def _held(lock: Path, how: int, busy: str) -> Iterator[None]:
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise JournalFault(f"{lock.name} cannot be opened: {fault.strerror or fault}") from fault
    try:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalBusy(busy) from None
        yield
    finally:
        os.close(descriptor)
