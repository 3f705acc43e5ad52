"""Looking at one task: when the schedule says, sooner when a callback came. It does not judge what it sees."""

from __future__ import annotations

import asyncio

from seedance_spec.attempts.means import Means, RateBudget
from seedance_spec.attempts.ports import TaskAbsent, TaskAnswer, TaskView
from seedance_spec.attempts.schedule import AskHistory, after_answer, after_callback, next_ask

PATIENCE = 24 * 3600 + 20 * 60
"""Seconds that a task is waited for: past the gateway's own sweep at 24 hours (gateway.md §8.4)."""

ABSENCE = 90.0
"""Seconds of looking at a task that the gateway does not know before a run stops waiting for it."""


class Asker:
    """The looks at one task. `view` is the last whole answer."""

    def __init__(self, means: Means, budget: RateBudget, *, submitted_at: float, expected_seconds: float) -> None:
        self.view: TaskView | None = None
        self._means = means
        self._budget = budget
        self._expected = expected_seconds
        self._history = AskHistory(submitted_at=submitted_at)
        self._absent_since: float | None = None
        self._nudge = asyncio.Event()

    @property
    def elapsed(self) -> float:
        """Seconds since the submit."""
        return max(0.0, self._means.clock.now() - self._history.submitted_at)

    @property
    def patience_is_over(self) -> bool:
        return self.elapsed > PATIENCE / self._means.time_scale

    @property
    def is_absent(self) -> bool:
        """Whether the gateway has denied this task for as long as a run waits."""
        since = self._absent_since
        return since is not None and self._means.clock.now() - since > ABSENCE / self._means.time_scale

    def called_back(self, upstream_status: str | None) -> None:
        self._history = after_callback(self._history, upstream_status, now=self._means.clock.now())
        self._nudge.set()

    async def look(self, task_id: str) -> TaskAnswer:
        """Wait for the next look and take it; a callback meanwhile plans it anew."""
        while await self._woken_before(self._next()):
            pass
        return await self.look_now(task_id)

    async def look_now(self, task_id: str) -> TaskAnswer:
        await self._budget.turn()
        answer = await self._means.gateway.task(task_id)
        now = self._means.clock.now()
        self._history = after_answer(self._history, answer, now=now)
        if isinstance(answer, TaskView):
            self.view, self._absent_since = answer, None
        elif isinstance(answer, TaskAbsent):
            self._absent_since = self._absent_since or now
        return answer

    def _next(self) -> float:
        return next_ask(
            self._history,
            now=self._means.clock.now(),
            interval=self._means.poll_interval,
            chance=self._means.chance(),
            expected_seconds=self._expected,
            time_scale=self._means.time_scale,
        )

    async def _woken_before(self, due: float) -> bool:
        """Wait until `due`; True when a callback came first."""
        self._nudge.clear()
        seconds = due - self._means.clock.now()
        if seconds <= 0:
            return False
        sleeping = asyncio.ensure_future(self._means.clock.sleep(seconds))
        nudged = asyncio.ensure_future(self._nudge.wait())
        try:
            done, _ = await asyncio.wait({sleeping, nudged}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            nudged.cancel()
        return sleeping not in done
