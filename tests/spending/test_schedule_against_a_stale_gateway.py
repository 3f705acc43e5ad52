"""The schedule against a gateway that knows late (15 s and more): the end is found, in time and with few looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from seedance_spec.attempts.ports import TaskState
from seedance_spec.attempts.schedule import AskHistory, after_answer, after_callback, next_ask
from tests.support.attempts import a_view

HOUR = 3600.0
REEL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What reaches us: which callbacks, in seconds after the submit, and how often each is delivered."""

    statuses: tuple[str, ...] = ("queued", "running", "succeeded")
    copies: int = 1
    lost: float = 0.0


@dataclass(slots=True)
class Outcome:
    lateness: list[float] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        return sorted(self.lateness)[int(share * (len(self.lateness) - 1))]

    @property
    def looks_per_task(self) -> float:
        return sum(self.looks) / len(self.looks)


def follow(path: Path, *, interval: float | None, speed: float = 1.0, seed: int = 1, fixed: bool = False) -> Outcome:
    """Follow many tasks to their end as the gateway shows it; lateness counts from the upstream's own end."""
    random, outcome = Random(seed), Outcome()
    for _ in range(REEL):
        finished = random.lognormvariate(4.6, 0.25) / speed
        known = finished + (random.uniform(0, 15) + random.uniform(0, 15)) / speed
        calls = _calls(path, random, finished, speed)
        ended, looks = _follow_one(calls, known, random, interval=interval, speed=speed, fixed=fixed)
        outcome.lateness.append(ended - finished)
        outcome.looks.append(looks)
    return outcome


def _calls(path: Path, random: Random, finished: float, speed: float) -> list[tuple[float, str]]:
    times = {"queued": 0.5 / speed, "running": 5 / speed, "succeeded": finished + 0.2 / speed}
    sent = [(times[status] + 0.1 * copy / speed, status) for status in path.statuses for copy in range(path.copies)]
    return sorted(call for call in sent if random.random() >= path.lost)


def _follow_one(
    calls: list[tuple[float, str]], known: float, random: Random, *, interval: float | None, speed: float, fixed: bool
) -> tuple[float, int]:
    history, now, looks = AskHistory(submitted_at=0.0), 0.0, 0
    while True:
        due = _next(history, now, random, interval=interval, speed=speed, fixed=fixed)
        if calls and calls[0][0] < due:
            now, status = calls.pop(0)
            history = after_callback(history, status, now=now)
            continue
        now, looks = due, looks + 1
        if now >= known:
            return now, looks
        history = after_answer(history, a_view(TaskState.RUNNING), now=now)


def _next(
    history: AskHistory, now: float, random: Random, *, interval: float | None, speed: float, fixed: bool
) -> float:
    if fixed:
        return now + 15.0 / speed
    return next_ask(history, now=now, interval=interval, chance=random.random(), time_scale=speed)


NOBODY_CALLS = Path(statuses=())
ALL_IS_WELL = Path()
FIFTEEN = follow(NOBODY_CALLS, interval=None, fixed=True)


def test_callbacks_alone_complete_a_reel_with_a_poll_interval_of_an_hour() -> None:
    """With polls an hour apart every task is found within a minute of its end, by at most eight looks."""
    outcome = follow(ALL_IS_WELL, interval=HOUR)

    assert max(outcome.lateness) < 60
    assert max(outcome.looks) <= 8


def test_polling_alone_completes_a_reel_as_fast_as_plain_polling() -> None:
    """With no callback at all the late twentieth is no later than 1.2 × that of a look every 15 s."""
    outcome = follow(NOBODY_CALLS, interval=None)

    assert outcome.percentile(0.95) <= 1.2 * FIFTEEN.percentile(0.95)


def test_a_healthy_path_halves_the_looks() -> None:
    """With callbacks the same reel takes at most half the looks of polling every 15 s, and is no later."""
    outcome = follow(ALL_IS_WELL, interval=None)

    assert outcome.looks_per_task <= FIFTEEN.looks_per_task / 2
    assert outcome.percentile(0.95) <= 1.2 * FIFTEEN.percentile(0.95)


@pytest.mark.parametrize("path", [Path(copies=10), Path(statuses=("succeeded", "queued", "running"), copies=3)])
def test_duplicates_and_disorder_cost_no_more_than_eight_looks(path: Path) -> None:
    """However often and in whatever order callbacks come, a task is looked at no more than eight times."""
    assert max(follow(path, interval=HOUR).looks) <= 8


def test_a_lost_last_callback_costs_a_minute_and_no_result() -> None:
    """A path that proved itself and then lost the last callback is found out by the guarding looks."""
    outcome = follow(Path(statuses=("queued", "running")), interval=None)

    assert max(outcome.lateness) < 150


def test_a_fast_sandbox_completes_within_its_own_seconds() -> None:
    """At `--speed 50` the reel completes fifty times sooner."""
    outcome = follow(ALL_IS_WELL, interval=HOUR, speed=50.0)

    assert max(outcome.lateness) < 60 / 50
