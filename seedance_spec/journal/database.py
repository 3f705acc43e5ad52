"""A durable file of ours: made private, opened safely, noticed when it goes. No word of attempts may enter."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seedance_spec.journal.faults import JournalBusy, JournalFault

BUSY_SECONDS = 10.0

_BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What a file holds. Each step is SQL that brings a file of the version before up to the next; the first makes it.

    `if_damaged` is what to tell whoever meets a file that SQLite cannot read any more.
    """

    steps: Sequence[str]
    if_damaged: str


class Database:
    """One SQLite file in WAL mode, every commit fsynced. Safe to be used by several threads and processes."""

    def __init__(self, path: Path, schema: Schema, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open the file, or make it (0600), at the schema's newest version. Raises JournalFault."""
        self._path = path
        self._schema = schema
        self._turn = threading.RLock()
        with self._telling():
            self._identity = _make_private(path)
            self._connection = _connect(path, busy_seconds)
            try:
                self._prepare(busy_seconds)
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that has the write lock from its first line and is durable when the block is left."""
        with self._turn, self._telling():
            self._check_in_place()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._check_in_place()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._turn, self._telling():
            self._check_in_place()
            yield self._connection

    def close(self) -> None:
        with self._turn:
            self._connection.close()

    def _prepare(self, busy_seconds: float) -> None:
        _patiently(lambda: self._connection.execute("PRAGMA journal_mode=WAL").fetchone(), busy_seconds)
        for pragma in ("synchronous=FULL", "mmap_size=0", "foreign_keys=ON", "trusted_schema=OFF"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self.writing() as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > len(self._schema.steps):
                raise JournalFault(f"{self._path} was written by a newer version of seedance-spec: update this one")
            for reached, step in enumerate(self._schema.steps[version:], version + 1):
                for statement in filter(str.strip, step.split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={reached}")

    def _check_in_place(self) -> None:
        """Whatever is written to a file that has lost its name is lost: better to stop before money is spent."""
        try:
            found = self._path.stat()
        except OSError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != self._identity:
            raise JournalFault(f"{self._path} was deleted or replaced while in use: start the command again")

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._fault(error) from error
        except OSError as error:
            raise JournalFault(f"{self._path} cannot be used: {error.strerror or error}") from error

    def _fault(self, error: sqlite3.Error) -> JournalFault:
        match _code(error):
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return JournalBusy(f"{self._path} is locked by another process that does not finish: try again later")
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                return JournalFault(f"{self._path} is damaged: {self._schema.if_damaged}")
            case sqlite3.SQLITE_FULL:
                return JournalFault(f"{self._path} cannot be written: the disk is full")
            case _:
                return JournalFault(f"{self._path} cannot be used: {error}")


def _make_private(path: Path) -> tuple[int, int]:
    """Device and inode of the file, made empty where there is none; SQLite gives its side files the same mode.

    A file that exists is never opened here: closing it again would take away the locks of every connection that this
    process has to it, and another process that closes it would then delete the log under their feet.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a plain file") from None
        return found.st_dev, found.st_ino
    _sync_folder(path.parent)
    _sync_folder(path.parent.parent)
    found = path.lstat()
    return found.st_dev, found.st_ino


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False)


def _patiently(attempt: Callable[[], object], busy_seconds: float) -> None:
    """SQLite does not wait by itself for the lock that a change of journal mode needs."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            attempt()
        except sqlite3.OperationalError as error:
            if _code(error) not in _BUSY_CODES or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; -1 for a complaint of Python's own."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF
