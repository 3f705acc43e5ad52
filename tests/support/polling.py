"""Reels followed to their end by the real poller in virtual time, beside one that simply looks every 15 seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import TypeVar

from seedance_spec.attempts.asker import Asker
from seedance_spec.attempts.poller import Poller
from seedance_spec.attempts.ports import TaskAnswer, TaskState, TaskView
from seedance_spec.lockfile.facts import AttemptFact, Reporter
from seedance_spec.plan.durations import USUAL, Durations, Expected
from tests.lab.simulation.virtual_loop import VirtualLoop, Work
from tests.support.attempts import a_view
from tests.support.deciding import a_rendering, a_request, a_shot

T = TypeVar("T")

START = 1_800_000_000.0
"""Unix seconds at the beginning of every reel."""

PLAIN_SECONDS = 15.0
GATEWAY_SECONDS = 15.0
"""The gateway's own loop: an end is seen at any moment of these, and a second later for each unfinished task."""

MEDIAN, SIGMA = 100.0, 0.3
"""A rendering's seconds: log-normal."""


# ── what there is to be found out ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Seconds since the beginning: submitted, finished upstream, and shown as finished by the gateway."""

    submitted: float
    finished: float
    known: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What reaches us: which callbacks, how often each is sent, and the share of them that is lost."""

    statuses: tuple[str, ...] = ("queued", "running", "succeeded")
    copies: int = 1
    lost: float = 0.0


HEALTHY = Path()
A_TENTH_LOST = Path(lost=0.1)
DEAD = Path(statuses=())


def dice_of(*seed: object) -> Random:
    """The same words, the same chances."""
    return Random("/".join(map(str, seed)))


def a_reel(dice: Random, *, tasks: int = 20, speed: float = 1.0) -> tuple[Task, ...]:
    """Tasks that are submitted together. `speed` N: everything is N times faster."""
    starts = [dice.uniform(0.0, 3.0) for _ in range(tasks)]
    ends = [start + MEDIAN * dice.lognormvariate(0.0, SIGMA) for start in starts]
    return tuple(
        Task(
            submitted=start / speed,
            finished=end / speed,
            known=(end + dice.uniform(0.0, GATEWAY_SECONDS) + sum(other >= end for other in ends)) / speed,
        )
        for start, end in zip(starts, ends, strict=True)
    )


def learnt_from(reels: Iterable[Sequence[Task]]) -> Expected:
    """What a project that rendered these expects of the next."""
    shot = a_shot()
    tasks = [task for reel in reels for task in reel]
    facts = (_rendering_of(task, a_rendering(shot, f"a{n}")) for n, task in enumerate(tasks))
    return Durations.of(facts).expected(a_request())


def _rendering_of(task: Task, fact: AttemptFact) -> AttemptFact:
    report = replace(fact.reports[Reporter.GATEWAY], finished_at=int(START + task.known))
    return replace(fact, submitted_at=int(START + task.submitted), reports={Reporter.GATEWAY: report})


# ── how it is found out ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """By task: seconds from the upstream's own end to our knowing of it, and the looks that it took."""

    lateness: tuple[float, ...] = ()
    looks: tuple[int, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(lateness=self.lateness + other.lateness, looks=self.looks + other.looks)

    def percentile(self, share: float) -> float:
        return sorted(self.lateness)[int(share * (len(self.lateness) - 1))]

    @property
    def looks_per_task(self) -> float:
        return sum(self.looks) / len(self.looks)


def plain(reel: Sequence[Task]) -> Outcome:
    """A look every 15 s after the submit, without any budget: what others do."""
    looks = [int((task.known - task.submitted) / PLAIN_SECONDS) + 1 for task in reel]
    found = [task.submitted + PLAIN_SECONDS * count for task, count in zip(reel, looks, strict=True)]
    return Outcome(lateness=tuple(at - task.finished for at, task in zip(found, reel, strict=True)), looks=tuple(looks))


def followed(
    reel: Sequence[Task],
    path: Path,
    dice: Random,
    *,
    interval: float | None = None,
    expected: Expected = USUAL,
    speed: float = 1.0,
) -> Outcome:
    """The same reel by the real asker, schedule and poller; `interval` is the user's own."""

    async def story() -> Outcome:
        loop = asyncio.get_running_loop()
        gateway = Answering(lambda task_id: shown(task_id, reel[int(task_id)].known <= loop.time()))
        poller = Poller(gateway, LoopClock(), chance=dice.random, time_scale=speed, poll_interval=interval)
        lateness = await asyncio.gather(
            *(_follow(poller, str(n), task, _calls(path, task, dice, speed), expected) for n, task in enumerate(reel))
        )
        return Outcome(lateness=tuple(lateness), looks=tuple(gateway.count(str(n)) for n in range(len(reel))))

    return in_virtual_time(story())


async def _follow(
    poller: Poller, task_id: str, task: Task, calls: Sequence[tuple[float, str]], expected: Expected
) -> float:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(task.submitted)
    asker = Asker(poller, submitted_at=START + task.submitted, expected=expected)
    for at, status in calls:
        loop.call_at(at, asker.called_back, status)
    while not ended(await asker.look(task_id)):
        pass
    return loop.time() - task.finished


def _calls(path: Path, task: Task, dice: Random, speed: float) -> list[tuple[float, str]]:
    """The callbacks that arrive. Without order where the path names the last state first."""
    usual = {"queued": task.submitted + 0.5 / speed, "running": task.submitted + 5 / speed}
    sent = [
        (usual.get(status, task.finished + 0.2 / speed) + 0.1 * copy / speed, status)
        for status in path.statuses
        for copy in range(path.copies)
    ]
    return [call for call in sent if dice.random() >= path.lost]


# ── the stage ───────────────────────────────────────────────────────────────────────────────────────────────────────


class LoopClock:
    """`attempts.ports.Clock` on the running loop's own time. `jump` sets it, as a suspend or a hand does: whoever
    sleeps sleeps on.
    """

    def __init__(self) -> None:
        self.jump = 0.0

    def now(self) -> float:
        return START + asyncio.get_running_loop().time() + self.jump

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))


@dataclass(slots=True)
class Answering:
    """`poller.Tasks` by a script; `looks` are (seconds, task id) of every look that was sent."""

    answer: Callable[[str], TaskAnswer]
    seconds: float = 0.1
    looks: list[tuple[float, str]] = field(default_factory=list)

    async def task(self, task_id: str) -> TaskAnswer:
        self.looks.append((asyncio.get_running_loop().time(), task_id))
        answer = self.answer(task_id)
        await asyncio.sleep(self.seconds)
        return answer

    def count(self, task_id: str) -> int:
        return sum(each == task_id for _, each in self.looks)

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.looks]


def shown(task_id: str, is_finished: bool = False) -> TaskView:  # noqa: FBT001, FBT002 - what a row of the gateway shows
    state = TaskState.SUCCEEDED if is_finished else TaskState.RUNNING
    return replace(a_view(state), task_id=task_id)


def ended(answer: TaskAnswer) -> bool:
    return isinstance(answer, TaskView) and answer.state is TaskState.SUCCEEDED


def in_virtual_time(story: Work[T]) -> T:
    """The story's end, hours of it in a moment."""
    loop = VirtualLoop(lambda: 0.0)
    try:
        return loop.run_until_complete(story)
    finally:
        loop.close()
        assert loop.faults == []


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most looks that any window of so many seconds holds; its end does not belong to it."""
    ordered = sorted(times)
    first = most = 0
    for count, at in enumerate(ordered):
        while at - ordered[first] >= seconds:
            first += 1
        most = max(most, count - first + 1)
    return most
