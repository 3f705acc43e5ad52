"""One run: every row of the plan in a lane of its own, in parallel, until all have ended or the user stops it (D5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, TypeAlias, assert_never

from seedance_spec.attempts.adoption import Word, write_down
from seedance_spec.attempts.asking import Asking
from seedance_spec.attempts.blocking import blocked, blocked_event, planned_block
from seedance_spec.attempts.endings import End, Ending, fault_ending
from seedance_spec.attempts.lane import Lane
from seedance_spec.attempts.mailbox import Mailbox
from seedance_spec.attempts.means import Gate, Means, Stop
from seedance_spec.attempts.ports import Scope
from seedance_spec.attempts.publication import publish_take
from seedance_spec.attempts.stages import ResolvedLanded, StopSubmits
from seedance_spec.clips.faults import StoreFault
from seedance_spec.journal.faults import JournalFault
from seedance_spec.plan.bringing import Bringing
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.events import Told, take_name

Key: TypeAlias = tuple[str, int, Action, str | None]

_FAILURES = frozenset({End.FAILED, End.NOT_SUBMITTED})

SHIELD = 2.0
"""Seconds that an urgent stop leaves to answers that are due (D3)."""


class Conductor:
    """Carries out a plan. `heard` is to be called whenever a callback may have come.

    With `fail_fast` nothing more is submitted after the first shot that fails; what runs is followed. `asking` is what
    several conductors of one process share; without it this one asks for itself. Whoever hands in the `gate` may close
    it while the run goes on.
    """

    def __init__(
        self,
        plan: Plan,
        means: Means,
        *,
        jobs: int,
        fail_fast: bool = False,
        asking: Asking | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._plan = plan
        self._means = means
        self._gate = Gate(stays=means.stays) if gate is None else gate
        self._places = asyncio.Semaphore(jobs)
        self._fail_fast = fail_fast
        self._mailbox = Mailbox(means.journal)
        self._asks_itself = asking is None
        self._asking = asking or Asking(means, found=self.found)
        self._lanes = {
            _key(change): Lane(change, means, self._gate, self._asking.poller, self._mailbox, self._asking.inquiry)
            for change in plan.changes
        }
        assert len(self._lanes) == len(plan.changes), "two rows of one name would share a lane, and one would not end"
        self._bringing = Bringing.of(plan.changes, means.facts)
        self._tasks: dict[Key, asyncio.Task[Ending]] = {}
        self._poked = asyncio.Event()

    def heard(self) -> None:
        self._poked.set()

    def hearing(self, listening: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        """Callbacks can reach this process again, or no longer."""
        self._asking.poller.listening = listening
        for lane in self._lanes.values():
            lane.hearing(listening)

    async def run(self, stop: Stop) -> tuple[Ending, ...]:
        """Every change's ending, in the plan's order. It returns on a stop too: what still runs is said so."""
        self._mailbox.collect()
        self._gate.stopping = stop.wanted.is_set()
        self._tasks = {_key(change): asyncio.create_task(self._carry_out(change)) for change in self._plan.changes}
        listening = [asyncio.create_task(self._listen())]
        if self._asks_itself:
            listening.append(asyncio.create_task(self._asking.inquiry.keep_asking()))
        try:
            await self._until_done(stop)
        finally:
            for each in listening:
                each.cancel()
            for heard in await asyncio.gather(*listening, return_exceptions=True):
                self._mention(heard)
        return tuple(self._ending_of(change) for change in self._plan.changes)

    def _mention(self, heard: BaseException | None) -> None:
        """What kept us from listening cost latency and no result: it is said, and the endings stand."""
        if heard is not None and not isinstance(heard, asyncio.CancelledError):
            message = f"callbacks or the billing log went unheard for a while: {type(heard).__name__}: {heard}"
            self._means.tell(Told(at=self._means.clock.now(), message=message))

    # ── stopping ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _until_done(self, stop: Stop) -> None:
        everything = asyncio.ensure_future(asyncio.gather(*self._tasks.values(), return_exceptions=True))
        wanted = asyncio.create_task(stop.wanted.wait())
        waiting: set[asyncio.Future[Any]] = {everything, wanted}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        wanted.cancel()
        if everything.done():
            return
        self._gate.stopping = True
        self._let_go()
        await self._await_answers(everything, stop)
        self._cancel_all()
        await asyncio.gather(everything, return_exceptions=True)

    def _let_go(self) -> None:
        """Everything but a POST whose answer is due can be dropped where it stands: the same command goes on there."""
        due = 0
        for key, task in self._tasks.items():
            if self._lanes[key].posting:
                due += 1
            else:
                task.cancel()
        if due:
            word = "answer is" if due == 1 else "answers are"
            message = f"stopping: nothing more is submitted; {due} {word} due (again to stop at once)"
            self._means.tell(Told(at=self._means.clock.now(), message=message))

    async def _await_answers(self, everything: Awaitable[object], stop: Stop) -> None:
        answers = asyncio.ensure_future(everything)
        urgent = asyncio.create_task(stop.urgent.wait())
        await asyncio.wait({answers, urgent}, return_when=asyncio.FIRST_COMPLETED)
        urgent.cancel()
        if not answers.done():
            await asyncio.wait({answers}, timeout=SHIELD)

    def _cancel_all(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    def _ending_of(self, change: Change) -> Ending:
        task = self._tasks[_key(change)]
        if not task.cancelled():
            return task.result()
        return self._lanes[_key(change)].interrupted()

    # ── one row ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _carry_out(self, change: Change) -> Ending:
        """One row to its end. What the disk refuses costs that row, never the others."""
        try:
            ending = await self._ending(change)
            self._heed_failure(ending)
            if ending.end is End.RENDERED:
                await publish_take(ending, self._means)
            elif ending.end is End.BLOCKED:
                self._means.tell(blocked_event(ending, at=self._means.clock.now()))
        except (StoreFault, JournalFault) as fault:
            return fault_ending(change, fault, self._lanes[_key(change)].fact)
        return ending

    def _heed_failure(self, ending: Ending) -> None:
        """With `fail_fast` the first failure of this run closes the gate: before another lane can have its place."""
        failed = ending.end in _FAILURES and ending.change.pays
        if self._fail_fast and failed and self._gate.closed is None:
            name = take_name(ending.change.shot_id, ending.change.take)
            message = f"{name} failed, and --fail-fast submits nothing after that"
            self._gate.closed = StopSubmits(scope=Scope.ALL, code="fail-fast", message=message)
            self._means.tell(Told(at=self._means.clock.now(), message=message))

    async def _ending(self, change: Change) -> Ending:
        return await self._led(change) or await self._own_ending(change)

    async def _led(self, change: Change) -> Ending | None:
        """The ending of the row that does the work for this one too; None where this one has to do it itself."""
        leader = self._leader_of(change)
        if leader is None:
            return None
        first = await asyncio.shield(self._tasks[_key(leader)])
        still_to_fetch = leader.pays and _id(change) is not None and first.end is End.NOT_SUBMITTED
        return None if still_to_fetch else replace(first, change=change)

    async def _own_ending(self, change: Change) -> Ending:
        lane = self._lanes[_key(change)]
        match change.action:
            case Action.NEW | Action.RERENDER:
                assert change.shot is not None, "only a shot can be paid for"
                # Without a place: a child that waits must not keep its own parent from being rendered.
                if (held := await self._held_up(change)) is not None:
                    return held
                async with self._places:
                    return await lane.pay(change.shot)
            case Action.IN_FLIGHT | Action.MISSING | Action.UNKNOWN if change.attempt is not None:
                return await lane.follow(change.attempt)
            case Action.FAILED:
                return _standing(change, End.FAILED)
            case Action.BLOCKED:
                return planned_block(change)
            case Action.STALE:
                return _standing(change, End.STALE)
            case Action.RESTORE | Action.RENAMED | Action.UNCHANGED | Action.DROPPED:
                return _standing(change, End.RENDERED)
            case Action.IN_FLIGHT | Action.MISSING | Action.UNKNOWN:
                return _standing(change, End.RUNNING)
            case _:
                assert_never(change.action)

    async def _held_up(self, change: Change) -> Ending | None:
        """Wait until every clip that this row starts from is here; how the row ends where one of them will not come.

        Nothing is claimed meanwhile: whoever stops here has paid nothing, and holds no take that another could buy.
        """
        for parent in self._bringing.parents(change):
            if parent.row is None:
                if not self._bringing.is_rendered(parent.source):
                    return blocked(change, parent.shot_id, None)
                continue
            ending = await asyncio.shield(self._tasks[_key(parent.row)])
            if ending.end is not End.RENDERED:
                is_over = self._gate.stopping
                return self._lanes[_key(change)].interrupted() if is_over else blocked(change, parent.shot_id, ending)
        return None

    def _leader_of(self, change: Change) -> Change | None:
        """The row that does the work for this one too: the shot with the same request that pays, or the first row about
        the same attempt. One attempt is asked about and fetched once; nor is it fetched while a twin gives it up, on
        the user's word (--retake), and buys its take again: it would be here, and paid for twice.
        """
        for other in self._plan.changes:
            if other.pays and other.passes_over is not None and other.passes_over == _id(change) and not change.pays:
                return other
        for other in self._plan.changes:
            if other is change:
                return None
            if _leads(other, change):
                return other
        return None

    # ── callbacks ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _listen(self) -> None:
        """Hand each callback to the lane whose attempt it names, in the order in which they came."""
        while True:
            for poke in self._mailbox.collect():
                for lane in self._lanes.values():
                    if lane.attempt is not None and lane.attempt.fact.attempt_id == poke.attempt_id:
                        lane.poke(poke)
            await self._poked.wait()
            self._poked.clear()

    # ── the billing log, and what other clones report ───────────────────────────────────────────────────────────────

    def found(self, attempt_id: str, task_id: str) -> None:
        """The billing log names a lost attempt's task: clones that share a receiver hear of it too."""
        self.said(attempt_id, ResolvedLanded(task_id=task_id))
        if self._means.claims is not None:
            self._means.claims.reports.owe(attempt_id)
            self._means.report()

    def follows(self, attempt_id: str) -> bool:
        """Whether a lane of this run sees the attempt through."""
        return any(lane.fact is not None and lane.fact.attempt_id == attempt_id for lane in self._lanes.values())

    def said(self, attempt_id: str, word: Word) -> None:
        """What became of a lost attempt: told to its lane, or written down for the process or run that waits for it."""
        lanes = [lane for lane in self._lanes.values() if lane.fact is not None and lane.fact.attempt_id == attempt_id]
        for lane in lanes[:1]:
            lane.settled(word)
        if not lanes:
            write_down(attempt_id, word, journal=self._means.journal, ledger=self._means.ledger)


def _key(change: Change) -> Key:
    """One row's name: an old request of a shot may still be in flight beside the new one."""
    return change.shot_id, change.take, change.action, _id(change)


def _leads(leader: Change, follower: Change) -> bool:
    if follower.follows is not None:
        return leader.shot_id == follower.follows and leader.take == follower.take and leader.pays
    if (
        follower.action not in {Action.IN_FLIGHT, Action.MISSING, Action.UNKNOWN}
        or leader.action is not follower.action
    ):
        return False
    return _id(leader) is not None and _id(leader) == _id(follower)


def _id(change: Change) -> str | None:
    return change.attempt.attempt_id if change.attempt else None


def _standing(change: Change, end: End) -> Ending:
    return Ending(change=change, end=end, fact=change.attempt)
