"""Two runs in one project at once, in virtual time: each pays for what it claimed and neither waits for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.attempts.endings import Ending
from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.ports import Accepted, SubmitOutcome, Unknown
from tests.support.conducting import Gateway, Studio, ends
from tests.support.deciding import a_film, a_shot

MOON, JUMP = a_shot("film/moon", prompt="A cat on the moon"), a_shot("film/jump", prompt="The cat jumps")
FOR_EVER = 1800.0


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    (tmp_path / "specs").mkdir()
    return Studio(root=tmp_path, film=a_film(MOON, JUMP))


async def _crosswise(studio: Studio, gateway: Gateway) -> tuple[tuple[Ending, ...], tuple[Ending, ...]]:
    """Two living runs, one take at a time each, beginning at opposite ends: each claims what the other wants next."""
    plan = studio.plan()
    first, _ = studio.conductor(gateway, plan, owner="owner-1", jobs=1)
    second, _ = studio.conductor(gateway, replace(plan, changes=tuple(reversed(plan.changes))), owner="owner-2", jobs=1)
    both = asyncio.gather(first.run(Stop()), second.run(Stop()))
    too_late = asyncio.ensure_future(studio.clock.sleep(FOR_EVER))
    waiting: set[asyncio.Future[Any]] = {both, too_late}
    await studio.clock.run(asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED))
    if too_late.done():
        both.cancel()
        await asyncio.gather(both, return_exceptions=True)
        pytest.fail("the two wait for each other")
    too_late.cancel()
    return await both


@pytest.mark.anyio
async def test_two_runs_that_hold_what_the_other_wants_both_end(studio: Studio) -> None:
    """Each claims one take and then only watches the other's: two POSTs, and both see both clips, while both live."""
    gateway = Gateway(studio.clock)

    ended = await _crosswise(studio, gateway)

    assert [set(ends(each).values()) for each in ended] == [{"rendered"}, {"rendered"}]
    assert len(gateway.bodies) == 2


@pytest.mark.anyio
async def test_what_cannot_be_settled_holds_up_no_other_run(studio: Studio) -> None:
    """One answer is lost and the other task fails: both runs end, say the same of both, and nothing is sent again."""

    def answer(nth: int) -> SubmitOutcome:
        return Unknown(reason="reset") if nth == 1 else Accepted(task_id=f"task_{nth}")

    gateway = Gateway(studio.clock, answer=answer, failing=frozenset({"task_2"}))

    first, second = await _crosswise(studio, gateway)

    assert ends(first) == ends(second) == {"film/moon": "unknown", "film/jump": "failed"}
    assert len(gateway.bodies) == 2
