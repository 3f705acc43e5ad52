"""The journal's file: private, durable, tolerant of being opened again, and loud when it is gone or not ours."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.attempts.ports import JournalRow, Mark
from seedance_spec.journal.faults import JournalBusy, JournalFault, Overtaken
from seedance_spec.journal.sqlite import SqliteJournal
from tests.support.attempts import NOW, a_claim, an_attempt_id

US, THEM = "1-1-boot-1", "2-2-boot-1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".seedance" / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[SqliteJournal]:
    with closing(SqliteJournal(path)) as opened:
        yield opened


def test_only_its_user_can_read_the_journal(journal: SqliteJournal, path: Path) -> None:
    """The database and its side files are 0600."""
    journal.claim(a_claim(1), owner=US)

    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}


def test_every_commit_reaches_the_disk(journal: SqliteJournal) -> None:
    """Write-ahead log, fsync at every commit, no memory map that a power loss could tear."""
    with journal._database.reading() as db:
        told = [db.execute(f"PRAGMA {each}").fetchone()[0] for each in ("journal_mode", "synchronous", "mmap_size")]

    assert told == ["wal", 2, 0]


def test_what_was_written_is_there_when_it_is_opened_again(path: Path) -> None:
    """Claims, marks, the inbox and its numbers go on where they stopped."""
    with closing(SqliteJournal(path)) as first:
        first.claim(a_claim(1), owner=US)
        first.mark(an_attempt_id(1), Mark.BYTES_OUT)
        received = first.receive(an_attempt_id(1), b"{}", at=NOW)

    with closing(SqliteJournal(path)) as again:
        row = JournalRow(fact=a_claim(1), mark=Mark.BYTES_OUT, released=None, owner=US)
        assert again.rows() == (row,)
        assert again.claim(a_claim(2), owner=THEM) == row
        assert again.receive(an_attempt_id(1), b"{}", at=NOW) == received + 1


@pytest.mark.parametrize("loss", ["deleted", "replaced"])
def test_a_journal_that_loses_its_file_says_so_before_money_is_spent(
    journal: SqliteJournal, path: Path, loss: str
) -> None:
    """No claim is granted on a file that is deleted or replaced under the running program."""
    path.unlink()
    if loss == "replaced":
        path.write_bytes(b"")

    with pytest.raises(JournalFault, match="deleted or replaced while in use"):
        journal.claim(a_claim(1), owner=US)
    with pytest.raises(JournalFault, match="deleted or replaced while in use"):
        journal.rows()


def test_a_file_that_is_no_journal_is_left_alone(path: Path) -> None:
    """A damaged file is named, with the way out, and not overwritten."""
    path.parent.mkdir()
    path.write_bytes(b"this is no database, and long enough to be looked at as one" * 20)
    before = path.read_bytes()

    with pytest.raises(JournalFault, match=r"journal\.db is damaged: move it away"):
        SqliteJournal(path)
    assert path.read_bytes() == before


def test_a_journal_of_a_newer_version_is_not_touched(path: Path) -> None:
    """A newer program's journal is refused, for it may mean something else by it."""
    SqliteJournal(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")

    with pytest.raises(JournalFault, match="newer version of seedance-spec"):
        SqliteJournal(path)


@pytest.mark.parametrize("obstacle", ["folder", "link"])
def test_a_path_that_is_no_plain_file_is_a_fault(path: Path, obstacle: str) -> None:
    """A folder or a symbolic link in the journal's place is refused by name."""
    path.parent.mkdir()
    if obstacle == "folder":
        path.mkdir()
    else:
        path.symlink_to(path.with_name("elsewhere.db"))

    with pytest.raises(JournalFault, match=r"journal\.db cannot be used"):
        SqliteJournal(path)


def test_a_lock_that_is_not_given_up_is_busy_and_nothing_is_written(path: Path) -> None:
    """A writer that waits too long hears `busy`; readers go on meanwhile."""
    with closing(SqliteJournal(path)) as first, closing(SqliteJournal(path, busy_seconds=0.01)) as second:
        with first._database.writing(), pytest.raises(JournalBusy, match="locked by another process"):
            second.claim(a_claim(1), owner=THEM)
        with first._database.writing():
            assert second.rows() == ()


def test_a_failed_transaction_leaves_nothing(journal: SqliteJournal) -> None:
    """What fails half-way is rolled back: the next write finds the journal as it was."""
    spoilt: Any = (an_attempt_id(2), None, NOW)
    with pytest.raises(TypeError):
        journal.receive_all([(an_attempt_id(1), b"{}", NOW), spoilt])

    assert journal.pokes(after=0) == ()
    assert journal.claim(a_claim(1), owner=US) is None


def test_an_owner_whose_attempt_was_adopted_hears_so_before_a_byte_goes_out(path: Path) -> None:
    """A process wrongly taken for dead cannot send what another has taken over; its answer would still be kept."""
    with closing(SqliteJournal(path)) as first, closing(SqliteJournal(path)) as second:
        first.claim(a_claim(1), owner=US)
        second.adopt(a_claim(1), owner=THEM, may_take=lambda _: True)

        with pytest.raises(Overtaken):
            first.mark(an_attempt_id(1), Mark.CONNECTING)
        second.mark(an_attempt_id(1), Mark.BYTES_OUT)
        first.mark(an_attempt_id(1), Mark.ANSWERED)


def test_a_large_body_is_kept_up_to_its_limit(journal: SqliteJournal) -> None:
    """64 KiB of a callback are stored, no more."""
    journal.receive(an_attempt_id(1), b"x" * 100_000, at=NOW)

    with journal._database.reading() as db:
        assert db.execute("SELECT length(body) FROM inbox").fetchall() == [(64 * 1024,)]


VISIT = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    print(db.execute("SELECT count(*) FROM inbox").fetchone()[0])
db.close()
"""


def _seen_by_another_process(path: Path) -> int:
    looked = subprocess.run([sys.executable, "-c", VISIT, str(path)], check=True, capture_output=True, text=True)
    return int(looked.stdout)


def test_two_connections_of_one_process_keep_their_log_from_another(path: Path) -> None:
    """A process that comes and goes meanwhile takes nothing away: opening the second has not cost the first its locks.

    They belong to the process and the file: whoever closes any descriptor of it loses them all.
    """
    with closing(SqliteJournal(path)) as first, closing(SqliteJournal(path)) as second:
        assert _seen_by_another_process(path) == 0

        first.receive(an_attempt_id(1), b"{}", at=NOW)
        second.receive(an_attempt_id(2), b"{}", at=NOW)

        assert _seen_by_another_process(path) == 2
