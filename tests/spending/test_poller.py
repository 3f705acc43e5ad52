"""One poller for all: who is due first goes first, one look at a task at a time, and nobody holds up the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.attempts.asker import Asker
from seedance_spec.attempts.poller import Poller, Turn
from seedance_spec.attempts.ports import AskLater, TaskAnswer
from seedance_spec.attempts.steady_time import SteadyTime
from seedance_spec.plan.durations import USUAL
from tests.support.conducting import Gateway, Studio
from tests.support.deciding import NOON, a_film, a_rendering, a_request, a_shot
from tests.support.polling import START, Answering, LoopClock, in_virtual_time, shown

HOUR = 3600.0
GONE, BACK = False, True


class Stage:
    """A poller, a gateway that says what the test says, and a clock that can be set."""

    def __init__(self, answer: Callable[[str], TaskAnswer] = shown, *, interval: float | None = None) -> None:
        self.gateway, self.clock = Answering(answer), LoopClock()
        self.poller = Poller(self.gateway, self.clock, chance=lambda: 0.5, poll_interval=interval)

    def asker(self, *, age: float = 0.0) -> Asker:
        return Asker(self.poller, submitted_at=self.clock.now() - age, expected=USUAL)

    @property
    def looks(self) -> list[tuple[int, str]]:
        """Whole seconds since the beginning, and the task."""
        return [(round(at), task_id) for at, task_id in self.gateway.looks]


def told(story: Callable[[Stage], Coroutine[Any, Any, None]], **stage: Any) -> Stage:
    """Live a story on a stage of its own, and hand that back."""

    async def whole() -> Stage:
        held = Stage(**stage)
        await story(held)
        return held

    return in_virtual_time(whole())


async def after(seconds: float, act: Callable[[], object]) -> None:
    await asyncio.sleep(seconds)
    act()


def test_who_is_due_first_is_looked_at_first() -> None:
    """Whatever the order of asking, and though the budget is short."""

    async def story(stage: Stage) -> None:
        dues = {"late": 30.0, "soon": 10.0, "sooner": 9.0, "at once": 0.0}
        await asyncio.gather(*(stage.poller.look(name, Turn(START + due)) for name, due in dues.items()))

    assert told(story).looks == [(0, "at once"), (9, "sooner"), (10, "soon"), (30, "late")]


def test_five_go_at_once_and_then_one_a_second() -> None:
    """Tasks that are due together leave in the order in which they came, at the budget's pace."""

    async def story(stage: Stage) -> None:
        await asyncio.gather(*(stage.poller.look(f"t{n}") for n in range(8)))

    assert told(story).looks == [(max(n - 4, 0), f"t{n}") for n in range(8)]


def test_two_who_ask_about_one_task_get_one_answer() -> None:
    """Single flight: a look on the wire answers for whoever comes meanwhile."""

    async def story(stage: Stage) -> None:
        stage.gateway.seconds = 5.0
        first, second = await asyncio.gather(stage.poller.look("moon"), stage.poller.look("moon"))
        assert first is second

    assert told(story).looks == [(0, "moon")]


def test_one_who_goes_away_leaves_the_other_his_answer() -> None:
    """A look whose asker is stopped is taken again for whoever still waits for it."""

    async def story(stage: Stage) -> None:
        stage.gateway.seconds = 5.0
        first, second = (asyncio.create_task(stage.poller.look("moon")) for _ in range(2))
        await after(1.0, first.cancel)

        assert await second == shown("moon")
        assert first.cancelled()

    assert told(story).looks == [(0, "moon"), (1, "moon")]


def test_one_who_stops_waiting_holds_up_nobody() -> None:
    """The first in the queue keeps the time; when it leaves, the next one does."""

    async def story(stage: Stage) -> None:
        first = asyncio.create_task(stage.poller.look("first", Turn(START + 10)))
        second = asyncio.create_task(stage.poller.look("second", Turn(START + 20)))
        await after(5.0, first.cancel)
        await second

    assert told(story).looks == [(20, "second")]


def test_a_callback_brings_its_task_to_the_front() -> None:
    """With polls hours apart a task that called is looked at eight seconds later, before all others."""

    async def story(stage: Stage) -> None:
        moon, jump = stage.asker(), stage.asker()
        await asyncio.gather(moon.look("moon"), jump.look("jump"))
        asyncio.get_running_loop().call_at(100.0, jump.called_back, "succeeded")
        await asyncio.gather(moon.look("moon"), jump.look("jump"))

    assert told(story, interval=HOUR).looks == [(3, "moon"), (3, "jump"), (108, "jump"), (3963, "moon")]


def test_callbacks_without_end_put_nothing_off() -> None:
    """A task that is overdue keeps its place in the queue, however often somebody calls for it."""

    async def story(stage: Stage) -> None:
        asker, loop = stage.asker(), asyncio.get_running_loop()
        await asker.look("moon")
        dues = [17.0] * 30 + [19.0] * 60
        crowd = [asyncio.create_task(stage.poller.look(f"t{n}", Turn(START + due))) for n, due in enumerate(dues)]
        for tenth in range(1000):
            loop.call_at(4 + tenth / 10, asker.called_back, "succeeded")
        await asyncio.gather(asker.look("moon"), *crowd)

    moon = [at for at, task_id in told(story).looks if task_id == "moon"]
    assert moon == [3, 17 + 30 - 4]


def test_a_canary_puts_off_the_looks_of_its_task() -> None:
    """An early callback proves the path: the look planned for the next 15 s waits until the task may be finished."""

    async def story(stage: Stage) -> None:
        asker = stage.asker()
        await asker.look("moon")
        asyncio.get_running_loop().call_at(5.0, asker.called_back, "running")
        await asker.look("moon")

    assert told(story).looks == [(3, "moon"), (96, "moon")]


def test_a_receiver_that_is_gone_voids_what_was_planned_by_it() -> None:
    """A path that can bring nothing now is not counted on: at once the steady pace, and once it is back one look."""

    async def story(stage: Stage) -> None:
        asker, loop = stage.asker(), asyncio.get_running_loop()
        asker.called_back("running")
        await asker.look("moon")
        loop.call_at(40.0, asker.hearing_changed, GONE)
        await asker.look("moon")
        await asker.look("moon")
        loop.call_at(60.0, asker.hearing_changed, BACK)
        await asker.look("moon")
        await asker.look("moon")

    assert told(story).looks == [(3, "moon"), (40, "moon"), (55, "moon"), (70, "moon"), (96, "moon")]


def test_the_users_own_interval_stays_while_the_receiver_is_gone() -> None:
    """Whoever says `--poll-interval` means it; a receiver that is back still costs one look per task."""

    async def story(stage: Stage) -> None:
        asker, loop = stage.asker(), asyncio.get_running_loop()
        asker.called_back("running")
        await asker.look("moon")
        loop.call_at(40.0, asker.hearing_changed, GONE)
        loop.call_at(100.0, asker.hearing_changed, BACK)
        await asker.look("moon")
        await asker.look("moon")

    assert told(story, interval=HOUR).looks == [(3, "moon"), (102, "moon"), (round(102 + 1.1 * HOUR), "moon")]


def test_a_task_that_is_taken_up_later_knows_whether_anybody_listens() -> None:
    """What the poller was told before a lane began holds for that lane."""

    async def story(stage: Stage) -> None:
        stage.poller.listening = False
        asker = stage.asker()
        asker.called_back("running")
        await asker.look("moon")
        await asker.look("moon")

    assert told(story).looks == [(3, "moon"), (18, "moon")]


def test_a_retry_after_pauses_every_look() -> None:
    """What the gateway says to one task's look is obeyed by all."""
    answers = iter([AskLater(reason="429", retry_after=120.0)])

    async def story(stage: Stage) -> None:
        await stage.poller.look("moon")
        await asyncio.gather(stage.poller.look("jump"), stage.poller.turn())

    assert told(story, answer=lambda task_id: next(answers, shown(task_id))).looks == [(0, "moon"), (120, "jump")]


def test_behind_the_breaker_one_look_at_a_time_goes_out() -> None:
    """Nobody follows a probe before its answer, however long that takes."""
    down = AskLater(reason="no answer")

    async def story(stage: Stage) -> None:
        for n in range(5):
            await stage.poller.look(f"t{n}")
        stage.gateway.seconds = 20.0
        await asyncio.gather(*(stage.poller.look("probe") for _ in range(2)), stage.poller.look("next"))

    looks = told(story, answer=lambda _: down).gateway.looks[5:]

    assert [task_id for _, task_id in looks] == ["probe", "probe", "next"]
    assert all(later - earlier >= 20 + 30 for (earlier, _), (later, _) in pairwise(looks))


@pytest.mark.parametrize("back", [60.0, HOUR, 400 * 24 * HOUR])
def test_a_clock_that_is_set_back_freezes_nothing(back: float) -> None:
    """Every task is looked at as soon as if nobody had touched the clock."""

    async def story(stage: Stage) -> None:
        asker = stage.asker()
        asyncio.get_running_loop().call_at(10.0, setattr, stage.clock, "jump", -back)
        for _ in range(4):
            await asker.look("moon")
        assert asker.elapsed == pytest.approx(asyncio.get_running_loop().time(), abs=1)
        young = stage.asker(age=50.0)
        assert young.elapsed == pytest.approx(50.0)

    assert told(story).looks == [(3, "moon"), (18, "moon"), (33, "moon"), (48, "moon")]


def test_the_poller_of_a_run_expects_what_the_project_knows(tmp_path: Path) -> None:
    """Its own history of renderings, its speed and the user's interval are the run's."""
    studio = Studio(root=tmp_path, film=a_film(a_shot()), poll_interval=7.0)
    conductor, _ = studio.conductor(Gateway(studio.clock), studio.plan())
    known = tuple(a_rendering(a_shot(), f"a{n}", submitted_at=NOON - 200) for n in range(50))

    poller = Poller.of(replace(conductor._means, known=known, time_scale=20.0))

    assert poller.durations.expected(a_request()).usual == pytest.approx(298, rel=0.05)
    assert (poller.poll_interval, poller.time_scale) == (7.0, 20.0)


def test_time_that_was_read_never_goes_back() -> None:
    """A jump back between two readings is taken out; one forward is not."""

    async def story() -> None:
        clock = LoopClock()
        time = SteadyTime(clock)
        assert time.now() == START
        clock.jump = -HOUR
        assert time.now() == START
        clock.jump = 0.0
        assert time.now() == START + HOUR

    in_virtual_time(story())


def test_a_machine_that_wakes_up_knows_within_half_a_minute() -> None:
    """Timers stand still in a suspend, the clock does not: what became due meanwhile is looked at soon."""

    async def story(stage: Stage) -> None:
        asker = stage.asker()
        await asker.look("moon")
        asyncio.get_running_loop().call_at(100.0, setattr, stage.clock, "jump", 14 * HOUR)
        await asker.look("moon")

    (_, (woken, _)) = told(story, interval=12 * HOUR).looks
    assert 100 <= woken <= 130


def test_a_clock_that_goes_ahead_of_the_gateways_makes_nothing_old() -> None:
    """A submit time in our future is taken for now."""

    async def story(stage: Stage) -> None:
        assert stage.asker(age=-300.0).elapsed == 0.0

    told(story)
