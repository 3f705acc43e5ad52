"""What a standing receiver has heard, told and has yet to tell, as rows. No transaction and no rule may enter."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from seedance_spec.realm import Realm
from seedance_spec.webhook.notice import Heard, Notice, RunNews, RunTold, Waiting

TABLES = """
CREATE TABLE heard (
    attempt TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    realm TEXT NOT NULL,
    run TEXT NOT NULL,
    state TEXT NOT NULL,
    at REAL NOT NULL,
    seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX heard_by_age ON heard (at);
CREATE TABLE told (
    target TEXT NOT NULL,
    project TEXT NOT NULL,
    run TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (target, project, run)
) WITHOUT ROWID;
CREATE TABLE notices (
    target TEXT NOT NULL,
    project TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    realm TEXT NOT NULL,
    runs TEXT NOT NULL,
    made_at REAL NOT NULL,
    tries INTEGER NOT NULL,
    next_at REAL NOT NULL,
    PRIMARY KEY (target, project)
) WITHOUT ROWID;
"""
"""`heard` is what events came to, `told` how far each target knows of each run, `notices` what is not delivered yet:
one row for a target and a project, so that an outage of the target ends with one message.
"""

_NEWS = (
    "SELECT heard.project, heard.realm, heard.run, count(*), sum(heard.state = 'ended'),"
    " min(CASE WHEN heard.seq > coalesce(told.seq, 0) THEN heard.at END),"
    " max(CASE WHEN heard.seq > coalesce(told.seq, 0) THEN heard.at END), max(heard.seq)"
    " FROM heard LEFT JOIN told ON told.target = ? AND told.project = heard.project AND told.run = heard.run"
    " WHERE heard.state <> 'freed' GROUP BY heard.project, heard.realm, heard.run"
    " HAVING max(heard.seq) > coalesce(max(told.seq), 0)"
)
_NOTE = (
    "INSERT INTO heard VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET state = excluded.state, at = excluded.at, seq = excluded.seq"
)
_FREE = "UPDATE heard SET state = 'freed' WHERE attempt = ?"
_TELL = "INSERT INTO told VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)"
_PUT = (
    "INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (target, project) DO UPDATE SET"
    " id = excluded.id, runs = excluded.runs, made_at = excluded.made_at"
)
_WAITING = "SELECT id, target, project, realm, runs, made_at, tries, next_at FROM notices"
_FORGET_TOLD = (
    "DELETE FROM told WHERE NOT EXISTS"
    " (SELECT 1 FROM heard WHERE heard.project = told.project AND heard.run = told.run)"
)

HeardRow = tuple[str, str, str, str, Heard, float, int]
"""An attempt, its project, realm and run, what it is doing, since when, and the event that said so."""


def cursor(db: sqlite3.Connection) -> int:
    """The last event that is reckoned with; 0 before the first."""
    found = db.execute("SELECT value FROM about WHERE name = 'heard'").fetchone()
    return 0 if found is None else int(found[0])


def move_cursor(db: sqlite3.Connection, seq: int) -> None:
    db.execute("INSERT OR REPLACE INTO about VALUES ('heard', ?)", (str(seq),))


def state_of(db: sqlite3.Connection, attempt_id: str) -> Heard | None:
    found = db.execute("SELECT state FROM heard WHERE attempt = ?", (attempt_id,)).fetchone()
    return None if found is None else Heard(found[0])


def note(db: sqlite3.Connection, row: HeardRow) -> None:
    db.execute(_NOTE, (*row[:4], row[4].value, *row[5:]))


def free(db: sqlite3.Connection, attempt_id: str) -> None:
    """It bought nothing: it counts no more, and nobody is told of that."""
    db.execute(_FREE, (attempt_id,))


def news(db: sqlite3.Connection, target: str) -> list[RunNews]:
    """Every run of which the target does not know all that was heard."""
    return [
        RunNews(
            project=project,
            realm=Realm(realm),
            run=run,
            attempts=attempts,
            ended=ended,
            first_at=first_at,
            latest_at=latest_at,
            seq=seq,
        )
        for project, realm, run, attempts, ended, first_at, latest_at, seq in db.execute(_NEWS, (target,))
    ]


def put(db: sqlite3.Connection, notice: Notice, told: Sequence[RunNews]) -> None:
    """A notice in place of one that waits already, whose pause goes on; the target counts as told of these runs."""
    runs = json.dumps([[each.run, each.attempts, each.ended] for each in notice.runs])
    key = (notice.target, notice.project)
    db.execute(_PUT, (*key, notice.id, notice.realm.value, runs, notice.made_at, notice.made_at))
    db.executemany(_TELL, [(*key, each.run, each.seq) for each in told])


def waiting(db: sqlite3.Connection) -> list[Waiting]:
    """Every notice that is not delivered, the one that is due first before all others."""
    return [_waiting(stored) for stored in db.execute(f"{_WAITING} ORDER BY next_at")]


def waiting_for(db: sqlite3.Connection, target: str, project: str) -> Waiting | None:
    stored = db.execute(f"{_WAITING} WHERE target = ? AND project = ?", (target, project)).fetchone()
    return None if stored is None else _waiting(stored)


def delivered(db: sqlite3.Connection, notice_id: str) -> None:
    """Unless another has taken its place meanwhile."""
    db.execute("DELETE FROM notices WHERE id = ?", (notice_id,))


def failed(db: sqlite3.Connection, each: Waiting) -> None:
    """A try more, for whatever stands in the notice's place by now: the target is the one that did not answer."""
    key = (each.notice.target, each.notice.project)
    db.execute("UPDATE notices SET tries = ?, next_at = ? WHERE target = ? AND project = ?", (*_pause(each), *key))


def forget(db: sqlite3.Connection, *, events_before: float, notices_before: float) -> None:
    db.execute("DELETE FROM notices WHERE made_at < ?", (notices_before,))
    if db.execute("DELETE FROM heard WHERE at < ?", (events_before,)).rowcount:
        db.execute(_FORGET_TOLD)


def _pause(each: Waiting) -> tuple[int, float]:
    return each.tries, each.next_at


def _waiting(stored: tuple[str, str, str, str, str, float, int, float]) -> Waiting:
    notice_id, target, project, realm, runs, made_at, tries, next_at = stored
    notice = Notice(
        id=notice_id,
        target=target,
        project=project,
        realm=Realm(realm),
        runs=tuple(RunTold(run=run, attempts=attempts, ended=ended) for run, attempts, ended in json.loads(runs)),
        made_at=made_at,
    )
    return Waiting(notice=notice, tries=tries, next_at=next_at)
