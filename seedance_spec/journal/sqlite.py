"""The journal on this machine: marks, claims and the inbox in one SQLite file. No network may enter."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from seedance_spec.attempts.ports import Cursor, Fed, JournalRow, Mark, Poke
from seedance_spec.canonical import canonical_json
from seedance_spec.journal.database import BUSY_SECONDS, Database
from seedance_spec.journal.faults import JournalFault, Overtaken
from seedance_spec.journal.inbox import MAX_BODY, MAX_PER_ATTEMPT, Delivery, poke_of
from seedance_spec.journal.lease import Lease
from seedance_spec.journal.rules import beyond, holds, later, may_hold, needs_claim
from seedance_spec.journal.schema import JOURNAL
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.join import join_attempts, settle_attempt
from seedance_spec.lockfile.json_text import read_json_values
from seedance_spec.lockfile.line import fact_from_json, fact_to_json

_Stored: TypeAlias = tuple[str, str, str | None, str]

_ROW = "SELECT fact, mark, released, owner FROM attempts"
_HOLDER = (
    "SELECT fact, mark, released, owner FROM attempts JOIN claims ON claims.attempt_id = attempts.id"
    " WHERE claims.content_hash = ? AND claims.take = ?"
)
_OLD_CALLBACKS = (
    "DELETE FROM inbox WHERE attempt_id = ?1 AND seq <="
    " (SELECT seq FROM inbox WHERE attempt_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)"
)
_CONDUCTOR = "conductor"


class SqliteJournal:
    """`attempts.ports.Journal`, `webhook.group_commit.Inbox` and `journal.lease.Leases` over one file.

    Every call is durable when it returns and raises JournalFault where it cannot be; JournalBusy where another process
    keeps the lock longer than `busy_seconds`. Readers never wait for writers of another process.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._database = Database(path, JOURNAL, busy_seconds=busy_seconds)
        self._held_as: dict[str, str] = {}

    def close(self) -> None:
        self._database.close()

    def claim(self, fact: AttemptFact, *, owner: str, after: str | None = None) -> JournalRow | None:
        """See the port. A holder that the user has given up (not landed, gone) holds nothing."""
        with self._database.writing() as db:
            holder = _holder(db, fact)
            if holder is not None and holds(holder, after=after):
                return holder
            if holder is not None:
                _drop_claim(db, holder.fact.attempt_id)
            _insert(db, fact, mark=Mark.CLAIMED, owner=owner)
            _take_claim(db, fact)
        self._held_as[fact.attempt_id] = owner
        return None

    def adopt(self, fact: AttemptFact, *, owner: str, may_take: Callable[[str], bool]) -> JournalRow:
        """See the port. From then on the POST of the owner before can go no further (`mark` raises Overtaken)."""
        with self._database.writing() as db:
            _fold_in(db, fact)
            row = _known(db, fact.attempt_id)
            if row.owner != owner and may_take(row.owner):
                db.execute("UPDATE attempts SET owner = ? WHERE id = ?", (owner, fact.attempt_id))
                row = replace(row, owner=owner)
        if row.owner == owner:
            self._held_as[fact.attempt_id] = owner
        return row

    def mark(self, attempt_id: str, mark: Mark) -> None:
        """See the port. Raises Overtaken where the POST must not go on: the attempt was released or passed over."""
        with self._database.writing() as db:
            row = _known(db, attempt_id)
            if row.released is not None or (needs_claim(mark) and not self._is_ours(db, row)):
                raise Overtaken(f"attempt {attempt_id} was taken over by another process")
            db.execute("UPDATE attempts SET mark = ? WHERE id = ?", (later(row.mark, mark), attempt_id))

    def record(self, fact: AttemptFact) -> None:
        """See the port. A fact from elsewhere (a lockfile, an import) enters as answered, and claims what is free."""
        with self._database.writing() as db:
            _fold_in(db, fact)

    def release(self, attempt_id: str, *, reason: str, seen: Mark | None = None) -> None:
        """See the port. `seen`: only if the POST has come no further than this mark, else Overtaken; so that a holder
        wrongly taken for dead can still not be paid over.
        """
        with self._database.writing() as db:
            row = _known(db, attempt_id)
            if seen is not None and row.mark is not seen:
                raise Overtaken(f"attempt {attempt_id} went on: its POST is at {row.mark}")
            db.execute("UPDATE attempts SET released = ? WHERE id = ?", (reason, attempt_id))
            _drop_claim(db, attempt_id)

    def rows(self) -> Sequence[JournalRow]:
        """Every attempt in the order of its claim, released ones too."""
        with self._database.reading() as db:
            stored = db.execute(f"{_ROW} ORDER BY rowid").fetchall()
        return tuple(map(_row, stored))

    def row(self, attempt_id: str) -> JournalRow | None:
        with self._database.reading() as db:
            return _find(db, attempt_id)

    def receive(self, attempt_id: str, body: bytes, *, at: float) -> int:
        return self.receive_all([(attempt_id, body, at)])[0]

    def receive_all(self, batch: Sequence[Delivery]) -> Sequence[int]:
        """Put callbacks into the inbox in one durable step, all or none; their sequence numbers."""
        with self._database.writing() as db:
            return [_put_into_inbox(db, each) for each in batch]

    def pokes(self, *, after: int) -> Sequence[Poke]:
        """Callbacks with a greater sequence number, in their order; at most the newest 64 of an attempt are kept."""
        with self._database.reading() as db:
            stored = db.execute(
                "SELECT seq, attempt_id, body, at FROM inbox WHERE seq > ? ORDER BY seq", (after,)
            ).fetchall()
        return tuple(poke_of(seq, (of, body, at)) for seq, of, body, at in stored)

    def cursor(self, feed: str, project: str) -> Cursor | None:
        with self._database.reading() as db:
            return _cursor(db, feed, project)

    def take_in(self, feed: str, project: str, callbacks: Sequence[Fed], *, since: Cursor | None, upto: Cursor) -> None:
        with self._database.writing() as db:
            news, reached = beyond(_cursor(db, feed, project), callbacks, since=since, upto=upto)
            for each in news:
                _put_into_inbox(db, (each.attempt_id, each.body, each.at))
            db.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?, ?)", (feed, project, reached.epoch, reached.seq))

    def owe(self, attempt_id: str) -> None:
        with self._database.writing() as db:
            _known(db, attempt_id)
            db.execute("INSERT OR IGNORE INTO reports (attempt_id) VALUES (?)", (attempt_id,))

    def owed(self) -> Sequence[str]:
        with self._database.reading() as db:
            return tuple(attempt_id for (attempt_id,) in db.execute("SELECT attempt_id FROM reports ORDER BY seq"))

    def told(self, attempt_id: str) -> None:
        with self._database.writing() as db:
            db.execute("DELETE FROM reports WHERE attempt_id = ?", (attempt_id,))

    def hold(self, owner: str, *, at: float, may_take: Callable[[Lease], bool]) -> bool:
        with self._database.writing() as db:
            lease = _leader(db)
            if lease is not None and lease.owner != owner and not may_take(lease):
                return False
            db.execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?)", (_CONDUCTOR, owner, at))
        return True

    def leader(self) -> Lease | None:
        with self._database.reading() as db:
            return _leader(db)

    def resign(self, owner: str) -> None:
        with self._database.writing() as db:
            db.execute("DELETE FROM lease WHERE name = ? AND owner = ?", (_CONDUCTOR, owner))

    def _is_ours(self, db: sqlite3.Connection, row: JournalRow) -> bool:
        """Whether the attempt still holds its claim, and we still hold the attempt."""
        return _is_holder(db, row.fact) and row.owner == self._held_as.get(row.fact.attempt_id, row.owner)


def _fold_in(db: sqlite3.Connection, fact: AttemptFact) -> None:
    row = _find(db, fact.attempt_id)
    if row is not None:
        fact = join_attempts(row.fact, fact)
        db.execute("UPDATE attempts SET fact = ? WHERE id = ?", (_text(fact), fact.attempt_id))
    else:
        _insert(db, fact, mark=Mark.ANSWERED, owner="")
    if row is None or row.released is None:
        _take_free_claim(db, fact)


def _insert(db: sqlite3.Connection, fact: AttemptFact, *, mark: Mark, owner: str) -> None:
    values = (fact.attempt_id, fact.content_hash, fact.take, fact.realm, _text(fact), mark, owner)
    db.execute("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", values)


def _take_claim(db: sqlite3.Connection, fact: AttemptFact) -> None:
    db.execute("INSERT INTO claims VALUES (?, ?, ?)", (fact.content_hash, fact.take, fact.attempt_id))


def _take_free_claim(db: sqlite3.Connection, fact: AttemptFact) -> None:
    """For an attempt that was known elsewhere, or was passed over in vain; what the user gave up makes way for it."""
    holder = _holder(db, fact)
    if holder is not None and not holds(holder, after=None) and may_hold(fact):
        _drop_claim(db, holder.fact.attempt_id)
        holder = None
    if holder is None:
        _take_claim(db, fact)


def _holder(db: sqlite3.Connection, fact: AttemptFact) -> JournalRow | None:
    held = db.execute(_HOLDER, (fact.content_hash, fact.take)).fetchone()
    return None if held is None else _row(held)


def _drop_claim(db: sqlite3.Connection, attempt_id: str) -> None:
    db.execute("DELETE FROM claims WHERE attempt_id = ?", (attempt_id,))


def _is_holder(db: sqlite3.Connection, fact: AttemptFact) -> bool:
    return db.execute("SELECT 1 FROM claims WHERE attempt_id = ?", (fact.attempt_id,)).fetchone() is not None


def _put_into_inbox(db: sqlite3.Connection, delivery: Delivery) -> int:
    attempt_id, body, at = delivery
    values = (attempt_id, at, body[:MAX_BODY])
    seq = db.execute("INSERT INTO inbox (attempt_id, at, body) VALUES (?, ?, ?)", values).lastrowid
    assert seq is not None
    db.execute(_OLD_CALLBACKS, (attempt_id, MAX_PER_ATTEMPT))
    return seq


def _known(db: sqlite3.Connection, attempt_id: str) -> JournalRow:
    row = _find(db, attempt_id)
    if row is None:
        raise JournalFault(f"the journal knows no attempt {attempt_id}")
    return row


def _find(db: sqlite3.Connection, attempt_id: str) -> JournalRow | None:
    stored = db.execute(f"{_ROW} WHERE id = ?", (attempt_id,)).fetchone()
    return None if stored is None else _row(stored)


def _cursor(db: sqlite3.Connection, feed: str, project: str) -> Cursor | None:
    stored = db.execute("SELECT epoch, cursor FROM feeds WHERE url = ? AND project = ?", (feed, project)).fetchone()
    return None if stored is None else Cursor(epoch=stored[0], seq=stored[1])


def _leader(db: sqlite3.Connection) -> Lease | None:
    stored = db.execute("SELECT owner, beat_at FROM lease WHERE name = ?", (_CONDUCTOR,)).fetchone()
    return None if stored is None else Lease(owner=stored[0], beat_at=stored[1])


def _row(stored: _Stored) -> JournalRow:
    fact, mark, released, owner = stored
    return JournalRow(fact=_fact(fact), mark=Mark(mark), released=released, owner=owner)


def _text(fact: AttemptFact) -> str:
    return canonical_json(fact_to_json(settle_attempt(fact)))


def _fact(text: str) -> AttemptFact:
    try:
        (value,) = read_json_values(text)
        fact = fact_from_json(value) if isinstance(value, dict) else None
    except ValueError as error:
        raise JournalFault(f"a row of the journal is no fact: {error}") from error
    if not isinstance(fact, AttemptFact):
        raise JournalFault("a row of the journal is no attempt")
    return fact
