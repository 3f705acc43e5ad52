"""What the two services remember, in one SQLite file that outlives a killed process. Only this module knows SQL."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from seedance_spec.sandbox.ark_rules import Input
from seedance_spec.sandbox.gateway_life import POLL_MOST, Row
from seedance_spec.sandbox.money import Entry, Movement
from seedance_spec.sandbox.upstream import Work

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gets (task_id TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rows (
  id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT UNIQUE NOT NULL, final INTEGER NOT NULL, row TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS rows_unfinished ON rows (final, id);
CREATE TABLE IF NOT EXISTS works (
  upstream_id TEXT PRIMARY KEY, final INTEGER NOT NULL, work TEXT NOT NULL, inputs TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS works_unfinished ON works (final);
CREATE TABLE IF NOT EXISTS calls (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, upstream_id TEXT NOT NULL, url TEXT NOT NULL, status TEXT NOT NULL,
  body TEXT NOT NULL, tries INTEGER NOT NULL, open INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS calls_open ON calls (open, seq);
CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, entry TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One callback to be delivered: `tries` were made so far."""

    seq: int
    upstream_id: str
    url: str
    status: str
    body: str
    tries: int


class State:
    """Every method is one transaction, durable against the death of the process when it returns.

    WAL with synchronous=NORMAL: a power cut may lose the last moments, which a local sandbox may.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "sandbox.db", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # What is remembered once.

    def secret(self) -> bytes:
        """The key that signs the store's links; made on first use."""
        found = self._fact("secret")
        if found is None:
            found = secrets.token_hex(32)
            self._remember("secret", found)
        return bytes.fromhex(found)

    def balance(self) -> int:
        return int(self._fact("balance") or 0)

    def used(self) -> int:
        """Quota charged so far, refunds taken off."""
        return int(self._fact("used") or 0)

    def has_balance(self) -> bool:
        return self._fact("balance") is not None

    def set_balance(self, quota: int) -> None:
        self._remember("balance", str(quota))

    def _fact(self, name: str) -> str | None:
        found = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def _remember(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    # The gateway's rows and money.

    def add_row(self, row: Row, movement: Movement) -> Row:
        """Insert a task with its charge; the row comes back with its number."""
        with self._transaction() as db:
            number = db.execute("INSERT INTO rows (task_id, final, row) VALUES (?, 0, '')", (row.task_id,)).lastrowid
            numbered = replace(row, id=number or 0)
            self._write_row(numbered)
            self._move(row.key, movement)
        return numbered

    def save_row(self, row: Row, movement: Movement | None = None) -> None:
        with self._transaction():
            self._write_row(row)
            if movement is not None:
                self._move(row.key, movement)

    def _write_row(self, row: Row) -> None:
        self._db.execute("UPDATE rows SET final = ?, row = ? WHERE id = ?", (row.final, _text(asdict(row)), row.id))

    def _move(self, key: str, movement: Movement) -> None:
        self._remember("balance", str(self.balance() + movement.delta))
        self._remember("used", str(self.used() - movement.delta))
        if movement.entry is not None:
            self._db.execute("INSERT INTO log (key, entry) VALUES (?, ?)", (key, _text(asdict(movement.entry))))

    def row(self, task_id: str) -> Row | None:
        found = self._db.execute("SELECT row FROM rows WHERE task_id = ?", (task_id,)).fetchone()
        return None if found is None else Row(**json.loads(found[0]))

    def unfinished_rows(self) -> list[Row]:
        """Oldest first."""
        found = self._db.execute("SELECT row FROM rows WHERE final = 0 ORDER BY id LIMIT ?", (POLL_MOST,))
        return [Row(**json.loads(text)) for (text,) in found]

    def log(self, key: str) -> list[tuple[int, Entry]]:
        """The key's last 1000 lines, newest first."""
        found = self._db.execute("SELECT id, entry FROM log WHERE key = ? ORDER BY id DESC LIMIT 1000", (key,))
        return [(number, Entry(**json.loads(text))) for number, text in found]

    # The upstream's tasks and what it still has to tell.

    def add_work(self, work: Work, inputs: Iterable[Input], body: str | None) -> None:
        """A new task upstream, with its first callback (`body`) if anybody wants one."""
        kept = json.dumps([asdict(one) for one in inputs])
        with self._transaction() as db:
            db.execute("INSERT INTO works VALUES (?, 0, ?, ?)", (work.upstream_id, _text(asdict(work)), kept))
            self._add_call(work, body)

    def save_work(self, work: Work, body: str | None = None) -> None:
        """The task's new state together with the callback that tells it."""
        with self._transaction() as db:
            text = _text(asdict(work))
            db.execute(
                "UPDATE works SET final = ?, work = ? WHERE upstream_id = ?", (work.final, text, work.upstream_id)
            )
            self._add_call(work, body)

    def _add_call(self, work: Work, body: str | None) -> None:
        if body is not None and work.callback_url is not None:
            self._db.execute(
                "INSERT INTO calls (upstream_id, url, status, body, tries, open) VALUES (?, ?, ?, ?, 0, 1)",
                (work.upstream_id, work.callback_url, work.status, body),
            )

    def work(self, upstream_id: str) -> Work | None:
        found = self._db.execute("SELECT work FROM works WHERE upstream_id = ?", (upstream_id,)).fetchone()
        return None if found is None else Work(**json.loads(found[0]))

    def inputs(self, upstream_id: str) -> tuple[Input, ...]:
        found = self._db.execute("SELECT inputs FROM works WHERE upstream_id = ?", (upstream_id,)).fetchone()
        return tuple(Input(**one) for one in json.loads(found[0])) if found else ()

    def unfinished_works(self) -> list[Work]:
        found = self._db.execute("SELECT work FROM works WHERE final = 0 ORDER BY rowid")
        return [Work(**json.loads(text)) for (text,) in found]

    def open_calls(self, upstream_id: str | None = None) -> list[Call]:
        """Callbacks that are still to be delivered, in the order in which they happened."""
        found = self._db.execute(
            "SELECT seq, upstream_id, url, status, body, tries FROM calls"
            " WHERE open = 1 AND (?1 IS NULL OR upstream_id = ?1) ORDER BY seq",
            (upstream_id,),
        )
        return [
            Call(seq=seq, upstream_id=name, url=url, status=status, body=body, tries=tries)
            for seq, name, url, status, body, tries in found
        ]

    def count_try(self, seq: int) -> None:
        with self._transaction() as db:
            db.execute("UPDATE calls SET tries = tries + 1 WHERE seq = ?", (seq,))
            self._bump("callbacks_sent")

    def close_call(self, seq: int, *, acked: bool) -> None:
        with self._transaction() as db:
            db.execute("UPDATE calls SET open = 0 WHERE seq = ?", (seq,))
            self._bump("callbacks_acked" if acked else "callbacks_lost")

    # What happened, in numbers.

    def count(self, name: str) -> None:
        with self._transaction():
            self._bump(name)

    def count_get(self, task_id: str) -> None:
        with self._transaction() as db:
            self._bump("gets")
            db.execute("INSERT INTO gets VALUES (?, 1) ON CONFLICT (task_id) DO UPDATE SET n = n + 1", (task_id,))

    def _bump(self, name: str) -> None:
        self._db.execute("INSERT INTO counts VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1", (name,))

    def counts(self) -> Mapping[str, int]:
        return dict(self._db.execute("SELECT name, n FROM counts"))

    def gets_by_task(self) -> Mapping[str, int]:
        return dict(self._db.execute("SELECT task_id, n FROM gets"))

    def sizes(self) -> tuple[int, int]:
        """How many tasks there are, and how many things are unfinished (rows, tasks upstream, callbacks)."""
        (tasks,) = self._db.execute("SELECT count(*) FROM rows").fetchone()
        (unfinished,) = self._db.execute(
            "SELECT (SELECT count(*) FROM rows WHERE final = 0) + (SELECT count(*) FROM works WHERE final = 0)"
            " + (SELECT count(*) FROM calls WHERE open = 1)",
        ).fetchone()
        return int(tasks), int(unfinished)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
