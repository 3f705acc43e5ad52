"""Telling a shared receiver what became of each claimed POST, now or in a later run. It decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import assert_never

from seedance_spec.attempts.attempt_id import in_project, read_attempt_id
from seedance_spec.attempts.ports import Clock, Journal, JournalRow, Mark
from seedance_spec.journal.faults import JournalFault
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.webhook.feed_protocol import FREED, Answer, ClaimRequest, Outcome, Said
from seedance_spec.webhook.receiver_port import Away, Claims, Unwelcome

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class Reports:
    """What the journal owes to the receiver. `projects` are the prefixes of the project's ids, sorted by the id."""

    def __init__(
        self,
        claims: Claims,
        *,
        journal: Journal,
        clock: Clock,
        chance: Callable[[], float],
        projects: tuple[str, ...],
    ) -> None:
        self._claims = claims
        self._journal = journal
        self._clock = clock
        self._chance = chance
        self._projects = projects
        self._wake = asyncio.Event()

    def owe(self, attempt_id: str) -> None:
        """Remember, durably, that an outcome is to be told once there is one."""
        self._journal.owe(attempt_id)

    def settled(self) -> None:
        """Some outcome may be on record now."""
        self._wake.set()

    async def keep_delivering(self) -> None:
        """Run until cancelled: deliver whenever there is something, back off while the receiver is away."""
        troubles = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            troubles = 0 if await self.deliver() else troubles + 1
            if troubles:
                longest = min(_FIRST_PAUSE * 2.0**troubles, _LONGEST_PAUSE)
                await self._clock.sleep(longest * (1 + self._chance()) / 2)
                self._wake.set()

    async def deliver(self) -> bool:
        """Tell every outcome that is on record and not acknowledged; False where some must be told again later."""
        try:
            for attempt_id in self._journal.owed():
                if not await self._delivered(attempt_id):
                    return False
        except JournalFault:
            # The lanes say what is wrong with the journal; what is owed stays owed.
            return False
        return True

    async def _delivered(self, attempt_id: str) -> bool:
        row = self._journal.row(attempt_id)
        said = said_of(row) if row is not None else None
        if row is None or said is None:
            return True
        for name in names_of(attempt_id, self._projects):
            if not await self._acknowledged(row.fact, name, said):
                return False
        now = self._journal.row(attempt_id)
        if now is not None and said_of(now) != said:
            return await self._delivered(attempt_id)
        self._journal.told(attempt_id)
        return True

    async def _acknowledged(self, fact: AttemptFact, name: str, said: Said) -> bool:
        answer = await self._claims.report(name, said)
        if answer is None and said.outcome not in FREED:
            # The receiver has lost what it knew: what may have been paid for is claimed again before others pay.
            request = ClaimRequest(attempt_id=name, content_hash=fact.content_hash, take=fact.take)
            claimed = await self._claims.claim(request)
            if isinstance(claimed, Answer) and claimed.granted:
                return not isinstance(await self._claims.report(name, said), Away | Unwelcome)
            return isinstance(claimed, Answer)
        return not isinstance(answer, Away | Unwelcome)


def said_of(row: JournalRow) -> Said | None:
    """What a receiver is to hear of an attempt; None while the outcome of its POST is open."""
    if row.released is not None:
        return Said(outcome=Outcome.NEVER_SENT if _was_never_sent(row.mark) else Outcome.REFUSED)
    if row.fact.task_id is not None:
        return Said(outcome=Outcome.SUBMITTED, task_id=row.fact.task_id)
    if row.mark is not Mark.ANSWERED:
        return None
    # The user's word that it made no task frees its take for every clone.
    return Said(outcome=Outcome.REFUSED if row.fact.status is Status.NOT_LANDED else Outcome.UNKNOWN)


def names_of(attempt_id: str, projects: tuple[str, ...]) -> Iterator[str]:
    """The attempt's own id, then its names in the project's other ids; none for an attempt of another project."""
    parts = read_attempt_id(attempt_id)
    if parts is None or parts.project not in projects:
        return
    yield attempt_id
    yield from (in_project(attempt_id, project) for project in projects if project != parts.project)


def _was_never_sent(mark: Mark) -> bool:
    match mark:
        case Mark.CLAIMED | Mark.CONNECTING:
            return True
        case Mark.BYTES_OUT | Mark.ANSWERED:
            return False
        case _:
            assert_never(mark)
