"""A file of an older version is brought up to date where it lies, step by step, whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from seedance_spec.journal.database import Database, Schema
from seedance_spec.journal.faults import JournalFault

FIRST = "CREATE TABLE takes (name TEXT); INSERT INTO takes VALUES ('made by the first step');"
SECOND = "ALTER TABLE takes ADD COLUMN note TEXT; UPDATE takes SET note = 'seen by the second step';"


def _schema(*steps: str) -> Schema:
    return Schema(steps=steps, if_damaged="move it away")


def _told(path: Path, schema: Schema) -> tuple[int, list[tuple[object, ...]]]:
    """The file's version and rows, once it was opened with this schema."""
    with closing(Database(path, schema)) as opened, opened.reading() as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        return version, db.execute("SELECT * FROM takes").fetchall()


def test_an_older_file_gets_the_steps_that_it_lacks_and_no_other(tmp_path: Path) -> None:
    """What was there stays, and what a step did is not done again."""
    path = tmp_path / "file.db"
    assert _told(path, _schema(FIRST)) == (1, [("made by the first step",)])

    brought_up = (2, [("made by the first step", "seen by the second step")])
    assert _told(path, _schema(FIRST, SECOND)) == brought_up
    assert _told(path, _schema(FIRST, SECOND)) == brought_up


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """An older program can still open it."""
    path = tmp_path / "file.db"
    _told(path, _schema(FIRST))

    with pytest.raises(JournalFault, match="no such table"):
        Database(path, _schema(FIRST, SECOND, "INSERT INTO nowhere VALUES (1)"))
    assert _told(path, _schema(FIRST)) == (1, [("made by the first step",)])


def test_all_who_open_an_older_file_at_once_find_it_up_to_date(tmp_path: Path) -> None:
    """One brings it up to date, the others wait for that."""
    path = tmp_path / "file.db"
    _told(path, _schema(FIRST))

    with ThreadPoolExecutor(8) as openers:
        told = list(openers.map(lambda _: _told(path, _schema(FIRST, SECOND)), range(8)))

    assert told == [(2, [("made by the first step", "seen by the second step")])] * 8


def test_a_file_beyond_reading_is_named_with_its_own_way_out(tmp_path: Path) -> None:
    """What its user should do is the schema's word."""
    path = tmp_path / "file.db"
    path.write_bytes(b"no database at all" * 100)

    with pytest.raises(JournalFault, match=r"file\.db is damaged: move it away$"):
        Database(path, _schema(FIRST))
