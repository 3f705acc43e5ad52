"""Two hundred tasks due at once, after a night's sleep or a bad line: the budget, not luck, prevents a herd."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import pytest

from seedance_spec.attempts.asker import Asker
from seedance_spec.attempts.poller import Poller
from seedance_spec.attempts.ports import AskLater, TaskAnswer
from seedance_spec.attempts.rate_budget import BURST
from seedance_spec.attempts.steady_time import LONGEST_SLEEP
from seedance_spec.plan.durations import USUAL
from tests.support.polling import Answering, LoopClock, in_virtual_time, most_within, shown

TASKS = 200
HOUR = 3600.0
NIGHT = 8 * HOUR
FLAPS, DOWN, UP = 50, 40.0, 80.0
GONE, BACK = False, True


class Herd:
    """Two hundred askers that look for ever, at a gateway that is down in the first part of every flap."""

    def __init__(self, *, flaps: int = 0, seed: int = 1, interval: float | None = None) -> None:
        self._flaps = flaps
        self.gateway, self.clock = Answering(self._answer), LoopClock()
        poller = Poller(self.gateway, self.clock, chance=Random(seed).random, poll_interval=interval)
        self.askers = [Asker(poller, submitted_at=self.clock.now() - 60 - n / 10, expected=USUAL) for n in range(TASKS)]

    @property
    def is_down(self) -> bool:
        flap, moment = divmod(asyncio.get_running_loop().time(), DOWN + UP)
        return flap < self._flaps and moment < DOWN

    async def graze(self, seconds: float) -> list[tuple[float, str]]:
        """Look for so long; the looks of that time."""
        looking = [asyncio.create_task(_for_ever(asker, f"t{n}")) for n, asker in enumerate(self.askers)]
        before = len(self.gateway.looks)
        await asyncio.sleep(seconds)
        for each in looking:
            each.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
        return self.gateway.looks[before:]

    def hear(self, heard: bool) -> None:  # noqa: FBT001 - as the askers are told
        for asker in self.askers:
            asker.hearing_changed(heard)

    def _answer(self, task_id: str) -> TaskAnswer:
        return AskLater(reason="no answer") if self.is_down else shown(task_id)


async def _for_ever(asker: Asker, task_id: str) -> None:
    while True:
        await asker.look(task_id)


def is_within_budget(looks: Sequence[tuple[float, str]]) -> bool:
    """No second holds more than a burst, and no longer time more than that and one look a second."""
    times = [at for at, _ in looks]
    return most_within(times, 0.999) <= BURST and all(most_within(times, w) <= BURST + w for w in (5.0, 60.0, 600.0))


def test_after_a_night_of_sleep_tasks_are_looked_at_one_by_one() -> None:
    """All are overdue at once; each has its look within the minutes that the budget needs, and none has two before."""

    async def story() -> list[tuple[float, str]]:
        herd = Herd()
        await herd.graze(10 * 60.0)
        loop = asyncio.get_running_loop()
        loop.call_later(5.0, setattr, herd.clock, "jump", NIGHT)
        return await herd.graze(5.0 + LONGEST_SLEEP + 2 * TASKS)

    looks = in_virtual_time(story())

    assert is_within_budget(looks)
    assert len({task_id for _, task_id in looks[: TASKS + BURST]}) >= TASKS - BURST
    assert len({task_id for _, task_id in looks}) == TASKS


@pytest.mark.parametrize("seed", [1, 2])
def test_a_line_that_comes_and_goes_fifty_times_makes_no_herd(seed: int) -> None:
    """Each return finds two hundred tasks that want a look: never more than the budget, and hardly any while it is
    away.
    """

    async def story() -> tuple[list[tuple[float, str]], int]:
        herd, loop = Herd(flaps=FLAPS, seed=seed), asyncio.get_running_loop()
        for flap in range(FLAPS):
            loop.call_at(flap * (DOWN + UP), herd.hear, GONE)
            loop.call_at(flap * (DOWN + UP) + DOWN, herd.hear, BACK)
        looks = await herd.graze(FLAPS * (DOWN + UP) + 2 * TASKS)
        return looks, sum(at % (DOWN + UP) < DOWN for at, _ in looks if at < FLAPS * (DOWN + UP))

    looks, in_vain = in_virtual_time(story())

    assert is_within_budget(looks)
    assert in_vain <= FLAPS * (BURST + 8)
    end = FLAPS * (DOWN + UP)
    assert len({task_id for at, task_id in looks if at >= end}) == TASKS


def test_a_feed_that_is_back_costs_one_look_per_task() -> None:
    """Hours lie between the user's own looks; the return of the feed brings one of each task, spread by the budget."""

    async def story() -> list[tuple[float, str]]:
        herd, loop = Herd(interval=12 * HOUR), asyncio.get_running_loop()
        await herd.graze(2 * TASKS)
        loop.call_later(100.0, herd.hear, GONE)
        loop.call_later(500.0, herd.hear, BACK)
        return await herd.graze(HOUR)

    looks = in_virtual_time(story())

    assert is_within_budget(looks)
    assert sorted(task_id for _, task_id in looks) == sorted(f"t{n}" for n in range(TASKS))
    assert looks[-1][0] - looks[0][0] <= TASKS


def test_a_gateway_that_is_away_for_hours_is_probed_and_not_stormed() -> None:
    """Behind the breaker one look goes out every few minutes, for all tasks together; then all have theirs."""

    async def story() -> list[tuple[float, str]]:
        herd = Herd(flaps=1)
        herd.gateway.answer = lambda task_id: (
            AskLater(reason="down") if asyncio.get_running_loop().time() < 4 * HOUR else shown(task_id)
        )
        return await herd.graze(4 * HOUR + 300 + 2 * TASKS)

    looks = in_virtual_time(story())

    away = [at for at, _ in looks if 600 < at < 4 * HOUR]
    assert all(30 <= later - earlier <= 301 for earlier, later in pairwise(away))
    assert {task_id for at, task_id in looks if at >= 4 * HOUR} == {f"t{n}" for n in range(TASKS)}
    assert is_within_budget(looks)
