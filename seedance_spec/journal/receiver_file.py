"""What a standing receiver keeps: events of many projects, and who may pay for which take. No belief in a body."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from seedance_spec.attempts.attempt_id import read_attempt_id
from seedance_spec.journal import receiver_claims, receiver_notices
from seedance_spec.journal.database import Database, Schema
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.inbox import MAX_BODY, MAX_PER_ATTEMPT, Delivery, evidence
from seedance_spec.webhook.feed_protocol import (
    MOST_EVENTS,
    MOST_PAGE_BYTES,
    Answer,
    CallbackEvent,
    ClaimEvent,
    ClaimRequest,
    FeedEvent,
    FeedPage,
    Outcome,
    Said,
    SharedClaim,
)

MAX_BYTES = 1 << 30
KEPT_SECONDS = 8 * 86_400
"""How long an event waits for its reader. A result's links are dead long before."""

SMALL_BODY = 4 * 1024
"""Bytes that are kept of a body which does not say that the task has ended."""

BUSY_SECONDS = 2.0
"""Shorter than a sender waits: it hears 503 rather than nothing."""

_FORGOTTEN_AT_ONCE = 512
_ENDED = frozenset({"succeeded", "failed", "expired", "cancelled"})

_EVENTS = """
CREATE TABLE about (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO about VALUES ('epoch', lower(hex(randomblob(8))));
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    project TEXT NOT NULL,
    attempt TEXT NOT NULL,
    at REAL NOT NULL,
    outcome TEXT,
    task_id TEXT,
    body BLOB
);
CREATE INDEX events_of_project ON events (project);
CREATE INDEX callbacks_of_attempt ON events (attempt) WHERE outcome IS NULL;
"""

RECEIVER = Schema(
    steps=(_EVENTS + receiver_claims.TABLES, receiver_notices.TABLES),
    if_damaged="restore it from a backup, or move it away while no apply is under way, for its claims go with it",
)

_PAGE = "SELECT seq, attempt, at, outcome, task_id, body FROM events WHERE project = ? AND seq > ? ORDER BY seq LIMIT ?"
_OLDEST = "SELECT at FROM events ORDER BY seq LIMIT 1"
_FORGET = (
    "DELETE FROM events WHERE seq <="
    " (SELECT max(seq) FROM (SELECT seq, at FROM events ORDER BY seq LIMIT ?) WHERE at < ?)"
)
_CALLBACKS = "INSERT INTO events (project, attempt, at, body) VALUES "
_MOST_ROWS = 128
_SURPLUS = (
    "DELETE FROM events WHERE seq IN (SELECT callback.seq FROM json_each(?1) AS told, events AS callback"
    " WHERE callback.attempt = told.value AND callback.outcome IS NULL AND callback.seq <="
    " (SELECT seq FROM events WHERE attempt = told.value AND outcome IS NULL ORDER BY seq DESC LIMIT 1 OFFSET ?2)"
    " AND callback.seq > (SELECT min(seq) FROM events WHERE attempt = told.value AND outcome IS NULL))"
)
"""Callbacks of these attempts (a JSON list) between the first and the newest so many."""


class ReceiverFile:
    """`webhook.group_commit.Inbox` and `webhook.standing.Records` over one SQLite file (D15).

    Every call that writes is durable when it returns; all raise JournalFault where they cannot be answered. Readers
    wait neither for a commit nor for another process. Beyond `max_bytes` callbacks are refused and claims are not.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._writing = Database(path, RECEIVER, busy_seconds=busy_seconds)
        try:
            self._reading = Database(path, RECEIVER, busy_seconds=busy_seconds)
        except BaseException:
            self._writing.close()
            raise
        self.epoch = self._read_epoch()

    def close(self) -> None:
        self._reading.close()
        self._writing.close()

    def receive_all(self, batch: Sequence[Delivery]) -> Sequence[int]:
        """Put callbacks down in one durable step, all or none; their sequence numbers. What is too old goes."""
        if not batch:
            return ()
        with self._writing.writing() as db:
            _forget(db, before=max(at for _, _, at in batch) - KEPT_SECONDS)
            is_full = _bytes_in_use(db) > self._max_bytes
            last = 0 if is_full else _put_down(db, batch)
        if is_full:
            raise JournalFault(f"{self._path} has reached its limit of {self._max_bytes} bytes: see --max-disk")
        return range(last - len(batch) + 1, last + 1)

    def events(
        self,
        project: str,
        *,
        after: int,
        epoch: str | None = None,
        limit: int = MOST_EVENTS,
        most_bytes: int = MOST_PAGE_BYTES,
    ) -> FeedPage:
        """The project's events behind a cursor. From the first one where the cursor is not of this file: its epoch is
        another, or the file is an older copy of itself and has not come so far yet.
        """
        with self._reading.reading() as db:
            is_foreign = epoch not in {None, self.epoch} or after > _latest(db)
            since = 0 if is_foreign else after
            stored = db.execute(_PAGE, (project, since, limit))
            events = tuple(_fitting(map(event_of, stored), most_bytes))
        return FeedPage(epoch=self.epoch, next=events[-1].seq if events else since, events=events)

    def news(self, *, after: int) -> tuple[int, frozenset[str]]:
        """The latest sequence number, and the projects that have an event behind `after`, whoever wrote it."""
        with self._reading.reading() as db:
            latest = _latest(db)
            if latest <= after:
                return latest, frozenset()
            told = db.execute("SELECT DISTINCT project FROM events WHERE seq > ?", (after,)).fetchall()
        return latest, frozenset(project for (project,) in told)

    def claim(self, request: ClaimRequest, *, at: float) -> Answer:
        """Grant (project, realm, content hash, take) to the attempt, or say who holds it. Raises ValueError for an
        attempt id that names no project.
        """
        parts = read_attempt_id(request.attempt_id)
        if parts is None or parts.imported:
            raise ValueError("an attempt that names no project claims nothing")
        place = (parts.project, parts.realm.value, request.content_hash, request.take)
        with self._writing.writing() as db:
            return receiver_claims.claim(db, place, request, at)

    def report(self, attempt_id: str, said: Said, *, at: float) -> SharedClaim | None:
        """What became of a claimed POST; the claim as it stands now, None where there is none. Only forward."""
        with self._writing.writing() as db:
            changed, claim = receiver_claims.report(db, attempt_id, said)
            if changed:
                _tell(db, attempt_id, said, at)
        return claim

    def claim_of(self, attempt_id: str) -> SharedClaim | None:
        with self._reading.reading() as db:
            return receiver_claims.find(db, attempt_id)

    def _read_epoch(self) -> str:
        with self._reading.reading() as db:
            (epoch,) = db.execute("SELECT value FROM about WHERE name = 'epoch'").fetchone()
        return str(epoch)


def _forget(db: sqlite3.Connection, *, before: float) -> None:
    """Some of what is too old: no single commit pays for all of it."""
    oldest = db.execute(_OLDEST).fetchone()
    if oldest is not None and oldest[0] < before:
        db.execute(_FORGET, (_FORGOTTEN_AT_ONCE, before))


def _put_down(db: sqlite3.Connection, batch: Sequence[Delivery]) -> int:
    """The last sequence number; the batch has those up to it, since nobody else writes meanwhile."""
    projects = {attempt_id: _project(attempt_id) for attempt_id, _, _ in batch}
    rows = [(projects[attempt_id], attempt_id, at, _kept(body)) for attempt_id, body, at in batch]
    _insert(db, rows)
    (last,) = db.execute("SELECT last_insert_rowid()").fetchone()
    told = json.dumps(list(projects))
    db.execute(_SURPLUS, (told, MAX_PER_ATTEMPT - 1))
    receiver_claims.called_back(db, told)
    return int(last)


def _insert(db: sqlite3.Connection, rows: Sequence[tuple[str, str, float, bytes]]) -> None:
    """Many rows a statement. Each statement costs a change of threads, and under a flood those cost more than the rows;
    powers of two, for SQLite to know each of the few statements again.
    """
    done = 0
    while done < len(rows):
        count = min(_MOST_ROWS, 1 << (len(rows) - done).bit_length() - 1)
        values = [value for row in rows[done : done + count] for value in row]
        db.execute(_CALLBACKS + ",".join(["(?, ?, ?, ?)"] * count), values)
        done += count


def _project(attempt_id: str) -> str:
    """The project's name in its attempt ids; none for an id that a newer version made: a later one may route it."""
    parts = read_attempt_id(attempt_id)
    return "" if parts is None else parts.project


def _kept(body: bytes) -> bytes:
    if len(body) <= SMALL_BODY:
        return body
    _, status = evidence(body[:MAX_BODY])
    return body[: MAX_BODY if status in _ENDED else SMALL_BODY]


def _tell(db: sqlite3.Connection, attempt_id: str, said: Said, at: float) -> None:
    row = (_project(attempt_id), attempt_id, at, said.outcome.value, said.task_id)
    db.execute("INSERT INTO events (project, attempt, at, outcome, task_id) VALUES (?, ?, ?, ?, ?)", row)


def event_of(stored: tuple[int, str, float, str | None, str | None, bytes | None]) -> FeedEvent:
    """A row of `events`: seq, attempt, at, outcome, task_id, body."""
    seq, attempt_id, at, outcome, task_id, body = stored
    if outcome is None:
        return CallbackEvent(seq=seq, attempt_id=attempt_id, at=at, body=body or b"")
    return ClaimEvent(seq=seq, attempt_id=attempt_id, at=at, outcome=Outcome(outcome), task_id=task_id)


def _fitting(events: Iterator[FeedEvent], most_bytes: int) -> Iterator[FeedEvent]:
    """The first of them that go into a page; one is always given."""
    used = 0
    for nth, event in enumerate(events):
        used += len(event.body) if isinstance(event, CallbackEvent) else 0
        if nth and used > most_bytes:
            return
        yield event


def _latest(db: sqlite3.Connection) -> int:
    """The greatest sequence number that was ever given, also where its event is forgotten."""
    found = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return 0 if found is None else int(found[0])


def _bytes_in_use(db: sqlite3.Connection) -> int:
    sizes = (db.execute(f"PRAGMA {each}").fetchone() for each in ("page_count", "freelist_count", "page_size"))
    (pages,), (free,), (size,) = sizes
    return int((pages - free) * size)
