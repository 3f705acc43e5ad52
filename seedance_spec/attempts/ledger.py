"""Remembering: the journal at once, the lockfile within a second and at exit (D1). No network may enter."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress

from seedance_spec.attempts.ports import Clock, Journal, Mark
from seedance_spec.lockfile.facts import AttemptFact, Fact, Status
from seedance_spec.lockfile.file import LockFile, LockFileFault
from seedance_spec.lockfile.fold import Facts

SECONDS_BETWEEN_WRITES = 1.0


class Ledger:
    """The one writer of facts. A fact is durable in the journal when `record` returns; the lockfile follows.

    Only facts that may cost or have cost money are written: a claim whose POST was never sent leaves no trace in git.
    The first flush also writes what the journal knows and the lockfile may not: of a process that was killed between
    the two, every other clone would else see nothing, and pay again.
    """

    def __init__(self, journal: Journal, lockfile: LockFile, clock: Clock) -> None:
        self._journal = journal
        self._lockfile = lockfile
        self._clock = clock
        self._pending: dict[str, AttemptFact] = {}
        self._by_take: dict[tuple[str, int], dict[str, AttemptFact]] = defaultdict(dict)
        self._wake = asyncio.Event()
        self._caught_up = False
        self._sight: object = ()
        self._read = Facts()

    async def learn(self, content_hash: str, take: int) -> None:
        """Tell the journal which attempts at a take the lockfile holds by now: a pull may have brought one since the
        plan was made. Where it cannot be read the journal alone decides, and the next flush says why.
        """
        with suppress(LockFileFault):
            if (sight := self._lockfile.sight()) != self._sight:
                self._read, _ = await asyncio.to_thread(self._lockfile.read)
                self._sight = sight
        for fact in self._read.takes(content_hash).get(take, ()):
            if self._journal.row(fact.attempt_id) is None:
                self._journal.record(fact)

    def record(self, fact: AttemptFact) -> None:
        # The lockfile is told even where the journal refuses: a task id must be written down somewhere.
        self._pending[fact.attempt_id] = fact
        self._by_take[fact.content_hash, fact.take][fact.attempt_id] = fact
        self._wake.set()
        self._journal.record(fact)
        row = self._journal.row(fact.attempt_id)
        if row is not None:
            # folded with what was known before: both files say the same
            self._pending[fact.attempt_id] = row.fact

    def recorded(self, hashes: Collection[str], take: int) -> Iterator[AttemptFact]:
        """The attempts at one take, by any of its content hashes, that this run recorded something about."""
        for content_hash in hashes:
            yield from self._by_take.get((content_hash, take), {}).values()

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
        facts = Facts.of(*self._left_behind(), *pending.values(), *more)
        if facts == Facts():
            return
        await asyncio.to_thread(self._lockfile.merge, facts)
        self._caught_up = True
        for attempt_id, fact in pending.items():
            if self._pending.get(attempt_id) is fact:
                del self._pending[attempt_id]

    def _left_behind(self) -> tuple[AttemptFact, ...]:
        """Every attempt in the journal whose POST has an outcome, until one flush has brought them all over."""
        if self._caught_up:
            return ()
        rows = (row for row in self._journal.rows() if row.released is None)
        return tuple(row.fact for row in rows if row.mark is Mark.ANSWERED or row.fact.status is not Status.UNKNOWN)
