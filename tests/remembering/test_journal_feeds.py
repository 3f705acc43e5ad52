"""How far feeds were read and what a receiver is owed: kept alike by the journal on disk and the one in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

from seedance_spec.attempts.ports import Cursor, Fed
from seedance_spec.journal.database import Database
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.journal.schema import JOURNAL
from seedance_spec.journal.sqlite import SqliteJournal
from tests.support.attempts import NOW, a_claim, an_attempt_id

AnyJournal: TypeAlias = MemoryJournal | SqliteJournal
HUB, OURS, THEIRS = "https://hooks.example.test", "0011223344556677", "8899aabbccddeeff"
US = "1-1-boot-1"


@pytest.fixture(params=["sqlite", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyJournal]:
    opened = SqliteJournal(tmp_path / ".seedance" / "journal.db") if request.param == "sqlite" else MemoryJournal()
    yield opened
    opened.close()


def at(seq: int, epoch: str = "aa") -> Cursor:
    return Cursor(epoch=epoch, seq=seq)


def fed(*seqs: int) -> list[Fed]:
    return [Fed(seq=seq, attempt_id=an_attempt_id(seq), body=b"{}", at=NOW) for seq in seqs]


def inbox(journal: AnyJournal) -> list[str]:
    return [poke.attempt_id for poke in journal.pokes(after=0)]


def test_a_page_moves_the_cursor_and_fills_the_inbox(journal: AnyJournal) -> None:
    """What was read is in the inbox, and each project's feed at each receiver has a cursor of its own."""
    assert journal.cursor(HUB, OURS) is None

    journal.take_in(HUB, OURS, fed(1, 3), since=None, upto=at(3))

    assert inbox(journal) == [an_attempt_id(1), an_attempt_id(3)]
    assert journal.cursor(HUB, OURS) == at(3)
    assert journal.cursor(HUB, THEIRS) is None
    assert journal.cursor("https://elsewhere.example.test", OURS) is None


def test_a_page_that_is_taken_in_again_changes_nothing(journal: AnyJournal) -> None:
    """By another process, or after a crash: what the cursor is past is in, and it never goes back."""
    journal.take_in(HUB, OURS, fed(1, 2, 3), since=None, upto=at(3))
    journal.take_in(HUB, OURS, fed(1, 2), since=None, upto=at(2))
    journal.take_in(HUB, OURS, fed(2, 3, 4), since=at(1), upto=at(4))

    assert inbox(journal) == [an_attempt_id(nth) for nth in (1, 2, 3, 4)]
    assert journal.cursor(HUB, OURS) == at(4)


def test_another_epoch_is_read_from_its_beginning(journal: AnyJournal) -> None:
    """The receiver lost its disk: small numbers are new ones."""
    journal.take_in(HUB, OURS, fed(7), since=None, upto=at(7))

    journal.take_in(HUB, OURS, fed(1), since=at(7), upto=at(1, "bb"))

    assert inbox(journal) == [an_attempt_id(7), an_attempt_id(1)]
    assert journal.cursor(HUB, OURS) == at(1, "bb")


def test_an_older_copy_of_the_receivers_file_is_read_again_once(journal: AnyJournal) -> None:
    """The first process that finds it behind its cursor sets the journal's back; the second takes nothing in twice."""
    journal.take_in(HUB, OURS, fed(9), since=None, upto=at(9))

    journal.take_in(HUB, OURS, fed(1), since=at(9), upto=at(1))
    journal.take_in(HUB, OURS, fed(1), since=at(9), upto=at(1))

    assert inbox(journal) == [an_attempt_id(9), an_attempt_id(1)]
    assert journal.cursor(HUB, OURS) == at(1)


def test_what_is_owed_is_remembered_until_it_is_told(journal: AnyJournal) -> None:
    """Oldest first, each once; told ones are gone, and telling again does no harm."""
    second, first = a_claim(2, take=2), a_claim(1)
    for fact in (second, first, second):
        journal.claim(fact, owner=US)
        journal.owe(fact.attempt_id)
    assert journal.owed() == (second.attempt_id, first.attempt_id)

    journal.told(second.attempt_id)
    journal.told(second.attempt_id)

    assert journal.owed() == (first.attempt_id,)
    with pytest.raises(JournalFault, match="knows no attempt"):
        journal.owe(an_attempt_id(9))


def test_a_journal_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """What an older program wrote is still there, and the new tables are."""
    path = tmp_path / ".seedance" / "journal.db"
    SqliteJournal(path).close()
    with closing(sqlite3.connect(path)) as db:
        for table in ("feeds", "reports"):
            db.execute(f"DROP TABLE {table}")
        db.execute("PRAGMA user_version = 1")
        db.execute("INSERT INTO inbox (attempt_id, at, body) VALUES (?, ?, ?)", (an_attempt_id(1), NOW, b"{}"))
        db.commit()

    with closing(SqliteJournal(path)) as journal:
        assert inbox(journal) == [an_attempt_id(1)]
        assert journal.owed() == ()
        assert journal.cursor(HUB, OURS) is None
    with closing(Database(path, JOURNAL)) as database, database.reading() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(JOURNAL.steps),)
