"""The feed of the standing receiver on this machine, read from its file: the same pages, and no HTTP may enter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from seedance_spec.attempts.ports import Clock
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.webhook.feed_protocol import FeedPage
from seedance_spec.webhook.receiver_port import Away
from seedance_spec.webhook.standing_place import RECORDS_FILE, running

LOOK_SECONDS = 0.5
LONGEST_WAIT = 2.0
"""A receiver that ends says nothing: so often it is looked at whether one runs."""

_NOT_RUNNING = "`seedance-spec serve` does not run here"


class LocalFeed:
    """`webhook.receiver_port.Feed` over the file of a state folder. Raises JournalFault where it cannot be opened."""

    def __init__(self, state: Path, *, clock: Clock, is_running: Callable[[Path], object | None] = running) -> None:
        self._state = state
        self._clock = clock
        self._is_running = is_running
        self._file = ReceiverFile(state / RECORDS_FILE)

    @classmethod
    def of(cls, state: Path, *, clock: Clock) -> Self | None:
        """The feed of a receiver that runs on this folder; None where none does."""
        return cls(state, clock=clock) if running(state) is not None else None

    def close(self) -> None:
        self._file.close()

    async def events(self, project: str, *, after: int, epoch: str | None, wait: float) -> FeedPage | Away:
        until = self._clock.now() + min(wait, LONGEST_WAIT)
        try:
            while True:
                page = self._file.events(project, after=after, epoch=epoch)
                left = until - self._clock.now()
                if page.events or left <= 0:
                    break
                await self._clock.sleep(min(left, LOOK_SECONDS))
        except JournalFault as fault:
            return Away(reason=str(fault))
        # What came before it ended is read first.
        return page if page.events or self._is_running(self._state) is not None else Away(reason=_NOT_RUNNING)
