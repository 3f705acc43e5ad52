"""The lockfile on disk: read, merge, replace. The only module of this room that touches files; no network may enter."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.text import parse_lock, render_lock
from seedance_spec.specfiles.diagnostic import Diagnostic

# Bytes that are not UTF-8 go through reading and writing unharmed: their line is no fact, but it is not ours to mend.
_ENCODING, _ERRORS = "utf-8", "surrogateescape"


class LockFileFault(Exception):  # noqa: N818 - a fault in the glossary's sense: the disk refuses, the program is right
    """The lockfile cannot be read or written. Its text says which file and why; nothing was changed."""


class LockFile:
    """One realm's lockfile.

    `root` is the project folder, which the file must not leave by links (D10: what a pull request can edit moves no
    file); `write_lock` a file outside of git that processes hold while they write.
    """

    def __init__(self, path: Path, *, root: Path, write_lock: Path) -> None:
        self._path = path
        self._root = root
        self._write_lock = write_lock
        self._name = path.relative_to(root).as_posix()

    def read(self) -> tuple[Facts, tuple[Diagnostic, ...]]:
        """The facts and what is wrong with the text; no file is no fact. Raises LockFileFault."""
        with self._faults("read"):
            return parse_lock(self._text() or "", self._name)

    def part(self, places: Iterable[tuple[int, int]]) -> Facts:
        """The facts of the lines that begin at these bytes and are so many bytes long. Raises LockFileFault, also
        where other lines stand there by now.
        """
        with self._faults("read"):
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                lines = [os.pread(descriptor, size, start) for start, size in places]
            finally:
                os.close(descriptor)
        facts, complaints = parse_lock(b"\n".join(lines).decode(_ENCODING, _ERRORS), self._name)
        if complaints or len([*facts]) != len(lines):
            raise LockFileFault(f"{self._name} was written meanwhile")
        return facts

    def places(self) -> Iterator[tuple[int, bytes]]:
        """Every line with the byte that it begins at. Raises LockFileFault."""
        with self._faults("read"):
            text = (self._text() or "").encode(_ENCODING, _ERRORS)
        start = 0
        for line in text.split(b"\n"):
            yield start, line
            start += len(line) + 1

    def sight(self) -> tuple[int, ...] | None:
        """How the file looks from outside: what has changed since looks different. None where there is none."""
        try:
            seen = self._path.lstat()
        except OSError:
            return None
        return seen.st_ino, seen.st_size, seen.st_mtime_ns

    def merge(self, facts: Facts) -> Facts:
        """Add facts to whatever the file holds by now and return the union. Atomic; durable when it returns.

        A file that already says so, in canonical form, is not touched. Raises LockFileFault; SecretInLockError for a
        fact that may not be written.
        """
        return self.grow(lambda _: facts)

    def grow(self, more: Callable[[Facts], Facts]) -> Facts:
        """Like `merge`, with facts that depend on those the file holds: nobody else writes in between."""
        with self._faults("written"), self._held():
            before = self._text()
            held, _ = parse_lock(before or "", self._name)
            merged = held.merge(more(held))
            after = render_lock(merged)
            if after != (before or ""):
                self._replace(after)
            return merged

    def _text(self) -> str | None:
        """What the file says now; None when there is none."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise LockFileFault(f"{self._name} is not a file")
            return file.read().decode(_ENCODING, _ERRORS)

    def _replace(self, text: str) -> None:
        """Only the holder of the write lock comes here, so a temporary file that exists was left by a dead one."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f".{self._path.name}.tmp")
        temporary.unlink(missing_ok=True)
        try:
            _write_durably(temporary, text.encode(_ENCODING, _ERRORS))
            temporary.replace(self._path)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        _sync_folder(self._path.parent)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """The right to write, among the processes of this machine; it ends with the process, however that ends."""
        self._write_lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._write_lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _stays_inside(self) -> bool:
        try:
            return self._path.parent.resolve().is_relative_to(self._root.resolve())
        except RuntimeError:  # links in a circle (Python < 3.13)
            return False

    @contextmanager
    def _faults(self, done: str) -> Iterator[None]:
        try:
            if self._path.is_symlink() or not self._stays_inside():
                raise LockFileFault(f"{self._name} is behind a link: it must be a file of the project itself")
            yield
        except OSError as fault:
            raise LockFileFault(f"{self._name} cannot be {done}: {fault.strerror or fault}") from fault


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o644)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
