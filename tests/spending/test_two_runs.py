"""Two runs in one project at once, in virtual time: each pays for what it claimed and neither waits for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.attempts.endings import End, Ending
from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.ports import Accepted, JournalRow, SubmitOutcome, Unknown
from seedance_spec.journal.faults import JournalBusy
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.lockfile.facts import AttemptFact
from tests.support.conducting import Gateway, Studio, ends
from tests.support.deciding import a_film, a_shot

MOON, JUMP = a_shot("film/moon", prompt="A cat on the moon"), a_shot("film/jump", prompt="The cat jumps")
FOR_EVER = 1800.0


class Locked(MemoryJournal):
    """A journal that another process keeps locked for as long as the first take is claimed."""

    def claim(self, fact: AttemptFact, *, owner: str, after: str | None = None) -> JournalRow | None:
        if not self.rows():
            super().claim(fact, owner=owner, after=after)
            self.release(fact.attempt_id, reason="never sent")
            raise JournalBusy("journal.db is locked by another process that does not finish: try again later")
        return super().claim(fact, owner=owner, after=after)


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


@pytest.mark.anyio
async def test_a_journal_that_another_process_keeps_locked_costs_one_row_and_says_busy(studio: Studio) -> None:
    """The take that could not be claimed is not sent, and is told apart from a disk that refuses; the other goes on."""
    gateway = Gateway(studio.clock)
    studio.journal = Locked()

    ended = await studio.apply(gateway)

    assert [(each.end, each.code) for each in ended] == [(End.FAULT, "busy"), (End.RENDERED, "")]
    assert len(gateway.bodies) == 1
