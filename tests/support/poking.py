"""A run whose callbacks and GETs are a script: what each says, and when; the conductor between them is the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from seedance_spec.attempts.endings import Ending
from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.ports import Gateway as Port
from seedance_spec.attempts.ports import TaskAnswer, TaskState, TaskView
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.plan.events import Told
from tests.support.attempts import a_view
from tests.support.conducting import Gateway, Studio

MOON = "film/moon"

Truth = Callable[[float], TaskView]
"""What GET shows of a task so many seconds after its submit."""


def rendering(**more: Any) -> TaskView:
    return a_view(TaskState.RUNNING, status="IN_PROGRESS", **more)


def rendered(**more: Any) -> TaskView:
    return a_view(TaskState.SUCCEEDED, status="SUCCESS", tokens=108_900, **more)


def failed(error_class: str = "moderation", **more: Any) -> TaskView:
    return a_view(TaskState.FAILED, status="FAILURE", error_class=error_class, fail_reason="It did not work", **more)


def until(seconds: float, end: TaskView, before: TaskView | None = None) -> Truth:
    """A task that the gateway shows as `end` from then on."""
    return lambda age: end if age >= seconds else before or rendering()


@dataclass(slots=True)
class TruthfulGateway(Gateway):
    """The gateway of `conducting`, whose GET shows what `truth` says. `seen` are the looks: task, seconds since its
    submit.
    """

    truth: Truth = field(default_factory=lambda: until(100, rendered()))
    seen: list[tuple[str, float]] = field(default_factory=list)

    async def task(self, task_id: str) -> TaskAnswer:
        age = self.clock.now() - self.born[task_id]
        self.seen.append((task_id, age))
        return replace(self.truth(age), task_id=task_id)

    def ages(self, task_id: str = "task_1") -> list[float]:
        """When this task was looked at, in seconds since its submit."""
        return [age for each, age in self.seen if each == task_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A callback on a shot's newest attempt, `at` seconds after the run began; `copies` of it at once."""

    at: float
    status: str | None
    shot: str = MOON
    upstream_id: str = "cgt-1"
    copies: int = 1

    @property
    def body(self) -> bytes:
        if self.status is None:
            return b"\x00 nonsense"
        return json.dumps({"id": self.upstream_id, "status": self.status}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """A receiver or feed is gone, or back, `at` seconds after the run began."""

    at: float
    listening: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What a run came to: endings and sentences by shot, facts by shot."""

    ends: dict[str, str]
    told: list[str]
    facts: dict[str, AttemptFact]


async def live(studio: Studio, gateway: Port, *script: Call | Hearing, jobs: int = 8) -> Lived:
    """One apply, called back as the script says."""
    conductor, ledger = studio.conductor(gateway, studio.plan(), jobs=jobs)
    began = studio.clock.now()

    async def upstream() -> None:
        for line in sorted(script, key=lambda each: each.at):
            await studio.clock.sleep(began + line.at - studio.clock.now())
            if isinstance(line, Hearing):
                conductor.hearing(line.listening)
                continue
            attempt_id = _newest(studio)[line.shot].attempt_id
            for _ in range(line.copies):
                studio.journal.receive(attempt_id, line.body, at=studio.clock.now())
            conductor.heard()

    calling = asyncio.ensure_future(upstream())
    endings = await studio.clock.run(conductor.run(Stop()))
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)
    await ledger.flush()
    return _lived(studio, endings)


def _lived(studio: Studio, endings: tuple[Ending, ...]) -> Lived:
    return Lived(
        ends={ending.change.shot_id: ending.end.value for ending in endings},
        told=[event.message for event in studio.events if isinstance(event, Told)],
        facts=_newest(studio),
    )


def _newest(studio: Studio) -> dict[str, AttemptFact]:
    """Each shot's newest attempt that may cost money."""
    rows = [row.fact for row in studio.journal.rows() if row.released is None]
    return {fact.label.shot: fact for fact in sorted(rows, key=lambda fact: (fact.submitted_at or 0, fact.attempt_id))}
