"""What an apply shows while it runs and at its end: live on a terminal, lines in a log, JSON for machines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from seedance_spec.attempts.endings import Ending
from seedance_spec.cli.apply_summary import finished, sum_line, ways_on
from seedance_spec.cli.console import Console
from seedance_spec.cli.json_text import json_line
from seedance_spec.clock import SystemClock
from seedance_spec.plan.change import Plan
from seedance_spec.plan.durations import NO_HISTORY, Durations
from seedance_spec.plan.events import Downloading, Event, Told, Waiting
from seedance_spec.plan.progress import Progress, event_document, event_line, progress_text

REPAINTS_PER_SECOND = 8


class View:
    """The events of one apply, for whoever watches. In a log a status is said when it changes, not at every look."""

    def __init__(
        self, console: Console, plan: Plan, *, as_json: bool, time_scale: float, durations: Durations = NO_HISTORY
    ) -> None:
        self._console = console
        self._as_json = as_json
        self._realm = plan.realm
        self._live = console.live()
        self._progress = Progress.of(plan, time_scale=time_scale, durations=durations)
        self._statuses: dict[tuple[str, int], str] = {}

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def tell(self, event: Event) -> None:
        self._progress = self._progress.after(event)
        if self._as_json:
            self._console.data(json_line(event_document(event)))
        elif self._live.painted:
            self._paint()
            if isinstance(event, Told):
                self._live.say(event_line(event, self._console.err))
        elif self._is_news(event):
            self._live.say(event_line(event, self._console.err))

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[None]:
        """Keep clocks and spinners moving on a terminal."""
        ticking = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            if self._live.painted and not self._as_json and self._progress.takes:
                self._paint()

    def summary(self, endings: Sequence[Ending], codes: Sequence[int], exit_code: int) -> None:
        """The sum, and the way on from every ending that is no clip; for machines the line that closes the stream."""
        if self._as_json:
            now = SystemClock().now()
            self._console.data(json_line(finished(endings, codes, exit_code, at=now)))
            return
        for line in ways_on(endings, self._realm):
            self._console.say(line)
        self._console.say(sum_line(endings, self._realm, self._console.err))

    async def _tick(self) -> None:
        while self._live.painted and not self._as_json:
            if self._progress.takes:
                self._paint()
            await asyncio.sleep(1 / REPAINTS_PER_SECOND)

    def _paint(self) -> None:
        text = progress_text(
            self._progress, now=SystemClock().now(), width=self._console.width, style=self._console.err
        )
        self._live.update(text)

    def _is_news(self, event: Event) -> bool:
        match event:
            case Waiting():
                key = (event.shot_id, event.take)
                changed = self._statuses.get(key) != event.status
                self._statuses[key] = event.status
                return changed
            case Downloading():
                return event.done == 0
            case _:
                return True
