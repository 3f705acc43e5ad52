"""Questions to the disk are answered one by one away from the loop, in bounded number and time, and lost in silence."""

from __future__ import annotations

import asyncio
from contextlib import closing
from functools import partial
from threading import Event, get_ident

import pytest

from seedance_spec.webhook.desk import Desk, Unanswered

pytestmark = pytest.mark.anyio


async def test_questions_are_answered_in_their_order_in_one_other_thread() -> None:
    """However many ask at once, one clerk answers."""
    order: list[int] = []

    def question(nth: int) -> int:
        order.append(nth)
        return get_ident()

    with closing(Desk("claims")) as desk:
        clerks = await asyncio.gather(*(desk.ask(partial(question, nth), within=5) for nth in range(20)))

    assert (order, len(set(clerks)), get_ident() in clerks) == (list(range(20)), 1, False)


async def test_more_than_so_many_questions_are_turned_away_at_once() -> None:
    """Whoever comes when too many wait hears so without waiting; then there is room again."""
    go = Event()
    with closing(Desk("claims", most=3)) as desk:
        waiting = [asyncio.create_task(desk.ask(lambda: go.wait(10), within=10)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Unanswered):
            await desk.ask(lambda: True, within=10)
        go.set()

        assert await asyncio.gather(*waiting) == [True] * 3
        assert await desk.ask(lambda: True, within=10)


async def test_what_is_not_answered_in_time_is_done_all_the_same() -> None:
    """The asker goes on; the clerk finishes, and a fault then is nobody's surprise."""
    go, done = Event(), Event()

    def slow() -> None:
        go.wait(10)
        done.set()
        raise OSError("too late")

    with closing(Desk("claims")) as desk:
        with pytest.raises(Unanswered):
            await desk.ask(slow, within=0.01)
        assert not done.is_set()
        go.set()
        assert await desk.ask(done.is_set, within=10)


async def test_a_fault_is_logged_once_per_outage(caplog: pytest.LogCaptureFixture) -> None:
    """Its own words without any secret; an answer in between begins anew."""

    def broken() -> None:
        raise OSError("no room beside sk-canary")

    with closing(Desk("claims")) as desk:
        for question in (broken, broken, lambda: None, broken):
            with pytest.raises(Unanswered) if question is broken else closing(Desk("unused")):
                await desk.ask(question, within=5)

    assert caplog.messages == ["claims cannot be answered: no room beside sk-…"] * 2
