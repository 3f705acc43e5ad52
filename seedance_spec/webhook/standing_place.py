"""The state folder of a standing receiver: one process at a time, and how others find it. No record may enter."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

RECORDS_FILE = "receiver.db"
ENDPOINT_FILE = "receiver.json"

_LOCK_FILE = "lock"
_TRIES, _BETWEEN_SECONDS = 4, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A receiver that runs: where this machine reaches it, where others do as far as it was told, its process."""

    url: str
    pid: int
    public_url: str | None = None


@contextmanager
def alone(state: Path) -> Iterator[bool]:
    """Whether this process has the folder to itself until the block is left. Its lock ends with it, however it ends.

    Makes the folder, for its user only. Raises OSError.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = _open_lock(state)
    try:
        yield _locked(held)
    finally:
        os.close(held)


@contextmanager
def announced(state: Path, running: Running) -> Iterator[None]:
    """receiver.json while the block runs: whole or not there, for its user only."""
    path = state / ENDPOINT_FILE
    draft = path.with_name(f"{path.name}.{running.pid}")
    fields = {"url": running.url, "pid": running.pid, "public_url": running.public_url}
    draft.unlink(missing_ok=True)
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(json.dumps(fields) + "\n")
    draft.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running(state: Path) -> Running | None:
    """The receiver that runs on this folder, None where none does: what a killed one left behind counts for nothing."""
    try:
        fields = json.loads((state / ENDPOINT_FILE).read_text(encoding="utf-8"))
        found = Running(url=str(fields["url"]), pid=int(fields["pid"]), public_url=fields.get("public_url"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return found if _is_taken(state) else None


def _open_lock(state: Path) -> int:
    return os.open(state / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _locked(held: int) -> bool:
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        # Somebody may only be looking whether the folder is taken.
        time.sleep(_BETWEEN_SECONDS)
    return False


def _is_taken(state: Path) -> bool:
    try:
        looked = _open_lock(state)
    except OSError:
        return False
    try:
        fcntl.flock(looked, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(looked)
