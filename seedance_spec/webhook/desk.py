"""Questions to the disk, one at a time in a thread of their own: the loop never waits for it. No HTTP may enter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from seedance_spec.redaction import redact

MOST_WAITING = 512

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class Unanswered(Exception):  # noqa: N818 - an outcome that is answered with 503
    """No answer could be had, or not in time; what was to be written may be written all the same."""


class Desk:
    """One clerk: questions are answered in the order in which they are asked. `name` is for the log."""

    def __init__(self, name: str, *, most: int = MOST_WAITING) -> None:
        self._name = name
        self._most = most
        self._clerk = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting = 0
        self._is_failing = False

    async def ask(self, question: Callable[[], _Answer], *, within: float) -> _Answer:
        """The answer. Raises Unanswered where there is none within so many seconds, or too many ask."""
        if self._waiting >= self._most:
            raise Unanswered
        self._waiting += 1
        asked = asyncio.get_running_loop().run_in_executor(self._clerk, question)
        asked.add_done_callback(self._answered)
        await asyncio.wait([asked], timeout=within)
        if not asked.done() or asked.exception() is not None:
            raise Unanswered
        return asked.result()

    def close(self) -> None:
        """Wait for the questions that were asked; answer no others."""
        self._clerk.shutdown(wait=True)

    def _answered(self, asked: asyncio.Future[_Answer]) -> None:
        self._waiting -= 1
        error = asked.exception()
        if error is not None and not self._is_failing:
            # Once per outage: whoever asks again and again must not fill the log.
            _log.warning("%s cannot be answered: %s", self._name, redact(str(error)) or type(error).__name__)
        self._is_failing = error is not None
