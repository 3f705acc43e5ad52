"""A process of the program that can die between any two steps it takes towards the outside: nothing of it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


class Killed(BaseException):
    """Raised wherever a dead process would touch the outside. No error: it is death, and nothing may catch it."""


@dataclass(slots=True, eq=False)
class Process:
    """One run of the program. `die` is SIGKILL: its tasks end, and whatever they still try to do does not happen.

    `strikes` are things that befall it at a step, by number (1 …): before it is taken (`True`) or after (`False`).
    """

    owner: str
    on_death: Callable[[str], None]
    strikes: dict[tuple[int, bool], Callable[[], None]] = field(default_factory=dict)
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    steps: int = 0
    last: str = ""
    dead: bool = False

    def step(self, name: str, work: Callable[[], T]) -> T:
        """Take one step towards the outside: a journal call, a thread's work, a byte to the gateway."""
        self.alive()
        self.steps += 1
        self.last = name
        self._struck(before=True)
        result = work()
        self._struck(before=False)
        return result

    def alive(self) -> None:
        if self.dead:
            raise Killed

    def die(self) -> None:
        if self.dead:
            return
        self.dead = True
        self.on_death(self.owner)
        for task in self.tasks:
            if not task.done():
                task.cancel()

    async def buried(self) -> None:
        """Wait until nothing of it runs any more."""
        while waiting := [task for task in self.tasks if not task.done()]:
            await asyncio.wait(waiting)

    def _struck(self, *, before: bool) -> None:
        strike = self.strikes.get((self.steps, before))
        if strike is not None:
            strike()
        self.alive()


PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)
"""Whose code is running; None for the world."""


class Mortal:
    """Anything durable as one process reaches it: each call is a step that it may not live through."""

    def __init__(self, inner: object, process: Process) -> None:
        self._inner = inner
        self._process = process

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._process.step(name, lambda: found(*args, **kwargs))

        return call
