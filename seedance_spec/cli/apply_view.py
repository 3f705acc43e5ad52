"""What an apply shows while it runs and at its end: live on a terminal, lines in a log, JSON for machines."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from seedance_spec.attempts.endings import End, Ending
from seedance_spec.cli.console import Console
from seedance_spec.cli.json_text import json_line
from seedance_spec.clock import SystemClock
from seedance_spec.plan.change import Action, Plan
from seedance_spec.plan.events import Downloading, Event, Rendered, Told, Waiting
from seedance_spec.plan.figures import plural, usd
from seedance_spec.plan.progress import Progress, event_document, event_line, progress_text
from seedance_spec.plan.style import Ink
from seedance_spec.realm import Realm

REPAINTS_PER_SECOND = 8


class View:
    """The events of one apply, for whoever watches. In a log a status is said when it changes, not at every look."""

    def __init__(self, console: Console, plan: Plan, *, as_json: bool, time_scale: float) -> None:
        self._console = console
        self._as_json = as_json
        self._realm = plan.realm
        self._live = console.live()
        self._progress = Progress.of(plan, time_scale=time_scale)
        self._statuses: dict[tuple[str, int], str] = {}
        self._usd = 0.0

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def tell(self, event: Event) -> None:
        self._progress = self._progress.after(event)
        if isinstance(event, Rendered):
            self._usd += event.usd or 0.0
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

    def summary(self, endings: Sequence[Ending]) -> None:
        """The sum, and the way on from every ending that is not a clip."""
        if self._as_json:
            return
        for line in _ways_on(endings):
            self._console.say(line)
        self._console.say(_sum(endings, self._usd, self._realm, self._console))

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


def _ways_on(endings: Sequence[Ending]) -> list[str]:
    lines = []
    for ending in endings:
        name = ending.change.shot_id
        match ending.end:
            case End.MISSING:
                reason = ending.message or "its links are dead"
                lines.append(f"! {name}: missing: {reason}; --retake {name} buys it again")
            case End.NOT_SUBMITTED if ending.code != "interrupted":
                lines.append(f"x {name}: not submitted: {ending.code}: {ending.message}")
            case End.FAULT:
                task = f" (task {ending.fact.task_id})" if ending.fact and ending.fact.task_id else ""
                lines.append(f"x {name}{task}: {ending.message}; nothing paid is lost: the same command goes on")
            case End.FAILED if ending.change.action is Action.FAILED:
                lines.append(f"x {name}: failed before and unchanged; --retry-failed submits it once more")
            case End.UNKNOWN:
                lines.append(f"? {name}: unknown: {ending.message or 'no answer is known'}; it is not sent again")
            case _:
                pass
    return lines


def _sum(endings: Sequence[Ending], spent: float, realm: Realm, console: Console) -> str:
    counted = Counter(ending.end for ending in endings if ending.change.action is not Action.DROPPED)
    good = counted[End.RENDERED]
    words = [f"{good} of {plural(sum(counted.values()), 'take')} rendered"]
    names = {
        End.FAILED: "failed",
        End.UNKNOWN: "unknown",
        End.FAULT: "not done",
        End.MISSING: "missing",
        End.NOT_SUBMITTED: "not submitted",
        End.RUNNING: "still running: the same command goes on",
        End.LATE: "no longer waited for",
    }
    words += [f"{counted[end]} {name}" for end, name in names.items() if counted[end]]
    if spent:
        words.append(f"about {usd(spent)} {'billed' if realm is Realm.PAID else 'if it were paid'}")
    ink = Ink.NEW if good == sum(counted.values()) else Ink.CHANGED
    return console.err.paint(ink, " · ".join(words))
