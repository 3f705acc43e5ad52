"""Who waits for news of which project, and how they are woken. It knows no news: no event and no HTTP may enter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST_WAITERS = 256


class Crowded(Exception):  # noqa: N818 - an outcome that is answered with 503
    """So many wait already that nobody else may."""


class Waiter:
    """One who waits. What rings while nobody listens is heard by the next `wait`."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Return when the bell rings or has rung, at the latest after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()


class Bell:
    """One bell for all projects, on one event loop. `is_closing`: nobody should wait any more.

    `every` is called at each ring, whichever project it is for.
    """

    def __init__(self, *, most: int = MOST_WAITERS, every: Callable[[], None] = lambda: None) -> None:
        self._most = most
        self._every = every
        self._waiting: dict[str, set[Waiter]] = {}
        self.is_closing = False

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    @contextmanager
    def waiting(self, project: str) -> Iterator[Waiter]:
        """Wait for news of this project until the block is left. Raises Crowded."""
        if len(self) >= self._most:
            raise Crowded
        waiter = Waiter()
        together = self._waiting.setdefault(project, set())
        together.add(waiter)
        try:
            yield waiter
        finally:
            together.discard(waiter)
            if not together:
                self._waiting.pop(project, None)

    def ring(self, project: str) -> None:
        self._every()
        for waiter in self._waiting.get(project, ()):
            waiter.ring()

    def close(self) -> None:
        """Let nobody wait any longer."""
        self.is_closing = True
        for project in self._waiting:
            self.ring(project)
