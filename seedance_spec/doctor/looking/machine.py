"""What is seen of the machine: versions, media libraries, and a disk on trial, whose trial file does not stay."""

from __future__ import annotations

import fcntl
import os
import platform
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from seedance_spec import __version__
from seedance_spec.clips.probe import library_versions
from seedance_spec.doctor.machine import DiskSight, MediaSight, ProgramSight, file_system_of

_MOUNTS = Path("/proc/self/mountinfo")
_TRIAL = b"seedance-spec doctor: does a file last here?\n"


def see_program() -> ProgramSight:
    return ProgramSight(version=__version__, python=platform.python_version(), system=platform.system())


def see_media() -> MediaSight:
    """Loads both libraries: one that is installed and cannot be loaded is of no use. Blocking."""
    av, pillow = library_versions()
    return MediaSight(av=av, pillow=pillow)


def see_disk(folder: Path, *, shown: str, now: Callable[[], float]) -> DiskSight:
    """A trial of the folder that keeps what is paid for. `now` gives seconds. Blocking."""
    free, kind = _free(folder), file_system_of(_mounts(), str(folder.resolve()))
    try:
        seconds = _tried(folder, now)
    except OSError as error:
        return DiskSight(folder=shown, free=free, kind=kind, fault=error.strerror or str(error))
    return DiskSight(folder=shown, free=free, kind=kind, fsync_seconds=seconds)


def _tried(folder: Path, now: Callable[[], float]) -> float:
    """Do what journal, lockfile and store do with their files, and take it away. The seconds that fsync took."""
    draft = folder / f".doctor-{secrets.token_hex(8)}"
    final = draft.with_suffix(".tried")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.write(_TRIAL)
            file.flush()
            began = now()
            os.fsync(descriptor)
            seconds = now() - began
        draft.rename(final)
        _sync(folder)
        return max(0.0, seconds)
    finally:
        for path in (draft, final):
            with suppress(FileNotFoundError):
                path.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _mounts() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
