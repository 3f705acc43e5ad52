"""An event loop whose time passes only while everybody waits, on one thread: the same seed, the same history."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from typing import Any, TypeVar

from tests.lab.simulation.process import PROCESS, Killed, Process

T = TypeVar("T")

Work = Generator[Any, None, T] | Coroutine[Any, Any, T]


class StuckError(AssertionError):
    """Everybody waits and nothing will ever happen."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Time starts at 0. There are no sockets, and no threads: what a program sends to one is done on this loop a moment
    later, `pause()` seconds, during which others go on and the program may die. `faults` gathers what no task saw.
    """

    def __init__(self, pause: Callable[[], float]) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._pause = pause
        self._time = 0.0
        self._clock_resolution = 1e-6
        self._selector = self
        self.set_exception_handler(lambda _, context: self._complain(context))

    def time(self) -> float:
        return self._time

    def select(self, timeout: float | None) -> list[object]:
        """What the base class calls to wait."""
        if timeout is None:
            raise StuckError("everybody waits and nothing will happen")
        self._time += max(timeout, 0.0)
        return []

    def create_task(
        self, coro: Work[T], *, name: object = None, context: contextvars.Context | None = None
    ) -> asyncio.Task[T]:
        task: asyncio.Task[T] = super().create_task(coro, name=name, context=context)
        owner = PROCESS.get() if context is None else context.get(PROCESS)
        if owner is not None:
            owner.tasks.append(task)
        return task

    def run_in_executor(  # type: ignore[override] # typeshed has a generic future here; ours holds what func gives
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        assert executor is None, "there is one loop and nothing else"
        future: asyncio.Future[T] = self.create_future()
        owner = PROCESS.get()
        if owner is None:
            future.set_result(func(*args))
        else:
            self.call_later(self._pause(), _perform, owner, future, func, args)
        return future

    def _process_events(self, event_list: list[object]) -> None:
        """Nothing ever comes from outside."""

    def _write_to_self(self) -> None:
        """Nobody waits in a real select."""

    def _complain(self, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), Killed):
            self.faults.append(f"{context.get('message')}: {context.get('exception')!r}")


def _perform(owner: Process, future: asyncio.Future[T], func: Callable[..., T], args: tuple[Any, ...]) -> None:
    """A thread's work is done even where nobody waits for it any more, unless its process is dead."""
    try:
        result = owner.step("thread", lambda: func(*args))
    except (Exception, Killed) as fault:
        if not future.done():
            future.set_exception(fault)
            future.exception()  # looked at: whoever waits hears of it, and nobody need wait
    else:
        if not future.done():
            future.set_result(result)
