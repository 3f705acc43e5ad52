"""One queue and one budget for all looks of a process (D5): who is due first goes first. It judges no answer."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from seedance_spec.attempts.means import Means
from seedance_spec.attempts.ports import Clock, TaskAnswer
from seedance_spec.attempts.rate_budget import RateBudget
from seedance_spec.attempts.steady_time import SteadyTime
from seedance_spec.plan.durations import NO_HISTORY, Durations

_numbers = itertools.count()


class Tasks(Protocol):
    """Whoever shows a task: the gateway, as far as looking goes."""

    async def task(self, task_id: str) -> TaskAnswer: ...


@dataclass(slots=True, order=True)
class Turn:
    """A place in the queue: due at `due`, in the poller's time. The first one in the queue keeps the time for all;
    `moved` wakes whoever waits for this one.
    """

    due: float
    number: int = field(default_factory=_numbers.__next__)
    moved: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


class Poller:
    """Looks at tasks for everybody. Times are `now()`'s: the clock's own as long as nobody sets it back.

    `listening` tells whether a callback can reach this process now; `poll_interval` is the user's own, in seconds;
    `chance` gives numbers in [0, 1).
    """

    def __init__(
        self,
        gateway: Tasks,
        clock: Clock,
        *,
        chance: Callable[[], float],
        time_scale: float = 1.0,
        poll_interval: float | None = None,
        durations: Durations = NO_HISTORY,
    ) -> None:
        self.chance = chance
        self.time_scale = time_scale
        self.poll_interval = poll_interval
        self.durations = durations
        self.listening = True
        self._gateway = gateway
        self._time = SteadyTime(clock)
        self._budget = RateBudget(time_scale=time_scale)
        self._queue: list[Turn] = []
        self._on_the_wire: dict[str, asyncio.Future[TaskAnswer]] = {}

    @classmethod
    def of(cls, means: Means) -> Poller:
        """The poller of one run."""
        return cls(
            means.gateway,
            means.clock,
            chance=means.chance,
            time_scale=means.time_scale,
            poll_interval=means.poll_interval,
            durations=Durations.of(means.known),
        )

    def now(self) -> float:
        return self._time.now()

    def since(self, moment: float) -> float:
        """A moment in Unix seconds, as `now()` would have shown it."""
        return self._time.since(moment)

    def move(self, turn: Turn, due: float) -> None:
        """It is due at another time."""
        if due != turn.due:
            turn.due = due
            heapq.heapify(self._queue)
            self._wake_first()

    async def look(self, task_id: str, turn: Turn | None = None) -> TaskAnswer:
        """Wait for the turn and look once; without one, as soon as the budget allows. One look at a task at a time:
        whoever comes while an answer is due gets that one.
        """
        await (self.turn() if turn is None else self.wait(turn))
        while (flying := self._on_the_wire.get(task_id)) is not None:
            await asyncio.wait({flying})
            if not flying.cancelled():
                return flying.result()
        return await self._looked(task_id)

    async def turn(self) -> None:
        """Wait for a look's worth of the budget: for looks that are not at one task."""
        await self.wait(Turn(self.now()))

    async def wait(self, turn: Turn) -> None:
        """Wait until it is due, the first in the queue and within the budget; that is charged with one look."""
        heapq.heappush(self._queue, turn)
        self._wake_first()
        try:
            while (until := self._until(turn)) > self.now():
                turn.moved.clear()
                await self._rest(turn, until)
            self._budget = self._budget.spent(self.now())
        finally:
            self._queue.remove(turn)
            heapq.heapify(self._queue)
            self._wake_first()

    async def _looked(self, task_id: str) -> TaskAnswer:
        flying = self._on_the_wire[task_id] = asyncio.get_running_loop().create_future()
        sent_at = self.now()
        try:
            answer = await self._gateway.task(task_id)
            self._budget = self._budget.after(answer, sent_at=sent_at, now=self.now(), chance=self.chance())
            flying.set_result(answer)
            return answer
        finally:
            flying.cancel()
            del self._on_the_wire[task_id]
            self._wake_first()

    def _until(self, turn: Turn) -> float:
        """When it may go; no time is known while another one goes first, or finds out whether the gateway is back."""
        if self._queue[0] is not turn or (self._budget.is_probing and self._on_the_wire):
            return inf
        return max(turn.due, self._budget.free_at)

    async def _rest(self, turn: Turn, until: float) -> None:
        """Until the turn was moved, or until then, or for a while."""
        moved = asyncio.ensure_future(turn.moved.wait())
        waiting = {moved} if until == inf else {moved, asyncio.ensure_future(self._time.sleep_until(until))}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()

    def _wake_first(self) -> None:
        if self._queue:
            self._queue[0].moved.set()
