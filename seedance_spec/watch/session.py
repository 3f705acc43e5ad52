"""A watch at work: it performs what the desk says, look by look and job by job. It neither prints nor reads keys."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol, assert_never

from seedance_spec.attempts.endings import End, Ending
from seedance_spec.attempts.means import Gate
from seedance_spec.attempts.ports import Clock, Scope
from seedance_spec.attempts.stages import StopSubmits
from seedance_spec.clips.faults import StoreFault
from seedance_spec.journal.faults import JournalFault
from seedance_spec.lockfile.file import LockFileFault
from seedance_spec.pipeline import Decision
from seedance_spec.plan.selection import SelectionError
from seedance_spec.watch.commits import GitFault
from seedance_spec.watch.desk import Desk, step
from seedance_spec.watch.happenings import (
    Agreed,
    Doing,
    Ended,
    Happening,
    Job,
    Left,
    Look,
    Looked,
    Lost,
    Passed,
    Start,
    Superseded,
    Touched,
    Withdraw,
)
from seedance_spec.watch.looker import Sight
from seedance_spec.watch.reading import key_of, rows_of
from seedance_spec.watch.sheet import Key

FAULTS = (StoreFault, JournalFault, LockFileFault, SelectionError, GitFault)
"""What may pass: it is said, and the next save or key tries again."""

_BOUGHT = frozenset({End.RENDERED, End.RUNNING, End.LATE})
_PASSING = frozenset({"superseded", "interrupted"})
"""Nothing is wrong with these takes: they are bought whenever they are wanted again."""


class Carries(Protocol):
    """An open rendering."""

    async def carry(self, decision: Decision, *, jobs: int, gate: Gate | None = None) -> tuple[Ending, ...]: ...


class Shows(Protocol):
    """Whoever shows how the watch goes."""

    def looked(self, sight: Sight) -> None: ...

    def superseded(self, shot_id: str) -> None:
        """Its older version is paid for and is kept as a take."""

    def ended(self, endings: tuple[Ending, ...]) -> None: ...

    def trouble(self, message: str) -> None: ...

    def stands(self, desk: Desk) -> None:
        """The desk after each step."""


class Session:
    """`seen` is the last look; `desk` where the watch stands. Everything that happens comes in by its methods.

    `give_up` tells the jobs to end at once, with what is due on record.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        look: Callable[[Look], Awaitable[Sight]],
        rendering: Carries,
        shows: Shows,
        clock: Clock,
        give_up: Callable[[], None],
    ) -> None:
        self.desk = desk
        self.seen: Sight | None = None
        self._look = look
        self._rendering = rendering
        self._shows = shows
        self._clock = clock
        self._give_up = give_up
        self._happenings: deque[Happening] = deque()
        self._woken = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._gates: dict[int, Gate] = {}

    # ── what happens ────────────────────────────────────────────────────────────────────────────────────────────────

    def touched(self) -> None:
        self._happen(Touched(at=self._clock.now()))

    def lost(self, shot_id: str) -> None:
        self._happen(Lost(shot_id=shot_id))

    def agree(self) -> None:
        self._happen(Agreed())

    def leave(self) -> None:
        """Begin nothing more. `run` returns once every job has ended: whoever leaves tells them to stop."""
        self._happen(Left())

    def _happen(self, happening: Happening) -> None:
        self._happenings.append(happening)
        self._woken.set()

    # ── what is done ────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Until it is left. An exception that is no fault of the disk ends it too."""
        try:
            self._perform(Touched(at=self._clock.now() - self.desk.quiet))
            while not self.desk.leaving:
                self._perform(await self._next())
            while self._tasks:
                await asyncio.wait(self._tasks)
                self._collect()
        finally:
            if self._tasks:
                # Cancelled, a job would leave its POSTs to nobody: it is told to stop, and has its two seconds.
                self._give_up()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _next(self) -> Happening:
        """The next happening, or that the time of the next look has come. Raises what a job could not bear."""
        if not self._happenings:
            await self._rest()
        self._collect()
        return self._happenings.popleft() if self._happenings else Passed(at=self._clock.now())

    async def _rest(self) -> None:
        """Until something happens, or a look is due."""
        self._woken.clear()
        waking = [asyncio.create_task(self._woken.wait())]
        due = self.desk.due
        resting = [] if due is None else [asyncio.create_task(self._clock.sleep(max(due - self._clock.now(), 0.0)))]
        try:
            await asyncio.wait([*waking, *resting], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (*waking, *resting):
                each.cancel()

    def _perform(self, happening: Happening) -> None:
        self.desk, doings = step(self.desk, happening)
        for doing in doings:
            self._do(doing)
        self._shows.stands(self.desk)

    def _do(self, doing: Doing) -> None:
        match doing:
            case Look():
                self._begin(self._looked(doing))
            case Start():
                assert self.seen is not None, "a job comes from a look"
                self._begin(self._carried(doing.job, self.seen.decision))
            case Withdraw():
                if (gate := self._gates.get(doing.number)) is not None:
                    gate.close(_superseded(), "")
            case Superseded():
                self._shows.superseded(doing.shot_id)
            case _:
                assert_never(doing)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda _: self._woken.set())

    def _collect(self) -> None:
        """Let go of what is done. Raises what it raised."""
        for task in [each for each in self._tasks if each.done()]:
            self._tasks.remove(task)
            task.result()

    async def _looked(self, ask: Look) -> None:
        try:
            self.seen = await self._look(ask)
        except FAULTS as fault:
            self._shows.trouble(str(fault))
            self._happen(Looked(sheet=None))
            return
        self._shows.looked(self.seen)
        self._happen(Looked(sheet=self.seen.sheet))

    async def _carried(self, job: Job, decision: Decision) -> None:
        rows = rows_of(job, decision.plan)
        gate = self._gates[job.number] = Gate()
        others = tuple(row for row in decision.plan.changes if row not in rows)
        plan = replace(decision.plan, changes=rows, outside=(*others, *decision.plan.outside))
        try:
            endings = await self._rendering.carry(replace(decision, plan=plan), jobs=max(len(rows), 1), gate=gate)
        except FAULTS as fault:
            self._shows.trouble(str(fault))
            self._happen(Ended(number=job.number, unbought=dict.fromkeys(job.keys, str(fault))))
            return
        finally:
            del self._gates[job.number]
        self._shows.ended(endings)
        self._happen(Ended(number=job.number, unbought=unbought(endings)))


def unbought(endings: Iterable[Ending]) -> Mapping[Key, str]:
    """The takes that were to be bought and were not, with why: trying again at once would come to the same."""
    return {
        key_of(ending.change): ending.message or ending.code or ending.end.value
        for ending in endings
        if ending.change.pays and ending.end not in _BOUGHT and ending.code not in _PASSING
    }


def _superseded() -> StopSubmits:
    return StopSubmits(scope=Scope.ALL, code="superseded", message="a newer version was saved before it was sent")
