"""Tells CI when to collect: takes in what came, makes what is due, sends it until it arrived. No rule may enter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

from seedance_spec.webhook.desk import Desk, Unanswered
from seedance_spec.webhook.notice import Notice, Pace, Waiting, pause
from seedance_spec.webhook.notify_sender import Undelivered
from seedance_spec.webhook.notify_words import Post, Target, post_of, wants

REST_SECONDS = 0.2
"""Between two looks: a flood of callbacks is reckoned with in few steps."""

_PAGES_AT_ONCE = 20
_DISK_SECONDS = 30.0
_AFTER_FAULT_SECONDS = 5.0
_AFTER_MISTAKE_SECONDS = 60.0
_LONGEST_SLEEP = 3600.0

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class Notices(Protocol):
    """What is kept, as `journal.notice_file` keeps it; every call may take as long as a disk takes."""

    def take_in(self, *, now: float) -> bool: ...

    def make_due(
        self, target: str, wants: Callable[[str], bool], *, now: float, pace: Pace, new_id: Callable[[], str]
    ) -> float | None: ...

    def waiting(self, targets: Sequence[str]) -> Sequence[Waiting]: ...

    def delivered(self, notice: Notice) -> None: ...

    def failed(self, each: Waiting) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the notifier is handed: time, ids for notices (`msg_…`), and the way out of the machine."""

    now: Callable[[], float]
    new_id: Callable[[], str]
    send: Callable[[Post], Awaitable[Undelivered | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heralds:
    """Who hears of deliveries: `arrived` of each, `missed` with why, once per outage of a target."""

    arrived: Callable[[Notice], None] = lambda _: None
    missed: Callable[[Notice, str], None] = lambda _, __: None


class Notifier:
    """One per receiver. At least once: a notice is forgotten only after the other side took it, or after three days."""

    def __init__(
        self, notices: Notices, targets: Sequence[Target], means: Means, *, pace: Pace, heralds: Heralds
    ) -> None:
        self._notices = notices
        self._targets = {target.name: target for target in targets}
        self._named = frozenset(project for target in targets for project in target.projects)
        self._means = means
        self._pace = pace
        self._heralds = heralds
        self._desk = Desk("notices")
        self._rung = asyncio.Event()
        self._out: set[str] = set()

    def wake(self) -> None:
        """Something came: to be called on the event loop."""
        self._rung.set()

    async def run(self) -> None:
        """Until cancelled. What was on its way then is sent again by the next one."""
        try:
            while True:
                self._rung.clear()
                await self._sleep(await self._round_or_rest())
        finally:
            self._desk.close()

    async def round(self) -> float | None:
        """Do all there is to do now; when to look again (Unix seconds), None where only news can change anything.

        Raises Unanswered where the disk does not answer.
        """
        now = self._means.now()
        there_is_more = await self._take_in(now)
        next_due = [await self._make_due(target, now) for target in self._targets.values()]
        waiting = await self._ask(partial(self._notices.waiting, tuple(self._targets)))
        await asyncio.gather(*(self._deliver(each) for each in waiting if each.next_at <= now))
        left = await self._ask(partial(self._notices.waiting, tuple(self._targets)))
        moments = [*(at for at in next_due if at is not None), *(each.next_at for each in left)]
        return now if there_is_more else min(moments, default=None)

    async def _round_or_rest(self) -> float | None:
        try:
            return await self.round()
        except Unanswered:
            return self._means.now() + _AFTER_FAULT_SECONDS
        except Exception as error:
            # A mistake of ours must not end the telling, and never the receiver beside it.
            _log.exception("CI could not be notified: %s", type(error).__name__, exc_info=False)
            return self._means.now() + _AFTER_MISTAKE_SECONDS

    async def _sleep(self, until: float | None) -> None:
        await asyncio.sleep(REST_SECONDS)
        left = _LONGEST_SLEEP if until is None else min(until - self._means.now(), _LONGEST_SLEEP)
        try:
            async with asyncio.timeout(max(left, 0.0)):
                await self._rung.wait()
        except TimeoutError:
            return

    async def _take_in(self, now: float) -> bool:
        """Whether more came than one round reckons with: a flood must not keep what is due from being sent."""
        for _ in range(_PAGES_AT_ONCE):
            if not await self._ask(partial(self._notices.take_in, now=now)):
                return False
        return True

    async def _make_due(self, target: Target, now: float) -> float | None:
        wanted = partial(wants, target, everybody=self._named)
        make = partial(self._notices.make_due, target.name, wanted, now=now, pace=self._pace, new_id=self._means.new_id)
        return await self._ask(make)

    async def _deliver(self, each: Waiting) -> None:
        notice = each.notice
        post = post_of(notice, self._targets[notice.target].provider, now=self._means.now())
        missed = await self._means.send(post)
        if missed is None:
            await self._ask(partial(self._notices.delivered, notice))
            self._out.discard(notice.target)
            self._heralds.arrived(notice)
            return
        tries = each.tries + 1
        next_at = self._means.now() + pause(tries, missed.retry_after)
        await self._ask(partial(self._notices.failed, replace(each, tries=tries, next_at=next_at)))
        if notice.target not in self._out:
            self._out.add(notice.target)
            self._heralds.missed(notice, missed.reason)

    async def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        return await self._desk.ask(question, within=_DISK_SECONDS)
