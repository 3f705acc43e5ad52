"""Looking at one task: when the schedule says, sooner when a callback came. It does not judge what it sees."""

from __future__ import annotations

from seedance_spec.attempts.poller import Poller, Turn
from seedance_spec.attempts.ports import TaskAbsent, TaskAnswer, TaskView
from seedance_spec.attempts.schedule import AskHistory, after_answer, after_callback, next_ask, wanting_a_look
from seedance_spec.plan.durations import Expected

PATIENCE = 24 * 3600 + 20 * 60
"""Seconds that a task is waited for: past the gateway's own sweep at 24 hours (gateway.md §8.4)."""

ABSENCE = 90.0
"""Seconds of looking at a task that the gateway does not know before a run stops waiting for it."""

BEHIND = 600.0
"""Seconds after a callback that said `succeeded` from which on a gateway that does not show it is worth a word."""


class Asker:
    """The looks at one task, submitted at `submitted_at` (Unix seconds). `view` is the last whole answer."""

    def __init__(self, poller: Poller, *, submitted_at: float, expected: Expected) -> None:
        self.view: TaskView | None = None
        self._poller = poller
        self._expected = expected
        self._history = AskHistory(submitted_at=poller.since(submitted_at))
        self._listening = poller.listening
        self._chance = poller.chance()
        self._absent_since: float | None = None
        self._succeeded_since: float | None = None
        self._turn: Turn | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the submit."""
        return self._poller.now() - self._history.submitted_at

    @property
    def patience_is_over(self) -> bool:
        return self.elapsed > PATIENCE / self._poller.time_scale

    @property
    def is_absent(self) -> bool:
        """Whether the gateway has denied this task for as long as a run waits."""
        since = self._absent_since
        return since is not None and self._poller.now() - since > ABSENCE / self._poller.time_scale

    @property
    def gateway_is_behind(self) -> bool:
        """Whether the gateway still does not show the end that a callback told of long ago."""
        since = self._succeeded_since
        return since is not None and self._poller.now() - since > BEHIND / self._poller.time_scale

    def called_back(self, upstream_status: str | None) -> None:
        """A callback came: it proves the path, and one that may mean the end brings the next look forward."""
        now = self._poller.now()
        if upstream_status == "succeeded":
            self._succeeded_since = self._succeeded_since or now
        self._history = after_callback(self._history, upstream_status, now=now)
        self._plan_anew()

    def hearing_changed(self, listening: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        """Callbacks can reach this process again, or no longer: what came meanwhile is worth one look."""
        if listening and not self._listening:
            self._history = wanting_a_look(self._history, now=self._poller.now())
        self._listening = listening
        self._plan_anew()

    async def look(self, task_id: str) -> TaskAnswer:
        """Wait for the next look and take it; what happens meanwhile plans it anew."""
        self._turn = Turn(self._next())
        try:
            return await self._looked(task_id, self._turn)
        finally:
            self._turn = None

    async def look_now(self, task_id: str) -> TaskAnswer:
        """Look as soon as the budget allows."""
        return await self._looked(task_id, Turn(self._poller.now()))

    async def _looked(self, task_id: str, turn: Turn) -> TaskAnswer:
        answer = await self._poller.look(task_id, turn)
        now = self._poller.now()
        self._history = after_answer(self._history, answer, now=now, time_scale=self._poller.time_scale)
        self._chance = self._poller.chance()
        if isinstance(answer, TaskView):
            self.view, self._absent_since = answer, None
        elif isinstance(answer, TaskAbsent):
            self._absent_since = self._absent_since or now
        return answer

    def _plan_anew(self) -> None:
        """What is overdue keeps its place: else whoever calls often enough would put it off for ever."""
        if self._turn is not None and self._turn.due > self._poller.now():
            self._poller.move(self._turn, self._next())

    def _next(self) -> float:
        return next_ask(
            self._history,
            now=self._poller.now(),
            interval=self._poller.poll_interval,
            chance=self._chance,
            expected=self._expected,
            listening=self._listening,
            time_scale=self._poller.time_scale,
        )
