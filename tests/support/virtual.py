"""Virtual time: hours of waiting in a moment, while real threads (fsync, hashing) are waited for."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

TURNS = 25
"""Turns of the event loop without a timer before time may pass: more than any chain of awaits in the program."""


class _Counting(ThreadPoolExecutor):
    """Knows how many of its jobs are under way: time stands still for them.

    Only the event loop's thread counts: two threads that count at once would lose one.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(max_workers=4)
        self.busy = 0
        self._loop = loop

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        self.busy += 1
        told: Future[T] = Future()

        def work() -> None:
            if told.set_running_or_notify_cancel():
                try:
                    told.set_result(fn(*args, **kwargs))
                except BaseException as error:
                    told.set_exception(error)
            # Only now, when the loop has been told of the result: else time could pass in between.
            with suppress(RuntimeError):  # the loop was closed first: nobody counts any more
                self._loop.call_soon_threadsafe(self._one_less)

        super().submit(work)
        return told

    def _one_less(self) -> None:
        self.busy -= 1


class VirtualClock:
    """`attempts.ports.Clock` whose time passes only while everybody waits."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now + seconds, self._count, waking))
        await waking

    async def run(self, work: Awaitable[T]) -> T:
        """Let time pass until `work` is done. Raises AssertionError when everybody waits for ever."""
        threads = _Counting(asyncio.get_running_loop())
        asyncio.get_running_loop().set_default_executor(threads)
        task = asyncio.ensure_future(work)
        idle = 0
        while not task.done():
            await asyncio.sleep(0)
            if threads.busy:
                await asyncio.sleep(0.0005)
                idle = 0
            idle += 1
            if idle > TURNS and not task.done():
                self._pass()
                idle = 0
        return await task

    def _pass(self) -> None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        assert self._sleepers, "everybody waits and nothing will happen"
        due, _, waking = heapq.heappop(self._sleepers)
        self._now = max(self._now, due)
        waking.set_result(None)
