"""What comes before a plan: take over from the dead, learn what the lockfile knows, put clips back. Nothing is paid."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from seedance_spec.attempts.attempt import Attempt, recover
from seedance_spec.attempts.known import is_open
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.mailbox import Mailbox
from seedance_spec.attempts.ports import Journal, JournalRow
from seedance_spec.attempts.stages import ClipStored, Poked
from seedance_spec.attempts.standing import state_of
from seedance_spec.clips.layout import output_path
from seedance_spec.clips.publish import published, restock, restock_frame
from seedance_spec.clips.store import Store
from seedance_spec.clock import SystemClock
from seedance_spec.journal.faults import Overtaken
from seedance_spec.journal.owner import is_alive
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import Film
from seedance_spec.pipeline import journal_of, lockfile_of
from seedance_spec.workplace import Workplace


async def tidy(film: Film, workplace: Workplace) -> None:
    """What comes before a plan: take over what a dead process left, let the journal remember what the lockfile knows,
    and put shown clips back into a store that lost them.
    """
    journal = journal_of(workplace)
    try:
        ledger = Ledger(journal, lockfile_of(workplace), SystemClock())
        mailbox = Mailbox(journal)
        mailbox.collect()
        for row in journal.rows():
            if is_open(row) and not is_alive(row.owner):
                with suppress(Overtaken):
                    recover(row, mailbox.of(row.fact.attempt_id), journal=journal, ledger=ledger)
        _learn(journal, workplace)
        heed_proof(journal, mailbox, ledger)
        for row, stored in await asyncio.to_thread(stored_unrecorded, journal.rows(), Store(workplace.store)):
            Attempt(row.fact, state_of(row.fact), journal=journal, ledger=ledger).take(stored)
        await ledger.flush()
    finally:
        journal.close()
    await asyncio.to_thread(_restock, film, workplace)


def _learn(journal: SqliteJournal, workplace: Workplace) -> None:
    """Known = lockfile ∪ journal must hold tomorrow too, when a checkout or a stash hides the lockfile's facts (D1)."""
    facts, _ = lockfile_of(workplace).read()
    known = {row.fact.attempt_id: row.fact for row in journal.rows()}
    for fact in facts.attempts.values():
        if fact.realm is workplace.realm and known.get(fact.attempt_id) != fact:
            journal.record(fact)


def _restock(film: Film, workplace: Workplace) -> None:
    """What renders/ shows may be the last copy of a clip or last frame that was paid for: the store has it before
    anything is shown in its place.
    """
    store, (facts, _) = Store(workplace.store), lockfile_of(workplace).read()
    frames = {said.output: said.last_frame for said in map(verdict, facts.attempts.values())}
    shown = published(workplace.root, [output_path(shot_id, workplace.realm, film.profile) for shot_id in film.shots])
    for output, digest in shown.items():
        if digest is not None and not store.has(digest):
            restock(workplace.root, store, output, digest)
        frame = frames.get(digest) if digest is not None else None
        if frame is not None and not store.has(frame):
            restock_frame(workplace.root, store, output, frame)


def heed_proof(journal: Journal, mailbox: Mailbox, ledger: Ledger) -> None:
    """A callback that came after the user had said that a POST made no task proves that it did (D4): the take is not
    free any more.
    """
    for row in journal.rows():
        if row.released is None and row.fact.status is Status.NOT_LANDED:
            attempt = Attempt(row.fact, state_of(row.fact), journal=journal, ledger=ledger)
            for poke in mailbox.of(row.fact.attempt_id):
                attempt.take(Poked(upstream_id=poke.upstream_id, upstream_status=poke.upstream_status))


def stored_unrecorded(rows: Sequence[JournalRow], store: Store) -> list[tuple[JournalRow, ClipStored]]:
    """Clips that were stored by a process which died before it could write down so: they are here, and need neither be
    fetched nor bought again.
    """
    found = []
    for row in rows:
        if row.released is None and row.fact.status is Status.SUCCEEDED and verdict(row.fact).output is None:
            digest = store.kept(row.fact.attempt_id)
            if digest is not None and store.verify(digest):
                found.append((row, ClipStored(output=digest, bytes=store.path(digest).stat().st_size)))
    return found
