"""What comes before a plan: proof that came in the meantime is heard, whatever was said before it."""

from __future__ import annotations

from pathlib import Path

from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.mailbox import Mailbox
from seedance_spec.clock import SystemClock
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.file import LockFile
from seedance_spec.tidying import heed_proof
from tests.support.facts import an_attempt


def test_a_callback_that_came_after_the_word_not_landed_is_proof(tmp_path: Path) -> None:
    """Called not landed, then called back: it landed, so that no plan finds its take free; others stay as they are."""
    journal = MemoryJournal()
    called, silent = (
        an_attempt(f"a{number}", status=Status.NOT_LANDED, task_id=None, take=number) for number in (1, 2)
    )
    for fact in (called, silent):
        journal.record(fact)
    journal.receive(called.attempt_id, b'{"status": "running"}', at=1_800_000_000.0)
    mailbox = Mailbox(journal)
    mailbox.collect()
    lockfile = LockFile(tmp_path / "seedance.lock", root=tmp_path, write_lock=tmp_path / "flock")

    heed_proof(journal, mailbox, Ledger(journal, lockfile, SystemClock()))

    stand = {row.fact.attempt_id: row.fact.status for row in journal.rows()}
    assert stand == {called.attempt_id: Status.LANDED, silent.attempt_id: Status.NOT_LANDED}
