"""Many callbacks, one fsync: whatever came while the last commit ran goes into the next. No HTTP may enter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeAlias

from seedance_spec.redaction import redact

MAX_WAITING = 2048
MAX_WAITING_BYTES = 16 * 1024 * 1024
MAX_BATCH = 256

_log = logging.getLogger(__name__)


Delivery: TypeAlias = tuple[str, bytes, float]
"""A callback as it came: attempt id, raw body, when (Unix seconds)."""


class Inbox(Protocol):
    def receive_all(self, batch: Sequence[Delivery]) -> Sequence[int]:
        """Put callbacks into the inbox in one durable step; their sequence numbers. Whatever it raises: none is in."""


class NotDurable(Exception):  # noqa: N818 - an outcome that the receiver answers with 503
    """The callback is not known to be stored: the sender must try again."""


class GroupCommit:
    """The one writer of the inbox in this process. `wake` is told each attempt id once per commit, after it."""

    def __init__(self, inbox: Inbox, *, wake: Callable[[str], None]) -> None:
        self._inbox = inbox
        self._wake = wake
        self._waiting: list[tuple[Delivery, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")
        self._committing: asyncio.Task[None] | None = None
        self._is_failing = False

    async def store(self, attempt_id: str, body: bytes, *, at: float, within: float) -> None:
        """Return once the callback is durable; raise NotDurable if that cannot be said within so many seconds.

        What comes too late for its sender is stored and wakes all the same.
        """
        if len(self._waiting) >= MAX_WAITING or self._waiting_bytes + len(body) > MAX_WAITING_BYTES:
            raise NotDurable
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.append(((attempt_id, body, at), stored))
        self._waiting_bytes += len(body)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        deadline = loop.call_later(within, _refuse, stored)
        try:
            await stored
        finally:
            deadline.cancel()

    async def close(self) -> None:
        """Finish what is waiting, then stop."""
        if self._committing is not None:
            await self._committing
        self._writer.shutdown(wait=True)

    async def _commit_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            self._waiting_bytes -= sum(len(body) for (_, body, _), _ in batch)
            await self._commit([delivery for delivery, _ in batch], [stored for _, stored in batch])
        self._committing = None

    async def _commit(self, batch: Sequence[Delivery], stored: Sequence[asyncio.Future[None]]) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._inbox.receive_all, batch)
        except Exception as error:
            self._complain(error)
            for each in stored:
                _refuse(each)
            return
        self._is_failing = False
        for each in stored:
            if not each.done():
                each.set_result(None)
        for attempt_id in dict.fromkeys(attempt_id for attempt_id, _, _ in batch):
            self._tell(attempt_id)

    def _complain(self, error: Exception) -> None:
        """Once per outage: a flood of callbacks must not become a flood of lines."""
        if not self._is_failing:
            _log.warning("callbacks cannot be stored: %s", redact(str(error)) or type(error).__name__)
        self._is_failing = True

    def _tell(self, attempt_id: str) -> None:
        try:
            self._wake(attempt_id)
        except Exception as error:
            # It costs latency, no result: polling guarantees the rest (D5).
            _log.warning("nobody could be woken: %s", type(error).__name__)


def _refuse(stored: asyncio.Future[None]) -> None:
    """Tell a sender who still waits that it cannot be said."""
    if not stored.done():
        stored.set_exception(NotDurable())
