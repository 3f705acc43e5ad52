"""Remembering: the journal at once, the lockfile within a second and at exit (D1). No network may enter."""

from __future__ import annotations

import asyncio

from seedance_spec.attempts.ports import Clock, Journal
from seedance_spec.lockfile.facts import AttemptFact, Fact
from seedance_spec.lockfile.file import LockFile, LockFileFault
from seedance_spec.lockfile.fold import Facts

SECONDS_BETWEEN_WRITES = 1.0


class Ledger:
    """The one writer of facts. A fact is durable in the journal when `record` returns; the lockfile follows.

    Only facts that may cost or have cost money are written: a claim whose POST was never sent leaves no trace in git.
    """

    def __init__(self, journal: Journal, lockfile: LockFile, clock: Clock) -> None:
        self._journal = journal
        self._lockfile = lockfile
        self._clock = clock
        self._pending: dict[str, AttemptFact] = {}
        self._wake = asyncio.Event()

    def record(self, fact: AttemptFact) -> None:
        # The lockfile is told even where the journal refuses: a task id must be written down somewhere.
        self._pending[fact.attempt_id] = fact
        self._wake.set()
        self._journal.record(fact)

    async def keep_writing(self) -> None:
        """Run until cancelled; each write gathers what came within a second. What the disk refuses is tried again."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.flush()
            except LockFileFault:
                # The journal has it; the flush at the end says it if the disk has not come round by then.
                self._wake.set()
            await self._clock.sleep(SECONDS_BETWEEN_WRITES)

    async def flush(self, *more: Fact) -> None:
        """Write what is pending and `more`. Raises LockFileFault; what could not be written stays pending."""
        pending = dict(self._pending)
        if not pending and not more:
            return
        facts = Facts.of(*pending.values(), *more)
        await asyncio.to_thread(self._lockfile.merge, facts)
        for attempt_id, fact in pending.items():
            if self._pending.get(attempt_id) is fact:
                del self._pending[attempt_id]
