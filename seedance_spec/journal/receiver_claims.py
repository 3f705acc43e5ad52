"""The claims that clones of a project share: one holder per take wanted, one way for an outcome. No transaction."""

from __future__ import annotations

import sqlite3
from typing import TypeAlias

from seedance_spec.webhook.feed_protocol import FREED, Answer, ClaimRequest, Outcome, Said, SharedClaim

TABLES = """
CREATE TABLE claims (
    attempt TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    realm TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    take INTEGER NOT NULL,
    claimed_at REAL NOT NULL,
    outcome TEXT NOT NULL,
    task_id TEXT,
    called_back INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE holders (
    project TEXT NOT NULL,
    realm TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    take INTEGER NOT NULL,
    attempt TEXT NOT NULL UNIQUE REFERENCES claims (attempt),
    PRIMARY KEY (project, realm, content_hash, take)
) WITHOUT ROWID;
"""
"""Claims are never forgotten: one that is gone could be paid over."""

Place: TypeAlias = tuple[str, str, str, int]
"""What is claimed: project, realm, content hash, take. Sandbox and paid attempts never meet."""

_CLAIM = "SELECT attempt, content_hash, take, claimed_at, outcome, task_id, called_back FROM claims WHERE attempt = ?"
_HOLDER = "SELECT attempt FROM holders WHERE project = ? AND realm = ? AND content_hash = ? AND take = ?"
_INSERT = (
    "INSERT INTO claims SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL,"
    " EXISTS (SELECT 1 FROM events WHERE attempt = ?1 AND outcome IS NULL)"
)


def claim(db: sqlite3.Connection, place: Place, request: ClaimRequest, at: float) -> Answer:
    """Grant a place that is free, or whose holder the request may pass over; a question asked again is answered alike.

    An attempt that lost its claim (it was released, or passed over) never gets it back by asking: its question may be
    an echo of one that was answered long ago.
    """
    known = find(db, request.attempt_id)
    holder = _holder(db, place if known is None else _place(db, known.attempt_id))
    if known is not None:
        return Answer(granted=holder == known, claim=holder or known)
    if holder is not None and holder.attempt_id != request.after:
        return Answer(granted=False, claim=holder)
    db.execute(_INSERT, (request.attempt_id, *place, at, Outcome.OPEN.value))
    db.execute("INSERT OR REPLACE INTO holders VALUES (?, ?, ?, ?, ?)", (*place, request.attempt_id))
    return Answer(granted=True, claim=_known(db, request.attempt_id))


def report(db: sqlite3.Connection, attempt_id: str, said: Said) -> tuple[bool, SharedClaim | None]:
    """Whether this is news, and the claim as it stands with it."""
    known = find(db, attempt_id)
    if known is None or not _leads_on(known.outcome, said.outcome):
        return False, known
    db.execute(
        "UPDATE claims SET outcome = ?, task_id = ? WHERE attempt = ?", (said.outcome.value, said.task_id, attempt_id)
    )
    if said.outcome in FREED:
        db.execute("DELETE FROM holders WHERE attempt = ?", (attempt_id,))
    elif known.outcome in FREED:
        # What was paid for holds its place again, unless another attempt has it by now: then both are on record.
        db.execute("INSERT OR IGNORE INTO holders VALUES (?, ?, ?, ?, ?)", (*_place(db, attempt_id), attempt_id))
    return True, _known(db, attempt_id)


def called_back(db: sqlite3.Connection, attempt_ids: str) -> None:
    """Callbacks of these attempts (a JSON list) have come."""
    db.execute(
        "UPDATE claims SET called_back = 1 WHERE called_back = 0 AND attempt IN (SELECT value FROM json_each(?))",
        (attempt_ids,),
    )


def find(db: sqlite3.Connection, attempt_id: str) -> SharedClaim | None:
    stored = db.execute(_CLAIM, (attempt_id,)).fetchone()
    if stored is None:
        return None
    attempt_id, content_hash, take, claimed_at, outcome, task_id, was_called_back = stored
    return SharedClaim(
        attempt_id=attempt_id,
        content_hash=content_hash,
        take=take,
        claimed_at=claimed_at,
        outcome=Outcome(outcome),
        task_id=task_id,
        called_back=bool(was_called_back),
    )


def _leads_on(known: Outcome, said: Outcome) -> bool:
    """Only forward; and a task that was paid for is never forgotten, whatever was said before."""
    match known:
        case Outcome.SUBMITTED:
            return False
        case Outcome.REFUSED | Outcome.NEVER_SENT:
            return said is Outcome.SUBMITTED
        case Outcome.OPEN | Outcome.UNKNOWN:
            return said not in {known, Outcome.OPEN}


def _holder(db: sqlite3.Connection, place: Place) -> SharedClaim | None:
    stored = db.execute(_HOLDER, place).fetchone()
    return None if stored is None else _known(db, stored[0])


def _place(db: sqlite3.Connection, attempt_id: str) -> Place:
    place: Place = db.execute(
        "SELECT project, realm, content_hash, take FROM claims WHERE attempt = ?", (attempt_id,)
    ).fetchone()
    return place


def _known(db: sqlite3.Connection, attempt_id: str) -> SharedClaim:
    known = find(db, attempt_id)
    assert known is not None
    return known
