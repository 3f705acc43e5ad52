"""The file under the journal: made private, opened durable, noticed when it goes. No word of attempts may enter."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from seedance_spec.journal.faults import JournalBusy, JournalFault

SCHEMA_VERSION = 1
BUSY_SECONDS = 10.0

_SCHEMA = """
CREATE TABLE attempts (
    id TEXT NOT NULL UNIQUE,
    content_hash TEXT NOT NULL,
    take INTEGER NOT NULL,
    realm TEXT NOT NULL,
    fact TEXT NOT NULL,
    mark TEXT NOT NULL,
    owner TEXT NOT NULL,
    released TEXT
);
CREATE TABLE claims (
    content_hash TEXT NOT NULL,
    take INTEGER NOT NULL,
    attempt_id TEXT NOT NULL UNIQUE REFERENCES attempts (id),
    PRIMARY KEY (content_hash, take)
) WITHOUT ROWID;
CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt_id TEXT NOT NULL,
    at REAL NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX inbox_of_attempt ON inbox (attempt_id, seq);
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    beat_at REAL NOT NULL
) WITHOUT ROWID;
"""

_BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class Database:
    """One SQLite file in WAL mode, every commit fsynced. Safe to be used by several threads and processes."""

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open the file, or make it (0600). Raises JournalFault."""
        self._path = path
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
            if version > SCHEMA_VERSION:
                raise JournalFault(f"{self._path} was written by a newer version of seedance-spec: update this one")
            if version == 0:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

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
            raise _fault(error, self._path) from error
        except OSError as error:
            raise JournalFault(f"{self._path} cannot be used: {error.strerror or error}") from error


def _make_private(path: Path) -> tuple[int, int]:
    """Device and inode of the file, made empty where there is none; SQLite gives its side files the same mode."""
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        found = os.fstat(opened)
    finally:
        os.close(opened)
    if is_new:
        _sync_folder(path.parent)
        _sync_folder(path.parent.parent)
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


def _fault(error: sqlite3.Error, path: Path) -> JournalFault:
    match _code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return JournalBusy(f"{path} is locked by another process that does not finish: try again later")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return JournalFault(f"{path} is damaged: move it away; what the lockfile knows is not lost")
        case sqlite3.SQLITE_FULL:
            return JournalFault(f"{path} cannot be written: the disk is full")
        case _:
            return JournalFault(f"{path} cannot be used: {error}")


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; -1 for a complaint of Python's own."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF
