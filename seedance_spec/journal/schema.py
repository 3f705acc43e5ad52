"""The tables of the journal, version by version. Only SQL: nothing that opens a file may enter."""

from __future__ import annotations

from seedance_spec.journal.database import Schema

_FIRST = """
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

_SHARED_RECEIVER = """
CREATE TABLE feeds (
    url TEXT NOT NULL,
    project TEXT NOT NULL,
    epoch TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    PRIMARY KEY (url, project)
) WITHOUT ROWID;
CREATE TABLE reports (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt_id TEXT NOT NULL UNIQUE REFERENCES attempts (id)
);
"""

JOURNAL = Schema(steps=(_FIRST, _SHARED_RECEIVER), if_damaged="move it away; what the lockfile knows is not lost")
