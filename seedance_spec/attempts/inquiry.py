"""Asking the key's billing log for tasks whose answer was lost: one inquiry for all lanes of a run. It only asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from seedance_spec.attempts.evidence import bind, candidates, lost_of
from seedance_spec.attempts.means import Means
from seedance_spec.attempts.poller import Poller
from seedance_spec.attempts.ports import AskLater, AskRefused, TaskView
from seedance_spec.gateway.billing_log import LogClosed, LogRow
from seedance_spec.journal.faults import JournalFault
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.fold import Facts

LOOK_SECONDS = 60.0
"""Between two looks at the log: the stock limit is 20 in 20 minutes (gateway.md §1.7)."""

BEAT_SECONDS = 10.0
"""Between two words to the lease that we still lead: it is over after 30 s of silence, in real time."""

MOST_TASKS = 30
"""Tasks that are asked about after one look at the log, oldest first; the others have their turn after the next."""

_LONGEST_PAUSE = 600.0
_SHORTEST_PAUSE = 0.05


class Inquiry:
    """`found` is called with attempt id and task id for each attempt whose task is proven, in a lane of ours or not."""

    def __init__(self, means: Means, poller: Poller, *, found: Callable[[str, str], None]) -> None:
        self.looks = 0
        self._means = means
        self._poller = poller
        self._found = found
        self._closed = means.billing is None
        self._seekers = 0
        self._wanted = asyncio.Event()
        self._views: dict[str, TaskView] = {}
        self._errors = 0
        self._told_to_wait = 0.0

    @property
    def is_closed(self) -> bool:
        """Whether the log is not offered: nothing will come of it in this run."""
        return self._closed

    @property
    def interval(self) -> float:
        """Seconds between two looks."""
        return max(LOOK_SECONDS / self._means.time_scale, _SHORTEST_PAUSE)

    @contextmanager
    def seeking(self) -> Iterator[None]:
        """The log is asked as long as somebody seeks."""
        self._seekers += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._seekers -= 1
            if not self._seekers:
                self._wanted.clear()

    async def keep_asking(self) -> None:
        """Run until cancelled, or until the log is known not to be offered."""
        while not self._closed:
            await self._wanted.wait()
            try:
                if self._means.leads():
                    await self._look()
                    await self._rest()
                    continue
            except JournalFault:
                # The lanes say what is wrong with the journal; here it is one more look that came to nothing.
                self._errors += 1
            await self._means.clock.sleep(min(BEAT_SECONDS, self.interval))

    async def _look(self) -> None:
        assert self._means.billing is not None, "a closed inquiry asks nothing"
        await self._poller.turn()
        answer = await self._means.billing.billing_log()
        match answer:
            case LogClosed():
                self._closed = True
            case AskLater():
                self._errors += 1
                self._told_to_wait = answer.retry_after or 0.0
            case rows:
                await self._consider(rows)
                self._errors, self._told_to_wait = 0, 0.0
                self.looks += 1

    async def _consider(self, rows: tuple[LogRow, ...]) -> None:
        facts = self._facts()
        lost = tuple(each for each in map(lost_of, facts) if each is not None)
        named = candidates(rows, facts, lost=lost)
        for task_id in [each for each in named if each not in self._views][:MOST_TASKS]:
            answer = await self._poller.look(task_id)
            if isinstance(answer, AskRefused):
                self._closed = True
                return
            if isinstance(answer, TaskView):
                self._views[task_id] = answer
        views = (self._views[each] for each in named if each in self._views)
        for attempt_id, task_id in bind(lost, views).items():
            self._found(attempt_id, task_id)

    def _facts(self) -> tuple[AttemptFact, ...]:
        """Every attempt that is known here: all may be whose task it is, those under way and those given up too."""
        rows = (row.fact for row in self._means.journal.rows() if row.released is None)
        realm = self._means.workplace.realm
        return tuple(each for each in Facts.of(*self._means.known, *rows).attempts.values() if each.realm is realm)

    async def _rest(self) -> None:
        """Until the next look; the lease is told meanwhile that we are here."""
        pause = max(min(self.interval * 2.0**self._errors, _LONGEST_PAUSE), self._told_to_wait)
        until = self._means.clock.now() + pause
        while (left := until - self._means.clock.now()) > 0:
            await self._means.clock.sleep(min(left, BEAT_SECONDS))
            self._means.leads()
